/*
# Convolutions in a network

A picture must have room for at least one window. What the [kernels](conv2d.html) need to know is assembled from the row of the
table and the shape of the input; a row that leaves out stride or dilation means 1. The weight of a convolution is (out, in, kernel,
kernel), that of a [transposed](conv_transpose2d.html) one (in, out, kernel, kernel), and the bias (out).
*/

#include "kernels/conv2d.h"
#include "kernels/conv_transpose2d.h"
#include "nn/kinds.h"

#include <stdio.h>

static ConvShape conv_shape(const Layer *l) {
    return (ConvShape){ l->in.channels, l->in.height,   l->in.width, l->spec.out,
                        l->spec.kernel, l->spec.stride, l->spec.pad, l->spec.dilation };
}

static const char *check_conv(Layer *l) {
    LayerSpec *s = &l->spec;
    l->lends = true;
    s->stride += s->stride == 0;
    s->dilation += s->dilation == 0;
    l->n_weight = (size_t)s->out * (size_t)(l->in.channels * s->kernel * s->kernel);
    l->n_bias = s->no_bias ? 0 : (size_t)s->out;
    return s->out < 1                                       ? "needs at least one output channel"
           : s->kernel < 1                                  ? "needs a .kernel of at least 1"
           : s->stride < 1 || s->dilation < 1 || s->pad < 0 ? "needs .stride and .dilation of at "
                                                              "least 1 and .pad of at least 0"
                                                            : NULL;
}

static const char *plan_conv2d(Layer *l) {
    const char *problem = check_conv(l);
    if (problem) {
        return problem;
    }
    ConvShape shape = conv_shape(l);
    l->out = (Shape){ l->spec.out, conv_out(l->in.height, &shape), conv_out(l->in.width, &shape) };
    if (l->out.height < 1 || l->out.width < 1) {
        return "is smaller than one window (with .pad on both sides)";
    }
    l->n_workspace = conv2d_workspace(&shape);
    return NULL;
}

static void forward_conv2d(Layer *l, const Pass *p) {
    ConvShape shape = conv_shape(l);
    conv2d_forward(l->y, l->x, l->weight, l->bias, p->n, &shape, l->workspace);
}

static void backward_conv2d(Layer *l, const Pass *p) {
    ConvShape shape = conv_shape(l);
    if (p->want_params) {
        conv2d_backward_weights(l->dweight, l->dy, l->x, p->n, &shape, l->workspace);
    }
    if (p->want_params && l->dbias) {
        conv2d_backward_bias(l->dbias, l->dy, p->n, l->spec.out, l->out.height * l->out.width);
    }
    if (p->dx) {
        conv2d_backward_data(p->dx, l->dy, l->weight, p->n, &shape, l->workspace);
    }
}

static void tangent_conv2d(Layer *l, const Pass *p) {
    ConvShape shape = conv_shape(l);
    conv2d_forward(p->t, p->v, l->weight, NULL, p->n, &shape, l->workspace);
    conv2d_backward_weights(l->dweight, l->dy, p->v, p->n, &shape, l->workspace);
}

static const char *plan_conv_transpose2d(Layer *l) {
    const char *problem = check_conv(l);
    if (problem) {
        return problem;
    }
    ConvShape shape = conv_shape(l);
    l->out = (Shape){ l->spec.out, conv_transpose_out(l->in.height, &shape),
                      conv_transpose_out(l->in.width, &shape) };
    if (l->out.height < 1 || l->out.width < 1) {
        return "gives an empty picture: .pad takes away all of it";
    }
    l->n_workspace = conv_transpose2d_workspace(&shape);
    return NULL;
}

static void forward_conv_transpose2d(Layer *l, const Pass *p) {
    ConvShape shape = conv_shape(l);
    conv_transpose2d_forward(l->y, l->x, l->weight, l->bias, p->n, &shape, l->workspace);
}

static void backward_conv_transpose2d(Layer *l, const Pass *p) {
    ConvShape shape = conv_shape(l);
    float *dweight = p->want_params ? l->dweight : NULL, *dbias = p->want_params ? l->dbias : NULL;
    conv_transpose2d_backward(p->dx, dweight, dbias, l->dy, l->x, l->weight, p->n, &shape,
                              l->workspace);
}

