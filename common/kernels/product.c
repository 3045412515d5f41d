#include "kernels/product.h"
#include "kernels/lanes.h"

/*
## The tile

The language C has no type for sixteen numbers; gcc and clang have, and [lanes](lanes.html) gives it a name. Without AVX-512
there are 16 registers of eight numbers, and the tile is 4 rows of three vectors.
*/

#ifdef __AVX512F__
enum { ROWS = 8, VECTORS = 3 };
#else
enum { ROWS = 4, VECTORS = 3 };
#endif

_Static_assert((int)PRODUCT_SLACK >= (int)LANES, "the last vector of a row may reach beyond it");

/*
Everything depends on `sum` staying in registers, for which its places must be known when this is compiled: `rows` and
`vectors` are constants wherever the function is called, so that the loops over them vanish. Four steps of $l$ at a time
spare the processor some counting: 15 %.

At the right edge of $C$ the last vector has only `width` numbers that belong to it. The others are computed from what
lies behind the row of $B$, and dropped.
*/

// A matrix that is read: from the number in row i, column l to that in the next row, the next column.
typedef struct {
    const float *at;
    long down, along;
} Left;

__attribute__((always_inline)) static inline void tile(float *c, int ldc, Left a, const float *b,
                                                       int ldb, bool accumulate, int k, bool lower,
                                                       int rows, int vectors, int width) {
    Lanes sum[ROWS][VECTORS];
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
            sum[i][j] = (Lanes){ 0 };
        }
    }
#pragma GCC unroll 4
    for (int l = 0; l < k; l++) {
        Lanes x[VECTORS];
        for (int j = 0; j < vectors; j++) {
            x[j] = lanes_load(b + (long)l * ldb + j * LANES, LANES);
        }
        for (int i = 0; i < rows; i++) {
            float w = a.at[i * a.down + l * a.along];
            for (int j = 0; j < vectors; j++) {
                sum[i][j] += w * x[j];
            }
        }
    }
    for (int t = 0; lower && t < rows; t++) { // the corner: row i ends at column k + i
        for (int j = 0; j < vectors; j++) {
            Lanes x = lanes_load(b + (long)(k + t) * ldb + j * LANES, LANES);
            for (int i = t; i < rows; i++) {
                sum[i][j] += a.at[i * a.down + (k + t) * a.along] * x;
            }
        }
    }
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
            float *to = c + (long)i * ldc + j * LANES;
            int n = j < vectors - 1 ? LANES : width;
            if (n == LANES) {
                lanes_store(to, accumulate ? lanes_load(to, LANES) + sum[i][j] : sum[i][j], LANES);
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
rows and vectors is a version of the tile of its own, chosen here; and all of them exist for each of the three forms.
(Of four vectors that are left, two and two are faster than three and one: the more sums a tile has, the more often
each number is used.)
*/

__attribute__((always_inline)) static inline void strip(float *c, int ldc, Left a, const float *b,
                                                        int ldb, bool accumulate, int k, bool lower,
                                                        int rows, int n) {
    if (n > 2 * LANES) {
        tile(c, ldc, a, b, ldb, accumulate, k, lower, rows, 3, n - 2 * LANES);
    } else if (n > LANES) {
        tile(c, ldc, a, b, ldb, accumulate, k, lower, rows, 2, n - LANES);
    } else {
        tile(c, ldc, a, b, ldb, accumulate, k, lower, rows, 1, n);
    }
}

// The rows of A from i on, as many as are a multiple of `rows`; returns the first that is left.
__attribute__((always_inline)) static inline int strips(int i, float *c, int ldc, Left a,
                                                        const float *b, int ldb, bool accumulate,
                                                        int k, bool lower, int rows, int m, int n) {
    for (; m - i >= rows; i += rows) {
        Left from = { a.at + i * a.down, a.down, a.along };
        strip(c + (long)i * ldc, ldc, from, b, ldb, accumulate, lower ? k + i : k, lower, rows, n);
    }
    return i;
}

// How many of n columns the next strip takes.
static int strip_width(int n) {
    bool four = n > 3 * LANES && n <= 4 * LANES;
    int most = four ? 2 * LANES : VECTORS * LANES;
    return n < most ? n : most;
}

__attribute__((always_inline)) static inline void all(float *c, int ldc, Left a, const float *b,
                                                      int ldb, bool accumulate, bool lower, int m,
                                                      int n, int k) {
    for (int width; n > 0; n -= width, b += width, c += width) {
        int i = 0;
        width = strip_width(n);
        if (ROWS >= 8) {
            i = strips(i, c, ldc, a, b, ldb, accumulate, k, lower, 8, m, width);
        }
        i = strips(i, c, ldc, a, b, ldb, accumulate, k, lower, 4, m, width);
        i = strips(i, c, ldc, a, b, ldb, accumulate, k, lower, 2, m, width);
        strips(i, c, ldc, a, b, ldb, accumulate, k, lower, 1, m, width);
    }
}

void product(float *c, int ldc, const float *a, int lda, const float *b, int ldb, bool accumulate,
             int m, int n, int k) {
    all(c, ldc, (Left){ a, lda, 1 }, b, ldb, accumulate, false, m, n, k);
}

void product_atb(float *c, int ldc, const float *a, int lda, const float *b, int ldb,
                 bool accumulate, int m, int n, int k) {
    all(c, ldc, (Left){ a, 1, lda }, b, ldb, accumulate, false, m, n, k);
}

void product_lower(float *c, int ldc, const float *a, int lda, const float *b, int ldb, int m,
                   int n, int k) {
    all(c, ldc, (Left){ a, lda, 1 }, b, ldb, false, true, m, n, k);
}
