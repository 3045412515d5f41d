#include <math.h>

static void normalise(float *y, const float *x, int n) {
    double mean = 0.0, variance = 0.0;
    for (int i = 0; i < n; i++) {
        mean += x[i] / (double)n;
    }
    for (int i = 0; i < n; i++) {
        variance += (x[i] - mean) * (x[i] - mean) / n;
    }
    for (int i = 0; i < n; i++) {
        y[i] = (float)((x[i] - mean) / sqrt(variance + 1e-5));
    }
}

void scores(float *real_out, float *fake_out, const float *real, const float *fake, int n) {
    normalise(real_out, real, n);
    normalise(fake_out, fake, n);
}
