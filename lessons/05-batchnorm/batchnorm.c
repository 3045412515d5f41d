/*
# Lesson 5: Batch normalisation

Lesson 2 found out why deep nets did not train: each layer multiplies the size of its signal by some factor, and ten
factors of one half leave a thousandth. The cure was to choose the initial weights so that the factors are near one.

**But weights move.** The cure holds for the first step. At the second one the weights are others, and nobody looks
after the factors any more. Choose the learning rate five times too large, or draw the weights from the wrong
distribution, and the same net that learned so well stays at 10 %, which is what guessing gets. Why does so much hang
on two numbers? And can the net be built so that it cares less?

**What you will do here.** Put between each convolution and its ReLU a layer that *makes* mean and size of the signal
what they should be, at every step. Derive its backward pass, in which each input acts on three paths, and write it in
plain loops. Then train fourteen nets side by side, on the same batches from the same weights: with and without the
new layer, at three learning rates, from good and from bad initial weights. Watch the signals inside. Shake the new
layer, and learn that the usual explanation of why it helps does not survive. And use a trained net in the wrong mode,
to know the most common mistake when you meet it.

    make lesson-5
    make lesson-5 ARGS="--bad-init large" RUN=large
    make compare RUNS="05-batchnorm/default 05-batchnorm/large" COLS="plain_bad_middle bn_bad_middle"
*/

#include "batchnorm.h"
#include "checkpoint.h"
#include "die.h"
#include "evaluate.h"
#include "experiments.h"
#include "loss.h"
#include "summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## The idea

Take one channel of one layer, and all the numbers it holds while the net looks at a batch: for $n$ images with maps
of $h \times w$ places, $N = n \cdot h \cdot w$ numbers $x_1, \dots, x_N$. Their mean and variance are easily had.
So subtract the one and divide by the root of the other (Ioffe and Szegedy 2015):

$$ \mu = \frac1N \sum_j x_j, \qquad v = \frac1N \sum_j (x_j - \mu)^2, \qquad \sigma = \sqrt{v + \varepsilon}, \qquad
   \hat x_j = \frac{x_j - \mu}{\sigma}. $$

Whatever the layer before has done, $\hat x$ has mean 0 and variance 1. That may be too much of a good thing: a ReLU
that gets such numbers always lets one half of them through, whether that is wise or not. So the net may choose
another mean and another size, one of each per channel, and learn them like weights:

$$ y_j = w\, \hat x_j + b. $$

With $w = \sigma$ and $b = \mu$ the layer would do nothing at all. Nothing is forbidden; what has changed is what a
step of gradient descent *does*. Before, the size of a signal was a product of all the weights below. Now it is one
number, $w$.

The small $\varepsilon$, `eps`, keeps the division from failing when a channel is constant. It is $10^{-5}$, and
never to be confused with the second small number, `momentum`, which is 0.1 and comes next.

## Two modes

An image's output now depends on the other images of its batch. While learning, that is accepted. In use it is not:
the answer for a shirt must not depend on who else is in the queue, and there may be nobody. So while learning the
layer keeps *running* averages of $\mu$ and $v$,

$$ r \leftarrow (1 - m)\, r + m \cdot \text{new}, \qquad m = \texttt{momentum} = 0.1, $$

and in use these take the place of the batch's own. (The new $v$ enters as $\frac{N}{N-1} v$, the unbiased estimate:
$v$ is a little too small for images not seen, since $\mu$ was fitted to the same numbers.) The running averages are
neither weights nor forgotten at the end: they belong to the model, and go into its file.

## Forward, in plain loops

The numbers of a channel do not lie side by side: each image has a piece of `area` $= h \cdot w$ of them. `at` finds
the $j$-th.
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

What arrives is $dy_j$, the slope of the loss with respect to each output of the channel. What is wanted is $dx_i$.
Draw what depends on what, and let the gradient run against the arrows:

    x_i ------------------------> x̂_i ---> y_i      path 1: through its own place
    x_i ---> μ -----------------> x̂_j ---> y_j      path 2: through the mean, to all j
    x_i ---> v ---> σ ----------> x̂_j ---> y_j      path 3: through the variance, to all j

**The last step** of each path is the same. $y_j = w \hat x_j + b$ gives

$$ d\hat x_j = w\, dy_j, \qquad dw = \sum_j dy_j\, \hat x_j, \qquad db = \sum_j dy_j. $$

**Path 1.** $\hat x_i = (x_i - \mu) / \sigma$ with $\mu$ and $\sigma$ held: the slope is $1 / \sigma$, and what
arrives at $x_i$ is $d\hat x_i / \sigma$.

**Path 3** before path 2, since $\mu$ acts on $v$ as well. The variance is in every $\hat x_j = (x_j - \mu)\,(v +
\varepsilon)^{-1/2}$, and the power has the derivative $-\frac12 (v + \varepsilon)^{-3/2} = -\frac{1}{2 \sigma^3}$. So
$v$ is blamed by all $j$,

