// The Jensen-Shannon divergence of p and q (n), in nats: with m = (p + q) / 2, half the sum of
// p log(p / m) and half the sum of q log(q / m). A term whose p (or q) is 0 counts as 0.

#include <math.h>

double jensen_shannon(const double *p, const double *q, int n) {
    (void)p, (void)q, (void)n;
    return 0.0;
}
