// The oracle: five vectors with whole numbers, far from 0.

#include "exercise.h"

void moments(double *m, double *C, const float *x, int n, int d);

typedef void (*Answer)(double *m, double *C, const float *x, int n, int d);

enum { N = 5, D = 2 };
static const float x[N * D] = { 10001, 2, 10003, 4, 10002, 9, 10000, 1, 10004, 4 };
// m = (10002, 4); sums of squares 10 and 38, of products 8.

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, BY_N, NO_MEAN, DIAGONAL, SUM, FLOATS } Mistake;

static void with_mistake(Mistake mistake, double *m, double *C, const float *from, int n, int d) {
    for (int j = 0; j < d; j++) {
        float sum = 0.0f;
        m[j] = 0.0;
        for (int i = 0; i < n; i++) {
            m[j] += from[i * d + j] / (double)n;
            sum += from[i * d + j];
        }
        m[j] = mistake == SUM ? m[j] * n : m[j];
        m[j] = mistake == FLOATS ? sum / (float)n : m[j];
    }
    for (int j = 0; j < d; j++) {
        for (int k = 0; k < d; k++) {
            double sum = 0.0;
            float floats = 0.0f;
            for (int i = 0; i < n; i++) {
                double a = from[i * d + j] - (mistake == NO_MEAN ? 0.0 : m[j]);
                sum += a * (from[i * d + k] - (mistake == NO_MEAN ? 0.0 : m[k]));
                floats += from[i * d + j] * from[i * d + k];
            }
            C[j * d + k] = sum / (mistake == BY_N ? n : n - 1);
            C[j * d + k] = mistake == FLOATS
                               ? (double)(floats - (float)n * (float)m[j] * (float)m[k]) / (n - 1)
                               : C[j * d + k];
            C[j * d + k] = mistake == DIAGONAL && j != k ? 0.0 : C[j * d + k];
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(double *m, double *C, const float *from, int n, int d) {                      \
        with_mistake(mistake, m, C, from, n, d);                                                   \
    }
WITH(by_n, BY_N)
WITH(no_mean, NO_MEAN)
WITH(diagonal, DIAGONAL)
WITH(a_sum, SUM)
WITH(floats, FLOATS)

static bool is(double a, double b) {
    return fabs(a - b) < 1e-6 * (1.0 + fabs(b));
}

static const char *judge(Answer answer) {
    double m[D] = { -1, -1 }, C[D * D] = { -1, -1, -1, -1 };
    answer(m, C, x, N, D);
    if (m[0] == -1.0) {
        return wrong("m is left as it was: no mean is written yet");
    }
    if (is(m[0], 50010.0)) {
        return wrong("m holds sums; a mean is divided by n");
    }
    if (!(is(m[0], 10002.0) && is(m[1], 4.0))) {
        return wrong("the mean is (10002, 4), and m is (%g, %g)", m[0], m[1]);
    }
    if (C[0] == -1.0) {
        return wrong("m is right; C is left as it was");
    }
    if (is(C[0], 2.0) && is(C[3], 7.6)) {
        return wrong(
            "C is divided by n: the variances are 2 and 7.6 where n - 1 gives 2.5 and 9.5");
    }
    if (C[0] > 1e6) {
        return wrong("C[0] is %g: subtract the mean from each vector before multiplying", C[0]);
    }
    if (is(C[0], 2.5) && is(C[3], 9.5) && C[1] == 0.0) {
        return wrong("C is right on its diagonal and 0 elsewhere; two features that grow together "
                     "have a covariance, too");
    }
    if (!(is(C[0], 2.5) && is(C[3], 9.5))) {
        return wrong("the variances are 2.5 and 9.5, and C says %g and %g: numbers near 10,000 are "
                     "squared, and float has seven digits. Subtract "
                     "the mean first, and add up in double",
                     C[0], C[3]);
    }
    return is(C[1], 2.0) && is(C[2], 2.0)
               ? NULL
               : wrong("the covariance of the two features is 2, and C says %g and %g", C[1], C[2]);
}

EXERCISE(Answer, judge, moments, { a_sum, "m holds sums" }, { by_n, "C is divided by n" },
         { no_mean, "C[0] is" }, { diagonal, "C is right on its diagonal" },
         { floats, "the variances are 2.5 and 9.5" })
