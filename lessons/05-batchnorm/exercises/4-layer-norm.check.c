// The oracle: the library's layer norm.

#include "base/rng.h"
#include "exercise.h"
#include "kernels/layernorm.h"

void layer_norm(float *y, const float *x, const float *w, const float *b, int n, int d, float eps);

typedef void (*Answer)(float *y, const float *x, const float *w, const float *b, int n, int d,
                       float eps);

enum { N = 5, D = 6, SIZE = N * D };
static const float eps = 0.01f;

// --- what learners write --------------------------------------------------------------------------

typedef enum {
    OVER_BATCH,
    OVER_ALL,
    BY_D_LESS_1,
    NO_ROOT,
    EPS_OUTSIDE,
    NO_WEIGHTS,
    WEIGHT_OF_PICTURE,
    NOT_CENTRED,
    FIRST_ONLY,
    SUMS_GO_ON
} Mistake;

typedef struct {
    double sum, squares;
    int count;
} Sums;

// Adds the numbers that belong to the statistics of place k of picture e.
static Sums sums_of(Mistake mistake, const float *x, int e, int k, int n, int d) {
    Sums s = { 0 };
    for (int i = 0; i < n * d; i++) {
        bool belongs = mistake == OVER_ALL     ? true
                       : mistake == OVER_BATCH ? i % d == k
                       : mistake == SUMS_GO_ON ? i / d <= e
                                               : i / d == e;
        s.sum += belongs ? (double)x[i] : 0.0;
        s.squares += belongs ? (double)x[i] * (double)x[i] : 0.0;
        s.count += belongs;
    }
    return s;
}

static void with_mistake(Mistake mistake, float *y, const float *x, const float *w, const float *b,
                         int n, int d, float add) {
    for (int i = 0; i < (mistake == FIRST_ONLY ? d : n * d); i++) {
        int e = i / d, k = i % d, at = mistake == WEIGHT_OF_PICTURE ? e : k;
        Sums s = sums_of(mistake, x, e, k, n, d);
        s.count = mistake == SUMS_GO_ON ? d : s.count;
        double mean = s.sum / s.count, variance = fabs(s.squares / s.count - mean * mean);
        variance *= mistake == BY_D_LESS_1 ? d / (d - 1.0) : 1.0;
        double sigma = mistake == NO_ROOT       ? variance + (double)add
                       : mistake == EPS_OUTSIDE ? sqrt(variance) + (double)add
                                                : sqrt(variance + (double)add);
        double x_hat = (x[i] - (mistake == NOT_CENTRED ? 0.0 : mean)) / sigma;
        y[i] = (float)(mistake == NO_WEIGHTS ? x_hat : w[at] * x_hat + b[at]);
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *y, const float *x, const float *w, const float *b, int n, int d,       \
                     float add) {                                                                  \
        with_mistake(mistake, y, x, w, b, n, d, add);                                              \
    }
WITH(over_batch, OVER_BATCH)
WITH(over_all, OVER_ALL)
WITH(by_d_less_1, BY_D_LESS_1)
WITH(no_root, NO_ROOT)
WITH(eps_outside, EPS_OUTSIDE)
WITH(no_weights, NO_WEIGHTS)
WITH(weight_of_picture, WEIGHT_OF_PICTURE)
WITH(not_centred, NOT_CENTRED)
WITH(first_only, FIRST_ONLY)
WITH(sums_go_on, SUMS_GO_ON)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { OVER_BATCH, "that is batch norm: mean and variance of each place, over the pictures. Layer "
                  "norm takes them over the d numbers of one picture" },
    { OVER_ALL, "one mean and one variance for all pictures together: each picture has its own, so "
                "that its output does not change with its neighbours" },
    { BY_D_LESS_1, "the variance is divided by d - 1; layer norm divides by d" },
    { NO_ROOT, "the root is missing: x - mean is divided by the deviation" },
    { EPS_OUTSIDE, "eps is added to the deviation: it belongs under the root, to the variance" },
    { NO_WEIGHTS, "w and b are missing: the pictures come out normalised and no more" },
    { WEIGHT_OF_PICTURE, "w and b are indexed by the picture: they have one number for each place "
                         "of a picture" },
    { NOT_CENTRED, "the mean is not subtracted" },
    { FIRST_ONLY, "the first picture is right, and the others are not written" },
    { SUMS_GO_ON, "the first picture is right; for the second one the sums begin with what the "
                  "first has left: set them to 0 for each picture" },
};

static const char *judge(Answer answer) {
    float x[SIZE], w[D], b[D], y[SIZE] = { 0 }, truth[SIZE], rest[2 * N], alone[D] = { 0 };
    Rng rng = rng_create(5, RNG_DATA);
    rng_fill_normal(&rng, x, SIZE, 1.0f, 0.5f);
    rng_fill_normal(&rng, w, D, 1.0f, 0.3f);
    rng_fill_normal(&rng, b, D, 0.0f, 1.0f);
    answer(y, x, w, b, N, D, eps);
    if (all_equal(y, SIZE, 0.0f)) {
        return wrong("y is 0 everywhere: nothing is written yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        float mistaken[SIZE] = { 0 };
        with_mistake(known[i].mistake, mistaken, x, w, b, N, D, eps);
        if (alike(y, mistaken, SIZE)) {
            return wrong("%s", known[i].message);
        }
    }
    layernorm_forward(truth, rest, rest + N, x, w, b, eps, N, D);
    if (!alike(y, truth, SIZE)) {
        return wrong("y differs from the library's by %.3g of its length",
                     difference(y, truth, SIZE));
    }
    answer(alone, x + D, w, b, 1, D, eps);
    return alike(alone, y + D, D)
               ? NULL
               : wrong("the second picture comes out differently without its neighbours");
}

EXERCISE(Answer, judge, layer_norm, { over_batch, "that is batch norm" },
         { over_all, "one mean and one variance for all" },
         { by_d_less_1, "the variance is divided by d - 1" }, { no_root, "the root is missing" },
         { eps_outside, "eps is added to the deviation" }, { no_weights, "w and b are missing" },
         { weight_of_picture, "w and b are indexed" },
         { not_centred, "the mean is not subtracted" },
         { first_only, "the first picture is right, and the others" },
         { sums_go_on, "the first picture is right; for the second" })
