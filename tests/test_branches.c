// Tests of networks that are more than a chain: marks and their readers, what is frozen, and where a
// backward pass ends.

#include "data/safetensors.h"
#include "nets.h"
#include "nn/checkpoint.h"
#include "nn/gradcheck.h"
#include "nn/loss.h"
#include "nn/optimizer.h"
#include "nn/summary.h"
#include "test.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONV3(c) conv2d(c, .kernel = 3, .pad = 1)
#define BLOCK(c)                                                                                   \
    mark("x"), CONV3(c), batchnorm(), tanh_(), CONV3(c), batchnorm(), add("x"), leaky_relu(0.9f)

// Skips over blocks, a U, three branches, a mark that many read, one that is the first row and one
// that is the last, views and pools among them.
static const struct {
    const char *name;
    Shape in;
    LayerSpec table[28];
} networks[] = {
    { "residual", { 1, 6, 6 }, { CONV3(4), relu(), BLOCK(4), BLOCK(4), flatten(), dense(3), END } },
    { "U",
      { 2, 8, 4 },
      { CONV3(4), tanh_(), mark("large"), max_pool2d(2), CONV3(3), tanh_(), mark("small"),
        avg_pool2d(2), CONV3(2), tanh_(), upsample(2), concat("small"), CONV3(3), tanh_(),
        conv_transpose2d(2, .kernel = 4, .stride = 2, .pad = 1), concat("large"), CONV3(2), END } },
    { "inception",
      { 2, 5, 5 },
      { mark("in"), conv2d(2, .kernel = 1), tanh_(), mark("a"), from("in"), CONV3(3), tanh_(),
        mark("b"), from("in"), conv2d(1, .kernel = 5, .pad = 2), concat("a"), concat("b"),
        flatten(), dense(4), END } },
    { "fewer channels",
      { 2, 4, 4 },
      { CONV3(2), mark("in"), avg_pool2d(1, .stride = 2), mark("x"), from("in"),
        conv2d(3, .kernel = 3, .stride = 2, .pad = 1), batchnorm(), add("x"), tanh_(), mark("y"),
        conv2d(5, .kernel = 1), add("y"), global_avg_pool(), dense(3), END } },
    { "pyramid",
      { 2, 5, 6 },
      { CONV3(3), tanh_(), mark("x"), CONV3(3), add("x"), spatial_pyramid(4), dense(3), END } },
    { "many readers",
      { 3, 4, 4 },
      { CONV3(3), mark("u"), tanh_(), add("u"), CONV3(3), add("u"), mark("v"), concat("u"),
        CONV3(3), add("v"), add("u"), mark("w"), END } },
    { "vectors",
      { 6, 1, 1 },
      { dense(6), mark("x"), tanh_(), dropout(0.3f), dense(6), add("x"), mark("x"), dense(4),
        concat("x"), reshape(2, 5, 1), mark("y"), tanh_(), add("y"), dense(3), END } },
};
enum { NETWORKS = sizeof networks / sizeof *networks, BATCH = 4 };

static Net *make(int i, int batch) {
    Net *net = make_net(networks[i].table, networks[i].in, batch);
    Rng rng = rng_create(5, RNG_DATA);
    for (size_t k = 0; k < net->n_params; k++) { // weights of 1 and biases of 0 hide mistakes
        net->params[k] += 0.1f * rng_normal(&rng);
    }
    return net;
}

// --- gradients -----------------------------------------------------------------------------------

START_TEST(gradients_equal_differences) {
    omp_set_num_threads(1);
    Net *net = make(_i, BATCH);
    size_t in = BATCH * shape_size(net->in);
    Check check = check_create(net, BATCH, TRAIN);
    weighted_output(&check);
    float *gradient = alloc_floats(net->n_params), *dx = alloc_floats(in);
    memcpy(dx, net_backward(net, check.c, WANT_PARAMS | WANT_INPUT), in * sizeof *dx);
    memcpy(gradient, net->grads, net->n_params * sizeof *gradient);
    double error =
        gradient_error(net->params, gradient, net->n_params, weighted_output, &check, 2e-3f);
    ck_assert_msg(error < 1e-2, "%s: parameters %g", networks[_i].name, error);
    error = gradient_error(check.x, dx, in, weighted_output, &check, 2e-3f);
    ck_assert_msg(error < 1e-2, "%s: input %g", networks[_i].name, error);
    free(gradient);
    free(dx);
    free(check.x);
    free(check.c);
    net_free(net);
}
END_TEST

