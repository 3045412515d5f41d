// The oracle: the first step, the counter, and the library.

#include "exercise.h"
#include "nn/optimizer.h"

void adam(float *w, float *m, float *s, long *t, const float *g, int n, float lr);

typedef void (*Answer)(float *w, float *m, float *s, long *t, const float *g, int n, float lr);

enum { N = 4, STEPS = 20 };

static void gradient(float *g, int step) {
    for (int i = 0; i < N; i++) {
        g[i] = 0.1f * (float)(i + 1) * (1.0f + 0.5f * sinf((float)(step * (i + 1))));
    }
}

static const char *judge(Answer answer) {
    float w[N] = { 0 }, m[N] = { 0 }, s[N] = { 0 }, g[N], truth[N] = { 0 };
    long t = 0;
    gradient(g, 0);
    answer(w, m, s, &t, g, N, 0.1f);
    if (!all_finite(w, N)) {
        return wrong("the first step is not a number: t is still 0 in it, and 1 - beta^0 is 0");
    }
    if (fabsf(w[0] + 0.1f) < 1e-4f && fabsf(w[N - 1] + 0.1f) > 1e-3f) {
        return wrong(
            "in the first step weight 0 moves by lr, and weight %d by %.2f lr: t has counted "
            "weights, not steps",
            N - 1, (double)(-w[N - 1] / 0.1f));
    }
    if (fabsf(w[0] + 0.31623f) < 1e-3f) {
        return wrong("the first step is 3.16 lr long: the correction is gone, and it was right");
    }
    if (!(fabsf(w[0] + 0.1f) < 1e-4f)) {
        return wrong("the first step moves weight 0 by %.3f lr and not by lr: in it t must be 1",
                     (double)(-w[0] / 0.1f));
    }
    Optimizer *theirs = optimizer_create(optimizer_defaults(ADAM, 0.1f), N);
    optimizer_step(theirs, truth, g);
    for (int step = 1; step < STEPS; step++) {
        gradient(g, step);
        optimizer_step(theirs, truth, g);
        answer(w, m, s, &t, g, N, 0.1f);
    }
    optimizer_free(theirs);
    if (t != STEPS) {
        return wrong("the first step is right, but after %d steps *t is %ld", STEPS, t);
    }
    return alike(w, truth, N) ? NULL
                              : wrong("*t counts the steps now, but after %d of them w differs by "
                                      "%.3g of its length: was something else changed?",
                                      STEPS, difference(w, truth, N));
}

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { OF_WEIGHTS, AFTER, RESET, UNCORRECTED, TWICE, OTHER_BETA } Way;

static void in_a_way(Way way, float *w, float *m, float *s, long *t, const float *g, int n,
                     float lr) {
    *t = way == RESET ? 1 : *t + (way == TWICE ? 2 : way != OF_WEIGHTS && way != AFTER);
    for (int i = 0; i < n; i++) {
        *t += way == OF_WEIGHTS;
        float beta1 = way == OTHER_BETA ? 0.99f : 0.9f;
        m[i] = beta1 * m[i] + (1.0f - beta1) * g[i];
        s[i] = 0.999f * s[i] + 0.001f * g[i] * g[i];
        float a = m[i] / (way == UNCORRECTED ? 1.0f : 1.0f - powf(beta1, (float)*t));
        float b = s[i] / (way == UNCORRECTED ? 1.0f : 1.0f - powf(0.999f, (float)*t));
        w[i] -= lr * a / (sqrtf(b) + 1e-8f);
    }
    *t += way == AFTER;
}

#define IN_A_WAY(name, way)                                                                        \
    static void name(float *w, float *m, float *s, long *t, const float *g, int n, float lr) {     \
        in_a_way(way, w, m, s, t, g, n, lr);                                                       \
    }
IN_A_WAY(of_weights, OF_WEIGHTS)
IN_A_WAY(after, AFTER)
IN_A_WAY(reset, RESET)
IN_A_WAY(uncorrected, UNCORRECTED)
IN_A_WAY(twice, TWICE)
IN_A_WAY(other_beta, OTHER_BETA)

EXERCISE(Answer, judge, adam, { of_weights, "in the first step weight 0 moves by lr, and" },
         { after, "the first step is not a number" },
         { reset, "the first step is right, but after 20 steps *t is 1" },
         { uncorrected, "the first step is 3.16 lr long" },
         { twice, "the first step moves weight 0 by" }, { other_beta, "*t counts the steps now" })
