#include <math.h>

double line_margin(const float *x, const float *t, int n, const float w[2], float b) {
    double length = sqrt((double)w[0] * w[0] + (double)w[1] * w[1] + (double)b * b);
    double smallest = INFINITY;
    for (int i = 0; i < n; i++) {
        double s = (double)w[0] * x[2 * i] + (double)w[1] * x[2 * i + 1] + b;
        smallest = fmin(smallest, t[i] * s / length);
    }
    return smallest;
}
