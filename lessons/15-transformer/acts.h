#ifndef ACTS_H
#define ACTS_H

#include "lab.h"

// One head of attention over one sequence (attention.c).
typedef struct {
    int rows, width; // T and w
    bool causal;     // row i sees the rows up to i, else all
} Head;

// y (rows, width) and the weights p (rows, rows), from queries, keys and values (rows, width).
void head_forward(float *y, float *p, const float *q, const float *k, const float *v,
                  const Head *head);

// All gradients (rows, width) are overwritten.
void head_backward(float *dq, float *dk, float *dv, const float *dy, const float *p, const float *q,
                   const float *k, const float *v, const Head *head);

// All heads of all sequences, in the layout of the library: x (n, 3 d), y (n, d).
void plain_attention(float *y, const float *x, int n, int d, int heads, int rows, bool causal);
void plain_attention_backward(float *dx, const float *dy, const float *x, int n, int d, int heads,
                              int rows, bool causal);

// A block of a transformer (block.c): attention, then a dense net for each row by itself, both as branches.
#define ATTEND(d, n_heads, rows)                                                                   \
    mark("x"), layernorm(), dense(3 * (d)), attention(n_heads, .steps = rows, .causal = true),     \
        dense(d), add("x")
#define THINK(d) mark("x"), layernorm(), dense(4 * (d)), gelu(), dense(d), add("x")
#define BLOCK(d, n_heads, rows) ATTEND(d, n_heads, rows), THINK(d)

// The same block in plain loops. Weights (out, in) or (d), biases (out) or (d).
typedef struct {
    const float *weight, *bias;
} Affine;
typedef struct {
    Affine norm, in, out, second_norm, up, down;
} Block;
Block block_of(const Net *net); // of a net that is one BLOCK
void plain_block(float *x, const Block *b, int n, int d, int heads, int rows); // x (n, d) in place
double block_bridge(Rng rng); // by how much it differs from the library's, as a share

// Writes sinusoids as positions: table (rows, d).
void sinusoids(float *table, int rows, int d);

enum { WARM_UP = 100 }; // steps in which the rate rises

// The acts, in their order.
void one_head(Lab *lab); // attention.c
int copying_count(const TransformerSettings *s);
int copying_width(void); // figures of a training
void copying(Lab *lab, Trainings *all);

#endif
