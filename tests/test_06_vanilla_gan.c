// Lesson 6. Its files are included here, so that the tests reach their static functions.

#include "../lessons/06-vanilla-gan/vanilla-gan.c"
#include "../lessons/06-vanilla-gan/saturation.c"
#include "../lessons/06-vanilla-gan/plane.c"
#include "../lessons/06-vanilla-gan/lab.c"
#include "../lessons/06-vanilla-gan/pictures.c"

#include "gradcheck.h"
#include "test.h"

#include "fixtures/gan_steps.h"

#define COUNT(array) (sizeof(array) / sizeof(float))

// --- the theory ----------------------------------------------------------------------------------

static void random_die(double *p, Rng *rng) {
    double sum = 0.0;
    for (int x = 0; x < FACES; x++) {
        sum += p[x] = 0.05 + (double)rng_uniform(rng);
    }
    for (int x = 0; x < FACES; x++) {
        p[x] /= sum;
    }
}

// V(D*, G) = 2 JSD - log 4, with D* from the formula and from training; and no other D has a larger V.
START_TEST(the_best_discriminator) {
    for (int seed = 0; seed < 20; seed++) {
        Rng rng = rng_create((uint64_t)seed, RNG_DATA);
        double p[FACES], q[FACES], best[FACES], trained[FACES] = { 0 }, other[FACES];
        random_die(p, &rng);
        random_die(q, &rng);
        for (int x = 0; x < FACES; x++) {
            best[x] = log(p[x] / q[x]); // the logit of p / (p + q)
            other[x] = best[x] + 0.1 * (double)rng_normal(&rng);
        }
        double value = dice_value(best, p, q);
        ck_assert_double_eq_tol(value, 2.0 * jensen_shannon(p, q, FACES) - log(4.0), 1e-12);
        ck_assert_double_lt(dice_value(other, p, q), value);
        dice_discriminator(trained, p, q);
        for (int x = 0; x < FACES; x++) {
            ck_assert_double_eq_tol(trained[x], best[x], 1e-6);
        }
    }
}
END_TEST

START_TEST(jensen_shannon_by_hand) {
    const double p[] = { 0.5, 0.5, 0.0, 0.0 }, q[] = { 0.0, 0.0, 0.5, 0.5 },
                 r[] = { 1.0, 0.0, 0.0, 0.0 };
    ck_assert_double_eq_tol(jensen_shannon(p, p, 4), 0.0, 1e-15);
    ck_assert_double_eq_tol(jensen_shannon(p, q, 4), log(2.0), 1e-15);
    double by_hand = 0.25 * log(0.5 / 0.75) + 0.25 * log(2.0) + 0.5 * log(1.0 / 0.75);
    ck_assert_double_eq_tol(jensen_shannon(p, r, 4), by_hand, 1e-15);
    ck_assert_double_eq_tol(jensen_shannon(r, p, 4), by_hand, 1e-15);
}
END_TEST

// --- the losses ----------------------------------------------------------------------------------

typedef struct {
    float logits[7], targets[7], unused[7];
    GeneratorLoss kind;
} Logits;

static double loss_of(void *context) {
    Logits *l = context;
    return (double)generator_loss(l->unused, l->targets, l->logits, l->kind, 7);
}

START_TEST(losses_of_the_generator) {
    const float start[7] = { -3.0f, -1.0f, -0.2f, 0.0f, 0.4f, 1.5f, 4.0f };
    for (int kind = 0; kind < 2; kind++) {
        Logits l = { .kind = (GeneratorLoss)kind };
        float dlogits[7];
        double expected = 0.0;
        memcpy(l.logits, start, sizeof start);
        float loss = generator_loss(dlogits, l.targets, l.logits, l.kind, 7);
        for (int i = 0; i < 7; i++) {
            double D = 1.0 / (1.0 + exp(-(double)start[i]));
            expected += (kind == MINIMAX ? log(1.0 - D) : -log(D)) / 7.0;
            ck_assert_float_lt(dlogits[i], 0.0f); // both push every logit upward
            ck_assert_double_eq_tol(7.0 * (double)dlogits[i], kind == MINIMAX ? -D : D - 1.0, 1e-6);
        }
        ck_assert_double_eq_tol((double)loss, expected, 1e-6);
        ck_assert_double_lt(gradient_error(l.logits, dlogits, 7, loss_of, &l, 0.01f), 1e-2);
    }
}
END_TEST

// --- a step of either ----------------------------------------------------------------------------

static Settings small_settings(void) {
    return (Settings){
        .run = { .seed = 1 }, .steps = 50, .batch = 16, .width = 8, .depth = 2, .init = INIT_FAN_IN
    };
}

