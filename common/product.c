#include "product.h"

#include <string.h>

/*
## The tile

The language C has no type for sixteen numbers; gcc and clang have, with `+` and `*` for all of them at once. Without
AVX-512 there are 16 registers of eight numbers, and the tile is 4 rows of three vectors.
*/

#ifdef __AVX512F__
enum { LANES = 16, ROWS = 8, VECTORS = 3 };
#else
enum { LANES = 8, ROWS = 4, VECTORS = 3 };
#endif

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

_Static_assert((int)PRODUCT_SLACK >= (int)LANES, "the last vector of a row may reach beyond it");

static inline Vector load(const float *x) {
    Vector v;
    memcpy(&v, x, sizeof v);
    return v;
}

/*
Everything depends on `sum` staying in registers, for which its places must be known when this is compiled: `rows` and
`vectors` are constants wherever the function is called, so that the loops over them vanish. Four steps of $l$ at a time
spare the processor some counting: 15 %.

At the right edge of $C$ the last vector has only `width` numbers that belong to it. The others are computed from what lies
behind the row of $B$, and dropped.
*/

__attribute__((always_inline)) static inline void tile(float *c, int ldc, const float *a, int lda,
                                                       const float *b, int ldb, bool accumulate,
                                                       int k, int rows, int vectors, int width) {
    Vector sum[ROWS][VECTORS];
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
            sum[i][j] = (Vector){ 0 };
        }
    }
#pragma GCC unroll 4
    for (int l = 0; l < k; l++) {
        Vector x[VECTORS];
        for (int j = 0; j < vectors; j++) {
            x[j] = load(b + (long)l * ldb + j * LANES);
        }
        for (int i = 0; i < rows; i++) {
            float w = a[(long)i * lda + l];
            for (int j = 0; j < vectors; j++) {
                sum[i][j] += w * x[j];
            }
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
            float *to = c + (long)i * ldc + j * LANES;
            int n = j < vectors - 1 ? LANES : width;
            if (n == LANES) {
                Vector all = accumulate ? load(to) + sum[i][j] : sum[i][j];
                memcpy(to, &all, sizeof all);
            }
            for (int v = 0; n < LANES && v < n; v++) {
                to[v] = accumulate ? to[v] + sum[i][j][v] : sum[i][j][v];
            }
        }
    }
}

/*
## All tiles

A strip of 48 columns goes down through all rows of $A$, 8 at a time, then 4, 2 and 1 for the rest. Each combination of
rows and vectors is a version of the tile of its own, chosen here.
*/

__attribute__((always_inline)) static inline void strip(float *c, int ldc, const float *a, int lda,
                                                        const float *b, int ldb, bool accumulate,
                                                        int k, int rows, int n) {
    if (n > 2 * LANES) {
        tile(c, ldc, a, lda, b, ldb, accumulate, k, rows, 3, n - 2 * LANES);
    } else if (n > LANES) {
        tile(c, ldc, a, lda, b, ldb, accumulate, k, rows, 2, n - LANES);
    } else {
        tile(c, ldc, a, lda, b, ldb, accumulate, k, rows, 1, n);
    }
}

void product(float *c, int ldc, const float *a, int lda, const float *b, int ldb, bool accumulate,
             int m, int n, int k) {
    for (int j = 0; j < n; j += VECTORS * LANES) {
        int width = n - j < VECTORS * LANES ? n - j : VECTORS * LANES, i = 0;
        for (; m - i >= 8 && ROWS >= 8; i += 8) {
            strip(c + (long)i * ldc + j, ldc, a + (long)i * lda, lda, b + j, ldb, accumulate, k, 8,
                  width);
        }
        for (; m - i >= 4; i += 4) {
            strip(c + (long)i * ldc + j, ldc, a + (long)i * lda, lda, b + j, ldb, accumulate, k, 4,
                  width);
        }
        for (; m - i >= 2; i += 2) {
            strip(c + (long)i * ldc + j, ldc, a + (long)i * lda, lda, b + j, ldb, accumulate, k, 2,
                  width);
        }
        for (; m - i >= 1; i += 1) {
            strip(c + (long)i * ldc + j, ldc, a + (long)i * lda, lda, b + j, ldb, accumulate, k, 1,
                  width);
        }
    }
}
