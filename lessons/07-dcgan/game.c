/*
## The training, watched

Twelve times an epoch a row is written to the log: the figures of [watching a game](gan_tally.html) and, of 256 pictures from
noise vectors that are always the same, their diversity and their power at the periods 2 and 4. Before the first step and after
each epoch follows a longer look: the same 64 noise vectors become a grid of pictures, and 10,000 samples are compared with the
test images by the [Fréchet distance](fid.html) (FID: 0 if two sets of pictures look the same to a trained network, the
*judge*, and the larger the more they differ).

**Which pictures the judge compares with.** Both networks train on all 60,000 training images. The FID compares samples with the
10,000 test images, which neither network has seen. There is no validation set here. The options tried at the end of this lesson are
compared by the same FID, so the lowest of several figures there is a little too good, as every lowest of several is; the
differences that the text speaks of are much larger than that. (Whether the generator repeats training pictures the FID does not
tell. Lesson 11 looks for the nearest training picture of each sample.)
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "data/image.h"
#include "gan/gan_pair.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_PER_EPOCH = 12, DIVERSE = 256 };

// A game with its record.
typedef struct {
    DcganStudy *study;
    Enlarger enlarger;
    GanPair *pair;
    GanTally tally; // since the last row of the log
    Batches batches;
    float *real; // (batch, PIXELS)
    long per_epoch, every;
    long looks;                 // long looks taken: one before the first step, one after each epoch
    double fid, smallest_share; // at the last of them
    Log *log, *log_fid;
} DcganTraining;

static const struct {
    const char *name, *log, *log_fid;
} games[ENLARGERS] = { { "transposed", "log.csv", "log-fid.csv" },
                       { "upsampled", "log-upsampled.csv", "log-fid-upsampled.csv" } };

int upsample_epochs(const DcganSettings *s) {
    return s->upsample_epochs < s->epochs ? s->upsample_epochs : s->epochs;
}

void imagine(float *x, Net *G, const float *z, int n) {
    size_t out = shape_size(G->out);
    for (int first = 0; first < n; first += G->batch) {
        int count = n - first < G->batch ? n - first : G->batch;
        memcpy(x + (size_t)first * out, net_forward(G, z + (size_t)first * LATENT, count, EVAL),
               (size_t)count * out * sizeof *x);
    }
}

// A row of the log. Before the first step there are no losses yet, and their fields stay empty.
static void write_row(DcganTraining *m) {
    const DcganStudy *study = m->study;
    double row[GAN_FIGURES + 3];
    gan_tally_row(row, &m->tally);
    imagine(study->pictures, m->pair->G, study->z, DIVERSE);
    Spectrum s = spectrum(study->pictures, DIVERSE);
    row[GAN_FIGURES] = mean_distance(study->pictures, DIVERSE, PIXELS) / study->distance;
    row[GAN_FIGURES + 1] = s.share[PERIOD_2] / study->real.share[PERIOD_2];
    row[GAN_FIGURES + 2] = s.share[PERIOD_4] / study->real.share[PERIOD_4];
    log_write(m->log, m->pair->step, row, GAN_FIGURES + 3);
    if (m->pair->step > 0) {
        run_progress(study->run, games[m->enlarger].name, m->pair->step, m->pair->total,
                     "D(x) %.2f  D(G(z)) %.2f  FID %.0f", row[2], row[3], m->fid);
    }
}

static void judge_samples(DcganTraining *m) {
    DcganStudy *study = m->study;
    Verdict v = generator_verdict(study->judge, m->pair->G, study->test->n,
                                  rng_create(study->settings->run.seed, RNG_SAMPLE));
    log_row(m->log_fid, m->pair->step, v.fid, v.smallest_share, v.inception_score);
    m->fid = v.fid;
    m->smallest_share = v.smallest_share;
    if (m->enlarger == TRANSPOSED && m->looks == upsample_epochs(study->settings)) {
        study->fid_then = v.fid;
    }
}

static void draw_samples(const DcganTraining *m) {
    const DcganStudy *study = m->study;
    const char *path = m->enlarger == TRANSPOSED
                           ? run_path(study->run, "samples/epoch-%02ld.png", m->looks)
                           : run_path(study->run, "samples/upsampled.png");
    gan_image_grid(path, m->pair->G, study->z, SHOWN, COLUMNS, 1);
}

static void measure_spectra(DcganTraining *m) {
    DcganStudy *study = m->study;
    imagine(study->pictures, m->pair->G, study->z, LOOKED_AT);
    study->after[m->enlarger] = spectrum(study->pictures, LOOKED_AT);
    study->mean[m->enlarger] = spectrum_of_mean(study->pictures, LOOKED_AT);
}

// Of the pictures that measure_spectra has looked at, before the first step.
static void keep_untrained(DcganTraining *m) {
    DcganStudy *study = m->study;
    study->before[m->enlarger] = study->after[m->enlarger];
    image_grid_signed(run_path(study->run, "samples/untrained-%s.png", games[m->enlarger].name),
                      study->pictures, COLUMNS, SIDE, SIDE, COLUMNS, 3);
    write_row(m);
}

static void look(DcganTraining *m) {
    judge_samples(m);
    draw_samples(m);
    measure_spectra(m);
    if (m->looks == 0) {
        keep_untrained(m);
    }
    m->looks++;
}

/*
## The loop

Forward, loss, backward, step, twice. The last batch of an epoch has the 32 images that are left over, and 32 fakes; so
each image is shown once an epoch.
*/

