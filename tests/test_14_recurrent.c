// Lesson 14: the cell, gradients through time, the networks that write. Its files are included here, so that the tests reach
// their static functions.

#include "../lessons/14-recurrent/recurrent.c"
#include "../lessons/14-recurrent/model.c"
#include "../lessons/14-recurrent/gradients.c"
#include "../lessons/14-recurrent/counts.c"
#include "../lessons/14-recurrent/writing.c"
#include "../lessons/14-recurrent/lab.c"

#include "test.h"

#include <unistd.h>

// --- the plain cell ------------------------------------------------------------------------------

START_TEST(gradients_through_time_are_those_of_finite_differences) {
    ck_assert_double_lt(check_gradient(), 1e-3);
    // A way back that ends after one step is refused: so there are steps.
    PlainTrial *p = plain_trial_create(3, 5, 12, 1);
    plain_loss(p);
    for (int t = 0; t < p->steps; t++) {
        float dh[5] = { 0.0f };
        plain_backward(&p->dcell, p->dx + 3 * t, dh, p->dy + 5 * t, &p->cell, p->h + 5 * t,
                       p->x + 3 * t, 1);
        if (t == 0) {
            memcpy(p->dfirst, dh, sizeof dh);
        }
    }
    ck_assert_double_gt(gradient_error(p->theta, p->gradient, p->n, plain_loss, p, 0.003f), 0.1);
    plain_trial_free(p);
}
END_TEST

START_TEST(the_plain_cell_is_that_of_the_library) {
    double difference = check_bridge();
    ck_assert_double_lt(difference, 1e-5);
    ck_assert_double_ge(difference, 0.0);
}
END_TEST

START_TEST(a_carried_state_is_one_long_sequence) {
    int differ = -1;
    ck_assert_double_lt(two_pieces(true, &differ), 1e-5);
    ck_assert_int_eq(differ, 0);
    ck_assert_double_gt(two_pieces(false, &differ), 0.01);
    ck_assert_int_eq(differ, 0);
}
END_TEST

// The loss is in the second half alone: its gradient reaches the inputs of that half, with the same bytes as if
// the sequence were whole, and none of the first.
START_TEST(truncation_cuts_at_the_border_and_only_there) {
    enum { D = 3, H = 5, T = 24, HALF = 12 };
    PlainTrial *p = plain_trial_create(D, H, T, 5);
    float dx[T * D], dh[H] = { 0.0f };
    plain_loss(p);
    memset(p->dy, 0, HALF * H * sizeof *p->dy);
    plain_backward(&p->dcell, p->dx, p->dfirst, p->dy, &p->cell, p->h, p->x, T);
    for (int piece = 1; piece >= 0; piece--) {
        memset(dh, 0, sizeof dh);
        plain_backward(&p->dcell, dx + piece * HALF * D, dh, p->dy + piece * HALF * H, &p->cell,
                       p->h + piece * HALF * H, p->x + piece * HALF * D, HALF);
    }
    ck_assert_mem_eq(dx + HALF * D, p->dx + HALF * D, HALF * D * sizeof *dx);
    for (int i = 0; i < HALF * D; i++) {
        ck_assert_float_eq(dx[i], 0.0f);
        ck_assert_float_ne(p->dx[i], 0.0f);
    }
    plain_trial_free(p);
}
END_TEST

// --- gradients that vanish or explode ------------------------------------------------------------

START_TEST(spectral_radius_of_known_matrices) {
    const float diagonal[] = { 0.5f, 0.0f, 0.0f, 0.0f, -0.8f, 0.0f, 0.0f, 0.0f, 0.1f };
    const float turn[] = { 0.9f * 0.6f, -0.9f * 0.8f, 0.9f * 0.8f, 0.9f * 0.6f };
    const float nilpotent[] = { 0.0f, 5.0f, 0.0f, 0.0f };
    const float sheared[] = { 0.7f, 100.0f, 0.0f,
                              0.7f }; // long vectors at first, 0.7 in the long run
    ck_assert_double_eq_tol(spectral_radius(diagonal, 3), 0.8, 1e-6);
    ck_assert_double_eq_tol(spectral_radius(turn, 2), 0.9, 1e-6);
    ck_assert_double_eq(spectral_radius(nilpotent, 2), 0.0);
    ck_assert_double_eq_tol(spectral_radius(sheared, 2), 0.7, 0.01);
}
END_TEST

