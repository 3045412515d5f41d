// The nearest of many, against the plain search; and what a product in float alone would get wrong.

#include "measure/nearest_neighbors.h"
#include "base/die.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static float *points(uint64_t seed, int n, int d, float mean) {
    Rng rng = rng_create(seed, RNG_DATA);
    float *x = alloc_floats((size_t)n * (size_t)d);
    rng_fill_normal(&rng, x, (size_t)n * (size_t)d, mean, 1.0f);
    return x;
}

// Offers y (m, d) in parts of this size.
static Nearest *search(const float *x, int n, const float *y, int m, int d, int part) {
    Nearest *nearest = nearest_create(x, n, d);
    for (int first = 0; first < m; first += part) {
        nearest_offer(nearest, y + (size_t)first * (size_t)d, part < m - first ? part : m - first);
    }
    ck_assert_int_eq(nearest->offered, m);
    return nearest;
}

static void assert_plain(const Nearest *nearest, const float *y, int m) {
    size_t d = (size_t)nearest->d;
    for (int i = 0; i < nearest->n; i++) {
        double least = INFINITY;
        int place = -1;
        for (int j = 0; j < m; j++) {
            double sum = 0.0;
            for (size_t k = 0; k < d; k++) {
                double off = (double)nearest->x[(size_t)i * d + k] - (double)y[(size_t)j * d + k];
                sum += off * off;
            }
            if (sum < least) {
                least = sum;
                place = j;
            }
        }
        ck_assert_int_eq(nearest->place[i], place);
        ck_assert(nearest->square[i] == least);
    }
}

START_TEST(finds_what_the_plain_search_finds) {
    static const int shapes[][4] = {
        // n, m, d, part
        { 1, 1, 1, 1 },       { 3, 7, 2, 7 },         { 50, 400, 5, 33 },
        { 20, 300, 784, 90 }, { 600, 5000, 3, 5000 }, { 5, 9000, 84, 4500 },
    };
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        int n = shapes[s][0], m = shapes[s][1], d = shapes[s][2];
        float *x = points(1, n, d, 0.0f), *y = points(2, m, d, 0.0f);
        Nearest *nearest = search(x, n, y, m, d, shapes[s][3]);
        assert_plain(nearest, y, m);
        nearest_free(nearest);
        free(x);
        free(y);
    }
}
END_TEST

// Far from 0 and close together: products of 10^8 whose differences are of the size of 1. Nine tenths
// of the float's digits are the same for all of them.
START_TEST(finds_it_where_the_product_in_float_does_not) {
    enum { N = 40, M = 2000, D = 50 };
    float *x = points(3, N, D, 1500.0f), *y = points(4, M, D, 1500.0f);
    Nearest *nearest = search(x, N, y, M, D, M);
    assert_plain(nearest, y, M);
    int misled = 0;
    for (int i = 0; i < N; i++) {
        float least = INFINITY;
        int place = -1;
        for (int j = 0; j < M; j++) {
            float xy = 0.0f, yy = 0.0f;
            for (int k = 0; k < D; k++) {
                xy += x[i * D + k] * y[j * D + k];
                yy += y[j * D + k] * y[j * D + k];
            }
            if (yy - 2.0f * xy < least) {
                least = yy - 2.0f * xy;
                place = j;
            }
        }
        misled += place != nearest->place[i];
    }
    ck_assert_int_ge(misled, N / 4);
    nearest_free(nearest);
    free(x);
    free(y);
}
END_TEST

START_TEST(a_copy_is_at_distance_0_and_of_two_the_first_counts) {
    enum { N = 30, M = 500, D = 84 };
    float *x = points(5, N, D, 100.0f), *y = points(6, M, D, 100.0f);
    for (int i = 0; i < N; i++) {
        memcpy(y + (7 + 10 * i) * D, x + i * D, D * sizeof *y);
        memcpy(y + (9 + 10 * i) * D, x + i * D, D * sizeof *y);
    }
    Nearest *nearest = search(x, N, y, M, D, 64);
    for (int i = 0; i < N; i++) {
        ck_assert(nearest->square[i] == 0.0);
        ck_assert_int_eq(nearest->place[i], 7 + 10 * i);
    }
    nearest_free(nearest);
    free(x);
    free(y);
}
END_TEST

START_TEST(neither_parts_nor_threads_change_a_bit) {
    enum { N = 700, M = 5000, D = 30 };
    float *x = points(7, N, D, 5.0f), *y = points(8, M, D, 5.0f);
    Nearest *whole = search(x, N, y, M, D, M);
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        Nearest *parts = search(x, N, y, M, D, 1 + 777 * threads);
        ck_assert_mem_eq(parts->place, whole->place, N * sizeof *whole->place);
        ck_assert_mem_eq(parts->square, whole->square, N * sizeof *whole->square);
        nearest_free(parts);
    }
    nearest_free(whole);
    free(x);
    free(y);
}
END_TEST

static void of_none(void *d) {
    static const float x[1] = { 0.0f };
    nearest_create(x, 0, *(int *)d);
}

START_TEST(no_points_are_refused) {
    int d = 3;
    assert_refused(of_none, &d, "the nearest of 0 points of 3 numbers");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("nearest_neighbors");
    CASE(s, "search", finds_what_the_plain_search_finds,
         finds_it_where_the_product_in_float_does_not,
         a_copy_is_at_distance_0_and_of_two_the_first_counts,
         neither_parts_nor_threads_change_a_bit);
    CASE(s, "mistakes", no_points_are_refused);
    return s;
}
