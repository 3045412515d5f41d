/*
# Lesson 5: Batch normalisation

A deep net learns if its initial weights and its learning rate suit it. With a rate five times too large, or with weights drawn
from the wrong distribution, the same net stays at an accuracy of 10 %, which is what guessing gets. **Can a net be built so that it
depends less on these two choices?**

![Four images with three channels each. Batch norm takes its mean over one channel of all images, layer norm over all channels of one
image.](diagrams/axes.svg)

Batch normalisation is one answer: a layer that gives each channel the mean 0 and the deviation 1, at every step, measured over the batch.
The figure shows which numbers are taken together, and beside it those of a relative, layer norm.

**Where the trouble comes from.** Lesson 2 found that each layer multiplies the size of its signal by some factor, and that ten
factors of one half leave a thousandth. The cure was to choose the initial weights so that the factors are near one.
But weights move. After the first step they are others, and nothing keeps the factors where they were.

**What you will do here.** Derive the backward pass of batch norm, in which each input acts on three paths, and write it in
plain loops. Train nets side by side, on the same batches from the same weights: with and without the new layer, from good and
from bad initial weights, at eight learning rates, up to the rates where batch norm does not help any more. Measure the signals inside.
Disturb the new layer on purpose, and find that the first explanation of why it helps does not hold. Use a trained net in the wrong mode,
to know that common mistake when you meet it.

    make lesson-5
    make lesson-5 ARGS="--bad-init large" RUN=large
    make compare RUNS="05-batchnorm/default 05-batchnorm/large" COLS="plain_bad_middle bn_bad_middle"
*/

#include "experiments.h"
#include "base/die.h"
#include "kernels/batchnorm.h"
#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## The idea

Take one channel of one layer, and all the numbers it holds while the net looks at a batch: for $n$ images with maps
of $h \times w$ places, $N = n \cdot h \cdot w$ numbers $x_1, \dots, x_N$. Compute their mean $\mu$ and their variance $v$.
Subtract the mean, and divide by the root of the variance (Ioffe and Szegedy 2015):

$$ \mu = \frac1N \sum_j x_j, \qquad v = \frac1N \sum_j (x_j - \mu)^2, \qquad \sigma = \sqrt{v + \varepsilon}, \qquad
   \hat x_j = \frac{x_j - \mu}{\sigma}. $$

Whatever the layer before has done, $\hat x$ has mean 0 and variance 1 (but for $\varepsilon$, see below). For a ReLU behind it this would fix that about half of
the numbers are let through. That need not be the best. So the net gets two parameters per channel, $w$ and $b$, for another deviation and another mean,
and learns them as it learns its weights:

$$ y_j = w\, \hat x_j + b. $$

With $w = \sigma$ and $b = \mu$ the layer would do nothing at all, so the net can represent whatever it could without batch norm. What has changed is
what a step of gradient descent does. Before, the size of a signal was a product of all the weights below. Now it is one
number, $w$.

The small $\varepsilon$, `eps`, keeps the division from failing when a channel is constant. It is $10^{-5}$.
The second small number of the layer, `momentum`, is 0.1 and has nothing to do with it; it comes next.

## Two modes

An image's output now depends on the other images of its batch. In training that is accepted. In use it is not: the answer for a shirt must not
depend on the other pictures of the batch, and there may be none. So in training the layer keeps *running* averages of $\mu$ and $v$,

$$ r \leftarrow (1 - m)\, r + m \cdot \text{new}, \qquad m = \texttt{momentum} = 0.1, $$

where $r$ is the running average and *new* what this batch has. In use these take the place of the batch's own $\mu$ and $v$. (The new $v$ enters as $\frac{N}{N-1} v$, the unbiased estimate:
$v$ is a little too small for images not seen, since $\mu$ was fitted to the same numbers.) Training uses the batch, *training mode*; the use of the finished net is called *evaluation
mode*. The running averages are not learned by gradients, but they are part of the model, and go into its file.

## Forward, in plain loops

The numbers of a channel do not lie side by side in memory: each image has a piece of `area` $= h \cdot w$ of them. `at` is the place of
the $j$-th number of a channel.
*/

static size_t at(const BatchNormShape *s, int channel, int j) {
    return ((size_t)(j / s->area) * (size_t)s->channels + (size_t)channel) * (size_t)s->area +
           (size_t)(j % s->area);
}

static float mix(float running, double new, float momentum) {
    return (float)((1.0 - (double)momentum) * running + momentum * new);
}

