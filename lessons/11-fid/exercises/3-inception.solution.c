#include <math.h>

double inception_score(const float *p, int n, int classes) {
    double sum = 0.0;
    for (int k = 0; k < classes; k++) {
        double mean = 0.0;
        for (int i = 0; i < n; i++) {
            mean += p[i * classes + k] / (double)n;
        }
        for (int i = 0; i < n; i++) {
            double own = p[i * classes + k];
            sum += own > 0.0 ? own * log(own / mean) : 0.0;
        }
    }
    return exp(sum / n);
}
