#include <math.h>

void adamw_step(float *w, float *m, float *s, const float *g, int n, long t, float lr,
                float decay) {
    float for_m = 1.0f - powf(0.9f, (float)t), for_s = 1.0f - powf(0.999f, (float)t);
    for (int i = 0; i < n; i++) {
        m[i] = 0.9f * m[i] + 0.1f * g[i];
        s[i] = 0.999f * s[i] + 0.001f * g[i] * g[i];
        w[i] -= lr * decay * w[i];
        w[i] -= lr * (m[i] / for_m) / (sqrtf(s[i] / for_s) + 1e-8f);
    }
}
