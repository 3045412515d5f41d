#include "nn/gradcheck.h"
#include "nn/loss.h"
#include "test.h"

#include "fixtures/losses.h"

#include <float.h>
#include <math.h>
#include <string.h>

// --- against PyTorch -----------------------------------------------------------------------------

static void check(const char *name, float value, const float *gradient, float expected_value,
                  const float *expected_gradient, size_t n) {
    ck_assert_msg(relative_error(&value, &expected_value, 1) < 1e-6, "%s: %.9g, not %.9g", name,
                  value, expected_value);
    if (expected_gradient) {
        double error = relative_error(gradient, expected_gradient, n);
        ck_assert_msg(error < 1e-6, "%s: gradient is off by %g", name, error);
    }
}

enum { MOST = 64 }; // numbers in the largest fixture

START_TEST(squared_error_equals_pytorch) {
    float d[MOST];
    float value = squared_error(d, squared_ordinary_outputs[0], squared_ordinary_truth[0], 4, 3);
    check("ordinary", value, d, squared_ordinary_value, squared_ordinary_gradient[0], 12);
    value = squared_error(d, squared_large_outputs[0], squared_large_truth[0], 4, 3);
    check("large", value, d, squared_large_value, squared_large_gradient[0], 12);
}
END_TEST

START_TEST(bce_equals_pytorch) {
    float d[MOST];
    float value = bce_with_logits(d, bce_ordinary_outputs, bce_ordinary_truth, 8);
    check("ordinary", value, d, bce_ordinary_value, bce_ordinary_gradient, 8);
    value = bce_with_logits(d, bce_right_outputs, bce_right_truth, 6);
    check("right", value, d, bce_right_value, NULL, 6);
    value = bce_with_logits(d, bce_large_outputs, bce_large_truth, 9);
    check("large", value, d, bce_large_value, bce_large_gradient, 9);
}
END_TEST

START_TEST(softmax_cross_entropy_equals_pytorch) {
    float d[MOST];
    float value =
        softmax_cross_entropy(d, softmax_ordinary_outputs[0], softmax_ordinary_truth, 6, 5);
    check("ordinary", value, d, softmax_ordinary_value, softmax_ordinary_gradient[0], 30);
    value = softmax_cross_entropy(d, softmax_right_outputs[0], softmax_right_truth, 2, 4);
    check("right", value, d, softmax_right_value, NULL, 8);
    value = softmax_cross_entropy(d, softmax_large_outputs[0], softmax_large_truth, 4, 3);
    check("large", value, d, softmax_large_value, softmax_large_gradient[0], 12);
    value = softmax_cross_entropy(d, softmax_far_outputs[0], softmax_far_truth, 3, 3);
    check("far", value, d, softmax_far_value, softmax_far_gradient[0], 9);
}
END_TEST

START_TEST(hinge_equals_pytorch) {
    float d[MOST];
    float value = hinge(d, hinge_ordinary_outputs, hinge_ordinary_truth, 8);
    check("ordinary", value, d, hinge_ordinary_value, hinge_ordinary_gradient, 8);
    value = hinge(d, hinge_large_outputs, hinge_large_truth, 6);
    check("large", value, d, hinge_large_value, hinge_large_gradient, 6);
}
END_TEST

// --- by hand -------------------------------------------------------------------------------------

START_TEST(squared_error_by_hand) {
    const float y[2][2] = { { 3.0f, 1.0f }, { 0.0f, 2.0f } },
                t[2][2] = { { 1.0f, 1.0f }, { 1.0f, 0.0f } };
    float dy[4];
    ck_assert_float_eq(squared_error(dy, y[0], t[0], 2, 2), (4.0f / 2 + 5.0f / 2) / 2);
    const float expected[4] = { 1.0f, 0.0f, -0.5f, 1.0f }; // (y - t) / n
    ck_assert_mem_eq(dy, expected, sizeof dy);
}
END_TEST

START_TEST(bce_by_hand) {
    const float zero = 0.0f, one = 1.0f, half = 0.5f, minus_hundred = -100.0f, twenty = 20.0f;
    float d;
    ck_assert_float_eq_tol(bce_with_logits(&d, &zero, &one, 1), logf(2.0f), 1e-7f);
    ck_assert_float_eq(d, -0.5f);
    ck_assert_float_eq_tol(bce_with_logits(&d, &zero, &zero, 1), logf(2.0f), 1e-7f);
    ck_assert_float_eq(d, 0.5f);
    ck_assert_float_eq_tol(bce_with_logits(&d, &zero, &half, 1), logf(2.0f), 1e-7f);
    ck_assert_float_eq(d, 0.0f);
    ck_assert_float_eq(bce_with_logits(&d, &minus_hundred, &one, 1), 100.0f); // "a harmless 100"
    ck_assert_float_eq(d, -1.0f);
    ck_assert_float_eq_tol(bce_with_logits(NULL, &twenty, &one, 1), 2.0611536e-9f, 1e-15f);
}
END_TEST

