// Tests of networks for sequences: tokens, positions, recurrent layers, attention, and steps that give
// what whole passes give.

#include "nets.h"
#include "nn/checkpoint.h"
#include "nn/gradcheck.h"
#include "nn/optimizer.h"
#include "nn/summary.h"
#include "test.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T = 6, D = 12, WORDS = 11, B = 3, ROWS = B * T };

#define TRANSFORMER(h, is_causal)                                                                  \
    mark("x"), layernorm(), dense(3 * D), attention(h, .steps = T, .causal = is_causal), dense(D), \
        add("x"), mark("x"), layernorm(), dense(2 * D), gelu(), dense(D), add("x")

static const struct {
    const char *name;
    LayerSpec table[32];
} networks[] = {
    { "rnn", { embedding(D, .words = WORDS), rnn(7, .steps = T), dense(WORDS), END } },
    { "gru", { embedding(D, .words = WORDS), gru(7, .steps = T), dense(WORDS), END } },
    { "lstm",
      { embedding(D, .words = WORDS), lstm(8, .steps = T, .forget = 1), lstm(5, .steps = T),
        dense(WORDS), END } },
    { "both ways",
      { embedding(D, .words = WORDS), mark("x"), gru(5, .steps = T), mark("forward"), from("x"),
        gru(5, .steps = T, .reverse = true), concat("forward"), dense(WORDS), END } },
    { "gpt",
      { embedding(D, .words = WORDS), positions(T, .spread = 0.5f), TRANSFORMER(3, true),
        TRANSFORMER(1, true), layernorm(), dense(WORDS), END } },
    { "encoder",
      { embedding(D, .words = WORDS), positions(T, .spread = 0.5f), TRANSFORMER(2, false),
        dense(WORDS), END } },
};
enum { NETWORKS = sizeof networks / sizeof *networks, GPT = 4, CAUSAL = 5 };

static float *tokens(uint64_t seed, size_t n) {
    Rng rng = rng_create(seed, RNG_DATA);
    float *x = alloc_floats(n);
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)rng_below(&rng, WORDS);
    }
    return x;
}

static Net *make(int i, int batch) {
    Net *net = make_net(networks[i].table, (Shape){ 1, 1, 1 }, batch);
    Rng rng = rng_create(5, RNG_DATA);
    for (size_t k = 0; k < net->n_params; k++) { // weights of 1 and biases of 0 hide mistakes
        net->params[k] += 0.1f * rng_normal(&rng);
    }
    return net;
}

// --- gradients -----------------------------------------------------------------------------------

START_TEST(gradients_equal_differences) {
    omp_set_num_threads(1);
    Net *net = make(_i, ROWS);
    Check check = check_create(net, ROWS, TRAIN);
    free(check.x);
    check.x = tokens(3, ROWS);
    weighted_output(&check);
    ck_assert_ptr_null(net_backward(net, check.c, WANT_PARAMS));
    float *gradient = memcpy(alloc_floats(net->n_params), net->grads, net->n_params * 4);
    double error =
        gradient_error(net->params, gradient, net->n_params, weighted_output, &check, 3e-3f);
    ck_assert_msg(error < 2e-3, "%s: %g", networks[_i].name, error);
    free(gradient);
    free(check.x);
    free(check.c);
    net_free(net);
}
END_TEST

// Without an embedding in front: the gradient at the input, through time.
START_TEST(the_inputs_gradient_equals_differences) {
    static const LayerSpec tables[][6] = {
        { rnn(4, .steps = T), END },
        { gru(4, .steps = T, .reverse = true), END },
        { lstm(4, .steps = T), END },
        { attention(2, .steps = T), dense(3), END },
        { positions(T), layernorm(), gelu(), END },
    };
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++) {
        Net *net = make_net(tables[k], (Shape){ 6, 1, 1 }, ROWS);
        Check check = check_create(net, ROWS, TRAIN);
        weighted_output(&check);
        float *dx = memcpy(alloc_floats(ROWS * 6), net_backward(net, check.c, WANT_INPUT),
                           ROWS * 6 * sizeof(float));
        double error = gradient_error(check.x, dx, ROWS * 6, weighted_output, &check, 3e-3f);
        ck_assert_msg(error < 1e-3, "table %zu: %g", k, error);
        free(dx);
        free(check.x);
        free(check.c);
        net_free(net);
    }
}
END_TEST

