// Lesson 10. Its files are included here, so that the tests reach their static functions.

#include "../lessons/10-conditional-gan/conditional-gan.c"
#include "../lessons/10-conditional-gan/steer.c"
#include "../lessons/10-conditional-gan/walks.c"
#include "../lessons/10-conditional-gan/game.c"
#include "../lessons/10-conditional-gan/main.c"

#include "test.h"

#include "fixtures/conditional_steps.h"

#include <omp.h>

enum { BATCH = 6, EVERY = 53, PLANES = 1 + CLASSES };

static const ConditionalSettings small = {
    .run = { .seed = 1 }, .batch = BATCH, .width = 2, .lr = 0.01f, .beta1 = 0.5f
};

static void some_labels(int *labels, int n) {
    for (int i = 0; i < n; i++) {
        labels[i] = 7 * i % CLASSES;
    }
}

static float *some_pictures(int n) {
    float *x = alloc_floats((size_t)n * PIXELS);
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_uniform(&rng, x, (size_t)n * PIXELS, -1.0f, 1.0f);
    return x;
}

// --- labels --------------------------------------------------------------------------------------

START_TEST(a_label_is_one_hot_beside_z) {
    float z[CLASSES * LATENT], zy[CLASSES * ROW];
    int labels[CLASSES];
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, z, CLASSES * LATENT, 0.0f, 1.0f);
    for (int i = 0; i < CLASSES; i++) {
        labels[i] = (i + 3) % CLASSES;
    }
    beside(zy, z, labels, CLASSES);
    for (int i = 0; i < CLASSES; i++) {
        ck_assert_mem_eq(zy + i * ROW, z + i * LATENT, LATENT * sizeof *z);
        for (int c = 0; c < CLASSES; c++) {
            ck_assert_float_eq(zy[i * ROW + LATENT + c], c == labels[i] ? 1.0f : 0.0f);
        }
    }
}
END_TEST

START_TEST(a_label_is_a_constant_plane_behind_the_picture) {
    float *x = some_pictures(BATCH), *xy = alloc_floats(BATCH * PLANES * PIXELS);
    int labels[BATCH];
    some_labels(labels, BATCH);
    behind(xy, x, labels, BATCH);
    for (int i = 0; i < BATCH; i++) {
        const float *samples = xy + (size_t)i * PLANES * PIXELS;
        ck_assert_mem_eq(samples, x + (size_t)i * PIXELS, PIXELS * sizeof *x);
        for (int k = PIXELS; k < PLANES * PIXELS; k++) {
            ck_assert_float_eq(samples[k], k / PIXELS - 1 == labels[i] ? 1.0f : 0.0f);
        }
    }
    free(x);
    free(xy);
}
END_TEST

// W (z, e) = V z + E e = V z + F (C e): one bias a class, or one matrix more.
START_TEST(an_embedding_is_one_more_matrix) {
    enum { UNITS = 7, EMBEDDED = 4 };
    Rng rng = rng_create(2, RNG_INIT);
    ck_assert_double_lt(check_embedding(&rng), 1e-5);
    static const LayerSpec plain[] = { dense(UNITS, .no_bias = true), END };
    Net *one_hot = net_create(plain, (Shape){ ROW, 1, 1 }, 1, &rng);
    Net *embedded = net_create(plain, (Shape){ LATENT + EMBEDDED, 1, 1 }, 1, &rng);
    float C[EMBEDDED][CLASSES], z[LATENT], zy[ROW], zc[LATENT + EMBEDDED];
    rng_fill_normal(&rng, C[0], EMBEDDED * CLASSES, 0.0f, 1.0f);
    rng_fill_normal(&rng, z, LATENT, 0.0f, 1.0f);
    for (int o = 0; o < UNITS; o++) { // the weights of the first from those of the second
        for (int k = 0; k < LATENT; k++) {
            one_hot->params[o * ROW + k] = embedded->params[o * (LATENT + EMBEDDED) + k];
        }
        for (int c = 0; c < CLASSES; c++) {
            float sum = 0.0f;
            for (int k = 0; k < EMBEDDED; k++) {
                sum += embedded->params[o * (LATENT + EMBEDDED) + LATENT + k] * C[k][c];
            }
            one_hot->params[o * ROW + LATENT + c] = sum;
        }
    }
    for (int label = 0; label < CLASSES; label++) {
        beside(zy, z, &label, 1);
        memcpy(zc, z, sizeof z);
        for (int k = 0; k < EMBEDDED; k++) {
            zc[LATENT + k] = C[k][label];
        }
        ck_assert_double_lt(relative_error(net_forward(one_hot, zy, 1, EVAL),
                                           net_forward(embedded, zc, 1, EVAL), UNITS),
                            1e-5);
    }
    net_free(one_hot);
    net_free(embedded);
}
END_TEST

