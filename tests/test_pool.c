#include "base/die.h"
#include "nn/gradcheck.h"
#include "kernels/pool.h"
#include "test.h"

#include "fixtures/pool.h"

#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

static size_t in_size(int n, const PoolShape *s) {
    return (size_t)n * (size_t)(s->channels * s->height * s->width);
}

static int rows_of(const PoolShape *s) {
    return pool_out(s->height + 2 * s->pad, s->kernel, s->stride);
}

static int columns_of(const PoolShape *s) {
    return pool_out(s->width + 2 * s->pad, s->kernel, s->stride);
}

static size_t out_size(int n, const PoolShape *s) {
    return (size_t)n * (size_t)s->channels * (size_t)rows_of(s) * (size_t)columns_of(s);
}

// Data of a pooling, and the loss L = Σ dy·y. x holds whole hundredths in random order, all
// different: a small step changes no winner.
typedef struct {
    PoolShape shape;
    bool max;
    int n;
    size_t in, out;
    float *x, *y, *dy, *dx;
    int *winner;
} Pooling;

static Pooling make_pooling(bool max, int n, PoolShape shape) {
    Pooling p = { shape, max, n, in_size(n, &shape), out_size(n, &shape), 0, 0, 0, 0, 0 };
    Rng rng = rng_create(11, RNG_DATA);
    p.x = alloc_floats(p.in);
    p.dx = alloc_floats(p.in);
    p.y = alloc_floats(p.out);
    p.dy = alloc_floats(p.out);
    p.winner = alloc_bytes(p.out * sizeof *p.winner);
    int *order = alloc_bytes(p.in * sizeof *order);
    for (size_t i = 0; i < p.in; i++) {
        order[i] = (int)i;
    }
    rng_shuffle(&rng, order, (int)p.in);
    for (size_t i = 0; i < p.in; i++) {
        p.x[i] = 0.01f * (float)(order[i] - (int)p.in / 2);
        p.dx[i] = NAN; // must be overwritten
    }
    free(order);
    rng_fill_normal(&rng, p.dy, p.out, 0.0f, 1.0f);
    return p;
}

static void free_pooling(Pooling *p) {
    free(p->x);
    free(p->dx);
    free(p->y);
    free(p->dy);
    free(p->winner);
}

static void forward(Pooling *p) {
    if (p->max) {
        max_pool2d_forward(p->y, p->winner, p->x, p->n, &p->shape);
    } else {
        avg_pool2d_forward(p->y, p->x, p->n, &p->shape);
    }
}

static void backward(Pooling *p) {
    if (p->max) {
        max_pool2d_backward(p->dx, p->dy, p->winner, p->n, &p->shape);
    } else {
        avg_pool2d_backward(p->dx, p->dy, p->n, &p->shape);
    }
}

static double weighted_output(void *context) {
    Pooling *p = context;
    forward(p);
    double sum = 0.0;
    for (size_t i = 0; i < p->out; i++) {
        sum += (double)p->dy[i] * p->y[i];
    }
    return sum;
}

