#include "kernels/batchnorm.h"
#include "base/die.h"

#include <math.h>
#include <stddef.h>

/*
## Who computes what

Statistics are per channel, so a thread that owns a channel needs nothing from any other thread: no partial sums to
join, and the same bytes from any number of threads. Channels are handed out in small blocks. For maps a block is a
few neighbouring channels, which lie side by side in each image; for vectors (`area` 1) the channels themselves are
the numbers that lie side by side, and a block is two cache lines of them, so that eight or sixteen are done with
one instruction.
*/

enum { MAPS = 4, VECTORS = 32, MOST = VECTORS };

typedef struct {
    int n, channels, area;
    int first, width; // the block's channels: first … first + width - 1
} Block;

static int block_size(const BatchNormShape *s) {
    return s->area > 1 ? MAPS : VECTORS;
}

static Block block_at(int first, int n, const BatchNormShape *s) {
    int width = s->channels - first < block_size(s) ? s->channels - first : block_size(s);
    return (Block){ n, s->channels, s->area, first, width };
}

// Where the block begins in image i.
static size_t place(const Block *b, int i) {
    return ((size_t)i * (size_t)b->channels + (size_t)b->first) * (size_t)b->area;
}

static void check_shape(int n, const BatchNormShape *s) {
    require(n > 0 && s->channels > 0 && s->area > 0, "batch norm of %d × %d channels × %d", n,
            s->channels, s->area);
    require(s->eps > 0.0f, "batch norm's eps is %g", (double)s->eps);
    require(s->momentum >= 0.0f && s->momentum <= 1.0f, "batch norm's momentum is %g",
            (double)s->momentum);
}

/*
## Sums

A sum over $N = 64 \cdot 196$ numbers wants to be in double, a fast loop in float. Both can be had: up to 1,024
numbers are added in float, spread over the lanes of a vector register, and each such sum goes into a double. The
`reduction` permits the compiler to reorder the additions; it does so in the same way each time.

What is summed matters as much. The textbook's shortcut for the variance, $\frac1N \sum x_i^2 - \mu^2$, saves a pass
and is a trap: with $x \approx 1000 \pm 0.01$ both terms are near $10^6$, a float has seven digits, and the variance
$10^{-4}$ is in the eleventh. So the variance takes a pass of its own over the differences, $\frac1N \sum (x_i -
\mu)^2$. And the mean? It needs a point to look from as well, $\mu = r + \frac1N \sum (x_i - r)$, and any number of the
channel will do for $r$: the differences are then as small as the channel's spread. We take the first.
*/

enum { RUN = 1024 };

static double sum_of_differences(const float *x, float from, int n) {
    double total = 0.0;
    for (int begin = 0; begin < n; begin += RUN) {
        int end = n - begin < RUN ? n : begin + RUN;
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (int i = begin; i < end; i++) {
            sum += x[i] - from;
        }
        total += sum;
    }
    return total;
}

static double sum_of_squares(const float *x, float mean, int n) {
    double total = 0.0;
    for (int begin = 0; begin < n; begin += RUN) {
        int end = n - begin < RUN ? n : begin + RUN;
        float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
        for (int i = begin; i < end; i++) {
            sum += (x[i] - mean) * (x[i] - mean);
        }
        total += sum;
    }
    return total;
}

/*
For maps the numbers of a channel are runs of `area` numbers, one in each image. For vectors they stand one in each row
(a column of the matrix), and the loop goes down the rows with a sum in double for each of the block's columns.
*/

static void channel_means(float *mean, const float *x, const Block *b) {
    float from[MOST];
    double sum[MOST] = { 0 };
    for (int c = 0; c < b->width; c++) {
        from[c] = x[place(b, 0) + (size_t)c * (size_t)b->area];
    }
    for (int i = 0; i < b->n; i++) {
        const float *in = x + place(b, i);
        if (b->area == 1) {
#pragma omp simd
            for (int c = 0; c < b->width; c++) {
                sum[c] += in[c] - from[c];
            }
            continue;
        }
        for (int c = 0; c < b->width; c++, in += b->area) {
            sum[c] += sum_of_differences(in, from[c], b->area);
        }
    }
    for (int c = 0; c < b->width; c++) {
        mean[c] = (float)(from[c] + sum[c] / ((double)b->n * b->area));
    }
}

static void channel_squares(double *squares, const float *x, const float *mean, const Block *b) {
    for (int i = 0; i < b->n; i++) {
        const float *in = x + place(b, i);
        if (b->area == 1) {
#pragma omp simd
            for (int c = 0; c < b->width; c++) {
                squares[c] += (in[c] - mean[c]) * (in[c] - mean[c]);
            }
            continue;
        }
        for (int c = 0; c < b->width; c++, in += b->area) {
            squares[c] += sum_of_squares(in, mean[c], b->area);
        }
    }
}

