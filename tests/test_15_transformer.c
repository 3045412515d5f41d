// Lesson 15. Its files are included here, so that the tests reach their static functions.

#include "../lessons/15-transformer/attention.c"
#include "../lessons/15-transformer/block.c"
#include "../lessons/15-transformer/copying.c"
#include "../lessons/15-transformer/gpt.c"
#include "../lessons/15-transformer/words.c"
#include "../lessons/15-transformer/lab.c"

#include "fixtures/transformer.h"
#include "test.h"

#include <omp.h>

static const TransformerSettings brief = { .run = { .lesson = "15-transformer",
                                                    .name = "default",
                                                    .out = "runs",
                                                    .seed = 1,
                                                    .quiet = true },
                                           .steps = 12,
                                           .seeds = 2 };

// --- attention -----------------------------------------------------------------------------------

START_TEST(a_head_worked_by_hand) {
    const float q[3] = { 9.0f, 0.0f, 2.0f }, k[3] = { 1.0f, 0.0f, 1.0f },
                v[3] = { 10.0f, 40.0f, 10.0f };
    float y[3], p[9];
    head_forward(y, p, q, k, v, &(Head){ 3, 1, true });
    ck_assert_float_eq(y[0], 10.0f); // sees itself alone
    ck_assert_float_eq(y[1], 25.0f); // looks for nothing: the mean
    ck_assert_float_eq_tol(y[2], 11.9f, 0.01f);
    ck_assert_float_eq_tol(p[6], 0.468f, 0.001f);
    ck_assert_float_eq(p[1], 0.0f);
    ck_assert_float_eq(p[5], 0.0f);
    head_forward(y, p, q, k, v, &(Head){ 3, 1, false });
    ck_assert_float_eq_tol(y[1], 20.0f, 1e-5f);
}
END_TEST

START_TEST(large_scores_do_not_overflow) {
    const float q[2] = { 300.0f, 300.0f }, k[2] = { 1.0f, 2.0f }, v[2] = { 5.0f, 7.0f };
    float y[2], p[4];
    head_forward(y, p, q, k, v, &(Head){ 2, 1, false });
    ck_assert_float_eq(y[0], 7.0f);
    ck_assert_float_eq(p[0], 0.0f);
}
END_TEST

START_TEST(plain_attention_equals_the_library) {
    double forward, backward;
    attention_bridge(&forward, &backward, rng_create(3, RNG_NOISE));
    ck_assert_double_lt(forward, 1e-5);
    ck_assert_double_lt(backward, 1e-5);
    ck_assert_double_gt(forward, 0.0); // it is another computation
    ck_assert_double_lt(block_bridge(rng_create(3, RNG_INIT)), 1e-5);
}
END_TEST

START_TEST(the_gradient_equals_differences) {
    ck_assert_double_lt(attention_gradient_error(rng_create(3, RNG_NOISE)), 1e-3);
}
END_TEST

START_TEST(without_the_mask_permuted_rows_give_permuted_sums) {
    enum { N = 7, WIDE = 12 };
    float x[N * 3 * WIDE], turned[N * 3 * WIDE], y[N * WIDE], z[N * WIDE], back[N * WIDE];
    static const int order[N] = { 3, 0, 6, 5, 1, 2, 4 };
    Rng rng = rng_create(2, RNG_DATA);
    rng_fill_normal(&rng, x, N * 3 * WIDE, 0.0f, 1.0f);
    for (int i = 0; i < N; i++) {
        memcpy(turned + i * 3 * WIDE, x + order[i] * 3 * WIDE, 3 * WIDE * sizeof *x);
    }
    plain_attention(y, x, N, WIDE, 3, N, false);
    plain_attention(z, turned, N, WIDE, 3, N, false);
    for (int i = 0; i < N; i++) {
        memcpy(back + order[i] * WIDE, z + i * WIDE, WIDE * sizeof *z);
    }
    ck_assert_double_lt(relative_error(back, y, N * WIDE), 1e-6);
    ck_assert_double_gt(relative_error(z, y, N * WIDE), 0.1);
    plain_attention(z, turned, N, WIDE, 3, N, true);
    plain_attention(y, x, N, WIDE, 3, N, true);
    for (int i = 0; i < N; i++) {
        memcpy(back + order[i] * WIDE, z + i * WIDE, WIDE * sizeof *z);
    }
    ck_assert_double_gt(relative_error(back, y, N * WIDE), 0.1); // the mask knows the order
}
END_TEST

