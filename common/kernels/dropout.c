#include "kernels/dropout.h"
#include "base/die.h"

/*
The mask is a factor, so the derivative of $y_i = m_i x_i$ is $m_i$: the gradient is multiplied by the same mask as the
signal. The mask is drawn by one thread, since a sequence of random numbers has one order; the products could be
shared out among threads, but are not worth a second loop.
*/

void dropout_forward(float *y, float *mask, const float *x, float p, size_t n, Rng *rng) {
    require(p >= 0.0f && p < 1.0f, "dropout probability %g", (double)p);
    float scale = 1.0f / (1.0f - p);
    for (size_t i = 0; i < n; i++) {
        mask[i] = rng_uniform(rng) < p ? 0.0f : scale;
        y[i] = mask[i] * x[i];
    }
}

void dropout_backward(float *dx, const float *dy, const float *mask, size_t n) {
#pragma omp parallel for simd schedule(static)
    for (size_t i = 0; i < n; i++) {
        dx[i] = mask[i] * dy[i];
    }
}
