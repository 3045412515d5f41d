// Lesson 15, the language part. Its files are included here, so that the tests reach their static functions.

#include "../lessons/15-transformer/attention.c"
#include "../lessons/15-transformer/block.c"
#include "../lessons/15-transformer/gpt.c"
#include "../lessons/15-transformer/ablations.c"
#include "../lessons/15-transformer/cache.c"
#include "../lessons/15-transformer/heads.c"
#include "../lessons/15-transformer/lab.c"

#include "test.h"

#include <omp.h>
#include <unistd.h>

enum { WORDS = 11, LENGTH = 4000, ENTRY = 100, SHORT = 8 };

static const TransformerSettings brief = { .run = { .lesson = "15-transformer",
                                                    .name = "default",
                                                    .out = "runs",
                                                    .seed = 1,
                                                    .quiet = true },
                                           .steps = 4,
                                           .seeds = 2,
                                           .ablation_seeds = 2,
                                           .batch = 4,
                                           .context = SHORT,
                                           .width = 16,
                                           .heads = 2,
                                           .lr = 0.003f };

// Eleven letters in entries of a hundred; each letter is followed by one of two.
static Text *small_text(void) {
    Rng rng = rng_create(1, RNG_DATA);
    Text *text = alloc_bytes(sizeof *text);
    *text = (Text){ .n = LENGTH, .n_codes = WORDS, .n_entries = LENGTH / ENTRY };
    text->symbols = alloc_bytes(LENGTH * sizeof *text->symbols);
    text->codes = alloc_bytes(WORDS * sizeof *text->codes);
    text->entry = alloc_bytes((LENGTH / ENTRY + 1) * sizeof *text->entry);
    for (int i = 0; i < LENGTH; i++) {
        int before = i > 0 ? text->symbols[i - 1] : 0;
        text->symbols[i] = (before + 1 + (int)rng_below(&rng, 2)) % WORDS;
    }
    for (int k = 0; k < WORDS; k++) {
        text->codes[k] = (uint32_t)('a' + k);
    }
    for (int e = 0; e <= LENGTH / ENTRY; e++) {
        text->entry[e] = e * ENTRY;
    }
    return text;
}

// A lab in an empty folder, with a run and a state.
typedef struct {
    TransformerSettings settings;
    Lab lab;
} Trial;

static Trial *trial_begin(void) {
    static Trial t;
    static const Option none[] = { OPTION_END };
    enter_folder();
    t = (Trial){ .settings = brief };
    t.lab = (Lab){ .run = run_open(&t.settings.run, none), .settings = &t.settings };
    t.lab.state = state_open(t.lab.run, none);
    t.lab.text = small_text();
    return &t;
}

static void trial_end(Trial *t) {
    state_close(t->lab.state);
    text_free(t->lab.text);
    ck_assert_int_eq(run_close(t->lab.run), 0);
}

static Net *small_gpt(int rows) {
    Rng rng = rng_create(3, RNG_INIT);
    return gpt_create(WORDS, &(GptShape){ 16, 2, SHORT }, rows, &rng);
}

static void random_tokens(float *x, int n, uint64_t seed) {
    Rng rng = rng_create(seed, RNG_DATA);
    for (int i = 0; i < n; i++) {
        x[i] = (float)rng_below(&rng, WORDS);
    }
}

// --- windows and the net -------------------------------------------------------------------------

// Bit for bit: what comes later changes nothing.
START_TEST(no_row_sees_a_later_character) {
    Net *net = small_gpt(2 * SHORT);
    float x[2 * SHORT], before[2 * SHORT * WORDS];
    random_tokens(x, 2 * SHORT, 5);
    memcpy(before, net_forward(net, x, 2 * SHORT, EVAL), sizeof before);
    for (int t = 0; t < SHORT; t++) {
        float kept = x[t];
        x[t] = (float)(((int)x[t] + 1) % WORDS);
        const float *y = net_forward(net, x, 2 * SHORT, EVAL);
        ck_assert_mem_eq(y, before, (size_t)(t * WORDS) * sizeof *y);
        ck_assert_mem_ne(y + t * WORDS, before + t * WORDS, WORDS * sizeof *y);
        ck_assert_mem_ne(y + (SHORT - 1) * WORDS, before + (SHORT - 1) * WORDS, WORDS * sizeof *y);
        ck_assert_mem_eq(y + SHORT * WORDS, before + SHORT * WORDS,
                         SHORT * WORDS * sizeof *y); // the other window
        x[t] = kept;
    }
    net_free(net);
}
END_TEST

