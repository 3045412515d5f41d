#include "kernels/attention.h"
#include "base/die.h"
#include "kernels/lanes.h"
#include "kernels/matmul.h"
#include "kernels/product.h"

#include <math.h>
#include <omp.h>

/*
## Thirty-two rows at a time

A sequence and a head make a *pair*. The $B H$ pairs are independent; a thread takes one from beginning to
end, and how many threads there are decides only who takes which.

Within a pair, the textbook computes all $T^2$ scores, then all weights, then the output. For $T = 256$ the matrix of
weights takes 256 KB, the 64 pairs of a batch 16 MB, and writing these down for the backward pass and fetching them again
costs as much time as computing them. So we go through the rows in **blocks** of 32. The scores of 32 rows,
$32 \times T$ numbers, stay in the processor's caches until their rows of $Y$ are done; then the next block takes their
place. The backward pass computes the weights again. (Dao et al. 2022, arXiv:2205.14135, go one step further and cut the
columns, too, for sequences of many thousands of rows.)

Both products are those of the chapter on [small products](product.html), which likes its second matrix with rows
side by side. For $Q K^\top$ that is $K^\top$, so the keys of the pair are transposed first; the values are brought together
from the rows of $x$, in which they lie $3D$ numbers apart.
*/

enum { BLOCK = 32, PARTS = 16 };

// The sizes of a pair.
typedef struct {
    int steps, heads;
    int d, row;  // numbers in a row of y, of x
    int width;   // numbers in a query, a key, a value
    int packed;  // from one row of values to the next where they are side by side
    int pitch;   // from one row of scores, or of transposed keys, to the next
    float scale; // 1 / sqrt(width)
    bool causal;
} Sizes;

static int padded(int n) {
    return (n + 15) / 16 * 16;
}

// A pitch of 256 would send every row to the same few places of the processor's cache.
static Sizes sizes_of(const AttentionShape *s) {
    require(s->heads > 0 && s->d > 0 && s->d % s->heads == 0 && s->steps > 0,
            "attention of %d numbers in %d heads over %d steps", s->d, s->heads, s->steps);
    int width = s->d / s->heads;
    return (Sizes){ .steps = s->steps,
                    .heads = s->heads,
                    .d = s->d,
                    .row = 3 * s->d,
                    .width = width,
                    .packed = padded(width),
                    .pitch = padded(s->steps) + 16,
                    .scale = 1.0f / sqrtf((float)width),
                    .causal = s->causal };
}

// Numbers in (width, pitch) and in (steps, packed), with what a product may read behind them.
static size_t turned_size(const Sizes *s) {
    return (size_t)s->width * (size_t)s->pitch + PRODUCT_SLACK;
}

static size_t rows_size(const Sizes *s) {
    return (size_t)s->steps * (size_t)s->packed + PRODUCT_SLACK;
}

static size_t block_size(const Sizes *s) {
    return BLOCK * (size_t)s->pitch;
}

// What a thread has of its own. The forward pass needs less, but most networks are trained.
typedef struct {
    float *keys_turned, *values_turned; // (width, pitch)
    float *queries, *keys, *rows;       // (steps, packed); rows: values, or dy
    float *p, *dp;                      // (BLOCK, pitch)
} Scratch;

static size_t scratch_size(const Sizes *s) {
    return 2 * turned_size(s) + 3 * rows_size(s) + 2 * block_size(s);
}

static Scratch scratch_of_thread(float *workspace, const Sizes *s) {
    float *turned = workspace + (size_t)omp_get_thread_num() * scratch_size(s);
    float *rows = turned + 2 * turned_size(s), *blocks = rows + 3 * rows_size(s);
    return (Scratch){ .keys_turned = turned,
                      .values_turned = turned + turned_size(s),
                      .queries = rows,
                      .keys = rows + rows_size(s),
                      .rows = rows + 2 * rows_size(s),
                      .p = blocks,
                      .dp = blocks + block_size(s) };
}

size_t attention_workspace(const AttentionShape *shape) {
    Sizes s = sizes_of(shape);
    return PARTS * scratch_size(&s);
}

// More threads than parts would have no scratch.
static int threads(void) {
    return omp_get_max_threads() < PARTS ? omp_get_max_threads() : PARTS;
}

static void pack(float *to, const float *from, int ld, const Sizes *s) {
    for (int i = 0; i < s->steps; i++) {
        for (int c = 0; c < s->width; c++) {
            to[(long)i * s->packed + c] = from[(long)i * ld + c];
        }
    }
}