// The same z and another label: another picture. The same picture and another label: another logit.
START_TEST(the_label_changes_what_both_say) {
    GanPair *d = conditional_pair(&small, true, 10);
    float z[CLASSES * LATENT], zy[CLASSES * ROW], *x = some_pictures(1),
                                                  *same = alloc_floats(CLASSES * PIXELS);
    float *xy = alloc_floats(CLASSES * PLANES * PIXELS), logits[CLASSES];
    int labels[CLASSES];
    Rng rng = rng_create(3, RNG_DATA);
    rng_fill_normal(&rng, z, LATENT, 0.0f, 1.0f);
    for (int i = 0; i < CLASSES; i++) {
        labels[i] = i;
        memcpy(z + (size_t)i * LATENT, z, LATENT * sizeof *z);
        memcpy(same + (size_t)i * PIXELS, x, PIXELS * sizeof *x);
    }
    beside(zy, z, labels, CLASSES);
    const float *made = net_forward(d->G, zy, CLASSES, EVAL);
    behind(xy, same, labels, CLASSES);
    for (int i = 0; i < CLASSES; i++) {
        logits[i] = net_forward(d->D, xy + (size_t)i * PLANES * PIXELS, 1, EVAL)[0];
        for (int k = 0; k < i; k++) {
            ck_assert(memcmp(made + (size_t)i * PIXELS, made + (size_t)k * PIXELS,
                             PIXELS * sizeof *made) != 0);
            ck_assert_float_ne(logits[i], logits[k]);
        }
    }
    free(x);
    free(xy);
    free(same);
    gan_pair_free(d);
}
END_TEST

// --- the game ------------------------------------------------------------------------------------

static double belief(ConditionalGame *g, const int *labels, int n) {
    const float *logits = logits_of(g, g->made, labels, n);
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += 1.0 / (1.0 + exp(-(double)logits[i])) / n;
    }
    return sum;
}

START_TEST(each_step_moves_one_network_in_its_own_direction) {
    ConditionalGame g = game_create(&small, _i == 0, 100);
    size_t n_G = g.pair->G->n_params * sizeof(float), n_D = g.pair->D->n_params * sizeof(float);
    float *real = some_pictures(BATCH),
          *held = alloc_floats(g.pair->G->n_params + g.pair->D->n_params);
    float *grads = alloc_floats(g.pair->D->n_params);
    int labels[BATCH];
    some_labels(labels, BATCH);
    make_fakes(&g, labels, BATCH);
    for (int k = 0; k < 5; k++) {
        memcpy(held, g.pair->G->params, n_G);
        discriminator_step(&g, real, labels, BATCH);
        float loss = g.loss_d;
        discriminator_step(&g, real, labels, BATCH);
        ck_assert_float_lt(g.loss_d, loss);
        ck_assert_mem_eq(held, g.pair->G->params, n_G);
        ck_assert_int_eq(g.pair->optimizer_G->steps, k);

        memcpy(held, g.pair->D->params, n_D);
        memcpy(grads, g.pair->D->grads, n_D);
        double before = belief(&g, labels, BATCH);
        generator_step(&g, labels, BATCH);
        ck_assert_mem_eq(grads, g.pair->D->grads, n_D); // nor is anything left for its next step
        g.made = net_forward(g.pair->G, g.zy, BATCH, TRAIN);
        ck_assert_double_gt(belief(&g, labels, BATCH), before);
        ck_assert_mem_eq(held, g.pair->D->params, n_D);
        ck_assert_int_eq(g.pair->optimizer_D->steps, 2 * (k + 1));
    }
    free(real);
    free(held);
    free(grads);
    game_free(&g);
}
END_TEST

// The numbers of make_conditional_fixtures.py.
static void fill(float *x, int seed, size_t n, double scale) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)(i + 1) * 2654435761u + (uint32_t)seed * 40503u;
        x[i] = (float)(((int)((bits >> 8) % 2001) - 1000) / 1000.0 * scale);
    }
}

static void assert_every(const Net *net, const float *expected, size_t n) {
    float *kept = alloc_floats(n);
    ck_assert_uint_eq(n, (net->n_params + EVERY - 1) / EVERY);
    for (size_t i = 0; i < n; i++) {
        kept[i] = net->params[i * EVERY];
    }
    ck_assert_double_lt(relative_error(kept, expected, n), 1e-4);
    free(kept);
}

