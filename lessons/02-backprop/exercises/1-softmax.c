// Softmax and its loss.
//
//     p_j = exp(s_j) / sum of exp(s_i),     loss = mean over the rows of -log p_label,
//     gradient: ds = (p - truth) / n        (truth: 1 at the label, 0 elsewhere)
//
// s, p and ds have the shape (n, classes): number j of row e is s[e * classes + j]. labels has
// the shape (n). Write both functions; a logit of 10,000 must not overflow. The lines with (void)
// only keep the compiler quiet: delete them.

#include <math.h>

void softmax_rows(float *p, const float *s, int n, int classes) {
    (void)p, (void)s, (void)n, (void)classes;
}

// Returns the mean loss and writes its gradient to ds.
float cross_entropy(float *ds, const float *s, const int *labels, int n, int classes) {
    (void)ds, (void)s, (void)labels, (void)n, (void)classes;
    return 0.0f;
}
