/*
# Matrix products, the same bytes on any number of threads

Nearly all the time of a neural network goes into one operation, $C = AB$. Three plain loops say what it is:

    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            for (int l = 0; l < k; l++)
                c[i * n + j] += a[i * k + l] * b[l * n + j];

Compiled as they stand, they take about a hundred times longer than the processor needs. The fast version (blocks that
fit the caches, registers filled with a small tile of $C$) is left to a library. It is called through
BLAS, an interface begun in 1979, whose product of two matrices, `sgemm`, was added in 1990; the library behind it is
OpenBLAS. Two questions remain. How does an `sgemm` run on all processors? And why would it give the same
result on two processors as on one?
*/

#ifndef MATMUL_H
#define MATMUL_H

#include <stdbool.h>

// Which operand is read transposed. Matrices are row-major and dense: A·B has A (m, k) and B (k,
// n); A·Bᵀ has B stored as (n, k); Aᵀ·B has A stored as (k, m).
typedef enum { MATMUL_AB, MATMUL_ABT, MATMUL_ATB } MatmulForm;

// C = A·B, or C += A·B when accumulate is true. C (m, n) must not overlap A or B. Sizes are at
// least 1. Bit-identical for any number of threads.
void matmul(float *c, const float *a, const float *b, MatmulForm form, bool accumulate, int m,
            int n, int k);

// The same for a part of a larger product, on the calling thread: a row of C (m, n) begins ldc
// numbers after the one before, and so do the stored rows of A and B with lda and ldb. form is
// MATMUL_AB or MATMUL_ABT. Must be called inside a parallel region.
void matmul_part(float *c, int ldc, const float *a, int lda, const float *b, int ldb,
                 MatmulForm form, bool accumulate, int m, int n, int k);

// to (columns, rows) = fromᵀ, with from (rows, columns); a row of `to` begins ld_to numbers after
// the one before, a row of `from` ld_from. Runs on the calling thread.
void transpose(float *to, long ld_to, const float *from, long ld_from, int rows, int columns);

#endif
