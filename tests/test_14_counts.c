// Tests of lesson 14's tables of counts, against counts made by looking at every place of a text.

#include "../lessons/14-recurrent/counts.c"
#include "base/die.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS = 5, N = 300, HELD = 60 };

// --- helpers -------------------------------------------------------------------------------------

// A text in which some rows are frequent.
static void fill(int *symbols, int n, uint64_t seed) {
    Rng rng = rng_create(seed, RNG_DATA);
    for (int i = 0; i < n; i++) {
        bool usual = i > 1 && rng_uniform(&rng) < 0.6f;
        symbols[i] = usual ? (2 * symbols[i - 1] + symbols[i - 2]) % (WORDS - 1)
                           : (int)rng_below(&rng, WORDS - 1);
    }
}

static const int *train_text(void) {
    static int symbols[N];
    fill(symbols, N, 1);
    return symbols;
}

static const int *held_text(void) { // with a symbol that training does not have
    static int symbols[HELD];
    fill(symbols, HELD, 2);
    symbols[HELD / 2] = WORDS - 1;
    return symbols;
}

// How often the row (k) stands in the text.
static int occurs(const int *row, int k) {
    const int *text = train_text();
    int n = 0;
    for (int i = 0; i + k <= N; i++) {
        n += memcmp(text + i, row, (size_t)k * sizeof *row) == 0;
    }
    return n;
}

// How many different symbols stand before it, with the text's edge.
static int stands_behind(const int *row, int k) {
    int longer[MOST_ORDER + 2];
    memcpy(longer + 1, row, (size_t)k * sizeof *row);
    int kinds = memcmp(train_text(), row, (size_t)k * sizeof *row) == 0;
    for (longer[0] = 0; longer[0] < WORDS; longer[0]++) {
        kinds += occurs(longer, k + 1) > 0;
    }
    return kinds;
}

typedef int (*CountOf)(const int *row, int k);

// The sum of a count over all symbols behind a context, and how many of them there are.
static double behind(CountOf count_of, const int *context, int k, int *kinds) {
    int row[MOST_ORDER + 1], sum = 0;
    memcpy(row, context, (size_t)k * sizeof *row);
    *kinds = 0;
    for (row[k] = 0; row[k] < WORDS; row[k]++) {
        int n = count_of(row, k + 1);
        sum += n;
        *kinds += n > 0;
    }
    return sum;
}

// n1 / (n1 + 2 n2) over all rows of k symbols, computed once.
static double plain_discount(CountOf count_of, int k) {
    static double known[2][MOST_ORDER];
    double *here = &known[count_of == occurs][k];
    if (*here > 0) {
        return *here;
    }
    int row[MOST_ORDER] = { 0 }, all = 1, with[3] = { 0 };
    for (int i = 0; i < k; i++) {
        all *= WORDS;
    }
    for (int code = 0; code < all; code++) {
        for (int i = 0, rest = code; i < k; i++, rest /= WORDS) {
            row[i] = rest % WORDS;
        }
        int n = count_of(row, k);
        with[n <= 2 ? n : 0]++;
    }
    return *here = with[1] > 0 ? with[1] / (with[1] + 2.0 * with[2]) : 0.5;
}

// The formulas of the text, from the longest context down. row: the context (order - 1) and the
// symbol.
static double plain_probability(const Ngram *model, const int *row, int order) {
    int kinds;
    if (order == 0) {
        return 1.0 / WORDS;
    }
    const int *context = row; // of order - 1
    double n = occurs(row, order), all = behind(occurs, context, order - 1, &kinds);
    if (model->smoothing == ADD_K) {
        return all + model->k * WORDS > 0 ? (n + model->k) / (all + model->k * WORDS) : 0.0;
    }
    double shorter = plain_probability(model, row + 1, order - 1);
    if (model->smoothing == WITTEN_BELL) {
        return all > 0 ? (n + kinds * shorter) / (all + kinds) : shorter;
    }
    CountOf count_of = order == model->order ? occurs : stands_behind;
    double d = plain_discount(count_of, order);
    n = count_of(row, order);
    all = behind(count_of, context, order - 1, &kinds);
    return all > 0 ? (fmax(n - d, 0) + d * kinds * shorter) / all : shorter;
}