START_TEST(softmax_cross_entropy_by_hand) {
    float equal[10] = { 0.0f }, d[10];
    int label = 3;
    ck_assert_float_eq_tol(softmax_cross_entropy(d, equal, &label, 1, 10), logf(10.0f), 1e-6f);
    for (int k = 0; k < 10; k++) {
        ck_assert_float_eq_tol(d[k], k == label ? -0.9f : 0.1f, 1e-7f);
    }
    // Two classes are the binary case: the logit is the difference.
    const float pair[2] = { 0.3f, 1.5f }, difference = 1.2f, one = 1.0f;
    float d1;
    label = 1;
    float value = softmax_cross_entropy(d, pair, &label, 1, 2);
    ck_assert_float_eq_tol(value, bce_with_logits(&d1, &difference, &one, 1), 1e-6f);
    ck_assert_float_eq_tol(d[1], d1, 1e-6f);
    ck_assert_float_eq_tol(d[0], -d1, 1e-6f);
}
END_TEST

START_TEST(hinge_by_hand) {
    const float s[4] = { 2.0f, 1.0f, 0.25f, -3.0f }, t[4] = { 1.0f, 1.0f, 1.0f, 1.0f };
    float d[4];
    ck_assert_float_eq(hinge(d, s, t, 4), (0.0f + 0.0f + 0.75f + 4.0f) / 4.0f);
    const float expected[4] = { 0.0f, 0.0f, -0.25f, -0.25f }; // at the corner: 0
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq(d[i], expected[i]);
    }
}
END_TEST

// --- properties ----------------------------------------------------------------------------------

START_TEST(softmax_gradient_rows_sum_to_zero) {
    enum { ROWS = 40, CLASSES = 10 };
    Rng rng = rng_create(1, RNG_DATA);
    float s[ROWS * CLASSES], d[ROWS * CLASSES];
    int labels[ROWS];
    const float offsets[] = { 0.0f, 100.0f, -1e4f, 1e6f };
    for (int o = 0; o < 4; o++) {
        rng_fill_normal(&rng, s, ROWS * CLASSES, offsets[o], 3.0f);
        for (int i = 0; i < ROWS; i++) {
            labels[i] = i % CLASSES;
        }
        softmax_cross_entropy(d, s, labels, ROWS, CLASSES);
        for (int i = 0; i < ROWS; i++) {
            double sum = 0.0;
            for (int k = 0; k < CLASSES; k++) {
                float g = d[i * CLASSES + k] * ROWS;
                sum += g;
                // The truth is pulled up (its gradient is negative), everything else pushed down.
                ck_assert(k == labels[i] ? g <= 0.0f && g >= -1.0f : g >= 0.0f && g <= 1.0f);
            }
            ck_assert_msg(fabs(sum) < 1e-6, "row %d around %g sums to %g", i, offsets[o], sum);
        }
    }
}
END_TEST

START_TEST(signs_point_towards_the_truth) {
    Rng rng = rng_create(2, RNG_DATA);
    for (int i = 0; i < 200; i++) {
        float s = 4.0f * rng_normal(&rng), real = 1.0f, fake = 0.0f, minus = -1.0f, d;
        bce_with_logits(&d, &s, &real, 1);
        ck_assert_float_le(d, 0.0f); // downhill is up
        bce_with_logits(&d, &s, &fake, 1);
        ck_assert_float_ge(d, 0.0f);
        hinge(&d, &s, &real, 1);
        ck_assert_float_eq(d, s < 1.0f ? -1.0f : 0.0f);
        hinge(&d, &s, &minus, 1);
        ck_assert_float_eq(d, s > -1.0f ? 1.0f : 0.0f);
        squared_error(&d, &s, &fake, 1, 1);
        ck_assert_float_eq(d, s);
    }
}
END_TEST

// Each loss as a function of 12 outputs for the gradient checker.
typedef struct {
    int which;
    float s[12], target[12], d[12];
    int labels[4];
} Example;

static double example_loss(void *context) {
    Example *e = context;
    switch (e->which) {
    case 0:
        return squared_error(e->d, e->s, e->target, 4, 3);
    case 1:
        return bce_with_logits(e->d, e->s, e->target, 12);
    case 2:
        return softmax_cross_entropy(e->d, e->s, e->labels, 4, 3);
    default:
        return hinge(e->d, e->s, e->target, 12);
    }
}

