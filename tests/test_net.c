#include "allocations.h"
#include "base/die.h"
#include "nn/gradcheck.h"
#include "nn/loss.h"
#include "nets.h"
#include "nn/optimizer.h"
#include "test.h"

#include "fixtures/mlp.h"

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

static const LayerSpec mlp[] = { dense(8), relu(), dense(5), END };

// The network of the PyTorch fixture, with its initial weights.
static Net *make_mlp(void) {
    Net *net = make_net(mlp, (Shape){ 12, 1, 1 }, 6);
    float *to = net->params;
    memcpy(to, mlp_start_0_weight, sizeof mlp_start_0_weight);
    memcpy(to += 8 * 12, mlp_start_0_bias, sizeof mlp_start_0_bias);
    memcpy(to += 8, mlp_start_2_weight, sizeof mlp_start_2_weight);
    memcpy(to += 5 * 8, mlp_start_2_bias, sizeof mlp_start_2_bias);
    return net;
}

// --- building ------------------------------------------------------------------------------------

START_TEST(parameters_lie_in_the_order_of_the_layers) {
    static const LayerSpec table[] = { dense(4),      tanh_(),  dense(3, .no_bias = true),
                                       dropout(0.5f), dense(2), END };
    Net *net = make_net(table, (Shape){ 5, 1, 1 }, 7);
    ck_assert_int_eq(net->n_layers, 5);
    ck_assert_uint_eq(net->n_params, 4 * 5 + 4 + 3 * 4 + 2 * 3 + 2);
    ck_assert_uint_eq(shape_size(net->out), 2);
    const struct {
        int layer;
        long weight, bias; // places in params; -1 for none
    } places[] = { { 0, 0, 20 }, { 1, -1, -1 }, { 2, 24, -1 }, { 3, -1, -1 }, { 4, 36, 42 } };
    for (int i = 0; i < 5; i++) {
        const Layer *l = &net->layers[places[i].layer];
        long w = places[i].weight, b = places[i].bias;
        ck_assert_ptr_eq(l->weight, w < 0 ? NULL : net->params + w);
        ck_assert_ptr_eq(l->dweight, w < 0 ? NULL : net->grads + w);
        ck_assert_ptr_eq(l->bias, b < 0 ? NULL : net->params + b);
        ck_assert_ptr_eq(l->dbias, b < 0 ? NULL : net->grads + b);
        ck_assert_uint_eq((uintptr_t)l->y % 64, 0);
        ck_assert_uint_eq((uintptr_t)l->dy % 64, 0);
    }
    net_free(net);
    net_free(NULL);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_network) {
    Net *a = make_net(mlp, (Shape){ 12, 1, 1 }, 6), *b = make_net(mlp, (Shape){ 12, 1, 1 }, 60);
    ck_assert_mem_eq(a->params, b->params, a->n_params * sizeof(float));
    ck_assert_mem_eq(&a->dropout, &b->dropout, sizeof(Rng));
    Rng draws = rng_create(1, RNG_INIT); // in this order, whatever the compiler
    uint64_t first = rng_bits(&draws), second = rng_bits(&draws);
    Rng expected = rng_pcg32(first, second);
    ck_assert_mem_eq(&a->dropout, &expected, sizeof expected);
    Rng rng = rng_create(2, RNG_INIT);
    Net *c = net_create(mlp, (Shape){ 12, 1, 1 }, 6, &rng);
    ck_assert_mem_ne(a->params, c->params, a->n_params * sizeof(float));
    ck_assert_mem_ne(&a->dropout, &c->dropout, sizeof(Rng));
    net_init(c, INIT_HE, &rng);
    ck_assert_float_ne(c->layers[0].weight[0], 0.0f);
    ck_assert_float_eq(c->layers[2].bias[4], 0.0f);
    net_free(a);
    net_free(b);
    net_free(c);
}
END_TEST

static void build(void *table) {
    make_net(table, (Shape){ 12, 1, 1 }, 6);
}

