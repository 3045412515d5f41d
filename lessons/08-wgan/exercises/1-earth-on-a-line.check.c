// The oracle: the best of all assignments, in the plane with a second coordinate of 0.

#include "base/rng.h"
#include "exercise.h"
#include "measure/emd.h"

double earth_on_a_line(const float *x, const float *y, int n);

typedef double (*Answer)(const float *x, const float *y, int n);

enum { N = 60 };

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static double best_assignment(const float *x, const float *y, int n) {
    float in_plane[2][2 * N] = { 0 };
    for (int i = 0; i < n; i++) {
        in_plane[0][2 * i] = x[i];
        in_plane[1][2 * i] = y[i];
    }
    return emd(NULL, in_plane[0], in_plane[1], n, 2);
}

static bool is(double a, double b) {
    return fabs(a - b) < 1e-5 * (1.0 + fabs(b));
}

// --- what learners write --------------------------------------------------------------------------

typedef enum { NO_SORT, SUM, SIGNED, SQUARED, WHOLE_NUMBERS } Mistake;

static int by_whole_difference(const void *a, const void *b) {
    return (int)(*(const float *)a - *(const float *)b);
}

static double with_mistake(Mistake mistake, const float *x, const float *y, int n) {
    float a[N], b[N];
    memcpy(a, x, (size_t)n * sizeof *a);
    memcpy(b, y, (size_t)n * sizeof *b);
    if (mistake != NO_SORT) {
        qsort(a, (size_t)n, sizeof *a, mistake == WHOLE_NUMBERS ? by_whole_difference : by_size);
        qsort(b, (size_t)n, sizeof *b, mistake == WHOLE_NUMBERS ? by_whole_difference : by_size);
    }
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double d = (double)a[i] - b[i];
        sum += mistake == SIGNED ? d : mistake == SQUARED ? d * d : fabs(d);
    }
    return mistake == SUM ? sum : sum / n;
}

static double no_sort(const float *x, const float *y, int n) {
    return with_mistake(NO_SORT, x, y, n);
}

static double a_sum(const float *x, const float *y, int n) {
    return with_mistake(SUM, x, y, n);
}

static double with_sign(const float *x, const float *y, int n) {
    return with_mistake(SIGNED, x, y, n);
}

static double squared(const float *x, const float *y, int n) {
    return with_mistake(SQUARED, x, y, n);
}

static double whole_numbers(const float *x, const float *y, int n) {
    return with_mistake(WHOLE_NUMBERS, x, y, n);
}

static double in_place(const float *x, const float *y, int n) {
    double distance = with_mistake(SUM, x, y, n) / n;
    qsort((float *)(size_t)x, (size_t)n, sizeof *x, by_size);
    qsort((float *)(size_t)y, (size_t)n, sizeof *y, by_size);
    return distance;
}

// --- the judge --------------------------------------------------------------------------------------

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { NO_SORT, "heap i goes to hole i as they happen to stand: some cross each other. Sort both "
               "sets first" },
    { SUM, "that is the sum over all heaps; the distance is their mean, so divide by n" },
    { SIGNED, "ways to the left and to the right cancel each other: take the absolute value of "
              "each difference" },
    { SQUARED, "that is the mean of the squared ways; the earth mover pays for the way itself" },
    { WHOLE_NUMBERS, "the sets are not sorted: a comparison that returns (int)(a - b) takes 0.2 "
                     "and 0.9 for equal" },
};

static const char *judge(Answer answer) {
    float x[N], y[N], was_x[N], was_y[N];
    Rng rng = rng_create(8, RNG_DATA);
    rng_fill_normal(&rng, x, N, 0.0f, 1.0f);
    rng_fill_uniform(&rng, y, N, -1.0f, 3.0f);
    memcpy(was_x, x, sizeof x);
    memcpy(was_y, y, sizeof y);
    double said = answer(x, y, N), right = best_assignment(was_x, was_y, N);
    if (said == 0.0) {
        return wrong("the distance of two different sets is not 0: nothing is added up yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double mistaken = with_mistake(known[i].mistake, was_x, was_y, N);
        if (!is(mistaken, right) && is(said, mistaken)) {
            return wrong("%s", known[i].message);
        }
    }
    if (!is(said, right)) {
        return wrong("the distance of two sets of %d numbers is %.6g, and this says %.6g", N, right,
                     said);
    }
    if (memcmp(x, was_x, sizeof x) != 0 || memcmp(y, was_y, sizeof y) != 0) {
        return wrong("the distance is right, but the caller's numbers stand in another order now: "
                     "sort copies");
    }
    float one = 2.0f, other = -1.0f;
    said = answer(&one, &other, 1);
    return is(said, 3.0) ? NULL : wrong("from 2 to -1 it is 3, and this says %.6g", said);
}

EXERCISE(Answer, judge, earth_on_a_line, { no_sort, "heap i goes to hole i" },
         { a_sum, "that is the sum" }, { with_sign, "ways to the left and to the right cancel" },
         { squared, "that is the mean of the squared ways" },
         { whole_numbers, "the sets are not sorted" },
         { in_place, "the distance is right, but the caller's" })
