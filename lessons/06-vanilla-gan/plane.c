/*
## In the plane

Now let them play, where everything can be seen. The data are a ring of eight small clouds ([toy2d](toy2d.html)), the
latent vector has two numbers, and both networks are small: two hidden layers of 64 units, ReLU in the generator and
leaky ReLU in the discriminator. 128 points a step, 6,000 steps.

Why leaky? The generator learns only through the discriminator. A ReLU that is off hands nothing back; a leaky one always hands
back a fifth. (`--summary` prints the layers.)
*/

#include "activation.h"
#include "checkpoint.h"
#include "die.h"
#include "file.h"
#include "lab.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Game *plane_game(const Settings *s, const Rules *rules, int batch) {
    InitScheme init = (InitScheme)s->init;
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    int most = batch > PLANE_SAMPLES ? batch : PLANE_SAMPLES;
    Net *G = plane_net(2, s->depth, s->width, false, most, init, &rng);
    Net *D = plane_net(1, s->depth, s->width, true, batch, init, &rng);
    return game_create(rules, G, D, s->steps, (uint64_t)s->run.seed);
}

/*
## What to measure

The losses will tell little, as we shall see. In the plane one can count. At each row of the log, of 2,500 samples from latent
vectors that are the same each time:

- **modes covered**, and the share of **good** samples, those within three deviations of a cloud;
- the **fullest** mode, that is, near which of the eight the most samples lie;
- the **earth mover's distance** (EMD) to real points: how far, on average, a sample would have to be carried so that
  together they lie where 512 real points lie, in the best possible assignment ([its chapter](emd.html));
- **diversity**: the mean distance between two samples, divided by that between two real points. It needs no modes, and
  so it will serve for pictures too. With the columns of [watching a game](gan.html) it makes the log. (Other lessons
  ask the same, so the counting is in [a chapter of its own](plane.html).)

A game whose losses or samples are no longer numbers is over.
*/

static int frames_of(const Arena *a) {
    return a->n_rows < FRAMES ? a->n_rows : FRAMES;
}

static void measure(const Arena *a, Contestant *c, int row) {
    double *figures = c->rows[row];
    gan_tally_row(figures, &c->game->tally);
    const float *x = plane_look(figures + DIVERSITY, a->plane, c->game->G);
    if (!isfinite(figures[DIVERSITY]) || !isfinite(figures[LOSS_OF_D] + figures[LOSS_OF_G])) {
        c->over = c->game->step;
        return;
    }
    memcpy(c->frames[row * frames_of(a) / a->n_rows], x, SHOWN * 2 * sizeof *x);
}

/*
And at four moments we draw the discriminator itself: what it answers on a grid of 41 × 41 points.
*/

// The step after which D is drawn for the h-th time: a fifteenth of the game, a sixth, half, all of it.
static long heat_step(const Settings *s, int h) {
    static const int parts[HEATS] = { 15, 6, 2, 1 };
    long step = s->steps / parts[h];
    return step > 0 ? step : 1;
}

static void draw_heat(Arena *a, int h) {
    float *heat = a->heat[h][0];
    plane_map(heat, a->plane, a->contestants[0].game->D);
    sigmoid_forward(heat, heat, PLANE_CELLS * PLANE_CELLS);
}

/*
## The loop

Here is all of the training: some steps of the discriminator on fresh points, one of the generator.
*/

// The loop of one game, up to a step.
static void play(const Settings *s, Contestant *c, long until) {
    Game *g = c->game;
    while (g->step < until) {
        int steps = g->rules.d_steps + (g->step == 0 ? g->rules.head_start : 0);
        for (int k = 0; k < steps; k++) {
            toy2d_cloud(c->real, (Cloud)s->cloud, s->batch, &c->data);
            discriminator_step(g, c->real, latent(g, s->batch), s->batch);
        }
        generator_step(g, latent(g, s->batch), s->batch);
    }
}

/*
There will be ten games, one of which follows the options of the command line (the others come in a moment). They know nothing of
each other, so each is played by one thread, a hundred steps at a time.
*/

// All games, up to the next row of their logs.
static void play_a_row(Arena *a, Log *const *logs) {
    const Settings *s = a->settings;
    int row = (int)(a->step / a->every);
    long before = a->step;
    a->step = before + a->every < s->steps ? before + a->every : s->steps;
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < a->n; i++) {
        Contestant *c = &a->contestants[i];
        if (!c->over) {
            play(s, c, a->step);
            measure(a, c, row);
        }
    }
    for (int i = 0; i < a->n; i++) {
        if (!a->contestants[i].over) {
            log_write(logs[i], a->step, a->contestants[i].rows[row], COLUMNS);
        }
    }
    for (int h = 0; h < HEATS; h++) {
        if (before < heat_step(s, h) && a->step >= heat_step(s, h)) {
            draw_heat(a, h);
        }
    }
    const double *first = a->contestants[0].rows[row];
    run_progress(a->run, "in the plane", a->step, s->steps, "D(x) %.2f D(G(z)) %.2f, %.0f modes",
                 first[D_OF_X], first[D_OF_FAKE], first[MODES]);
}

// Without a preset nobody has asked for a game that ends in NaN.
static void stop_if_diverged(const Arena *a) {
    const Contestant *c = &a->contestants[0];
    if (c->over && !a->settings->preset) {
        run_diverged(a->run, c->over, "a loss",
                     gan_find_nonfinite((char[100]){ 0 }, c->game->G, c->game->D));
    }
}

