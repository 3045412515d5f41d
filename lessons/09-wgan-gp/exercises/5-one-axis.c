// Find the fault. r (n) should become the gradient norm of each of n examples, from the gradients g
// (n, channels, area) of its score with respect to all its pixels. The penalty that uses it goes
// to 0, and yet the critic is steeper than 1. Mend it, and leave all else as it is.

#include <math.h>

void gradient_norms(float *r, const float *g, int n, int channels, int area) {
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < channels; c++) {
            double squares = 0.0;
            for (int p = 0; p < area; p++) {
                float slope = g[(i * channels + c) * area + p];
                squares += (double)slope * slope;
            }
            r[i] = (float)sqrt(squares);
        }
    }
}
