/*
## A block

Attention carries numbers from row to row. Computing with them is left to layers that treat each row by itself, and the two
take turns. A *block* is one turn: attention, then a small dense net. A transformer is a stack of such blocks, all alike.

![A block. The row goes straight through from left to right. Twice a branch leaves it: layer norm, attention over the rows so
far, and a dense layer; then layer norm, a dense layer to four times the width, GELU, and a dense layer back. Each branch is
added to the row.](diagrams/block.svg)

**The row stays.** Both parts are residual, as in lesson 12: what they compute is *added* to the row, $x + f(x)$, and the next
block reads the sum. What stands in the row stays there, unless a block adds its negative. The gradient comes back along the
same way: through 12 blocks it passes 24 additions, and none of them multiplies it.

**Layer norm.** The more is added, the larger the numbers get, and the scores with them. So in front of each branch its input
is brought to mean 0 and variance 1. Lesson 5's batch norm would do that over all rows, and so a row would learn something of
the rows behind it. *Layer norm* (Ba et al. 2016) takes mean and variance over the $d$ numbers of one row:

$$ \hat x_k = \frac{x_k - \mu}{\sqrt{v + \varepsilon}}, \qquad y_k = w_k\, \hat x_k + b_k, \qquad
   \mu = \frac1d \sum_k x_k, \quad v = \frac1d \sum_k (x_k - \mu)^2. $$

$w$ and $b$ have $d$ numbers and are learned. ($w_k$ and $v$ are not the width and the values of attention here.) There are no
running averages, and training and use are the same function. Vaswani et al. put the norm *behind* the addition. In front of
the branch, as here, the way straight through has no norm on it; most networks since GPT-2 have it there. What it is worth is
measured [below](#what-can-be-left-out).

**The dense net.** $4d$ hidden units for each row, with GELU between: $x\, \Phi(x)$, where $\Phi$ is the share of a normal
distribution below $x$. It is a ReLU without a corner ([chapter](gelu.html)). Two thirds of a block's parameters are here. All
rows share them.

As a table, with `mark` and `add` for the two residual parts (`acts.h` has it as three macros):

    mark("x"), layernorm(), dense(3 * d), attention(heads, .steps = T, .causal = true), dense(d), add("x"),
    mark("x"), layernorm(), dense(4 * d), gelu(), dense(d), add("x")

Count the parameters: $3d^2 + 3d$ for queries, keys and values, $d^2 + d$ to mix the heads, $8d^2 + 5d$ in the dense net, $4d$
in the two norms: $12 d^2 + 13 d$ for each block, with $d = 64$ 49,984.

In plain loops a block is short. `BlockWeights` has pointers to its weights.
*/

#include "acts.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void plain_dense(float *y, const float *x, const WeightsAndBias *a, int n, int in, int out) {
    for (int e = 0; e < n; e++) {
        for (int o = 0; o < out; o++) {
            float sum = a->bias[o];
            for (int i = 0; i < in; i++) {
                sum += a->weight[o * in + i] * x[e * in + i];
            }
            y[e * out + o] = sum;
        }
    }
}

static void plain_norm(float *y, const float *x, const WeightsAndBias *a, int n, int d) {
    for (int e = 0; e < n; e++, x += d, y += d) {
        float mean = 0.0f, variance = 0.0f;
        for (int k = 0; k < d; k++) {
            mean += x[k] / (float)d;
        }
        for (int k = 0; k < d; k++) {
            variance += (x[k] - mean) * (x[k] - mean) / (float)d;
        }
        for (int k = 0; k < d; k++) {
            y[k] = a->weight[k] * (x[k] - mean) / sqrtf(variance + 1e-5f) + a->bias[k];
        }
    }
}

static void plain_gelu(float *x, int n) {
    for (int i = 0; i < n; i++) {
        x[i] *= 0.5f * (1.0f + erff(x[i] / sqrtf(2.0f)));
    }
}

void plain_block(float *x, const BlockWeights *b, int n, int d, int heads, int rows) {
    float *normed = alloc_floats((size_t)(n * d)), *wide = alloc_floats((size_t)(4 * n * d));
    float *branch = alloc_floats((size_t)(n * d));
    plain_norm(normed, x, &b->norm, n, d);
    plain_dense(wide, normed, &b->in, n, d, 3 * d);
    plain_attention(normed, wide, n, d, heads, rows, true);
    plain_dense(branch, normed, &b->out, n, d, d);
    for (int i = 0; i < n * d; i++) {
        x[i] += branch[i];
    }
    plain_norm(normed, x, &b->second_norm, n, d);
    plain_dense(wide, normed, &b->up, n, d, 4 * d);
    plain_gelu(wide, 4 * n * d);
    plain_dense(branch, wide, &b->down, n, 4 * d, d);
    for (int i = 0; i < n * d; i++) {
        x[i] += branch[i];
    }
    free(normed);
    free(wide);
    free(branch);
}

// The weights of a net that is one BLOCK.
BlockWeights block_of(const Net *net) {
    enum { NORM = 1, IN, OUT = 4, SECOND_NORM = 7, UP, DOWN = 10 };
    const Layer *l = net->layers;
#define PAIR(i)                                                                                    \
    { l[i].weight, l[i].bias }
    return (BlockWeights){ .norm = PAIR(NORM),
                           .in = PAIR(IN),
                           .out = PAIR(OUT),
                           .second_norm = PAIR(SECOND_NORM),
                           .up = PAIR(UP),
                           .down = PAIR(DOWN) };
#undef PAIR
}

/*
The program computes such a block and that of the table: they differ by about a ten-millionth, as a share.
*/

static double block_bridge(Rng rng) {
    enum { D = 32, HEADS = 4, ROWS = 10, N = 2 * ROWS };
    static const LayerSpec table[] = { BLOCK(D, HEADS, ROWS), END };
    float *x = alloc_floats(N * D), *difference = alloc_floats(N * D);
    Net *net = net_create(table, (Shape){ D, 1, 1 }, N, &rng);
    BlockWeights block = block_of(net);
    rng_fill_normal(&rng, x, N * D, 0.0f, 1.0f);
    const float *y = net_forward(net, x, N, TRAIN);
    plain_block(x, &block, N, D, HEADS, ROWS);
    for (int i = 0; i < N * D; i++) {
        difference[i] = x[i] - y[i];
    }
    double error = norm(difference, N * D) / norm(y, N * D);
    free(x);
    free(difference);
    net_free(net);
    return error;
}

void one_block(Lab *lab) {
    if (state_begin(lab->state, "one_block")) {
        double error = block_bridge(rng_create(run_seed(lab->run, 0), RNG_INIT));
        run_say(lab->run, "A block in plain loops and the library's differ by %.1e.", error);
        run_summary(lab->run, "bridge_block", error);
        state_end(lab->state, true);
    }
}
