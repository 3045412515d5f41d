#include <math.h>

void slopes(float *minimax, float *non_saturating, const float *s, int n) {
    for (int i = 0; i < n; i++) {
        float D = 1.0f / (1.0f + expf(-s[i]));
        minimax[i] = -D / (float)n;
        non_saturating[i] = (D - 1.0f) / (float)n;
    }
}
