// The oracle: mean and variance of each kind.

#include "exercise.h"

void scores(float *real_out, float *fake_out, const float *real, const float *fake, int n);

typedef void (*Answer)(float *real_out, float *fake_out, const float *real, const float *fake,
                       int n);

enum { N = 4 };
static const float real[N] = { 2.0f, 3.0f, 2.5f, 4.5f }, fake[N] = { -1.0f, 0.0f, 0.5f, -3.5f };

static void moments(const float *x, double *mean, double *variance) {
    *mean = *variance = 0.0;
    for (int i = 0; i < N; i++) {
        *mean += (double)x[i] / N;
    }
    for (int i = 0; i < N; i++) {
        *variance += (x[i] - *mean) * (x[i] - *mean) / N;
    }
}

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, TOGETHER, REALS_STATISTICS, CENTRED, BY_N_LESS_1, NOT_FAKE } Mistake;

static void normalise(float *to, const float *x, double mean, double variance) {
    for (int i = 0; i < N; i++) {
        to[i] = (float)((x[i] - mean) / sqrt(variance + 1e-5));
    }
}

static void with_mistake(Mistake mistake, float *real_out, float *fake_out) {
    double mean, variance, mean_fake, variance_fake;
    moments(real, &mean, &variance);
    moments(fake, &mean_fake, &variance_fake);
    if (mistake == TOGETHER) {
        double middle = (mean + mean_fake) / 2.0, apart = (mean - mean_fake) / 2.0;
        variance = variance_fake = (variance + variance_fake) / 2.0 + apart * apart;
        mean = mean_fake = middle;
    } else if (mistake == REALS_STATISTICS) {
        mean_fake = mean;
        variance_fake = variance;
    } else if (mistake == CENTRED) {
        variance = variance_fake = 1.0;
    } else if (mistake == BY_N_LESS_1) {
        variance *= N / (N - 1.0);
        variance_fake *= N / (N - 1.0);
    }
    normalise(real_out, real, mean, variance);
    if (mistake == NOT_FAKE) {
        memcpy(fake_out, fake, sizeof fake);
    } else {
        normalise(fake_out, fake, mean_fake, variance_fake);
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *r, float *f, const float *x, const float *y, int n) {                  \
        (void)x, (void)y, (void)n;                                                                 \
        with_mistake(mistake, r, f);                                                               \
    }
WITH(together, TOGETHER)
WITH(reals_statistics, REALS_STATISTICS)
WITH(centred, CENTRED)
WITH(by_n_less_1, BY_N_LESS_1)
WITH(not_fake, NOT_FAKE)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { TOGETHER, "both kinds are still normalised in one batch: the real ones all come out above 0 "
                "and the generated ones below, and that gives "
                "them away" },
    { REALS_STATISTICS, "the generated ones are normalised with the real ones' mean and variance: "
                        "in training mode a batch has its own" },
    { CENTRED, "each kind has mean 0 now, but not variance 1" },
    { BY_N_LESS_1, "the variance is divided by n - 1 now: batch norm divides by n. That half was "
                   "right as it stood" },
    { NOT_FAKE, "the generated ones are not normalised at all" },
};

static const char *judge(Answer answer) {
    float r[N] = { 0 }, f[N] = { 0 }, mistaken[2 * N], given[2 * N], truth[2 * N];
    answer(r, f, real, fake, N);
    memcpy(given, r, sizeof r);
    memcpy(given + N, f, sizeof f);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, mistaken, mistaken + N);
        if (alike(given, mistaken, 2 * N)) {
            return wrong("%s", known[i].message);
        }
    }
    with_mistake(RIGHT, truth, truth + N);
    return alike(given, truth, 2 * N)
               ? NULL
               : wrong("the first real picture comes out as %g and not %g, the first generated one "
                       "as %g and not %g",
                       (double)r[0], (double)truth[0], (double)f[0], (double)truth[N]);
}

EXERCISE(Answer, judge, scores, { together, "both kinds are still normalised" },
         { reals_statistics, "the generated ones are normalised with" },
         { centred, "each kind has mean 0 now" },
         { by_n_less_1, "the variance is divided by n - 1" },
         { not_fake, "the generated ones are not normalised" })
