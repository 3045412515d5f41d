/*
# Lesson 7: DCGAN

**Can a convolution draw?** The generator of lesson 6 made clothes with dense layers, which know nothing of neighbouring
pixels: lesson 4 has shown how much better convolutions do when pictures are to be *recognised*. But a convolution makes
a picture smaller, or keeps its size. A generator has to go the other way, from 64 random numbers to 784 pixels. It needs a
layer that makes a picture larger and still works on neighbourhoods, with the same weights everywhere.

![The generator: 64 numbers become 64 maps of 7 × 7 by a dense layer, 32 maps of 14 × 14 and one picture of 28 × 28 by transposed convolutions. The discriminator goes the same way back by convolutions, to one logit.](diagrams/networks.svg)

There are two candidates. The *transposed convolution* is a convolution run backwards. The other one enlarges the picture in
the plainest way, by repeating pixels, and convolves after that. The first one is known for a fault: it is said to weave a
checkerboard into its pictures. Does it?

The lesson

1. derives the transposed convolution and writes it in plain loops;
2. builds the two networks of the DCGAN paper (Radford, Metz and Chintala 2015), with a reason for each of its rules, and plays
   lesson 6's game with them;
3. looks for the checkerboard: counts overlapping windows, and measures the spectrum of generated pictures;
4. shows what was learned: the same 64 noise vectors over time, ways from one piece of clothing to another, and the Fréchet
   distance (FID) of ten thousand samples, with the paper's rules and without them.

Run it, with the options as they are and with another one, and compare:

    make lesson-7
    make lesson-7 ARGS="--width 16" RUN=narrow
    make compare RUNS="07-dcgan/default 07-dcgan/narrow" COLS="fid smallest_share" LOG=log-fid.csv
*/

#include "acts.h"
#include "base/die.h"
#include "kernels/conv_transpose2d.h"
#include "kernels/upsample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## A convolution, backwards

Take a single line of pixels, a kernel of four weights $a, b, c, d$, and stride 2. A convolution *gathers*: its window lies on
four pixels $x_j$ of the long line and gives one number $y_i$ of the short line. Turn the arrows around, and each number of the
short line is *spread* over four pixels of the long one. Where two windows overlap, what arrives is added.

![Each number of the small line is spread over a window of the large one. With kernel 4 and stride 2 every pixel away from the ends lies under two windows; with kernel 3 under one and two by turns.](diagrams/spreading.svg)

| gather: $y = A x$ | spread: $x = A^\top y$ |
|---|---|
| $y_0 = a x_0 + b x_1 + c x_2 + d x_3$ | $x_0 = a y_0,\quad x_1 = b y_0$ |
| $y_1 = a x_2 + b x_3 + c x_4 + d x_5$ | $x_2 = c y_0 + a y_1,\quad x_3 = d y_0 + b y_1$ |
| | $x_4 = c y_1,\quad x_5 = d y_1$ |

Both are matrices, and the second one is the first one transposed:

$$ A = \begin{pmatrix} a & b & c & d & & \\ & & a & b & c & d \end{pmatrix}, \qquad
   A^\top = \begin{pmatrix} a & \\ b & \\ c & a \\ d & b \\ & c \\ & d \end{pmatrix}. $$

Hence the name **transposed convolution**. It is not the inverse, as the older name "deconvolution" suggests: $A^\top A x$
is not $x$. It is the *adjoint*. Write $\langle u, v \rangle$ for $\sum_i u_i v_i$, and let $r$ count the pixels of the
large picture and $o$ those of the small one. For all $x$ and $y$, of one channel or many, in one dimension or two,

$$ \langle A x,\, y \rangle = \sum_{o} \Big( \sum_r A_{or}\, x_r \Big) y_o = \sum_r x_r \Big( \sum_o A_{or}\, y_o \Big) =
   \langle x,\, A^\top y \rangle. $$

On both sides each pair of a large and a small pixel that a window connects appears once, with the same weight. A linear
function that stands to another one in this relation is called its adjoint.

