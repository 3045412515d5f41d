// The oracle: steps made here, on examples of both labels.

#include "exercise.h"

void learn(float *w, float *b, const float *x, const int *labels, int n, int d, float lr);

typedef void (*Answer)(float *w, float *b, const float *x, const int *labels, int n, int d,
                       float lr);

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { RIGHT, AS_GIVEN, SWAPPED, HALF, NO_BIAS, HINGE_LIKE } Way;

static void in_a_way(Way way, float *w, float *b, const float *x, const int *labels, int n, int d,
                     float lr) {
    for (int e = 0; e < n; e++) {
        const float *z = x + e * d;
        float t = way == AS_GIVEN  ? (float)labels[e]
                  : way == SWAPPED ? (float)(1 - 2 * labels[e])
                  : way == HALF    ? (float)labels[e] - 0.5f
                                   : (float)(2 * labels[e] - 1);
        float s = *b;
        for (int i = 0; i < d; i++) {
            s += w[i] * z[i];
        }
        float slope = way == HINGE_LIKE ? -t : -t / (1.0f + expf(t * s));
        float change = -lr * slope;
        for (int i = 0; i < d; i++) {
            w[i] += change * z[i];
        }
        *b += way == NO_BIAS ? 0.0f : change;
    }
}

#define IN_A_WAY(name, way)                                                                        \
    static void name(float *w, float *b, const float *x, const int *labels, int n, int d,          \
                     float lr) {                                                                   \
        in_a_way(way, w, b, x, labels, n, d, lr);                                                  \
    }
IN_A_WAY(as_given, AS_GIVEN)
IN_A_WAY(swapped, SWAPPED)
IN_A_WAY(half, HALF)
IN_A_WAY(no_bias, NO_BIAS)
IN_A_WAY(hinge_like, HINGE_LIKE)

// --- the judge
// -------------------------------------------------------------------------------------

enum { N = 5, D = 2 };
static const float x[N * D] = { 1, 0.5f, -1, 2, 0.25f, -1, 2, 1, -0.5f, -1.5f };
static const int labels[N] = { 1, 0, 1, 0, 0 };

// The weights and the bias after an epoch.
static void epoch(float end[D + 1], Answer answer, const int *classes) {
    end[0] = 0.5f, end[1] = -0.25f, end[2] = 0.1f;
    answer(end, end + D, x, classes, N, D, 0.3f);
}

static void right(float *w, float *b, const float *z, const int *classes, int n, int d, float lr) {
    in_a_way(RIGHT, w, b, z, classes, n, d, lr);
}

static const char *judge(Answer answer) {
    static const int none[N] = { 0 }, all[N] = { 1, 1, 1, 1, 1 };
    float end[D + 1], truth[D + 1], other[D + 1];
    epoch(end, answer, none);
    if (end[0] == 0.5f && end[1] == -0.25f && end[2] == 0.1f) {
        return wrong("examples of label 0 change nothing: t is 0 for them, and so is the slope");
    }
    epoch(end, answer, labels);
    epoch(truth, right, labels);
    epoch(other, swapped, labels);
    if (alike(end, other, D + 1)) {
        return wrong("the two classes are swapped: label 1 has the truth +1");
    }
    if (alike(end, truth, D) || (end[D] == 0.1f && truth[D] != 0.1f)) {
        return alike(end, truth, D + 1)
                   ? NULL
                   : wrong(
                         "the bias does not learn any more, and it did before: only the fault was "
                         "to go");
    }
    epoch(other, half, labels);
    if (alike(end, other, D + 1)) {
        return wrong(
            "t is now -0.5 and 0.5: the formula was derived for -1 and +1, and other sizes "
            "change the slope");
    }
    epoch(end, answer, all);
    epoch(truth, right, all);
    return alike(end, truth, D + 1)
               ? wrong("examples of label 1 are learned as before, those of label 0 are not yet "
                       "learned by the same formula")
               : wrong("the steps of label 1, which were right, have changed: was more than the "
                       "fault mended?");
}

EXERCISE(Answer, judge, learn, { as_given, "examples of label 0 change nothing" },
         { swapped, "the two classes are swapped" }, { no_bias, "the bias does not learn" },
         { half, "t is now -0.5 and 0.5" }, { hinge_like, "the steps of label 1" })
