#include <math.h>

void layer_norm(float *y, const float *x, const float *w, const float *b, int n, int d, float eps) {
    for (int e = 0; e < n; e++) {
        const float *row = x + e * d;
        double mean = 0.0, variance = 0.0;
        for (int k = 0; k < d; k++) {
            mean += (double)row[k] / d;
        }
        for (int k = 0; k < d; k++) {
            variance += (row[k] - mean) * (row[k] - mean) / d;
        }
        double sigma = sqrt(variance + (double)eps);
        for (int k = 0; k < d; k++) {
            y[e * d + k] = (float)(w[k] * (row[k] - mean) / sigma + b[k]);
        }
    }
}
