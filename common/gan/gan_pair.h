/*
# Two networks that play against each other

What does a game consist of, whatever its loss is? Two networks, two optimizers, the latent vectors that one of them begins with,
and the number of steps so far. That is a `GanPair`. The two *steps* stand in the lessons, which differ in them.

A learning rate stays as it is, or falls linearly to 0 in the course of the game.
*/

#ifndef GAN_PAIR_H
#define GAN_PAIR_H

#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/state.h"

typedef struct {
    Net *G, *D;                           // owned
    Optimizer *optimizer_G, *optimizer_D; //
    float lr_G, lr_D;                     // at the beginning
    bool decay;                           // they fall linearly to 0
    long step, total;                     // of the generator
    Rng stream;                           // where z comes from
    float *z;                             // (batch, G->in)
    float *targets;                       // (batch): room for labels of 0 and 1
} GanPair;

// Takes the two networks over; at most D->batch examples a step.
GanPair *gan_pair_create(Net *G, Net *D, OptimizerSpec spec_G, OptimizerSpec spec_D, bool decay,
                         long total, uint64_t seed);
void gan_pair_free(GanPair *pair);

// Names all of it to the state, under names that begin with `name`.
void gan_pair_keep(GanPair *pair, State *state, const char *name);

// The next n latent vectors, (n, G->in), from N(0, I). They stay until the next call.
const float *gan_pair_latent(GanPair *pair, int n);

// Binary cross-entropy of logits (n) with one target for all of them, and its gradient in pair->D->dy.
float gan_pair_cross_entropy(GanPair *pair, const float *logits, float target, int n);

// The optimizers' steps with the gradients that the networks have. The generator's ends the round.
void gan_pair_step_D(GanPair *pair);
void gan_pair_step_G(GanPair *pair);

// Where the first NaN or infinity is, in words: "the weights of layer 0 (dense) of the generator".
// Looks through the generator first, since the discriminator sees what it makes. Writes to text,
// and returns it.
const char *gan_pair_find_nonfinite(char text[100], GanPair *pair);

#endif
