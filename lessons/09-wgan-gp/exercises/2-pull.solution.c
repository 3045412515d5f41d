#include <math.h>

double penalty(float *dg, const float *g, float lambda, int n, int d) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double squares = 0.0;
        for (int j = 0; j < d; j++) {
            squares += (double)g[i * d + j] * g[i * d + j];
        }
        double r = sqrt(squares), scale = 2.0 * lambda * (r - 1.0) / r / n;
        for (int j = 0; j < d; j++) {
            dg[i * d + j] = (float)(scale * g[i * d + j]);
        }
        sum += lambda * (r - 1.0) * (r - 1.0);
    }
    return sum / n;
}
