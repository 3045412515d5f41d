// The oracle: differences of the layers.

#include "exercise.h"

void dense_tangent(float *dh, const float *dx, const float *W, const float *b, int in, int out);
void leaky_tangent(float *da, const float *dh, const float *h, float alpha, int n);

typedef struct {
    void (*dense)(float *dh, const float *dx, const float *W, const float *b, int in, int out);
    void (*leaky)(float *da, const float *dh, const float *h, float alpha, int n);
} Answer;

enum { IN = 3, OUT = 2, N = 4 };
static const float W[OUT * IN] = { 1, -2, 0.5f, 3, 0.25f, -1 }, b[OUT] = { 10, -7 };
static const float dx[IN] = { 2, 1, -4 };
static const float h[N] = { 2, -1, 0.5f, -3 }, dh[N] = { -1, 5, 2, -4 };

// What the layer's output does: dense(x + dx) - dense(x).
static void measured(float *to) {
    const float x[IN] = { 0.5f, -1.5f, 2.0f };
    for (int o = 0; o < OUT; o++) {
        float here = b[o], there = b[o];
        for (int i = 0; i < IN; i++) {
            here += W[o * IN + i] * x[i];
            there += W[o * IN + i] * (x[i] + dx[i]);
        }
        to[o] = there - here;
    }
}

static const char *judge_dense(Answer answer) {
    float given[OUT] = { -99, -99 }, truth[OUT], with_bias[OUT], turned[OUT];
    answer.dense(given, dx, W, b, IN, OUT);
    measured(truth);
    for (int o = 0; o < OUT; o++) {
        with_bias[o] = truth[o] + b[o];
        turned[o] = 0.0f;
        for (int i = 0; i < IN; i++) {
            turned[o] += W[i * OUT + o] * dx[i];
        }
    }
    if (all_equal(given, OUT, -99.0f)) {
        return wrong("dh is left as it was: no tangent is written yet");
    }
    if (alike(given, with_bias, OUT)) {
        return wrong("the bias is in the tangent: it is the same before and after the input has "
                     "moved, so it moves nothing");
    }
    if (alike(given, turned, OUT)) {
        return wrong("W is read as if its shape were (in, out): row o of it begins at W + o * in");
    }
    for (int o = 0; o < OUT; o++) {
        if (!(fabsf(given[o] - truth[o]) < 1e-4f)) {
            return wrong("the layer's output %d moves by %g, and dh says %g: does dh begin at 0?",
                         o, (double)truth[o], (double)given[o]);
        }
    }
    return NULL;
}

static const char *judge(Answer answer) {
    const char *said = judge_dense(answer);
    if (said) {
        return said;
    }
    float given[N];
    fill(given, N, -99.0f);
    answer.leaky(given, dh, h, 0.2f, N);
    const float truth[N] = { -1, 1, 2, -0.8f }, by_tangent[N] = { -0.2f, 5, 2, -0.8f },
                kept[N] = { -1, 5, 2, -4 };
    if (all_equal(given, N, -99.0f)) {
        return wrong("dense_tangent is right; da is left as it was");
    }
    if (alike(given, by_tangent, N)) {
        return wrong("the sign of the tangent chooses the slope; it is the sign of the value h, "
                     "where the example stands");
    }
    if (alike(given, kept, N)) {
        return wrong("da is dh: below zero the leaky ReLU has the slope alpha");
    }
    return alike(given, truth, N)
               ? NULL
               : wrong("for h = -1, dh = 5 and alpha = 0.2, da is %g and not 1", (double)given[1]);
}

// --- what learners write --------------------------------------------------------------------------

static void right_dense(float *to, const float *d, const float *w, const float *bias, int in,
                        int out) {
    for (int o = 0; o < out; o++) {
        to[o] = 0.0f * bias[o];
        for (int i = 0; i < in; i++) {
            to[o] += w[o * in + i] * d[i];
        }
    }
}

static void with_bias(float *to, const float *d, const float *w, const float *bias, int in,
                      int out) {
    right_dense(to, d, w, bias, in, out);
    for (int o = 0; o < out; o++) {
        to[o] += bias[o];
    }
}

static void turned(float *to, const float *d, const float *w, const float *bias, int in, int out) {
    for (int o = 0; o < out; o++) {
        to[o] = 0.0f * bias[o];
        for (int i = 0; i < in; i++) {
            to[o] += w[i * out + o] * d[i];
        }
    }
}

static void added(float *to, const float *d, const float *w, const float *bias, int in, int out) {
    float own[OUT];
    right_dense(own, d, w, bias, in, out);
    for (int o = 0; o < out; o++) {
        to[o] += own[o];
    }
}

static void right_leaky(float *to, const float *d, const float *value, float alpha, int n) {
    for (int i = 0; i < n; i++) {
        to[i] = value[i] > 0.0f ? d[i] : alpha * d[i];
    }
}

static void by_tangent(float *to, const float *d, const float *value, float alpha, int n) {
    (void)value;
    right_leaky(to, d, d, alpha, n);
}

static void kept(float *to, const float *d, const float *value, float alpha, int n) {
    (void)value, (void)alpha;
    memcpy(to, d, (size_t)n * sizeof *to);
}

#define THEIRS ((Answer){ dense_tangent, leaky_tangent })
EXERCISE(Answer, judge, THEIRS, { { with_bias, right_leaky }, "the bias is in the tangent" },
         { { turned, right_leaky }, "W is read as if" },
         { { added, right_leaky }, "the layer's output 0 moves" },
         { { right_dense, by_tangent }, "the sign of the tangent" },
         { { right_dense, kept }, "da is dh" })