// Arguments as those of batchnorm_forward_train in common/.
static void plain_forward_train(float *y, float *mean, float *inv_std, float *running_mean,
                                float *running_var, const float *x, const float *weight,
                                const float *bias, int n, const BatchNormShape *s) {
    int N = n * s->area;
    for (int c = 0; c < s->channels; c++) {
        double sum = 0.0, squares = 0.0;
        for (int j = 0; j < N; j++) {
            sum += x[at(s, c, j)];
        }
        double mu = sum / N;
        for (int j = 0; j < N; j++) {
            squares += (x[at(s, c, j)] - mu) * (x[at(s, c, j)] - mu);
        }
        double sigma = sqrt(squares / N + s->eps);
        for (int j = 0; j < N; j++) {
            y[at(s, c, j)] = (float)(weight[c] * (x[at(s, c, j)] - mu) / sigma + bias[c]);
        }
        mean[c] = (float)mu;
        inv_std[c] = (float)(1.0 / sigma);
        running_mean[c] = mix(running_mean[c], mu, s->momentum);
        running_var[c] = mix(running_var[c], squares / (N - 1), s->momentum);
    }
}

static void plain_forward_eval(float *y, const float *x, const float *weight, const float *bias,
                               const float *running_mean, const float *running_var, int n,
                               const BatchNormShape *s) {
    for (int c = 0; c < s->channels; c++) {
        double sigma = sqrt((double)running_var[c] + s->eps);
        for (int j = 0; j < n * s->area; j++) {
            size_t k = at(s, c, j);
            y[k] = (float)(weight[c] * (x[k] - (double)running_mean[c]) / sigma + bias[c]);
        }
    }
}

/*
## Backward: three paths

What arrives is $dy_j$, the gradient of the loss with respect to each output of the channel. What is wanted is $dx_i$, that with respect to
each input. The figure draws what depends on what. One input $x_i$ acts on the outputs along three paths, and its gradient is the sum of
what comes back along each of them.

![The computation graph. From x_i a path leads to its own x̂ and y; a second one through the mean μ to all x̂_j; a third one through the
variance v and the deviation σ to all x̂_j. Beside each arrow back stands the factor by which the gradient is multiplied.](diagrams/paths.svg)

**From $y$ to $\hat x$** all paths share one step. $y_j = w \hat x_j + b$ gives

$$ d\hat x_j = w\, dy_j, \qquad dw = \sum_j dy_j\, \hat x_j, \qquad db = \sum_j dy_j. $$

**Path 1, through its own place.** $\hat x_i = (x_i - \mu) / \sigma$. With $\mu$ and $\sigma$ held, its derivative is $1 / \sigma$, so
$d\hat x_i / \sigma$ arrives at $x_i$.

**Path 3, through the variance**, comes before path 2, since $\mu$ acts on $v$ as well. The variance is in every $\hat x_j = (x_j - \mu)\,(v +
\varepsilon)^{-1/2}$, and the power has the derivative $-\frac12 (v + \varepsilon)^{-3/2} = -\frac{1}{2 \sigma^3}$. All $j$ add
to the gradient of $v$:

$$ dv = \sum_j d\hat x_j\, (x_j - \mu) \cdot \left( -\frac{1}{2 \sigma^3} \right). $$

From $v$ to $x_i$ the factor is $\partial v / \partial x_i = 2 (x_i - \mu) / N$, with $\mu$ held.

**Path 2, through the mean.** The mean is in every numerator, with the derivative $-1 / \sigma$, and it is in $v$:

$$ d\mu = \sum_j d\hat x_j \cdot \left( -\frac1\sigma \right) + dv \cdot \left( -\frac2N \right) \sum_j (x_j - \mu). $$

The last sum is 0: differences from the mean cancel. This is the dashed arrow of the figure. From $\mu$ to $x_i$ the factor is
$\partial \mu / \partial x_i = 1 / N$.

**All three together**, in the order of the loop below:

$$ dx_i = \underbrace{\frac{d\hat x_i}{\sigma}}_{\text{its own place}} +
          \underbrace{dv \cdot \frac{2 (x_i - \mu)}{N}}_{\text{the variance}} +
          \underbrace{d\mu \cdot \frac1N}_{\text{the mean}}. $$
*/

