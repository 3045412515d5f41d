// The next row of causal attention, with a cache of at most 64 rows.

#include "4-step.h"

#include <math.h>
#include <string.h>

void step(float *y, Cache *cache, const float *q, const float *k, const float *v, int w) {
    (void)cache;
    (void)q;
    (void)k;
    memcpy(y, v, (size_t)w * sizeof *y); // yours
}
