// Find the fault. This trains a logistic neuron, one step on each example in their order. The
// loss for this t falls, and in the end every example is called class 1. x (n, d); labels (n) are
// 0 or 1. Mend it, and leave all else as it is.

#include <math.h>

void learn(float *w, float *b, const float *x, const int *labels, int n, int d, float lr) {
    for (int e = 0; e < n; e++) {
        const float *example = x + e * d;
        float t = (float)labels[e], s = *b;
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
