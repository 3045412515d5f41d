#include "studio.h"
#include "die.h"

#include <stdlib.h>

Studio *studio_open(Run *run, const char *data, const Dataset *test, int images, int batch,
                    int latent, const char *log) {
    Studio *s = alloc_bytes(sizeof *s);
    uint64_t seed = (uint64_t)run_options(run)->seed;
    *s = (Studio){ .run = run, .test = test, .pixels = JUDGE_SIDE * JUDGE_SIDE };
    s->train = dataset_load(data, TRAIN_SET);
    dataset_expect(s->train, data, JUDGE_SIDE, JUDGE_SIDE, 2);
    s->judge = judge_create(test);
    int n = images < s->train->n ? images : s->train->n;
    s->order = random_order(s->train->n, rng_create(seed, RNG_DATA));
    s->batches = batches_create(s->train, s->order, 0, n, batch, rng_create(seed, RNG_SHUFFLE));
    s->per_epoch = (n + batch - 1) / batch;
    size_t most = batch > STUDIO_LATENTS ? (size_t)batch : STUDIO_LATENTS;
    s->real = alloc_floats(most * (size_t)s->pixels);
    s->labels = alloc_bytes(most * sizeof *s->labels);
    s->z = alloc_floats((size_t)STUDIO_LATENTS * (size_t)latent);
    Rng rng = rng_create(seed, RNG_SAMPLE);
    rng_fill_normal(&rng, s->z, (size_t)STUDIO_LATENTS * (size_t)latent, 0.0f, 1.0f);
    int some = s->train->n < STUDIO_LATENTS ? s->train->n / 2 * 2 : STUDIO_LATENTS;
    dataset_take(s->real, NULL, s->train, s->order, some);
    gan_scale(s->real, (size_t)some * (size_t)s->pixels);
    s->spread = mean_distance(s->real, some, s->pixels);
    s->fids = log_open(run, log, "fid,smallest_share,inception_score");
    log_time(s->fids);
    return s;
}

void studio_close(Studio *s) {
    batches_free(&s->batches);
    dataset_free(s->train);
    judge_free(s->judge);
    free(s->order);
    free(s->real);
    free(s->labels);
    free(s->z);
    free(s);
}

void studio_keep(Studio *s, State *state) {
    state_batches(state, "batches", &s->batches);
    state_doubles(state, "fid", &s->verdict.fid, 1);
}

int studio_next(Studio *s) {
    int n = batches_next_endless(&s->batches, s->real, s->labels);
    gan_scale(s->real, (size_t)n * (size_t)s->pixels);
    return n;
}

double studio_diversity(Studio *s, Net *G) {
    const float *x = net_forward(G, s->z, STUDIO_LATENTS, EVAL);
    return mean_distance(x, STUDIO_LATENTS, s->pixels) / s->spread;
}

void studio_show(Studio *s, Net *G, const char *name) {
    gan_grid(run_path(s->run, "%s", name), G, s->z, STUDIO_GRID, 8, 2);
}

Verdict studio_judge(Studio *s, Net *G, long step) {
    Rng rng = rng_create((uint64_t)run_options(s->run)->seed, RNG_SAMPLE);
    s->verdict = gan_verdict(s->judge, G, s->test->n, rng);
    log_row(s->fids, step, s->verdict.fid, s->verdict.smallest_share, s->verdict.inception_score);
    return s->verdict;
}
