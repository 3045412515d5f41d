#include <math.h>

double steepest(const float *params, const int *sizes, int layers) {
    double bound = 1.0;
    for (int l = 0; l < layers; l++) {
        int weights = sizes[l] * sizes[l + 1];
        double sum = 0.0;
        for (int i = 0; i < weights; i++) {
            sum += (double)params[i] * params[i];
        }
        bound *= sqrt(sum);
        params += weights + sizes[l + 1];
    }
    return bound;
}
