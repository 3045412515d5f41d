#include "kernels/linalg.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## LAPACK, kept to one thread

As with [matrix products](matmul.html), the work is done by a library: LAPACK's `dsyevd` turns the matrix until only its
diagonal and the one beside it are left, cuts that in halves, solves each, and puts them together (Cuppen 1981). It
comes with OpenBLAS. It is Fortran, so every argument is a pointer, and matrices are stored by columns: to a symmetric
matrix that makes no difference, and the eigenvectors, which are columns there, are rows for us.

Like the BLAS that it calls, it would start threads of its own, and add in another order with each number of them.
Within a parallel region of two threads or more it does not. So we open one, of exactly two, and one of its threads does
the work.
*/

void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info);

// vectors (n, n) is A before and the eigenvectors after. Returns LAPACK's own report, 0 if all is well.
static int decompose(double *vectors, double *values, int n) {
    int info = 0, lwork = 1 + 6 * n + 2 * n * n, liwork = 3 + 5 * n;
    double *work = alloc_bytes((size_t)lwork * sizeof *work);
    int *iwork = alloc_bytes((size_t)liwork * sizeof *iwork);
    dsyevd_("V", "U", &n, vectors, &n, values, work, &lwork, iwork, &liwork, &info);
    free(work);
    free(iwork);
    return info;
}

void symmetric_eigen(double *values, double *vectors, const double *A, int n) {
    require(n > 0 && n <= 8192, "the eigenvectors of a matrix of %d by %d", n, n);
    size_t numbers = (size_t)n * (size_t)n;
    for (size_t i = 0; i < numbers; i++) {
        require(isfinite(A[i]), "a matrix with %g in it has no eigenvectors", A[i]);
    }
    int info = 0;
    memcpy(vectors, A, numbers * sizeof *vectors);
#pragma omp parallel num_threads(2)
#pragma omp single
    info = decompose(vectors, values, n);
    require(info == 0, "dsyevd ends with %d", info);
}