// Returns the sum of both losses.
static float one_step(DcganTraining *m) {
    int n = batches_next_endless(&m->batches, m->real, NULL);
    gan_scale(m->real, (size_t)n * PIXELS);
    const float *fakes = net_forward(m->pair->G, gan_pair_latent(m->pair, n), n, TRAIN);
    float loss = discriminator_step(m->pair, &m->tally, m->real, fakes, n);
    return loss + generator_step(m->pair, &m->tally, fakes, n);
}

// Every `every` steps and at the end of an epoch; before the first of these after 8, 16, 32 … steps.
static bool row_is_due(const DcganTraining *m) {
    long in_epoch = m->pair->step % m->per_epoch;
    bool doubled = m->pair->step >= 8 && (m->pair->step & (m->pair->step - 1)) == 0;
    return in_epoch % m->every == 0 || (doubled && m->pair->step < m->every);
}

static void train(DcganTraining *m) {
    double began = clock_seconds(), looking = 0.0;
    long first = m->pair->step;
    for (;;) {
        if (m->pair->step == m->looks * m->per_epoch) {
            double before = clock_seconds();
            look(m);
            state_save(m->study->state);
            looking += clock_seconds() - before;
        }
        if (m->pair->step == m->pair->total || run_stopped(m->study->run)) {
            break;
        }
        if (!isfinite(one_step(m))) {
            run_diverged(m->study->run, m->pair->step, "a loss",
                         gan_pair_find_nonfinite((char[100]){ 0 }, m->pair));
        }
        if (row_is_due(m)) {
            write_row(m);
        }
    }
    if (m->pair->step == m->pair->total && m->pair->step > first) {
        char key[40];
        snprintf(key, sizeof key, "step_ms_%s", games[m->enlarger].name);
        run_summary(m->study->run, key,
                    1e3 * (clock_seconds() - began - looking) / (double)(m->pair->step - first));
    }
}

static void name_places(DcganTraining *m, State *state) {
    gan_pair_keep(m->pair, state, "game");
    state_batches(state, "batches", &m->batches);
    state_doubles(state, "tally", (double *)&m->tally, GAN_TALLY);
    state_count(state, "looks", &m->looks, m->pair->total);
    state_doubles(state, "fid", &m->fid, 1);
    state_doubles(state, "smallest_share", &m->smallest_share, 1);
}

static void end_of(DcganTraining *m) {
    DcganStudy *study = m->study;
    if (m->enlarger == TRANSPOSED) {
        checkpoint_save(run_path(study->run, "model.safetensors"), m->pair->G);
        checkpoint_save(run_path(study->run, "discriminator.safetensors"), m->pair->D);
        Verdict v = generator_judge(study->run, study->judge, m->pair->G, study->test->n);
        run_say(study->run,
                "transposed: FID %.1f, inception score %.2f, smallest share of a class %.3f", v.fid,
                v.inception_score, v.smallest_share);
        return;
    }
    run_summary(study->run, "fid_upsampled", m->fid);
    run_summary(study->run, "smallest_share_upsampled", m->smallest_share);
    run_summary(study->run, "fid_transposed_then", study->fid_then);
    run_say(study->run, "upsampled: FID %.1f after %ld epochs (transposed then: %.1f)", m->fid,
            m->looks - 1, study->fid_then);
}

void play(DcganStudy *study, Enlarger enlarger, int epochs) {
    const DcganSettings *s = study->settings;
    if (!state_begin(study->state, games[enlarger].name)) {
        return;
    }
    int images = s->images < study->train->n ? s->images : study->train->n;
    DcganTraining m = { .study = study, .enlarger = enlarger };
    m.batches = batches_create(study->train, study->order, 0, images, s->batch,
                               rng_create(s->run.seed, RNG_SHUFFLE));
    m.real = alloc_floats((size_t)s->batch * PIXELS);
    m.per_epoch = (images + s->batch - 1) / s->batch;
    m.every = (m.per_epoch + ROWS_PER_EPOCH - 1) / ROWS_PER_EPOCH;
    m.pair = dcgan_pair(s, enlarger, m.per_epoch * epochs);
    m.log = log_open(study->run, games[enlarger].log, GAN_COLUMNS ",diversity,period_2,period_4");
    m.log_fid =
        log_open(study->run, games[enlarger].log_fid, "fid<,smallest_share>,inception_score>");
    log_time(m.log_fid);
    name_places(&m, study->state);
    train(&m);
    bool over = m.pair->step == m.pair->total;
    if (over) {
        end_of(&m);
    }
    state_end(study->state, over);
    gan_pair_free(m.pair);
    batches_free(&m.batches);
    free(m.real);
}
