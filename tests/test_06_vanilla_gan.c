// Lesson 6. Its files are included here, so that the tests reach their static functions.

#include "../lessons/06-vanilla-gan/vanilla-gan.c"
#include "../lessons/06-vanilla-gan/cycles.c"
#include "../lessons/06-vanilla-gan/ring.c"
#include "../lessons/06-vanilla-gan/saturation.c"
#include "../lessons/06-vanilla-gan/lab.c"
#include "../lessons/06-vanilla-gan/pictures.c"
#include "../lessons/06-vanilla-gan/games.c"
#include "../lessons/06-vanilla-gan/main.c"

#include "nn/gradcheck.h"
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

// Arjovsky and Bottou's theorem 2.5, at many generators; and it is not the gradient of 2 JSD.
START_TEST(the_gradient_of_the_non_saturating_loss) {
    for (int seed = 0; seed < 20; seed++) {
        Rng rng = rng_create((uint64_t)seed, RNG_DATA);
        double p[FACES], q[FACES], a[FACES], da[FACES], sum = 0.0, jsd[2], apart = 0.0;
        random_die(p, &rng);
        random_die(q, &rng);
        for (int x = 0; x < FACES; x++) {
            a[x] = log(q[x]) + 3.0; // the softmax does not mind
        }
        ck_assert_double_lt(gradients_apart(a, p), 1e-8);
        non_saturating_gradient(da, a, p);
        for (int k = 0; k < FACES; k++) {
            sum += da[k];
            for (int end = 0; end < 2; end++) {
                double moved[FACES];
                memcpy(moved, a, sizeof a);
                moved[k] += end ? 1e-5 : -1e-5;
                die_of(q, moved);
                jsd[end] = 2.0 * jensen_shannon(p, q, FACES);
            }
            apart = fmax(apart, fabs(da[k] - (jsd[1] - jsd[0]) / 2e-5));
        }
        ck_assert_double_eq_tol(sum, 0.0, 1e-12);
        ck_assert_double_gt(apart, 1e-3);
    }
}
END_TEST

// --- two numbers ---------------------------------------------------------------------------------

static const NumberRules *way(const char *name) {
    int i = 0;
    while (strcmp(ways[i].name, name) != 0) {
        i++;
    }
    return &ways[i];
}

// The game xy, from (1, 0), as its chapter says: r grows by sqrt(1 + η²) a step; x² + y² + η x y
// stays; the area shrinks by 1 - ηγ; and so for rates of two sizes.
START_TEST(the_game_xy_goes_as_its_determinant_says) {
    static double path[NUMBER_STEPS + 1][2];
    play_numbers(path, way("together"), XY);
    for (int t = 0; t <= NUMBER_STEPS; t += 50) {
        ck_assert_double_eq_tol(hypot(path[t][0], path[t][1]) / pow(1.01, 0.5 * t), 1.0, 1e-4);
    }
    play_numbers(path, way("in_turn"), XY);
    for (int t = 0; t <= NUMBER_STEPS; t++) {
        double x = path[t][0], y = path[t][1];
        ck_assert_double_eq_tol(x * x + y * y + 0.1 * x * y, 1.0, 1e-4);
    }
    play_numbers(path, way("scales"), XY);
    double widest = 0.0;
    for (int t = 0; t <= NUMBER_STEPS; t++) {
        double x = path[t][0], y = path[t][1];
        ck_assert_double_eq_tol(x * x + y * y / 4.0 + 0.1 * x * y, 1.0, 1e-4);
        widest = fmax(widest, fabs(y));
    }
    ck_assert_double_eq_tol(widest, 2.0, 0.03);
    const char *const linear[] = { "together", "in_turn", "scales", "penalty" };
    const double det[] = { 1.01, 1.0, 1.0, 0.97 };
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(determinant(way(linear[i])), det[i], 1e-6);
        play_numbers(path, way(linear[i]), XY);
        ck_assert_double_eq_tol(area_growth(path), det[i], 1e-4);
    }
    NumberRules rules = *way("penalty"); // at the same time: outward with γ < η, inward with γ > η
    rules.together = true;
    for (int strong = 0; strong < 2; strong++) {
        rules.penalty = strong ? 0.2f : 0.05f;
        play_numbers(path, &rules, XY);
        double end = hypot(path[NUMBER_STEPS][0], path[NUMBER_STEPS][1]);
        ck_assert(strong ? end < 0.2 : end > 2.0);
    }
}
END_TEST

