// Tests of the rank correlation.

#include "correlation.h"
#include "rng.h"
#include "test.h"

#include <math.h>

START_TEST(only_the_order_counts) {
    const double x[] = { 0.1, 7.0, -3.0, 2.0, 1e9 };
    double y[5], z[5];
    for (int i = 0; i < 5; i++) {
        y[i] = exp(x[i] > 100.0 ? 100.0 : x[i]) - 2.0;
        z[i] = -x[i] * fabs(x[i]);
    }
    ck_assert_double_eq_tol(rank_correlation(x, x, 5), 1.0, 1e-12);
    ck_assert_double_eq_tol(rank_correlation(x, y, 5), 1.0, 1e-12);
    ck_assert_double_eq_tol(rank_correlation(x, z, 5), -1.0, 1e-12);
}
END_TEST

// Without ties ρ = 1 - 6 Σ d² / (n (n² - 1)), d the difference of two ranks.
START_TEST(by_the_formula_of_the_textbooks) {
    const double x[] = { 1, 2, 3, 4, 5 }, y[] = { 20, 10, 50, 30, 40 };
    // ranks of y: 2 1 5 3 4; d: 1 1 2 1 1
    ck_assert_double_eq_tol(rank_correlation(x, y, 5), 1.0 - 6.0 * 8.0 / 120.0, 1e-12);
}
END_TEST

// scipy.stats.spearmanr([1, 2, 2, 3, 5, 5, 5], [2, 1, 4, 4, 7, 6, 7]) gives 0.8860760232362958.
START_TEST(equal_numbers_share_a_rank) {
    const double x[] = { 1, 2, 2, 3, 5, 5, 5 }, y[] = { 2, 1, 4, 4, 7, 6, 7 };
    ck_assert_double_eq_tol(rank_correlation(x, y, 7), 0.8860760232362958, 1e-9);
    ck_assert_double_eq(rank_correlation(x, y, 7), rank_correlation(y, x, 7));
}
END_TEST

START_TEST(noise_is_near_zero) {
    enum { N = 60, DRAWN = 1000 };
    double x[N], y[N];
    Rng rng = rng_create(1, RNG_DATA);
    int within = 0;
    for (int k = 0; k < DRAWN; k++) {
        for (int i = 0; i < N; i++) {
            x[i] = rng_normal(&rng);
            y[i] = rng_normal(&rng);
        }
        within += fabs(rank_correlation(x, y, N)) < 0.26; // what the chapter says
    }
    ck_assert_int_ge(within, DRAWN * 93 / 100);
    ck_assert_int_le(within, DRAWN * 97 / 100);
}
END_TEST

START_TEST(where_there_is_no_order_there_is_no_answer) {
    const double x[] = { 1, 2, 3 }, same[] = { 4, 4, 4 }, broken[] = { 1, NAN, 3 };
    ck_assert(isnan(rank_correlation(x, same, 3)));
    ck_assert(isnan(rank_correlation(same, x, 3)));
    ck_assert(isnan(rank_correlation(x, broken, 3)));
    ck_assert(isnan(rank_correlation(broken, x, 3)));
    ck_assert(isnan(rank_correlation(x, x, 1)));
    ck_assert(isnan(rank_correlation(x, x, 0)));
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("correlation");
    CASE(s, "ranks", only_the_order_counts, by_the_formula_of_the_textbooks,
         equal_numbers_share_a_rank, noise_is_near_zero,
         where_there_is_no_order_there_is_no_answer);
    return s;
}
