#include <math.h>

void fold(float *W, float *bias, int out, int size, const float *w, const float *b,
          const float *mean, const float *var, float eps) {
    for (int c = 0; c < out; c++) {
        float a = w[c] / sqrtf(var[c] + eps);
        for (int i = 0; i < size; i++) {
            W[c * size + i] *= a;
        }
        bias[c] = b[c] - a * mean[c];
    }
}
