#include "base/die.h"
#include "kernels/gelu.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/gelu.h"

#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static double plain_distribution(double x) {
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double plain_slope(double x) {
    return plain_distribution(x) + x * exp(-0.5 * x * x) / sqrt(2.0 * acos(-1.0));
}

// --- against PyTorch -----------------------------------------------------------------------------

static void check_fixture(const float *x, const float *y, const float *dy, const float *dx,
                          size_t n) {
    float out[32], slope[32];
    gelu_forward(out, x, n);
    gelu_backward(slope, dy, x, n);
    ck_assert_double_lt(relative_error(out, y, n), 1e-6);
    ck_assert_double_lt(relative_error(slope, dx, n), 1e-6);
    for (size_t i = 0; i < n; i++) {
        ck_assert_float_le(fabsf(out[i] - y[i]), 2e-7f * fmaxf(1e-30f, fabsf(x[i])));
        ck_assert_float_le(fabsf(slope[i] - dx[i]), 1e-6f * fabsf(dy[i]));
    }
}

#define CHECK(name)                                                                                \
    check_fixture(name##_x, name##_y, name##_dy, name##_dx, sizeof name##_x / sizeof(float))

START_TEST(equals_pytorch) {
    CHECK(ordinary);
    CHECK(small);
    CHECK(large);
}
END_TEST

// --- against the definition ----------------------------------------------------------------------

START_TEST(equals_the_formula_everywhere) {
    enum { N = 160001 };
    float *x = alloc_floats(N), *y = alloc_floats(N), *one = alloc_floats(N), *dx = alloc_floats(N);
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i - N / 2) / 10000.0f; // ±8
        one[i] = 1.0f;
    }
    gelu_forward(y, x, N);
    gelu_backward(dx, one, x, N);
    for (int i = 0; i < N; i++) {
        double expected = (double)x[i] * plain_distribution(x[i]);
        ck_assert_msg(fabs(y[i] - expected) <= 2e-7 * fabs((double)x[i]), "%g becomes %g", x[i],
                      y[i]);
        ck_assert(x[i] >= -5.5f || (y[i] == 0.0f && dx[i] == 0.0f));
        ck_assert_msg(fabs(dx[i] - plain_slope(x[i])) <= 1e-6, "slope at %g is %g", x[i], dx[i]);
    }
    free(x);
    free(y);
    free(one);
    free(dx);
}
END_TEST

enum { FEW = 37 };

typedef struct {
    float x[FEW], y[FEW], dy[FEW], dx[FEW];
} Row;

static double weighted_output(void *context) {
    Row *r = context;
    gelu_forward(r->y, r->x, FEW);
    double sum = 0.0;
    for (int i = 0; i < FEW; i++) {
        sum += (double)r->dy[i] * r->y[i];
    }
    return sum;
}

START_TEST(backward_equals_differences) {
    Rng rng = rng_create(5, RNG_DATA);
    Row r;
    rng_fill_normal(&rng, r.x, FEW, 0.0f, 1.5f);
    rng_fill_normal(&rng, r.dy, FEW, 0.0f, 1.0f);
    gelu_backward(r.dx, r.dy, r.x, FEW);
    ck_assert_double_lt(gradient_error(r.x, r.dx, FEW, weighted_output, &r, 1e-2f), 1e-3);
}
END_TEST

// What the chapter says of the lowest point.
START_TEST(the_lowest_point) {
    float x[2] = { -0.751791f, -0.7f }, y[2], dx[2];
    gelu_forward(y, x, 2);
    gelu_backward(dx, (float[]){ 1.0f, 1.0f }, x, 2);
    ck_assert_float_eq_tol(dx[0], 0.0f, 1e-6f);
    ck_assert_float_gt(dx[1], 1e-3f);
    ck_assert_float_eq_tol(y[0], -0.16997f, 1e-5f);
}
END_TEST

