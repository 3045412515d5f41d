// Tests of pooling over pictures of any size, of nets for other sizes and nets on paper, and of the
// blocks that lesson 12 is built of, against PyTorch.

#include "kernels/any_size.h"
#include "base/die.h"
#include "nets.h"
#include "nn/gradcheck.h"
#include "nn/optimizer.h"
#include "nn/summary.h"
#include "test.h"

#include "fixtures/depth.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- pooling against PyTorch ---------------------------------------------------------------------

typedef struct {
    const char *name;
    int n;
    PyramidShape shape; // finest 0: the mean
    const float *x, *y, *dy, *dx;
} Fixture;

#define ARRAYS(name)                                                                               \
    (const float *)name##_x, (const float *)name##_y, (const float *)name##_dy,                    \
        (const float *)name##_dx

static const Fixture fixtures[] = {
    { "seven", 2, { 3, 7, 7, 4 }, ARRAYS(pyramid_seven) },
    { "oblong", 1, { 2, 5, 9, 8 }, ARRAYS(pyramid_oblong) },
    { "small", 2, { 2, 3, 2, 4 }, ARRAYS(pyramid_small) },
    { "one", 1, { 3, 4, 6, 1 }, ARRAYS(pyramid_one) },
    { "mean of seven", 2, { 3, 7, 7, 0 }, ARRAYS(mean_seven) },
    { "mean of oblong", 1, { 2, 3, 9, 0 }, ARRAYS(mean_oblong) },
};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

// x, y, dy, dx of a pooling, and the loss Σ dy·y.
typedef struct {
    PyramidShape shape;
    int n;
    size_t in, out;
    float *x, *y, *dy, *dx;
    int *winner;
} Pooling;

static Pooling make_pooling(int n, PyramidShape s) {
    size_t channels = (size_t)n * (size_t)s.channels;
    Pooling p = { .shape = s, .n = n, .in = channels * (size_t)(s.height * s.width) };
    p.out = channels * (size_t)(s.finest ? pyramid_cells(s.finest) : 1);
    p.x = random_floats(21, p.in);
    p.dx = alloc_floats(p.in);
    p.y = alloc_floats(p.out);
    p.dy = random_floats(22, p.out);
    p.winner = alloc_bytes(p.out * sizeof *p.winner);
    for (size_t i = 0; i < p.in; i++) {
        p.dx[i] = NAN; // must be overwritten
    }
    return p;
}

static void free_pooling(Pooling *p) {
    free(p->x);
    free(p->y);
    free(p->dy);
    free(p->dx);
    free(p->winner);
}

static void forward(Pooling *p) {
    const PyramidShape *s = &p->shape;
    if (s->finest) {
        pyramid_forward(p->y, p->winner, p->x, p->n, s);
    } else {
        global_avg_pool_forward(p->y, p->x, (long)p->n * s->channels, s->height * s->width);
    }
}

static void backward(Pooling *p) {
    const PyramidShape *s = &p->shape;
    if (s->finest) {
        pyramid_backward(p->dx, p->dy, p->winner, p->n, s);
    } else {
        global_avg_pool_backward(p->dx, p->dy, (long)p->n * s->channels, s->height * s->width);
    }
}

static double weighted(void *context) {
    Pooling *p = context;
    forward(p);
    double sum = 0.0;
    for (size_t i = 0; i < p->out; i++) {
        sum += (double)p->dy[i] * p->y[i];
    }
    return sum;
}

START_TEST(equals_pytorch) {
    const Fixture *f = &fixtures[_i];
    Pooling p = make_pooling(f->n, f->shape);
    memcpy(p.x, f->x, p.in * sizeof *p.x);
    memcpy(p.dy, f->dy, p.out * sizeof *p.dy);
    forward(&p);
    backward(&p);
    ck_assert_msg(relative_error(p.y, f->y, p.out) < 1e-6, "%s forward", f->name);
    ck_assert_msg(relative_error(p.dx, f->dx, p.in) < 1e-6, "%s backward", f->name);
    free_pooling(&p);
}
END_TEST

