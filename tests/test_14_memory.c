// Lesson 14: memory and direction. The files are included here, so that the tests reach their static functions.

#include "../lessons/14-recurrent/memory.c"
#include "../lessons/14-recurrent/direction.c"
#include "../lessons/14-recurrent/lab.c"

#include "kernels/gru.h"
#include "kernels/lstm.h"
#include "nn/gradcheck.h"
#include "test.h"

#include <omp.h>

// Stands for the one in gradients.c.
double clip_gradient(Net *net, double most) {
    double length = net_gradient_length(net);
    for (size_t i = 0; length > most && i < net->n_params; i++) {
        net->grads[i] *= (float)(most / length);
    }
    return length;
}

// --- cells in plain loops --------------------------------------------------------------------------

enum { IN = 5, HIDDEN = 7, STEPS = 6 };

static Net *single_layer(LayerKind kind, Rng *rng) {
    const LayerSpec table[] = { { .kind = kind, .out = HIDDEN, .steps = STEPS, .forget = 0.5f },
                                END };
    Net *net = net_create(table, (Shape){ IN, 1, 1 }, STEPS, rng);
    rng_fill_normal(rng, net->params, net->n_params, 0.0f, 0.7f);
    return net;
}

START_TEST(lstm_equals_the_library) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = single_layer(LSTM, &rng);
    CellParams p = cell_params(&net->layers[0], LSTM_GATES);
    float x[STEPS * IN], h[(STEPS + 1) * HIDDEN] = { 0 }, c[(STEPS + 1) * HIDDEN] = { 0 };
    float gates[STEPS * LSTM_GATES * HIDDEN], dy[STEPS * HIDDEN];
    rng_fill_normal(&rng, x, STEPS * IN, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, STEPS * HIDDEN, 0.0f, 1.0f);
    const float *y = net_forward(net, x, STEPS, TRAIN);
    for (int t = 0; t < STEPS; t++) {
        lstm_step(h + (t + 1) * HIDDEN, c + (t + 1) * HIDDEN, gates + t * LSTM_GATES * HIDDEN, &p,
                  x + t * IN, h + t * HIDDEN, c + t * HIDDEN);
    }
    ck_assert_double_lt(relative_error(h + HIDDEN, y, STEPS * HIDDEN), 1e-6);

    // Backward through all steps, with the loop written out.
    float *mine = alloc_floats(net->n_params), dx[STEPS * IN];
    CellParams dp = p;
    dp.W = mine;
    dp.U = dp.W + (p.U - p.W);
    dp.b_row = dp.U + LSTM_GATES * HIDDEN * HIDDEN;
    dp.b_old = dp.b_row + LSTM_GATES * HIDDEN;
    float dh[HIDDEN] = { 0 }, dc[HIDDEN] = { 0 }, dh_old[HIDDEN], da[LSTM_GATES * HIDDEN];
    for (int t = STEPS - 1; t >= 0; t--) {
        float dc_old[HIDDEN];
        for (int k = 0; k < HIDDEN; k++) {
            dh[k] += dy[t * HIDDEN + k];
        }
        LstmStep step = { x + t * IN, h + t * HIDDEN, c + t * HIDDEN,
                          gates + t * LSTM_GATES * HIDDEN, c + (t + 1) * HIDDEN };
        lstm_step_back(dx + t * IN, dh_old, dc_old, da, &dp, &p, &step, dh, dc);
        memcpy(dh, dh_old, sizeof dh);
        memcpy(dc, dc_old, sizeof dc);
    }
    const float *theirs = net_backward(net, dy, WANT_PARAMS | WANT_INPUT);
    ck_assert_double_lt(relative_error(dx, theirs, STEPS * IN), 2e-6);
    ck_assert_double_lt(relative_error(mine, net->grads, net->n_params), 2e-6);
    free(mine);
    net_free(net);
}
END_TEST

