#include <math.h>

void adam(float *w, float *m, float *s, long *t, const float *g, int n, float lr) {
    const float beta1 = 0.9f, beta2 = 0.999f, eps = 1e-8f;
    ++*t;
    for (int i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1.0f - beta1) * g[i];
        s[i] = beta2 * s[i] + (1.0f - beta2) * g[i] * g[i];
        float m_hat = m[i] / (1.0f - powf(beta1, (float)*t));
        float s_hat = s[i] / (1.0f - powf(beta2, (float)*t));
        w[i] -= lr * m_hat / (sqrtf(s_hat) + eps);
    }
}
