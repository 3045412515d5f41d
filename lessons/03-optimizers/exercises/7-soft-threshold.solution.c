#include <math.h>

void l1_step(float *w, const float *g, int n, float lr, float lambda) {
    for (int i = 0; i < n; i++) {
        float u = w[i] - lr * g[i];
        w[i] = copysignf(fmaxf(0.0f, fabsf(u) - lr * lambda), u);
    }
}
