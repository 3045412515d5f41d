/*
# Tokens, positions and attention in a network

A text comes as tokens: whole numbers, one a row. An [embedding](embedding.html) gives each token a vector, its row of a matrix
(`.words`, out), which is the layer's weight.
*/

#include "base/rng.h"
#include "kernels/attention.h"
#include "kernels/embedding.h"
#include "nn/kinds.h"

#include <stdio.h>
#include <string.h>

static const char *plan_embedding(Layer *l) {
    l->out = (Shape){ l->spec.out, 1, 1 };
    l->n_weight = (size_t)l->spec.words * (size_t)l->spec.out;
    bool fits = l->spec.out > 0 && l->spec.words > 0 && shape_size(l->in) == 1;
    return fits ? NULL : "needs at least one output and .words, and one token a row";
}

static void forward_embedding(Layer *l, const Pass *p) {
    embedding_forward(l->y, l->x, l->weight, p->n, l->spec.words, l->spec.out);
}

// A token has no gradient: there is nothing between one and the next.
static void backward_embedding(Layer *l, const Pass *p) {
    if (p->want_params) {
        embedding_backward(l->dweight, l->dy, l->x, p->n, l->spec.words, l->spec.out);
    }
    if (p->dx) {
        memset(p->dx, 0, (size_t)p->n * sizeof *p->dx);
    }
}

static void init_normal(Layer *l, InitScheme scheme, Rng *rng) {
    (void)scheme;
    float usual = l->spec.kind == EMBEDDING ? 1.0f : 0.02f;
    rng_fill_normal(rng, l->weight, l->n_weight, 0.0f, l->spec.spread > 0 ? l->spec.spread : usual);
}

static int tensors_embedding(const Layer *l, LayerTensor *list) {
    list[0] = (LayerTensor){ "weight", l->weight, 2, { l->spec.words, l->spec.out } };
    return 1;
}

/*
## Positions

Attention does not know in which order its rows stand. So a vector is added to each row that depends on its place in the sequence
alone, row $t$ of a matrix (`.steps`, in): $y_{bt} = x_{bt} + w_t$. It is learned like any other weight. Its gradient is the sum over the
sequences.
*/

static const char *plan_positions(Layer *l) {
    l->out = l->in;
    l->n_weight = (size_t)l->spec.steps * shape_size(l->in);
    bool fits = l->spec.steps > 0 && l->batch % l->spec.steps == 0;
    return fits ? NULL : "needs a batch of whole sequences of .steps rows";
}

static void forward_positions(Layer *l, const Pass *p) {
    size_t d = shape_size(l->in);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < (size_t)p->n; i++) {
        const float *w = l->weight + ((size_t)p->at + i % (size_t)p->steps) * d;
        for (size_t k = 0; k < d; k++) {
            l->y[i * d + k] = l->x[i * d + k] + w[k];
        }
    }
}

static void backward_positions(Layer *l, const Pass *p) {
    size_t d = shape_size(l->in), n = (size_t)p->n, steps = (size_t)p->steps;
#pragma omp parallel for schedule(static)
    for (size_t t = 0; t < steps; t++) { // a thread owns some rows of the gradient
        for (size_t i = t; i < n; i += steps) {
            const float *dy = l->dy + i * d;
            for (size_t k = 0; p->want_params && k < d; k++) {
                l->dweight[t * d + k] += dy[k];
            }
            if (p->dx && p->dx != l->dy) {
                memcpy(p->dx + i * d, dy, d * sizeof *dy);
            }
        }
    }
}

static int tensors_positions(const Layer *l, LayerTensor *list) {
    list[0] = (LayerTensor){ "weight", l->weight, 2, { l->spec.steps, (int)shape_size(l->in) } };
    return 1;
}

/*
## Attention

The [kernel](attention.html) reads queries, keys and values from one row, so before it stands a dense layer of three times the width, and
behind it one that mixes the heads. It has no weights of its own. When a text is written row by row, the keys and values of the rows so
far are kept in the layer.
*/

static AttentionShape attention_shape(const Layer *l, int steps) {
    return (AttentionShape){ (int)shape_size(l->in) / 3, l->spec.heads, steps, l->spec.causal };
}

static const char *plan_attention(Layer *l) {
    int heads = l->spec.heads, steps = l->spec.steps, width = (int)shape_size(l->in);
    if (heads < 1 || width % (3 * heads) != 0 || steps < 1 || l->batch % steps != 0) {
        return "needs heads that share a third of its input, and whole sequences of .steps rows";
    }
    AttentionShape shape = attention_shape(l, steps);
    l->out = (Shape){ width / 3, 1, 1 };
    l->n_workspace = attention_workspace(&shape);
    l->n_carried = attention_cache(l->batch / steps, &shape);
    return NULL;
}

static void forward_attention(Layer *l, const Pass *p) {
    if (p->stepping) {
        AttentionShape shape = attention_shape(l, l->spec.steps);
        attention_step(l->y, l->carried, l->x, p->at, p->n, &shape, l->workspace);
    } else {
        AttentionShape shape = attention_shape(l, p->steps);
        attention_forward(l->y, l->x, p->n, &shape, l->workspace);
    }
}

static void backward_attention(Layer *l, const Pass *p) {
    AttentionShape shape = attention_shape(l, p->steps);
    if (p->dx) {
        attention_backward(p->dx, l->dy, l->x, p->n, &shape, l->workspace);
    }
}

// Scores and means of one row against `steps` rows: by values, not by weights, but as much work.
static size_t multiplications_attention(const Layer *l) {
    return 2 * (size_t)l->spec.steps * shape_size(l->out);
}

static void print_heads(const LayerSpec *s, char *text, size_t room) {
    snprintf(text, room, " %d head%s%s", s->heads, s->heads > 1 ? "s" : "",
             s->causal ? ", causal" : "");
}

static const char mixes[] = "it mixes the rows of a batch, so that none has a gradient of its own";

const LayerOps embedding_ops = {
    .name = "embedding",
    .plan = plan_embedding,
    .forward = forward_embedding,
    .backward = backward_embedding,
    .no_tangent = "its input is a number of a row, which cannot move a little",
    .init = init_normal,
    .tensors = tensors_embedding,
};

const LayerOps positions_ops = {
    .name = "positions",
    .bounded = true,
    .plan = plan_positions,
    .forward = forward_positions,
    .backward = backward_positions,
    .no_tangent = mixes,
    .init = init_normal,
    .tensors = tensors_positions,
    .follows = true,
};

const LayerOps attention_ops = {
    .name = "attention",
    .bounded = true,
    .plan = plan_attention,
    .forward = forward_attention,
    .backward = backward_attention,
    .no_tangent = mixes,
    .print = print_heads,
    .multiplications = multiplications_attention,
};
