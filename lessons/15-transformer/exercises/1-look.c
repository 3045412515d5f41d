// Attention for one row, and its backward pass. The task says what goes in and out.

#include <math.h>

void look(float *y, float *p, const float *q, const float *k, const float *v, int n, int w) {
    (void)q;
    (void)k;
    for (int j = 0; j < n; j++) {
        p[j] = 0.0f; // yours
    }
    for (int c = 0; c < w; c++) {
        y[c] = 0.0f * v[c]; // yours
    }
}

void look_back(float *dq, float *dk, float *dv, const float *dy, const float *p, const float *q,
               const float *k, const float *v, int n, int w) {
    (void)dy;
    (void)p;
    (void)q;
    (void)k;
    (void)v;
    for (int c = 0; c < w; c++) {
        dq[c] = 0.0f; // yours
    }
    for (int i = 0; i < n * w; i++) {
        dk[i] = dv[i] = 0.0f; // yours
    }
}
