/*
# Lesson 12: Depth

From 2012 to 2015 the networks that won the yearly contest in naming photographs grew from 8 layers to 152, and the share of
their mistakes fell with every step. More layers, better net: so why not add layers until the memory is full? Because it does
not work. From some depth on, a net of plain layers gets *worse* with each layer that is added, and not because it learns the
training images by heart: its training loss is higher, too. **What goes wrong in a deep net, and what did the deep ones do about
it?**

![A residual block. The input goes through two convolutions, and along a skip past them; the two are added. Below, the gradient comes back on both
ways, and on the skip it is not multiplied by anything.](diagrams/block.svg)

The answer that has lasted is one addition. A *residual block* computes $y = x + f(x)$, where $f$ is a pair of convolutions. The
path of $x$ to the sum is called a *skip*. It has no parameters.

**What you will do here.** Write the skip in plain loops. Train nets of 10 and 34 layers with and without it, from the same
weights, and measure the gradient in each block. Make blocks that begin as if they were not there. Then read the famous networks
as tables and count what each of them has brought: small filters, 1 × 1 convolutions, the end of the dense layers. Train a net
on pictures of five sizes at once, and look where it fails. At the end stands the best net of the course so far.

    make lesson-12
    make lesson-12 ARGS=--famous              # AlexNet, VGG, GoogLeNet, ResNets: their tables, in a second
    make lesson-12 ARGS="--deeper" RUN=deeper # also trains nets of 18 and of 54 layers
*/

#include "acts.h"
#include "base/die.h"
#include "kernels/conv2d.h"
#include "nn/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## Why a deep net should not be worse

Take a net that has been trained, and put a further block into it. If the block does nothing, that is, if its output is its
input, the longer net gives the same answers. So among all settings of the longer net's weights there is one that is as good,
and the best one cannot be worse. What is worse must be the *search*: gradient descent does not find it (He, Zhang, Ren and Sun
2015).

For plain convolutions "do nothing" is a hard thing to learn. The filters would have to be a 1 in the middle of the right
channel and 0 everywhere else, from random numbers as a start. If the block has only to *add* something to its input,

$$ y = \mathrm{ReLU}(x + f(x)), $$

then "do nothing" is $f = 0$, and small weights are nearly there. (The ReLU behind the sum leaves $x$ as it is, because $x$
comes from a ReLU and is not negative.) What the block learns is the difference from its input, the *residual*, and so the nets
are called residual.

The second reason is the way back. With $u = x + f(x)$ and $J$ for the matrix of the derivatives of $f$,

$$ dx = du + J^\top du. $$

In a plain block only the second term is there. Over many blocks the gradient is a product of many matrices $J^\top$, and it
shrinks or grows by the same factor each time, as in lessons 2 and 5. In a residual net it is a product of sums, $I + J^\top$,
where $I$ is the identity matrix. Multiplied out, one of its terms has come through all blocks on the skips alone. No weight has
multiplied it; only the ReLUs behind the sums have masked it, and the one skip that takes every second place.

## The skip in plain loops

Half of the way through, our nets make a picture half as large and twice as many channels. There $x$ and $f(x)$ have not the
same shape: 16 × 14 × 14 and 32 × 7 × 7. The skip takes every second row and column of $x$, and puts zeros into the channels
that $x$ lacks,

$$ y_{cij} = f_{cij} + \begin{cases} x_{c,\, si,\, sj} & \text{for } c < C, \\ 0 & \text{otherwise,} \end{cases} $$

with $C$ for the channels of $x$, and stride $s = 2$ there and $s = 1$ in the other blocks. So a residual net has exactly as
many parameters as the plain one, and any difference between the two comes from the addition. (The larger ResNets have a 1 × 1
convolution in these few skips, with parameters.)
*/

static int after(int size, int stride) {
    return (size + stride - 1) / stride;
}

