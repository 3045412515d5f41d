/*
# Activations in a network

[Activations](activation.html) keep the shape and have no weights, so `plan` only copies the shape, and a backward pass whose result
nobody wants has nothing to do.

A number that an activation has read is not needed again: its derivative follows from its output. So it may write its
output over its input, and on the way back the gradient over the gradient, where the layer before has no use for them
either. Convolution and batch norm have none, and their outputs are the large ones; they *lend* their memory. This saves
memory, and more importantly the time to fetch it. (After such a pair, `y` of both layers is the activation's
output.)
*/

#include "kernels/activation.h"
#include "kernels/dropout.h"
#include "kernels/gelu.h"
#include "nn/kinds.h"

#include <stdio.h>
#include <string.h>

static const char *plan_activation(Layer *l) {
    l->takes = true;
    l->out = l->in;
    return NULL;
}

static void forward_sigmoid(Layer *l, const Pass *p) {
    sigmoid_forward(l->y, l->x, layer_outputs(l, p->n));
}

static void backward_sigmoid(Layer *l, const Pass *p) {
    if (p->dx) {
        sigmoid_backward(p->dx, l->dy, l->y, layer_outputs(l, p->n));
    }
}

static void forward_tanh(Layer *l, const Pass *p) {
    tanh_forward(l->y, l->x, layer_outputs(l, p->n));
}

static void backward_tanh(Layer *l, const Pass *p) {
    if (p->dx) {
        tanh_backward(p->dx, l->dy, l->y, layer_outputs(l, p->n));
    }
}

static void forward_relu(Layer *l, const Pass *p) {
    relu_forward(l->y, l->x, layer_outputs(l, p->n));
}

static void backward_relu(Layer *l, const Pass *p) {
    if (p->dx) {
        relu_backward(p->dx, l->dy, l->y, layer_outputs(l, p->n));
    }
}

static void tangent_relu(Layer *l, const Pass *p) {
    relu_backward(p->t, p->v, l->y, layer_outputs(l, p->n));
}

static const char *plan_leaky_relu(Layer *l) {
    bool fits = l->spec.slope >= 0.0f && l->spec.slope < 1.0f;
    return fits ? plan_activation(l) : "needs a slope in [0, 1)";
}

static void forward_leaky_relu(Layer *l, const Pass *p) {
    leaky_relu_forward(l->y, l->x, l->spec.slope, layer_outputs(l, p->n));
}

static void backward_leaky_relu(Layer *l, const Pass *p) {
    if (p->dx) {
        leaky_relu_backward(p->dx, l->dy, l->y, l->spec.slope, layer_outputs(l, p->n));
    }
}

static void tangent_leaky_relu(Layer *l, const Pass *p) {
    leaky_relu_backward(p->t, p->v, l->y, l->spec.slope, layer_outputs(l, p->n));
}

static void print_slope(const LayerSpec *s, char *text, size_t room) {
    snprintf(text, room, " %g", (double)s->slope);
}

/*
[GELU](gelu.html) is different in one point: its derivative does not follow from its output. So it keeps its input, and does not write over it.
*/

static const char *plan_gelu(Layer *l) {
    l->out = l->in;
    return NULL;
}

static void forward_gelu(Layer *l, const Pass *p) {
    gelu_forward(l->y, l->x, layer_outputs(l, p->n));
}

static void backward_gelu(Layer *l, const Pass *p) {
    if (p->dx) {
        gelu_backward(p->dx, l->dy, l->x, layer_outputs(l, p->n));
    }
}

/*
## Dropout

Dropout, like batch norm, has two modes: in evaluation it hands its input on unchanged. Its scratch memory is the [mask](dropout.html).
*/

static const char *plan_dropout(Layer *l) {
    l->n_scratch = (size_t)l->batch * shape_size(l->in);
    l->out = l->in;
    bool fits = l->spec.drop >= 0.0f && l->spec.drop < 1.0f;
    return fits ? NULL : "needs a probability in [0, 1)";
}

static void forward_dropout(Layer *l, const Pass *p) {
    size_t n = layer_outputs(l, p->n);
    if (p->mode == TRAIN) {
        dropout_forward(l->y, l->scratch, l->x, l->spec.drop, n, p->rng);
    } else {
        memcpy(l->y, l->x, n * sizeof *l->y);
    }
}

static void backward_dropout(Layer *l, const Pass *p) {
    size_t n = layer_outputs(l, p->n);
    if (p->dx && p->mode == TRAIN) {
        dropout_backward(p->dx, l->dy, l->scratch, n);
    } else if (p->dx) {
        memcpy(p->dx, l->dy, n * sizeof *p->dx);
    }
}

static void print_drop(const LayerSpec *s, char *text, size_t room) {
    snprintf(text, room, " %g", (double)s->drop);
}

static const char curved[] = "its slope moves with its input, and this pass takes slopes as fixed";

const LayerOps sigmoid_ops = {
    .name = "sigmoid",
    .follows = true,
    .plan = plan_activation,
    .forward = forward_sigmoid,
    .backward = backward_sigmoid,
    .no_tangent = curved,
};

const LayerOps tanh_ops = {
    .name = "tanh",
    .follows = true,
    .plan = plan_activation,
    .forward = forward_tanh,
    .backward = backward_tanh,
    .no_tangent = curved,
};

const LayerOps relu_ops = {
    .name = "relu",
    .follows = true,
    .plan = plan_activation,
    .forward = forward_relu,
    .backward = backward_relu,
    .tangent = tangent_relu,
};

const LayerOps leaky_relu_ops = {
    .name = "leaky_relu",
    .follows = true,
    .plan = plan_leaky_relu,
    .forward = forward_leaky_relu,
    .backward = backward_leaky_relu,
    .tangent = tangent_leaky_relu,
    .print = print_slope,
};

const LayerOps gelu_ops = {
    .name = "gelu",
    .follows = true,
    .plan = plan_gelu,
    .forward = forward_gelu,
    .backward = backward_gelu,
    .no_tangent = curved,
};

const LayerOps dropout_ops = {
    .name = "dropout",
    .follows = true,
    .plan = plan_dropout,
    .forward = forward_dropout,
    .backward = backward_dropout,
    .no_tangent = "it draws another network for each pass, and only one of them would be meant",
    .print = print_drop,
};