START_TEST(five_steps_are_pytorchs) {
    enum { STEPS = 5, N = 3 };
    ConditionalSettings s = small;
    s.batch = N;
    s.width = 1;
    ConditionalGame g = game_create(&s, true, 100);
    float *z = alloc_floats(STEPS * N * LATENT), *real = alloc_floats(STEPS * N * PIXELS);
    fill(g.pair->G->params, 1, g.pair->G->n_params, 0.5);
    fill(g.pair->D->params, 2, g.pair->D->n_params, 0.5);
    fill(z, 3, STEPS * N * LATENT, 2.0);
    fill(real, 4, STEPS * N * PIXELS, 1.0);
    for (int i = 0; i < STEPS; i++) {
        const int *labels = conditional_labels[i];
        beside(g.zy, z + (size_t)i * N * LATENT, labels, N);
        g.made = net_forward(g.pair->G, g.zy, N, TRAIN);
        discriminator_step(&g, real + (size_t)i * N * PIXELS, labels, N);
        generator_step(&g, labels, N);
        ck_assert_float_eq_tol(g.loss_d, conditional_loss_d[i], 2e-5f);
        ck_assert_float_eq_tol(g.loss_g, conditional_loss_g[i], 2e-5f);
    }
    assert_every(g.pair->G, conditional_generator, sizeof conditional_generator / sizeof(float));
    assert_every(g.pair->D, conditional_discriminator,
                 sizeof conditional_discriminator / sizeof(float));
    free(z);
    free(real);
    game_free(&g);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    float *alone = NULL, *real = some_pictures(BATCH);
    int labels[BATCH];
    some_labels(labels, BATCH);
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        ConditionalGame g = game_create(&small, true, 100);
        for (int i = 0; i < 5; i++) {
            make_fakes(&g, labels, BATCH);
            discriminator_step(&g, real, labels, BATCH);
            generator_step(&g, labels, BATCH);
        }
        size_t n = g.pair->G->n_params;
        if (!alone) {
            alone = alloc_floats(n);
            memcpy(alone, g.pair->G->params, n * sizeof *alone);
        }
        ck_assert_mem_eq(alone, g.pair->G->params, n * sizeof *alone);
        game_free(&g);
    }
    free(alone);
    free(real);
}
END_TEST

// --- samples -------------------------------------------------------------------------------------

static Run *quiet_run(void) {
    static RunOptions options;
    options = (RunOptions)RUN_DEFAULTS("99-test");
    options.quiet = true;
    return run_open(&options, &(Option)OPTION_END);
}

START_TEST(every_label_is_sampled_as_often) {
    enter_folder();
    Run *run = quiet_run();
    GanPair *d = conditional_pair(&small, true, 10);
    uint8_t labels[203];
    uint8_t *images = sample_classes(labels, run, d->G, 203);
    int counts[CLASSES] = { 0 };
    for (int i = 0; i < 203; i++) {
        counts[labels[i]]++;
    }
    for (int c = 0; c < CLASSES; c++) {
        ck_assert_int_eq(counts[c], 20 + (c < 3));
    }
    uint8_t fewer_labels[30],
        *fewer = sample_classes(fewer_labels, run, d->G, 30); // the first ones are the same
    ck_assert_mem_eq(fewer, images, 30 * PIXELS);
    free(images);
    free(fewer);
    gan_pair_free(d);
    run_close(run);
}
END_TEST

// Each class against its own test pictures: 0 for these themselves, and more where a label is wrong.
START_TEST(each_class_has_its_own_distance) {
    Dataset *test = dataset_load("fashion", TEST_SET);
    test->n = 2000;
    Judge *judge = judge_create(test);
    double same[CLASSES], mixed[CLASSES];
    uint8_t *wrong = alloc_bytes((size_t)test->n);
    for (int i = 0; i < test->n; i++) { // trousers are called bags
        wrong[i] = test->labels[i] == 1 ? 8 : test->labels[i];
    }
    class_distances(same, judge, test, test->images, test->labels, test->n);
    class_distances(mixed, judge, test, test->images, wrong, test->n);
    for (int c = 0; c < CLASSES; c++) {
        ck_assert_double_lt(same[c], 1e-3);
        ck_assert(c == 1 ? isnan(mixed[c]) : c == 8 ? mixed[c] > 10.0 : mixed[c] < 1e-3);
    }
    free(wrong);
    judge_free(judge);
    dataset_free(test);
}
END_TEST