START_TEST(gru_equals_the_library) {
    Rng rng = rng_create(2, RNG_INIT);
    Net *net = single_layer(GRU, &rng);
    CellParams p = cell_params(&net->layers[0], 3);
    float x[STEPS * IN], h[(STEPS + 1) * HIDDEN] = { 0 }, gates[3 * HIDDEN];
    rng_fill_normal(&rng, x, STEPS * IN, 0.0f, 1.0f);
    const float *y = net_forward(net, x, STEPS, TRAIN);
    for (int t = 0; t < STEPS; t++) {
        gru_step(h + (t + 1) * HIDDEN, gates, &p, x + t * IN, h + t * HIDDEN);
    }
    ck_assert_double_lt(relative_error(h + HIDDEN, y, STEPS * HIDDEN), 1e-6);
    net_free(net);
}
END_TEST

// L = Σ dh∘h + Σ dc∘c after a step.
typedef struct {
    CellParams p;
    float x[IN], h_old[HIDDEN], c_old[HIDDEN], dh[HIDDEN], dc[HIDDEN];
    float h[HIDDEN], c[HIDDEN], gates[LSTM_GATES * HIDDEN];
} OneStep;

static double loss_of_step(void *context) {
    OneStep *s = context;
    double loss = 0.0;
    lstm_step(s->h, s->c, s->gates, &s->p, s->x, s->h_old, s->c_old);
    for (int k = 0; k < HIDDEN; k++) {
        loss += (double)s->dh[k] * s->h[k] + (double)s->dc[k] * s->c[k];
    }
    return loss;
}

START_TEST(gradients_of_a_step_are_slopes) {
    enum { N = LSTM_GATES * HIDDEN * (IN + HIDDEN + 2) };
    static OneStep s;
    float params[N], grads[N] = { 0 }, dx[IN], dh_old[HIDDEN], dc_old[HIDDEN];
    float da[LSTM_GATES * HIDDEN];
    Rng rng = rng_create(3, RNG_DATA);
    rng_fill_normal(&rng, params, N, 0.0f, 0.5f);
    float *inputs[] = { s.x, s.h_old, s.c_old, s.dh, s.dc };
    for (int i = 0; i < 5; i++) {
        rng_fill_normal(&rng, inputs[i], i == 0 ? IN : HIDDEN, 0.0f, 1.0f);
    }
    int U = LSTM_GATES * HIDDEN * IN, b = U + LSTM_GATES * HIDDEN * HIDDEN;
    s.p = (CellParams){
        IN, HIDDEN, params, params + U, params + b, params + b + LSTM_GATES * HIDDEN
    };
    CellParams dp = { IN, HIDDEN, grads, grads + U, grads + b, grads + b + LSTM_GATES * HIDDEN };
    loss_of_step(&s);
    LstmStep step = { s.x, s.h_old, s.c_old, s.gates, s.c };
    lstm_step_back(dx, dh_old, dc_old, da, &dp, &s.p, &step, s.dh, s.dc);
    const float h = 1e-2f;
    ck_assert_double_lt(gradient_error(params, grads, N, loss_of_step, &s, h), 1e-3);
    ck_assert_double_lt(gradient_error(s.x, dx, IN, loss_of_step, &s, h), 1e-3);
    ck_assert_double_lt(gradient_error(s.h_old, dh_old, HIDDEN, loss_of_step, &s, h), 1e-3);
    ck_assert_double_lt(gradient_error(s.c_old, dc_old, HIDDEN, loss_of_step, &s, h), 1e-3);
}
END_TEST

// --- the memory task ---------------------------------------------------------------------------------

START_TEST(questions_have_their_answers) {
    enum { N = 200, T = 12 };
    float tokens[N * (T + 2)];
    int answers[N], seen[CUE] = { 0 }, changed = 0;
    for (int question = FIRST; question <= LATEST; question++) {
        Rng rng = rng_create(4, RNG_DATA);
        recall_batch(tokens, answers, N, T, (Question)question, &rng);
        for (int i = 0; i < N; i++) {
            const float *row = tokens + i * (T + 2);
            int first = (int)row[0], latest = first;
            ck_assert_int_lt(first, SYMBOLS);
            ck_assert_float_eq(row[T + 1], CUE);
            for (int t = 1; t <= T; t++) {
                ck_assert(row[t] >= 0.0f && row[t] < CUE);
                ck_assert(question == LATEST || row[t] >= SYMBOLS);
                latest = row[t] < SYMBOLS ? (int)row[t] : latest;
                seen[(int)row[t]]++;
            }
            ck_assert_int_eq(answers[i], question == FIRST ? first : latest);
            changed += latest != first;
        }
    }
    for (int k = 0; k < CUE; k++) {
        ck_assert_int_gt(seen[k], 0);
    }
    ck_assert_int_gt(changed, N / 4);
}
END_TEST

