/*
## The game

Lesson 7's two steps. What is new is that labels go along: `beside` when fakes are made, `behind` whenever the
discriminator looks.
*/

#include "checkpoint.h"
#include "conditional-gan.h"
#include "die.h"
#include "loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Game game_create(const Settings *s, bool seeing, long total) {
    Game g = { .duel = make_duel(s, seeing, total), .seeing = seeing };
    size_t batch = (size_t)g.duel->D->batch;
    g.zy = alloc_floats(batch * shape_size(g.duel->G->in));
    g.xy = alloc_floats(batch * shape_size(g.duel->D->in));
    g.dmade = alloc_floats(batch * PIXELS);
    return g;
}

void game_free(Game *g) {
    duel_free(g->duel);
    free(g->zy);
    free(g->xy);
    free(g->dmade);
}

void make_fakes(Game *g, const int *labels, int n) {
    rng_fill_normal(&g->duel->stream, g->duel->z, (size_t)n * LATENT, 0.0f, 1.0f);
    beside(g->zy, g->duel->z, labels, n);
    g->made = net_forward(g->duel->G, g->zy, n, TRAIN);
}

// What D says of pictures x (n, PIXELS) and, if it sees them, their labels.
static const float *logits_of(Game *g, const float *x, const int *labels, int n) {
    if (g->seeing) {
        behind(g->xy, x, labels, n);
    }
    return net_forward(g->duel->D, g->seeing ? g->xy : x, n, TRAIN);
}

static float cross_entropy(Game *g, const float *logits, float target, int n) {
    for (int i = 0; i < n; i++) {
        g->duel->targets[i] = target;
    }
    return bce_with_logits(g->duel->ds, logits, g->duel->targets, n);
}

void discriminator_step(Game *g, const float *real, const int *labels, int n) {
    Net *D = g->duel->D;
    net_zero_grad(D);
    const float *logits = logits_of(g, real, labels, n);
    gan_tally_real(&g->tally, logits, n);
    g->loss_d = cross_entropy(g, logits, 1.0f, n);
    net_backward(D, g->duel->ds, WANT_PARAMS);

    logits = logits_of(g, g->made, labels, n);
    gan_tally_fake(&g->tally, logits, n);
    g->loss_d += cross_entropy(g, logits, 0.0f, n);
    net_backward(D, g->duel->ds, WANT_PARAMS);
    duel_step_D(g->duel);
    gan_tally_d(&g->tally, g->loss_d, D);
}

void generator_step(Game *g, const int *labels, int n) {
    Net *G = g->duel->G, *D = g->duel->D;
    const float *logits = logits_of(g, g->made, labels, n); // D has changed since
    g->loss_g = cross_entropy(g, logits, 1.0f, n);
    const float *dxy = net_backward(D, g->duel->ds, WANT_INPUT);
    size_t row = shape_size(D->in); // the picture comes first in it, then the planes
    for (int i = 0; i < n; i++) {
        memcpy(g->dmade + (size_t)i * PIXELS, dxy + (size_t)i * row, PIXELS * sizeof *dxy);
    }
    net_zero_grad(G);
    net_backward(G, g->dmade, WANT_PARAMS);
    duel_step_G(g->duel);
    gan_tally_g(&g->tally, g->loss_g, G);
}

/*
The discriminator hands back a gradient with respect to everything that it has seen, eleven planes. The first one is the
picture's; nobody can change a label, so the other ten are dropped.

## Watching it

At a dozen moments of each epoch a row goes into the log, as in lesson 7. After each epoch: the FID, the consistency of
each class, and the grid of classes, by row, with the same ten $z$, by column.
*/

enum { ROWS_PER_EPOCH = 12, COLUMNS = GAN_FIGURES + 1 };

// A game with its record.
typedef struct {
    Run *run;
    Studio *studio;
    Game game;
    Score score; // at the end of the last epoch
    float *zy;   // (STUDIO_LATENTS, G->in): what is looked at, as many of each class
    long every;
    Log *log, *consistency;
} Match;

static void write_row(Match *m) {
    double row[COLUMNS];
    gan_tally_row(row, &m->game.tally);
    const float *x = net_forward(m->game.duel->G, m->zy, STUDIO_LATENTS, EVAL);
    row[GAN_FIGURES] = mean_distance(x, STUDIO_LATENTS, PIXELS) / m->studio->spread;
    log_write(m->log, m->game.duel->step, row, COLUMNS);
    run_progress(m->run, m->game.seeing ? "with labels" : "D is blind", m->game.duel->step,
                 m->game.duel->total, "D(x) %.2f  D(G(z)) %.2f  FID %.0f", row[2], row[3],
                 m->score.verdict.fid);
}