// What a tangent pass differentiates: the product of v and the gradient at the input.
typedef struct {
    Net *net;
    float *x, *c, *v;
} Motion;

static double motion(void *context) {
    Motion *m = context;
    net_forward(m->net, m->x, BATCH, TRAIN);
    const float *dx = net_backward(m->net, m->c, WANT_INPUT);
    double sum = 0.0;
    for (size_t i = 0; i < BATCH * shape_size(m->net->in); i++) {
        sum += (double)m->v[i] * dx[i];
    }
    return sum;
}

// The critics' layers, with every kind of branch; several tangents pass through one mark.
static void check_tangents(const LayerSpec *table) {
    Net *net = make_net(table, (Shape){ 2, 4, 4 }, BATCH);
    net_allow_tangent(net);
    for (int i = 0; i < net->n_layers; i++) { // far from the kinks, where the slopes jump
        for (size_t k = 0; k < net->layers[i].n_bias; k++) {
            net->layers[i].bias[k] = k % 2 ? 9.0f : -9.0f;
        }
    }
    size_t in = BATCH * shape_size(net->in);
    Motion m = { net, random_floats(3, in), random_floats(4, BATCH), random_floats(5, in) };
    motion(&m);
    net_zero_grad(net);
    net_tangent(net, m.v);
    float *gradient = alloc_floats(net->n_params);
    memcpy(gradient, net->grads, net->n_params * sizeof *gradient);
    double error = gradient_error(net->params, gradient, net->n_params, motion, &m, 1e-3f);
    ck_assert_msg(error < 3e-3, "off by %g", error);
    free(gradient);
    free(m.x);
    free(m.c);
    free(m.v);
    net_free(net);
}

START_TEST(tangents_equal_differences) {
    static const LayerSpec table[] = { CONV3(3),    leaky_relu(0.2f), mark("x"), CONV3(3),
                                       add("x"),    leaky_relu(0.2f), mark("y"), CONV3(2),
                                       concat("y"), concat("x"),      mark("z"), from("x"),
                                       CONV3(8),    leaky_relu(0.3f), add("z"),  avg_pool2d(2),
                                       flatten(),   dense(1),         END };
    static const LayerSpec wider[] = {
        CONV3(2),  leaky_relu(0.2f), mark("x"),         CONV3(4),    add("x"),      mark("y"),
        CONV3(5),  add("y"),         mark("z"),         from("y"),   avg_pool2d(2), flatten(),
        mark("p"), from("z"),        global_avg_pool(), concat("p"), dense(1),      END
    };
    check_tangents(table);
    check_tangents(wider);
}
END_TEST

// --- values --------------------------------------------------------------------------------------

START_TEST(what_the_words_compute) {
    static const LayerSpec table[] = { mark("a"),   flatten(),   reshape(2, 1, 2), mark("b"),
                                       add("a"),    concat("b"), mark("c"),        from("a"),
                                       concat("c"), END };
    Net *net = make_net(table, (Shape){ 2, 1, 2 }, 2);
    const float x[] = { 1, 2, 3, 4, 10, 20, 30, 40 };
    const float *y = net_forward(net, x, 2, TRAIN);
    const float expected[] = { 1,  2,  3,  4,  2,  4,  6,  8,  1,  2,  3,  4,
                               10, 20, 30, 40, 20, 40, 60, 80, 10, 20, 30, 40 };
    ck_assert_uint_eq(shape_size(net->out), 12);
    ck_assert_mem_eq(y, expected, sizeof expected);
    float dy[24];
    for (int i = 0; i < 24; i++) {
        dy[i] = (float)(i + 1);
    }
    const float *dx = net_backward(net, dy, WANT_INPUT);
    for (int e = 0; e < 2; e++) {
        for (int k = 0; k < 4; k++) { // y = (x, 2 x, x)
            const float *d = dy + 12 * e + k;
            ck_assert_float_eq(dx[4 * e + k], d[0] + 2 * d[4] + d[8]);
        }
    }
    net_free(net);
}
END_TEST

