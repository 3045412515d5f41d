#include "base/die.h"
#include "kernels/matmul.h"
#include "base/rng.h"
#include "test.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- helpers -------------------------------------------------------------------------------------

enum { MARGIN = 64 }; // numbers before and after each matrix that must be neither read nor written

// A matrix of n numbers between margins of NaN.
static float *guarded(size_t n) {
    float *block = alloc_floats(n + 2 * MARGIN);
    for (size_t i = 0; i < n + 2 * MARGIN; i++) {
        block[i] = NAN;
    }
    return block + MARGIN;
}

static void release(float *matrix) {
    free(matrix - MARGIN);
}

static bool margins_untouched(const float *matrix, size_t n) {
    for (size_t i = 0; i < MARGIN; i++) {
        if (!isnan(matrix[-1 - (long)i]) || !isnan(matrix[n + i])) {
            return false;
        }
    }
    return true;
}

typedef struct {
    MatmulForm form;
    int m, n, k;
    float *a, *b, *c, *before; // before: what c held before the product
} Product;

static Product make_product(MatmulForm form, int m, int n, int k) {
    Product p = { form, m, n, k, NULL, NULL, NULL, NULL };
    Rng rng = rng_create((uint64_t)(m * 7 + n * 5 + k), RNG_DATA);
    p.a = guarded((size_t)m * (size_t)k);
    p.b = guarded((size_t)k * (size_t)n);
    p.c = guarded((size_t)m * (size_t)n);
    p.before = guarded((size_t)m * (size_t)n);
    // The mean of 1 keeps sums away from 0, where a relative error says nothing.
    rng_fill_normal(&rng, p.a, (size_t)m * (size_t)k, 1.0f, 1.0f);
    rng_fill_normal(&rng, p.b, (size_t)k * (size_t)n, 1.0f, 1.0f);
    rng_fill_normal(&rng, p.before, (size_t)m * (size_t)n, 1.0f, 1.0f);
    return p;
}

static void free_product(Product *p) {
    release(p->a);
    release(p->b);
    release(p->c);
    release(p->before);
}

static void multiply(Product *p, bool accumulate) {
    memcpy(p->c, p->before, sizeof(float) * (size_t)p->m * (size_t)p->n);
    matmul(p->c, p->a, p->b, p->form, accumulate, p->m, p->n, p->k);
}

// Three plain loops, in double.
static float *plain_product(const Product *p, bool accumulate) {
    float *c = alloc_floats((size_t)p->m * (size_t)p->n);
    for (int i = 0; i < p->m; i++) {
        for (int j = 0; j < p->n; j++) {
            double sum = accumulate ? p->before[i * p->n + j] : 0.0;
            for (int l = 0; l < p->k; l++) {
                float a = p->form == MATMUL_ATB ? p->a[l * p->m + i] : p->a[i * p->k + l];
                float b = p->form == MATMUL_ABT ? p->b[j * p->k + l] : p->b[l * p->n + j];
                sum += (double)a * b;
            }
            c[i * p->n + j] = (float)sum;
        }
    }
    return c;
}

static void check_product(MatmulForm form, int m, int n, int k) {
    Product p = make_product(form, m, n, k);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        float *expected = plain_product(&p, accumulate);
        multiply(&p, accumulate);
        double error = relative_error(p.c, expected, (size_t)m * (size_t)n);
        ck_assert_msg(error < 1e-6, "form %d, %d × %d × %d, accumulate %d: error %g", (int)form, m,
                      n, k, accumulate, error);
        ck_assert(margins_untouched(p.c, (size_t)m * (size_t)n));
        free(expected);
    }
    free_product(&p);
}

// Around the band size of 64 rows, the most bands (8) and the vector registers.
static const int sizes[] = { 1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 600 };
enum { N_SIZES = sizeof sizes / sizeof *sizes };

// --- tests ---------------------------------------------------------------------------------------

START_TEST(equals_plain_loops_for_all_heights_and_widths) {
    for (int i = 0; i < N_SIZES; i++) {
        for (int j = 0; j < N_SIZES; j++) {
            check_product((MatmulForm)_i, sizes[i], sizes[j], 5);
        }
    }
}
END_TEST

START_TEST(equals_plain_loops_for_all_depths) {
    const int shapes[][2] = { { 1, 1 }, { 1, 10 }, { 10, 1 }, { 17, 65 }, { 129, 63 }, { 2, 200 } };
    for (int i = 0; i < N_SIZES; i++) {
        for (int j = 0; j < 6; j++) {
            check_product((MatmulForm)_i, shapes[j][0], shapes[j][1], sizes[i]);
        }
    }
}
END_TEST

