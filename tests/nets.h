// What the tests of whole networks (test_net.c, test_convnet.c, test_summary.c) share.

#ifndef NETS_H
#define NETS_H

#include "base/die.h"
#include "nn/net.h"

// Lesson 4's network.
static const LayerSpec lenet[] = { conv2d(6, .kernel = 5, .pad = 2),
                                   relu(),
                                   max_pool2d(2),
                                   conv2d(16, .kernel = 5),
                                   relu(),
                                   max_pool2d(2),
                                   flatten(),
                                   dense(120),
                                   relu(),
                                   dense(84),
                                   relu(),
                                   dense(10),
                                   END };

static inline Net *make_net(const LayerSpec *table, Shape in, int batch) {
    Rng rng = rng_create(1, RNG_INIT);
    return net_create(table, in, batch, &rng);
}

static inline float *random_floats(uint64_t seed, size_t n) {
    Rng rng = rng_create(seed, RNG_DATA);
    float *x = alloc_floats(n);
    rng_fill_normal(&rng, x, n, 0.0f, 1.0f);
    return x;
}

// A function of a network's parameters and of its input, for gradient_error and directional_error:
// the sum of its outputs with the weights c. (So c is its gradient with respect to the outputs.)
typedef struct {
    Net *net;
    float *x, *c; // (n, net->in), (n, net->out)
    int n;
    Mode mode;
    Rng masks; // where the dropout stream stood: each evaluation draws the same masks
} Check;

static inline Check check_create(Net *net, int n, Mode mode) {
    float *x = random_floats(3, (size_t)n * shape_size(net->in));
    float *c = random_floats(4, (size_t)n * shape_size(net->out));
    return (Check){ net, x, c, n, mode, net->dropout };
}

static inline double weighted_output(void *context) {
    Check *check = context;
    check->net->dropout = check->masks;
    const float *y = net_forward(check->net, check->x, check->n, check->mode);
    double sum = 0.0;
    for (size_t i = 0; i < (size_t)check->n * shape_size(check->net->out); i++) {
        sum += (double)check->c[i] * y[i];
    }
    return sum;
}

#endif
