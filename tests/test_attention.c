#include "base/die.h"
#include "kernels/attention.h"
#include "kernels/lanes.h"
#include "nn/gradcheck.h"
#include "test.h"

#include "fixtures/attention.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// A layer with its data and gradient, and the loss L = Σ dy·y with random dy.
typedef struct {
    AttentionShape shape;
    int n;
    size_t inputs, outputs;
    float *x, *y, *dy, *dx, *workspace;
} Layer;

static Layer make_layer(int sequences, int steps, int width, int heads, bool causal) {
    Rng rng = rng_create(17, RNG_DATA);
    Layer l = { .shape = { width * heads, heads, steps, causal }, .n = sequences * steps };
    l.outputs = (size_t)(l.n * l.shape.d);
    l.inputs = 3 * l.outputs;
    l.x = alloc_floats(l.inputs);
    l.dx = alloc_floats(l.inputs);
    l.y = alloc_floats(l.outputs);
    l.dy = alloc_floats(l.outputs);
    l.workspace = alloc_floats(attention_workspace(&l.shape));
    rng_fill_normal(&rng, l.x, l.inputs, 0.0f, 1.0f);
    rng_fill_normal(&rng, l.dy, l.outputs, 0.0f, 1.0f);
    for (size_t i = 0; i < attention_workspace(&l.shape); i++) {
        l.workspace[i] = NAN; // what is there does not matter
    }
    return l;
}

