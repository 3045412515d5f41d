// The oracle: the ends, the length, the angle, and two vectors that are the same.

#include "exercise.h"

void slerp(float *z, const float *a, const float *b, float t, int d);

typedef void (*Answer)(float *z, const float *a, const float *b, float t, int d);

enum { D = 3 };
static const float a[D] = { 3, 0, 4 }, b[D] = { 0, 5, 0 }, c[D] = { 5, 0, 0 };

static double length(const float *z) {
    return sqrt((double)z[0] * z[0] + (double)z[1] * z[1] + (double)z[2] * z[2]);
}

static const char *judge_middle(Answer answer, const float *from, const float *to) {
    float z[D], straight[D];
    answer(z, from, to, 0.25f, D);
    for (int i = 0; i < D; i++) {
        straight[i] = 0.75f * from[i] + 0.25f * to[i];
    }
    if (!all_finite(z, D)) {
        return wrong("z is not a number at t = 0.25");
    }
    if (alike(z, straight, D)) {
        return wrong("that is the straight line: a quarter of the way between two vectors of "
                     "length 5 it has the length %.3f",
                     length(z));
    }
    if (!(fabs(length(z) - 5.0) < 1e-3)) {
        return wrong("between two vectors of length 5 z has the length %.3f at t = 0.25: the great "
                     "circle keeps it",
                     length(z));
    }
    double cosine = 0.0, whole = 0.0;
    for (int i = 0; i < D; i++) {
        cosine += (double)z[i] * from[i] / 25.0;
        whole += (double)from[i] * to[i] / 25.0;
    }
    double angle = acos(cosine) / acos(whole);
    return fabs(angle - 0.25) < 1e-3
               ? NULL
               : wrong("the length is right, but at t = 0.25 z has gone %.3f of the angle", angle);
}

static const char *judge(Answer answer) {
    float z[D];
    fill(z, D, -99.0f);
    answer(z, a, b, 0.0f, D);
    if (all_equal(z, D, -99.0f)) {
        return wrong("z is left as it was");
    }
    if (alike(z, b, D)) {
        return wrong("at t = 0 z is b; it begins at a");
    }
    if (!alike(z, a, D)) {
        return wrong("at t = 0 z is (%g, %g, %g) and not a = (3, 0, 4)", (double)z[0], (double)z[1],
                     (double)z[2]);
    }
    const char *said = judge_middle(answer, a, b);
    said = said ? said : judge_middle(answer, a, c);
    if (said) {
        return said;
    }
    static const float same[D] = { 0.1f, 0.7f, -0.3f };
    answer(z, same, same, 0.5f, D);
    return alike(z, same, D)
               ? NULL
               : wrong("half way from a vector to itself z is (%g, %g, %g): sin w is 0 there",
                       (double)z[0], (double)z[1], (double)z[2]);
}

// --- what learners write --------------------------------------------------------------------------

static void shares(float *z, const float *from, const float *to, double of_from, double of_to,
                   int d) {
    for (int i = 0; i < d; i++) {
        z[i] = (float)(of_from * from[i] + of_to * to[i]);
    }
}

static double angle_of(const float *from, const float *to, int d) {
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (int i = 0; i < d; i++) {
        ab += (double)from[i] * to[i];
        aa += (double)from[i] * from[i];
        bb += (double)to[i] * to[i];
    }
    return acos(ab / sqrt(aa * bb));
}

#define HEAD(name) static void name(float *z, const float *from, const float *to, float t, int d)

HEAD(straight_line) {
    shares(z, from, to, 1.0 - t, t, d);
}

HEAD(turned) {
    double w = angle_of(from, to, d);
    shares(z, from, to, sin(t * w) / sin(w), sin((1.0 - t) * w) / sin(w), d);
}

HEAD(right_angle) { // as if every two vectors stood at a right angle
    shares(z, from, to, cos(t * acos(0.0)), sin(t * acos(0.0)), d);
}

HEAD(stretched) { // the straight line, stretched to the right length
    shares(z, from, to, 1.0 - t, t, d);
    double factor = 5.0 / length(z);
    shares(z, z, z, factor, 0.0, d);
}

HEAD(no_guard) {
    double w = angle_of(from, to, d);
    shares(z, from, to, sin((1.0 - t) * w) / sin(w), sin(t * w) / sin(w), d);
}

EXERCISE(Answer, judge, slerp, { straight_line, "that is the straight line" },
         { turned, "at t = 0 z is b" },
         { right_angle, "between two vectors of length 5 z has the length" },
         { stretched, "the length is right, but" },
         { no_guard, "half way from a vector to itself" })
