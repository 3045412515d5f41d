// The oracle: the adjoint of a convolution, whose every number is measured with a unit vector.

#include "exercise.h"

void spread(float *y, const float *x, const float *w, int n, int k, int stride, int pad);

typedef void (*Answer)(float *y, const float *x, const float *w, int n, int k, int stride, int pad);

enum { N = 4, K = 4, STRIDE = 2, PAD = 1, LENGTH = (N - 1) * STRIDE - 2 * PAD + K, GUARD = 4 };
static const float x[N] = { 1, -2, 3, 0.5f }, w[K] = { 1, 2, -1, 4 };

// conv(u) at place i.
static float gather(const float *u, int i) {
    float sum = 0.0f;
    for (int j = 0; j < K; j++) {
        int at = i * STRIDE + j - PAD;
        sum += at >= 0 && at < LENGTH ? w[j] * u[at] : 0.0f;
    }
    return sum;
}

static void adjoint(float *y) {
    for (int at = 0; at < LENGTH; at++) {
        float unit[LENGTH] = { 0 };
        unit[at] = 1.0f;
        y[at] = 0.0f;
        for (int i = 0; i < N; i++) {
            y[at] += x[i] * gather(unit, i);
        }
    }
}

// --- what learners write --------------------------------------------------------------------------

typedef enum { OVERWRITES, NO_STRIDE, NO_PAD, PAD_ADDED, FLIPPED, NOT_ZEROED } Mistake;

static void with_mistake(Mistake mistake, float *y, const float *a, const float *v, int n, int k,
                         int stride, int pad) {
    int length = (n - 1) * stride - 2 * pad + k;
    for (int i = 0; i < length && mistake != NOT_ZEROED; i++) {
        y[i] = 0.0f;
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < k; j++) {
            int at = i * (mistake == NO_STRIDE ? 1 : stride) + j;
            at += mistake == NO_PAD ? 0 : mistake == PAD_ADDED ? pad : -pad;
            float product = a[i] * v[mistake == FLIPPED ? k - 1 - j : j];
            if (at >= 0 && at < length) {
                y[at] = mistake == OVERWRITES ? product : y[at] + product;
            }
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *y, const float *a, const float *v, int n, int k, int stride,           \
                     int pad) {                                                                    \
        with_mistake(mistake, y, a, v, n, k, stride, pad);                                         \
    }
WITH(overwrites, OVERWRITES)
WITH(no_stride, NO_STRIDE)
WITH(no_pad, NO_PAD)
WITH(pad_added, PAD_ADDED)
WITH(flipped, FLIPPED)
WITH(not_zeroed, NOT_ZEROED)

static void too_long(float *y, const float *a, const float *v, int n, int k, int stride, int pad) {
    with_mistake(NO_PAD, y, a, v, n, k, stride, pad);
    y[(n - 1) * stride - 2 * pad + k] = 1.0f;
}

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { OVERWRITES, "where two windows overlap only the later one is left: add, with +=" },
    { NO_STRIDE,
      "the windows lie one place apart; the stride is the distance from one to the next" },
    { NO_PAD, "the first window begins at place 0; with padding p it begins at -p, and what lies "
              "outside is dropped" },
    { PAD_ADDED,
      "the padding moves the windows to the right; it is subtracted: place s i + j - p" },
    { FLIPPED, "the kernel is turned round: number j of the window gets w[j], as in the "
               "convolution whose adjoint this is" },
    { NOT_ZEROED, "y still contains what it held before: it is overwritten, so set it to 0 first" },
};

static const char *judge(Answer answer) {
    float y[LENGTH + GUARD], truth[LENGTH], mistaken[LENGTH];
    fill(y, LENGTH + GUARD, 7.0f);
    answer(y, x, w, N, K, STRIDE, PAD);
    adjoint(truth);
    if (all_equal(y, LENGTH, 7.0f)) {
        return wrong("y is left as it was: nothing is spread yet");
    }
    if (!all_equal(y + LENGTH, GUARD, 7.0f)) {
        return wrong("a number behind the last place of y is written: y has (n - 1) stride - 2 pad "
                     "+ k numbers, here %d",
                     LENGTH);
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        fill(mistaken, LENGTH, 7.0f);
        with_mistake(known[i].mistake, mistaken, x, w, N, K, STRIDE, PAD);
        if (alike(y, mistaken, LENGTH)) {
            return wrong("%s", known[i].message);
        }
    }
    for (int i = 0; i < LENGTH; i++) {
        if (!(fabsf(y[i] - truth[i]) < 1e-4f)) {
            return wrong("y[%d] is %g, and the adjoint of the convolution has %g there", i,
                         (double)y[i], (double)truth[i]);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, spread, { overwrites, "where two windows overlap" },
         { no_stride, "the windows lie one place apart" },
         { no_pad, "the first window begins at place 0" },
         { pad_added, "the padding moves the windows" }, { flipped, "the kernel is turned round" },
         { not_zeroed, "y still contains what it held" },
         { too_long, "a number behind the last place" })
