/*
## The game

The rules are lesson 6's, but for one saving: the generator is taught with the fakes that the discriminator has just seen, so they
are made once. A batch of real pictures, a batch of fakes; a step of the discriminator, which says how real each
looks; and a step of the generator, which wants the same fakes to look more real.
*/

#include "dcgan.h"
#include "checkpoint.h"
#include "clock.h"
#include "die.h"
#include "image.h"
#include "loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Two networks that play against each other, and all that their next step depends on.
typedef struct {
    Net *G, *D; // not owned
    Optimizer *optimizer_G, *optimizer_D;
    Rng noise;
    float *z;                      // (batch, LATENT)
    const float *fakes;            // (batch, PIXELS): where G has put them
    float *ones, *zeros, *dlogits; // (batch)
    float loss_d, loss_g;          // of the last steps
    GanTally tally;                // since the last row of the log
} Game;

static Game game_create(const Settings *s, const Pair *pair) {
    OptimizerSpec adam = optimizer_defaults(ADAM, s->lr);
    adam.beta1 = s->beta1;
    size_t batch = (size_t)s->batch;
    Game g = { .G = pair->G, .D = pair->D, .noise = rng_create((uint64_t)s->run.seed, RNG_NOISE) };
    g.optimizer_G = optimizer_create(adam, g.G->n_params);
    g.optimizer_D = optimizer_create(adam, g.D->n_params);
    g.z = alloc_floats(batch * LATENT);
    g.zeros = alloc_floats(batch);
    g.ones = alloc_floats(batch);
    g.dlogits = alloc_floats(batch);
    for (size_t i = 0; i < batch; i++) {
        g.ones[i] = 1.0f;
    }
    return g;
}

static void game_free(Game *g) {
    optimizer_free(g->optimizer_G);
    optimizer_free(g->optimizer_D);
    free(g->z);
    free(g->zeros);
    free(g->ones);
    free(g->dlogits);
}

static void make_fakes(Game *g, int n) {
    rng_fill_normal(&g->noise, g->z, (size_t)n * LATENT, 0.0f, 1.0f);
    g->fakes = net_forward(g->G, g->z, n, TRAIN);
}

/*
**Real and fake pass the discriminator separately.** Its batch norm takes mean and variance over what it is shown at once. In
a mixed batch each fake would be measured by the real ones beside it; alone, the fakes are compared with each other. The
gradients of the two passes add up, as they would in one.
*/

static void discriminator_step(Game *g, const float *real, int n) {
    net_zero_grad(g->D);
    const float *logits = net_forward(g->D, real, n, TRAIN);
    gan_tally_real(&g->tally, logits, n);
    g->loss_d = bce_with_logits(g->dlogits, logits, g->ones, n);
    net_backward(g->D, g->dlogits, WANT_PARAMS);

    logits = net_forward(g->D, g->fakes, n, TRAIN);
    gan_tally_fake(&g->tally, logits, n);
    g->loss_d += bce_with_logits(g->dlogits, logits, g->zeros, n);
    net_backward(g->D, g->dlogits, WANT_PARAMS);
    optimizer_step(g->optimizer_D, g->D->params, g->D->grads);
    gan_tally_d(&g->tally, g->loss_d, g->D);
}

/*
The generator's loss is the non-saturating one: cross-entropy of its fakes against the label "real". What it needs from the
discriminator is the gradient with respect to the pictures, and nothing else: `WANT_INPUT` leaves the discriminator's own
gradients alone. Not a byte of its weights, nor of its optimizer, changes in this step.

Its *running statistics* do change. They belong to batch norm in training mode, and move with whatever passes. They are for
evaluation mode, though, and nobody ever asks this discriminator in evaluation mode, so nothing depends on them. For the
generator it is the other way round: every picture that we look at is made with its running statistics, and these move once a
step, when the fakes are made.
*/

static void generator_step(Game *g, int n) {
    const float *logits = net_forward(g->D, g->fakes, n, TRAIN); // D has changed since
    g->loss_g = bce_with_logits(g->dlogits, logits, g->ones, n);
    const float *dfakes = net_backward(g->D, g->dlogits, WANT_INPUT);
    net_zero_grad(g->G);
    net_backward(g->G, dfakes, WANT_PARAMS);
    optimizer_step(g->optimizer_G, g->G->params, g->G->grads);
    gan_tally_g(&g->tally, g->loss_g, g->G);
}