// The running mean of a point that turns by ω a step.
START_TEST(a_mean_damps_the_circle) {
    static double path[NUMBER_STEPS + 1][2];
    play_numbers(path, way("averaged"), XY);
    double cosine = 1.0 - 0.5 * 0.1 * 0.1, beta = 0.99; // of the angle of a step in turn
    double damped = (1.0 - beta) / sqrt(1.0 - 2.0 * beta * cosine + beta * beta);
    double r = hypot(path[NUMBER_STEPS][0], path[NUMBER_STEPS][1]);
    ck_assert_double_eq_tol(r, damped, 0.1 * damped);
}
END_TEST

// The Dirac-GAN: slopes against differences of its losses, 1/r² in turn, and √(2η) at the same time.
START_TEST(the_dirac_gan_comes_closer_ever_more_slowly) {
    const double h = 1e-5;
    for (int i = 0; i < 20; i++) {
        double x = cos(i) * (0.2 + 0.1 * i), y = sin(i * i) * (0.3 + 0.1 * i);
        double dy = (log1p(exp(x * (y + h))) - log1p(exp(x * (y - h)))) / (2.0 * h);
        double dx = (log1p(exp(-(x + h) * y)) - log1p(exp(-(x - h) * y))) / (2.0 * h);
        ck_assert_double_eq_tol(slope_x(DIRAC, x, y), dx, 1e-8);
        ck_assert_double_eq_tol(slope_y(DIRAC, x, y), dy, 1e-8);
    }
    static double path[NUMBER_STEPS + 1][2];
    play_numbers(path, way("in_turn"), DIRAC);
    double r = hypot(path[NUMBER_STEPS][0], path[NUMBER_STEPS][1]);
    ck_assert_double_eq_tol(1.0 / (r * r), 1.0 + 0.1 * NUMBER_STEPS / 8.0, 0.1);
    float x = 1.0f, y = 0.0f;
    for (int t = 0; t < 5000; t++) {
        double dx = slope_x(DIRAC, x, y), dy = slope_y(DIRAC, x, y);
        x -= 0.1f * (float)dx;
        y -= 0.1f * (float)dy;
    }
    ck_assert_double_eq_tol(hypot(x, y), sqrt(2.0 * 0.1), 0.01);
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

static VanillaSettings small_settings(void) {
    return (VanillaSettings){
        .run = { .seed = 1 }, .steps = 50, .batch = 16, .width = 8, .depth = 2, .init = INIT_FAN_IN
    };
}

static const VanillaRules fair = {
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

static double mean_d_of_fake(VanillaGame *g, const float *z, int n) {
    const float *logits = net_forward(g->pair->D, net_forward(g->pair->G, z, n, EVAL), n, EVAL);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += 1.0 / (1.0 + exp(-(double)logits[i]));
    }
    return sum / n;
}

// Every byte of the other network and of its optimizer stays; and each step does what it is for.
START_TEST(a_step_leaves_the_other_network_alone) {
    for (int loss = 0; loss < 2; loss++) {
        VanillaSettings s = small_settings();
        VanillaRules rules = fair;
        rules.loss = loss;
        VanillaGame *g = toy_game(&s, &rules, s.batch);
        GanTally tally = { 0 };
        Rng data = rng_create(1, RNG_DATA);
        float real[32], z[32];
        for (int step = 0; step < 20; step++) {
            toy2d_cloud(real, RING, 16, &data);
            memcpy(z, gan_pair_latent(g->pair, 16), sizeof z);
            Copy G = copy_of(g->pair->G, g->pair->optimizer_G);
            double before = mean_d_of_fake(g, z, 16);
            discriminator_step(g, &tally, real, z, 16);
            ck_assert(is_unchanged(&G, g->pair->G, g->pair->optimizer_G));
            double judged = mean_d_of_fake(g, z, 16);
            ck_assert_msg(step == 0 || judged != before, "the discriminator has not moved");
            Copy D = copy_of(g->pair->D, g->pair->optimizer_D);
            float *grads = alloc_floats(g->pair->D->n_params);
            memcpy(grads, g->pair->D->grads, g->pair->D->n_params * sizeof *grads);
            generator_step(g, &tally, z, 16);
            ck_assert_mem_eq(grads, g->pair->D->grads, g->pair->D->n_params * sizeof *grads);
            free(grads);
            ck_assert(is_unchanged(&D, g->pair->D, g->pair->optimizer_D));
            ck_assert(!is_unchanged(&G, g->pair->G, g->pair->optimizer_G));
            ck_assert_msg(mean_d_of_fake(g, z, 16) > judged, "loss %d, step %d", loss, step);
            copy_free(&G);
            copy_free(&D);
        }
        ck_assert_int_eq((int)g->pair->step, 20);
        gan_pair_free(g->pair);
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
    VanillaRules rules = fair;
    rules.loss = loss;
    VanillaGame *g = game_create(&rules, net_of(small_G, gan_start_G, COUNT(gan_start_G)),
                                 net_of(small_D, gan_start_D, COUNT(gan_start_D)), 10, 1);
    GanTally tally = { 0 };
    float d[10], e[10];
    for (int i = 0; i < 10; i++) {
        d[i] = discriminator_step(g, &tally, gan_real[i][0], gan_z[i][0][0], 4);
        e[i] = generator_step(g, &tally, gan_z[i][1][0], 4);
    }
    ck_assert_double_lt(relative_error(d, losses_D, 10), 1e-5);
    ck_assert_double_lt(relative_error(e, losses_G, 10), 1e-5);
    ck_assert_double_lt(relative_error(g->pair->G->params, end_G, COUNT(gan_start_G)), 1e-5);
    ck_assert_double_lt(relative_error(g->pair->D->params, end_D, COUNT(gan_start_D)), 1e-5);
    gan_pair_free(g->pair);
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

static VanillaGame *game_of(const VanillaRules *rules) {
    VanillaSettings s = small_settings();
    s.steps = 100;
    return toy_game(&s, rules, 1000);
}

START_TEST(rates_and_noise_fade) {
    VanillaRules rules = fair;
    rules.constant = false;
    rules.noise = 0.5f;
    rules.noise_until = 0.5f;
    VanillaGame *g = game_of(&rules);
    static const struct {
        long step;
        float lr, noise;
    } at[] = {
        { 0, 0.02f, 0.5f }, { 25, 0.015f, 0.25f }, { 50, 0.01f, 0.0f }, { 75, 0.005f, 0.0f }
    };
    float x[2000] = { 0 };
    for (int i = 0; i < 4; i++) {
        g->pair->step = at[i].step;
        gan_pair_step_D(g->pair); // without a gradient, for the rate
        ck_assert_float_eq_tol(g->pair->optimizer_D->spec.lr, at[i].lr, 1e-7f);
        const float *y = seen(g, x, 1000);
        double squares = 0.0;
        for (int k = 0; k < 2000; k++) {
            squares += (double)y[k] * y[k];
        }
        ck_assert_double_eq_tol(sqrt(squares / 2000.0), (double)at[i].noise, 0.03);
        ck_assert((y == x) == (at[i].noise == 0.0f)); // nothing is drawn where there is none
    }
    gan_pair_free(g->pair);
    game_free(g);
}
END_TEST

START_TEST(labels_are_smoothed_on_one_side_and_flipped) {
    VanillaRules rules = fair;
    rules.label = 0.9f;
    VanillaGame *g = game_of(&rules);
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
    gan_pair_free(g->pair);
    game_free(g);
}
END_TEST

// --- the detector --------------------------------------------------------------------------------

enum { TEST_ROWS = 8 };

static Diagnosis diagnosis_of(int column, double value, int from) {
    double rows[TEST_ROWS][TOY_GAME_FIGURES];
    for (int i = 0; i < TEST_ROWS; i++) {
        const double healthy[TOY_GAME_FIGURES] = { 1.3, 0.8, 0.55, 0.45, 0.6, 0.6, 0.5,
                                                   0.5, 1.0, 8.0,  0.7,  3.0, 0.2 };
        memcpy(rows[i], healthy, sizeof healthy);
        if (i >= from && column >= 0) {
            rows[i][column] = value;
        }
    }
    return diagnose((const double(*)[TOY_GAME_FIGURES])rows, TEST_ROWS, 8);
}

START_TEST(the_detector_names_each_failure) {
    ck_assert_int_eq(diagnosis_of(-1, 0.0, 0), HEALTHY);
    ck_assert_int_eq(diagnosis_of(GAN_LOSS_D, NAN, 7), DIVERGED);
    ck_assert_int_eq(diagnosis_of(GAN_LOSS_G, INFINITY, 7), DIVERGED);
    ck_assert_int_eq(diagnosis_of(GAN_LOSS_G, 30.0, 7), DIVERGED);
    ck_assert_int_eq(diagnosis_of(GAN_LOSS_G, -30.0, 7),
                     DIVERGED); // the minimax loss of a fooled D
    ck_assert_int_eq(diagnosis_of(DIVERSITY, 50.0, 0), DIVERGED);
    ck_assert_int_eq(diagnosis_of(DIVERSITY, 0.1, 6), COLLAPSED);
    ck_assert_int_eq(diagnosis_of(DIVERSITY, 0.1, 8), HEALTHY);
    ck_assert_int_eq(diagnosis_of(MODES, 5.0, 6), MODES_MISSING);
    ck_assert_int_eq(diagnosis_of(MODES, 7.0, 0), HEALTHY);
    ck_assert_int_eq(diagnosis_of(GAN_GRAD_G, 1e-4, 0), HEALTHY); // and D is not certain
}
END_TEST

START_TEST(a_vanished_gradient_needs_a_certain_discriminator_too) {
    double row[1][TOY_GAME_FIGURES] = { { 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1e-4, 1e-4, 0.05, 0.0, 0.0,
                                          1.0, 2.0 } };
    ck_assert_int_eq(diagnose((const double(*)[TOY_GAME_FIGURES])row, 1, 8), VANISHED);
    row[0][GAN_GRAD_G] = 5.0; // the non-saturating loss
    ck_assert_int_eq(diagnose((const double(*)[TOY_GAME_FIGURES])row, 1, 8), COLLAPSED);
    row[0][GAN_ACC_REAL] = 0.5;
    row[0][GAN_GRAD_G] = 1e-4;
    ck_assert_int_eq(diagnose((const double(*)[TOY_GAME_FIGURES])row, 1, 8), COLLAPSED);
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
    VanillaSettings s = small_settings();
    Samples2d *samples = samples2d_create(RING, 1);
    float last[2] = { 0.0f, 0.0f };
    for (int company = 0; company < 2; company++) {
        VanillaGame *game = toy_game(&s, &lab[0].rules, s.batch);
        VanillaGame *other = toy_game(&s, &lab[6].rules, s.batch);
        float real[2][32];
        ToyGame a = { .own = game, .samples = samples, .real = real[0] };
        ToyGame b = { .own = other, .samples = samples, .real = real[1] };
        a.data = b.data = rng_create(1, RNG_DATA);
        for (long until = 10; until <= 50; until += 10) {
            play_in_plane(&a, until);
            if (company) {
                play_in_plane(&b, until);
            }
        }
        last[company] = game->pair->G->params[0];
        gan_pair_free(game->pair);
        gan_pair_free(other->pair);
        game_free(game);
        game_free(other);
    }
    ck_assert_float_eq(last[0], last[1]);
    ck_assert_float_ne(last[0], 0.0f);
    samples2d_free(samples);
}
END_TEST

START_TEST(a_collapse_is_counted) {
    double rows[4][TOY_GAME_FIGURES] = { { 0 } };
    const double diversity[4] = { 1.0, 0.3, 0.9, 0.1 }, covered[4] = { 8.0, 0.0, 1.0, 0.0 },
                 good[4] = { 0.01, 0.2, 0.05, 0.0 };
    for (int i = 0; i < 4; i++) {
        rows[i][DIVERSITY] = diversity[i];
        rows[i][MODES] = covered[i];
        rows[i][GOOD] = good[i];
    }
    ToyGame g = { .rows = rows, .n_rows = 4 };
    ToyGames t = { .every = 100 };
    Collapse c = count_collapse(&t, &g);
    ck_assert_int_eq(c.uncovered, 2);
    ck_assert_int_eq(c.alike, 2);
    ck_assert_int_eq((int)c.first_alike, 200);
    ck_assert_double_eq(c.most_good, 0.2);
    Film *film = alloc_bytes(sizeof *film); // a blob that walks along x by 0.5 a frame, at y = 0
    for (int f = 0; f < 4; f++) {
        for (int i = 0; i < SHOWN; i++) {
            film->frames[f][i][0] = 0.5f * (float)f + (i % 2 ? 0.25f : -0.25f);
        }
    }
    Drift drift = measure_drift(film, 4);
    ck_assert_double_eq_tol(drift.step, 0.5, 1e-6);
    ck_assert_double_eq_tol(drift.length, 0.25, 1e-6);
    ck_assert_double_eq_tol(drift.width, 0.0, 1e-6);
    free(film);
}
END_TEST

START_TEST(minimax_saturates_and_the_other_loss_does_not) {
    VanillaSettings s = small_settings();
    s.width = 32;
    const VanillaRules rules = { .lr_d = 0.003f, .constant = true, .label = 1.0f };
    VanillaGame *g = toy_game(&s, &rules, MANY);
    Rng data = rng_create(1, RNG_DATA);
    double d_fake, ratio[2];
    for (int i = 0; i < 2; i++) {
        gan_pair_latent(g->pair, MANY);
        double minimax = gradient_norm(&d_fake, g, MINIMAX);
        ratio[i] = minimax / gradient_norm(&d_fake, g, NON_SATURATING);
        train_discriminator(g, &s, i == 0 ? 300 : 0, &data);
    }
    ck_assert_double_gt(ratio[0], 0.3);
    ck_assert_double_lt(ratio[1], 0.02);
    ck_assert_double_lt(d_fake, 0.02);
    gan_pair_free(g->pair);
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
    CASE(s, "theory", the_best_discriminator, jensen_shannon_by_hand, losses_of_the_generator,
         the_gradient_of_the_non_saturating_loss);
    CASE(s, "two numbers", the_game_xy_goes_as_its_determinant_says, a_mean_damps_the_circle,
         the_dirac_gan_comes_closer_ever_more_slowly);
    CASE(s, "steps", a_step_leaves_the_other_network_alone, ten_steps_equal_pytorchs,
         rates_and_noise_fade, labels_are_smoothed_on_one_side_and_flipped);
    CASE(s, "lab", the_detector_names_each_failure,
         a_vanished_gradient_needs_a_certain_discriminator_too, presets_are_rules_of_the_lab,
         games_do_not_disturb_each_other, a_collapse_is_counted,
         minimax_saturates_and_the_other_loss_does_not);
    CASE(s, "pictures", the_picture_nets);
    return s;
}