// With a branch that gives 0 a residual net is the chain without it, to the byte.
START_TEST(a_residual_net_with_empty_branches_is_a_chain) {
    static const LayerSpec plain[] = { CONV3(3), relu(), flatten(), dense(4), END };
    static const LayerSpec residual[] = {
        CONV3(3), relu(),    mark("x"), CONV3(3), tanh_(), conv2d(3, .kernel = 1, .no_bias = true),
        add("x"), flatten(), dense(4),  END
    };
    Net *a = make_net(plain, (Shape){ 1, 5, 5 }, BATCH);
    Net *b = make_net(residual, (Shape){ 1, 5, 5 }, BATCH);
    size_t head = a->layers[0].n_weight + a->layers[0].n_bias;
    memcpy(b->params, a->params, head * sizeof(float));
    memset(b->layers[5].weight, 0, b->layers[5].n_weight * sizeof(float));
    memcpy(b->params + b->n_params - (a->n_params - head), a->params + head,
           (a->n_params - head) * sizeof(float));
    float *x = random_floats(3, BATCH * 25), *dy = random_floats(4, BATCH * 4);
    ck_assert_mem_eq(net_forward(a, x, BATCH, TRAIN), net_forward(b, x, BATCH, TRAIN),
                     BATCH * 4 * sizeof(float));
    const float *dx_a = net_backward(a, dy, WANT_INPUT), *dx_b = net_backward(b, dy, WANT_INPUT);
    for (int i = 0; i < BATCH * 25; i++) {
        ck_assert_float_eq(dx_a[i], dx_b[i]);
    }
    free(x);
    free(dy);
    net_free(a);
    net_free(b);
}
END_TEST

START_TEST(a_name_means_the_last_mark_above) {
    static const LayerSpec table[] = { mark("x"), tanh_(), mark("x"), tanh_(), add("x"), END };
    Net *net = make_net(table, (Shape){ 1, 1, 1 }, 1);
    ck_assert_ptr_eq(net->layers[4].marked, &net->layers[2]);
    ck_assert_ptr_null(net->layers[0].readers);
    net_free(net);
}
END_TEST

static void build(void *table) {
    make_net(table, (Shape){ 2, 4, 4 }, 1);
}

START_TEST(refuses_what_does_not_fit) {
    LayerSpec unknown[] = { mark("x"), tanh_(), add("y"), END };
    LayerSpec below[] = { tanh_(), add("x"), mark("x"), END };
    LayerSpec channels[] = { mark("x"), CONV3(1), add("x"), END };
    LayerSpec sides[] = { mark("x"), max_pool2d(2), concat("x"), END };
    assert_refused(build, unknown, "layer 2 (add) reads \"y\", which no row above marks");
    assert_refused(build, below, "layer 1 (add) reads \"x\", which no row above marks");
    assert_refused(build, channels, "layer 2 (add) with input 1 × 4 × 4 has not the shape of");
    assert_refused(build, sides, "layer 2 (concat) with input 2 × 2 × 2 has not the height");
}
END_TEST

// --- steps of training ---------------------------------------------------------------------------

static void train(Net *net, size_t from, int steps) {
    Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 1e-2f), net->n_params - from);
    size_t out = shape_size(net->out);
    float *x = random_floats(6, (size_t)net->batch * shape_size(net->in));
    float *target = random_floats(7, (size_t)net->batch * out);
    for (int t = 0; t < steps; t++) {
        const float *y = net_forward(net, x, net->batch, TRAIN);
        for (size_t i = 0; i < (size_t)net->batch * out; i++) {
            net->dy[i] = y[i] - target[i]; // without a copy
        }
        net_zero_grad(net);
        net_backward(net, net->dy, WANT_PARAMS);
        optimizer_step(adam, net->params + from, net->grads + from);
    }
    optimizer_free(adam);
    free(target);
    free(x);
}

