#include "base/die.h"
#include "measure/language.h"
#include "nn/checkpoint.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { T = 4, WORDS = 7, D = 8, N = 61 };

static const LayerSpec cell[] = { embedding(D, .words = WORDS), lstm(6, .steps = T),
                                  gru(5, .steps = T), dense(WORDS), END };
static const LayerSpec gpt[] = { embedding(D, .words = WORDS),
                                 positions(T, .spread = 0.5f),
                                 mark("x"),
                                 layernorm(),
                                 dense(3 * D),
                                 attention(2, .steps = T, .causal = true),
                                 dense(D),
                                 add("x"),
                                 dense(WORDS),
                                 END };

// --- helpers -------------------------------------------------------------------------------------

static Net *make(const LayerSpec *table, int batch) {
    Rng rng = rng_create(3, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 1, 1 }, batch, &rng);
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] += 0.3f * rng_normal(&rng);
    }
    return net;
}

static const int *some_symbols(void) {
    static int symbols[N];
    Rng rng = rng_create(9, RNG_DATA);
    for (int i = 0; i < N; i++) {
        symbols[i] = (int)rng_below(&rng, WORDS);
    }
    return symbols;
}

// The scores behind symbols (n, at most the net's steps), from nothing.
static const float *scores_behind(Net *net, const int *symbols, int n) {
    net_begin(net);
    const float *scores = NULL;
    for (int i = 0; i < n; i++) {
        float x = (float)symbols[i];
        scores = net_step(net, &x, 1);
    }
    return scores;
}

static double plain_bits(const float *scores, int symbol) {
    double sum = 0;
    for (int j = 0; j < WORDS; j++) {
        sum += exp((double)scores[j]);
    }
    return log2(sum / exp((double)scores[symbol]));
}

// What a net carries is that of a training, and must be there afterwards.
static void soil(Net *net) {
    for (size_t i = 0; i < net->n_carried; i++) {
        net->carried[i] = (float)i;
    }
    net->at = 3;
    net->carry = true;
}

static void assert_soiled(const Net *net) {
    for (size_t i = 0; i < net->n_carried; i++) {
        ck_assert(net->carried[i] == (float)i);
    }
    ck_assert(net->at == 3 && net->carry);
}

// --- batches -------------------------------------------------------------------------------------

START_TEST(streams_go_side_by_side) {
    enum { STREAMS = 3, STEPS = 2, LENGTH = 5 }; // 17 symbols: 16 rows, 5 for each stream
    int symbols[17], next[STREAMS * STEPS];
    float x[STREAMS * STEPS];
    for (int i = 0; i < 17; i++) {
        symbols[i] = 100 + i;
    }
    ck_assert_int_eq(stream_pieces(17, STREAMS, STEPS), 2);
    ck_assert_int_eq(stream_pieces(19, STREAMS, STEPS), 3);
    ck_assert_int_eq(stream_pieces(6, STREAMS, STEPS), 0);
    for (int piece = 0; piece < 2; piece++) {
        stream_piece(x, next, symbols, 17, STREAMS, STEPS, piece);
        for (int i = 0; i < STREAMS * STEPS; i++) {
            int place = i / STEPS * LENGTH + piece * STEPS + i % STEPS;
            ck_assert(x[i] == (float)(100 + place));
            ck_assert_int_eq(next[i], 101 + place);
        }
    }
}
END_TEST

static void take_too_late(void *nothing) {
    (void)nothing;
    int symbols[9] = { 0 }, next[4];
    float x[4];
    stream_piece(x, next, symbols, 9, 2, 2, 2);
}

static void take_too_long(void *nothing) {
    (void)nothing;
    int symbols[4] = { 0 }, next[4];
    float x[4];
    Rng rng = rng_create(1, RNG_SHUFFLE);
    random_windows(x, next, symbols, 4, 1, 4, &rng);
}

START_TEST(a_batch_ends_within_the_text) {
    assert_refused(take_too_late, NULL, "piece 2 of 2");
    assert_refused(take_too_long, NULL, "4 symbols for windows of 4");
}
END_TEST

START_TEST(windows_lie_anywhere_in_the_text) {
    enum { LENGTH = 10, STEPS = 3, WINDOWS = 2000 };
    static float x[WINDOWS * STEPS], again[WINDOWS * STEPS];
    static int next[WINDOWS * STEPS];
    int symbols[LENGTH], places[LENGTH] = { 0 };
    for (int i = 0; i < LENGTH; i++) {
        symbols[i] = 20 + i;
    }
    Rng rng = rng_create(4, RNG_SHUFFLE), same = rng;
    random_windows(x, next, symbols, LENGTH, WINDOWS, STEPS, &rng);
    random_windows(again, next, symbols, LENGTH, WINDOWS, STEPS, &same);
    ck_assert_mem_eq(x, again, sizeof x);
    for (int i = 0; i < WINDOWS * STEPS; i++) {
        ck_assert_int_eq(next[i], (int)x[i] + 1);
        ck_assert(i % STEPS == 0 || x[i] == x[i - 1] + 1.0f);
        places[(int)x[i] - 20] += i % STEPS == 0;
    }
    for (int place = 0; place < LENGTH; place++) { // 7 places, 286 windows at each
        ck_assert(place < LENGTH - STEPS ? places[place] > 200 && places[place] < 370
                                         : places[place] == 0);
    }
}
END_TEST

