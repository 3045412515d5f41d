// Whole networks of pictures: what the layers of common/nn/layer.c that are not dense make of net.h.

#include "base/die.h"
#include "nn/gradcheck.h"
#include "nn/loss.h"
#include "nets.h"
#include "test.h"

#include "fixtures/dcgan.h"
#include "fixtures/lenet.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

// Lesson 7's two networks.
#define GENERATOR(side, features)                                                                  \
    {                                                                                              \
        dense((side) * (side)*2 * (features), .no_bias = true),                                    \
            reshape(2 * (features), side, side), batchnorm(), relu(),                              \
            conv_transpose2d(features, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),       \
            batchnorm(), relu(), conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1), tanh_(), \
            END                                                                                    \
    }

#define DISCRIMINATOR(features)                                                                    \
    {                                                                                              \
        conv2d(features, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),                    \
            conv2d(2 * (features), .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),           \
            batchnorm(), leaky_relu(0.2f), flatten(), dense(1), END                                \
    }

static void assert_shape(Shape shape, int channels, int height, int width) {
    ck_assert_int_eq(shape.channels, channels);
    ck_assert_int_eq(shape.height, height);
    ck_assert_int_eq(shape.width, width);
}

// --- building ------------------------------------------------------------------------------------

START_TEST(shapes_and_parameters_of_known_networks) {
    static const LayerSpec generator[] = GENERATOR(7, 32), discriminator[] = DISCRIMINATOR(32);
    Net *net = make_net(lenet, (Shape){ 1, 28, 28 }, 2);
    ck_assert_uint_eq(net->n_params, 61706);
    ck_assert_uint_eq(net->n_state, 0);
    assert_shape(net->layers[0].out, 6, 28, 28);
    assert_shape(net->layers[3].out, 16, 10, 10);
    assert_shape(net->layers[6].out, 400, 1, 1);
    net_free(net);
    net = make_net(generator, (Shape){ 64, 1, 1 }, 2);
    ck_assert_uint_eq(net->n_params, 234177);
    ck_assert_uint_eq(net->n_state, 2 * (64 + 32));
    assert_shape(net->layers[4].out, 32, 14, 14);
    assert_shape(net->out, 1, 28, 28);
    net_free(net);
    net = make_net(discriminator, (Shape){ 1, 28, 28 }, 2);
    ck_assert_uint_eq(net->n_params, 36577);
    ck_assert_uint_eq(net->n_state, 2 * 64);
    assert_shape(net->layers[2].out, 64, 7, 7);
    net_free(net);
}
END_TEST

START_TEST(what_is_left_out_means_its_default) {
    static const LayerSpec table[] = { conv2d(2, .kernel = 3),
                                       max_pool2d(2),
                                       batchnorm(),
                                       avg_pool2d(3, .stride = 1),
                                       batchnorm(.eps = 1e-3f, .momentum = 1.0f),
                                       END };
    Net *net = make_net(table, (Shape){ 1, 13, 11 }, 2);
    assert_shape(net->layers[0].out, 2, 11, 9); // stride and dilation 1
    assert_shape(net->layers[1].out, 2, 5, 4);  // stride as large as the window
    assert_shape(net->layers[3].out, 2, 3, 2);
    ck_assert_float_eq(net->layers[2].spec.eps, 1e-5f);
    ck_assert_float_eq(net->layers[2].spec.momentum, 0.1f);
    ck_assert_float_eq(net->layers[4].spec.eps, 1e-3f);
    ck_assert_float_eq(net->layers[4].spec.momentum, 1.0f);
    net_free(net);
}
END_TEST