START_TEST(refuses_tables_that_do_not_fit) {
    static LayerSpec no_outputs[] = { dense(8), relu(), dense(0), END };
    static LayerSpec steep[] = { leaky_relu(1.0f), END };
    static LayerSpec never_on[] = { dense(8), dropout(1.0f), END };
    static LayerSpec empty[] = { END };
    static LayerSpec unknown[] = { { .kind = LAYER_KINDS }, END };
    assert_refused(build, no_outputs,
                   "layer 2 (dense) with input 8 × 1 × 1 needs at least one output");
    assert_refused(build, steep,
                   "layer 0 (leaky_relu) with input 12 × 1 × 1 needs a slope in [0, 1)");
    assert_refused(build, never_on, "layer 1 (dropout) with input 8 × 1 × 1 needs a probability");
    assert_refused(build, empty, "a network without layers");
    assert_refused(build, unknown, "no layer of kind");
}
END_TEST

static void build_without_batch(void *unused) {
    (void)unused;
    make_net(mlp, (Shape){ 12, 1, 1 }, 0);
}

static void build_without_input(void *unused) {
    (void)unused;
    make_net(mlp, (Shape){ 0, 1, 1 }, 6);
}

static void pass(void *examples) {
    Net *net = make_net(mlp, (Shape){ 12, 1, 1 }, 6);
    float x[12 * 7] = { 0.0f };
    net_forward(net, x, *(int *)examples, TRAIN);
}

static void go_back_first(void *unused) {
    (void)unused;
    Net *net = make_net(mlp, (Shape){ 12, 1, 1 }, 6);
    float dy[5 * 6] = { 0.0f };
    net_backward(net, dy, WANT_PARAMS);
}

START_TEST(refuses_calls_that_do_not_fit) {
    assert_refused(build_without_batch, NULL, "a batch of 0");
    assert_refused(build_without_input, NULL, "an input of 0 × 1 × 1");
    assert_refused(pass, &(int){ 7 }, "7 examples for a network made for 6");
    assert_refused(pass, &(int){ 0 }, "0 examples");
    assert_refused(go_back_first, NULL, "without a forward pass");
}
END_TEST

// --- forward and backward against plain loops ----------------------------------------------------

enum { N = 6, IN = 12, HIDDEN = 8, OUT = 5, PARAMS = HIDDEN * IN + HIDDEN + OUT * HIDDEN + OUT };

typedef struct {
    float y[N * OUT], grads[PARAMS], dx[N * IN];
} Plain;

// mlp forward and backward for n examples, number by number.
static void plain_mlp(Plain *p, const float *params, const float *x, const float *dy, int n) {
    const float *W1 = params, *b1 = W1 + HIDDEN * IN, *W2 = b1 + HIDDEN, *b2 = W2 + OUT * HIDDEN;
    float *dW1 = p->grads, *db1 = dW1 + HIDDEN * IN, *dW2 = db1 + HIDDEN, *db2 = dW2 + OUT * HIDDEN;
    memset(p, 0, sizeof *p);
    for (int e = 0; e < n; e++) {
        double h[HIDDEN], dh[HIDDEN] = { 0 };
        for (int j = 0; j < HIDDEN; j++) {
            h[j] = b1[j];
            for (int i = 0; i < IN; i++) {
                h[j] += (double)W1[j * IN + i] * x[e * IN + i];
            }
            h[j] = h[j] > 0.0 ? h[j] : 0.0;
        }
        for (int k = 0; k < OUT; k++) {
            double sum = b2[k], d = dy[e * OUT + k];
            for (int j = 0; j < HIDDEN; j++) {
                sum += W2[k * HIDDEN + j] * h[j];
                dW2[k * HIDDEN + j] += (float)(d * h[j]);
                dh[j] += d * W2[k * HIDDEN + j];
            }
            p->y[e * OUT + k] = (float)sum;
            db2[k] += (float)d;
        }
        for (int j = 0; j < HIDDEN; j++) {
            double d = h[j] > 0.0 ? dh[j] : 0.0;
            for (int i = 0; i < IN; i++) {
                dW1[j * IN + i] += (float)(d * x[e * IN + i]);
                p->dx[e * IN + i] += (float)(d * W1[j * IN + i]);
            }
            db1[j] += (float)d;
        }
    }
}