static Net *small_net(LayerKind kind) {
    return writer_net(7, kind, 1, 0.0f, 3);
}

START_TEST(clipping_shortens_and_keeps_the_direction) {
    Net *net = small_net(RNN);
    float *before = alloc_floats(net->n_params);
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, net->grads, net->n_params, 0.0f, 1.0f);
    memcpy(before, net->grads, net->n_params * sizeof *before);
    double length = net_gradient_length(net);
    ck_assert_double_eq(clip_gradient(net, 0.0), length); // never
    ck_assert_double_eq(clip_gradient(net, 2.0 * length), length);
    ck_assert_mem_eq(before, net->grads, net->n_params * sizeof *before);
    ck_assert_double_eq(clip_gradient(net, 0.25 * length), length);
    ck_assert_double_eq_tol(net_gradient_length(net), 0.25 * length, 1e-4 * length);
    for (size_t i = 0; i < net->n_params; i++) {
        ck_assert_float_eq_tol(net->grads[i], 0.25f * before[i], 1e-5f);
    }
    free(before);
    net_free(net);
}
END_TEST

// A lab with a text of 7 symbols, which follow each other so that the next one can be told from the last two.
enum { SYMBOLS = 7, TRAINED = 6000, HELD = 3500 };

static RecurrentLab text_lab(void) {
    static int symbols[TRAINED + HELD];
    static Text text = { .n_codes = SYMBOLS };
    Rng rng = rng_create(4, RNG_DATA);
    for (int i = 0; i < TRAINED + HELD; i++) {
        symbols[i] = i < 2 || rng_below(&rng, 20) == 0
                         ? (int)rng_below(&rng, SYMBOLS)
                         : (symbols[i - 1] + 2 * symbols[i - 2] + 1) % SYMBOLS;
    }
    return (RecurrentLab){ .text = &text,
                           .train = symbols,
                           .held_out = symbols + TRAINED,
                           .n_train = TRAINED,
                           .n_held_out = HELD };
}

// With U = 0 and gates that no input moves, c goes back through the forget gate and nothing else.
START_TEST(the_gradient_of_c_follows_the_forget_gate) {
    RecurrentLab lab = text_lab();
    Net *net = small_net(LSTM);
    Layer *l = &net->layers[1];
    const float forget = 2.0f;
    memset(l->weight, 0, l->n_weight * sizeof *l->weight);
    memset(l->bias, 0, l->n_bias * sizeof *l->bias);
    for (int i = 0; i < WRITER_UNITS; i++) {
        l->bias[WRITER_UNITS + i] = forget;
        l->bias[2 * WRITER_UNITS + i] = 0.3f; // the proposal
    }
    Flow flow = measure_flow(&lab, net);
    for (int k = 0; k < 40; k++) {
        ck_assert_double_eq_tol(flow.c[k], pow(1.0 / (1.0 + exp(-forget)), k), 1e-3);
        ck_assert_double_eq(flow.h[k], k == 0);
    }
    net_free(net);
}
END_TEST

// The same gradient by a forward pass with a moved state: L(h + e) - L(h - e), along one direction.
START_TEST(the_flow_is_the_gradient_of_the_loss) {
    RecurrentLab lab = text_lab();
    static const LayerKind kinds[] = { RNN, GRU, LSTM };
    Net *net = small_net(kinds[_i]);
    Stepper s = stepper_open(net);
    int labels[FLOW_SEQUENCES], H = s.shape.hidden, in = s.shape.in;
    enum { BACK = 3 };
    for (int t = 0; t < FLOW; t++) {
        for (int i = 0; i < FLOW_SEQUENCES; i++) {
            memcpy(s.x + (size_t)t * s.inputs + i * in,
                   s.embedding->weight + lab.train[7 * i + t] * in, (size_t)in * sizeof *s.x);
            labels[i] = lab.train[7 * i + t + 1];
        }
        step_forward(&s, (size_t)t);
    }
    loss_at_the_end(s.dh, s.h + FLOW * s.states, s.dense, labels);
    for (int k = 0; k < BACK; k++) {
        step_back(&s, (size_t)(FLOW - 1 - k));
    }
    double expected = 0.0, loss[2];
    float *moved = s.h + (FLOW - BACK) * s.states, *back = alloc_floats(s.states);
    memcpy(back, moved, s.states * sizeof *back);
    for (size_t i = 0; i < s.states; i++) {
        expected += (double)s.dh[i] * (i % 3 == 0 ? 1.0 : -1.0);
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < s.states; i++) {
            moved[i] = back[i] + (side ? 0.01f : -0.01f) * (i % 3 == 0 ? 1.0f : -1.0f);
        }
        for (int t = FLOW - BACK; t < FLOW; t++) {
            step_forward(&s, (size_t)t);
        }
        float logits[FLOW_SEQUENCES * SYMBOLS];
        for (int i = 0; i < FLOW_SEQUENCES * SYMBOLS; i++) {
            logits[i] = s.dense->bias[i % SYMBOLS];
            for (int j = 0; j < H; j++) {
                logits[i] += s.dense->weight[i % SYMBOLS * H + j] *
                             s.h[FLOW * s.states + (size_t)(i / SYMBOLS * H + j)];
            }
        }
        loss[side] = (double)softmax_cross_entropy(NULL, logits, labels, FLOW_SEQUENCES, SYMBOLS);
    }
    ck_assert_double_eq_tol((loss[1] - loss[0]) / 0.02, expected, 0.01 * fabs(expected) + 2e-5);
    free(back);
    stepper_close(&s);
    net_free(net);
}
END_TEST

