#include "matmul.h"
#include "die.h"

#include <cblas.h>
#include <string.h>

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
## Tiles, where they pay

Before it multiplies, `sgemm` rearranges both matrices so that its inner loop reads them in order. For a large product
that is a few percent of the work; for the products of lesson 2 it is a fifth. On processors with AVX-512, OpenBLAS
leaves it out for small matrices ($m n k \le 10^6$, and for $A B^\top$ also $m n \le 1200$). There, and only there, we
cut $C$ in both directions, into tiles that are just small enough: lesson 2's training step becomes a sixth faster.
(On other processors each tile would pay for its own rearranging: a quarter slower.) When $k$ is too long for a tile
of 32 × 32, it is bands again.
*/

typedef struct {
    int rows, columns;
} Tile;

static bool skips_rearranging(void) {
    static const char *const names[] = { "SkylakeX", "Cooperlake", "Sapphirerapids" };
    const char *core = openblas_get_corename();
    return !strcmp(core, names[0]) || !strcmp(core, names[1]) || !strcmp(core, names[2]);
}

static Tile tile_size(MatmulForm form, int m, int n, int k) {
    enum { SIDE = 32, MOST = 1000000 };
    if (k <= MOST / (SIDE * SIDE) && skips_rearranging()) {
        int columns = form == MATMUL_ABT ? SIDE : MOST / (SIDE * k) / MULTIPLE * MULTIPLE;
        return (Tile){ SIDE, columns < n ? columns : n };
    }
    bool by_rows = m >= 2 * SMALLEST_BAND || m >= n;
    return by_rows ? (Tile){ band_size(m), n } : (Tile){ m, band_size(n) };
}

/*
## One part

`sgemm` describes a part of a matrix by a pointer to its first element and the distance between its rows (the *leading
dimension*), so that a part needs no copy. For $A^\top B$ some rows of $C$ come from as many *columns* of the stored $A$;
for $A B^\top$ some columns of $C$ come from rows of the stored $B$.

A product with a single row is a matrix times a vector: each weight is used once, so rearranging the matrix first, as
`sgemm` does, would cost more than the product. `sgemv` does without.
*/

static void part_product(float *c, const float *a, const float *b, MatmulForm form, float beta,
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
## All parts

The call to BLAS stands inside a parallel region even if there is only one part: there, the OpenMP variant of OpenBLAS
runs on the calling thread alone. Called outside, it would start threads of its own and cut the work by their number.

In which order are the parts handed out? Each thread gets the first half or the second half of them (or a quarter, …).
In the forward pass, $X W^\top$, a column of $C$ belongs to a row of weights; in the backward pass, $dW = dY^\top X$,
a row of $C$ does. So for $A B^\top$ the column is the slow index, else the row: the same thread then reads, and
updates, the same weights, and finds them in its own cache.
*/

void matmul(float *c, const float *a, const float *b, MatmulForm form, bool accumulate, int m,
            int n, int k) {
    require(m > 0 && n > 0 && k > 0, "matmul of %d × %d × %d", m, n, k);
    int lda = form == MATMUL_ATB ? m : k;
    int ldb = form == MATMUL_ABT ? k : n;
    float beta = accumulate ? 1.0f : 0.0f;
    Tile tile = tile_size(form, m, n, k);
    int down = (m + tile.rows - 1) / tile.rows, across = (n + tile.columns - 1) / tile.columns;

#pragma omp parallel for schedule(static)
    for (int p = 0; p < down * across; p++) {
        bool columns_slow = form == MATMUL_ABT;
        int i = (columns_slow ? p % down : p / across) * tile.rows;
        int j = (columns_slow ? p / down : p % across) * tile.columns;
        int height = m - i < tile.rows ? m - i : tile.rows;
        int width = n - j < tile.columns ? n - j : tile.columns;
        const float *a_part = form == MATMUL_ATB ? a + i : a + (long)i * k;
        const float *b_part = form == MATMUL_ABT ? b + (long)j * k : b + j;
        part_product(c + (long)i * n + j, a_part, b_part, form, beta, height, width, k, lda, ldb,
                     n);
    }
}
