/*
# Normalisation in a network

[Batch norm](batchnorm.html) has a weight and a bias per channel. They start at 1 and 0, so that the next layer begins with normalised values. (Only DCGAN's scheme spreads the weights a little, by 0.02.) Running mean and variance are neither parameters nor
gradients; they are the layer's *state*. Mean and inverse deviation of the batch are kept for the way back.
*/

#include "kernels/batchnorm.h"
#include "kernels/layernorm.h"
#include "nn/kinds.h"

static const char *plan_batchnorm(Layer *l) {
    LayerSpec *s = &l->spec;
    s->eps = s->eps != 0.0f ? s->eps : 1e-5f;
    s->momentum = s->momentum != 0.0f ? s->momentum : 0.1f;
    l->lends = true;
    l->out = l->in;
    l->n_weight = l->n_bias = (size_t)l->in.channels;
    l->n_state = l->n_scratch = 2 * (size_t)l->in.channels;
    return s->eps > 0.0f && s->momentum > 0.0f && s->momentum <= 1.0f
               ? NULL
               : "needs .eps above 0 and .momentum in (0, 1]";
}

static BatchNormShape batchnorm_shape(const Layer *l) {
    return (BatchNormShape){ l->in.channels, l->in.height * l->in.width, l->spec.eps,
                             l->spec.momentum };
}

static void forward_batchnorm(Layer *l, const Pass *p) {
    BatchNormShape shape = batchnorm_shape(l);
    int c = shape.channels;
    if (p->mode == TRAIN) {
        batchnorm_forward_train(l->y, l->scratch, l->scratch + c, l->state, l->state + c, l->x,
                                l->weight, l->bias, p->n, &shape);
    } else {
        batchnorm_forward_eval(l->y, l->x, l->weight, l->bias, l->state, l->state + c, p->n,
                               &shape);
    }
}

static void backward_batchnorm(Layer *l, const Pass *p) {
    BatchNormShape shape = batchnorm_shape(l);
    int c = shape.channels;
    float *dweight = p->want_params ? l->dweight : NULL, *dbias = p->want_params ? l->dbias : NULL;
    if (p->mode == TRAIN) {
        batchnorm_backward_train(p->dx, dweight, dbias, l->dy, l->x, l->scratch, l->scratch + c,
                                 l->weight, p->n, &shape);
    } else {
        batchnorm_backward_eval(p->dx, dweight, dbias, l->dy, l->x, l->state, l->state + c,
                                l->weight, p->n, &shape);
    }
}

static void init_batchnorm(Layer *l, InitScheme scheme, Rng *rng) {
    for (int c = 0; c < l->in.channels; c++) {
        l->weight[c] = 1.0f;
        l->bias[c] = 0.0f;
        l->state[c] = 0.0f;                  // running mean
        l->state[l->in.channels + c] = 1.0f; // running variance
    }
    if (scheme == INIT_DCGAN) {
        rng_fill_normal(rng, l->weight, l->n_weight, 1.0f, 0.02f);
    }
}

/*
PyTorch's batch norm also counts the batches it has seen, and refuses a file without the count. Nothing we compute
depends on it. So it is written, as 0, and passed over when a file is read.
*/

static int tensors_batchnorm(const Layer *l, LayerTensor *list) {
    int c = l->in.channels;
    list[0] = (LayerTensor){ "weight", l->weight, 1, { c } };
    list[1] = (LayerTensor){ "bias", l->bias, 1, { c } };
    list[2] = (LayerTensor){ "running_mean", l->state, 1, { c } };
    list[3] = (LayerTensor){ "running_var", l->state + c, 1, { c } };
    list[4] = (LayerTensor){ "num_batches_tracked", NULL, 0, { 0 } };
    return 5;
}

static size_t multiplications_batchnorm(const Layer *l) {
    return shape_size(l->out);
}

/*
## Layer norm

[Layer norm](layernorm.html) normalises the numbers of each row by themselves, so that it has a weight and a bias for each of them, no running
statistics, and only one mode.
*/

static int row_of(const Layer *l) {
    return (int)shape_size(l->in);
}

static const char *plan_layernorm(Layer *l) {
    l->spec.eps = l->spec.eps != 0.0f ? l->spec.eps : 1e-5f;
    l->lends = true;
    l->out = l->in;
    l->n_weight = l->n_bias = shape_size(l->in);
    l->n_scratch = 2 * (size_t)l->batch;
    return l->spec.eps > 0.0f ? NULL : "needs .eps above 0";
}

static void forward_layernorm(Layer *l, const Pass *p) {
    layernorm_forward(l->y, l->scratch, l->scratch + p->n, l->x, l->weight, l->bias, l->spec.eps,
                      p->n, row_of(l));
}

static void backward_layernorm(Layer *l, const Pass *p) {
    float *dweight = p->want_params ? l->dweight : NULL, *dbias = p->want_params ? l->dbias : NULL;
    layernorm_backward(p->dx, dweight, dbias, l->dy, l->x, l->scratch, l->scratch + p->n, l->weight,
                       p->n, row_of(l));
}

static void init_layernorm(Layer *l, InitScheme scheme, Rng *rng) {
    (void)scheme, (void)rng;
    for (size_t i = 0; i < l->n_weight; i++) {
        l->weight[i] = 1.0f;
        l->bias[i] = 0.0f;
    }
}

static int tensors_layernorm(const Layer *l, LayerTensor *list) {
    list[0] = (LayerTensor){ "weight", l->weight, 1, { row_of(l) } };
    list[1] = (LayerTensor){ "bias", l->bias, 1, { row_of(l) } };
    return 2;
}

const LayerOps layernorm_ops = {
    .name = "layernorm",
    .follows = true,
    .plan = plan_layernorm,
    .forward = forward_layernorm,
    .backward = backward_layernorm,
    .no_tangent = "its slope moves with its input, and this pass takes slopes as fixed",
    .init = init_layernorm,
    .tensors = tensors_layernorm,
    .multiplications = multiplications_batchnorm,
};

const LayerOps batchnorm_ops = {
    .name = "batchnorm",
    .follows = true,
    .plan = plan_batchnorm,
    .forward = forward_batchnorm,
    .backward = backward_batchnorm,
    .no_tangent = "it mixes the examples of a batch, so that none has a gradient of its own",
    .init = init_batchnorm,
    .tensors = tensors_batchnorm,
    .multiplications = multiplications_batchnorm,
};