static void free_layer(Layer *l) {
    float *all[] = { l->x, l->y, l->dy, l->dx, l->workspace };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static void forward(Layer *l) {
    attention_forward(l->y, l->x, l->n, &l->shape, l->workspace);
}

static void backward(Layer *l) {
    attention_backward(l->dx, l->dy, l->x, l->n, &l->shape, l->workspace);
}

static double weighted_output(void *context) {
    Layer *l = context;
    forward(l);
    double sum = 0.0;
    for (size_t i = 0; i < l->outputs; i++) {
        sum += (double)l->dy[i] * l->y[i];
    }
    return sum;
}

// Sequences, steps, width of a head, heads.
static const int shapes[][4] = { { 1, 1, 1, 1 },   { 3, 1, 7, 3 },   { 2, 2, 1, 3 },
                                 { 1, 7, 7, 1 },   { 2, 31, 16, 2 }, { 1, 32, 20, 3 },
                                 { 2, 33, 32, 1 }, { 3, 64, 32, 4 }, { 1, 70, 7, 3 },
                                 { 1, 130, 49, 1 } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// Each shape without the mask, then each with it.
static Layer layer_of(int i) {
    const int *s = shapes[i % N_SHAPES];
    return make_layer(s[0], s[1], s[2], s[3], i >= N_SHAPES);
}

// --- the exponential -----------------------------------------------------------------------------

START_TEST(the_exponential_is_right_to_the_last_digits) {
    for (int i = -86900; i <= 86900; i++) {
        float x = (float)i / 1000.0f;
        Lanes e = lanes_exp((Lanes){ 0 } + x);
        double expected = exp((double)x);
        ck_assert_msg(fabs(e[i & (LANES - 1)] - expected) <= 1.2e-7 * expected, "e^%g", x);
    }
    const float x[8] = { -INFINITY, -88.0f, -0.0f, 0.0f, 88.5f, INFINITY, NAN, 1.0f };
    float y[8];
    lanes_store(y, lanes_exp(lanes_load(x, 8)), 8);
    ck_assert(y[0] == 0.0f && y[1] == 0.0f && y[2] == 1.0f && y[3] == 1.0f && isnan(y[6]));
    ck_assert(y[4] == y[5] && y[4] > 6e37f && isfinite(y[4]));
}
END_TEST

START_TEST(sums_and_maxima_of_lanes) {
    for (int i = 0; i < LANES; i++) {
        float x[LANES];
        for (int k = 0; k < LANES; k++) {
            x[k] = k == i ? -1.0f : -2.0f;
        }
        ck_assert_float_eq(lanes_max(lanes_load(x, LANES)), -1.0f);
        ck_assert_float_eq(lanes_sum(lanes_load(x, LANES)), 1.0f - 2.0f * LANES);
        ck_assert_float_eq(lanes_sum(lanes_load(x, i + 1)), -1.0f - 2.0f * (float)i);
        Lanes ones = lanes_choose(lanes_first(i + 1), (Lanes){ 0 } + 1.0f, (Lanes){ 0 });
        ck_assert_float_eq(lanes_sum(ones), (float)(i + 1));
    }
    Lanes all = lanes_choose(lanes_first(1000), (Lanes){ 0 } + 1.0f, (Lanes){ 0 });
    ck_assert_float_eq(lanes_sum(all), (float)LANES);
}
END_TEST

// --- against PyTorch -----------------------------------------------------------------------------

#define FIXTURE(name)                                                                              \
    { name##_shape, name##_x[0], name##_y[0], name##_dy[0], name##_dx[0], name##_p[0][0][0] }

static const struct {
    const int *shape; // sequences, steps, d, heads, causal
    const float *x, *y, *dy, *dx, *p;
} fixtures[] = { FIXTURE(all), FIXTURE(causal), FIXTURE(one), FIXTURE(narrow) };
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

START_TEST(equals_pytorch) {
    const int *s = fixtures[_i].shape, steps = s[1], heads = s[3];
    Layer l = make_layer(s[0], steps, s[2] / heads, heads, s[4]);
    memcpy(l.x, fixtures[_i].x, l.inputs * sizeof(float));
    memcpy(l.dy, fixtures[_i].dy, l.outputs * sizeof(float));
    forward(&l);
    backward(&l);
    ck_assert_double_lt(relative_error(l.y, fixtures[_i].y, l.outputs), 1e-6);
    ck_assert_double_lt(relative_error(l.dx, fixtures[_i].dx, l.inputs), 1e-6);
    size_t map = (size_t)(steps * steps);
    float *p = alloc_floats(map);
    for (int pair = 0; pair < s[0] * heads; pair++) {
        const float *sequence = l.x + (size_t)(pair / heads * steps * 3 * s[2]);
        attention_weights(p, sequence, pair % heads, &l.shape, l.workspace);
        ck_assert_double_lt(relative_error(p, fixtures[_i].p + (size_t)pair * map, map), 1e-6);
    }
    free(p);
    free_layer(&l);
}
END_TEST

// --- against plain loops in double ---------------------------------------------------------------

// Number c of the query (part 0), key (1) or value (2) of row i.
static size_t at(const Layer *l, int part, int i, int head, int c) {
    int d = l->shape.d;
    return (size_t)(i * 3 * d + part * d + head * (d / l->shape.heads) + c);
}

// The weights of row i: of all rows of its sequence, which begins with row `begin`.
static void plain_weights(double *p, const Layer *l, int begin, int i, int head) {
    int width = l->shape.d / l->shape.heads;
    double sum = 0.0;
    for (int j = 0; j < l->shape.steps; j++) {
        double score = 0.0;
        for (int c = 0; c < width; c++) {
            score += (double)l->x[at(l, 0, i, head, c)] * l->x[at(l, 1, begin + j, head, c)];
        }
        p[j] = l->shape.causal && begin + j > i ? 0.0 : exp(score / sqrt(width));
        sum += p[j];
    }
    for (int j = 0; j < l->shape.steps; j++) {
        p[j] /= sum;
    }
}

// What row i of a head adds: its output, and its share in the gradients.
static void plain_row(double *y, double *dx, const Layer *l, int begin, int i, int head) {
    int steps = l->shape.steps, width = l->shape.d / l->shape.heads;
    double *p = alloc_bytes((size_t)steps * sizeof *p),
           *dp = alloc_bytes((size_t)steps * sizeof *dp);
    plain_weights(p, l, begin, i, head);
    double mean = 0.0;
    for (int j = 0; j < steps; j++) {
        dp[j] = 0.0;
        for (int c = 0; c < width; c++) {
            int out = i * l->shape.d + head * width + c;
            size_t v = at(l, 2, begin + j, head, c);
            y[out] += p[j] * l->x[v];
            dp[j] += (double)l->dy[out] * l->x[v];
            dx[v] += p[j] * l->dy[out];
        }
        mean += p[j] * dp[j];
    }
    for (int j = 0; j < steps; j++) {
        double ds = p[j] * (dp[j] - mean) / sqrt(width);
        for (int c = 0; c < width; c++) {
            size_t q = at(l, 0, i, head, c), k = at(l, 1, begin + j, head, c);
            dx[q] += ds * l->x[k];
            dx[k] += ds * l->x[q];
        }
    }
    free(p);
    free(dp);
}

static void plain(float *y, float *dx, const Layer *l) {
    double *sums = calloc(l->outputs + l->inputs, sizeof *sums);
    for (int i = 0; i < l->n; i++) {
        for (int head = 0; head < l->shape.heads; head++) {
            plain_row(sums, sums + l->outputs, l, i / l->shape.steps * l->shape.steps, i, head);
        }
    }
    for (size_t i = 0; i < l->outputs; i++) {
        y[i] = (float)sums[i];
    }
    for (size_t i = 0; i < l->inputs; i++) {
        dx[i] = (float)sums[l->outputs + i];
    }
    free(sums);
}

START_TEST(equals_plain_loops) {
    Layer l = layer_of(_i);
    float *y = alloc_floats(l.outputs), *dx = alloc_floats(l.inputs);
    plain(y, dx, &l);
    forward(&l);
    backward(&l);
    ck_assert_double_lt(relative_error(l.y, y, l.outputs), 1e-6);
    ck_assert_double_lt(relative_error(l.dx, dx, l.inputs), 2e-6);
    free(y);
    free(dx);
    free_layer(&l);
}
END_TEST

START_TEST(gradient_equals_differences) {
    const int small[][4] = { { 2, 3, 2, 2 }, { 1, 5, 7, 1 }, { 1, 40, 1, 1 }, { 2, 2, 3, 3 } };
    for (int i = 0; i < 8; i++) {
        const int *s = small[i / 2];
        Layer l = make_layer(s[0], s[1], s[2], s[3], i % 2);
        backward(&l);
        ck_assert_double_lt(gradient_error(l.x, l.dx, l.inputs, weighted_output, &l, 1e-2f), 1e-3);
        free_layer(&l);
    }
}
END_TEST

// --- what attention means ------------------------------------------------------------------------

START_TEST(weights_sum_to_one_and_are_zero_behind_the_mask) {
    Layer l = layer_of(_i);
    int steps = l.shape.steps;
    float *p = alloc_floats((size_t)(steps * steps));
    double *expected = alloc_bytes((size_t)steps * sizeof *expected);
    for (int head = 0; head < l.shape.heads; head++) {
        attention_weights(p, l.x, head, &l.shape, l.workspace);
        for (int i = 0; i < steps; i++) {
            plain_weights(expected, &l, 0, i, head);
            double sum = 0.0;
            for (int j = 0; j < steps; j++) {
                sum += p[i * steps + j];
                ck_assert_double_eq_tol(p[i * steps + j], expected[j], 1e-6);
                ck_assert(!l.shape.causal || j <= i || p[i * steps + j] == 0.0f);
            }
            ck_assert_double_eq_tol(sum, 1.0, 1e-6);
        }
    }
    free(p);
    free(expected);
    free_layer(&l);
}
END_TEST

// Puts something else into the rows of each sequence from `first` on.
static void spoil(float *rows, const Layer *l, int numbers, int first, float what) {
    for (int i = 0; i < l->n; i++) {
        for (int k = 0; k < numbers && i % l->shape.steps >= first; k++) {
            rows[i * numbers + k] = isfinite(what) ? what * rows[i * numbers + k] : what;
        }
    }
}

// The queries' gradients of earlier rows do not know later rows either.
static void check_earlier(const Layer *l, const float *y, const float *dx, int first) {
    int steps = l->shape.steps, d = l->shape.d;
    for (int i = 0; i < l->n; i++) {
        if (i % steps < first) {
            ck_assert_mem_eq(l->y + i * d, y + i * d, (size_t)d * sizeof *y);
            ck_assert_mem_eq(l->dx + i * 3 * d, dx + i * 3 * d, (size_t)d * sizeof *dx);
        }
    }
}

START_TEST(a_later_row_changes_nothing_earlier) {
    const float instead[] = { -3.0f, 1e30f, INFINITY, NAN };
    const int *s = shapes[_i];
    Layer l = make_layer(s[0], s[1], s[2], s[3], true);
    float *x = alloc_floats(l.inputs), *dx = alloc_floats(l.inputs), *y = alloc_floats(l.outputs);
    memcpy(x, l.x, l.inputs * sizeof *x);
    forward(&l);
    backward(&l);
    memcpy(y, l.y, l.outputs * sizeof *y);
    memcpy(dx, l.dx, l.inputs * sizeof *dx);
    for (int first = 1; first < s[1]; first += 1 + s[1] / 9) {
        for (int k = 0; k < 4; k++) {
            spoil(l.x, &l, 3 * l.shape.d, first, instead[k]);
            forward(&l);
            backward(&l);
            check_earlier(&l, y, dx, first);
            ck_assert_int_ne(memcmp(l.y, y, l.outputs * sizeof *y), 0);
            memcpy(l.x, x, l.inputs * sizeof *x);
        }
    }
    free(x);
    free(dx);
    free(y);
    free_layer(&l);
}
END_TEST

// A loss that looks at the first rows only has no slope in the later ones: also where a gradient and a
// value that have nothing to do with each other have an infinite product.
START_TEST(no_gradient_reaches_a_later_row) {
    const int *s = shapes[_i];
    for (int first = 1; first < s[1]; first += 1 + s[1] / 5) {
        Layer l = make_layer(s[0], s[1], s[2], s[3], true);
        for (int i = 0; i < l.n; i++) {
            bool later = i % s[1] >= first;
            for (int k = 0; k < l.shape.d; k++) {
                l.dy[i * l.shape.d + k] *= later ? 0.0f : 1e20f;
                l.x[(i * 3 + 2) * l.shape.d + k] *= later ? 1e20f : 1.0f;
            }
        }
        backward(&l);
        for (size_t i = 0; i < l.inputs; i++) {
            int row = (int)(i / (size_t)(3 * l.shape.d)) % s[1];
            ck_assert(row < first || l.dx[i] == 0.0f);
        }
        free_layer(&l);
    }
}
END_TEST

// The rows of each sequence in reverse order.
static void reverse(float *to, const float *from, const Layer *l, int numbers) {
    int steps = l->shape.steps;
    for (int i = 0; i < l->n; i++) {
        int other = i / steps * steps + steps - 1 - i % steps;
        memcpy(to + other * numbers, from + i * numbers, (size_t)numbers * sizeof *to);
    }
}

START_TEST(without_positions_a_permutation_only_permutes) {
    Layer l = layer_of(_i), m = layer_of(_i);
    int d = l.shape.d;
    reverse(m.x, l.x, &l, 3 * d);
    reverse(m.dy, l.dy, &l, d);
    forward(&l);
    backward(&l);
    forward(&m);
    backward(&m);
    float *y = alloc_floats(l.outputs), *dx = alloc_floats(l.inputs);
    reverse(y, m.y, &l, d);
    reverse(dx, m.dx, &l, 3 * d);
    ck_assert_double_lt(relative_error(y, l.y, l.outputs), 1e-6);
    ck_assert_double_lt(relative_error(dx, l.dx, l.inputs), 2e-6);
    free(y);
    free(dx);
    free_layer(&l);
    free_layer(&m);
}
END_TEST

START_TEST(large_scores_neither_overflow_nor_vanish) {
    for (int causal = 0; causal < 2; causal++) {
        Layer l = make_layer(1, 40, 16, 1, causal);
        for (int i = 0; i < 40; i++) {
            for (int c = 0; c < 16; c++) { // row i's key fits its own query: a score of 1e8
                l.x[at(&l, 0, i, 0, c)] = c == i % 16 ? 2e4f : -1e4f;
                l.x[at(&l, 1, i, 0, c)] = c == i % 16 ? 2e4f : 0.0f;
                l.x[at(&l, 2, i, 0, c)] = (float)(i % 16);
            }
        }
        forward(&l);
        backward(&l);
        for (size_t i = 0; i < l.outputs; i++) {
            ck_assert_float_eq_tol(l.y[i], (float)(i / 16 % 16), 1e-4f);
        }
        for (size_t i = 0; i < l.inputs; i++) {
            ck_assert(isfinite(l.dx[i]));
        }
        free_layer(&l);
    }
}
END_TEST

START_TEST(the_example_of_the_chapter) {
    AttentionShape shape = { .d = 1, .heads = 1, .steps = 2, .causal = true };
    const float x[2][3] = { { 0, 5, 2 }, { 0, -3, 6 } }, dy[2] = { 1, 1 };
    float y[2], dx[2][3], *workspace = alloc_floats(attention_workspace(&shape));
    attention_forward(y, x[0], 2, &shape, workspace);
    attention_backward(dx[0], dy, x[0], 2, &shape, workspace);
    ck_assert_mem_eq(y, ((float[]){ 2, 4 }), sizeof y);
    const float expected[2][3] = { { 0, 0, 1.5f }, { -8, 0, 0.5f } };
    for (int i = 0; i < 6; i++) {
        ck_assert_float_eq(dx[i / 3][i % 3], expected[i / 3][i % 3]);
    }
    free(workspace);
}
END_TEST

// --- what decides the bytes ----------------------------------------------------------------------

START_TEST(with_the_cache_the_bytes_are_the_same) {
    const int *s = shapes[_i];
    Layer l = make_layer(s[0], s[1], s[2], s[3], true);
    int d = l.shape.d, steps = s[1];
    forward(&l);
    float *cache = alloc_floats(attention_cache(s[0], &l.shape));
    float *x = alloc_floats((size_t)(s[0] * 3 * d)), *y = alloc_floats((size_t)(s[0] * d));
    for (size_t i = 0; i < attention_cache(s[0], &l.shape); i++) {
        cache[i] = NAN; // what is there does not matter
    }
    for (int i = 0; i < steps; i++) {
        for (int b = 0; b < s[0]; b++) {
            memcpy(x + b * 3 * d, l.x + (b * steps + i) * 3 * d, (size_t)(3 * d) * sizeof *x);
        }
        attention_step(y, cache, x, i, s[0], &l.shape, l.workspace);
        for (int b = 0; b < s[0]; b++) {
            ck_assert_mem_eq(y + b * d, l.y + (b * steps + i) * d, (size_t)d * sizeof *y);
        }
    }
    free(cache);
    free(x);
    free(y);
    free_layer(&l);
}
END_TEST

// As long as nothing is appended, a shorter sequence is the same.
START_TEST(the_beginning_of_a_text_has_the_same_bytes) {
    const int *s = shapes[_i];
    Layer l = make_layer(1, s[1], s[2], s[3], true);
    forward(&l);
    float *y = alloc_floats(l.outputs);
    for (int steps = 1; steps <= s[1]; steps += 1 + steps / 8) {
        AttentionShape shape = l.shape;
        shape.steps = steps;
        float *workspace = alloc_floats(attention_workspace(&shape));
        attention_forward(y, l.x, steps, &shape, workspace);
        ck_assert_mem_eq(y, l.y, (size_t)(steps * shape.d) * sizeof *y);
        free(workspace);
    }
    free(y);
    free_layer(&l);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    Layer one = layer_of(_i);
    omp_set_num_threads(1);
    forward(&one);
    backward(&one);
    const int threads[] = { 2, 3, 5, 20 };
    for (int t = 0; t < 4; t++) {
        Layer l = layer_of(_i);
        omp_set_num_threads(threads[t]);
        forward(&l);
        backward(&l);
        ck_assert_mem_eq(l.y, one.y, l.outputs * sizeof(float));
        ck_assert_mem_eq(l.dx, one.dx, l.inputs * sizeof(float));
        free_layer(&l);
    }
    free_layer(&one);
}
END_TEST

// --- what is refused -----------------------------------------------------------------------------

static void heads_that_do_not_divide(void *unused) {
    (void)unused;
    attention_workspace(&(AttentionShape){ .d = 10, .heads = 3, .steps = 4 });
}

static void half_a_sequence(void *unused) {
    (void)unused;
    Layer l = make_layer(1, 4, 2, 2, false);
    l.n = 6;
    forward(&l);
}

static void a_step_that_is_not_causal(void *unused) {
    (void)unused;
    Layer l = make_layer(1, 4, 2, 2, false);
    float *cache = alloc_floats(attention_cache(1, &l.shape));
    attention_step(l.y, cache, l.x, 0, 1, &l.shape, l.workspace);
}

static void a_step_too_far(void *unused) {
    (void)unused;
    Layer l = make_layer(1, 4, 2, 2, true);
    float *cache = alloc_floats(attention_cache(1, &l.shape));
    attention_step(l.y, cache, l.x, 4, 1, &l.shape, l.workspace);
}

START_TEST(nonsense_is_refused) {
    assert_refused(heads_that_do_not_divide, NULL, "10 numbers in 3 heads");
    assert_refused(half_a_sequence, NULL, "6 rows are not whole sequences of 4");
    assert_refused(a_step_that_is_not_causal, NULL, "not causal");
    assert_refused(a_step_too_far, NULL, "step 4 of 4");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("attention");
    CASE(s, "attention", the_exponential_is_right_to_the_last_digits, sums_and_maxima_of_lanes,
         gradient_equals_differences, large_scores_neither_overflow_nor_vanish,
         the_example_of_the_chapter, nonsense_is_refused);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 240);
    tcase_add_loop_test(each, equals_pytorch, 0, N_FIXTURES);
    tcase_add_loop_test(each, equals_plain_loops, 0, 2 * N_SHAPES);
    tcase_add_loop_test(each, weights_sum_to_one_and_are_zero_behind_the_mask, 0, 2 * N_SHAPES);
    tcase_add_loop_test(each, a_later_row_changes_nothing_earlier, 0, N_SHAPES);
    tcase_add_loop_test(each, no_gradient_reaches_a_later_row, 0, N_SHAPES);
    tcase_add_loop_test(each, without_positions_a_permutation_only_permutes, 0, N_SHAPES);
    tcase_add_loop_test(each, with_the_cache_the_bytes_are_the_same, 0, N_SHAPES);
    tcase_add_loop_test(each, the_beginning_of_a_text_has_the_same_bytes, 0, N_SHAPES);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, 2 * N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
