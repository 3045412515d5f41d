#include "net.h"
#include "die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Building

Two walks over the table. The first asks each layer how large it is and adds up; then memory is taken; the second walk
hands out the pointers. Each layer's activations begin on a cache line of their own.
*/

static size_t padded(size_t n) {
    return (n + 15) / 16 * 16;
}

// Numbers of memory that a net's layers take, besides parameters and state.
typedef struct {
    size_t activations, workspace;
} Needs;

static Needs plan_layers(Net *net, const LayerSpec *table) {
    Needs needs = { 0, 0 };
    Shape shape = net->in;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(table[i].kind);
        l->spec = table[i];
        l->in = shape;
        const char *problem = ops->plan(l, net->batch);
        require(!problem, "layer %d (%s) with input %d × %d × %d %s", i, ops->name, shape.channels,
                shape.height, shape.width, problem);
        shape = l->out;
        net->n_params += l->n_weight + l->n_bias;
        net->n_state += l->n_state;
        needs.activations += 2 * padded((size_t)net->batch * shape_size(l->out));
        needs.activations += padded(l->n_scratch);
        needs.workspace = l->n_workspace > needs.workspace ? l->n_workspace : needs.workspace;
    }
    net->out = shape;
    return needs;
}

static float *hand_out(float **block, size_t n) {
    float *part = n ? *block : NULL;
    *block += n;
    return part;
}

static void place_layers(Net *net) {
    float *params = net->params, *grads = net->grads, *state = net->state;
    float *activations = net->activations;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        size_t outputs = padded((size_t)net->batch * shape_size(l->out));
        bool shared = i > 0 && (l->view || (l->takes && net->layers[i - 1].lends));
        l->y = shared ? net->layers[i - 1].y : hand_out(&activations, outputs);
        l->dy = shared ? net->layers[i - 1].dy : hand_out(&activations, outputs);
        l->scratch = hand_out(&activations, padded(l->n_scratch));
        l->workspace = l->n_workspace ? net->workspace : NULL;
        l->weight = hand_out(&params, l->n_weight);
        l->dweight = hand_out(&grads, l->n_weight);
        l->bias = hand_out(&params, l->n_bias);
        l->dbias = hand_out(&grads, l->n_bias);
        l->state = hand_out(&state, l->n_state);
    }
}

Net *net_create(const LayerSpec *table, Shape in, int batch, Rng *rng) {
    require(batch > 0, "a batch of %d", batch);
    require(in.channels > 0 && in.height > 0 && in.width > 0, "an input of %d × %d × %d",
            in.channels, in.height, in.width);
    Net *net = alloc_bytes(sizeof *net);
    net->in = in;
    net->batch = batch;
    while (table[net->n_layers].kind != LAYER_END) {
        net->n_layers++;
    }
    require(net->n_layers > 0, "a network without layers");
    net->layers = alloc_bytes((size_t)net->n_layers * sizeof *net->layers);
    Needs needs = plan_layers(net, table);
    net->activations = alloc_floats(needs.activations);
    net->workspace = alloc_floats(needs.workspace);
    net->state = alloc_floats(net->n_state);
    net->params = alloc_floats(net->n_params);
    net->grads = alloc_floats(net->n_params);
    net->dx = alloc_floats((size_t)batch * shape_size(in));
    place_layers(net);

    uint64_t start = rng_bits(rng); // one draw a statement: C leaves the order of arguments open
    net->dropout = rng_pcg32(start, rng_bits(rng));
    net_init(net, INIT_FAN_IN, rng);
    return net;
}

void net_free(Net *net) {
    if (net) {
        free(net->layers);
        free(net->activations);
        free(net->workspace);
        free(net->state);
        free(net->params);
        free(net->grads);
        free(net->dx);
        free(net);
    }
}

void net_init(Net *net, InitScheme scheme, Rng *rng) {
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(l->spec.kind);
        if (ops->init) {
            ops->init(l, scheme, rng);
        }
    }
}

/*
## Forward and backward

The whole of it. A layer remembers where its input was; that input is the previous layer's `y`, which stays untouched
until the next forward pass. On the way back, the gradient that a layer writes for its input is the `dy` of the layer
before.

The first layer's input is the data. Its gradient is computed only on request: without it, lesson 2's classifier has a
third less work in each step. A GAN's generator will ask its discriminator for exactly this gradient.
*/

const float *net_forward(Net *net, const float *x, int n, Mode mode) {
    require(n > 0 && n <= net->batch, "%d examples for a network made for %d", n, net->batch);
    net->n = n;
    net->mode = mode;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        l->x = x;
        layer_ops(l->spec.kind)->forward(l, n, mode, &net->dropout);
        x = l->y;
    }
    return x;
}

const float *net_backward(Net *net, const float *dy, unsigned want) {
    require(net->n > 0, "net_backward without a forward pass");
    Layer *last = &net->layers[net->n_layers - 1];
    memcpy(last->dy, dy, (size_t)net->n * shape_size(net->out) * sizeof *dy);
    for (int i = net->n_layers - 1; i >= 0; i--) {
        Layer *l = &net->layers[i];
        float *dx = i > 0 ? net->layers[i - 1].dy : want & WANT_INPUT ? net->dx : NULL;
        layer_ops(l->spec.kind)->backward(l, dx, want & WANT_PARAMS, net->n, net->mode);
    }
    return want & WANT_INPUT ? net->dx : NULL;
}

void net_zero_grad(Net *net) {
    enum { PART = 4096 };
#pragma omp parallel for schedule(static) if (net->n_params > PART)
    for (size_t begin = 0; begin < net->n_params; begin += PART) {
        size_t n = net->n_params - begin < PART ? net->n_params - begin : PART;
        memset(net->grads + begin, 0, n * sizeof *net->grads);
    }
}

/*
## Where did the NaN come from?

A loss that is not finite says that something went wrong, many layers after it did. The first place, in the order of
the forward pass, is the one to look at.
*/

static bool all_finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            return false;
        }
    }
    return true;
}

const char *net_find_nonfinite(Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        const char *what = !all_finite(l->weight, l->n_weight)                      ? "the weights"
                           : !all_finite(l->bias, l->n_bias)                        ? "the biases"
                           : !all_finite(l->y, (size_t)net->n * shape_size(l->out)) ? "the output"
                                                                                    : NULL;
        if (what) {
            snprintf(net->where, sizeof net->where, "%s of layer %d (%s)", what, i,
                     layer_ops(l->spec.kind)->name);
            return net->where;
        }
    }
    return "the loss itself";
}
