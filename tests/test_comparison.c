// The comparator of the other tests, tested: what it must reject, at any scale.

#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <string.h>

enum { N = 12 };

static void make_numbers(float *a, float scale) {
    Rng rng = rng_create(1, RNG_DATA);
    rng_fill_normal(&rng, a, N, 0.0f, scale);
}

START_TEST(equal_is_zero_at_any_scale) {
    for (float scale = 1e-18f; scale < 1e19f; scale *= 1e6f) {
        float a[N], b[N];
        make_numbers(a, scale);
        memcpy(b, a, sizeof a);
        ck_assert_double_eq(relative_error(a, b, N), 0.0);
        b[3] *= 1.0f + 1e-5f;
        ck_assert_double_gt(relative_error(a, b, N), 1e-7);
        ck_assert_double_lt(relative_error(a, b, N), 1e-5);
    }
}
END_TEST

START_TEST(rejects_zero_flipped_doubled) {
    float a[N], zero[N] = { 0 }, flipped[N], doubled[N], shifted[N];
    make_numbers(a, 1e-3f);
    for (int i = 0; i < N; i++) {
        flipped[i] = -a[i];
        doubled[i] = 2.0f * a[i];
        shifted[i] = a[(i + 1) % N];
    }
    ck_assert_double_eq_tol(relative_error(a, zero, N), 1.0, 1e-9);
    ck_assert_double_eq_tol(relative_error(zero, a, N), 1.0, 1e-9);
    ck_assert_double_eq_tol(relative_error(a, flipped, N), 2.0, 1e-9);
    ck_assert_double_eq_tol(relative_error(a, doubled, N), 0.5, 1e-9);
    ck_assert_double_eq_tol(relative_error(doubled, a, N), 0.5, 1e-9);
    ck_assert_double_gt(relative_error(a, shifted, N), 0.5);
}
END_TEST

START_TEST(nothing_compared_is_no_evidence) {
    float zero[N] = { 0 }, other[N] = { 0 };
    ck_assert_double_eq(relative_error(zero, other, N), 1.0);
    ck_assert_double_eq(relative_error(zero, other, 0), 1.0);
}
END_TEST

START_TEST(rejects_what_is_not_finite) {
    const float bad[] = { NAN, INFINITY, -INFINITY };
    for (int i = 0; i < 3; i++) {
        float a[N], b[N];
        make_numbers(a, 1.0f);
        memcpy(b, a, sizeof a);
        b[5] = bad[i];
        ck_assert_double_gt(relative_error(a, b, N), 1e300);
        ck_assert_double_gt(relative_error(b, a, N), 1e300);
        ck_assert_double_gt(relative_error(b, b, N), 1e300);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("comparison");
    CASE(s, "comparison", equal_is_zero_at_any_scale, rejects_zero_flipped_doubled,
         nothing_compared_is_no_evidence, rejects_what_is_not_finite);
    return s;
}
