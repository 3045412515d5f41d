// The oracle: a weight without a gradient, and the library.

#include "exercise.h"
#include "nn/optimizer.h"

void adamw_step(float *w, float *m, float *s, const float *g, int n, long t, float lr, float decay);

typedef void (*Answer)(float *w, float *m, float *s, const float *g, int n, long t, float lr,
                       float decay);

enum { N = 3, STEPS = 15 };
static const float start[N] = { 2.0f, -1.0f, 0.5f }, lr = 0.1f, lambda = 0.2f;

// Weight 0 has no gradient.
static void gradient(float *g, int step) {
    for (int i = 0; i < N; i++) {
        g[i] = (float)i * (1.0f + 0.5f * sinf((float)(step * (i + 1))));
    }
}

static const char *judge(Answer answer) {
    float w[N], m[N] = { 0 }, s[N] = { 0 }, g[N], truth[N];
    memcpy(w, start, sizeof w);
    memcpy(truth, start, sizeof truth);
    gradient(g, 0);
    answer(w, m, s, g, N, 1, lr, lambda);
    float shrunk = w[0] / start[0];
    if (shrunk == 1.0f) {
        return wrong("a weight without a gradient stays %g: nothing shrinks it", (double)w[0]);
    }
    if (m[0] != 0.0f || s[0] != 0.0f) {
        return wrong("m and s of a weight without a gradient are no longer 0: decay w was added to "
                     "the gradient, and that is L2");
    }
    if (fabsf(shrunk - (1.0f + lr * lambda)) < 1e-4f) {
        return wrong(
            "a weight without a gradient grows, from 2 to %g: the decay has the wrong sign",
            (double)w[0]);
    }
    if (fabsf(shrunk - (1.0f - lambda)) < 1e-4f) {
        return wrong("a weight without a gradient shrinks by the factor 1 - decay: it is lr times "
                     "decay, so that a schedule acts on both");
    }
    if (!(fabsf(shrunk - (1.0f - lr * lambda)) < 1e-4f)) {
        return wrong("a weight without a gradient shrinks by the factor %g and not 1 - lr decay = "
                     "%g",
                     (double)shrunk, (double)(1.0f - lr * lambda));
    }
    OptimizerSpec spec = optimizer_defaults(ADAMW, lr);
    spec.weight_decay = lambda;
    Optimizer *theirs = optimizer_create(spec, N);
    optimizer_step(theirs, truth, g);
    for (int step = 1; step < STEPS; step++) {
        gradient(g, step);
        optimizer_step(theirs, truth, g);
        answer(w, m, s, g, N, step + 1, lr, lambda);
    }
    optimizer_free(theirs);
    return alike(w, truth, N) ? NULL
                              : wrong("the decay alone is right, but with gradients w differs by "
                                      "%.3g of its length: Adam's step is to stay as it is, and w "
                                      "is shrunk as it was before it",
                                      difference(w, truth, N));
}

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { NONE, L2, GROWS, WITHOUT_RATE, AFTER, SQUARED } Way;

static void in_a_way(Way way, float *w, float *m, float *s, const float *g, int n, long t,
                     float rate, float decay) {
    float for_m = 1.0f - powf(0.9f, (float)t), for_s = 1.0f - powf(0.999f, (float)t);
    for (int i = 0; i < n; i++) {
        float slope = g[i] + (way == L2 ? decay * w[i] : 0.0f), kept = w[i];
        m[i] = 0.9f * m[i] + 0.1f * slope;
        s[i] = 0.999f * s[i] + 0.001f * slope * slope;
        w[i] -= rate * (m[i] / for_m) / (sqrtf(s[i] / for_s) + 1e-8f);
        w[i] -= way == NONE || way == L2 ? 0.0f
                : way == GROWS           ? -rate * decay * kept
                : way == WITHOUT_RATE    ? decay * kept
                : way == AFTER           ? rate * decay * w[i]
                                         : rate * decay * kept * kept;
    }
}

#define IN_A_WAY(name, way)                                                                        \
    static void name(float *w, float *m, float *s, const float *g, int n, long t, float rate,      \
                     float decay) {                                                                \
        in_a_way(way, w, m, s, g, n, t, rate, decay);                                              \
    }
IN_A_WAY(none, NONE)
IN_A_WAY(l2, L2)
IN_A_WAY(grows, GROWS)
IN_A_WAY(without_rate, WITHOUT_RATE)
IN_A_WAY(after, AFTER)
IN_A_WAY(squared, SQUARED)

EXERCISE(Answer, judge, adamw_step, { none, "a weight without a gradient stays 2" },
         { l2, "m and s of a weight without a gradient" },
         { grows, "a weight without a gradient grows" },
         { without_rate, "a weight without a gradient shrinks by the factor 1 - decay" },
         { after, "the decay alone is right, but" },
         { squared, "a weight without a gradient shrinks by the factor 0.96" })
