// Tests of what a log of a GAN is made of.

#include "gan/gan_tally.h"
#include "base/die.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

// --- the tally -----------------------------------------------------------------------------------

// A network whose gradient is set by hand: n weights, one output.
static Net *with_gradient(int n, float each) {
    const LayerSpec table[] = { dense(1, .no_bias = true), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ n, 1, 1 }, 1, &rng);
    for (int i = 0; i < n; i++) {
        net->grads[i] = i % 2 ? -each : each;
    }
    return net;
}

START_TEST(columns_and_figures_agree) {
    static const char *const names[GAN_FIGURES] = { "loss_d",   "loss_g",   "d_real", "d_fake",
                                                    "acc_real", "acc_fake", "grad_d", "grad_g" };
    char *columns = copy_text(GAN_COLUMNS), *rest = columns;
    for (int i = 0; i < GAN_FIGURES; i++) {
        ck_assert_str_eq(strtok_r(i ? NULL : columns, ",", &rest), names[i]);
    }
    ck_assert_ptr_null(strtok_r(NULL, ",", &rest));
    free(columns);
}
END_TEST

// σ(0) = 1/2, σ(log 3) = 3/4, σ(-log 4) = 1/5. An answer of exactly ½ counts as "fake".
START_TEST(a_row_by_hand) {
    const float real[] = { 0.0f, logf(3.0f), logf(3.0f), logf(3.0f) }, sure[] = { 1000.0f };
    const float fake[] = { -logf(4.0f), 0.0f }, fooled[] = { logf(3.0f), -1000.0f, -1000.0f };
    Net *D = with_gradient(9, 1.0f), *G = with_gradient(4, 1.0f);
    GanTally tally = { 0 };
    double row[GAN_FIGURES];
    gan_tally_real(&tally, real, 4);
    gan_tally_fake(&tally, fake, 2);
    gan_tally_d(&tally, 1.5f, D);
    D->grads[0] = 5.0f; // √(25 + 8)
    gan_tally_real(&tally, sure, 1);
    gan_tally_fake(&tally, fooled, 3);
    gan_tally_d(&tally, 0.5f, D);
    gan_tally_g(&tally, 0.75f, G);
    gan_tally_row(row, &tally);
    const double expected[GAN_FIGURES] = {
        [GAN_LOSS_D] = 1.0,      [GAN_LOSS_G] = 0.75,
        [GAN_D_REAL] = 3.75 / 5, [GAN_D_FAKE] = (0.2 + 0.5 + 0.75) / 5,
        [GAN_ACC_REAL] = 0.8,    [GAN_ACC_FAKE] = 0.8,
        [GAN_GRAD_G] = 2.0,      [GAN_GRAD_D] = (3.0 + sqrt(33.0)) / 2
    };
    for (int i = 0; i < GAN_FIGURES; i++) {
        ck_assert_msg(fabs(row[i] - expected[i]) < 1e-6, "figure %d: %g, not %g", i, row[i],
                      expected[i]);
    }
    net_free(D);
    net_free(G);
}
END_TEST

START_TEST(a_row_begins_anew) {
    const float logits[] = { 1.0f, -1.0f };
    Net *net = with_gradient(4, 0.5f);
    GanTally tally = { 0 };
    double row[GAN_FIGURES];
    gan_tally_row(row, &tally); // of nothing
    for (int i = 0; i < GAN_FIGURES; i++) {
        ck_assert(isnan(row[i]));
    }
    gan_tally_real(&tally, logits, 2);
    gan_tally_d(&tally, 3.0f, net);
    gan_tally_row(row, &tally); // of a step of D alone
    static const bool measured[GAN_FIGURES] = {
        [GAN_LOSS_D] = true, [GAN_D_REAL] = true, [GAN_ACC_REAL] = true, [GAN_GRAD_D] = true
    };
    for (int i = 0; i < GAN_FIGURES; i++) {
        ck_assert_int_eq(isnan(row[i]), !measured[i]);
    }
    gan_tally_g(&tally, 7.0f, net);
    gan_tally_fake(&tally, logits, 1);
    gan_tally_row(row, &tally);
    ck_assert_double_eq(row[GAN_LOSS_G], 7.0);
    ck_assert_double_eq(row[GAN_ACC_FAKE], 0.0);
    ck_assert(isnan(row[GAN_LOSS_D]) && isnan(row[GAN_D_REAL]));
    net_free(net);
}
END_TEST