// For a full batch and for fewer examples than the network was made for.
START_TEST(equals_plain_loops) {
    Net *net = make_mlp();
    float *dy = random_floats(2, N * OUT);
    for (int n = N; n > 0; n--) {
        Plain plain;
        plain_mlp(&plain, net->params, mlp_x[0][0], dy, n);
        const float *y = net_forward(net, mlp_x[0][0], n, TRAIN);
        ck_assert_double_lt(relative_error(y, plain.y, (size_t)(n * OUT)), 1e-6);
        net_zero_grad(net);
        const float *dx = net_backward(net, dy, WANT_PARAMS | WANT_INPUT);
        ck_assert_double_lt(relative_error(net->grads, plain.grads, PARAMS), 1e-6);
        ck_assert_double_lt(relative_error(dx, plain.dx, (size_t)(n * IN)), 1e-6);
    }
    free(dy);
    net_free(net);
}
END_TEST

START_TEST(ten_steps_equal_pytorch) {
    Net *net = make_mlp();
    Optimizer *sgd = optimizer_create(optimizer_defaults(SGD, 0.5f), net->n_params);
    float dlogits[N * OUT];
    for (int t = 0; t < 10; t++) {
        const float *logits = net_forward(net, mlp_x[t][0], N, TRAIN);
        float loss = softmax_cross_entropy(dlogits, logits, mlp_labels[t], N, OUT);
        net_zero_grad(net);
        net_backward(net, dlogits, WANT_PARAMS);
        optimizer_step(sgd, net->params, net->grads);
        double error = relative_error(&loss, &mlp_losses[t], 1);
        ck_assert_msg(error < 1e-5, "loss of step %d: %.9g, not %.9g", t, loss, mlp_losses[t]);
    }
    const Layer *first = &net->layers[0], *last = &net->layers[2];
    ck_assert_double_lt(relative_error(first->weight, mlp_end_0_weight[0], HIDDEN * IN), 1e-5);
    ck_assert_double_lt(relative_error(first->bias, mlp_end_0_bias, HIDDEN), 1e-5);
    ck_assert_double_lt(relative_error(last->weight, mlp_end_2_weight[0], OUT * HIDDEN), 1e-5);
    ck_assert_double_lt(relative_error(last->bias, mlp_end_2_bias, OUT), 1e-5);
    optimizer_free(sgd);
    net_free(net);
}
END_TEST

START_TEST(gradients_accumulate_until_they_are_zeroed) {
    Net *net = make_mlp();
    float *dy = random_floats(2, N * OUT), doubled[PARAMS];
    net_forward(net, mlp_x[0][0], N, TRAIN);
    net_backward(net, dy, WANT_PARAMS);
    for (int i = 0; i < PARAMS; i++) {
        doubled[i] = 2.0f * net->grads[i];
    }
    net_backward(net, dy, WANT_PARAMS);
    ck_assert_double_lt(relative_error(net->grads, doubled, PARAMS), 1e-6);
    net_zero_grad(net);
    for (int i = 0; i < PARAMS; i++) {
        ck_assert_float_eq(net->grads[i], 0.0f);
    }
    free(dy);
    net_free(net);
}
END_TEST

START_TEST(what_is_not_wanted_is_not_touched) {
    Net *net = make_mlp();
    float *dy = random_floats(2, N * OUT), params[PARAMS], grads[PARAMS], dx[N * IN];
    memcpy(params, net->params, sizeof params);
    memset(net->grads, 0x3d, sizeof grads);
    memset(net->dx, 0x3e, sizeof dx);
    memcpy(grads, net->grads, sizeof grads);
    memcpy(dx, net->dx, sizeof dx);
    net_forward(net, mlp_x[0][0], N, TRAIN);

    ck_assert_ptr_null(net_backward(net, dy, 0));
    ck_assert_mem_eq(net->grads, grads, sizeof grads);
    ck_assert_mem_eq(net->dx, dx, sizeof dx);

    ck_assert_ptr_eq(net_backward(net, dy, WANT_INPUT), net->dx);
    ck_assert_mem_eq(net->grads, grads, sizeof grads);
    ck_assert_mem_ne(net->dx, dx, sizeof dx);

    memcpy(dx, net->dx, sizeof dx);
    ck_assert_ptr_null(net_backward(net, dy, WANT_PARAMS));
    ck_assert_mem_ne(net->grads, grads, sizeof grads);
    ck_assert_mem_eq(net->dx, dx, sizeof dx);
    ck_assert_mem_eq(net->params, params, sizeof params);
    free(dy);
    net_free(net);
}
END_TEST