static const PoolShape shapes[] = {
    { 1, 1, 1, 1, 1, 0 },   { 2, 5, 5, 1, 2, 0 },  { 6, 28, 28, 2, 2, 0 }, { 7, 9, 35, 2, 2, 0 },
    { 3, 19, 20, 2, 1, 0 }, { 3, 7, 41, 3, 2, 0 }, { 2, 10, 11, 3, 1, 0 }, { 1, 12, 70, 3, 3, 0 },
    { 4, 11, 13, 2, 3, 0 }, { 2, 9, 8, 5, 2, 0 },  { 3, 4, 4, 4, 4, 0 },   { 2, 7, 9, 3, 1, 1 },
    { 1, 28, 30, 3, 2, 1 }, { 3, 9, 41, 5, 1, 2 }, { 2, 4, 2, 5, 3, 2 },   { 2, 3, 1, 2, 2, 1 },
    { 1, 12, 20, 3, 1, 1 },
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// --- against PyTorch -----------------------------------------------------------------------------

typedef struct {
    const char *name;
    int n;
    PoolShape shape;
    const float *max[4], *avg[4]; // x, y, dy, dx
    const int *winner;
} Fixture;

#define ARRAYS(name)                                                                               \
    {                                                                                              \
        (const float *)name##_x, (const float *)name##_y, (const float *)name##_dy,                \
            (const float *)name##_dx                                                               \
    }
#define FIXTURE(name, n, ...)                                                                      \
    {                                                                                              \
#name, n,                                                                                  \
            { __VA_ARGS__ }, ARRAYS(max_##name), ARRAYS(avg_##name),                               \
              (const int *)max_##name##_winner                                                     \
    }

static const Fixture fixtures[] = {
    FIXTURE(halves, 2, 3, 6, 8, 2, 2, 0),  FIXTURE(odd, 1, 7, 5, 7, 2, 2, 0),
    FIXTURE(overlap, 2, 1, 9, 7, 3, 2, 0), FIXTURE(apart, 1, 2, 11, 8, 2, 3, 0),
    FIXTURE(every, 1, 1, 6, 5, 4, 1, 0),   FIXTURE(ties, 1, 2, 7, 7, 3, 2, 0),
};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

static void check_fixture(const Fixture *f, bool max) {
    const float *const *arrays = max ? f->max : f->avg;
    Pooling p = make_pooling(max, f->n, f->shape);
    memcpy(p.x, arrays[0], p.in * sizeof *p.x);
    memcpy(p.dy, arrays[2], p.out * sizeof *p.dy);
    forward(&p);
    backward(&p);
    ck_assert_msg(relative_error(p.y, arrays[1], p.out) < 1e-6, "%s forward", f->name);
    ck_assert_msg(relative_error(p.dx, arrays[3], p.in) < 1e-6, "%s backward", f->name);
    if (max) {
        ck_assert_msg(!memcmp(p.winner, f->winner, p.out * sizeof *p.winner), "%s: winners",
                      f->name);
    }
    free_pooling(&p);
}

START_TEST(equals_pytorch) {
    check_fixture(&fixtures[_i], true);
    check_fixture(&fixtures[_i], false);
}
END_TEST

static const Fixture padded[] = {
    { "padded",
      2,
      { 2, 5, 7, 3, 1, 1 },
      ARRAYS(max_padded),
      { 0 },
      (const int *)max_padded_winner },
    { "half", 1, { 3, 8, 7, 3, 2, 1 }, ARRAYS(max_half), { 0 }, (const int *)max_half_winner },
    { "wide", 1, { 1, 6, 4, 5, 3, 2 }, ARRAYS(max_wide), { 0 }, (const int *)max_wide_winner },
};
enum { N_PADDED = sizeof padded / sizeof *padded };

START_TEST(windows_over_the_edge_equal_pytorch) {
    check_fixture(&padded[_i], true);
}
END_TEST

// --- against their definitions -------------------------------------------------------------------

// The value of the output at (plane, i, j), and the place of the largest, with loops only.
static float plain_window(const Pooling *p, size_t plane, int i, int j, int *winner) {
    const PoolShape *s = &p->shape;
    const float *x = p->x + plane * (size_t)(s->height * s->width);
    double sum = 0.0;
    *winner = -1;
    for (int a = 0; a < s->kernel; a++) {
        for (int b = 0; b < s->kernel; b++) {
            int row = i * s->stride + a - s->pad, column = j * s->stride + b - s->pad;
            int place = row * s->width + column;
            if (row >= 0 && row < s->height && column >= 0 && column < s->width) {
                sum += x[place];
                *winner = *winner < 0 || x[place] > x[*winner] ? place : *winner;
            }
        }
    }
    return p->max ? x[*winner] : (float)(sum / (s->kernel * s->kernel));
}

static void check_plain(bool max, const PoolShape *shape) {
    Pooling p = make_pooling(max, 2, *shape);
    forward(&p);
    int rows = rows_of(shape), columns = columns_of(shape);
    float *expected = alloc_floats(p.out);
    for (size_t k = 0; k < p.out; k++) {
        size_t plane = k / (size_t)(rows * columns);
        int i = (int)k / columns % rows, j = (int)k % columns, winner;
        expected[k] = plain_window(&p, plane, i, j, &winner);
        if (max) {
            ck_assert_int_eq(p.winner[k], winner);
        }
    }
    if (max) {
        ck_assert_mem_eq(p.y, expected, p.out * sizeof *p.y);
    } else {
        ck_assert_double_lt(relative_error(p.y, expected, p.out), 1e-6);
    }
    free(expected);
    free_pooling(&p);
}

START_TEST(forward_equals_plain_loops) {
    check_plain(true, &shapes[_i]);
    if (shapes[_i].pad == 0) {
        check_plain(false, &shapes[_i]);
    }
}
END_TEST

START_TEST(backward_equals_differences) {
    const PoolShape small[] = {
        { 2, 4, 6, 2, 2, 0 }, { 1, 7, 5, 3, 2, 0 }, { 2, 5, 8, 2, 3, 0 },
        { 1, 5, 5, 4, 1, 0 }, { 2, 5, 7, 3, 2, 1 }, { 1, 4, 5, 5, 1, 2 },
    };
    for (int max = 0; max < 2; max++) {
        for (int s = 0; s < (max ? 6 : 4); s++) { // the mean has no pad
            Pooling p = make_pooling(max, 2, small[s]);
            forward(&p);
            backward(&p);
            // 0.004: twice that is less than the distance of two inputs.
            double error = gradient_error(p.x, p.dx, p.in, weighted_output, &p, 0.004f);
            ck_assert_msg(error < 1e-3, "max %d, shape %d: error %g", max, s, error);
            free_pooling(&p);
        }
    }
}
END_TEST

// <Ax, u> = <x, A'u>: average pooling is linear, and its backward pass the transposed map.
START_TEST(average_backward_is_the_adjoint) {
    if (shapes[_i].pad) {
        return;
    }
    Pooling p = make_pooling(false, 3, shapes[_i]);
    double left = weighted_output(&p), right = 0.0, size = 0.0;
    backward(&p);
    for (size_t i = 0; i < p.in; i++) {
        right += (double)p.x[i] * p.dx[i];
        size += fabs((double)p.x[i] * p.dx[i]);
    }
    ck_assert_double_gt(size, 0.0);
    ck_assert_double_le(fabs(left - right), 1e-6 * size);
    free_pooling(&p);
}
END_TEST

// --- special numbers -----------------------------------------------------------------------------

START_TEST(the_first_of_equals_wins) {
    for (int kernel = 1; kernel <= 5; kernel++) {
        PoolShape shape = { 1, 20, 40, kernel, kernel, 0 };
        Pooling p = make_pooling(true, 1, shape);
        for (size_t i = 0; i < p.in; i++) {
            p.x[i] = -7.0f;
        }
        forward(&p);
        int columns = 40 / kernel;
        for (size_t k = 0; k < p.out; k++) {
            ck_assert_float_eq(p.y[k], -7.0f);
            ck_assert_int_eq(p.winner[k], kernel * ((int)k / columns * 40 + (int)k % columns));
        }
        free_pooling(&p);
    }
}
END_TEST

// One NaN anywhere in a window of infinities and numbers becomes the output, and gets the gradient.
START_TEST(a_nan_wins) {
    for (int kernel = 2; kernel <= 4; kernel++) {
        for (int a = 0; a < kernel * kernel; a++) {
            PoolShape shape = { 1, kernel, 37 * kernel, kernel, kernel, 0 };
            Pooling p = make_pooling(true, 1, shape);
            for (int j = 0; j < 37; j++) {
                p.x[j * kernel] = INFINITY;
                p.x[a / kernel * shape.width + j * kernel + a % kernel] = NAN;
            }
            forward(&p);
            for (int j = 0; j < 37; j++) {
                ck_assert(isnan(p.y[j]));
                ck_assert_int_eq(p.winner[j], a / kernel * shape.width + j * kernel + a % kernel);
            }
            free_pooling(&p);
        }
    }
}
END_TEST

START_TEST(minus_infinity_everywhere_has_a_winner) {
    PoolShape shape = { 1, 4, 4, 2, 2, 0 };
    Pooling p = make_pooling(true, 1, shape);
    for (size_t i = 0; i < p.in; i++) {
        p.x[i] = -INFINITY;
    }
    forward(&p);
    ck_assert_int_eq(p.winner[3], 10);
    ck_assert(isinf(p.y[3]) && p.y[3] < 0.0f);
    free_pooling(&p);
}
END_TEST

START_TEST(the_example_of_the_chapter) {
    PoolShape shape = { 1, 2, 2, 2, 2, 0 };
    const float x[4] = { 3, 1, 3, 2 }, dy = 8.0f, first[4] = { 8, 0, 0, 0 },
                all[4] = { 2, 2, 2, 2 };
    float y, dx[4];
    int winner;
    max_pool2d_forward(&y, &winner, x, 1, &shape);
    max_pool2d_backward(dx, &dy, &winner, 1, &shape);
    ck_assert_float_eq(y, 3.0f);
    ck_assert_mem_eq(dx, first, sizeof dx);
    avg_pool2d_forward(&y, x, 1, &shape);
    avg_pool2d_backward(dx, &dy, 1, &shape);
    ck_assert_float_eq(y, 2.25f);
    ck_assert_mem_eq(dx, all, sizeof dx);
}
END_TEST

// --- threads and refusals ------------------------------------------------------------------------

START_TEST(same_bytes_on_any_number_of_threads) {
    for (int max = shapes[_i].pad > 0; max < 2; max++) {
        Pooling one = make_pooling(max, 5, shapes[_i]), p = make_pooling(max, 5, shapes[_i]);
        omp_set_num_threads(1);
        forward(&one);
        backward(&one);
        for (int threads = 2; threads <= 3; threads++) {
            omp_set_num_threads(threads);
            forward(&p);
            backward(&p);
            ck_assert_mem_eq(p.y, one.y, p.out * sizeof *p.y);
            ck_assert_mem_eq(p.dx, one.dx, p.in * sizeof *p.dx);
            ck_assert_mem_eq(p.winner, one.winner, p.out * sizeof *p.winner);
        }
        free_pooling(&one);
        free_pooling(&p);
    }
}
END_TEST

START_TEST(output_sizes) {
    ck_assert_int_eq(pool_out(28, 2, 2), 14);
    ck_assert_int_eq(pool_out(7, 2, 2), 3);
    ck_assert_int_eq(pool_out(7, 3, 2), 3);
    ck_assert_int_eq(pool_out(8, 3, 2), 3);
    ck_assert_int_eq(pool_out(11, 2, 3), 4);
    ck_assert_int_eq(pool_out(5, 5, 9), 1);
}
END_TEST

typedef struct {
    int n;
    PoolShape shape;
} Request;

static void pool_it(void *context) {
    const Request *r = context;
    float x[4] = { 0 }, y[4];
    int winner[4];
    max_pool2d_forward(y, winner, x, r->n, &r->shape);
}

START_TEST(refuses_impossible_shapes) {
    assert_refused(pool_it, &(Request){ 0, { 1, 2, 2, 2, 2, 0 } }, "pooling of 0 images");
    assert_refused(pool_it, &(Request){ 1, { 0, 2, 2, 2, 2, 0 } }, "with 0 channels");
    assert_refused(pool_it, &(Request){ 1, { 1, 1, 2, 2, 2, 0 } }, "a window of 2 every 2 on 1");
    assert_refused(pool_it, &(Request){ 1, { 1, 2, 1, 2, 2, 0 } }, "a window of 2 every 2 on 1");
    assert_refused(pool_it, &(Request){ 1, { 1, 2, 2, 0, 2, 0 } }, "a window of 0");
    assert_refused(pool_it, &(Request){ 1, { 1, 2, 2, 2, 0, 0 } }, "every 0");
    assert_refused(pool_it, &(Request){ 1, { 1, 4, 4, 2, 2, 2 } },
                   "a pad of 2 around windows of 2");
    assert_refused(pool_it, &(Request){ 1, { 1, INT_MAX, 2, 2, 2, 0 } }, "do not fit into an int");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("pool");
    CASE(s, "pool", backward_equals_differences, the_first_of_equals_wins, a_nan_wins,
         minus_infinity_everywhere_has_a_winner, the_example_of_the_chapter, output_sizes,
         refuses_impossible_shapes);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_pytorch, 0, N_FIXTURES);
    tcase_add_loop_test(each, windows_over_the_edge_equal_pytorch, 0, N_PADDED);
    tcase_add_loop_test(each, forward_equals_plain_loops, 0, N_SHAPES);
    tcase_add_loop_test(each, average_backward_is_the_adjoint, 0, N_SHAPES);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