// Each is layer 1 of a net whose pictures are 3 × 8 × 6.
static const struct {
    LayerSpec row;
    const char *problem;
} misfits[] = {
    { conv2d(0, .kernel = 3), "(conv2d) with input 3 × 8 × 6 needs at least one output channel" },
    { conv2d(4), "(conv2d) with input 3 × 8 × 6 needs a .kernel" },
    { conv2d(4, .kernel = 7), "(conv2d) with input 3 × 8 × 6 is smaller than one window" },
    { conv2d(4, .kernel = 9, .pad = 1), "(conv2d) with input 3 × 8 × 6 is smaller than" },
    { conv2d(4, .kernel = 3, .dilation = 4), "(conv2d) with input 3 × 8 × 6 is smaller than" },
    { conv2d(4, .kernel = 3, .stride = -1), "(conv2d) with input 3 × 8 × 6 needs .stride" },
    { conv2d(4, .kernel = 3, .dilation = -1), "(conv2d) with input 3 × 8 × 6 needs .stride" },
    { conv2d(4, .kernel = 3, .pad = -1), "(conv2d) with input 3 × 8 × 6 needs .stride" },
    { conv_transpose2d(-1, .kernel = 3),
      "(conv_transpose2d) with input 3 × 8 × 6 needs at least one output channel" },
    { conv_transpose2d(4), "(conv_transpose2d) with input 3 × 8 × 6 needs a .kernel" },
    { conv_transpose2d(4, .kernel = 3, .stride = -2),
      "(conv_transpose2d) with input 3 × 8 × 6 needs .stride" },
    { conv_transpose2d(4, .kernel = 1, .pad = 3),
      "(conv_transpose2d) with input 3 × 8 × 6 gives an empty picture" },
    { max_pool2d(0), "(max_pool2d) with input 3 × 8 × 6 needs a window of at least 1 × 1" },
    { max_pool2d(7), "(max_pool2d) with input 3 × 8 × 6 is smaller than one window" },
    { max_pool2d(2, .stride = -1), "(max_pool2d) with input 3 × 8 × 6 needs a window" },
    { avg_pool2d(-2), "(avg_pool2d) with input 3 × 8 × 6 needs a window" },
    { avg_pool2d(7), "(avg_pool2d) with input 3 × 8 × 6 is smaller than one window" },
    { upsample(0), "(upsample) with input 3 × 8 × 6 needs a factor of at least 1" },
    { upsample(-2), "(upsample) with input 3 × 8 × 6 needs a factor of at least 1" },
    { batchnorm(.eps = -1e-5f), "(batchnorm) with input 3 × 8 × 6 needs .eps above 0" },
    { batchnorm(.eps = NAN), "(batchnorm) with input 3 × 8 × 6 needs .eps above 0" },
    { batchnorm(.momentum = -0.1f), "(batchnorm) with input 3 × 8 × 6 needs .eps above 0" },
    { batchnorm(.momentum = 1.5f), "(batchnorm) with input 3 × 8 × 6 needs .eps above 0" },
    { reshape(3, 8, 7), "(reshape) with input 3 × 8 × 6 has another number of values" },
    { reshape(3, 8, 0), "(reshape) with input 3 × 8 × 6 has another number of values" },
    { reshape(-3, -8, 6), "(reshape) with input 3 × 8 × 6 has another number of values" },
    { dense(0), "(dense) with input 3 × 8 × 6 needs at least one output" },
    { leaky_relu(-0.1f), "(leaky_relu) with input 3 × 8 × 6 needs a slope" },
    { dropout(-0.1f), "(dropout) with input 3 × 8 × 6 needs a probability" },
};
enum { MISFITS = sizeof misfits / sizeof *misfits };

static void build_behind_tanh(void *row) {
    const LayerSpec table[] = { tanh_(), *(const LayerSpec *)row, END };
    make_net(table, (Shape){ 3, 8, 6 }, 2);
}

static void build_too_deep(void *unused) {
    static const LayerSpec table[] = { conv2d(4, .kernel = 3), max_pool2d(2), relu(),
                                       conv2d(8, .kernel = 4), END };
    (void)unused;
    make_net(table, (Shape){ 1, 9, 8 }, 2);
}

START_TEST(refuses_rows_that_do_not_fit) {
    for (int i = 0; i < MISFITS; i++) {
        LayerSpec row = misfits[i].row;
        char message[160];
        snprintf(message, sizeof message, "layer 1 %s", misfits[i].problem);
        assert_refused(build_behind_tanh, &row, message);
    }
    assert_refused(build_too_deep, NULL, "layer 3 (conv2d) with input 4 × 3 × 3 is smaller than");
}
END_TEST

