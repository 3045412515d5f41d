// The oracle: sets on a line and in the plane that were made by hand.

#include "exercise.h"

double share_inside(const float *of, int n, const float *region, int m, int d, int k);

typedef double (*Answer)(const float *of, int n, const float *region, int m, int d, int k);

enum { N = 8, M = 5, MOST = 8 };
// On a line: radii with k = 1 are 1, 1, 2, 3, 10; with k = 2 they are 3, 2, 3, 5, 13.
static const float region[M] = { 0, 1, 3, 6, 16 };
static const float of[N] = { 0.5f, 2.25f, 4.5f, 9.0f, 10.0f, 27.0f, -1.5f, 26.0f };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, ITSELF, ONE_RADIUS, OWN_BALLS, ROOTLESS, COUNT, NEAREST_ONLY } Mistake;

static double squared(const float *a, const float *b, int d) {
    double sum = 0.0;
    for (int j = 0; j < d; j++) {
        sum += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    }
    return sum;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double radius(Mistake mistake, const float *points, int i, int m, int d, int k) {
    double all[MOST];
    for (int j = 0; j < m; j++) {
        all[j] = squared(points + i * d, points + j * d, d);
    }
    qsort(all, (size_t)m, sizeof *all, by_size);
    return all[mistake == ITSELF ? k - 1 : k];
}

static double with_mistake(Mistake mistake, const float *points, int n, const float *balls, int m,
                           int d, int k) {
    if (mistake == OWN_BALLS) { // the roles exchanged
        return with_mistake(RIGHT, balls, m, points, n, d, k);
    }
    int inside = 0;
    for (int i = 0; i < n; i++) {
        int holds = 0, nearest = 0;
        for (int j = 0; j < m; j++) {
            double r = radius(mistake, balls, mistake == ONE_RADIUS ? 0 : j, m, d, k);
            double away = squared(points + i * d, balls + j * d, d);
            holds += (mistake == ROOTLESS ? sqrt(away) : away) <= r;
            nearest = away < squared(points + i * d, balls + nearest * d, d) ? j : nearest;
        }
        bool near = squared(points + i * d, balls + nearest * d, d) <=
                    radius(RIGHT, balls, nearest, m, d, k);
        inside += mistake == NEAREST_ONLY ? near : mistake == COUNT ? holds : holds > 0;
    }
    return (double)inside / n;
}

#define WITH(name, mistake)                                                                        \
    static double name(const float *p, int n, const float *b, int m, int d, int k) {               \
        return with_mistake(mistake, p, n, b, m, d, k);                                            \
    }
WITH(itself, ITSELF)
WITH(one_radius, ONE_RADIUS)
WITH(own_balls, OWN_BALLS)
WITH(rootless, ROOTLESS)
WITH(a_count, COUNT)
WITH(nearest_only, NEAREST_ONLY)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { ITSELF, "each ball reaches to the neighbour before the k-th: the point itself was counted as "
              "its first neighbour" },
    { ONE_RADIUS, "all balls have the radius of the first; each point has its own, small where its "
                  "neighbours are near" },
    { OWN_BALLS,
      "the balls are drawn around the wrong set: `region` has the balls, and `of` is asked" },
    { ROOTLESS, "a distance is compared with a squared radius (or the reverse)" },
    { COUNT, "a vector that lies in two balls is counted twice" },
    { NEAREST_ONLY, "only the ball of the nearest point is asked; a farther one may be larger" },
};

static const char *judge(Answer answer) {
    double said = answer(of, N, region, M, 1, 1),
           right = with_mistake(RIGHT, of, N, region, M, 1, 1);
    if (said == -1.0) {
        return wrong("no share is computed yet");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double mistaken = with_mistake(known[i].mistake, of, N, region, M, 1, 1);
        if (fabs(mistaken - right) > 1e-9 && fabs(said - mistaken) < 1e-9) {
            return wrong("%s", known[i].message);
        }
    }
    if (!(fabs(said - right) < 1e-9)) {
        return wrong("with k = 1, %.3f of the vectors lie inside, and this says %.3f", right, said);
    }
    said = answer(of, N, region, M, 1, 2);
    right = with_mistake(RIGHT, of, N, region, M, 1, 2);
    if (!(fabs(said - right) < 1e-9)) {
        return wrong("with k = 1 it is right; with k = 2 it is %.3f, and this says %.3f", right,
                     said);
    }
    static const float square[8] = { 0, 0, 0, 1, 1, 0, 1, 1 },
                       points[4] = { 0.5f, 0.5f, 1.9f, 1.9f };
    said = answer(points, 2, square, 4, 2, 1);
    return fabs(said - 0.5) < 1e-9 ? NULL
                                   : wrong("on a line it is right; in the plane, of two points "
                                           "around a square one lies inside, and this says %.3f",
                                           said);
}

EXERCISE(Answer, judge, share_inside, { itself, "each ball reaches to the neighbour before" },
         { one_radius, "all balls have the radius" },
         { own_balls, "the balls are drawn around the wrong set" },
         { rootless, "a distance is compared with" },
         { a_count, "a vector that lies in two balls" },
         { nearest_only, "only the ball of the nearest" })