START_TEST(one_layer_takes_anagrams_for_the_same) {
    ck_assert_double_lt(anagrams(1, false, rng_create(1, RNG_INIT)), 1e-5);
    ck_assert_double_gt(anagrams(2, false, rng_create(1, RNG_INIT)), 1e-3);
    ck_assert_double_gt(anagrams(1, true, rng_create(1, RNG_INIT)), 1e-2);
}
END_TEST

START_TEST(sinusoids_know_distances) {
    enum { ROWS = 30, WIDE = 16 };
    float w[ROWS * WIDE];
    sinusoids(w, ROWS, WIDE);
    for (int i = 0; i + 7 < ROWS; i++) {
        float product = dot(w + i * WIDE, w + (i + 7) * WIDE, WIDE);
        ck_assert_float_eq_tol(product, dot(w, w + 7 * WIDE, WIDE), 1e-4f);
        ck_assert_float_eq_tol(dot(w + i * WIDE, w + i * WIDE, WIDE), WIDE / 2.0f, 1e-4f);
    }
    ck_assert_float_eq_tol(w[WIDE], sinf(1.0f), 1e-6f);
}
END_TEST

// Queries longer by sqrt(w): all weight in one row.
START_TEST(undivided_scores_decide_too_early) {
    double largest[2], slopes[2];
    measure_weights(&largest[0], &slopes[0], 256, 1.0f, rng_create(1, RNG_NOISE));
    measure_weights(&largest[1], &slopes[1], 256, 16.0f, rng_create(1, RNG_NOISE));
    ck_assert_double_lt(largest[0], 0.4);
    ck_assert_double_gt(largest[1], 0.8);
    ck_assert_double_gt(slopes[0], 2.0 * slopes[1]);
}
END_TEST

// --- the block, against PyTorch --------------------------------------------------------------------

enum { P_WORDS = 7, P_D = 8, P_HEADS = 2, P_ROWS = 5, P_BATCH = 3, P_STEPS = 5 };
enum { P_N = P_BATCH * P_ROWS };

static Net *loaded(const LayerSpec *table, int in, const float *params, size_t n) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ in, 1, 1 }, P_N, &rng);
    ck_assert_uint_eq(net->n_params, n);
    memcpy(net->params, params, n * sizeof *params);
    return net;
}

START_TEST(a_block_equals_pytorch) {
    static const LayerSpec table[] = { BLOCK(P_D, P_HEADS, P_ROWS), END };
    size_t n = sizeof block_params / sizeof *block_params;
    Net *net = loaded(table, P_D, block_params, n);
    const float *y = net_forward(net, block_x[0][0], P_N, TRAIN);
    ck_assert_double_lt(relative_error(y, block_y[0][0], P_N * P_D), 1e-6);
    const float *dx = net_backward(net, block_dy[0][0], WANT_PARAMS | WANT_INPUT);
    ck_assert_double_lt(relative_error(dx, block_dx[0][0], P_N * P_D), 1e-6);
    ck_assert_double_lt(relative_error(net->grads, block_grads, n), 1e-6);
    float x[P_N * P_D];
    BlockWeights block = block_of(net);
    memcpy(x, block_x, sizeof x);
    plain_block(x, &block, P_N, P_D, P_HEADS, P_ROWS);
    ck_assert_double_lt(relative_error(x, block_y[0][0], P_N * P_D), 1e-6);
    net_free(net);
}
END_TEST

