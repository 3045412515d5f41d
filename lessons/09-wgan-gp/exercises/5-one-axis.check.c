// The oracle: two examples whose norms are whole numbers.

#include "exercise.h"

void gradient_norms(float *r, const float *g, int n, int channels, int area);

typedef void (*Answer)(float *r, const float *g, int n, int channels, int area);

enum { N = 2, CHANNELS = 2, AREA = 2 };
static const float g[N * CHANNELS * AREA] = { 1, 5, 3, -1, 2, 0, 0, 1.5f }; // 6 and 2.5

// --- what learners write --------------------------------------------------------------------------

typedef enum {
    LAST_CHANNEL,
    SUM_OF_NORMS,
    MEAN_OF_NORMS,
    OVER_EXAMPLES,
    NO_ROOT,
    NEVER_ANEW
} Mistake;

static void with_mistake(Mistake mistake, float *r, const float *x, int n, int channels, int area) {
    double squares = 0.0;
    for (int i = 0; i < n; i++) {
        double norms = 0.0, whole = mistake == NEVER_ANEW ? squares : 0.0, last = 0.0;
        for (int c = 0; c < channels; c++) {
            double own = 0.0;
            for (int p = 0; p < area; p++) {
                double slope = x[(i * channels + c) * area + p];
                own += slope * slope;
            }
            whole += own;
            norms += sqrt(own);
            last = sqrt(own);
        }
        squares = whole;
        r[i] = (float)(mistake == LAST_CHANNEL    ? last
                       : mistake == SUM_OF_NORMS  ? norms
                       : mistake == MEAN_OF_NORMS ? norms / channels
                       : mistake == NO_ROOT       ? whole
                                                  : sqrt(whole));
    }
    if (mistake == OVER_EXAMPLES) {
        double all = 0.0;
        for (int k = 0; k < n * channels * area; k++) {
            all += (double)x[k] * x[k];
        }
        fill(r, (size_t)n, (float)sqrt(all));
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *r, const float *x, int n, int channels, int area) {                    \
        with_mistake(mistake, r, x, n, channels, area);                                            \
    }
WITH(last_channel, LAST_CHANNEL)
WITH(sum_of_norms, SUM_OF_NORMS)
WITH(mean_of_norms, MEAN_OF_NORMS)
WITH(over_examples, OVER_EXAMPLES)
WITH(no_root, NO_ROOT)
WITH(never_anew, NEVER_ANEW)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { LAST_CHANNEL, "the norm of an example is still that of its last channel alone" },
    { SUM_OF_NORMS, "the channels' norms are added up: for (3, 4) that is 7, and the length is 5. "
                    "Squares add up" },
    { MEAN_OF_NORMS, "that is the mean of the channels' norms; there is one vector for each "
                     "example, of all its pixels" },
    { OVER_EXAMPLES, "all examples are in one norm: each example has its own" },
    { NO_ROOT, "the root is missing now" },
    { NEVER_ANEW,
      "the second example's norm contains the first's: the sum begins at 0 for each example" },
};

static const char *judge(Answer answer) {
    float r[N] = { -1, -1 }, mistaken[N];
    answer(r, g, N, CHANNELS, AREA);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, mistaken, g, N, CHANNELS, AREA);
        if (alike(r, mistaken, N)) {
            return wrong("%s", known[i].message);
        }
    }
    if (!(fabsf(r[0] - 6.0f) < 1e-5f && fabsf(r[1] - 2.5f) < 1e-5f)) {
        return wrong("two examples with the norms 6 and 2.5 get %g and %g", (double)r[0],
                     (double)r[1]);
    }
    return NULL;
}

EXERCISE(Answer, judge, gradient_norms, { last_channel, "the norm of an example is still" },
         { sum_of_norms, "the channels' norms are added" },
         { mean_of_norms, "that is the mean of the channels'" },
         { over_examples, "all examples are in one norm" }, { no_root, "the root is missing now" },
         { never_anew, "the second example's norm" })
