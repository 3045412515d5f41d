#include "base/die.h"
#include "data/augment.h"
#include "fixtures/augment.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// --- by hand -------------------------------------------------------------------------------------

// 1 2 3
// 4 5 6
static const float six[] = { 1, 2, 3, 4, 5, 6 };

static void assert_picture(const float *y, const float *expected, int n) {
    for (int i = 0; i < n; i++) {
        ck_assert_msg(y[i] == expected[i], "pixel %d is %g and not %g", i, (double)y[i],
                      (double)expected[i]);
    }
}

START_TEST(pixels_move_as_they_are_told) {
    float y[6];
    picture_shift(y, six, 2, 3, 1, 0);
    assert_picture(y, (float[]){ 0, 1, 2, 0, 4, 5 }, 6);
    picture_shift(y, six, 2, 3, -2, 1);
    assert_picture(y, (float[]){ 0, 0, 0, 3, 0, 0 }, 6);
    picture_shift(y, six, 2, 3, 0, -1);
    assert_picture(y, (float[]){ 4, 5, 6, 0, 0, 0 }, 6);
    picture_shift(y, six, 2, 3, 0, 5);
    assert_picture(y, (float[6]){ 0 }, 6);
    picture_flip(y, six, 2, 3);
    assert_picture(y, (float[]){ 3, 2, 1, 6, 5, 4 }, 6);
    picture_upside_down(y, six, 2, 3);
    assert_picture(y, (float[]){ 4, 5, 6, 1, 2, 3 }, 6);
}
END_TEST

START_TEST(a_cutout_is_black_and_nothing_else_is) {
    float y[6];
    picture_cutout(y, six, 2, 3, 0, 1, 2);
    assert_picture(y, (float[]){ 1, 0, 0, 4, 0, 0 }, 6);
    picture_cutout(y, six, 2, 3, -1, -1, 2); // one pixel of it is inside
    assert_picture(y, (float[]){ 0, 2, 3, 4, 5, 6 }, 6);
    picture_cutout(y, six, 2, 3, 5, 5, 2);
    assert_picture(y, six, 6);
}
END_TEST

// The mean of 0.1, 0.3, 0.5, 0.7 is 0.4.
START_TEST(light_is_a_factor_around_the_mean_and_a_sum) {
    const float x[] = { 0.1f, 0.3f, 0.5f, 0.7f }, half[] = { 0.35f, 0.45f, 0.55f, 0.65f },
                cut_off[] = { 0.0f, 0.1f, 0.7f, 1.0f };
    float y[4];
    picture_light(y, x, 2, 2, 0.1f, 0.5f);
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(y[i], half[i], 1e-6f);
    }
    picture_light(y, x, 1, 4, 0.0f, 3.0f);
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(y[i], cut_off[i], 1e-6f);
    }
}
END_TEST

// Half a pixel to the right: each pixel is the mean of itself and its left neighbour.
START_TEST(between_two_pixels_is_their_mean) {
    float y[6];
    picture_affine(y, six, 2, 3, (float[]){ 1, 0, -0.5f, 0, 1, 0 });
    assert_picture(y, (float[]){ 0.5f, 1.5f, 2.5f, 2, 4.5f, 5.5f }, 6);
    picture_affine(y, six, 2, 3, (float[]){ 1, 0, 0, 0, 1, 0.25f }); // a quarter up
    assert_picture(y, (float[]){ 1.75f, 2.75f, 3.75f, 3, 3.75f, 4.5f }, 6);
    picture_affine(y, six, 2, 3, (float[]){ 1, 0, 1e30f, 0, 1, NAN });
    assert_picture(y, (float[6]){ 0 }, 6);
}
END_TEST

