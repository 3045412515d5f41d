// One step of Adam, for n weights w with the gradient g. t is 1 in the first step.
//
//     m <- b1 m + (1 - b1) g,         s <- b2 s + (1 - b2) g g
//     w <- w - lr (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + eps)
//
// with b1 = 0.9, b2 = 0.999, eps = 1e-8. m (n) and s (n) are kept between the steps, and begin at
// 0.

#include <math.h>

void adam_step(float *w, float *m, float *s, const float *g, int n, long t, float lr) {
    (void)w, (void)m, (void)s, (void)g, (void)n, (void)t, (void)lr;
}
