// The oracle: one round by hand, then a whole game.

#include "exercise.h"

void play(float *w, float *g, float real, float lr, float clip);

typedef void (*Answer)(float *w, float *g, float real, float lr, float clip);

static bool is(float a, float b) {
    return fabsf(a - b) < 1e-5f;
}

static const char *judge_critic(float w) {
    if (is(w, -0.3f)) {
        return wrong("the critic's step has the wrong sign now: from w = 0 it must become "
                     "positive, so that 3 scores higher than 0. That half was "
                     "right as it stood");
    }
    if (w > 0.4f) {
        return wrong("the critic is not clipped any more");
    }
    return is(w, 0.3f) ? NULL
                       : wrong("the critic's step is another one now: from w = 0 and g = 0 it is "
                               "0.3, and this makes %g",
                               (double)w);
}

static const char *judge(Answer answer) {
    float w = 0.0f, g = 0.0f, old = 0.4f, there = 0.0f;
    answer(&w, &g, 3.0f, 0.1f, 1.0f);
    const char *said = judge_critic(w);
    if (said) {
        return said;
    }
    answer(&old, &there, 3.0f, 0.1f, 0.4f);
    if (!is(old, 0.4f)) {
        return wrong("the critic is not clipped any more: from w = 0.4 it steps to 0.7 and is cut "
                     "to 0.4, and this leaves %g",
                     (double)old);
    }
    if (is(g, -0.03f)) {
        return wrong("the generator still walks away from the data: after one round g is -0.03. "
                     "Its loss is -w g; what is the derivative with "
                     "respect to g?");
    }
    if (is(g, 0.0f)) {
        return wrong("the generator does not move: its step uses the score that the critic gives "
                     "after its own step");
    }
    if (!is(g, 0.03f)) {
        return wrong("after one round g should be 0.03, the rate times w, and it is %g", (double)g);
    }
    return NULL;
}

// --- what learners write --------------------------------------------------------------------------

static void round_of(float *w, float *g, float real, float lr, float clip, float sign_of_critic,
                     float sign, bool early) {
    float before = *w;
    *w += sign_of_critic * lr * (real - *g);
    *w = fminf(fmaxf(*w, -clip), clip);
    *g += sign * lr * (early ? before : *w);
}

static void as_it_was(float *w, float *g, float real, float lr, float clip) {
    round_of(w, g, real, lr, clip, 1.0f, -1.0f, false);
}

static void other_half(float *w, float *g, float real, float lr, float clip) {
    round_of(w, g, real, lr, clip, -1.0f, -1.0f, false);
}

static void at_once(float *w, float *g, float real, float lr, float clip) {
    round_of(w, g, real, lr, clip, 1.0f, 1.0f, true);
}

static void unclipped(float *w, float *g, float real, float lr, float clip) {
    (void)clip;
    round_of(w, g, real, lr, 100.0f, 1.0f, 1.0f, false);
}

EXERCISE(Answer, judge, play, { as_it_was, "the generator still walks away" },
         { other_half, "the critic's step has the wrong sign now" },
         { at_once, "the generator does not move" },
         { unclipped, "the critic is not clipped any more: from" })
