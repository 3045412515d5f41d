#include "kernels/dense.h"
#include "base/die.h"
#include "nn/gradcheck.h"
#include "test.h"

#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// A layer with its data and gradients, and a loss that weights every output by a number of its own:
// L = Σ c·y, so that dy = c.
typedef struct {
    int n, in, out;
    float *y, *x, *W, *b, *c; // b may be NULL
    float *dx, *dW, *db;
} Layer;

static float *random_floats(Rng *rng, int n) {
    float *x = alloc_floats((size_t)n);
    rng_fill_normal(rng, x, (size_t)n, 0.0f, 1.0f);
    return x;
}

static Layer make_layer(int n, int in, int out, bool bias) {
    Rng rng = rng_create(3, RNG_DATA);
    Layer l = { .n = n, .in = in, .out = out };
    l.y = alloc_floats((size_t)(n * out));
    l.x = random_floats(&rng, n * in);
    l.W = random_floats(&rng, out * in);
    l.b = bias ? random_floats(&rng, out) : NULL;
    l.c = random_floats(&rng, n * out);
    l.dx = alloc_floats((size_t)(n * in));
    l.dW = alloc_floats((size_t)(out * in));
    l.db = alloc_floats((size_t)out);
    return l;
}

static void free_layer(Layer *l) {
    float *all[] = { l->y, l->x, l->W, l->b, l->c, l->dx, l->dW, l->db };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static double weighted_output(void *context) {
    Layer *l = context;
    dense_forward(l->y, l->x, l->W, l->b, l->n, l->in, l->out);
    double sum = 0.0;
    for (int i = 0; i < l->n * l->out; i++) {
        sum += (double)l->c[i] * l->y[i];
    }
    return sum;
}

static void backward(Layer *l) {
    dense_backward(l->dx, l->dW, l->db, l->c, l->x, l->W, l->n, l->in, l->out);
}

// The definition, number by number. Gradients are added to dW and db.
static void plain_forward(float *y, const Layer *l) {
    for (int e = 0; e < l->n; e++) {
        for (int o = 0; o < l->out; o++) {
            double sum = l->b ? l->b[o] : 0.0;
            for (int i = 0; i < l->in; i++) {
                sum += (double)l->W[o * l->in + i] * l->x[e * l->in + i];
            }
            y[e * l->out + o] = (float)sum;
        }
    }
}

static void plain_backward(float *dx, float *dW, float *db, const Layer *l) {
    for (int e = 0; e < l->n; e++) {
        for (int o = 0; o < l->out; o++) {
            float dy = l->c[e * l->out + o];
            for (int i = 0; i < l->in; i++) {
                dx[e * l->in + i] += dy * l->W[o * l->in + i];
                dW[o * l->in + i] += dy * l->x[e * l->in + i];
            }
            db[o] += dy;
        }
    }
}

static const int shapes[][3] = { { 1, 1, 1 },     { 1, 7, 3 },      { 5, 1, 4 },   { 6, 12, 1 },
                                 { 128, 50, 10 }, { 130, 65, 129 }, { 3, 200, 70 } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// --- tests ---------------------------------------------------------------------------------------

START_TEST(forward_equals_plain_loops) {
    for (int s = 0; s < N_SHAPES; s++) {
        for (int bias = 0; bias < 2; bias++) {
            Layer l = make_layer(shapes[s][0], shapes[s][1], shapes[s][2], bias);
            float *expected = alloc_floats((size_t)(l.n * l.out));
            plain_forward(expected, &l);
            dense_forward(l.y, l.x, l.W, l.b, l.n, l.in, l.out);
            ck_assert_double_lt(relative_error(l.y, expected, (size_t)(l.n * l.out)), 1e-6);
            free(expected);
            free_layer(&l);
        }
    }
}
END_TEST

START_TEST(backward_equals_plain_loops) {
    for (int s = 0; s < N_SHAPES; s++) {
        Layer l = make_layer(shapes[s][0], shapes[s][1], shapes[s][2], true);
        float *dx = alloc_floats((size_t)(l.n * l.in));
        float *dW = alloc_floats((size_t)(l.out * l.in));
        float *db = alloc_floats((size_t)l.out);
        plain_backward(dx, dW, db, &l);
        backward(&l);
        ck_assert_double_lt(relative_error(l.dx, dx, (size_t)(l.n * l.in)), 1e-6);
        ck_assert_double_lt(relative_error(l.dW, dW, (size_t)(l.out * l.in)), 1e-6);
        ck_assert_double_lt(relative_error(l.db, db, (size_t)l.out), 1e-6);
        free(dx);
        free(dW);
        free(db);
        free_layer(&l);
    }
}
END_TEST

START_TEST(gradients_equal_differences) {
    Layer l = make_layer(9, 7, 5, true);
    backward(&l);
    ck_assert_double_lt(gradient_error(l.x, l.dx, 9 * 7, weighted_output, &l, 1e-2f), 1e-3);
    ck_assert_double_lt(gradient_error(l.W, l.dW, 5 * 7, weighted_output, &l, 1e-2f), 1e-3);
    ck_assert_double_lt(gradient_error(l.b, l.db, 5, weighted_output, &l, 1e-2f), 1e-3);
    free_layer(&l);
}
END_TEST

// The classic mistake, in the one case that shapes do not catch: as many outputs as inputs.
START_TEST(a_transposed_gradient_is_rejected) {
    enum { N = 6 };
    Layer l = make_layer(9, N, N, true);
    backward(&l);
    ck_assert_double_lt(gradient_error(l.W, l.dW, N * N, weighted_output, &l, 1e-2f), 1e-3);
    float transposed[N * N];
    for (int i = 0; i < N * N; i++) {
        transposed[i] = l.dW[i % N * N + i / N];
    }
    ck_assert_double_gt(gradient_error(l.W, transposed, N * N, weighted_output, &l, 1e-2f), 0.5);
    free_layer(&l);
}
END_TEST

START_TEST(dx_is_overwritten_and_the_others_are_added_to) {
    Layer l = make_layer(9, 7, 5, true);
    backward(&l);
    float *dx = alloc_floats(9 * 7), *dW = alloc_floats(5 * 7), *db = alloc_floats(5);
    memcpy(dx, l.dx, sizeof(float) * 9 * 7);
    for (int i = 0; i < 5 * 7; i++) {
        dW[i] = 2.0f * l.dW[i];
    }
    for (int i = 0; i < 5; i++) {
        db[i] = 2.0f * l.db[i];
    }
    backward(&l);
    ck_assert_mem_eq(l.dx, dx, sizeof(float) * 9 * 7);
    ck_assert_double_lt(relative_error(l.dW, dW, 5 * 7), 1e-6);
    ck_assert_double_lt(relative_error(l.db, db, 5), 1e-6);
    free(dx);
    free(dW);
    free(db);
    free_layer(&l);
}
END_TEST

// Each gradient alone, the two others NULL, is the same as all together.
START_TEST(what_is_null_is_not_computed) {
    Layer l = make_layer(9, 7, 5, true);
    backward(&l);
    float *dx = alloc_floats(9 * 7), *dW = alloc_floats(5 * 7), *db = alloc_floats(5);
    dense_backward(dx, NULL, NULL, l.c, l.x, l.W, l.n, l.in, l.out);
    dense_backward(NULL, dW, NULL, l.c, l.x, l.W, l.n, l.in, l.out);
    dense_backward(NULL, NULL, db, l.c, l.x, l.W, l.n, l.in, l.out);
    dense_backward(NULL, NULL, NULL, l.c, l.x, l.W, l.n, l.in, l.out);
    ck_assert_mem_eq(dx, l.dx, sizeof(float) * 9 * 7);
    ck_assert_mem_eq(dW, l.dW, sizeof(float) * 5 * 7);
    ck_assert_mem_eq(db, l.db, sizeof(float) * 5);
    free(dx);
    free(dW);
    free(db);
    free_layer(&l);
}
END_TEST

// In float, 1e8 + 1 is 1e8: a running sum in float would lose all of the small ones.
START_TEST(bias_gradient_of_a_large_batch_keeps_its_digits) {
    enum { BATCH = 1001 };
    float *dy = alloc_floats(BATCH), x[BATCH] = { 0 }, W[1] = { 0 }, db[1] = { 0 };
    dy[0] = 1e8f;
    for (int i = 1; i < BATCH; i++) {
        dy[i] = 1.0f;
    }
    dense_backward(NULL, NULL, db, dy, x, W, BATCH, 1, 1);
    ck_assert_float_eq(db[0], 100001000.0f);
    free(dy);
}
END_TEST

// By itself or among others, on any number of threads, a row has the same bytes; and they are right.
START_TEST(a_row_by_itself_has_the_same_bytes) {
    static const int sizes[][2] = { { 1, 1 }, { 17, 5 }, { 64, 96 }, { 33, 7 }, { 300, 2 } };
    for (int k = 0; k < 10; k++) {
        enum { N = 35 };
        int in = sizes[k / 2][0], out = sizes[k / 2][1];
        Layer l = make_layer(N, in, out, k % 2);
        float *row = alloc_floats((size_t)out);
        weighted_output(&l);
        float *whole = alloc_floats((size_t)(N * out));
        dense_forward_by_row(whole, l.x, l.W, l.b, N, in, out);
        ck_assert_double_lt(relative_error(whole, l.y, (size_t)(N * out)), 1e-6);
        for (int i = 0; i < N; i++) {
            omp_set_num_threads(1 + i % 3);
            dense_forward_by_row(row, l.x + i * in, l.W, l.b, 1, in, out);
            ck_assert_mem_eq(row, whole + i * out, (size_t)out * sizeof *row);
        }
        free(row);
        free(whole);
        free_layer(&l);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("dense");
    CASE(s, "dense", forward_equals_plain_loops, backward_equals_plain_loops,
         gradients_equal_differences, a_transposed_gradient_is_rejected,
         dx_is_overwritten_and_the_others_are_added_to, what_is_null_is_not_computed,
         bias_gradient_of_a_large_batch_keeps_its_digits, a_row_by_itself_has_the_same_bytes);
    return s;
}
