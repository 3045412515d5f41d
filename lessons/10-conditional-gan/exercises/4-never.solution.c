#include "base/rng.h"

void draw_labels(int *labels, Rng *rng, int n, int classes) {
    for (int i = 0; i < n; i++) {
        labels[i] = (int)(rng_uniform(rng) * (float)classes);
    }
}
