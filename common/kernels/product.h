/*
# A small matrix product, faster than BLAS

The [chapter on matrix products](matmul.html) leaves the work to BLAS. But a convolution asks for something that BLAS was not made
for: many products of medium size, whose second matrix has just been written, in whatever order is best, and lies in the cache. BLAS
does not know that; unless the matrices are very small, it rearranges both of them first. Eighty lines that do not are faster.

What keeps a processor from multiplying at its full speed? A multiplication and an addition of sixteen pairs of numbers is
one instruction, and two of these can begin in every cycle. Their operands have to come from somewhere. Two numbers
read from the cache for each product are far too many: the same processor can read only two vectors in a cycle. So
each number that is read has to be used several times while it is in a register, and that decides the shape of the loops:

- Keep a **tile** of the result, $C = AB$, in registers, 8 rows of 48 numbers: 24 of the 32 registers that AVX-512 has.
- For each $l$ read 48 numbers of row $l$ of $B$, three vectors, and one number of column $l$ of $A$ for each of the 8
  rows. Add the 24 products. That is 24 multiplications for 11 reads, and no writes.
- When $l$ has run through, write the tile.

The 48 columns of $B$ are used again for the next 8 rows, and come from the first cache then, or nearly ($k = 256$ rows of
them are 48 KB). $A$ is read in the order in which it lies there. Nothing is rearranged.

Each number of $C$ is a sum over $l$ in ascending order, whatever tile it falls into. So its bits depend neither on the
number of threads nor on how the work was cut.

Two other forms cost no more than their names. $A^\top B$: a column of $A$ is read where the tile read a row. And a *lower* $A$, in
which row $i$ ends with column $k + i$, as the weights of [causal attention](attention.html) do: behind the $k$ columns that all rows of a
tile have, there is a triangle in its corner, in which each row stops where it ends.
*/

#ifndef PRODUCT_H
#define PRODUCT_H

#include <stdbool.h>

// Numbers that may be read behind the last row of B; what they are does not matter.
enum { PRODUCT_SLACK = 16 };

// C (m, n) = A (m, k) · B (k, n), or C += A·B, on the calling thread. A row of each begins ldc, lda
// or ldb numbers after the one before. Fastest if ldb is a multiple of 16, B begins at a multiple of
// 64 bytes, and k is a few hundred at most.
void product(float *c, int ldc, const float *a, int lda, const float *b, int ldb, bool accumulate,
             int m, int n, int k);

// The same with Aᵀ in place of A: A is stored as (k, m).
void product_atb(float *c, int ldc, const float *a, int lda, const float *b, int ldb,
                 bool accumulate, int m, int n, int k);

// C = A·B, where row i of A ends after k + i + 1 numbers (and B has k + m rows): what stands behind
// them is not read, and row i of C does not know the rows of B from k + i + 1 on.
void product_lower(float *c, int ldc, const float *a, int lda, const float *b, int ldb, int m,
                   int n, int k);

#endif