START_TEST(positions_begin_as_waves) {
    Net *net = small_gpt(SHORT);
    float table[SHORT * 16];
    const Layer *l = &net->layers[1];
    sinusoids(table, SHORT, 16);
    ck_assert_int_eq(l->spec.kind, POSITIONS);
    for (int i = 0; i < SHORT * 16; i++) {
        ck_assert_float_eq(l->weight[i], SPREAD * table[i]);
    }
    net_free(net);
}
END_TEST

START_TEST(pieces_are_from_all_over_the_text) {
    enum { N = 20000 };
    int *symbols = alloc_bytes(N * sizeof *symbols);
    for (int i = 0; i < N; i++) {
        symbols[i] = i;
    }
    ck_assert_int_eq(pick_pieces(symbols, 8192), 8192);
    ck_assert_int_eq(symbols[8191], 8191);
    ck_assert_int_eq(pick_pieces(symbols, N), 8192);
    for (int i = 0; i < 8192; i++) {
        ck_assert_int_eq(symbols[i], i / 512 * (N - 512) / 15 + i % 512);
    }
    ck_assert_int_eq(symbols[8191], N - 1);
    free(symbols);
}
END_TEST

// --- learning ------------------------------------------------------------------------------------

// Each letter has two successors: one bit is all that can be known.
START_TEST(it_learns_what_follows_what) {
    Trial *t = trial_begin();
    Net *net = small_gpt(16 * SHORT);
    GptCourse c;
    int n, *held = text_part(t->lab.text, TEXT_HELD_OUT, &n);
    gpt_course_open(&c, &t->lab, &(GptRecipe){ SHORT, 16, 150, 10, 0.01f, 1 }, net);
    while (c.step < 150) {
        ck_assert(isfinite(gpt_course_step(&c)));
    }
    double bits = bits_in_windows(NULL, net, held, n);
    ck_assert_double_lt(bits, 1.15);
    ck_assert_double_gt(bits, 0.95);
    gpt_course_close(&c);
    net_free(net);
    free(held);
    trial_end(t);
}
END_TEST

// --- the table without one thing or another ------------------------------------------------------

static int rows_of(const Net *net, LayerKind kind) {
    int n = 0;
    for (int i = 0; i < net->n_layers; i++) {
        n += net->layers[i].spec.kind == kind;
    }
    return n;
}

__attribute__((noinline)) static const Ablation *called(const char *name) {
    for (int a = 0; a < ABLATIONS; a++) {
        if (strcmp(ablations_list[a].name, name) == 0) {
            return &ablations_list[a];
        }
    }
    ck_abort_msg("no %s", name);
}

static Net *ablated_net(const char *name) {
    Rng rng = rng_create(1, RNG_INIT);
    return ablated(called(name), WORDS, &rng);
}

START_TEST(the_base_is_the_gpt) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *base = ablated_net("base");
    Net *gpt_net = gpt_create(WORDS, &(GptShape){ SMALL, HEADS, CONTEXT }, CHARACTERS, &rng);
    ck_assert_int_eq(base->n_layers, gpt_net->n_layers);
    for (int i = 0; i < base->n_layers; i++) {
        ck_assert_int_eq(base->layers[i].spec.kind, gpt_net->layers[i].spec.kind);
    }
    ck_assert_uint_eq(base->n_params, gpt_net->n_params);
    ck_assert_mem_eq(base->params, gpt_net->params, base->n_params * sizeof *base->params);
    net_free(base);
    net_free(gpt_net);
}
END_TEST