START_TEST(gradients_equal_differences) {
    Rng rng = rng_create(3, RNG_DATA);
    Example e = { .which = _i, .labels = { 0, 2, 1, 2 } };
    rng_fill_normal(&rng, e.s, 12, 0.0f, 1.5f);
    for (int i = 0; i < 12; i++) {
        e.target[i] = _i == 3 ? (i % 2 ? 1.0f : -1.0f) : rng_uniform(&rng);
    }
    example_loss(&e);
    float gradient[12];
    memcpy(gradient, e.d, sizeof gradient);
    ck_assert_double_lt(gradient_error(e.s, gradient, 12, example_loss, &e, 1e-2f), 1e-3);
    ck_assert_double_lt(directional_error(e.s, gradient, 12, example_loss, &e, 1e-3f, 5, &rng),
                        1e-2);
}
END_TEST

START_TEST(the_value_is_the_same_without_a_gradient) {
    float d[12];
    const float *s = softmax_ordinary_outputs[0], *t = squared_ordinary_truth[0];
    const int *labels = softmax_ordinary_truth;
    ck_assert_float_eq(squared_error(d, s, t, 4, 3), squared_error(NULL, s, t, 4, 3));
    ck_assert_float_eq(bce_with_logits(d, s, t, 12), bce_with_logits(NULL, s, t, 12));
    ck_assert_float_eq(softmax_cross_entropy(d, s, labels, 2, 5),
                       softmax_cross_entropy(NULL, s, labels, 2, 5));
    ck_assert_float_eq(hinge(d, s, t, 12), hinge(NULL, s, t, 12));
}
END_TEST

START_TEST(extreme_logits_stay_finite) {
    const float s[6] = { 1e4f, -1e4f, 1e30f, -1e30f, 1.0f, 0.0f };
    const float t[6] = { 0.0f, 1.0f, 0.0f, 1.0f, 0.9f, 0.5f };
    float d[6];
    ck_assert(isfinite(bce_with_logits(d, s, t, 6)));
    for (int i = 0; i < 6; i++) {
        ck_assert(fabsf(d[i]) <= 1.0f / 6.0f);
    }
    for (int label = 0; label < 6; label++) {
        ck_assert(isfinite(softmax_cross_entropy(d, s, &label, 1, 6)));
        for (int i = 0; i < 6; i++) {
            ck_assert(fabsf(d[i]) <= 1.0f);
        }
    }
}
END_TEST

// A training run stops at a loss that is not finite; so no loss may swallow a NaN.
START_TEST(a_nan_is_not_hidden) {
    const float s[3] = { 0.5f, NAN, -0.5f }, t[3] = { 1.0f, 1.0f, 1.0f };
    float d[3];
    int label = 0;
    ck_assert(isnan(squared_error(d, s, t, 3, 1)));
    ck_assert(isnan(bce_with_logits(d, s, t, 3)));
    ck_assert(isnan(softmax_cross_entropy(d, s, &label, 1, 3)));
    ck_assert(isnan(hinge(d, s, t, 3)));
}
END_TEST

START_TEST(count_correct_counts) {
    const float s[4][3] = { { 1, 2, 0 }, { 5, 5, 1 }, { -3, -2, -1 }, { 0, 0, 0 } };
    const int right[4] = { 1, 0, 2, 0 }, mixed[4] = { 1, 1, 2, 2 }, wrong[4] = { 0, 2, 0, 1 };
    ck_assert_int_eq(count_correct(s[0], right, 4, 3), 4);
    ck_assert_int_eq(count_correct(s[0], mixed, 4, 3), 2); // of equal logits the first is taken
    ck_assert_int_eq(count_correct(s[0], wrong, 4, 3), 0);
}
END_TEST

static void take_label(void *label) {
    const float s[3] = { 0.0f };
    softmax_cross_entropy(NULL, s, label, 1, 3);
}

START_TEST(refuses_labels_that_are_no_class) {
    assert_refused(take_label, &(int){ 3 }, "label 3 of 3 classes");
    assert_refused(take_label, &(int){ -1 }, "label -1 of 3 classes");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("loss");
    CASE(s, "PyTorch", squared_error_equals_pytorch, bce_equals_pytorch,
         softmax_cross_entropy_equals_pytorch, hinge_equals_pytorch);
    CASE(s, "by hand", squared_error_by_hand, bce_by_hand, softmax_cross_entropy_by_hand,
         hinge_by_hand, count_correct_counts);
    CASE(s, "properties", softmax_gradient_rows_sum_to_zero, signs_point_towards_the_truth,
         the_value_is_the_same_without_a_gradient, extreme_logits_stay_finite, a_nan_is_not_hidden,
         refuses_labels_that_are_no_class);
    TCase *each = tcase_create("each");
    tcase_add_loop_test(each, gradients_equal_differences, 0, 4);
    suite_add_tcase(s, each);
    return s;
}
