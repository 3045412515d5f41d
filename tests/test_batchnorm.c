#include "kernels/batchnorm.h"
#include "base/die.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/batchnorm.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// A layer with its data and gradients, and the loss L = Σ dy·y with random dy.
typedef struct {
    BatchNormShape shape;
    int n;
    bool eval;
    size_t size, channels;
    float *x, *y, *dy, *dx;
    float *weight, *bias, *dweight, *dbias, *mean, *inv_std, *running_mean, *running_var;
} Layer;

static Layer make_layer(int n, int channels, int area, bool eval) {
    Rng rng = rng_create(13, RNG_DATA);
    Layer l = { .shape = { channels, area, 1e-3f, 0.3f }, .n = n, .eval = eval };
    l.channels = (size_t)channels;
    l.size = (size_t)n * l.channels * (size_t)area;
    float **big[] = { &l.x, &l.y, &l.dy, &l.dx };
    for (int i = 0; i < 4; i++) {
        *big[i] = alloc_floats(l.size);
        rng_fill_normal(&rng, *big[i], l.size, 0.5f, 2.0f);
    }
    float **small[] = { &l.weight, &l.bias,    &l.dweight,      &l.dbias,
                        &l.mean,   &l.inv_std, &l.running_mean, &l.running_var };
    for (int i = 0; i < 8; i++) {
        *small[i] = alloc_floats(l.channels);
        rng_fill_normal(&rng, *small[i], l.channels, 0.0f, 1.0f);
    }
    for (size_t c = 0; c < l.channels; c++) {
        l.running_var[c] = 0.5f + fabsf(l.running_var[c]);
        l.dweight[c] = l.dbias[c] = 0.0f;
    }
    return l;
}

