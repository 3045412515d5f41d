#ifndef MEMORY_H
#define MEMORY_H

#include "nn/net.h"

// A cell's parameters, as in the library's layer, or their gradients: G rows for each unit.
typedef struct {
    int in, hidden;
    float *W, *U;         // (G hidden, in), (G hidden, hidden)
    float *b_row, *b_old; // (G hidden) each: the biases of the row's sum and of the old state's
} CellParams;

// The parameters of a net's recurrent layer of G gates.
CellParams cell_params(const Layer *layer, int G);

// The blocks of rows of an LSTM (G = 4), in this order.
enum { INPUT_GATE, FORGET_GATE, PROPOSAL, OUTPUT_GATE, LSTM_GATES };

// One step of one sequence. h and c (hidden): the new state; gates (4, hidden): i, f, g, o. h_old and
// c_old (hidden) are other arrays than h and c.
void lstm_step(float *h, float *c, float *gates, const CellParams *p, const float *x,
               const float *h_old, const float *c_old);

// What a step has read and made.
typedef struct {
    const float *x, *h_old, *c_old, *gates, *c;
} LstmStep;

// Its way back. dh and dc (hidden): the gradients at the new state, all ways counted. Overwrites dx
// (in), dh_old and dc_old (hidden) and da (4, hidden), the gradient at the weighted sums; adds to dp.
void lstm_step_back(float *dx, float *dh_old, float *dc_old, float *da, CellParams *dp,
                    const CellParams *p, const LstmStep *step, const float *dh, const float *dc);

// One step of a GRU (G = 3: r, z, n). gates (3, hidden).
void gru_step(float *h, float *gates, const CellParams *p, const float *x, const float *h_old);

// The memory task: symbols 0 to 7, eight distractors, a cue.
enum { SYMBOLS = 8, CUE = 2 * SYMBOLS, WORDS = CUE + 1 };
typedef enum { FIRST, LATEST } Question; // which symbol is asked for

// tokens (n, distractors + 2), answers (n).
void recall_batch(float *tokens, int *answers, int n, int distractors, Question question, Rng *rng);

#endif
