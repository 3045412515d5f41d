/*
# Views: the same numbers under another shape

A picture of 16 × 5 × 5 numbers and a vector of 400 are the same numbers in the same order. Flatten and reshape only
change what the next layer is told, so the network lets their output share the memory of their input, and there is
nothing to compute. Only as the first layer, whose input belongs to the caller, do they have to copy.

A mark changes not even the shape. It is there to be read by other rows (see [branches](layer_branch.html)).
*/

#include "nn/kinds.h"

#include <string.h>

static const char *plan_flatten(Layer *l) {
    l->view = true;
    l->out = (Shape){ (int)shape_size(l->in), 1, 1 };
    return NULL;
}

static const char *plan_reshape(Layer *l) {
    Shape to = l->out = l->spec.shape;
    l->view = true;
    bool fits =
        to.channels > 0 && to.height > 0 && to.width > 0 && shape_size(to) == shape_size(l->in);
    return fits ? NULL : "has another number of values than its output";
}

static const char *plan_mark(Layer *l) {
    l->view = true;
    l->out = l->in;
    return NULL;
}

static void forward_view(Layer *l, const Pass *p) {
    if (l->y != l->x) {
        memcpy(l->y, l->x, layer_outputs(l, p->n) * sizeof *l->y);
    }
}

static void backward_view(Layer *l, const Pass *p) {
    if (p->dx && p->dx != l->dy) {
        memcpy(p->dx, l->dy, layer_outputs(l, p->n) * sizeof *p->dx);
    }
}

static void tangent_view(Layer *l, const Pass *p) {
    memcpy(p->t, p->v, layer_outputs(l, p->n) * sizeof *p->t);
}

const LayerOps flatten_ops = {
    .name = "flatten",
    .follows = true,
    .plan = plan_flatten,
    .forward = forward_view,
    .backward = backward_view,
    .tangent = tangent_view,
};

const LayerOps reshape_ops = {
    .name = "reshape",
    .follows = true,
    .plan = plan_reshape,
    .forward = forward_view,
    .backward = backward_view,
    .tangent = tangent_view,
};

const LayerOps mark_ops = {
    .name = "mark",
    .plan = plan_mark,
    .forward = forward_view,
    .backward = backward_view,
    .tangent = tangent_view,
};