static double accuracy_after(const MemoryCell *cell, int distractors, int steps) {
    Recall r = recall_open(cell, distractors, FIRST, 1);
    double accuracy = 0.0;
    for (int step = 0; step < steps; step++) {
        int correct;
        recall_pass(&r, &correct);
        clip_gradient(r.net, LONGEST_GRADIENT);
        optimizer_step(r.adam, r.net->params, r.net->grads);
        accuracy += 0.05 * ((double)correct / RECALL_BATCH - accuracy);
    }
    recall_close(&r);
    return accuracy;
}

START_TEST(a_symbol_is_recalled) {
    ck_assert_double_gt(accuracy_after(&cells[5], 6, 150), 0.9);
    ck_assert_double_lt(accuracy_after(&with_held_gate[2], 6, 150), 0.4); // f = 0 remembers nothing
}
END_TEST

START_TEST(the_loss_is_that_of_the_last_row) {
    Recall r = recall_open(&cells[4], 3, FIRST, 1);
    int correct, rows = RECALL_BATCH * 5;
    float loss = recall_pass(&r, &correct);
    ck_assert_float_gt(loss, 1.0f);
    ck_assert_float_lt(loss, 3.0f);
    for (int row = 0; row < rows; row++) {
        double length = norm(r.net->dy + row * SYMBOLS, SYMBOLS);
        ck_assert_int_eq(length > 0.0, row % 5 == 4);
    }
    double reach = reach_of(&r);
    ck_assert(reach > 1e-6 && reach < 1.0);
    recall_close(&r);
}
END_TEST

// A gate that is held is 1 to the last bit, or so near to 0 that it passes nothing; its weights do not move.
START_TEST(held_gates_stay) {
    for (int i = 1; i < CELLS_HELD; i++) {
        Recall r = recall_open(&with_held_gate[i], 4, LATEST, 1);
        Layer *layer = &r.net->layers[RECURRENT_LAYER];
        CellParams p = cell_params(layer, LSTM_GATES);
        size_t first = (size_t)with_held_gate[i].gate * UNITS;
        float h[UNITS], c[UNITS], gates[LSTM_GATES * UNITS], zeros[UNITS] = { 0 };
        for (int step = 0; step < 5; step++) {
            int correct;
            recall_pass(&r, &correct);
            optimizer_step(r.adam, r.net->params, r.net->grads);
        }
        ck_assert_double_lt(norm(p.W + first * UNITS, UNITS * UNITS), 1e-25);
        ck_assert_double_lt(norm(p.U + first * UNITS, UNITS * UNITS), 1e-25);
        lstm_step(h, c, gates, &p, r.net->layers[0].y, zeros, zeros);
        for (int k = 0; k < UNITS; k++) {
            float gate = gates[first + (size_t)k];
            ck_assert_float_eq(p.b_row[first + (size_t)k], with_held_gate[i].held_bias);
            if (with_held_gate[i].held_bias > 0.0f) {
                ck_assert_float_eq(gate, 1.0f);
            } else {
                ck_assert_float_lt(gate, 1e-30f);
            }
        }
        recall_close(&r);
    }
}
END_TEST

