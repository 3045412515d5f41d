#include "backprop.h"

#include <string.h>

void backward(Mlp *m, const float *x, int n) { // m->ds → m->grad
    memset(m->grad, 0, m->n_theta * sizeof *m->grad);
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