static const Ngram models[] = {
    { ADD_K, 1, 1 },       { ADD_K, 3, 1 },       { ADD_K, 2, 0.05 },    { ADD_K, 2, 0 },
    { WITTEN_BELL, 1, 0 }, { WITTEN_BELL, 2, 0 }, { WITTEN_BELL, 4, 0 }, { KNESER_NEY, 1, 0 },
    { KNESER_NEY, 2, 0 },  { KNESER_NEY, 3, 0 },  { KNESER_NEY, 4, 0 },
};
enum { MODELS = sizeof models / sizeof *models };

// --- counts --------------------------------------------------------------------------------------

static const Gram *find(const Counts *c, const int *row, int k) {
    uint32_t place = ROOT;
    for (int i = 0; i < k; i++) {
        place = child_of(c, place, row[i]);
    }
    return gram_at(c, place);
}

START_TEST(every_row_is_counted) {
    Counts *counts = counts_open(train_text(), N, WORDS, 4);
    long seen = 0;
    for (int k = 1; k <= 4; k++) {
        int row[4], all = (int)pow(WORDS, k), different = 0;
        for (int code = 0; code < all; code++) {
            for (int i = 0, rest = code; i < k; i++, rest /= WORDS) {
                row[i] = rest % WORDS;
            }
            const Gram *g = find(counts, row, k);
            int n = occurs(row, k), kinds;
            different += n > 0;
            ck_assert_int_eq(g ? (int)g->n : 0, n);
            ck_assert_int_eq(g && k < 4 ? g->before : 0, k < 4 ? stands_behind(row, k) : 0);
            if (g && k < 4) {
                ck_assert_int_eq((int)g->followed, (int)behind(occurs, row, k, &kinds));
                ck_assert_int_eq(g->kinds, kinds);
            }
            if (g && k < 3) {
                ck_assert_int_eq((int)g->pairs, (int)behind(stands_behind, row, k, &kinds));
                ck_assert_int_eq(g->kinds, kinds);
            }
        }
        ck_assert_int_eq(counts_different(counts, k), different);
        seen += different;
    }
    ck_assert_uint_eq(counts->n, (uint32_t)(1 + seen));
    counts_close(counts);
}
END_TEST

// The table grows ten times over, and the memory for rows twice.
START_TEST(many_rows_find_room) {
    enum { MANY = 60000, KINDS = 300 };
    int *symbols = malloc(MANY * sizeof *symbols);
    Rng rng = rng_create(3, RNG_DATA);
    for (int i = 0; i < MANY; i++) {
        symbols[i] = (int)rng_below(&rng, KINDS);
    }
    Counts *counts = counts_open(symbols, MANY, KINDS, 9);
    ck_assert_uint_gt(counts->n, 1024 + 3 * MANY);
    for (int k = 1; k <= 9; k++) {
        long sum = 0;
        for (uint32_t i = 1; i < counts->n; i++) {
            sum += counts->grams[i].length == k ? counts->grams[i].n : 0;
        }
        ck_assert_int_eq(sum, MANY - k + 1);
    }
    for (int i = 0; i + 9 <= MANY; i += 97) {
        const Gram *g = find(counts, symbols + i, 9);
        ck_assert(g && g->length == 9);
    }
    counts_close(counts);
    free(symbols);
}
END_TEST

START_TEST(discounts_are_those_of_the_formula) {
    Counts *counts = counts_open(train_text(), N, WORDS, 4);
    for (int k = 1; k <= 4; k++) {
        ck_assert_double_eq_tol(counts->raw[k], plain_discount(occurs, k), 1e-12);
        ck_assert(k == 4 || fabs(counts->continued[k] - plain_discount(stands_behind, k)) < 1e-12);
    }
    counts_close(counts);
}
END_TEST

// --- probabilities -------------------------------------------------------------------------------

START_TEST(probabilities_are_those_of_the_formulas) {
    const Ngram *model = &models[_i];
    Counts *counts = counts_open(train_text(), N, WORDS, 4);
    const int *past = held_text();
    for (int n = 0; n < HELD; n++) {
        double p[WORDS], sum = 0;
        int known = n < model->order - 1 ? n : model->order - 1, row[MOST_ORDER];
        ngram_probabilities(p, counts, model, past, n);
        memcpy(row, past + n - known, (size_t)known * sizeof *row);
        for (row[known] = 0; row[known] < WORDS; row[known]++) {
            double expected = plain_probability(model, row, known + 1);
            if (model->smoothing == ADD_K && known + 1 < model->order) {
                expected = model->k > 0 ? 1.0 / WORDS : 0.0; // such a context has never been
            }
            sum += p[row[known]];
            // at the text's beginning the shorter context is asked as one of the lower orders
            ck_assert(known + 1 < model->order || fabs(p[row[known]] - expected) < 1e-12);
        }
        ck_assert(fabs(sum - 1) < 1e-12 ||
                  (model->smoothing == ADD_K && model->k == 0 && sum == 0));
    }
    counts_close(counts);
}
END_TEST