/*
## Forward

With the statistics known, what is left is $y = (x - \mu) \cdot s + b$ with one factor $s = w / \sigma$ per channel.
Both modes end in this function. (Multiplied out, $s x + (b - s \mu)$ would save a subtraction; but for $x \approx 1000 \pm
0.01$ it is a difference of two large numbers again. $x - \mu$ comes first.)
*/

static void normalise(float *y, const float *x, const float *mean, const float *scale,
                      const float *bias, const Block *b) {
    for (int i = 0; i < b->n; i++) {
        const float *in = x + place(b, i);
        float *out = y + place(b, i);
        if (b->area == 1) {
#pragma omp simd
            for (int c = 0; c < b->width; c++) {
                out[c] = (in[c] - mean[c]) * scale[c] + bias[c];
            }
            continue;
        }
        for (int c = 0; c < b->width; c++, in += b->area, out += b->area) {
            float m = mean[c], s = scale[c], add = bias[c];
#pragma omp simd
            for (int k = 0; k < b->area; k++) {
                out[k] = (in[k] - m) * s + add;
            }
        }
    }
}

/*
Two variances leave this step. The batch is normalised with the *biased* one, $v = \frac1N \sum (x_i - \mu)^2$: that
makes its variance exactly 1 (but for $\varepsilon$), and it is the one that the backward pass differentiates. The
running average is an estimate for data not seen yet. There $v$ is too small on average, since $\mu$ was fitted to the
same numbers; $\frac{N}{N - 1} v$ is not (it is *unbiased*). For one number there is neither, so $N = 1$ is refused.
*/

static void update_running(float *running, double new, float momentum) {
    *running = (float)((1.0 - (double)momentum) * *running + (double)momentum * new);
}

void batchnorm_forward_train(float *y, float *mean, float *inv_std, float *running_mean,
                             float *running_var, const float *x, const float *weight,
                             const float *bias, int n, const BatchNormShape *shape) {
    check_shape(n, shape);
    double N = (double)n * shape->area;
    require(N > 1.0, "batch norm of one number per channel in training: it has no variance");
#pragma omp parallel for schedule(static)
    for (int first = 0; first < shape->channels; first += block_size(shape)) {
        Block b = block_at(first, n, shape);
        double squares[MOST] = { 0 };
        float scale[MOST];
        channel_means(mean + first, x, &b);
        channel_squares(squares, x, mean + first, &b);
        for (int c = 0; c < b.width; c++) {
            int channel = first + c;
            inv_std[channel] = (float)(1.0 / sqrt(squares[c] / N + (double)shape->eps));
            scale[c] = weight[channel] * inv_std[channel];
            update_running(&running_mean[channel], mean[channel], shape->momentum);
            update_running(&running_var[channel], squares[c] / (N - 1.0), shape->momentum);
        }
        normalise(y, x, mean + first, scale, bias + first, &b);
    }
}

static float inverse_deviation(float variance, float eps) {
    return (float)(1.0 / sqrt((double)variance + (double)eps));
}

void batchnorm_forward_eval(float *y, const float *x, const float *weight, const float *bias,
                            const float *running_mean, const float *running_var, int n,
                            const BatchNormShape *shape) {
    check_shape(n, shape);
#pragma omp parallel for schedule(static)
    for (int first = 0; first < shape->channels; first += block_size(shape)) {
        Block b = block_at(first, n, shape);
        float scale[MOST];
        for (int c = 0; c < b.width; c++) {
            scale[c] = weight[first + c] * inverse_deviation(running_var[first + c], shape->eps);
        }
        normalise(y, x, running_mean + first, scale, bias + first, &b);
    }
}