START_TEST(the_mark_counts_what_was_asked_for) {
    enter_folder();
    Run *run = quiet_run();
    Dataset *test = dataset_load("fashion", TEST_SET);
    test->n = 200;
    Judge *judge = judge_create(test);
    GanPair *d = conditional_pair(&small, true, 10);
    enum { N = 200 };
    ConditionalScore score = score_of(run, judge, d->G, N);
    uint8_t labels[N], *images = sample_classes(labels, run, d->G, N);
    float p[N * CLASSES];
    double right = 0.0, trace = 0.0;
    judge_look(judge, NULL, p, images, N);
    for (int i = 0; i < N; i++) {
        bool best = true;
        for (int c = 0; c < CLASSES; c++) {
            best &= p[i * CLASSES + labels[i]] >= p[i * CLASSES + c];
        }
        right += best / (double)N;
    }
    for (int c = 0; c < CLASSES; c++) {
        double sum = 0.0;
        for (int k = 0; k < CLASSES; k++) {
            sum += score.confusion[c][k];
        }
        ck_assert_double_eq_tol(sum, 1.0, 1e-9);
        trace += score.confusion[c][c] / CLASSES;
    }
    ck_assert_double_eq_tol(score.consistency, right, 1e-9);
    ck_assert_double_eq_tol(score.consistency, trace, 1e-9);
    free(images);
    gan_pair_free(d);
    judge_free(judge);
    dataset_free(test);
    run_close(run);
}
END_TEST

// --- steering ------------------------------------------------------------------------------------

static Guides guides(GanPair **pair, Judge **judge, Dataset **test) {
    *test = dataset_load("fashion", TEST_SET);
    (*test)->n = 100;
    *judge = judge_create(*test);
    *pair = conditional_pair(&small, false, 10);
    for (size_t i = 0; i < (*pair)->G->n_params; i++) {
        (*pair)->G->params[i] *= 4.0f; // pictures that are not grey
    }
    Guides g = { .G = (*pair)->G, .judge = judge_net(*judge), .D = (*pair)->D };
    g.pictures = alloc_floats((size_t)WALKERS * PIXELS);
    g.d = alloc_floats((size_t)WALKERS * PIXELS);
    return g;
}

static double log_p(Guides *g, const float *zy, const int *targets, int n) {
    return -n * (double)softmax_cross_entropy(NULL, looked_at(g, zy, n), targets, n, CLASSES);
}

START_TEST(the_way_up_is_the_gradient) {
    enum { N = 3 };
    GanPair *pair;
    Judge *judge;
    Dataset *test;
    Guides g = guides(&pair, &judge, &test);
    float zy[N * ROW], z[N * LATENT], gradient[N * ROW];
    int targets[N] = { 1, 5, 9 };
    Rng rng = rng_create(4, RNG_DATA);
    rng_fill_normal(&rng, z, N * LATENT, 0.0f, 1.0f);
    beside(zy, z, targets, N);
    memcpy(gradient, uphill(&g, zy, targets, N), sizeof gradient);
    for (int direction = 0; direction < 5; direction++) {
        float u[N * ROW], moved[N * ROW];
        double along = 0.0, ends[2];
        rng_fill_normal(&rng, u, N * ROW, 0.0f, 1.0f);
        for (int i = 0; i < N * ROW; i++) {
            along += (double)u[i] * gradient[i];
        }
        for (int end = 0; end < 2; end++) {
            for (int i = 0; i < N * ROW; i++) {
                moved[i] = zy[i] + (end ? 3e-4f : -3e-4f) * u[i];
            }
            ends[end] = log_p(&g, moved, targets, N);
        }
        ck_assert_double_eq_tol((ends[1] - ends[0]) / 6e-4, along,
                                0.05 * fabs(along) + 0.02 * norm(gradient, N * ROW));
    }
    ck_assert_double_gt(norm(gradient, N * ROW), 1e-3);
    free(g.pictures);
    free(g.d);
    gan_pair_free(pair);
    judge_free(judge);
    dataset_free(test);
}
END_TEST

