/*
# A network that remembers

A dense layer answers each row of its input by itself. In a text the answer to the letter `q` should depend on what came
before it. One could show the layer the last ten letters at once; but then what it has learned about the third letter back
says nothing about the fourth, and the eleventh does not exist.

A **recurrent cell** has a **state**, a vector $h$ of `hidden` numbers. It reads a sequence row by row, and from the next row
$x_t$ and the state $h_{t-1}$ it makes the next state,

$$ h_t = f(x_t, h_{t-1};\, \theta), \qquad t = 1, \dots, T, $$

with the same function and the same weights $\theta$ at each step. The states are also its output. What $h_t$ says about
$x_1$ has been carried through all states between, and how to carry it is what the cell has to learn. The cells of this
course differ in $f$ only: the [plain cell](rnn.html), the [GRU](gru.html) and the [LSTM](lstm.html). Each makes its new
state from weighted sums, $G$ for each unit of the state, to which input and state contribute with a matrix each:

$$ a_t = W x_t + b + U h_{t-1} + b', \qquad \underset{G\, \text{hidden} \times \text{in}}{W}, \qquad
   \underset{G\, \text{hidden} \times \text{hidden}}{U}. $$

$G$ is 1, 3 or 4. Two biases do what one would, where they only occur as a sum; the GRU needs both, and with both the tensors
have the names and shapes that they have in PyTorch (`weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`).

## Unrolled

Write a layer for each step, one behind the other, and the loop is gone:

    x₁      x₂      x₃              x_T
    ↓       ↓       ↓               ↓
    f  h₁→  f  h₂→  f  h₃→   …  →   f  → h_T
    ↓       ↓       ↓               ↓
    y₁      y₂      y₃              y_T        y_t = h_t

This is an ordinary network of $T$ layers. It has two peculiarities: each layer has an input and an output of its own, and
all have the same weights. So nothing new is needed to differentiate it; the chain rule, from the last layer to the first,
is called **backpropagation through time** here. Let $dh_t$ be the gradient of the loss with respect to $h_t$, with all ways
counted on which $h_t$ acts. It acts through the output $y_t$, and through the next step:

$$ dh_t = dY_t + \Big(\frac{\partial h_{t+1}}{\partial h_t}\Big)^{\!\top} dh_{t+1}, \qquad dh_T = dY_T . $$

A step back takes $dh_t$ through the formulas of the cell to $da_t$, the gradient with respect to the sums. From there on
it is the dense layer's backward pass twice, once for the input and once for the state:

$$ dX_t = W^\top da_t, \qquad U^\top da_t \;\text{ is added to }\; dh_{t-1}, $$

$$ dW = \sum_t da_t\, x_t^\top, \qquad dU = \sum_t da_t\, h_{t-1}^\top, \qquad db = db' = \sum_t da_t. $$

The sums over $t$ are there because the weights are the same at each step: changing one of them changes all layers. (The
GRU's $W$ and $U$ each have their own $da_t$; its chapter says why.)

## What becomes of a gradient on its way

How much does a state $k$ steps ago matter to the loss now? Apply the recursion $k$ times:

$$ \frac{\partial h_t}{\partial h_{t-k}} = J_t\, J_{t-1} \cdots J_{t-k+1}, \qquad
   J_t = \frac{\partial h_t}{\partial h_{t-1}} . $$

A product of $k$ matrices. If each of them shortens every vector, to a share $\gamma < 1$ or less, then the product
shortens to $\gamma^k$: with $\gamma = 0.5$ a millionth is left after 20 steps, and the weights do not learn what should
have been remembered for 20 steps. The gradient **vanishes**. If the matrices stretch some direction again and again, it
grows as fast: it **explodes**, and a single step of the optimizer throws the weights far away. In the network of lesson
2 the layers have different matrices, and one can be set against the other. Here it is the same $U$ every time, and its
powers do one thing or the other. Lesson 14 measures both. GRU and LSTM are cells that are built such that there is a way
along which $J_t$ is nearly the identity.

## Sequences as rows, and the state between two calls

A batch of $B$ sequences of $T$ rows is a matrix of $n = B\,T$ rows, whole sequences one after the other: row
$b\,T + t$ is step $t$ of sequence $b$. To a dense layer before or behind, these are just rows.

A text has a million letters. It is read in pieces of $T$, each beginning with the state in which the one before ended:
`first` and `last` below. Forward, that makes no difference: two pieces give the same bits as one of twice the length.
Backward, it does: unless the caller hands the gradient with respect to `first` of the later piece to the earlier one as
that of `last`, the gradient ends at the border. Then the weights learn from what happens within $T$ steps only
(**truncated** backpropagation through time), and need not keep a million rows.

With `reverse` a sequence is read from its last row to its first; then $h_t$ knows what comes *after* row $t$. A
bidirectional network is two cells, one of each kind, side by side.
*/

