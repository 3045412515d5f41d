// The oracle: the library's loss of the labelled pictures alone.

#include "base/rng.h"
#include "exercise.h"
#include "nn/loss.h"

float masked_cross_entropy(float *dlogits, const float *logits, const int *labels, int n,
                           int classes);

typedef float (*Answer)(float *dlogits, const float *logits, const int *labels, int n, int classes);

enum { N = 7, K = 4 };

// --- what learners write --------------------------------------------------------------------------

// Divides by `by`; the rows without a label are set to 0, or left.
static float masked(float *dlogits, const float *logits, const int *labels, int n, int classes,
                    float by, bool clear) {
    float loss = 0.0f;
    for (int i = 0; i < n; i++) {
        float *row = dlogits + i * classes;
        if (labels[i] >= 0) {
            loss += softmax_cross_entropy(row, logits + i * classes, labels + i, 1, classes) / by;
            for (int k = 0; k < classes; k++) {
                row[k] /= by;
            }
        } else if (clear) {
            fill(row, (size_t)classes, 0.0f);
        }
    }
    return loss;
}

static float labelled(const int *labels, int n) {
    float m = 0.0f;
    for (int i = 0; i < n; i++) {
        m += labels[i] >= 0 ? 1.0f : 0.0f;
    }
    return m;
}

static float nothing(float *dlogits, const float *logits, const int *labels, int n, int classes) {
    (void)dlogits, (void)logits, (void)labels, (void)n, (void)classes;
    return -1.0f;
}

static float over_all(float *dlogits, const float *logits, const int *labels, int n, int classes) {
    return masked(dlogits, logits, labels, n, classes, (float)n, true);
}

static float leftovers(float *dlogits, const float *logits, const int *labels, int n, int classes) {
    return masked(dlogits, logits, labels, n, classes, fmaxf(1.0f, labelled(labels, n)), false);
}

static float as_class_zero(float *dlogits, const float *logits, const int *labels, int n,
                           int classes) {
    int some[N];
    for (int i = 0; i < n; i++) {
        some[i] = labels[i] < 0 ? 0 : labels[i];
    }
    return softmax_cross_entropy(dlogits, logits, some, n, classes);
}

static float sum_of_all(float *dlogits, const float *logits, const int *labels, int n,
                        int classes) {
    return masked(dlogits, logits, labels, n, classes, 1.0f, true);
}

static float none_divided(float *dlogits, const float *logits, const int *labels, int n,
                          int classes) {
    float m = labelled(labels, n), loss = masked(dlogits, logits, labels, n, classes, 1.0f, true);
    for (int i = 0; i < n * classes; i++) {
        dlogits[i] /= m;
    }
    return loss / m;
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge(Answer answer) {
    float logits[N * K], d[N * K], few[N * K], right[N * K], rows[N * K];
    const int labels[N] = { 2, -1, 0, -1, -1, 3, 1 }, none[N] = { -1, -1, -1, -1, -1, -1, -1 };
    int known[N], m = 0;
    Rng rng = rng_create(5, RNG_DATA);
    rng_fill_normal(&rng, logits, N * K, 0.0f, 1.0f);
    fill(right, N * K, 0.0f);
    for (int i = 0; i < N; i++) {
        if (labels[i] >= 0) {
            memcpy(rows + m * K, logits + i * K, K * sizeof *rows);
            known[m++] = labels[i];
        }
    }
    float loss = softmax_cross_entropy(few, rows, known, m, K);
    for (int i = 0, at = 0; i < N; i++) {
        if (labels[i] >= 0) {
            memcpy(right + i * K, few + at++ * K, K * sizeof *right);
        }
    }
    fill(d, N * K, 0.5f); // what the last batch left
    float said = answer(d, logits, labels, N, K);
    if (said < 0.0f) {
        return wrong("the loss is %g: a mean of -log p is never below 0", (double)said);
    }
    if (fabsf(said - loss * (float)m / N) < 1e-5f) {
        return wrong("the loss is divided by all %d pictures, and only %d have a label", N, m);
    }
    if (fabsf(said - loss * (float)m) < 1e-5f) {
        return wrong("the loss is the sum over the labelled pictures, and should be their mean");
    }
    if (fabsf(said - loss) > 1e-5f) {
        return wrong(
            "the loss is %g and not %g: does a picture without a label count as one of some class?",
            (double)said, (double)loss);
    }
    for (int i = 0; i < N; i++) {
        if (labels[i] < 0 && !all_equal(d + i * K, K, 0.0f)) {
            return wrong(
                "the loss is right, but the gradient of picture %d, which has no label, is not 0",
                i + 1);
        }
    }
    if (!alike(d, right, N * K)) {
        return wrong("the loss is right, and the gradient of the labelled pictures is not: divided "
                     "by m, too?");
    }
    fill(d, N * K, 0.5f);
    said = answer(d, logits, none, N, K);
    return said == 0.0f && all_equal(d, N * K, 0.0f)
               ? NULL
               : wrong("in a batch without any label the loss is %g, and must be 0, and so must "
                       "the gradient",
                       (double)said);
}

EXERCISE(Answer, judge, masked_cross_entropy, { nothing, "the loss is -1" },
         { over_all, "the loss is divided by all" }, { leftovers, "the loss is right, but" },
         { as_class_zero, "the loss is 2." }, { sum_of_all, "the loss is the sum" },
         { none_divided, "in a batch without any label" })
