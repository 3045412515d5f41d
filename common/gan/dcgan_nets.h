/*
# The networks of lesson 7, for later lessons

Lesson 7 derives them: a generator that begins with 7 × 7 places and doubles twice, by transposed convolution, and a
discriminator that is its mirror image. Lessons 8 to 10 take the two as they are. F is the number of maps at 14 × 14 pixels.
*/

#ifndef DCGAN_NETS_H
#define DCGAN_NETS_H

#include "nn/net.h"

// z (batch, in) → pictures (batch, 1, 28, 28) in [-1, 1].
Net *dcgan_generator(int in, int F, int batch, Rng *rng);

// Pictures with that many planes (batch, channels, 28, 28) → logits or scores (batch).
Net *dcgan_discriminator(int channels, int F, int batch, Rng *rng);

#endif
