#include "kernels/conv_transpose2d.h"
#include "convolutions.h"

#include "fixtures/conv_transpose2d.h"

// --- the definition ------------------------------------------------------------------------------

static int out_size(int size, const ConvShape *s) {
    return conv_transpose_out(size, s);
}

static size_t workspace_of(const ConvShape *s) {
    return conv_transpose2d_workspace(s);
}

static void forward(Conv *c, float rubbish) {
    conv_transpose2d_forward(c->y, c->x, c->W, c->b, c->n, &c->s, workspace_with(c, rubbish));
}

static void backward(Conv *c, float rubbish) {
    conv_transpose2d_backward(c->dx, c->dW, c->db, c->dy, c->x, c->W, c->n, &c->s,
                              workspace_with(c, rubbish));
}

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
            plain_term(p, c, out, in, weight);
        }
    }
}

static void plain_sums(Plain *p, const Conv *c) {
    for (long in = 0; in < (long)c->in; in++) {
        plain_spread(p, c, in);
    }
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
        ConvShape s = draw_shape(8, &rng);
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
    check_random_convs(8);
}
END_TEST

static const Fixture fixtures[] = {
    FIXTURE(twice, twice_bias, twice_dbias),
    FIXTURE(stride3, stride3_bias, stride3_dbias),
    FIXTURE(dilated, NULL, NULL),
    FIXTURE(projection, NULL, NULL),
    FIXTURE(gaps, gaps_bias, gaps_dbias),
};
enum { N_FIXTURES = sizeof fixtures / sizeof *fixtures };

START_TEST(equals_pytorch) {
    check_fixture(&fixtures[_i]);
}
END_TEST

START_TEST(same_bytes_with_any_number_of_threads_and_any_workspace) {
    check_threads_and_workspace(shapes[_i].n, shapes[_i].shape);
}
END_TEST

// <conv(u), x> = <u, convT(x)>, with conv2d and the same weights.
START_TEST(is_the_adjoint_of_conv2d) {
    Rng rng = rng_create(5, RNG_DATA);
    Conv c = make_conv(shapes[_i].n, shapes[_i].shape, false, &rng);
    forward(&c, NAN);
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
    backward(&c, NAN);
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
