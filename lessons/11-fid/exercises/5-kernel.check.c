// The oracle: the definition, on two small sets.

#include "exercise.h"

double kernel_distance(const float *x, const float *y, int n);

typedef double (*Answer)(const float *x, const float *y, int n);

enum { N = 4 };
static const float x[N] = { 0.5f, -1.0f, 2.0f, 0.25f }, y[N] = { 1.0f, 0.0f, -0.5f, 1.5f };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, WITH_SELF, OLD_DIVISOR, MIXED_TOO, HALF_MIXED, ONLY_X } Mistake;

static double kernel(double a, double b) {
    return (1.0 + a * b) * (1.0 + a * b) * (1.0 + a * b);
}

static double pairs(const float *a, const float *b, int n, bool all) {
    double sum = 0.0;
    for (int i = 0; i < n * n; i++) {
        sum += all || i / n != i % n ? kernel(a[i / n], b[i % n]) : 0.0;
    }
    return sum;
}

static double with_mistake(Mistake m, const float *a, const float *b, int n) {
    double whole = (double)n * n, others = (double)n * (n - 1);
    double of_a =
        pairs(a, a, n, m == WITH_SELF) / (m == WITH_SELF || m == OLD_DIVISOR ? whole : others);
    double of_b = pairs(b, b, n, m == WITH_SELF || m == ONLY_X) /
                  (m == WITH_SELF || m == OLD_DIVISOR || m == ONLY_X ? whole : others);
    double mixed = pairs(a, b, n, m != MIXED_TOO) / (m == MIXED_TOO ? others : whole);
    return of_a + of_b - (m == HALF_MIXED ? 1.0 : 2.0) * mixed;
}

#define WITH(name, mistake)                                                                        \
    static double name(const float *a, const float *b, int n) {                                    \
        return with_mistake(mistake, a, b, n);                                                     \
    }
WITH(with_self, WITH_SELF)
WITH(old_divisor, OLD_DIVISOR)
WITH(mixed_too, MIXED_TOO)
WITH(half_mixed, HALF_MIXED)
WITH(only_x, ONLY_X)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { WITH_SELF, "each vector is still compared with itself: that pair is as alike as can be, and "
                 "makes the distance too large" },
    { OLD_DIVISOR, "the pairs of a vector with itself are left out, but the sum is still divided "
                   "by n^2: there are n (n - 1) others" },
    { MIXED_TOO, "the mixed sum leaves out x_i with y_i now: those are two different vectors, and "
                 "that half was right as it stood" },
    { HALF_MIXED, "the mixed sum stands there once: each pair of x and y counts twice" },
    { ONLY_X, "the set x is right now; the same fault is still in the set y" },
};

static const char *judge(Answer answer) {
    double said = answer(x, y, N), right = with_mistake(RIGHT, x, y, N);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (fabs(said - with_mistake(known[i].mistake, x, y, N)) < 1e-9) {
            return wrong("%s", known[i].message);
        }
    }
    return fabs(said - right) < 1e-6
               ? NULL
               : wrong("the distance of two sets of four is %.6f, and this says %.6f", right, said);
}

EXERCISE(Answer, judge, kernel_distance, { with_self, "each vector is still compared with itself" },
         { old_divisor, "the pairs of a vector with itself" },
         { mixed_too, "the mixed sum leaves out" },
         { half_mixed, "the mixed sum stands there once" }, { only_x, "the set x is right now" })
