#include "kernels/rnn.h"
#include "kernels/lanes.h"

/*
## A step forward, a step back

Kept for the way back is the new state, since both slopes can be told from the output: $1 - h^2$ for tanh; for ReLU, 1 where
$h > 0$, else 0.
*/

static void tanh_step(float *h, float *c, float *kept, const float *a, int hidden) {
    (void)c;
    for (int k = 0; k < hidden; k += LANES) {
        Lanes after = lanes_tanh(lanes_load(a + k, hidden - k));
        lanes_store(h + k, after, hidden - k);
        lanes_store(kept + k, after, hidden - k);
    }
}

static void tanh_step_back(float *da, float *dh, float *dc, const float *kept, const float *before,
                           int hidden) {
    (void)dc, (void)before;
    for (int k = 0; k < hidden; k++) {
        da[k] = dh[k] * (1.0f - kept[k] * kept[k]);
        dh[k] = 0.0f; // the state before acts through the sum alone
    }
}

static void relu_step(float *h, float *c, float *kept, const float *a, int hidden) {
    (void)c;
    for (int k = 0; k < hidden; k++) {
        h[k] = kept[k] = a[k] <= 0.0f ? 0.0f : a[k]; // a NaN passes
    }
}

static void relu_step_back(float *da, float *dh, float *dc, const float *kept, const float *before,
                           int hidden) {
    (void)dc, (void)before;
    for (int k = 0; k < hidden; k++) {
        da[k] = kept[k] <= 0.0f ? 0.0f : dh[k];
        dh[k] = 0.0f;
    }
}

const RecurrentCell rnn_cell = { 1, 1, false, tanh_step, tanh_step_back };
const RecurrentCell rnn_relu_cell = { 1, 1, false, relu_step, relu_step_back };
