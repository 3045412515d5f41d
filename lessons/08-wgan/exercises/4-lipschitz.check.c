// The oracle: a network made by hand whose norms are whole numbers.

#include "exercise.h"

double steepest(const float *params, const int *sizes, int layers);

typedef double (*Answer)(const float *params, const int *sizes, int layers);

// 2-2-1: norms 5 and 13; the biases 100, 200 and 300 count for nothing.
static const int sizes[3] = { 2, 2, 1 };
static const float params[9] = { 3.0f, 0.0f, 0.0f, -4.0f, 100.0f, 200.0f, 5.0f, 12.0f, 300.0f };

// --- what learners write --------------------------------------------------------------------------

typedef enum { NO_ROOT, ADDED, ABSOLUTE, BIASES, NOT_SKIPPED, FIRST, LARGEST } Mistake;

static double norm(Mistake mistake, const float *w, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double size = fabs((double)w[i]);
        sum =
            mistake == LARGEST ? fmax(sum, size) : sum + (mistake == ABSOLUTE ? size : size * size);
    }
    return mistake == NO_ROOT || mistake == ABSOLUTE || mistake == LARGEST ? sum : sqrt(sum);
}

static double with_mistake(Mistake mistake, const float *p, const int *s, int layers) {
    double bound = mistake == ADDED ? 0.0 : 1.0;
    for (int l = 0; l < layers; l++) {
        int weights = s[l] * s[l + 1];
        double factor = norm(mistake, p, weights + (mistake == BIASES ? s[l + 1] : 0));
        bound = mistake == ADDED ? bound + factor : bound * factor;
        p += weights + (mistake == NOT_SKIPPED ? 0 : s[l + 1]);
        if (mistake == FIRST) {
            break;
        }
    }
    return bound;
}

#define WITH(name, mistake)                                                                        \
    static double name(const float *p, const int *s, int layers) {                                 \
        return with_mistake(mistake, p, s, layers);                                                \
    }
WITH(no_root, NO_ROOT)
WITH(added, ADDED)
WITH(absolute, ABSOLUTE)
WITH(biases, BIASES)
WITH(not_skipped, NOT_SKIPPED)
WITH(first_layer, FIRST)
WITH(largest, LARGEST)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { NO_ROOT, "each layer's factor is squared: the norm is the root of the sum of squares" },
    { ADDED, "the layers' norms are added up; one layer stretches what the layer before it has "
             "stretched, so they multiply" },
    { ABSOLUTE, "each factor is the sum of the weights' sizes; the Frobenius norm is the root of "
                "the sum of squares" },
    { BIASES, "the biases are in the norm: a bias is added to f(x) and to f(y) and cancels in the "
              "difference" },
    { NOT_SKIPPED, "the second layer is read too early: behind a layer's weights lie its biases" },
    { FIRST, "that is the norm of the first layer alone" },
    { LARGEST, "each factor is the layer's largest weight, and a layer may stretch more than that: "
               "(3, 4) has the norm 5" },
};

static const char *judge(Answer answer) {
    double said = answer(params, sizes, 2);
    if (said == 0.0) {
        return wrong("the bound is 0: no layer has been looked at yet (a product begins at 1)");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (fabs(said - with_mistake(known[i].mistake, params, sizes, 2)) < 1e-6 * fabs(said)) {
            return wrong("%s", known[i].message);
        }
    }
    if (!(fabs(said - 65.0) < 1e-6)) {
        return wrong("a network 2-2-1 whose layers have the norms 5 and 13 has the bound 65, and "
                     "this says %.6g",
                     said);
    }
    float clipped[2 * 64 + 64 + 64 * 64 + 64 + 64 + 1];
    fill(clipped, sizeof clipped / sizeof *clipped, 0.1f);
    said = answer(clipped, (int[]){ 2, 64, 64, 1 }, 3);
    double right = 0.1 * sqrt(128.0) * 6.4 * 0.8;
    return fabs(said - right) < 1e-4 ? NULL
                                     : wrong("the ring's critic 2-64-64-1 with all weights at 0.1 "
                                             "has the bound %.3f, and this says %.6g",
                                             right, said);
}

EXERCISE(Answer, judge, steepest, { no_root, "each layer's factor is squared" },
         { added, "the layers' norms are added up" },
         { absolute, "each factor is the sum of the weights' sizes" },
         { biases, "the biases are in the norm" },
         { not_skipped, "the second layer is read too early" },
         { first_layer, "that is the norm of the first layer" },
         { largest, "each factor is the layer's largest weight" })