START_TEST(same_bytes_on_any_number_of_threads) {
    float *alone = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        Net *net = make(_i, 13);
        size_t bytes = net->n_params * sizeof(float);
        if (!alone) {
            alone = alloc_bytes(bytes);
            memcpy(alone, net->params, bytes);
            train(net, 0, 10);
            ck_assert_int_ne(memcmp(net->params, alone, bytes), 0); // it did learn
            memcpy(alone, net->params, bytes);
        } else {
            train(net, 0, 10);
            ck_assert_msg(memcmp(net->params, alone, bytes) == 0, "%s differs on %d threads",
                          networks[_i].name, threads);
        }
        net_free(net);
    }
    free(alone);
}
END_TEST

// A backward pass in place of dy is the same pass.
START_TEST(the_gradient_may_be_written_into_the_net) {
    Net *net = make(0, BATCH);
    float *x = random_floats(3, BATCH * shape_size(net->in)), *c = random_floats(4, BATCH * 3);
    size_t bytes = net->n_params * sizeof(float);
    net_forward(net, x, BATCH, EVAL);
    net_backward(net, c, WANT_PARAMS);
    float *copied = memcpy(alloc_bytes(bytes), net->grads, bytes);
    net_zero_grad(net);
    net_forward(net, x, BATCH, EVAL);
    memcpy(net->dy, c, BATCH * 3 * sizeof *c);
    net_backward(net, net->dy, WANT_PARAMS);
    ck_assert_mem_eq(copied, net->grads, bytes);
    free(copied);
    free(x);
    free(c);
    net_free(net);
}
END_TEST

// --- frozen layers -------------------------------------------------------------------------------

// The layers up to the second block, batch norm's statistics among their bytes.
enum { FROZEN = 10 };

START_TEST(frozen_layers_keep_their_bytes) {
    Net *net = make(0, BATCH);
    net_freeze(net, FROZEN);
    size_t k = net->frozen_params, statistics = 0;
    ck_assert(k > 0 && k < net->n_params);
    for (int i = 0; i < FROZEN; i++) {
        statistics += net->layers[i].n_state;
    }
    ck_assert_uint_gt(statistics, 0);
    float *params = memcpy(alloc_floats(net->n_params), net->params, net->n_params * 4);
    float *state = memcpy(alloc_floats(net->n_state), net->state, net->n_state * 4);
    train(net, k, 5);
    ck_assert_mem_eq(params, net->params, k * 4);
    ck_assert_mem_eq(state, net->state, statistics * 4);
    ck_assert_int_ne(memcmp(params + k, net->params + k, (net->n_params - k) * 4), 0);
    ck_assert_int_ne(
        memcmp(state + statistics, net->state + statistics, (net->n_state - statistics) * 4), 0);
    ck_assert_double_eq(norm(net->grads, k), 0.0);
    net_freeze(net, 0);
    train(net, 0, 1);
    ck_assert_int_ne(memcmp(params, net->params, k * 4), 0);
    free(params);
    free(state);
    net_free(net);
}
END_TEST

// The last layers' gradients, and the one at their input, are those of the whole pass.
START_TEST(a_backward_pass_may_end_at_a_layer) {
    Net *net = make(0, BATCH);
    enum { LAST = FROZEN };
    float *x = random_floats(3, BATCH * shape_size(net->in)), *c = random_floats(4, BATCH * 3);
    size_t n = BATCH * shape_size(net->layers[LAST].in), from = 0, bytes = net->n_params * 4;
    for (int i = 0; i < LAST; i++) {
        from += net->layers[i].n_weight + net->layers[i].n_bias;
    }
    net_forward(net, x, BATCH, EVAL);
    net_backward(net, c, WANT_PARAMS);
    float *whole = memcpy(alloc_bytes(bytes), net->grads, bytes);
    net_zero_grad(net);
    net_forward(net, x, BATCH, EVAL);
    const float *at = net_backward_to(net, c, WANT_PARAMS, LAST);
    ck_assert_double_eq(norm(net->grads, from), 0.0);
    ck_assert_mem_eq(net->grads + from, whole + from, bytes - from * 4);
    ck_assert_double_gt(norm(at, n), 0.0);
    free(whole);
    free(x);
    free(c);
    net_free(net);
}
END_TEST

// --- files and summaries -------------------------------------------------------------------------

