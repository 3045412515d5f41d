#include "base/die.h"
#include "test.h"
#include "data/toy2d.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { N = 500 };

static int ones(const int *labels, int n) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        ck_assert(labels[i] == 0 || labels[i] == 1);
        count += labels[i];
    }
    return count;
}

START_TEST(blobs_keep_the_margin) {
    float x[2 * N], line[3];
    int labels[N];
    for (int seed = 0; seed < 300; seed++) {
        float margin = (float)(seed % 11) / 10.0f;
        Rng rng = rng_create((uint64_t)seed, RNG_DATA);
        toy2d_blobs(x, labels, N, margin, line, &rng);
        double norm = hypot(line[0], line[1]), nearest = INFINITY;
        ck_assert_double_eq_tol(norm, 1.0, 1e-6);
        for (int i = 0; i < N; i++) {
            double distance = (double)line[0] * x[2 * i] + (double)line[1] * x[2 * i + 1] + line[2];
            distance *= labels[i] ? 1.0 : -1.0;
            nearest = fmin(nearest, distance);
            ck_assert_msg(distance >= margin, "seed %d: %.9g < %.9g", seed, distance, margin);
            ck_assert_double_le(hypot(x[2 * i], x[2 * i + 1]), 3.0 + 1e-6);
        }
        ck_assert_double_lt(nearest, margin + 0.3); // the margin is used, not only kept
        ck_assert_int_eq(ones(labels, N), N / 2);
    }
}
END_TEST

START_TEST(blobs_lie_in_all_directions) {
    float x[2 * N], line[3];
    int labels[N], quadrants[4] = { 0 };
    for (int seed = 0; seed < 100; seed++) {
        Rng rng = rng_create((uint64_t)seed, RNG_DATA);
        toy2d_blobs(x, labels, 2, 0.1f, line, &rng);
        quadrants[(line[0] > 0) + 2 * (line[1] > 0)]++;
        ck_assert_float_lt(fabsf(line[2]), 0.708f); // the line passes within √½ of the origin
    }
    for (int q = 0; q < 4; q++) {
        ck_assert_int_gt(quadrants[q], 10);
    }
}
END_TEST

static void blobs_without_room(void *unused) {
    (void)unused;
    float x[2], line[3];
    int label;
    Rng rng = rng_create(1, RNG_DATA);
    toy2d_blobs(x, &label, 1, 1.1f, line, &rng);
}

// Points with too large a margin would be looked for forever.
START_TEST(impossible_margin_is_refused) {
    int status;
    free(death_message(blobs_without_room, NULL, &status));
    ck_assert_int_eq(status, 128 + SIGABRT);
}
END_TEST

START_TEST(xor_is_the_truth_table) {
    const float corners[8] = { -1, -1, -1, 1, 1, 1, 1, -1 };
    float x[2 * N];
    int labels[N];
    Rng rng = rng_create(1, RNG_DATA);
    toy2d_xor(x, labels, 4, 0.0f, &rng);
    ck_assert_mem_eq(x, corners, sizeof corners);
    ck_assert_mem_eq(labels, ((int[]){ 0, 1, 0, 1 }), sizeof(int[4]));

    toy2d_xor(x, labels, N, 0.15f, &rng); // 6 deviations from an axis
    double squares = 0.0;
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(labels[i], (x[2 * i] > 0) != (x[2 * i + 1] > 0));
        double dx = fabs(x[2 * i]) - 1.0, dy = fabs(x[2 * i + 1]) - 1.0;
        squares += dx * dx + dy * dy;
    }
    ck_assert_double_eq_tol(sqrt(squares / (2.0 * N)), 0.15, 0.015);
    ck_assert_int_eq(ones(labels, N), N / 2);
    ck_assert_int_eq(ones(labels, N - 1), (N - 1) / 2);
}
END_TEST