START_TEST(infinities_give_limits_and_a_nan_is_passed_on) {
    float x[19], y[19], dx[19], dy[19]; // a whole vector and what is left over
    for (int i = 0; i < 19; i++) {
        x[i] = (float[]){ -INFINITY, INFINITY, NAN, -FLT_MAX, FLT_MAX }[i % 5];
        dy[i] = 1.0f;
    }
    gelu_forward(y, x, 19);
    gelu_backward(dx, dy, x, 19);
    for (int i = 0; i < 19; i++) {
        if (i % 5 == 2) {
            ck_assert(isnan(y[i]) && isnan(dx[i]));
        } else if (i % 5 == 0 || i % 5 == 3) {
            ck_assert_float_eq(y[i], 0.0f);
            ck_assert_float_eq(dx[i], 0.0f);
        } else {
            ck_assert_float_eq_tol(dx[i], 1.0f, 1e-6f);
            ck_assert(y[i] > 0.999f * FLT_MAX);
        }
    }
}
END_TEST

// --- what decides the bytes ----------------------------------------------------------------------

START_TEST(a_number_alone_has_the_same_bytes) {
    enum { N = 100 };
    Rng rng = rng_create(7, RNG_DATA);
    float x[N], dy[N], y[N], dx[N];
    rng_fill_normal(&rng, x, N, 0.0f, 3.0f);
    rng_fill_normal(&rng, dy, N, 0.0f, 1.0f);
    gelu_forward(y, x, N);
    gelu_backward(dx, dy, x, N);
    for (int i = 0; i < N; i++) {
        float alone[2];
        gelu_forward(&alone[0], &x[i], 1);
        gelu_backward(&alone[1], &dy[i], &x[i], 1);
        ck_assert_mem_eq(&alone[0], &y[i], sizeof *y);
        ck_assert_mem_eq(&alone[1], &dx[i], sizeof *dx);
    }
}
END_TEST

START_TEST(in_place_is_the_same) {
    enum { N = sizeof ordinary_x / sizeof *ordinary_x };
    float y[N], dx[N], same[N];
    gelu_forward(y, ordinary_x, N);
    gelu_backward(dx, ordinary_dy, ordinary_x, N);
    memcpy(same, ordinary_x, sizeof same);
    gelu_forward(same, same, N);
    ck_assert_mem_eq(same, y, sizeof y);
    memcpy(same, ordinary_dy, sizeof same);
    gelu_backward(same, same, ordinary_x, N);
    ck_assert_mem_eq(same, dx, sizeof dx);
    memcpy(same, ordinary_x, sizeof same);
    gelu_backward(same, ordinary_dy, same, N);
    ck_assert_mem_eq(same, dx, sizeof dx);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    enum { N = 100003 };
    Rng rng = rng_create(6, RNG_DATA);
    float *x = alloc_floats(N), *dy = alloc_floats(N), *y = alloc_floats(N), *dx = alloc_floats(N);
    float *y1 = alloc_floats(N), *dx1 = alloc_floats(N);
    rng_fill_normal(&rng, x, N, 0.0f, 3.0f);
    rng_fill_normal(&rng, dy, N, 0.0f, 1.0f);
    omp_set_num_threads(1);
    gelu_forward(y1, x, N);
    gelu_backward(dx1, dy, x, N);
    for (int threads = 2; threads <= 5; threads++) {
        omp_set_num_threads(threads);
        gelu_forward(y, x, N);
        gelu_backward(dx, dy, x, N);
        ck_assert_int_eq(memcmp(y, y1, N * sizeof *y), 0);
        ck_assert_int_eq(memcmp(dx, dx1, N * sizeof *dx), 0);
    }
    free(x);
    free(dy);
    free(y);
    free(dx);
    free(y1);
    free(dx1);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("gelu");
    CASE(s, "gelu", equals_pytorch, equals_the_formula_everywhere, backward_equals_differences,
         the_lowest_point, infinities_give_limits_and_a_nan_is_passed_on,
         a_number_alone_has_the_same_bytes, in_place_is_the_same,
         same_bytes_on_any_number_of_threads);
    return s;
}