/*
## Watching it

At a dozen moments of each epoch a row goes into the log: what [watching a game](gan.html) needs, and, of 256 pictures from
noise vectors that are always the same, diversity and the power at the periods 2 and 4. Before the first step and after each
epoch we take a longer look. The same 64 vectors become a grid of pictures, and ten thousand pictures are judged against the
test images, as [the chapter on the judge](fid.html) tells. (The ten thousand begin with the same 64: what is in the grid is
also what is judged.)

There is no validation set: no labels are predicted, and no loss of this game would say on other pictures what a
validation loss says. All 60,000 images are for training. The judge compares with the test images, which neither network
has ever seen. (Whether the generator has learned training pictures by heart, it does not tell. Lesson 11 looks for
their nearest neighbours.)
*/

enum { ROWS_PER_EPOCH = 12, DIVERSE = 256 };

// A game with its record.
typedef struct {
    Lab *lab;
    Enlarger enlarger;
    Game game;
    Batches batches;
    float *real; // (batch, PIXELS)
    long per_epoch, total, every, done;
    long looks;                 // long looks taken: one before the first step, one after each epoch
    double fid, smallest_share; // at the last of them
    Log *log, *log_fid;
} Match;

static const struct {
    const char *name, *log, *log_fid;
} games[ENLARGERS] = { { "transposed", "log.csv", "log-fid.csv" },
                       { "upsampled", "log-upsampled.csv", "log-fid-upsampled.csv" } };

// A row of the log. Before the first step there are no losses yet, and their fields stay empty.
static void write_row(Match *m) {
    const Lab *lab = m->lab;
    double row[GAN_FIGURES + 3];
    gan_tally_row(row, &m->game.tally);
    imagine(lab->pictures, m->game.G, lab->z, DIVERSE);
    Spectrum s = spectrum(lab->pictures, DIVERSE);
    row[GAN_FIGURES] = mean_distance(lab->pictures, DIVERSE, PIXELS) / lab->distance;
    row[GAN_FIGURES + 1] = s.share[PERIOD_2] / lab->real.share[PERIOD_2];
    row[GAN_FIGURES + 2] = s.share[PERIOD_4] / lab->real.share[PERIOD_4];
    log_write(m->log, m->done, row, GAN_FIGURES + 3);
    if (m->done > 0) {
        run_progress(lab->run, games[m->enlarger].name, m->done, m->total,
                     "D(x) %.2f  D(G(z)) %.2f  FID %.0f", row[2], row[3], m->fid);
    }
}

static void look(Match *m) {
    Lab *lab = m->lab;
    Verdict v = gan_verdict(lab->judge, m->game.G, lab->test->n,
                            rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE));
    log_row(m->log_fid, m->done, v.fid, v.smallest_share, v.inception_score);
    const char *path = m->enlarger == TRANSPOSED
                           ? run_path(lab->run, "samples/epoch-%02ld.png", m->looks)
                           : run_path(lab->run, "samples/upsampled.png");
    gan_grid(path, m->game.G, lab->z, SHOWN, COLUMNS, 1);
    imagine(lab->pictures, m->game.G, lab->z, LOOKED_AT);
    lab->after[m->enlarger] = spectrum(lab->pictures, LOOKED_AT);
    lab->mean[m->enlarger] = spectrum_of_mean(lab->pictures, LOOKED_AT);
    if (m->looks == 0) {
        lab->before[m->enlarger] = lab->after[m->enlarger];
        image_grid_signed(run_path(lab->run, "samples/untrained-%s.png", games[m->enlarger].name),
                          lab->pictures, COLUMNS, SIDE, SIDE, COLUMNS, 3);
        write_row(m);
    }
    if (m->enlarger == TRANSPOSED && m->looks == upsample_epochs(lab->settings)) {
        lab->fid_then = v.fid;
    }
    m->fid = v.fid;
    m->smallest_share = v.smallest_share;
    m->looks++;
}

/*
## The loop

Forward, loss, backward, step, twice. An epoch ends with a batch of the 32 images that are left over, and then there are only
32 fakes, too; so each image is shown once an epoch.
*/

static void one_step(Match *m) {
    Game *g = &m->game;
    int n = batches_next_endless(&m->batches, m->real, NULL);
    gan_scale(m->real, (size_t)n * PIXELS);
    make_fakes(g, n);
    discriminator_step(g, m->real, n);
    generator_step(g, n);
    m->done++;
}