static const Rules fair = {
    .lr_g = 0.01f, .lr_d = 0.02f, .constant = true, .d_steps = 1, .label = 1.0f
};

typedef struct {
    float *params, *first, *second;
    long steps;
} Copy;

static Copy copy_of(const Net *net, const Optimizer *o) {
    size_t bytes = net->n_params * sizeof *net->params;
    return (Copy){ memcpy(alloc_floats(net->n_params), net->params, bytes),
                   memcpy(alloc_floats(net->n_params), o->first, bytes),
                   memcpy(alloc_floats(net->n_params), o->second, bytes), o->steps };
}

static bool is_unchanged(const Copy *c, const Net *net, const Optimizer *o) {
    size_t bytes = net->n_params * sizeof *net->params;
    return memcmp(c->params, net->params, bytes) == 0 && memcmp(c->first, o->first, bytes) == 0 &&
           memcmp(c->second, o->second, bytes) == 0 && c->steps == o->steps;
}

static void copy_free(Copy *c) {
    free(c->params);
    free(c->first);
    free(c->second);
}

static double mean_d_of_fake(Game *g, const float *z, int n) {
    const float *logits = net_forward(g->D, net_forward(g->G, z, n, EVAL), n, EVAL);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += 1.0 / (1.0 + exp(-(double)logits[i]));
    }
    return sum / n;
}

// Every byte of the other network and of its optimizer stays; and each step does what it is for.
START_TEST(a_step_leaves_the_other_network_alone) {
    for (int loss = 0; loss < 2; loss++) {
        Settings s = small_settings();
        Rules rules = fair;
        rules.loss = loss;
        Game *g = plane_game(&s, &rules, s.batch);
        Rng data = rng_create(1, RNG_DATA);
        float real[32], z[32];
        for (int step = 0; step < 20; step++) {
            toy2d_cloud(real, RING, 16, &data);
            memcpy(z, latent(g, 16), sizeof z);
            Copy G = copy_of(g->G, g->optimizer_G);
            double before = mean_d_of_fake(g, z, 16);
            discriminator_step(g, real, z, 16);
            ck_assert(is_unchanged(&G, g->G, g->optimizer_G));
            double judged = mean_d_of_fake(g, z, 16);
            ck_assert_msg(step == 0 || judged != before, "the discriminator has not moved");
            Copy D = copy_of(g->D, g->optimizer_D);
            float *grads = alloc_floats(g->D->n_params);
            memcpy(grads, g->D->grads, g->D->n_params * sizeof *grads);
            generator_step(g, z, 16);
            ck_assert_mem_eq(grads, g->D->grads, g->D->n_params * sizeof *grads);
            free(grads);
            ck_assert(is_unchanged(&D, g->D, g->optimizer_D));
            ck_assert(!is_unchanged(&G, g->G, g->optimizer_G));
            ck_assert_msg(mean_d_of_fake(g, z, 16) > judged, "loss %d, step %d", loss, step);
            copy_free(&G);
            copy_free(&D);
        }
        ck_assert_int_eq((int)g->step, 20);
        game_free(g);
    }
}
END_TEST

static Net *net_of(const LayerSpec *table, const float *params, size_t n) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, 4, &rng);
    ck_assert_uint_eq(net->n_params, n);
    memcpy(net->params, params, n * sizeof *params);
    return net;
}

static void assert_ten_steps(GeneratorLoss loss, const float *losses_D, const float *losses_G,
                             const float *end_D, const float *end_G) {
    static const LayerSpec small_G[] = { dense(5), relu(), dense(2), END };
    static const LayerSpec small_D[] = { dense(6), leaky_relu(0.2f), dense(1), END };
    Rules rules = fair;
    rules.loss = loss;
    Game *g = game_create(&rules, net_of(small_G, gan_start_G, COUNT(gan_start_G)),
                          net_of(small_D, gan_start_D, COUNT(gan_start_D)), 10, 1);
    float d[10], e[10];
    for (int i = 0; i < 10; i++) {
        discriminator_step(g, gan_real[i][0], gan_z[i][0][0], 4);
        generator_step(g, gan_z[i][1][0], 4);
        d[i] = g->loss_d;
        e[i] = g->loss_g;
    }
    ck_assert_double_lt(relative_error(d, losses_D, 10), 1e-5);
    ck_assert_double_lt(relative_error(e, losses_G, 10), 1e-5);
    ck_assert_double_lt(relative_error(g->G->params, end_G, COUNT(gan_start_G)), 1e-5);
    ck_assert_double_lt(relative_error(g->D->params, end_D, COUNT(gan_start_D)), 1e-5);
    game_free(g);
}

