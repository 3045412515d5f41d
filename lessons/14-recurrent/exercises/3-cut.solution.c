// du of a cell with one unit, by backpropagation through time in pieces.

#include <math.h>

float slope_of_u(float w, float u, const float *x, const float *c, int T, int piece) {
    float h[101] = { 0.0f }, dh = 0.0f, du = 0.0f;
    for (int t = 1; t <= T; t++) {
        h[t] = tanhf(w * x[t - 1] + u * h[t - 1]);
    }
    for (int t = T; t >= 1; t--) {
        if (t % piece == 0) {
            dh = 0.0f; // what comes from the piece behind
        }
        float da = (c[t - 1] + dh) * (1.0f - h[t] * h[t]);
        du += da * h[t - 1];
        dh = u * da;
    }
    return du;
}
