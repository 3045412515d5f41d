#include "base/die.h"
#include "kernels/embedding.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/embedding.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// A table with its data and gradient, and the loss L = Σ dy·y with random dy.
typedef struct {
    int n, words, d;
    float *x, *y, *dy, *W, *dW;
} Table;

static Table make_table(int n, int words, int d) {
    Rng rng = rng_create(11, RNG_DATA);
    Table t = { .n = n, .words = words, .d = d };
    t.x = alloc_floats((size_t)n);
    t.y = alloc_floats((size_t)(n * d));
    t.dy = alloc_floats((size_t)(n * d));
    t.W = alloc_floats((size_t)(words * d));
    t.dW = alloc_floats((size_t)(words * d));
    for (int i = 0; i < n; i++) {
        t.x[i] = (float)rng_below(&rng, (uint32_t)words);
    }
    rng_fill_normal(&rng, t.dy, (size_t)(n * d), 0.0f, 1.0f);
    rng_fill_normal(&rng, t.W, (size_t)(words * d), 0.0f, 1.0f);
    return t;
}

static void free_table(Table *t) {
    float *all[] = { t->x, t->y, t->dy, t->W, t->dW };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static double weighted_output(void *context) {
    Table *t = context;
    embedding_forward(t->y, t->x, t->W, t->n, t->words, t->d);
    double sum = 0.0;
    for (int i = 0; i < t->n * t->d; i++) {
        sum += (double)t->dy[i] * t->y[i];
    }
    return sum;
}

static const int shapes[][3] = {
    { 1, 1, 1 }, { 9, 5, 7 }, { 40, 3, 1 }, { 7, 96, 64 }, { 300, 20, 33 }
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// --- tests ---------------------------------------------------------------------------------------

START_TEST(equals_pytorch) {
    float y[9][7], dW[5][7] = { { 0 } };
    embedding_forward(y[0], embedding_tokens, embedding_W[0], 9, 5, 7);
    embedding_backward(dW[0], embedding_dy[0], embedding_tokens, 9, 5, 7);
    ck_assert_mem_eq(y, embedding_y, sizeof y);
    ck_assert_double_lt(relative_error(dW[0], embedding_dW[0], 35), 1e-6);
    for (int k = 0; k < 7; k++) {
        ck_assert_float_eq(dW[2][k], 0.0f); // the word that does not occur
    }
}
END_TEST

// The product with one-hot vectors, as the chapter has it.
START_TEST(equals_the_product_with_one_hot_vectors) {
    Table t = make_table(shapes[_i][0], shapes[_i][1], shapes[_i][2]);
    embedding_forward(t.y, t.x, t.W, t.n, t.words, t.d);
    embedding_backward(t.dW, t.dy, t.x, t.n, t.words, t.d);
    float *dW = alloc_floats((size_t)(t.words * t.d));
    for (int k = 0; k < t.d; k++) {
        for (int j = 0; j < t.words; j++) {
            double sum = 0.0;
            for (int i = 0; i < t.n; i++) {
                sum += (t.x[i] == (float)j) * t.dy[i * t.d + k];
            }
            dW[j * t.d + k] = (float)sum;
        }
        for (int i = 0; i < t.n; i++) {
            double sum = 0.0;
            for (int j = 0; j < t.words; j++) {
                sum += (t.x[i] == (float)j) * t.W[j * t.d + k];
            }
            ck_assert_float_eq(t.y[i * t.d + k], (float)sum);
        }
    }
    ck_assert_double_lt(relative_error(t.dW, dW, (size_t)(t.words * t.d)), 1e-6);
    free(dW);
    free_table(&t);
}
END_TEST

START_TEST(gradient_equals_differences) {
    Table t = make_table(30, 6, 7);
    embedding_backward(t.dW, t.dy, t.x, t.n, t.words, t.d);
    ck_assert_double_lt(gradient_error(t.W, t.dW, 42, weighted_output, &t, 1e-2f), 1e-3);
    free_table(&t);
}
END_TEST

START_TEST(the_gradient_is_added) {
    Table t = make_table(12, 4, 19);
    float *dW = alloc_floats(76);
    embedding_backward(t.dW, t.dy, t.x, t.n, t.words, t.d);
    embedding_backward(dW, t.dy, t.x, t.n, t.words, t.d);
    embedding_backward(dW, t.dy, t.x, t.n, t.words, t.d);
    for (int i = 0; i < 76; i++) {
        ck_assert_float_eq_tol(dW[i], 2.0f * t.dW[i], 1e-5f);
    }
    free(dW);
    free_table(&t);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    Table t = make_table(1000, 9, 133); // each word a hundred times: the order counts
    float *dW = alloc_floats((size_t)(t.words * t.d)), *y = alloc_floats((size_t)(t.n * t.d));
    omp_set_num_threads(1);
    embedding_forward(y, t.x, t.W, t.n, t.words, t.d);
    embedding_backward(dW, t.dy, t.x, t.n, t.words, t.d);
    const int threads[] = { 2, 3, 5 };
    for (int i = 0; i < 3; i++) {
        omp_set_num_threads(threads[i]);
        memset(t.dW, 0, (size_t)(t.words * t.d) * sizeof *t.dW);
        embedding_forward(t.y, t.x, t.W, t.n, t.words, t.d);
        embedding_backward(t.dW, t.dy, t.x, t.n, t.words, t.d);
        ck_assert_int_eq(memcmp(t.y, y, (size_t)(t.n * t.d) * sizeof *y), 0);
        ck_assert_int_eq(memcmp(t.dW, dW, (size_t)(t.words * t.d) * sizeof *dW), 0);
    }
    free(dW);
    free(y);
    free_table(&t);
}
END_TEST

START_TEST(the_largest_word_is_found) {
    enum { WORDS = 1 << 24 }; // the last one is 2^24 - 1
    float *W = alloc_floats(WORDS), x = (float)(WORDS - 1), y;
    W[WORDS - 1] = 3.0f;
    embedding_forward(&y, &x, W, 1, WORDS, 1);
    ck_assert_float_eq(y, 3.0f);
    free(W);
}
END_TEST

static void look_up(void *token) {
    float W[5] = { 0 }, y;
    embedding_forward(&y, token, W, 1, 5, 1);
}

static void learn(void *token) {
    float dW[5] = { 0 }, dy = 1.0f;
    embedding_backward(dW, &dy, token, 1, 5, 1);
}

START_TEST(other_numbers_are_refused) {
    float wrong[] = { -1.0f, 5.0f, 2.5f, NAN, INFINITY, -INFINITY, 1e20f, -0.25f };
    assert_refused(look_up, &wrong[_i], "of 5 words");
    assert_refused(learn, &wrong[_i], "of 5 words");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("embedding");
    CASE(s, "embedding", equals_pytorch, gradient_equals_differences, the_gradient_is_added,
         same_bytes_on_any_number_of_threads, the_largest_word_is_found);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_the_product_with_one_hot_vectors, 0, N_SHAPES);
    tcase_add_loop_test(each, other_numbers_are_refused, 0, 8);
    suite_add_tcase(s, each);
    return s;
}
