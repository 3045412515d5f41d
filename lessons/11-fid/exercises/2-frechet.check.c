// The oracle: the library's distance, of diagonal matrices.

#include "exercise.h"
#include "measure/fid.h"

double frechet(const double *m1, const double *v1, const double *m2, const double *v2, int d);

typedef double (*Answer)(const double *m1, const double *v1, const double *m2, const double *v2,
                         int d);

enum { D = 3 };
static const double m1[D] = { 1, 0, -2 }, v1[D] = { 4, 1, 0.25 };
static const double m2[D] = { 4, 0.5, -2 }, v2[D] = { 9, 1, 4 };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, VARIANCES, ROOT, NO_MEANS, NO_SPREAD, NO_TWO, FIRST } Mistake;

static double with_mistake(Mistake mistake, const double *a, const double *v, const double *b,
                           const double *w, int d) {
    double sum = 0.0;
    for (int j = 0; j < (mistake == FIRST ? 1 : d); j++) {
        double means = (a[j] - b[j]) * (a[j] - b[j]), cross = sqrt(v[j] * w[j]);
        double spread = v[j] + w[j] - (mistake == NO_TWO ? 1.0 : 2.0) * cross;
        spread = mistake == VARIANCES ? (v[j] - w[j]) * (v[j] - w[j]) : spread;
        sum += (mistake == NO_MEANS ? 0.0 : means) + (mistake == NO_SPREAD ? 0.0 : spread);
    }
    return mistake == ROOT ? sqrt(sum) : sum;
}

#define WITH(name, mistake)                                                                        \
    static double name(const double *a, const double *v, const double *b, const double *w,         \
                       int d) {                                                                    \
        return with_mistake(mistake, a, v, b, w, d);                                               \
    }
WITH(variances, VARIANCES)
WITH(root, ROOT)
WITH(no_means, NO_MEANS)
WITH(no_spread, NO_SPREAD)
WITH(no_two, NO_TWO)
WITH(first, FIRST)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { VARIANCES, "the variances are subtracted and squared; it is the standard deviations, the "
                 "roots, whose difference is squared" },
    { ROOT,
      "that is the root of it; the FID is the squared distance, without a root around the whole" },
    { NO_MEANS, "the means are not in it: two sets that differ in brightness alone would have the "
                "distance 0" },
    { NO_SPREAD, "only the means are in it: a set whose samples are all alike, in the right "
                 "middle, would have the distance 0" },
    { NO_TWO, "the mixed term stands there twice: v1 + v2 - 2 sqrt(v1 v2)" },
    { FIRST, "only the first feature is in it: the terms of all d add up" },
};

static const char *judge(Answer answer) {
    double said = answer(m1, v1, m2, v2, D), C1[D * D] = { 0 }, C2[D * D] = { 0 };
    if (said == -1.0) {
        return wrong("no distance is computed yet");
    }
    for (int j = 0; j < D; j++) {
        C1[j * D + j] = v1[j];
        C2[j * D + j] = v2[j];
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (fabs(said - with_mistake(known[i].mistake, m1, v1, m2, v2, D)) < 1e-6) {
            return wrong("%s", known[i].message);
        }
    }
    double mean1[D], mean2[D];
    memcpy(mean1, m1, sizeof mean1);
    memcpy(mean2, m2, sizeof mean2);
    Moments one = { 10, D, mean1, C1 }, other = { 10, D, mean2, C2 };
    double right = frechet_distance(&one, &other);
    if (!(fabs(said - right) < 1e-6)) {
        return wrong("the distance is %.6g, and this says %.6g", right, said);
    }
    said = answer(m1, v1, m1, v1, D);
    return fabs(said) < 1e-9 ? NULL : wrong("a set has the distance %.6g from itself", said);
}

EXERCISE(Answer, judge, frechet, { variances, "the variances are subtracted" },
         { root, "that is the root of it" }, { no_means, "the means are not in it" },
         { no_spread, "only the means are in it" }, { no_two, "the mixed term" },
         { first, "only the first feature" })