START_TEST(five_steps_of_a_gpt_equal_pytorchs) {
    static const LayerSpec table[] = { embedding(P_D, .words = P_WORDS),
                                       positions(P_ROWS),
                                       BLOCK(P_D, P_HEADS, P_ROWS),
                                       BLOCK(P_D, P_HEADS, P_ROWS),
                                       layernorm(),
                                       dense(P_WORDS),
                                       END };
    size_t n = sizeof gpt_start / sizeof *gpt_start;
    Net *net = loaded(table, 1, gpt_start, n);
    Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, 0.01f), n);
    for (int step = 0; step < P_STEPS; step++) {
        float x[P_N];
        int labels[P_N];
        for (int i = 0; i < P_N; i++) {
            x[i] = (float)gpt_tokens[step][i / P_ROWS][i % P_ROWS];
            labels[i] = gpt_tokens[step][i / P_ROWS][i % P_ROWS + 1];
        }
        const float *logits = net_forward(net, x, P_N, TRAIN);
        float loss = softmax_cross_entropy(net->dy, logits, labels, P_N, P_WORDS);
        ck_assert_float_eq_tol(loss, gpt_losses[step], 2e-5f);
        net_zero_grad(net);
        net_backward(net, net->dy, WANT_PARAMS);
        optimizer_step(adam, net->params, net->grads);
    }
    // The keys' biases change no weight, and their gradient is rounding, of which Adam makes steps.
    ck_assert_double_lt(relative_error(net->params, gpt_end, n), 5e-4);
    ck_assert_double_gt(relative_error(net->params, gpt_start, n), 2e-2);
    optimizer_free(adam);
    net_free(net);
}
END_TEST

// --- whole nets --------------------------------------------------------------------------------------

static float *random_symbols(int n) {
    Rng rng = rng_create(9, RNG_DATA);
    float *x = alloc_floats((size_t)n);
    for (int i = 0; i < n; i++) {
        x[i] = (float)rng_below(&rng, LETTERS);
    }
    return x;
}

// A later character changes nothing earlier, bit for bit, in both modes.
START_TEST(no_row_sees_what_comes_later) {
    int T = rows_of[INDUCT];
    Net *net = make_net(INDUCT, TWO_BLOCKS, 3);
    float *x = random_symbols(SEQUENCES * T), *before = alloc_floats((size_t)(T * SYMBOLS));
    for (int mode = TRAIN; mode <= EVAL; mode++) {
        for (int changed = 1; changed < T; changed += 5) {
            memcpy(before, net_forward(net, x, SEQUENCES * T, (Mode)mode),
                   (size_t)(T * SYMBOLS) * sizeof *before);
            x[changed] = x[changed] == 3.0f ? 4.0f : 3.0f;
            const float *y = net_forward(net, x, SEQUENCES * T, (Mode)mode);
            size_t same = (size_t)(changed * SYMBOLS);
            ck_assert_mem_eq(y, before, same * sizeof *y);
            ck_assert_mem_ne(y + same, before + same, SYMBOLS * sizeof *y); // and itself changes
        }
    }
    free(x);
    free(before);
    net_free(net);
}
END_TEST

START_TEST(cached_rows_are_those_of_the_whole_pass) {
    int T = rows_of[INDUCT];
    Net *net = make_net(INDUCT, TWO_BLOCKS, 3);
    float *x = random_symbols(T), *whole = alloc_floats((size_t)(T * SYMBOLS));
    memcpy(whole, net_forward(net, x, T, EVAL), (size_t)(T * SYMBOLS) * sizeof *whole);
    net_begin(net);
    for (int t = 0; t < T; t++) {
        ck_assert_mem_eq(net_step(net, x + t, 1), whole + t * SYMBOLS, SYMBOLS * sizeof *whole);
    }
    free(x);
    free(whole);
    net_free(net);
}
END_TEST

// --- the tasks ---------------------------------------------------------------------------------------

