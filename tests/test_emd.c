// The module's file is included, so that the proof of an assignment, its prices, can be looked at.

#include "../common/measure/emd.c"

#include "fixtures/emd.h"
#include "base/rng.h"
#include "test.h"
#include "data/toy2d.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

static float *points(uint64_t seed, int n, int d) {
    Rng rng = rng_create(seed, RNG_DATA);
    float *x = alloc_floats((size_t)(n * d));
    rng_fill_normal(&rng, x, (size_t)(n * d), 0.0f, 1.0f);
    return x;
}

static double mean_cost(const int *partner, const float *x, const float *y, int n, int d) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        double squares = 0.0;
        for (int k = 0; k < d; k++) {
            squares += pow((double)x[i * d + k] - (double)y[partner[i] * d + k], 2.0);
        }
        sum += sqrt(squares);
    }
    return sum / n;
}

// The least mean cost of all permutations of order[first … n-1], the places before being fixed.
static double try_all(int *order, int first, const float *x, const float *y, int n, int d) {
    if (first == n) {
        return mean_cost(order, x, y, n, d);
    }
    double least = INFINITY;
    for (int i = first; i < n; i++) {
        int a = order[first], b = order[i];
        order[first] = b, order[i] = a;
        least = fmin(least, try_all(order, first + 1, x, y, n, d));
        order[first] = a, order[i] = b;
    }
    return least;
}

static void assert_permutation(const int *partner, int n) {
    bool *taken = alloc_bytes((size_t)n * sizeof *taken);
    for (int i = 0; i < n; i++) {
        ck_assert(partner[i] >= 0 && partner[i] < n && !taken[partner[i]]);
        taken[partner[i]] = true;
    }
    free(taken);
}

// The distance, after a look at the assignment that comes with it.
static double checked_emd(const float *x, const float *y, int n, int d) {
    int *partner = alloc_bytes((size_t)n * sizeof *partner);
    double distance = emd(partner, x, y, n, d);
    assert_permutation(partner, n);
    ck_assert_double_eq_tol(mean_cost(partner, x, y, n, d), distance, 1e-12);
    ck_assert_double_eq(emd(NULL, x, y, n, d), distance);
    free(partner);
    return distance;
}

// --- tests ---------------------------------------------------------------------------------------

START_TEST(no_permutation_is_better) {
    for (int n = 1; n <= 7; n++) {
        for (int d = 1; d <= 3; d++) {
            for (uint64_t seed = 1; seed <= 5; seed++) {
                float *x = points(seed, n, d), *y = points(seed + 100, n, d);
                int order[7] = { 0, 1, 2, 3, 4, 5, 6 };
                double least = try_all(order, 0, x, y, n, d), got = checked_emd(x, y, n, d);
                ck_assert_msg(fabs(got - least) < 1e-12, "%d points, %d numbers: %.15g, best %.15g",
                              n, d, got, least);
                free(x);
                free(y);
            }
        }
    }
}
END_TEST

START_TEST(the_example_by_hand) {
    static const float x[] = { 0, 1 }, y[] = { 1, 3 };
    ck_assert_double_eq(checked_emd(x, y, 2, 1), 1.5);
    static const float one[] = { 1, 2, 3 }, other[] = { 1, -2, 0 };
    ck_assert_double_eq(checked_emd(one, other, 1, 3), 5.0);
}
END_TEST

START_TEST(agrees_with_scipy) {
    ck_assert_double_eq_tol(checked_emd(emd_clouds_x[0], emd_clouds_y[0], 40, 3),
                            (double)emd_clouds_distance, 1e-6);
    ck_assert_double_eq_tol(checked_emd(emd_grid_x[0], emd_grid_y[0], 40, 2),
                            (double)emd_grid_distance, 1e-6);
}
END_TEST

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

START_TEST(on_a_line_sorting_does_it) {
    enum { N = 300 };
    float *x = points(1, N, 1), *y = points(2, N, 1);
    double distance = checked_emd(x, y, N, 1), sorted = 0.0;
    qsort(x, N, sizeof *x, ascending);
    qsort(y, N, sizeof *y, ascending);
    for (int i = 0; i < N; i++) {
        sorted += fabs((double)x[i] - (double)y[i]) / N;
    }
    ck_assert_double_eq_tol(distance, sorted, 1e-12);
    free(x);
    free(y);
}
END_TEST

