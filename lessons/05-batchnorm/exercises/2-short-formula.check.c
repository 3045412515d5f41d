// The oracle: central differences of L = sum dy y, computed with doubles, for a random dy.

#include "base/rng.h"
#include "exercise.h"

void backward(float *dx, const float *dy, const float *x_hat, float w, float sigma, int N);

typedef void (*Answer)(float *dx, const float *dy, const float *x_hat, float w, float sigma, int N);

enum { N = 12 };
static const double w = 1.5, eps = 1e-5;

static double sigma_of(const double *x, double *mean) {
    double squares = 0.0;
    *mean = 0.0;
    for (int j = 0; j < N; j++) {
        *mean += x[j] / N;
    }
    for (int j = 0; j < N; j++) {
        squares += (x[j] - *mean) * (x[j] - *mean);
    }
    return sqrt(squares / N + eps);
}

static double loss_of(const double *x, const float *dy) {
    double mean, sigma = sigma_of(x, &mean), loss = 0.0;
    for (int j = 0; j < N; j++) {
        loss += (double)dy[j] * w * (x[j] - mean) / sigma;
    }
    return loss;
}

static void differences(float *dx, double *x, const float *dy) {
    const double h = 1e-5;
    for (int i = 0; i < N; i++) {
        double saved = x[i];
        x[i] = saved + h;
        double above = loss_of(x, dy);
        x[i] = saved - h;
        double below = loss_of(x, dy);
        x[i] = saved;
        dx[i] = (float)((above - below) / (2.0 * h));
    }
}

// --- what learners write --------------------------------------------------------------------------

typedef enum {
    NO_MEAN_PATH,
    NO_VARIANCE_PATH,
    OWN_PLACE,
    SUMS,
    NO_FACTOR,
    W_FORGOTTEN,
    NOT_ALONG,
    PLUS
} Mistake;

static void with_mistake(Mistake mistake, float *dx, const float *dy, const float *x_hat,
                         float weight, float sigma, int n) {
    double mean = 0.0, along = 0.0;
    for (int j = 0; j < n; j++) {
        mean += (double)dy[j] / (mistake == SUMS ? 1 : n);
        along += (double)dy[j] * x_hat[j] / (mistake == SUMS ? 1 : n);
    }
    double factor = mistake == NO_FACTOR     ? 1.0
                    : mistake == W_FORGOTTEN ? 1.0 / (double)sigma
                                             : (double)(weight / sigma);
    for (int i = 0; i < n; i++) {
        double first = mistake == NO_MEAN_PATH || mistake == OWN_PLACE ? 0.0 : mean;
        double second = mistake == NO_VARIANCE_PATH || mistake == OWN_PLACE ? 0.0
                        : mistake == NOT_ALONG                              ? along
                        : mistake == PLUS                                   ? -x_hat[i] * along
                                                                            : x_hat[i] * along;
        dx[i] = (float)(factor * (dy[i] - first - second));
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *dx, const float *dy, const float *x_hat, float weight, float sigma,    \
                     int n) {                                                                      \
        with_mistake(mistake, dx, dy, x_hat, weight, sigma, n);                                    \
    }
WITH(no_mean_path, NO_MEAN_PATH)
WITH(no_variance_path, NO_VARIANCE_PATH)
WITH(own_place, OWN_PLACE)
WITH(sums, SUMS)
WITH(no_factor, NO_FACTOR)
WITH(w_forgotten, W_FORGOTTEN)
WITH(not_along, NOT_ALONG)
WITH(plus, PLUS)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { OWN_PLACE, "that is the path through its own place alone, the whole gradient in evaluation "
                 "mode. In training the mean and the variance depend on x, too" },
    { NO_MEAN_PATH, "the path through the mean is missing: dx must have the sum 0, for a number "
                    "added to all x does not change y" },
    { NO_VARIANCE_PATH, "the path through the variance is missing: dx still has a part along "
                        "x_hat. (With ones for dy this would have passed. The mean of the products "
                        "dy x_hat is not the product of the two means, which is 0.)" },
    { SUMS, "sums are subtracted where the means belong: divide both by N" },
    { NO_FACTOR, "the factor w / sigma is missing" },
    { W_FORGOTTEN, "w is missing: y is w x_hat + b, so all that comes back is multiplied by w" },
    { NOT_ALONG, "the same number mean(dy x_hat) is subtracted everywhere: at place i it is "
                 "multiplied by x_hat[i]" },
    { PLUS, "the last term has the wrong sign: the part along x_hat is taken out" },
};

static const char *judge(Answer answer) {
    float start[N], dy[N], x_hat[N], dx[N], truth[N], mistaken[N];
    double x[N], mean;
    Rng rng = rng_create(5, RNG_DATA);
    rng_fill_normal(&rng, start, N, 1.0f, 2.0f);
    rng_fill_normal(&rng, dy, N, 0.5f, 1.0f);
    for (int i = 0; i < N; i++) {
        x[i] = (double)start[i];
    }
    double sigma = sigma_of(x, &mean);
    for (int i = 0; i < N; i++) {
        x_hat[i] = (float)((x[i] - mean) / sigma);
    }
    differences(truth, x, dy);
    fill(dx, N, 100.0f);
    answer(dx, dy, x_hat, (float)w, (float)sigma, N);
    if (all_equal(dx, N, 0.0f)) {
        return wrong("dx is 0 everywhere: for a random dy the gradient is not");
    }
    if (alike(dx, truth, N)) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, mistaken, dy, x_hat, (float)w, (float)sigma, N);
        if (alike(dx, mistaken, N)) {
            return wrong("%s", known[i].message);
        }
    }
    return wrong("dx differs from the central differences by %.3g of its length",
                 difference(dx, truth, N));
}

EXERCISE(Answer, judge, backward, { no_mean_path, "the path through the mean is missing" },
         { no_variance_path, "the path through the variance is missing" },
         { own_place, "that is the path through its own place alone" },
         { sums, "sums are subtracted" }, { no_factor, "the factor w / sigma" },
         { w_forgotten, "w is missing" }, { not_along, "the same number mean(dy x_hat)" },
         { plus, "the last term has the wrong sign" })
