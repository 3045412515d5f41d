// The oracle: three points and lines whose margin is known by hand, and the lesson's blobs.

#include "exercise.h"
#include "base/rng.h"
#include "data/toy2d.h"

double line_margin(const float *x, const float *t, int n, const float w[2], float b);

typedef double (*Answer)(const float *x, const float *t, int n, const float w[2], float b);

enum { BLOBS = 200 };

// Scores under w = (3, 0), b = 4: 13, -5 and 10; the length is 5.
static const float points[6] = { 3, 1, -3, 0, 2, -5 };
static const float truths[3] = { 1, -1, 1 };
static const float line[2] = { 3, 0 }, twice[2] = { 6, 0 };

static bool near(double a, double b) {
    return fabs(a - b) < 1e-3;
}

static const char *judge(Answer answer) {
    double said = answer(points, truths, 3, line, 4), doubled = answer(points, truths, 3, twice, 8);
    if (said == 0.0 && doubled == 0.0) {
        return wrong("line_margin returns 0: no point has been looked at");
    }
    if (near(doubled, 2.0 * said)) {
        return wrong(
            "the same line with doubled weights has twice the margin, %g and not %g: divide "
            "by the length of the weights",
            doubled, said);
    }
    if (near(said, 5.0 / 3.0)) {
        return wrong(
            "the margin is measured in the plane, divided by the length of w alone, %.3f; in "
            "the space of (x, 1) the bias belongs to the weights, and it is 1",
            said);
    }
    if (near(said, 5.0 / 25.0)) {
        return wrong("divided by the square of the length, %g and not 1: a root is missing", said);
    }
    if (near(said, 13.0 / 5.0)) {
        return wrong("that is the largest of the distances, %g; the margin is the smallest", said);
    }
    if (near(said, -5.0 / 5.0)) {
        return wrong(
            "a point with t = -1 on its right side counts as if on the wrong one: multiply "
            "the score by the truth");
    }
    if (!near(said, 1.0)) {
        return wrong(
            "for w = (3, 0), b = 4 and the points (3, 1), (-3, 0), (2, -5) with the truths "
            "1, -1, 1 the margin is %g and not 1",
            said);
    }
    double spoiled = answer(points, (const float[]){ 1, -1, -1 }, 3, line, 4);
    if (!near(spoiled, -2.0)) {
        return wrong(
            "with a point on the wrong side the margin is %g and not -2: how far the worst "
            "point is from where it should be",
            spoiled);
    }
    static float x[2 * BLOBS], t[BLOBS], from[3];
    int labels[BLOBS];
    Rng rng = rng_create(1, RNG_DATA);
    toy2d_blobs(x, labels, BLOBS, 0.1f, from, &rng);
    for (int i = 0; i < BLOBS; i++) {
        t[i] = labels[i] ? 1.0f : -1.0f;
    }
    said = answer(x, t, BLOBS, from, from[2]);
    return near(said, 0.105) ? NULL
                             : wrong("on the lesson's blobs the margin is %.3f, not 0.105", said);
}

// --- what learners write
// ---------------------------------------------------------------------------

typedef enum { UNDIVIDED, IN_THE_PLANE, NO_ROOT, LARGEST, NO_TRUTH, ABSOLUTE } Way;

static double in_a_way(Way way, const float *x, const float *t, int n, const float w[2], float b) {
    double square =
        (double)w[0] * w[0] + (double)w[1] * w[1] + (way == IN_THE_PLANE ? 0.0 : (double)b * b);
    double length = way == UNDIVIDED ? 1.0 : way == NO_ROOT ? square : sqrt(square);
    double result = way == LARGEST ? -INFINITY : INFINITY;
    for (int i = 0; i < n; i++) {
        double s = (double)w[0] * x[2 * i] + (double)w[1] * x[2 * i + 1] + b;
        double m = (way == NO_TRUTH ? s : way == ABSOLUTE ? fabs(s) : t[i] * s) / length;
        result = way == LARGEST ? fmax(result, m) : fmin(result, m);
    }
    return result;
}

#define IN_A_WAY(name, way)                                                                        \
    static double name(const float *x, const float *t, int n, const float w[2], float b) {         \
        return in_a_way(way, x, t, n, w, b);                                                       \
    }
IN_A_WAY(undivided, UNDIVIDED)
IN_A_WAY(in_the_plane, IN_THE_PLANE)
IN_A_WAY(no_root, NO_ROOT)
IN_A_WAY(largest, LARGEST)
IN_A_WAY(no_truth, NO_TRUTH)
IN_A_WAY(absolute, ABSOLUTE)

EXERCISE(Answer, judge, line_margin, { undivided, "the same line with doubled weights" },
         { in_the_plane, "the margin is measured in the plane" },
         { no_root, "divided by the square of the length" }, { largest, "that is the largest" },
         { no_truth, "a point with t = -1" }, { absolute, "with a point on the wrong side" })
