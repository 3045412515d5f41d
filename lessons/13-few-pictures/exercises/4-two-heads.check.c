// The oracle: differences of a loss Σ c₁∘y₁ + w Σ c₂∘y₂, whose dy are c₁ and c₂.

#include "base/rng.h"
#include "exercise.h"

void features_gradient(float *df, const float *dy1, const float *W1, const float *dy2,
                       const float *W2, float w, int n, int d, int k1, int k2);

typedef void (*Answer)(float *df, const float *dy1, const float *W1, const float *dy2,
                       const float *W2, float w, int n, int d, int k1, int k2);

enum { N = 3, D = 5, K1 = 4, K2 = 2 };

// df += factor dy · W
static void add_head(float *df, const float *dy, const float *W, float factor, int n, int d,
                     int k) {
    for (int i = 0; i < n * d; i++) {
        for (int o = 0; o < k; o++) {
            df[i] += factor * dy[i / d * k + o] * W[o * d + i % d];
        }
    }
}

// --- what learners write --------------------------------------------------------------------------

#define ARGUMENTS                                                                                  \
    float *df, const float *dy1, const float *W1, const float *dy2, const float *W2, float w,      \
        int n, int d, int k1, int k2

static void nothing(ARGUMENTS) {
    (void)dy1, (void)W1, (void)dy2, (void)W2, (void)w, (void)k1, (void)k2;
    fill(df, (size_t)(n * d), 0.0f);
}

static void second_overwrites(ARGUMENTS) {
    (void)dy1, (void)W1, (void)k1;
    fill(df, (size_t)(n * d), 0.0f);
    add_head(df, dy2, W2, w, n, d, k2);
}

static void first_alone(ARGUMENTS) {
    (void)dy2, (void)W2, (void)k2, (void)w;
    fill(df, (size_t)(n * d), 0.0f);
    add_head(df, dy1, W1, 1.0f, n, d, k1);
}

static void weight_forgotten(ARGUMENTS) {
    (void)w;
    first_alone(df, dy1, W1, dy2, W2, w, n, d, k1, k2);
    add_head(df, dy2, W2, 1.0f, n, d, k2);
}

static void weight_on_both(ARGUMENTS) {
    fill(df, (size_t)(n * d), 0.0f);
    add_head(df, dy1, W1, w, n, d, k1);
    add_head(df, dy2, W2, w, n, d, k2);
}

static void added_to_what_was_there(ARGUMENTS) {
    add_head(df, dy1, W1, 1.0f, n, d, k1);
    add_head(df, dy2, W2, w, n, d, k2);
}

static void not_transposed(ARGUMENTS) {
    fill(df, (size_t)(n * d), 0.0f);
    for (int i = 0; i < n * d; i++) {
        for (int o = 0; o < k1; o++) {
            df[i] += dy1[i / d * k1 + o] * W1[i % d * k1 + o];
        }
        for (int o = 0; o < k2; o++) {
            df[i] += w * dy2[i / d * k2 + o] * W2[i % d * k2 + o];
        }
    }
}

// --- the judge --------------------------------------------------------------------------------------

static bool is_like(const float *df, const float *dy1, const float *W1, float f1, const float *dy2,
                    const float *W2, float f2) {
    float other[N * D] = { 0 };
    add_head(other, dy1, W1, f1, N, D, K1);
    add_head(other, dy2, W2, f2, N, D, K2);
    return alike(df, other, N * D);
}

static const char *judge(Answer answer) {
    float dy1[N * K1], dy2[N * K2], W1[K1 * D], W2[K2 * D], df[N * D];
    const float w = 0.3f;
    Rng rng = rng_create(4, RNG_DATA);
    rng_fill_normal(&rng, dy1, N * K1, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy2, N * K2, 0.0f, 1.0f);
    rng_fill_normal(&rng, W1, K1 * D, 0.0f, 1.0f);
    rng_fill_normal(&rng, W2, K2 * D, 0.0f, 1.0f);
    fill(df, N * D, 7.0f);
    answer(df, dy1, W1, dy2, W2, w, N, D, K1, K2);
    if (is_like(df, dy1, W1, 1.0f, dy2, W2, w)) {
        return NULL;
    }
    if (all_equal(df, N * D, 0.0f)) {
        return wrong("df is zero everywhere: nothing has come back from the heads");
    }
    if (is_like(df, dy1, W1, 0.0f, dy2, W2, w)) {
        return wrong("only the second head is in df: it has overwritten the first one's part; add");
    }
    if (is_like(df, dy1, W1, 1.0f, dy2, W2, 0.0f)) {
        return wrong("only the first head is in df");
    }
    if (is_like(df, dy1, W1, 1.0f, dy2, W2, 1.0f)) {
        return wrong("both heads are in df, but the second loss has the weight w");
    }
    if (is_like(df, dy1, W1, w, dy2, W2, w)) {
        return wrong("the first loss has no weight, and here it is multiplied by w, too");
    }
    for (int i = 0; i < N * D; i++) {
        df[i] -= 7.0f;
    }
    if (is_like(df, dy1, W1, 1.0f, dy2, W2, w)) {
        return wrong("df held something before, and it is still in there: df is overwritten");
    }
    return wrong(
        "df is none of the gradients of these two heads: W1 is (k1, d), so that its weight from "
        "feature i to output o is W1[o * d + i]");
}

EXERCISE(Answer, judge, features_gradient, { nothing, "df is zero everywhere" },
         { second_overwrites, "only the second head" }, { first_alone, "only the first head" },
         { weight_forgotten, "both heads are in df, but" },
         { weight_on_both, "the first loss has no weight" },
         { added_to_what_was_there, "df held something before" },
         { not_transposed, "df is none of the gradients" })
