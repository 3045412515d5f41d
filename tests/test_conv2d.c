#include "conv2d.h"
#include "die.h"
#include "rng.h"
#include "test.h"

#include "fixtures/conv2d.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

enum { MARGIN = 64 }; // numbers around what is written that must stay as they are

// n numbers between margins, all NaN.
static float *guarded(size_t n) {
    float *block = alloc_floats(n + 2 * MARGIN);
    for (size_t i = 0; i < n + 2 * MARGIN; i++) {
        block[i] = NAN;
    }
    return block + MARGIN;
}

static bool margins_untouched(const float *x, size_t n) {
    for (size_t i = 0; i < MARGIN; i++) {
        if (!isnan(x[-1 - (long)i]) || !isnan(x[n + i])) {
            return false;
        }
    }
    return true;
}

static void fill(float *x, size_t n, float value) {
    for (size_t i = 0; i < n; i++) {
        x[i] = value;
    }
}

static float *random_floats(Rng *rng, size_t n) {
    float *x = alloc_floats(n);
    rng_fill_normal(rng, x, n, 0.0f, 1.0f);
    return x;
}

// A convolution with its data, and a gradient for each output.
typedef struct {
    ConvShape s;
    int n, rows, cols; // pictures; window positions, down and across
    size_t in, out, weights, workspace_size;
    float *x, *W, *b, *dy; // b may be NULL
    float *y, *dx, *dW, *db;
    float *workspace;
} Conv;

static Conv make_conv(int n, ConvShape s, bool bias, Rng *rng) {
    Conv c = { .s = s, .n = n, .rows = conv_out(s.height, &s), .cols = conv_out(s.width, &s) };
    c.in = (size_t)(n * s.in * s.height * s.width);
    c.out = (size_t)(n * s.out * c.rows * c.cols);
    c.weights = (size_t)(s.out * s.in * s.kernel * s.kernel);
    c.x = random_floats(rng, c.in);
    c.W = random_floats(rng, c.weights);
    c.b = bias ? random_floats(rng, (size_t)s.out) : NULL;
    c.dy = random_floats(rng, c.out);
    c.y = guarded(c.out);
    c.dx = guarded(c.in);
    c.dW = guarded(c.weights);
    c.db = guarded((size_t)s.out);
    c.workspace_size = conv2d_workspace(&s);
    c.workspace = guarded(c.workspace_size);
    fill(c.dW, c.weights, 0.0f);
    fill(c.db, (size_t)s.out, 0.0f);
    return c;
}

static void free_conv(Conv *c) {
    float *plain[] = { c->x, c->W, c->b, c->dy },
          *guards[] = { c->y, c->dx, c->dW, c->db, c->workspace };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        free(plain[i]);
    }
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
        free(guards[i] - MARGIN);
    }
}

// All four functions; each finds the workspace full of `rubbish`.
static void run(Conv *c, float rubbish) {
    fill(c->workspace, c->workspace_size, rubbish);
    conv2d_forward(c->y, c->x, c->W, c->b, c->n, &c->s, c->workspace);
    fill(c->workspace, c->workspace_size, rubbish);
    conv2d_backward_data(c->dx, c->dy, c->W, c->n, &c->s, c->workspace);
    fill(c->workspace, c->workspace_size, rubbish);
    conv2d_backward_weights(c->dW, c->dy, c->x, c->n, &c->s, c->workspace);
    conv2d_backward_bias(c->db, c->dy, c->n, c->s.out, c->rows * c->cols);
}

static const char *describe(const Conv *c) {
    static char text[160];
    const ConvShape *s = &c->s;
    snprintf(text, sizeof text,
             "%d pictures %d × %d × %d, %d filters, kernel %d stride %d pad %d dilation %d%s", c->n,
             s->in, s->height, s->width, s->out, s->kernel, s->stride, s->pad, s->dilation,
             c->b ? ", bias" : "");
    return text;
}

// --- the definition ------------------------------------------------------------------------------

typedef struct {
    double *y, *dx, *dW, *db;
} Plain;