// Every `every` steps and at the end of an epoch; before the first of these after 8, 16, 32 … steps.
static bool row_is_due(const Match *m) {
    long in_epoch = m->done % m->per_epoch;
    bool doubled = m->done >= 8 && (m->done & (m->done - 1)) == 0;
    return in_epoch % m->every == 0 || (doubled && m->done < m->every);
}

static void train(Match *m) {
    double began = clock_seconds(), looking = 0.0;
    long first = m->done;
    for (;;) {
        if (m->done == m->looks * m->per_epoch) {
            double before = clock_seconds();
            look(m);
            state_save(m->lab->state);
            looking += clock_seconds() - before;
        }
        if (m->done == m->total || run_stopped(m->lab->run)) {
            break;
        }
        one_step(m);
        if (!isfinite(m->game.loss_d) || !isfinite(m->game.loss_g)) {
            run_diverged(m->lab->run, m->done, "a loss",
                         gan_find_nonfinite((char[100]){ 0 }, m->game.G, m->game.D));
        }
        if (row_is_due(m)) {
            write_row(m);
        }
    }
    if (m->done == m->total && m->done > first) {
        char key[40];
        snprintf(key, sizeof key, "step_ms_%s", games[m->enlarger].name);
        run_summary(m->lab->run, key,
                    1e3 * (clock_seconds() - began - looking) / (double)(m->done - first));
    }
}

static void name_places(Match *m, State *state) {
    state_optimizer(state, "adam_G", m->game.optimizer_G);
    state_optimizer(state, "adam_D", m->game.optimizer_D);
    state_rng(state, "noise", &m->game.noise);
    state_batches(state, "batches", &m->batches);
    state_doubles(state, "tally", (double *)&m->game.tally, GAN_TALLY);
    state_longs(state, "done", &m->done, 1);
    state_longs(state, "looks", &m->looks, 1);
    state_doubles(state, "fid", &m->fid, 1);
    state_doubles(state, "smallest_share", &m->smallest_share, 1);
}

static void end_of(Match *m) {
    Lab *lab = m->lab;
    if (m->enlarger == TRANSPOSED) {
        checkpoint_save(run_path(lab->run, "model.safetensors"), m->game.G);
        checkpoint_save(run_path(lab->run, "discriminator.safetensors"), m->game.D);
        Verdict v = gan_judge(lab->run, lab->judge, m->game.G, lab->test->n);
        run_say(lab->run,
                "transposed: FID %.1f, inception score %.2f, smallest share of a class %.3f", v.fid,
                v.inception_score, v.smallest_share);
        return;
    }
    run_summary(lab->run, "fid_upsampled", m->fid);
    run_summary(lab->run, "smallest_share_upsampled", m->smallest_share);
    run_summary(lab->run, "fid_transposed_then", lab->fid_then);
    run_say(lab->run, "upsampled: FID %.1f after %ld epochs (transposed then: %.1f)", m->fid,
            m->looks - 1, lab->fid_then);
}

void play(Lab *lab, Enlarger enlarger, Pair *pair, int epochs) {
    const Settings *s = lab->settings;
    if (!state_begin(lab->state, games[enlarger].name)) {
        return;
    }
    int images = s->images < lab->train->n ? s->images : lab->train->n;
    Match m = { .lab = lab, .enlarger = enlarger, .game = game_create(s, pair) };
    m.batches = batches_create(lab->train, lab->order, 0, images, s->batch,
                               rng_create((uint64_t)s->run.seed, RNG_SHUFFLE));
    m.real = alloc_floats((size_t)s->batch * PIXELS);
    m.per_epoch = (images + s->batch - 1) / s->batch;
    m.total = m.per_epoch * epochs;
    m.every = (m.per_epoch + ROWS_PER_EPOCH - 1) / ROWS_PER_EPOCH;
    m.log = log_open(lab->run, games[enlarger].log, GAN_COLUMNS ",diversity,period_2,period_4");
    m.log_fid = log_open(lab->run, games[enlarger].log_fid, "fid,smallest_share,inception_score");
    log_time(m.log_fid);
    name_places(&m, lab->state);
    train(&m);
    if (m.done == m.total) {
        end_of(&m);
    }
    state_end(lab->state, m.done == m.total);
    game_free(&m.game);
    batches_free(&m.batches);
    free(m.real);
}
