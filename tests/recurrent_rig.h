// A recurrent cell with all that goes in and comes out, for the tests of the cells and of time.

#ifndef RECURRENT_RIG_H
#define RECURRENT_RIG_H

#include "base/die.h"
#include "base/rng.h"
#include "kernels/gru.h"
#include "kernels/lstm.h"
#include "kernels/rnn.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RNN, RNN_RELU, GRU, LSTM, CELLS };
static const RecurrentCell *const cells[CELLS] = { &rnn_cell, &rnn_relu_cell, &gru_cell,
                                                   &lstm_cell };

// A cell with all that goes in and comes out. The loss is L = Σ dy·y + Σ dlast·last.
typedef struct {
    int kind, n, batch; // n = batch * shape.steps rows
    RecurrentShape shape;
    RecurrentParams params, dparams;
    RecurrentState first, last, dfirst, dlast;
    float *x, *y, *dx, *dy, *scratch, *workspace;
} Rig;

static inline size_t sums_of(const Rig *r) {
    return (size_t)(cells[r->kind]->gates * r->shape.hidden);
}

static inline size_t rows_of(const Rig *r, int columns) {
    return (size_t)r->n * (size_t)columns;
}

static inline size_t states_of(const Rig *r) {
    return (size_t)(r->batch * r->shape.hidden);
}

static inline float *random_floats(size_t n, float size, Rng *rng) {
    float *x = alloc_floats(n);
    rng_fill_normal(rng, x, n, 0.0f, size);
    return x;
}

static inline RecurrentParams make_params(const Rig *r, float size, Rng *rng) {
    size_t G = sums_of(r), H = (size_t)r->shape.hidden;
    float narrow = size / sqrtf((float)H); // so that sums do not depend on the size of the cell
    return (RecurrentParams){ random_floats(G * (size_t)r->shape.in, size, rng),
                              random_floats(G * H, narrow, rng), random_floats(G, size, rng),
                              random_floats(G, size, rng) };
}

static inline Rig make_rig(int kind, int batch, RecurrentShape shape) {
    Rng rng = rng_create(7, RNG_DATA);
    Rig r = { .kind = kind, .n = batch * shape.steps, .batch = batch, .shape = shape };
    r.params = make_params(&r, 0.8f, &rng);
    r.dparams = make_params(&r, 0.0f, &rng);
    RecurrentState *states[] = { &r.first, &r.last, &r.dfirst, &r.dlast };
    for (int i = 0; i < 4; i++) {
        states[i]->h = random_floats(states_of(&r), 0.5f, &rng);
        states[i]->c = kind == LSTM ? random_floats(states_of(&r), 0.5f, &rng) : NULL;
    }
    r.x = random_floats(rows_of(&r, shape.in), 1.0f, &rng);
    r.y = random_floats(rows_of(&r, shape.hidden), 1.0f, &rng);
    r.dx = random_floats(rows_of(&r, shape.in), 1.0f, &rng);
    r.dy = random_floats(rows_of(&r, shape.hidden), 1.0f, &rng);
    r.scratch = random_floats(recurrent_scratch(cells[kind], r.n, &shape), 1.0f, &rng);
    r.workspace = random_floats(recurrent_workspace(cells[kind], r.n, &shape), 1.0f, &rng);
    return r;
}

static inline void free_params(RecurrentParams *p) {
    free(p->weight_ih);
    free(p->weight_hh);
    free(p->bias_ih);
    free(p->bias_hh);
}

