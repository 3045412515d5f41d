// The gradients at the four weighted sums of an LSTM, and at its old memory.

#include <math.h>

void gates_back(float *da, float *dc_old, const float *dh, const float *dc, const float *gates,
                const float *c_old, const float *c, int H) {
    (void)dh, (void)dc, (void)gates, (void)c_old, (void)c;
    for (int k = 0; k < H; k++) {
        da[k] = da[H + k] = da[2 * H + k] = da[3 * H + k] = 0.0f; // yours
        dc_old[k] = 0.0f;                                         // and this
    }
}
