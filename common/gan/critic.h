/*
# Critics

The discriminator of lesson 6 says how probable it is that an example is real. A *critic* gives an example a score, any number
at all, and tries to make the mean score of real examples higher than that of generated ones. Among all functions that nowhere
rise faster than 1 per unit of length, the largest such difference *is* the earth mover's distance; lesson 8 shows why.
The crudest way to keep the slope in bounds is **clipping**: no weight may be larger than $c$. Lesson 9 has a better one,
the [gradient penalty](gradient_penalty.html).
*/

#ifndef CRITIC_H
#define CRITIC_H

#include "base/rng.h"
#include "gan/gan_pair.h"
#include "gan/gan_tally.h"
#include "nn/net.h"

// Cuts all of w (n) to [-c, c]. Arjovsky et al. 2017 (arXiv:1701.07875), Algorithm 1, line 7.
void clip_weights(float *w, size_t n, float c);

// Where a layer has weights or biases beyond ±c, makes all of them smaller by one factor. Before
// the first step: cutting them would put many at the bounds before any training.
void shrink_to_bounds(Net *critic, float c);

// The generator's step against a critic, on z (n, G->in): its samples shall score higher. The critic
// stays as it is. Arjovsky et al. 2017, Algorithm 1, lines 10 to 12.
void critic_generator_step(GanPair *pair, GanTally *tally, const float *z, int n);

// Share of w (n) within 1 % of ±c.
double share_at_bounds(const float *w, size_t n, float c);

// Noise on all that a discriminator sees: its standard deviation at the first step, and the share of
// the game after which none is left. seen: room for (D->batch, D->in).
typedef struct {
    float deviation, until;
    Rng stream;
    float *seen;
} InstanceNoise;

// The two steps of lesson 6's non-saturating game, for comparison, with a critic's tally: its
// estimate is the difference of the mean logits. On real (n, D->in) and z (n, G->in); noise: NULL for none.
void plain_step_D(GanPair *pair, GanTally *tally, InstanceNoise *noise, const float *real,
                  const float *z, int n);
void plain_step_G(GanPair *pair, GanTally *tally, InstanceNoise *noise, const float *z, int n);

#endif
