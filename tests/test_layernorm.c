#include "base/die.h"
#include "kernels/layernorm.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/layernorm.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// A layer with its data and gradients, and the loss L = Σ dy·y with random dy.
typedef struct {
    int n, d;
    size_t size;
    float eps;
    float *x, *y, *dy, *dx, *mean, *inv_std, *weight, *bias, *dweight, *dbias;
} Layer;

static Layer make_layer(int n, int d) {
    Rng rng = rng_create(13, RNG_DATA);
    Layer l = { .n = n, .d = d, .size = (size_t)(n * d), .eps = 1e-3f };
    float **big[] = { &l.x, &l.y, &l.dy, &l.dx };
    for (int i = 0; i < 4; i++) {
        *big[i] = alloc_floats(l.size);
        rng_fill_normal(&rng, *big[i], l.size, 0.5f, 2.0f);
    }
    l.mean = alloc_floats((size_t)n);
    l.inv_std = alloc_floats((size_t)n);
    float **small[] = { &l.weight, &l.bias, &l.dweight, &l.dbias };
    for (int i = 0; i < 4; i++) {
        *small[i] = alloc_floats((size_t)d);
    }
    rng_fill_normal(&rng, l.weight, (size_t)d, 0.0f, 1.0f);
    rng_fill_normal(&rng, l.bias, (size_t)d, 0.0f, 1.0f);
    return l;
}

