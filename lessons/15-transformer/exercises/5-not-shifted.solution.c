// Each row is asked for the character behind its own.

#include "base/rng.h"

void take_window(float *x, int *labels, const int *symbols, int n, int context, Rng *rng) {
    const int *from = symbols + rng_below(rng, (uint32_t)(n - context));
    for (int t = 0; t < context; t++) {
        x[t] = (float)from[t];
        labels[t] = from[t + 1];
    }
}
