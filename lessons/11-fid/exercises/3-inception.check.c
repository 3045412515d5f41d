// The oracle: judges who are certain, who know nothing, and one in between.

#include "exercise.h"

double inception_score(const float *p, int n, int classes);

typedef double (*Answer)(const float *p, int n, int classes);

enum { N = 4, K = 4 };
static const float certain[N * K] = { 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1 };
static const float alike_[N * K] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0 };
static const float mixed[N * K] = { .7f,  .1f,  .1f,  .1f,  .2f, .6f, .1f, .1f,
                                    .25f, .25f, .25f, .25f, .1f, .1f, .7f, .1f };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, NO_EXP, NOT_A_NUMBER, NO_MEAN_CLASS, SUMMED, FLIPPED } Mistake;

static double with_mistake(Mistake mistake, const float *p, int n, int classes) {
    double sum = 0.0;
    for (int k = 0; k < classes; k++) {
        double mean = 0.0;
        for (int i = 0; i < n; i++) {
            mean += p[i * classes + k] / (double)n;
        }
        mean = mistake == NO_MEAN_CLASS ? 1.0 : mean;
        for (int i = 0; i < n; i++) {
            double own = p[i * classes + k], term = own * log(own / mean);
            sum += own > 0.0 || mistake == NOT_A_NUMBER ? term : 0.0;
        }
    }
    sum = mistake == FLIPPED ? -sum : sum;
    sum = mistake == SUMMED ? sum : sum / n;
    return mistake == NO_EXP ? sum : exp(sum);
}

#define WITH(name, mistake)                                                                        \
    static double name(const float *p, int n, int classes) {                                       \
        return with_mistake(mistake, p, n, classes);                                               \
    }
WITH(no_exp, NO_EXP)
WITH(not_a_number, NOT_A_NUMBER)
WITH(no_mean_class, NO_MEAN_CLASS)
WITH(summed, SUMMED)
WITH(flipped, FLIPPED)

static bool is(double a, double b) {
    return fabs(a - b) < 1e-4;
}

static const char *judge(Answer answer) {
    double said = answer(mixed, N, K), right = with_mistake(RIGHT, mixed, N, K);
    if (said == 0.0) {
        return wrong("a score of 0: it is never less than 1, so nothing is computed yet");
    }
    if (is(said, log(right))) {
        return wrong("that is the mean of the sums, %.3f; the score is e to that power", said);
    }
    if (is(said, with_mistake(NO_MEAN_CLASS, mixed, N, K))) {
        return wrong("each probability is compared with 1; compare it with the mean of its class "
                     "over all pictures");
    }
    if (said < 1.0) {
        return wrong("the score is %.3f, and it is never less than 1: the sign of the exponent, or "
                     "the quotient, is turned round",
                     said);
    }
    if (is(said, with_mistake(SUMMED, mixed, N, K))) {
        return wrong("the exponent is the sum over all pictures; it is their mean, or more "
                     "pictures would have a higher score");
    }
    if (!is(said, right)) {
        return wrong("the score of four pictures is %.4f, and this says %.4f", right, said);
    }
    said = answer(certain, N, K);
    if (isnan(said)) {
        return wrong("of a judge who is certain the score is not a number: 0 * log(0) is none in "
                     "C, and the term is 0");
    }
    if (!is(said, K)) {
        return wrong(
            "four pictures of four classes, the judge certain: the score is 4, and this says %.4f",
            said);
    }
    said = answer(alike_, N, K);
    return is(said, 1.0)
               ? NULL
               : wrong("four pictures of one class: the score is 1, and this says %.4f", said);
}

EXERCISE(Answer, judge, inception_score, { no_exp, "that is the mean of the sums" },
         { not_a_number, "of a judge who is certain the score is not a number" },
         { no_mean_class, "each probability is compared with 1" }, { flipped, "the score is 0." },
         { summed, "the exponent is the sum" })
