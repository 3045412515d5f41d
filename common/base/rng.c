#include "base/rng.h"
#include "base/die.h"

#include <math.h>

/*
## The generator

One step of a linear congruential generator, $s \leftarrow a s + c \pmod{2^{64}}$, is the cheapest sequence with a period of
$2^{64}$ there is, and its low bits are poor: the lowest one merely alternates. PCG keeps the cheap step and publishes only a
hash of the state. The top five bits say by how much the rest is rotated, so that good high bits decide where every other bit
goes.
*/

uint32_t rng_bits(Rng *rng) {
    uint64_t s = rng->state;
    rng->state = s * 6364136223846793005u + rng->increment;
    uint32_t folded = (uint32_t)(((s >> 18) ^ s) >> 27);
    uint32_t turn = (uint32_t)(s >> 59);
    return folded >> turn | folded << (-turn & 31);
}

Rng rng_pcg32(uint64_t state, uint64_t sequence) {
    Rng rng = { 0, sequence << 1 | 1 };
    rng_bits(&rng);
    rng.state += state;
    rng_bits(&rng);
    return rng;
}

/*
## Streams from one seed

Seeds are small numbers that people type: 1, 2, 42. Neighbouring seeds must not give related sequences, so seed and
purpose go through a mixing function first (the finaliser of SplitMix64: each input bit flips each output bit with
probability one half).
*/

static uint64_t mix(uint64_t z) {
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Rng rng_create(uint64_t seed, RngStream stream) {
    uint64_t key = mix(seed) + (uint64_t)stream;
    return rng_pcg32(mix(key), mix(~key));
}

/*
## Integers, uniform and normal numbers

**Below $n$.** The remainder `bits % n` prefers small values whenever $n$ does not divide $2^{32}$: with $n = 3$, one
value in $2^{32}$ is left over and goes to 0. We throw such leftovers away and draw again: the first $2^{32} \bmod n$
values are refused, and what remains divides evenly. On average fewer than two draws are needed, almost always one.

**Uniform.** A float has 24 significant bits, so the top 24 bits times $2^{-24}$ give every multiple of $2^{-24}$ in $[0, 1)$
the same chance, and 1 itself never comes out. (Dividing all 32 bits by $2^{32}$ would round up to 1.0 now and then.)

**Normal.** Take a point $(z_1, z_2)$ in the plane with two independent normal coordinates. Its squared radius has the
distribution $P(r^2 > t) = e^{-t/2}$ and its angle is uniform. Run this backwards (Box and Muller 1958): from uniforms $u, v$

$$ r = \sqrt{-2 \log (1 - u)}, \qquad z_1 = r \cos 2\pi v, \quad z_2 = r \sin 2\pi v. $$

With $1 - u$ in $(0, 1]$ the logarithm is always finite. `rng_normal` uses $z_1$ and drops $z_2$: a spare number kept for
the next call would be one more thing to save with a model. `rng_fill_normal` uses both.
*/

uint32_t rng_below(Rng *rng, uint32_t n) {
    require(n > 0, "rng_below needs n > 0");
    uint32_t leftover = -n % n; // 2^32 mod n
    for (;;) {
        uint32_t bits = rng_bits(rng);
        if (bits >= leftover) {
            return bits % n;
        }
    }
}

float rng_uniform(Rng *rng) {
    return (float)(rng_bits(rng) >> 8) * 0x1p-24f;
}

static void normal_pair(Rng *rng, float *first, float *second) {
    double radius = sqrt(-2.0 * log(1.0 - rng_uniform(rng)));
    double angle = 6.283185307179586 * rng_uniform(rng);
    *first = (float)(radius * cos(angle));
    *second = (float)(radius * sin(angle));
}

float rng_normal(Rng *rng) {
    float z, dropped;
    normal_pair(rng, &z, &dropped);
    return z;
}

void rng_fill_uniform(Rng *rng, float *x, size_t n, float low, float high) {
    for (size_t i = 0; i < n; i++) {
        x[i] = low + (high - low) * rng_uniform(rng);
    }
}

void rng_fill_normal(Rng *rng, float *x, size_t n, float mean, float deviation) {
    for (size_t i = 0; i < n; i += 2) {
        float pair[2];
        normal_pair(rng, &pair[0], &pair[1]);
        x[i] = mean + deviation * pair[0];
        if (i + 1 < n) {
            x[i + 1] = mean + deviation * pair[1];
        }
    }
}

/*
## Shuffling

Fisher and Yates: for each place from the last to the first, swap in one of the items not yet placed. Each of the $n!$ orders
comes from exactly one sequence of choices. (The tempting variant that swaps each item with *any* place makes $n^n$ equally
likely choices, and $n!$ does not divide $n^n$.)
*/

void rng_shuffle(Rng *rng, int *items, int n) {
    for (int i = n - 1; i > 0; i--) {
        int j = (int)rng_below(rng, (uint32_t)i + 1);
        int item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}
