#include "kernels/activation.h"
#include "base/die.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/activations.h"

#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

static void leaky_forward(float *y, const float *x, size_t n) {
    leaky_relu_forward(y, x, 0.2f, n);
}

static void leaky_backward(float *dx, const float *dy, const float *y, size_t n) {
    leaky_relu_backward(dx, dy, y, 0.2f, n);
}

static double plain_sigmoid(double x) {
    return 1.0 / (1.0 + exp(-x));
}

static double plain_relu(double x) {
    return x > 0.0 ? x : 0.0;
}

static double plain_leaky(double x) {
    return x > 0.0 ? x : (double)0.2f * x;
}

typedef struct {
    const char *name;
    void (*forward)(float *y, const float *x, size_t n);
    void (*backward)(float *dx, const float *dy, const float *y, size_t n);
    double (*plain)(double x);
} Activation;

static const Activation activations[] = {
    { "sigmoid", sigmoid_forward, sigmoid_backward, plain_sigmoid },
    { "tanh", tanh_forward, tanh_backward, tanh },
    { "relu", relu_forward, relu_backward, plain_relu },
    { "leaky relu", leaky_forward, leaky_backward, plain_leaky },
};
enum { SIGMOID, TANH, RELU, LEAKY, ACTIVATIONS };

static void check_fixture(int which, const float *x, const float *dy, const float *y,
                          const float *dx, size_t n) {
    const Activation *a = &activations[which];
    float out[64], slope[64];
    a->forward(out, x, n);
    a->backward(slope, dy, out, n);
    ck_assert_msg(relative_error(out, y, n) < 1e-6, "%s forward", a->name);
    ck_assert_msg(relative_error(slope, dx, n) < 1e-6, "%s backward", a->name);
}

// --- against PyTorch -----------------------------------------------------------------------------

#define CHECK(which, name, size)                                                                   \
    check_fixture(which, x_##size, dy_##size, name##_##size##_y, name##_##size##_dx,               \
                  sizeof x_##size / sizeof(float))

START_TEST(ordinary_inputs_equal_pytorch) {
    CHECK(SIGMOID, sigmoid, ordinary);
    CHECK(TANH, tanh, ordinary);
    CHECK(RELU, relu, ordinary);
    CHECK(LEAKY, leaky, ordinary);
}
END_TEST

START_TEST(small_inputs_equal_pytorch) {
    CHECK(SIGMOID, sigmoid, small);
    CHECK(TANH, tanh, small);
    CHECK(RELU, relu, small);
    CHECK(LEAKY, leaky, small);
}
END_TEST

// Where sigmoid and tanh are flat, the slope taken from the output is a difference of almost equal
// numbers: a few digits are left of sigmoid's at ±10, and tanh's there is 0 in float.
START_TEST(large_inputs_equal_pytorch) {
    enum { N = sizeof x_large / sizeof *x_large };
    CHECK(RELU, relu, large);
    CHECK(LEAKY, leaky, large);
    float y[N], dx[N];
    sigmoid_forward(y, x_large, N);
    sigmoid_backward(dx, dy_large, y, N);
    ck_assert_double_lt(relative_error(y, sigmoid_large_y, N), 1e-6);
    ck_assert_double_lt(relative_error(dx, sigmoid_large_dx, N), 1e-2);
    tanh_forward(y, x_large, N);
    tanh_backward(dx, dy_large, y, N);
    ck_assert_double_lt(relative_error(y, tanh_large_y, N), 1e-6);
    for (int i = 0; i < N; i++) {
        ck_assert_float_le(fabsf(dx[i] - tanh_large_dx[i]), 1e-7f * fabsf(dy_large[i]));
    }
}
END_TEST

START_TEST(softmax_equals_pytorch) {
    enum { ROWS = 6, CLASSES = 4 };
    float p[ROWS][CLASSES];
    softmax_forward(p[0], softmax_x[0], ROWS, CLASSES);
    for (int i = 0; i < ROWS; i++) {
        ck_assert_double_lt(relative_error(p[i], softmax_p[i], CLASSES), 1e-6);
    }
}
END_TEST

// --- against their definitions -------------------------------------------------------------------

START_TEST(forward_equals_the_formula) {
    enum { N = 2001 };
    const Activation *a = &activations[_i];
    float x[N], y[N], expected[N];
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i - N / 2) / 100.0f;
        expected[i] = (float)a->plain(x[i]);
    }
    a->forward(y, x, N);
    for (int i = 0; i < N; i++) {
        ck_assert_msg(y[i] == expected[i] || relative_error(&y[i], &expected[i], 1) < 1e-6,
                      "%s of %g is %g, not %g", a->name, x[i], y[i], expected[i]);
    }
}
END_TEST

enum { FEW = 40 };

typedef struct {
    const Activation *activation;
    float x[FEW], y[FEW], dy[FEW], dx[FEW];
} Row;

static double weighted_output(void *context) {
    Row *r = context;
    r->activation->forward(r->y, r->x, FEW);
    double sum = 0.0;
    for (int i = 0; i < FEW; i++) {
        sum += (double)r->dy[i] * r->y[i];
    }
    return sum;
}

START_TEST(backward_equals_differences) {
    Rng rng = rng_create(5, RNG_DATA);
    Row r = { .activation = &activations[_i] };
    rng_fill_normal(&rng, r.dy, FEW, 0.0f, 1.0f);
    for (int i = 0; i < FEW; i++) {
        r.x[i] = ((float)i - (FEW - 1) / 2.0f) / 10.0f; // ±0.05, ±0.15, …: no kink within h
    }
    weighted_output(&r);
    r.activation->backward(r.dx, r.dy, r.y, FEW);
    ck_assert_double_lt(gradient_error(r.x, r.dx, FEW, weighted_output, &r, 1e-2f), 1e-3);
}
END_TEST

