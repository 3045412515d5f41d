// The oracle: differences of the loss. What is wrong with a wrong answer is found by making the
// usual mistakes here, and comparing.

#include "exercise.h"
#include "../backprop.c"

void hidden_half(float *dW1, float *db1, const float *ds, const float *W2, const float *h,
                 const float *x, int n, int in, int hidden, int out);

typedef void (*Answer)(float *dW1, float *db1, const float *ds, const float *W2, const float *h,
                       const float *x, int n, int in, int hidden, int out);

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { NOTHING, NO_SLOPE, SLOPE_OF_H, TRANSPOSED, LAST, DH_KEPT, FLIPPED, NO_BIAS } Mistake;

static void with_mistake(Mistake mistake, float *dW1, float *db1, const float *ds, const float *W2,
                         const float *h, const float *x, int n, int in, int hidden, int out) {
    for (int e = 0; e < n; e++) {
        float dh = 0.0f;
        for (int j = 0; j < hidden; j++) {
            float y = h[e * hidden + j];
            dh = mistake == DH_KEPT ? dh : 0.0f;
            for (int k = 0; k < out; k++) {
                dh += ds[e * out + k] * W2[mistake == TRANSPOSED ? j * out + k : k * hidden + j];
            }
            float da = dh * (mistake == NO_SLOPE     ? 1.0f
                             : mistake == SLOPE_OF_H ? 1.0f - y
                             : mistake == FLIPPED    ? y * y - 1.0f
                                                     : 1.0f - y * y);
            db1[j] = (mistake == LAST ? 0.0f : db1[j]) + (mistake == NO_BIAS ? 0.0f : da);
            for (int i = 0; i < in; i++) {
                float *to = &dW1[j * in + i];
                *to = (mistake == LAST ? 0.0f : *to) + da * x[e * in + i];
            }
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *dW1, float *db1, const float *ds, const float *W2, const float *h,     \
                     const float *x, int n, int in, int hidden, int out) {                         \
        with_mistake(mistake, dW1, db1, ds, W2, h, x, n, in, hidden, out);                         \
    }
WITH(no_slope, NO_SLOPE)
WITH(slope_of_h, SLOPE_OF_H)
WITH(transposed, TRANSPOSED)
WITH(last_example, LAST)
WITH(dh_kept, DH_KEPT)
WITH(flipped, FLIPPED)
WITH(no_bias, NO_BIAS)

// --- the judge
// -------------------------------------------------------------------------------------

enum { IN = 4, HIDDEN = 5, OUT = 3, N = 6, WEIGHTS = HIDDEN * IN };

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { NO_SLOPE, "dW1 lacks a factor, the slope of the tanh: da = dh * (1 - h * h)" },
    { SLOPE_OF_H, "dW1 has the slope 1 - h; the slope of a tanh whose output is h is 1 - h * h" },
    { TRANSPOSED, "W2 is read as if its shape were (hidden, out): the weight from hidden neuron j "
                  "to output k is W2[k * hidden + j]" },
    { LAST, "dW1 holds the last example alone: add up over the examples, with +=" },
    { DH_KEPT, "dh of a neuron still contains that of the neurons before it: it begins at 0 for "
               "each of them" },
    { FLIPPED, "dW1 has the wrong sign: the gradient points uphill, and the step turns it round" },
};

static const char *compare(Mlp *m, const float *x, const int *labels, const float *given) {
    float kept[WEIGHTS + HIDDEN];
    if (all_equal(given, WEIGHTS, 0.0f)) {
        return wrong("dW1 is zero everywhere: the walk back stops at dh");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        fill(kept, WEIGHTS + HIDDEN, 0.0f);
        with_mistake(known[i].mistake, kept, kept + WEIGHTS, m->ds, m->W2, m->h, x, N, IN, HIDDEN,
                     OUT);
        if (alike(given, kept, WEIGHTS)) {
            return wrong("%s", known[i].message);
        }
    }
    if (all_equal(given + WEIGHTS, HIDDEN, 0.0f)) {
        return wrong("db1 is zero everywhere: a bias has the gradient da, added up over the "
                     "examples");
    }
    Problem problem = { m, x, labels, N };
    double error = gradient_error(m->W1, given, WEIGHTS, problem_loss, &problem, 1e-2f);
    if (!(error < 0.01)) {
        return wrong("dW1 differs from the measured slopes of the loss: error %.3g, where 0.01 "
                     "would do",
                     error);
    }
    error = gradient_error(m->b1, given + WEIGHTS, HIDDEN, problem_loss, &problem, 1e-2f);
    if (!(error < 0.01)) {
        return wrong("dW1 is right, and db1 differs from the measured slopes: error %.3g, where "
                     "0.01 would do",
                     error);
    }
    return NULL;
}

static const char *judge(Answer answer) {
    static const int labels[N] = { 0, 1, 2, 1, 0, 2 };
    float x[N * IN], given[WEIGHTS + HIDDEN] = { 0 };
    Rng rng = rng_create(1, RNG_DATA);
    Mlp m = mlp_create(IN, HIDDEN, OUT, N);
    mlp_init(&m, INIT_FAN_IN, &rng);
    rng_fill_normal(&rng, x, N * IN, 0.0f, 1.5f);
    mlp_forward(&m, x, N);
    softmax_cross_entropy(m.ds, m.s, labels, N, OUT);
    answer(given, given + WEIGHTS, m.ds, m.W2, m.h, x, N, IN, HIDDEN, OUT);
    const char *said = compare(&m, x, labels, given);
    mlp_free(&m);
    return said;
}

EXERCISE(Answer, judge, hidden_half, { no_slope, "dW1 lacks a factor" },
         { slope_of_h, "dW1 has the slope 1 - h;" },
         { transposed, "W2 is read as if its shape were (hidden, out)" },
         { last_example, "dW1 holds the last example alone" },
         { dh_kept, "dh of a neuron still contains" }, { flipped, "dW1 has the wrong sign" },
         { no_bias, "db1 is zero everywhere" })