// --- bits per character --------------------------------------------------------------------------

START_TEST(a_net_that_knows_nothing_needs_the_bits_of_the_alphabet) {
    const LayerSpec *tables[] = { cell, gpt };
    for (int i = 0; i < 2; i++) {
        Net *net = make(tables[i], 4 * T);
        memset(net->params, 0, net->n_params * sizeof *net->params);
        double bits = i == 0 ? bits_in_streams(NULL, net, some_symbols(), N, 4)
                             : bits_in_windows(NULL, net, some_symbols(), N);
        ck_assert_double_eq_tol(bits, log2(WORDS), 1e-6);
        net_free(net);
    }
}
END_TEST

// Each stream by itself, row by row. The 60 symbols behind the first one divide by 3 and not by 7.
START_TEST(streams_give_what_the_net_gives_row_by_row) {
    static const int numbers[] = { 1, 3, 7, 25 };
    Net *net = make(cell, 25 * T), *single = make(cell, T);
    const int *symbols = some_symbols();
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        int streams = numbers[k];
        double bits[N], expected[N], sum = 0;
        expected[0] = log2(WORDS);
        for (int b = 0; b < streams; b++) {
            net_begin(single);
            for (int i = 1 + b * (N - 1) / streams; i < 1 + (b + 1) * (N - 1) / streams; i++) {
                float x = (float)symbols[i - 1];
                expected[i] = plain_bits(net_step(single, &x, 1), symbols[i]);
            }
        }
        soil(net);
        double mean = bits_in_streams(bits, net, symbols, N, streams);
        assert_soiled(net);
        for (int i = 0; i < N; i++) {
            ck_assert_double_eq_tol(bits[i], expected[i], 1e-5);
            sum += bits[i];
        }
        ck_assert_double_eq_tol(mean, sum / N, 1e-12);
        ck_assert(mean == bits_in_streams(NULL, net, symbols, N, streams));
    }
    net_free(net);
    net_free(single);
}
END_TEST

START_TEST(a_state_reaches_from_piece_to_piece) {
    Net *net = make(cell, T);
    int symbols[N];
    double bits[2][N];
    for (int k = 0; k < 2; k++) {
        memcpy(symbols, some_symbols(), sizeof symbols);
        symbols[0] = k;
        bits_in_streams(bits[k], net, symbols, N, 1);
    }
    ck_assert(fabs(bits[0][T + 2] - bits[1][T + 2]) > 1e-7); // beyond the first piece
    net_free(net);
}
END_TEST

// Symbol i is predicted from the window that is the first to reach it: at least T/2 rows.
START_TEST(windows_overlap_by_half) {
    const int *symbols = some_symbols();
    for (int room = 1; room <= 40; room += 13) {
        Net *net = make(gpt, room * T), *single = make(gpt, T);
        for (int n = T + 1; n < N; n++) {
            double bits[N];
            soil(net);
            bits_in_windows(bits, net, symbols, n);
            assert_soiled(net);
            for (int i = 1; i < n; i++) {
                int place = 0; // of its window
                while (place + T < i) {
                    place += T / 2;
                }
                place = place + T < n ? place : n - 1 - T;
                ck_assert(i - place >= T / 2 || place == 0);
                const float *scores = scores_behind(single, symbols + place, i - place);
                ck_assert_double_eq_tol(bits[i], plain_bits(scores, symbols[i]), 1e-5);
            }
        }
        net_free(net);
        net_free(single);
    }
}
END_TEST

START_TEST(a_measurement_is_the_same_for_any_number_of_threads) {
    double bits[2][2];
    for (int k = 0; k < 2; k++) {
        omp_set_num_threads(k == 0 ? 1 : 4);
        Net *recurrent = make(cell, 5 * T), *transformer = make(gpt, 5 * T);
        bits[k][0] = bits_in_streams(NULL, recurrent, some_symbols(), N, 5);
        bits[k][1] = bits_in_windows(NULL, transformer, some_symbols(), N);
        net_free(recurrent);
        net_free(transformer);
    }
    ck_assert(bits[0][0] == bits[1][0] && bits[0][1] == bits[1][1]);
}
END_TEST

// --- drawing -------------------------------------------------------------------------------------