static const PyramidShape shapes[] = { { 2, 7, 7, 4 },  { 3, 1, 1, 4 },  { 1, 5, 3, 2 },
                                       { 2, 6, 11, 8 }, { 3, 7, 7, 0 },  { 1, 3, 5, 0 },
                                       { 2, 1, 1, 0 },  { 5, 13, 9, 0 }, { 7, 12, 12, 4 } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

START_TEST(backward_equals_differences) {
    Pooling p = make_pooling(2, shapes[_i]);
    forward(&p);
    backward(&p);
    double error = gradient_error(p.x, p.dx, p.in, weighted, &p, 1e-3f);
    ck_assert_msg(error < 5e-3, "shape %d: error %g", _i, error);
    free_pooling(&p);
}
END_TEST

// <v, dx> = <t, dy>: a direction of the input and how the output then moves.
START_TEST(the_tangent_is_the_adjoint_of_the_way_back) {
    Pooling p = make_pooling(3, shapes[_i]);
    float *v = random_floats(23, p.in), *t = alloc_floats(p.out);
    forward(&p);
    backward(&p);
    if (p.shape.finest) {
        pyramid_tangent(t, v, p.winner, p.n, &p.shape);
    } else {
        global_avg_pool_forward(t, v, (long)p.n * p.shape.channels, (int)(p.in / p.out));
    }
    double left = 0.0, right = 0.0, size = 0.0;
    for (size_t i = 0; i < p.in; i++) {
        left += (double)v[i] * p.dx[i];
        size += fabs((double)v[i] * p.dx[i]);
    }
    for (size_t i = 0; i < p.out; i++) {
        right += (double)t[i] * p.dy[i];
    }
    ck_assert_double_gt(size, 0.0);
    ck_assert_double_le(fabs(left - right), 1e-6 * size);
    free(v);
    free(t);
    free_pooling(&p);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    Pooling one = make_pooling(5, shapes[_i]), p = make_pooling(5, shapes[_i]);
    omp_set_num_threads(1);
    forward(&one);
    backward(&one);
    for (int threads = 2; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        forward(&p);
        backward(&p);
        ck_assert_mem_eq(p.y, one.y, p.out * sizeof *p.y);
        ck_assert_mem_eq(p.dx, one.dx, p.in * sizeof *p.dx);
    }
    free_pooling(&one);
    free_pooling(&p);
}
END_TEST

// Seven rows and four cells: 0 and 1, 1 to 3, 3 to 5, 5 and 6.
START_TEST(the_example_of_the_chapter) {
    const PyramidShape shape = { 1, 7, 1, 4 };
    const float x[7] = { 6, 1, 2, 9, 3, 4, 5 };
    float y[21];
    int winner[21];
    pyramid_forward(y, winner, x, 1, &shape);
    static const float grids[] = { 9, 9, 9, 9, 9 }, fine[] = { 6, 9, 9, 5 };
    for (int i = 0; i < 5; i++) {
        ck_assert_float_eq(y[i], grids[i]);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(y[5 + 4 * i], fine[i]); // one column: all four cells of a row are it
    }
    ck_assert_int_eq(pyramid_cells(1), 1);
    ck_assert_int_eq(pyramid_cells(4), 21);
}
END_TEST

START_TEST(the_first_of_equals_and_any_nan_win) {
    const PyramidShape shape = { 1, 4, 4, 2 };
    float x[16] = { 0 }, y[5];
    int winner[5];
    pyramid_forward(y, winner, x, 1, &shape);
    static const int first[] = { 0, 0, 2, 8, 10 };
    ck_assert_mem_eq(winner, first, sizeof first);
    x[15] = NAN;
    x[1] = INFINITY;
    pyramid_forward(y, winner, x, 1, &shape);
    ck_assert(isnan(y[0]) && isnan(y[4]) && isinf(y[1]));
    ck_assert_int_eq(winner[0], 15);
}
END_TEST

static void three_cells(void *nothing) {
    (void)nothing;
    float x[9] = { 0 }, y[14];
    int winner[14];
    pyramid_forward(y, winner, x, 1, &(PyramidShape){ 1, 3, 3, 3 });
}

static void three_cells_in_a_net(void *nothing) {
    (void)nothing;
    static const LayerSpec table[] = { spatial_pyramid(3), END };
    make_net(table, (Shape){ 1, 3, 3 }, 1);
}

static void padded_mean(void *nothing) {
    (void)nothing;
    static const LayerSpec table[] = { avg_pool2d(3, .pad = 1), END };
    make_net(table, (Shape){ 1, 3, 3 }, 1);
}

START_TEST(refuses_what_cannot_be) {
    assert_refused(three_cells, NULL, "a grid of 3 × 3 cells: no power of two");
    assert_refused(three_cells_in_a_net, NULL, "layer 0 (spatial_pyramid) with input 1 × 3 × 3");
    assert_refused(padded_mean, NULL, "needs a .pad of at most half a window, and none for the");
}
END_TEST

// --- blocks against PyTorch ----------------------------------------------------------------------

#define UNIT(c, k) conv2d(c, .kernel = k, .pad = k / 2, .no_bias = true), batchnorm(), relu()

static const LayerSpec residual[] = { mark("in"),
                                      avg_pool2d(1, .stride = 2),
                                      mark("skip"),
                                      from("in"),
                                      conv2d(5, .kernel = 3, .stride = 2, .pad = 1,
                                             .no_bias = true),
                                      batchnorm(),
                                      relu(),
                                      conv2d(5, .kernel = 3, .pad = 1, .no_bias = true),
                                      batchnorm(),
                                      add("skip"),
                                      relu(),
                                      END };

// The branches in the order of their parameters; then one is read again, and the others put behind.
static const LayerSpec inception[] = { mark("in"),
                                       UNIT(2, 1),
                                       mark("one"),
                                       from("in"),
                                       UNIT(2, 1),
                                       UNIT(3, 3),
                                       mark("three"),
                                       from("in"),
                                       UNIT(1, 1),
                                       UNIT(2, 5),
                                       mark("five"),
                                       from("in"),
                                       max_pool2d(3, .stride = 1, .pad = 1),
                                       UNIT(1, 1),
                                       mark("pool"),
                                       from("one"),
                                       concat("three"),
                                       concat("five"),
                                       concat("pool"),
                                       END };

static void check_block(const LayerSpec *table, Shape in, int n, const float *params,
                        const float *grads, const float *x, const float *y, const float *dy,
                        const float *dx) {
    Net *net = make_net(table, in, n);
    memcpy(net->params, params, net->n_params * sizeof *params);
    size_t outputs = (size_t)n * shape_size(net->out), inputs = (size_t)n * shape_size(in);
    ck_assert_double_lt(relative_error(net_forward(net, x, n, TRAIN), y, outputs), 2e-6);
    net_zero_grad(net);
    ck_assert_double_lt(relative_error(net_backward(net, dy, WANT_PARAMS | WANT_INPUT), dx, inputs),
                        1e-5);
    ck_assert_double_lt(relative_error(net->grads, grads, net->n_params), 1e-5);
    net_free(net);
}

START_TEST(a_residual_block_equals_pytorch) {
    check_block(residual, (Shape){ 2, 6, 4 }, 3, residual_params, residual_grads, ARRAYS(residual));
}
END_TEST

START_TEST(an_inception_block_equals_pytorch) {
    check_block(inception, (Shape){ 3, 5, 4 }, 2, inception_params, inception_grads,
                ARRAYS(inception));
}
END_TEST

// --- nets for other sizes, and on paper ----------------------------------------------------------

static const LayerSpec any[] = { conv2d(4, .kernel = 3, .stride = 2, .pad = 1, .no_bias = true),
                                 batchnorm(),
                                 relu(),
                                 conv2d(4, .kernel = 3, .pad = 1),
                                 relu(),
                                 spatial_pyramid(2),
                                 dense(3),
                                 END };

// A net for another size computes what a net that was made for it would, with the same parameters;
// a step of one is a step of the other.
static void check_resized(int height, int width) {
    Net *owner = make_net(any, (Shape){ 1, 8, 8 }, 4), *wide = net_resized(owner, height, width);
    Net *made = make_net(any, (Shape){ 1, height, width }, 4);
    ck_assert((wide->activations == owner->activations) == (height * width <= 64));
    float *x = random_floats(3, 4 * 110), *c = random_floats(4, 12);
    size_t bytes = made->n_params * sizeof(float);
    net_zero_grad(owner);
    for (int t = 0; t < 3; t++) {
        memcpy(made->params, owner->params, bytes);
        const float *y = net_forward(wide, x, 4, TRAIN);
        ck_assert_mem_eq(y, net_forward(made, x, 4, TRAIN), 12 * sizeof(float));
        ck_assert_mem_eq(owner->state, made->state, made->n_state * sizeof(float));
        const float *dx = net_backward(wide, c, WANT_PARAMS | WANT_INPUT);
        ck_assert_mem_eq(dx, net_backward(made, c, WANT_PARAMS | WANT_INPUT),
                         4 * shape_size(made->in) * sizeof(float));
        ck_assert_mem_eq(owner->grads, made->grads, bytes);
        for (size_t i = 0; i < owner->n_params; i++) {
            owner->params[i] -= 0.1f * owner->grads[i];
        }
    }
    net_free(made);
    net_free(wide);
    const float *y = net_forward(owner, x, 4, EVAL); // its arrays are still there
    ck_assert(isfinite(y[0]));
    free(x);
    free(c);
    net_free(owner);
}

START_TEST(a_resized_net_shares_what_is_learned) {
    check_resized(6, 7); // in the owner's memory
    check_resized(8, 8);
    check_resized(6, 11);
    check_resized(10, 11);
}
END_TEST

static void resize_a_dense_net(void *nothing) {
    (void)nothing;
    Net *net = make_net(lenet, (Shape){ 1, 28, 28 }, 1);
    net_resized(net, 32, 28);
}

static void run_on_paper(void *nothing) {
    (void)nothing;
    Net *net = net_plan(lenet, (Shape){ 1, 28, 28 });
    float x[784] = { 0 };
    net_forward(net, x, 1, EVAL);
}

START_TEST(refuses_other_parameters_and_paper) {
    assert_refused(resize_a_dense_net, NULL,
                   "layer 7 (dense) has 48120 parameters for pictures of 28 × 28, and 57720 for");
    assert_refused(run_on_paper, NULL, "a network on paper (net_plan) cannot be run");
}
END_TEST

// On paper a net has the summary that it would have; and what no memory would hold can be planned.
START_TEST(a_net_on_paper_has_its_summary) {
    Net *paper = net_plan(lenet, (Shape){ 1, 28, 28 }),
        *net = make_net(lenet, (Shape){ 1, 28, 28 }, 1);
    char text[2][8192] = { "", "" };
    for (int i = 0; i < 2; i++) {
        FILE *out = fmemopen(text[i], sizeof text[i], "w");
        summary_print(out, "net", i ? net : paper);
        fclose(out);
    }
    ck_assert_str_eq(text[0], text[1]);
    ck_assert_ptr_null(paper->params);
    ck_assert_uint_eq(paper->n_params, 61706);
    net_free(paper);
    net_free(net);
    static const LayerSpec huge[] = { conv2d(100000, .kernel = 3, .pad = 1),
                                      conv2d(20000, .kernel = 3, .pad = 1), END };
    paper = net_plan(huge, (Shape){ 3, 1000, 1000 });
    ck_assert_uint_eq(paper->n_params, 2800000 + 18000020000);
    net_free(paper);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("any size");
    CASE(s, "values", the_example_of_the_chapter, the_first_of_equals_and_any_nan_win,
         refuses_what_cannot_be, refuses_other_parameters_and_paper);
    CASE(s, "nets", a_residual_block_equals_pytorch, an_inception_block_equals_pytorch,
         a_resized_net_shares_what_is_learned, a_net_on_paper_has_its_summary);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, equals_pytorch, 0, N_FIXTURES);
    tcase_add_loop_test(each, backward_equals_differences, 0, N_SHAPES);
    tcase_add_loop_test(each, the_tangent_is_the_adjoint_of_the_way_back, 0, N_SHAPES);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, N_SHAPES);
    suite_add_tcase(s, each);
    return s;
}
