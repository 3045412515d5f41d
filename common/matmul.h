/*
# Matrix products, the same bytes on any number of threads

Nearly all the time of a neural network goes into one operation, $C = AB$. Three plain loops say what it is:

    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            for (int l = 0; l < k; l++)
                c[i * n + j] += a[i * k + l] * b[l * n + j];

Compiled as they stand, they take about a hundred times longer than the processor needs. The fast version (blocks that
fit the caches, registers filled with a small tile of $C$) is the life's work of other people. It is called through
BLAS, an interface begun in 1979, whose product of two matrices, `sgemm`, was added in 1990; the library behind it is
OpenBLAS. Two questions are left for us. How does an `sgemm` run on all processors? And why would it give the same
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

#endif
