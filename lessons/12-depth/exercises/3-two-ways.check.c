// The oracle: central differences of the loss Σ dy·y.

#include "base/rng.h"
#include "exercise.h"

void block_backward(float *dx, const float *dy, const float *x, const float *W1, const float *W2,
                    int d, int h);

typedef void (*Answer)(float *dx, const float *dy, const float *x, const float *W1, const float *W2,
                       int d, int h);

enum { D = 5, H = 7 };

static double loss(const float *x, const float *dy, const float *W1, const float *W2) {
    double sum = 0.0;
    for (int i = 0; i < D; i++) {
        sum += (double)dy[i] * x[i];
    }
    for (int k = 0; k < H; k++) {
        double s = 0.0;
        for (int i = 0; i < D; i++) {
            s += (double)W1[k * D + i] * x[i];
        }
        for (int i = 0; i < D && s > 0.0; i++) {
            sum += (double)dy[i] * W2[i * H + k] * s;
        }
    }
    return sum;
}

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, NO_SKIP, ONLY_SKIP, NO_MASK, MASK_OF_GRADIENT, SKIP_MASKED, TWICE } Mistake;

static void with_mistake(Mistake m, float *dx, const float *dy, const float *x, const float *W1,
                         const float *W2, int d, int h) {
    for (int i = 0; i < d; i++) {
        float skip = m == NO_SKIP ? 0.0f : m == TWICE ? 2.0f * dy[i] : dy[i];
        dx[i] = m == SKIP_MASKED && x[i] <= 0.0f ? 0.0f : skip;
    }
    for (int k = 0; k < h && m != ONLY_SKIP; k++) {
        float s = 0.0f, da = 0.0f;
        for (int i = 0; i < d; i++) {
            s += W1[k * d + i] * x[i];
            da += W2[i * h + k] * dy[i];
        }
        bool open = m == NO_MASK || (m == MASK_OF_GRADIENT ? da > 0.0f : s > 0.0f);
        for (int i = 0; i < d && open; i++) {
            dx[i] += da * W1[k * d + i];
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *dx, const float *dy, const float *x, const float *W1, const float *W2, \
                     int d, int h) {                                                               \
        with_mistake(mistake, dx, dy, x, W1, W2, d, h);                                            \
    }
WITH(no_skip, NO_SKIP)
WITH(only_skip, ONLY_SKIP)
WITH(no_mask, NO_MASK)
WITH(mask_of_gradient, MASK_OF_GRADIENT)
WITH(skip_masked, SKIP_MASKED)
WITH(twice, TWICE)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { NO_SKIP, "the skip is missing: dx is what comes back through the weights alone, and after 50 "
               "blocks nothing would be left of it" },
    { ONLY_SKIP, "dx is dy: what comes back through W2, the ReLU and W1 is missing" },
    { NO_MASK, "the ReLU's mask is missing: units with s below 0 pass nothing on" },
    { MASK_OF_GRADIENT, "the mask asks whether the gradient is above 0; it is s = W1 x that has to "
                        "be" },
    { SKIP_MASKED, "the skip has a mask where x is below 0: there is no ReLU on it" },
    { TWICE, "the skip is counted twice" },
};

static const char *judge(Answer answer) {
    Rng rng = rng_create(12, RNG_DATA);
    float x[D], dy[D], W1[H * D], W2[D * H], dx[D], expected[D];
    rng_fill_normal(&rng, x, D, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, D, 0.0f, 1.0f);
    rng_fill_normal(&rng, W1, H * D, 0.0f, 0.6f);
    rng_fill_normal(&rng, W2, D * H, 0.0f, 0.6f);
    for (int i = 0; i < D; i++) {
        float original = x[i];
        x[i] = original + 1e-3f;
        double above = loss(x, dy, W1, W2), to = (double)x[i];
        x[i] = original - 1e-3f;
        expected[i] = (float)((above - loss(x, dy, W1, W2)) / (to - (double)x[i]));
        x[i] = original;
    }
    fill(dx, D, NAN);
    answer(dx, dy, x, W1, W2, D, H);
    if (all_equal(dx, D, 0.0f)) {
        return wrong("dx is zero everywhere: nothing is written yet");
    }
    if (difference(dx, expected, D) < 1e-3) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        float mistaken[D];
        with_mistake(known[i].mistake, mistaken, dy, x, W1, W2, D, H);
        if (alike(dx, mistaken, D)) {
            return wrong("%s", known[i].message);
        }
    }
    return wrong("dx[0] is %g, and differences say %g", (double)dx[0], (double)expected[0]);
}

EXERCISE(Answer, judge, block_backward, { no_skip, "the skip is missing" },
         { only_skip, "dx is dy" }, { no_mask, "the ReLU's mask is missing" },
         { mask_of_gradient, "the mask asks whether the gradient" },
         { skip_masked, "the skip has a mask" }, { twice, "the skip is counted twice" })
