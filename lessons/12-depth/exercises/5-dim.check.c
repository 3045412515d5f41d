// The oracle: the library's pooling, on maps of four sizes.

#include "base/rng.h"
#include "exercise.h"
#include "kernels/any_size.h"

void mean_forward(float *y, const float *x, int channels, int height, int width);
void mean_backward(float *dx, const float *dy, int channels, int height, int width);

typedef struct {
    void (*forward)(float *y, const float *x, int channels, int height, int width);
    void (*backward)(float *dx, const float *dy, int channels, int height, int width);
} Answer;

static const Answer theirs = { mean_forward, mean_backward };

enum { CHANNELS = 3, MOST = 130 };
static const int sizes[][2] = { { 7, 7 }, { 5, 5 }, { 10, 13 }, { 1, 4 } };

// --- what learners write --------------------------------------------------------------------------

static void right_forward(float *y, const float *x, int channels, int height, int width) {
    global_avg_pool_forward(y, x, channels, height * width);
}

static void right_backward(float *dx, const float *dy, int channels, int height, int width) {
    global_avg_pool_backward(dx, dy, channels, height * width);
}

static void scaled_forward(float *y, const float *x, int channels, int height, int width,
                           float places) {
    right_forward(y, x, channels, height, width);
    for (int c = 0; c < channels; c++) {
        y[c] *= (float)(height * width) / places;
    }
}

static void faulty_forward(float *y, const float *x, int channels, int height, int width) {
    scaled_forward(y, x, channels, height, width, 49.0f);
}

static void sum_forward(float *y, const float *x, int channels, int height, int width) {
    scaled_forward(y, x, channels, height, width, 1.0f);
}

static void square_forward(float *y, const float *x, int channels, int height, int width) {
    scaled_forward(y, x, channels, height, width, (float)(height * height));
}

static void faulty_backward(float *dx, const float *dy, int channels, int height, int width) {
    for (int i = 0; i < channels * height * width; i++) {
        dx[i] = dy[i / (height * width)] / 49.0f;
    }
}

static bool forward_is(const Answer *a, void (*like)(float *, const float *, int, int, int), int k,
                       Rng rng) {
    float x[CHANNELS * MOST], y[CHANNELS], z[CHANNELS];
    int height = sizes[k][0], width = sizes[k][1];
    rng_fill_normal(&rng, x, CHANNELS * MOST, 1.0f, 1.0f);
    fill(y, CHANNELS, NAN);
    a->forward(y, x, CHANNELS, height, width);
    like(z, x, CHANNELS, height, width);
    return alike(y, z, CHANNELS);
}

static bool backward_is(const Answer *a, void (*like)(float *, const float *, int, int, int),
                        int k) {
    static const float dy[CHANNELS] = { 1.0f, -2.0f, 0.5f };
    float dx[CHANNELS * MOST], dz[CHANNELS * MOST];
    int height = sizes[k][0], width = sizes[k][1];
    fill(dx, CHANNELS * MOST, NAN);
    a->backward(dx, dy, CHANNELS, height, width);
    like(dz, dy, CHANNELS, height, width);
    return alike(dx, dz, (size_t)(CHANNELS * height * width));
}

static const char *judge(Answer a) {
    Rng rng = rng_create(14, RNG_DATA);
    bool forward[4], backward[4], all_forward = true, all_backward = true;
    for (int k = 0; k < 4; k++) {
        forward[k] = forward_is(&a, right_forward, k, rng);
        backward[k] = backward_is(&a, right_backward, k);
        all_forward = all_forward && forward[k];
        all_backward = all_backward && backward[k];
    }
    if (all_forward && all_backward) {
        return NULL;
    }
    if (forward_is(&a, faulty_forward, 2, rng) && backward_is(&a, faulty_backward, 2)) {
        return wrong("the fault is still in both: a map of 10 × 13 ones has the mean %.3g",
                     130 / 49.0);
    }
    if (forward_is(&a, faulty_forward, 2, rng)) {
        return wrong("the way back is mended, and the way forward is not");
    }
    if (forward_is(&a, sum_forward, 2, rng)) {
        return wrong("that is the sum of a map; a larger picture would have larger values");
    }
    if (forward_is(&a, square_forward, 2, rng)) {
        return wrong("it divides by height × height: maps need not be square");
    }
    if (!forward[0]) {
        return wrong("now it is wrong on maps of 7 × 7, where it was right");
    }
    if (!all_forward) {
        return wrong("the mean of a map is not right for every size");
    }
    return backward_is(&a, faulty_backward, 2)
               ? wrong("the way forward is mended; on the way back each place still gets a 49th of "
                       "dy")
               : wrong(
                     "the way forward is right; the way back is not: each place has the same share "
                     "in the mean");
}

EXERCISE(Answer, judge, theirs,
         { { faulty_forward, faulty_backward }, "the fault is still in both" },
         { { faulty_forward, right_backward }, "the way back is mended" },
         { { right_forward, faulty_backward }, "the way forward is mended" },
         { { sum_forward, right_backward }, "that is the sum of a map" },
         { { square_forward, right_backward }, "it divides by height × height" })
