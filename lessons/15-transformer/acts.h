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
} WeightsAndBias;
typedef struct {
    WeightsAndBias norm, in, out, second_norm, up, down;
} BlockWeights;
BlockWeights block_of(const Net *net); // of a net that is one BLOCK
void plain_block(float *x, const BlockWeights *b, int n, int d, int heads,
                 int rows); // x (n, d) in place

// Writes sinusoids as positions: table (rows, d).
void sinusoids(float *table, int rows, int d);

// The acts, in their order.
void one_head(Lab *lab);  // attention.c
void one_block(Lab *lab); // block.c
int copying_count(const TransformerSettings *s);
int copying_width(void); // figures of a training
void copying(Lab *lab, Trainings *all);
void show_copying(const TransformerSettings *s); // the nets' tables

// The GPT (gpt.c). SPREAD: of embedding and positions at first; BITS: of a nat.
#define SPREAD 0.5f
#define BITS 1.4426950408889634
enum { WARM_UP = 100, LONGEST_CONTEXT = 128 }; // steps in which the rate rises; rows of a window

typedef struct {
    int width, heads, context;
} GptShape;

// Two blocks between an embedding and a dense layer, for passes of at most `rows` characters. What the
// positions begin with is gpt_waves.
Net *gpt_create(int words, const GptShape *shape, int rows, Rng *rng);
void gpt_waves(Layer *positions);

// How a net learns the text, and a training that is on its way.
typedef struct {
    int context, windows; // characters of a window, windows of a step
    long steps, warm_up;
    float lr;
    uint64_t seed;
} GptRecipe;

typedef struct {
    GptRecipe recipe;
    Net *net;
    Optimizer *adam;
    Rng places;   // of the windows
    int *symbols; // (n): the training text
    int n;
    long step;
    double longest; // gradient so far
    float *x;       // (windows, context)
    int *labels;    // (windows, context)
} GptCourse;
void gpt_course_open(GptCourse *c, const Lab *lab, const GptRecipe *recipe, Net *net);
void gpt_course_close(GptCourse *c);
float gpt_course_step(GptCourse *c); // the loss, in nats

// The main net, untrained: a place of the run's state. Then its training.
Net *gpt_open(Lab *lab);
void gpt(Lab *lab, Net *net);

// Networks without one thing or another (ablations.c), and what a character costs.
Trainings *ablations_open(Lab *lab);
void ablations(Lab *lab, Trainings *all);
void context_cost(Lab *lab);

// Writing with the keys and values kept, and without (cache.c).
void cache(Lab *lab, Net *net);

// What the heads look at (heads.c).
void watch_heads(Lab *lab, Net *net);

// What lies near what (words.c).
void neighbours(Lab *lab, Net *net);

#endif
