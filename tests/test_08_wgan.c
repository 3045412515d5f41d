// Lesson 8. Its files are included here, so that the tests reach their static functions.

#include "../lessons/08-wgan/wgan.c"
#include "../lessons/08-wgan/ring.c"
#include "../lessons/08-wgan/pictures.c"
#include "../lessons/08-wgan/main.c"

#include "test.h"

#include "fixtures/wgan_steps.h"

// --- on a line -----------------------------------------------------------------------------------

// The cheapest of all plans for x[i …] when the holes in `taken` are filled.
static double cheapest(const float *x, const float *y, int n, int i, unsigned taken) {
    double best = i == n ? 0.0 : INFINITY;
    for (int j = 0; i < n && j < n; j++) {
        if (!(taken & 1u << j)) {
            double rest = cheapest(x, y, n, i + 1, taken | 1u << j);
            best = fmin(best, fabs((double)x[i] - y[j]) / n + rest);
        }
    }
    return best;
}

START_TEST(sorting_finds_the_cheapest_of_all_plans) {
    Rng rng = rng_create(1, RNG_DATA);
    for (int n = 1; n <= 7; n++) {
        for (int k = 0; k < 10; k++) {
            float x[7], y[7];
            rng_fill_normal(&rng, x, (size_t)n, 0.0f, 1.0f);
            rng_fill_normal(&rng, y, (size_t)n, 0.5f, 2.0f);
            x[n / 2] = k % 2 ? y[0] : x[n / 2]; // equal numbers are met, too
            double best = cheapest(x, y, n, 0, 0);
            ck_assert_double_eq_tol(emd_on_a_line(x, y, n), best, 1e-12);
            ck_assert_double_eq_tol(area_between(x, y, n), best, 1e-6);
            ck_assert_double_eq_tol(best_score_difference(x, y, n), best, 1e-6);
        }
    }
}
END_TEST

START_TEST(the_line_is_a_line_of_the_plane) {
    enum { N = 40 };
    Rng rng = rng_create(2, RNG_DATA);
    float x[N], y[N], u[2 * N], v[2 * N];
    rng_fill_normal(&rng, x, N, 0.0f, 1.0f);
    rng_fill_uniform(&rng, y, N, -3.0f, 1.0f);
    for (int i = 0; i < N; i++) { // along (0.6, 0.8)
        u[2 * i] = 0.6f * x[i], u[2 * i + 1] = 0.8f * x[i];
        v[2 * i] = 0.6f * y[i], v[2 * i + 1] = 0.8f * y[i];
    }
    ck_assert_double_eq_tol(emd_on_a_line(x, y, N), emd(NULL, u, v, N, 2), 1e-5);
}
END_TEST

// Scores of slope at most 1 in the plane, of several kinds: none exceeds the true distance.
START_TEST(no_score_of_slope_1_exceeds_the_distance) {
    enum { N = 60 };
    Rng rng = rng_create(3, RNG_DATA);
    double closest = 0.0;
    for (int k = 0; k < 200; k++) {
        float x[2 * N], y[2 * N], w[2], c[2];
        rng_fill_normal(&rng, x, 2 * N, 0.0f, 1.0f);
        rng_fill_normal(&rng, y, 2 * N, 2.0f * rng_uniform(&rng), 1.0f);
        rng_fill_normal(&rng, w, 2, 0.0f, 1.0f);
        rng_fill_normal(&rng, c, 2, 0.0f, 2.0f);
        double W = emd(NULL, x, y, N, 2), length = norm(w, 2), difference = 0.0;
        for (int i = 0; i < 2 * N; i += 2) {
            for (int crowd = 0; crowd < 2; crowd++) {
                const float *p = crowd ? y + i : x + i;
                double along = ((double)w[0] * p[0] + (double)w[1] * p[1]) / length;
                double away = hypot((double)p[0] - c[0], (double)p[1] - c[1]);
                double score = k % 3 == 0 ? along : k % 3 == 1 ? away : fabs(along) - 1.0;
                difference += (crowd ? -score : score) / N;
            }
        }
        ck_assert_double_le(fabs(difference), W + 1e-6);
        closest = fmax(closest, fabs(difference) / W);
    }
    ck_assert_double_gt(closest, 0.9); // and some come near it
}
END_TEST

// --- files of the theory -------------------------------------------------------------------------

static Run *quiet_run(void) {
    static RunOptions options;
    options = (RunOptions)RUN_DEFAULTS("99-test");
    options.quiet = true;
    return run_open(&options, &(Option)OPTION_END);
}