$$ dv = \sum_j d\hat x_j\, (x_j - \mu) \cdot \left( -\frac{1}{2 \sigma^3} \right), $$

and hands on to $x_i$ its share: $\partial v / \partial x_i = 2 (x_i - \mu) / N$ with $\mu$ held.

**Path 2.** The mean is in every numerator, with slope $-1 / \sigma$, and it is in $v$:

$$ d\mu = \sum_j d\hat x_j \cdot \left( -\frac1\sigma \right) + dv \cdot \left( -\frac2N \right) \sum_j (x_j - \mu). $$

The last sum is 0: differences from the mean cancel. Around its minimum, $v$ does not notice $\mu$. To $x_i$ the mean
hands on $\partial \mu / \partial x_i = 1 / N$.

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
Put $dv$ and $d\mu$ in, and the formula becomes short. With a bar for the mean over the channel's $N$ numbers:

$$ dx_i = \frac{w}{\sigma} \left( dy_i - \overline{dy} - \hat x_i \cdot \overline{dy\, \hat x} \right). $$

Read it as a projection. From the gradient its mean is removed (path 2), and then its component along $\hat x$ (path
3). It has to be so: adding one number to all $x_i$ does not change $y$, and neither does stretching them about their
mean. In those two directions the loss is flat, so the gradient must not have a part along them:

$$ \sum_i dx_i = 0, \qquad \sum_i dx_i\, \hat x_i \approx 0. $$

(The second but for $\varepsilon$, which does not stretch along.) This is how the library computes it, in
[batch norm](batchnorm.html), and a test holds it equal to the loops above. In evaluation mode $\mu$ and $\sigma$ are
constants, two of the paths are gone, and $dx_i = w\, dy_i / \sigma$.

## A check that passes whatever you write

Compare $dx$ with differences of the loss, as in [gradient checks](gradcheck.html). We need a loss; let it be $L =
\sum_j dy_j\, y_j$ with numbers $dy_j$ that we choose. The obvious choice is $dy_j = 1$, and then $L = \sum y_j$.

Do not choose it. $\sum_j y_j = w \sum_j \hat x_j + N b$, and the $\hat x_j$ have the sum 0, always. $L$ does not
depend on $x$: the true gradient is 0. What passes a check against 0? Everything that removes the mean, and many a
thing that is worse. The program tries five backward passes with both kinds of $dy$ and prints the largest
difference from the truth:
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

enum { WAYS = 5 };

// One channel of N numbers: its true gradient, spoiled in one of five ways; way 0 leaves it as it is.
static void spoil(float *spoiled, int way, const float *dx, const float *x, float mean,
                  float inv_std, float weight, float dw, float db, int N) {
    for (int j = 0; j < N; j++) {
        float x_hat = (x[j] - mean) * inv_std, factor = weight * inv_std / (float)N;
        spoiled[j] = way == 1   ? dx[j] + factor * db
                     : way == 2 ? dx[j] + factor * x_hat * dw
                     : way == 3 ? -dx[j]
                     : way == 4 ? 0.0f
                                : dx[j];
    }
}

static void check_backward(Run *run, Rng rng) {
    enum { N = 12 };
    static const char *const names[WAYS] = { "as derived", "path through the mean forgotten",
                                             "path through the variance forgotten", "sign flipped",
                                             "zero" };
    const BatchNormShape shape = { .channels = 1, .area = N / 4, .eps = 1e-5f, .momentum = 0.1f };
    float x[N], dy[2][N], difference[2][WAYS], weight = 1.5f, bias = 0.5f;
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
            difference[ones][way] = (float)largest_difference(&probe, x, spoiled);
        }
    }
    run_say(run, "Largest error of a backward pass, checked with");
    run_say(run, "%-40s%12s%12s", "", "random dy", "all dy = 1");
    for (int way = 0; way < WAYS; way++) {
        run_say(run, "  %-38s%12.4f%12.4f", names[way], (double)difference[0][way],
                (double)difference[1][way]);
    }
    run_summary(run, "backward_error", difference[0][0]);
    run_summary(run, "backward_error_without_variance", difference[0][2]);
    run_summary(run, "backward_error_without_variance_ones", difference[1][2]);
}

