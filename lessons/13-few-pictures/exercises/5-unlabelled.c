// Cross-entropy of those pictures of a batch that have a label.

#include "nn/loss.h"

float masked_cross_entropy(float *dlogits, const float *logits, const int *labels, int n,
                           int classes) {
    (void)dlogits;
    (void)logits;
    (void)labels;
    (void)n;
    (void)classes;
    return -1.0f; // yours
}
