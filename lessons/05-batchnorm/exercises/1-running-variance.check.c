// The oracle: the library's batch norm of one channel.

#include "exercise.h"
#include "kernels/batchnorm.h"

void update(float *running_mean, float *running_var, const float *x, int N, float m);

typedef void (*Answer)(float *running_mean, float *running_var, const float *x, int N, float m);

enum { N = 4 };
static const float batch[N] = { 1.0f, 4.0f, 2.5f, 7.0f };
static const float share = 0.1f, old_mean = -2.0f, old_var = 3.0f;

static bool is(float a, double b) {
    return fabs((double)a - b) < 1e-4 * (1.0 + fabs(b));
}

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, BY_N, SHARES_SWAPPED, NO_AVERAGE, DEVIATION, RUNNING_MEAN, TWICE } Mistake;

static void with_mistake(Mistake mistake, float *running_mean, float *running_var, const float *x,
                         int n, float m) {
    double mean = 0.0, squares = 0.0, keep = 1.0 - (double)m, take = m;
    for (int j = 0; j < n; j++) {
        mean += (double)x[j] / n;
    }
    double new_mean = keep * *running_mean + take * mean;
    double centre = mistake == RUNNING_MEAN ? new_mean : mean;
    for (int j = 0; j < n; j++) {
        squares += (x[j] - centre) * (x[j] - centre);
    }
    double variance = squares / (mistake == BY_N ? n : n - 1);
    variance *= mistake == TWICE ? n / (n - 1.0) : 1.0;
    variance = mistake == DEVIATION ? sqrt(variance) : variance;
    if (mistake == SHARES_SWAPPED) {
        keep = m;
        take = 1.0 - (double)m;
    } else if (mistake == NO_AVERAGE) {
        keep = 0.0;
        take = 1.0;
    }
    *running_mean = (float)(keep * *running_mean + take * mean);
    *running_var = (float)(keep * *running_var + take * variance);
}

#define WITH(name, mistake)                                                                        \
    static void name(float *mean, float *var, const float *x, int n, float m) {                    \
        with_mistake(mistake, mean, var, x, n, m);                                                 \
    }
WITH(by_n, BY_N)
WITH(shares_swapped, SHARES_SWAPPED)
WITH(no_average, NO_AVERAGE)
WITH(deviation, DEVIATION)
WITH(from_the_running_mean, RUNNING_MEAN)
WITH(twice, TWICE)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { BY_N, "the variance is divided by N: right for the batch itself, and a little too small for "
            "images not seen. The running one takes N / (N - 1) of it" },
    { SHARES_SWAPPED, "the two shares have changed places: m is the share of what is new, so 0.1 "
                      "means that nine tenths of the old value are kept" },
    { NO_AVERAGE, "the new values take the old ones' place: a running average keeps 1 - m of what "
                  "it was" },
    { DEVIATION, "that averages the deviation; the variance is wanted, without a root" },
    { RUNNING_MEAN, "the squares are taken from the running mean: the variance of a batch is about "
                    "the batch's own mean" },
    { TWICE, "the factor N / (N - 1) is in it twice: squares / (N - 1) holds it already" },
};

static const char *judge(Answer answer) {
    float mean = old_mean, var = old_var;
    answer(&mean, &var, batch, N, share);
    if (mean == old_mean && var == old_var) {
        return wrong("neither average has moved: nothing is written yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        float mistaken_mean = old_mean, mistaken_var = old_var;
        with_mistake(known[i].mistake, &mistaken_mean, &mistaken_var, batch, N, share);
        if (is(mean, (double)mistaken_mean) && is(var, (double)mistaken_var)) {
            return wrong("%s", known[i].message);
        }
    }
    const BatchNormShape shape = { .channels = 1, .area = N, .eps = 1e-5f, .momentum = share };
    float y[N], unused[2], right_mean = old_mean, right_var = old_var, one = 1.0f, zero = 0.0f;
    batchnorm_forward_train(y, unused, unused + 1, &right_mean, &right_var, batch, &one, &zero, 1,
                            &shape);
    if (!is(mean, (double)right_mean)) {
        return wrong("the running mean goes from %g to %g and not to %g", (double)old_mean,
                     (double)mean, (double)right_mean);
    }
    return is(var, (double)right_var)
               ? NULL
               : wrong("the running mean is right; the variance goes from %g to %g and not to %g",
                       (double)old_var, (double)var, (double)right_var);
}

EXERCISE(Answer, judge, update, { by_n, "the variance is divided by N" },
         { shares_swapped, "the two shares have changed places" },
         { no_average, "the new values take the old ones' place" },
         { deviation, "that averages the deviation" },
         { from_the_running_mean, "the squares are taken from the running mean" },
         { twice, "the factor N / (N - 1) is in it twice" })
