#include "kernels/dense.h"
#include "kernels/lanes.h"
#include "kernels/matmul.h"

#include <string.h>

/*
## Forward

The bias is laid down first, once per row, and the product is added onto it. That saves a second pass over $Y$.
*/

enum { WORTH_SHARING = 1 << 14 }; // numbers: threads meet sooner than one alone has written these

void dense_forward(float *y, const float *x, const float *W, const float *b, int n, int in,
                   int out) {
#pragma omp parallel for schedule(static) if (b && n * out >= WORTH_SHARING)
    for (int i = 0; i < (b ? n : 0); i++) {
        memcpy(y + (long)i * out, b, sizeof(float) * (size_t)out);
    }
    matmul(y, x, W, MATMUL_ABT, b != NULL, n, out, in);
}

/*
## A row by itself

In which order `sgemm` adds up the products of a row depends, on some processors, on how many rows there are. A network that
writes a text row by row should give the bytes that it gives for the whole text at once. For that, here is a product in which a
row does not know of the others: an output is [sixteen sums](lanes.html), and their sum. Four outputs at a time use each
number of $x$ four times; their weights stay in the nearest cache while all rows pass by.
*/

enum { GROUP = 4 };

static void outputs_of_row(float *y, const float *x, const float *W, const float *b, int in,
                           int outputs) {
    Lanes sum[GROUP] = { { 0 } };
    for (int i = 0; i < in; i += LANES) {
        Lanes v = lanes_load(x + i, in - i);
        for (int o = 0; o < outputs; o++) {
            sum[o] += v * lanes_load(W + (long)o * in + i, in - i);
        }
    }
    for (int o = 0; o < outputs; o++) {
        y[o] = lanes_sum(sum[o]) + (b ? b[o] : 0.0f);
    }
}

void dense_forward_by_row(float *y, const float *x, const float *W, const float *b, int n, int in,
                          int out) {
#pragma omp parallel for schedule(static)
    for (int o = 0; o < out; o += GROUP) {
        for (int i = 0; i < n; i++) {
            float *to = y + (long)i * out + o;
            const float *from = x + (long)i * in, *w = W + (long)o * in, *c = b ? b + o : NULL;
            if (out - o >= GROUP) {
                outputs_of_row(to, from, w, c, in, GROUP);
            } else {
                outputs_of_row(to, from, w, c, in, out - o);
            }
        }
    }
}

/*
## Backward

Change one weight $W_{oi}$ by a little: each $y_{eo}$ changes by $x_{ei}$ times as much, and no other output changes
at all. The loss feels it through every example $e$ of the batch, so the contributions add up:

$$ \frac{\partial L}{\partial W_{oi}} = \sum_e dY_{eo}\, x_{ei}
   \quad\Longrightarrow\quad dW = dY^\top X, \qquad
   \frac{\partial L}{\partial b_o} = \sum_e dY_{eo}. $$

Change one input $x_{ei}$: every output of example $e$ changes, output $o$ by $W_{oi}$ times as much. So

$$ \frac{\partial L}{\partial x_{ei}} = \sum_o dY_{eo}\, W_{oi} \quad\Longrightarrow\quad dX = dY\, W. $$

The shapes are a check. $dW$ must be out × in like $W$, and from $dY$ ($n$ × out) and $X$ ($n$
× in) there is only one product that gives it.

The bias gradient sums a column of $dY$. Rows are contiguous, columns are not, so we walk along rows and keep 32
running sums at a time, in double: a sum over a large batch loses digits in float.
*/

static void add_column_sums(float *sums, const float *rows, int n, int columns) {
    enum { BLOCK = 32 };
#pragma omp parallel for schedule(static) if (n * columns >= WORTH_SHARING)
    for (int first = 0; first < columns; first += BLOCK) {
        int width = columns - first < BLOCK ? columns - first : BLOCK;
        double total[BLOCK] = { 0 };
        for (int i = 0; i < n; i++) {
            const float *row = rows + (long)i * columns + first;
            for (int j = 0; j < width; j++) {
                total[j] += row[j];
            }
        }
        for (int j = 0; j < width; j++) {
            sums[first + j] += (float)total[j];
        }
    }
}

void dense_backward(float *dx, float *dW, float *db, const float *dy, const float *x,
                    const float *W, int n, int in, int out) {
    if (dx) {
        matmul(dx, dy, W, MATMUL_AB, false, n, in, out);
    }
    if (dW) {
        matmul(dW, dy, x, MATMUL_ATB, true, out, in, n);
    }
    if (db) {
        add_column_sums(db, dy, n, out);
    }
}

/*
**Try it.** A layer with 784 inputs and 128 outputs sees a batch of 128: how many multiplications in the forward pass,
how many backward? (12.8 million; twice as many, or only as many again if nobody wants $dX$. Nobody wants it in the
first layer: the picture is not going to be changed. Skipping it saves a third of the work of a training step.)
*/