/*
## A row of weights

As in the [softmax](activation.html) of a classifier, the largest score is taken off first, so that no exponential
overflows; the scale comes after it, $s_{ij} - \max = (q_i \cdot k_j - \max_l q_i \cdot k_l) / \sqrt w$, and needs no pass
of its own. A row of causal attention has $i + 1$ scores. What the product has written behind them, and what a vector register
reads beyond them, is set to 0: not to $e^{-\infty}$ or something small, but to 0, chosen by the place alone, whatever stands
there. Not even a NaN in a later row comes through.
*/

// Makes n scores, not yet scaled, weights, and sets the places from n to `columns` to 0. Works on
// multiples of LANES numbers.
static void softmax_row(float *p, int n, int columns, float scale) {
    const Lanes zero = { 0 }, first = zero + p[0];
    Lanes largest = first, sum = zero;
    for (int j = 0; j < n; j += LANES) {
        Lanes s = lanes_choose(lanes_first(n - j), lanes_load(p + j, LANES), first);
        largest = lanes_choose((LaneBits)(s > largest), s, largest);
    }
    float most = lanes_max(largest);
    for (int j = 0; j < n; j += LANES) {
        Lanes e = lanes_exp((lanes_load(p + j, LANES) - most) * scale);
        e = lanes_choose(lanes_first(n - j), e, zero);
        lanes_store(p + j, e, LANES);
        sum += e;
    }
    float factor = 1.0f / lanes_sum(sum);
    int j = 0;
    for (; j < n; j += LANES) {
        lanes_store(p + j, lanes_load(p + j, LANES) * factor, LANES);
    }
    for (; j < columns; j += LANES) {
        lanes_store(p + j, zero, LANES);
    }
}

// How many rows of keys a block of rows sees: its last row is first + rows - 1.
static int columns_of(int first, int rows, const Sizes *s) {
    return s->causal ? first + rows : s->steps;
}

// How many of these row i sees.
static int seen_by(int i, const Sizes *s) {
    return s->causal ? i + 1 : s->steps;
}

// The weights p (rows, pitch) of a block of queries, whose rows begin ld numbers apart.
static void weights(float *p, const float *q, int ld, const float *keys_turned, int first, int rows,
                    const Sizes *s) {
    int columns = columns_of(first, rows, s);
    product(p, s->pitch, q, ld, keys_turned, s->pitch, false, rows, columns, s->width);
    for (int r = 0; r < rows; r++) {
        softmax_row(p + (long)r * s->pitch, seen_by(first + r, s), columns, s->scale);
    }
}

// c (rows, width) = the block's rows of a, weights or their gradients, times values or keys.
static void weighted_sums(float *c, int ldc, const float *a, const float *packed, int first,
                          int rows, const Sizes *s) {
    if (s->causal) {
        product_lower(c, ldc, a, s->pitch, packed, s->packed, rows, s->width, first);
    } else {
        product(c, ldc, a, s->pitch, packed, s->packed, false, rows, s->width, s->steps);
    }
}

/*
## Forward

If causal, a block computes scores up to its own last row, and nothing is spent on what lies above the diagonal but a corner of
the block. The weighted sum of row $i$ ends at $v_i$: `product_lower` does not go on to multiply later values by 0, since
$0 \cdot \infty$ is not 0.
*/

static int rows_of_block(int first, const Sizes *s) {
    return s->steps - first < BLOCK ? s->steps - first : BLOCK;
}

// Where the pair's queries stand in x, and its outputs in y.
static size_t place(int pair, int row, const Sizes *s) {
    return (size_t)(pair / s->heads) * (size_t)s->steps * (size_t)row +
           (size_t)(pair % s->heads * s->width);
}

static int pairs_of(int n, const Sizes *s) {
    require(n > 0 && n % s->steps == 0, "%d rows are not whole sequences of %d", n, s->steps);
    return n / s->steps * s->heads;
}

void attention_forward(float *y, const float *x, int n, const AttentionShape *shape,
                       float *workspace) {
    Sizes s = sizes_of(shape);
    int pairs = pairs_of(n, &s);
#pragma omp parallel for schedule(static) num_threads(threads())
    for (int pair = 0; pair < pairs; pair++) {
        Scratch own = scratch_of_thread(workspace, &s);
        const float *q = x + place(pair, s.row, &s), *k = q + s.d, *v = k + s.d;
        float *out = y + place(pair, s.d, &s);
        transpose(own.keys_turned, s.pitch, k, s.row, s.steps, s.width);
        pack(own.rows, v, s.row, &s);
        for (int first = 0; first < s.steps; first += BLOCK) {
            int rows = rows_of_block(first, &s);
            weights(own.p, q + (long)first * s.row, s.row, own.keys_turned, first, rows, &s);
            weighted_sums(out + (long)first * s.d, s.d, own.p, own.rows, first, rows, &s);
        }
    }
}

