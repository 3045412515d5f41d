// Find the fault. These are the weights of causal attention.

#include <math.h>

void causal_weights(float *p, const float *s, int rows) {
    for (int i = 0; i < rows; i++) {
        int seen = i + 2 < rows ? i + 2 : rows;
        float largest = -INFINITY, sum = 0.0f;
        for (int j = 0; j < seen; j++) {
            largest = fmaxf(largest, s[i * rows + j]);
        }
        for (int j = 0; j < rows; j++) {
            p[i * rows + j] = j < seen ? expf(s[i * rows + j] - largest) : 0.0f;
            sum += p[i * rows + j];
        }
        for (int j = 0; j < rows; j++) {
            p[i * rows + j] /= sum;
        }
    }
}
