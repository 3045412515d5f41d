#include "arena.h"
#include "correlation.h"
#include "die.h"
#include "gan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROWS = 60,          // of a log, in a long game
    SHORTEST_WAIT = 10, // steps of the longest game from one row to the next,
    LONGEST_WAIT = 200, // at least, and at most
};

Arena *arena_create(Run *run, int n, long most_steps) {
    Arena *a = alloc_bytes(sizeof *a);
    long seldom = (most_steps + SHORTEST_WAIT - 1) / SHORTEST_WAIT;
    long rows = seldom < ROWS ? seldom : ROWS;
    long often = (most_steps + LONGEST_WAIT - 1) / LONGEST_WAIT;
    *a = (Arena){ .run = run, .n = n, .most_rows = (int)(rows > often ? rows : often) };
    a->contestants = alloc_bytes((size_t)n * sizeof *a->contestants);
    return a;
}

void arena_free(Arena *a) {
    for (int i = 0; i < a->n; i++) {
        Contestant *c = &a->contestants[i];
        duel_free(c->duel);
        penalty_free(c->penalty);
        free(c->real);
        free(c->rows);
    }
    free(a->contestants);
    free(a);
}

void arena_enter(Arena *a, int i, const char *name, const char *what, const void *rules, Duel *duel,
                 Penalty *penalty, const Plane *plane, int batch, uint64_t seed) {
    Contestant *c = &a->contestants[i];
    *c = (Contestant){ .name = name, .what = what, .rules = rules };
    c->duel = duel;
    c->penalty = penalty;
    c->plane = plane;
    c->data = rng_create(seed, RNG_DATA);
    c->real = alloc_floats(2 * (size_t)batch);
    c->rows = alloc_bytes((size_t)a->most_rows * sizeof *c->rows);
}

static void measure(Contestant *c) {
    double *row = c->rows[c->n_rows++];
    critic_tally_row(row, &c->tally);
    plane_look(row + ARENA_DIVERSITY, c->plane, c->duel->G);
}

static void stop_if_diverged(const Arena *a, const Contestant *c) {
    const double *row = c->rows[c->n_rows - 1];
    if (!isfinite(row[LOSS_D] + row[LOSS_G] + row[ARENA_DIVERSITY])) {
        char what[64];
        snprintf(what, sizeof what, "a loss or a sample of the game \"%s\"", c->name);
        run_diverged(a->run, c->duel->step, what,
                     gan_find_nonfinite((char[100]){ 0 }, c->duel->G, c->duel->D));
    }
}

/*
A game of 3,000 steps and one of 15,000 have as many rows: a row comes when each has done its share. Where a game is
shorter than its log, some rows are left out.
*/

static void play_a_row(Arena *a, Play *play, Log *const *logs) {
    a->row++;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < a->n; i++) {
        Contestant *c = &a->contestants[i];
        long until = c->duel->total * a->row / a->most_rows;
        if (until > c->duel->step) {
            play(c, until);
            measure(c);
        }
    }
    for (int i = 0; i < a->n; i++) {
        const Contestant *c = &a->contestants[i];
        if (c->n_rows > 0 && c->duel->step == c->duel->total * a->row / a->most_rows &&
            c->duel->step > c->duel->total * (a->row - 1) / a->most_rows) {
            stop_if_diverged(a, c);
            log_write(logs[i], c->duel->step, c->rows[c->n_rows - 1], ARENA_FIGURES);
        }
    }
    const Contestant *first = &a->contestants[0];
    const double *row = first->rows[first->n_rows > 0 ? first->n_rows - 1 : 0];
    run_progress(a->run, "in the plane", first->duel->step, first->duel->total,
                 "estimate %.3f EMD %.2f, %.0f modes", row[ESTIMATE], row[ARENA_EMD],
                 row[ARENA_MODES]);
}

