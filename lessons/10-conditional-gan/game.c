/*
## The bookkeeping of the game

At a dozen moments of each epoch a row goes into the log, as in lesson 7. After each epoch follow the FID, the consistency of
each class, and the grid of classes, a class by row, with the same ten $z$ by column.
*/

#include "acts.h"
#include "base/die.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_PER_EPOCH = 12, COLUMNS = GAN_FIGURES + 1 };

// A game with its record.
typedef struct {
    Run *run;
    PictureEval *eval;
    ConditionalGame game;
    ConditionalScore score; // at the end of the last epoch
    float *zy;              // (EVAL_LATENTS, G->in): what is looked at, as many of each class
    long every;
    Log *log, *consistency;
} ConditionalTraining;

static void write_row(ConditionalTraining *m) {
    double row[COLUMNS];
    gan_tally_row(row, &m->game.tally);
    const float *x = net_forward(m->game.pair->G, m->zy, EVAL_LATENTS, EVAL);
    row[GAN_FIGURES] = mean_distance(x, EVAL_LATENTS, PIXELS) / m->eval->spread;
    log_write(m->log, m->game.pair->step, row, COLUMNS);
    run_progress(m->run, m->game.seeing ? "with labels" : "D is blind", m->game.pair->step,
                 m->game.pair->total, "D(x) %.2f  D(G(z)) %.2f  FID %.0f", row[2], row[3],
                 m->score.verdict.fid);
}

static void draw_classes(ConditionalTraining *m, long epoch) {
    float *z = alloc_floats(CLASSES * CLASSES * LATENT);
    float *zy = alloc_floats(CLASSES * CLASSES * (LATENT + CLASSES));
    int labels[CLASSES * CLASSES];
    for (int i = 0; i < CLASSES * CLASSES; i++) { // class by row, the same z by column
        labels[i] = i / CLASSES;
        memcpy(z + (size_t)i * LATENT, m->eval->z + (size_t)(i % CLASSES) * LATENT,
               LATENT * sizeof *z);
    }
    beside(zy, z, labels, CLASSES * CLASSES);
    gan_image_grid(run_path(m->run, "samples/epoch-%02ld.png", epoch), m->game.pair->G, zy,
                   CLASSES * CLASSES, CLASSES, 1);
    free(z);
    free(zy);
}

static void end_epoch(ConditionalTraining *m) {
    long step = m->game.pair->step;
    m->score = score_of(m->run, m->eval->judge, m->game.pair->G, m->eval->test->n);
    picture_eval_record(m->eval, &m->score.verdict, step);
    if (m->game.seeing) {
        double row[1 + CLASSES] = { m->score.consistency };
        for (int c = 0; c < CLASSES; c++) {
            row[1 + c] = m->score.confusion[c][c];
        }
        log_write(m->consistency, step, row, 1 + CLASSES);
        draw_classes(m, step / m->eval->per_epoch);
    }
}

static void train(ConditionalTraining *m, State *state) {
    ConditionalGame *g = &m->game;
    if (m->eval->judged == 0) {
        end_epoch(m);
    }
    while (g->pair->step < g->pair->total && !run_stopped(m->run)) {
        play_round(g, m->eval);
        if (!isfinite(g->loss_d) || !isfinite(g->loss_g)) {
            run_diverged(m->run, g->pair->step, "a loss",
                         gan_pair_find_nonfinite((char[100]){ 0 }, g->pair));
        }
        if (g->pair->step % m->every == 0 || g->pair->step == g->pair->total) {
            write_row(m);
        }
        if (g->pair->step % m->eval->per_epoch == 0) {
            end_epoch(m);
            state_save(state);
        }
    }
}

void play(Run *run, State *state, const ConditionalSettings *s, const Dataset *test, bool seeing) {
    if (!state_begin(state, seeing ? "game" : "blind")) {
        return;
    }
    ConditionalTraining m = { .run = run };
    m.eval = picture_eval_open(
        run, (PictureEvalSpec){ .test = test,
                                .images = s->images,
                                .batch = s->batch,
                                .latent = LATENT,
                                .thinned = s->thin < 0 ? NULL : &s->thin,
                                .log = seeing ? "log-fid.csv" : "log-fid-blind.csv" });
    m.game = game_create(s, seeing, m.eval->per_epoch * (seeing ? s->epochs : s->blind_epochs));
    m.every = (m.eval->per_epoch + ROWS_PER_EPOCH - 1) / ROWS_PER_EPOCH;
    m.log = log_open(run, seeing ? "log.csv" : "log-blind.csv", GAN_COLUMNS ",diversity");
    if (seeing) {
        m.consistency = log_open(run, "log-consistency.csv",
                                 "consistency>,c0>,c1>,c2>,c3>,c4>,c5>,c6>,c7>,c8>,c9>");
    }
    m.zy = alloc_floats(EVAL_LATENTS * (LATENT + CLASSES));
    int labels[EVAL_LATENTS];
    for (int i = 0; i < EVAL_LATENTS; i++) {
        labels[i] = i % CLASSES;
    }
    beside(m.zy, m.eval->z, labels, EVAL_LATENTS);
    picture_eval_keep(m.eval, state);
    gan_pair_keep(m.game.pair, state, "game");
    state_doubles(state, "tally", (double *)&m.game.tally, GAN_TALLY);
    state_doubles(state, "score", (double *)&m.score, sizeof m.score / sizeof(double));
    train(&m, state);
    bool over = m.game.pair->step == m.game.pair->total;
    if (over) {
        checkpoint_save(run_path(run, seeing ? "model.safetensors" : "blind.safetensors"),
                        m.game.pair->G);
        checkpoint_save(
            run_path(run, seeing ? "discriminator.safetensors" : "blind-discriminator.safetensors"),
            m.game.pair->D);
        if (!seeing) {
            run_say(run, "A discriminator that does not see the label: consistency %.2f, FID %.1f",
                    m.score.consistency, m.score.verdict.fid);
            run_summary(run, "blind_consistency", m.score.consistency);
            run_summary(run, "blind_fid", m.score.verdict.fid);
            for (int c = 0; c < CLASSES; c++) {
                char key[24];
                snprintf(key, sizeof key, "blind_share_%d", c);
                run_summary(run, key, m.score.verdict.share[c]);
            }
        }
    }
    state_end(state, over);
    free(m.zy);
    game_free(&m.game);
    picture_eval_close(m.eval);
}