START_TEST(symbols_are_drawn_as_often_as_they_are_probable) {
    const float scores[4] = { 1.0f, 0.0f, 2.0f, -1.0f };
    static const float temperatures[] = { 0.5f, 1.0f, 3.0f };
    for (int k = 0; k < 3; k++) {
        enum { DRAWS = 40000 };
        Rng rng = rng_create(5, RNG_SAMPLE);
        int drawn[4] = { 0 };
        double sum = 0;
        for (int i = 0; i < DRAWS; i++) {
            drawn[draw_symbol(scores, 4, temperatures[k], &rng)]++;
        }
        for (int j = 0; j < 4; j++) {
            sum += exp((double)(scores[j] / temperatures[k]));
        }
        for (int j = 0; j < 4; j++) {
            double p = exp((double)(scores[j] / temperatures[k])) / sum;
            double spread = sqrt(p * (1 - p) / DRAWS);
            ck_assert_double_eq_tol((double)drawn[j] / DRAWS, p, 4 * spread);
        }
    }
}
END_TEST

START_TEST(at_temperature_0_nothing_is_drawn) {
    const float scores[4] = { 1.0f, 3.0f, 3.0f, -1e30f }, huge[3] = { -1e30f, 1e30f, 0.0f };
    Rng rng = rng_create(5, RNG_SAMPLE), before = rng;
    ck_assert_int_eq(draw_symbol(scores, 4, 0.0f, &rng), 1);
    ck_assert_mem_eq(&rng, &before, sizeof rng);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(draw_symbol(huge, 3, 1.0f, &rng), 1);
        ck_assert_int_eq(draw_symbol(huge, 3, 1e-30f, &rng), 1);
    }
}
END_TEST

// --- writing -------------------------------------------------------------------------------------

// What the net has read of a text when it is asked for symbol i; a window of half as many is read
// again when it is full.
static int read_from(int i, bool window) {
    int from = 0;
    while (window && i - from > T) {
        from += T - T / 2;
    }
    return from;
}

START_TEST(a_writer_believes_what_it_has_written) {
    const LayerSpec *tables[] = { cell, gpt };
    const int begins[] = { 2, 5, 1 };
    for (int k = 0; k < 2; k++) {
        Net *net = make(tables[k], 2 * T), *plain = make(tables[k], T);
        for (int t = 0; t < 2; t++) {
            float temperature = t == 0 ? 0.0f : 0.8f;
            Rng rng = rng_create(6, RNG_SAMPLE);
            int symbols[N] = { 2, 5, 1 };
            soil(net);
            Writer writer = writer_open(net, begins, 3, temperature, rng);
            for (int i = 3; i < N; i++) {
                symbols[i] = writer_next(&writer);
                int from = read_from(i, k == 1);
                ck_assert(k == 0 || (i - from >= T / 2 && i - from <= T) || from == 0);
                const float *scores = scores_behind(plain, symbols + from, i - from);
                ck_assert_int_eq(symbols[i], draw_symbol(scores, WORDS, temperature, &rng));
            }
            writer_close(&writer);
            assert_soiled(net);
        }
        net_free(net);
        net_free(plain);
    }
}
END_TEST

// A text whose alphabet has WORDS characters: "\n", a … f.
static Text *small_text(const char *first) {
    enter_folder();
    FILE *out = fopen("some.txt", "w");
    for (int i = 0; i < 40; i++) {
        fprintf(out, "%s%c\n\n", first, "abcdef"[i % 6]);
    }
    fclose(out);
    return text_load("some.txt");
}

START_TEST(a_sample_begins_as_it_was_told) {
    Text *text = small_text("");
    ck_assert_int_eq(text->n_codes, WORDS);
    Net *net = make(cell, T);
    Rng rng = rng_create(7, RNG_SAMPLE);
    char *sample = write_sample(net, text, "fade", 30, 1.0f, rng);
    ck_assert_uint_eq(strlen(sample), 34);
    ck_assert_int_eq(strncmp(sample, "fade", 4), 0);

    // the same, with the end of an entry before it
    const int opening[] = { 0, 0, 6, 1, 4, 5 };
    Writer writer = writer_open(net, opening, 6, 1.0f, rng);
    for (int i = 4; i < 34; i++) {
        ck_assert_uint_eq(text->codes[writer_next(&writer)], (unsigned char)sample[i]);
    }
    writer_close(&writer);
    free(sample);

    sample = write_sample(net, text, "", 5, 0.0f, rng);
    ck_assert_uint_eq(strlen(sample), 5);
    free(sample);
    text_free(text);
    net_free(net);
}
END_TEST

typedef struct {
    Net *net;
    const Text *text;
    const char *string;
} Told;

static void sample_from(void *argument) {
    const Told *told = argument;
    free(write_sample(told->net, told->text, told->string, 5, 1.0f, rng_create(1, RNG_SAMPLE)));
}