static void tangent_conv_transpose2d(Layer *l, const Pass *p) {
    ConvShape shape = conv_shape(l);
    conv_transpose2d_forward(p->t, p->v, l->weight, NULL, p->n, &shape, l->workspace);
    conv_transpose2d_backward(NULL, l->dweight, NULL, l->dy, p->v, l->weight, p->n, &shape,
                              l->workspace);
}

/*
How many inputs feed one unit? Those in its window: the weights of one filter. (For a transposed convolution this is PyTorch's
count, from the shape of its weights; with stride 2 only a quarter of them meet in one output.)
*/

static void init_conv(Layer *l, InitScheme scheme, Rng *rng) {
    int taps = l->spec.kernel * l->spec.kernel;
    int in = l->in.channels * taps, out = l->spec.out * taps;
    bool forward = l->spec.kind == CONV2D;
    init_weights(scheme, l->weight, l->n_weight, l->bias, l->n_bias, forward ? in : out,
                 forward ? out : in, rng);
}

static int tensors_conv(const Layer *l, LayerTensor *list) {
    int in = l->in.channels, out = l->spec.out, k = l->spec.kernel;
    bool forward = l->spec.kind == CONV2D;
    list[0] =
        (LayerTensor){ "weight", l->weight, 4, { forward ? out : in, forward ? in : out, k, k } };
    list[1] = (LayerTensor){ "bias", l->bias, 1, { out } };
    return l->bias ? 2 : 1;
}

/*
## For the summary

A convolution uses each weight once per place of its output, a transposed one once per place of its input.

Let one output of a layer see $r$ pixels of the picture along each axis, and let the fields of two neighbours lie $e$
pixels apart. For the picture itself both are 1. Now a window of $k$ of these outputs: it sees the field of the first,
and $k - 1$ times $e$ pixels more. With dilation $d$ the window reaches $d$ times as far, and with stride $s$ its
neighbour begins $s$ outputs later:

$$ r \leftarrow r + d\,(k - 1)\,e, \qquad e \leftarrow s\,e. $$

A transposed convolution goes the other way. Its outputs lie closer together than its inputs, $e \leftarrow e / s$,
and one output is made of the inputs whose windows cover it, which are $\lfloor d (k - 1) / s \rfloor + 1$ at most.
*/

static void print_conv(const LayerSpec *s, char *text, size_t room) {
    int n = snprintf(text, room, " %d/%d/%d", s->kernel, s->stride, s->pad);
    if (s->dilation != 1) {
        snprintf(text + n, room - (size_t)n, "/%d", s->dilation);
    }
}

static size_t multiplications_conv2d(const Layer *l) {
    return l->n_weight * (size_t)(l->out.height * l->out.width);
}

static size_t multiplications_conv_transpose2d(const Layer *l) {
    return l->n_weight * (size_t)(l->in.height * l->in.width);
}

static Field field_conv2d(const LayerSpec *s, const Field *read) {
    return (Field){ read->sees + s->dilation * (s->kernel - 1) * read->every,
                    read->every * s->stride };
}

static Field field_conv_transpose2d(const LayerSpec *s, const Field *read) {
    int inputs = s->dilation * (s->kernel - 1) / s->stride; // besides the first, a whole number
    return (Field){ read->sees + inputs * read->every, read->every / s->stride };
}

const LayerOps conv2d_ops = {
    .name = "conv2d",
    .plan = plan_conv2d,
    .forward = forward_conv2d,
    .backward = backward_conv2d,
    .tangent = tangent_conv2d,
    .init = init_conv,
    .tensors = tensors_conv,
    .print = print_conv,
    .multiplications = multiplications_conv2d,
    .field = field_conv2d,
};

const LayerOps conv_transpose2d_ops = {
    .name = "conv_transpose2d",
    .plan = plan_conv_transpose2d,
    .forward = forward_conv_transpose2d,
    .backward = backward_conv_transpose2d,
    .tangent = tangent_conv_transpose2d,
    .init = init_conv,
    .tensors = tensors_conv,
    .print = print_conv,
    .multiplications = multiplications_conv_transpose2d,
    .field = field_conv_transpose2d,
};