START_TEST(accepts_rows_that_just_fit) {
    static LayerSpec rows[] = { conv2d(1, .kernel = 6),
                                conv2d(1, .kernel = 8, .pad = 1),
                                conv2d(1, .kernel = 1, .stride = 9),
                                conv_transpose2d(1, .kernel = 5, .pad = 4),
                                max_pool2d(6),
                                avg_pool2d(1, .stride = 9),
                                upsample(1),
                                reshape(1, 1, 144),
                                batchnorm(.momentum = 1.0f) };
    float *x = random_floats(2, 2 * 144);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const LayerSpec table[] = { tanh_(), rows[i], END };
        Net *net = make_net(table, (Shape){ 3, 8, 6 }, 2);
        net_forward(net, x, 2, TRAIN);
        ck_assert_str_eq(net_find_nonfinite(net), "the loss itself");
        net_free(net);
    }
    free(x);
}
END_TEST

START_TEST(convolutions_share_one_workspace) {
    Net *net = make_net(lenet, (Shape){ 1, 28, 28 }, 2);
    ck_assert_ptr_nonnull(net->workspace);
    ck_assert_ptr_eq(net->layers[0].workspace, net->workspace);
    ck_assert_ptr_eq(net->layers[3].workspace, net->workspace);
    ck_assert_ptr_null(net->layers[1].workspace);
    ck_assert_ptr_null(net->layers[7].workspace);
    net_free(net);
}
END_TEST

// --- views ---------------------------------------------------------------------------------------

START_TEST(flatten_and_reshape_are_views) {
    static const LayerSpec table[] = { tanh_(), flatten(), reshape(2, 3, 4), tanh_(), END };
    static const LayerSpec plain[] = { tanh_(), tanh_(), END };
    Net *net = make_net(table, (Shape){ 6, 2, 2 }, 3), *without = make_net(plain, net->in, 3);
    Layer *l = net->layers;
    assert_shape(l[1].out, 24, 1, 1);
    assert_shape(l[2].out, 2, 3, 4);
    ck_assert_ptr_eq(l[1].y, l[0].y);
    ck_assert_ptr_eq(l[2].y, l[0].y);
    ck_assert_ptr_eq(l[1].dy, l[0].dy);
    ck_assert_ptr_eq(l[2].dy, l[0].dy);
    ck_assert_ptr_ne(l[3].y, l[0].y);
    float *x = random_floats(2, 72), *dy = random_floats(3, 72);
    for (int n = 3; n > 0; n--) {
        size_t bytes = (size_t)n * 24 * sizeof *x;
        const float *y = net_forward(net, x, n, TRAIN);
        ck_assert_mem_eq(y, net_forward(without, x, n, TRAIN), bytes);
        const float *dx = net_backward(net, dy, WANT_INPUT);
        ck_assert_mem_eq(dx, net_backward(without, dy, WANT_INPUT), bytes);
    }
    free(x);
    free(dy);
    net_free(net);
    net_free(without);
}
END_TEST

// The caller's input is copied: what comes behind may not write into it.
START_TEST(a_view_as_the_first_layer_copies) {
    static const LayerSpec tables[][4] = { { flatten(), END },
                                           { reshape(3, 2, 4), END },
                                           { flatten(), reshape(1, 6, 4), flatten(), END } };
    float *x = random_floats(2, 72), *dy = random_floats(3, 72), *before = random_floats(2, 72);
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        Net *net = make_net(tables[t], (Shape){ 6, 2, 2 }, 3);
        const float *y = net_forward(net, x, 3, TRAIN);
        ck_assert_ptr_ne(y, x);
        ck_assert_mem_eq(y, x, 72 * sizeof *x);
        ck_assert_ptr_null(net_backward(net, dy, WANT_PARAMS));
        ck_assert_mem_eq(net_backward(net, dy, WANT_INPUT), dy, 72 * sizeof *x);
        ck_assert_mem_eq(x, before, 72 * sizeof *x);
        net_free(net);
    }
    free(x);
    free(dy);
    free(before);
}
END_TEST

// --- whole networks against differences ----------------------------------------------------------

