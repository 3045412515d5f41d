#include "base/rng.h"

#include <math.h>

void my_init(float *w, int n_out, int n_in, Rng *rng) {
    for (int i = 0; i < n_out * n_in; i++) {
        w[i] = sqrtf(2.0f / (float)n_in) * rng_normal(rng);
    }
}
