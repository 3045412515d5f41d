// The oracle: the store's bytes, and the shifts that this stream of random numbers gives.

#include "data/augment.h"
#include "exercise.h"

void next_batch(float *x, float *store, int n, int first, Rng *rng);

typedef void (*Answer)(float *x, float *store, int n, int first, Rng *rng);

enum { SIDE = 28, PIXELS = SIDE * SIDE, ALL = 6, BATCH = 3 };

// --- what learners write --------------------------------------------------------------------------

static void as_it_was(float *x, float *store, int n, int first, Rng *rng) {
    for (int e = 0; e < n; e++) {
        float *picture = store + (first + e) * PIXELS, moved[PIXELS];
        int right = (int)rng_below(rng, 5) - 2, down = (int)rng_below(rng, 5) - 2;
        picture_shift(moved, picture, SIDE, SIDE, right, down);
        memcpy(picture, moved, sizeof moved);
        memcpy(x + e * PIXELS, picture, sizeof moved);
    }
}

static void not_moved(float *x, float *store, int n, int first, Rng *rng) {
    for (int e = 0; e < n; e++) {
        rng_below(rng, 5), rng_below(rng, 5);
        memcpy(x + e * PIXELS, store + (first + e) * PIXELS, PIXELS * sizeof *x);
    }
}

static void one_for_all(float *x, float *store, int n, int first, Rng *rng) {
    int right = (int)rng_below(rng, 5) - 2, down = (int)rng_below(rng, 5) - 2;
    for (int e = 0; e < n; e++) {
        picture_shift(x + e * PIXELS, store + (first + e) * PIXELS, SIDE, SIDE, right, down);
    }
}

static void always_the_first(float *x, float *store, int n, int first, Rng *rng) {
    (void)first;
    for (int e = 0; e < n; e++) {
        int right = (int)rng_below(rng, 5) - 2, down = (int)rng_below(rng, 5) - 2;
        picture_shift(x + e * PIXELS, store + e * PIXELS, SIDE, SIDE, right, down);
    }
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge(Answer answer) {
    static float store[ALL * PIXELS], before[ALL * PIXELS], x[BATCH * PIXELS],
        right[BATCH * PIXELS];
    Rng rng = rng_create(13, RNG_DATA), stream = rng_create(13, RNG_NOISE);
    rng_fill_uniform(&rng, store, ALL * PIXELS, 0.1f, 1.0f);
    memcpy(before, store, sizeof store);
    for (int call = 0; call < 4; call++) {
        int first = call % 2 * BATCH, same = 0, plain = 0;
        Rng copy = stream;
        answer(x, store, BATCH, first, &stream);
        if (memcmp(store, before, sizeof store) != 0) {
            return wrong(
                "after call %d the store has other pixels than before: the next epoch will "
                "shift what is shifted already",
                call + 1);
        }
        for (int e = 0; e < BATCH; e++) {
            const float *old = before + (first + e) * PIXELS;
            int to_right = (int)rng_below(&copy, 5) - 2, down = (int)rng_below(&copy, 5) - 2;
            picture_shift(right + e * PIXELS, old, SIDE, SIDE, to_right, down);
            same += memcmp(right + e * PIXELS, x + e * PIXELS, PIXELS * sizeof *x) == 0;
            plain += memcmp(old, x + e * PIXELS, PIXELS * sizeof *x) == 0;
        }
        if (memcmp(&copy, &stream, sizeof copy) != 0) {
            return wrong(
                "two random numbers are to be drawn for each picture, to the right and then down");
        }
        if (plain == BATCH) {
            return wrong(
                "the store stays as it is now, but the pictures of the batch are not shifted");
        }
        if (same < BATCH) {
            return wrong(
                "of %d pictures of call %d, which begins at picture %d, %d are shifted as was "
                "drawn",
                BATCH, call + 1, first, same);
        }
    }
    return NULL;
}

EXERCISE(Answer, judge, next_batch, { as_it_was, "after call 1 the store" },
         { not_moved, "the store stays as it is now, but" },
         { one_for_all, "two random numbers are to be drawn" },
         { always_the_first, "of 3 pictures of call 2" })
