#include <math.h>

void learn(float *w, float *b, const float *x, const int *labels, int n, int d, float lr) {
    for (int e = 0; e < n; e++) {
        const float *example = x + e * d;
        float t = (float)(2 * labels[e] - 1), s = *b;
        for (int i = 0; i < d; i++) {
            s += w[i] * example[i];
        }
        float slope = -t / (1.0f + expf(t * s));
        for (int i = 0; i < d; i++) {
            w[i] -= lr * slope * example[i];
        }
        *b -= lr * slope;
    }
}
