// The oracle: numbers on both sides of the bounds, exactly at them, and the last of the array.

#include "exercise.h"

void clip(float *params, int n, float c);
double share_clipped(const float *params, int n, float c);

typedef struct {
    void (*clip)(float *params, int n, float c);
    double (*share)(const float *params, int n, float c);
} Answer;

enum { N = 9 };
static const float before[N] = { 0.05f, 0.2f, -0.3f, 0.1f, -0.1f, 0.0f, 0.0999f, -0.02f, -7.0f };
static const float after[N] = { 0.05f, 0.1f, -0.1f, 0.1f, -0.1f, 0.0f, 0.0999f, -0.02f, -0.1f };

static const char *judge_clip(Answer a) {
    float params[N + 1];
    memcpy(params, before, sizeof before);
    params[N] = 5.0f;
    a.clip(params, N, 0.1f);
    if (memcmp(params, before, sizeof before) == 0) {
        return wrong("clip changes nothing: 0.2 lies outside of [-0.1, 0.1]");
    }
    if (params[N] != 5.0f) {
        return wrong("clip changes a number behind the last one");
    }
    if (params[1] == 0.1f && params[2] == -0.3f) {
        return wrong("-0.3 stays as it is: there is a bound on the negative side, too");
    }
    if (params[2] == 0.1f) {
        return wrong("-0.3 becomes 0.1: a clipped number keeps its sign");
    }
    if (params[0] == 0.1f) {
        return wrong("0.05 becomes 0.1: a number within the bounds stays as it is");
    }
    if (params[1] == 0.1f && params[N - 1] == -7.0f) {
        return wrong(
            "the last number, a bias, is not clipped: all parameters are, weights and biases");
    }
    if (params[1] != 0.1f && fabsf(params[1] / params[2] - before[1] / before[2]) < 1e-4f) {
        return wrong("all numbers are made smaller by one factor; clipping cuts each by itself");
    }
    for (int i = 0; i < N; i++) {
        if (params[i] != after[i]) {
            return wrong("%g becomes %g and not %g", (double)before[i], (double)params[i],
                         (double)after[i]);
        }
    }
    return NULL;
}

static const char *judge(Answer a) {
    const char *said = judge_clip(a);
    if (said) {
        return said;
    }
    double share = a.share(after, N, 0.1f), right = 5.0 / 9.0;
    if (share == 5.0) {
        return wrong(
            "share_clipped returns the number of clipped ones; the share is that divided by n");
    }
    if (share == 0.0) {
        return wrong("share_clipped is 0 where 5 of 9 numbers stand at the bounds: a quotient of "
                     "two ints has no fraction");
    }
    if (fabs(share - 2.0 / 9.0) < 1e-9 || fabs(share - 3.0 / 9.0) < 1e-9) {
        return wrong(
            "share_clipped sees one of the two bounds only: %.3f where 5 of 9 stand at them",
            share);
    }
    return fabs(share - right) < 1e-9
               ? NULL
               : wrong("share_clipped is %.3f where 5 of 9 numbers stand at the bounds", share);
}

// --- what learners write --------------------------------------------------------------------------

static void right_clip(float *params, int n, float c) {
    for (int i = 0; i < n; i++) {
        params[i] = fminf(fmaxf(params[i], -c), c);
    }
}

static void above_only(float *params, int n, float c) {
    for (int i = 0; i < n; i++) {
        params[i] = fminf(params[i], c);
    }
}

static void no_sign(float *params, int n, float c) {
    for (int i = 0; i < n; i++) {
        params[i] = fabsf(params[i]) > c ? c : params[i];
    }
}

static void not_the_last(float *params, int n, float c) {
    right_clip(params, n - 1, c);
}

static void shrunk(float *params, int n, float c) {
    for (int i = 0; i < n; i++) {
        params[i] *= c / 7.0f;
    }
}

static double right_share(const float *params, int n, float c) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        count += fabsf(params[i]) == c;
    }
    return (double)count / n;
}

static double a_count(const float *params, int n, float c) {
    return right_share(params, n, c) * n;
}

static double whole(const float *params, int n, float c) {
    return floor(right_share(params, n, c));
}

static double above_share(const float *params, int n, float c) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        count += params[i] == c;
    }
    return (double)count / n;
}

#define THEIRS ((Answer){ clip, share_clipped })
EXERCISE(Answer, judge, THEIRS, { { above_only, right_share }, "-0.3 stays as it is" },
         { { no_sign, right_share }, "-0.3 becomes 0.1" },
         { { not_the_last, right_share }, "the last number, a bias" },
         { { shrunk, right_share }, "all numbers are made smaller" },
         { { right_clip, a_count }, "share_clipped returns the number" },
         { { right_clip, whole }, "share_clipped is 0" },
         { { right_clip, above_share }, "share_clipped sees one of the two bounds" })
