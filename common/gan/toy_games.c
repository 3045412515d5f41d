#include "gan/toy_games.h"
#include "base/die.h"
#include "gan/gan_tally.h"
#include "measure/spearman.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROWS = 60,          // of a log, in a long game
    SHORTEST_WAIT = 10, // steps of the longest game from one row to the next,
    LONGEST_WAIT = 200, // at least, and at most
    BEYOND = 1000000,   // nats: no discriminator comes back from such a loss
};

ToyGames *toy_games_create(Run *run, int n, long most_steps, bool critics) {
    ToyGames *t = alloc_bytes(sizeof *t);
    long seldom = (most_steps + SHORTEST_WAIT - 1) / SHORTEST_WAIT;
    long rows = seldom < ROWS ? seldom : ROWS;
    long often = (most_steps + LONGEST_WAIT - 1) / LONGEST_WAIT;
    *t = (ToyGames){ .run = run, .critics = critics, .n = n };
    t->first_sample = critics ? CRITIC_FIGURES : GAN_FIGURES;
    t->most_rows = (int)(rows > often ? rows : often);
    t->games = alloc_bytes((size_t)n * sizeof *t->games);
    t->logs = alloc_bytes((size_t)n * sizeof *t->logs);
    return t;
}

void toy_games_free(ToyGames *t) {
    for (int i = 0; i < t->n; i++) {
        gan_pair_free(t->games[i].pair);
        free(t->games[i].real);
        free(t->games[i].rows);
    }
    free(t->games);
    free(t->logs);
    free(t);
}

void toy_games_row_every(ToyGames *t, long every, long steps) {
    t->every = every;
    t->most_rows = (int)((steps + every - 1) / every);
}

void toy_games_enter(ToyGames *t, int i, ToyGame game) {
    game.real = alloc_floats(2 * (size_t)game.pair->D->batch);
    game.rows = alloc_bytes((size_t)t->most_rows * sizeof *game.rows);
    t->games[i] = game;
}

/*
## From row to row
*/

// The step at which a game has its row-th row, counted from 1.
static long step_of_row(const ToyGames *t, const ToyGame *g, long row) {
    if (t->every == 0) {
        return g->pair->total * row / t->most_rows;
    }
    return t->every * row < g->pair->total ? t->every * row : g->pair->total;
}

static void measure(const ToyGames *t, ToyGame *g) {
    double *row = g->rows[g->n_rows++];
    (t->critics ? critic_tally_row : gan_tally_row)(row, &g->tally);
    g->x = samples2d_measure(row + t->first_sample, g->samples, g->pair->G);
    double loss_d = row[t->critics ? CRITIC_LOSS_D : GAN_LOSS_D];
    double loss_g = row[t->critics ? CRITIC_LOSS_G : GAN_LOSS_G];
    bool finite = isfinite(loss_d + loss_g + row[t->first_sample + SAMPLES2D_DIVERSITY]);
    if (!finite || (!t->critics && fabs(loss_d) > BEYOND)) {
        g->diverged = g->pair->step;
    }
}

static void stop_if_diverged(const ToyGames *t, const ToyGame *g) {
    if (g->diverged && !g->may_diverge) {
        char what[64];
        snprintf(what, sizeof what, "a loss or a sample of the game \"%s\"", g->name);
        run_diverged(t->run, g->pair->step, what,
                     gan_pair_find_nonfinite((char[100]){ 0 }, g->pair));
    }
}

static void show_progress(const ToyGames *t) {
    const ToyGame *first = &t->games[0];
    const double *row = first->rows[first->n_rows > 0 ? first->n_rows - 1 : 0];
    const double *sample = row + t->first_sample;
    long step = step_of_row(t, first, t->row);
    if (first->diverged) {
        run_progress(t->run, "in the plane", step, first->pair->total, "over at step %ld",
                     first->diverged);
    } else if (t->critics) {
        run_progress(t->run, "in the plane", step, first->pair->total,
                     "estimate %.3f EMD %.2f, %.0f modes", row[CRITIC_ESTIMATE],
                     sample[SAMPLES2D_EMD], sample[SAMPLES2D_MODES]);
    } else {
        run_progress(t->run, "in the plane", step, first->pair->total,
                     "D(x) %.2f D(G(z)) %.2f, %.0f modes", row[GAN_D_REAL], row[GAN_D_FAKE],
                     sample[SAMPLES2D_MODES]);
    }
}

void toy_games_play(ToyGames *t, ToyPlay *play) {
    t->row++;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < t->n; i++) {
        ToyGame *g = &t->games[i];
        long until = step_of_row(t, g, t->row);
        g->moved = !g->diverged && until > g->pair->step;
        if (g->moved) {
            play(g, until);
            measure(t, g);
        }
    }
    for (int i = 0; i < t->n; i++) {
        const ToyGame *g = &t->games[i];
        if (g->moved && !g->diverged) {
            log_write(t->logs[i], g->pair->step, g->rows[g->n_rows - 1],
                      (size_t)t->first_sample + SAMPLES2D_FIGURES);
        }
    }
    for (int i = 0; i < t->n; i++) {
        stop_if_diverged(t, &t->games[i]);
    }
    show_progress(t);
}

