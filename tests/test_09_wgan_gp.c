// Lesson 9. Its files are included here, so that the tests reach their static functions. (The
// penalty itself and the tangent pass are tested in test_critic.c.)

#include "../lessons/09-wgan-gp/wgan-gp.c"
#include "../lessons/09-wgan-gp/surfaces.c"
#include "../lessons/09-wgan-gp/games.c"
#include "../lessons/09-wgan-gp/pictures.c"
#include "../lessons/09-wgan-gp/main.c"

#include "test.h"

#include "fixtures/wgan_steps.h"

// --- the penalty in plain loops ------------------------------------------------------------------

static TwoLayers some_critic(Rng *rng) {
    TwoLayers critic = { .b2 = 0.0 };
    for (int i = 0; i < NUMBERS; i++) {
        *number(&critic, i) = rng_normal(rng);
    }
    return critic;
}

// Every number by itself, and the library, for many critics. A draw in which a mask flips is left
// out.
START_TEST(by_hand_as_by_differences_and_by_the_library) {
    Rng rng = rng_create(1, RNG_DATA);
    int kept = 0;
    for (int draw = 0; draw < 100; draw++) {
        TwoLayers critic = some_critic(&rng), d = { .b2 = 0.0 };
        double x[INPUTS], derived[NUMBERS], measured[NUMBERS], library[NUMBERS], nearest = 1.0;
        for (int k = 0; k < INPUTS; k++) {
            x[k] = rng_normal(&rng);
        }
        for (int j = 0; j < HIDDEN; j++) {
            double h = critic.b1[j];
            for (int k = 0; k < INPUTS; k++) {
                h += critic.W1[j][k] * x[k];
            }
            nearest = fmin(nearest, fabs(h));
        }
        two_layer_penalty(&d, &critic, x, 10.0);
        for (int i = 0; i < NUMBERS; i++) {
            double *w = number(&critic, i), held = *w;
            derived[i] = *number(&d, i);
            *w = held + 1e-6;
            double above = two_layer_penalty(NULL, &critic, x, 10.0);
            *w = held - 1e-6;
            measured[i] = (above - two_layer_penalty(NULL, &critic, x, 10.0)) / 2e-6;
            *w = held;
        }
        if (nearest > 1e-4) {
            by_the_library(library, &critic, x, 10.0);
            ck_assert_double_lt(apart(derived, measured), 1e-7);
            ck_assert_double_lt(apart(derived, library), 1e-4);
            kept++;
        }
    }
    ck_assert_int_ge(kept, 90);
}
END_TEST

START_TEST(comparison_rejects_zero_flipped_doubled) {
    double a[NUMBERS], b[NUMBERS];
    Rng rng = rng_create(1, RNG_DATA);
    for (int i = 0; i < NUMBERS; i++) {
        a[i] = rng_normal(&rng);
    }
    static const double factors[] = { 1.0, 0.0, -1.0, 2.0 }, expected[] = { 0.0, 1.0, 2.0, 0.5 };
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < NUMBERS; i++) {
            b[i] = factors[k] * a[i];
        }
        ck_assert_double_eq_tol(apart(a, b), expected[k], 1e-12);
    }
}
END_TEST

START_TEST(gradients_of_several_points_are_added) {
    Rng rng = rng_create(2, RNG_DATA);
    TwoLayers critic = some_critic(&rng), one = { .b2 = 0.0 }, two = { .b2 = 0.0 };
    const double x[INPUTS] = { 0.3, -1.0, 0.7 };
    two_layer_penalty(&one, &critic, x, 1.0);
    two_layer_penalty(&two, &critic, x, 1.0);
    two_layer_penalty(&two, &critic, x, 1.0);
    for (int i = 0; i < NUMBERS; i++) {
        ck_assert_double_eq_tol(*number(&two, i), 2.0 * *number(&one, i), 1e-12);
    }
}
END_TEST

// --- steps ---------------------------------------------------------------------------------------

