// Tests of games side by side.

#include "gan/toy_games.h"
#include "base/die.h"
#include "gan/gradient_penalty.h"
#include "measure/spearman.h"
#include "nn/loss.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 8, GAMES = 3 };

static RunOptions options;
static const Option table[] = { RUN_OPTIONS(options), OPTION_END };

static Run *open_named(const char *name, bool resume) {
    options = (RunOptions)RUN_DEFAULTS("99-test");
    options.name = name, options.quiet = true, options.resume = resume;
    return run_open(&options, table);
}

static long stop_at; // Ctrl-C comes when the long game has got so far

// A step of each network, with a penalty where there is one.
static void play(ToyGame *c, long until) {
    GanPair *d = c->pair;
    Penalty *penalty = c->own;
    while (d->step < until) {
        toy2d_cloud(c->real, c->samples->cloud, BATCH, &c->data);
        const float *fake = net_forward(d->G, gan_pair_latent(d, BATCH), BATCH, TRAIN);
        net_zero_grad(d->D);
        float real = wasserstein(d->D->dy, net_forward(d->D, c->real, BATCH, TRAIN), 1.0f, BATCH);
        net_backward(d->D, d->D->dy, WANT_PARAMS);
        float made = wasserstein(d->D->dy, net_forward(d->D, fake, BATCH, TRAIN), -1.0f, BATCH);
        net_backward(d->D, d->D->dy, WANT_PARAMS);
        if (penalty) {
            float cost = penalty_step(penalty, c->real, fake, BATCH);
            critic_tally_penalty(&c->tally, cost, penalty->slope);
        }
        gan_pair_step_D(d);
        critic_tally_d(&c->tally, -real, made, real + made, d->D);
        float loss = wasserstein(d->D->dy, net_forward(d->D, fake, BATCH, TRAIN), 1.0f, BATCH);
        const float *dfake = net_backward(d->D, d->D->dy, WANT_INPUT);
        net_zero_grad(d->G);
        net_backward(d->G, dfake, WANT_PARAMS);
        gan_pair_step_G(d);
        critic_tally_g(&c->tally, loss, d->G);
        if (penalty && d->step == stop_at) {
            raise(SIGINT);
        }
    }
}

// Three games: of `steps` steps, of three times as many, and one that has only four.
static ToyGames *some_games(Run *run, Samples2d *samples, long steps, float lr) {
    static const char *const names[GAMES] = { "default", "long", "short" };
    const long totals[GAMES] = { steps, 3 * steps, 4 };
    ToyGames *a = toy_games_create(run, GAMES, 3 * steps, true);
    for (int i = 0; i < GAMES; i++) {
        Rng rng = rng_create(1, RNG_INIT);
        Net *G = toy_net(2, 1, 4, false, SAMPLES2D_N, INIT_FAN_IN, &rng);
        Net *D = toy_net(1, 1, 4, true, BATCH, INIT_FAN_IN, &rng);
        OptimizerSpec adam = optimizer_defaults(ADAM, lr);
        GanPair *pair = gan_pair_create(G, D, adam, adam, false, totals[i], 1);
        Penalty *penalty = i == 1 ? penalty_create(D, 1.0f, rng_create(1, RNG_EPSILON)) : NULL;
        toy_games_enter(a, i,
                        (ToyGame){ .name = names[i],
                                   .what = "a game",
                                   .own = penalty,
                                   .pair = pair,
                                   .samples = samples,
                                   .data = rng_create(1, RNG_DATA) });
    }
    return a;
}

static void free_games(ToyGames *a) {
    penalty_free(a->games[1].own);
    toy_games_free(a);
}

static bool play_all(ToyGames *a, State *state) {
    Penalty *penalty = a->games[1].own;
    toy_games_begin(a, state);
    state_rng(state, "epsilon", &penalty->stream);
    while (toy_games_go_on(a)) {
        toy_games_play(a, play);
        state_save(state);
    }
    return toy_games_over(a);
}

// Plays; Ctrl-C comes at step `stop` of the long game, unless it has fewer steps.
static bool play_named(const char *name, bool resume, int threads, int stop) {
    stop_at = stop;
    omp_set_num_threads(threads);
    Run *run = open_named(name, resume);
    State *state = state_open(run, table);
    Samples2d *samples = samples2d_create(RING, 1);
    ToyGames *a = some_games(run, samples, 40, 0.001f);
    ck_assert(state_begin(state, "plane"));
    bool over = play_all(a, state);
    if (over) {
        toy_games_report(a);
        toy_games_write(a, 10);
    }
    state_end(state, over);
    free_games(a);
    samples2d_free(samples);
    state_close(state);
    run_close(run);
    return over;
}

