#include "base/die.h"
#include "nn/gradcheck.h"
#include "test.h"
#include "kernels/upsample.h"

#include "fixtures/upsample.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// Data, and the loss L = Σ dy·y.
typedef struct {
    int n, channels, height, width, scale;
    size_t in, out;
    float *x, *y, *dy, *dx;
} Upsampling;

static Upsampling make_upsampling(const int shape[5]) {
    Upsampling u = { shape[0], shape[1], shape[2], shape[3], shape[4], 0, 0, 0, 0, 0, 0 };
    Rng rng = rng_create(12, RNG_DATA);
    u.in = (size_t)(shape[0] * shape[1] * shape[2] * shape[3]);
    u.out = u.in * (size_t)(u.scale * u.scale);
    u.x = alloc_floats(u.in);
    u.dx = alloc_floats(u.in);
    u.y = alloc_floats(u.out);
    u.dy = alloc_floats(u.out);
    rng_fill_normal(&rng, u.x, u.in, 0.0f, 1.0f);
    rng_fill_normal(&rng, u.dy, u.out, 0.0f, 1.0f);
    for (size_t i = 0; i < u.in; i++) {
        u.dx[i] = NAN; // must be overwritten
    }
    return u;
}

static void free_upsampling(Upsampling *u) {
    free(u->x);
    free(u->dx);
    free(u->y);
    free(u->dy);
}

static void forward(Upsampling *u) {
    upsample_forward(u->y, u->x, u->n, u->channels, u->height, u->width, u->scale);
}

static void backward(Upsampling *u) {
    upsample_backward(u->dx, u->dy, u->n, u->channels, u->height, u->width, u->scale);
}

static double weighted_output(void *context) {
    Upsampling *u = context;
    forward(u);
    double sum = 0.0;
    for (size_t i = 0; i < u->out; i++) {
        sum += (double)u->dy[i] * u->y[i];
    }
    return sum;
}

static const int shapes[][5] = { { 1, 1, 1, 1, 1 },  { 2, 3, 5, 7, 1 },  { 3, 2, 7, 7, 2 },
                                 { 1, 7, 3, 33, 2 }, { 2, 1, 4, 20, 3 }, { 1, 2, 2, 3, 5 } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// --- tests ---------------------------------------------------------------------------------------

START_TEST(equals_pytorch) {
    Upsampling twice = make_upsampling((const int[]){ 2, 3, 5, 7, 2 });
    Upsampling thrice = make_upsampling((const int[]){ 1, 7, 3, 2, 3 });
    memcpy(twice.x, twice_x, sizeof twice_x);
    memcpy(twice.dy, twice_dy, sizeof twice_dy);
    memcpy(thrice.x, thrice_x, sizeof thrice_x);
    memcpy(thrice.dy, thrice_dy, sizeof thrice_dy);
    forward(&twice);
    backward(&twice);
    forward(&thrice);
    backward(&thrice);
    ck_assert_mem_eq(twice.y, twice_y, sizeof twice_y);
    ck_assert_mem_eq(thrice.y, thrice_y, sizeof thrice_y);
    ck_assert_double_lt(relative_error(twice.dx, (const float *)twice_dx, twice.in), 1e-6);
    ck_assert_double_lt(relative_error(thrice.dx, (const float *)thrice_dx, thrice.in), 1e-6);
    free_upsampling(&twice);
    free_upsampling(&thrice);
}
END_TEST

START_TEST(forward_equals_the_formula) {
    Upsampling u = make_upsampling(shapes[_i]);
    forward(&u);
    int high = u.height * u.scale, wide = u.width * u.scale;
    for (int k = 0; k < (int)u.out; k++) {
        int plane = k / (high * wide), i = k / wide % high, j = k % wide;
        float expected = u.x[(plane * u.height + i / u.scale) * u.width + j / u.scale];
        ck_assert_float_eq(u.y[k], expected);
    }
    free_upsampling(&u);
}
END_TEST

START_TEST(backward_equals_differences) {
    Upsampling u = make_upsampling(shapes[_i]);
    backward(&u);
    ck_assert_double_lt(gradient_error(u.x, u.dx, u.in, weighted_output, &u, 0.05f), 1e-3);
    free_upsampling(&u);
}
END_TEST

// <Ax, u> = <x, A'u>.
START_TEST(backward_is_the_adjoint) {
    Upsampling u = make_upsampling(shapes[_i]);
    double left = weighted_output(&u), right = 0.0, size = 0.0;
    backward(&u);
    for (size_t i = 0; i < u.in; i++) {
        right += (double)u.x[i] * u.dx[i];
        size += fabs((double)u.x[i] * u.dx[i]);
    }
    ck_assert_double_gt(size, 0.0);
    ck_assert_double_le(fabs(left - right), 1e-6 * size);
    free_upsampling(&u);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    Upsampling one = make_upsampling(shapes[_i]), u = make_upsampling(shapes[_i]);
    omp_set_num_threads(1);
    forward(&one);
    backward(&one);
    for (int threads = 2; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        forward(&u);
        backward(&u);
        ck_assert_mem_eq(u.y, one.y, u.out * sizeof *u.y);
        ck_assert_mem_eq(u.dx, one.dx, u.in * sizeof *u.dx);
    }
    free_upsampling(&one);
    free_upsampling(&u);
}
END_TEST

static void upsample_it(void *context) {
    const int *s = context;
    float x = 0.0f, y;
    upsample_forward(&y, &x, s[0], s[1], s[2], s[3], s[4]);
}

static void upsample_it_back(void *context) {
    const int *s = context;
    float x = 0.0f, y;
    upsample_backward(&y, &x, s[0], s[1], s[2], s[3], s[4]);
}

START_TEST(refuses_empty_shapes) {
    for (int i = 0; i < 5; i++) {
        int shape[5] = { 1, 1, 1, 1, 1 };
        shape[i] = 0;
        assert_refused(upsample_it, shape, "upsampling of (");
        assert_refused(upsample_it_back, shape, "upsampling of (");
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("upsample");
    CASE(s, "upsample", equals_pytorch, refuses_empty_shapes);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, forward_equals_the_formula, 0, N_SHAPES);
    tcase_add_loop_test(each, backward_equals_differences, 0, N_SHAPES);
    tcase_add_loop_test(each, backward_is_the_adjoint, 0, N_SHAPES);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