START_TEST(in_place_is_the_same) {
    const Activation *a = &activations[_i];
    enum { N = 16 };
    float y[N], dx[N], same[N];
    a->forward(y, x_ordinary, N);
    memcpy(same, x_ordinary, sizeof same);
    a->forward(same, same, N);
    ck_assert_mem_eq(same, y, sizeof y);
    a->backward(dx, dy_ordinary, y, N);
    memcpy(same, dy_ordinary, sizeof same);
    a->backward(same, same, y, N);
    ck_assert_mem_eq(same, dx, sizeof dx);
}
END_TEST

START_TEST(infinities_give_limits_and_a_nan_is_passed_on) {
    const Activation *a = &activations[_i];
    const float limits[ACTIVATIONS][2] = {
        { 0.0f, 1.0f }, { -1.0f, 1.0f }, { 0.0f, INFINITY }, { -INFINITY, INFINITY }
    };
    float x[19], y[19]; // the vector loop and what it leaves over
    for (int i = 0; i < 19; i++) {
        x[i] = i % 3 == 0 ? -INFINITY : i % 3 == 1 ? INFINITY : NAN;
    }
    a->forward(y, x, 19);
    for (int i = 0; i < 19; i++) {
        if (i % 3 == 2) {
            ck_assert_msg(isnan(y[i]), "%s hides a NaN", a->name);
        } else {
            ck_assert_float_eq(y[i], limits[_i][i % 3]);
        }
    }
    float big[2] = { -FLT_MAX, FLT_MAX }, dy[2] = { 1.0f, 1.0f }, dx[2];
    a->forward(y, big, 2);
    a->backward(dx, dy, y, 2);
    ck_assert(isfinite(y[0]) && isfinite(y[1]) && isfinite(dx[0]) && isfinite(dx[1]));
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    enum { N = 100003 };
    const Activation *a = &activations[_i];
    Rng rng = rng_create(6, RNG_DATA);
    float *x = alloc_floats(N), *dy = alloc_floats(N), *y = alloc_floats(N), *dx = alloc_floats(N);
    float *y1 = alloc_floats(N), *dx1 = alloc_floats(N);
    rng_fill_normal(&rng, x, N, 0.0f, 3.0f);
    rng_fill_normal(&rng, dy, N, 0.0f, 1.0f);
    omp_set_num_threads(1);
    a->forward(y1, x, N);
    a->backward(dx1, dy, y1, N);
    for (int threads = 2; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        a->forward(y, x, N);
        a->backward(dx, dy, y, N);
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

START_TEST(slopes_at_the_corner_and_in_the_middle) {
    const float zero = 0.0f, dy = 1.0f;
    const float expected[ACTIVATIONS] = { 0.25f, 1.0f, 0.0f, 0.2f }; // the chapter's table
    float y, dx;
    activations[_i].forward(&y, &zero, 1);
    activations[_i].backward(&dx, &dy, &y, 1);
    ck_assert_float_eq(dx, expected[_i]);
}
END_TEST

// --- softmax -------------------------------------------------------------------------------------

START_TEST(softmax_rows_are_probabilities) {
    enum { ROWS = 50, CLASSES = 10 };
    Rng rng = rng_create(7, RNG_DATA);
    float x[ROWS * CLASSES], p[ROWS * CLASSES], shifted[ROWS * CLASSES];
    rng_fill_normal(&rng, x, ROWS * CLASSES, 0.0f, 4.0f);
    softmax_forward(p, x, ROWS, CLASSES);
    for (int i = 0; i < ROWS; i++) {
        double sum = 0.0;
        for (int k = 0; k < CLASSES; k++) {
            ck_assert_float_gt(p[i * CLASSES + k], 0.0f);
            sum += p[i * CLASSES + k];
            shifted[i * CLASSES + k] = x[i * CLASSES + k] + 8.0f * (float)i;
        }
        ck_assert_double_eq_tol(sum, 1.0, 1e-6);
    }
    softmax_forward(shifted, shifted, ROWS, CLASSES); // in place, too
    ck_assert_double_lt(relative_error(shifted, p, ROWS * CLASSES), 1e-4);
}
END_TEST

START_TEST(softmax_survives_the_largest_floats) {
    const float x[2][3] = { { FLT_MAX, -FLT_MAX, 0.0f }, { -FLT_MAX, -FLT_MAX, -FLT_MAX } };
    float p[2][3];
    softmax_forward(p[0], x[0], 2, 3);
    const float first[3] = { 1.0f, 0.0f, 0.0f };
    ck_assert_mem_eq(p[0], first, sizeof first);
    for (int k = 0; k < 3; k++) {
        ck_assert_float_eq_tol(p[1][k], 1.0f / 3.0f, 1e-6f);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("activation");
    CASE(s, "activation", ordinary_inputs_equal_pytorch, small_inputs_equal_pytorch,
         large_inputs_equal_pytorch, softmax_equals_pytorch, softmax_rows_are_probabilities,
         softmax_survives_the_largest_floats);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, forward_equals_the_formula, 0, ACTIVATIONS);
    tcase_add_loop_test(each, backward_equals_differences, 0, ACTIVATIONS);
    tcase_add_loop_test(each, in_place_is_the_same, 0, ACTIVATIONS);
    tcase_add_loop_test(each, infinities_give_limits_and_a_nan_is_passed_on, 0, ACTIVATIONS);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, ACTIVATIONS);
    tcase_add_loop_test(each, slopes_at_the_corner_and_in_the_middle, 0, ACTIVATIONS);
    suite_add_tcase(s, each);
    return s;
}