static const struct {
    const char *name;
    Shape in;
    LayerSpec table[10];
    double tolerance; // a ReLU, or two rivals in a pool, within h of the kink: no derivative there
} networks[] = {
    { "convolutions",
      { 2, 7, 6 },
      { conv2d(3, .kernel = 3, .stride = 2, .pad = 1), tanh_(),
        conv2d(2, .kernel = 2, .dilation = 2, .no_bias = true), END },
      1e-3 },
    { "transposed",
      { 3, 2, 3 },
      { conv_transpose2d(2, .kernel = 4, .stride = 2, .pad = 1), tanh_(),
        conv_transpose2d(1, .kernel = 3, .stride = 3, .no_bias = true), END },
      1e-3 },
    { "max pooling",
      { 1, 8, 8 },
      { conv2d(2, .kernel = 3, .pad = 1), max_pool2d(2), tanh_(), flatten(), dense(3), END },
      1e-2 },
    { "average pooling and upsampling",
      { 1, 6, 9 },
      { avg_pool2d(3, .stride = 2), conv2d(2, .kernel = 2), tanh_(), upsample(2), dense(3), END },
      1e-3 },
    { "batch norm",
      { 2, 6, 6 },
      { conv2d(3, .kernel = 3, .no_bias = true), batchnorm(), tanh_(), flatten(),
        dense(4, .no_bias = true), batchnorm(.eps = 0.1f), tanh_(), dense(3), END },
      1e-3 },
    { "batch norm first and last",
      { 3, 4, 3 },
      { batchnorm(), conv2d(2, .kernel = 2), tanh_(), batchnorm(), END },
      1e-3 },
    { "reshape",
      { 5, 1, 1 },
      { dense(12, .no_bias = true), reshape(3, 2, 2), batchnorm(), leaky_relu(0.2f), upsample(2),
        conv2d(2, .kernel = 3, .pad = 1), dropout(0.3f), END },
      1e-2 },
    { "views first",
      { 2, 3, 4 },
      { reshape(1, 4, 6), conv2d(2, .kernel = 3), tanh_(), END },
      1e-3 },
};
enum { NETWORKS = sizeof networks / sizeof *networks };

static void check_gradients(int network, Mode mode) {
    enum { BATCH = 5 };
    omp_set_num_threads(1); // thousands of tiny passes: not worth waking anyone for
    Net *net = make_net(networks[network].table, networks[network].in, BATCH);
    size_t in = BATCH * shape_size(net->in);
    Check check = check_create(net, BATCH, TRAIN);
    Rng rng = rng_create(5, RNG_DATA);
    for (size_t i = 0; i < net->n_params; i++) { // weights of 1 and biases of 0 hide mistakes
        net->params[i] += 0.1f * rng_normal(&rng);
    }
    for (int t = 0; t < 5; t++) { // running statistics of their own
        weighted_output(&check);
    }
    check.mode = mode;
    weighted_output(&check);
    float *gradient = alloc_floats(net->n_params + 1), *dx = alloc_floats(in); // + 1: perhaps none
    memcpy(dx, net_backward(net, check.c, WANT_PARAMS | WANT_INPUT), in * sizeof *dx);
    memcpy(gradient, net->grads, net->n_params * sizeof *gradient);
    float h = 3e-3f;
    double error = gradient_error(net->params, gradient, net->n_params, weighted_output, &check, h);
    ck_assert_msg(error < networks[network].tolerance, "%s: parameters %g", networks[network].name,
                  error);
    error = gradient_error(check.x, dx, in, weighted_output, &check, h);
    ck_assert_msg(error < networks[network].tolerance, "%s: input %g", networks[network].name,
                  error);
    free(gradient);
    free(dx);
    free(check.x);
    free(check.c);
    net_free(net);
}

START_TEST(gradients_in_training_equal_differences) {
    check_gradients(_i, TRAIN);
}
END_TEST

START_TEST(gradients_in_evaluation_equal_differences) {
    check_gradients(_i, EVAL);
}
END_TEST

// --- against PyTorch -----------------------------------------------------------------------------

#define COUNT(array) (sizeof(array) / sizeof(float))

static void assert_equal(const char *what, const float *got, const void *expected, size_t n) {
    double error = relative_error(got, expected, n);
    ck_assert_msg(error < 2e-6, "%s is off by %g", what, error);
}

