// The store is read, and never written.

#include "data/augment.h"

enum { SIDE = 28, PIXELS = SIDE * SIDE };

void next_batch(float *x, float *store, int n, int first, Rng *rng) {
    for (int e = 0; e < n; e++) {
        const float *picture = store + (first + e) * PIXELS;
        int right = (int)rng_below(rng, 5) - 2, down = (int)rng_below(rng, 5) - 2;
        picture_shift(x + e * PIXELS, picture, SIDE, SIDE, right, down);
    }
}
