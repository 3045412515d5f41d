/*
# Two networks that play against each other

What does a game consist of, whatever its loss is? Two networks, two optimizers, the noise that one of them begins with,
and the number of steps so far. From lesson 8 on it stands here, and a lesson has the two *steps*, which are what
lessons differ in.

A learning rate stays as it is, or falls linearly to 0 in the course of the game.
*/

#ifndef DUEL_H
#define DUEL_H

#include "net.h"
#include "optimizer.h"
#include "state.h"

typedef struct {
    Net *G, *D;                           // owned
    Optimizer *optimizer_G, *optimizer_D; //
    float lr_G, lr_D;                     // at the beginning
    bool decay;                           // they fall linearly to 0
    long step, total;                     // of the generator
    Rng stream;                           // where z comes from
    float *z;                             // (batch, G->in)
    float *ds;                            // (batch, D->out): gradient of a loss at D's outputs
    float *targets;                       // (batch): room for labels of 0 and 1
} Duel;

// Takes the two networks over; at most D->batch examples a step.
Duel *duel_create(Net *G, Net *D, OptimizerSpec spec_G, OptimizerSpec spec_D, bool decay,
                  long total, uint64_t seed);
void duel_free(Duel *duel);

// Names all of it to the state, under names that begin with `name`.
void duel_keep(Duel *duel, State *state, const char *name);

// The next n latent vectors, (n, G->in), from N(0, I). They stay until the next call.
const float *duel_latent(Duel *duel, int n);

// The optimizers' steps with the gradients that the networks have. The generator's ends the round.
void duel_step_D(Duel *duel);
void duel_step_G(Duel *duel);

#endif
