// The oracle: the root mean square of a signal behind ten layers, and the variance of the
// weights.

#include "exercise.h"
#include "base/rng.h"
#include "nn/init.h"

void my_init(float *w, int n_out, int n_in, Rng *rng);

typedef void (*Answer)(float *w, int n_out, int n_in, Rng *rng);

enum { NARROW = 60, WIDE = 180, EXAMPLES = 16, LAYERS = 10, SIZE = NARROW * WIDE };

// The root mean square behind ten layers, of NARROW and WIDE units in turn.
static double through_ten(Answer answer) {
    static float x[EXAMPLES * WIDE], y[EXAMPLES * WIDE], w[SIZE];
    Rng rng = rng_create(1, RNG_INIT);
    double mean_square = 1.0;
    rng_fill_normal(&rng, x, sizeof x / sizeof *x, 0.0f, 1.0f);
    for (int l = 0; l < LAYERS; l++) {
        int in = l % 2 == 0 ? WIDE : NARROW, out = l % 2 == 0 ? NARROW : WIDE;
        double sum = 0.0;
        answer(w, out, in, &rng);
        for (int i = 0; i < EXAMPLES * out; i++) {
            double s = 0.0;
            for (int k = 0; k < in; k++) {
                s += (double)w[i % out * in + k] * x[i / out * in + k];
            }
            y[i] = fmaxf((float)s, 0.0f);
            sum += (double)y[i] * y[i];
        }
        memcpy(x, y, sizeof x);
        mean_square = sum / (EXAMPLES * out);
    }
    return sqrt(mean_square * 2.0); // a ReLU's output has half the mean square of what it got
}

static const char *judge(Answer answer) {
    static float w[SIZE];
    Rng rng = rng_create(1, RNG_INIT);
    fill(w, SIZE, 7.0f);
    answer(w, NARROW, WIDE, &rng);
    double sum = 0.0, squares = 0.0, fourth = 0.0;
    for (int i = 0; i < SIZE; i++) {
        sum += w[i];
        squares += (double)w[i] * w[i];
        fourth += pow((double)w[i], 4);
    }
    double mean = sum / SIZE, variance = squares / SIZE - mean * mean, nv = WIDE * variance;
    if (all_equal(w, SIZE, 7.0f)) {
        return wrong("w is left as it was: no weight has been drawn");
    }
    if (!(variance > 0.0)) {
        return wrong("all weights are the same number: hidden neurons that begin alike stay alike");
    }
    if (fabs(mean) > 0.1 * sqrt(variance)) {
        return wrong("the weights have the mean %.3g and not 0", mean);
    }
    if (fabs(nv * NARROW - 2.0 * WIDE) < 0.1 * nv * NARROW) {
        return wrong("n_in times the variance is %.2f and not 2 where n_in is %d and n_out %d: the "
                     "inputs are what a sum adds up, not the outputs",
                     nv, WIDE, NARROW);
    }
    if (fabs(nv - 2.0) > 0.1) {
        double rms = through_ten(answer);
        const char *why =
            fabs(nv - 1.0) < 0.05 ? "the ReLU halves the mean square, and nothing doubles it"
            : fabs(nv - 4.0 / WIDE) < 0.01
                ? "2 / n_in is the variance; what a number is multiplied by is its root"
            : nv > 2.0 ? "the weights are too large"
                       : "the weights are too small";
        return wrong("%s: a signal of RMS 1 has RMS %.2g behind ten layers", why, rms);
    }
    if (fourth / SIZE < 2.5 * variance * variance) {
        return wrong("the variance is right, but the numbers are not normally distributed: draw "
                     "with rng_normal");
    }
    return NULL;
}

// --- what learners write
// ---------------------------------------------------------------------------

static void scaled(float *w, int n, float factor, Rng *rng) {
    for (int i = 0; i < n; i++) {
        w[i] = factor * rng_normal(rng);
    }
}

static void without_two(float *w, int n_out, int n_in, Rng *rng) {
    scaled(w, n_out * n_in, sqrtf(1.0f / (float)n_in), rng);
}

static void variance_as_factor(float *w, int n_out, int n_in, Rng *rng) {
    scaled(w, n_out * n_in, 2.0f / (float)n_in, rng);
}

static void by_outputs(float *w, int n_out, int n_in, Rng *rng) {
    scaled(w, n_out * n_in, sqrtf(2.0f / (float)n_out), rng);
}

static void unscaled(float *w, int n_out, int n_in, Rng *rng) {
    scaled(w, n_out * n_in, 1.0f, rng);
}

static void uniform(float *w, int n_out, int n_in, Rng *rng) {
    float bound = sqrtf(6.0f / (float)n_in);
    rng_fill_uniform(rng, w, (size_t)(n_out * n_in), -bound, bound);
}

static void positive(float *w, int n_out, int n_in, Rng *rng) {
    rng_fill_uniform(rng, w, (size_t)(n_out * n_in), 0.0f, sqrtf(6.0f / (float)n_in));
}

static void equal(float *w, int n_out, int n_in, Rng *rng) {
    (void)rng;
    fill(w, (size_t)(n_out * n_in), sqrtf(2.0f / (float)n_in));
}

EXERCISE(Answer, judge, my_init, { without_two, "the ReLU halves the mean square" },
         { variance_as_factor, "2 / n_in is the variance" },
         { by_outputs, "n_in times the variance is" }, { unscaled, "the weights are too large" },
         { uniform, "the variance is right, but" }, { positive, "the weights have the mean" },
         { equal, "all weights are the same number" })