static void keep(Arena *a, State *state) {
    char name[64];
    for (int i = 0; i < a->n; i++) {
        Contestant *c = &a->contestants[i];
        duel_keep(c->duel, state, c->name);
        snprintf(name, sizeof name, "%s_data", c->name);
        state_rng(state, name, &c->data);
        snprintf(name, sizeof name, "%s_rows", c->name);
        state_doubles(state, name, c->rows[0], (size_t)a->most_rows * ARENA_FIGURES);
        snprintf(name, sizeof name, "%s_n_rows", c->name);
        state_ints(state, name, &c->n_rows, 1);
        if (c->penalty) {
            snprintf(name, sizeof name, "%s_epsilon", c->name);
            state_rng(state, name, &c->penalty->stream);
        }
    }
    state_ints(state, "row", &a->row, 1);
}

bool arena_play(Arena *a, State *state, Play *play) {
    Log **logs = alloc_bytes((size_t)a->n * sizeof *logs);
    for (int i = 0; i < a->n; i++) {
        char name[64];
        snprintf(name, sizeof name, "log-%s.csv", a->contestants[i].name);
        logs[i] = log_open(a->run, i == 0 ? "log.csv" : name, ARENA_COLUMNS);
    }
    keep(a, state);
    while (a->row < a->most_rows && !run_stopped(a->run)) {
        play_a_row(a, play, logs);
        state_save(state);
    }
    free(logs);
    return a->row == a->most_rows;
}

/*
## What came out
*/

// Of a column with the EMD; or of what both change by from one row to the next: two curves that
// fall agree in their order whatever they are, and the changes need not.
static double with_emd(const Contestant *c, int column, bool changes) {
    int n = c->n_rows - changes;
    double *x = alloc_bytes(2 * (size_t)c->n_rows * sizeof *x), *emd = x + c->n_rows;
    for (int i = 0; i < n; i++) {
        const double *row = c->rows[i + changes], *before = c->rows[i];
        x[i] = row[column] - (changes ? before[column] : 0.0);
        emd[i] = row[ARENA_EMD] - (changes ? before[ARENA_EMD] : 0.0);
    }
    double correlation = rank_correlation(x, emd, n);
    free(x);
    return correlation;
}

void arena_report(const Arena *a) {
    run_say(a->run, "%-10s%-27s%6s%7s%7s  correlation with EMD", "game", "", "modes", "good",
            "EMD");
    run_say(a->run, "%-57s  %9s%6s%6s", "", "estimate", "D", "G");
    for (int i = 0; i < a->n; i++) {
        const Contestant *c = &a->contestants[i];
        const double *last = c->rows[c->n_rows - 1];
        double estimate = with_emd(c, ESTIMATE, false), d = with_emd(c, LOSS_D, false),
               g = with_emd(c, LOSS_G, false);
        run_say(a->run, "%-10s%-27s%6.0f%5.0f %%%7.2f  %9.2f%6.2f%6.2f", c->name, c->what,
                last[ARENA_MODES], 100.0 * last[ARENA_GOOD], last[ARENA_EMD], estimate, d, g);
        const struct {
            const char *key;
            double value;
        } figures[] = { { "modes", last[ARENA_MODES] },
                        { "good", last[ARENA_GOOD] },
                        { "emd", last[ARENA_EMD] },
                        { "correlation", estimate },
                        { "correlation_of_changes", with_emd(c, ESTIMATE, true) },
                        { "correlation_loss_d", d },
                        { "correlation_loss_g", g },
                        { "slope", last[SLOPE] } }; // the last is the penalty's
        size_t n = sizeof figures / sizeof *figures - !c->penalty;
        for (size_t k = 0; k < n; k++) {
            char key[64];
            snprintf(key, sizeof key, "%s%s%s", i > 0 ? c->name : "", i > 0 ? "_" : "",
                     figures[k].key);
            run_summary(a->run, key, figures[k].value);
        }
    }
}

void arena_write(const Arena *a, int n) {
    plane_write_points(a->run, "points-real.csv", a->contestants[0].plane->real, 1, n);
    for (int i = 0; i < a->n; i++) {
        const Contestant *c = &a->contestants[i];
        char name[64];
        double figures[PLANE_COLUMNS];
        const float *x = plane_look(figures, c->plane, c->duel->G);
        snprintf(name, sizeof name, "points-%s.csv", c->name);
        plane_write_points(a->run, name, x, 1, n);
    }
}
