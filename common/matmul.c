#include "matmul.h"
#include "die.h"

#include <cblas.h>

/*
## Cutting the work by the problem, not by the machine

Floating-point addition is not associative: $(10^8 + 1) - 10^8$ is 0 in float, $(10^8 - 10^8) + 1$ is 1. A library
that splits a sum among as many threads as it finds adds in a different order on each machine, and the last bits
differ. Training can amplify that: with Adam in lesson 3, the last bit of a single weight, changed at the start, has
reached the third digit of the training loss after 1,500 steps, and two people compare curves that cannot be compared.

The cure is to let the *size of the problem* decide how the work is cut. We cut $C$ into bands of rows; each band is a
matrix product of its own, computed by one thread from beginning to end. How many threads there are only decides who
computes which band:

$$ C_{[p]} = A_{[p]}\, B, \qquad p = 1, \dots, P, \qquad P \text{ depends on } m \text{ and } n \text{ alone.} $$

A band of 64 rows is large enough for `sgemm` to run at nine tenths of its full speed (measured: the shapes of lesson
2), and no more than eight bands are made, since each band makes `sgemm` rearrange $B$ anew. When $C$ is low and wide,
it is cut into bands of columns in the same way.
*/

enum { SMALLEST_BAND = 64, MOST_BANDS = 8, MULTIPLE = 16 };

// How many rows (or columns) of `size` go into one band.
static int band_size(int size) {
    int band = (size + MOST_BANDS - 1) / MOST_BANDS;
    band = (band + MULTIPLE - 1) / MULTIPLE * MULTIPLE;
    return band < SMALLEST_BAND ? SMALLEST_BAND : band;
}

/*
## One band

`sgemm` describes a part of a matrix by a pointer to its first element and the distance between its rows (the *leading
dimension*), so that a band needs no copy. For $A^\top B$ a band of rows of $C$ comes from a band of *columns* of the
stored $A$; for $A B^\top$ a band of columns of $C$ comes from a band of rows of the stored $B$.

A product with a single row is a matrix times a vector: each weight is used once, so rearranging the matrix first, as
`sgemm` does, would cost more than the product. `sgemv` does without.
*/

static void band_product(float *c, const float *a, const float *b, MatmulForm form, float beta,
                         int m, int n, int k, int lda, int ldb, int ldc) {
    if (m == 1 && form != MATMUL_ATB) {
        bool transposed = form == MATMUL_ABT;
        cblas_sgemv(CblasRowMajor, transposed ? CblasNoTrans : CblasTrans, transposed ? n : k,
                    transposed ? k : n, 1.0f, b, ldb, a, 1, beta, c, 1);
        return;
    }
    cblas_sgemm(CblasRowMajor, form == MATMUL_ATB ? CblasTrans : CblasNoTrans,
                form == MATMUL_ABT ? CblasTrans : CblasNoTrans, m, n, k, 1.0f, a, lda, b, ldb, beta,
                c, ldc);
}

/*
## All bands

The call to BLAS stands inside a parallel region even if there is only one band: there, the OpenMP variant of OpenBLAS
runs on the calling thread alone. Called outside, it would start threads of its own and cut the work by their number.
*/

void matmul(float *c, const float *a, const float *b, MatmulForm form, bool accumulate, int m,
            int n, int k) {
    require(m > 0 && n > 0 && k > 0, "matmul of %d × %d × %d", m, n, k);
    int lda = form == MATMUL_ATB ? m : k;
    int ldb = form == MATMUL_ABT ? k : n;
    float beta = accumulate ? 1.0f : 0.0f;
    bool by_rows = m >= 2 * SMALLEST_BAND || m >= n;
    int size = by_rows ? m : n;
    int band = band_size(size);
    int bands = (size + band - 1) / band;

#pragma omp parallel for schedule(static)
    for (int p = 0; p < bands; p++) {
        int first = p * band;
        int rest = size - first;
        int width = rest < band ? rest : band;
        if (by_rows) {
            const float *part = form == MATMUL_ATB ? a + first : a + (long)first * k;
            band_product(c + (long)first * n, part, b, form, beta, width, n, k, lda, ldb, n);
        } else {
            const float *part = form == MATMUL_ABT ? b + (long)first * k : b + first;
            band_product(c + first, a, part, form, beta, m, width, k, lda, ldb, n);
        }
    }
}