START_TEST(fewer_examples_leave_the_rest_of_the_batch_alone) {
    Net *net = make_mlp();
    net_forward(net, mlp_x[0][0], N, TRAIN);
    float last[2 * OUT];
    memcpy(last, net->layers[2].y + 4 * OUT, sizeof last);
    const float *y = net_forward(net, mlp_x[1][0], 4, TRAIN);
    ck_assert_mem_eq(y + 4 * OUT, last, sizeof last);
    ck_assert_int_eq(net->n, 4);
    net_free(net);
}
END_TEST

// --- whole networks against differences ----------------------------------------------------------

static const struct {
    const char *name;
    LayerSpec table[10];
    double tolerance; // a ReLU within h of its kink has no derivative there
} networks[] = {
    { "one layer", { dense(4), END }, 1e-3 },
    { "sigmoid", { dense(9), sigmoid(), dense(4), END }, 1e-3 },
    { "tanh", { dense(9), tanh_(), dense(4), END }, 1e-3 },
    { "relu", { dense(9), relu(), dense(4), END }, 1e-2 },
    { "leaky relu", { dense(9), leaky_relu(0.2f), dense(4), END }, 1e-2 },
    { "leaky relu of slope 0", { dense(9), leaky_relu(0.0f), dense(4), END }, 1e-2 },
    { "dropout", { dense(9), tanh_(), dropout(0.4f), dense(4), END }, 1e-3 },
    { "no bias", { dense(9, .no_bias = true), tanh_(), dense(4), sigmoid(), END }, 1e-3 },
    { "activation first",
      { tanh_(), dropout(0.3f), dense(6), tanh_(), dense(6), sigmoid(), dense(3, .no_bias = true),
        END },
      1e-3 },
};
enum { NETWORKS = sizeof networks / sizeof *networks };

START_TEST(gradients_of_networks_equal_differences) {
    enum { WIDTH = 7, BATCH = 5 };
    omp_set_num_threads(1); // thousands of tiny passes: not worth waking anyone for
    Net *net = make_net(networks[_i].table, (Shape){ WIDTH, 1, 1 }, BATCH);
    Check check = check_create(net, BATCH, TRAIN);
    weighted_output(&check);
    const float *dx = net_backward(net, check.c, WANT_PARAMS | WANT_INPUT);
    float *gradient = alloc_floats(net->n_params);
    memcpy(gradient, net->grads, net->n_params * sizeof *gradient);
    float h = 3e-3f;
    double error = gradient_error(net->params, gradient, net->n_params, weighted_output, &check, h);
    ck_assert_msg(error < networks[_i].tolerance, "%s: parameters %g", networks[_i].name, error);
    float input_gradient[BATCH * WIDTH];
    memcpy(input_gradient, dx, sizeof input_gradient);
    error = gradient_error(check.x, input_gradient, BATCH * WIDTH, weighted_output, &check, h);
    ck_assert_msg(error < networks[_i].tolerance, "%s: input %g", networks[_i].name, error);
    free(gradient);
    free(check.x);
    free(check.c);
    net_free(net);
}
END_TEST

// Lesson 2's network at full width, along random directions.
START_TEST(gradient_of_the_large_network_equals_differences) {
    static const LayerSpec table[] = { dense(128), tanh_(), dense(10), END };
    Net *net = make_net(table, (Shape){ 784, 1, 1 }, 16);
    Check check = check_create(net, 16, TRAIN);
    weighted_output(&check);
    net_backward(net, check.c, WANT_PARAMS);
    Rng rng = rng_create(5, RNG_SAMPLE);
    double error = directional_error(net->params, net->grads, net->n_params, weighted_output,
                                     &check, 1e-3f, 8, &rng);
    ck_assert_double_lt(error, 1e-2);
    free(check.x);
    free(check.c);
    net_free(net);
}
END_TEST

