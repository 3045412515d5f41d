// The oracle: attention over whole sequences, in double precision.

#include "base/rng.h"
#include "exercise.h"

void next_row(float *y, float *keys, float *values, const float *q, const float *k, const float *v,
              int at, int width);

typedef void (*Answer)(float *y, float *keys, float *values, const float *q, const float *k,
                       const float *v, int at, int width);

enum { STEPS = 6, WIDTH = 4, ALL = STEPS * WIDTH };

// --- what learners write --------------------------------------------------------------------------

// Stores at row `put`, looks at rows `from` to `to`, divides the scores by `by`.
static void attend(float *y, float *keys, float *values, const float *q, const float *k,
                   const float *v, int put, int from, int to, int width, double by) {
    double sum = 0.0, mean[WIDTH] = { 0.0 };
    memcpy(keys + put * width, k, (size_t)width * sizeof *k);
    memcpy(values + put * width, v, (size_t)width * sizeof *v);
    for (int j = from; j <= to; j++) {
        double score = 0.0;
        for (int c = 0; c < width; c++) {
            score += (double)q[c] * keys[j * width + c] / by;
        }
        sum += exp(score);
        for (int c = 0; c < width; c++) {
            mean[c] += exp(score) * values[j * width + c];
        }
    }
    for (int c = 0; c < width; c++) {
        y[c] = sum > 0.0 ? (float)(mean[c] / sum) : 0.0f;
    }
}

static void nothing(float *y, float *keys, float *values, const float *q, const float *k,
                    const float *v, int at, int width) {
    (void)keys, (void)values, (void)q, (void)k, (void)v, (void)at;
    fill(y, (size_t)width, NAN);
}

static void not_itself(float *y, float *keys, float *values, const float *q, const float *k,
                       const float *v, int at, int width) {
    attend(y, keys, values, q, k, v, at, 0, at - 1, width, sqrt(width));
}

static void one_too_many(float *y, float *keys, float *values, const float *q, const float *k,
                         const float *v, int at, int width) {
    attend(y, keys, values, q, k, v, at, 0, at + 1, width, sqrt(width));
}

static void one_behind(float *y, float *keys, float *values, const float *q, const float *k,
                       const float *v, int at, int width) {
    attend(y, keys, values, q, k, v, at + 1, 0, at + 1, width, sqrt(width));
}

static void unscaled(float *y, float *keys, float *values, const float *q, const float *k,
                     const float *v, int at, int width) {
    attend(y, keys, values, q, k, v, at, 0, at, width, 1.0);
}

static void forgetful(float *y, float *keys, float *values, const float *q, const float *k,
                      const float *v, int at, int width) {
    float row_of_keys[2 * ALL], row_of_values[2 * ALL];
    memcpy(row_of_keys, keys, (size_t)(at * width) * sizeof *keys);
    memcpy(row_of_values, values, (size_t)(at * width) * sizeof *values);
    attend(y, row_of_keys, row_of_values, q, k, v, at, 0, at, width, sqrt(width));
}

// --- the judge ------------------------------------------------------------------------------------

// The right row; from `from` to `to`, by `by`: or what a wrong one would be.
static void row_of(float *y, const float *x, int at, int from, int to, double by) {
    float keys[2 * ALL], values[2 * ALL];
    fill(keys, 2 * ALL, 3.0f);
    fill(values, 2 * ALL, 3.0f);
    memcpy(keys, x + ALL, (size_t)((at + 1) * WIDTH) * sizeof *keys);
    memcpy(values, x + 2 * ALL, (size_t)((at + 1) * WIDTH) * sizeof *values);
    attend(y, keys, values, x + at * WIDTH, x + ALL + at * WIDTH, x + 2 * ALL + at * WIDTH, at,
           from, to, WIDTH, by);
}

static const char *wrong_row(const float *y, const float *x, int at) {
    float other[WIDTH];
    if (!all_finite(y, WIDTH)) {
        return wrong("row %d of the output is not finite", at + 1);
    }
    row_of(other, x, at, 0, at - 1, sqrt(WIDTH));
    if (alike(y, other, WIDTH)) {
        return wrong("row %d looks at the rows before it, but not at itself", at + 1);
    }
    row_of(other, x, at, 0, at, 1.0);
    if (alike(y, other, WIDTH)) {
        return wrong("row %d is what unscaled scores give: where is the root of the width?",
                     at + 1);
    }
    row_of(other, x, at, 0, at + 1, sqrt(WIDTH));
    if (alike(y, other, WIDTH)) {
        return wrong("row %d looks at a row that is not there yet, the one behind it", at + 1);
    }
    return wrong("row %d is not the mean that it should be", at + 1);
}

static const char *judge(Answer answer) {
    float x[3 * ALL], keys[2 * ALL], values[2 * ALL], y[WIDTH], right[WIDTH];
    Rng rng = rng_create(2, RNG_DATA);
    rng_fill_normal(&rng, x, 3 * ALL, 0.0f, 1.0f);
    fill(keys, 2 * ALL, 3.0f); // what another text has left
    fill(values, 2 * ALL, 3.0f);
    for (int at = 0; at < STEPS; at++) {
        const float *q = x + at * WIDTH, *k = q + ALL, *v = k + ALL;
        answer(y, keys, values, q, k, v, at, WIDTH);
        if (at > 0 && (!alike(keys, x + ALL, (size_t)(at * WIDTH)) ||
                       !alike(values, x + 2 * ALL, (size_t)(at * WIDTH)))) {
            return wrong("an earlier row of the cache has changed, or was never put there");
        }
        row_of(right, x, at, 0, at, sqrt(WIDTH));
        if (!alike(y, right, WIDTH)) {
            bool missing = at == 0 && all_equal(values, WIDTH, 3.0f);
            return !missing ? wrong_row(y, x, at)
                   : all_equal(values + WIDTH, WIDTH, 3.0f)
                       ? wrong("the first value was not put into the cache")
                       : wrong("the first value was put into row 1 of the cache, behind row 0");
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, next_row, { nothing, "the first value was not put" },
         { not_itself, "row 1 looks at the rows before it, but not at itself" },
         { one_too_many, "row 1 looks at a row that is not there yet" },
         { one_behind, "the first value was put into row 1" },
         { unscaled, "row 2 is what unscaled scores give" },
         { forgetful, "an earlier row of the cache" })