START_TEST(tasks_are_what_they_are_said_to_be) {
    float x[MOST_ROWS];
    int labels[MOST_ROWS], where[MOST_ROWS];
    Rng rng = rng_create(4, RNG_DATA);
    for (int i = 0; i < 200; i++) {
        Task task = (Task)(i % 5);
        int from = make_sequence(task, &rng, x, labels, where), T = rows_of[task], odd = 0;
        ck_assert(from >= 0 && from < T);
        for (int t = 0; t < T; t++) {
            odd = (odd + (int)x[t]) % 2;
            ck_assert(x[t] >= 0.0f && x[t] < SYMBOLS && labels[t] >= 0 && labels[t] < SYMBOLS);
            if (t >= from && task != PARITY) { // the answer stands in a row that may be seen
                ck_assert(where[t] >= 0 && where[t] <= t);
                ck_assert_int_eq((int)x[where[t]], labels[t]);
            }
            if (task == PARITY) {
                ck_assert_int_eq(labels[t], odd);
            } else if (t + 1 < T) {
                ck_assert_int_eq(labels[t], (int)x[t + 1]);
            }
        }
        if (task == REPEAT || task == REVERSE) {
            ck_assert_int_eq(from, COPIED);
            ck_assert_float_eq(x[COPIED], LETTERS);
            ck_assert_int_eq(where[COPIED], task == REPEAT ? 0 : COPIED - 1);
        }
        if (task == INDUCT) { // the first letter that comes again is known for one
            ck_assert_float_eq(x[from], x[0]);
            for (int t = 1; t < from; t++) {
                ck_assert_float_ne(x[t], x[0]);
            }
        }
    }
}
END_TEST

START_TEST(only_what_counts_is_learned) {
    TaskCourse c;
    int T = rows_of[INDUCT], right = 0, n = 0;
    Net *net = make_net(INDUCT, ONE_BLOCK, 1);
    course_open(&c, INDUCT, net, 0.001f, 1);
    next_batch(&c);
    const float *logits = net_forward(net, c.x, SEQUENCES * T, TRAIN);
    float loss = masked_loss(&c, logits, &right);
    double sum = 0.0;
    for (int i = 0; i < SEQUENCES * T; i++) {
        bool counts = i % T >= c.from[i / T];
        float row[SYMBOLS];
        double length = norm(net->dy + i * SYMBOLS, SYMBOLS);
        ck_assert(counts ? length > 0.0 : length == 0.0);
        sum += counts ? (double)softmax_cross_entropy(row, logits + i * SYMBOLS, c.labels + i, 1,
                                                      SYMBOLS)
                      : 0.0;
        for (int k = 0; counts && k < SYMBOLS; k++) {
            ck_assert_float_eq_tol(net->dy[i * SYMBOLS + k], row[k] / (float)c.counted, 1e-7f);
        }
        n += counts;
    }
    ck_assert_int_eq(n, c.counted);
    ck_assert_float_eq_tol(loss, (float)(sum / n), 1e-5f);
    course_close(&c);
    net_free(net);
}
END_TEST

// A lab in an empty folder.
static Lab trial_begin(const TransformerSettings *settings) {
    static TransformerSettings s;
    static const Option none[] = { OPTION_END };
    enter_folder();
    s = *settings;
    Run *run = run_open(&s.run, none);
    return (Lab){ .run = run, .state = state_open(run, none), .settings = &s };
}

static void trial_end(Lab *lab) {
    state_close(lab->state);
    ck_assert_int_eq(run_close(lab->run), 0);
}