/*
## Backward, in training

Given $dy_i$, the gradient of the loss with respect to each output of a channel, find that with respect to $w$, $b$
and each input. The first two are those of a dense layer with input $\hat x$:

$$ db = \sum_i dy_i, \qquad dw = \sum_i dy_i\, \hat x_i, \qquad\text{and, further down,}\qquad d\hat x_i = w\, dy_i. $$

Now move a single input $x_i$. It reaches the loss on three paths:

1. directly, through its own $\hat x_i = (x_i - \mu) / \sigma$;
2. through the mean, which moves every $\hat x_j$ of the channel;
3. through the variance, which rescales every $\hat x_j$ of the channel.

$$ dx_i = d\hat x_i \, \frac{1}{\sigma} \;+\; d\mu \, \frac{\partial \mu}{\partial x_i}
   \;+\; dv \, \frac{\partial v}{\partial x_i}. $$

Here $d\mu$ and $dv$ are the gradients of the loss with respect to mean and variance, gathered from all $j$. One after
the other:

**The variance.** $\hat x_j = (x_j - \mu)(v + \varepsilon)^{-1/2}$, and the derivative of the power is
$-\frac12 (v + \varepsilon)^{-3/2}$, so

$$ dv = \sum_j d\hat x_j\, (x_j - \mu) \cdot \left(-\frac{1}{2 \sigma^3}\right)
      = -\frac{1}{2 \sigma^2} \sum_j d\hat x_j\, \hat x_j, \qquad
   \frac{\partial v}{\partial x_i} = \frac{2 (x_i - \mu)}{N} = \frac{2 \sigma \hat x_i}{N}. $$

The second formula moves $x_i$ and holds $\mu$: $\mu$'s own path comes next.

**The mean.** It appears in each numerator $x_j - \mu$ and also inside $v$:

$$ d\mu = -\frac{1}{\sigma} \sum_j d\hat x_j + dv \, \frac{\partial v}{\partial \mu}, \qquad
   \frac{\partial v}{\partial \mu} = -\frac{2}{N} \sum_j (x_j - \mu) = 0, \qquad
   \frac{\partial \mu}{\partial x_i} = \frac1N. $$

The differences from a mean add up to 0: around its minimum the variance is flat in $\mu$.

**Together.** Put all of it in:

$$ dx_i = \frac{d\hat x_i}{\sigma} - \frac{1}{N \sigma} \sum_j d\hat x_j
        - \frac{1}{2 \sigma^2} \Big( \sum_j d\hat x_j\, \hat x_j \Big) \frac{2 \sigma \hat x_i}{N}, $$

and with $d\hat x_i = w\, dy_i$ and the mean over the channel's $N$ numbers written as $\mathrm{mean}(\cdot)$:

$$ dx_i = \frac{w}{\sigma} \left( dy_i - \mathrm{mean}(dy) - \hat x_i \cdot \mathrm{mean}(dy\, \hat x) \right). $$

**What it says.** From the gradient its mean is removed, and then its component along $\hat x$. The reason: add
the same number to all $x_i$, and $\mu$ takes it out again: $y$ does not change, so the derivative in that direction is 0,
and that derivative is $\sum_i dx_i$. Stretch all $x_i$ about their mean by the same factor, and $\sigma$
takes that out: $\sum_i dx_i\, \hat x_i = 0$. (The second up to $\varepsilon$, which does not stretch. Since
$\mathrm{mean}(\hat x^2) = v / \sigma^2 = 1 - \varepsilon / \sigma^2$, a share of $\varepsilon / \sigma^2$ of the component is
left.)

The two sums are cheap tests. $\sum dx_i$ notices a forgotten $\mathrm{mean}(dy)$, $\sum dx_i\, \hat x_i$ a forgotten last
term. With one warning: if all $dy_i$ are equal, $dx$ is 0 as a whole, and code that leaves out the last term passes
every test. A check of batch norm needs a random $dy$.

The two means are $db / N$ and $dw / N$. So the backward pass needs two sums and one more pass over the numbers.
*/

static void add_products(double *sum, double *product, const float *dy, const float *x, float mean,
                         int n) {
    for (int begin = 0; begin < n; begin += RUN) {
        int end = n - begin < RUN ? n : begin + RUN;
        float s = 0.0f, p = 0.0f;
#pragma omp simd reduction(+ : s, p)
        for (int i = begin; i < end; i++) {
            s += dy[i];
            p += dy[i] * (x[i] - mean);
        }
        *sum += s;
        *product += p;
    }
}

// The sums of dy and of dy·(x - mean) over each channel of the block, which begin at 0.
static void channel_products(double *sum, double *product, const float *dy, const float *x,
                             const float *mean, const Block *b) {
    for (int i = 0; i < b->n; i++) {
        const float *slope = dy + place(b, i), *in = x + place(b, i);
        if (b->area == 1) {
#pragma omp simd
            for (int c = 0; c < b->width; c++) {
                sum[c] += slope[c];
                product[c] += slope[c] * (in[c] - mean[c]);
            }
            continue;
        }
        for (int c = 0; c < b->width; c++, slope += b->area, in += b->area) {
            add_products(&sum[c], &product[c], slope, in, mean[c], b->area);
        }
    }
}

