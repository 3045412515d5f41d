// The logistic loss of a score s whose truth is t, +1 or -1, and its slope:
//
//     L = log(1 + exp(-t s)),     dL/ds = -t / (1 + exp(t s))
//
// Both must be right for a score of 100 or of 10,000, too, where exp is infinite.

#include <math.h>

float logistic_loss(float s, float t) {
    (void)s, (void)t;
    return 0.0f;
}

float logistic_slope(float s, float t) {
    (void)s, (void)t;
    return 0.0f;
}