static void free_layer(Layer *l) {
    float *all[] = { l->x,       l->y,      l->dy,   l->dx,      l->mean,
                     l->inv_std, l->weight, l->bias, l->dweight, l->dbias };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static void forward(Layer *l) {
    layernorm_forward(l->y, l->mean, l->inv_std, l->x, l->weight, l->bias, l->eps, l->n, l->d);
}

static void backward(Layer *l) {
    layernorm_backward(l->dx, l->dweight, l->dbias, l->dy, l->x, l->mean, l->inv_std, l->weight,
                       l->n, l->d);
}

static double weighted_output(void *context) {
    Layer *l = context;
    forward(l);
    double sum = 0.0;
    for (size_t i = 0; i < l->size; i++) {
        sum += (double)l->dy[i] * l->y[i];
    }
    return sum;
}

static const int shapes[][2] = { { 1, 1 },  { 3, 2 },   { 64, 7 },   { 5, 16 },   { 2, 33 },
                                 { 1, 70 }, { 70, 64 }, { 200, 31 }, { 9, 1000 }, { 130, 128 } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// --- against PyTorch -----------------------------------------------------------------------------

#define FIXTURE(name, n, d)                                                                        \
    {                                                                                              \
        n, d, name##_weight, name##_bias, name##_x[0], name##_y[0], name##_dy[0], name##_dx[0],    \
            name##_dweight, name##_dbias                                                           \
    }

static const struct {
    int n, d;
    const float *weight, *bias, *x, *y, *dy, *dx, *dweight, *dbias;
} fixtures[] = { FIXTURE(wide, 3, 35), FIXTURE(small, 5, 7), FIXTURE(pair, 4, 2) };

START_TEST(equals_pytorch) {
    Layer l = make_layer(fixtures[_i].n, fixtures[_i].d);
    memcpy(l.x, fixtures[_i].x, l.size * sizeof(float));
    memcpy(l.dy, fixtures[_i].dy, l.size * sizeof(float));
    memcpy(l.weight, fixtures[_i].weight, (size_t)l.d * sizeof(float));
    memcpy(l.bias, fixtures[_i].bias, (size_t)l.d * sizeof(float));
    forward(&l);
    backward(&l);
    ck_assert_double_lt(relative_error(l.y, fixtures[_i].y, l.size), l.d == 2 ? 2e-6 : 1e-6);
    // Two numbers a row: all of dx is cancelled but for a share of eps.
    ck_assert_double_lt(relative_error(l.dx, fixtures[_i].dx, l.size), l.d == 2 ? 1e-3 : 2e-6);
    ck_assert_double_lt(relative_error(l.dweight, fixtures[_i].dweight, (size_t)l.d), 2e-6);
    ck_assert_double_lt(relative_error(l.dbias, fixtures[_i].dbias, (size_t)l.d), 1e-6);
    free_layer(&l);
}
END_TEST

// --- against plain loops in double ---------------------------------------------------------------

// From the definition; the gradient along the three paths, not the compact formula.
static void plain(const Layer *l, float *y, float *dx, double *dweight, double *dbias) {
    for (int i = 0; i < l->n; i++) {
        const float *x = l->x + i * l->d, *dy = l->dy + i * l->d;
        double mean = 0.0, v = 0.0, dmean = 0.0, dv = 0.0, d = l->d;
        for (int k = 0; k < l->d; k++) {
            mean += x[k] / d;
        }
        for (int k = 0; k < l->d; k++) {
            v += pow(x[k] - mean, 2) / d;
        }
        double sigma = sqrt(v + (double)l->eps);
        for (int k = 0; k < l->d; k++) {
            double normal = (x[k] - mean) / sigma, dnormal = (double)l->weight[k] * dy[k];
            y[i * l->d + k] = (float)(l->weight[k] * normal + l->bias[k]);
            dweight[k] += dy[k] * normal;
            dbias[k] += dy[k];
            dmean -= dnormal / sigma;
            dv -= dnormal * (x[k] - mean) / (2 * sigma * sigma * sigma);
        }
        for (int k = 0; k < l->d; k++) {
            double direct = (double)l->weight[k] * dy[k] / sigma;
            dx[i * l->d + k] = (float)(direct + dmean / d + dv * 2 * (x[k] - mean) / d);
        }
    }
}

START_TEST(equals_plain_loops) {
    Layer l = make_layer(shapes[_i][0], shapes[_i][1]);
    float *y = alloc_floats(l.size), *dx = alloc_floats(l.size),
          *sums = alloc_floats(2 * (size_t)l.d);
    double *dweight = calloc((size_t)l.d, sizeof *dweight),
           *dbias = calloc((size_t)l.d, sizeof *dbias);
    plain(&l, y, dx, dweight, dbias);
    for (int k = 0; k < l.d; k++) {
        sums[k] = (float)dweight[k];
        sums[l.d + k] = (float)dbias[k];
    }
    forward(&l);
    backward(&l);
    ck_assert_double_lt(relative_error(l.y, y, l.size), 1e-6);
    ck_assert_double_lt(relative_error(l.dbias, sums + l.d, (size_t)l.d), 1e-6);
    if (l.d > 1) {
        ck_assert_double_lt(relative_error(l.dx, dx, l.size), l.d == 2 ? 1e-3 : 5e-6);
        ck_assert_double_lt(relative_error(l.dweight, sums, (size_t)l.d), 5e-6);
    } else { // one number is its own mean
        ck_assert_float_eq(l.y[0], l.bias[0]);
        ck_assert_float_eq_tol(l.dx[0], 0.0f, 1e-6f * fabsf(l.dy[0] * l.inv_std[0]));
    }
    free(y);
    free(dx);
    free(sums);
    free(dweight);
    free(dbias);
    free_layer(&l);
}
END_TEST

START_TEST(gradients_equal_differences) {
    const int small[][2] = { { 4, 7 }, { 3, 33 }, { 20, 3 } };
    for (int i = 0; i < 3; i++) {
        Layer l = make_layer(small[i][0], small[i][1]);
        l.eps = 0.1f; // a row of three that are nearly equal would bend within h
        forward(&l);
        backward(&l);
        const float h = 1e-2f;
        size_t d = (size_t)l.d;
        ck_assert_double_lt(gradient_error(l.x, l.dx, l.size, weighted_output, &l, h), 1e-3);
        ck_assert_double_lt(gradient_error(l.weight, l.dweight, d, weighted_output, &l, h), 1e-3);
        ck_assert_double_lt(gradient_error(l.bias, l.dbias, d, weighted_output, &l, h), 1e-3);
        free_layer(&l);
    }
}
END_TEST

// --- what normalising means ----------------------------------------------------------------------

// dx sums to 0 in each row, and Σ dx·x̂ = ε/σ³ · Σ w·dy·x̂.
START_TEST(gradient_has_no_mean_and_no_component_along_x) {
    Layer l = make_layer(shapes[_i][0], shapes[_i][1]);
    forward(&l);
    backward(&l);
    for (int i = 0; i < l.n; i++) {
        double sum = 0.0, along = 0.0, size = 0.0, left = 0.0, inverse = l.inv_std[i];
        for (int k = 0; k < l.d; k++) {
            int at = i * l.d + k;
            double normal = ((double)l.x[at] - l.mean[i]) * inverse;
            sum += l.dx[at];
            along += l.dx[at] * normal;
            left += (double)l.weight[k] * l.dy[at] * normal;
            size += fabs(l.weight[k] * inverse * l.dy[at]) * (1.0 + fabs(normal));
        }
        left *= (double)l.eps * inverse * inverse * inverse;
        ck_assert_double_gt(size, 0.0);
        ck_assert_double_le(fabs(sum), 2e-6 * size);
        ck_assert_double_le(fabs(along - left), 2e-6 * size);
    }
    free_layer(&l);
}
END_TEST

// x = 1000 ± 0.05: a float has steps of 6e-5 there.
START_TEST(a_large_mean_loses_no_digits) {
    Layer l = make_layer(20, 100);
    l.eps = 1e-9f;
    for (size_t i = 0; i < l.size; i++) {
        l.x[i] = 1000.0f + 0.025f * l.x[i];
    }
    forward(&l);
    for (int i = 0; i < l.n; i++) {
        double mean = 0.0, v = 0.0;
        for (int k = 0; k < l.d; k++) {
            mean += l.x[i * l.d + k] / 100.0;
        }
        for (int k = 0; k < l.d; k++) {
            v += pow(l.x[i * l.d + k] - mean, 2) / 100.0;
        }
        ck_assert_double_eq_tol(l.mean[i], mean, 3.2e-5);
        ck_assert_double_eq_tol(l.inv_std[i] * sqrt(v + 1e-9), 1.0, 1e-5);
    }
    free_layer(&l);
}
END_TEST

START_TEST(a_constant_row_becomes_the_bias) {
    Layer l = make_layer(3, 21);
    for (size_t i = 0; i < l.size; i++) {
        l.x[i] = 0.1f;
    }
    forward(&l);
    backward(&l);
    for (size_t i = 0; i < l.size; i++) {
        ck_assert_float_eq_tol(l.y[i], l.bias[i % 21], 1e-5f);
        ck_assert(isfinite(l.dx[i]));
    }
    free_layer(&l);
}
END_TEST

// --- what is written, and what decides the bytes -------------------------------------------------

START_TEST(gradients_are_added_or_not_wanted) {
    Layer l = make_layer(6, 35), m = make_layer(6, 35);
    forward(&l);
    forward(&m);
    backward(&l);
    for (int k = 0; k < 35; k++) {
        m.dweight[k] = 100.0f;
        m.dbias[k] = -100.0f;
    }
    float *dx = m.dx, *dweight = m.dweight, *dbias = m.dbias;
    m.dx = NULL;
    backward(&m); // dweight and dbias alone
    for (int k = 0; k < 35; k++) {
        ck_assert_float_eq(m.dweight[k], 100.0f + l.dweight[k]);
        ck_assert_float_eq(m.dbias[k], -100.0f + l.dbias[k]);
    }
    m.dx = dx;
    m.dweight = m.dbias = NULL;
    backward(&m); // dx alone
    ck_assert_mem_eq(m.dx, l.dx, l.size * sizeof(float));
    m.dweight = dweight;
    m.dbias = dbias;
    free_layer(&l);
    free_layer(&m);
}
END_TEST

START_TEST(in_place_is_the_same) {
    Layer l = make_layer(shapes[_i][0], shapes[_i][1]), m = make_layer(l.n, l.d);
    size_t bytes = l.size * sizeof(float), sums = (size_t)l.d * sizeof(float);
    forward(&l);
    backward(&l);
    forward(&m);
    float *dx = m.dx, *y = m.y;
    m.dx = m.dy;
    backward(&m);
    ck_assert_mem_eq(m.dx, l.dx, bytes);
    ck_assert_mem_eq(m.dweight, l.dweight, sums);
    m.y = m.x;
    forward(&m);
    ck_assert_mem_eq(m.y, l.y, bytes);
    m.dx = dx;
    m.y = y;
    free_layer(&l);
    free_layer(&m);
}
END_TEST

// Neither the neighbours nor the address count: what generation by single rows relies on.
START_TEST(a_row_alone_has_the_same_bytes) {
    Layer l = make_layer(shapes[_i][0], shapes[_i][1]);
    forward(&l);
    backward(&l);
    float *y = alloc_floats((size_t)l.d + 3), *dx = alloc_floats((size_t)l.d), mean, inv_std;
    for (int i = 0; i < l.n; i++) {
        const float *x = l.x + i * l.d;
        layernorm_forward(y + 3, &mean, &inv_std, x, l.weight, l.bias, l.eps, 1, l.d);
        layernorm_backward(dx, NULL, NULL, l.dy + i * l.d, x, &mean, &inv_std, l.weight, 1, l.d);
        ck_assert_mem_eq(y + 3, l.y + i * l.d, (size_t)l.d * sizeof *y);
        ck_assert_mem_eq(dx, l.dx + i * l.d, (size_t)l.d * sizeof *dx);
    }
    free(y);
    free(dx);
    free_layer(&l);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    Layer one = make_layer(shapes[_i][0], shapes[_i][1]);
    omp_set_num_threads(1);
    forward(&one);
    backward(&one);
    const int threads[] = { 2, 3, 5 };
    for (int t = 0; t < 3; t++) {
        Layer l = make_layer(shapes[_i][0], shapes[_i][1]);
        omp_set_num_threads(threads[t]);
        forward(&l);
        backward(&l);
        size_t sums = (size_t)l.d * sizeof(float);
        ck_assert_mem_eq(l.y, one.y, l.size * sizeof(float));
        ck_assert_mem_eq(l.dx, one.dx, l.size * sizeof(float));
        ck_assert_mem_eq(l.dweight, one.dweight, sums);
        ck_assert_mem_eq(l.dbias, one.dbias, sums);
        free_layer(&l);
    }
    free_layer(&one);
}
END_TEST

static void no_eps(void *unused) {
    (void)unused;
    Layer l = make_layer(2, 3);
    l.eps = 0.0f;
    forward(&l);
}

static void half_the_gradients(void *unused) {
    (void)unused;
    Layer l = make_layer(2, 3);
    l.dbias = NULL;
    backward(&l);
}

START_TEST(nonsense_is_refused) {
    assert_refused(no_eps, NULL, "eps");
    assert_refused(half_the_gradients, NULL, "together");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("layernorm");
    CASE(s, "layernorm", gradients_equal_differences, a_large_mean_loses_no_digits,
         a_constant_row_becomes_the_bias, gradients_are_added_or_not_wanted, nonsense_is_refused);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_pytorch, 0, 3);
    tcase_add_loop_test(each, equals_plain_loops, 0, N_SHAPES);
    tcase_add_loop_test(each, gradient_has_no_mean_and_no_component_along_x, 0, N_SHAPES);
    tcase_add_loop_test(each, in_place_is_the_same, 0, N_SHAPES);
    tcase_add_loop_test(each, a_row_alone_has_the_same_bytes, 0, N_SHAPES);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