void attention_weights(float *p, const float *x, int head, const AttentionShape *shape,
                       float *workspace) {
    Sizes s = sizes_of(shape);
    require(head >= 0 && head < s.heads, "head %d of %d", head, s.heads);
    Scratch own = scratch_of_thread(workspace, &s);
    const float *q = x + place(head, s.row, &s);
    transpose(own.keys_turned, s.pitch, q + s.d, s.row, s.steps, s.width);
    for (int i = 0; i < s.steps; i++) {
        weights(own.p, q + (long)i * s.row, s.row, own.keys_turned, i, 1, &s);
        for (int j = 0; j < s.steps; j++) {
            p[(long)i * s.steps + j] = j < seen_by(i, &s) ? own.p[j] : 0.0f;
        }
    }
}

/*
## Backward

Given $dy_i$ for every row of a pair, find $dq$, $dk$ and $dv$. From behind:

**The weighted mean**, $y_i = \sum_j p_{ij} v_j$, is linear in the values and in the weights. A value is used by all
rows, so its contributions add up:

$$ dv_j = \sum_i p_{ij}\, dy_i, \qquad dp_{ij} = dy_i \cdot v_j. $$

**Softmax.** Leave out the row's index. $p_j = e^{s_j} / S$ with $S = \sum_l e^{s_l}$. Raise $s_k$: the numerator of $p_k$ grows,
and so does the denominator of every $p_j$. The quotient rule gives

$$ \frac{\partial p_j}{\partial s_k} = \frac{[j = k]\, e^{s_j}}{S} - \frac{e^{s_j} e^{s_k}}{S^2} = p_j \left( [j = k] - p_k \right), $$

$$ ds_k = \sum_j dp_j\, p_j \left( [j = k] - p_k \right) = p_k \Big( dp_k - \sum_j p_j\, dp_j \Big). $$

The sum is the mean of all $dp$ under the weights. A score grows if its row is more useful than the weighted mean,
in proportion to the weight that it already has. The gradients of a row of scores add up to 0, since the same
number added to all scores changes nothing. Where the mask is, $p_k = 0$, and no gradient passes.

**The scores**, $s_{ij} = q_i \cdot k_j / \sqrt w$:

$$ dq_i = \frac{1}{\sqrt w} \sum_j ds_{ij}\, k_j, \qquad dk_j = \frac{1}{\sqrt w} \sum_i ds_{ij}\, q_i. $$

As matrices, with the shapes that leave no other choice:

$$ \underset{T \times w}{dV} = P^\top dY, \quad \underset{T \times T}{dP} = dY\, V^\top, \quad
   \underset{T \times w}{dQ} = \tfrac{1}{\sqrt w}\, dS\, K, \quad \underset{T \times w}{dK} = \tfrac{1}{\sqrt w}\, dS^\top Q. $$

Five products instead of two, as $Q K^\top$ is computed again.

A block of 32 rows has its part of $P$, $dP$ and $dS$, and finishes its rows of $dQ$. To $dK$ and $dV$ it contributes 32 of the
terms of each sum. The blocks come in order, so the order of the terms is fixed. Where a block is the first to write, it
overwrites: if causal, these are its own 32 rows of $dK$ and $dV$, since no earlier row has seen them.
*/

// Makes dp, of which n numbers count, the gradient of the unscaled scores; 0 up to `columns`.
static void softmax_row_backward(float *dp, const float *p, int n, int columns, float scale) {
    const Lanes zero = { 0 };
    Lanes sum = zero;
    for (int j = 0; j < n; j += LANES) {
        Lanes slope = lanes_choose(lanes_first(n - j), lanes_load(dp + j, LANES), zero);
        sum += lanes_load(p + j, LANES) * slope;
    }
    float mean = lanes_sum(sum);
    int j = 0;
    for (; j < n; j += LANES) {
        Lanes slope = scale * lanes_load(p + j, LANES) * (lanes_load(dp + j, LANES) - mean);
        lanes_store(dp + j, lanes_choose(lanes_first(n - j), slope, zero), LANES);
    }
    for (; j < columns; j += LANES) {
        lanes_store(dp + j, zero, LANES);
    }
}

// d (columns, width; rows 3 d apart): adds the block's terms, aᵀ · packed, where earlier blocks have
// written already, and writes them where it is the first.
static void add_terms(float *d, const float *a, const float *packed, int first, int rows,
                      const Sizes *s) {
    int columns = columns_of(first, rows, s), old = s->causal || first == 0 ? first : s->steps;
    const float *from = packed + (long)first * s->packed;
    if (old > 0) {
        product_atb(d, s->row, a, s->pitch, from, s->packed, true, old, s->width, rows);
    }
    if (columns > old) {
        product_atb(d + (long)old * s->row, s->row, a + old, s->pitch, from, s->packed, false,
                    columns - old, s->width, rows);
    }
}