static void assert_same_logs(const char *a, const char *b) {
    static const char *const names[] = { "log.csv", "log-long.csv", "log-short.csv" };
    for (int i = 0; i < GAMES; i++) {
        char path[2][128];
        snprintf(path[0], sizeof path[0], "runs/99-test/%s/%s", a, names[i]);
        snprintf(path[1], sizeof path[1], "runs/99-test/%s/%s", b, names[i]);
        Bytes one = read_bytes(path[0]), other = read_bytes(path[1]);
        ck_assert_uint_eq(one.n, other.n);
        ck_assert_mem_eq(one.bytes, other.bytes, one.n);
        free(one.bytes);
        free(other.bytes);
    }
}

START_TEST(any_number_of_threads_writes_the_same_bytes) {
    enter_folder();
    play_named("one", false, 1, 1000);
    play_named("two", false, 2, 1000);
    play_named("three", false, 3, 1000);
    assert_same_logs("one", "two");
    assert_same_logs("one", "three");
}
END_TEST

static int lines_in(const char *path) {
    Bytes file = read_bytes(path);
    int lines = 0;
    for (size_t i = 0; i < file.n; i++) {
        lines += file.bytes[i] == '\n';
    }
    free(file.bytes);
    return lines;
}

START_TEST(long_and_short_games_end_in_the_same_row) {
    enter_folder();
    play_named("one", false, 2, 1000);
    ck_assert_int_eq(lines_in("runs/99-test/one/log-long.csv"), 1 + 12); // one for 10 of its steps
    ck_assert_int_eq(lines_in("runs/99-test/one/log.csv"), 1 + 12);
    ck_assert_int_eq(lines_in("runs/99-test/one/log-short.csv"), 1 + 4);
    Bytes log = read_bytes("runs/99-test/one/log.csv"),
          other = read_bytes("runs/99-test/one/log-long.csv");
    ck_assert_ptr_nonnull(strstr((char *)log.bytes, "\n3,"));
    ck_assert_ptr_nonnull(strstr((char *)log.bytes, "\n40,"));
    ck_assert_ptr_nonnull(strstr((char *)other.bytes, "\n120,"));
    char columns[] =
        "step," CRITIC_COLUMNS "," SAMPLES2D_COLUMNS; // without the marks of what is better
    char *end = columns;
    for (const char *c = columns; *c; c++) {
        *end = *c;
        end += *c != '<' && *c != '>';
    }
    *end = '\n';
    ck_assert_int_eq(strncmp((char *)log.bytes, columns, (size_t)(end - columns) + 1), 0);
    free(log.bytes);
    free(other.bytes);
    static const char *const files[] = { "points-real.csv", "points-long.csv", "points-short.csv",
                                         "summary.csv" };
    for (int i = 0; i < 4; i++) {
        char path[128];
        snprintf(path, sizeof path, "runs/99-test/one/%s", files[i]);
        ck_assert_int_eq(access(path, R_OK), 0);
    }
}
END_TEST

START_TEST(a_state_goes_on_where_it_was) {
    enter_folder();
    play_named("whole", false, 1, 1000);
    for (int stop = 1; stop < 100; stop += 60) {
        ck_assert(!play_named("part", false, 1, stop));
        ck_assert(play_named("part", true, 2, 1000));
        assert_same_logs("whole", "part");
    }
}
END_TEST

static double figure(const char *key) {
    FILE *file = fopen("runs/99-test/one/summary.csv", "r");
    ck_assert_ptr_nonnull(file);
    char line[128];
    double value = NAN;
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ',') {
            value = strtod(line + strlen(key) + 1, NULL);
        }
    }
    fclose(file);
    return value;
}

// From the log itself: the last row, and the correlation of two of its columns.
START_TEST(the_report_is_of_the_rows) {
    enter_folder();
    play_named("one", false, 2, 1000);
    FILE *file = fopen("runs/99-test/one/log-long.csv", "r");
    char line[1000];
    double estimates[12], emds[12];
    int n = 0;
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        estimates[n] = strtod(strchr(line, ',') + 1, NULL);
        emds[n++] = strtod(strrchr(line, ',') + 1, NULL);
    }
    fclose(file);
    ck_assert_int_eq(n, 12);
    ck_assert_double_eq_tol(figure("long_correlation"), spearman(estimates, emds, 12), 1e-6);
    ck_assert_double_eq_tol(figure("long_emd"), emds[11], 1e-6);
    for (int i = 0; i < 11; i++) {
        estimates[i] = estimates[i + 1] - estimates[i];
        emds[i] = emds[i + 1] - emds[i];
    }
    ck_assert_double_eq_tol(figure("long_correlation_of_changes"), spearman(estimates, emds, 11),
                            1e-6);
    ck_assert(isfinite(figure("long_slope")) && isnan(figure("slope")) && isfinite(figure("emd")));
}
END_TEST

