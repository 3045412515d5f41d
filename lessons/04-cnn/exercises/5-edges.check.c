// The oracle: the same convolution of a picture that was given its zeros by hand.

#include "exercise.h"

void convolve(float *y, const float *x, const float *w, float b, int n, int k, int pad);

typedef void (*Answer)(float *y, const float *x, const float *w, float b, int n, int k, int pad);

enum { N = 5, K = 3, PAD = 2, OUT = N + 2 * PAD - K + 1 };
static const float x[N] = { 5, 1, 2, 3, 7 }, w[K] = { 1, -2, 4 };

typedef enum { ZEROS, REPEATED, WRAPPED, MIRRORED, NO_BIAS, ONE_SIDE, FLIPPED } Border;

static float pixel(Border border, const float *from, int at, int n) {
    if (at >= 0 && at < n) {
        return from[at];
    }
    switch (border) {
    case REPEATED:
        return from[at < 0 ? 0 : n - 1];
    case WRAPPED:
        return from[(at + n) % n];
    case MIRRORED:
        return from[at < 0 ? -at : 2 * n - 2 - at];
    case ONE_SIDE:
        return at < 0 ? 0.0f : from[n - 1];
    default:
        return 0.0f;
    }
}

static void with_border(Border border, float *y, const float *from, const float *v, float b, int n,
                        int k, int pad) {
    for (int o = 0; o < n + 2 * pad - k + 1; o++) {
        y[o] = border == NO_BIAS ? 0.0f : b;
        for (int i = 0; i < k; i++) {
            y[o] += v[border == FLIPPED ? k - 1 - i : i] * pixel(border, from, o + i - pad, n);
        }
    }
}

#define WITH(name, border)                                                                         \
    static void name(float *y, const float *from, const float *v, float b, int n, int k,           \
                     int pad) {                                                                    \
        with_border(border, y, from, v, b, n, k, pad);                                             \
    }
WITH(repeated, REPEATED)
WITH(wrapped, WRAPPED)
WITH(mirrored, MIRRORED)
WITH(no_bias, NO_BIAS)
WITH(one_side, ONE_SIDE)
WITH(flipped, FLIPPED)

static const struct {
    Border border;
    const char *message;
} known[] = {
    { REPEATED, "outside of the picture the edge is still repeated: those pixels are 0, and their "
                "terms are left out" },
    { WRAPPED, "outside of the picture the other end appears: those pixels are 0" },
    { MIRRORED, "outside of the picture its mirror image appears: those pixels are 0" },
    { NO_BIAS, "the bias is gone: a window outside of the picture still has it" },
    { ONE_SIDE, "the left end is right now; at the right end the edge is still repeated" },
    { FLIPPED, "the kernel is turned round now; that half was right as it stood" },
};

static const char *judge(Answer answer) {
    float y[OUT], truth[OUT], mistaken[OUT];
    fill(y, OUT, -99.0f);
    answer(y, x, w, 0.5f, N, K, PAD);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_border(known[i].border, mistaken, x, w, 0.5f, N, K, PAD);
        if (alike(y, mistaken, OUT)) {
            return wrong("%s", known[i].message);
        }
    }
    with_border(ZEROS, truth, x, w, 0.5f, N, K, PAD);
    for (int i = 0; i < OUT; i++) {
        if (!(fabsf(y[i] - truth[i]) < 1e-5f)) {
            return wrong("y[%d] is %g and not %g", i, (double)y[i], (double)truth[i]);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, convolve, { repeated, "outside of the picture the edge" },
         { wrapped, "outside of the picture the other end" },
         { mirrored, "outside of the picture its mirror" }, { no_bias, "the bias is gone" },
         { one_side, "the left end is right now" }, { flipped, "the kernel is turned round now" })
