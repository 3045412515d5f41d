#include "kernels/gru.h"
#include "kernels/lanes.h"

/*
## A step forward

The two products are wanted apart: the first half of `a` is what comes from the row, the second what comes from the state.
The last third of that is $q$. Kept for the way back, `hidden` numbers each: $r$, $z$, $n$, $q$.
*/

enum { KEPT = 4 };

static void step(float *h, float *c, float *kept, const float *a, int hidden) {
    (void)c;
    const float *from_state = a + 3 * hidden;
    for (int k = 0; k < hidden; k += LANES) {
        int width = hidden - k, second = hidden + k, third = 2 * hidden + k;
        Lanes r = lanes_sigmoid(lanes_load(a + k, width) + lanes_load(from_state + k, width));
        Lanes z =
            lanes_sigmoid(lanes_load(a + second, width) + lanes_load(from_state + second, width));
        Lanes q = lanes_load(from_state + third, width);
        Lanes n = lanes_tanh(lanes_load(a + third, width) + r * q);
        Lanes before = lanes_load(h + k, width);
        lanes_store(h + k, (1.0f - z) * n + z * before, width);
        const Lanes all[KEPT] = { r, z, n, q };
        for (int j = 0; j < KEPT; j++) {
            lanes_store(kept + j * hidden + k, all[j], width);
        }
    }
}

/*
## A step back

On the way into it, `dh` is $dh_t$; on the way out, what of it went the direct way.
*/

static void step_back(float *da, float *dh, float *dc, const float *kept, const float *before,
                      int hidden) {
    (void)dc;
    float *to_state = da + 3 * hidden;
    for (int k = 0; k < hidden; k += LANES) {
        int width = hidden - k, second = hidden + k, third = 2 * hidden + k;
        Lanes all[KEPT];
        for (int j = 0; j < KEPT; j++) {
            all[j] = lanes_load(kept + j * hidden + k, width);
        }
        Lanes r = all[0], z = all[1], n = all[2], q = all[3];
        Lanes slope = lanes_load(dh + k, width);
        Lanes da_n = slope * (1.0f - z) * (1.0f - n * n);
        Lanes da_z = slope * (lanes_load(before + k, width) - n) * z * (1.0f - z);
        Lanes da_r = da_n * q * r * (1.0f - r);
        lanes_store(da + k, da_r, width);
        lanes_store(da + second, da_z, width);
        lanes_store(da + third, da_n, width);
        lanes_store(to_state + k, da_r, width);
        lanes_store(to_state + second, da_z, width);
        lanes_store(to_state + third, da_n * r, width);
        lanes_store(dh + k, slope * z, width); // the direct way
    }
}

const RecurrentCell gru_cell = { 3, KEPT, true, step, step_back };
