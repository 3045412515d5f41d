// The oracle: two examples, number by number.

#include "exercise.h"

typedef void Widen(float *to, const float *from, const int *labels, int n, int size, int classes);

Widen beside, behind;

typedef struct {
    Widen *beside, *behind;
} Answer;

enum { N = 2, LATENT = 3, PIXELS = 2, K = 4, ROW = LATENT + K, PLANES = (1 + K) * PIXELS };
static const float z[N * LATENT] = { 0.5f, -1, 2, 3, -4, 5 },
                         x[N * PIXELS] = { 0.25f, 0.75f, -0.5f, -1 };
static const int labels[N] = { 2, 0 };
static const float right_zy[N * ROW] = { 0.5f, -1, 2, 0, 0, 1, 0, 3, -4, 5, 1, 0, 0, 0 };
static const float right_xy[N * PLANES] = { 0.25f, 0.75f, 0, 0, 0, 0, 1, 1, 0, 0,
                                            -0.5f, -1,    1, 1, 0, 0, 0, 0, 0, 0 };

static const char *judge_beside(const float *zy) {
    if (all_equal(zy, N * ROW, 9.0f)) {
        return wrong("zy is left as it was");
    }
    if (zy[3] == 9.0f || zy[6] == 9.0f) {
        return wrong("beside writes the 1 and not the zeros: a one-hot vector has a 0 for every "
                     "other class");
    }
    if (memcmp(zy, right_zy, ROW * sizeof *zy) == 0 &&
        memcmp(zy, right_zy, N * ROW * sizeof *zy) != 0) {
        return wrong("beside is right for the first example and wrong for the second: each row of "
                     "zy is latent + classes long");
    }
    if (zy[LATENT] == 2.0f) {
        return wrong(
            "beside writes the label as a number; a one-hot vector has a 1 at place `label`");
    }
    for (int i = 0; i < N * ROW; i++) {
        if (zy[i] != right_zy[i]) {
            return wrong("zy[%d][%d] is %g and not %g", i / ROW, i % ROW, (double)zy[i],
                         (double)right_zy[i]);
        }
    }
    return NULL;
}

static const char *judge(Answer a) {
    float zy[N * ROW], xy[N * PLANES];
    fill(zy, N * ROW, 9.0f);
    a.beside(zy, z, labels, N, LATENT, K);
    const char *said = judge_beside(zy);
    if (said) {
        return said;
    }
    fill(xy, N * PLANES, 9.0f);
    a.behind(xy, x, labels, N, PIXELS, K);
    if (all_equal(xy, N * PLANES, 9.0f)) {
        return wrong("beside is right; xy is left as it was");
    }
    if (xy[3 * PIXELS] == 0.0f && xy[2 * PIXELS] == 1.0f) {
        return wrong(
            "behind sets plane `label` to 1; plane 0 is the picture, so class k has plane 1 + k");
    }
    if (xy[3 * PIXELS] == 1.0f && xy[3 * PIXELS + 1] == 0.0f) {
        return wrong("behind sets one pixel of the label's plane; all of the plane is 1");
    }
    for (int i = 0; i < N * PLANES; i++) {
        if (xy[i] != right_xy[i]) {
            return wrong("pixel %d of plane %d of example %d is %g and not %g", i % PIXELS,
                         i / PIXELS % (1 + K), i / PLANES, (double)xy[i], (double)right_xy[i]);
        }
    }
    return NULL;
}

// --- what learners write --------------------------------------------------------------------------

static void right_beside(float *to, const float *from, const int *label, int n, int size,
                         int classes) {
    for (int i = 0; i < n * (size + classes); i++) {
        int e = i / (size + classes), j = i % (size + classes);
        to[i] = j < size ? from[e * size + j] : j - size == label[e] ? 1.0f : 0.0f;
    }
}

static void ones_only(float *to, const float *from, const int *label, int n, int size,
                      int classes) {
    for (int e = 0; e < n; e++) {
        memcpy(to + e * (size + classes), from + e * size, (size_t)size * sizeof *to);
        to[e * (size + classes) + size + label[e]] = 1.0f;
    }
}

// The second row where it would begin if rows were as long as those of z.
static void second_wrong(float *to, const float *from, const int *label, int n, int size,
                         int classes) {
    right_beside(to, from, label, n, size, classes);
    for (int j = 0; j < size; j++) {
        to[size + classes + j] = from[size + classes + j < n * size ? size + classes + j : 0];
    }
}

static void a_number(float *to, const float *from, const int *label, int n, int size, int classes) {
    right_beside(to, from, label, n, size, classes);
    for (int e = 0; e < n; e++) {
        for (int k = 0; k < classes; k++) {
            to[e * (size + classes) + size + k] = (float)label[e];
        }
    }
}

static void planes(float *to, const float *from, const int *label, int n, int size, int classes,
                   int first, int ones) {
    memset(to, 0, (size_t)(n * (1 + classes) * size) * sizeof *to);
    for (int e = 0; e < n; e++) {
        float *own = to + e * (1 + classes) * size;
        for (int p = 0; p < ones; p++) {
            own[(first + label[e]) * size + p] = 1.0f;
        }
        memcpy(own, from + e * size, (size_t)size * sizeof *own);
    }
}

static void right_behind(float *to, const float *from, const int *label, int n, int size,
                         int classes) {
    planes(to, from, label, n, size, classes, 1, size);
}

static void plane_label(float *to, const float *from, const int *label, int n, int size,
                        int classes) {
    planes(to, from, label, n, size, classes, 0, size);
}

static void one_pixel(float *to, const float *from, const int *label, int n, int size,
                      int classes) {
    planes(to, from, label, n, size, classes, 1, 1);
}

#define THEIRS ((Answer){ beside, behind })
EXERCISE(Answer, judge, THEIRS, { { ones_only, right_behind }, "beside writes the 1 and not" },
         { { second_wrong, right_behind }, "beside is right for the first" },
         { { a_number, right_behind }, "beside writes the label as a number" },
         { { right_beside, plane_label }, "behind sets plane `label`" },
         { { right_beside, one_pixel }, "behind sets one pixel" })
