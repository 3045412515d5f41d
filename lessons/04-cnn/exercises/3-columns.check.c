// The oracle: the definition, and the inner products.

#include "exercise.h"

void fill_columns(float *C, const float *x, int n, int k);
void add_columns(float *dx, const float *dC, int n, int k);

typedef struct {
    void (*fill)(float *C, const float *x, int n, int k);
    void (*add)(float *dx, const float *dC, int n, int k);
} Answer;

enum { N = 6, K = 3, M = N - K + 1 };
static const float x[N] = { 1, 2, 4, 8, 16, 32 };
static const float c[K * M] = { 1, 0, 2, -1, 3, 1, 0, 5, -2, 4, 1, 7 };

// --- what learners write --------------------------------------------------------------------------

static void right_fill(float *C, const float *from, int n, int k) {
    for (int i = 0; i < k * (n - k + 1); i++) {
        C[i] = from[i / (n - k + 1) + i % (n - k + 1)];
    }
}

static void turned(float *C, const float *from, int n, int k) { // (m, k)
    for (int i = 0; i < k * (n - k + 1); i++) {
        C[i] = from[i / k + i % k];
    }
}

static void no_shift(float *C, const float *from, int n, int k) {
    for (int i = 0; i < k * (n - k + 1); i++) {
        C[i] = from[i % (n - k + 1)];
    }
}

static void right_add(float *dx, const float *dC, int n, int k) {
    memset(dx, 0, (size_t)n * sizeof *dx);
    for (int i = 0; i < k * (n - k + 1); i++) {
        dx[i / (n - k + 1) + i % (n - k + 1)] += dC[i];
    }
}

static void copies(float *dx, const float *dC, int n, int k) {
    memset(dx, 0, (size_t)n * sizeof *dx);
    for (int i = 0; i < k * (n - k + 1); i++) {
        dx[i / (n - k + 1) + i % (n - k + 1)] = dC[i];
    }
}

static void averages(float *dx, const float *dC, int n, int k) {
    right_add(dx, dC, n, k);
    for (int t = 0; t < n; t++) {
        int windows = t + 1 < n - t ? t + 1 : n - t;
        dx[t] /= (float)(windows < k ? windows : k);
    }
}

static void not_zeroed(float *dx, const float *dC, int n, int k) {
    for (int i = 0; i < k * (n - k + 1); i++) {
        dx[i / (n - k + 1) + i % (n - k + 1)] += dC[i];
    }
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge_fill(Answer a) {
    float given[K * M], truth[K * M], other[K * M];
    fill(given, K * M, -99.0f);
    a.fill(given, x, N, K);
    right_fill(truth, x, N, K);
    if (all_equal(given, K * M, -99.0f)) {
        return wrong("C is left as it was: no column is written yet");
    }
    turned(other, x, N, K);
    if (alike(given, other, K * M)) {
        return wrong("C is filled as if its shape were (m, k): row i holds the i-th place under "
                     "all m windows");
    }
    no_shift(other, x, N, K);
    if (alike(given, other, K * M)) {
        return wrong("all rows of C are the same: row i begins i places further to the right");
    }
    return alike(given, truth, K * M)
               ? NULL
               : wrong("C[1][2] is %g and not x[3] = 8", (double)given[M + 2]);
}

static const char *judge(Answer a) {
    const char *said = judge_fill(a);
    if (said) {
        return said;
    }
    float given[N], truth[N], other[N];
    fill(given, N, 50.0f);
    a.add(given, c, N, K);
    right_add(truth, c, N, K);
    if (all_equal(given, N, 50.0f)) {
        return wrong("fill_columns is right; dx is left as it was");
    }
    copies(other, c, N, K);
    if (alike(given, other, N)) {
        return wrong("of several numbers that belong to one place only the last is left: on the "
                     "way back they add up");
    }
    averages(other, c, N, K);
    if (alike(given, other, N)) {
        return wrong("dx holds means over the windows; the adjoint of a copy is a sum");
    }
    fill(other, N, 50.0f);
    not_zeroed(other, c, N, K);
    if (alike(given, other, N)) {
        return wrong("dx still contains what it held before: it is overwritten");
    }
    return alike(given, truth, N)
               ? NULL
               : wrong("dx[2] is %g and not %g", (double)given[2], (double)truth[2]);
}

#define THEIRS ((Answer){ fill_columns, add_columns })
EXERCISE(Answer, judge, THEIRS, { { turned, right_add }, "C is filled as if" },
         { { no_shift, right_add }, "all rows of C are the same" },
         { { right_fill, copies }, "of several numbers that belong" },
         { { right_fill, averages }, "dx holds means" },
         { { right_fill, not_zeroed }, "dx still contains" })