// A quarter turn clockwise: what was on the left is on top.
START_TEST(a_quarter_turn_goes_clockwise) {
    const float x[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 }, turned[] = { 7, 4, 1, 8, 5, 2, 9, 6, 3 };
    float y[9], from[6];
    turn_and_zoom(from, 2.0f * atanf(1.0f), 1.0f);
    picture_affine(y, x, 3, 3, from);
    for (int i = 0; i < 9; i++) {
        ck_assert_float_eq_tol(y[i], turned[i], 1e-5f);
    }
}
END_TEST

// By 2: the middle stays, and what was one pixel off it is two pixels off.
START_TEST(a_zoom_enlarges) {
    float x[25] = { 0 }, y[25], from[6];
    x[12] = 1.0f, x[13] = 0.5f;
    turn_and_zoom(from, 0.0f, 2.0f);
    picture_affine(y, x, 5, 5, from);
    ck_assert_float_eq_tol(y[12], 1.0f, 1e-6f);
    ck_assert_float_eq_tol(y[13], 0.75f, 1e-6f);
    ck_assert_float_eq_tol(y[14], 0.5f, 1e-6f);
    ck_assert_float_eq_tol(y[7], 0.5f, 1e-6f);
}
END_TEST

// --- PyTorch ---------------------------------------------------------------------------------------

