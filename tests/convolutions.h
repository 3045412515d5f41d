// What the tests of convolutions forward (test_conv2d.c) and transposed (test_conv_transpose2d.c)
// share: a convolution with all its arrays, and the comparisons with plain loops, with PyTorch, and
// with itself. The file that includes this defines the five functions that come first.

#ifndef CONVOLUTIONS_H
#define CONVOLUTIONS_H

#include "kernels/conv2d.h"
#include "base/die.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A convolution with its data, and a gradient for each output.
typedef struct {
    ConvShape s;
    int n, rows, cols; // pictures; size of a picture that comes out
    size_t in, out, weights, workspace_size;
    float *x, *W, *b, *dy;   // b may be NULL
    float *y, *dx, *dW, *db; // these and the workspace are guarded
    float *workspace;
} Conv;

// The same by plain loops, in double.
typedef struct {
    double *y, *dx, *dW, *db;
} Plain;

static int out_size(int size, const ConvShape *s);
static size_t workspace_of(const ConvShape *s);
static void forward(Conv *c, float rubbish); // every function finds the workspace full of rubbish
static void backward(Conv *c, float rubbish);
static void plain_sums(Plain *p, const Conv *c); // adds to y, dx and dW all but the bias

// --- arrays --------------------------------------------------------------------------------------

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

static double dot(const float *a, const float *b, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)a[i] * b[i];
    }
    return sum;
}

// --- one convolution -----------------------------------------------------------------------------

// dW and db, which are added to, begin with 0; y and dx with NaN.
static Conv make_conv(int n, ConvShape s, bool bias, Rng *rng) {
    Conv c = { .s = s, .n = n, .rows = out_size(s.height, &s), .cols = out_size(s.width, &s) };
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
    c.workspace_size = workspace_of(&s);
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

static float *workspace_with(Conv *c, float rubbish) {
    fill(c->workspace, c->workspace_size, rubbish);
    return c->workspace;
}

static void run(Conv *c, float rubbish) {
    forward(c, rubbish);
    backward(c, rubbish);
}

static const char *describe(const Conv *c) {
    static char text[160];
    const ConvShape *s = &c->s;
    snprintf(text, sizeof text,
             "%d pictures %d × %d × %d → %d, kernel %d stride %d pad %d dilation %d%s", c->n, s->in,
             s->height, s->width, s->out, s->kernel, s->stride, s->pad, s->dilation,
             c->b ? ", bias" : "");
    return text;
}

static int draw(Rng *rng, int low, int high) {
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

// A random shape with pictures of at most most × most, of which something comes out.
static ConvShape draw_shape(int most, Rng *rng) {
    ConvShape s;
    do {
        s = (ConvShape){ .in = draw(rng, 1, 12), .height = draw(rng, 1, most) };
        s.width = draw(rng, 1, most);
        s.out = draw(rng, 1, 8);
        s.kernel = draw(rng, 1, 5);
        s.stride = draw(rng, 1, 4);
        s.pad = draw(rng, 0, 3);
        s.dilation = draw(rng, 1, 3);
    } while (out_size(s.height, &s) < 1 || out_size(s.width, &s) < 1);
    return s;
}

// --- against plain loops -------------------------------------------------------------------------

// One product of the sums: output `out` and input `in` meet in weight `w`.
static void plain_term(Plain *p, const Conv *c, long out, long in, long w) {
    p->y[out] += (double)c->W[w] * c->x[in];
    p->dx[in] += (double)c->W[w] * c->dy[out];
    p->dW[w] += (double)c->dy[out] * c->x[in];
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
    plain_sums(&p, c);
    return p;
}

static void free_plain(Plain *p) {
    free(p->y);
    free(p->dx);
    free(p->dW);
    free(p->db);
}

// relative_error, but two arrays of zeros are equal: there may be nothing but padding to see.
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

static void check_random_convs(int most) {
    Rng rng = rng_create(2, RNG_DATA);
    for (int t = 0; t < 80; t++) {
        int n = draw(&rng, 1, t % 5 == 0 ? 30 : 4);
        check_conv(n, draw_shape(most, &rng), t % 2 == 0, &rng);
    }
}

// --- against PyTorch -----------------------------------------------------------------------------

typedef struct {
    const int *shape; // pictures, in, height, width, out, kernel, stride, pad, dilation
    const float *weight, *bias, *x, *y, *dy, *dx, *dweight, *dbias;
} Fixture;

#define FIXTURE(name, bias, dbias)                                                                 \
    {                                                                                              \
        name##_shape, (const float *)name##_weight, bias, (const float *)name##_x,                 \
            (const float *)name##_y, (const float *)name##_dy, (const float *)name##_dx,           \
            (const float *)name##_dweight, dbias                                                   \
    }

static void check_fixture(const Fixture *f) {
    const int *k = f->shape;
    ConvShape shape = { k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8] };
    Rng rng = rng_create(3, RNG_DATA);
    Conv c = make_conv(k[0], shape, f->bias, &rng);
    memcpy(c.x, f->x, c.in * sizeof *c.x);
    memcpy(c.dy, f->dy, c.out * sizeof *c.dy);
    memcpy(c.W, f->weight, c.weights * sizeof *c.W);
    if (c.b) {
        memcpy(c.b, f->bias, (size_t)shape.out * sizeof *c.b);
    }
    run(&c, NAN);
    ck_assert_double_lt(relative_error(c.y, f->y, c.out), 1e-6);
    ck_assert_double_lt(relative_error(c.dx, f->dx, c.in), 1e-6);
    ck_assert_double_lt(relative_error(c.dW, f->dweight, c.weights), 1e-6);
    if (c.b) {
        ck_assert_double_lt(relative_error(c.db, f->dbias, (size_t)shape.out), 1e-6);
    }
    free_conv(&c);
}

// --- against itself ------------------------------------------------------------------------------

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

static void check_threads_and_workspace(int n, ConvShape shape) {
    Rng rng = rng_create(4, RNG_DATA);
    omp_set_num_threads(1);
    Conv alone = make_conv(n, shape, true, &rng);
    run(&alone, NAN);
    compare_with(&alone, 1, 0.0f, "workspace of zeros");
    compare_with(&alone, 2, NAN, "2 threads");
    compare_with(&alone, 3, 1e30f, "3 threads");
    compare_with(&alone, 8, NAN, "8 threads");
    compare_with(&alone, 11, NAN, "11 threads"); // more than parts
    free_conv(&alone);
}

#endif
