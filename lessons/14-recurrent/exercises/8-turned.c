// Two directions. There is one fault.

#include <math.h>

void both_ways(float *y, const float *x, float w, float u, int T) {
    float from_left = 0.0f, from_right = 0.0f;
    for (int step = 0; step < T; step++) {
        int t = T - 1 - step;
        from_left = tanhf(w * x[step] + u * from_left);
        from_right = tanhf(w * x[t] + u * from_right);
        y[2 * step] = from_left;
        y[2 * step + 1] = from_right;
    }
}
