// The oracle: a text in which every symbol is its own place, so that a window says where it was cut.

#include "base/rng.h"
#include "exercise.h"

void take_window(float *x, int *labels, const int *symbols, int n, int context, Rng *rng);

typedef void (*Answer)(float *x, int *labels, const int *symbols, int n, int context, Rng *rng);

enum { N = 12, WINDOW = 5, BEHIND = 8, DRAWS = 500 };

// --- what learners write --------------------------------------------------------------------------

// Window and labels begin so far behind a place that is drawn below `places`.
static void cut(float *x, int *labels, const int *symbols, int context, Rng *rng, int places,
                int x_behind, int labels_behind) {
    const int *from = symbols + rng_below(rng, (uint32_t)places);
    for (int t = 0; t < context; t++) {
        x[t] = (float)from[t + x_behind];
        labels[t] = from[t + labels_behind];
    }
}

static void unshifted(float *x, int *labels, const int *symbols, int n, int context, Rng *rng) {
    cut(x, labels, symbols, context, rng, n - context, 0, 0);
}

static void backwards(float *x, int *labels, const int *symbols, int n, int context, Rng *rng) {
    cut(x, labels, symbols, context, rng, n - context, 1, 0);
}

static void by_two(float *x, int *labels, const int *symbols, int n, int context, Rng *rng) {
    cut(x, labels, symbols, context, rng, n - context - 1, 0, 2);
}

static void too_far(float *x, int *labels, const int *symbols, int n, int context, Rng *rng) {
    cut(x, labels, symbols, context, rng, n - context + 1, 0, 1);
}

static void never_the_last(float *x, int *labels, const int *symbols, int n, int context,
                           Rng *rng) {
    cut(x, labels, symbols, context, rng, n - context - 1, 0, 1);
}

static void always_the_first(float *x, int *labels, const int *symbols, int n, int context,
                             Rng *rng) {
    cut(x, labels, symbols, context, rng, 1, 0, 1);
    (void)n;
}

static void ends_with_zero(float *x, int *labels, const int *symbols, int n, int context,
                           Rng *rng) {
    cut(x, labels, symbols, context, rng, n - context, 0, 1);
    labels[context - 1] = 0;
}

// --- the judge ------------------------------------------------------------------------------------

static const char *wrong_label(int given, int label, int t) {
    if (label == given) {
        return wrong("row %d was given symbol %d and is asked for symbol %d: for itself", t + 1,
                     given, label);
    }
    if (label < given && t < WINDOW - 1) {
        return wrong("row %d was given symbol %d and is asked for the one before it, %d", t + 1,
                     given, label);
    }
    return t == WINDOW - 1 ? wrong("the last row is asked for %d, and behind %d comes %d", label,
                                   given, given + 1)
                           : wrong("row %d was given symbol %d and is asked for %d, which is too "
                                   "far ahead",
                                   t + 1, given, label);
}

static const char *judge(Answer answer) {
    int text[N + BEHIND], labels[WINDOW], begun[N] = { 0 };
    float x[WINDOW];
    Rng rng = rng_create(1, RNG_SHUFFLE);
    for (int i = 0; i < N + BEHIND; i++) {
        text[i] = 100 + i; // the last ones stand behind the end of the text
    }
    for (int draw = 0; draw < DRAWS; draw++) {
        answer(x, labels, text, N, WINDOW, &rng);
        int first = (int)x[0] - 100;
        for (int t = 0; t < WINDOW; t++) {
            if ((int)x[t] != 100 + first + t) {
                return wrong("x is not a piece of the text: symbol %g stands in row %d behind %g",
                             (double)x[t], t + 1, (double)x[0]);
            }
            if (labels[t] != (int)x[t] + 1) {
                return wrong_label((int)x[t], labels[t], t);
            }
        }
        if (labels[WINDOW - 1] >= 100 + N) {
            return wrong("a window begins at place %d, and its last label is behind the end of a "
                         "text of %d symbols",
                         first, N);
        }
        begun[first]++;
    }
    for (int i = 0; i < N - WINDOW; i++) {
        if (begun[i] < DRAWS / (N - WINDOW) / 2) {
            return wrong("of %d windows %d began at place %d, and each of the %d places should be "
                         "as likely",
                         DRAWS, begun[i], i, N - WINDOW);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, take_window,
         { unshifted, "row 1 was given symbol 104 and is asked for symbol 104" },
         { backwards, "row 1 was given symbol 105 and is asked for the one before" },
         { by_two, "row 1 was given symbol 101 and is asked for 103" },
         { too_far, "a window begins at place 7" },
         { never_the_last, "of 500 windows 0 began at place 6" },
         { always_the_first, "of 500 windows 0 began at place 1" },
         { ends_with_zero, "the last row is asked for 0" })