// One product of the sum: output `out` sees pixel `in` through weight `w`.
static void plain_term(Plain *p, const Conv *c, long out, long in, long w) {
    p->y[out] += (double)c->W[w] * c->x[in];
    p->dx[in] += (double)c->W[w] * c->dy[out];
    p->dW[w] += (double)c->dy[out] * c->x[in];
}

// What one output sees: all channels, the whole window, except for the border.
static void plain_window(Plain *p, const Conv *c, long out, int picture, int m, int o, int q) {
    const ConvShape *s = &c->s;
    for (int channel = 0; channel < s->in; channel++) {
        for (int i = 0; i < s->kernel; i++) {
            for (int j = 0; j < s->kernel; j++) {
                int y = o * s->stride + i * s->dilation - s->pad;
                int x = q * s->stride + j * s->dilation - s->pad;
                if (y >= 0 && y < s->height && x >= 0 && x < s->width) {
                    long in = ((long)(picture * s->in + channel) * s->height + y) * s->width + x;
                    long w = ((long)(m * s->in + channel) * s->kernel + i) * s->kernel + j;
                    plain_term(p, c, out, in, w);
                }
            }
        }
    }
}

// Forward and backward in double; dW and db begin with what c holds.
static Plain plain_conv(const Conv *c) {
    Plain p = { calloc(c->out, sizeof *p.y), calloc(c->in, sizeof *p.dx),
                calloc(c->weights, sizeof *p.dW), calloc((size_t)c->s.out, sizeof *p.db) };
    for (size_t i = 0; i < c->weights; i++) {
        p.dW[i] = c->dW[i];
    }
    for (int m = 0; m < c->s.out; m++) {
        p.db[m] = c->db[m];
    }
    for (long out = 0; out < (long)c->out; out++) {
        int q = (int)(out % c->cols), o = (int)(out / c->cols % c->rows);
        int plane = (int)(out / c->cols / c->rows), m = plane % c->s.out;
        p.y[out] = c->b ? c->b[m] : 0.0;
        p.db[m] += c->dy[out];
        plain_window(&p, c, out, plane / c->s.out, m, o, q);
    }
    return p;
}

static void free_plain(Plain *p) {
    free(p->y);
    free(p->dx);
    free(p->dW);
    free(p->db);
}

// relative_error, but two arrays of zeros are equal: a window can see nothing but the border.
static void compare(const char *what, const float *got, const double *expected, size_t n,
                    const Conv *c) {
    float *rounded = alloc_floats(n);
    bool zeros = true;
    for (size_t i = 0; i < n; i++) {
        rounded[i] = (float)expected[i];
        zeros = zeros && got[i] == 0.0f && expected[i] == 0.0;
    }
    double error = zeros ? 0.0 : relative_error(got, rounded, n);
    ck_assert_msg(error < 1e-6, "%s is off by %g: %s", what, error, describe(c));
    ck_assert_msg(margins_untouched(got, n), "%s was left: %s", what, describe(c));
    free(rounded);
}

static void check_conv(int n, ConvShape shape, bool bias, Rng *rng) {
    Conv c = make_conv(n, shape, bias, rng);
    rng_fill_normal(rng, c.dW, c.weights, 0.0f, 10.0f); // dW and db are added to
    rng_fill_normal(rng, c.db, (size_t)shape.out, 0.0f, 10.0f);
    Plain plain = plain_conv(&c);
    run(&c, NAN);
    compare("y", c.y, plain.y, c.out, &c);
    compare("dx", c.dx, plain.dx, c.in, &c);
    compare("dW", c.dW, plain.dW, c.weights, &c);
    compare("db", c.db, plain.db, (size_t)shape.out, &c);
    ck_assert_msg(margins_untouched(c.workspace, c.workspace_size), "%s", describe(&c));
    free_plain(&plain);
    free_conv(&c);
}

