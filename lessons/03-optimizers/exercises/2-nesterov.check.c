// The oracle: the first step by hand, and the library.

#include "exercise.h"
#include "nn/optimizer.h"

void nesterov_step(float *w, float *v, const float *g, int n, float lr, float mu);

typedef void (*Answer)(float *w, float *v, const float *g, int n, float lr, float mu);

enum { N = 3, STEPS = 12 };

static void gradient(float *g, int step) {
    for (int i = 0; i < N; i++) {
        g[i] = (float)(i + 1) * (step % 3 == 0 ? -1.0f : 0.5f + 0.25f * (float)step);
    }
}

static const char *judge(Answer answer) {
    float w[N] = { 0 }, v[N] = { 0 }, g[N], truth[N] = { 0 };
    gradient(g, 0);
    answer(w, v, g, N, 0.1f, 0.9f);
    if (all_equal(w, N, 0.0f) && all_equal(v, N, 0.0f)) {
        return wrong("neither w nor v has moved: no step is taken yet");
    }
    float first = w[0] / (-0.1f * g[0]); // in units of -lr g
    if (fabsf(first + 1.9f) < 1e-3f) {
        return wrong("the first step goes uphill: w - lr (g + mu v)");
    }
    if (fabsf(first - 1.0f) < 1e-3f) {
        return wrong(
            "the first step is lr g and not lr (1 + mu) g: that is plain momentum, or the v "
            "from before the step");
    }
    if (!(fabsf(first - 1.9f) < 1e-3f)) {
        return wrong("the first step is %.3f times lr g and not 1 + mu = 1.9 times", (double)first);
    }
    Optimizer *theirs = optimizer_create(optimizer_defaults(NESTEROV, 0.1f), N);
    optimizer_step(theirs, truth, g);
    for (int step = 1; step < STEPS; step++) {
        gradient(g, step);
        optimizer_step(theirs, truth, g);
        answer(w, v, g, N, 0.1f, 0.9f);
    }
    optimizer_free(theirs);
    if (alike(w, truth, N)) {
        return NULL;
    }
    return alike(v, g, N)
               ? wrong("every step is (1 + mu) g: v holds the last gradient alone and "
                       "remembers nothing")
               : wrong("the first step is right, but after %d steps w differs by %.3g of "
                       "its length: is v kept between them as mu v + g?",
                       STEPS, difference(w, truth, N));
}

// --- what learners write
// ---------------------------------------------------------------------------

static void plain(float *w, float *v, const float *g, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] -= lr * v[i];
    }
}

static void uphill(float *w, float *v, const float *g, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] += lr * (g[i] + mu * v[i]);
    }
}

static void forgetful(float *w, float *v, const float *g, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = g[i];
        w[i] -= lr * (g[i] + mu * v[i]);
    }
}

static void without_mu(float *w, float *v, const float *g, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] -= lr * (g[i] + v[i]);
    }
}

static void looks_too_far(float *w, float *v, const float *g, int n, float lr, float mu) {
    for (int i = 0; i < n; i++) {
        v[i] = mu * v[i] + g[i];
        w[i] -= lr * (g[i] + mu * v[i]);
        v[i] = g[i] + mu * v[i];
    }
}

EXERCISE(Answer, judge, nesterov_step, { plain, "the first step is lr g and not" },
         { uphill, "the first step goes uphill" }, { forgetful, "every step is (1 + mu) g" },
         { without_mu, "the first step is 2.000 times lr g" },
         { looks_too_far, "the first step is right, but after 12 steps" })