static inline void free_rig(Rig *r) {
    free_params(&r->params);
    free_params(&r->dparams);
    float *all[] = { r->first.h,  r->first.c, r->last.h,  r->last.c,   r->dfirst.h,
                     r->dfirst.c, r->dlast.h, r->dlast.c, r->x,        r->y,
                     r->dx,       r->dy,      r->scratch, r->workspace };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

static inline void forward(Rig *r) {
    recurrent_forward(cells[r->kind], r->y, r->last, r->scratch, r->x, r->first, &r->params, r->n,
                      &r->shape, r->workspace);
}

static inline void backward(Rig *r) {
    recurrent_backward(cells[r->kind], r->dx, r->dfirst, &r->dparams, r->dy, r->dlast, r->x,
                       r->scratch, &r->params, r->n, &r->shape, r->workspace);
}

// A tensor that goes in, and the gradient with respect to it.
typedef struct {
    const char *name;
    float *value, *gradient;
    size_t n;
} Tensor;

enum { TENSORS = 7 };

static inline int list_tensors(Tensor t[TENSORS], const Rig *r) {
    size_t G = sums_of(r), H = (size_t)r->shape.hidden, in = (size_t)r->shape.in;
    const RecurrentParams *p = &r->params, *d = &r->dparams;
    const Tensor all[TENSORS] = {
        { "weight_ih", p->weight_ih, d->weight_ih, G * in },
        { "weight_hh", p->weight_hh, d->weight_hh, G * H },
        { "bias_ih", p->bias_ih, d->bias_ih, G },
        { "bias_hh", p->bias_hh, d->bias_hh, G },
        { "x", r->x, r->dx, rows_of(r, r->shape.in) },
        { "h", r->first.h, r->dfirst.h, states_of(r) },
        { "c", r->first.c, r->dfirst.c, states_of(r) },
    };
    memcpy(t, all, sizeof all);
    return r->kind == LSTM ? TENSORS : TENSORS - 1;
}

static inline void assert_near(const char *name, const float *a, const float *b, size_t n,
                               double tolerance) {
    double error = relative_error(a, b, n);
    ck_assert_msg(error < tolerance, "%s differs by %g", name, error);
}

// Sequences of every odd kind: in, hidden, steps; batch.
static const struct {
    RecurrentShape shape;
    int batch;
} sizes[] = {
    { { 3, 5, 12, false }, 2 },  { { 1, 1, 1, false }, 1 },  { { 2, 7, 4, true }, 3 },
    { { 5, 33, 3, false }, 1 },  { { 9, 33, 6, true }, 11 }, { { 50, 16, 2, false }, 5 },
    { { 1, 100, 5, false }, 9 }, { { 4, 7, 1, true }, 17 },
};
enum { SIZES = sizeof sizes / sizeof *sizes };

// All cells in all sizes.
static inline Rig rig_of(int i) {
    return make_rig(i % CELLS, sizes[i / CELLS].batch, sizes[i / CELLS].shape);
}

// Steps from … of each sequence, as many as `to` has, to and from a matrix with `columns` columns.
static inline void copy_steps(Rig *part, float *to, const Rig *whole, const float *from, int step,
                              int columns) {
    size_t bytes = (size_t)(part->shape.steps * columns) * sizeof(float);
    for (int b = 0; b < part->batch; b++) {
        memcpy(to + (long)b * part->shape.steps * columns,
               from + ((long)b * whole->shape.steps + step) * columns, bytes);
    }
}

// The same cell, and the `steps` steps from `step` on of the same sequences.
static inline Rig part_of(const Rig *whole, int step, int steps) {
    RecurrentShape shape = whole->shape;
    shape.steps = steps;
    Rig part = make_rig(whole->kind, whole->batch, shape);
    copy_steps(&part, part.x, whole, whole->x, step, shape.in);
    copy_steps(&part, part.dy, whole, whole->dy, step, shape.hidden);
    Tensor from[TENSORS], to[TENSORS];
    list_tensors(from, whole);
    list_tensors(to, &part);
    for (int i = 0; i < 4; i++) {
        memcpy(to[i].value, from[i].value, from[i].n * sizeof(float));
    }
    return part;
}

static inline void copy_state(RecurrentState to, RecurrentState from, const Rig *r) {
    memcpy(to.h, from.h, states_of(r) * sizeof(float));
    if (to.c) {
        memcpy(to.c, from.c, states_of(r) * sizeof(float));
    }
}

#endif
