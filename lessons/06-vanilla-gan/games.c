/*
## The bookkeeping of the games in the plane

What follows has no idea of its own: which games there are, what is kept of them for the pictures, what is said at the end, and samples
from a saved generator. The games know nothing of each other, so each is played by one thread, from one row of the logs to the
next ([games side by side](toy_games.html)).
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "kernels/activation.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LEAST_ROWS = 60,    // of a log, in a long run
    SHORTEST_WAIT = 10, // steps from one row to the next, at least …
    LONGEST_WAIT = 200, // … and at most
    FRAMES = 30,        // moments of which samples are kept …
    SHOWN = 250,        // … and how many
    HEATS = 4,          // moments of which D is drawn
};

// Some samples of a game, over time.
typedef struct {
    float frames[FRAMES][SHOWN][2];
} Film;

// All games, and what is kept of each.
typedef struct {
    ToyGames *toys;
    Film *films;
} FilmedGames;

static int frames_of(const ToyGames *games) {
    return games->most_rows < FRAMES ? games->most_rows : FRAMES;
}

// Of each game that has taken steps for this row.
static void keep_frames(FilmedGames *f) {
    for (int i = 0; i < f->toys->n; i++) {
        const ToyGame *g = &f->toys->games[i];
        if (g->moved && !g->diverged) {
            int frame = (int)(g->n_rows - 1) * frames_of(f->toys) / f->toys->most_rows;
            memcpy(f->films[i].frames[frame], g->x, SHOWN * 2 * sizeof *g->x);
        }
    }
}

// The step after which D is drawn for the h-th time: a fifteenth of the game, a sixth, half, all of it.
static long heat_step(const VanillaSettings *s, int h) {
    static const int parts[HEATS] = { 15, 6, 2, 1 };
    long step = s->steps / parts[h];
    return step > 0 ? step : 1;
}

// Draws D if the row that was just played has come to one of these steps.
static void draw_heats(float heats[HEATS][MAP_CELLS * MAP_CELLS], const ToyGames *games,
                       const VanillaSettings *s) {
    const ToyGame *first = &games->games[0];
    long before = (games->row - 1) * games->every, now = before + games->every;
    now = now < s->steps ? now : s->steps;
    for (int h = 0; h < HEATS; h++) {
        if (before < heat_step(s, h) && now >= heat_step(s, h)) {
            samples2d_map(heats[h], first->samples, first->pair->D);
            sigmoid_forward(heats[h], heats[h], MAP_CELLS * MAP_CELLS);
        }
    }
}

// Without a preset nobody has asked that the game of the options should end in NaN.
static FilmedGames games_open(Run *run, const VanillaSettings *s, const Samples2d *samples) {
    int n = s->part == PLANE_PART ? 1 : 1 + LAB;
    FilmedGames f = { .toys = toy_games_create(run, n, s->steps, false) };
    f.films = alloc_bytes((size_t)n * sizeof *f.films);
    long every = s->steps / LEAST_ROWS;
    every = every < SHORTEST_WAIT ? SHORTEST_WAIT : every;
    every = every > LONGEST_WAIT ? LONGEST_WAIT : every;
    toy_games_row_every(f.toys, every, s->steps);
    for (int i = 0; i < n; i++) {
        VanillaGame *game = toy_game(s, i == 0 ? &s->rules : &lab[i - 1].rules, s->batch);
        toy_games_enter(f.toys, i,
                        (ToyGame){ .name = i == 0 ? "default" : lab[i - 1].name,
                                   .what = i == 0 ? "the game of the options" : lab[i - 1].what,
                                   .own = game,
                                   .pair = game->pair,
                                   .samples = samples,
                                   .data = rng_create(s->run.seed, RNG_DATA),
                                   .may_diverge = i > 0 || s->preset });
    }
    return f;
}

static void games_close(FilmedGames *f) {
    for (int i = 0; i < f->toys->n; i++) {
        game_free(f->toys->games[i].own);
    }
    toy_games_free(f->toys);
    free(f->films);
}

static void keep_films(const FilmedGames *f, State *state) {
    char name[64];
    for (int i = 0; i < f->toys->n; i++) {
        const ToyGame *toy = &f->toys->games[i];
        snprintf(name, sizeof name, "%s_noise", toy->name);
        state_rng(state, name, &((VanillaGame *)toy->own)->noise);
        snprintf(name, sizeof name, "%s_frames", toy->name);
        state_floats(state, name, f->films[i].frames[0][0], FRAMES * SHOWN * 2);
    }
}

static void write_films(const FilmedGames *f) {
    const ToyGames *t = f->toys;
    points_write(t->run, "points-real.csv", t->games[0].samples->real, 1, SHOWN);
    for (int i = 0; i < t->n; i++) {
        const char *game = t->games[i].name;
        if (i == 0 || strcmp(game, "collapse") == 0) {
            char name[32];
            snprintf(name, sizeof name, "points-%s.csv", game);
            points_write(t->run, name, f->films[i].frames[0][0], frames_of(t), SHOWN);
        }
    }
}

// The generator of a game that has diverged is none: then no file of that name is there.
static void save_generator(Run *run, const ToyGame *game) {
    const char *path = run_path(run, "model-plane.safetensors");
    if (game->diverged) {
        unlink(path);
    } else {
        checkpoint_save(path, game->pair->G);
    }
}

// How many modes were, at one moment or another, the fullest; and how often another one became it.
static void count_fullest(const ToyGame *c, int n, int *different, int *changes) {
    bool seen[32] = { false };
    *different = *changes = 0;
    for (int i = 0; i < n; i++) {
        int k = (int)c->rows[i][FULLEST];
        *different += !seen[k];
        *changes += i > 0 && k != (int)c->rows[i - 1][FULLEST];
        seen[k] = true;
    }
}

// In how many rows no mode was covered; the largest share of good samples; the first step, and the
// number of rows, with a diversity below 0.4.
typedef struct {
    int uncovered, alike;
    double most_good;
    long first_alike;
} Collapse;

static Collapse count_collapse(const ToyGames *t, const ToyGame *g) {
    Collapse c = { .first_alike = -1 };
    for (int i = 0; i < g->n_rows; i++) {
        const double *row = g->rows[i];
        c.uncovered += row[MODES] == 0.0;
        c.most_good = fmax(c.most_good, row[GOOD]);
        if (row[DIVERSITY] < 0.4 && c.alike++ == 0) {
            c.first_alike = t->every * (i + 1);
        }
    }
    return c;
}

// Means over the second half of a game: how far the mean of the samples goes from one kept moment to
// the next, and the samples' standard deviations along the longest and the shortest axis of the cloud.
typedef struct {
    double step, length, width;
} Drift;

static Drift measure_drift(const Film *film, int frames) {
    Drift drift = { 0.0, 0.0, 0.0 };
    double last[2] = { 0.0, 0.0 };
    int first = frames / 2;
    for (int f = first; f < frames; f++) {
        double mean[2] = { 0.0, 0.0 }, xx = 0.0, yy = 0.0, xy = 0.0;
        for (int i = 0; i < SHOWN; i++) {
            mean[0] += (double)film->frames[f][i][0] / SHOWN;
            mean[1] += (double)film->frames[f][i][1] / SHOWN;
        }
        for (int i = 0; i < SHOWN; i++) {
            double x = film->frames[f][i][0] - mean[0], y = film->frames[f][i][1] - mean[1];
            xx += x * x / SHOWN;
            yy += y * y / SHOWN;
            xy += x * y / SHOWN;
        }
        double middle = 0.5 * (xx + yy), apart = hypot(0.5 * (xx - yy), xy);
        drift.length += sqrt(middle + apart) / (frames - first);
        drift.width += sqrt(fmax(middle - apart, 0.0)) / (frames - first);
        drift.step +=
            f > first ? hypot(mean[0] - last[0], mean[1] - last[1]) / (frames - first - 1) : 0.0;
        memcpy(last, mean, sizeof last);
    }
    return drift;
}

static void put(Run *run, const char *game, const char *key, double value) {
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", game, *game ? "_" : "", key);
    run_summary(run, name, value);
}

static void report_game(Run *run, const ToyGame *c, bool first, int modes) {
    const char *key = first ? "" : c->name;
    int n = c->n_rows;
    Diagnosis diagnosis =
        c->diverged ? DIVERGED : diagnose((const double(*)[TOY_GAME_FIGURES])c->rows, n, modes);
    put(run, key, "diagnosis", diagnosis);
    if (c->diverged) {
        put(run, key, "over_at_step", (double)c->diverged);
        run_say(run, "%-9s%-29s    over at step %ld  %s", c->name, c->what, c->diverged,
                diagnoses[diagnosis]);
        return;
    }
    const double *last = c->rows[n - 1];
    int different, changes;
    count_fullest(c, n, &different, &changes);
    put(run, key, "modes", last[MODES]);
    put(run, key, "good", last[GOOD]);
    put(run, key, "emd", last[EMD]);
    put(run, key, "diversity", last[DIVERSITY]);
    put(run, key, "fullest_modes", different);
    put(run, key, "fullest_changes", changes);
    run_say(run, "%-9s%-29s%5.0f%6.0f %%%8.3g  %s", c->name, c->what, last[MODES],
            100.0 * last[GOOD], last[EMD], diagnoses[diagnosis]);
}

// Of a game that may have collapsed: the first one and that of the lab.
static void report_collapse(const FilmedGames *f, int i) {
    const ToyGame *g = &f->toys->games[i];
    if (g->diverged || (i > 0 && strcmp(g->name, "collapse") != 0)) {
        return;
    }
    const char *key = i == 0 ? "" : g->name;
    Run *run = f->toys->run;
    Collapse c = count_collapse(f->toys, g);
    Drift drift = measure_drift(&f->films[i], frames_of(f->toys));
    put(run, key, "rows", (double)g->n_rows);
    put(run, key, "rows_uncovered", c.uncovered);
    put(run, key, "rows_alike", c.alike);
    put(run, key, "first_alike", (double)c.first_alike);
    put(run, key, "most_good", c.most_good);
    put(run, key, "drift", drift.step);
    put(run, key, "cloud_length", drift.length);
    put(run, key, "cloud_width", drift.width);
    run_say(run,
            "  %ld rows: no mode covered in %d, diversity below 0.4 in %d, at most %.1f %% good",
            g->n_rows, c.uncovered, c.alike, 100.0 * c.most_good);
}

static void report_games(const FilmedGames *f) {
    const ToyGames *games = f->toys;
    Run *run = games->run;
    const Samples2d *samples = games->games[0].samples;
    int modes = toy2d_coverage(samples->real, samples->cloud, SAMPLES2D_N).modes;
    run_say(run, "%-38s%5s%8s%8s  %s", "game", "modes", "good", "EMD", "the detector says");
    for (int i = 0; i < games->n; i++) {
        report_game(run, &games->games[i], i == 0, modes);
        report_collapse(f, i);
    }
    run_say(run, "The EMD of real points to other real points is %.2f", samples->floor);
    run_summary(run, "emd_real", samples->floor);
}

void ring(Run *run, State *state, const VanillaSettings *s) {
    if (!state_begin(state, "plane")) {
        return;
    }
    float(*heats)[MAP_CELLS * MAP_CELLS] = alloc_bytes(HEATS * sizeof *heats);
    Samples2d *samples = samples2d_create((Cloud)s->cloud, s->run.seed);
    FilmedGames games = games_open(run, s, samples);
    toy_games_begin(games.toys, state);
    keep_films(&games, state);
    state_floats(state, "heats", heats[0], HEATS * MAP_CELLS * MAP_CELLS);
    while (toy_games_go_on(games.toys)) {
        toy_games_play(games.toys, play_in_plane);
        keep_frames(&games);
        draw_heats(heats, games.toys, s);
        state_save(state);
    }
    bool over = toy_games_over(games.toys);
    if (over) {
        write_films(&games);
        maps_write(run, "heat.csv", heats[0], HEATS);
        report_games(&games);
        save_generator(run, &games.toys->games[0]);
    }
    state_end(state, over);
    free(heats);
    games_close(&games);
    samples2d_free(samples);
}

/*
### Samples from a saved generator
*/