START_TEST(lines_have_a_constant_divergence_and_a_linear_distance) {
    enter_folder();
    Run *run = quiet_run();
    parallel_lines(run, rng_create(1, RNG_DATA));
    ck_assert_int_eq(run_close(run), 0);
    FILE *file = fopen("runs/99-test/default/lines.csv", "r");
    char header[100];
    ck_assert_str_eq(fgets(header, sizeof header, file), "theta,emd,jsd,slope_10,slope_2\n");
    double theta, distance, jsd, steep, flat;
    int rows = 0;
    while (fscanf(file, "%lf,%lf,%lf,%lf,%lf\n", &theta, &distance, &jsd, &steep, &flat) == 5) {
        ck_assert_double_eq_tol(distance, fabs(theta), 1e-5);
        ck_assert_double_eq_tol(jsd, theta != 0.0 ? log(2.0) : 0.0, 1e-5);
        // V against a discriminator whose logit is ±slope·|theta|/2 on the two lines: (V + log 4)
        // / 2
        double s = 10.0 * fabs(theta) / 2.0, V = 2.0 * log(1.0 / (1.0 + exp(-s)));
        ck_assert_double_eq_tol(steep, (V + log(4.0)) / 2.0, 1e-5);
        ck_assert(flat <= steep && steep <= jsd + 1e-9);
        rows++;
    }
    ck_assert_int_eq(rows, 41);
    fclose(file);
}
END_TEST

// --- a step of either ----------------------------------------------------------------------------

enum { BATCH = 16 };

static WganSettings small_settings(void) {
    return (WganSettings){
        .run = { .seed = 1 },
        .rules = { .critic = true, .optimizer = RMSPROP, .lr = 0.001f, .clip = 0.1f, .d_steps = 1 },
        .steps = 1000,
        .batch = BATCH,
        .width = 8,
        .depth = 2
    };
}

static double estimate_of(GanPair *d, const float *real, const float *z) {
    float high = -wasserstein(NULL, net_forward(d->D, real, BATCH, TRAIN), 1.0f, BATCH);
    const float *fake = net_forward(d->G, z, BATCH, TRAIN);
    return (double)high +
           (double)wasserstein(NULL, net_forward(d->D, fake, BATCH, TRAIN), 1.0f, BATCH);
}

static double score_of_fakes(GanPair *d, const float *z) {
    const float *fake = net_forward(d->G, z, BATCH, TRAIN);
    return -(double)wasserstein(NULL, net_forward(d->D, fake, BATCH, TRAIN), 1.0f, BATCH);
}

// Every byte of the other network and of its optimizer stays, and each step has the sign that it
// should.
START_TEST(each_step_moves_one_network_in_its_own_direction) {
    WganSettings s = small_settings();
    GanPair *d = toy_pair(&s, &s.rules);
    GanTally tally = { 0 };
    Rng rng = rng_create(1, RNG_DATA);
    float real[2 * BATCH], z[2 * BATCH], *held = alloc_floats(d->G->n_params),
                                         *memory = alloc_floats(d->G->n_params);
    toy2d_cloud(real, RING, BATCH, &rng);
    rng_fill_normal(&rng, z, 2 * BATCH, 0.0f, 1.0f);
    for (int k = 0; k < 20; k++) {
        size_t bytes = d->G->n_params * sizeof *held;
        memcpy(held, d->G->params, bytes);
        memcpy(memory, d->optimizer_G->second, bytes);
        double before = estimate_of(d, real, z);
        critic_step(d, &tally, 0.1f, real, z, BATCH);
        ck_assert_double_gt(estimate_of(d, real, z), before);
        ck_assert_mem_eq(held, d->G->params, bytes);
        ck_assert_mem_eq(memory, d->optimizer_G->second, bytes);
    }
    double row[CRITIC_FIGURES];
    critic_tally_row(row, &tally);
    ck_assert_double_gt(row[CRITIC_ESTIMATE], 0.0);
    ck_assert_double_eq_tol(row[CRITIC_LOSS_D], -row[CRITIC_ESTIMATE], 1e-6);
    ck_assert_double_eq_tol(row[CRITIC_SCORE_REAL] - row[CRITIC_SCORE_FAKE], row[CRITIC_ESTIMATE],
                            1e-6);
    free(held);
    free(memory);
    size_t bytes = d->D->n_params * sizeof *held;
    held = alloc_floats(d->D->n_params);
    memory = alloc_floats(d->D->n_params);
    float *grads = memcpy(alloc_floats(d->D->n_params), d->D->grads, bytes);
    for (int k = 0; k < 20; k++) {
        memcpy(held, d->D->params, bytes);
        memcpy(memory, d->optimizer_D->second, bytes);
        double before = score_of_fakes(d, z);
        critic_generator_step(d, &tally, z, BATCH);
        ck_assert_double_gt(score_of_fakes(d, z), before);
        ck_assert_mem_eq(held, d->D->params, bytes);
        ck_assert_mem_eq(memory, d->optimizer_D->second, bytes);
        ck_assert_mem_eq(grads, d->D->grads, bytes); // nor is anything left for its next step
    }
    free(held);
    free(memory);
    free(grads);
    gan_pair_free(d);
}
END_TEST