START_TEST(a_small_lenet_equals_pytorch) {
    static const LayerSpec table[] = { conv2d(2, .kernel = 5, .pad = 2),
                                       relu(),
                                       max_pool2d(2),
                                       conv2d(3, .kernel = 5),
                                       relu(),
                                       max_pool2d(2),
                                       flatten(),
                                       dense(6),
                                       relu(),
                                       dense(4),
                                       END };
    Net *net = make_net(table, (Shape){ 1, 12, 12 }, 3);
    ck_assert_uint_eq(net->n_params, COUNT(lenet_params));
    memcpy(net->params, lenet_params, sizeof lenet_params);
    float dlogits[3 * 4];
    const float *x = (const float *)lenet_x, *logits = net_forward(net, x, 3, TRAIN);
    float loss = softmax_cross_entropy(dlogits, logits, lenet_labels, 3, 4);
    const float *dx = net_backward(net, dlogits, WANT_PARAMS | WANT_INPUT);
    assert_equal("loss", &loss, &lenet_loss, 1);
    assert_equal("logits", logits, lenet_logits, COUNT(lenet_logits));
    assert_equal("grads", net->grads, lenet_grads, COUNT(lenet_grads));
    assert_equal("dx", dx, lenet_dx, COUNT(lenet_dx));
    net_free(net);
}
END_TEST

// Twice as in a generator's step, gradients through both networks; then once in evaluation.
START_TEST(a_small_dcgan_equals_pytorch) {
    static const LayerSpec generator[] = GENERATOR(3, 2), discriminator[] = DISCRIMINATOR(2);
    Net *g = make_net(generator, (Shape){ 4, 1, 1 }, 4);
    Net *d = make_net(discriminator, (Shape){ 1, 12, 12 }, 4);
    ck_assert_uint_eq(g->n_params, COUNT(generator_params));
    ck_assert_uint_eq(d->n_params, COUNT(discriminator_params));
    memcpy(g->params, generator_params, sizeof generator_params);
    memcpy(d->params, discriminator_params, sizeof discriminator_params);
    const float *images = NULL, *scores = NULL;
    for (int i = 0; i < 2; i++) {
        images = net_forward(g, dcgan_z[i][0], 4, TRAIN);
        scores = net_forward(d, images, 4, TRAIN);
        const float *dimages = net_backward(d, dcgan_dlogits[i][0], WANT_PARAMS | WANT_INPUT);
        const float *dnoise = net_backward(g, dimages, WANT_PARAMS | WANT_INPUT);
        assert_equal("dz", dnoise, dcgan_dz[i], COUNT(dcgan_dz[i]));
    }
    assert_equal("fakes", images, dcgan_fakes, COUNT(dcgan_fakes));
    assert_equal("logits", scores, dcgan_logits, COUNT(dcgan_logits));
    assert_equal("G's grads", g->grads, generator_grads, COUNT(generator_grads));
    assert_equal("D's grads", d->grads, discriminator_grads, COUNT(discriminator_grads));
    assert_equal("G's state", g->state, generator_state, COUNT(generator_state));
    assert_equal("D's state", d->state, discriminator_state, COUNT(discriminator_state));
    scores = net_forward(d, net_forward(g, dcgan_z[1][0], 4, EVAL), 4, EVAL);
    assert_equal("evaluation", scores, dcgan_eval_logits, COUNT(dcgan_eval_logits));
    assert_equal("G's state", g->state, generator_state, COUNT(generator_state));
    net_free(g);
    net_free(d);
}
END_TEST

// --- state, modes, accidents ---------------------------------------------------------------------

static const LayerSpec small[] = { conv2d(2, .kernel = 3, .no_bias = true),
                                   batchnorm(),
                                   relu(),
                                   max_pool2d(2),
                                   flatten(),
                                   dense(3),
                                   END };
enum { SMALL_IN = 6 * 6, SMALL_BATCH = 4, SMALL_STATE = 4 };