START_TEST(equals_plain_loops_for_lesson_2) {
    check_product((MatmulForm)_i, 128, 128, 784);
    check_product((MatmulForm)_i, 128, 784, 128);
    check_product((MatmulForm)_i, 128, 10, 128);
    check_product((MatmulForm)_i, 10, 128, 128);
    check_product((MatmulForm)_i, 1030, 40, 30);
    check_product((MatmulForm)_i, 40, 1030, 30);
}
END_TEST

// A thousand rows and a small matrix: around the length of 512, the parts of 128 rows, the copied rows of 16, and the sizes
// where the small matrix is too large.
START_TEST(equals_plain_loops_for_many_rows_and_a_small_matrix) {
    const int lengths[] = { 511, 512, 513, 1030 }, widths[] = { 16, 64, 96, 256 };
    const int depths[] = { 1, 17, 64, 75, 80, 256 };
    for (int i = 0; i < 4 * 4 * 6; i++) {
        int length = lengths[i / 24], width = widths[i / 6 % 4], depth = depths[i % 6];
        bool sums = _i == MATMUL_ATB;
        check_product((MatmulForm)_i, sums ? depth : length, width, sums ? length : depth);
    }
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    const int shapes[][3] = { { 128, 128, 784 }, { 128, 784, 128 }, { 784, 128, 128 },
                              { 600, 600, 300 }, { 129, 65, 600 },  { 10, 128, 128 },
                              { 1, 600, 600 },   { 600, 1, 600 },   { 67, 1000, 33 },
                              { 1, 1, 5000 },    { 2, 3, 100000 },  { 1030, 64, 64 },
                              { 64, 192, 1030 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        Product p = make_product((MatmulForm)_i, shapes[i][0], shapes[i][1], shapes[i][2]);
        size_t bytes = sizeof(float) * (size_t)p.m * (size_t)p.n;
        float *alone = alloc_floats((size_t)p.m * (size_t)p.n);
        for (int threads = 1; threads <= 4; threads++) {
            omp_set_num_threads(threads);
            multiply(&p, true);
            if (threads == 1) {
                memcpy(alone, p.c, bytes);
            }
            ck_assert_msg(memcmp(alone, p.c, bytes) == 0, "%d × %d × %d on %d threads", p.m, p.n,
                          p.k, threads);
        }
        free(alone);
        free_product(&p);
    }
}
END_TEST

// A matrix of random numbers whose rows begin ld numbers apart, with NaN between them.
static float *spaced(int rows, int columns, int ld, Rng *rng) {
    float *matrix = guarded((size_t)rows * (size_t)ld);
    for (int i = 0; i < rows; i++) {
        rng_fill_normal(rng, matrix + (long)i * ld, (size_t)columns, 1.0f, 1.0f);
    }
    return matrix;
}

static void check_part(int m, int n, int k, int gap, bool accumulate) {
    Rng rng = rng_create((uint64_t)(m * 7 + n * 5 + k), RNG_DATA);
    int lda = k + gap, ldb = n + 2 * gap, ldc = n + 3 * gap;
    float *a = spaced(m, k, lda, &rng), *b = spaced(k, n, ldb, &rng);
    float *c = accumulate ? spaced(m, n, ldc, &rng) : guarded((size_t)m * (size_t)ldc);
    float *got = alloc_floats((size_t)m * (size_t)n),
          *expected = alloc_floats((size_t)m * (size_t)n);
    for (int e = 0; e < m * n; e++) {
        double sum = accumulate ? c[e / n * ldc + e % n] : 0.0;
        for (int l = 0; l < k; l++) {
            sum += (double)a[e / n * lda + l] * b[l * ldb + e % n];
        }
        expected[e] = (float)sum;
    }
#pragma omp parallel
#pragma omp single
    matmul_part(c, ldc, a, lda, b, ldb, MATMUL_AB, accumulate, m, n, k);
    for (int e = 0; e < m * ldc; e++) { // what lies between the rows stays as it was
        int i = e / ldc, j = e % ldc;
        ck_assert_msg(j < n || isnan(c[e]), "(%d, %d) of %d × %d × %d", i, j, m, n, k);
        if (j < n) {
            got[i * n + j] = c[e];
        }
    }
    ck_assert(margins_untouched(c, (size_t)m * (size_t)ldc));
    double error = relative_error(got, expected, (size_t)m * (size_t)n);
    ck_assert_msg(error < 1e-6, "%d × %d × %d, gap %d, accumulate %d: error %g", m, n, k, gap,
                  accumulate, error);
    release(a);
    release(b);
    release(c);
    free(got);
    free(expected);
}

// Around the tiles' 32 rows, and on both sides of the depth (976) from which there are none.
START_TEST(part_equals_plain_loops) {
    const int heights[] = { 1, 2, 31, 32, 33, 65 }, widths[] = { 1, 10, 17, 200 };
    const int depths[] = { 1, 9, 144, 950, 1000 };
    for (int i = 0; i < 6 * 4 * 5; i++) {
        int m = heights[i / 20], n = widths[i / 5 % 4], k = depths[i % 5];
        check_part(m, n, k, i % 3, i % 2);
    }
}
END_TEST

START_TEST(part_gives_the_same_bytes_in_any_company) {
    enum { M = 50, N = 300, K = 144 };
    Rng rng = rng_create(1, RNG_DATA);
    float *a = spaced(M, K, K, &rng), *b = spaced(K, N, N, &rng);
    float *alone = guarded(M * N), *crowd = guarded(4 * M * N);
    omp_set_num_threads(1);
#pragma omp parallel
    matmul_part(alone, N, a, K, b, N, MATMUL_AB, false, M, N, K);
    omp_set_num_threads(4);
#pragma omp parallel
    matmul_part(crowd + omp_get_thread_num() * M * N, N, a, K, b, N, MATMUL_AB, false, M, N, K);
    for (int thread = 0; thread < 4; thread++) {
        ck_assert_mem_eq(crowd + thread * M * N, alone, M * N * sizeof *alone);
    }
    release(a);
    release(b);
    release(alone);
    release(crowd);
}
END_TEST

START_TEST(overwrites_whatever_was_there) {
    float a[6] = { 1, 2, 3, 4, 5, 6 }, b[6] = { 1, 0, 0, 1, 1, 1 }, c[4] = { NAN, NAN, NAN, NAN };
    matmul(c, a, b, MATMUL_AB, false, 2, 2, 3);
    const float expected[4] = { 4, 5, 10, 11 };
    ck_assert_mem_eq(c, expected, sizeof c);

    float row[2] = { NAN, NAN }; // a single row takes another way
    matmul(row, a, b, MATMUL_AB, false, 1, 2, 3);
    ck_assert_mem_eq(row, expected, sizeof row);
}
END_TEST

// The variant of OpenBLAS that runs on one thread inside a parallel region, and no other BLAS: one file alone is loaded.
START_TEST(linked_with_the_openmp_variant) {
    enum { SEQUENTIAL, PTHREADS, OPENMP };
    ck_assert_int_eq(openblas_get_parallel(), OPENMP);
    FILE *maps = fopen("/proc/self/maps", "r");
    ck_assert_ptr_nonnull(maps);
    char line[4096], first[4096] = "";
    while (fgets(line, sizeof line, maps)) {
        const char *path = strchr(line, '/');
        if (path && strstr(path, "blas")) {
            if (!first[0]) {
                strcpy(first, path);
            }
            ck_assert_str_eq(path, first);
        }
    }
    fclose(maps);
    ck_assert_str_ne(first, "");
}
END_TEST

static void multiply_nothing(void *size) {
    float a = 1.0f, b = 1.0f, c;
    int n = *(int *)size;
    matmul(&c, &a, &b, MATMUL_AB, false, 1, n, 1);
}

START_TEST(refuses_empty_products) {
    assert_refused(multiply_nothing, &(int){ 0 }, "matmul of 1 × 0 × 1");
    assert_refused(multiply_nothing, &(int){ -3 }, "matmul of 1 × -3 × 1");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("matmul");
    CASE(s, "matmul", overwrites_whatever_was_there, linked_with_the_openmp_variant,
         refuses_empty_products, part_equals_plain_loops, part_gives_the_same_bytes_in_any_company);
    // Each of these runs once for A·B, A·Bᵀ and Aᵀ·B.
    TCase *forms = tcase_create("forms");
    tcase_set_timeout(forms, 120);
    tcase_add_loop_test(forms, equals_plain_loops_for_all_heights_and_widths, 0, 3);
    tcase_add_loop_test(forms, equals_plain_loops_for_all_depths, 0, 3);
    tcase_add_loop_test(forms, equals_plain_loops_for_lesson_2, 0, 3);
    tcase_add_loop_test(forms, equals_plain_loops_for_many_rows_and_a_small_matrix, 0, 3);
    tcase_add_loop_test(forms, same_bytes_on_any_number_of_threads, 0, 3);
    suite_add_tcase(s, forms);
    return s;
}