// --- modes, accidents ----------------------------------------------------------------------------

START_TEST(evaluation_is_training_without_dropout) {
    static const LayerSpec with[] = { dense(8), relu(), dropout(0.5f), dense(5), END };
    Net *net = make_net(with, (Shape){ IN, 1, 1 }, N),
        *without = make_net(mlp, (Shape){ IN, 1, 1 }, N);
    memcpy(without->params, net->params, PARAMS * sizeof(float));
    const float *x = mlp_x[0][0];
    const float *expected = net_forward(without, x, N, TRAIN);
    Rng before = net->dropout;
    const float *y = net_forward(net, x, N, EVAL);
    ck_assert_mem_eq(y, expected, N * OUT * sizeof *y);
    ck_assert_mem_eq(&net->dropout, &before, sizeof before);
    net_forward(net, x, N, TRAIN);
    ck_assert_mem_ne(y, expected, N * OUT * sizeof *y);
    ck_assert_mem_ne(&net->dropout, &before, sizeof before);
    // In the mean over many masks the last layer (linear) sees what it sees in evaluation.
    double sums[N * OUT] = { 0 };
    float mean[N * OUT];
    for (int t = 0; t < 20000; t++) {
        net_forward(net, x, N, TRAIN);
        for (int i = 0; i < N * OUT; i++) {
            sums[i] += y[i];
        }
    }
    for (int i = 0; i < N * OUT; i++) {
        mean[i] = (float)(sums[i] / 20000);
    }
    ck_assert_double_lt(relative_error(mean, expected, N * OUT), 0.02);
    net_free(net);
    net_free(without);
}
END_TEST

START_TEST(the_first_place_that_is_not_finite_is_named) {
    Net *net = make_mlp();
    float x[N * IN];
    memcpy(x, mlp_x[0][0], sizeof x);
    ck_assert_str_eq(net_find_nonfinite(net), "the loss itself"); // nothing has run yet
    net_forward(net, x, N, TRAIN);
    ck_assert_str_eq(net_find_nonfinite(net), "the loss itself");

    net->layers[2].bias[4] = INFINITY;
    net_forward(net, x, N, TRAIN);
    ck_assert_str_eq(net_find_nonfinite(net), "the biases of layer 2 (dense)");
    net->layers[2].weight[OUT * HIDDEN - 1] = NAN;
    ck_assert_str_eq(net_find_nonfinite(net), "the weights of layer 2 (dense)");
    net->layers[1].y[N * HIDDEN - 1] = -INFINITY;
    ck_assert_str_eq(net_find_nonfinite(net), "the output of layer 1 (relu)");
    x[IN * N - 1] = NAN;
    net_forward(net, x, N, TRAIN);
    ck_assert_str_eq(net_find_nonfinite(net), "the output of layer 0 (dense)");
    net->layers[0].weight[0] = NAN;
    ck_assert_str_eq(net_find_nonfinite(net), "the weights of layer 0 (dense)");
    net_free(net);
}
END_TEST

// A NaN goes through every activation to the loss: no layer turns it into a harmless number.
START_TEST(a_nan_reaches_the_loss) {
    static const LayerSpec table[] = { dense(8), relu(),   dense(8),  leaky_relu(0.2f), dense(8),
                                       tanh_(),  dense(8), sigmoid(), dense(5),         END };
    Net *net = make_net(table, (Shape){ IN, 1, 1 }, N);
    net->layers[0].weight[0] = NAN;
    const float *y = net_forward(net, mlp_x[0][0], N, TRAIN);
    float loss = softmax_cross_entropy(NULL, y, mlp_labels[0], N, OUT);
    ck_assert(isnan(loss));
    ck_assert_str_eq(net_find_nonfinite(net), "the weights of layer 0 (dense)");
    net_free(net);
}
END_TEST

// --- training steps ------------------------------------------------------------------------------

enum { LARGEST_BATCH = 128, LARGEST_OUT = 10 };

