// He initialisation: fill w (n_out, n_in) with normally distributed numbers of mean 0, and of
// such a variance that a signal keeps its size through ten layers with ReLUs. rng_normal(rng)
// gives one number of mean 0 and variance 1.

#include "base/rng.h"

#include <math.h>

void my_init(float *w, int n_out, int n_in, Rng *rng) {
    (void)w, (void)n_out, (void)n_in, (void)rng;
}