// Arguments as those of batchnorm_backward_train in common/, all of them wanted.
static void plain_backward_train(float *dx, float *dweight, float *dbias, const float *dy,
                                 const float *x, const float *mean, const float *inv_std,
                                 const float *weight, int n, const BatchNormShape *s) {
    int N = n * s->area;
    for (int c = 0; c < s->channels; c++) {
        double mu = mean[c], sigma = 1.0 / inv_std[c];
        double dw = 0.0, db = 0.0, dv = 0.0, dmu = 0.0, differences = 0.0;
        for (int j = 0; j < N; j++) {
            double slope = dy[at(s, c, j)], difference = x[at(s, c, j)] - mu;
            double dx_hat = weight[c] * slope;
            db += slope;
            dw += slope * difference / sigma;
            dv += dx_hat * difference * (-0.5 / (sigma * sigma * sigma));
            dmu += dx_hat * (-1.0 / sigma);
            differences += difference;
        }
        dmu += dv * (-2.0 / N) * differences; // 0, but for rounding
        for (int j = 0; j < N; j++) {
            double dx_hat = weight[c] * (double)dy[at(s, c, j)];
            double difference = x[at(s, c, j)] - mu;
            dx[at(s, c, j)] = (float)(dx_hat / sigma              // its own place
                                      + dv * 2.0 * difference / N // the variance
                                      + dmu / N);                 // the mean
        }
        dweight[c] += (float)dw;
        dbias[c] += (float)db;
    }
}

/*
Put $dv$ and $d\mu$ in, and the formula becomes short. With $\mathrm{mean}(\cdot)$ for the mean over the channel's $N$ numbers:

$$ dx_i = \frac{w}{\sigma} \left( dy_i - \mathrm{mean}(dy) - \hat x_i \cdot \mathrm{mean}(dy\, \hat x) \right). $$

Read it as a projection. From the gradient its mean is removed (path 2), and then its component along $\hat x$ (path
3). The reason: adding one number to all $x_i$ does not change $y$, and neither does stretching them about their
mean. In those two directions the loss is flat, so the gradient has no part along them:

$$ \sum_i dx_i = 0, \qquad \sum_i dx_i\, \hat x_i \approx 0. $$

(The second only nearly, because $\varepsilon$ is not stretched with the rest.) The library computes the gradient by this formula, in
[batch norm](batchnorm.html), and a test holds it equal to the loops above. In evaluation mode $\mu$ and $\sigma$ are
constants, paths 2 and 3 are gone, and $dx_i = w\, dy_i / \sigma$.

## A check that passes whatever you write

Compare $dx$ with differences of the loss, as in [gradient checks](gradcheck.html). We need a loss; let it be $L =
\sum_j dy_j\, y_j$ with numbers $dy_j$ that we choose. The obvious choice is $dy_j = 1$, and then $L = \sum y_j$.

Do not choose it. $\sum_j y_j = w \sum_j \hat x_j + N b$, and the $\hat x_j$ always have the sum 0. So $L$ does not
depend on $x$, and the true gradient is 0. A check against 0 is passed by every backward pass that removes the mean, right or wrong.
The program tries five backward passes with both kinds of $dy$ and prints the largest
difference from the central differences:
*/

typedef struct {
    const float *dy, *weight, *bias;
    const BatchNormShape *shape;
    int n;
} Probe;

// The loss Σ dy·y of the batch x.
static double probe_loss(const Probe *p, const float *x) {
    int C = p->shape->channels, size = p->n * C * p->shape->area;
    float *y = alloc_floats((size_t)size), *rest = alloc_floats(4 * (size_t)C);
    double loss = 0.0;
    plain_forward_train(y, rest, rest + C, rest + 2 * C, rest + 3 * C, x, p->weight, p->bias, p->n,
                        p->shape);
    for (int k = 0; k < size; k++) {
        loss += (double)p->dy[k] * y[k];
    }
    free(y);
    free(rest);
    return loss;
}

// The largest difference between a gradient and central differences of the loss.
static double largest_difference(const Probe *p, float *x, const float *dx) {
    const float h = 0.01f;
    double largest = 0.0;
    for (int k = 0; k < p->n * p->shape->channels * p->shape->area; k++) {
        float saved = x[k];
        x[k] = saved + h;
        double above = probe_loss(p, x);
        x[k] = saved - h;
        double below = probe_loss(p, x);
        x[k] = saved;
        largest = fmax(largest, fabs((above - below) / (2.0 * h) - dx[k]));
    }
    return largest;
}