// --- the networks that write ---------------------------------------------------------------------

START_TEST(a_network_learns_what_follows) {
    RecurrentLab lab = text_lab();
    static const LayerKind kinds[] = { RNN, GRU, LSTM };
    Net *net = writer_net(SYMBOLS, kinds[_i], 1, 1.0f, 1);
    Reading r = reading_open(lab.train, lab.n_train);
    Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 0.01f), net->n_params);
    double length, before = bits_in_streams(NULL, net, lab.held_out, HELD, PIECES);
    ck_assert_double_gt(before, 2.5);
    for (int step = 0; step < 60; step++) {
        learn_piece(net, &r, adam, 1.0, &length);
    }
    ck_assert_double_lt(bits_in_streams(NULL, net, lab.held_out, HELD, PIECES),
                        1.0); // 0.6 is what its surprises cost
    optimizer_free(adam);
    reading_close(&r);
    net_free(net);
}
END_TEST

// A pass begins without a state, its other pieces with the one before; the labels are the characters that follow.
START_TEST(reading_begins_each_pass_anew) {
    RecurrentLab lab = text_lab();
    Net *net = small_net(RNN);
    Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 0.001f), net->n_params);
    Reading r = reading_open(lab.train, lab.n_train);
    double length;
    ck_assert_int_eq((int)r.pieces, (TRAINED - 1) / PIECES / PIECE);
    ck_assert_int_gt((int)r.pieces, 1);
    for (int k = 0; k < 2 * r.pieces + 1; k++) {
        learn_piece(net, &r, adam, 0.0, &length);
        ck_assert_int_eq(net->carry, k % r.pieces > 0);
        for (int i = 0; i + 1 < PIECE; i++) {
            ck_assert_int_eq(r.next[i], (int)r.x[i + 1]);
        }
    }
    reading_close(&r);
    optimizer_free(adam);
    net_free(net);
}
END_TEST

START_TEST(marks_are_few_and_the_last_step_is_one) {
    static const long steps[] = { 1, 2, 20, 99, 640, 2500, 100000 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int marks = 0;
        for (long step = 1; step <= steps[i]; step++) {
            marks += is_mark(step, steps[i]);
        }
        ck_assert(is_mark(steps[i], steps[i]));
        ck_assert_int_le(marks, MOST_MARKS);
        ck_assert_int_ge(marks, steps[i] < 32 ? 1 : 7);
    }
    ck_assert(is_power_of_ten(1) && is_power_of_ten(1000) && !is_power_of_ten(20) &&
              !is_power_of_ten(0));
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("14-recurrent");
    CASE(s, "the cell", gradients_through_time_are_those_of_finite_differences,
         the_plain_cell_is_that_of_the_library, a_carried_state_is_one_long_sequence,
         truncation_cuts_at_the_border_and_only_there);
    CASE(s, "gradients", spectral_radius_of_known_matrices,
         clipping_shortens_and_keeps_the_direction, the_gradient_of_c_follows_the_forget_gate);
    CASE(s, "writing", reading_begins_each_pass_anew, marks_are_few_and_the_last_step_is_one);
    TCase *each = tcase_create("each cell");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, the_flow_is_the_gradient_of_the_loss, 0, 3);
    tcase_add_loop_test(each, a_network_learns_what_follows, 0, 3);
    suite_add_tcase(s, each);
    return s;
}
