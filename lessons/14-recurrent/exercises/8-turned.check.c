// The oracle: each state by itself, from its end of the sequence to its place.

#include "base/rng.h"
#include "exercise.h"

void both_ways(float *y, const float *x, float w, float u, int T);

typedef void (*Answer)(float *y, const float *x, float w, float u, int T);

enum { LENGTH = 7 };

static float state_at(const float *x, float w, float u, int first, int last) {
    float h = 0.0f;
    int way = first <= last ? 1 : -1;
    for (int t = first; t != last + way; t += way) {
        h = tanhf(w * x[t] + u * h);
    }
    return h;
}

// --- what learners write --------------------------------------------------------------------------

static void as_it_was(float *y, const float *x, float w, float u, int T) {
    for (int t = 0; t < T; t++) {
        y[2 * t] = state_at(x, w, u, 0, t);
        y[2 * t + 1] = state_at(x, w, u, T - 1, T - 1 - t);
    }
}

static void left_twice(float *y, const float *x, float w, float u, int T) {
    for (int t = 0; t < T; t++) {
        y[2 * t] = y[2 * t + 1] = state_at(x, w, u, 0, t);
    }
}

static void turned_both(float *y, const float *x, float w, float u, int T) {
    for (int t = 0; t < T; t++) {
        y[2 * t] = state_at(x, w, u, 0, T - 1 - t);
        y[2 * t + 1] = state_at(x, w, u, T - 1, t);
    }
}

static void without_itself(float *y, const float *x, float w, float u, int T) {
    for (int t = 0; t < T; t++) {
        y[2 * t] = state_at(x, w, u, 0, t);
        y[2 * t + 1] = t < T - 1 ? state_at(x, w, u, T - 1, t + 1) : 0.0f;
    }
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge(Answer answer) {
    float x[LENGTH], y[2 * LENGTH], wanted[2 * LENGTH];
    const float w = 0.8f, u = 0.6f;
    Rng rng = rng_create(8, RNG_DATA);
    rng_fill_normal(&rng, x, LENGTH, 0.0f, 1.0f);
    fill(y, 2 * LENGTH, 7.0f);
    answer(y, x, w, u, LENGTH);
    for (int t = 0; t < LENGTH; t++) {
        wanted[2 * t] = state_at(x, w, u, 0, t);
        wanted[2 * t + 1] = state_at(x, w, u, LENGTH - 1, t);
    }
    if (alike(y, wanted, 2 * LENGTH)) {
        return NULL;
    }
    for (int t = 0; t < LENGTH; t++) {
        if (!alike(y + 2 * t, wanted + 2 * t, 1)) {
            return wrong(
                "the state from the left was right, and now at place %d it is %.3f instead "
                "of %.3f",
                t, (double)y[2 * t], (double)wanted[2 * t]);
        }
    }
    float turned[2 * LENGTH], again[2 * LENGTH];
    as_it_was(turned, x, w, u, LENGTH);
    left_twice(again, x, w, u, LENGTH);
    if (alike(y, turned, 2 * LENGTH)) {
        return wrong("at place 0 stands the state that has read the last place only, %.3f: it "
                     "belongs to the last place",
                     (double)y[1]);
    }
    if (alike(y, again, 2 * LENGTH)) {
        return wrong("both columns have the state from the left: nothing comes from the right");
    }
    return wrong(
        "the state from the right at place t has read the places from the last one down to "
        "t, t among them: at place 0 it is %.3f, and yours %.3f",
        (double)wanted[1], (double)y[1]);
}

EXERCISE(Answer, judge, both_ways, { as_it_was, "at place 0 stands the state" },
         { left_twice, "both columns have" }, { turned_both, "the state from the left was right" },
         { without_itself, "the state from the right at place t" })