// One channel of N numbers: its true gradient, spoiled in one of five ways; way 0 leaves it as it is.
static void spoil(float *spoiled, int way, const float *dx, const float *x, float mean,
                  float inv_std, float weight, float dw, float db, int N) {
    float factor = weight * inv_std / (float)N;
    for (int j = 0; j < N; j++) {
        float x_hat = (x[j] - mean) * inv_std;
        switch (way) {
        case 1: // the path through the mean forgotten
            spoiled[j] = dx[j] + factor * db;
            break;
        case 2: // the path through the variance forgotten
            spoiled[j] = dx[j] + factor * x_hat * dw;
            break;
        case 3:
            spoiled[j] = -dx[j];
            break;
        case 4:
            spoiled[j] = 0.0f;
            break;
        default:
            spoiled[j] = dx[j];
        }
    }
}

void check_backward(float errors[2][WAYS], Rng rng) {
    enum { N = 12 };
    const BatchNormShape shape = { .channels = 1, .area = N / 4, .eps = 1e-5f, .momentum = 0.1f };
    float x[N], dy[2][N], weight = 1.5f, bias = 0.5f;
    rng_fill_normal(&rng, x, N, 1.0f, 2.0f);
    rng_fill_normal(&rng, dy[0], N, 0.0f, 1.0f);
    for (int j = 0; j < N; j++) {
        dy[1][j] = 1.0f;
    }
    for (int ones = 0; ones < 2; ones++) {
        float y[N], dx[N], spoiled[N], mean, inv_std, running[2] = { 0 }, dw = 0.0f, db = 0.0f;
        Probe probe = { dy[ones], &weight, &bias, &shape, 4 };
        plain_forward_train(y, &mean, &inv_std, running, running + 1, x, &weight, &bias, 4, &shape);
        plain_backward_train(dx, &dw, &db, dy[ones], x, &mean, &inv_std, &weight, 4, &shape);
        for (int way = 0; way < WAYS; way++) {
            spoil(spoiled, way, dx, x, mean, inv_std, weight, dw, db, N);
            errors[ones][way] = (float)largest_difference(&probe, x, spoiled);
        }
    }
}

/*
With a random $dy$ only the right one passes: its error is 0.00002, the others' from 0.1 to 2.2. With ones, four of five pass:
the right one, and three wrong ones: one with a flipped sign, one that returns zero, and one without the third path, which is
the mistake most easily made. (Our own `gradient_error` would not be fooled: it compares in units of the gradient's length, and
where there is no length it says that nothing was checked.) Every check of batch norm in this course has a random $dy$.

## The bridge

The loops above are the specification, and slow. The library's [batch norm](batchnorm.html) uses the short formula,
vector instructions and threads. From here on we use it, after checking that the two agree:
*/

static double relative_distance(const float *a, const float *b, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    }
    return sqrt(sum) / norm(b, n);
}

// Both modes forward and training backward on 32 maps of 16 channels; how far the library is from
// the plain loops.
double bridge(Rng rng) {
    enum { N = 32, C = 16, AREA = 49, SIZE = N * C * AREA };
    enum { TRAINING, EVALUATION, DX, PARTS };
    const BatchNormShape s = { C, AREA, .eps = 1e-5f, .momentum = 0.1f };
    float *x = alloc_floats(SIZE), *dy = alloc_floats(SIZE), *plain[PARTS], *fast[PARTS];
    float weight[C], bias[C], mean[C], inv_std[C], dweight[C] = { 0 }, dbias[C] = { 0 };
    float plain_mean[C] = { 0 }, plain_var[C] = { 0 }, fast_mean[C] = { 0 }, fast_var[C] = { 0 };
    for (int part = 0; part < PARTS; part++) {
        plain[part] = alloc_floats(SIZE);
        fast[part] = alloc_floats(SIZE);
    }
    rng_fill_normal(&rng, x, SIZE, 3.0f, 2.0f);
    rng_fill_normal(&rng, dy, SIZE, 0.0f, 1.0f);
    rng_fill_normal(&rng, weight, C, 1.0f, 0.5f);
    rng_fill_normal(&rng, bias, C, 0.0f, 1.0f);

    plain_forward_train(plain[TRAINING], mean, inv_std, plain_mean, plain_var, x, weight, bias, N,
                        &s);
    plain_forward_eval(plain[EVALUATION], x, weight, bias, plain_mean, plain_var, N, &s);
    plain_backward_train(plain[DX], dweight, dbias, dy, x, mean, inv_std, weight, N, &s);
    batchnorm_forward_train(fast[TRAINING], mean, inv_std, fast_mean, fast_var, x, weight, bias, N,
                            &s);
    batchnorm_forward_eval(fast[EVALUATION], x, weight, bias, fast_mean, fast_var, N, &s);
    batchnorm_backward_train(fast[DX], NULL, NULL, dy, x, mean, inv_std, weight, N, &s);

    double largest = 0.0;
    for (int part = 0; part < PARTS; part++) {
        double distance = relative_distance(fast[part], plain[part], SIZE);
        largest = distance <= largest ? largest : distance; // a NaN is larger than everything
        free(plain[part]);
        free(fast[part]);
    }
    free(x);
    free(dy);
    return largest;
}

