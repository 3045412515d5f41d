// One more row of causal attention, with a cache of keys and values.

#include <math.h>

void next_row(float *y, float *keys, float *values, const float *q, const float *k, const float *v,
              int at, int width) {
    (void)keys, (void)values, (void)q, (void)k, (void)v, (void)at;
    for (int c = 0; c < width; c++) {
        y[c] = NAN; // yours
    }
}
