// The oracle: central differences of both losses, with doubles, and the library's cross-entropy.

#include "exercise.h"
#include "nn/loss.h"

void slopes(float *minimax, float *non_saturating, const float *s, int n);

typedef void (*Answer)(float *minimax, float *non_saturating, const float *s, int n);

enum { N = 5 };
static const float logits[N] = { -3.0f, -1.0f, 0.0f, 0.5f, 2.0f };

static double minimax_loss(double s) {
    return log(1.0 - 1.0 / (1.0 + exp(-s)));
}

static double non_saturating_loss(double s) {
    return -log(1.0 / (1.0 + exp(-s)));
}

static void differences(float *slope, double (*loss)(double s)) {
    const double h = 1e-5;
    for (int i = 0; i < N; i++) {
        double s = (double)logits[i];
        slope[i] = (float)((loss(s + h) - loss(s - h)) / (2.0 * h) / N);
    }
}

// --- what learners write --------------------------------------------------------------------------

typedef enum { SWAPPED, UPWARD, SUM, BY_D, BACK_TWICE, OTHER_SIGN, DISCRIMINATORS } Mistake;

static void with_mistake(Mistake mistake, float *minimax, float *other, const float *s, int n) {
    for (int i = 0; i < n; i++) {
        double D = 1.0 / (1.0 + exp((double)-s[i])), a = -D / n, b = (D - 1.0) / n;
        switch (mistake) {
        case SWAPPED:
            minimax[i] = (float)b;
            other[i] = (float)a;
            continue;
        case UPWARD:
            a = -a;
            b = -b;
            break;
        case SUM:
            a *= n;
            b *= n;
            break;
        case BY_D:
            a = -1.0 / (1.0 - D) / n;
            b = -1.0 / D / n;
            break;
        case BACK_TWICE:
            a *= D * (1.0 - D);
            b *= D * (1.0 - D);
            break;
        case OTHER_SIGN:
            a = -a;
            break;
        default: // the minimax loss with target 1
            a = b;
        }
        minimax[i] = (float)a;
        other[i] = (float)b;
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *minimax, float *other, const float *s, int n) {                        \
        with_mistake(mistake, minimax, other, s, n);                                               \
    }
WITH(swapped, SWAPPED)
WITH(upward, UPWARD)
WITH(a_sum, SUM)
WITH(by_D, BY_D)
WITH(back_twice, BACK_TWICE)
WITH(other_sign, OTHER_SIGN)
WITH(one_for_both, DISCRIMINATORS)

static void overflowing(float *minimax, float *other, const float *s, int n) {
    for (int i = 0; i < n; i++) {
        float e = expf(s[i]), D = e / (1.0f + e);
        minimax[i] = -D / (float)n;
        other[i] = (D - 1.0f) / (float)n;
    }
}

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { SWAPPED, "the two have changed places: it is the minimax loss whose slope is near 0 where D "
               "is near 0" },
    { UPWARD, "both have the wrong sign: a larger logit makes either loss smaller" },
    { SUM, "those are the slopes of the sums; the losses are means, so divide by n" },
    { BY_D, "those are the derivatives with respect to D: from D to the logit the factor "
            "D (1 - D) follows" },
    { BACK_TWICE, "the factor D (1 - D) is in it twice: -D and D - 1 are derivatives with respect "
                  "to the logit already" },
    { OTHER_SIGN, "the minimax slope is positive: that is the discriminator's loss on samples, "
                  "which the generator wants to be large" },
    { DISCRIMINATORS, "both losses have one slope here: they push in the same direction, with "
                      "different weights" },
};

static const char *judge(Answer answer) {
    static const float zero[2] = { 0.0f, 0.0f }, one[2] = { 1.0f, 1.0f };
    float a[N] = { 0 }, b[N] = { 0 }, true_a[N], true_b[N], wrong_a[N], wrong_b[N];
    answer(a, b, logits, N);
    if (all_equal(a, N, 0.0f) && all_equal(b, N, 0.0f)) {
        return wrong("both slopes are 0 everywhere: nothing would come back to the generator");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, wrong_a, wrong_b, logits, N);
        if (alike(a, wrong_a, N) && alike(b, wrong_b, N)) {
            return wrong("%s", known[i].message);
        }
    }
    differences(true_a, minimax_loss);
    differences(true_b, non_saturating_loss);
    for (int i = 0; i < N; i++) {
        if (!(fabsf(a[i] - true_a[i]) < 1e-5f)) {
            return wrong("at the logit %g the minimax slope is %.5f, and this says %.5g",
                         (double)logits[i], (double)true_a[i], (double)a[i]);
        }
        if (!(fabsf(b[i] - true_b[i]) < 1e-5f)) {
            return wrong("at the logit %g the non-saturating slope is %.5f, and this says %.5g",
                         (double)logits[i], (double)true_b[i], (double)b[i]);
        }
    }
    static const float far[2] = { -100.0f, 100.0f };
    answer(a, b, far, 2);
    if (!all_finite(a, 2) || !all_finite(b, 2)) {
        return wrong("at a logit of 100 it is not a number: e^100 is infinite as a float; with "
                     "e^(-s) below the line an infinity is harmless");
    }
    bce_with_logits(true_a, far, zero, 2); // of which the minimax loss is the opposite
    bce_with_logits(true_b, far, one, 2);
    for (int i = 0; i < 2; i++) {
        if (fabsf(a[i] + true_a[i]) > 1e-5f || fabsf(b[i] - true_b[i]) > 1e-5f) {
            return wrong("at the logit %g the slopes are %.5f and %.5f, and this says %.5g and "
                         "%.5g",
                         (double)far[i], (double)-true_a[i], (double)true_b[i], (double)a[i],
                         (double)b[i]);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, slopes, { swapped, "the two have changed places" },
         { upward, "both have the wrong sign" }, { a_sum, "those are the slopes of the sums" },
         { by_D, "those are the derivatives with respect to D" },
         { back_twice, "the factor D (1 - D) is in it twice" },
         { other_sign, "the minimax slope is positive" },
         { one_for_both, "both losses have one slope" },
         { overflowing, "at a logit of 100 it is not a number" })