/*
With a random $dy$ only the right one passes: its error is 0.00002, the others' from 0.1 to 2. With ones, four of
five pass. A backward pass with a flipped sign passes, one that returns zero passes, and one without the third path,
the mistake that one really makes, passes too. (Our own `gradient_error` would not be fooled: it compares in units
of the gradient's length, and where there is no length it says that nothing was checked.) Every check of batch norm
in this house has a random $dy$.

## The bridge

The loops above are the specification, and slow. The library's [batch norm](batchnorm.html) uses the short formula,
vector instructions and threads. From here on we use that one, if the two agree:
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
static void bridge(Run *run, Rng rng) {
    enum { N = 32, C = 16, AREA = 49, SIZE = N * C * AREA };
    const BatchNormShape shape = { C, AREA, .eps = 1e-5f, .momentum = 0.1f };
    float *memory = alloc_floats(8 * SIZE), *x = memory, *dy = x + SIZE, *plain = dy + SIZE,
          *fast = plain + 3 * SIZE; // train, eval and dx of each
    float weight[C], bias[C], mean[C], inv_std[C], dweight[C] = { 0 }, dbias[C] = { 0 };
    float running[4][C] = { 0 }; // mean and variance of the one, then of the other
    rng_fill_normal(&rng, x, SIZE, 3.0f, 2.0f);
    rng_fill_normal(&rng, dy, SIZE, 0.0f, 1.0f);
    rng_fill_normal(&rng, weight, C, 1.0f, 0.5f);
    rng_fill_normal(&rng, bias, C, 0.0f, 1.0f);
    plain_forward_train(plain, mean, inv_std, running[0], running[1], x, weight, bias, N, &shape);
    plain_forward_eval(plain + SIZE, x, weight, bias, running[0], running[1], N, &shape);
    plain_backward_train(plain + 2 * SIZE, dweight, dbias, dy, x, mean, inv_std, weight, N, &shape);
    batchnorm_forward_train(fast, mean, inv_std, running[2], running[3], x, weight, bias, N,
                            &shape);
    batchnorm_forward_eval(fast + SIZE, x, weight, bias, running[2], running[3], N, &shape);
    batchnorm_backward_train(fast + 2 * SIZE, NULL, NULL, dy, x, mean, inv_std, weight, N, &shape);
    double largest = 0.0;
    for (int part = 0; part < 3; part++) {
        double distance = relative_distance(fast + part * SIZE, plain + part * SIZE, SIZE);
        largest = distance <= largest ? largest : distance; // a NaN is larger than everything
    }
    run_say(run, "The library's batch norm differs from the plain loops by a share of %.1g",
            largest);
    run_summary(run, "bridge_difference", largest);
    free(memory);
}

/*
## What it does to the weights before it

Two consequences can be measured on a net at its first step, before anything is trained.

**A bias before batch norm is without effect**: $\mu$ takes it out again. So its gradient is 0. Really 0? The net
computes with rounding, and what is left of the sum over 3,136 slopes that should cancel is noise. An optimizer that
divides by the size of the gradient (Adam) would make full-sized steps of that noise. So a layer before batch norm has
no bias: `conv2d(16, ..., .no_bias = true)`.

**The size of the weights is without effect**: with $10\, W$ in place of $W$ the layer gives $10\, x$, $\mu$ and
$\sigma$ grow tenfold, and $y$ is what it was. The loss is constant along the ray through $W$, so the gradient is at
right angles to $W$, and ten times the weights means a tenth of the gradient:

$$ L(a W) = L(W) \quad\Longrightarrow\quad \nabla L(a W) = \frac1a \nabla L(W). $$

This is a brake. A step at right angles makes a vector longer, never shorter. Suppose the learning rate is much too
large: the first step throws $W$ far out, $\lVert W \rVert$ is large from then on, its gradient small, and a step
relative to $\lVert W \rVert$ smaller by the square. The rate stays what it was, and the steps become bearable.
Whether it really goes like that we shall see in the lengths of the weights.
*/

