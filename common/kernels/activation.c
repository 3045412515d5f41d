#include "kernels/activation.h"

#include <math.h>

/*
## Exponentials, sixteen at a time

A tanh takes ten to twenty nanoseconds, a multiplication a fraction of one: in the network of lesson 2 the 16,384
tanhs of a step would cost about as much as all of its matrix products. The C library has versions of `expf` and
`tanhf` that work on a whole vector register (within 4 units in the last place), but C has no way to ask for them.
OpenMP has: a function that is declared `simd` may be called for many elements of a loop at once. On this loop that is
worth a factor of ten to thirty.
*/

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma omp declare simd notinbranch
float expf(float x);
#pragma omp declare simd notinbranch
float tanhf(float x);
#endif

/*
There is a catch. When the number of elements is not a multiple of sixteen, the last few go through the ordinary
function, and its last bit may differ. If each thread worked on its share of the array, the number of threads would
decide which elements are the last few, and with it the result. So the array is cut into parts of a fixed size.
*/

enum { PART = 1024 };

static size_t end_of_part(size_t begin, size_t n) {
    return n - begin < PART ? n : begin + PART;
}

void sigmoid_forward(float *y, const float *x, size_t n) {
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += PART) {
        size_t end = end_of_part(begin, n);
#pragma omp simd
        for (size_t i = begin; i < end; i++) {
            y[i] = 1.0f / (1.0f + expf(-x[i]));
        }
    }
}

void tanh_forward(float *y, const float *x, size_t n) {
#pragma omp parallel for schedule(static)
    for (size_t begin = 0; begin < n; begin += PART) {
        size_t end = end_of_part(begin, n);
#pragma omp simd
        for (size_t i = begin; i < end; i++) {
            y[i] = tanhf(x[i]);
        }
    }
}

/*
## The rest of the four, and the way back

Every iteration is independent and rounds the same way wherever it runs, so here the threads may share the array as
they like. The compiler turns eight or sixteen iterations into one vector instruction where it can.
*/

void sigmoid_backward(float *dx, const float *dy, const float *y, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        dx[i] = dy[i] * y[i] * (1.0f - y[i]);
    }
}

void tanh_backward(float *dx, const float *dy, const float *y, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        dx[i] = dy[i] * (1.0f - y[i] * y[i]);
    }
}

void leaky_relu_forward(float *y, const float *x, float slope, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] > 0.0f ? x[i] : slope * x[i];
    }
}

void leaky_relu_backward(float *dx, const float *dy, const float *y, float slope, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        dx[i] = y[i] > 0.0f ? dy[i] : slope * dy[i];
    }
}

/*
ReLU is leaky ReLU with slope 0, except for one input: $0 \cdot \infty$ is not a number, and a ReLU that receives
$-\infty$ should give 0. So it has its own two loops. They ask for `<= 0` and not for `> 0` because a NaN compares
false with everything: this way round it is passed on and found, and does not become 0.

Can $\sigma(x) = 1 / (1 + e^{-x})$ overflow? For $x = -100$ the exponential is infinite in float, and $1/\infty$ is 0:
the right answer, and IEEE 754 guarantees it.
*/

void relu_forward(float *y, const float *x, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        y[i] = x[i] <= 0.0f ? 0.0f : x[i];
    }
}

void relu_backward(float *dx, const float *dy, const float *y, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        dx[i] = y[i] <= 0.0f ? 0.0f : dy[i];
    }
}

/*
## Softmax

A row of ten scores becomes ten probabilities. Adding the same number $c$ to all scores changes nothing, since the
factor $e^c$ cancels; so we subtract the largest. Then the largest exponent is 0, no term overflows, and the sum is at
least 1: scores of $\pm 10^4$ pass without a NaN.
*/

void softmax_forward(float *p, const float *x, int n, int classes) {
    for (int i = 0; i < n; i++) {
        const float *in = x + (long)i * classes;
        float *out = p + (long)i * classes;
        float largest = in[0];
        for (int k = 1; k < classes; k++) {
            largest = fmaxf(largest, in[k]);
        }
        double sum = 0.0;
        for (int k = 0; k < classes; k++) {
            out[k] = expf(in[k] - largest);
            sum += out[k];
        }
        for (int k = 0; k < classes; k++) {
            out[k] /= (float)sum;
        }
    }
}
