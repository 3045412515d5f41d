/*
# Reproducible random numbers

Training begins with random weights, visits the examples in random order and, later on, feeds a generator with random
noise. A curve that cannot be reproduced cannot be compared with another, so none of this may be random in the strict
sense: it has to be a fixed sequence that only *looks* random, chosen by one number, the seed.

The generator is PCG32 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
Random Number Generation", variant XSH-RR). Its state is two 64-bit integers, so that it can be stored with a model
and a run resumed as if it had never stopped.

**Streams.** Should a change of batch size change the initial weights? It would, if one generator served both. Each purpose
therefore has a *stream* of its own, and all streams follow from the one `--seed`. Two optimizers that start from the same
seed start from the same weights and see the same batches, whatever else they draw.
*/

#ifndef RNG_H
#define RNG_H

#include <stddef.h>
#include <stdint.h>

// The whole state of a generator; copy it to remember a place in the sequence.
typedef struct {
    uint64_t state;     // anything
    uint64_t increment; // odd; selects one of 2^63 sequences
} Rng;

// What a stream is for. Add at the end: the numbers decide which sequence a seed means.
typedef enum {
    RNG_INIT,
    RNG_SHUFFLE,
    RNG_NOISE, // latent vectors, and other noise that goes in
    RNG_DROPOUT,
    RNG_DATA,
    RNG_SAMPLE,
    RNG_EPSILON,        // where the gradient penalty looks
    RNG_INSTANCE_NOISE, // on what a discriminator sees, and its wrong labels
} RngStream;

// The generator for one purpose under one seed. Different purposes or seeds give unrelated
// sequences.
Rng rng_create(uint64_t seed, RngStream stream);

// PCG32 as its author seeds it: for the test against the published sequence.
Rng rng_pcg32(uint64_t state, uint64_t sequence);

uint32_t rng_bits(Rng *rng);              // uniform on all 32-bit integers
uint32_t rng_below(Rng *rng, uint32_t n); // uniform on 0 … n-1, without bias; n > 0
float rng_uniform(Rng *rng);              // uniform on [0, 1), a multiple of 2^-24
float rng_normal(Rng *rng);               // standard normal

void rng_fill_uniform(Rng *rng, float *x, size_t n, float low, float high);      // x (n)
void rng_fill_normal(Rng *rng, float *x, size_t n, float mean, float deviation); // x (n)

// Puts items (n) into random order, every order equally likely.
void rng_shuffle(Rng *rng, int *items, int n);

#endif
