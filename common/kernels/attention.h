/*
# Attention

A text arrives one character at a time, and at each place something has to be said about the next one. Inside a quotation
it matters that a quotation mark came forty characters ago; after `{cross` it matters what names have been mentioned. *Which
earlier row do I need?* A recurrent cell cannot ask. It carries one state along, and whatever will be needed later must be
kept in it from the start. Attention keeps all earlier rows and lets each row choose among them (Vaswani et al. 2017,
arXiv:1706.03762).

**Query, key, value.** Each row has three vectors of $w$ numbers, made from it by a dense layer. Its *query* $q_i$ says what
it looks for, its *key* $k_j$ what it can be found by, and its *value* $v_j$ what it hands over when it is found. How well
query $i$ and key $j$ fit is their dot product, the *score*; softmax makes the scores of a row weights between 0 and 1
that sum to 1; and the row receives the mean of all values with these weights:

$$ s_{ij} = \frac{q_i \cdot k_j}{\sqrt w}, \qquad
   p_{ij} = \frac{e^{s_{ij}}}{\sum_l e^{s_{il}}}, \qquad
   y_i = \sum_j p_{ij}\, v_j. $$

For a sequence of $T$ rows, stacked as matrices $Q$, $K$, $V$ of shape $T \times w$, these are two matrix products with a
softmax between them, $P = \mathrm{softmax}(Q K^\top / \sqrt w)$ of shape $T \times T$ and $Y = P V$. One could pick the row
with the largest score instead; but such a choice has no derivative, and a mean has one with respect to everything it was computed from.

**Why divide by $\sqrt w$?** Take queries and keys whose numbers are independent, with mean 0 and variance 1. A product
$q_c k_c$ has mean $\mathrm{E}[q_c]\, \mathrm{E}[k_c] = 0$ and variance $\mathrm{E}[q_c^2]\, \mathrm{E}[k_c^2] = 1$. The
variances of independent terms add, so the dot product has variance $w$: for $w = 32$ the scores are about $\pm 5.7$, and
$e^{5.7}$ is 300. Softmax would give nearly all the weight to one row, by chance, before anything has been learned, and its derivative,
which contains $p_j (1 - p_j)$, would be nearly 0. Divided by $\sqrt w$ the scores have variance 1 for any $w$.

**The mask.** A network that learns to predict the next character must not see it. In *causal* attention row $i$ may look at rows
$j \le i$ only: $p_{ij} = 0$ for $j > i$, and the sum in the denominator ends at $i$. Then a single pass over a text is $T$
exercises at once, one at each place.

**Heads.** One mean for each row is often too little: a row may need the last vowel *and* the opening bracket. So the $D$ numbers of a
row are cut into $H$ *heads* of $w = D / H$, each with its own queries, keys, values and weights. Their outputs stand side by
side again, $D$ numbers, and a dense layer behind mixes them. Many heads cost no more than one.

**What attention does not know.** The formulas never use $i$ and $j$ as numbers. Without a mask, permute the rows of the
input, and the rows of the output are permuted with them, otherwise unchanged. Where a row stands has to be written into the
row itself.

**Cost.** The two products take $2 T^2 D$ multiplications for each sequence, half of them if the mask is used to advantage;
the dense layers around take $4 T D^2$. So the quadratic part dominates only when $T$ is much larger than $D$.
Memory need not be quadratic: here the matrix of weights is never kept (the code says how).

| | shape | what it is |
|---|---|---|
| $x$ | $(B T, 3 D)$ | row $b T + t$: the queries of all heads, then the keys, then the values, as PyTorch has them |
| $y$ | $(B T, D)$ | the heads' outputs side by side |
| $q$, $k$, $v$ | $(T, w)$ | of one head in one sequence: columns $h w$ to $(h + 1) w - 1$ of each third of $x$ |
| $p$ | $(T, T)$ | of one head in one sequence: the weights |
*/

#ifndef ATTENTION_H
#define ATTENTION_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    int d;       // numbers a row of the output, a multiple of heads
    int heads;   // at least 1
    int steps;   // rows of a sequence
    bool causal; // row i sees the rows up to i of its sequence, else all
} AttentionShape;

// Numbers of scratch memory that the functions below need, whatever n is and the number of threads.
size_t attention_workspace(const AttentionShape *shape);

// n rows: whole sequences, one after the other. Self-attention, eq. 1 of the paper, for each head.
// If causal, row i has the same bytes whatever the later rows of its sequence are.
void attention_forward(float *y,       // (n, d)
                       const float *x, // (n, 3 d): queries, keys, values
                       int n, const AttentionShape *shape, float *workspace);

// The gradient with respect to x. Computes the weights anew; needs nothing from the forward pass.
void attention_backward(float *dx,       // (n, 3 d), overwritten
                        const float *dy, // (n, d)
                        const float *x,  // (n, 3 d), as in the forward pass
                        int n, const AttentionShape *shape, float *workspace);

// What one head looks at in one sequence: row i has the weights of row i, which sum to 1. Exactly 0
// where the mask is.
void attention_weights(float *p,       // (steps, steps)
                       const float *x, // (steps, 3 d): the sequence
                       int head, const AttentionShape *shape, float *workspace);

// Numbers that the cache of n sequences needs: keys and values of up to `steps` rows of each.
size_t attention_cache(int n, const AttentionShape *shape);

// One more row for each of n sequences of which the cache has `at` rows already, 0 <= at < steps:
// puts the new keys and values into the cache and computes the new rows of y. They are the bytes
// that attention_forward gives for row `at` of each sequence. Causal attention only: elsewhere a new
// row would change the earlier ones.
void attention_step(float *y,       // (n, d)
                    float *cache,   // attention_cache(n, shape)
                    const float *x, // (n, 3 d)
                    int at, int n, const AttentionShape *shape, float *workspace);

#endif
