// Cross-entropy of those pictures of a batch that have a label.

#include "nn/loss.h"

float masked_cross_entropy(float *dlogits, const float *logits, const int *labels, int n,
                           int classes) {
    int m = 0;
    float loss = 0.0f;
    for (int i = 0; i < n; i++) {
        m += labels[i] >= 0;
    }
    for (int i = 0; i < n; i++) {
        float *row = dlogits + i * classes;
        if (labels[i] >= 0) {
            loss +=
                softmax_cross_entropy(row, logits + i * classes, labels + i, 1, classes) / (float)m;
        }
        for (int k = 0; k < classes; k++) {
            row[k] = labels[i] >= 0 ? row[k] / (float)m : 0.0f;
        }
    }
    return loss;
}
