// Attention for one row, and its backward pass.

#include <math.h>

static float dot(const float *a, const float *b, int w) {
    float sum = 0.0f;
    for (int c = 0; c < w; c++) {
        sum += a[c] * b[c];
    }
    return sum;
}

void look(float *y, float *p, const float *q, const float *k, const float *v, int n, int w) {
    float largest = -INFINITY, sum = 0.0f;
    for (int j = 0; j < n; j++) {
        p[j] = dot(q, k + j * w, w) / sqrtf((float)w);
        largest = fmaxf(largest, p[j]);
    }
    for (int j = 0; j < n; j++) {
        p[j] = expf(p[j] - largest);
        sum += p[j];
    }
    for (int c = 0; c < w; c++) {
        y[c] = 0.0f;
    }
    for (int j = 0; j < n; j++) {
        p[j] /= sum;
        for (int c = 0; c < w; c++) {
            y[c] += p[j] * v[j * w + c];
        }
    }
}

void look_back(float *dq, float *dk, float *dv, const float *dy, const float *p, const float *q,
               const float *k, const float *v, int n, int w) {
    float mean = 0.0f;
    for (int j = 0; j < n; j++) {
        mean += p[j] * dot(dy, v + j * w, w);
    }
    for (int c = 0; c < w; c++) {
        dq[c] = 0.0f;
    }
    for (int j = 0; j < n; j++) {
        float ds = p[j] * (dot(dy, v + j * w, w) - mean) / sqrtf((float)w);
        for (int c = 0; c < w; c++) {
            dv[j * w + c] = p[j] * dy[c];
            dk[j * w + c] = ds * q[c];
            dq[c] += ds * k[j * w + c];
        }
    }
}