static void draw_classes(Match *m, long epoch) {
    float *z = alloc_floats(CLASSES * CLASSES * LATENT);
    float *zy = alloc_floats(CLASSES * CLASSES * (LATENT + CLASSES));
    int labels[CLASSES * CLASSES];
    for (int i = 0; i < CLASSES * CLASSES; i++) { // class by row, the same z by column
        labels[i] = i / CLASSES;
        memcpy(z + (size_t)i * LATENT, m->studio->z + (size_t)(i % CLASSES) * LATENT,
               LATENT * sizeof *z);
    }
    beside(zy, z, labels, CLASSES * CLASSES);
    gan_grid(run_path(m->run, "samples/epoch-%02ld.png", epoch), m->game.duel->G, zy,
             CLASSES * CLASSES, CLASSES, 1);
    free(z);
    free(zy);
}

static void end_epoch(Match *m) {
    long step = m->game.duel->step;
    m->score = score_of(m->run, m->studio->judge, m->game.duel->G, m->studio->test->n);
    const Verdict *v = &m->score.verdict;
    log_row(m->studio->fids, step, v->fid, v->smallest_share, v->inception_score);
    if (m->game.seeing) {
        double row[1 + CLASSES] = { m->score.consistency };
        for (int c = 0; c < CLASSES; c++) {
            row[1 + c] = m->score.confusion[c][c];
        }
        log_write(m->consistency, step, row, 1 + CLASSES);
        draw_classes(m, step / m->studio->per_epoch);
    }
}

static void train(Match *m, State *state) {
    Game *g = &m->game;
    if (g->duel->step == 0) {
        end_epoch(m);
    }
    while (g->duel->step < g->duel->total && !run_stopped(m->run)) {
        int n = studio_next(m->studio);
        make_fakes(g, m->studio->labels, n);
        discriminator_step(g, m->studio->real, m->studio->labels, n);
        generator_step(g, m->studio->labels, n);
        if (!isfinite(g->loss_d) || !isfinite(g->loss_g)) {
            run_diverged(m->run, g->duel->step, "a loss",
                         gan_find_nonfinite((char[100]){ 0 }, g->duel->G, g->duel->D));
        }
        if (g->duel->step % m->every == 0 || g->duel->step == g->duel->total) {
            write_row(m);
        }
        if (g->duel->step % m->studio->per_epoch == 0) {
            end_epoch(m);
            state_save(state);
        }
    }
}

void play(Run *run, State *state, const Settings *s, const Dataset *test, bool seeing) {
    if (!state_begin(state, seeing ? "game" : "blind")) {
        return;
    }
    Match m = { .run = run };
    m.studio = studio_open(run, s->run.data, test, s->images, s->batch, LATENT,
                           seeing ? "log-fid.csv" : "log-fid-blind.csv");
    m.game = game_create(s, seeing, m.studio->per_epoch * (seeing ? s->epochs : s->blind_epochs));
    m.every = (m.studio->per_epoch + ROWS_PER_EPOCH - 1) / ROWS_PER_EPOCH;
    m.log = log_open(run, seeing ? "log.csv" : "log-blind.csv", GAN_COLUMNS ",diversity");
    if (seeing) {
        m.consistency =
            log_open(run, "log-consistency.csv", "consistency,c0,c1,c2,c3,c4,c5,c6,c7,c8,c9");
    }
    m.zy = alloc_floats(STUDIO_LATENTS * (LATENT + CLASSES));
    int labels[STUDIO_LATENTS];
    for (int i = 0; i < STUDIO_LATENTS; i++) {
        labels[i] = i % CLASSES;
    }
    beside(m.zy, m.studio->z, labels, STUDIO_LATENTS);
    studio_keep(m.studio, state);
    duel_keep(m.game.duel, state, "game");
    state_doubles(state, "tally", (double *)&m.game.tally, GAN_TALLY);
    train(&m, state);
    bool over = m.game.duel->step == m.game.duel->total;
    if (over) {
        checkpoint_save(run_path(run, seeing ? "model.safetensors" : "blind.safetensors"),
                        m.game.duel->G);
        checkpoint_save(
            run_path(run, seeing ? "discriminator.safetensors" : "blind-discriminator.safetensors"),
            m.game.duel->D);
        if (!seeing) {
            m.score = score_of(run, m.studio->judge, m.game.duel->G, test->n);
            run_say(run, "A discriminator that does not see the label: consistency %.2f, FID %.1f",
                    m.score.consistency, m.score.verdict.fid);
            run_summary(run, "blind_consistency", m.score.consistency);
            run_summary(run, "blind_fid", m.score.verdict.fid);
        }
    }
    state_end(state, over);
    free(m.zy);
    game_free(&m.game);
    studio_close(m.studio);
}
