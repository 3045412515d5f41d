// The oracle: the library's convolution, batch norm, ReLU and a dense layer, against the folded
// convolution, ReLU and the same dense layer.

#include "base/rng.h"
#include "exercise.h"
#include "kernels/batchnorm.h"
#include "kernels/conv2d.h"

void fold(float *W, float *bias, int out, int size, const float *w, const float *b,
          const float *mean, const float *var, float eps);

typedef void (*Answer)(float *W, float *bias, int out, int size, const float *w, const float *b,
                       const float *mean, const float *var, float eps);

enum { IN = 2, SIDE = 5, OUT = 3, KERNEL = 3, FILTER = IN * KERNEL * KERNEL, MAPS = 2 * OUT * 9 };
enum { CLASSES = 4, PIXELS = 2 * IN * SIDE * SIDE };

static const float w[OUT] = { 1.5f, -0.5f, 2.0f }, b[OUT] = { 0.2f, 1.0f, -0.3f };
static const float mean[OUT] = { 0.5f, -1.0f, 2.0f }, var[OUT] = { 4.0f, 0.25f, 0.01f };
static const float eps = 1e-3f;

static void convolve(float *y, const float *x, const float *W, const float *bias) {
    const ConvShape shape = { .in = IN,
                              .height = SIDE,
                              .width = SIDE,
                              .out = OUT,
                              .kernel = KERNEL,
                              .stride = 1,
                              .pad = 0,
                              .dilation = 1 };
    float *workspace = malloc((conv2d_workspace(&shape) + 1) * sizeof *workspace);
    conv2d_forward(y, x, W, bias, 2, &shape, workspace);
    free(workspace);
}

// --- what learners write --------------------------------------------------------------------------

typedef enum {
    RIGHT,
    MEAN_FORGOTTEN,
    MEAN_NOT_SCALED,
    PLUS,
    NO_ROOT,
    NO_EPS,
    FIRST_NUMBER,
    ONLY_BIAS,
    ONLY_FILTERS
} Mistake;

static void with_mistake(Mistake mistake, float *W, float *bias) {
    for (int c = 0; c < OUT; c++) {
        float v = var[c] + (mistake == NO_EPS ? 0.0f : eps);
        float a = w[c] / (mistake == NO_ROOT ? v : sqrtf(v));
        int scaled = mistake == FIRST_NUMBER ? 1 : mistake == ONLY_BIAS ? 0 : FILTER;
        for (int i = 0; i < scaled; i++) {
            W[c * FILTER + i] *= a;
        }
        float shift = mistake == MEAN_FORGOTTEN    ? 0.0f
                      : mistake == MEAN_NOT_SCALED ? mean[c]
                      : mistake == PLUS            ? -a * mean[c]
                                                   : a * mean[c];
        bias[c] = mistake == ONLY_FILTERS ? 0.0f : b[c] - shift;
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *W, float *bias, int out, int size, const float *w_, const float *b_,   \
                     const float *mean_, const float *var_, float eps_) {                          \
        (void)out, (void)size, (void)w_, (void)b_, (void)mean_, (void)var_, (void)eps_;            \
        with_mistake(mistake, W, bias);                                                            \
    }
WITH(mean_forgotten, MEAN_FORGOTTEN)
WITH(mean_not_scaled, MEAN_NOT_SCALED)
WITH(plus, PLUS)
WITH(no_root, NO_ROOT)
WITH(no_eps, NO_EPS)
WITH(first_number, FIRST_NUMBER)
WITH(only_bias, ONLY_BIAS)
WITH(only_filters, ONLY_FILTERS)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { ONLY_FILTERS, "the filters are right and the bias is 0: what does batch norm give where the "
                    "convolution gives 0?" },
    { ONLY_BIAS, "the bias is right, but the filters are as they were: the division by sigma and "
                 "the factor w belong into them" },
    { MEAN_FORGOTTEN, "the running mean is missing: it is subtracted before the channel is "
                      "multiplied, so a part of it arrives in the bias" },
    { MEAN_NOT_SCALED, "the bias is b - mean: the mean is divided by sigma and multiplied by w as "
                       "everything else is" },
    { PLUS, "the mean has the wrong sign in the bias: it is subtracted" },
    { NO_ROOT, "the filters are divided by the variance: the deviation is its root" },
    { NO_EPS, "eps is missing: it stands under the root, beside the variance" },
    { FIRST_NUMBER, "only the first number of each filter is multiplied: a filter has `size` of "
                    "them" },
};

static void logits_of(float *logits, float *maps, const float *dense) {
    for (int k = 0; k < 2 * CLASSES; k++) {
        logits[k] = 0.0f;
        for (int j = 0; j < MAPS / 2; j++) {
            float value = maps[k / CLASSES * (MAPS / 2) + j];
            logits[k] += fmaxf(value, 0.0f) * dense[k % CLASSES * (MAPS / 2) + j];
        }
    }
}

static const char *judge(Answer answer) {
    static float x[PIXELS], W[OUT * FILTER], folded[OUT * FILTER + 1], mistaken[OUT * FILTER];
    float maps[MAPS], dense[CLASSES * MAPS / 2], bias[OUT + 1], mistaken_bias[OUT];
    float truth[2 * CLASSES], logits[2 * CLASSES];
    const BatchNormShape shape = { .channels = OUT, .area = 9, .eps = eps, .momentum = 0.1f };
    Rng rng = rng_create(5, RNG_DATA);
    rng_fill_normal(&rng, x, PIXELS, 0.0f, 1.0f);
    rng_fill_normal(&rng, W, OUT * FILTER, 0.0f, 0.3f);
    rng_fill_normal(&rng, dense, CLASSES * MAPS / 2, 0.0f, 0.2f);
    memcpy(folded, W, sizeof W);
    folded[OUT * FILTER] = bias[OUT] = 7.0f;
    fill(bias, OUT, 100.0f);
    answer(folded, bias, OUT, FILTER, w, b, mean, var, eps);
    if (memcmp(folded, W, sizeof W) == 0 && (all_equal(bias, OUT, 0.0f) || bias[0] == 100.0f)) {
        return wrong("filters and bias hold nothing of batch norm yet");
    }
    if (folded[OUT * FILTER] != 7.0f || bias[OUT] != 7.0f) {
        return wrong("a number behind the last one is changed");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        memcpy(mistaken, W, sizeof W);
        with_mistake(known[i].mistake, mistaken, mistaken_bias);
        if (alike(folded, mistaken, OUT * FILTER) && alike(bias, mistaken_bias, OUT)) {
            return wrong("%s", known[i].message);
        }
    }
    convolve(maps, x, W, NULL);
    batchnorm_forward_eval(maps, maps, w, b, mean, var, 2, &shape);
    logits_of(truth, maps, dense);
    convolve(maps, x, folded, bias);
    logits_of(logits, maps, dense);
    return alike(logits, truth, 2 * CLASSES)
               ? NULL
               : wrong("the logits differ by %.3g of their length; the first one is %g and not %g",
                       difference(logits, truth, 2 * CLASSES), (double)logits[0], (double)truth[0]);
}

EXERCISE(Answer, judge, fold, { mean_forgotten, "the running mean is missing" },
         { mean_not_scaled, "the bias is b - mean" }, { plus, "the mean has the wrong sign" },
         { no_root, "the filters are divided by the variance" }, { no_eps, "eps is missing" },
         { first_number, "only the first number of each filter" },
         { only_bias, "the bias is right" }, { only_filters, "the filters are right" })