// So many steps of the critic before each one of the generator.
START_TEST(the_loop_takes_the_steps_asked_for) {
    WganSettings s = small_settings();
    Samples2d *samples = samples2d_create(RING, 1);
    for (int d_steps = 1; d_steps <= 5; d_steps += 2) {
        for (int critic = 0; critic < 2; critic++) {
            WganRules rules = s.rules;
            rules.critic = critic;
            rules.d_steps = d_steps;
            float real[2 * BATCH];
            ToyGame c = {
                .rules = &rules, .pair = toy_pair(&s, &rules), .samples = samples, .real = real
            };
            c.data = rng_create(1, RNG_DATA);
            play(&c, 4);
            ck_assert_int_eq(c.pair->step, 4);
            ck_assert_int_eq(c.pair->optimizer_G->steps, 4);
            ck_assert_int_eq(c.pair->optimizer_D->steps, 4 * d_steps);
            gan_pair_free(c.pair);
        }
    }
    samples2d_free(samples);
}
END_TEST

// After every step of the critic, bit for bit; and from the beginning.
START_TEST(no_weight_is_ever_beyond_the_bounds) {
    for (int k = 0; k < 3; k++) {
        WganSettings s = small_settings();
        s.rules.clip = k == 0 ? 0.1f : k == 1 ? 0.01f : 0.3f;
        s.rules.lr = 0.05f;
        GanPair *d = toy_pair(&s, &s.rules);
        GanTally tally = { 0 };
        Rng data = rng_create(1, RNG_DATA);
        float real[2 * BATCH];
        for (int step = 0; step <= 50; step++) {
            float largest = 0.0f;
            for (size_t i = 0; i < d->D->n_params; i++) {
                largest = fmaxf(largest, fabsf(d->D->params[i]));
            }
            ck_assert(largest <= s.rules.clip);
            ck_assert(step == 0 ||
                      largest == s.rules.clip); // and the rate is such that some get there
            toy2d_cloud(real, RING, BATCH, &data);
            critic_step(d, &tally, s.rules.clip, real, gan_pair_latent(d, BATCH), BATCH);
        }
        gan_pair_free(d);
    }
}
END_TEST

// Made smaller as a layer, not cut: the weights keep their proportions, and few are at the bounds.
START_TEST(a_critic_begins_inside_the_bounds_without_a_pile) {
    WganSettings s = small_settings();
    s.width = 64;
    GanPair *d = toy_pair(&s, &s.rules);
    ck_assert_double_lt(share_at_bounds(d->D->params, d->D->n_params, 0.1f), 0.03);
    WganRules vanilla = others[0].rules;
    GanPair *other = toy_pair(&s, &vanilla);
    ck_assert_mem_eq(d->G->params, other->G->params, d->G->n_params * sizeof(float));
    const Layer *first = &d->D->layers[0], *same = &other->D->layers[0];
    for (size_t i = 1; i < first->n_weight; i++) {
        ck_assert_float_eq_tol(first->weight[i] / first->weight[0],
                               same->weight[i] / same->weight[0],
                               1e-4f * fabsf(same->weight[i] / same->weight[0]));
    }
    gan_pair_free(d);
    gan_pair_free(other);
}
END_TEST