/*
## What it does to the weights before it

Two consequences can be measured on a net at its first step, before anything is trained.

**A bias of a convolution before batch norm is without effect**: it adds one number to the whole channel, and $\mu$ takes it out again. So its gradient is 0, but for rounding: what
is left of a sum of 3,136 numbers that should cancel. An optimizer that
divides by the size of the gradient (Adam) would make full-sized steps of that noise. So a convolution before batch norm has
no bias: `conv2d(16, ..., .no_bias = true)`.

**The size of the weights is without effect**: with $10\, W$ in place of $W$ the layer gives $10\, x$, $\mu$ and
$\sigma$ grow tenfold, and $y$ is what it was. The loss is constant along the ray through $W$, so the gradient is at
right angles to $W$, and ten times the weights means a tenth of the gradient:

$$ L(a W) = L(W) \quad\Longrightarrow\quad \nabla L(a W) = \frac1a \nabla L(W). $$

This can act as a brake. A step at right angles makes a vector longer, never shorter. Suppose the learning rate is too
large: the first step makes $W$ long, a long $W$ has a short gradient, and the next step, as a share of $\lVert W \rVert$, is smaller by the square of that factor.
So for these weights the net corrects a rate that is too large by itself. It does not do so for its other parameters: $w$, $b$ and the dense layer at the end
have no batch norm behind them. How far the brake reaches is measured below.
*/

// The gradient of the loss on a batch; returns the logits.
static const float *gradient_of(Net *net, const float *x, const int *labels, int n) {
    const float *logits = net_forward(net, x, n, TRAIN);
    softmax_cross_entropy(net->dy, logits, labels, n, CLASSES);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    return logits;
}

// A convolution with a bias, batch norm and ReLU, twice, and a dense layer.
static Net *net_with_biases(uint64_t seed) {
    static const LayerSpec table[] = {
        conv2d(8, .kernel = 3, .stride = 2, .pad = 1),
        batchnorm(),
        relu(),
        conv2d(16, .kernel = 3, .stride = 2, .pad = 1),
        batchnorm(),
        relu(),
        flatten(),
        dense(CLASSES),
        END,
    };
    Rng rng = rng_create(seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, 64, &rng);
    net_init(net, INIT_FAN_IN, &rng); // the scheme with biases other than 0
    return net;
}

Invariances measure_invariances(uint64_t seed, const Split *images) {
    int n = images->n_train < 64 ? images->n_train : 64, labels[64];
    float *x = alloc_floats(64 * PIXELS), before[64 * CLASSES];
    size_t outputs = (size_t)(n * CLASSES);
    dataset_take(x, labels, images->data, images->order + images->n_valid, n);
    Net *net = net_with_biases(seed);
    Layer *conv = &net->layers[3];
    memcpy(before, gradient_of(net, x, labels, n), outputs * sizeof *before);
    Invariances result = { .weight_gradient = norm(conv->dweight, conv->n_weight),
                           .bias_gradient = norm(conv->dbias, conv->n_bias) };
    double along = 0.0;
    for (size_t i = 0; i < conv->n_weight; i++) {
        along += (double)conv->weight[i] * conv->dweight[i];
    }
    result.cosine = along / (result.weight_gradient * norm(conv->weight, conv->n_weight));
    for (size_t i = 0; i < conv->n_weight; i++) {
        conv->weight[i] *= 10.0f;
    }
    const float *after = gradient_of(net, x, labels, n);
    result.moved = relative_distance(after, before, outputs);
    result.shrunk = norm(conv->dweight, conv->n_weight) / result.weight_gradient;
    net_free(net);
    free(x);
    return result;
}

/*
In a small net with a bias before batch norm, on 64 images: the gradient of the second convolution's weights has the
length 1.15, that of its biases 0.00000007. The cosine between weights and gradient is 0.000009. With ten times the
weights the outputs differ in the fifth digit (by $\varepsilon$, which has not grown with them), and the
gradient is 0.1000 times as long.
*/
