#include <math.h>

void gradient_norms(float *r, const float *g, int n, int channels, int area) {
    for (int i = 0; i < n; i++) {
        double squares = 0.0;
        for (int c = 0; c < channels; c++) {
            for (int p = 0; p < area; p++) {
                float slope = g[(i * channels + c) * area + p];
                squares += (double)slope * slope;
            }
        }
        r[i] = (float)sqrt(squares);
    }
}