// --- steps and pieces ----------------------------------------------------------------------------

// Row by row gives the bytes of the whole pass, for the networks that look back only.
START_TEST(steps_give_the_bytes_of_a_whole_pass) {
    if (_i == 3) {
        return; // reads backwards
    }
    Net *net = make(_i, ROWS);
    float *x = tokens(3, ROWS), whole[ROWS * WORDS], column[B];
    memcpy(whole, net_forward(net, x, ROWS, EVAL), sizeof whole);
    for (int twice = 0; twice < 2; twice++) {
        net_begin(net);
        for (int t = 0; t < T; t++) {
            for (int b = 0; b < B; b++) {
                column[b] = x[b * T + t];
            }
            const float *y = net_step(net, column, B);
            for (int b = 0; b < B; b++) {
                ck_assert_msg(memcmp(y + b * WORDS, whole + (b * T + t) * WORDS, WORDS * 4) == 0,
                              "%s, sequence %d, row %d", networks[_i].name, b, t);
            }
        }
    }
    free(x);
    net_free(net);
}
END_TEST

// A single sequence, of which a part of a matrix product would have one row alone.
START_TEST(a_single_sequence_steps_too) {
    enum { LONG = 33 };
    static const LayerSpec tables[][12] = {
        { embedding(D, .words = WORDS), positions(LONG), dense(3 * D),
          attention(3, .steps = LONG, .causal = true), dense(50), gelu(), dense(WORDS), END },
        { embedding(D, .words = WORDS), lstm(9, .steps = LONG), dense(50), dense(WORDS), END },
    };
    for (int k = 0; k < 2; k++) {
        Net *net = make_net(tables[k], (Shape){ 1, 1, 1 }, LONG);
        float *x = tokens(3, LONG), whole[LONG * WORDS];
        memcpy(whole, net_forward(net, x, LONG, EVAL), sizeof whole);
        net_begin(net);
        for (int t = 0; t < LONG; t++) {
            const float *y = net_step(net, x + t, 1);
            ck_assert_msg(memcmp(y, whole + t * WORDS, WORDS * sizeof *y) == 0, "table %d, row %d",
                          k, t);
        }
        free(x);
        net_free(net);
    }
}
END_TEST

static void step_too_far(void *argument) {
    Net *net = make(*(int *)argument, ROWS);
    float x[B] = { 0 };
    net_begin(net);
    for (int t = 0; t <= T; t++) {
        net_step(net, x, B);
    }
    exit(EXIT_SUCCESS);
}

static void pass_a_piece(void *unused) {
    (void)unused;
    Net *net = make(0, ROWS);
    float x[ROWS] = { 0 };
    net_forward(net, x, T + 1, EVAL);
}

static void go_back_after_a_step(void *unused) {
    (void)unused;
    Net *net = make(0, ROWS);
    float x[B] = { 0 };
    net_begin(net);
    net_step(net, x, B);
    net_backward(net, net->dy, WANT_PARAMS);
}

START_TEST(steps_that_cannot_be_are_refused) {
    int status, lstm_net = 2, gpt = GPT;
    assert_refused(step_too_far, &gpt, "step 6 of 3 sequences, layer 1 is made for 6 of 3");
    free(death_message(step_too_far, &lstm_net, &status));
    ck_assert_int_eq(status, EXIT_SUCCESS); // a state has no end
    assert_refused(pass_a_piece, NULL, "7 rows are not sequences of 6");
    assert_refused(go_back_after_a_step, NULL, "net_backward without a forward pass");
}
END_TEST