#ifndef RECURRENT_H
#define RECURRENT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    int in, hidden; // numbers in a row of x, in a state
    int steps;      // rows of a sequence, T
    bool reverse;   // from the last row of each sequence to its first
} RecurrentShape;

// The parameters of a cell with G gates, or their gradients.
typedef struct {
    float *weight_ih; // (G * hidden, in), W
    float *weight_hh; // (G * hidden, hidden), U
    float *bias_ih;   // (G * hidden), b
    float *bias_hh;   // (G * hidden), b'
} RecurrentParams;

// The state before or after a piece of each sequence, or the gradient with respect to it. Zeros
// where NULL is read; not wanted where NULL would be written. Only the LSTM has a c. first and last
// may be the same arrays, and so may dfirst and dlast.
typedef struct {
    float *h, *c; // (B, hidden) or NULL
} RecurrentState;

// Which cell: rnn_cell, rnn_relu_cell, gru_cell or lstm_cell. The two functions do one step of one
// sequence.
typedef struct {
    int gates;  // G
    int kept;   // what backward needs of a step, in numbers per unit
    bool apart; // a is (2, G * hidden): what comes from the input, what comes from the state; else
                // (G * hidden), the sum of the two

    // h and c (hidden): the state before, replaced by the one after. kept (kept, hidden).
    void (*forward)(float *h, float *c, float *kept, const float *a, int hidden);

    // da: like a. dh and dc (hidden): gradients with respect to the state after, replaced by those
    // with respect to the state before, without what reaches it through da. before (hidden): h
    // before the step.
    void (*backward)(float *da, float *dh, float *dc, const float *kept, const float *before,
                     int hidden);
} RecurrentCell;

// How many floats the forward pass keeps for the backward pass, and how many either of them needs
// while it runs. n is the number of rows, B * steps.
size_t recurrent_scratch(const RecurrentCell *cell, int n, const RecurrentShape *shape);
size_t recurrent_workspace(const RecurrentCell *cell, int n, const RecurrentShape *shape);

// All states of all sequences. Bit-identical for any number of threads.
void recurrent_forward(const RecurrentCell *cell,
                       float *y,             // (n, hidden)
                       RecurrentState last,  // after the last step that was done
                       float *scratch,       // recurrent_scratch numbers
                       const float *x,       // (n, in)
                       RecurrentState first, // before the first step
                       const RecurrentParams *params, int n, const RecurrentShape *shape,
                       float *workspace); // recurrent_workspace numbers

// Gradients from dy and dlast. dx and dfirst are overwritten; dparams are added to.
void recurrent_backward(const RecurrentCell *cell,
                        float *dx,                      // (n, in) or NULL
                        RecurrentState dfirst,          // with respect to first
                        const RecurrentParams *dparams, // or NULL; each of the four may be NULL
                        const float *dy,                // (n, hidden), or NULL: zeros
                        RecurrentState dlast,           // with respect to last
                        const float *x,                 // (n, in), as in the forward pass
                        const float *scratch,           // as the forward pass left it
                        const RecurrentParams *params, int n, const RecurrentShape *shape,
                        float *workspace); // recurrent_workspace numbers

#endif
