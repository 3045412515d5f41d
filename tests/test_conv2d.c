#include "convolutions.h"

#include "fixtures/conv2d.h"

// --- the definition ------------------------------------------------------------------------------

static int out_size(int size, const ConvShape *s) {
    return conv_out(size, s);
}

static size_t workspace_of(const ConvShape *s) {
    return conv2d_workspace(s);
}

static void forward(Conv *c, float rubbish) {
    conv2d_forward(c->y, c->x, c->W, c->b, c->n, &c->s, workspace_with(c, rubbish));
}

static void backward(Conv *c, float rubbish) {
    conv2d_backward_data(c->dx, c->dy, c->W, c->n, &c->s, workspace_with(c, rubbish));
    conv2d_backward_weights(c->dW, c->dy, c->x, c->n, &c->s, workspace_with(c, rubbish));
    conv2d_backward_bias(c->db, c->dy, c->n, c->s.out, c->rows * c->cols);
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

static void plain_sums(Plain *p, const Conv *c) {
    for (long out = 0; out < (long)c->out; out++) {
        int q = (int)(out % c->cols), o = (int)(out / c->cols % c->rows);
        int plane = (int)(out / c->cols / c->rows);
        plain_window(p, c, out, plane / c->s.out, plane % c->s.out, o, q);
    }
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
    // 3 × 3 with stride 1 and many channels, which is computed in Winograd's way
    { 64, { 16, 14, 14, 16, 3, 1, 1, 1 } }, // several bands in each part
    { 9, { 32, 7, 7, 48, 3, 1, 1, 1 } },    // odd sizes: the last tiles reach beyond
    { 3, { 64, 40, 37, 24, 3, 1, 1, 1 } },  // a picture of several bands
    { 2, { 17, 9, 12, 19, 3, 1, 0, 1 } },   // no padding; channels that are not a multiple of 8
    { 5, { 70, 6, 2, 16, 3, 1, 2, 1 } },    // much padding
    { 7, { 16, 4, 2, 130, 3, 1, 1, 1 } },   // many filters
    { 2, { 20, 1, 100, 16, 3, 1, 2, 1 } },  // a picture of one row
    { 1, { 40, 60, 2, 40, 3, 1, 1, 1 } },   //
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

// --- tests ---------------------------------------------------------------------------------------

START_TEST(equals_plain_loops) {
    Rng rng = rng_create(1, RNG_DATA);
    check_conv(shapes[_i].n, shapes[_i].shape, _i % 2 == 0, &rng);
}
END_TEST

START_TEST(equals_plain_loops_for_random_shapes) {
    check_random_convs(14);
}
END_TEST

static const Fixture fixtures[] = {
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
    check_fixture(&fixtures[_i]);
}
END_TEST

START_TEST(same_bytes_with_any_number_of_threads_and_any_workspace) {
    check_threads_and_workspace(shapes[_i].n, shapes[_i].shape);
}
END_TEST

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
