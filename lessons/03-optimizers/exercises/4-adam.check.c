// The oracle: the first step is lr times the sign of the gradient, and the library.

#include "exercise.h"
#include "nn/optimizer.h"

void adam_step(float *w, float *m, float *s, const float *g, int n, long t, float lr);

typedef void (*Answer)(float *w, float *m, float *s, const float *g, int n, long t, float lr);

enum { N = 3, STEPS = 30 };

// Gradients of very different sizes.
static void gradient(float *g, int step) {
    static const float size[N] = { 20.0f, 0.1f, -1e-5f };
    for (int i = 0; i < N; i++) {
        g[i] = size[i] * (1.0f + 0.5f * sinf((float)(step * (i + 1))));
    }
}

static const char *judge_first(Answer answer) {
    float w[N] = { 0 }, m[N] = { 0 }, s[N] = { 0 }, g[N], step[N];
    gradient(g, 0);
    answer(w, m, s, g, N, 1, 0.1f);
    for (int i = 0; i < N; i++) {
        step[i] = -w[i] / 0.1f * (g[i] > 0.0f ? 1.0f : -1.0f); // 1 is right
    }
    if (all_equal(w, N, 0.0f)) {
        return wrong("w has not moved: no step is taken yet");
    }
    if (step[0] < 0.0f && step[1] < 0.0f) {
        return wrong("the first step goes uphill");
    }
    if (fabsf(step[0] - 3.1623f) < 0.01f) {
        return wrong("the first step is 3.16 times lr: neither m nor s is corrected for having "
                     "begun at 0, divide by 1 - beta^t");
    }
    if (fabsf(step[0] - 0.1f) < 0.001f || fabsf(step[0] - 31.623f) < 0.1f) {
        return wrong("the first step is %.3g times lr: only one of m and s is corrected",
                     (double)step[0]);
    }
    if (fabsf(step[0] - 1.0f) < 1e-3f && step[2] < 0.9f) {
        return wrong("a gradient of 0.00001 moves its weight by %.2f lr, one of 20 by 1 lr: the "
                     "epsilon stands outside the root",
                     (double)step[2]);
    }
    if (fabsf(step[0] - 0.1f) < 0.01f || fabsf(step[1] / step[0] - 1.0f) > 0.01f) {
        return wrong("a gradient of 20 moves its weight by %.3g lr and one of 0.1 by %.3g lr, and "
                     "the first step should be lr for both: divide by the root of s, not by s",
                     (double)step[0], (double)step[1]);
    }
    return fabsf(step[0] - 1.0f) < 1e-3f
               ? NULL
               : wrong("the first step is %.3g times lr and not 1", (double)step[0]);
}

static const char *judge(Answer answer) {
    const char *said = judge_first(answer);
    if (said) {
        return said;
    }
    float w[N] = { 0 }, m[N] = { 0 }, s[N] = { 0 }, g[N], truth[N] = { 0 };
    Optimizer *theirs = optimizer_create(optimizer_defaults(ADAM, 0.1f), N);
    for (int step = 0; step < STEPS; step++) {
        gradient(g, step);
        optimizer_step(theirs, truth, g);
        answer(w, m, s, g, N, step + 1, 0.1f);
    }
    bool same_m = alike(m, theirs->first, N), same_s = alike(s, theirs->second, N);
    optimizer_free(theirs);
    if (alike(w, truth, N)) {
        return NULL;
    }
    if (!same_m || !same_s) {
        return wrong(
            "the first step is right, but after %d steps %s is not what the formula gives: "
            "%s",
            STEPS, same_m ? "s" : "m", "it is kept uncorrected, with its own beta");
    }
    return wrong(
        "m and s are right, but after %d steps w differs by %.3g of its length: the step is "
        "made of the corrected m, and t grows",
        STEPS, difference(w, truth, N));
}

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { NO_CORRECTION, ONLY_M, NO_ROOT, EPS_INSIDE, KEPT_CORRECTED, T_IS_1, UPHILL } Way;

static void in_a_way(Way way, float *w, float *m, float *s, const float *g, int n, long t,
                     float lr) {
    float for_m = 1.0f - powf(0.9f, way == T_IS_1 ? 1.0f : (float)t);
    float for_s = 1.0f - powf(0.999f, way == T_IS_1 ? 1.0f : (float)t);
    for_m = way == NO_CORRECTION ? 1.0f : for_m;
    for_s = way == NO_CORRECTION || way == ONLY_M ? 1.0f : for_s;
    for (int i = 0; i < n; i++) {
        m[i] = 0.9f * m[i] + 0.1f * g[i];
        s[i] = 0.999f * s[i] + 0.001f * g[i] * g[i];
        float a = m[i] / for_m, b = s[i] / for_s;
        float below = way == NO_ROOT      ? b + 1e-8f
                      : way == EPS_INSIDE ? sqrtf(b + 1e-8f)
                                          : sqrtf(b) + 1e-8f;
        w[i] -= (way == UPHILL ? -lr : lr) * a / below;
        if (way == KEPT_CORRECTED) {
            m[i] = a, s[i] = b;
        }
    }
}

#define IN_A_WAY(name, way)                                                                        \
    static void name(float *w, float *m, float *s, const float *g, int n, long t, float lr) {      \
        in_a_way(way, w, m, s, g, n, t, lr);                                                       \
    }
IN_A_WAY(no_correction, NO_CORRECTION)
IN_A_WAY(only_m, ONLY_M)
IN_A_WAY(no_root, NO_ROOT)
IN_A_WAY(eps_inside, EPS_INSIDE)
IN_A_WAY(kept_corrected, KEPT_CORRECTED)
IN_A_WAY(t_is_1, T_IS_1)
IN_A_WAY(uphill, UPHILL)

EXERCISE(Answer, judge, adam_step, { no_correction, "the first step is 3.16 times lr" },
         { only_m, "the first step is 31.6 times lr" }, { no_root, "a gradient of 20 moves" },
         { eps_inside, "a gradient of 0.00001 moves" },
         { kept_corrected, "the first step is right, but after 30 steps m" },
         { t_is_1, "m and s are right, but" }, { uphill, "the first step goes uphill" })
