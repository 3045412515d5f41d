#include "conv2d.h"
#include "conv_transpose2d.h"
#include "die.h"
#include "rng.h"
#include "test.h"

#include "fixtures/conv_transpose2d.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

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

// A transposed convolution with its data, and a gradient for each output.
typedef struct {
    ConvShape s;
    int n, rows, cols; // pictures; size of the large picture
    size_t in, out, weights, workspace_size;
    float *x, *W, *b, *dy; // b may be NULL
    float *y, *dx, *dW, *db;
    float *workspace;
} Conv;

static Conv make_conv(int n, ConvShape s, bool bias, Rng *rng) {
    Conv c = { .s = s, .n = n };
    c.rows = conv_transpose_out(s.height, &s);
    c.cols = conv_transpose_out(s.width, &s);
    c.in = (size_t)(n * s.in * s.height * s.width);
    c.out = (size_t)(n * s.out * c.rows * c.cols);
    c.weights = (size_t)(s.out * s.in * s.kernel * s.kernel);
    c.x = random_floats(rng, c.in);
    c.W = random_floats(rng, c.weights);
    c.b = bias ? random_floats(rng, (size_t)s.out) : NULL;
    c.dy = random_floats(rng, c.out);
    c.y = alloc_floats(c.out);
    c.dx = alloc_floats(c.in);
    c.dW = alloc_floats(c.weights);
    c.db = alloc_floats((size_t)s.out);
    c.workspace_size = conv_transpose2d_workspace(&s);
    c.workspace = alloc_floats(c.workspace_size);
    fill(c.y, c.out, NAN); // must be overwritten
    fill(c.dx, c.in, NAN);
    return c;
}