START_TEST(every_training_has_its_place) {
    const double base[1] = { 0.0 };
    Trainings all = { .figures = (double *)base };
    int i = 0;
    for (int b = 0; b < BLOCKS; b++) {
        for (int c = 0; c < blocks[b].n; c++) {
            for (int s = 0; s < blocks[b].seeds; s++, i++) {
                Job job = job_of(i);
                ck_assert_ptr_eq(job.block, &blocks[b]);
                ck_assert_ptr_eq(job.cell, &blocks[b].cells[c]);
                ck_assert_int_eq(job.seed, s);
                ptrdiff_t at = figures_of_cell(&all, b, c) + s * MEMORY_FIGURES - base;
                ck_assert_int_eq(at, i * MEMORY_FIGURES);
            }
        }
    }
    ck_assert_int_eq(i, memory_count());
}
END_TEST

// --- direction -----------------------------------------------------------------------------------------

static const char letters[] = "\n abcdeiou"; // ascending
enum { LETTERS = sizeof letters - 1 };

// A text of these letters, drawn with a preference for what stands near the letter before.
static Text made_up(int n) {
    Text text = { .n = n, .n_codes = LETTERS };
    text.symbols = alloc_bytes((size_t)n * sizeof *text.symbols);
    text.codes = alloc_bytes(LETTERS * sizeof *text.codes);
    for (int k = 0; k < LETTERS; k++) {
        text.codes[k] = (uint32_t)letters[k];
    }
    Rng rng = rng_create(5, RNG_DATA);
    for (int i = 0, last = 0; i < n; i++) {
        last = (last + (int)rng_below(&rng, 1 + rng_below(&rng, LETTERS))) % LETTERS;
        text.symbols[i] = last;
    }
    return text;
}

static void free_text(Text *text) {
    free(text->symbols);
    free(text->codes);
}

START_TEST(vowels_are_masked) {
    Text text = made_up(500);
    Masked m = mask_vowels(&text, text.symbols, text.n);
    int count = 0;
    for (int i = 0; i < text.n; i++) {
        char letter = letters[text.symbols[i]];
        const char *vowel = strchr("aeiou", letter);
        ck_assert_int_eq(m.vowels[i], vowel ? (int)(vowel - "aeiou") : -1);
        ck_assert_int_eq(m.symbols[i], vowel ? LETTERS : text.symbols[i]);
        count += vowel != NULL;
    }
    ck_assert_int_eq(m.n_masked, count);
    ck_assert_int_gt(count, 100);
    masked_free(&m);
    free_text(&text);
}
END_TEST

// Whether the contexts of two places are the same, character by character.
static bool same_context(const Masked *a, int i, const Masked *b, int j, int before, int after) {
    for (int k = -before; k <= after; k++) {
        bool in_a = i + k >= 0 && i + k < a->n, in_b = j + k >= 0 && j + k < b->n;
        if (in_a != in_b || (in_a && a->symbols[i + k] != b->symbols[j + k])) {
            return false;
        }
    }
    return true;
}

static int answer_by_counting(const Masked *train, const Masked *text, int at, int before,
                              int after) {
    for (;; before = before > 0 ? before - 1 : 0, after = after > 0 ? after - 1 : 0) {
        int counts[VOWELS] = { 0 }, best = 0, sum = 0;
        for (int j = 0; j < train->n; j++) {
            if (train->vowels[j] >= 0 && same_context(train, j, text, at, before, after)) {
                counts[train->vowels[j]]++;
                sum++;
            }
        }
        for (int v = 1; v < VOWELS; v++) {
            best = counts[v] > counts[best] ? v : best;
        }
        if (sum > 0) {
            return best;
        }
    }
}

START_TEST(tables_equal_counting) {
    static const struct {
        int before, after, level;
    } kinds[] = { { 4, 0, 0 }, { 4, 0, 2 }, { 3, 3, 0 }, { 3, 3, 1 }, { 0, 0, 0 }, { 1, 3, 0 } };
    Text text = made_up(900);
    Masked train = mask_vowels(&text, text.symbols, 600),
           test = mask_vowels(&text, text.symbols + 600, 300);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int before = kinds[i].before, after = kinds[i].after, level = kinds[i].level;
        VowelTable *table = vowel_table(&train, before, after);
        for (int at = 0; at < test.n; at++) {
            if (test.vowels[at] >= 0) {
                ck_assert_int_eq(vowel_answer(table, level, &test, at),
                                 answer_by_counting(&train, &test, at,
                                                    before - level > 0 ? before - level : 0,
                                                    after - level > 0 ? after - level : 0));
            }
        }
        vowel_table_free(table);
    }
    masked_free(&train);
    masked_free(&test);
    free_text(&text);
}
END_TEST