static void diverge(void *unused) {
    (void)unused;
    omp_set_num_threads(1);
    Run *run = open_named("one", false);
    State *state = state_open(run, table);
    ToyGames *a = some_games(run, samples2d_create(RING, 1), 30, 1e30f);
    state_begin(state, "plane");
    play_all(a, state);
}

START_TEST(a_game_that_diverges_is_named) {
    enter_folder();
    int status;
    char *message = death_message(diverge, NULL, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_msg(strstr(message, "a loss or a sample of the game \"") != NULL, "%s", message);
    ck_assert_msg(strstr(message, "first seen in ") != NULL, "%s", message);
    free(message);
}
END_TEST

// A game without critic, which takes its steps but learns nothing; the second one's samples are lost.
static void idle(ToyGame *g, long until) {
    for (; g->pair->step < until; g->pair->step++) {
        float logit = 0.0f;
        gan_tally_real(&g->tally, &logit, 1);
        gan_tally_fake(&g->tally, &logit, 1);
        bool steep = strcmp(g->name, "steep") == 0 && g->pair->step >= 9;
        gan_tally_d(&g->tally, steep ? 1e8f : 1.0f, g->pair->D); // finite, and no way back
        gan_tally_g(&g->tally, 1.0f, g->pair->G);
        if (strcmp(g->name, "lost") == 0 && g->pair->step == 9) {
            g->pair->G->params[0] = NAN;
        }
    }
}

START_TEST(rows_every_few_steps_and_a_game_that_may_diverge) {
    enter_folder();
    Run *run = open_named("one", false);
    State *state = state_open(run, table);
    ck_assert(state_begin(state, "plane"));
    Samples2d *samples = samples2d_create(RING, 1);
    ToyGames *games = toy_games_create(run, 3, 20, false);
    toy_games_row_every(games, 7, 20);
    for (int i = 0; i < 3; i++) {
        Rng rng = rng_create(1, RNG_INIT);
        Net *G = toy_net(2, 1, 4, false, SAMPLES2D_N, INIT_FAN_IN, &rng);
        Net *D = toy_net(1, 1, 4, true, BATCH, INIT_FAN_IN, &rng);
        OptimizerSpec adam = optimizer_defaults(ADAM, 0.001f);
        toy_games_enter(games, i,
                        (ToyGame){ .name = i == 0   ? "default"
                                           : i == 1 ? "lost"
                                                    : "steep",
                                   .pair = gan_pair_create(G, D, adam, adam, false, 20, 1),
                                   .samples = samples,
                                   .may_diverge = i > 0 });
    }
    toy_games_begin(games, state);
    while (toy_games_go_on(games)) {
        toy_games_play(games, idle);
    }
    ck_assert(toy_games_over(games));
    ck_assert_int_eq(games->games[0].diverged, 0);
    for (int i = 1; i < 3; i++) {
        ck_assert_int_eq(games->games[i].diverged, 14);   // found in the row after it happened …
        ck_assert_int_eq(games->games[i].pair->step, 14); // … and it takes no more steps
    }
    state_end(state, true);
    toy_games_free(games);
    samples2d_free(samples);
    state_close(state);
    ck_assert_int_eq(run_close(run), 0);
    Bytes log = read_bytes("runs/99-test/one/log.csv"),
          lost = read_bytes("runs/99-test/one/log-lost.csv");
    ck_assert_int_eq(strncmp((char *)log.bytes, "step,loss_d,loss_g,d_real,", 26), 0);
    static const char *const rows[] = { "\n7,1,1,0.5,", "\n14,1,1,0.5,", "\n20,1,1,0.5," };
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(strstr((char *)log.bytes, rows[i]));
        ck_assert_int_eq(strstr((char *)lost.bytes, rows[i]) != NULL, i == 0);
    }
    free(log.bytes);
    free(lost.bytes);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("toy_games");
    CASE(s, "diverged", a_game_that_diverges_is_named);
    CASE(s, "games", rows_every_few_steps_and_a_game_that_may_diverge,
         any_number_of_threads_writes_the_same_bytes, long_and_short_games_end_in_the_same_row,
         a_state_goes_on_where_it_was, the_report_is_of_the_rows);
    return s;
}