// Around the limits at which the work is cut: 128 rows and 400 columns at a time, eight parts.
static const struct {
    int n;
    ConvShape shape; // in, height, width, out, kernel, stride, pad, dilation
} shapes[] = {
    { 1, { 1, 1, 1, 1, 1, 1, 0, 1 } },     // one number
    { 70, { 3, 12, 12, 5, 3, 1, 1, 1 } },  // several groups in each part
    { 7, { 3, 20, 20, 4, 3, 1, 1, 1 } },   // fewer pictures than parts; 400 columns
    { 9, { 2, 21, 20, 3, 5, 1, 2, 1 } },   // 420 columns
    { 64, { 1, 28, 28, 6, 5, 1, 2, 1 } },  // LeNet's first
    { 3, { 150, 10, 10, 8, 3, 1, 1, 1 } }, // many blocks
    { 2, { 40, 25, 23, 6, 3, 1, 1, 1 } },  // blocks and a large picture
    { 20, { 64, 14, 14, 9, 4, 2, 1, 1 } }, // DCGAN
    { 70, { 130, 1, 1, 3, 1, 1, 0, 1 } },  // area 1
    { 17, { 5, 1, 1, 70, 1, 1, 0, 1 } },   //
    { 70, { 2, 4, 4, 3, 4, 1, 0, 1 } },    // one window, as large as the picture
    { 5, { 3, 9, 40, 4, 12, 1, 3, 1 } },   // more than 128 numbers in a window
    { 33, { 20, 6, 6, 150, 3, 2, 1, 1 } }, // more filters than anything else
    { 9, { 7, 30, 31, 5, 5, 3, 2, 2 } },   //
    { 8, { 128, 3, 3, 2, 1, 1, 0, 1 } },   // exactly one block
    { 4, { 29, 6, 5, 1, 3, 1, 1, 1 } },    // a last block of one channel; one filter
    { 2, { 2, 3, 3, 2, 1, 4, 1, 1 } },     // sees nothing but the border
    { 3, { 2, 5, 1, 2, 3, 2, 3, 3 } },     //
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static int draw(Rng *rng, int low, int high) {
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

static ConvShape draw_shape(Rng *rng) {
    ConvShape s;
    do {
        s = (ConvShape){ .in = draw(rng, 1, 12), .height = draw(rng, 1, 14) };
        s.width = draw(rng, 1, 14);
        s.out = draw(rng, 1, 8);
        s.kernel = draw(rng, 1, 5);
        s.stride = draw(rng, 1, 4);
        s.pad = draw(rng, 0, 3);
        s.dilation = draw(rng, 1, 3);
    } while (conv_out(s.height, &s) < 1 || conv_out(s.width, &s) < 1);
    return s;
}

// --- tests ---------------------------------------------------------------------------------------

START_TEST(equals_plain_loops) {
    Rng rng = rng_create(1, RNG_DATA);
    check_conv(shapes[_i].n, shapes[_i].shape, _i % 2 == 0, &rng);
}
END_TEST

START_TEST(equals_plain_loops_for_random_shapes) {
    Rng rng = rng_create(2, RNG_DATA);
    for (int t = 0; t < 80; t++) {
        int n = draw(&rng, 1, t % 5 == 0 ? 30 : 4);
        check_conv(n, draw_shape(&rng), t % 2 == 0, &rng);
    }
}
END_TEST

#define FIXTURE(name, bias, dbias)                                                                 \
    {                                                                                              \
        name##_shape, (const float *)name##_weight, bias, (const float *)name##_x,                 \
            (const float *)name##_y, (const float *)name##_dy, (const float *)name##_dx,           \
            (const float *)name##_dweight, dbias                                                   \
    }

static const struct {
    const int *shape; // pictures, in, height, width, out, kernel, stride, pad, dilation
    const float *weight, *bias, *x, *y, *dy, *dx, *dweight, *dbias;
} fixtures[] = {
    FIXTURE(odd, odd_bias, odd_dbias),
    FIXTURE(stride3, stride3_bias, stride3_dbias),
    FIXTURE(dilated, NULL, NULL),
    FIXTURE(halved, NULL, NULL),
    FIXTURE(pointwise, pointwise_bias, pointwise_dbias),
    FIXTURE(pixel, pixel_bias, pixel_dbias),
    FIXTURE(all_of_it, all_of_it_bias, all_of_it_dbias),
};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

START_TEST(equals_pytorch) {
    const int *k = fixtures[_i].shape;
    ConvShape shape = { k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8] };
    Rng rng = rng_create(3, RNG_DATA);
    Conv c = make_conv(k[0], shape, fixtures[_i].bias, &rng);
    memcpy(c.x, fixtures[_i].x, c.in * sizeof *c.x);
    memcpy(c.dy, fixtures[_i].dy, c.out * sizeof *c.dy);
    memcpy(c.W, fixtures[_i].weight, c.weights * sizeof *c.W);
    if (c.b) {
        memcpy(c.b, fixtures[_i].bias, (size_t)shape.out * sizeof *c.b);
    }
    run(&c, NAN);
    ck_assert_double_lt(relative_error(c.y, fixtures[_i].y, c.out), 1e-6);
    ck_assert_double_lt(relative_error(c.dx, fixtures[_i].dx, c.in), 1e-6);
    ck_assert_double_lt(relative_error(c.dW, fixtures[_i].dweight, c.weights), 1e-6);
    if (c.b) {
        ck_assert_double_lt(relative_error(c.db, fixtures[_i].dbias, (size_t)shape.out), 1e-6);
    }
    free_conv(&c);
}
END_TEST

static void assert_same_bytes(const Conv *a, const Conv *b, const char *what) {
    ck_assert_msg(memcmp(a->y, b->y, a->out * sizeof *a->y) == 0, "y, %s: %s", what, describe(a));
    ck_assert_msg(memcmp(a->dx, b->dx, a->in * sizeof *a->dx) == 0, "dx, %s: %s", what,
                  describe(a));
    ck_assert_msg(memcmp(a->dW, b->dW, a->weights * sizeof *a->dW) == 0, "dW, %s: %s", what,
                  describe(a));
    ck_assert_msg(memcmp(a->db, b->db, (size_t)a->s.out * sizeof *a->db) == 0, "db, %s: %s", what,
                  describe(a));
}

// The same convolution a second time, on some number of threads and with another workspace.
static void compare_with(const Conv *alone, int threads, float rubbish, const char *what) {
    Rng rng = rng_create(4, RNG_DATA);
    omp_set_num_threads(threads);
    Conv again = make_conv(alone->n, alone->s, alone->b, &rng);
    run(&again, rubbish);
    assert_same_bytes(alone, &again, what);
    ck_assert(margins_untouched(again.workspace, again.workspace_size));
    free_conv(&again);
}

START_TEST(same_bytes_with_any_number_of_threads_and_any_workspace) {
    Rng rng = rng_create(4, RNG_DATA);
    omp_set_num_threads(1);
    Conv alone = make_conv(shapes[_i].n, shapes[_i].shape, true, &rng);
    run(&alone, NAN);
    compare_with(&alone, 1, 0.0f, "workspace of zeros");
    compare_with(&alone, 2, NAN, "2 threads");
    compare_with(&alone, 3, 1e30f, "3 threads");
    compare_with(&alone, 8, NAN, "8 threads");
    compare_with(&alone, 11, NAN, "11 threads"); // more than parts
    free_conv(&alone);
}
END_TEST

static double dot(const float *a, const float *b, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * b[i];
    }
    return sum;
}

