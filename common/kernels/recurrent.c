#include "kernels/recurrent.h"
#include "base/die.h"
#include "kernels/matmul.h"
#include "kernels/product.h"

#include <omp.h>
#include <string.h>

/*
## What can be done at once

Step $t$ needs the state of step $t - 1$, so the steps come one after the other. But the sequences of a batch do not know
each other. Each thread takes some of the sequences and goes with them through all steps, and no thread waits for another. At
each step it multiplies the states of its sequences, a matrix of perhaps 16 rows, with $U^\top$.

The [product](product.html) that was made for convolutions is made for this, too. It computes a number of the result in the
same way in whatever tile it stands. So the cut between the threads is free: it may follow their number, and the bits
are still the same.

It wants a matrix whose rows follow each other closely. If 48 columns of $U^\top$ are read where they stand, 48 numbers are
here and the next 48 of them `4 * gates * hidden` bytes further on, often a multiple of 4 KB; and addresses that differ by a
multiple of 4 KB compete for the same few places of the first cache. So $U^\top$ is copied once in a pass, in **panels** of
48 columns: in a panel the rows stand one behind the other. It is then used $T$ times. A panel of more than 256 rows is
multiplied in pieces of 256, which are 48 KB: what one tile of the result has read is then still in the first cache, or
nearly, when the next tile needs it.
*/

enum { PANEL = 48, DEPTH = 256 };

static int least(int a, int b) {
    return a < b ? a : b;
}

static size_t packed_size(int rows, int columns) {
    return (size_t)((columns + PANEL - 1) / PANEL * PANEL) * (size_t)rows;
}

// Panels of B (rows, columns). To be called by all threads of a parallel region.
static void pack(float *panels, const float *B, int rows, int columns) {
#pragma omp for schedule(static)
    for (int j = 0; j < columns; j += PANEL) {
        float *panel = panels + (size_t)j * (size_t)rows;
        for (int i = 0; i < rows; i++) {
            memcpy(panel + (size_t)i * PANEL, B + (size_t)i * (size_t)columns + j,
                   (size_t)least(PANEL, columns - j) * sizeof *B);
        }
    }
}

// Panels of Bᵀ (columns, rows). To be called by all threads of a parallel region.
static void pack_transposed(float *panels, const float *B, int rows, int columns) {
#pragma omp for schedule(static)
    for (int j = 0; j < rows; j += PANEL) {
        transpose(panels + (size_t)j * (size_t)columns, PANEL, B + (size_t)j * (size_t)columns,
                  columns, least(PANEL, rows - j), columns);
    }
}

// C (m, n) = A (m, k) · B (k, n), or C += A·B, with B in panels.
static void multiply(float *c, int ldc, const float *a, int lda, const float *panels,
                     bool accumulate, int m, int n, int k) {
    for (int j = 0; j < n; j += PANEL) {
        const float *panel = panels + (size_t)j * (size_t)k;
        for (int l = 0; l < k; l += DEPTH) {
            product(c + j, ldc, a + l, lda, panel + (size_t)l * PANEL, PANEL, accumulate || l > 0,
                    m, least(PANEL, n - j), least(DEPTH, k - l));
        }
    }
}

/*
## What is kept, and what is needed in between

For the way back each row keeps what its cell wants to know of the step, and the state before it.

The workspace holds what nobody needs later: the panels, the sums $a$ of a step, the running states or their gradients, and
on the way back all $da_t$. Rows are a little longer than their numbers, so that they do not stand 4 KB apart.
*/

typedef struct {
    const RecurrentCell *cell;
    RecurrentShape s;
    int n, batch;         // rows, sequences
    int sums, width;      // G * hidden; numbers in a row of a: sums, or twice as many
    int apart;            // where in a row of a the sums of U begin
    int pitch, column;    // from row to row of a; from column to column of x
    float *kept, *before; // (n, cell->kept * hidden), (n, hidden)

    float *bias;       // (width)
    float *a, *h, *c;  // (batch, pitch), (batch, hidden) twice; in a backward pass their gradients
    float *panels_ih;  // of Wᵀ; in a backward pass of W
    float *panels_hh;  // of Uᵀ, or U
    float *da;         // (n, pitch)
    float *columns_ih; // (in + 1, column): the transpose of x, and a row of ones
    float *columns_hh; // (hidden + 1, column): the same of before
    float *dW, *dU;    // panels of their transposes, with the bias as a last row
    size_t size;       // of the workspace
} TimePass;

