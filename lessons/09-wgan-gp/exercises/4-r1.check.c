// The oracle: central differences of the penalty, in double.

#include "exercise.h"

double r1(float *dw, float *dq, const float *w, const float *q, const float *real, float gamma,
          int n, int d);

typedef double (*Answer)(float *dw, float *dq, const float *w, const float *q, const float *real,
                         float gamma, int n, int d);

enum { N = 3, D = 2 };
static const float w[D] = { 0.5f, -1.0f }, q[D] = { 2.0f, 0.25f };
static const float real[N * D] = { 1, 2, -0.5f, 0.75f, 3, -1.5f };
static const float gamma_ = 4.0f;

static double value(const double *p) { // p: w, then q
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < D; j++) {
            double g = p[j] + p[D + j] * real[i * D + j];
            sum += g * g;
        }
    }
    return gamma_ / 2.0 * sum / N;
}

static void measure(float *slopes) { // of w, then of q
    double p[2 * D] = { w[0], w[1], q[0], q[1] };
    for (int k = 0; k < 2 * D; k++) {
        double was = p[k], up;
        p[k] = was + 1e-4;
        up = value(p);
        p[k] = was - 1e-4;
        slopes[k] = (float)((up - value(p)) / 2e-4);
        p[k] = was;
    }
}

static bool is_times(const float *given, const float *truth, float factor) {
    float scaled[2 * D];
    for (int k = 0; k < 2 * D; k++) {
        scaled[k] = truth[k] * factor;
    }
    return alike(given, scaled, 2 * D);
}

static const char *judge_gradient(const float *given, const float *truth) {
    if (all_equal(given, 2 * D, -99.0f)) {
        return wrong("dw and dq are left as they were: no gradient is written yet");
    }
    if (is_times(given, truth, N)) {
        return wrong("the gradients are n times too long: the penalty is a mean over the examples");
    }
    if (is_times(given, truth, 2.0f)) {
        return wrong(
            "the gradients are twice too long: the 2 of the square cancels the half in front");
    }
    if (alike(given, truth, 2 * D)) {
        return NULL;
    }
    if (alike(given, truth, D) && alike(given + D, given, D)) {
        return wrong("dq equals dw: q_j enters the gradient of the score multiplied by x_ij");
    }
    if (alike(given, truth, D)) {
        return wrong("dw is right; dq differs from the measured slopes: (%g, %g) and not (%g, %g)",
                     (double)given[2], (double)given[3], (double)truth[2], (double)truth[3]);
    }
    return wrong("dw is (%g, %g), and the measured slopes are (%g, %g)", (double)given[0],
                 (double)given[1], (double)truth[0], (double)truth[1]);
}

static const char *judge(Answer answer) {
    float given[2 * D], truth[2 * D];
    fill(given, 2 * D, -99.0f);
    double p[2 * D] = { w[0], w[1], q[0], q[1] };
    double said = answer(given, given + D, w, q, real, gamma_, N, D), right = value(p);
    measure(truth);
    const char *message = judge_gradient(given, truth);
    if (message) {
        return message;
    }
    return fabs(said - right) < 1e-3
               ? NULL
               : wrong("the gradients are right, but the penalty is %.4f and not %.4f", right,
                       said);
}

// --- what learners write --------------------------------------------------------------------------

static double scaled(float *dw, float *dq, const float *a, const float *b, const float *x,
                     float gamma, int n, int d, float factor) {
    double sum = 0.0;
    for (int j = 0; j < d; j++) {
        dw[j] = dq[j] = 0.0f;
        for (int i = 0; i < n; i++) {
            float g = a[j] + b[j] * x[i * d + j];
            dw[j] += factor * gamma * g / (float)n;
            dq[j] += factor * gamma * g / (float)n * x[i * d + j];
            sum += (double)g * g;
        }
    }
    return gamma / 2.0 * sum / n;
}

#define HEAD(name)                                                                                 \
    static double name(float *dw, float *dq, const float *a, const float *b, const float *x,       \
                       float gamma, int n, int d)

HEAD(summed) {
    return scaled(dw, dq, a, b, x, gamma, n, d, (float)n);
}

HEAD(doubled) {
    return scaled(dw, dq, a, b, x, gamma, n, d, 2.0f);
}

HEAD(no_x) {
    double penalty = scaled(dw, dq, a, b, x, gamma, n, d, 1.0f);
    memcpy(dq, dw, (size_t)d * sizeof *dq);
    return penalty;
}

HEAD(to_one) { // the other penalty's target
    double penalty = scaled(dw, dq, a, b, x, gamma, n, d, 1.0f);
    for (int j = 0; j < d; j++) {
        dw[j] -= gamma;
    }
    return penalty;
}

HEAD(no_half) {
    return 2.0 * scaled(dw, dq, a, b, x, gamma, n, d, 1.0f);
}

EXERCISE(Answer, judge, r1, { summed, "the gradients are n times too long" },
         { doubled, "the gradients are twice too long" }, { no_x, "dq equals dw" },
         { to_one, "dw is (" }, { no_half, "the gradients are right, but the penalty" })
