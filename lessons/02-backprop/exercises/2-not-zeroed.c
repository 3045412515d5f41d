// Find the fault. This is mlp_backward as someone remembers it. The gradient check, made on the
// first batch, finds it right. On XOR the loss is nearly 0 after 50 steps, and far above that of
// guessing after 2,000. Mend it, and leave all else as it is.
//
// The gradients dW1, db1, dW2 and db2 lie one after the other in m->grad, which has m->n_theta
// numbers.

#include "backprop.h"

#include <string.h>

void backward(Mlp *m, const float *x, int n) { // m->ds → m->grad
    for (int e = 0; e < n; e++) {
        const float *in = x + e * m->in, *h = m->h + e * m->hidden, *ds = m->ds + e * m->out;
        float *dh = m->dh + e * m->hidden;
        memset(dh, 0, (size_t)m->hidden * sizeof *dh);
        for (int k = 0; k < m->out; k++) {
            m->db2[k] += ds[k];
            for (int j = 0; j < m->hidden; j++) {
                m->dW2[k * m->hidden + j] += ds[k] * h[j];
                dh[j] += ds[k] * m->W2[k * m->hidden + j];
            }
        }
        for (int j = 0; j < m->hidden; j++) {
            float da = dh[j] * (1.0f - h[j] * h[j]);
            m->db1[j] += da;
            for (int i = 0; i < m->in; i++) {
                m->dW1[j * m->in + i] += da * in[i];
            }
        }
    }
}
