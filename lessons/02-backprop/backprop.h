#ifndef BACKPROP_H
#define BACKPROP_H

#include "base/rng.h"
#include "nn/init.h"
#include "run/runlog.h"

// A network with one hidden layer of tanh neurons.
typedef struct {
    int in, hidden, out, batch;
    size_t n_theta;
    float *theta, *grad;          // (n_theta): W1, b1, W2, b2 in this order
    float *W1, *b1, *W2, *b2;     // (hidden, in), (hidden), (out, hidden), (out)
    float *dW1, *db1, *dW2, *db2; // the same shapes
    float *h, *s;                 // (batch, hidden), (batch, out): outputs of the two layers
    float *dh, *ds;               // the same shapes
} Mlp;

// All weights and biases 0, room for `batch` examples.
Mlp mlp_create(int in, int hidden, int out, int batch);
void mlp_free(Mlp *m);
void mlp_init(Mlp *m, InitScheme scheme, Rng *rng);

// n examples, at most `batch`: x (n, in) → m->h, m->s; then m->ds → m->grad.
void mlp_forward(Mlp *m, const float *x, int n);
void mlp_backward(Mlp *m, const float *x, int n);
void mlp_step(Mlp *m, float lr);

// The gradient of a random batch of CHECK_N examples, spoiled in WAYS ways, of which way 0 leaves it
// as it is: the error of each in the gradient check.
enum { CHECK_IN = 6, CHECK_HIDDEN = 5, CHECK_OUT = 4, CHECK_N = 7, WAYS = 5 };
void check_gradient(double errors[WAYS], Rng rng);

// Points of two classes in the plane, and how they are learned.
typedef struct {
    const char *name;
    int hidden, steps;
    float lr;
    float scale; // the points' coordinates are multiplied by it
} Toy;

enum { POINTS = 400, TOY_BATCH = 32 };

// Learns from points (POINTS, 2) with labels 0 and 1, with a log.
void train_toy(Run *run, const Toy *toy, Mlp *m, const float *points, const int *labels, Rng rng);
int toy_errors(Mlp *m, const float *points, const int *labels); // of POINTS

#endif
