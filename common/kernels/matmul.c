#include "kernels/matmul.h"
#include "base/die.h"
#include "kernels/product.h"

#include <cblas.h>
#include <string.h>

/*
## Cutting the work by the problem, not by the machine

Floating-point addition is not associative: $(10^8 + 1) - 10^8$ is 0 in float, $(10^8 - 10^8) + 1$ is 1. A library
that splits a sum among as many threads as it finds adds in a different order on each machine, and the last bits
differ. Training can amplify that: with Adam in lesson 3, the last bit of a single weight, changed at the start, has
reached the third digit of the training loss after 1,500 steps, and two people who compare their curves see a difference that means nothing.

The cure is to let the *size of the problem* decide how the work is cut. We cut $C$ into bands of rows; each band is a
matrix product of its own, computed by one thread from beginning to end. The number of threads decides only which thread
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

// True if such tiles pay; *tile becomes their size.
static bool small_tiles(Tile *tile, MatmulForm form, int n, int k) {
    enum { SIDE = 32, STEP = 64, MOST = 1000000 }; // the library takes 64 columns at a time
    if (k > MOST / (SIDE * SIDE) || !skips_rearranging()) {
        return false;
    }
    int columns = form == MATMUL_ABT ? SIDE : MOST / (SIDE * k);
    if (columns < n) {
        columns = columns < STEP ? columns / MULTIPLE * MULTIPLE : columns / STEP * STEP;
    }
    *tile = (Tile){ SIDE, columns < n ? columns : n };
    return true;
}

static Tile tile_size(MatmulForm form, int m, int n, int k) {
    Tile tile;
    if (small_tiles(&tile, form, n, k)) {
        return tile;
    }
    bool by_rows = m >= 2 * SMALLEST_BAND || m >= n;
    return by_rows ? (Tile){ band_size(m), n } : (Tile){ m, band_size(n) };
}

/*
## A thousand rows and a small matrix

In the dense layers of a transformer a thousand rows meet weights of 64 × 192. The small matrix fits into a cache as it is, and the
long one is read in the order in which it lies there. So nothing has to be rearranged but the weights, and the [product that a
convolution uses](product.html) is a fifth faster here than `sgemm`.

$Y = X W^\top$ and $dX = dY\, W$ are cut into parts of 128 rows. All of them read one copy of the weights, turned if need be. Its
rows are 16 numbers longer than they have to be: at a distance of 256 numbers each row would be sent to the same few places of the
cache.

$dW = dY^\top X$ is small itself, 192 × 64, and its sums are long. A cut into bands would leave most threads without work. So the
*sums* are cut into four, each part of them is added up in a place of its own, and the four are added in their order.
*/

enum { LONG = 512, SMALL = 20480, PITCH = 16, PART = 128, SUMS = 4 };

static bool long_and_small(MatmulForm form, int m, int n, int k) {
    bool sums = form == MATMUL_ATB;
    return (sums ? k : m) >= LONG && n % MULTIPLE == 0 && (sums ? m : k) <= SMALL / (n + PITCH);
}

static void long_rows(float *c, const float *a, const float *b, MatmulForm form, bool accumulate,
                      int m, int n, int k) {
    _Alignas(64) float copy[SMALL + PRODUCT_SLACK]; // of B: (k, n + PITCH)
    int pitch = n + PITCH;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int l = 0; l < k; l += MULTIPLE) {
            int rows = k - l < MULTIPLE ? k - l : MULTIPLE;
            if (form == MATMUL_ABT) {
                transpose(copy + l * pitch, pitch, b + l, k, n, rows);
            }
            for (int r = l; r < l + rows && form == MATMUL_AB; r++) {
                memcpy(copy + r * pitch, b + (long)r * n, (size_t)n * sizeof *b);
            }
        }
#pragma omp for schedule(static)
        for (int i = 0; i < m; i += PART) {
            int rows = m - i < PART ? m - i : PART;
            product(c + (long)i * n, n, a + (long)i * k, k, copy, pitch, accumulate, rows, n, k);
        }
    }
}

static void long_sums(float *c, const float *a, const float *b, bool accumulate, int m, int n,
                      int k) {
    _Alignas(64) float sums[SUMS][SMALL]; // (m, n) each
    int size = (k + SUMS - 1) / SUMS;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int p = 0; p < SUMS; p++) {
            int end = (p + 1) * size < k ? (p + 1) * size : k;
            // As much of A and B at a time as the cache has room for.
            for (int l = p * size; l < end; l += PART) {
                product_atb(sums[p], n, a + (long)l * m, m, b + (long)l * n, n, l > p * size, m, n,
                            end - l < PART ? end - l : PART);
            }
        }