START_TEST(an_ablation_lacks_what_it_says) {
    static const struct {
        const char *name;
        int positions, marks, adds, norms;
    } expected[] = {
        { "base", 1, 4, 4, 5 },        { "no_positions", 0, 4, 4, 5 },
        { "no_skips", 1, 0, 0, 5 },    { "no_norm", 1, 4, 4, 0 },
        { "norm_behind", 1, 4, 4, 4 }, { "norm_behind_cold", 1, 4, 4, 4 },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        Net *net = ablated_net(expected[i].name);
        ck_assert_int_eq(rows_of(net, POSITIONS), expected[i].positions);
        ck_assert_int_eq(rows_of(net, MARK), expected[i].marks);
        ck_assert_int_eq(rows_of(net, ADD), expected[i].adds);
        ck_assert_int_eq(rows_of(net, LAYERNORM), expected[i].norms);
        ck_assert_int_eq(rows_of(net, ATTENTION), BLOCKS);
        net_free(net);
    }
    Net *behind = ablated_net("norm_behind"), *noisy = ablated_net("noisy_positions"),
        *base = ablated_net("base");
    ck_assert_int_eq(behind->layers[behind->n_layers - 2].spec.kind, LAYERNORM);
    ck_assert_int_eq(behind->layers[behind->n_layers - 3].spec.kind, ADD);
    ck_assert_uint_eq(noisy->n_params, base->n_params);
    ck_assert_mem_ne(noisy->layers[1].weight, base->layers[1].weight, SMALL * sizeof(float));
    net_free(behind);
    net_free(noisy);
    net_free(base);
}
END_TEST

// Exchange two earlier characters: without positions the last row cannot know.
START_TEST(without_positions_the_order_is_unknown) {
    for (int with = 0; with < 2; with++) {
        Net *net = ablated_net(with ? "base" : "no_positions");
        float x[CONTEXT], last[WORDS];
        random_tokens(x, CONTEXT, 7);
        x[3] = 1.0f;
        x[20] = 2.0f;
        memcpy(last, net_forward(net, x, CONTEXT, EVAL) + (CONTEXT - 1) * WORDS, sizeof last);
        // A second block would see the order through its mask: look at one block's attention.
        const Layer *first = NULL;
        for (int i = 0; i < net->n_layers && !first; i++) {
            first = net->layers[i].spec.kind == ATTENTION ? &net->layers[i] : NULL;
        }
        float out[SMALL];
        memcpy(out, first->y + (CONTEXT - 1) * SMALL, sizeof out);
        x[3] = 2.0f;
        x[20] = 1.0f;
        net_forward(net, x, CONTEXT, EVAL);
        double error = relative_error(out, first->y + (CONTEXT - 1) * SMALL, SMALL);
        if (with) {
            ck_assert_double_gt(error, 1e-3);
        } else {
            ck_assert_double_lt(error, 1e-5);
        }
        net_free(net);
    }
}
END_TEST

START_TEST(ablations_have_the_same_bytes_on_any_threads) {
    Trial *t = trial_begin();
    Trainings *one = trainings_open(t->lab.run, t->lab.state, "one", ABLATIONS * 2, FIGURES);
    Trainings *three = trainings_open(t->lab.run, t->lab.state, "three", ABLATIONS * 2, FIGURES);
    t->settings.steps = 2;
    omp_set_num_threads(1);
    ck_assert(trainings_run(one, train_ablation, &t->lab));
    omp_set_num_threads(3);
    ck_assert(trainings_run(three, train_ablation, &t->lab));
    ck_assert_mem_eq(one->figures, three->figures, (size_t)one->n * FIGURES * sizeof(double));
    for (int i = 0; i < one->n; i++) {
        const double *f = one->figures + i * FIGURES;
        ck_assert(f[BITS_HELD] > 0.0 && isfinite(f[BITS_HELD]) && f[LONGEST] > 0.0);
        ck_assert(f[0] > 0.0 && f[1] > 0.0 && f[2] == 0.0 && f[TRAIN_BITS] == f[1]);
    }
    ck_assert_double_ne(figure_of(one, 2, 0, 0, BITS_HELD), figure_of(one, 2, 0, 1, BITS_HELD));
    ck_assert_double_eq(figure_of(one, 2, 3, 1, BITS_HELD), one->figures[7 * FIGURES + BITS_HELD]);
    OfSeeds s = spread_of(one, 2, 0, BITS_HELD, true);
    ck_assert(s.mean == 0.0 && s.least == 0.0 && s.most == 0.0);
    trial_end(t);
    trainings_close(one);
    trainings_close(three);
}
END_TEST

// --- writing -------------------------------------------------------------------------------------

