// The oracle: nine pictures, counted by hand; class 3 was never asked for.

#include "exercise.h"

void confusion(double *M, const int *asked, const int *taken, int n, int classes);
double consistency(const int *asked, const int *taken, int n);

typedef struct {
    void (*confusion)(double *M, const int *asked, const int *taken, int n, int classes);
    double (*consistency)(const int *asked, const int *taken, int n);
} Answer;

enum { N = 9, K = 4 };
static const int asked[N] = { 0, 0, 0, 0, 1, 1, 2, 2, 2 }, taken[N] = { 0, 0, 1, 3, 1, 1, 2, 0, 2 };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, TURNED, COUNTS, BY_COLUMN, BY_ALL, NOT_EMPTY } Mistake;

static void with_mistake(Mistake mistake, double *M, const int *from, const int *to, int n, int k) {
    double rows[8] = { 0 }, columns[8] = { 0 };
    memset(M, 0, (size_t)(k * k) * sizeof *M);
    for (int i = 0; i < n; i++) {
        M[mistake == TURNED ? to[i] * k + from[i] : from[i] * k + to[i]] += 1.0;
        rows[mistake == TURNED ? to[i] : from[i]] += 1.0;
        columns[to[i]] += 1.0;
    }
    for (int i = 0; i < k * k; i++) {
        double all = mistake == COUNTS      ? 1.0
                     : mistake == BY_COLUMN ? columns[i % k]
                     : mistake == BY_ALL    ? n
                                            : rows[i / k];
        M[i] = all > 0.0 || mistake == NOT_EMPTY ? M[i] / all : 0.0;
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(double *M, const int *from, const int *to, int n, int k) {                    \
        with_mistake(mistake, M, from, to, n, k);                                                  \
    }
WITH(right, RIGHT)
WITH(turned, TURNED)
WITH(counts, COUNTS)
WITH(by_column, BY_COLUMN)
WITH(by_all, BY_ALL)
WITH(not_empty, NOT_EMPTY)

static double right_share(const int *from, const int *to, int n) {
    int same = 0;
    for (int i = 0; i < n; i++) {
        same += from[i] == to[i];
    }
    return (double)same / n;
}

static double of_diagonal(const int *from, const int *to, int n) {
    double M[K * K];
    with_mistake(RIGHT, M, from, to, n, K);
    return (M[0] + M[5] + M[10] + M[15]) / 4.0;
}

static double whole(const int *from, const int *to, int n) {
    return floor(right_share(from, to, n));
}

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { TURNED, "the rows are what the judge saw; they should be what was asked for" },
    { COUNTS, "M holds counts; each row is divided by the pictures that were asked for" },
    { BY_COLUMN, "each number is divided by the sum of its column: that asks how often the judge's "
                 "word is right, and not what becomes of a wish" },
    { BY_ALL, "everything is divided by n; each row is divided by its own number of pictures and "
              "sums to 1" },
};

static const char *judge(Answer a) {
    double M[K * K], other[K * K];
    for (int i = 0; i < K * K; i++) {
        M[i] = -1.0;
    }
    a.confusion(M, asked, taken, N, K);
    if (M[0] == -1.0) {
        return wrong("M is left as it was");
    }
    if (isnan(M[K * K - 1])) {
        return wrong("the row of a class that nobody asked for is not a number: 0 / 0; it is a row "
                     "of zeros");
    }
    for (size_t m = 0; m < sizeof known / sizeof *known; m++) {
        with_mistake(known[m].mistake, other, asked, taken, N, K);
        if (memcmp(M, other, sizeof M) == 0) {
            return wrong("%s", known[m].message);
        }
    }
    with_mistake(RIGHT, other, asked, taken, N, K);
    for (int i = 0; i < K * K; i++) {
        if (!(fabs(M[i] - other[i]) < 1e-9)) {
            return wrong("M[%d][%d] is %.3f and not %.3f", i / K, i % K, M[i], other[i]);
        }
    }
    double said = a.consistency(asked, taken, N), truth = right_share(asked, taken, N);
    if (fabs(said - of_diagonal(asked, taken, N)) < 1e-9) {
        return wrong("M is right; the consistency is the mean of the diagonal here, and the "
                     "classes were not asked for equally often: count pictures");
    }
    if (said == 0.0) {
        return wrong("M is right; the consistency is 0: a quotient of two ints has no fraction");
    }
    return fabs(said - truth) < 1e-9
               ? NULL
               : wrong("M is right; the consistency is %.3f and not %.3f", said, truth);
}

#define THEIRS ((Answer){ confusion, consistency })
EXERCISE(Answer, judge, THEIRS, { { turned, right_share }, "the rows are what the judge saw" },
         { { counts, right_share }, "M holds counts" },
         { { by_column, right_share }, "each number is divided by the sum of its column" },
         { { by_all, right_share }, "everything is divided by n" },
         { { not_empty, right_share }, "the row of a class that nobody" },
         { { right, of_diagonal }, "M is right; the consistency is the mean of the diagonal" },
         { { right, whole }, "M is right; the consistency is 0:" })
