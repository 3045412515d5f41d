// Into the cache, then a softmax over at + 1 scores.

#include <math.h>
#include <string.h>

void next_row(float *y, float *keys, float *values, const float *q, const float *k, const float *v,
              int at, int width) {
    float scores[64], most = -INFINITY, sum = 0.0f;
    memcpy(keys + at * width, k, (unsigned)width * sizeof *k);
    memcpy(values + at * width, v, (unsigned)width * sizeof *v);
    for (int j = 0; j <= at; j++) {
        scores[j] = 0.0f;
        for (int c = 0; c < width; c++) {
            scores[j] += q[c] * keys[j * width + c] / sqrtf((float)width);
        }
        most = fmaxf(most, scores[j]);
    }
    memset(y, 0, (unsigned)width * sizeof *y);
    for (int j = 0; j <= at; j++) {
        float weight = expf(scores[j] - most);
        sum += weight;
        for (int c = 0; c < width; c++) {
            y[c] += weight * values[j * width + c];
        }
    }
    for (int c = 0; c < width; c++) {
        y[c] /= sum;
    }
}