START_TEST(running_statistics_move_in_training_and_start_anew) {
    Net *net = make_net(small, (Shape){ 1, 6, 6 }, SMALL_BATCH);
    float *x = random_floats(2, SMALL_BATCH * SMALL_IN);
    const float start[SMALL_STATE] = { 0, 0, 1, 1 };
    ck_assert_uint_eq(net->n_state, SMALL_STATE);
    ck_assert_ptr_eq(net->layers[1].state, net->state);
    ck_assert_mem_eq(net->state, start, sizeof start);
    net_forward(net, x, SMALL_BATCH, EVAL);
    ck_assert_mem_eq(net->state, start, sizeof start);
    net_forward(net, x, SMALL_BATCH, TRAIN);
    for (int i = 0; i < SMALL_STATE; i++) {
        ck_assert_float_ne(net->state[i], start[i]);
    }
    net->layers[1].weight[1] = 5.0f;
    net->layers[1].bias[0] = 5.0f;
    Rng rng = rng_create(2, RNG_INIT);
    net_init(net, INIT_HE, &rng);
    ck_assert_mem_eq(net->state, start, sizeof start);
    for (int c = 0; c < 2; c++) {
        ck_assert_float_eq(net->layers[1].weight[c], 1.0f);
        ck_assert_float_eq(net->layers[1].bias[c], 0.0f);
    }
    free(x);
    net_free(net);
}
END_TEST

// DCGAN's scheme alone draws them, and leaves their biases and the running statistics as they were.
START_TEST(batch_norms_weights_are_spread_by_dcgans_scheme_alone) {
    static const LayerSpec table[] = { batchnorm(), END };
    enum { CHANNELS = 4000 };
    Net *net = make_net(table, (Shape){ CHANNELS, 1, 2 }, 2);
    for (InitScheme scheme = INIT_ZERO; scheme < INIT_SCHEMES; scheme++) {
        Rng rng = rng_create(2, RNG_INIT), before = rng;
        double squares = 0.0, sum = 0.0;
        net_init(net, scheme, &rng);
        for (int c = 0; c < CHANNELS; c++) {
            double w = net->layers[0].weight[c] - 1.0;
            sum += w / CHANNELS;
            squares += w * w / CHANNELS;
            ck_assert_float_eq(net->layers[0].bias[c], 0.0f);
            ck_assert(net->state[c] == 0.0f && net->state[CHANNELS + c] == 1.0f);
        }
        bool drawn = rng.state != before.state;
        ck_assert_msg(drawn == (scheme == INIT_DCGAN), "scheme %d", (int)scheme);
        ck_assert_double_eq_tol(sqrt(squares), drawn ? 0.02 : 0.0, 0.001);
        ck_assert_double_eq_tol(sum, 0.0, 0.002);
    }
    net_free(net);
}
END_TEST

// In evaluation an example's answer does not depend on its company; in training it does.
START_TEST(company_matters_in_training_only) {
    Net *net = make_net(small, (Shape){ 1, 6, 6 }, SMALL_BATCH);
    float *x = random_floats(2, SMALL_BATCH * SMALL_IN), alone[3];
    memcpy(alone, net_forward(net, x, 1, EVAL), sizeof alone);
    ck_assert_double_lt(relative_error(net_forward(net, x, SMALL_BATCH, EVAL), alone, 3), 1e-6);
    memcpy(alone, net_forward(net, x, 1, TRAIN), sizeof alone);
    ck_assert_double_gt(relative_error(net_forward(net, x, SMALL_BATCH, TRAIN), alone, 3), 1e-2);
    free(x);
    net_free(net);
}
END_TEST

// What a generator's step asks of its discriminator.
START_TEST(the_inputs_gradient_alone_leaves_all_else_alone) {
    static const LayerSpec discriminator[] = DISCRIMINATOR(2);
    Net *net = make_net(discriminator, (Shape){ 1, 12, 12 }, 4);
    float *x = random_floats(2, 4 * 144), *dx = alloc_floats(4 * 144);
    float *grads = random_floats(3, net->n_params), *params = alloc_floats(net->n_params);
    size_t bytes = net->n_params * sizeof *grads;
    memcpy(params, net->params, bytes);
    net_forward(net, x, 4, TRAIN);
    memcpy(dx, net_backward(net, dcgan_dlogits[0][0], WANT_PARAMS | WANT_INPUT),
           4 * 144 * sizeof *dx);
    memcpy(net->grads, grads, bytes);
    ck_assert_mem_eq(net_backward(net, dcgan_dlogits[0][0], WANT_INPUT), dx, 4 * 144 * sizeof *dx);
    ck_assert_mem_eq(net->grads, grads, bytes);
    ck_assert_mem_eq(net->params, params, bytes);
    free(x);
    free(dx);
    free(grads);
    free(params);
    net_free(net);
}
END_TEST