#pragma omp for schedule(static)
        for (int i = 0; i < m * n; i++) {
            float sum = accumulate ? c[i] : 0.0f;
            for (int p = 0; p < SUMS; p++) {
                sum += sums[p][i];
            }
            c[i] = sum;
        }
    }
}

/*
## One part

`sgemm` describes a part of a matrix by a pointer to its first element and the distance between its rows (the *leading
dimension*), so that a part needs no copy. For $A^\top B$ some rows of $C$ come from as many *columns* of the stored
$A$; for $A B^\top$ some columns of $C$ come from rows of the stored $B$.

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
    if (long_and_small(form, m, n, k)) {
        if (form == MATMUL_ATB) {
            long_sums(c, a, b, accumulate, m, n, k);
        } else {
            long_rows(c, a, b, form, accumulate, m, n, k);
        }
        return;
    }
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

/*
## A product inside a part

Whoever has cut the work already needs products on one thread, inside each part. Bands gain nothing there; tiles that
skip the rearranging do. (For products of another shape, a [convolution](conv2d.html) has one of [its
own](product.html).)
*/

void matmul_part(float *c, int ldc, const float *a, int lda, const float *b, int ldb,
                 MatmulForm form, bool accumulate, int m, int n, int k) {
    require(form != MATMUL_ATB, "matmul_part has no use for this form yet");
    Tile tile;
    if (!small_tiles(&tile, form, n, k)) {
        tile = (Tile){ m, n };
    }
    for (int i = 0; i < m; i += tile.rows) {
        for (int j = 0; j < n; j += tile.columns) {
            int height = m - i < tile.rows ? m - i : tile.rows;
            int width = n - j < tile.columns ? n - j : tile.columns;
            part_product(c + (long)i * ldc + j, a + (long)i * lda,
                         form == MATMUL_ABT ? b + (long)j * ldb : b + j, form,
                         accumulate ? 1.0f : 0.0f, height, width, k, lda, ldb, ldc);
        }
    }
}

/*
## Transposing

Reading along rows and writing along columns touches a new cache line for each number. In blocks of 8 × 8 it need not:
eight rows of eight numbers are read, turned within the processor's registers, and written as eight rows. To turn such
a block, exchange the off-diagonal ones of its four quarters, then do the same within each quarter, and within each of
theirs. The three steps may come in any order; a step exchanges numbers between the same two registers for all its
blocks at once.

    a b | c d      a b | i j          a e | i m
    e f | g h      e f | m n          b f | j n
    ----+----  →   ----+----   →      ----+----
    i j | k l      c d | k l          c g | k o
    m n | o p      g h | o p          d h | l p

A block touches half of each of its cache lines (they hold sixteen numbers). So that the lines are still there when the
other halves come, the longer side is walked only once, and the shorter one, which does not leave the cache, again and
again.
*/

typedef float Eight __attribute__((vector_size(32)));

// (For a processor of AMD's gcc copies into an element of an array in two halves, and then waits for both; into a variable it
// does not.)
static inline Eight load_eight(const float *x) {
    Eight v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void store_eight(float *x, Eight v) {
    memcpy(x, &v, sizeof v);
}

static inline void transpose_block(float *to, long ld_to, const float *from, long ld_from) {
    Eight r[8];
    for (int i = 0; i < 8; i++) {
        r[i] = load_eight(from + i * ld_from);
    }
    for (int i = 0; i < 4; i++) {
        Eight a = r[i], b = r[i + 4];
        r[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
    for (int k = 0; k < 4; k++) {
        int i = k + (k & 2); // 0, 1, 4, 5
        Eight a = r[i], b = r[i + 2];
        r[i] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
        r[i + 2] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
    for (int i = 0; i < 8; i += 2) {
        Eight a = r[i], b = r[i + 1];
        r[i] = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
        r[i + 1] = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < 8; i++) {
        store_eight(to + i * ld_to, r[i]);
    }
}

void transpose(float *to, long ld_to, const float *from, long ld_from, int rows, int columns) {
    int whole_rows = rows / 8 * 8, whole_columns = columns / 8 * 8;
    bool wide = columns > rows;
    int outer = wide ? whole_columns : whole_rows, inner = wide ? whole_rows : whole_columns;
    for (int k = 0; k < outer; k += 8) {
        for (int l = 0; l < inner; l += 8) {
            int i = wide ? l : k, j = wide ? k : l;
            transpose_block(to + j * ld_to + i, ld_to, from + i * ld_from + j, ld_from);
        }
    }
    for (int i = 0; i < rows; i++) { // what is left at the right and at the bottom
        for (int j = i < whole_rows ? whole_columns : 0; j < columns; j++) {
            to[j * ld_to + i] = from[i * ld_from + j];
        }
    }
}
