// Tests of what a critic with clipped weights needs.

#include "gan/critic.h"
#include "base/die.h"
#include "nn/loss.h"
#include "test.h"

#include <math.h>
#include <string.h>

START_TEST(clipping_keeps_what_is_inside_and_cuts_the_rest) {
    float w[] = { -5.0f, -0.1f, -0.0999f, 0.0f, 0.05f, 0.1f, 0.100001f, INFINITY };
    const float expected[] = { -0.1f, -0.1f, -0.0999f, 0.0f, 0.05f, 0.1f, 0.1f, 0.1f };
    clip_weights(w, 8, 0.1f);
    ck_assert_mem_eq(w, expected, sizeof w);
    ck_assert_double_eq(share_at_bounds(w, 8, 0.1f), 6.0 / 8.0);
    float unknown = NAN;
    clip_weights(&unknown, 1, 0.1f);
    ck_assert(isnan(unknown)); // a NaN must not be mended silently
}
END_TEST

START_TEST(a_critics_loss_by_hand) {
    const float s[] = { 1.0f, -2.0f, 4.0f, 5.0f };
    float ds[4];
    ck_assert_float_eq(wasserstein(ds, s, 1.0f, 4), -2.0f); // real: the higher the better
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(ds[i], -0.25f);
    }
    ck_assert_float_eq(wasserstein(ds, s, -1.0f, 4), 2.0f);
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(ds[i], 0.25f);
    }
    ck_assert_float_eq(wasserstein(NULL, s, 1.0f, 4), -2.0f);
}
END_TEST

static float largest_of(const float *w, size_t n) {
    float largest = 0.0f;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(w[i]));
    }
    return largest;
}

// By one factor a layer, biases too; a layer that is inside stays as it is.
START_TEST(shrinking_keeps_the_ratios_of_a_layer) {
    static const LayerSpec table[] = { dense(3), leaky_relu(0.2f), dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, 1, &rng);
    const Layer *first = &net->layers[0], *second = &net->layers[2];
    for (int i = 0; i < 6; i++) {
        first->weight[i] = (float)i - 2.0f;
    }
    for (int i = 0; i < 3; i++) {
        first->bias[i] = 4.0f * (float)i; // the largest of all
        second->weight[i] = 0.5f;
    }
    second->bias[0] = -0.25f;
    shrink_to_bounds(net, 1.0f);
    for (int i = 0; i < 6; i++) {
        ck_assert_float_eq_tol(first->weight[i], ((float)i - 2.0f) / 8.0f, 1e-6f);
    }
    for (int i = 0; i < 3; i++) {
        ck_assert_float_eq_tol(first->bias[i], 0.5f * (float)i, 1e-6f);
        ck_assert_float_eq(second->weight[i], 0.5f);
    }
    ck_assert_float_eq(second->bias[0], -0.25f);
    shrink_to_bounds(net, 0.1f);
    ck_assert(largest_of(net->params, net->n_params) <= 0.1f);
    net_free(net);
}
END_TEST

// --- the plain game --------------------------------------------------------------------------------

enum { POINTS = 8 };

static GanPair *plain_pair(void) {
    static const LayerSpec generator[] = { dense(4), relu(), dense(2), END };
    static const LayerSpec discriminator[] = { dense(4), leaky_relu(0.2f), dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *G = net_create(generator, (Shape){ 2, 1, 1 }, POINTS, &rng);
    Net *D = net_create(discriminator, (Shape){ 2, 1, 1 }, POINTS, &rng);
    OptimizerSpec adam = optimizer_defaults(ADAM, 0.01f);
    return gan_pair_create(G, D, adam, adam, false, 10, 1);
}

// Two rounds; returns a sum over D's weights that any difference changes.
static double played(InstanceNoise *noise, long first) {
    GanPair *pair = plain_pair();
    GanTally tally = { 0 };
    Rng rng = rng_create(2, RNG_DATA);
    float real[2 * POINTS];
    double sum = 0.0;
    pair->step = first;
    for (int i = 0; i < 2; i++) {
        rng_fill_normal(&rng, real, 2 * POINTS, 0.0f, 1.0f);
        plain_step_D(pair, &tally, noise, real, gan_pair_latent(pair, POINTS), POINTS);
        plain_step_G(pair, &tally, noise, gan_pair_latent(pair, POINTS), POINTS);
    }
    for (size_t i = 0; i < pair->D->n_params; i++) {
        sum += (double)(i + 1) * pair->D->params[i];
    }
    gan_pair_free(pair);
    return sum;
}

// It changes what the discriminator learns, until its share of the game is over; 0 is none.
START_TEST(instance_noise_fades_away) {
    float seen[2 * POINTS];
    InstanceNoise noise = { 0.5f, 0.6f, rng_create(1, RNG_INSTANCE_NOISE), seen };
    InstanceNoise nothing = noise;
    nothing.deviation = 0.0f;
    ck_assert_double_eq(played(NULL, 0), played(&nothing, 0));
    ck_assert_double_ne(played(NULL, 0), played(&noise, 0));
    ck_assert_double_eq(played(NULL, 6), played(&noise, 6));
}
END_TEST

// Each step leaves the other network as it is, to the byte.
START_TEST(a_plain_step_changes_one_network) {
    GanPair *pair = plain_pair();
    GanTally tally = { 0 };
    float real[2 * POINTS] = { 0.5f }, before[100];
    memcpy(before, pair->G->params, pair->G->n_params * sizeof *before);
    plain_step_D(pair, &tally, NULL, real, gan_pair_latent(pair, POINTS), POINTS);
    ck_assert_mem_eq(before, pair->G->params, pair->G->n_params * sizeof *before);
    memcpy(before, pair->D->params, pair->D->n_params * sizeof *before);
    plain_step_G(pair, &tally, NULL, gan_pair_latent(pair, POINTS), POINTS);
    ck_assert_mem_eq(before, pair->D->params, pair->D->n_params * sizeof *before);
    gan_pair_free(pair);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("critic");
    CASE(s, "plain game", instance_noise_fades_away, a_plain_step_changes_one_network);
    CASE(s, "critic", clipping_keeps_what_is_inside_and_cuts_the_rest,
         shrinking_keeps_the_ratios_of_a_layer, a_critics_loss_by_hand);
    return s;
}