START_TEST(a_score_is_the_mean_of_what_each_symbol_costs) {
    Counts *counts = counts_open(train_text(), N, WORDS, 4);
    const int *held = held_text();
    NgramScore scores[MODELS], alone;
    static double bits[MODELS][HELD];
    ngram_score(scores, bits[0], counts, models, MODELS, held, HELD);
    for (int m = 0; m < MODELS; m++) {
        double sum = 0, p[WORDS];
        int impossible = 0;
        for (int i = 0; i < HELD; i++) {
            ngram_probabilities(p, counts, &models[m], held, i);
            ck_assert(bits[m][i] == -log2(p[held[i]]));
            sum += bits[m][i];
            impossible += p[held[i]] == 0;
        }
        ck_assert(isinf(sum) ? isinf(scores[m].bits) : fabs(scores[m].bits - sum / HELD) < 1e-12);
        ck_assert_double_eq_tol(scores[m].impossible, (double)impossible / HELD, 1e-12);
        ck_assert_int_eq(impossible > 0, models[m].smoothing == ADD_K && models[m].k == 0);
        ngram_score(&alone, NULL, counts, &models[m], 1, held, HELD);
        ck_assert(alone.bits == scores[m].bits);
    }
    counts_close(counts);
}
END_TEST

START_TEST(a_mixture_lies_between_and_its_ends_are_the_models) {
    const double a[] = { 1, 3, 8 }, b[] = { 4, 2, 1 };
    ck_assert_double_eq_tol(mixed_bits(a, b, 3, 1.0), 4.0, 1e-12);
    ck_assert_double_eq_tol(mixed_bits(a, b, 3, 0.0), 7.0 / 3.0, 1e-12);
    double half = -(log2(0.25 + 0.03125) + log2(0.0625 + 0.125) + log2(0.25 + 1.0 / 512)) / 3;
    ck_assert_double_eq_tol(mixed_bits(a, b, 3, 0.5), half, 1e-12);
}
END_TEST

START_TEST(rows_are_seen_again_as_often_as_they_are) {
    const int *held = held_text();
    Counts *counts = counts_open(train_text(), N, WORDS, 4);
    double again[5];
    seen_again(again, 4, counts, 3, held, HELD);
    for (int r = 1; r <= 4; r++) {
        int different = 0, hits = 0;
        for (int code = 0; code < WORDS * WORDS * WORDS; code++) {
            int row[3] = { code % WORDS, code / WORDS % WORDS, code / WORDS / WORDS };
            different += occurs(row, 3) == r;
        }
        for (int i = 0; i + 3 <= HELD; i++) {
            hits += occurs(held + i, 3) == r;
        }
        ck_assert_int_gt(different, 0);
        ck_assert_double_eq_tol(again[r], (double)hits / different * N / HELD, 1e-12);
    }
    counts_close(counts);
}
END_TEST

// --- the Jargon File -----------------------------------------------------------------------------

