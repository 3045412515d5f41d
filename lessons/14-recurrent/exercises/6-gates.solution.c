// The gradients at the four weighted sums of an LSTM, and at its old memory.

#include <math.h>

void gates_back(float *da, float *dc_old, const float *dh, const float *dc, const float *gates,
                const float *c_old, const float *c, int H) {
    for (int k = 0; k < H; k++) {
        float i = gates[k], f = gates[H + k], g = gates[2 * H + k], o = gates[3 * H + k];
        float shown = tanhf(c[k]);
        float all = dc[k] + dh[k] * o * (1.0f - shown * shown);
        da[k] = all * g * i * (1.0f - i);
        da[H + k] = all * c_old[k] * f * (1.0f - f);
        da[2 * H + k] = all * i * (1.0f - g * g);
        da[3 * H + k] = dh[k] * shown * o * (1.0f - o);
        dc_old[k] = all * f;
    }
}
