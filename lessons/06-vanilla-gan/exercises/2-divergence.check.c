// The oracle: equal and separate distributions, and the value of the game at the best discriminator,
// V = 2 JSD - log 4.

#include "exercise.h"

double jensen_shannon(const double *p, const double *q, int n);

typedef double (*Answer)(const double *p, const double *q, int n);

enum { N = 4 };
static const double p[N] = { 0.4, 0.3, 0.2, 0.1 }, q[N] = { 0.1, 0.1, 0.1, 0.7 };
static const double left[N] = { 0.5, 0.5, 0.0, 0.0 }, right[N] = { 0.0, 0.0, 0.25, 0.75 };
static const double partly[N] = { 0.5, 0.25, 0.25, 0.0 };

// --- what learners write --------------------------------------------------------------------------

static double term(double a, double b) {
    return a > 0.0 ? a * log(a / b) : 0.0;
}

static double no_question(const double *a, const double *b, int n) {
    double sum = 0.0;
    for (int x = 0; x < n; x++) {
        double m = 0.5 * (a[x] + b[x]);
        sum += 0.5 * a[x] * log(a[x] / m) + 0.5 * b[x] * log(b[x] / m);
    }
    return sum;
}

static double one_side(const double *a, const double *b, int n) {
    double sum = 0.0;
    for (int x = 0; x < n; x++) {
        sum += term(a[x], 0.5 * (a[x] + b[x]));
    }
    return sum;
}

static double from_either(const double *a, const double *b, int n) {
    double sum = 0.0;
    for (int x = 0; x < n; x++) {
        sum += 0.5 * term(a[x], b[x]) + 0.5 * term(b[x], a[x]);
    }
    return sum;
}

static double not_halved(const double *a, const double *b, int n) {
    return one_side(a, b, n) + one_side(b, a, n);
}

static double in_bits(const double *a, const double *b, int n) {
    return not_halved(a, b, n) / 2.0 / log(2.0);
}

static double mixture_of_two(const double *a, const double *b, int n) {
    return not_halved(a, b, n) / 2.0 - log(2.0);
}

static double both_needed(const double *a, const double *b, int n) {
    double sum = 0.0;
    for (int x = 0; x < n; x++) {
        double m = 0.5 * (a[x] + b[x]);
        sum += a[x] > 0.0 && b[x] > 0.0 ? 0.5 * term(a[x], m) + 0.5 * term(b[x], m) : 0.0;
    }
    return sum;
}

static const struct {
    Answer answer;
    const char *message;
} known[] = {
    { one_side, "that is the half from p, and not halved: add the one from q, and take the mean of "
                "the two" },
    { from_either, "p is compared with q itself: both are compared with the mixture m, which is "
                   "never 0 where one of them is not" },
    { not_halved, "the two sums are added; the divergence is their mean" },
    { in_bits, "that is in bits: take the natural logarithm, log, and not log2" },
    { mixture_of_two, "m is p + q here, and the divergence of equal distributions is not 0: the "
                      "mixture is half of that" },
};

// The value of the game at the best discriminator.
static double best_value(const double *a, const double *b) {
    double value = 0.0;
    for (int x = 0; x < N; x++) {
        value += a[x] > 0.0 ? a[x] * log(a[x] / (a[x] + b[x])) : 0.0;
        value += b[x] > 0.0 ? b[x] * log(b[x] / (a[x] + b[x])) : 0.0;
    }
    return value;
}

static bool is(double a, double b) {
    return fabs(a - b) < 1e-9;
}

static const char *judge(Answer answer) {
    double said = answer(p, q, N), truth = (best_value(p, q) + log(4.0)) / 2.0;
    if (said == 0.0) {
        return wrong("the divergence of two different dice is not 0: nothing is added up yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (is(said, known[i].answer(p, q, N))) {
            return wrong("%s", known[i].message);
        }
    }
    if (!is(said, truth)) {
        return wrong("the divergence of two dice without a 0 is %.6f, and this says %.6g", truth,
                     said);
    }
    if (!is(answer(p, p, N), 0.0)) {
        return wrong("of p and p it must be 0, and this says %.6g", answer(p, p, N));
    }
    said = answer(left, right, N);
    if (!isfinite(said)) {
        return wrong("it is right as long as no probability is 0; now it is %g: 0 log 0 counts as "
                     "0, and C does not know that",
                     said);
    }
    if (!is(said, log(2.0))) {
        return wrong("two dice without a common face have log 2 = %.6f, and this says %.6g: where "
                     "one probability is 0 the other's term still counts",
                     log(2.0), said);
    }
    said = answer(p, partly, N);
    truth = (best_value(p, partly) + log(4.0)) / 2.0;
    return is(said, truth)
               ? NULL
               : wrong("where one die lacks a face it is %.6f, and this says %.6g", truth, said);
}

EXERCISE(Answer, judge, jensen_shannon, { no_question, "it is right as long as no probability" },
         { one_side, "that is the half from p" }, { from_either, "p is compared with q itself" },
         { not_halved, "the two sums are added" }, { in_bits, "that is in bits" },
         { mixture_of_two, "m is p + q here" }, { both_needed, "two dice without a common face" })
