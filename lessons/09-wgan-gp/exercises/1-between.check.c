// The oracle: an example at each end, and one in between.

#include "exercise.h"

void between(float *to, const float *real, const float *fake, const float *epsilon, int n, int d);

typedef void (*Answer)(float *to, const float *real, const float *fake, const float *epsilon, int n,
                       int d);

enum { N = 3, D = 2 };
static const float real[N * D] = { 1, 2, 3, 4, 5, 6 }, fake[N * D] = { -1, -2, -3, -4, 0, 10 };
static const float epsilon[N] = { 1.0f, 0.0f, 0.25f };
static const float right[N * D] = { 1, 2, -3, -4, 1.25f, 9 };

// --- what learners write --------------------------------------------------------------------------

typedef enum { TURNED, SAME, EACH_NUMBER, NO_REST, HALF } Mistake;

static void with_mistake(Mistake mistake, float *to, const float *x, const float *y, const float *e,
                         int n, int d) {
    for (int i = 0; i < n * d; i++) {
        float share = mistake == SAME          ? e[0]
                      : mistake == EACH_NUMBER ? e[i % n]
                      : mistake == HALF        ? 0.5f
                                               : e[i / d];
        share = mistake == TURNED ? 1.0f - share : share;
        to[i] = share * x[i] + (mistake == NO_REST ? 1.0f : 1.0f - share) * y[i];
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *to, const float *x, const float *y, const float *e, int n, int d) {    \
        with_mistake(mistake, to, x, y, e, n, d);                                                  \
    }
WITH(turned, TURNED)
WITH(same, SAME)
WITH(each_number, EACH_NUMBER)
WITH(no_rest, NO_REST)
WITH(half, HALF)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { TURNED, "with epsilon 1 the point must be the real example, and it is the generated one" },
    { SAME, "all examples are mixed with the first epsilon; each has its own" },
    { EACH_NUMBER, "the numbers of one example are mixed with different epsilons: the point does "
                   "not lie on the line between the two. "
                   "epsilon has one number for each example" },
    { NO_REST, "the generated example is added whole: its share is 1 - epsilon" },
    { HALF, "all points lie half way: epsilon is not used" },
};

static const char *judge(Answer answer) {
    float to[N * D], mistaken[N * D];
    fill(to, N * D, -99.0f);
    answer(to, real, fake, epsilon, N, D);
    if (all_equal(to, N * D, -99.0f)) {
        return wrong("to is left as it was: no point is written yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, mistaken, real, fake, epsilon, N, D);
        if (alike(to, mistaken, N * D)) {
            return wrong("%s", known[i].message);
        }
    }
    for (int i = 0; i < N * D; i++) {
        if (!(fabsf(to[i] - right[i]) < 1e-5f)) {
            return wrong("number %d of example %d is %g and not %g", i % D, i / D, (double)to[i],
                         (double)right[i]);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, between, { turned, "with epsilon 1 the point" },
         { same, "all examples are mixed" }, { each_number, "the numbers of one example" },
         { no_rest, "the generated example is added whole" }, { half, "all points lie half way" })