// Without bias the convolution is linear in x and in W: <y, dy> = <x, dx> = <W, dW>.
START_TEST(backward_is_the_adjoint) {
    Rng rng = rng_create(5, RNG_DATA);
    Conv c = make_conv(shapes[_i].n, shapes[_i].shape, false, &rng);
    run(&c, NAN);
    double size = sqrt(dot(c.y, c.y, c.out) * dot(c.dy, c.dy, c.out)), y = dot(c.y, c.dy, c.out);
    ck_assert_double_le(fabs(dot(c.x, c.dx, c.in) - y), 1e-6 * size);
    ck_assert_double_le(fabs(dot(c.W, c.dW, c.weights) - y), 1e-6 * size);
    free_conv(&c);
}
END_TEST

// A small pattern in a wide field of zeros, and the same moved by some strides: the answer moves by
// as many places.
START_TEST(a_shifted_picture_gives_a_shifted_answer) {
    enum { SIDE = 40, AT = 12, PATTERN = 8, DOWN = 3, ACROSS = 5 };
    static const int options[][4] = {
        { 3, 1, 1, 1 }, { 4, 2, 1, 1 }, { 3, 2, 0, 2 }, { 5, 3, 2, 1 }
    };
    Rng rng = rng_create(6, RNG_DATA);
    for (size_t t = 0; t < sizeof options / sizeof *options; t++) {
        const int *k = options[t];
        ConvShape shape = { 2, SIDE, SIDE, 3, k[0], k[1], k[2], k[3] };
        Conv c = make_conv(2, shape, false, &rng); // picture 1 is picture 0, shifted
        fill(c.x, c.in, 0.0f);
        for (int i = 0; i < 2 * PATTERN * PATTERN; i++) {
            int y = AT + i / PATTERN % PATTERN, x = AT + i % PATTERN;
            int channel = i / (PATTERN * PATTERN);
            int shifted = (channel * SIDE + y + DOWN * k[1]) * SIDE + x + ACROSS * k[1];
            c.x[(channel * SIDE + y) * SIDE + x] = rng_normal(&rng);
            c.x[2 * SIDE * SIDE + shifted] = c.x[(channel * SIDE + y) * SIDE + x];
        }
        run(&c, NAN);
        float *moved = alloc_floats(c.out / 2); // picture 1's answer, moved back
        int seen = 0;
        for (int i = 0; i < (int)c.out / 2; i++) {
            int q = i % c.cols + ACROSS, o = i / c.cols % c.rows + DOWN;
            int plane = shape.out + i / (c.cols * c.rows);
            bool inside = q < c.cols && o < c.rows;
            moved[i] = inside ? c.y[(plane * c.rows + o) * c.cols + q] : 0.0f;
            seen += c.y[i] != 0.0f;
        }
        ck_assert_int_gt(seen, shape.out * 4);
        ck_assert_double_lt(relative_error(c.y, moved, c.out / 2), 1e-6);
        free(moved);
        free_conv(&c);
    }
}
END_TEST