// Numbers in 64ths, so that moving them rounds nothing.
START_TEST(moving_a_set_costs_the_way) {
    enum { N = 100 };
    float *x = points(3, N, 2), y[2 * N];
    for (int i = 0; i < 2 * N; i++) {
        x[i] = roundf(64.0f * x[i]) / 64.0f;
        y[i] = x[i] + (i % 2 ? 4.0f : -3.0f);
    }
    ck_assert_double_eq_tol(checked_emd(x, y, N, 2), 5.0, 1e-12);
    free(x);
}
END_TEST

START_TEST(a_set_is_no_distance_from_itself) {
    enum { N = 200 };
    float *x = points(4, N, 3), y[3 * N];
    int partner[N], order[N];
    ck_assert_double_eq(checked_emd(x, x, N, 3), 0.0);
    for (int i = 0; i < N; i++) {
        order[i] = i;
    }
    rng_shuffle(&(Rng){ 1, 1 }, order, N);
    for (int i = 0; i < N; i++) {
        memcpy(y + 3 * order[i], x + 3 * i, 3 * sizeof *y);
    }
    ck_assert_double_eq(emd(partner, x, y, N, 3), 0.0);
    ck_assert_mem_eq(partner, order, sizeof order);
    free(x);
}
END_TEST

START_TEST(it_is_a_distance) {
    enum { N = 60 };
    for (int d = 1; d <= 3; d++) {
        float *x = points(5, N, d), *y = points(6, N, d), *z = points(7, N, d);
        for (int i = 0; i < N; i++) {
            y[i * d] += 1.0f, z[i * d] += 2.0f; // so that the way over y is hardly longer
        }
        double xy = checked_emd(x, y, N, d), yz = checked_emd(y, z, N, d);
        double xz = checked_emd(x, z, N, d);
        ck_assert_double_eq_tol(checked_emd(y, x, N, d), xy, 1e-12);
        ck_assert_double_le(xz, xy + yz + 1e-12); // on a line there is no detour
        ck_assert_double_gt(xz, 0.8 * (xy + yz));
        free(x);
        free(y);
        free(z);
    }
}
END_TEST

// 70 points at 0 and 60 at 1, from 60 and 70: ten walk. And all points of a set at one place.
START_TEST(points_may_coincide) {
    enum { N = 130 };
    float x[2 * N] = { 0 }, y[2 * N] = { 0 };
    for (int i = 0; i < N; i++) {
        x[2 * i + 1] = i >= 70;
        y[2 * i + 1] = i % 13 >= 6;
    }
    ck_assert_double_eq_tol(checked_emd(x, y, N, 2), 10.0 / N, 1e-15);
    float *cloud = points(8, N, 2);
    double mean = 0.0;
    for (int i = 0; i < N; i++) {
        x[2 * i] = 3.0f, x[2 * i + 1] = -4.0f;
        mean += hypot((double)cloud[2 * i] - 3.0, (double)cloud[2 * i + 1] + 4.0) / N;
    }
    ck_assert_double_eq_tol(checked_emd(x, cloud, N, 2), mean, 1e-12);
    ck_assert_double_eq_tol(checked_emd(cloud, x, N, 2), mean, 1e-12);
    free(cloud);
}
END_TEST

// What the chapter calls the proof: no pair's prices exceed its cost, and those of partners reach it.
static void assert_proven(const float *x, const float *y, int n) {
    Market m = market_create(x, y, n, 2);
    double bound = 0.0, least = 0.0;
    for (int i = 0; i < n; i++) {
        serve(&m, i);
    }
    for (int i = 0; i < n; i++) {
        int partner = m.seller[i];
        bound += (m.u[i] + m.v[i]) / n;
        for (int j = 0; j < n; j++) {
            least = fmin(least, m.cost[i * n + j] - m.u[i] - m.v[j]);
        }
        ck_assert_int_eq(m.buyer[partner], i);
        ck_assert_double_lt(m.cost[i * n + partner] - m.u[i] - m.v[partner], 1e-12);
    }
    ck_assert_double_ge(least, -1e-12);
    ck_assert_double_eq_tol(checked_emd(x, y, n, 2), bound, 1e-11);
    free(m.cost);
    free(m.passed);
}