START_TEST(a_mark_does_not_change_the_names_in_a_file) {
    enter_folder();
    static const LayerSpec plain[] = { CONV3(3), batchnorm(), relu(), flatten(), dense(4), END };
    static const LayerSpec marked[] = { mark("in"), CONV3(3),  batchnorm(), mark("x"), relu(),
                                        add("x"),   flatten(), dense(4),    END };
    Net *a = make_net(plain, (Shape){ 1, 4, 4 }, 1), *b = make_net(marked, (Shape){ 1, 4, 4 }, 1);
    checkpoint_save("a.safetensors", a);
    memset(b->params, 0, b->n_params * sizeof(float));
    checkpoint_load("a.safetensors", b);
    ck_assert_mem_eq(a->params, b->params, a->n_params * sizeof(float));
    checkpoint_save("b.safetensors", b);
    Bytes first = read_bytes("a.safetensors"), second = read_bytes("b.safetensors");
    ck_assert_uint_eq(first.n, second.n);
    ck_assert_mem_eq(first.bytes, second.bytes, first.n);
    free(first.bytes);
    free(second.bytes);
    net_free(a);
    net_free(b);
}
END_TEST

typedef struct {
    Net *net;
    int layers;
} First;

static void load_first(void *first) {
    checkpoint_load_first("a.safetensors", ((First *)first)->net, ((First *)first)->layers);
}

START_TEST(the_first_layers_of_another_network_are_loaded) {
    enter_folder();
    static const LayerSpec old[] = { CONV3(3), batchnorm(), relu(), flatten(), dense(5), END };
    static const LayerSpec new[] = { CONV3(3), batchnorm(), relu(),   mark("x"), CONV3(3),
                                     add("x"), flatten(),   dense(2), END };
    Net *a = make_net(old, (Shape){ 1, 4, 4 }, 1), *b = make_net(new, (Shape){ 1, 4, 4 }, 1);
    size_t k = a->layers[0].n_weight + a->layers[0].n_bias + 6;
    a->state[2] = 0.25f;
    checkpoint_save("a.safetensors", a);
    float *before = memcpy(alloc_floats(b->n_params), b->params, b->n_params * 4);
    memset(b->params, 0, k * 4);
    checkpoint_load_first("a.safetensors", b, 2);
    ck_assert_mem_eq(b->params, a->params, k * 4);
    ck_assert_mem_eq(b->params + k, before + k, (b->n_params - k) * 4);
    ck_assert_float_eq(b->state[2], 0.25f);
    int status;
    char *message = death_message(load_first, &(First){ b, 5 }, &status);
    ck_assert_msg(status == 1 && strstr(message, "a.safetensors has no tensor 3.weight"), "%s",
                  message);
    free(message);
    free(before);
    net_free(a);
    net_free(b);
}
END_TEST

START_TEST(a_summary_shows_branches_and_the_widest_field) {
    static const LayerSpec table[] = { CONV3(2),  mark("x"), CONV3(2),  CONV3(2),
                                       add("x"),  mark("y"), from("x"), concat("y"),
                                       from("x"), dense(3),  END };
    Net *net = make_net(table, (Shape){ 1, 8, 8 }, 1);
    LayerSummary rows[10];
    summary_rows(rows, net);
    static const int sees[] = { 3, 3, 5, 7, 7, 7, 3, 7, 3, 0 };
    for (int i = 0; i < 10; i++) {
        ck_assert_msg(rows[i].sees == sees[i], "row %d sees %d", i, rows[i].sees);
    }
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    summary_print(out, "net", net);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, " 1  mark x   "));
    ck_assert_ptr_nonnull(strstr(text, " 4  add x    "));
    ck_assert_ptr_nonnull(strstr(text, " 7  concat y "));
    net_free(net);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("branches");
    CASE(s, "values", what_the_words_compute, a_residual_net_with_empty_branches_is_a_chain,
         a_name_means_the_last_mark_above, refuses_what_does_not_fit, tangents_equal_differences,
         the_gradient_may_be_written_into_the_net);
    CASE(s, "parts", frozen_layers_keep_their_bytes, a_backward_pass_may_end_at_a_layer,
         a_mark_does_not_change_the_names_in_a_file, the_first_layers_of_another_network_are_loaded,
         a_summary_shows_branches_and_the_widest_field);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, gradients_equal_differences, 0, NETWORKS);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, NETWORKS);
    suite_add_tcase(s, each);
    return s;
}
