// The margin of the line w.x + b = 0 among n points: the smallest of
//
//     t_i (w.x_i + b) / sqrt(w_1 w_1 + w_2 w_2 + b b)
//
// negative if a point is on the wrong side. x (n, 2): point i is x[2 * i], x[2 * i + 1]; t (n).

#include <math.h>

double line_margin(const float *x, const float *t, int n, const float w[2], float b) {
    (void)x, (void)t, (void)n, (void)w, (void)b;
    return 0.0;
}