static GanPair *fixture_pair(OptimizerSpec spec) {
    static const LayerSpec generator[] = { dense(5), relu(), dense(2), END };
    static const LayerSpec critic[] = { dense(6), leaky_relu(0.2f), dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *G = net_create(generator, (Shape){ 2, 1, 1 }, 4, &rng);
    Net *D = net_create(critic, (Shape){ 2, 1, 1 }, 4, &rng);
    memcpy(G->params, wgan_start_G, sizeof wgan_start_G);
    memcpy(D->params, wgan_start_D, sizeof wgan_start_D);
    return gan_pair_create(G, D, spec, spec, false, 100, 1);
}

START_TEST(six_steps_are_pytorchs) {
    GanPair *d = fixture_pair(optimizer_defaults(RMSPROP, 0.005f));
    for (int i = 0; i < 6; i++) {
        double row[CRITIC_FIGURES];
        GanTally tally = { 0 };
        for (int k = 0; k < 2; k++) {
            critic_step(d, &tally, 0.25f, wgan_real[i][k][0], wgan_z[i][k][0], 4);
            critic_tally_row(row, &tally);
            ck_assert_double_eq_tol(row[CRITIC_ESTIMATE], (double)clip_estimates[2 * i + k], 1e-5);
        }
        critic_generator_step(d, &tally, wgan_z[i][2][0], 4);
        critic_tally_row(row, &tally);
        ck_assert_double_eq_tol(row[CRITIC_LOSS_G], (double)clip_losses_G[i], 1e-5);
    }
    ck_assert_double_lt(relative_error(d->G->params, clip_end_G, d->G->n_params), 1e-5);
    ck_assert_double_lt(relative_error(d->D->params, clip_end_D, d->D->n_params), 1e-5);
    gan_pair_free(d);
}
END_TEST

// --- the vanilla game ----------------------------------------------------------------------------

START_TEST(the_other_game_is_lesson_6s) {
    WganSettings s = small_settings();
    GanPair *d = toy_pair(&s, &others[0].rules);
    GanTally tally = { 0 };
    Rng rng = rng_create(1, RNG_DATA);
    float real[2 * BATCH], z[2 * BATCH];
    toy2d_cloud(real, RING, BATCH, &rng);
    rng_fill_normal(&rng, z, 2 * BATCH, 0.0f, 1.0f);
    double expected = 0.0, gap = 0.0;
    const float *logits = net_forward(d->D, real, BATCH, TRAIN);
    for (int i = 0; i < BATCH; i++) {
        expected += log1p(exp(-(double)logits[i])) / BATCH;
        gap += (double)logits[i] / BATCH;
    }
    logits = net_forward(d->D, net_forward(d->G, z, BATCH, TRAIN), BATCH, TRAIN);
    for (int i = 0; i < BATCH; i++) {
        expected += log1p(exp((double)logits[i])) / BATCH;
        gap -= (double)logits[i] / BATCH;
    }
    double row[CRITIC_FIGURES];
    plain_step_D(d, &tally, NULL, real, z, BATCH);
    critic_tally_row(row, &tally);
    ck_assert_double_eq_tol(row[CRITIC_LOSS_D], expected, 1e-5);
    ck_assert_double_eq_tol(row[CRITIC_ESTIMATE], gap, 1e-5);
    expected = 0.0;
    logits = net_forward(d->D, net_forward(d->G, z, BATCH, TRAIN), BATCH, TRAIN);
    for (int i = 0; i < BATCH; i++) {
        expected += log1p(exp(-(double)logits[i])) / BATCH;
    }
    double before = score_of_fakes(d, z);
    plain_step_G(d, &tally, NULL, z, BATCH);
    critic_tally_row(row, &tally);
    ck_assert_double_eq_tol(row[CRITIC_LOSS_G], expected, 1e-5);
    ck_assert_double_gt(score_of_fakes(d, z), before);
    gan_pair_free(d);
}
END_TEST

START_TEST(pictures_have_lesson_7s_networks) {
    WganSettings s = { .run = { .seed = 1 }, .picture_batch = 4, .picture_lr = 0.00005f };
    GanPair *d = picture_pair(&s, 10);
    ck_assert_uint_eq(d->G->n_params, 234177);
    ck_assert_uint_eq(d->D->n_params, 36577);
    ck_assert(d->optimizer_D->spec.kind == RMSPROP && !d->decay);
    gan_pair_free(d);
}
END_TEST

START_TEST(weights_are_counted_where_they_lie) {
    static const LayerSpec table[] = { dense(3, .no_bias = true), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, 1, &rng);
    const float params[] = { -5.0f, -0.15f, 0.0f, 0.002f, 0.15f, 7.0f };
    memcpy(net->params, params, sizeof params);
    int bins[BINS] = { 0 };
    count_weights(bins, net, 0.15f);
    ck_assert(bins[0] == 2 && bins[BINS / 2] == 2 && bins[BINS - 1] == 2);
    net_free(net);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("08-wgan");
    CASE(s, "distance", sorting_finds_the_cheapest_of_all_plans, the_line_is_a_line_of_the_plane,
         no_score_of_slope_1_exceeds_the_distance,
         lines_have_a_constant_divergence_and_a_linear_distance);
    CASE(s, "steps", each_step_moves_one_network_in_its_own_direction,
         the_loop_takes_the_steps_asked_for, no_weight_is_ever_beyond_the_bounds,
         a_critic_begins_inside_the_bounds_without_a_pile, six_steps_are_pytorchs,
         the_other_game_is_lesson_6s);
    CASE(s, "rest", pictures_have_lesson_7s_networks, weights_are_counted_where_they_lie);
    return s;
}
