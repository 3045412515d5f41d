// The oracle: the slope of V, which must be 0 at each face, and a table made by hand.

#include "exercise.h"

void best_discriminator(double *D, const double *p, const double *q, int n);

typedef void (*Answer)(double *D, const double *p, const double *q, int n);

enum { FACES = 6 };
static const double p[FACES] = { 0.1, 0.2, 0.3, 0.4, 0.0, 0.0 };
static const double q[FACES] = { 0.3, 0.2, 0.1, 0.0, 0.4, 0.0 };

// --- what learners write --------------------------------------------------------------------------

static void ratio(double *D, const double *p_, const double *q_, int n) {
    for (int x = 0; x < n; x++) {
        D[x] = q_[x] > 0.0 ? p_[x] / q_[x] : 1.0;
    }
}

static void turned(double *D, const double *p_, const double *q_, int n) {
    for (int x = 0; x < n; x++) {
        D[x] = p_[x] + q_[x] > 0.0 ? q_[x] / (p_[x] + q_[x]) : 0.5;
    }
}

static void a_logit(double *D, const double *p_, const double *q_, int n) {
    for (int x = 0; x < n; x++) {
        D[x] = log(p_[x] / q_[x]);
    }
}

static void certain(double *D, const double *p_, const double *q_, int n) {
    for (int x = 0; x < n; x++) {
        D[x] = p_[x] == q_[x] ? 0.5 : p_[x] > q_[x];
    }
}

static void nothing_by_nothing(double *D, const double *p_, const double *q_, int n) {
    for (int x = 0; x < n; x++) {
        D[x] = p_[x] / (p_[x] + q_[x]);
    }
}

static void only_p(double *D, const double *p_, const double *q_, int n) {
    (void)q_;
    memcpy(D, p_, (size_t)n * sizeof *D);
}

static void undecided(double *D, const double *p_, const double *q_, int n) {
    (void)p_, (void)q_;
    for (int x = 0; x < n; x++) {
        D[x] = 0.5;
    }
}

// --- the judge --------------------------------------------------------------------------------------

static bool is(double a, double b) {
    return fabs(a - b) < 1e-9;
}

static const char *judge(Answer answer) {
    double D[FACES];
    answer(D, p, q, FACES);
    if (is(D[0], 0.5) && is(D[2], 0.5)) {
        return wrong("D is 0.5 at every face: that is the best answer only where p = q");
    }
    if (is(D[0], 0.75) && is(D[2], 0.25)) {
        return wrong("D is near 1 where generated examples are: it is the probability of \"real\", "
                     "so p stands above the line");
    }
    if (is(D[1], 0.0) && is(D[2], log(3.0))) {
        return wrong("that is log(p / q), the best logit; D is the probability, its sigmoid");
    }
    if (is(D[0], 1.0 / 3.0) && is(D[2], 3.0)) {
        return wrong("D = p / q is 3 at the third face, and a probability is at most 1");
    }
    if (is(D[0], 0.0) && is(D[2], 1.0)) {
        return wrong("D is certain at every face: at the first one a quarter of what it sees is "
                     "real, and log D of that quarter is minus infinity");
    }
    if (is(D[0], p[0]) && is(D[2], p[2])) {
        return wrong("D is p: how often generated examples come there matters as much");
    }
    for (int x = 0; x < 3; x++) {
        if (!is(D[x], p[x] / (p[x] + q[x]))) {
            return wrong("at face %d, with p = %g and q = %g, D is %.4g: the slope of V there is "
                         "%.3g and not 0",
                         x + 1, p[x], q[x], D[x], p[x] / D[x] - q[x] / (1.0 - D[x]));
        }
    }
    if (!is(D[3], 1.0) || !is(D[4], 0.0)) {
        return wrong("where only one kind comes D is certain: 1 for face 4 and 0 for face 5, and "
                     "this says %g and %g",
                     D[3], D[4]);
    }
    if (!isfinite(D[5])) {
        return wrong("the last face never comes, and D is 0 / 0 there, not a number: make it 0.5");
    }
    return is(D[5], 0.5) ? NULL : wrong("the last face never comes: D is %g there, not 0.5", D[5]);
}

EXERCISE(Answer, judge, best_discriminator, { ratio, "D = p / q" },
         { turned, "D is near 1 where generated" }, { a_logit, "that is log(p / q)" },
         { certain, "D is certain at every face" },
         { nothing_by_nothing, "the last face never comes, and D is 0 / 0" }, { only_p, "D is p:" },
         { undecided, "D is 0.5 at every face" })
