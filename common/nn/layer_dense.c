/*
# Dense layers in a network

A dense layer takes its input as one long vector, whatever shape the picture had. Its weight is (out, in), its bias (out). The
kernels are in [dense](dense.html).
*/

#include "kernels/dense.h"
#include "nn/kinds.h"

#include <math.h>

static int inputs(const Layer *l) {
    return (int)shape_size(l->in);
}

static const char *plan_dense(Layer *l) {
    if (l->spec.out < 1) {
        return "needs at least one output";
    }
    l->out = (Shape){ l->spec.out, 1, 1 };
    l->n_weight = (size_t)l->spec.out * shape_size(l->in);
    l->n_bias = l->spec.no_bias ? 0 : (size_t)l->spec.out;
    return NULL;
}

static void forward_dense(Layer *l, const Pass *p) {
    if (p->by_row) {
        dense_forward_by_row(l->y, l->x, l->weight, l->bias, p->n, inputs(l), l->spec.out);
    } else {
        dense_forward(l->y, l->x, l->weight, l->bias, p->n, inputs(l), l->spec.out);
    }
}

static void backward_dense(Layer *l, const Pass *p) {
    float *dweight = p->want_params ? l->dweight : NULL, *dbias = p->want_params ? l->dbias : NULL;
    dense_backward(p->dx, dweight, dbias, l->dy, l->x, l->weight, p->n, inputs(l), l->spec.out);
}

static void tangent_dense(Layer *l, const Pass *p) {
    dense_forward(p->t, p->v, l->weight, NULL, p->n, inputs(l), l->spec.out);
    dense_backward(NULL, l->dweight, NULL, l->dy, p->v, l->weight, p->n, inputs(l), l->spec.out);
}

/*
An initialisation asks how many inputs feed one unit, and how many units one input feeds: here all of them.
*/

static void init_dense(Layer *l, InitScheme scheme, Rng *rng) {
    init_weights(scheme, l->weight, l->n_weight, l->bias, l->n_bias, inputs(l), l->spec.out, rng);
}

static int tensors_dense(const Layer *l, LayerTensor *list) {
    list[0] = (LayerTensor){ "weight", l->weight, 2, { l->spec.out, inputs(l) } };
    list[1] = (LayerTensor){ "bias", l->bias, 1, { l->spec.out } };
    return l->bias ? 2 : 1;
}

static size_t multiplications_dense(const Layer *l) {
    return l->n_weight;
}

static Field field_dense(const LayerSpec *s, const Field *read) {
    (void)s, (void)read;
    return (Field){ 0.0, NAN };
}

const LayerOps dense_ops = {
    .name = "dense",
    .plan = plan_dense,
    .forward = forward_dense,
    .backward = backward_dense,
    .tangent = tangent_dense,
    .init = init_dense,
    .tensors = tensors_dense,
    .multiplications = multiplications_dense,
    .field = field_dense,
};
