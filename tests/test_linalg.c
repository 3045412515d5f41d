#include "base/die.h"
#include "kernels/linalg.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static double *random_symmetric(int n) {
    Rng rng = rng_create((uint64_t)n, RNG_DATA);
    double *A = alloc_bytes((size_t)n * (size_t)n * sizeof *A);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            A[i * n + j] = A[j * n + i] = (double)rng_normal(&rng);
        }
    }
    return A;
}

// Σ_k a[k] b[k] (times scale[k], unless that is NULL); steps apart.
static double inner(const double *a, const double *b, const double *scale, int n, int step) {
    double sum = 0.0;
    for (int k = 0; k < n; k++) {
        sum += a[k * step] * b[k * step] * (scale ? scale[k] : 1.0);
    }
    return sum;
}

// A = V diag(λ) Vᵀ, with the vectors as rows: A_ij = Σ_e λ_e V_ei V_ej, and the rows orthonormal.
static void assert_decomposed(const double *A, int n) {
    double *values = alloc_bytes((size_t)n * sizeof *values);
    double *V = alloc_bytes((size_t)n * (size_t)n * sizeof *V);
    double *kept = alloc_bytes((size_t)n * (size_t)n * sizeof *kept);
    memcpy(kept, A, (size_t)n * (size_t)n * sizeof *kept);
    symmetric_eigen(values, V, A, n);
    ck_assert_mem_eq(A, kept, (size_t)n * (size_t)n * sizeof *kept);
    for (int i = 0; i < n; i++) {
        ck_assert(i == 0 || values[i - 1] <= values[i]);
        for (int j = 0; j < n; j++) {
            double again = inner(V + i, V + j, values, n, n);
            ck_assert_msg(fabs(again - A[i * n + j]) < 1e-12 * n, "A[%d, %d] of %d: %g, not %g", i,
                          j, n, again, A[i * n + j]);
            double product = inner(V + i * n, V + j * n, NULL, n, 1);
            ck_assert_double_eq_tol(product, i == j, 1e-13 * n);
        }
    }
    free(values);
    free(V);
    free(kept);
}

START_TEST(is_put_together_again) {
    static const int sizes[] = { 1, 2, 3, 7, 24, 26, 84, 130 }; // up to 25 no halves are made
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double *A = random_symmetric(sizes[i]);
        assert_decomposed(A, sizes[i]);
        free(A);
    }
}
END_TEST

// Equal eigenvalues leave the axes free to turn; they must be orthonormal all the same.
START_TEST(equal_eigenvalues_are_no_trouble) {
    enum { N = 40 };
    static double A[N * N];
    assert_decomposed(A, N);
    for (int i = 0; i < N; i++) {
        A[i * N + i] = 3.0;
    }
    assert_decomposed(A, N);
    for (int i = 0; i < N * N; i++) {
        A[i] = 1.0; // one axis, of N; the other eigenvalues are 0
    }
    assert_decomposed(A, N);
}
END_TEST

START_TEST(two_by_two_by_hand) {
    static const double A[] = { 2, 1, 1, 2 }, turned[] = { 0, 2, 2, 0 };
    double values[2], V[4], half = sqrt(0.5);
    symmetric_eigen(values, V, A, 2);
    ck_assert_double_eq_tol(values[0], 1.0, 1e-15);
    ck_assert_double_eq_tol(values[1], 3.0, 1e-15);
    ck_assert_double_eq_tol(fabs(V[0]), half, 1e-15);
    ck_assert_double_eq_tol(V[0], -V[1], 1e-15); // (1, -1): stretched by 1
    ck_assert_double_eq_tol(V[2], V[3], 1e-15);  // (1, 1): by 3
    symmetric_eigen(values, V, turned, 2);
    ck_assert_double_eq_tol(values[0], -2.0, 1e-15);
    ck_assert_double_eq_tol(values[1], 2.0, 1e-15);
}
END_TEST

START_TEST(nothing_above_the_diagonal_counts) {
    static const double A[] = { 2, 99, 1, 2 };
    double values[2], V[4];
    symmetric_eigen(values, V, A, 2);
    ck_assert_double_eq_tol(values[1], 3.0, 1e-15);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    static const int sizes[] = { 84, 250 };
    for (int s = 0; s < 2; s++) {
        size_t n = (size_t)sizes[s], bytes = (n + 1) * n * sizeof(double);
        double *A = random_symmetric(sizes[s]), *alone = alloc_bytes(bytes);
        double *crowd = alloc_bytes(bytes);
        for (int threads = 1; threads <= 4; threads++) {
            double *result = threads == 1 ? alone : crowd;
            omp_set_num_threads(threads);
            symmetric_eigen(result, result + n, A, sizes[s]);
            ck_assert_msg(memcmp(alone, result, bytes) == 0, "%zu on %d threads", n, threads);
        }
        omp_set_num_threads(3);
        int different = 0;
#pragma omp parallel reduction(+ : different)
        {
            double *mine = alloc_bytes(bytes);
            symmetric_eigen(mine, mine + n, A, sizes[s]);
            different += memcmp(alone, mine, bytes) != 0;
            free(mine);
        }
        ck_assert_int_eq(different, 0);
        free(A);
        free(alone);
        free(crowd);
    }
}
END_TEST

static void decompose_with(void *value) {
    double A[] = { 1, 0, *(double *)value, 1 }, values[2], V[4];
    symmetric_eigen(values, V, A, 2);
}

static void decompose_nothing(void *n) {
    double A = 1.0, value, V;
    symmetric_eigen(&value, &V, &A, *(int *)n);
}

START_TEST(refuses_what_has_no_eigenvectors) {
    assert_refused(decompose_with, &(double){ NAN }, "nan in it has no eigenvectors");
    assert_refused(decompose_with, &(double){ -INFINITY }, "a matrix with -inf in it");
    assert_refused(decompose_nothing, &(int){ 0 }, "a matrix of 0 by 0");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("linalg");
    CASE(s, "eigenvectors", is_put_together_again, equal_eigenvalues_are_no_trouble,
         two_by_two_by_hand, nothing_above_the_diagonal_counts, same_bytes_on_any_number_of_threads,
         refuses_what_has_no_eigenvectors);
    return s;
}
