// Tests of two networks that play against each other.

#include "gan/gan_pair.h"
#include "base/die.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 6, TOTAL = 8 };

static GanPair *some_duel(bool decay, uint64_t seed) {
    static const LayerSpec generator[] = { dense(4), relu(), dense(3), END };
    static const LayerSpec critic[] = { dense(5), leaky_relu(0.2f), dense(1), END };
    Rng rng = rng_create(seed, RNG_INIT);
    Net *G = net_create(generator, (Shape){ 2, 1, 1 }, BATCH, &rng);
    Net *D = net_create(critic, (Shape){ 3, 1, 1 }, BATCH, &rng);
    return gan_pair_create(G, D, optimizer_defaults(SGD, 0.25f), optimizer_defaults(SGD, 0.5f),
                           decay, TOTAL, seed);
}

static void fill(float *x, size_t n, float value) {
    for (size_t i = 0; i < n; i++) {
        x[i] = value;
    }
}

// With gradients of 1 a step of SGD is the rate.
START_TEST(each_optimizer_moves_its_own_network_at_its_own_rate) {
    GanPair *d = some_duel(false, 1);
    fill(d->G->grads, d->G->n_params, 1.0f);
    fill(d->D->grads, d->D->n_params, 1.0f);
    fill(d->G->params, d->G->n_params, 0.0f);
    fill(d->D->params, d->D->n_params, 0.0f);
    gan_pair_step_D(d);
    ck_assert_float_eq(d->D->params[3], -0.5f);
    ck_assert_float_eq(d->G->params[3], 0.0f);
    ck_assert_int_eq(d->step, 0);
    gan_pair_step_G(d);
    ck_assert_float_eq(d->D->params[3], -0.5f);
    ck_assert_float_eq(d->G->params[3], -0.25f);
    ck_assert_int_eq(d->step, 1);
    gan_pair_free(d);
}
END_TEST

START_TEST(rates_fall_linearly_to_0_or_stay) {
    for (int decay = 0; decay < 2; decay++) {
        GanPair *d = some_duel(decay, 1);
        fill(d->G->grads, d->G->n_params, 1.0f);
        fill(d->D->grads, d->D->n_params, 1.0f);
        for (int step = 0; step < TOTAL; step++) {
            float left = decay ? 1.0f - (float)step / TOTAL : 1.0f;
            float g = d->G->params[0], c = d->D->params[0];
            gan_pair_step_D(d);
            gan_pair_step_D(d); // more steps of the critic do not make the rates fall
            gan_pair_step_G(d);
            ck_assert_float_eq_tol(g - d->G->params[0], 0.25f * left, 1e-6f);
            ck_assert_float_eq_tol(c - d->D->params[0], 2 * 0.5f * left, 1e-6f);
        }
        gan_pair_free(d);
    }
}
END_TEST

START_TEST(latent_vectors_are_the_seeds_one_after_the_other) {
    GanPair *d = some_duel(false, 7), *again = some_duel(false, 7), *other = some_duel(false, 8);
    float two[2 * BATCH], expected[4 * BATCH];
    Rng rng = rng_create(7, RNG_NOISE);
    rng_fill_normal(&rng, expected, 2 * BATCH, 0.0f, 1.0f);
    rng_fill_normal(&rng, expected + 2 * BATCH, 2 * BATCH, 0.0f, 1.0f);
    ck_assert_mem_eq(gan_pair_latent(d, BATCH), expected, sizeof two);
    ck_assert_mem_eq(gan_pair_latent(d, BATCH), expected + 2 * BATCH, sizeof two);
    memcpy(two, gan_pair_latent(again, BATCH), sizeof two);
    ck_assert_mem_eq(two, expected, sizeof two);
    ck_assert(memcmp(gan_pair_latent(other, BATCH), two, sizeof two) != 0);
    gan_pair_free(d);
    gan_pair_free(again);
    gan_pair_free(other);
}
END_TEST

static void too_many(void *pair) {
    gan_pair_latent(pair, BATCH + 1);
}

START_TEST(more_than_a_batch_is_refused) {
    GanPair *d = some_duel(false, 1);
    assert_refused(too_many, d, "7 latent vectors for a batch of 6");
    gan_pair_free(d);
}
END_TEST

// A run that is stopped after `stop` of six steps (or not, with 6), and goes on; whatever a step
// draws and moves is in the networks' bytes.
static Bytes play(const char *name, int stop, bool resume) {
    RunOptions options = RUN_DEFAULTS("99-test");
    options.name = name, options.quiet = true, options.resume = resume;
    const Option table[] = { RUN_OPTIONS(options), OPTION_END };
    Run *run = run_open(&options, table);
    State *state = state_open(run, table);
    ck_assert(state_begin(state, "act"));
    GanPair *d = some_duel(true, 1);
    gan_pair_keep(d, state, "game");
    while (d->step < stop) {
        const float *z = gan_pair_latent(d, BATCH);
        memcpy(d->D->grads, z, BATCH * sizeof *z);
        memcpy(d->G->grads, z, BATCH * sizeof *z);
        gan_pair_step_D(d);
        gan_pair_step_G(d);
    }
    state_save(state);
    Bytes bytes = { alloc_bytes((d->G->n_params + d->D->n_params) * sizeof(float)), 0 };
    memcpy(bytes.bytes, d->G->params, d->G->n_params * sizeof(float));
    memcpy(bytes.bytes + d->G->n_params * sizeof(float), d->D->params,
           d->D->n_params * sizeof(float));
    bytes.n = (d->G->n_params + d->D->n_params) * sizeof(float);
    if (stop == 6) { // else as if it had been killed
        state_end(state, true);
    }
    gan_pair_free(d);
    state_close(state);
    run_close(run);
    return bytes;
}

START_TEST(a_state_keeps_all_of_it) {
    enter_folder();
    Bytes whole = play("whole", 6, false);
    for (int stop = 0; stop < 6; stop++) {
        Bytes part = play("part", stop, false), rest = play("part", 6, true);
        ck_assert(memcmp(part.bytes, whole.bytes, whole.n) != 0);
        ck_assert_mem_eq(rest.bytes, whole.bytes, whole.n);
        free(part.bytes);
        free(rest.bytes);
    }
    free(whole.bytes);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("gan_pair");
    CASE(s, "pair", more_than_a_batch_is_refused,
         each_optimizer_moves_its_own_network_at_its_own_rate, rates_fall_linearly_to_0_or_stay,
         latent_vectors_are_the_seeds_one_after_the_other, a_state_keeps_all_of_it);
    return s;
}
