// The oracle: steps made by hand, and the cube on which exactly four mistakes are made.

#include "exercise.h"

int step(float *w, float *b, const float *x, float t, int d);

typedef int (*Answer)(float *w, float *b, const float *x, float t, int d);

static const float corners[4][3] = { { 1, 1, 1 }, { 1, -1, -1 }, { -1, 1, -1 }, { -1, -1, 1 } };

static const char *judge_step(Answer answer, float t) {
    float w[2] = { 0.5f, -1.0f }, b = 0.25f;
    static const float x[2] = { 2.0f, 3.0f }; // its score is -1.75
    int mistake = answer(w, &b, x, t, 2);
    bool moved = w[0] != 0.5f || w[1] != -1.0f || b != 0.25f;
    if (t < 0.0f) {
        return moved     ? wrong("the answer was right (t = -1, score -1.75), and the weights were "
                                     "changed all the same")
               : mistake ? wrong("the answer was right (t = -1, score -1.75), and step returns 1")
                         : NULL;
    }
    if (!moved) {
        return wrong("a mistake (t = 1, score -1.75) changes nothing: no weight has moved");
    }
    if (w[0] == 0.5f - 2.0f && w[1] == -1.0f - 3.0f) {
        return wrong("the step goes the wrong way: after it the score of the same example is "
                     "further from its truth than before");
    }
    if (w[0] != 2.5f || w[1] != 2.0f) {
        return wrong("w = (0.5, -1) and x = (2, 3) with t = 1 should give w = (2.5, 2); it gives "
                     "(%g, %g)",
                     (double)w[0], (double)w[1]);
    }
    if (b != 1.25f) {
        return wrong("the weights are right, but the bias went from 0.25 to %g and not to 1.25: it "
                     "is a weight whose input is always 1",
                     (double)b);
    }
    return mistake ? NULL : wrong("after a mistake step returns 0 and not 1");
}

static const char *judge_cube(Answer answer) {
    for (int truths = 0; truths < 16; truths++) {
        float w[3] = { 0 }, b = 0.0f;
        int mistakes = 0;
        for (int k = 0; k < 40; k++) {
            mistakes += answer(w, &b, corners[k % 4], truths >> k % 4 & 1 ? 1.0f : -1.0f, 3);
        }
        if (mistakes == 0) {
            return wrong(
                "from weights of 0 no mistake is ever made: a score of 0 is no answer, and "
                "counts as one");
        }
        if (mistakes != 4) {
            return wrong("on the corners of the cube it makes %d mistakes in ten rounds, and not "
                         "exactly four",
                         mistakes);
        }
    }
    return NULL;
}

static const char *judge(Answer answer) {
    const char *said = judge_step(answer, 1.0f);
    said = said ? said : judge_step(answer, -1.0f);
    return said ? said : judge_cube(answer);
}

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { ALWAYS, ZERO_IS_RIGHT, WRONG_WAY, NO_BIAS, BY_ERROR, NO_COUNT } Way;

static int in_a_way(Way way, float *w, float *b, const float *x, float t, int d) {
    float s = *b;
    for (int i = 0; i < d; i++) {
        s += w[i] * x[i];
    }
    bool right = way == ZERO_IS_RIGHT ? t * s >= 0.0f : t * s > 0.0f;
    if (right && way != ALWAYS) {
        return 0;
    }
    float change = way == WRONG_WAY ? -t : way == BY_ERROR ? 0.5f * (t - s) : t;
    for (int i = 0; i < d; i++) {
        w[i] += change * x[i];
    }
    *b += way == NO_BIAS ? 0.0f : change;
    return way == NO_COUNT ? 0 : !right;
}

#define IN_A_WAY(name, way)                                                                        \
    static int name(float *w, float *b, const float *x, float t, int d) {                          \
        return in_a_way(way, w, b, x, t, d);                                                       \
    }
IN_A_WAY(always, ALWAYS)
IN_A_WAY(zero_is_right, ZERO_IS_RIGHT)
IN_A_WAY(wrong_way, WRONG_WAY)
IN_A_WAY(no_bias, NO_BIAS)
IN_A_WAY(by_the_error, BY_ERROR)
IN_A_WAY(no_count, NO_COUNT)

EXERCISE(Answer, judge, step,
         { always, "the answer was right (t = -1, score -1.75), and the weights" },
         { zero_is_right, "from weights of 0 no mistake" },
         { wrong_way, "the step goes the wrong way" },
         { no_bias, "the weights are right, but the bias" },
         { by_the_error, "w = (0.5, -1) and x = (2, 3)" },
         { no_count, "after a mistake step returns 0" })