// Two halves with the state carried are one long sequence; without, they are not.
START_TEST(a_carried_state_joins_two_passes) {
    static const LayerSpec half[] = { lstm(5, .steps = T), gru(4, .steps = T), rnn(3, .steps = T),
                                      END };
    static const LayerSpec both[] = { lstm(5, .steps = 2 * T), gru(4, .steps = 2 * T),
                                      rnn(3, .steps = 2 * T), END };
    Net *a = make_net(half, (Shape){ 2, 1, 1 }, ROWS);
    Net *b = make_net(both, (Shape){ 2, 1, 1 }, 2 * ROWS);
    memcpy(b->params, a->params, a->n_params * sizeof(float));
    float *x = random_floats(3, 2 * ROWS * 2), part[ROWS * 2], whole[2 * ROWS * 3];
    memcpy(whole, net_forward(b, x, 2 * ROWS, TRAIN), sizeof whole);
    for (int carry = 0; carry < 2; carry++) {
        a->carry = carry;
        net_begin(a);
        for (int piece = 0; piece < 2; piece++) {
            for (int s = 0; s < B; s++) {
                memcpy(part + s * T * 2, x + (s * 2 + piece) * T * 2, T * 2 * sizeof *part);
            }
            const float *y = net_forward(a, part, ROWS, TRAIN);
            bool same = true;
            for (int s = 0; s < B; s++) {
                same = same && memcmp(y + s * T * 3, whole + (s * 2 + piece) * T * 3,
                                      T * 3 * sizeof *y) == 0;
            }
            ck_assert(same == (piece == 0 || carry));
        }
    }
    free(x);
    net_free(a);
    net_free(b);
}
END_TEST

// --- who sees whom -------------------------------------------------------------------------------

START_TEST(a_later_token_changes_nothing_before_it) {
    if (_i == 3) {
        return;
    }
    Net *net = make(_i, ROWS);
    float *x = tokens(3, ROWS), before[ROWS * WORDS];
    memcpy(before, net_forward(net, x, ROWS, EVAL), sizeof before);
    int changed = T + 3; // row 3 of sequence 1
    x[changed] = x[changed] < 5 ? 7.0f : 2.0f;
    const float *after = net_forward(net, x, ROWS, EVAL);
    for (int i = 0; i < ROWS; i++) {
        bool same = memcmp(before + i * WORDS, after + i * WORDS, WORDS * sizeof(float)) == 0;
        bool sees = _i < CAUSAL ? i >= changed && i < 2 * T : i >= T && i < 2 * T;
        ck_assert_msg(same != sees, "%s: row %d", networks[_i].name, i);
    }
    free(x);
    net_free(net);
}
END_TEST

START_TEST(without_positions_order_means_nothing) {
    static const LayerSpec table[] = { embedding(D, .words = WORDS), TRANSFORMER(2, false), END };
    Net *net = make_net(table, (Shape){ 1, 1, 1 }, T);
    float x[T] = { 1, 4, 2, 8, 5, 7 }, turned[T], y[T * D];
    for (int t = 0; t < T; t++) {
        turned[t] = x[T - 1 - t];
    }
    memcpy(y, net_forward(net, x, T, EVAL), sizeof y);
    const float *z = net_forward(net, turned, T, EVAL);
    for (int t = 0; t < T; t++) {
        ck_assert_double_lt(relative_error(z + t * D, y + (T - 1 - t) * D, D), 1e-5);
    }
    net_free(net);
}
END_TEST

// --- bytes, names, shapes ------------------------------------------------------------------------

START_TEST(same_bytes_on_any_number_of_threads) {
    enum { MANY = 9 * T };
    float *alone = NULL, *x = tokens(6, MANY), *c = random_floats(7, MANY * WORDS);
    for (int threads = 1; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        Net *net = make(_i, MANY);
        Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 1e-2f), net->n_params);
        for (int t = 0; t < 5; t++) {
            net_forward(net, x, MANY, TRAIN);
            net_zero_grad(net);
            net_backward(net, c, WANT_PARAMS);
            optimizer_step(adam, net->params, net->grads);
        }
        size_t bytes = net->n_params * sizeof(float);
        alone = alone ? alone : memcpy(alloc_bytes(bytes), net->params, bytes);
        ck_assert_msg(memcmp(net->params, alone, bytes) == 0, "%s differs on %d threads",
                      networks[_i].name, threads);
        optimizer_free(adam);
        net_free(net);
    }
    free(alone);
    free(x);
    free(c);
}
END_TEST

