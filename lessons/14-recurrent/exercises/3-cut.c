// du of a cell with one unit, by backpropagation through time in pieces.

#include <math.h>

float slope_of_u(float w, float u, const float *x, const float *c, int T, int piece) {
    (void)w;
    (void)u;
    (void)x;
    (void)c;
    (void)T;
    (void)piece;
    return 0.0f; // yours
}