void toy_generator(Run *run, const VanillaSettings *s, const char *model) {
    int n = s->generate > SAMPLES2D_N ? s->generate : SAMPLES2D_N;
    Rng rng = rng_create(s->run.seed, RNG_SAMPLE);
    float *z = alloc_floats((size_t)n * 2);
    rng_fill_normal(&rng, z, (size_t)n * 2, 0.0f, 1.0f);
    Net *G = toy_net(2, s->depth, s->width, false, n, (InitScheme)s->init, &rng);
    checkpoint_load(model, G);
    const float *x = net_forward(G, z, n, EVAL);
    Coverage c = toy2d_coverage(x, (Cloud)s->cloud, SAMPLES2D_N);
    run_say(run, "The generator covers %d of %d modes, %.0f %% of its samples are good", c.covered,
            c.modes, 100.0 * (double)c.good);
    if (s->run.load) {
        run_summary(run, "modes", c.covered);
        run_summary(run, "good", (double)c.good);
    }
    if (s->generate) {
        OutFile *file = file_create(run_path(run, "generated.csv"));
        fprintf(file_stream(file), "x,y\n");
        for (int i = 0; i < s->generate; i++) {
            fprintf(file_stream(file), "%.9g,%.9g\n", (double)x[2 * i], (double)x[2 * i + 1]);
        }
        file_commit(file);
        run_say(run, "%d points are in %s", s->generate, run_path(run, "generated.csv"));
    }
    net_free(G);
    free(z);
}