static Arena *arena_open(Run *run, const Settings *s) {
    Arena *a = alloc_bytes(sizeof *a);
    uint64_t seed = (uint64_t)s->run.seed;
    a->run = run;
    a->settings = s;
    a->n = s->part == PLANE_PART ? 1 : 1 + LAB;
    a->every = s->steps / LEAST_ROWS;
    a->every = a->every < 10 ? 10 : a->every > LONGEST_WAIT ? LONGEST_WAIT : a->every;
    a->n_rows = (int)((s->steps + a->every - 1) / a->every);
    for (int i = 0; i < a->n; i++) {
        Contestant *c = &a->contestants[i];
        c->name = i == 0 ? "default" : lab[i - 1].name;
        c->game = plane_game(s, i == 0 ? &s->rules : &lab[i - 1].rules, s->batch);
        c->data = rng_create(seed, RNG_DATA);
        c->real = alloc_floats(2 * (size_t)s->batch);
        c->rows = alloc_bytes((size_t)a->n_rows * sizeof *c->rows);
    }
    a->plane = plane_create((Cloud)s->cloud, seed);
    return a;
}

static void arena_close(Arena *a) {
    for (int i = 0; i < a->n; i++) {
        game_free(a->contestants[i].game);
        free(a->contestants[i].real);
        free(a->contestants[i].rows);
    }
    plane_free(a->plane);
    free(a);
}

static const char *place_name(char name[32], const Contestant *c, const char *what) {
    snprintf(name, 32, "%s_%s", c->name, what);
    return name;
}

static void arena_keep(Arena *a, State *state) {
    char name[32];
    for (int i = 0; i < a->n; i++) {
        Contestant *c = &a->contestants[i];
        game_keep(c->game, state, c->name);
        state_rng(state, place_name(name, c, "data"), &c->data);
        state_doubles(state, place_name(name, c, "rows"), c->rows[0], (size_t)a->n_rows * COLUMNS);
        state_longs(state, place_name(name, c, "over"), &c->over, 1);
        state_floats(state, place_name(name, c, "frames"), c->frames[0][0], FRAMES * SHOWN * 2);
    }
    state_floats(state, "heat", a->heat[0][0], HEATS * PLANE_CELLS * PLANE_CELLS);
    state_longs(state, "step", &a->step, 1);
}

/*
## Files, and the act
*/

static void write_pictures_of(const Arena *a) {
    plane_write_points(a->run, "points-real.csv", a->plane->real, 1, SHOWN);
    for (int i = 0; i < a->n; i++) {
        const Contestant *c = &a->contestants[i];
        if (i == 0 || strcmp(c->name, "collapse") == 0) {
            char name[32];
            snprintf(name, sizeof name, "points-%s.csv", c->name);
            plane_write_points(a->run, name, c->frames[0][0], frames_of(a), SHOWN);
        }
    }
    plane_write_maps(a->run, "heat.csv", a->heat[0][0], HEATS);
}

void plane(Run *run, State *state, const Settings *s) {
    if (!state_begin(state, "plane")) {
        return;
    }
    Arena *a = arena_open(run, s);
    Log *logs[1 + LAB];
    for (int i = 0; i < a->n; i++) {
        char name[32];
        snprintf(name, sizeof name, "log-%s.csv", a->contestants[i].name);
        logs[i] = log_open(run, i == 0 ? "log.csv" : name, PLANE_COLUMNS);
    }
    arena_keep(a, state);
    while (a->step < s->steps && !run_stopped(run)) {
        play_a_row(a, logs);
        stop_if_diverged(a);
        state_save(state);
    }
    if (a->step == s->steps) {
        write_pictures_of(a);
        arena_report(a);
        checkpoint_save(run_path(run, "model-plane.safetensors"), a->contestants[0].game->G);
    }
    state_end(state, a->step == s->steps);
    arena_close(a);
}

/*
![Losses, what D says, gradients, and what has been learned. Falling rates, instance noise for the first 4,000 steps.](curves.svg)

![What D says of each place, blue for real and orange for made, at four moments. Black: real points; green: samples.](heat.svg)

**What the pictures show.** For a thousand steps the samples draw themselves together into a ring; then the ring tears,
and its pieces gather at the eight clouds. From step 3,600 on all eight modes are covered, and at the end 80 % of the
samples are good and the EMD is 0.14. That is as near as real points are to other real points (0.16, give or take 0.05:
this is the noise of the measure). The samples that are still on their way between the clouds are no accident: a ReLU
network is a continuous function, it maps a connected cloud of $z$, and what it makes of it is connected. It can only
make the bridges thin.

Now look at the losses. After two hundred steps they are nearly where they will be after six thousand: 1.35 and 0.72,
next to $2 \log 2$ and $\log 2$. The discriminator's map shows why. Where points lie it says about ½, at every moment of
the game; it has to be somewhere else that it learned something. **The losses say that the two are evenly matched. They
do not say how good either is.** This is the difference to every network before: there the loss was the goal.

What the generator's *gradient* does is more telling. It rises to 1.15 when the noise has gone and each sample is pulled
towards the nearest small cloud, and falls as they arrive.

## Samples from a saved generator
*/

void plane_generator(Run *run, const Settings *s, const char *model) {
    int n = s->generate > PLANE_SAMPLES ? s->generate : PLANE_SAMPLES;
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_SAMPLE);
    float *z = alloc_floats((size_t)n * 2);
    rng_fill_normal(&rng, z, (size_t)n * 2, 0.0f, 1.0f);
    Net *G = plane_net(2, s->depth, s->width, false, n, (InitScheme)s->init, &rng);
    checkpoint_load(model, G);
    const float *x = net_forward(G, z, n, EVAL);
    Coverage c = toy2d_coverage(x, (Cloud)s->cloud, PLANE_SAMPLES);
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
