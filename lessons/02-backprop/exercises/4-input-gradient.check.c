// The oracle: the loss along random directions in the space of the inputs.

#include "exercise.h"
#include "../backprop.c"

void input_gradient(float *dx, const float *da, const float *W1, int n, int in, int hidden);

typedef void (*Answer)(float *dx, const float *da, const float *W1, int n, int in, int hidden);

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { TRANSPOSED, NOT_SUMMED, ADDED, AVERAGED, SUMMED_OVER_N, MISTAKES } Mistake;

static void with_mistake(Mistake mistake, float *dx, const float *da, const float *W1, int n,
                         int in, int hidden) {
    for (int i = 0; i < n * in && mistake != ADDED; i++) {
        dx[i] = 0.0f;
    }
    for (int e = 0; e < n; e++) {
        for (int i = 0; i < in; i++) {
            for (int j = 0; j < hidden; j++) {
                float w = W1[mistake == TRANSPOSED ? i * hidden + j : j * in + i];
                float *to = &dx[mistake == SUMMED_OVER_N ? i : e * in + i];
                float part = da[e * hidden + j] * w / (mistake == AVERAGED ? (float)n : 1.0f);
                *to = (mistake == NOT_SUMMED ? 0.0f : *to) + part;
            }
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *dx, const float *da, const float *W1, int n, int in, int hidden) {     \
        with_mistake(mistake, dx, da, W1, n, in, hidden);                                          \
    }
WITH(transposed, TRANSPOSED)
WITH(not_summed, NOT_SUMMED)
WITH(added, ADDED)
WITH(averaged, AVERAGED)
WITH(summed_over_n, SUMMED_OVER_N)

// --- the judge
// -------------------------------------------------------------------------------------

enum { IN = 4, HIDDEN = 6, OUT = 3, N = 5, SIZE = N * IN };
static const float before = 0.25f; // what dx holds when the function is called

static const char *const known[MISTAKES] = {
    [TRANSPOSED] = "W1 is read as if its shape were (in, hidden): the weight from input i to "
                   "hidden neuron j is W1[j * in + i]",
    [NOT_SUMMED] = "dx holds what comes back through the last hidden neuron alone: add up over all "
                   "of them",
    [ADDED] = "dx still contains what it held before: it is overwritten, so the sum begins at 0",
    [AVERAGED] = "dx is divided by n once more: the mean is in da already",
    [SUMMED_OVER_N] = "only the first row of dx is written: each example has a gradient of its own",
};

static const char *compare(Mlp *m, float *x, const int *labels, const float *given,
                           const float *da) {
    float kept[SIZE];
    if (all_equal(given, SIZE, before)) {
        return wrong("dx is left as it was: nothing has come back to the inputs yet");
    }
    for (int i = 0; i < MISTAKES; i++) {
        fill(kept, SIZE, before);
        with_mistake((Mistake)i, kept, da, m->W1, N, IN, HIDDEN);
        if (alike(given, kept, SIZE)) {
            return wrong("%s", known[i]);
        }
    }
    Problem problem = { m, x, labels, N };
    Rng rng = rng_create(1, RNG_NOISE);
    double error = directional_error(x, given, SIZE, problem_loss, &problem, 1e-2f, 20, &rng);
    return error < 0.01 ? NULL
                        : wrong("dx does not say how the loss changes with the inputs: the error "
                                "along 20 random directions is %.3g, where 0.01 would do",
                                error);
}

static const char *judge(Answer answer) {
    static const int labels[N] = { 0, 2, 1, 1, 0 };
    float x[SIZE], given[SIZE], da[N * HIDDEN];
    Rng rng = rng_create(3, RNG_DATA);
    Mlp m = mlp_create(IN, HIDDEN, OUT, N);
    mlp_init(&m, INIT_FAN_IN, &rng);
    rng_fill_normal(&rng, x, SIZE, 0.0f, 1.0f);
    fill(given, SIZE, before);
    mlp_forward(&m, x, N);
    softmax_cross_entropy(m.ds, m.s, labels, N, OUT);
    mlp_backward(&m, x, N);
    for (int i = 0; i < N * HIDDEN; i++) {
        da[i] = m.dh[i] * (1.0f - m.h[i] * m.h[i]);
    }
    answer(given, da, m.W1, N, IN, HIDDEN);
    const char *said = compare(&m, x, labels, given, da);
    mlp_free(&m);
    return said;
}

EXERCISE(Answer, judge, input_gradient,
         { transposed, "W1 is read as if its shape were (in, hidden)" },
         { not_summed, "dx holds what comes back through the last" },
         { added, "dx still contains what it held before" },
         { averaged, "dx is divided by n once more" },
         { summed_over_n, "only the first row of dx is written" })