// The gradient of the loss on a batch; returns the logits.
static const float *gradient_of(Net *net, const float *x, const int *labels, float *dlogits,
                                int n) {
    const float *logits = net_forward(net, x, n, TRAIN);
    softmax_cross_entropy(dlogits, logits, labels, n, CLASSES);
    net_zero_grad(net);
    net_backward(net, dlogits, WANT_PARAMS);
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

static void measure_invariances(Run *run, uint64_t seed, const Split *images) {
    int n = images->n_train < 64 ? images->n_train : 64, labels[64];
    float *x = alloc_floats(64 * PIXELS), dlogits[64 * CLASSES], before[64 * CLASSES];
    dataset_take(x, labels, images->data, images->order + images->n_valid, n);
    Net *net = net_with_biases(seed);
    Layer *conv = &net->layers[3];
    memcpy(before, gradient_of(net, x, labels, dlogits, n), (size_t)(n * CLASSES) * sizeof *before);
    double weights = norm(conv->dweight, conv->n_weight), bias = norm(conv->dbias, conv->n_bias);
    double along = 0.0;
    for (size_t i = 0; i < conv->n_weight; i++) {
        along += (double)conv->weight[i] * conv->dweight[i];
    }
    along /= weights * norm(conv->weight, conv->n_weight);
    for (size_t i = 0; i < conv->n_weight; i++) {
        conv->weight[i] *= 10.0f;
    }
    const float *after = gradient_of(net, x, labels, dlogits, n);
    double moved = relative_distance(after, before, (size_t)(n * CLASSES));
    double shrunk = norm(conv->dweight, conv->n_weight) / weights;
    run_say(run, "A convolution before batch norm: gradient of the weights %.3g, of the bias %.1g",
            weights, bias);
    run_say(run, "  cosine between weights and gradient %.1g", along);
    run_say(run, "  weights times 10: output differs by a share of %.1g, gradient times %.4f",
            moved, shrunk);
    run_summary(run, "bias_gradient_share", bias / weights);
    run_summary(run, "scale_output_change", moved);
    run_summary(run, "scale_gradient_factor", shrunk);
    net_free(net);
    free(x);
}

/*
In a small net with a bias before batch norm, on 64 images: the gradient of the second convolution's weights has the
length 1.15, that of its biases 0.00000007. The cosine between weights and gradient is 0.000009. With ten times the
weights the outputs differ in the fifth digit (that is $\varepsilon$, which has not grown with them), and the
gradient is 0.1000 times as long.

## The net of this lesson

Six convolutions, each with a ReLU, and a dense layer. The first two convolutions halve the picture, from 28 × 28 to
7 × 7 places, the other four keep it. There are three variants, and `--summary` prints the layers of each: the plain
one, with 18,378 parameters; the one with batch norm between each convolution and its ReLU, with 18,466 (per
channel one bias less, and two numbers more); and the plain one with dropout before the dense layer.
*/

Net *make_net(NetKind kind, int batch, InitScheme scheme, uint64_t seed) {
    LayerSpec table[3 * DEPTH + 4];
    int n = 0;
    for (int i = 0; i < DEPTH; i++) {
        table[n++] = (LayerSpec)conv2d(i == 0 ? 8 : 16, .kernel = 3, .stride = i < 2 ? 2 : 1,
                                       .pad = 1, .no_bias = kind == NORMED);
        if (kind == NORMED) {
            table[n++] = (LayerSpec)batchnorm(.eps = 1e-5f, .momentum = 0.1f);
        }
        table[n++] = (LayerSpec)relu();
    }
    table[n++] = (LayerSpec)flatten();
    if (kind == DROPPED) {
        table[n++] = (LayerSpec)dropout(0.5f);
    }
    table[n++] = (LayerSpec)dense(CLASSES);
    table[n] = (LayerSpec)END;
    Rng rng = rng_create(seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, batch, &rng);
    rng = rng_create(seed, RNG_INIT);
    net_init(net, scheme, &rng);
    return net;
}

static void score_on_test(Run *run, const char *model, const Dataset *test) {
    Net *net = make_net(NORMED, 64, INIT_HE, 1);
    evaluate_model(run, net, model, test);
    net_free(net);
}

// The nets' tables, without training.
static void print_summaries(void) {
    static const char *const names[NET_KINDS] = { "plain", "batch norm", "dropout" };
    for (NetKind k = 0; k < NET_KINDS; k++) {
        Net *net = make_net(k, 1, INIT_HE, 1);
        summary_print(stdout, names[k], net);
        net_free(net);
    }
}

/*
## The program

The contest, its results and the wrong mode have a file each, and all three follow, after two headers with what they
share.
*/

int main(int argc, char **argv) {
    Settings s = { .run = RUN_DEFAULTS("05-batchnorm"),
                   .epochs = 1,
                   .batch = 64,
                   .images = 60000,
                   .bad_init = INIT_SMALL,
                   .lr = 0.1f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("batch", &s.batch, 1, 256, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_float("lr", &s.lr, 0, 1000, "the middle rate of three, a factor of 5 apart"),
        option_choice("bad-init", &s.bad_init, INIT_CHOICES, "weights"),
        option_flag("summary", &s.summary, "print the nets' layers, and do nothing else"),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 5: batch normalisation.");
    if (s.summary) {
        print_summaries();
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, 28, 28, 1);
    if (s.run.load) {
        score_on_test(run, s.run.load, test);
        dataset_free(test);
        return run_close(run);
    }
    Split images = split_open(s.run.data, s.images, (uint64_t)s.run.seed);
    State *state = state_open(run, options);
    check_backward(run, rng_create((uint64_t)s.run.seed, RNG_NOISE));
    bridge(run, rng_create((uint64_t)s.run.seed, RNG_NOISE));
    measure_invariances(run, (uint64_t)s.run.seed, &images);
    int saved = 0;
    contest(run, state, &s, &images, &saved);
    if (saved && !run_stopped(run)) {
        score_on_test(run, run_path(run, "model.safetensors"), test);
    }
    state_close(state);
    split_close(&images);
    dataset_free(test);
    return run_close(run);
}