#define COMPARE(name)                                                                              \
    do {                                                                                           \
        enum { ROWS = sizeof name##_x / sizeof name##_x[0], COLS = sizeof name##_x[0] / 4 };       \
        float y[ROWS * COLS];                                                                      \
        picture_affine(y, name##_x[0], ROWS, COLS, name##_from);                                   \
        double error = relative_error(y, name##_y[0], ROWS * COLS);                                \
        ck_assert_msg(error < 1e-5, #name ": %g", error);                                          \
    } while (0)

START_TEST(affine_maps_are_pytorchs) {
    COMPARE(turned);
    COMPARE(larger);
    COMPARE(smaller);
    COMPARE(sheared);
    float from[6];
    turn_and_zoom(from, 0.3f, 1.0f);
    ck_assert_double_lt(relative_error(from, turned_from, 6), 1e-6);
    turn_and_zoom(from, -0.2f, 1.3f);
    ck_assert_double_lt(relative_error(from, larger_from, 6), 1e-6);
}
END_TEST

// --- batches -----------------------------------------------------------------------------------------

enum { N = 40, ROWS = 12, COLS = 10, SIZE = ROWS * COLS };

static const Augmentation everything = { .flip = 0.5f,
                                         .upside_down = 0.5f,
                                         .shift = 2,
                                         .turn = 0.3f,
                                         .zoom = 0.15f,
                                         .brightness = 0.2f,
                                         .contrast = 0.3f,
                                         .noise = 0.1f,
                                         .cutout = 4 };

static void draw_pictures(float *x) {
    Rng rng = rng_create(3, RNG_DATA);
    rng_fill_uniform(&rng, x, N * SIZE, 0.1f, 1.0f); // no pixel is black
}

static double sum(const float *x) {
    double total = 0.0;
    for (int i = 0; i < SIZE; i++) {
        total += x[i];
    }
    return total;
}

START_TEST(nothing_asked_for_changes_nothing) {
    float x[N * SIZE], y[N * SIZE];
    Rng rng = rng_create(1, RNG_NOISE), before = rng;
    draw_pictures(x);
    augment(y, x, N, ROWS, COLS, &(Augmentation){ 0 }, &rng);
    ck_assert_mem_eq(y, x, sizeof x);
    ck_assert_mem_ne(&rng, &before, sizeof rng);
}
END_TEST

// Flipped pictures keep their numbers, each in its row; of N about half are flipped.
START_TEST(flips_come_half_of_the_time_and_keep_the_sums) {
    const Augmentation kinds[] = { { .flip = 0.5f }, { .upside_down = 0.5f } };
    float x[N * SIZE], y[N * SIZE], by_hand[SIZE];
    draw_pictures(x);
    for (int kind = 0; kind < 2; kind++) {
        Rng rng = rng_create(1, RNG_NOISE);
        int changed = 0;
        augment(y, x, N, ROWS, COLS, &kinds[kind], &rng);
        for (int e = 0; e < N; e++) {
            const float *old = x + e * SIZE, *new = y + e *SIZE;
            (kind == 0 ? picture_flip : picture_upside_down)(by_hand, old, ROWS, COLS);
            bool moved = memcmp(new, by_hand, sizeof by_hand) == 0;
            ck_assert(moved || memcmp(new, old, sizeof by_hand) == 0);
            ck_assert_double_eq_tol(sum(new), sum(old), 1e-9);
            changed += moved;
        }
        const Augmentation always = { .flip = 2.0f * kinds[kind].flip,
                                      .upside_down = 2.0f * kinds[kind].upside_down };
        augment(y, x, 1, ROWS, COLS, &always, &rng);
        (kind == 0 ? picture_flip : picture_upside_down)(by_hand, x, ROWS, COLS);
        ck_assert_mem_eq(y, by_hand, sizeof by_hand);
        ck_assert_int_ge(changed, N / 4);
        ck_assert_int_le(changed, 3 * N / 4);
    }
}
END_TEST

// Every shift from -2 to 2 comes, in both directions, and none beyond; a picture in a black frame keeps
// its sum.
START_TEST(shifts_reach_their_bounds_and_no_further) {
    enum { MANY = 400 };
    float x[SIZE] = { 0 }, y[SIZE];
    int seen[2][5] = { { 0 } };
    Rng rng = rng_create(1, RNG_NOISE);
    x[5 * COLS + 4] = 1.0f;
    for (int e = 0; e < MANY; e++) {
        augment(y, x, 1, ROWS, COLS, &(Augmentation){ .shift = 2 }, &rng);
        int at = 0;
        while (at < SIZE && y[at] != 1.0f) {
            at++;
        }
        ck_assert_int_lt(at, SIZE);
        ck_assert_double_eq(sum(y), 1.0);
        int down = at / COLS - 5, right = at % COLS - 4;
        ck_assert(abs(down) <= 2 && abs(right) <= 2);
        seen[0][down + 2]++;
        seen[1][right + 2]++;
    }
    for (int i = 0; i < 5; i++) {
        ck_assert_int_gt(seen[0][i], MANY / 10);
        ck_assert_int_gt(seen[1][i], MANY / 10);
    }
}
END_TEST

START_TEST(noise_has_the_deviation_that_was_asked_for) {
    float x[N * SIZE], y[N * SIZE];
    double mean = 0.0, squares = 0.0;
    Rng rng = rng_create(1, RNG_NOISE);
    for (int i = 0; i < N * SIZE; i++) {
        x[i] = 0.5f;
    }
    augment(y, x, N, ROWS, COLS, &(Augmentation){ .noise = 0.1f }, &rng);
    for (int i = 0; i < N * SIZE; i++) {
        mean += (double)y[i] / (N * SIZE);
        squares += pow((double)y[i] - 0.5, 2) / (N * SIZE);
        ck_assert(y[i] >= 0.0f && y[i] <= 1.0f);
    }
    ck_assert_double_eq_tol(mean, 0.5, 0.005);
    ck_assert_double_eq_tol(sqrt(squares), 0.1, 0.005);
    ck_assert_mem_ne(y, y + SIZE, SIZE * sizeof *y); // each picture has its own
}
END_TEST

// At most 4 × 4 pixels are cut, all 16 in some pictures and fewer at the edges; the rest stays.
START_TEST(cutouts_are_squares_of_their_side) {
    float x[N * SIZE], y[N * SIZE];
    int whole = 0, most = 0;
    Rng rng = rng_create(1, RNG_NOISE);
    draw_pictures(x);
    augment(y, x, N, ROWS, COLS, &(Augmentation){ .cutout = 4 }, &rng);
    for (int e = 0; e < N; e++) {
        int black = 0;
        for (int i = e * SIZE; i < (e + 1) * SIZE; i++) {
            ck_assert(y[i] == 0.0f || y[i] == x[i]);
            black += y[i] == 0.0f;
        }
        ck_assert_int_ge(black, 4);
        whole += black == 16;
        most = black > most ? black : most;
    }
    ck_assert_int_eq(most, 16);
    ck_assert_int_gt(whole, N / 4);
    ck_assert_int_lt(whole, N);
}
END_TEST

START_TEST(same_bytes_at_any_number_of_threads) {
    float x[N * SIZE], one[N * SIZE], more[N * SIZE];
    draw_pictures(x);
    Rng a = rng_create(1, RNG_NOISE), b = a;
    omp_set_num_threads(1);
    augment(one, x, N, ROWS, COLS, &everything, &a);
    for (int threads = 2; threads <= 5; threads++) {
        b = rng_create(1, RNG_NOISE);
        omp_set_num_threads(threads);
        augment(more, x, N, ROWS, COLS, &everything, &b);
        ck_assert_mem_eq(more, one, sizeof one);
        ck_assert_mem_eq(&a, &b, sizeof a);
    }
    b = rng_create(1, RNG_NOISE);
    augment(x, x, N, ROWS, COLS, &everything, &b); // in place
    ck_assert_mem_eq(x, one, sizeof one);
}
END_TEST

// A batch is the same as its pictures one after the other, and a further kind leaves the draws of the
// others as they are.
START_TEST(draws_do_not_depend_on_batch_or_kinds) {
    float x[N * SIZE], batch[N * SIZE], single[N * SIZE];
    draw_pictures(x);
    Rng a = rng_create(1, RNG_NOISE), b = a;
    augment(batch, x, N, ROWS, COLS, &(Augmentation){ .shift = 2 }, &a);
    for (int e = 0; e < N; e++) {
        augment(single + e * SIZE, x + e * SIZE, 1, ROWS, COLS, &(Augmentation){ .shift = 2 }, &b);
    }
    ck_assert_mem_eq(batch, single, sizeof batch);
    b = rng_create(1, RNG_NOISE);
    augment(single, x, N, ROWS, COLS, &(Augmentation){ .shift = 2, .cutout = 3 }, &b);
    for (int i = 0; i < N * SIZE; i++) {
        ck_assert(single[i] == 0.0f || single[i] == batch[i]);
    }
}
END_TEST

static void zoom_away(void *unused) {
    float x = 0.5f, y;
    Rng rng = rng_create(1, RNG_NOISE);
    augment(&y, &x, 1, 1, 1, &(Augmentation){ .zoom = 1.0f }, &rng);
    (void)unused;
}

static void zoom_by_zero(void *unused) {
    float from[6];
    turn_and_zoom(from, 0.0f, 0.0f);
    (void)unused;
}

START_TEST(a_zoom_to_nothing_is_refused) {
    assert_refused(zoom_away, NULL, "zoom 1");
    assert_refused(zoom_by_zero, NULL, "a zoom of 0");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("augment");
    CASE(s, "by hand", pixels_move_as_they_are_told, a_cutout_is_black_and_nothing_else_is,
         light_is_a_factor_around_the_mean_and_a_sum, between_two_pixels_is_their_mean,
         a_quarter_turn_goes_clockwise, a_zoom_enlarges);
    CASE(s, "pytorch", affine_maps_are_pytorchs);
    CASE(s, "batches", nothing_asked_for_changes_nothing,
         flips_come_half_of_the_time_and_keep_the_sums, shifts_reach_their_bounds_and_no_further,
         noise_has_the_deviation_that_was_asked_for, cutouts_are_squares_of_their_side,
         same_bytes_at_any_number_of_threads, draws_do_not_depend_on_batch_or_kinds,
         a_zoom_to_nothing_is_refused);
    return s;
}