START_TEST(spirals_are_two_arms) {
    float x[2 * N];
    int labels[N], inside = 0;
    Rng rng = rng_create(1, RNG_DATA);
    const double turns = 1.75;
    toy2d_spirals(x, labels, N, (float)turns, 0.0f, &rng);
    for (int i = 0; i < N; i++) {
        // turned back by the angle that belongs to its radius, each point lies on one ray for its label
        double r = hypot(x[2 * i], x[2 * i + 1]);
        double angle = atan2(x[2 * i + 1], x[2 * i]) - 2.0 * M_PI * turns * r;
        ck_assert(r >= 0.1 - 1e-6 && r <= 1.0 + 1e-6);
        ck_assert_double_eq_tol(cos(angle), labels[i] ? -1.0 : 1.0, 1e-5);
        inside += r < 0.5;
    }
    ck_assert_int_eq(ones(labels, N), N / 2);
    double expected = N * (0.25 - 0.01) / 0.99; // evenly filled: the share of r² below 0.25
    ck_assert_double_eq_tol(inside, expected, 30.0);
}
END_TEST

START_TEST(spirals_have_the_noise_asked_for) {
    float clean[2 * N], noisy[2 * N];
    int labels[N];
    double squares = 0.0;
    // turns = 0: both arms are straight, at angles 0 and π, so that all of y is noise
    Rng rng = rng_create(1, RNG_DATA);
    toy2d_spirals(noisy, labels, N, 0.0f, 0.05f, &rng);
    rng = rng_create(1, RNG_DATA);
    toy2d_spirals(clean, labels, N, 0.0f, 0.0f, &rng);
    for (int i = 0; i < N; i++) {
        double dx = (double)noisy[2 * i] - clean[2 * i], dy = noisy[2 * i + 1];
        squares += dx * dx + dy * dy;
        ck_assert_float_lt(fabsf(clean[2 * i + 1]), 1e-6f);
    }
    ck_assert_double_eq_tol(sqrt(squares / (2.0 * N)), 0.05, 0.005);
}
END_TEST

// --- clouds --------------------------------------------------------------------------------------

enum { MANY = 20000 };

// Real points cover all modes, as many of each, and the expected share of them is good.
START_TEST(clouds_are_what_coverage_asks_for) {
    static const int modes[CLOUDS] = { 8, 25, 0 };
    static float x[2 * MANY];
    for (Cloud cloud = RING; cloud <= GRID; cloud++) {
        Rng rng = rng_create(1, RNG_DATA);
        toy2d_cloud(x, cloud, MANY, &rng);
        Coverage c = toy2d_coverage(x, cloud, MANY);
        ck_assert_int_eq(c.modes, modes[cloud]);
        ck_assert_int_eq(c.covered, modes[cloud]);
        ck_assert_float_eq_tol(c.good, 0.98889f, 0.003f);
        c = toy2d_coverage(x, cloud, 2500);
        ck_assert_int_eq(c.covered, modes[cloud]);
    }
    ck_assert_int_eq(toy2d_coverage(x, SWISS_ROLL, MANY).modes, 0);
}
END_TEST

// Deviation and radius of the ring's clouds, from the points alone.
START_TEST(the_ring_by_hand) {
    static float x[2 * MANY];
    double radius = 0.0, squares = 0.0;
    Rng rng = rng_create(2, RNG_DATA);
    toy2d_cloud(x, RING, MANY, &rng);
    for (int i = 0; i < MANY; i++) {
        double r = hypot(x[2 * i], x[2 * i + 1]);
        double angle =
            remainder(atan2(x[2 * i + 1], x[2 * i]), M_PI / 4.0); // from the nearest mode
        radius += r / MANY;
        squares += (r * angle * r * angle + (r - 2.0) * (r - 2.0)) / MANY;
    }
    ck_assert_double_eq_tol(radius, 2.0, 0.001);
    ck_assert_double_eq_tol(sqrt(squares / 2.0), 0.02, 0.0005);
}
END_TEST