static void free_conv(Conv *c) {
    float *all[] = { c->x, c->W, c->b, c->dy, c->y, c->dx, c->dW, c->db, c->workspace };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static void forward(Conv *c) {
    conv_transpose2d_forward(c->y, c->x, c->W, c->b, c->n, &c->s, c->workspace);
}

static void backward(Conv *c) {
    conv_transpose2d_backward(c->dx, c->dW, c->db, c->dy, c->x, c->W, c->n, &c->s, c->workspace);
}

// Both passes; each finds the workspace full of `rubbish`.
static void run(Conv *c, float rubbish) {
    fill(c->workspace, c->workspace_size, rubbish);
    forward(c);
    fill(c->workspace, c->workspace_size, rubbish);
    backward(c);
}

static const char *describe(const Conv *c) {
    static char text[160];
    const ConvShape *s = &c->s;
    snprintf(text, sizeof text, "%d × %d × %d × %d → %d, kernel %d stride %d pad %d dilation %d%s",
             c->n, s->in, s->height, s->width, s->out, s->kernel, s->stride, s->pad, s->dilation,
             c->b ? ", bias" : "");
    return text;
}

// --- the definition ------------------------------------------------------------------------------

typedef struct {
    double *y, *dx, *dW, *db;
} Plain;

// One number of the small picture is spread over a window of the large one, in all its channels.
static void plain_spread(Plain *p, const Conv *c, long in) {
    const ConvShape *s = &c->s;
    int q = (int)(in % s->width), o = (int)(in / s->width % s->height);
    int channel = (int)(in / s->width / s->height % s->in);
    int picture = (int)(in / s->width / s->height / s->in);
    for (int w = 0; w < s->out * s->kernel * s->kernel; w++) {
        int m = w / (s->kernel * s->kernel), i = w / s->kernel % s->kernel, j = w % s->kernel;
        int y = o * s->stride + i * s->dilation - s->pad;
        int x = q * s->stride + j * s->dilation - s->pad;
        if (y >= 0 && y < c->rows && x >= 0 && x < c->cols) {
            long out = ((long)(picture * s->out + m) * c->rows + y) * c->cols + x;
            long weight = (long)channel * s->out * s->kernel * s->kernel + w;
            p->y[out] += (double)c->W[weight] * c->x[in];
            p->dx[in] += (double)c->W[weight] * c->dy[out];
            p->dW[weight] += (double)c->x[in] * c->dy[out];
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
    for (size_t out = 0; out < c->out; out++) {
        size_t m = out / (size_t)(c->rows * c->cols) % (size_t)c->s.out;
        p.y[out] = c->b ? c->b[m] : 0.0;
        p.db[m] += c->dy[out];
    }
    for (long in = 0; in < (long)c->in; in++) {
        plain_spread(&p, c, in);
    }
    return p;
}

// relative_error, but two arrays of zeros are equal: padding can take away all that was spread.
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
    free(plain.y);
    free(plain.dx);
    free(plain.dW);
    free(plain.db);
    free_conv(&c);
}

static const struct {
    int n;
    ConvShape shape; // in, height, width, out, kernel, stride, pad, dilation
} shapes[] = {
    { 1, { 1, 1, 1, 1, 1, 1, 0, 1 } },    // one number
    { 20, { 24, 7, 7, 12, 4, 2, 1, 1 } }, // DCGAN, narrow
    { 17, { 8, 14, 14, 1, 4, 2, 1, 1 } }, // its last layer
    { 9, { 100, 1, 1, 5, 4, 1, 0, 1 } },  // noise becomes a picture
    { 2, { 3, 11, 12, 40, 3, 2, 1, 1 } }, // many large channels: several blocks
    { 70, { 3, 4, 5, 2, 3, 3, 0, 1 } },   // several groups in each part
    { 3, { 2, 5, 4, 3, 2, 4, 0, 1 } },    // gaps between the windows
    { 4, { 5, 21, 20, 3, 3, 1, 1, 1 } },  // 420 places
    { 2, { 3, 3, 5, 7, 3, 2, 3, 3 } },    //
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static int draw(Rng *rng, int low, int high) {
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

static ConvShape draw_shape(Rng *rng) {
    ConvShape s;
    do {
        s = (ConvShape){ .in = draw(rng, 1, 12), .height = draw(rng, 1, 8) };
        s.width = draw(rng, 1, 8);
        s.out = draw(rng, 1, 8);
        s.kernel = draw(rng, 1, 5);
        s.stride = draw(rng, 1, 4);
        s.pad = draw(rng, 0, 3);
        s.dilation = draw(rng, 1, 3);
    } while (conv_transpose_out(s.height, &s) < 1 || conv_transpose_out(s.width, &s) < 1);
    return s;
}

// --- tests ---------------------------------------------------------------------------------------

// The convolution that is meant goes back to the size we came from.
START_TEST(output_size_is_the_mirrors_input_size) {
    ck_assert_int_eq(
        conv_transpose_out(7, &(ConvShape){ .kernel = 4, .stride = 2, .pad = 1, .dilation = 1 }),
        14);
    ck_assert_int_eq(conv_transpose_out(1, &(ConvShape){ .kernel = 4, .stride = 1, .dilation = 1 }),
                     4);
    ck_assert_int_eq(
        conv_transpose_out(5, &(ConvShape){ .kernel = 3, .stride = 3, .pad = 2, .dilation = 2 }),
        13);
    Rng rng = rng_create(1, RNG_DATA);
    for (int t = 0; t < 500; t++) {
        ConvShape s = draw_shape(&rng);
        int large = conv_transpose_out(s.height, &s);
        ck_assert_int_eq(conv_out(large, &s), s.height);
        ck_assert_int_eq(conv_out(large - 1, &s), s.height - 1); // the smallest such size
    }
}
END_TEST

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
    FIXTURE(twice, twice_bias, twice_dbias),
    FIXTURE(stride3, stride3_bias, stride3_dbias),
    FIXTURE(dilated, NULL, NULL),
    FIXTURE(projection, NULL, NULL),
    FIXTURE(gaps, gaps_bias, gaps_dbias),
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

START_TEST(same_bytes_with_any_number_of_threads_and_any_workspace) {
    static const struct {
        int threads;
        float rubbish;
    } runs[] = { { 1, 0.0f }, { 1, NAN }, { 2, NAN }, { 3, 1e30f }, { 8, NAN }, { 11, 0.0f } };
    Conv first;
    for (size_t t = 0; t < sizeof runs / sizeof *runs; t++) {
        Rng rng = rng_create(4, RNG_DATA);
        omp_set_num_threads(runs[t].threads);
        Conv c = make_conv(shapes[_i].n, shapes[_i].shape, true, &rng);
        run(&c, runs[t].rubbish);
        if (t == 0) {
            first = c;
            continue;
        }
        ck_assert_mem_eq(c.y, first.y, c.out * sizeof *c.y);
        ck_assert_mem_eq(c.dx, first.dx, c.in * sizeof *c.dx);
        ck_assert_mem_eq(c.dW, first.dW, c.weights * sizeof *c.dW);
        ck_assert_mem_eq(c.db, first.db, (size_t)c.s.out * sizeof *c.db);
        free_conv(&c);
    }
    free_conv(&first);
}
END_TEST

static double dot(const float *a, const float *b, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * b[i];
    }
    return sum;
}

// <conv(u), x> = <u, convT(x)>, with conv2d and the same weights.
START_TEST(is_the_adjoint_of_conv2d) {
    Rng rng = rng_create(5, RNG_DATA);
    Conv c = make_conv(shapes[_i].n, shapes[_i].shape, false, &rng);
    forward(&c);
    ConvShape conv = c.s; // from the large picture to the small one
    conv.in = c.s.out;
    conv.out = c.s.in;
    conv.height = c.rows;
    conv.width = c.cols;
    float *u = random_floats(&rng, c.out), *v = alloc_floats(c.in);
    float *workspace = alloc_floats(conv2d_workspace(&conv));
    conv2d_forward(v, u, c.W, NULL, c.n, &conv, workspace);
    double size = sqrt(dot(c.y, c.y, c.out) * dot(u, u, c.out));
    ck_assert_double_gt(size, 0.0);
    ck_assert_double_le(fabs(dot(v, c.x, c.in) - dot(u, c.y, c.out)), 1e-6 * size);
    free(u);
    free(v);
    free(workspace);
    free_conv(&c);
}
END_TEST

// Each gradient alone, the two others NULL, is the same as all together.
START_TEST(what_is_null_is_not_computed) {
    Rng rng = rng_create(6, RNG_DATA);
    ConvShape shape = { 3, 4, 5, 2, 4, 2, 1, 1 };
    Conv c = make_conv(3, shape, true, &rng);
    backward(&c);
    float *dx = alloc_floats(c.in), *dW = alloc_floats(c.weights), db[2] = { 0 };
    conv_transpose2d_backward(dx, NULL, NULL, c.dy, c.x, c.W, c.n, &c.s, c.workspace);
    conv_transpose2d_backward(NULL, dW, NULL, c.dy, c.x, c.W, c.n, &c.s, c.workspace);
    conv_transpose2d_backward(NULL, NULL, db, c.dy, c.x, c.W, c.n, &c.s, c.workspace);
    conv_transpose2d_backward(NULL, NULL, NULL, c.dy, c.x, c.W, c.n, &c.s, c.workspace);
    ck_assert_mem_eq(dx, c.dx, c.in * sizeof *dx);
    ck_assert_mem_eq(dW, c.dW, c.weights * sizeof *dW);
    ck_assert_mem_eq(db, c.db, sizeof db);
    free(dx);
    free(dW);
    free_conv(&c);
}
END_TEST

static void ask_for_workspace(void *shape) {
    conv_transpose2d_workspace(shape);
}

START_TEST(refuses_impossible_shapes) {
    static ConvShape bad[] = {
        { 0, 5, 5, 1, 3, 1, 0, 1 }, { 1, 5, 5, 0, 3, 1, 0, 1 },  { 1, 5, 5, 1, 0, 1, 0, 1 },
        { 1, 5, 5, 1, 3, 0, 0, 1 }, { 1, 5, 5, 1, 3, 1, -1, 1 }, { 1, 5, 5, 1, 3, 1, 0, 0 },
        { 1, 0, 5, 1, 3, 1, 0, 1 }, { 1, 5, 0, 1, 3, 1, 0, 1 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_refused(ask_for_workspace, &bad[i], "a convolution of");
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("conv_transpose2d");
    CASE(s, "conv_transpose2d", output_size_is_the_mirrors_input_size,
         equals_plain_loops_for_random_shapes, what_is_null_is_not_computed,
         refuses_impossible_shapes);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_plain_loops, 0, N_SHAPES);
    tcase_add_loop_test(each, equals_pytorch, 0, N_FIXTURES);
    tcase_add_loop_test(each, same_bytes_with_any_number_of_threads_and_any_workspace, 0, N_SHAPES);
    tcase_add_loop_test(each, is_the_adjoint_of_conv2d, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