START_TEST(the_cache_changes_no_byte) {
    Net *net = small_gpt(2 * SHORT);
    BothWays both = write_both_ways(net, 3, 5 * SHORT, 1);
    ck_assert(both.same);
    ck_assert(both.cached > 0.0 && both.anew > 0.0);
    // If keys were lost, it would be seen.
    int first = 3;
    float x[SHORT];
    Writer writer = writer_open(net, &first, 1, 1.0f, rng_create(1, RNG_SAMPLE));
    writer_next(&writer);
    memset(net->carried, 0, net->n_carried * sizeof *net->carried);
    writer_next(&writer);
    float kept[WORDS];
    memcpy(kept, writer.scores, sizeof kept);
    const float *anew = scores_anew(net, writer.past, writer.n_past, x);
    ck_assert_int_eq(writer.n_past, 3);
    ck_assert_mem_ne(kept, anew, sizeof kept);
    writer_close(&writer);
    net_free(net);
}
END_TEST

// --- heads ---------------------------------------------------------------------------------------

START_TEST(looks_by_hand) {
    enum { T = 4 };
    float p[T * T] = { 0.0f };
    Look look = { .self = 0.0 };
    p[2 * T + 2] = p[3 * T + 2] = 0.5f; // rows 2 and 3 count
    p[2 * T] = p[3 * T + 1] = 0.5f;
    p[0] = p[T] = 1.0f;
    add_looks(&look, p, T, 0.5);
    ck_assert_double_eq_tol(look.self, 0.25, 1e-9);
    ck_assert_double_eq_tol(look.before, 0.25, 1e-9);
    ck_assert_double_eq_tol(look.two_before, 0.5, 1e-9);
    ck_assert_double_eq_tol(look.distance, (0.5 * 2 + 0.5 * 1 + 0.5 * 2) / 2, 1e-9);
}
END_TEST

START_TEST(weights_are_those_of_the_net) {
    Net *net = small_gpt(SHORT);
    int layers[8], n = attention_layers(net, layers);
    float x[SHORT], p[SHORT * SHORT];
    random_tokens(x, SHORT, 11);
    net_forward(net, x, SHORT, EVAL);
    ck_assert_int_eq(n, 2);
    for (int i = 0; i < n; i++) {
        const Layer *l = &net->layers[layers[i]];
        for (int head = 0; head < 2; head++) {
            weights_of(l, head, p);
            for (int t = 0; t < SHORT; t++) {
                for (int c = 0; c < 8; c++) { // the mean of the values is what the layer gave
                    double mean = 0.0;
                    for (int j = 0; j < SHORT; j++) {
                        mean += (double)p[t * SHORT + j] * l->x[j * 48 + 32 + head * 8 + c];
                    }
                    ck_assert_double_eq_tol(l->y[t * 16 + head * 8 + c], mean, 1e-5);
                }
            }
        }
    }
    net_free(net);
}
END_TEST

// --- all acts ------------------------------------------------------------------------------------

static bool is_there(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "runs/15-transformer/default/%s", name);
    return access(path, R_OK) == 0;
}

START_TEST(acts_write_their_files) {
    static const char *const files[] = { "log.csv",         "seconds-gpt.csv", "seconds-cache.csv",
                                         "heads.csv",       "line.csv",        "samples/heads.png",
                                         "samples/text.txt" };
    Trial *t = trial_begin();
    Net *net = gpt_open(&t->lab);
    gpt(&t->lab, net);
    cache(&t->lab, net);
    watch_heads(&t->lab, net);
    trial_end(t);
    net_free(net);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        ck_assert_msg(is_there(files[i]), "%s", files[i]);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("lesson 15, GPT");
    CASE(s, "net", no_row_sees_a_later_character, positions_begin_as_waves,
         pieces_are_from_all_over_the_text, it_learns_what_follows_what);
    CASE(s, "ablations", the_base_is_the_gpt, an_ablation_lacks_what_it_says,
         without_positions_the_order_is_unknown, ablations_have_the_same_bytes_on_any_threads);
    CASE(s, "writing", the_cache_changes_no_byte);
    CASE(s, "heads", looks_by_hand, weights_are_those_of_the_net);
    CASE(s, "acts", acts_write_their_files);
    return s;
}
