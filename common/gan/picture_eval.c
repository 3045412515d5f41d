#include "gan/picture_eval.h"
#include "base/die.h"
#include "gan/gan_images.h"
#include "gan/gan_tally.h"
#include "nn/checkpoint.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/*
## A generator and its judge
*/

// n pictures from z of that stream; the caller frees them.
static uint8_t *draw(Net *G, int n, Rng rng) {
    size_t in = shape_size(G->in);
    uint8_t *images = alloc_bytes((size_t)n * shape_size(G->out));
    float *z = alloc_floats((size_t)n * in);
    rng_fill_normal(&rng, z, (size_t)n * in, 0.0f, 1.0f);
    gan_images(images, G, z, n);
    free(z);
    return images;
}

Verdict generator_verdict(Judge *judge, Net *G, int n, Rng rng) {
    uint8_t *images = draw(G, n, rng);
    Verdict verdict = judge_images(judge, images, n);
    free(images);
    return verdict;
}

static Rng sample_stream(const Run *run) {
    return rng_create((uint64_t)run_options(run)->seed, RNG_SAMPLE);
}

void verdict_report(Run *run, const Verdict *v, int n) {
    run_summary(run, "samples", n);
    run_summary(run, "fid", v->fid);
    run_summary(run, "inception_score", v->inception_score);
    run_summary(run, "smallest_share", v->smallest_share);
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        char key[24];
        snprintf(key, sizeof key, "share_%d", c);
        run_summary(run, key, v->share[c]);
    }
}

void training_control(Run *run, const uint8_t *images, int n) {
    if (run_options(run)->load) {
        return;
    }
    Dataset *train = dataset_load(run_options(run)->data, TRAIN_SET);
    train->n = train->n < n ? train->n : n;
    if (train->n > JUDGE_FEATURES) {
        Judge *judge = judge_create(train);
        run_summary(run, "fid_training", judge_images(judge, images, n).fid);
        judge_free(judge);
    }
    dataset_free(train);
}

Verdict generator_judge(Run *run, Judge *judge, Net *G, int n) {
    uint8_t *images = draw(G, n, sample_stream(run));
    Verdict v = judge_images(judge, images, n);
    verdict_report(run, &v, n);
    training_control(run, images, n);
    free(images);
    return v;
}

void generator_write(Run *run, Net *G, int n) {
    uint8_t *images = draw(G, n, sample_stream(run));
    gan_write_images(run, images, NULL, n, G->out.height, G->out.width);
    free(images);
}

void generator_score(Run *run, Net *G, const char *model, const Dataset *test, int generate) {
    Judge *judge = judge_create(test);
    checkpoint_load(model, G);
    Verdict v = generator_judge(run, judge, G, test->n);
    run_say(run, "Pictures: FID %.1f, inception score %.2f, smallest class %.1f %%", v.fid,
            v.inception_score, 100.0 * v.smallest_share);
    if (generate > 0) {
        generator_write(run, G, generate);
    }
    judge_free(judge);
}

/*
## Along with a training
*/

// Of the first n places of an order keeps all but nine in ten of those of a class. Returns how many.
static int thin(int *order, int n, const Dataset *data, int label) {
    int kept = 0, seen = 0;
    for (int i = 0; i < n; i++) {
        if (data->labels[order[i]] != label || seen++ % 10 == 0) {
            order[kept++] = order[i];
        }
    }
    return kept;
}

PictureEval *picture_eval_open(Run *run, PictureEvalSpec spec) {
    PictureEval *s = alloc_bytes(sizeof *s);
    uint64_t seed = (uint64_t)run_options(run)->seed;
    *s = (PictureEval){ .run = run, .test = spec.test, .pixels = JUDGE_SIDE * JUDGE_SIDE };
    s->train = dataset_load(run_options(run)->data, TRAIN_SET);
    s->judge = judge_create(spec.test);
    int n = spec.images < s->train->n ? spec.images : s->train->n;
    s->order = random_order(s->train->n, rng_create(seed, RNG_DATA));
    if (spec.thinned) {
        require(!spec.first_images, "a class is thinned among random pictures");
        n = thin(s->order, n, s->train, *spec.thinned);
    }
    s->batches = batches_create(s->train, spec.first_images ? NULL : s->order, 0, n, spec.batch,
                                rng_create(seed, RNG_SHUFFLE));
    s->per_epoch = (n + spec.batch - 1) / spec.batch;
    size_t most = spec.batch > EVAL_LATENTS ? (size_t)spec.batch : EVAL_LATENTS;
    s->real = alloc_floats(most * (size_t)s->pixels);
    s->labels = alloc_bytes(most * sizeof *s->labels);
    s->z = alloc_floats((size_t)EVAL_LATENTS * (size_t)spec.latent);
    Rng rng = rng_create(seed, RNG_SAMPLE);
    rng_fill_normal(&rng, s->z, (size_t)EVAL_LATENTS * (size_t)spec.latent, 0.0f, 1.0f);
    int some = s->train->n < EVAL_LATENTS ? s->train->n / 2 * 2 : EVAL_LATENTS;
    dataset_take(s->real, NULL, s->train, s->order, some);
    gan_scale(s->real, (size_t)some * (size_t)s->pixels);
    s->spread = mean_distance(s->real, some, s->pixels);
    s->fids = log_open(run, spec.log, "fid<,smallest_share>,inception_score>");
    log_time(s->fids);
    return s;
}

void picture_eval_close(PictureEval *s) {
    batches_free(&s->batches);
    dataset_free(s->train);
    judge_free(s->judge);
    free(s->order);
    free(s->real);
    free(s->labels);
    free(s->z);
    free(s);
}

void picture_eval_keep(PictureEval *s, State *state) {
    state_batches(state, "batches", &s->batches);
    state_doubles(state, "fid", &s->verdict.fid, 1);
    state_count(state, "judged", &s->judged, LONG_MAX / 2);
}

int picture_eval_next(PictureEval *s) {
    int n = batches_next_endless(&s->batches, s->real, s->labels);
    gan_scale(s->real, (size_t)n * (size_t)s->pixels);
    return n;
}

double picture_eval_diversity(PictureEval *s, Net *G) {
    const float *x = net_forward(G, s->z, EVAL_LATENTS, EVAL);
    return mean_distance(x, EVAL_LATENTS, s->pixels) / s->spread;
}

void picture_eval_show(PictureEval *s, Net *G, const char *name) {
    gan_image_grid(run_path(s->run, "%s", name), G, s->z, EVAL_GRID, 8, 2);
}

void picture_eval_record(PictureEval *s, const Verdict *v, long step) {
    log_row(s->fids, step, v->fid, v->smallest_share, v->inception_score);
    s->verdict = *v;
    s->judged++;
}

Verdict picture_eval_judge(PictureEval *s, Net *G, long step) {
    Rng rng = rng_create((uint64_t)run_options(s->run)->seed, RNG_SAMPLE);
    Verdict verdict = generator_verdict(s->judge, G, s->test->n, rng);
    picture_eval_record(s, &verdict, step);
    return verdict;
}
