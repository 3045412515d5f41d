// The oracle: lengths made by hand, 5, 0.5 and 1, and differences of the value.

#include "exercise.h"

double penalty(float *dg, const float *g, float lambda, int n, int d);

typedef double (*Answer)(float *dg, const float *g, float lambda, int n, int d);

enum { N = 3, D = 2 };
static const float g[N * D] = { 3, -4, 0.3f, 0.4f, 0.6f, -0.8f };

// --- what learners write --------------------------------------------------------------------------

typedef enum {
    RIGHT,
    SQUARED,
    ONE_SIDED,
    NO_ROOT,
    NO_DIVISION,
    NO_MEAN,
    NO_LAMBDA,
    NUMBERS
} Mistake;

static double with_mistake(Mistake mistake, float *dg, const float *x, float lambda, int n, int d) {
    double sum = 0.0, all = mistake == NO_MEAN ? 1.0 : n,
           weight = mistake == NO_LAMBDA ? 1.0 : lambda;
    for (int i = 0; i < n; i++) {
        double squares = 0.0;
        for (int j = 0; j < d; j++) {
            squares += (double)x[i * d + j] * x[i * d + j];
        }
        double r = mistake == NO_ROOT ? squares : sqrt(squares);
        double off = mistake == SQUARED ? r : mistake == ONE_SIDED ? fmax(r - 1.0, 0.0) : r - 1.0;
        double scale = 2.0 * weight * off / (mistake == NO_DIVISION ? 1.0 : r) / all;
        for (int j = 0; j < d; j++) {
            double own = fabs((double)x[i * d + j]), sign = x[i * d + j] < 0.0f ? -1.0 : 1.0;
            dg[i * d + j] = (float)(mistake == NUMBERS ? 2.0 * weight * (own - 1.0) * sign / all
                                                       : scale * x[i * d + j]);
            sum += mistake == NUMBERS ? weight * (own - 1.0) * (own - 1.0) : 0.0;
        }
        sum += mistake == NUMBERS ? 0.0 : weight * off * off;
    }
    return sum / all;
}

#define WITH(name, mistake)                                                                        \
    static double name(float *dg, const float *x, float lambda, int n, int d) {                    \
        return with_mistake(mistake, dg, x, lambda, n, d);                                         \
    }
WITH(squared, SQUARED)
WITH(one_sided, ONE_SIDED)
WITH(no_root, NO_ROOT)
WITH(no_division, NO_DIVISION)
WITH(no_mean, NO_MEAN)
WITH(no_lambda, NO_LAMBDA)
WITH(of_numbers, NUMBERS)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { SQUARED, "this pulls every gradient towards 0; the penalty is 0 at length 1" },
    { ONE_SIDED, "a gradient shorter than 1 is left alone here: (r - 1)^2 pulls from both sides" },
    { NO_ROOT, "r is the sum of the squares; the length is its root" },
    { NO_DIVISION,
      "dg is r times too long: the derivative of the length r with respect to g is g / r" },
    { NO_MEAN, "that is the sum over the points, value and gradient; the penalty is their mean" },
    { NO_LAMBDA, "lambda is not used" },
    { NUMBERS, "each number of g is pulled to 1 by itself; the length belongs to all numbers of an "
               "example" },
};

static const char *judge(Answer answer) {
    float dg[N * D], truth[N * D], mistaken[N * D];
    fill(dg, N * D, -99.0f);
    double value = answer(dg, g, 10.0f, N, D), right = with_mistake(RIGHT, truth, g, 10.0f, N, D);
    if (all_equal(dg, N * D, -99.0f)) {
        return wrong("dg is left as it was: the gradient is not written yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, mistaken, g, 10.0f, N, D);
        if (alike(dg, mistaken, N * D)) {
            return wrong("%s", known[i].message);
        }
    }
    if (!(fabsf(dg[4]) < 1e-5f && fabsf(dg[5]) < 1e-5f)) {
        return wrong("a gradient of length 1 is pulled by (%g, %g); it must be left alone",
                     (double)dg[4], (double)dg[5]);
    }
    if (fabs(difference(dg, truth, N * D) - 2.0) < 1e-3) {
        return wrong("dg has the wrong sign: the penalty grows as a long gradient becomes longer");
    }
    if (!alike(dg, truth, N * D)) {
        return wrong("at g = (3, -4) dg is (%g, %g) and not (%g, %g)", (double)dg[0], (double)dg[1],
                     (double)truth[0], (double)truth[1]);
    }
    return fabs(value - right) < 1e-3
               ? NULL
               : wrong("dg is right, but the penalty is %.4f and not %.4f", value, right);
}

EXERCISE(Answer, judge, penalty, { squared, "this pulls every gradient towards 0" },
         { one_sided, "a gradient shorter than 1" }, { no_root, "r is the sum of the squares" },
         { no_division, "dg is r times too long" }, { no_mean, "that is the sum over the points" },
         { no_lambda, "lambda is not used" }, { of_numbers, "each number of g is pulled to 1" })
