// The oracle: weights whose new values are known by hand.

#include "exercise.h"

void l1_step(float *w, const float *g, int n, float lr, float lambda);

typedef void (*Answer)(float *w, const float *g, int n, float lr, float lambda);

enum { N = 6 };
static const float lr = 0.5f, lambda = 0.2f; // the threshold is 0.1
static const float before[N] = { 0.3f, -0.3f, 0.05f, 0.0f, 0.0f, 0.3f };
static const float g[N] = { 0.0f, 0.0f, 0.0f, 0.1f, -1.0f, 0.44f };
static const float after[N] = { 0.2f, -0.2f, 0.0f, 0.0f, 0.4f, 0.0f };

static bool near(float a, float b) {
    return fabsf(a - b) < 1e-5f;
}

static const char *judge(Answer answer) {
    float w[N];
    memcpy(w, before, sizeof w);
    answer(w, g, N, lr, lambda);
    if (memcmp(w, before, sizeof w) == 0) {
        return wrong("no weight has moved");
    }
    if (near(w[0], 0.1f)) {
        return wrong("a weight of 0.3 moves by lambda = 0.2, and not by lr lambda = 0.1: the "
                     "threshold shrinks with the learning rate");
    }
    if (near(w[1], 0.2f) || near(w[1], 0.4f) || near(w[1], -0.4f)) {
        return wrong("a weight of -0.3 becomes %g and not -0.2: a negative one moves up towards 0",
                     (double)w[1]);
    }
    if (near(w[0], 0.3f) && w[2] == 0.0f) {
        return wrong(
            "a weight of 0.3 stays as it is, and 0.05 becomes 0: that is a hard threshold; "
            "a soft one moves every weight by lr lambda");
    }
    if (near(w[2], -0.05f)) {
        return wrong("a weight of 0.05 jumps over 0, to -0.05: it is to stop there, at exactly 0");
    }
    if (near(w[0], 0.3f * 0.9f) || near(w[1], -0.27f)) {
        return wrong(
            "a weight of 0.3 shrinks by a tenth of itself, as with L2: under L1 every weight "
            "moves by the same lr lambda");
    }
    if (near(w[5], -0.02f)) {
        return wrong("the threshold comes before the step of the loss: a weight of 0.3 with the "
                     "gradient 0.44 ends at -0.02 and not at 0");
    }
    for (int i = 0; i < N; i++) {
        if (!near(w[i], after[i])) {
            return wrong("a weight of %g with the gradient %g becomes %g and not %g",
                         (double)before[i], (double)g[i], (double)w[i], (double)after[i]);
        }
    }
    return NULL;
}

// --- what learners write
// ---------------------------------------------------------------------------

static float soft(float u, float threshold) {
    return copysignf(fmaxf(0.0f, fabsf(u) - threshold), u);
}

static void slope_of_l1(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        w[i] -= rate * (gradient[i] + l * (float)((w[i] > 0.0f) - (w[i] < 0.0f)));
    }
}

static void without_rate(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        w[i] = soft(w[i] - rate * gradient[i], l);
    }
}

static void no_sign(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        w[i] = fabsf(soft(w[i] - rate * gradient[i], rate * l));
    }
}

static void hard(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        float u = w[i] - rate * gradient[i];
        w[i] = fabsf(u) > rate * l ? u : 0.0f;
    }
}

static void threshold_first(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        w[i] = soft(w[i], rate * l) - rate * gradient[i];
    }
}

static void as_l2(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        w[i] -= rate * (gradient[i] + l * w[i]);
    }
}

static void uphill(float *w, const float *gradient, int n, float rate, float l) {
    for (int i = 0; i < n; i++) {
        w[i] = soft(w[i] + rate * gradient[i], rate * l);
    }
}

EXERCISE(Answer, judge, l1_step, { slope_of_l1, "a weight of 0.05 jumps over 0" },
         { without_rate, "a weight of 0.3 moves by lambda" },
         { no_sign, "a weight of -0.3 becomes 0.2" }, { hard, "a weight of 0.3 stays as it is" },
         { threshold_first, "the threshold comes before the step" },
         { as_l2, "a weight of 0.3 shrinks by a tenth" },
         { uphill, "a weight of 0 with the gradient -1 becomes" })
