// The oracle: what a constant gradient leads to, two steps by hand, and the library.

#include "exercise.h"
#include "nn/optimizer.h"

void momentum_step(float *w, float *v, const float *g, int n, float lr, float mu);

typedef void (*Answer)(float *w, float *v, const float *g, int n, float lr, float mu);

enum { N = 3 };
static const float g[N] = { 1.0f, -0.5f, 0.25f };

static const char *judge(Answer answer) {
    float w[N] = { 0 }, v[N] = { 0 };
    answer(w, v, g, N, 0.1f, 0.9f);
    if (all_equal(w, N, 0.0f) && all_equal(v, N, 0.0f)) {
        return wrong("neither w nor v has moved: no step is taken yet");
    }
    if (w[0] > 0.0f && w[1] < 0.0f) {
        return wrong("the step goes uphill, with the gradient: w - lr v");
    }
    if (all_equal(w, N, 0.0f)) {
        return wrong("the first step does not move w: it uses the v from before, which is 0; v is "
                     "renewed first");
    }
    for (int step = 1; step < 200; step++) {
        answer(w, v, g, N, 0.1f, 0.9f);
    }
    if (fabsf(v[0] - 1.0f) < 1e-3f) {
        return wrong(
            "after 200 steps with the gradient 1, v is 1 and not 1 / (1 - 0.9) = 10: is mu "
            "v added, and g in full and not times 1 - mu?");
    }
    if (fabsf(v[0] - 1.0f) < 0.01f || fabsf(v[0] - 0.1f) < 0.01f) {
        return wrong("v holds lr g: the learning rate belongs to the second line, or else a "
                     "schedule changes what is remembered");
    }
    if (fabsf(v[0] - 1.0f / 0.9f) < 0.2f) {
        return wrong("after 200 steps with the gradient 1, v is %.3f and not 10: is mu v added, "
                     "with mu = 0.9?",
                     (double)v[0]);
    }
    if (!(fabsf(v[0] - 10.0f) < 1e-3f)) {
        return wrong(
            "after 200 steps with the gradient 1 at the learning rate 0.1, v is %g and not "
            "1 / (1 - 0.9) = 10%s",
            (double)v[0], v[0] > 100.0f ? ": it grows without end, nothing is forgotten" : "");
    }
    Optimizer *theirs = optimizer_create(optimizer_defaults(MOMENTUM, 0.1f), N);
    float truth[N] = { 0 }, turning[N];
    fill(w, N, 0.0f);
    fill(v, N, 0.0f);
    for (int step = 0; step < 10; step++) {
        for (int i = 0; i < N; i++) {
            turning[i] = g[i] * (step % 3 == 0 ? -1.0f : 1.0f + (float)step);
        }
        optimizer_step(theirs, truth, turning);
        answer(w, v, turning, N, 0.1f, 0.9f);
    }
    optimizer_free(theirs);
    return alike(w, truth, N) ? NULL
                              : wrong("a constant gradient is answered rightly; with one that "
                                      "changes, w differs by %.3g of its length",
                                      difference(w, truth, N));
}

// --- what learners write
// ---------------------------------------------------------------------------

static void averaged(float *w, float *v, const float *gradient, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + (1.0f - mu) * gradient[i];
        w[i] -= lr * v[i];
    }
}

static void uphill(float *w, float *v, const float *gradient, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + gradient[i];
        w[i] += lr * v[i];
    }
}

static void late(float *w, float *v, const float *gradient, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        w[i] -= lr * v[i];
        v[i] = mu * v[i] + gradient[i];
    }
}

static void never_forgets(float *w, float *v, const float *gradient, int n, float lr, float mu) {
    (void)mu;
    for (int i = 0; i < n; i++) {
        v[i] += gradient[i];
        w[i] -= lr * v[i];
    }
}

static void weights_swapped(float *w, float *v, const float *gradient, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = (1.0f - mu) * v[i] + gradient[i];
        w[i] -= lr * v[i];
    }
}

static void nesterov(float *w, float *v, const float *gradient, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + gradient[i];
        w[i] -= lr * (gradient[i] + mu * v[i]);
    }
}

EXERCISE(Answer, judge, momentum_step,
         { averaged, "after 200 steps with the gradient 1, v is 1 and not 1 / (1 - 0.9)" },
         { uphill, "the step goes uphill" }, { late, "the first step does not move w" },
         { never_forgets, "after 200 steps with the gradient 1 at the learning rate" },
         { weights_swapped, "after 200 steps with the gradient 1, v is 1.111" },
         { nesterov, "a constant gradient is answered rightly" })