START_TEST(ten_steps_equal_pytorchs) {
    assert_ten_steps(NON_SATURATING, gan_non_saturating_losses_D, gan_non_saturating_losses_G,
                     gan_non_saturating_end_D, gan_non_saturating_end_G);
    assert_ten_steps(MINIMAX, gan_minimax_losses_D, gan_minimax_losses_G, gan_minimax_end_D,
                     gan_minimax_end_G);
}
END_TEST

// --- the rules -----------------------------------------------------------------------------------

static Game *game_of(const Rules *rules) {
    Settings s = small_settings();
    s.steps = 100;
    return plane_game(&s, rules, 1000);
}

START_TEST(rates_and_noise_fade) {
    Rules rules = fair;
    rules.constant = false;
    rules.noise = 0.5f;
    rules.noise_until = 0.5f;
    Game *g = game_of(&rules);
    static const struct {
        long step;
        float lr, noise;
    } at[] = {
        { 0, 0.02f, 0.5f }, { 25, 0.015f, 0.25f }, { 50, 0.01f, 0.0f }, { 75, 0.005f, 0.0f }
    };
    float x[2000] = { 0 };
    for (int i = 0; i < 4; i++) {
        g->step = at[i].step;
        ck_assert_float_eq_tol(rate(g, 0.02f), at[i].lr, 1e-7f);
        const float *y = seen(g, x, 1000);
        double squares = 0.0;
        for (int k = 0; k < 2000; k++) {
            squares += (double)y[k] * y[k];
        }
        ck_assert_double_eq_tol(sqrt(squares / 2000.0), (double)at[i].noise, 0.03);
        ck_assert((y == x) == (at[i].noise == 0.0f)); // nothing is drawn where there is none
    }
    game_free(g);
}
END_TEST

START_TEST(labels_are_smoothed_on_one_side_and_flipped) {
    Rules rules = fair;
    rules.label = 0.9f;
    Game *g = game_of(&rules);
    ck_assert_float_eq(targets(g, rules.label, 3)[2], 0.9f);
    ck_assert_float_eq(targets(g, 0.0f, 3)[2], 0.0f);
    g->rules.label = 1.0f;
    g->rules.flip = 0.25f;
    for (int truth = 0; truth < 2; truth++) {
        const float *t = targets(g, (float)truth, 1000);
        int flipped = 0;
        for (int i = 0; i < 1000; i++) {
            ck_assert(t[i] == 0.0f || t[i] == 1.0f);
            flipped += t[i] != (float)truth;
        }
        ck_assert(flipped > 200 && flipped < 300);
    }
    game_free(g);
}
END_TEST

// --- the detector --------------------------------------------------------------------------------

enum { TEST_ROWS = 8 };

static Diagnosis diagnosis_of(int column, double value, int from) {
    double rows[TEST_ROWS][COLUMNS];
    for (int i = 0; i < TEST_ROWS; i++) {
        const double healthy[COLUMNS] = { 1.3, 0.8, 0.55, 0.45, 0.6, 0.6, 0.5,
                                          0.5, 1.0, 8.0,  0.7,  3.0, 0.2 };
        memcpy(rows[i], healthy, sizeof healthy);
        if (i >= from && column >= 0) {
            rows[i][column] = value;
        }
    }
    return diagnose((const double(*)[COLUMNS])rows, TEST_ROWS, 8);
}

START_TEST(the_detector_names_each_failure) {
    ck_assert_int_eq(diagnosis_of(-1, 0.0, 0), HEALTHY);
    ck_assert_int_eq(diagnosis_of(LOSS_OF_D, NAN, 7), DIVERGED);
    ck_assert_int_eq(diagnosis_of(LOSS_OF_G, INFINITY, 7), DIVERGED);
    ck_assert_int_eq(diagnosis_of(LOSS_OF_G, 30.0, 7), DIVERGED);
    ck_assert_int_eq(diagnosis_of(LOSS_OF_G, -30.0, 7), DIVERGED); // the minimax loss of a fooled D
    ck_assert_int_eq(diagnosis_of(DIVERSITY, 50.0, 0), DIVERGED);
    ck_assert_int_eq(diagnosis_of(DIVERSITY, 0.1, 6), COLLAPSED);
    ck_assert_int_eq(diagnosis_of(DIVERSITY, 0.1, 8), HEALTHY);
    ck_assert_int_eq(diagnosis_of(MODES, 5.0, 6), MODES_MISSING);
    ck_assert_int_eq(diagnosis_of(MODES, 7.0, 0), HEALTHY);
    ck_assert_int_eq(diagnosis_of(GRAD_OF_G, 1e-4, 0), HEALTHY); // and D is not certain
}
END_TEST