START_TEST(the_prices_prove_it) {
    enum { N = 512 };
    float x[2 * N], y[2 * N];
    Rng rng = rng_create(9, RNG_DATA);
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        toy2d_cloud(x, (Cloud)cloud, N, &rng);
        toy2d_cloud(y, (Cloud)cloud, N, &rng);
        assert_proven(x, y, N);
        rng_fill_normal(&rng, x, 2 * N, 2.0f, 0.02f); // collapsed
        assert_proven(x, y, N);
    }
}
END_TEST

// The chapter's table.
START_TEST(the_noise_floor_is_as_told) {
    enum { N = 512, PAIRS = 50 };
    static const double told[CLOUDS][2] = { { 0.15, 0.05 }, { 0.39, 0.07 }, { 0.13, 0.02 } };
    static float x[2 * N], y[2 * N];
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        Rng rng = rng_create(1, RNG_DATA);
        double sum = 0.0, squares = 0.0;
        for (int i = 0; i < PAIRS; i++) {
            toy2d_cloud(x, (Cloud)cloud, N, &rng);
            toy2d_cloud(y, (Cloud)cloud, N, &rng);
            double distance = emd(NULL, x, y, N, 2);
            sum += distance / PAIRS;
            squares += distance * distance / PAIRS;
        }
        ck_assert_double_eq_tol(sum, told[cloud][0], 0.00501);
        ck_assert_double_eq_tol(sqrt(squares - sum * sum), told[cloud][1], 0.00501);
    }
    toy2d_cloud(y, RING, N, &(Rng){ 1, 1 });
    for (int i = 0; i < N; i++) {
        x[2 * i] = 2.0f, x[2 * i + 1] = 0.0f;
    }
    ck_assert_double_eq_tol(emd(NULL, x, y, N, 2), 2.5, 0.15);
}
END_TEST

START_TEST(several_threads_may_ask_at_once) {
    enum { N = 150, ASKED = 8 };
    float *x = points(10, N, 2), *y = points(11, N, 2);
    double alone = checked_emd(x, y, N, 2), distances[ASKED];
    int partner[N], partners[ASKED][N];
    emd(partner, x, y, N, 2);
    omp_set_num_threads(4);
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < ASKED; i++) {
        distances[i] = emd(partners[i], x, y, N, 2);
    }
    for (int i = 0; i < ASKED; i++) {
        ck_assert_double_eq(distances[i], alone);
        ck_assert_mem_eq(partners[i], partner, sizeof partner);
    }
    free(x);
    free(y);
}
END_TEST

static void measure_nothing(void *n) {
    float x = 0.0f;
    emd(NULL, &x, &x, *(int *)n, 1);
}

static void measure_from(void *value) {
    float x[4] = { 0 }, y[4] = { 0, 0, 0, *(float *)value };
    emd(NULL, x, y, 2, 2);
}

START_TEST(refuses_what_has_no_distance) {
    assert_refused(measure_nothing, &(int){ 0 }, "the distance of 0 points with 1 numbers each");
    assert_refused(measure_from, &(float){ INFINITY }, "points 0 and 1 are inf apart");
    assert_refused(measure_from, &(float){ NAN }, "nan apart");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("emd");
    CASE(s, "assignment", no_permutation_is_better, the_example_by_hand, agrees_with_scipy,
         on_a_line_sorting_does_it, the_prices_prove_it);
    CASE(s, "distance", moving_a_set_costs_the_way, a_set_is_no_distance_from_itself,
         it_is_a_distance, points_may_coincide, the_noise_floor_is_as_told);
    CASE(s, "use", several_threads_may_ask_at_once, refuses_what_has_no_distance);
    return s;
}
