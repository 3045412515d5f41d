#include <math.h>

static float largest(const float *s, int classes) {
    float m = s[0];
    for (int j = 1; j < classes; j++) {
        m = fmaxf(m, s[j]);
    }
    return m;
}

static float sum_of_exp(const float *s, float m, int classes) {
    float sum = 0.0f;
    for (int j = 0; j < classes; j++) {
        sum += expf(s[j] - m);
    }
    return sum;
}

void softmax_rows(float *p, const float *s, int n, int classes) {
    for (int e = 0; e < n; e++, s += classes, p += classes) {
        float m = largest(s, classes), sum = sum_of_exp(s, m, classes);
        for (int j = 0; j < classes; j++) {
            p[j] = expf(s[j] - m) / sum;
        }
    }
}

float cross_entropy(float *ds, const float *s, const int *labels, int n, int classes) {
    float loss = 0.0f;
    softmax_rows(ds, s, n, classes);
    for (int e = 0; e < n; e++, s += classes, ds += classes) {
        float m = largest(s, classes);
        loss += logf(sum_of_exp(s, m, classes)) - (s[labels[e]] - m);
        ds[labels[e]] -= 1.0f;
        for (int j = 0; j < classes; j++) {
            ds[j] /= (float)n;
        }
    }
    return loss / (float)n;
}