// Where number (c, i, j) of a picture with maps of h × w stands.
static size_t place(int c, int i, int j, int h, int w) {
    return ((size_t)c * (size_t)h + (size_t)i) * (size_t)w + (size_t)j;
}

void skip_forward(float *y, const float *f, const float *x, int n, const SkipShape *s) {
    int h = after(s->height, s->stride), w = after(s->width, s->stride);
    size_t in = place(s->channels, 0, 0, s->height, s->width), out = place(s->wide, 0, 0, h, w);
    for (int e = 0; e < n; e++, x += in, f += out, y += out) {
        for (int c = 0; c < s->wide; c++) {
            for (int i = 0; i < h; i++) {
                for (int j = 0; j < w; j++) {
                    size_t to = place(c, i, j, h, w);
                    size_t from = place(c, i * s->stride, j * s->stride, s->height, s->width);
                    y[to] = f[to] + (c < s->channels ? x[from] : 0.0f);
                }
            }
        }
    }
}

/*
**Backward.** $f$ gets $dy$ as it is: nothing is computed. At each place of $x$ that the skip has taken, $dy$ is added to what
comes back through the convolutions. At the other places the skip adds nothing.
*/

void skip_backward(float *dx, const float *dy, int n, const SkipShape *s) {
    int h = after(s->height, s->stride), w = after(s->width, s->stride);
    size_t in = place(s->channels, 0, 0, s->height, s->width), out = place(s->wide, 0, 0, h, w);
    for (int e = 0; e < n; e++, dx += in, dy += out) {
        for (int c = 0; c < s->channels; c++) {
            for (int i = 0; i < h; i++) {
                for (int j = 0; j < w; j++) {
                    dx[place(c, i * s->stride, j * s->stride, s->height, s->width)] +=
                        dy[place(c, i, j, h, w)];
                }
            }
        }
    }
}

/*
In a table the skip is two rows, `mark` and `add`, and five where the picture becomes half as large: the four below, and `add`.
`mark` names an output, `from` goes back to it, `add` adds a mark, and lets it have fewer channels; a pooling with windows of
one number and a stride of 2 takes every second place. [Branches](layer_branch.html) has them. The program computes one such
block in both ways, and prints by how much they differ.
*/

static const LayerSpec halved[] = { mark("in"), avg_pool2d(1, .stride = 2), mark("x"), from("in"),
                                    END };

// The difference between two arrays, as a share.
static double share(const float *a, const float *b, size_t n) {
    float *difference = alloc_floats(n);
    for (size_t i = 0; i < n; i++) {
        difference[i] = a[i] - b[i];
    }
    double result = norm(difference, n) / norm(b, n);
    free(difference);
    return result;
}

double skip_bridge(Rng rng) {
    enum { N = 3, C = 4, WIDE = 7, H = 9, W = 6, OUT = WIDE * 5 * 3 };
    const SkipShape shape = { C, H, W, WIDE, 2 };
    const ConvShape conv = { C, H, W, WIDE, 3, 2, 1, 1 };
    LayerSpec table[8];
    memcpy(table, halved, 4 * sizeof *table);
    table[4] = (LayerSpec)conv2d(WIDE, .kernel = 3, .stride = 2, .pad = 1, .no_bias = true);
    table[5] = (LayerSpec)add("x");
    table[6] = (LayerSpec)END;
    Net *net = net_create(table, (Shape){ C, H, W }, N, &rng);
    float x[N * C * H * W], dx[N * C * H * W], f[N * OUT], y[N * OUT], dy[N * OUT];
    float *work = alloc_floats(conv2d_workspace(&conv));
    rng_fill_normal(&rng, x, N * C * H * W, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, N * OUT, 0.0f, 1.0f);

    conv2d_forward(f, x, net->layers[4].weight, NULL, N, &conv, work);
    skip_forward(y, f, x, N, &shape);
    conv2d_backward_data(dx, dy, net->layers[4].weight, N, &conv, work);
    skip_backward(dx, dy, N, &shape);

    double forward = share(net_forward(net, x, N, TRAIN), y, N * OUT);
    double backward = share(net_backward(net, dy, WANT_INPUT), dx, N * C * H * W);
    free(work);
    net_free(net);
    return fmax(forward, backward);
}