Lesson 4 had it already: the backward pass of a convolution takes $dy$, which is small, and gives $dx = A^\top dy$, which
is large. So the forward pass of a transposed convolution is the backward pass of a convolution, and its backward pass
gathers, as a convolution does going forward.

**How large is the output?** Let the small line have $h$ numbers. The first window begins at place $-p$ ($p$ is the padding: so
many pixels are cut off on each side), the last one $(h - 1)\, s$ further, where $s$ is the stride, and it is $k$ pixels long. So
the large line has

$$ H = (h - 1)\, s + k - 2 p $$

pixels. With $k = 4$, $s = 2$, $p = 1$ that is $2 h$: exactly twice as many. (Kernel 3 with padding 1, or kernel 5 with
padding 2, gives $2h - 1$. With a dilation $d$ write $d\, (k - 1) + 1$ for $k$.)

## In plain loops

The weights have the shape $(\text{in}, \text{out}, k, k)$, where "in" counts the channels of the small picture. In the code $x$
is what goes into the layer, the small picture, and $y$ what comes out, the large one; above, and where upsampling is compared,
they are those of the convolution. Both directions visit the same products. Spreading adds each product to the large picture,
gathering to the small one; there is no other difference.
*/

void spread(float *large, const float *small, const float *weights, const float *b, int n,
            const ConvShape *s) {
    int rows = conv_transpose_out(s->height, s), cols = conv_transpose_out(s->width, s);
    int k = s->kernel, step = s->stride, apart = s->dilation;
    float(*y)[s->out][rows][cols] = (void *)large;
    const float(*x)[s->in][s->height][s->width] = (void *)small;
    const float(*W)[s->out][k][k] = (void *)weights;
    for (int i = 0; i < n * s->out * rows * cols; i++) {
        large[i] = b ? b[i / (rows * cols) % s->out] : 0.0f;
    }
    for (int e = 0; e < n; e++) {
        for (int c = 0; c < s->in; c++) {
            for (int m = 0; m < s->out; m++) {
                for (int o = 0; o < s->height; o++) {
                    for (int q = 0; q < s->width; q++) {
                        for (int i = 0; i < k; i++) {
                            for (int j = 0; j < k; j++) {
                                int row = o * step + i * apart - s->pad;
                                int col = q * step + j * apart - s->pad;
                                if (row >= 0 && row < rows && col >= 0 && col < cols) {
                                    y[e][m][row][col] += W[c][m][i][j] * x[e][c][o][q];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

void gather(float *small, const float *large, const float *weights, int n, const ConvShape *s) {
    int rows = conv_transpose_out(s->height, s), cols = conv_transpose_out(s->width, s);
    int k = s->kernel, step = s->stride, apart = s->dilation;
    float(*x)[s->in][s->height][s->width] = (void *)small;
    const float(*y)[s->out][rows][cols] = (void *)large;
    const float(*W)[s->out][k][k] = (void *)weights;
    memset(x, 0, (size_t)n * sizeof *x);
    for (int e = 0; e < n; e++) {
        for (int c = 0; c < s->in; c++) {
            for (int m = 0; m < s->out; m++) {
                for (int o = 0; o < s->height; o++) {
                    for (int q = 0; q < s->width; q++) {
                        for (int i = 0; i < k; i++) {
                            for (int j = 0; j < k; j++) {
                                int row = o * step + i * apart - s->pad;
                                int col = q * step + j * apart - s->pad;
                                if (row >= 0 && row < rows && col >= 0 && col < cols) {
                                    x[e][c][o][q] += W[c][m][i][j] * y[e][m][row][col];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/*
The gradient with respect to the weights takes the same loops once more. Each product has a weight, a number $x$ of the small
picture that went in and a gradient $dy$ of the large picture that came back; $dW$ gets $x \cdot dy$. $db$ gets the sum of $dy$.
Both are added to, as everywhere in the course.
*/

void blame(float *dweights, float *db, const float *dlarge, const float *small, int n,
           const ConvShape *s) {
    int rows = conv_transpose_out(s->height, s), cols = conv_transpose_out(s->width, s);
    int k = s->kernel, step = s->stride, apart = s->dilation;
    float(*dW)[s->out][k][k] = (void *)dweights;
    const float(*dy)[s->out][rows][cols] = (void *)dlarge;
    const float(*x)[s->in][s->height][s->width] = (void *)small;
    for (int e = 0; e < n; e++) {
        for (int c = 0; c < s->in; c++) {
            for (int m = 0; m < s->out; m++) {
                for (int o = 0; o < s->height; o++) {
                    for (int q = 0; q < s->width; q++) {
                        for (int i = 0; i < k; i++) {
                            for (int j = 0; j < k; j++) {
                                int row = o * step + i * apart - s->pad;
                                int col = q * step + j * apart - s->pad;
                                if (row >= 0 && row < rows && col >= 0 && col < cols) {
                                    dW[c][m][i][j] += x[e][c][o][q] * dy[e][m][row][col];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    for (int i = 0; db && i < n * s->out * rows * cols; i++) {
        db[i / (rows * cols) % s->out] += dlarge[i];
    }
}

/*
## Is it the adjoint?

The program draws a large picture $u$ and a small one $v$ at random, for a layer of 16 channels, and prints $\langle A u, v
\rangle$ and $\langle u, A^\top v \rangle$. The two sums run over different arrays, of 784 and 3,136 numbers, and agree.
*/

static double inner(const float *a, const float *b, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * b[i];
    }
    return sum;
}

// Numbers in n small and n large pictures, and in the weights.
static size_t small_size(int n, const ConvShape *s) {
    return (size_t)(n * s->in * s->height * s->width);
}

static size_t large_size(int n, const ConvShape *s) {
    return (size_t)(n * s->out * conv_transpose_out(s->height, s) *
                    conv_transpose_out(s->width, s));
}

static size_t weights_size(const ConvShape *s) {
    return (size_t)(s->in * s->out * s->kernel * s->kernel);
}

// The difference between ⟨gather(u), v⟩ and ⟨u, spread(v)⟩, in units of |gather(u)|·|v|.
static double adjoint_difference(double sides[2], const ConvShape *s, Rng *rng) {
    size_t small = small_size(1, s), large = large_size(1, s), weights = weights_size(s);
    float *memory = alloc_floats(2 * small + 2 * large + weights), *u = memory,
          *spread_v = u + large, *v = spread_v + large, *gathered_u = v + small,
          *W = gathered_u + small;
    rng_fill_normal(rng, u, large, 0.0f, 1.0f);
    rng_fill_normal(rng, v, small, 0.0f, 1.0f);
    rng_fill_normal(rng, W, weights, 0.0f, 1.0f);
    gather(gathered_u, u, W, 1, s);
    spread(spread_v, v, W, NULL, 1, s);
    sides[0] = inner(gathered_u, v, small);
    sides[1] = inner(u, spread_v, large);
    double unit = norm(gathered_u, small) * norm(v, small);
    free(memory);
    return fabs(sides[0] - sides[1]) / unit;
}

void check_adjoint(Run *run, Rng rng) {
    const ConvShape shape = { 16, 7, 7, 16, .kernel = 4, .stride = 2, .pad = 1, .dilation = 1 };
    double sides[2], difference = adjoint_difference(sides, &shape, &rng);
    run_say(run, "Convolution and its transpose: <conv(u), v> = %.4f, <u, convT(v)> = %.4f",
            sides[0], sides[1]);
    run_summary(run, "adjoint_difference", difference);
}

/*
## The bridge

The library's [transposed convolution](conv_transpose2d.html) has no loops of its own. It calls the functions of
[convolution](conv2d.html), forward in the place of backward and the other way round. The program compares it with the loops
above, on the two layers of the generator (a test does it for many more shapes); from here on the lesson uses the library's.
*/

// |fast - plain| as a share of |plain|, both (n). Overwrites fast.
static double share_apart(float *fast, const float *plain, size_t n) {
    for (size_t i = 0; i < n; i++) {
        fast[i] -= plain[i];
    }
    return norm(fast, n) / norm(plain, n);
}

// The largest relative difference between library and plain loops, forward and backward.
static double bridge_difference(const ConvShape *s, int n, Rng *rng) {
    size_t small = small_size(n, s), large = large_size(n, s), weights = weights_size(s);
    size_t all = large + small + weights + (size_t)s->out;
    float *dy = alloc_floats(all), *x = dy + large, *W = x + small, *b = W + weights;
    rng_fill_normal(rng, dy, all, 0.0f, 1.0f); // all four

    float *y = alloc_floats(all), *dx = y + large, *dW = dx + small, *db = dW + weights;
    spread(y, x, W, b, n, s);
    gather(dx, dy, W, n, s);
    blame(dW, db, dy, x, n, s);

    float *fast_y = alloc_floats(all), *fast_dx = fast_y + large, *fast_dW = fast_dx + small;
    float *fast_db = fast_dW + weights, *workspace = alloc_floats(conv_transpose2d_workspace(s));
    conv_transpose2d_forward(fast_y, x, W, b, n, s, workspace);
    conv_transpose2d_backward(fast_dx, fast_dW, fast_db, dy, x, W, n, s, workspace);

    double apart[] = { share_apart(fast_y, y, large), share_apart(fast_dx, dx, small),
                       share_apart(fast_dW, dW, weights),
                       share_apart(fast_db, db, (size_t)s->out) };
    double largest = 0.0;
    for (int i = 0; i < 4; i++) {
        largest = apart[i] <= largest ? largest : apart[i]; // a NaN is larger than everything
    }
    free(workspace);
    free(fast_y);
    free(y);
    free(dy);
    return largest;
}

void bridge(Run *run, Rng rng) {
    static const ConvShape shapes[] = { { 64, 7, 7, 32, 4, 2, 1, 1 },
                                        { 32, 14, 14, 1, 4, 2, 1, 1 } };
    double first = bridge_difference(&shapes[0], 4, &rng);
    double second = bridge_difference(&shapes[1], 4, &rng);
    run_say(run, "The library's differs from the plain loops by a share of %.1g",
            fmax(first, second));
    run_summary(run, "bridge_difference", fmax(first, second));
}

/*
## The other way: upsampling and a convolution

The plainest way to double a picture is to write each pixel four times, in a block of two by two ([upsampling](upsample.html)).
A convolution of 3 × 3 with padding 1 follows. How does that differ from a transposed convolution?

It too is a linear map from a small picture to a large one that does the same at each place. In one dimension, let $e, f, g$ be
the kernel, and $y_0$, $y_1$ two neighbours among the small pixels. Their copies $y_0, y_0, y_1, y_1$ are convolved. Of the four
results the two in the middle depend on these copies alone:

$$ \dots,\quad (e + f)\, y_0 + g\, y_1,\quad e\, y_0 + (f + g)\, y_1,\quad \dots $$

The transposed convolution above has $c\, y_0 + a\, y_1$ and $d\, y_0 + b\, y_1$ there. Compare:

$$ a = g, \qquad b = f + g, \qquad c = e + f, \qquad d = e. $$

So upsampling with a convolution *is* a transposed convolution with kernel 4 and stride 2, but its weights are not free: the
four are made from three, and in two dimensions the sixteen from nine. They always have $a + c = b + d$ (both are $e + f + g$): the
even pixels of the output get the same total weight as the odd ones. This will matter for the checkerboard.
*/

// The transposed kernel that does what upsampling and then a convolution with `three` do.
static void tie(float four[16], const float three[9]) {
    static const float line[4][3] = { { 0, 0, 1 }, { 0, 1, 1 }, { 1, 1, 0 }, { 1, 0, 0 } };
    for (int i = 0; i < 16; i++) {
        four[i] = 0.0f;
        for (int k = 0; k < 9; k++) {
            four[i] += line[i / 4][k / 3] * line[i % 4][k % 3] * three[k];
        }
    }
}

// How far apart the two ways are on a random picture, relative to what they give.
static double tied_difference(Rng *rng) {
    enum { H = 6, W = 5, LARGE = 4 * H * W };
    float three[9], four[16], small[H * W], enlarged[LARGE], one_way[LARGE], other[LARGE];
    rng_fill_normal(rng, three, 9, 0.0f, 1.0f);
    rng_fill_normal(rng, small, H * W, 0.0f, 1.0f);
    tie(four, three);
    const ConvShape spreading = { 1, H, W, 1, .kernel = 4, .stride = 2, .pad = 1, .dilation = 1 };
    const ConvShape same_size = { 1,           2 * H,       2 * W,    1,
                                  .kernel = 3, .stride = 1, .pad = 1, .dilation = 1 };
    upsample_forward(enlarged, small, 1, 1, H, W, 2);
    gather(one_way, enlarged, three, 1, &same_size); // with stride 1 an ordinary convolution
    spread(other, small, four, NULL, 1, &spreading);
    for (int i = 0; i < LARGE; i++) {
        other[i] -= one_way[i];
    }
    return norm(other, LARGE) / norm(one_way, LARGE);
}

void check_tie(Run *run, Rng rng) {
    double difference = tied_difference(&rng);
    run_say(run, "Upsampling as a transposed convolution with tied weights: off by %.1g",
            difference);
    run_summary(run, "tied_difference", difference);
}

/*
## The networks

DCGAN stands for *deep convolutional GAN*, and the paper is a list of rules that made such networks learn. Here are the networks
of this lesson, built by these rules. $F$, the number of maps at 14 × 14 pixels, is 32, or what `--width` says.
*/

// A table without its batch norms. Layers that had no bias because of one get it back.
static void drop_batchnorm(LayerSpec *table) {
    int n = 0; // rows that stay
    for (const LayerSpec *row = table; row->kind != LAYER_END; row++) {
        if (row->kind != BATCHNORM) {
            table[n] = *row;
            table[n].no_bias = false;
            n++;
        }
    }
    table[n].kind = LAYER_END;
}

static Net *make_net(LayerSpec *table, Shape in, const DcganSettings *s, Rng *rng) {
    if (s->no_batchnorm) {
        drop_batchnorm(table);
    }
    int batch = s->batch > SHOWN ? s->batch : SHOWN;
    Rng drawn_anew =
        *rng; // net_create draws weights, too: from a copy, so that they are drawn once
    Net *net = net_create(table, in, batch, &drawn_anew);
    net_init(net, (InitScheme)s->init, rng);
    return net;
}

GanPair *dcgan_pair(const DcganSettings *s, Enlarger enlarger, long total) {
    int F = s->width;
    // clang-format off
    LayerSpec discriminator[] = {                                                //  1 × 28 × 28
        conv2d(F, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),         //  F × 14 × 14
        conv2d(2 * F, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),      // 2F ×  7 ×  7
        batchnorm(), leaky_relu(0.2f),
        flatten(), dense(1), END                                                 // a logit
    };
    LayerSpec transposed[] = {                                                   // z: 64
        dense(2 * F * 7 * 7, .no_bias = true),
        reshape(2 * F, 7, 7), batchnorm(), relu(),                               // 2F ×  7 ×  7
        conv_transpose2d(F, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),
        batchnorm(), relu(),                                                     //  F × 14 × 14
        conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1), tanh_(), END    //  1 × 28 × 28
    };
    LayerSpec upsampled[] = {
        dense(2 * F * 7 * 7, .no_bias = true),
        reshape(2 * F, 7, 7), batchnorm(), relu(),
        upsample(2), conv2d(F, .kernel = 3, .pad = 1, .no_bias = true),
        batchnorm(), relu(),
        upsample(2), conv2d(1, .kernel = 3, .pad = 1), tanh_(), END
    };
    // clang-format on
    Rng rng = rng_create(s->run.seed, RNG_INIT); // D first: the same for both
    Net *D = make_net(discriminator, (Shape){ 1, SIDE, SIDE }, s, &rng);
    Net *G =
        make_net(enlarger == TRANSPOSED ? transposed : upsampled, (Shape){ LATENT, 1, 1 }, s, &rng);
    OptimizerSpec adam = optimizer_defaults(ADAM, s->lr);
    adam.beta1 = s->beta1;
    return gan_pair_create(G, D, adam, adam, false, total, s->run.seed);
}

/*
| rule of the paper | why |
|---|---|
| strided convolutions in the place of pooling, transposed ones in the generator | max pooling hands the gradient to one pixel of four, and all that the generator ever learns is a gradient that has come through the discriminator |
| batch norm in both, but not where a picture comes out or goes in | lesson 5: each layer keeps the size of its signals while the other network changes. The picture itself must not be normalised: how bright it is, and how much one picture differs from the next, is for the generator to decide and for the discriminator to see |
| no hidden dense layers | a dense layer has weights of its own for each place. One leads from $z$ to the first small maps, one from the last maps to the logit; between them there are only convolutions |
| ReLU in the generator, $\tanh$ at its end | pixels are bounded, and $\tanh$ keeps them between black and white. For the ReLU the paper gives no reason but its experience |
| leaky ReLU in the discriminator, slope 0.2 | its slope is nowhere 0, so that each pixel of a fake gets a gradient |
| weights from $N(0, 0.02^2)$ ([initial weights](init.html)) | any size will do in front of a batch norm (lesson 5), and steps of Adam have a fixed size, so small weights are changed quickly |
| Adam with $\eta = 0.0002$ and $\beta_1 = 0.5$ | the opponent moves, and a gradient of ten steps ago was computed against an opponent that has changed since |

Batch norm's scales begin at $N(1, 0.02^2)$. That is not in the paper: it is in the authors' program. With $F = 32$ the generator
has 234,177 parameters, 200,704 of them in its dense layer, and the discriminator has 36,577. The generator with upsampling
has 219,617.

    make lesson-7 ARGS=--summary

## A bias before batch norm

A layer in front of a batch norm has no bias here, as in most programs, because "batch norm subtracts it again". Is that true?
Batch norm subtracts from each map the mean of that map, over the batch and over all its places. A bias that is the same at
all places of a map is part of this mean and disappears. A convolution's bias is of that kind: one number a map. The
*dense* layer's is not. It has 3,136 outputs, which the reshape makes 64 maps of 49 places each, and a bias for each output
is a pattern within each map that batch norm leaves in.
*/

enum { BIAS_BATCH = 64, BIAS_MAPS = 64, BIAS_PLACES = 49, BIAS_OUTPUTS = BIAS_MAPS * BIAS_PLACES };

// How far batch norm's outputs move, root mean square, if the dense layer before it gets these biases.
static double moved_by_bias(Net *net, const float *z, const float *bias) {
    enum { N = BIAS_BATCH * BIAS_OUTPUTS };
    float *before = alloc_floats(N), *b = net->layers[0].bias;
    memset(b, 0, BIAS_OUTPUTS * sizeof *b);
    memcpy(before, net_forward(net, z, BIAS_BATCH, TRAIN), N * sizeof *before);
    memcpy(b, bias, BIAS_OUTPUTS * sizeof *b);
    const float *after = net_forward(net, z, BIAS_BATCH, TRAIN);
    double squares = 0.0;
    for (int i = 0; i < N; i++) {
        squares += pow((double)after[i] - before[i], 2) / N;
    }
    free(before);
    return sqrt(squares);
}

void check_bias(Run *run, Rng rng) {
    static const LayerSpec table[] = { dense(BIAS_OUTPUTS), reshape(BIAS_MAPS, 7, 7), batchnorm(),
                                       END };
    Net *net = net_create(table, (Shape){ LATENT, 1, 1 }, BIAS_BATCH, &rng);
    net_init(net, INIT_DCGAN, &rng);
    float z[BIAS_BATCH * LATENT], by_map[BIAS_OUTPUTS], by_place[BIAS_OUTPUTS];
    float deviation =
        0.16f; // that of the dense layer's outputs: 0.02 and the length of z, which is 8
    rng_fill_normal(&rng, z, BIAS_BATCH * LATENT, 0.0f, 1.0f);
    rng_fill_normal(&rng, by_place, BIAS_OUTPUTS, 0.0f, deviation);
    for (int i = 0; i < BIAS_OUTPUTS; i++) {
        by_map[i] = by_place[i / BIAS_PLACES * BIAS_PLACES]; // one for all places of a map
    }
    double map = moved_by_bias(net, z, by_map), place = moved_by_bias(net, z, by_place);
    run_say(run, "A bias before batch norm moves its outputs by %.1g if it is one a map, by %.2f",
            map, place);
    run_say(run, "  if it is one a place");
    run_summary(run, "bias_a_map", map);
    run_summary(run, "bias_a_place", place);
    net_free(net);
}

/*
The outputs of batch norm have deviation 1. Biases as large as the dense layer's own outputs move them by $6 \cdot 10^{-8}$, which is
rounding, if there is one a map, and by 0.77 if there is one a place. So for the convolutions `no_bias` changes nothing
that can be learned. For the dense layer it takes something away: a pattern that all samples begin with. The generator
learns without it, and the lesson leaves it out, so that its networks are those that most programs have.

## The game

The rules are lesson 6's, with one saving: the generator's step uses the fakes that the discriminator has just seen, so they
are made once. A round is: a batch of real pictures and a batch of fakes; a step of the discriminator on both; a step of the
generator on the same fakes.

**Real and fake pass the discriminator separately.** Its batch norm takes mean and variance over what it is given at once. In
a mixed batch each fake would be normalised together with the real ones beside it; alone, fakes are compared with fakes. The
gradients of the two passes add up.
*/

float discriminator_step(GanPair *pair, GanTally *tally, const float *real, const float *fakes,
                         int n) {
    Net *D = pair->D;
    net_zero_grad(D);
    const float *logits = net_forward(D, real, n, TRAIN);
    gan_tally_real(tally, logits, n);
    float loss = gan_pair_cross_entropy(pair, logits, 1.0f, n);
    net_backward(D, pair->D->dy, WANT_PARAMS);

    logits = net_forward(D, fakes, n, TRAIN);
    gan_tally_fake(tally, logits, n);
    loss += gan_pair_cross_entropy(pair, logits, 0.0f, n);
    net_backward(D, pair->D->dy, WANT_PARAMS);
    gan_pair_step_D(pair);
    gan_tally_d(tally, loss, D);
    return loss;
}

/*
The generator's loss is the non-saturating one: cross-entropy of its fakes against the label "real". From the discriminator it
needs the gradient with respect to the pictures and nothing else: `WANT_INPUT` leaves the gradients of the discriminator's own
weights alone. Not a byte of its weights changes in this step, nor of its optimizer.

Its *running statistics* do change: they belong to batch norm in training mode and move with every batch that passes. They
are used in evaluation mode only, and this discriminator is never used in evaluation mode, so nothing depends on them. For the
generator they matter: every picture that the lesson shows or judges is made in evaluation mode, with running statistics that
move once a step, when the fakes are made.
*/

float generator_step(GanPair *pair, GanTally *tally, const float *fakes, int n) {
    const float *logits = net_forward(pair->D, fakes, n, TRAIN); // D has changed since
    float loss = gan_pair_cross_entropy(pair, logits, 1.0f, n);
    const float *dfakes = net_backward(pair->D, pair->D->dy, WANT_INPUT);
    net_zero_grad(pair->G);
    net_backward(pair->G, dfakes, WANT_PARAMS);
    gan_pair_step_G(pair);
    gan_tally_g(tally, loss, pair->G);
    return loss;
}