// In float, 1e8 + 1 is 1e8: a running sum in float would lose all of the small ones.
START_TEST(bias_gradient_of_a_large_batch_keeps_its_digits) {
    enum { BATCH = 1001 };
    float dy[BATCH] = { 1e8f }, db[1] = { 0 };
    for (int i = 1; i < BATCH; i++) {
        dy[i] = 1.0f;
    }
    conv2d_backward_bias(db, dy, BATCH, 1, 1);
    ck_assert_float_eq(db[0], 100001000.0f);
}
END_TEST

static void ask_for_workspace(void *shape) {
    conv2d_workspace(shape);
}

START_TEST(refuses_impossible_shapes) {
    static ConvShape bad[] = {
        { 0, 5, 5, 1, 3, 1, 0, 1 }, // no channels
        { 1, 5, 5, 0, 3, 1, 0, 1 }, // no filters
        { 1, 5, 5, 1, 0, 1, 0, 1 }, // no kernel
        { 1, 5, 5, 1, 3, 0, 0, 1 },  { 1, 5, 5, 1, 3, -1, 0, 1 },
        { 1, 5, 5, 1, 3, 1, -1, 1 }, { 1, 5, 5, 1, 3, 1, 0, 0 }, //
        { 1, 4, 9, 1, 7, 1, 1, 1 },  { 1, 9, 4, 1, 7, 1, 1, 1 }, // no room for a window
        { 1, 4, 4, 1, 3, 1, 0, 2 },                              //
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(ask_for_workspace, &bad[i], "a convolution of");
    }
    assert_refused(ask_for_workspace, &(ConvShape){ 2, 4, 5, 3, 7, 1, 1, 1 },
                   "2 × 4 × 5 with kernel 7, stride 1, pad 1, dilation 1");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("conv2d");
    CASE(s, "conv2d", equals_plain_loops_for_random_shapes,
         a_shifted_picture_gives_a_shifted_answer, bias_gradient_of_a_large_batch_keeps_its_digits,
         refuses_impossible_shapes);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_plain_loops, 0, N_SHAPES);
    tcase_add_loop_test(each, equals_pytorch, 0, N_FIXTURES);
    tcase_add_loop_test(each, same_bytes_with_any_number_of_threads_and_any_workspace, 0, N_SHAPES);
    tcase_add_loop_test(each, backward_is_the_adjoint, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
