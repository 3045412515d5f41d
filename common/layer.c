#include "layer.h"
#include "activation.h"
#include "batchnorm.h"
#include "conv2d.h"
#include "conv_transpose2d.h"
#include "dense.h"
#include "die.h"
#include "dropout.h"
#include "pool.h"
#include "upsample.h"

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

static const char *plan_dense(Layer *l, int batch) {
    (void)batch;
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

/*
How many inputs feed one unit? In a convolution, those in its window: the weights of one filter. (For a transposed
convolution this is PyTorch's count, from the shape of its weights; with stride 2 only a quarter of them meet in one
output.)
*/

int layer_fan_in(const Layer *l) {
    int taps = l->spec.kernel * l->spec.kernel;
    return l->spec.kind == DENSE    ? (int)shape_size(l->in)
           : l->spec.kind == CONV2D ? l->in.channels * taps
                                    : l->spec.out * taps;
}

int layer_fan_out(const Layer *l) {
    int taps = l->spec.kernel * l->spec.kernel;
    return l->spec.kind == DENSE    ? l->spec.out
           : l->spec.kind == CONV2D ? l->spec.out * taps
                                    : l->in.channels * taps;
}

static void init_by_fan(Layer *l, InitScheme scheme, Rng *rng) {
    init_weights(scheme, l->weight, l->n_weight, l->bias, l->n_bias, layer_fan_in(l),
                 layer_fan_out(l), rng);
}

/*
## Convolutions

A picture must have room for at least one window. What the kernels need to know is assembled from the row of the table
and the shape of the input; a row that leaves out stride or dilation means 1.
*/

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

static const char *plan_conv2d(Layer *l, int batch) {
    (void)batch;
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

static void forward_conv2d(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    ConvShape shape = conv_shape(l);
    conv2d_forward(l->y, l->x, l->weight, l->bias, n, &shape, l->workspace);
}

static void backward_conv2d(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)mode;
    ConvShape shape = conv_shape(l);
    if (want_params) {
        conv2d_backward_weights(l->dweight, l->dy, l->x, n, &shape, l->workspace);
    }
    if (want_params && l->dbias) {
        conv2d_backward_bias(l->dbias, l->dy, n, l->spec.out, l->out.height * l->out.width);
    }
    if (dx) {
        conv2d_backward_data(dx, l->dy, l->weight, n, &shape, l->workspace);
    }
}

static const char *plan_conv_transpose2d(Layer *l, int batch) {
    (void)batch;
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

static void forward_conv_transpose2d(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    ConvShape shape = conv_shape(l);
    conv_transpose2d_forward(l->y, l->x, l->weight, l->bias, n, &shape, l->workspace);
}

static void backward_conv_transpose2d(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)mode;
    ConvShape shape = conv_shape(l);
    conv_transpose2d_backward(dx, want_params ? l->dweight : NULL, want_params ? l->dbias : NULL,
                              l->dy, l->x, l->weight, n, &shape, l->workspace);
}

/*
## Smaller and larger pictures
*/

static const char *plan_pool(Layer *l, int batch) {
    LayerSpec *s = &l->spec;
    s->stride = s->stride ? s->stride : s->kernel;
    if (s->kernel < 1 || s->stride < 1) {
        return "needs a window of at least 1 × 1 and a .stride of at least 1";
    }
    if (s->kernel > l->in.height || s->kernel > l->in.width) {
        return "is smaller than one window";
    }
    l->out = (Shape){ l->in.channels, pool_out(l->in.height, s->kernel, s->stride),
                      pool_out(l->in.width, s->kernel, s->stride) };
    l->n_scratch = s->kind == MAX_POOL2D ? (size_t)batch * shape_size(l->out) : 0;
    return NULL;
}

static PoolShape pool_shape(const Layer *l) {
    return (PoolShape){ l->in.channels, l->in.height, l->in.width, l->spec.kernel, l->spec.stride };
}

static void forward_max_pool2d(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    PoolShape shape = pool_shape(l);
    max_pool2d_forward(l->y, (int *)l->scratch, l->x, n, &shape);
}

static void backward_max_pool2d(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    PoolShape shape = pool_shape(l);
    if (dx) {
        max_pool2d_backward(dx, l->dy, (const int *)l->scratch, n, &shape);
    }
}

static void forward_avg_pool2d(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    PoolShape shape = pool_shape(l);
    avg_pool2d_forward(l->y, l->x, n, &shape);
}

static void backward_avg_pool2d(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    PoolShape shape = pool_shape(l);
    if (dx) {
        avg_pool2d_backward(dx, l->dy, n, &shape);
    }
}

static const char *plan_upsample(Layer *l, int batch) {
    (void)batch;
    int scale = l->spec.scale;
    l->out = (Shape){ l->in.channels, l->in.height * scale, l->in.width * scale };
    return scale < 1 ? "needs a factor of at least 1" : NULL;
}

static void forward_upsample(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    upsample_forward(l->y, l->x, n, l->in.channels, l->in.height, l->in.width, l->spec.scale);
}

static void backward_upsample(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    if (dx) {
        upsample_backward(dx, l->dy, n, l->in.channels, l->in.height, l->in.width, l->spec.scale);
    }
}

/*
## Batch norm

Its weights start at 1 and its biases at 0: normalised values are what the next layer is to get at first. (Only DCGAN's
scheme spreads the weights a little, by 0.02.) Running mean and variance are neither parameters nor gradients; they are
the layer's *state*.
*/

static const char *plan_batchnorm(Layer *l, int batch) {
    (void)batch;
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

static void forward_batchnorm(Layer *l, int n, Mode mode, Rng *rng) {
    (void)rng;
    BatchNormShape shape = batchnorm_shape(l);
    int c = shape.channels;
    if (mode == TRAIN) {
        batchnorm_forward_train(l->y, l->scratch, l->scratch + c, l->state, l->state + c, l->x,
                                l->weight, l->bias, n, &shape);
    } else {
        batchnorm_forward_eval(l->y, l->x, l->weight, l->bias, l->state, l->state + c, n, &shape);
    }
}

static void backward_batchnorm(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    BatchNormShape shape = batchnorm_shape(l);
    int c = shape.channels;
    float *dweight = want_params ? l->dweight : NULL, *dbias = want_params ? l->dbias : NULL;
    if (mode == TRAIN) {
        batchnorm_backward_train(dx, dweight, dbias, l->dy, l->x, l->scratch, l->scratch + c,
                                 l->weight, n, &shape);
    } else {
        batchnorm_backward_eval(dx, dweight, dbias, l->dy, l->x, l->state, l->state + c, l->weight,
                                n, &shape);
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
## Activations

They keep the shape and have no weights, so `plan` only copies the shape, and a backward pass whose result nobody
wants has nothing to do.

A number that an activation has read is not needed again: its derivative follows from its output. So it may write its
output over its input, and on the way back the gradient over the gradient, where the layer before has no use for them
either. Convolution and batch norm have none, and their outputs are the large ones; they *lend* their memory. What is
saved is not so much the memory as the time to fetch it. (After such a pair, `y` of both layers is the activation's
output.)
*/

static const char *plan_same(Layer *l, int batch) {
    (void)batch;
    l->out = l->in;
    return NULL;
}

static const char *plan_activation(Layer *l, int batch) {
    l->takes = true;
    return plan_same(l, batch);
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

static const char *plan_leaky_relu(Layer *l, int batch) {
    bool fits = l->spec.slope >= 0.0f && l->spec.slope < 1.0f;
    return fits ? plan_activation(l, batch) : "needs a slope in [0, 1)";
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

static const char *plan_dropout(Layer *l, int batch) {
    l->n_scratch = (size_t)batch * shape_size(l->in);
    bool fits = l->spec.drop >= 0.0f && l->spec.drop < 1.0f;
    return fits ? plan_same(l, batch) : "needs a probability in [0, 1)";
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
## Views

A picture of 16 × 5 × 5 numbers and a vector of 400 are the same numbers in the same order. Flatten and reshape only
change what the next layer is told, so the network lets their output share the memory of their input, and there is
nothing to compute. Only as the first layer, whose input belongs to the caller, do they have to copy.
*/

static const char *plan_flatten(Layer *l, int batch) {
    (void)batch;
    l->view = true;
    l->out = (Shape){ (int)shape_size(l->in), 1, 1 };
    return NULL;
}

static const char *plan_reshape(Layer *l, int batch) {
    (void)batch;
    Shape to = l->out = l->spec.shape;
    l->view = true;
    bool fits =
        to.channels > 0 && to.height > 0 && to.width > 0 && shape_size(to) == shape_size(l->in);
    return fits ? NULL : "has another number of values than its output";
}

static void forward_view(Layer *l, int n, Mode mode, Rng *rng) {
    (void)mode, (void)rng;
    if (l->y != l->x) {
        memcpy(l->y, l->x, count(l, n) * sizeof *l->y);
    }
}

static void backward_view(Layer *l, float *dx, bool want_params, int n, Mode mode) {
    (void)want_params, (void)mode;
    if (dx && dx != l->dy) {
        memcpy(dx, l->dy, count(l, n) * sizeof *dx);
    }
}

/*
## Tangents

Lesson 9 asks a question of a new kind. A network has turned $x$ into $y$, and has passed a gradient $dY$ back to each
layer. If $x$ now moves in the direction $v$, in which direction do the outputs move? By $t = \frac{d}{d\epsilon} y(x +
\epsilon v)$, the *tangent*, and a layer can say what its part is. A layer that is linear in $x$ does to the direction
what it does to $x$, without the bias, which does not move:

$$ y = W x + b \quad\Rightarrow\quad t = W v. $$

A ReLU lets through what it let through of $x$, so its tangent is *its backward pass*, with $v$ in the place of $dY$; the same
holds for its leaky cousin. Max pooling follows the winners.

And how does $\langle t, dY \rangle$ change with the weights of this layer, if $v$ and $dY$ are held? For a linear layer
the answer is its usual gradient, with $v$ in the place of $x$. Why anybody wants to know is told in
[networks](net.html).
*/

static void tangent_dense(Layer *l, float *t, const float *v, int n) {
    int in = (int)shape_size(l->in);
    dense_forward(t, v, l->weight, NULL, n, in, l->spec.out);
    dense_backward(NULL, l->dweight, NULL, l->dy, v, l->weight, n, in, l->spec.out);
}

static void tangent_conv2d(Layer *l, float *t, const float *v, int n) {
    ConvShape shape = conv_shape(l);
    conv2d_forward(t, v, l->weight, NULL, n, &shape, l->workspace);
    conv2d_backward_weights(l->dweight, l->dy, v, n, &shape, l->workspace);
}

static void tangent_conv_transpose2d(Layer *l, float *t, const float *v, int n) {
    ConvShape shape = conv_shape(l);
    conv_transpose2d_forward(t, v, l->weight, NULL, n, &shape, l->workspace);
    conv_transpose2d_backward(NULL, l->dweight, NULL, l->dy, v, l->weight, n, &shape, l->workspace);
}

static void tangent_max_pool2d(Layer *l, float *t, const float *v, int n) {
    PoolShape shape = pool_shape(l);
    max_pool2d_tangent(t, v, (const int *)l->scratch, n, &shape);
}

static void tangent_avg_pool2d(Layer *l, float *t, const float *v, int n) {
    PoolShape shape = pool_shape(l);
    avg_pool2d_forward(t, v, n, &shape);
}

static void tangent_upsample(Layer *l, float *t, const float *v, int n) {
    upsample_forward(t, v, n, l->in.channels, l->in.height, l->in.width, l->spec.scale);
}

static void tangent_relu(Layer *l, float *t, const float *v, int n) {
    relu_backward(t, v, l->y, count(l, n));
}

static void tangent_leaky_relu(Layer *l, float *t, const float *v, int n) {
    leaky_relu_backward(t, v, l->y, l->spec.slope, count(l, n));
}

static void tangent_view(Layer *l, float *t, const float *v, int n) {
    memcpy(t, v, count(l, n) * sizeof *t);
}

/*
Four kinds have none. Sigmoid and tanh are *curved*: where $x$ goes, their slope goes along, and $\langle t, dY \rangle$
changes with the weights also by way of the slope. (It could be added. Critics do well with leaky ReLUs.) Batch norm mixes the
examples, so that there is no gradient at *one* of them. Dropout draws another network for each pass.
*/

static const char curved[] = "its slope moves with its input, and this pass takes slopes as fixed";
static const char mixes[] =
    "it mixes the examples of a batch, so that none has a gradient of its own";
static const char redraws[] =
    "it draws another network for each pass, and only one of them would be meant";

/*
## The table

A new kind of layer is a row here, its functions above, and a word of vocabulary in the header. The network does not
ask what kind a layer is; only the [checkpoint](checkpoint.html) does, to name its weights.
*/

// clang-format off
static const LayerOps table[LAYER_KINDS] = {
    [DENSE] = { "dense", plan_dense, forward_dense, backward_dense, init_by_fan, tangent_dense, NULL },
    [CONV2D] = { "conv2d", plan_conv2d, forward_conv2d, backward_conv2d, init_by_fan, tangent_conv2d, NULL },
    [CONV_TRANSPOSE2D] = { "conv_transpose2d", plan_conv_transpose2d, forward_conv_transpose2d, backward_conv_transpose2d, init_by_fan, tangent_conv_transpose2d, NULL },
    [MAX_POOL2D] = { "max_pool2d", plan_pool, forward_max_pool2d, backward_max_pool2d, NULL, tangent_max_pool2d, NULL },
    [AVG_POOL2D] = { "avg_pool2d", plan_pool, forward_avg_pool2d, backward_avg_pool2d, NULL, tangent_avg_pool2d, NULL },
    [UPSAMPLE] = { "upsample", plan_upsample, forward_upsample, backward_upsample, NULL, tangent_upsample, NULL },
    [BATCHNORM] = { "batchnorm", plan_batchnorm, forward_batchnorm, backward_batchnorm, init_batchnorm, NULL, mixes },
    [SIGMOID] = { "sigmoid", plan_activation, forward_sigmoid, backward_sigmoid, NULL, NULL, curved },
    [TANH] = { "tanh", plan_activation, forward_tanh, backward_tanh, NULL, NULL, curved },
    [RELU] = { "relu", plan_activation, forward_relu, backward_relu, NULL, tangent_relu, NULL },
    [LEAKY_RELU] = { "leaky_relu", plan_leaky_relu, forward_leaky_relu, backward_leaky_relu, NULL, tangent_leaky_relu, NULL },
    [DROPOUT] = { "dropout", plan_dropout, forward_dropout, backward_dropout, NULL, NULL, redraws },
    [FLATTEN] = { "flatten", plan_flatten, forward_view, backward_view, NULL, tangent_view, NULL },
    [RESHAPE] = { "reshape", plan_reshape, forward_view, backward_view, NULL, tangent_view, NULL },
};
// clang-format on

const LayerOps *layer_ops(LayerKind kind) {
    require(kind > LAYER_END && kind < LAYER_KINDS, "no layer of kind %d", (int)kind);
    return &table[kind];
}