// What is changed at one place changes the answers behind it, before it, or everywhere.
START_TEST(each_way_sees_its_side) {
    enum { PLACE = 30 };
    for (int way = 0; way < WAYS; way++) {
        Net *net = vowel_net((Way)way, LETTERS + 1, WINDOW, 1);
        float x[WINDOW], before[WINDOW * VOWELS];
        for (int i = 0; i < WINDOW; i++) {
            x[i] = (float)(i % LETTERS);
        }
        memcpy(before, net_forward(net, x, WINDOW, EVAL), sizeof before);
        x[PLACE] = LETTERS;
        const float *after = net_forward(net, x, WINDOW, EVAL);
        for (int i = 0; i < WINDOW; i++) {
            bool same = memcmp(before + i * VOWELS, after + i * VOWELS, VOWELS * sizeof *x) == 0;
            bool near = abs(i - PLACE) < 10; // further away it may be lost in rounding
            bool sees = way == FORWARD ? i >= PLACE : way == BACKWARD ? i <= PLACE : true;
            ck_assert(sees || same);
            ck_assert(!(sees && near) || !same);
        }
        net_free(net);
    }
}
END_TEST

START_TEST(the_ways_have_equal_parameters) {
    Net *one = vowel_net(FORWARD, 97, WINDOW, 1), *both = vowel_net(BOTH, 97, WINDOW, 1);
    double ratio = (double)both->n_params / (double)one->n_params;
    ck_assert(ratio > 0.98 && ratio < 1.02);
    net_free(one);
    net_free(both);
}
END_TEST

START_TEST(only_masked_places_are_learned_from) {
    Text text = made_up(3000);
    Masked m = mask_vowels(&text, text.symbols, text.n);
    VowelPass p = vowel_pass_open(vowel_net(BOTH, LETTERS + 1, WINDOW, 1));
    Optimizer *adam = optimizer_create(optimizer_defaults(ADAM, VOWEL_RATE), p.net->n_params);
    Rng rng = rng_create(1, RNG_DATA);
    float first = vowel_step(&p, adam, &m, &rng), last = first;
    double sum = 0.0;
    for (int i = 0; i < WINDOW_ROWS; i++) {
        double length = norm(p.net->dy + i * VOWELS, VOWELS);
        ck_assert_int_eq(length > 0.0, p.vowels[i] >= 0);
        for (int v = 0; v < VOWELS && p.vowels[i] >= 0; v++) {
            sum += p.net->dy[i * VOWELS + v];
            ck_assert_int_eq(p.net->dy[i * VOWELS + v] < 0.0f, v == p.vowels[i]);
        }
    }
    ck_assert_double_lt(fabs(sum), 1e-4);
    for (int step = 0; step < 30; step++) {
        last = vowel_step(&p, adam, &m, &rng);
    }
    ck_assert_float_lt(last, 0.9f * first);
    optimizer_free(adam);
    vowel_pass_close(&p);
    masked_free(&m);
    free_text(&text);
}
END_TEST

