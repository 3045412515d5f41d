// Tests of the rank correlation.

#include "measure/spearman.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>

START_TEST(only_the_order_counts) {
    const double x[] = { 0.1, 7.0, -3.0, 2.0, 1e9 };
    double y[5], z[5];
    for (int i = 0; i < 5; i++) {
        y[i] = exp(x[i] > 100.0 ? 100.0 : x[i]) - 2.0;
        z[i] = -x[i] * fabs(x[i]);
    }
    ck_assert_double_eq_tol(spearman(x, x, 5), 1.0, 1e-12);
    ck_assert_double_eq_tol(spearman(x, y, 5), 1.0, 1e-12);
    ck_assert_double_eq_tol(spearman(x, z, 5), -1.0, 1e-12);
}
END_TEST

// Without ties ρ = 1 - 6 Σ d² / (n (n² - 1)), d the difference of two ranks.
START_TEST(by_the_formula_of_the_textbooks) {
    const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 20, 10, 50, 30, 40 };
    // ranks of y: 2 1 5 3 4; d: 1 1 2 1 1
    ck_assert_double_eq_tol(spearman(x, y, 5), 1.0 - 6.0 * 8.0 / 120.0, 1e-12);
}
END_TEST

// scipy.stats.spearmanr([1, 2, 2, 3, 5, 5, 5], [2, 1, 4, 4, 7, 6, 7]) gives 0.8860760232362958.
START_TEST(equal_numbers_share_a_rank) {
    const double x[] = { 1, 2, 2, 3, 5, 5, 5 }, y[] = { 2, 1, 4, 4, 7, 6, 7 };
    ck_assert_double_eq_tol(spearman(x, y, 7), 0.8860760232362958, 1e-9);
    ck_assert_double_eq(spearman(x, y, 7), spearman(y, x, 7));
}
END_TEST

// Of 1,000 pairs of curves of n rows, other ones than the library draws, how many are below a bound: between
// 93 % and 97 % where it is the 95 % point.
static int below(double bound, int n, bool walks) {
    double x[200], y[200];
    Rng rng = rng_create(7, RNG_SAMPLE);
    int found = 0;
    for (int k = 0; k < 1000; k++) {
        for (int i = 0; i < n; i++) {
            x[i] = rng_normal(&rng) + (walks && i > 0 ? x[i - 1] : 0.0);
            y[i] = rng_normal(&rng) + (walks && i > 0 ? y[i - 1] : 0.0);
        }
        found += fabs(spearman(x, y, n)) < bound;
    }
    return found;
}

START_TEST(noise_is_near_zero) {
    ck_assert_double_eq_tol(spearman_noise_95(60), 0.25, 0.01); // what the chapter says
    ck_assert_double_eq_tol(spearman_noise_95(10000), 0.02, 0.002);
    const int rows[] = { 10, 60, 200 };
    for (int i = 0; i < 3; i++) {
        int found = below(spearman_noise_95(rows[i]), rows[i], false);
        ck_assert_int_ge(found, 925);
        ck_assert_int_le(found, 975);
    }
}
END_TEST

// Levels of two curves that know nothing of each other: far from 0, however many rows.
START_TEST(walks_are_not) {
    ck_assert_double_eq_tol(spearman_walks_95(60), 0.81, 0.01);
    ck_assert_int_ge(below(0.39, 60, true), 460); // the median
    ck_assert_int_le(below(0.39, 60, true), 540);
    const int rows[] = { 20, 60, 200 };
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq_tol(spearman_walks_95(rows[i]), 0.81, 0.03);
        int found = below(spearman_walks_95(rows[i]), rows[i], true);
        ck_assert_int_ge(found, 930);
        ck_assert_int_le(found, 970);
    }
    ck_assert_double_eq(spearman_walks_95(60), spearman_walks_95(60));
    ck_assert(isnan(spearman_walks_95(1)));
    ck_assert(isnan(spearman_noise_95(0)));
}
END_TEST

START_TEST(where_there_is_no_order_there_is_no_answer) {
    const double x[] = { 1, 2, 3 }, same[] = { 4, 4, 4 }, broken[] = { 1, NAN, 3 };
    ck_assert(isnan(spearman(x, same, 3)));
    ck_assert(isnan(spearman(same, x, 3)));
    ck_assert(isnan(spearman(x, broken, 3)));
    ck_assert(isnan(spearman(broken, x, 3)));
    ck_assert(isnan(spearman(x, x, 1)));
    ck_assert(isnan(spearman(x, x, 0)));
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("spearman");
    CASE(s, "ranks", only_the_order_counts, by_the_formula_of_the_textbooks,
         equal_numbers_share_a_rank, noise_is_near_zero, walks_are_not,
         where_there_is_no_order_there_is_no_answer);
    return s;
}