START_TEST(a_text_cannot_begin_with_a_strange_character) {
    omp_set_num_threads(1);
    Text *text = small_text("");
    Net *net = make(cell, T);
    static const char *const strange[] = { "fadé", "f\xff", "xyz" };
    for (int i = 0; i < 3; i++) {
        int status;
        char *message = death_message(sample_from, &(Told){ net, text, strange[i] }, &status);
        ck_assert_msg(status == 1 && strstr(message, "error: --begin ") &&
                          strstr(message, "--data some.txt") && count(message, "\n") == 1,
                      "%s", message);
        free(message);
    }
    text_free(text);
    net_free(net);
}
END_TEST

START_TEST(what_is_generated_is_shown_and_kept) {
    Text *text = small_text("");
    Net *net = make(gpt, T);
    RunOptions options = { .lesson = "99-test", .name = "x", .out = ".", .seed = 3, .quiet = true };
    const Option table[] = { OPTION_END };
    char *expected = write_sample(net, text, "bad", 50, 0.7f, rng_create(3, RNG_SAMPLE));
    fflush(stdout);
    int screen = dup(STDOUT_FILENO);
    ck_assert_ptr_nonnull(freopen("shown", "w", stdout));
    Run *run = run_open(&options, table);
    show_text(run, net, text, &(WritingOptions){ 50, 0.7f, "bad" });
    run_close(run);
    fflush(stdout);
    dup2(screen, STDOUT_FILENO);
    Bytes shown = read_bytes("shown"), kept = read_bytes("99-test/x/generated.txt");
    ck_assert_uint_eq(shown.n, strlen(expected) + 1);
    ck_assert_mem_eq(shown.bytes, expected, shown.n - 1);
    ck_assert_uint_eq(shown.bytes[shown.n - 1], '\n');
    ck_assert_str_eq((char *)shown.bytes, (char *)kept.bytes);
    free(shown.bytes);
    free(kept.bytes);
    free(expected);
    text_free(text);
    net_free(net);
}
END_TEST

// --- keeping -------------------------------------------------------------------------------------

static void load_language(void *argument) {
    const Told *told = argument;
    language_load(told->string, told->net, told->text);
}

static void assert_not_loaded(Net *net, const Text *text, const char *path, const char *why) {
    int status;
    char *message = death_message(load_language, &(Told){ net, text, path }, &status);
    ck_assert_msg(status == 1 && strstr(message, path) && strstr(message, why) &&
                      count(message, "\n") == 1,
                  "no \"%s\" in %s", why, message);
    free(message);
}

START_TEST(a_model_is_kept_with_its_alphabet) {
    omp_set_num_threads(1);
    Text *text = small_text("");
    Net *net = make(cell, T), *other = make(cell, T), *different = make(gpt, T);
    language_save("model.safetensors", net, text);
    checkpoint_save("plain.safetensors", net);
    memset(other->params, 0, other->n_params * sizeof *other->params);
    language_load("model.safetensors", other, text);
    ck_assert_mem_eq(other->params, net->params, net->n_params * sizeof *net->params);

    assert_not_loaded(net, text, "plain.safetensors", "has no alphabet");
    assert_not_loaded(net, text, "nowhere.safetensors", "Name an existing file");
    assert_not_loaded(different, text, "model.safetensors", "of the type and shape");
    text->codes[3] = 'B'; // a, B, c: as many, and another one
    assert_not_loaded(net, text, "model.safetensors", "only the text has U+0042");
    text->codes[3] = 'z';
    assert_not_loaded(net, text, "model.safetensors", "only the model has U+0063");
    text->codes[3] = 'c';
    text->n_codes--;
    assert_not_loaded(
        net, text, "model.safetensors",
        "7 different characters, and --data some.txt has 6; only the model has U+0066");
    text_free(text);
    net_free(net);
    net_free(other);
    net_free(different);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("language");
    CASE(s, "batches", streams_go_side_by_side, a_batch_ends_within_the_text,
         windows_lie_anywhere_in_the_text);
    CASE(s, "bits per character", a_net_that_knows_nothing_needs_the_bits_of_the_alphabet,
         streams_give_what_the_net_gives_row_by_row, a_state_reaches_from_piece_to_piece,
         windows_overlap_by_half, a_measurement_is_the_same_for_any_number_of_threads);
    CASE(s, "drawing", symbols_are_drawn_as_often_as_they_are_probable,
         at_temperature_0_nothing_is_drawn);
    CASE(s, "writing", a_writer_believes_what_it_has_written, a_sample_begins_as_it_was_told,
         a_text_cannot_begin_with_a_strange_character, what_is_generated_is_shown_and_kept);
    CASE(s, "keeping", a_model_is_kept_with_its_alphabet);
    return s;
}