START_TEST(steps_have_their_length_and_lead_up) {
    GanPair *pair;
    Judge *judge;
    Dataset *test;
    Guides g = guides(&pair, &judge, &test);
    for (int way = UPHILL; way <= ON_SHELL; way++) {
        float zy[ROW], z[LATENT], before[ROW], difference[LATENT];
        int target = 8;
        Rng rng = rng_create(5, RNG_DATA);
        rng_fill_normal(&rng, z, LATENT, 0.0f, 1.0f);
        beside(zy, z, &target, 1);
        double length = norm(z, LATENT), start = log_p(&g, zy, &target, 1);
        for (int step = 0; step < 10; step++) {
            memcpy(before, zy, sizeof zy);
            one_step(&g, zy, NULL, &target, (SteeringWay)way, 1);
            for (int k = 0; k < LATENT; k++) {
                difference[k] = zy[k] - before[k];
            }
            ck_assert_double_eq_tol(norm(difference, LATENT), 0.1, way == UPHILL ? 1e-4 : 2e-2);
            ck_assert_mem_eq(zy + LATENT, before + LATENT, CLASSES * sizeof *zy); // the label stays
            ck_assert(way == UPHILL || fabs(norm(zy, LATENT) - length) < 1e-4);
        }
        ck_assert_double_gt(log_p(&g, zy, &target, 1), start);
    }
    free(g.pictures);
    free(g.d);
    gan_pair_free(pair);
    judge_free(judge);
    dataset_free(test);
}
END_TEST

static double brightness(Guides *g, const float *zy) {
    double sum = 0.0;
    looked_at(g, zy, 1);
    for (int k = 0; k < PIXELS; k++) {
        sum += (double)g->pictures[k] / PIXELS;
    }
    return sum;
}

// Brighter is the gradient of the brightness; a step at right angles to it leaves the brightness.
START_TEST(an_even_step_leaves_the_brightness) {
    GanPair *pair;
    Judge *judge;
    Dataset *test;
    Guides g = guides(&pair, &judge, &test);
    float zy[ROW], z[LATENT], light[ROW], moved[ROW], ends[2];
    int target = 8;
    Rng rng = rng_create(6, RNG_DATA);
    rng_fill_normal(&rng, z, LATENT, 0.0f, 1.0f);
    beside(zy, z, &target, 1);
    memcpy(light, brighter(&g, zy, 1), sizeof light);
    double steep = norm(light, LATENT), change[2];
    for (int end = 0; end < 2; end++) {
        memcpy(moved, zy, sizeof zy);
        for (int k = 0; k < LATENT; k++) {
            moved[k] += (end ? 0.01f : -0.01f) * light[k] / (float)steep;
        }
        ends[end] = (float)brightness(&g, moved);
    }
    ck_assert_double_eq_tol(((double)ends[1] - (double)ends[0]) / 0.02, steep, 0.05 * steep);
    for (int way = 0; way < 2; way++) {
        memcpy(moved, zy, sizeof zy);
        double before = brightness(&g, moved), start = log_p(&g, moved, &target, 1);
        one_step(&g, moved, light, // where the way is AT_RANDOM
                 &target, way ? EVEN : AT_RANDOM, 1);
        change[way] = fabs(brightness(&g, moved) - before);
        ck_assert(way == 0 || log_p(&g, moved, &target, 1) > start);
    }
    ck_assert_double_eq_tol(change[0], 0.1 * steep, 0.02 * steep);
    ck_assert_double_lt(change[1], 0.1 * change[0]);
    free(g.pictures);
    free(g.d);
    gan_pair_free(pair);
    judge_free(judge);
    dataset_free(test);
}
END_TEST

START_TEST(what_lies_along_is_removed) {
    float to[2 * ROW], off[2 * ROW];
    Rng rng = rng_create(7, RNG_DATA);
    rng_fill_normal(&rng, to, 2 * ROW, 0.0f, 1.0f);
    rng_fill_normal(&rng, off, 2 * ROW, 0.0f, 1.0f);
    ck_assert_double_eq_tol(mean_cosine(off, off, 2), 1.0, 1e-6);
    ck_assert_double_gt(mean_cosine(to, off, 2), 1e-3);
    remove_along(to, off, 2);
    ck_assert_double_lt(mean_cosine(to, off, 2), 1e-6);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("10-conditional-gan");
    CASE(s, "labels", a_label_is_one_hot_beside_z, a_label_is_a_constant_plane_behind_the_picture,
         an_embedding_is_one_more_matrix, the_label_changes_what_both_say);
    TCase *both = tcase_create("steps");
    tcase_add_loop_test(both, each_step_moves_one_network_in_its_own_direction, 0, 2);
    tcase_set_timeout(both, 100);
    suite_add_tcase(s, both);
    CASE(s, "game", five_steps_are_pytorchs, same_bytes_on_any_number_of_threads);
    CASE(s, "samples", every_label_is_sampled_as_often, each_class_has_its_own_distance,
         the_mark_counts_what_was_asked_for);
    CASE(s, "steering", the_way_up_is_the_gradient, steps_have_their_length_and_lead_up,
         an_even_step_leaves_the_brightness, what_lies_along_is_removed);
    return s;
}