START_TEST(trainings_have_the_same_bytes_on_any_threads) {
    Lab lab = trial_begin(&brief);
    int n = copying_count(&brief);
    Trainings *one = trainings_open(lab.run, lab.state, "one", n, WIDTH),
              *three = trainings_open(lab.run, lab.state, "three", n, WIDTH);
    omp_set_num_threads(1);
    ck_assert(trainings_run(one, train_contestant, &lab));
    omp_set_num_threads(3);
    ck_assert(trainings_run(three, train_contestant, &lab));
    for (int i = 0; i < n; i++) {
        one->figures[i * WIDTH + SECONDS] = three->figures[i * WIDTH + SECONDS] = 0.0;
        ck_assert(isfinite(one->figures[i * WIDTH + ACCURACY]));
    }
    ck_assert_mem_eq(one->figures, three->figures, (size_t)n * WIDTH * sizeof(double));
    trainings_close(one);
    trainings_close(three);
    trial_end(&lab);
}
END_TEST

START_TEST(gradients_are_clipped_and_rates_warmed_up) {
    Net *net = make_net(PARITY, ONE_BLOCK, 1);
    for (size_t i = 0; i < net->n_params; i++) {
        net->grads[i] = 0.1f;
    }
    double length = net_clip_gradient(net, 1.0);
    ck_assert_double_eq_tol(length, 0.1 * sqrt((double)net->n_params), 1e-3);
    ck_assert_double_eq_tol(net_gradient_length(net), 1.0, 1e-4);
    ck_assert_double_eq_tol(net_clip_gradient(net, 2.0), 1.0, 1e-4);
    ck_assert_double_eq_tol(net_gradient_length(net), 1.0, 1e-4);
    ck_assert_float_eq_tol(warmed_up(0.002f, 0, 100), 0.00002f, 1e-9f);
    ck_assert_float_eq(warmed_up(0.002f, 99, 100), 0.002f);
    ck_assert_float_eq(warmed_up(0.002f, 5000, 100), 0.002f);
    net_free(net);
}
END_TEST

// --- words -------------------------------------------------------------------------------------------

// Two letters, two digits: each has its nearest in its own kind, or in the other.
START_TEST(neighbours_of_the_same_kind_are_counted) {
    uint32_t codes[4] = { '1', '2', 'b', 'c' };
    const Text text = { .n_codes = 4, .codes = codes };
    const bool frequent[4] = { true, true, true, true }, some[4] = { true, true, false, true };
    const float together[8] = { 1, 0, 2, 0.1f, 0, 1, 0.1f, 3 },
                across[8] = { 1, 0, 0, 1, 2, 0, 0, 2 };
    double best;
    ck_assert_int_eq(nearest(together, 2, 4, frequent, 0, &best), 1);
    ck_assert_double_gt(best, 0.99);
    ck_assert_int_eq(nearest(across, 2, 4, some, 0, &best), 1);
    ck_assert_double_eq(same_kind(together, 2, &text, frequent), 1.0);
    ck_assert_double_eq(same_kind(across, 2, &text, frequent), 0.0);
    ck_assert_double_eq_tol(same_by_chance(&text, frequent), 1.0 / 3.0, 1e-12);
    ck_assert_int_eq(kind_of('e'), VOWEL);
    ck_assert_int_eq(kind_of('y'), CONSONANT);
    ck_assert_int_eq(kind_of('Y'), CAPITAL);
    ck_assert_int_eq(kind_of('{'), SIGN);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("lesson 15: the transformer");
    CASE(s, "attention", a_head_worked_by_hand, large_scores_do_not_overflow,
         plain_attention_equals_the_library, the_gradient_equals_differences,
         without_the_mask_permuted_rows_give_permuted_sums, one_layer_takes_anagrams_for_the_same,
         sinusoids_know_distances, undivided_scores_decide_too_early);
    CASE(s, "block", a_block_equals_pytorch, five_steps_of_a_gpt_equal_pytorchs,
         no_row_sees_what_comes_later, cached_rows_are_those_of_the_whole_pass);
    CASE(s, "tasks", tasks_are_what_they_are_said_to_be, only_what_counts_is_learned,
         trainings_have_the_same_bytes_on_any_threads, gradients_are_clipped_and_rates_warmed_up);
    CASE(s, "words", neighbours_of_the_same_kind_are_counted);
    return s;
}
