// The oracle: every number of dxy is another one.

#include "exercise.h"

void drop_labels(float *dx, const float *dxy, int n, int pixels, int classes);

typedef void (*Answer)(float *dx, const float *dxy, int n, int pixels, int classes);

enum { N = 3, PIXELS = 2, K = 4, ALL = N * (1 + K) * PIXELS };

// --- what learners write --------------------------------------------------------------------------

typedef enum { RIGHT, IN_ONE, SUM_OF_PLANES, MEAN, NO_PICTURE, LAST_PLANE } Mistake;

static void with_mistake(Mistake mistake, float *dx, const float *dxy, int n, int pixels,
                         int classes) {
    for (int i = 0; i < n; i++) {
        for (int p = 0; p < pixels; p++) {
            const float *own =
                dxy + (mistake == IN_ONE ? i * pixels : i * (1 + classes) * pixels) + p;
            float sum = 0.0f;
            for (int k = 0; k < 1 + classes; k++) {
                sum += own[(mistake == IN_ONE ? 0 : k) * pixels];
            }
            dx[i * pixels + p] = mistake == SUM_OF_PLANES ? sum
                                 : mistake == MEAN        ? sum / (float)(1 + classes)
                                                          : *own;
            dx[i * pixels + p] = mistake == NO_PICTURE   ? own[pixels]
                                 : mistake == LAST_PLANE ? own[classes * pixels]
                                                         : dx[i * pixels + p];
        }
    }
}

#define WITH(name, mistake)                                                                        \
    static void name(float *dx, const float *dxy, int n, int pixels, int classes) {                \
        with_mistake(mistake, dx, dxy, n, pixels, classes);                                        \
    }
WITH(in_one, IN_ONE)
WITH(sum_of_planes, SUM_OF_PLANES)
WITH(mean, MEAN)
WITH(no_picture, NO_PICTURE)
WITH(last_plane, LAST_PLANE)

static const struct {
    Mistake mistake;
    const char *message;
} known[] = {
    { IN_ONE, "only the first example is right: the next one's picture stands (1 + classes) * "
              "pixels further on" },
    { SUM_OF_PLANES, "the planes' gradients are added to the picture's: they belong to the label, "
                     "and are dropped" },
    { MEAN, "that is the mean over all planes: only the picture's plane belongs to the picture" },
    { NO_PICTURE, "that is the plane of class 0: the picture comes first" },
    { LAST_PLANE, "that is the last class's plane: the picture comes first" },
};

static const char *judge(Answer answer) {
    float dxy[ALL], dx[N * PIXELS], truth[N * PIXELS];
    for (int i = 0; i < ALL; i++) {
        dxy[i] = (float)(i * i % 31) - 15.0f;
    }
    fill(dx, N * PIXELS, 99.0f);
    answer(dx, dxy, N, PIXELS, K);
    if (all_equal(dx, N * PIXELS, 99.0f)) {
        return wrong("dx is left as it was");
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        with_mistake(known[i].mistake, truth, dxy, N, PIXELS, K);
        if (alike(dx, truth, N * PIXELS)) {
            return wrong("%s", known[i].message);
        }
    }
    with_mistake(RIGHT, truth, dxy, N, PIXELS, K);
    for (int i = 0; i < N * PIXELS; i++) {
        if (dx[i] != truth[i]) {
            return wrong("dx[%d][%d] is %g and not %g", i / PIXELS, i % PIXELS, (double)dx[i],
                         (double)truth[i]);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, drop_labels, { in_one, "only the first example" },
         { sum_of_planes, "the planes' gradients are added" },
         { mean, "that is the mean over all" }, { no_picture, "that is the plane of class 0" },
         { last_plane, "that is the last class's" })