// The next n numbers of the workspace.
static float *take(TimePass *p, float *workspace, size_t n) {
    float *at = workspace ? workspace + p->size : NULL;
    p->size += (n + 15) / 16 * 16;
    return at;
}

static int longer(int n) {
    return (n + 15) / 16 * 16 + PRODUCT_SLACK;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static TimePass plan(const RecurrentCell *cell, const float *scratch, int n,
                     const RecurrentShape *s, float *workspace) {
    require(s->in > 0 && s->hidden > 0 && s->steps > 0 && n > 0 && n % s->steps == 0,
            "a recurrent cell of %d inputs and %d units on %d rows in sequences of %d", s->in,
            s->hidden, n, s->steps);
    TimePass p = { .cell = cell, .s = *s, .n = n, .batch = n / s->steps };
    p.sums = cell->gates * s->hidden;
    p.apart = cell->apart ? p.sums : 0;
    p.width = p.sums + p.apart;
    p.pitch = longer(p.width);
    p.column = longer(n);
    p.kept = (float *)scratch;
    p.before = p.kept ? p.kept + (size_t)n * (size_t)(cell->kept * s->hidden) : NULL;

    size_t pitch = (size_t)p.pitch, column = (size_t)p.column;
    size_t batch = (size_t)p.batch, in = (size_t)s->in, hidden = (size_t)s->hidden;
    p.bias = take(&p, workspace, pitch);
    p.a = take(&p, workspace, batch * pitch);
    p.h = take(&p, workspace, batch * hidden);
    p.c = take(&p, workspace, batch * hidden);
    p.panels_ih =
        take(&p, workspace, larger(packed_size(s->in, p.sums), packed_size(p.sums, s->in)));
    p.panels_hh =
        take(&p, workspace, larger(packed_size(s->hidden, p.sums), packed_size(p.sums, s->hidden)));
    p.da = take(&p, workspace, (size_t)n * pitch);
    p.columns_ih = take(&p, workspace, (in + 1) * column);
    p.columns_hh = take(&p, workspace, (hidden + 1) * column);
    p.dW = take(&p, workspace, packed_size(s->in + 1, p.sums));
    p.dU = take(&p, workspace, packed_size(s->hidden + 1, p.sums));
    return p;
}

size_t recurrent_scratch(const RecurrentCell *cell, int n, const RecurrentShape *shape) {
    return (size_t)n * (size_t)((cell->kept + 1) * shape->hidden);
}

size_t recurrent_workspace(const RecurrentCell *cell, int n, const RecurrentShape *shape) {
    return plan(cell, NULL, n, shape, NULL).size;
}

/*
## Forward

The sums of a step begin as the biases; then the input's part is added and the state's. (For the GRU they stand in two
halves of the row.) Every cell does with its sums what it does, and leaves the new state where the old one was.
*/

static void copy(float *to, const float *from, int n) {
    memcpy(to, from, (size_t)n * sizeof *to);
}

// Of `count` things, those of the calling thread.
typedef struct {
    int begin, end;
} Share;

static Share share_of(int count) {
    int threads = omp_get_num_threads(), thread = omp_get_thread_num();
    return (Share){ count * thread / threads, count * (thread + 1) / threads };
}

// The states of some sequences; zeros if from is NULL.
static void copy_states(float *to, const float *from, int hidden, Share some) {
    size_t begin = (size_t)some.begin * (size_t)hidden;
    size_t n = (size_t)((some.end - some.begin) * hidden);
    if (from) {
        memcpy(to + begin, from + begin, n * sizeof *to);
    } else {
        memset(to + begin, 0, n * sizeof *to);
    }
}

// The place within a sequence of the row that is read in step `step`.
static int row_of_step(const RecurrentShape *s, int step) {
    return s->reverse ? s->steps - 1 - step : step;
}

static void add_biases(TimePass *p, const RecurrentParams *params) {
    copy(p->bias, params->bias_ih, p->sums);
    for (int i = 0; i < p->sums; i++) {
        if (p->apart) {
            p->bias[p->apart + i] = params->bias_hh[i];
        } else {
            p->bias[i] += params->bias_hh[i];
        }
    }
}

// Sequences first … end - 1, from their first step to their last.
static void forward_sequences(const TimePass *p, float *y, const float *x, int first, int end) {
    int hidden = p->s.hidden, in = p->s.in, steps = p->s.steps, m = end - first;
    float *a = p->a + (long)first * p->pitch, *h = p->h + (long)first * hidden;
    for (int step = 0; step < steps; step++) {
        long t = (long)first * steps + row_of_step(&p->s, step); // of the first sequence
        for (int b = 0; b < m; b++) {
            copy(a + (long)b * p->pitch, p->bias, p->width);
        }
        multiply(a, p->pitch, x + t * in, steps * in, p->panels_ih, true, m, p->sums, in);
        multiply(a + p->apart, p->pitch, h, hidden, p->panels_hh, true, m, p->sums, hidden);
        for (int b = 0; b < m; b++) {
            long row = t + (long)b * steps;
            float *state = h + (long)b * hidden;
            copy(p->before + row * hidden, state, hidden);
            p->cell->forward(state, p->c + (long)(first + b) * hidden,
                             p->kept + row * p->cell->kept * hidden, a + (long)b * p->pitch,
                             hidden);
            copy(y + row * hidden, state, hidden);
        }
    }
}

void recurrent_forward(const RecurrentCell *cell, float *y, RecurrentState last, float *scratch,
                       const float *x, RecurrentState first, const RecurrentParams *params, int n,
                       const RecurrentShape *shape, float *workspace) {
    TimePass p = plan(cell, scratch, n, shape, workspace);
    add_biases(&p, params);
#pragma omp parallel
    {
        pack_transposed(p.panels_ih, params->weight_ih, p.sums, p.s.in);
        pack_transposed(p.panels_hh, params->weight_hh, p.sums, p.s.hidden);
        Share mine = share_of(p.batch);
        copy_states(p.h, first.h, shape->hidden, mine);
        copy_states(p.c, first.c, shape->hidden, mine);
        forward_sequences(&p, y, x, mine.begin, mine.end);
        if (last.h) {
            copy_states(last.h, p.h, shape->hidden, mine);
        }
        if (last.c) {
            copy_states(last.c, p.c, shape->hidden, mine);
        }
    }
}

/*
## Backward in time

From the last step to the first: what has come from the step behind is in $dh$; add what arrives at the output;
let the cell turn $dh$ into $da$; and send $U^\top da$ to the step in front.
*/

static void backward_sequences(const TimePass *p, const float *dy, int first, int end) {
    int hidden = p->s.hidden, steps = p->s.steps, m = end - first;
    float *da = p->a + (long)first * p->pitch, *dh = p->h + (long)first * hidden;
    for (int step = steps - 1; step >= 0; step--) {
        for (int b = 0; b < m; b++) {
            long row = (long)(first + b) * steps + row_of_step(&p->s, step);
            float *mine = da + (long)b * p->pitch, *state = dh + (long)b * hidden;
            for (int k = 0; dy && k < hidden; k++) {
                state[k] += dy[row * hidden + k];
            }
            p->cell->backward(mine, state, p->c + (long)(first + b) * hidden,
                              p->kept + row * p->cell->kept * hidden, p->before + row * hidden,
                              hidden);
            copy(p->da + row * p->pitch, mine, p->width);
        }
        multiply(dh, hidden, da + p->apart, p->pitch, p->panels_hh, true, m, hidden, p->sums);
    }
}

/*
## Backward to the weights

When all $da$ are there, the order of the steps does not matter any more: what is left concerns single rows. $dX = dA\, W$ is a product of
$n$ rows, of which each thread computes those of its sequences.

$dW = dA^\top X$ is a sum over all rows of all sequences, and here it does matter who adds what. Nobody adds a part
of a sum: each thread takes some panels of $dW^\top = X^\top dA$, that is, some columns of $dA$, and adds
them over all rows, 256 at a time. For that $X$ has to be transposed, which is cheap. The bias is the weight of an input
that is always 1: $X^\top$ gets one more row, of ones, and $db$ comes out as one more row of $dW^\top$.
*/

// columns (width + 1, column) from rows (n, width). To be called by all threads of a parallel
// region; all have arrived when it returns.
static void turn(float *columns, const float *rows, const TimePass *p, int width) {
#pragma omp for schedule(static)
    for (int i = 0; i < p->n; i += DEPTH) {
        int some = least(DEPTH, p->n - i);
        transpose(columns + i, p->column, rows + (long)i * width, width, some, width);
        for (int k = 0; k < some; k++) {
            columns[(long)width * p->column + i + k] = 1.0f;
        }
    }
}

// Adds a panel's transpose, `sums` rows of dW (…, width), and its last row, of db.
static void add_panel(float *dW, float *db, const float *panel, int sums, int width) {
    float block[PANEL * PANEL];
    for (int i = 0; dW && i < width; i += PANEL) {
        int some = least(PANEL, width - i);
        transpose(block, PANEL, panel + (long)i * PANEL, PANEL, some, sums);
        for (int o = 0; o < sums; o++) {
            for (int k = 0; k < some; k++) {
                dW[(long)o * width + i + k] += block[o * PANEL + k];
            }
        }
    }
    for (int o = 0; db && o < sums; o++) {
        db[o] += panel[(long)width * PANEL + o];
    }
}

// Of dW (sums, width) and db (sums) the share of the calling thread. da: where its first row of
// these sums begins.
static void add_weight_gradients(float *dW, float *db, float *panels, const float *da,
                                 const float *columns, const TimePass *p, int width) {
    Share mine = share_of((p->sums + PANEL - 1) / PANEL);
    long size = (long)PANEL * (width + 1);
    for (int l = 0; (dW || db) && l < p->n; l += DEPTH) {
        for (int j = mine.begin; j < mine.end; j++) {
            product(panels + j * size, PANEL, columns + l, p->column,
                    da + (long)l * p->pitch + j * PANEL, p->pitch, l > 0, width + 1,
                    least(PANEL, p->sums - j * PANEL), least(DEPTH, p->n - l));
        }
    }
    for (int j = mine.begin; (dW || db) && j < mine.end; j++) {
        int o = j * PANEL;
        add_panel(dW ? dW + (long)o * width : NULL, db ? db + o : NULL, panels + j * size,
                  least(PANEL, p->sums - o), width);
    }
}

void recurrent_backward(const RecurrentCell *cell, float *dx, RecurrentState dfirst,
                        const RecurrentParams *dparams, const float *dy, RecurrentState dlast,
                        const float *x, const float *scratch, const RecurrentParams *params, int n,
                        const RecurrentShape *shape, float *workspace) {
    TimePass p = plan(cell, scratch, n, shape, workspace);
    int in = shape->in, hidden = shape->hidden, steps = shape->steps;
#pragma omp parallel
    {
        pack(p.panels_ih, params->weight_ih, p.sums, in);
        pack(p.panels_hh, params->weight_hh, p.sums, hidden);
        Share mine = share_of(p.batch);
        copy_states(p.h, dlast.h, hidden, mine);
        copy_states(p.c, dlast.c, hidden, mine);
        backward_sequences(&p, dy, mine.begin, mine.end);
        if (dfirst.h) {
            copy_states(dfirst.h, p.h, hidden, mine);
        }
        if (dfirst.c) {
            copy_states(dfirst.c, p.c, hidden, mine);
        }
        if (dx) {
            long row = (long)mine.begin * steps;
            multiply(dx + row * in, in, p.da + row * p.pitch, p.pitch, p.panels_ih, false,
                     (mine.end - mine.begin) * steps, in, p.sums);
        }
        if (dparams) {
            turn(p.columns_ih, x, &p, in);
            turn(p.columns_hh, p.before, &p, hidden);
            add_weight_gradients(dparams->weight_ih, dparams->bias_ih, p.dW, p.da, p.columns_ih, &p,
                                 in);
            add_weight_gradients(dparams->weight_hh, dparams->bias_hh, p.dU, p.da + p.apart,
                                 p.columns_hh, &p, hidden);
        }
    }
}