static void backward_block(float *dq, const Scratch *own, int first, int rows, const Sizes *s) {
    float *dk = dq + s->d, *dv = dk + s->d;
    int columns = columns_of(first, rows, s);
    const float *dy = own->rows + (long)first * s->packed;
    weights(own->p, own->queries + (long)first * s->packed, s->packed, own->keys_turned, first,
            rows, s);
    product(own->dp, s->pitch, dy, s->packed, own->values_turned, s->pitch, false, rows, columns,
            s->width);
    for (int r = 0; r < rows; r++) {
        softmax_row_backward(own->dp + (long)r * s->pitch, own->p + (long)r * s->pitch,
                             seen_by(first + r, s), columns, s->scale);
    }
    weighted_sums(dq + (long)first * s->row, s->row, own->dp, own->keys, first, rows, s);
    add_terms(dk, own->dp, own->queries, first, rows, s);
    add_terms(dv, own->p, own->rows, first, rows, s);
}

void attention_backward(float *dx, const float *dy, const float *x, int n,
                        const AttentionShape *shape, float *workspace) {
    Sizes s = sizes_of(shape);
    int pairs = pairs_of(n, &s);
#pragma omp parallel for schedule(static) num_threads(threads())
    for (int pair = 0; pair < pairs; pair++) {
        Scratch own = scratch_of_thread(workspace, &s);
        const float *q = x + place(pair, s.row, &s), *k = q + s.d, *v = k + s.d;
        transpose(own.keys_turned, s.pitch, k, s.row, s.steps, s.width);
        transpose(own.values_turned, s.pitch, v, s.row, s.steps, s.width);
        pack(own.queries, q, s.row, &s);
        pack(own.keys, k, s.row, &s);
        pack(own.rows, dy + place(pair, s.d, &s), s.d, &s);
        for (int first = 0; first < s.steps; first += BLOCK) {
            backward_block(dx + place(pair, s.row, &s), &own, first, rows_of_block(first, &s), &s);
        }
    }
}

/*
## One more row

A network that writes a text predicts one character, appends it, and asks again. Computed anew each time, a text of $T$ rows
costs $1 + 2 + \dots + T$ rows. But in causal attention a new row changes nothing before it; it only needs the keys and values of
the earlier rows. So these are kept, in the layout in which the products want them: the transposed keys, which get a new column,
and the values, which get a new row. Then the new row is a block of one.

Is it the same as in the forward pass, to the last bit? Each score is a sum over $w$ products in ascending order, whatever the
tile; a row of weights is computed in the same order wherever it stands; the weighted sum goes through the values in ascending order.
The functions are the same, and so are the bytes. With a library's matrix product it would not be so: it sums in another order
for one row than for many.
*/

static size_t cache_of_pair(const Sizes *s) {
    return turned_size(s) + rows_size(s);
}

size_t attention_cache(int n, const AttentionShape *shape) {
    Sizes s = sizes_of(shape);
    return (size_t)n * (size_t)s.heads * cache_of_pair(&s);
}

void attention_step(float *y, float *cache, const float *x, int at, int n,
                    const AttentionShape *shape, float *workspace) {
    Sizes s = sizes_of(shape);
    require(s.causal, "a step of attention that is not causal");
    require(n > 0 && at >= 0 && at < s.steps, "step %d of %d, %d sequences", at, s.steps, n);
#pragma omp parallel for schedule(static) num_threads(threads())
    for (int pair = 0; pair < n * s.heads; pair++) {
        Scratch own = scratch_of_thread(workspace, &s);
        float *keys_turned = cache + (size_t)pair * cache_of_pair(&s);
        float *values = keys_turned + turned_size(&s);
        size_t row = (size_t)(pair / s.heads), column = (size_t)(pair % s.heads * s.width);
        const float *q = x + row * (size_t)s.row + column, *k = q + s.d, *v = k + s.d;
        for (int c = 0; c < s.width; c++) {
            keys_turned[(long)c * s.pitch + at] = k[c];
            values[(long)at * s.packed + c] = v[c];
        }
        weights(own.p, q, s.row, keys_turned, at, 1, &s);
        weighted_sums(y + row * (size_t)s.d + column, s.d, own.p, values, at, 1, &s);
    }
}

/*
**Check it by hand.** One head of width 1, two rows, causal; queries $(0, 0)$, keys $(5, -3)$, values $(2, 6)$. What is $y$, and what
is $dv$ for $dy = (1, 1)$? (The first row sees itself alone, so $y_1 = 2$. The second has two equal scores: $y_2 = 4$. The first value
is used with weights 1 and ½, the second with ½: $dv = (1.5, 0.5)$. And $dk = (0, 0)$, since the queries are 0; but $dq_2$ is not.)
*/