// A text of one full pass, whole windows and a shorter one: each place is scored once.
START_TEST(every_place_is_scored_once) {
    enum { N = WINDOW_ROWS + 2 * HELD_WINDOW + 30 };
    Text text = made_up(N);
    Masked m = mask_vowels(&text, text.symbols, N);
    Net *net = vowel_net(FORWARD, LETTERS + 1, WINDOW, 3);
    VowelPass p = vowel_pass_open(vowel_net(FORWARD, LETTERS + 1, HELD_WINDOW, 1));
    double answers[N];
    VowelScore score = score_vowels(&p, net->params, &m, N, answers, N);
    int right = 0;
    double loss = 0.0;
    for (int at = 0; at < N; at += HELD_WINDOW) { // window by window
        int n = N - at < HELD_WINDOW ? N - at : HELD_WINDOW;
        float x[HELD_WINDOW];
        for (int i = 0; i < n; i++) {
            x[i] = (float)m.symbols[at + i];
        }
        const float *out = net_forward(p.net, x, n, EVAL);
        for (int i = 0; i < n; i++) {
            if (m.vowels[at + i] >= 0) {
                loss += softmax_cross_entropy(NULL, out + i * VOWELS, &m.vowels[at + i], 1, VOWELS);
                right += answers[at + i] == m.vowels[at + i];
            }
        }
    }
    ck_assert_double_eq_tol(score.accuracy, (double)right / m.n_masked, 1e-9);
    ck_assert_double_eq_tol(score.loss, loss / m.n_masked, 1e-5);
    vowel_pass_close(&p);
    net_free(net);
    masked_free(&m);
    free_text(&text);
}
END_TEST

// A picture is 28 rows of 28 numbers: the rows of the pass are the memory of the picture as it is.
START_TEST(pictures_are_read_row_by_row) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(row_plain, (Shape){ SIDE, 1, 1 }, 2 * SIDE, &rng);
    float x[2 * PIXELS], logits[2 * CLASSES], again[2 * CLASSES];
    rng_fill_uniform(&rng, x, 2 * PIXELS, 0.0f, 1.0f);
    read_pictures(logits, net, x, 2, EVAL);
    read_pictures(again, net, x + PIXELS, 1, EVAL); // the second picture alone
    ck_assert_double_lt(relative_error(logits + CLASSES, again, CLASSES), 1e-6);
    x[0] += 0.5f; // the first row of the first picture
    read_pictures(again, net, x, 2, EVAL);
    ck_assert_mem_eq(logits + CLASSES, again + CLASSES, CLASSES * sizeof *logits);
    net_free(net);
}
END_TEST

// --- side by side ---------------------------------------------------------------------------------------

START_TEST(trainings_have_the_same_bytes_on_any_threads) {
    static const Option none[] = { OPTION_END };
    enum { SOME = 4 };
    static const int chosen[SOME] = { 30, 50, 65, 78 };
    RecurrentSettings s = { .run = { .lesson = "14-recurrent",
                                     .name = "default",
                                     .out = "runs",
                                     .seed = 1,
                                     .quiet = true },
                            .steps = 20 };
    double *figures = alloc_bytes((size_t)(2 * SOME * MEMORY_FIGURES) * sizeof *figures);
    enter_folder();
    Run *run = run_open(&s.run, none);
    RecurrentLab lab = { .run = run, .settings = &s };
    for (int threads = 1; threads <= 3; threads += 2) {
        omp_set_num_threads(threads);
#pragma omp parallel for schedule(dynamic, 1)
        for (int i = 0; i < SOME; i++) {
            int place = (threads / 2) * SOME + i;
            train_recall(&lab, chosen[i], figures + place * MEMORY_FIGURES);
        }
    }
    ck_assert_mem_eq(figures, figures + SOME * MEMORY_FIGURES,
                     SOME * MEMORY_FIGURES * sizeof *figures);
    ck_assert_double_eq(figures[STEPS_TAKEN], lab_steps(&lab, USUAL_30));
    free(figures);
    ck_assert_int_eq(run_close(run), 0);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("14-memory");
    CASE(s, "cells", lstm_equals_the_library, gru_equals_the_library,
         gradients_of_a_step_are_slopes);
    CASE(s, "recall", questions_have_their_answers, a_symbol_is_recalled,
         the_loss_is_that_of_the_last_row, held_gates_stay, every_training_has_its_place);
    CASE(s, "vowels", vowels_are_masked, tables_equal_counting, each_way_sees_its_side,
         the_ways_have_equal_parameters, only_masked_places_are_learned_from,
         every_place_is_scored_once);
    CASE(s, "pictures", pictures_are_read_row_by_row);
    CASE(s, "threads", trainings_have_the_same_bytes_on_any_threads);
    return s;
}
