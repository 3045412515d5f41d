// The gradient penalty of n points with the gradients g (n, d): the mean of lambda (r - 1)^2, where
// r is the length of a row. dg (n, d) becomes the penalty's gradient with respect to g.

#include <math.h>

double penalty(float *dg, const float *g, float lambda, int n, int d) {
    (void)dg, (void)g, (void)lambda, (void)n, (void)d;
    return 0.0;
}