// Figures that another program has computed, to the digits that it told.
START_TEST(the_tables_of_the_jargon_file) {
    if (access("/usr/share/doc/jargon-text/jargon.txt.gz", F_OK) != 0 &&
        access("data/jargon/jargon.txt.gz", F_OK) != 0) {
        fprintf(stderr, "left out: the package jargon-text is not installed\n");
        return;
    }
    static const struct {
        Ngram model;
        double bits;
    } told[] = {
        { { ADD_K, 1, 0 }, 4.707 },       { { ADD_K, 2, 1 }, 3.746 },
        { { ADD_K, 3, 1 }, 3.143 },       { { ADD_K, 4, 1 }, 2.920 },
        { { ADD_K, 5, 1 }, 3.274 },       { { ADD_K, 6, 1 }, 3.892 },
        { { ADD_K, 2, 0.05 }, 3.746 },    { { ADD_K, 3, 0.05 }, 3.063 },
        { { ADD_K, 4, 0.05 }, 2.558 },    { { ADD_K, 5, 0.05 }, 2.500 },
        { { ADD_K, 6, 0.05 }, 2.823 },    { { WITTEN_BELL, 2, 0 }, 3.747 },
        { { WITTEN_BELL, 3, 0 }, 3.060 }, { { WITTEN_BELL, 4, 0 }, 2.495 },
        { { WITTEN_BELL, 5, 0 }, 2.242 }, { { WITTEN_BELL, 6, 0 }, 2.217 },
        { { WITTEN_BELL, 7, 0 }, 2.285 }, { { WITTEN_BELL, 8, 0 }, 2.386 },
        { { WITTEN_BELL, 9, 0 }, 2.490 }, { { KNESER_NEY, 2, 0 }, 3.744 },
        { { KNESER_NEY, 3, 0 }, 3.047 },  { { KNESER_NEY, 4, 0 }, 2.456 },
        { { KNESER_NEY, 5, 0 }, 2.157 },  { { KNESER_NEY, 6, 0 }, 2.064 },
        { { KNESER_NEY, 7, 0 }, 2.038 },  { { KNESER_NEY, 8, 0 }, 2.031 },
    };
    enum { TOLD = sizeof told / sizeof *told };
    Text *text = text_load("jargon");
    int n_train, n_held;
    int *train = text_part(text, TEXT_TRAIN, &n_train);
    int *held = text_part(text, TEXT_HELD_OUT, &n_held);
    Counts *counts = counts_open(train, n_train, text->n_codes, 9);
    ck_assert_int_eq(counts_different(counts, 6), 322029);
    Ngram asked[TOLD];
    NgramScore scores[TOLD];
    for (int m = 0; m < TOLD; m++) {
        asked[m] = told[m].model;
    }
    ngram_score(scores, NULL, counts, asked, TOLD, held, n_held);
    for (int m = 0; m < TOLD; m++) {
        ck_assert_msg(fabs(scores[m].bits - told[m].bits) <= 0.0006,
                      "smoothing %d, order %d: %.4f and not %.3f", (int)asked[m].smoothing,
                      asked[m].order, scores[m].bits, told[m].bits);
    }
    counts_close(counts);
    free(train);
    free(held);
    text_free(text);
}
END_TEST

// The act on a text of a few lines: every figure is there, and finite but for what is impossible.
START_TEST(the_act_takes_a_small_text) {
    enter_folder();
    FILE *out = fopen("some.txt", "w");
    for (int i = 0; i < 40; i++) {
        fprintf(out, "line %d of %s\n", i, i % 2 ? "many" : "some");
    }
    fclose(out);
    Text *text = text_load("some.txt");
    RunOptions options = { .lesson = "99-test", .name = "x", .out = ".", .seed = 3, .quiet = true };
    const Option table[] = { OPTION_END };
    Run *run = run_open(&options, table);
    counts_act(run, text);
    run_close(run);
    Bytes log = read_bytes("99-test/x/log-counts.csv");
    ck_assert_int_eq(count((char *)log.bytes, "\n"), 1 + MOST_ORDER);
    ck_assert(!strstr((char *)log.bytes, "nan") && !strstr((char *)log.bytes, "inf"));
    Bytes again = read_bytes("99-test/x/log-again.csv");
    ck_assert_int_eq(count((char *)again.bytes, "\n"), 1 + AGAIN);
    Bytes summary = read_bytes("99-test/x/summary.csv");
    static const char *const keys[] = {
        "bits_unigram",      "bits_add_one_4",    "bits_add_05_5", "bits_witten_bell_6",
        "bits_kneser_ney_6", "bits_kneser_ney_8", "impossible_6",  "different_6",
        "bits_gzip_train",   "bits_gzip_alone",   "bits_gzip,"
    };
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        ck_assert_msg(strstr((char *)summary.bytes, keys[k]), "no %s", keys[k]);
    }
    Bytes sample = read_bytes("99-test/x/samples/counts.txt");
    ck_assert_uint_eq(sample.n, 601);
    free(log.bytes);
    free(again.bytes);
    free(summary.bytes);
    free(sample.bytes);
    text_free(text);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("14-counts");
    CASE(s, "counts", every_row_is_counted, many_rows_find_room,
         discounts_are_those_of_the_formula);
    TCase *each = tcase_create("formulas");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, probabilities_are_those_of_the_formulas, 0, MODELS);
    suite_add_tcase(s, each);
    CASE(s, "probabilities", a_score_is_the_mean_of_what_each_symbol_costs,
         a_mixture_lies_between_and_its_ends_are_the_models,
         rows_are_seen_again_as_often_as_they_are);
    CASE(s, "the act", the_act_takes_a_small_text);
    CASE(s, "the Jargon File", the_tables_of_the_jargon_file);
    return s;
}