static GanPair *fixture_pair(void) {
    static const LayerSpec generator[] = { dense(5), relu(), dense(2), END };
    static const LayerSpec critic[] = { dense(6), leaky_relu(0.2f), dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *G = net_create(generator, (Shape){ 2, 1, 1 }, 4, &rng);
    Net *D = net_create(critic, (Shape){ 2, 1, 1 }, 4, &rng);
    memcpy(G->params, wgan_start_G, sizeof wgan_start_G);
    memcpy(D->params, wgan_start_D, sizeof wgan_start_D);
    OptimizerSpec adam = optimizer_defaults(ADAM, 0.01f);
    adam.beta1 = 0.5f;
    adam.beta2 = 0.9f;
    return gan_pair_create(G, D, adam, adam, false, 100, 1);
}

// critic_step draws ε itself, so here its parts are taken with the ε of the file.
START_TEST(six_steps_are_pytorchs) {
    GanPair *d = fixture_pair();
    Penalty *penalty = penalty_create(d->D, 0.5f, rng_create(1, RNG_EPSILON));
    for (int i = 0; i < 6; i++) {
        for (int k = 0; k < 2; k++) {
            const float *real = wgan_real[i][k][0],
                        *fake = net_forward(d->G, wgan_z[i][k][0], 4, TRAIN);
            float between[8];
            for (int n = 0; n < 8; n++) {
                float epsilon = wgan_epsilon[i][k][n / 2];
                between[n] = epsilon * real[n] + (1.0f - epsilon) * fake[n];
            }
            net_zero_grad(d->D);
            float estimate = -wasserstein(d->D->dy, net_forward(d->D, real, 4, TRAIN), 1.0f, 4);
            net_backward(d->D, d->D->dy, WANT_PARAMS);
            estimate -= wasserstein(d->D->dy, net_forward(d->D, fake, 4, TRAIN), -1.0f, 4);
            net_backward(d->D, d->D->dy, WANT_PARAMS);
            float cost = penalty_at(penalty, between, 4);
            gan_pair_step_D(d);
            ck_assert_float_eq_tol(estimate, gp_estimates[2 * i + k], 1e-5f);
            ck_assert_float_eq_tol(cost, gp_penalties[2 * i + k], 1e-5f);
        }
        double row[CRITIC_FIGURES];
        GanTally tally = { 0 };
        critic_generator_step(d, &tally, wgan_z[i][2][0], 4);
        critic_tally_row(row, &tally);
        ck_assert_double_eq_tol(row[CRITIC_LOSS_G], (double)gp_losses_G[i], 1e-5);
    }
    ck_assert_double_lt(relative_error(d->G->params, gp_end_G, d->G->n_params), 1e-5);
    ck_assert_double_lt(relative_error(d->D->params, gp_end_D, d->D->n_params), 1e-5);
    penalty_free(penalty);
    gan_pair_free(d);
}
END_TEST

enum { BATCH = 16 };

static const PenaltySettings small = {
    .run = { .seed = 1 }, .steps = 1000, .width = 8, .depth = 2
};
static const PenaltyRules with_penalty = {
    .lambda = 1.0f, .lr = 0.001f, .d_steps = 1, .batch = BATCH, .longer = 1, .init = INIT_FAN_IN
};

// critic_step is its parts: the loss, the penalty at points of its own stream, one step of the
// optimizer.
START_TEST(the_critics_step_is_the_sum_of_its_parts) {
    GanPair *d = toy_pair(&small, &with_penalty), *parts = toy_pair(&small, &with_penalty);
    Penalty *penalty = penalty_create(d->D, 1.0f, rng_create(1, RNG_EPSILON));
    Penalty *same = penalty_create(parts->D, 1.0f, rng_create(1, RNG_EPSILON));
    GanTally tally = { 0 };
    Rng data = rng_create(1, RNG_DATA);
    for (int step = 0; step < 5; step++) {
        float real[2 * BATCH], z[2 * BATCH];
        toy2d_cloud(real, RING, BATCH, &data);
        rng_fill_normal(&data, z, 2 * BATCH, 0.0f, 1.0f);
        critic_step(d, &tally, penalty, real, z, BATCH);
        const float *fake = net_forward(parts->G, z, BATCH, TRAIN);
        net_zero_grad(parts->D);
        float loss =
            wasserstein(parts->D->dy, net_forward(parts->D, real, BATCH, TRAIN), 1.0f, BATCH);
        net_backward(parts->D, parts->D->dy, WANT_PARAMS);
        loss += wasserstein(parts->D->dy, net_forward(parts->D, fake, BATCH, TRAIN), -1.0f, BATCH);
        net_backward(parts->D, parts->D->dy, WANT_PARAMS);
        float cost = penalty_step(same, real, fake, BATCH);
        gan_pair_step_D(parts);
        double row[CRITIC_FIGURES];
        critic_tally_row(row, &tally);
        ck_assert_double_eq_tol(row[CRITIC_LOSS_D], (double)(loss + cost), 1e-6);
        ck_assert_double_eq_tol(row[CRITIC_ESTIMATE], -(double)loss, 1e-6);
        ck_assert_double_eq_tol(row[CRITIC_PENALTY], (double)cost, 1e-6);
        ck_assert_double_eq_tol(row[CRITIC_SLOPE], same->slope, 1e-9);
        ck_assert_mem_eq(d->D->params, parts->D->params, d->D->n_params * sizeof(float));
    }
    penalty_free(penalty);
    penalty_free(same);
    gan_pair_free(d);
    gan_pair_free(parts);
}
END_TEST

// Every byte of the other network and of its optimizer stays; the generator's samples rise in
// score.
START_TEST(each_step_leaves_the_other_network_alone) {
    GanPair *d = toy_pair(&small, &with_penalty);
    Penalty *penalty = penalty_create(d->D, 1.0f, rng_create(1, RNG_EPSILON));
    GanTally tally = { 0 };
    Rng data = rng_create(1, RNG_DATA);
    float real[2 * BATCH], z[2 * BATCH], *G = alloc_floats(d->G->n_params),
                                         *D = alloc_floats(d->D->n_params);
    float *grads = alloc_floats(d->D->n_params);
    size_t n_G = d->G->n_params * sizeof *G, n_D = d->D->n_params * sizeof *D;
    toy2d_cloud(real, RING, BATCH, &data);
    rng_fill_normal(&data, z, 2 * BATCH, 0.0f, 1.0f);
    for (int k = 0; k < 10; k++) {
        memcpy(G, d->G->params, n_G);
        critic_step(d, &tally, penalty, real, z, BATCH);
        ck_assert_mem_eq(G, d->G->params, n_G);
        ck_assert_int_eq(d->optimizer_G->steps, k);
        memcpy(D, d->D->params, n_D);
        memcpy(grads, d->D->grads, n_D);
        float before = wasserstein(
            NULL, net_forward(d->D, net_forward(d->G, z, BATCH, TRAIN), BATCH, TRAIN), 1.0f, BATCH);
        critic_generator_step(d, &tally, z, BATCH);
        float after = wasserstein(
            NULL, net_forward(d->D, net_forward(d->G, z, BATCH, TRAIN), BATCH, TRAIN), 1.0f, BATCH);
        ck_assert_float_lt(after, before);
        ck_assert_mem_eq(D, d->D->params, n_D);
        ck_assert_int_eq(d->optimizer_D->steps, k + 1);
        ck_assert_mem_eq(grads, d->D->grads, n_D);
    }
    free(grads);
    free(G);
    free(D);
    penalty_free(penalty);
    gan_pair_free(d);
}
END_TEST

START_TEST(without_a_penalty_weights_are_clipped) {
    PenaltyRules rules = {
        .clip = 0.1f, .lr = 0.05f, .d_steps = 1, .batch = BATCH, .longer = 1, .init = INIT_FAN_IN
    };
    GanPair *d = toy_pair(&small, &rules);
    GanTally tally = { 0 };
    Rng data = rng_create(1, RNG_DATA);
    ck_assert(d->optimizer_D->spec.kind == RMSPROP);
    for (int step = 0; step <= 20; step++) {
        float real[2 * BATCH], largest = 0.0f;
        for (size_t i = 0; i < d->D->n_params; i++) {
            largest = fmaxf(largest, fabsf(d->D->params[i]));
        }
        ck_assert(largest <= 0.1f);
        toy2d_cloud(real, RING, BATCH, &data);
        clipped_critic_step(d, &tally, 0.1f, real, gan_pair_latent(d, BATCH), BATCH);
    }
    double row[CRITIC_FIGURES];
    critic_tally_row(row, &tally);
    ck_assert(isnan(row[CRITIC_PENALTY]) && isnan(row[CRITIC_SLOPE]) &&
              isfinite(row[CRITIC_ESTIMATE]));
    gan_pair_free(d);
}
END_TEST

// The control is lesson 6's game, to the bit, and has no penalty.
START_TEST(the_control_plays_the_plain_game) {
    PenaltyRules rules = { .plain = true,
                           .lr = 0.001f,
                           .d_steps = 1,
                           .batch = BATCH,
                           .longer = 1,
                           .init = INIT_FAN_IN,
                           .cloud = GRID };
    GanPair *pair = toy_pair(&small, &rules), *same = toy_pair(&small, &rules);
    ck_assert(pair->optimizer_D->spec.kind == ADAM && pair->optimizer_D->spec.beta2 > 0.99f);
    float real[2 * BATCH];
    ToyGame game = { .rules = &rules,
                     .own = extra_create(&rules, pair->D, 1),
                     .pair = pair,
                     .real = real,
                     .data = rng_create(1, RNG_DATA) };
    ck_assert_ptr_null(((GameExtra *)game.own)->penalty);
    play(&game, 3);
    GanTally tally = { 0 };
    Rng data = rng_create(1, RNG_DATA);
    for (int step = 0; step < 3; step++) {
        float again[2 * BATCH];
        toy2d_cloud(again, GRID, BATCH, &data);
        plain_step_D(same, &tally, NULL, again, gan_pair_latent(same, BATCH), BATCH);
        plain_step_G(same, &tally, NULL, gan_pair_latent(same, BATCH), BATCH);
    }
    ck_assert_mem_eq(pair->D->params, same->D->params, pair->D->n_params * sizeof(float));
    ck_assert_mem_eq(pair->G->params, same->G->params, pair->G->n_params * sizeof(float));
    extra_free(game.own);
    gan_pair_free(pair);
    gan_pair_free(same);
}
END_TEST

// --- the penalty does what it is for -------------------------------------------------------------

// A critic trained by critic_step against a generator that stands still: with λ 10 its slope comes
// to 1, whatever it was.
START_TEST(the_slope_comes_to_1) {
    for (int steep = 0; steep < 2; steep++) {
        PenaltyRules rules = with_penalty;
        rules.lambda = 10.0f;
        rules.lr = 0.003f;
        GanPair *d = toy_pair(&small, &rules);
        Penalty *penalty = penalty_create(d->D, 10.0f, rng_create(1, RNG_EPSILON));
        GanTally tally = { 0 };
        Rng data = rng_create(1, RNG_DATA);
        for (size_t i = 0; steep && i < d->D->n_params; i++) {
            d->D->params[i] *= 4.0f;
        }
        double first = 0.0, last = 0.0;
        for (int step = 0; step < 1500; step++) {
            float real[2 * BATCH];
            toy2d_cloud(real, RING, BATCH, &data);
            critic_step(d, &tally, penalty, real, gan_pair_latent(d, BATCH), BATCH);
            first = step == 0 ? penalty->slope : first;
            last += step >= 1400 ? penalty->slope / 100.0 : 0.0;
        }
        ck_assert(steep ? first > 2.0 : first < 0.5);
        ck_assert_double_eq_tol(last, 1.0, 0.1);
        penalty_free(penalty);
        gan_pair_free(d);
    }
}
END_TEST

START_TEST(a_critic_of_pictures_may_be_asked_for_its_slope) {
    PenaltySettings s = {
        .run = { .seed = 1 }, .picture_batch = 4, .picture_lr = 0.001f, .init = INIT_FAN_IN
    };
    GanPair *d = picture_pair(&s, 10);
    ck_assert_uint_eq(d->G->n_params, 234177);
    ck_assert_uint_eq(d->D->n_params,
                      36577 - 128 + 64); // lesson 7's without batch norm's, and a bias
    Penalty *penalty = penalty_create(d->D, 10.0f, rng_create(1, RNG_EPSILON)); // is not refused
    penalty_free(penalty);
    gan_pair_free(d);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("09-wgan-gp");
    CASE(s, "by hand", by_hand_as_by_differences_and_by_the_library,
         comparison_rejects_zero_flipped_doubled, gradients_of_several_points_are_added);
    CASE(s, "steps", six_steps_are_pytorchs, the_critics_step_is_the_sum_of_its_parts,
         each_step_leaves_the_other_network_alone, without_a_penalty_weights_are_clipped,
         the_control_plays_the_plain_game);
    CASE(s, "what it is for", the_slope_comes_to_1,
         a_critic_of_pictures_may_be_asked_for_its_slope);
    return s;
}