START_TEST(parameters_have_pytorchs_names_and_come_back) {
    enter_folder();
    Net *net = make(_i, T), *other = make_net(networks[_i].table, (Shape){ 1, 1, 1 }, T);
    checkpoint_save("net.safetensors", net);
    checkpoint_load("net.safetensors", other);
    ck_assert_mem_eq(net->params, other->params, net->n_params * sizeof(float));
    Bytes file = read_bytes("net.safetensors");
    static const char *const names[NETWORKS] = {
        "\"1.weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[7,7]",
        "\"1.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[21,12]",
        "\"2.bias_hh_l0\":{\"dtype\":\"F32\",\"shape\":[20]",
        "\"2.weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[15,12]",
        "\"0.weight\":{\"dtype\":\"F32\",\"shape\":[11,12]",
        "\"1.weight\":{\"dtype\":\"F32\",\"shape\":[6,12]",
    };
    ck_assert_msg(strstr((char *)file.bytes + 8, names[_i]) != NULL, "%s", file.bytes + 8);
    free(file.bytes);
    net_free(net);
    net_free(other);
}
END_TEST

START_TEST(the_forget_gates_bias_is_set) {
    Net *net = make_net(networks[2].table, (Shape){ 1, 1, 1 }, T);
    const float *ih = net->layers[1].bias, *hh = ih + 4 * 8;
    for (int i = 0; i < 4 * 8; i++) {
        bool forget = i >= 8 && i < 16;
        ck_assert(forget ? ih[i] == 1.0f && hh[i] == 0.0f : ih[i] != 1.0f && hh[i] != 0.0f);
    }
    net_free(net);
}
END_TEST

static const struct {
    LayerSpec row;
    const char *problem;
} misfits[] = {
    { embedding(3), "(embedding) with input 9 × 1 × 1 needs at least one output and .words" },
    { positions(0), "(positions) with input 9 × 1 × 1 needs a batch of whole sequences" },
    { positions(5), "(positions) with input 9 × 1 × 1 needs a batch of whole sequences" },
    { rnn(4), "(rnn) with input 9 × 1 × 1 needs at least one output, and a batch of" },
    { gru(4, .steps = 7), "(gru) with input 9 × 1 × 1 needs at least one output, and a batch of" },
    { lstm(0, .steps = 6), "(lstm) with input 9 × 1 × 1 needs at least one output, and" },
    { attention(2, .steps = 6), "(attention) with input 9 × 1 × 1 needs heads that share" },
    { attention(1, .steps = 5), "(attention) with input 9 × 1 × 1 needs heads that share" },
    { layernorm(.eps = -1), "(layernorm) with input 9 × 1 × 1 needs .eps above 0" },
};

static void build(void *row) {
    const LayerSpec table[] = { *(const LayerSpec *)row, END };
    make_net(table, (Shape){ 9, 1, 1 }, 12);
}

START_TEST(refuses_rows_that_do_not_fit) {
    for (size_t i = 0; i < sizeof misfits / sizeof *misfits; i++) {
        LayerSpec row = misfits[i].row;
        char message[160];
        snprintf(message, sizeof message, "layer 0 %s", misfits[i].problem);
        assert_refused(build, &row, message);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("sequence");
    CASE(s, "sequence", the_inputs_gradient_equals_differences, a_single_sequence_steps_too,
         steps_that_cannot_be_are_refused, a_carried_state_joins_two_passes,
         without_positions_order_means_nothing, the_forget_gates_bias_is_set,
         refuses_rows_that_do_not_fit);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, gradients_equal_differences, 0, NETWORKS);
    tcase_add_loop_test(each, steps_give_the_bytes_of_a_whole_pass, 0, CAUSAL);
    tcase_add_loop_test(each, a_later_token_changes_nothing_before_it, 0, NETWORKS);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, NETWORKS);
    tcase_add_loop_test(each, parameters_have_pytorchs_names_and_come_back, 0, NETWORKS);
    suite_add_tcase(s, each);
    return s;
}
