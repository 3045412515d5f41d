// The oracle: rows sum to 1 (and, of the gradient, to 0), large logits, and the library.

#include "exercise.h"
#include "kernels/activation.h"
#include "nn/loss.h"

void softmax_rows(float *p, const float *s, int n, int classes);
float cross_entropy(float *ds, const float *s, const int *labels, int n, int classes);

typedef struct {
    void (*softmax)(float *p, const float *s, int n, int classes);
    float (*loss)(float *ds, const float *s, const int *labels, int n, int classes);
} Answer;

enum { N = 3, K = 4 };
static const float scores[N * K] = { 1, 2, 0.5f, -1, 0, 0, 3, 1, -2, 0.25f, 0, 1.5f };
static const int labels[N] = { 1, 0, 3 };
static const float large[2 * 2] = { 10000, 0, 0, -10000 };

static const char *judge_softmax(Answer a) {
    float p[N * K], big[4];
    fill(p, N * K, -1.0f);
    a.softmax(p, scores, N, K);
    if (all_equal(p, N * K, -1.0f)) {
        return wrong("softmax_rows leaves p as it was: no probability is written yet");
    }
    for (int e = 0; e < N; e++) {
        float sum = 0.0f;
        for (int j = 0; j < K; j++) {
            sum += p[e * K + j];
        }
        if (!(fabsf(sum - 1.0f) < 1e-5f)) {
            return wrong("row %d of softmax_rows sums to %g and not to 1: each row is divided by "
                         "the sum of its own exponentials",
                         e, (double)sum);
        }
    }
    float truth[N * K];
    softmax_forward(truth, scores, N, K);
    if (!alike(p, truth, N * K)) {
        return wrong("the rows of softmax_rows sum to 1, but p_0 of the logits (1, 2, 0.5, -1) is "
                     "%g and not %g",
                     (double)p[0], (double)truth[0]);
    }
    a.softmax(big, large, 2, 2);
    if (!all_finite(big, 4)) {
        return wrong("softmax_rows of the logits (10000, 0) is not a number: exp(10000) is "
                     "infinite, so subtract the row's largest logit first");
    }
    return NULL;
}

static const char *judge_loss(Answer a) {
    float ds[N * K], truth[N * K], big[4];
    fill(ds, N * K, -1.0f);
    float loss = a.loss(ds, scores, labels, N, K);
    float right = softmax_cross_entropy(truth, scores, labels, N, K);
    if (fabsf(loss - right * N) < 1e-4f) {
        return wrong("cross_entropy returns the sum of the losses, %g; the loss of a batch is "
                     "their mean, %g",
                     (double)loss, (double)right);
    }
    if (!(fabsf(loss - right) < 1e-4f)) {
        return wrong("cross_entropy returns %g where the mean of -log p_label is %g", (double)loss,
                     (double)right);
    }
    if (all_equal(ds, N * K, -1.0f)) {
        return wrong("cross_entropy leaves ds as it was: the gradient is not written yet");
    }
    float sum = ds[0] + ds[1] + ds[2] + ds[3];
    if (!(fabsf(sum) < 1e-5f)) {
        return wrong("row 0 of ds sums to %g and not to 0: where is the 1 of the truth, to be "
                     "subtracted at the label?",
                     (double)sum);
    }
    double apart = difference(ds, truth, N * K);
    if (fabs(apart - 2.0) < 1e-3) {
        return wrong("ds has the wrong sign: it is prediction minus truth");
    }
    if (fabs(apart - (1.0 - 1.0 / N)) < 1e-3) {
        return wrong("ds is %d times too long for a batch of %d: the loss is a mean, so its "
                     "gradient is divided by n",
                     N, N);
    }
    if (!(apart < 1e-4)) {
        return wrong("ds is not (p - truth) / n: the relative error is %.3g", apart);
    }
    loss = a.loss(big, large, (int[]){ 1, 1 }, 2, 2);
    if (!(fabsf(loss - 10000.0f) < 1.0f)) {
        return wrong("the loss of the logits (10000, 0) with the truth at the second is %g and not "
                     "10000: p is rounded to 0 there, so take log(sum) - (s_k - m) and not log p",
                     (double)loss);
    }
    return NULL;
}

static const char *judge(Answer a) {
    const char *said = judge_softmax(a);
    return said ? said : judge_loss(a);
}

// --- what learners write
// ---------------------------------------------------------------------------

static void overflowing(float *p, const float *s, int n, int classes) {
    for (int e = 0; e < n; e++) {
        float sum = 0.0f;
        for (int j = 0; j < classes; j++) {
            sum += expf(s[e * classes + j]);
        }
        for (int j = 0; j < classes; j++) {
            p[e * classes + j] = expf(s[e * classes + j]) / sum;
        }
    }
}

static void over_the_batch(float *p, const float *s, int n, int classes) {
    overflowing(p, s, 1, n * classes);
}

static float summed(float *ds, const float *s, const int *truth, int n, int classes) {
    return (float)n * softmax_cross_entropy(ds, s, truth, n, classes);
}

static float without_truth(float *ds, const float *s, const int *truth, int n, int classes) {
    float loss = softmax_cross_entropy(ds, s, truth, n, classes);
    softmax_forward(ds, s, n, classes);
    return loss;
}

static float scaled(float factor, float *ds, const float *s, const int *truth, int n, int classes) {
    float loss = softmax_cross_entropy(ds, s, truth, n, classes);
    for (int i = 0; i < n * classes; i++) {
        ds[i] *= factor;
    }
    return loss;
}

static float flipped(float *ds, const float *s, const int *truth, int n, int classes) {
    return scaled(-1.0f, ds, s, truth, n, classes);
}

static float undivided(float *ds, const float *s, const int *truth, int n, int classes) {
    return scaled((float)n, ds, s, truth, n, classes);
}

static float log_of_p(float *ds, const float *s, const int *truth, int n, int classes) {
    float loss = 0.0f;
    softmax_forward(ds, s, n, classes);
    for (int e = 0; e < n; e++) {
        loss -= logf(ds[e * classes + truth[e]]) / (float)n;
    }
    softmax_cross_entropy(ds, s, truth, n, classes);
    return loss;
}

EXERCISE(Answer, judge, ((Answer){ .softmax = softmax_rows, .loss = cross_entropy }),
         { { overflowing, softmax_cross_entropy }, "softmax_rows of the logits (10000, 0)" },
         { { over_the_batch, softmax_cross_entropy }, "row 0 of softmax_rows sums to" },
         { { softmax_forward, summed }, "cross_entropy returns the sum of the losses" },
         { { softmax_forward, without_truth }, "row 0 of ds sums to" },
         { { softmax_forward, flipped }, "ds has the wrong sign" },
         { { softmax_forward, undivided }, "ds is 3 times too long" },
         { { softmax_forward, log_of_p }, "the loss of the logits (10000, 0)" })
