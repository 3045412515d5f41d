#include "kernels/layernorm.h"
#include "base/die.h"
#include "kernels/lanes.h"

#include <math.h>
#include <stddef.h>

/*
## Forward

A row's numbers lie side by side, and [sixteen at a time](lanes.html) go into sixteen partial sums. As in batch norm, the variance
takes a pass of its own, over the differences from the mean, and the mean is computed from a number of the row,
$\mu = x_0 + \frac1d \sum (x_k - x_0)$: both would lose digits to a large mean otherwise.

Why not a plain loop, which the compiler turns into vector instructions, too? It may begin a sum with a few single numbers, until
it meets an address that suits it. Then the same row has other last bits at another address, and a text that is written
row by row would not be the one that is computed at once.
*/

static float row_mean(const float *x, int d) {
    const Lanes zero = { 0 };
    Lanes sum = zero;
    for (int k = 0; k < d; k += LANES) {
        sum += lanes_choose(lanes_first(d - k), lanes_load(x + k, d - k) - x[0], zero);
    }
    return x[0] + lanes_sum(sum) / (float)d;
}

static float row_variance(const float *x, float mean, int d) {
    const Lanes zero = { 0 };
    Lanes sum = zero;
    for (int k = 0; k < d; k += LANES) {
        Lanes off = lanes_choose(lanes_first(d - k), lanes_load(x + k, d - k) - mean, zero);
        sum += off * off;
    }
    return lanes_sum(sum) / (float)d;
}

void layernorm_forward(float *y, float *mean, float *inv_std, const float *x, const float *weight,
                       const float *bias, float eps, int n, int d) {
    require(n > 0 && d > 0 && eps > 0.0f, "layer norm of %d × %d, eps %g", n, d, (double)eps);
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        const float *in = x + (size_t)i * (size_t)d;
        float *out = y + (size_t)i * (size_t)d;
        mean[i] = row_mean(in, d);
        inv_std[i] = 1.0f / sqrtf(row_variance(in, mean[i], d) + eps);
        for (int k = 0; k < d; k += LANES) {
            Lanes normal = (lanes_load(in + k, d - k) - mean[i]) * inv_std[i];
            lanes_store(out + k,
                        normal * lanes_load(weight + k, d - k) + lanes_load(bias + k, d - k),
                        d - k);
        }
    }
}

/*
## Backward

The weights are those of a dense layer with one input each, $\hat x_k$, in each of the $n$ rows. With $i$ for the row:

$$ db_k = \sum_i dy_{ik}, \qquad dw_k = \sum_i dy_{ik}\, \hat x_{ik}, \qquad d\hat x_{ik} = w_k\, dy_{ik}. $$

The rest concerns each row by itself. What is left is to go back through $\hat x_k = (x_k - \mu) / \sigma$ with $\sigma = \sqrt{v + \varepsilon}$, and the
[chapter on batch norm](batchnorm.html) has done that: an input reaches the loss directly, through the mean, and through the variance,

$$ dx_k = \frac{d\hat x_k}{\sigma} + \frac{d\mu}{d} + dv\, \frac{2 (x_k - \mu)}{d}, \qquad
   d\mu = -\frac1\sigma \sum_l d\hat x_l, \qquad dv = -\frac{1}{2 \sigma^2} \sum_l d\hat x_l\, \hat x_l. $$

It holds for numbers of a channel as for numbers of a row. (The $d$ in a denominator is the
number of them.) Put together, with the mean over the row's $d$ numbers written as $\mathrm{mean}(\cdot)$,

$$ dx_k = \frac{1}{\sigma} \left( d\hat x_k - \mathrm{mean}(d\hat x) - \hat x_k \cdot \mathrm{mean}(d\hat x\, \hat x) \right). $$

There is one difference. In a channel $w$ is the same for all numbers and can be taken out of the means. Here each number
has its own $w_k$, so the means are those of $d\hat x = w\, dy$, and they are not $db$ and $dw$ divided by something.

Add the same number to the whole row, or stretch the row about its mean: $y$ does not change. So $\sum_k dx_k = 0$ and, but for a share of
$\varepsilon / \sigma^2$, $\sum_k dx_k\, \hat x_k = 0$. The test asks for both.
*/

static void row_gradient(float *dx, const float *dy, const float *x, float mean, float inv_std,
                         const float *weight, int d) {
    const Lanes zero = { 0 };
    Lanes sum = zero, product = zero;
    for (int k = 0; k < d; k += LANES) { // where the row has ended, dy is 0
        Lanes slope = lanes_load(dy + k, d - k) * lanes_load(weight + k, d - k);
        sum += slope;
        product += slope * ((lanes_load(x + k, d - k) - mean) * inv_std);
    }
    float slope_mean = lanes_sum(sum) / (float)d, along = lanes_sum(product) / (float)d;
    for (int k = 0; k < d; k += LANES) {
        Lanes slope = lanes_load(dy + k, d - k) * lanes_load(weight + k, d - k);
        Lanes normal = (lanes_load(x + k, d - k) - mean) * inv_std;
        lanes_store(dx + k, (slope - slope_mean - normal * along) * inv_std, d - k);
    }
}

/*
The sums over the rows go down the columns: a thread takes sixteen columns from the first row to the last, so the order is fixed.
Up to 64 rows are added in float, and these sums in double.
*/

static void column_gradients(float *dweight, float *dbias, const float *dy, const float *x,
                             const float *mean, const float *inv_std, int n, int d, int first) {
    enum { RUN = 64 };
    int width = d - first < LANES ? d - first : LANES;
    double dw[LANES] = { 0 }, db[LANES] = { 0 };
    for (int begin = 0; begin < n; begin += RUN) {
        int end = n - begin < RUN ? n : begin + RUN;
        Lanes sum = { 0 }, product = { 0 };
        for (int i = begin; i < end; i++) {
            size_t at = (size_t)i * (size_t)d + (size_t)first;
            Lanes slope = lanes_load(dy + at, width);
            sum += slope;
            product += slope * ((lanes_load(x + at, width) - mean[i]) * inv_std[i]);
        }
        for (int k = 0; k < width; k++) {
            dw[k] += product[k];
            db[k] += sum[k];
        }
    }
    for (int k = 0; k < width; k++) {
        dweight[first + k] += (float)dw[k];
        dbias[first + k] += (float)db[k];
    }
}

void layernorm_backward(float *dx, float *dweight, float *dbias, const float *dy, const float *x,
                        const float *mean, const float *inv_std, const float *weight, int n,
                        int d) {
    require(n > 0 && d > 0, "layer norm of %d × %d", n, d);
    require(!dweight == !dbias, "dweight and dbias are wanted together or not at all");
    if (dweight) { // first: dx may be dy
#pragma omp parallel for schedule(static)
        for (int first = 0; first < d; first += LANES) {
            column_gradients(dweight, dbias, dy, x, mean, inv_std, n, d, first);
        }
    }
    if (dx) {
#pragma omp parallel for schedule(static)
        for (int i = 0; i < n; i++) {
            size_t at = (size_t)i * (size_t)d;
            row_gradient(dx + at, dy + at, x + at, mean[i], inv_std[i], weight, d);
        }
    }
}

/*
**Check it by hand.** A row has two numbers, $w = (1, 1)$, $b = (0, 0)$, $\varepsilon \approx 0$. What can $y$ be? (Only $(-1, 1)$, $(1, -1)$ or,
if the two are equal, $(0, 0)$. Layer norm takes two degrees of freedom from each row: of two numbers only a sign is left, of 128
numbers 126 degrees.)
*/