/*
## The nets of the experiment

    conv 3 × 3, stride 2        1 × 28 × 28 → 16 × 14 × 14
    blocks of 16 channels      16 × 14 × 14
    as many of 32 channels     32 × 7 × 7, the first one with stride 2
    mean of each channel       32
    dense                      10

A block is two 3 × 3 convolutions, each with batch norm; the ReLU of the second one stands behind the sum. With 2, 4 and 8
blocks of each kind that makes 10, 18 and 34 layers with weights, and 42,362, 88,826 and 181,754 parameters, with skips or
without.

The rows are put one behind the other by program. The only difference between the two kinds of net is whether the rows of the
skip are among them.
*/

enum { MOST_ROWS = 512 };

typedef struct {
    LayerSpec row[MOST_ROWS];
    int n;
} Table;

static void put(Table *t, const LayerSpec *rows) {
    for (; rows->kind != LAYER_END; rows++) {
        require(t->n < MOST_ROWS - 1, "a net of %d rows", t->n);
        t->row[t->n++] = *rows;
    }
}

// A 3 × 3 convolution, with batch norm, whose bias would then be without effect, or a bias.
static void put_conv(Table *t, int channels, int stride, bool normed) {
    put(t, (const LayerSpec[]){
               conv2d(channels, .kernel = 3, .stride = stride, .pad = 1, .no_bias = normed), END });
    if (normed) {
        put(t, (const LayerSpec[]){ batchnorm(), END });
    }
}

static void put_block(Table *t, Body body, int channels, int stride, bool normed) {
    static const LayerSpec same[] = { mark("x"), END }, sum[] = { add("x"), END };
    static const LayerSpec rectified[] = { relu(), END };
    if (body == RESIDUAL) {
        put(t, stride == 1 ? same : halved);
    }
    put_conv(t, channels, stride, normed);
    put(t, rectified);
    put_conv(t, channels, 1, normed);
    if (body == RESIDUAL) {
        put(t, sum);
    }
    put(t, rectified);
}

/*
The first weights are He's, drawn from the same stream of random numbers. Marks, additions and poolings draw none. So a plain
net and a residual one of the same depth begin with the same weights.
*/

Net *make_deep(Body body, int blocks, bool normed, int batch, uint64_t seed) {
    Table t = { .n = 0 };
    put_conv(&t, 16, 2, normed);
    put(&t, (const LayerSpec[]){ relu(), END });
    for (int i = 0; i < blocks; i++) {
        put_block(&t, body, 16, 1, normed);
    }
    for (int i = 0; i < blocks; i++) {
        put_block(&t, body, 32, i == 0 ? 2 : 1, normed);
    }
    put(&t, (const LayerSpec[]){ global_avg_pool(), dense(CLASSES), END });
    t.row[t.n] = (LayerSpec)END;
    Rng rng = rng_create(seed, RNG_INIT);
    Net *net = net_create(t.row, (Shape){ 1, SIDE, SIDE }, batch, &rng);
    net_init(net, INIT_HE, &rng);
    return net;
}

/*
"Do nothing" can also be where a net begins. Then the last thing in each $f$ is set to 0: the second convolution, or, with batch
norm, whose output does not depend on the size of the filters before it, the weight of the second batch norm. The block's output
is its input (in the block that halves the picture, every second place of it), and the net of 34 layers computes at first what
its first convolution and its dense layer compute. It does not stay so: the gradient of these zeros is not 0, since $f$'s other
parts are not. Only for the weights that stand before the zeros in a block it is 0, in the first step.
*/

void begin_as_identity(Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        if (net->layers[i].spec.kind == ADD) {
            Layer *last = &net->layers[i - 1];
            memset(last->weight, 0, last->n_weight * sizeof *last->weight);
        }
    }
}