static double length_of_gradient(const Net *net, int threads) {
    GanTally tally = { 0 };
    double row[GAN_FIGURES];
    omp_set_num_threads(threads);
    gan_tally_d(&tally, 0.0f, net);
    gan_tally_row(row, &tally);
    return row[GAN_GRAD_D];
}

// 300,001 numbers, in 19 parts of which the last is not full: ±2, random ones, and 1, 1/2, 1/3, …
START_TEST(long_gradients_have_the_same_length_on_any_number_of_threads) {
    enum { N = 300001, DRAWN = 10 };
    Net *net = with_gradient(N, 2.0f);
    Rng rng = rng_create(1, RNG_DATA);
    ck_assert_double_eq_tol(length_of_gradient(net, 2), 2.0 * sqrt(N), 1e-9);
    for (int k = 0; k < DRAWN; k++) {
        rng_fill_normal(&rng, net->grads, N, 0.0f, 1.0f);
        double alone = length_of_gradient(net, 1);
        for (int threads = 2; threads <= 4; threads++) {
            ck_assert_double_eq(length_of_gradient(net, threads), alone);
        }
    }
    for (int i = 0; i < N; i++) {
        net->grads[i] = 1.0f / (float)(i + 1);
    }
    double exact = sqrt(M_PI * M_PI / 6 - 1.0 / N); // Σ 1/i²
    ck_assert_double_eq_tol(length_of_gradient(net, 2), exact, 1e-8);
    net_free(net);
}
END_TEST

START_TEST(a_tally_is_all_doubles) { // so that a state may keep it as such
    GanTally tally = { 0 };
    ck_assert_uint_eq(GAN_TALLY * sizeof(double), sizeof tally);
    gan_tally_real(&tally, (float[]){ 0.0f }, 1);
    double kept[GAN_TALLY];
    memcpy(kept, &tally, sizeof kept);
    ck_assert_double_eq(kept[GAN_D_REAL], 0.5);
    ck_assert_double_eq(kept[CRITIC_FIGURES + GAN_D_REAL], 1.0);
}
END_TEST

START_TEST(a_critics_row_is_the_means_since_the_last) {
    Net *net = with_gradient(2, 0.0f);
    GanTally tally = { 0 };
    double row[CRITIC_FIGURES];
    net->grads[0] = 3.0f;
    net->grads[1] = 4.0f;
    critic_tally_d(&tally, 2.0f, 0.5f, -1.0f, net);
    critic_tally_d(&tally, 4.0f, 1.5f, -3.0f, net);
    critic_tally_g(&tally, -7.0f, net);
    critic_tally_penalty(&tally, 0.25f, 1.5);
    critic_tally_row(row, &tally);
    const double expected[CRITIC_FIGURES] = { 2.0, 3.0, 1.0, -2.0, -7.0, 5.0, 5.0, 0.25, 1.5 };
    for (int i = 0; i < CRITIC_FIGURES; i++) {
        ck_assert_double_eq_tol(row[i], expected[i], 1e-9);
    }
    critic_tally_row(row, &tally);
    for (int i = 0; i < CRITIC_FIGURES; i++) {
        ck_assert(isnan(row[i]));
    }
    int columns = 1;
    for (const char *c = CRITIC_COLUMNS; *c; c++) {
        columns += *c == ',';
    }
    ck_assert_int_eq(columns, CRITIC_FIGURES);
    ck_assert_uint_eq(sizeof tally, GAN_TALLY * sizeof(double));
    net_free(net);
}
END_TEST

// --- diversity -----------------------------------------------------------------------------------

static void measure_three(void *x) {
    mean_distance(x, 3, 1);
}

START_TEST(distances_are_those_of_pairs) {
    float x[] = { 0, 0, 1, 1, 3, 4, 1, 2 }; // (0, 0) with (3, 4); (1, 1) with (1, 2)
    ck_assert_double_eq_tol(mean_distance(x, 4, 2), (5.0 + 1.0) / 2, 1e-15);
    ck_assert_double_eq_tol(mean_distance(x, 2, 4), sqrt(9 + 16 + 0 + 1), 1e-15);
    ck_assert_double_eq(mean_distance((float[]){ 7, 7, 7, 7 }, 4, 1), 0.0);
    assert_refused(measure_three, x, "3 examples do not make pairs");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("gan_tally");
    CASE(s, "tally", columns_and_figures_agree, a_critics_row_is_the_means_since_the_last,
         a_row_by_hand, a_row_begins_anew,
         long_gradients_have_the_same_length_on_any_number_of_threads, a_tally_is_all_doubles);
    CASE(s, "diversity", distances_are_those_of_pairs);
    return s;
}