static void keep(ToyGames *t, State *state) {
    char name[64];
    for (int i = 0; i < t->n; i++) {
        ToyGame *g = &t->games[i];
        gan_pair_keep(g->pair, state, g->name);
        snprintf(name, sizeof name, "%s_data", g->name);
        state_rng(state, name, &g->data);
        snprintf(name, sizeof name, "%s_rows", g->name);
        state_doubles(state, name, g->rows[0], (size_t)t->most_rows * TOY_GAME_FIGURES);
        snprintf(name, sizeof name, "%s_n_rows", g->name);
        state_count(state, name, &g->n_rows, t->most_rows);
        snprintf(name, sizeof name, "%s_diverged", g->name);
        state_count(state, name, &g->diverged, g->pair->total);
    }
    state_count(state, "row", &t->row, t->most_rows);
}

void toy_games_begin(ToyGames *t, State *state) {
    for (int i = 0; i < t->n; i++) {
        char name[64];
        snprintf(name, sizeof name, "log-%s.csv", t->games[i].name);
        t->logs[i] = log_open(t->run, i == 0 ? "log.csv" : name,
                              t->critics ? CRITIC_COLUMNS "," SAMPLES2D_COLUMNS
                                         : GAN_COLUMNS "," SAMPLES2D_COLUMNS);
    }
    keep(t, state);
}

bool toy_games_over(const ToyGames *t) {
    return t->row == t->most_rows;
}

bool toy_games_go_on(const ToyGames *t) {
    return !toy_games_over(t) && !run_stopped(t->run);
}

/*
## What is told at the end
*/

enum { // columns of a game with a critic
    MODES = CRITIC_FIGURES + SAMPLES2D_MODES,
    GOOD = CRITIC_FIGURES + SAMPLES2D_GOOD,
    EMD = CRITIC_FIGURES + SAMPLES2D_EMD
};

// Of a column with the EMD; or of what both change by from one row to the next: two curves that
// fall agree in their order whatever they are, and the changes need not.
static double with_emd(const ToyGame *g, int column, bool changes) {
    int n = g->n_rows - changes;
    double *x = alloc_bytes(2 * (size_t)g->n_rows * sizeof *x), *emd = x + g->n_rows;
    for (int i = 0; i < n; i++) {
        const double *row = g->rows[i + changes], *before = g->rows[i];
        x[i] = row[column] - (changes ? before[column] : 0.0);
        emd[i] = row[EMD] - (changes ? before[EMD] : 0.0);
    }
    double correlation = spearman(x, emd, n);
    free(x);
    return correlation;
}

static void report_game(Run *run, const ToyGame *g, bool first) {
    const double *last = g->rows[g->n_rows - 1];
    double estimate = with_emd(g, CRITIC_ESTIMATE, false);
    double loss_d = with_emd(g, CRITIC_LOSS_D, false), loss_g = with_emd(g, CRITIC_LOSS_G, false);
    run_say(run, "%-10s%-27s%6.0f%5.0f %%%7.2f  %9.2f%6.2f%6.2f", g->name, g->what, last[MODES],
            100.0 * last[GOOD], last[EMD], estimate, loss_d, loss_g);
    const struct {
        const char *key;
        double value;
    } figures[] = { { "modes", last[MODES] },
                    { "good", last[GOOD] },
                    { "emd", last[EMD] },
                    { "correlation", estimate },
                    { "correlation_of_changes", with_emd(g, CRITIC_ESTIMATE, true) },
                    { "correlation_loss_d", loss_d },
                    { "correlation_loss_g", loss_g },
                    { "slope", last[CRITIC_SLOPE] } };
    size_t n = sizeof figures / sizeof *figures;
    n -= isnan(last[CRITIC_SLOPE]); // there is no penalty that looks at it
    for (size_t k = 0; k < n; k++) {
        char key[64];
        snprintf(key, sizeof key, "%s%s%s", first ? "" : g->name, first ? "" : "_", figures[k].key);
        run_summary(run, key, figures[k].value);
    }
}

void toy_games_report(const ToyGames *t) {
    require(t->critics, "these games have no critics, whose estimate this is about");
    run_say(t->run, "%-10s%-27s%6s%7s%7s  correlation with EMD", "game", "", "modes", "good",
            "EMD");
    run_say(t->run, "%-57s  %9s%6s%6s", "", "estimate", "D", "G");
    for (int i = 0; i < t->n; i++) {
        report_game(t->run, &t->games[i], i == 0);
    }
}

void toy_games_write(const ToyGames *t, int n) {
    points_write(t->run, "points-real.csv", t->games[0].samples->real, 1, n);
    for (int i = 0; i < t->n; i++) {
        const ToyGame *g = &t->games[i];
        char name[64];
        snprintf(name, sizeof name, "points-%s.csv", g->name);
        const float *x = net_forward(g->pair->G, g->samples->z, SAMPLES2D_N, EVAL);
        points_write(t->run, name, x, 1, n);
    }
}