START_TEST(the_swiss_roll_is_rolled) {
    static float x[2 * MANY];
    double squares = 0.0;
    Rng rng = rng_create(1, RNG_DATA);
    toy2d_cloud(x, SWISS_ROLL, MANY, &rng);
    for (int i = 0; i < MANY; i++) {
        // the distance to the nearest turn of r = φ / 7.5: turns are 2π / 7.5 apart
        double r = hypot(x[2 * i], x[2 * i + 1]), angle = atan2(x[2 * i + 1], x[2 * i]);
        double off = remainder(r - angle / 7.5, 2.0 * M_PI / 7.5);
        squares += off * off / MANY;
        ck_assert(r > 0.45 && r < 2.06);
    }
    ck_assert_double_eq_tol(sqrt(squares), 0.25 / 7.5, 0.001);
}
END_TEST

START_TEST(coverage_counts) {
    enum { ALL = 1000 };
    static float x[2 * ALL];
    for (int i = 0; i < ALL;
         i++) { // 990 in the mode at (2, 0), 3 σ away or less; 10 in that at (0, 2)
        x[2 * i] = i < 990 ? 2.0f + 0.059f : 0.0f;
        x[2 * i + 1] = i < 990 ? 0.0f : 2.0f;
    }
    Coverage c = toy2d_coverage(x, RING, ALL);
    ck_assert_int_eq(c.covered, 2); // 8 samples of 1,000 would do
    ck_assert_int_eq(c.fullest, 0);
    ck_assert_float_eq(c.good, 1.0f);
    for (int i = 997; i < ALL; i++) {
        x[2 * i] = 0.0f, x[2 * i + 1] = 2.1f; // near the second mode, and not good
    }
    c = toy2d_coverage(x, RING, ALL);
    ck_assert_int_eq(c.covered, 1);
    ck_assert_float_eq_tol(c.good, 0.997f, 1e-6f);
    for (int i = 0; i < ALL; i++) {
        x[2 * i] = -1.5f, x[2 * i + 1] = -1.5f; // nearest is the sixth, at 225 degrees
    }
    c = toy2d_coverage(x, RING, ALL);
    ck_assert_int_eq(c.covered, 0);
    ck_assert_int_eq(c.fullest, 5);
    ck_assert_float_eq(c.good, 0.0f);
}
END_TEST

START_TEST(same_seed_same_points) {
    float a[2 * N] = { 0 }, b[2 * N] = { 0 }, line[3], same_line[3];
    int labels[N];
    for (int set = 0; set < 6; set++) {
        for (int k = 0; k < 3; k++) {
            float *x = k == 0 ? a : b;
            Rng rng = rng_create(k == 2 ? 8 : 7, RNG_DATA);
            if (set == 0) {
                toy2d_blobs(x, labels, N, 0.2f, k == 0 ? line : same_line, &rng);
            } else if (set == 1) {
                toy2d_xor(x, labels, N, 0.2f, &rng);
            } else if (set == 2) {
                toy2d_spirals(x, labels, N, 2.0f, 0.02f, &rng);
            } else {
                toy2d_cloud(x, (Cloud)(set - 3), N, &rng);
            }
            ck_assert_int_eq(memcmp(a, b, sizeof a) == 0, k == 1);
            if (k == 1 && set == 0) {
                ck_assert_mem_eq(line, same_line, sizeof line);
            }
        }
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("toy2d");
    CASE(s, "blobs", blobs_keep_the_margin, blobs_lie_in_all_directions,
         impossible_margin_is_refused);
    CASE(s, "xor and spirals", xor_is_the_truth_table, spirals_are_two_arms,
         spirals_have_the_noise_asked_for);
    CASE(s, "clouds", clouds_are_what_coverage_asks_for, the_ring_by_hand, the_swiss_roll_is_rolled,
         coverage_counts);
    CASE(s, "all", same_seed_same_points);
    return s;
}
