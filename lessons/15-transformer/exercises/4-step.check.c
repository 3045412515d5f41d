// The oracle: all rows at once, by the library.

#include "base/rng.h"
#include "exercise.h"
#include "kernels/attention.h"
#include "4-step.h"

void step(float *y, Cache *cache, const float *q, const float *k, const float *v, int w);

typedef void (*Answer)(float *y, Cache *cache, const float *q, const float *k, const float *v,
                       int w);

enum { ROWS = 9, W = 4, MOST = 64 };

// --- what learners write --------------------------------------------------------------------------

static void sums(float *y, const Cache *cache, const float *q, int rows, int w) {
    float p[MOST], sum = 0.0f;
    for (int j = 0; j < rows; j++) {
        p[j] = 0.0f;
        for (int c = 0; c < w; c++) {
            p[j] += q[c] * cache->keys[j * w + c] / sqrtf((float)w);
        }
        sum += p[j] = expf(p[j]);
    }
    for (int c = 0; c < w; c++) {
        y[c] = 0.0f;
        for (int j = 0; j < rows; j++) {
            y[c] += p[j] / sum * cache->values[j * w + c];
        }
    }
}

static void put(const Cache *cache, int at, const float *k, const float *v, int w) {
    memcpy(cache->keys + at * w, k, (size_t)w * sizeof *k);
    memcpy(cache->values + at * w, v, (size_t)w * sizeof *v);
}

static void itself_alone(float *y, Cache *cache, const float *q, const float *k, const float *v,
                         int w) {
    (void)cache, (void)q, (void)k;
    memcpy(y, v, (size_t)w * sizeof *y);
}

static void looks_first(float *y, Cache *cache, const float *q, const float *k, const float *v,
                        int w) {
    sums(y, cache, q, cache->rows, w);
    put(cache, cache->rows++, k, v, w);
}

static void keys_of_queries(float *y, Cache *cache, const float *q, const float *k, const float *v,
                            int w) {
    (void)k;
    put(cache, cache->rows++, q, v, w);
    sums(y, cache, q, cache->rows, w);
}

static void at_the_front(float *y, Cache *cache, const float *q, const float *k, const float *v,
                         int w) {
    memmove(cache->keys + w, cache->keys, (size_t)(cache->rows * w) * sizeof(float));
    put(cache, 0, k, v, w); // the values' rows are overwritten
    cache->rows++;
    sums(y, cache, q, cache->rows, w);
}

// --- the judge --------------------------------------------------------------------------------------

static const char *judge(Answer answer) {
    static float workspace[1 << 20], keys[MOST * W], values[MOST * W];
    const AttentionShape shape = { W, 1, ROWS, true };
    float x[ROWS * 3 * W], y[ROWS * W], row[W];
    Cache cache = { keys, values, 0 };
    Rng rng = rng_create(4, RNG_DATA);
    rng_fill_normal(&rng, x, ROWS * 3 * W, 0.0f, 1.0f);
    attention_forward(y, x, ROWS, &shape, workspace);
    fill(keys, MOST * W, NAN);
    fill(values, MOST * W, 0.0f);
    for (int i = 0; i < ROWS; i++) {
        const float *q = x + i * 3 * W, *k = q + W, *v = k + W;
        fill(row, W, NAN);
        answer(row, &cache, q, k, v, W);
        if (i == 0 && (!all_finite(row, W) || all_equal(row, W, 0.0f))) {
            return wrong("the first row sees no row at all: it has to see itself");
        }
        if (cache.rows != i + 1 && alike(row, y + i * W, W)) {
            return wrong("after %d rows the cache counts %d", i + 1, cache.rows);
        }
        if (alike(row, v, W) && i > 0) {
            return wrong("row %d sees itself alone: its sum is its own value", i);
        }
        if (alike(row, y + i * W, W)) {
            continue;
        }
        if (memcmp(keys + i * W, q, sizeof row) == 0) {
            return wrong("in row %d of the keys stands the query", i);
        }
        return memcmp(values + i * W, v, sizeof row) == 0
                   ? wrong("row %d of y is not that of the whole pass", i)
                   : wrong("row %d of y is not that of the whole pass, and its value is not in "
                           "row %d of the cache",
                           i, i);
    }
    return NULL;
}

EXERCISE(Answer, judge, step, { itself_alone, "after 1 rows the cache counts 0" },
         { looks_first, "the first row sees no row at all" },
         { keys_of_queries, "in row" },
         { at_the_front, "row 1 of y is not that" })