START_TEST(a_vanished_gradient_needs_a_certain_discriminator_too) {
    double row[1][COLUMNS] = { { 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1e-4, 1e-4, 0.05, 0.0, 0.0, 1.0,
                                 2.0 } };
    ck_assert_int_eq(diagnose((const double(*)[COLUMNS])row, 1, 8), VANISHED);
    row[0][GRAD_OF_G] = 5.0; // the non-saturating loss
    ck_assert_int_eq(diagnose((const double(*)[COLUMNS])row, 1, 8), COLLAPSED);
    row[0][RIGHT_REAL] = 0.5;
    row[0][GRAD_OF_G] = 1e-4;
    ck_assert_int_eq(diagnose((const double(*)[COLUMNS])row, 1, 8), COLLAPSED);
}
END_TEST

// --- games of the lab ----------------------------------------------------------------------------

START_TEST(presets_are_rules_of_the_lab) {
    ck_assert(lab_rules("collapse")->lr_d < lab_rules("collapse")->lr_g);
    ck_assert(lab_rules("vanish")->loss == MINIMAX && lab_rules("vanish")->sgd);
    ck_assert_int_gt(lab_rules("vanish")->head_start, 0);
    for (int i = 0; i < LAB; i++) {
        ck_assert(lab[i].rules.d_steps >= 1 && lab[i].rules.label > 0.0f);
        ck_assert_ptr_eq(lab_rules(lab[i].name), &lab[i].rules);
    }
}
END_TEST

// A game does not depend on who else is playing.
START_TEST(games_do_not_disturb_each_other) {
    Settings s = small_settings();
    float last[2] = { 0.0f, 0.0f };
    for (int company = 0; company < 2; company++) {
        Contestant c = { .game = plane_game(&s, &lab[0].rules, s.batch),
                         .data = rng_create(1, RNG_DATA) };
        Contestant other = { .game = plane_game(&s, &lab[6].rules, s.batch),
                             .data = rng_create(1, RNG_DATA) };
        c.real = alloc_floats(32);
        other.real = alloc_floats(32);
        for (long until = 10; until <= 50; until += 10) {
            play(&s, &c, until);
            if (company) {
                play(&s, &other, until);
            }
        }
        last[company] = c.game->loss_d;
        game_free(c.game);
        game_free(other.game);
        free(c.real);
        free(other.real);
    }
    ck_assert_float_eq(last[0], last[1]);
    ck_assert_float_ne(last[0], 0.0f);
}
END_TEST

START_TEST(minimax_saturates_and_the_other_loss_does_not) {
    Settings s = small_settings();
    s.width = 32;
    const Rules rules = { .lr_d = 0.003f, .constant = true, .label = 1.0f };
    Game *g = plane_game(&s, &rules, CROWD);
    Rng data = rng_create(1, RNG_DATA);
    double d_fake, ratio[2];
    for (int i = 0; i < 2; i++) {
        latent(g, CROWD);
        double minimax = gradient_length(&d_fake, g, MINIMAX);
        ratio[i] = minimax / gradient_length(&d_fake, g, NON_SATURATING);
        train_discriminator(g, &s, i == 0 ? 300 : 0, &data);
    }
    ck_assert_double_gt(ratio[0], 0.3);
    ck_assert_double_lt(ratio[1], 0.02);
    ck_assert_double_lt(d_fake, 0.02);
    game_free(g);
}
END_TEST

// --- pictures ------------------------------------------------------------------------------------

START_TEST(the_picture_nets) {
    Net *G = picture_net(true, 2, 1), *D = picture_net(false, 2, 1);
    ck_assert_uint_eq(shape_size(G->in), Z_PICTURES);
    ck_assert_uint_eq(shape_size(G->out), PIXELS);
    ck_assert(G->out.channels == 1 && G->out.height == 28 && G->out.width == 28);
    ck_assert_uint_eq(shape_size(D->out), 1);
    // uniform on ±1/√fan_in: from one stream both would begin with the same number, but for its scale
    ck_assert(fabsf(G->params[0] * sqrtf(Z_PICTURES) - D->params[0] * sqrtf(PIXELS)) > 1e-3f);
    net_free(G);
    net_free(D);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("06-vanilla-gan");
    CASE(s, "theory", the_best_discriminator, jensen_shannon_by_hand, losses_of_the_generator);
    CASE(s, "steps", a_step_leaves_the_other_network_alone, ten_steps_equal_pytorchs,
         rates_and_noise_fade, labels_are_smoothed_on_one_side_and_flipped);
    CASE(s, "lab", the_detector_names_each_failure,
         a_vanished_gradient_needs_a_certain_discriminator_too, presets_are_rules_of_the_lab,
         games_do_not_disturb_each_other, minimax_saturates_and_the_other_loss_does_not);
    CASE(s, "pictures", the_picture_nets);
    return s;
}