// A net made for more examples computes the same.
START_TEST(a_larger_batch_leaves_room) {
    Net *exact = make_net(small, (Shape){ 1, 6, 6 }, 3), *large = make_net(small, exact->in, 11);
    float *x = random_floats(2, 11 * SMALL_IN), *dy = random_floats(3, 11 * 3);
    net_forward(large, x, 11, TRAIN); // what is left behind must not matter
    net_backward(large, dy, WANT_INPUT);
    memcpy(large->state, exact->state, exact->n_state * sizeof(float));
    const float *y = net_forward(exact, x, 3, TRAIN);
    ck_assert_mem_eq(net_forward(large, x, 3, TRAIN), y, 9 * sizeof *y);
    const float *dx = net_backward(exact, dy, WANT_PARAMS | WANT_INPUT);
    ck_assert_mem_eq(net_backward(large, dy, WANT_PARAMS | WANT_INPUT), dx,
                     3 * SMALL_IN * sizeof *dx);
    ck_assert_mem_eq(large->grads, exact->grads, exact->n_params * sizeof(float));
    ck_assert_mem_eq(large->state, exact->state, exact->n_state * sizeof(float));
    free(x);
    free(dy);
    net_free(exact);
    net_free(large);
}
END_TEST

// A NaN in one pixel, or in one weight, reaches the answer through each kind of layer.
START_TEST(the_first_place_that_is_not_finite_is_named) {
    static const LayerSpec table[] = { reshape(1, 6, 6),
                                       conv2d(2, .kernel = 3, .pad = 1),
                                       batchnorm(),
                                       max_pool2d(2),
                                       conv_transpose2d(2, .kernel = 2, .stride = 2),
                                       avg_pool2d(3),
                                       upsample(2),
                                       flatten(),
                                       dense(3),
                                       END };
    Net *net = make_net(table, (Shape){ 36, 1, 1 }, 2);
    float *x = random_floats(2, 2 * 36);
    const float *y = net_forward(net, x, 2, TRAIN);
    ck_assert_str_eq(net_find_nonfinite(net), "the loss itself");
    static const int with_weights[] = { 8, 4, 2, 1 };
    static const char *const names[] = { "layer 8 (dense)", "layer 4 (conv_transpose2d)",
                                         "layer 2 (batchnorm)", "layer 1 (conv2d)" };
    for (int i = 0; i < 4; i++) {
        char expected[64];
        Layer *l = &net->layers[with_weights[i]];
        l->bias[l->n_bias - 1] = NAN;
        net_forward(net, x, 2, TRAIN);
        ck_assert(isnan(y[2]) || isnan(y[5]));
        snprintf(expected, sizeof expected, "the biases of %s", names[i]);
        ck_assert_str_eq(net_find_nonfinite(net), expected);
        l->weight[l->n_weight - 1] = INFINITY;
        snprintf(expected, sizeof expected, "the weights of %s", names[i]);
        ck_assert_str_eq(net_find_nonfinite(net), expected);
    }
    net->layers[1].weight[17] = net->layers[1].bias[1] = 0.0f;
    x[71] = NAN;
    net_forward(net, x, 2, TRAIN);
    ck_assert_str_eq(net_find_nonfinite(net), "the output of layer 0 (reshape)");
    free(x);
    net_free(net);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("convnet");
    CASE(s, "building", shapes_and_parameters_of_known_networks, what_is_left_out_means_its_default,
         refuses_rows_that_do_not_fit, accepts_rows_that_just_fit,
         convolutions_share_one_workspace);
    CASE(s, "passes", flatten_and_reshape_are_views, a_view_as_the_first_layer_copies,
         a_small_lenet_equals_pytorch, a_small_dcgan_equals_pytorch,
         running_statistics_move_in_training_and_start_anew,
         batch_norms_weights_are_spread_by_dcgans_scheme_alone, company_matters_in_training_only,
         the_inputs_gradient_alone_leaves_all_else_alone, a_larger_batch_leaves_room,
         the_first_place_that_is_not_finite_is_named);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, gradients_in_training_equal_differences, 0, NETWORKS);
    tcase_add_loop_test(each, gradients_in_evaluation_equal_differences, 0, NETWORKS);
    suite_add_tcase(s, each);
    return s;
}
