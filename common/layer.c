#include "layer.h"
#include "activation.h"
#include "dense.h"
#include "die.h"
#include "dropout.h"

#include <math.h>
#include <string.h>

size_t shape_size(Shape shape) {
    return (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
}

double norm(const float *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * x[i];
    }
    return sqrt(sum);
}

/*
## Dense

A dense layer takes its input as one long vector, whatever shape the picture had.
*/

static const char *plan_dense(Layer *l) {
    if (l->spec.out < 1) {
        return "needs at least one output";
    }
    l->out = (Shape){ l->spec.out, 1, 1 };
    l->n_weight = (size_t)l->spec.out * shape_size(l->in);
    l->n_bias = l->spec.no_bias ? 0 : (size_t)l->spec.out;
    return NULL;
}

static void forward_dense(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    dense_forward(l->y, l->x, l->weight, l->bias, n, (int)shape_size(l->in), l->spec.out);
}

static void backward_dense(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)mode;
    dense_backward(dx, want_params ? l->dweight : NULL, want_params ? l->dbias : NULL, l->dy, l->x,
                   l->weight, n, (int)shape_size(l->in), l->spec.out);
}

int layer_fan_in(const Layer *l) {
    return (int)shape_size(l->in);
}

int layer_fan_out(const Layer *l) {
    return l->spec.out;
}

/*
## Activations

They keep the shape and have no weights, so `plan` only copies the shape, and a backward pass whose result nobody
wants has nothing to do.
*/

static const char *plan_same(Layer *l) {
    l->out = l->in;
    return NULL;
}

static size_t count(const Layer *l, int n) {
    return (size_t)n * shape_size(l->out);
}

static void forward_sigmoid(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    sigmoid_forward(l->y, l->x, count(l, n));
}

static void backward_sigmoid(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    if (dx) {
        sigmoid_backward(dx, l->dy, l->y, count(l, n));
    }
}

static void forward_tanh(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    tanh_forward(l->y, l->x, count(l, n));
}

static void backward_tanh(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    if (dx) {
        tanh_backward(dx, l->dy, l->y, count(l, n));
    }
}

static void forward_relu(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    relu_forward(l->y, l->x, count(l, n));
}

static void backward_relu(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    if (dx) {
        relu_backward(dx, l->dy, l->y, count(l, n));
    }
}

static const char *plan_leaky_relu(Layer *l) {
    bool fits = l->spec.slope >= 0.0f && l->spec.slope < 1.0f;
    return fits ? plan_same(l) : "needs a slope in [0, 1)";
}

static void forward_leaky_relu(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    leaky_relu_forward(l->y, l->x, l->spec.slope, count(l, n));
}

static void backward_leaky_relu(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    if (dx) {
        leaky_relu_backward(dx, l->dy, l->y, l->spec.slope, count(l, n));
    }
}

/*
## Dropout

The only kind so far that cares about the mode: in evaluation it hands its input on.
*/

static const char *plan_dropout(Layer *l) {
    l->n_scratch = shape_size(l->in);
    bool fits = l->spec.drop >= 0.0f && l->spec.drop < 1.0f;
    return fits ? plan_same(l) : "needs a probability in [0, 1)";
}

static void forward_dropout(Layer *l, int n, Mode mode, Rng *rng) {
    if (mode == TRAIN) {
        dropout_forward(l->y, l->scratch, l->x, l->spec.drop, count(l, n), rng);
    } else {
        memcpy(l->y, l->x, count(l, n) * sizeof *l->y);
    }
}

static void backward_dropout(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params;
    if (dx && mode == TRAIN) {
        dropout_backward(dx, l->dy, l->scratch, count(l, n));
    } else if (dx) {
        memcpy(dx, l->dy, count(l, n) * sizeof *dx);
    }
}

/*
## The table

A new kind of layer is a row here, its functions above, and a word of vocabulary in the header. The network does not
ask what kind a layer is; only the [checkpoint](checkpoint.html) does, to name its weights.
*/

static const LayerOps table[LAYER_KINDS] = {
    [DENSE] = { "dense", plan_dense, forward_dense, backward_dense },
    [SIGMOID] = { "sigmoid", plan_same, forward_sigmoid, backward_sigmoid },
    [TANH] = { "tanh", plan_same, forward_tanh, backward_tanh },
    [RELU] = { "relu", plan_same, forward_relu, backward_relu },
    [LEAKY_RELU] = { "leaky_relu", plan_leaky_relu, forward_leaky_relu, backward_leaky_relu },
    [DROPOUT] = { "dropout", plan_dropout, forward_dropout, backward_dropout },
};

const LayerOps *layer_ops(LayerKind kind) {
    require(kind > LAYER_END && kind < LAYER_KINDS, "no layer of kind %d", (int)kind);
    return &table[kind];
}