// Steps of Adam on noise.
static void train(Net *net, Optimizer *adam, const float *x, int steps) {
    float dlogits[LARGEST_BATCH * LARGEST_OUT];
    int labels[LARGEST_BATCH], classes = (int)shape_size(net->out);
    for (int i = 0; i < net->batch; i++) {
        labels[i] = i % classes;
    }
    for (int t = 0; t < steps; t++) {
        const float *logits = net_forward(net, x, net->batch, TRAIN);
        softmax_cross_entropy(dlogits, logits, labels, net->batch, classes);
        net_zero_grad(net);
        net_backward(net, dlogits, WANT_PARAMS);
        optimizer_step(adam, net->params, net->grads);
    }
}

static const struct {
    LayerSpec table[10];
    Shape in;
    int batch;
} trained[] = {
    { { dense(128), relu(), dense(10), END }, { 784, 1, 1 }, 128 },
    { { dense(129), tanh_(), dropout(0.3f), dense(77), leaky_relu(0.1f), dense(7), END },
      { 131, 1, 1 },
      67 },
    { { dense(33), sigmoid(), dense(3), END }, { 17, 1, 1 }, 1 },
    { { conv2d(6, .kernel = 5, .pad = 2), relu(), max_pool2d(2),
        conv2d(4, .kernel = 3, .no_bias = true), batchnorm(), tanh_(), flatten(), dense(10), END },
      { 1, 14, 14 },
      21 },
    { { dense(90, .no_bias = true), reshape(10, 3, 3), batchnorm(), upsample(2),
        conv_transpose2d(3, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f), avg_pool2d(3),
        dropout(0.3f), dense(7), END },
      { 9, 1, 1 },
      13 },
};
enum { TRAINED = sizeof trained / sizeof *trained };

START_TEST(same_bytes_on_any_number_of_threads) {
    Shape in = trained[_i].in;
    int batch = trained[_i].batch;
    float *x = random_floats(6, shape_size(in) * (size_t)batch), *alone = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        Net *net = make_net(trained[_i].table, in, batch);
        Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 1e-3f), net->n_params);
        size_t bytes = net->n_params * sizeof(float);
        if (!alone) {
            alone = alloc_floats(net->n_params);
            train(net, adam, x, 20);
            memcpy(alone, net->params, bytes);
        } else {
            ck_assert_int_ne(memcmp(net->params, alone, bytes), 0); // it did learn
            train(net, adam, x, 20);
            ck_assert_msg(memcmp(net->params, alone, bytes) == 0, "differs on %d threads", threads);
        }
        optimizer_free(adam);
        net_free(net);
    }
    free(x);
    free(alone);
}
END_TEST

#ifndef SANITIZED
START_TEST(a_training_step_allocates_nothing) {
    Shape in = trained[_i].in;
    int batch = trained[_i].batch;
    float *x = random_floats(6, shape_size(in) * (size_t)batch);
    long before = allocations;
    Net *net = make_net(trained[_i].table, in, batch);
    Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 1e-3f), net->n_params);
    ck_assert_int_gt(allocations, before + 5); // the counter counts
    before = allocations;
    train(net, adam, x, 10);
    net_find_nonfinite(net);
    ck_assert_int_eq(allocations, before);
    optimizer_free(adam);
    net_free(net);
    free(x);
}
END_TEST
#endif

Suite *suite(void) {
    Suite *s = suite_create("net");
    CASE(s, "building", parameters_lie_in_the_order_of_the_layers,
         the_same_seed_gives_the_same_network, refuses_tables_that_do_not_fit,
         refuses_calls_that_do_not_fit);
    CASE(s, "passes", equals_plain_loops, ten_steps_equal_pytorch,
         gradients_accumulate_until_they_are_zeroed, what_is_not_wanted_is_not_touched,
         fewer_examples_leave_the_rest_of_the_batch_alone,
         gradient_of_the_large_network_equals_differences, evaluation_is_training_without_dropout,
         the_first_place_that_is_not_finite_is_named, a_nan_reaches_the_loss);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, gradients_of_networks_equal_differences, 0, NETWORKS);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, TRAINED);
#ifndef SANITIZED
    tcase_add_loop_test(each, a_training_step_allocates_nothing, 0, TRAINED);
#endif
    suite_add_tcase(s, each);
    return s;
}