/*
The code never stores $\hat x$; it has $x - \mu$ and $1 / \sigma$. In the compact formula the factors that belong to a
channel are gathered first: $dx_i = s\,(dy_i - \mathrm{mean}(dy)) - t\,(x_i - \mu)$ with $s = w / \sigma$ and
$t = s \cdot \mathrm{mean}(dy\,\hat x) / \sigma$.
*/

static void centred_gradient(float *dx, const float *dy, const float *x, const float *dy_mean,
                             const float *mean, const float *s, const float *t, const Block *b) {
    for (int i = 0; i < b->n; i++) {
        const float *slope = dy + place(b, i), *in = x + place(b, i);
        float *out = dx + place(b, i);
        if (b->area == 1) {
#pragma omp simd
            for (int c = 0; c < b->width; c++) {
                out[c] = s[c] * (slope[c] - dy_mean[c]) - t[c] * (in[c] - mean[c]);
            }
            continue;
        }
        for (int c = 0; c < b->width; c++, slope += b->area, in += b->area, out += b->area) {
            float subtract = dy_mean[c], m = mean[c], factor = s[c], along = t[c];
#pragma omp simd
            for (int k = 0; k < b->area; k++) {
                out[k] = factor * (slope[k] - subtract) - along * (in[k] - m);
            }
        }
    }
}

void batchnorm_backward_train(float *dx, float *dweight, float *dbias, const float *dy,
                              const float *x, const float *mean, const float *inv_std,
                              const float *weight, int n, const BatchNormShape *shape) {
    check_shape(n, shape);
    require(!dweight == !dbias, "dweight and dbias are wanted together or not at all");
    double N = (double)n * shape->area;
#pragma omp parallel for schedule(static)
    for (int first = 0; first < shape->channels; first += block_size(shape)) {
        Block b = block_at(first, n, shape);
        double sum[MOST] = { 0 }, product[MOST] = { 0 };
        float dy_mean[MOST], s[MOST], t[MOST];
        channel_products(sum, product, dy, x, mean + first, &b);
        for (int c = 0; c < b.width; c++) {
            double inverse = inv_std[first + c], dw = product[c] * inverse; // Σ dy·x̂
            dy_mean[c] = (float)(sum[c] / N);
            s[c] = weight[first + c] * inv_std[first + c];
            t[c] = (float)(s[c] * (dw / N) * inverse);
            if (dweight) {
                dweight[first + c] += (float)dw;
                dbias[first + c] += (float)sum[c];
            }
        }
        if (dx) {
            centred_gradient(dx, dy, x, dy_mean, mean + first, s, t, &b);
        }
    }
}

/*
## Backward, in evaluation

The running mean and variance are constants. Paths 2 and 3 are closed, and batch norm is a factor and a term per
channel: $dx_i = (w / \sigma)\, dy_i$, which is what `normalise` computes with mean and bias 0. This is how a trained
network is differentiated with respect to its input.
*/

void batchnorm_backward_eval(float *dx, float *dweight, float *dbias, const float *dy,
                             const float *x, const float *running_mean, const float *running_var,
                             const float *weight, int n, const BatchNormShape *shape) {
    static const float zeros[MOST];
    check_shape(n, shape);
    require(!dweight == !dbias, "dweight and dbias are wanted together or not at all");
#pragma omp parallel for schedule(static)
    for (int first = 0; first < shape->channels; first += block_size(shape)) {
        Block b = block_at(first, n, shape);
        float s[MOST], inv_std[MOST];
        for (int c = 0; c < b.width; c++) {
            inv_std[c] = inverse_deviation(running_var[first + c], shape->eps);
            s[c] = weight[first + c] * inv_std[c];
        }
        if (dweight) {
            double sum[MOST] = { 0 }, product[MOST] = { 0 };
            channel_products(sum, product, dy, x, running_mean + first, &b);
            for (int c = 0; c < b.width; c++) {
                dweight[first + c] += (float)(product[c] * (double)inv_std[c]);
                dbias[first + c] += (float)sum[c];
            }
        }
        if (dx) {
            normalise(dx, dy, zeros, s, zeros, &b);
        }
    }
}

/*
**Check it by hand.** A channel has two numbers, 1 and 3, and $\varepsilon \approx 0$. Then $\mu = 2$, $v = 1$,
$\hat x = (-1, 1)$, whatever the two numbers were, as long as the second is the larger. What is $dx$ for $dy = (5, 7)$?
($\mathrm{mean}(dy) = 6$ and $\mathrm{mean}(dy\,\hat x) = 1$, so $dx = (5 - 6 + 1,\; 7 - 6 - 1) = (0, 0)$. A batch of two
carries a single bit.)
*/