static void free_layer(Layer *l) {
    float *all[] = { l->x,       l->y,     l->dy,   l->dx,      l->weight,       l->bias,
                     l->dweight, l->dbias, l->mean, l->inv_std, l->running_mean, l->running_var };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static void forward(Layer *l) {
    if (l->eval) {
        batchnorm_forward_eval(l->y, l->x, l->weight, l->bias, l->running_mean, l->running_var,
                               l->n, &l->shape);
    } else {
        batchnorm_forward_train(l->y, l->mean, l->inv_std, l->running_mean, l->running_var, l->x,
                                l->weight, l->bias, l->n, &l->shape);
    }
}

static void backward(Layer *l) {
    if (l->eval) {
        batchnorm_backward_eval(l->dx, l->dweight, l->dbias, l->dy, l->x, l->running_mean,
                                l->running_var, l->weight, l->n, &l->shape);
    } else {
        batchnorm_backward_train(l->dx, l->dweight, l->dbias, l->dy, l->x, l->mean, l->inv_std,
                                 l->weight, l->n, &l->shape);
    }
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

// Where number k of N = n * area of channel c stands.
static size_t place(const Layer *l, int c, int k) {
    int area = l->shape.area;
    return (size_t)((k / area * l->shape.channels + c) * area + k % area);
}

static int per_channel(const Layer *l) {
    return l->n * l->shape.area;
}

static const int shapes[][3] = {
    { 2, 1, 1 },   { 64, 84, 1 }, { 7, 33, 1 }, { 3, 130, 1 },  { 2, 5, 2 },    { 1, 7, 35 },
    { 16, 9, 49 }, { 5, 6, 196 }, { 1, 1, 4 },  { 2, 3, 2500 }, { 9, 32, 100 }, { 64, 1, 1 },
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static Layer layer_of(int i, bool eval) {
    return make_layer(shapes[i][0], shapes[i][1], shapes[i][2], eval);
}

// --- against PyTorch -----------------------------------------------------------------------------

typedef struct {
    const float *x, *y, *dy, *dx, *dweight, *dbias, *running_mean, *running_var;
} Step;

#define STEP(name)                                                                                 \
    {                                                                                              \
        (const float *)name##_x, (const float *)name##_y, (const float *)name##_dy,                \
            (const float *)name##_dx, name##_dweight, name##_dbias, name##_running_mean,           \
            name##_running_var                                                                     \
    }
#define STEPS(name)                                                                                \
    { STEP(name##_first), STEP(name##_second), STEP(name##_third), STEP(name##_eval) }

static const struct {
    int n, channels, area;
    const float *weight, *bias;
    Step steps[4];
} fixtures[] = {
    { 2, 7, 9, maps_weight, maps_bias, STEPS(maps) },
    { 1, 1, 12, one_weight, one_bias, STEPS(one) },
    { 4, 35, 1, vectors_weight, vectors_bias, STEPS(vectors) },
};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

static void check_step(Layer *l, const Step *s) {
    size_t bytes = l->channels * sizeof(float);
    memcpy(l->x, s->x, l->size * sizeof(float));
    memcpy(l->dy, s->dy, l->size * sizeof(float));
    memset(l->dweight, 0, bytes);
    memset(l->dbias, 0, bytes);
    forward(l);
    backward(l);
    ck_assert_double_lt(relative_error(l->y, s->y, l->size), 1e-6);
    ck_assert_double_lt(relative_error(l->dx, s->dx, l->size), 2e-6);
    ck_assert_double_lt(relative_error(l->dweight, s->dweight, l->channels), 2e-6);
    ck_assert_double_lt(relative_error(l->dbias, s->dbias, l->channels), 1e-6);
    ck_assert_double_lt(relative_error(l->running_mean, s->running_mean, l->channels), 1e-6);
    ck_assert_double_lt(relative_error(l->running_var, s->running_var, l->channels), 1e-6);
}

START_TEST(equals_pytorch_in_both_modes) {
    Layer l = make_layer(fixtures[_i].n, fixtures[_i].channels, fixtures[_i].area, false);
    memcpy(l.weight, fixtures[_i].weight, l.channels * sizeof(float));
    memcpy(l.bias, fixtures[_i].bias, l.channels * sizeof(float));
    for (size_t c = 0; c < l.channels; c++) {
        l.running_mean[c] = 0.0f;
        l.running_var[c] = 1.0f;
    }
    for (int step = 0; step < 4; step++) {
        l.eval = step == 3;
        check_step(&l, &fixtures[_i].steps[step]);
    }
    free_layer(&l);
}
END_TEST

// --- against plain loops in double ---------------------------------------------------------------

typedef struct {
    double mean, variance; // biased
} Statistics;

static Statistics plain_statistics(const Layer *l, int c) {
    int N = per_channel(l);
    double mean = 0.0, variance = 0.0;
    for (int k = 0; k < N; k++) {
        mean += l->x[place(l, c, k)] / (double)N;
    }
    for (int k = 0; k < N; k++) {
        variance += pow(l->x[place(l, c, k)] - mean, 2) / N;
    }
    return (Statistics){ mean, variance };
}

// y, dx, dweight and dbias of the layer from their definitions: the gradient along the three paths,
// not the compact formula. Running statistics as before the step.
static void plain_channel(const Layer *l, int c, float *y, float *dx, float *dweight,
                          float *dbias) {
    int N = per_channel(l);
    Statistics s = plain_statistics(l, c);
    if (l->eval) {
        s = (Statistics){ l->running_mean[c], l->running_var[c] };
    }
    double sigma = sqrt(s.variance + (double)l->shape.eps), w = l->weight[c];
    double dw = 0.0, db = 0.0, dmean = 0.0, dvariance = 0.0;
    for (int k = 0; k < N; k++) {
        size_t i = place(l, c, k);
        double normal = (l->x[i] - s.mean) / sigma;
        y[i] = (float)(w * normal + l->bias[c]);
        dw += l->dy[i] * normal;
        db += l->dy[i];
        dmean -= w * l->dy[i] / sigma;
        dvariance -= w * l->dy[i] * (l->x[i] - s.mean) / (2 * sigma * sigma * sigma);
    }
    for (int k = 0; k < N; k++) {
        size_t i = place(l, c, k);
        double through_batch = dmean / N + dvariance * 2 * (l->x[i] - s.mean) / N;
        dx[i] = (float)(w * l->dy[i] / sigma + (l->eval ? 0.0 : through_batch));
    }
    dweight[c] = (float)dw;
    dbias[c] = (float)db;
}

static void check_plain(Layer *l) {
    float *y = alloc_floats(l->size), *dx = alloc_floats(l->size);
    float *dweight = alloc_floats(l->channels), *dbias = alloc_floats(l->channels);
    for (int c = 0; c < l->shape.channels; c++) {
        plain_channel(l, c, y, dx, dweight, dbias);
    }
    forward(l);
    backward(l);
    ck_assert_double_lt(relative_error(l->y, y, l->size), 2e-6);
    ck_assert_double_lt(relative_error(l->dweight, dweight, l->channels), 1e-5);
    ck_assert_double_lt(relative_error(l->dbias, dbias, l->channels), 1e-5);
    // Two numbers a channel: all of dx is cancelled but for a share of eps.
    double tolerance = per_channel(l) == 2 ? 1e-3 : 5e-6;
    ck_assert_double_lt(relative_error(l->dx, dx, l->size), tolerance);
    free(y);
    free(dx);
    free(dweight);
    free(dbias);
}

START_TEST(equals_plain_loops_in_both_modes) {
    for (int eval = 0; eval < 2; eval++) {
        Layer l = layer_of(_i, eval);
        check_plain(&l);
        free_layer(&l);
    }
}
END_TEST

START_TEST(gradients_equal_differences) {
    const int small[][3] = { { 4, 3, 6 }, { 9, 5, 1 }, { 1, 2, 20 } };
    for (int i = 0; i < 6; i++) {
        Layer l = make_layer(small[i / 2][0], small[i / 2][1], small[i / 2][2], i % 2);
        forward(&l);
        backward(&l);
        const float h = 1e-2f;
        ck_assert_double_lt(gradient_error(l.x, l.dx, l.size, weighted_output, &l, h), 1e-3);
        ck_assert_double_lt(gradient_error(l.weight, l.dweight, l.channels, weighted_output, &l, h),
                            1e-3);
        ck_assert_double_lt(gradient_error(l.bias, l.dbias, l.channels, weighted_output, &l, h),
                            1e-3);
        free_layer(&l);
    }
}
END_TEST

// --- what normalising means ----------------------------------------------------------------------

START_TEST(outputs_have_mean_bias_and_deviation_weight) {
    Layer l = make_layer(20, 5, 30, false);
    forward(&l);
    float *x = l.x;
    l.x = l.y; // look at the output with the same eyes
    for (int c = 0; c < l.shape.channels; c++) {
        Statistics s = plain_statistics(&l, c);
        ck_assert_double_eq_tol(s.mean, l.bias[c], 1e-6);
        double shrunk = 1.0 - 1e-3 * l.inv_std[c] * l.inv_std[c]; // v / (v + eps)
        ck_assert_double_eq_tol(s.variance, l.weight[c] * l.weight[c] * shrunk, 1e-5);
    }
    l.x = x;
    free_layer(&l);
}
END_TEST

// dx sums to 0 in each channel, and Σ dx·x̂ = w/σ · dw · ε/σ².
START_TEST(gradient_has_no_mean_and_no_component_along_x) {
    Layer l = layer_of(_i, false);
    forward(&l);
    backward(&l);
    for (int c = 0; c < l.shape.channels; c++) {
        double sum = 0.0, along = 0.0, size = 0.0, inverse = l.inv_std[c];
        for (int k = 0; k < per_channel(&l); k++) {
            size_t i = place(&l, c, k);
            double normal = (l.x[i] - l.mean[c]) * inverse;
            sum += l.dx[i];
            along += l.dx[i] * normal;
            size += fabs(l.weight[c] * inverse * l.dy[i]) * (1.0 + fabs(normal));
        }
        double left = l.weight[c] * inverse * l.dweight[c] * 1e-3 * inverse * inverse;
        ck_assert_double_gt(size, 0.0);
        ck_assert_double_le(fabs(sum), 1e-6 * size);
        ck_assert_double_le(fabs(along - left), 1e-6 * size);
    }
    free_layer(&l);
}
END_TEST

START_TEST(shift_and_scale_of_the_input_do_not_count) {
    Layer l = make_layer(8, 4, 25, false);
    l.shape.eps = 1e-7f;
    forward(&l);
    float *before = alloc_floats(l.size);
    memcpy(before, l.y, l.size * sizeof(float));
    for (size_t i = 0; i < l.size; i++) {
        l.x[i] = 10.0f * l.x[i] + 3.0f;
    }
    forward(&l);
    ck_assert_double_lt(relative_error(l.y, before, l.size), 2e-6);
    free(before);
    free_layer(&l);
}
END_TEST

// x = 1000 ± 0.05: a float has steps of 6e-5 there. The mean may be off by half of one; what is
// computed with it may not lose another digit.
START_TEST(a_large_mean_loses_no_digits) {
    const int sizes[][3] = { { 16, 3, 49 }, { 64, 40, 1 }, { 1, 2, 3000 } };
    for (int s = 0; s < 3; s++) {
        Layer l = make_layer(sizes[s][0], sizes[s][1], sizes[s][2], false);
        l.shape.eps = 1e-9f;
        for (size_t i = 0; i < l.size; i++) {
            l.x[i] = 1000.0f + 0.025f * l.x[i];
        }
        l.shape.momentum = 1.0f;
        forward(&l);
        double N = per_channel(&l);
        for (int c = 0; c < l.shape.channels; c++) {
            Statistics plain = plain_statistics(&l, c);
            double sigma = sqrt(plain.variance + 1e-9);
            ck_assert_double_eq_tol(l.mean[c], plain.mean, 3.2e-5);
            ck_assert_double_eq_tol(l.inv_std[c] * sigma, 1.0, 1e-5);
            ck_assert_double_eq_tol(l.running_var[c] / (plain.variance * N / (N - 1)), 1.0, 2e-5);
            for (int k = 0; k < per_channel(&l); k++) {
                size_t i = place(&l, c, k);
                double y = l.weight[c] * ((double)l.x[i] - l.mean[c]) / sigma + l.bias[c];
                ck_assert_double_eq_tol(l.y[i], y, 5e-5);
            }
        }
        free_layer(&l);
    }
}
END_TEST

START_TEST(a_constant_channel_becomes_the_bias) {
    Layer l = make_layer(8, 3, 16, false);
    for (size_t i = 0; i < l.size; i++) {
        l.x[i] = 0.1f;
    }
    forward(&l);
    backward(&l);
    for (int c = 0; c < 3; c++) {
        for (int k = 0; k < per_channel(&l); k++) {
            ck_assert_float_eq_tol(l.y[place(&l, c, k)], l.bias[c], 1e-5f);
            ck_assert(isfinite(l.dx[place(&l, c, k)]));
        }
    }
    free_layer(&l);
}
END_TEST

START_TEST(the_example_of_the_chapter) {
    BatchNormShape shape = { .channels = 1, .area = 1, .eps = 1e-12f, .momentum = 0.25f };
    const float x[2] = { 1, 3 }, dy[2] = { 5, 7 }, weight = 1, bias = 0;
    float y[2], dx[2], mean, inv_std, running_mean = 10, running_var = 6, dw = 0, db = 0;
    batchnorm_forward_train(y, &mean, &inv_std, &running_mean, &running_var, x, &weight, &bias, 2,
                            &shape);
    ck_assert_float_eq(mean, 2.0f);
    ck_assert_float_eq(inv_std, 1.0f);
    ck_assert_float_eq(y[0], -1.0f);
    ck_assert_float_eq(y[1], 1.0f);
    ck_assert_float_eq(running_mean, 8.0f); // 0.75 · 10 + 0.25 · 2
    ck_assert_float_eq(running_var, 5.0f);  // 0.75 · 6 + 0.25 · 2, the unbiased variance
    batchnorm_backward_train(dx, &dw, &db, dy, x, &mean, &inv_std, &weight, 2, &shape);
    ck_assert_float_eq(dw, 2.0f);
    ck_assert_float_eq(db, 12.0f);
    ck_assert_float_eq(dx[0], 0.0f);
    ck_assert_float_eq(dx[1], 0.0f);
}
END_TEST

// eps and momentum mixed up give other results: each is where its name says.
START_TEST(eps_and_momentum_are_two_things) {
    Layer l = make_layer(8, 2, 9, false);
    float before = l.running_mean[0];
    l.shape.momentum = 0.0f;
    forward(&l);
    ck_assert_float_eq(l.running_mean[0], before);
    float inverse = l.inv_std[0];
    l.shape.momentum = 1.0f;
    forward(&l);
    ck_assert_float_eq(l.running_mean[0], l.mean[0]);
    ck_assert_float_eq(l.inv_std[0], inverse);
    l.shape.eps = 0.8f;
    forward(&l);
    double v = plain_statistics(&l, 0).variance;
    ck_assert_double_eq_tol(l.inv_std[0], 1.0 / sqrt(v + 0.8), 1e-6);
    free_layer(&l);
}
END_TEST

// --- what is written, and what is not ------------------------------------------------------------

START_TEST(gradients_are_added_or_not_wanted) {
    for (int i = 0; i < 4; i++) {
        Layer l = make_layer(6, 35, i < 2 ? 1 : 10, i % 2),
              m = make_layer(6, 35, l.shape.area, i % 2);
        size_t bytes = l.size * sizeof(float);
        forward(&l);
        forward(&m);
        backward(&l);
        for (size_t c = 0; c < m.channels; c++) {
            m.dweight[c] = 100.0f;
            m.dbias[c] = -100.0f;
        }
        float *dx = m.dx;
        m.dx = NULL;
        backward(&m); // dweight and dbias alone
        for (size_t c = 0; c < m.channels; c++) {
            ck_assert_float_eq(m.dweight[c], 100.0f + l.dweight[c]);
            ck_assert_float_eq(m.dbias[c], -100.0f + l.dbias[c]);
        }
        m.dx = dx;
        float *dweight = m.dweight, *dbias = m.dbias;
        m.dweight = m.dbias = NULL;
        backward(&m); // dx alone
        ck_assert_mem_eq(m.dx, l.dx, bytes);
        m.dweight = dweight;
        m.dbias = dbias;
        free_layer(&l);
        free_layer(&m);
    }
}
END_TEST

START_TEST(in_place_is_the_same) {
    for (int eval = 0; eval < 2; eval++) {
        Layer l = layer_of(_i, eval), m = layer_of(_i, eval);
        size_t bytes = l.size * sizeof(float);
        forward(&l);
        backward(&l);
        forward(&m);
        float *dx = m.dx, *y = m.y;
        m.dx = m.dy;
        backward(&m);
        ck_assert_mem_eq(m.dx, l.dx, bytes);
        m.y = m.x;
        forward(&m);
        ck_assert_mem_eq(m.y, l.y, bytes);
        m.dx = dx;
        m.y = y;
        free_layer(&l);
        free_layer(&m);
    }
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    for (int eval = 0; eval < 2; eval++) {
        Layer one = layer_of(_i, eval);
        omp_set_num_threads(1);
        forward(&one);
        backward(&one);
        for (int threads = 2; threads <= 3; threads++) {
            Layer l = layer_of(_i, eval);
            omp_set_num_threads(threads);
            forward(&l);
            backward(&l);
            ck_assert_mem_eq(l.y, one.y, l.size * sizeof(float));
            ck_assert_mem_eq(l.dx, one.dx, l.size * sizeof(float));
            ck_assert_mem_eq(l.dweight, one.dweight, l.channels * sizeof(float));
            ck_assert_mem_eq(l.dbias, one.dbias, l.channels * sizeof(float));
            ck_assert_mem_eq(l.inv_std, one.inv_std, l.channels * sizeof(float));
            ck_assert_mem_eq(l.running_mean, one.running_mean, l.channels * sizeof(float));
            ck_assert_mem_eq(l.running_var, one.running_var, l.channels * sizeof(float));
            free_layer(&l);
        }
        free_layer(&one);
    }
}
END_TEST

// --- refusals ------------------------------------------------------------------------------------

typedef struct {
    int n;
    BatchNormShape shape;
} Request;

static void train_it(void *context) {
    const Request *r = context;
    float x[2] = { 1, 2 }, y[2], mean, inv_std, running_mean = 0, running_var = 1, one = 1;
    batchnorm_forward_train(y, &mean, &inv_std, &running_mean, &running_var, x, &one, &one, r->n,
                            &r->shape);
}

static void want_half(void *context) {
    const Request *r = context;
    float x[2] = { 1, 2 }, dw = 0, one = 1;
    batchnorm_backward_train(x, &dw, NULL, x, x, &one, &one, &one, r->n, &r->shape);
}

static void want_half_in_evaluation(void *context) {
    const Request *r = context;
    float x[2] = { 1, 2 }, dw = 0, one = 1;
    batchnorm_backward_eval(x, NULL, &dw, x, x, &one, &one, &one, r->n, &r->shape);
}

START_TEST(refuses_what_has_no_meaning) {
    assert_refused(train_it, &(Request){ 1, { 1, 1, 1e-5f, 0.1f } }, "one number per channel");
    assert_refused(train_it, &(Request){ 0, { 1, 1, 1e-5f, 0.1f } }, "batch norm of 0 ×");
    assert_refused(train_it, &(Request){ 2, { 0, 1, 1e-5f, 0.1f } }, "× 0 channels");
    assert_refused(train_it, &(Request){ 2, { 1, 0, 1e-5f, 0.1f } }, "channels × 0");
    assert_refused(train_it, &(Request){ 2, { 1, 1, 0.0f, 0.1f } }, "eps is 0");
    assert_refused(train_it, &(Request){ 2, { 1, 1, NAN, 0.1f } }, "eps is nan");
    assert_refused(train_it, &(Request){ 2, { 1, 1, 1e-5f, 1.5f } }, "momentum is 1.5");
    assert_refused(train_it, &(Request){ 2, { 1, 1, 1e-5f, -0.1f } }, "momentum is -0.1");
    assert_refused(want_half, &(Request){ 2, { 1, 1, 1e-5f, 0.1f } }, "wanted together");
    assert_refused(want_half_in_evaluation, &(Request){ 2, { 1, 1, 1e-5f, 0.1f } },
                   "wanted together");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("batchnorm");
    CASE(s, "batchnorm", gradients_equal_differences, outputs_have_mean_bias_and_deviation_weight,
         shift_and_scale_of_the_input_do_not_count, a_large_mean_loses_no_digits,
         a_constant_channel_becomes_the_bias, the_example_of_the_chapter,
         eps_and_momentum_are_two_things, gradients_are_added_or_not_wanted,
         refuses_what_has_no_meaning);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_pytorch_in_both_modes, 0, N_FIXTURES);
    tcase_add_loop_test(each, equals_plain_loops_in_both_modes, 0, N_SHAPES);
    tcase_add_loop_test(each, gradient_has_no_mean_and_no_component_along_x, 0, N_SHAPES);
    tcase_add_loop_test(each, in_place_is_the_same, 0, N_SHAPES);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
