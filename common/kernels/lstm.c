#include "kernels/lstm.h"
#include "kernels/lanes.h"

/*
## A step forward

Kept for the way back, a row of `hidden` numbers each: $i$, $f$, $g$, $o$, then $c_{t-1}$ and $\tanh c_t$.
*/

enum { KEPT = 6 };

static void step_forward(float *h, float *c, float *kept, const float *a, int hidden) {
    for (int k = 0; k < hidden; k += LANES) {
        int n = hidden - k;
        Lanes i = lanes_sigmoid(lanes_load(a + k, n));
        Lanes f = lanes_sigmoid(lanes_load(a + hidden + k, n));
        Lanes g = lanes_tanh(lanes_load(a + 2 * hidden + k, n));
        Lanes o = lanes_sigmoid(lanes_load(a + 3 * hidden + k, n));
        Lanes before = lanes_load(c + k, n), after = f * before + i * g;
        Lanes bent = lanes_tanh(after);
        lanes_store(c + k, after, n);
        lanes_store(h + k, o * bent, n);
        const Lanes all[KEPT] = { i, f, g, o, before, bent };
        for (int j = 0; j < KEPT; j++) {
            lanes_store(kept + j * hidden + k, all[j], n);
        }
    }
}

/*
## A step back

On the way into it, `dh` and `dc` are $dh_t$ and what the step behind has sent to $c_t$.
*/

static void step_backward(float *da, float *dh, float *dc, const float *kept, const float *before,
                          int hidden) {
    (void)before;
    for (int k = 0; k < hidden; k += LANES) {
        int n = hidden - k;
        Lanes all[KEPT];
        for (int j = 0; j < KEPT; j++) {
            all[j] = lanes_load(kept + j * hidden + k, n);
        }
        Lanes i = all[0], f = all[1], g = all[2], o = all[3], c = all[4], bent = all[5];
        Lanes slope = lanes_load(dh + k, n);
        Lanes cell = lanes_load(dc + k, n) + slope * o * (1.0f - bent * bent);
        lanes_store(da + k, cell * g * i * (1.0f - i), n);
        lanes_store(da + hidden + k, cell * c * f * (1.0f - f), n);
        lanes_store(da + 2 * hidden + k, cell * i * (1.0f - g * g), n);
        lanes_store(da + 3 * hidden + k, slope * bent * o * (1.0f - o), n);
        lanes_store(dc + k, cell * f, n);
        lanes_store(dh + k, (Lanes){ 0 }, n); // h has no way back but through the gates
    }
}

const RecurrentCell lstm_cell = { 4, KEPT, false, step_forward, step_backward };
