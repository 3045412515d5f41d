/*
# Sixteen numbers at a time

The gates of a recurrent cell are little formulas, $c' = f c + i g$ and the like, that are applied to thousands of units;
a row of attention becomes probabilities by one formula, sixty-four times. C has no type for sixteen floats that are
added and multiplied at once; gcc and clang have one. With it the formulas can be written as they stand on paper, and
each operation is one instruction for sixteen numbers (for eight without AVX-512). A number is computed in the same way
wherever it stands, first or last, so its bits do not depend on how a row was cut.

Three things are lacking: reading and writing when a row ends before the sixteenth number, a sum over the sixteen, and
$e^x$.
*/

#ifndef LANES_H
#define LANES_H

#include <stdint.h>
#include <string.h>

#ifdef __AVX512F__
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef uint32_t LaneBits __attribute__((vector_size(LANES * sizeof(uint32_t))));

// x[0], x[1], …: n of them, LANES at most; zeros for the rest.
static inline Lanes lanes_load(const float *x, int n) {
    Lanes v = { 0 };
    if (n >= LANES) {
        memcpy(&v, x, sizeof v);
    } else {
        memcpy(&v, x, (size_t)n * sizeof *x);
    }
    return v;
}

static inline void lanes_store(float *x, Lanes v, int n) {
    if (n >= LANES) {
        memcpy(x, &v, sizeof v);
    } else {
        memcpy(x, &v, (size_t)n * sizeof *x);
    }
}

// a where condition holds, else b.
static inline Lanes lanes_choose(LaneBits condition, Lanes a, Lanes b) {
    return (Lanes)((condition & (LaneBits)a) | (~condition & (LaneBits)b));
}

// The lanes 0 … n-1, for n from 1 on: all of them if n is LANES or more.
static inline LaneBits lanes_first(int n) {
    LaneBits place;
    for (int i = 0; i < LANES; i++) {
        place[i] = (uint32_t)i;
    }
    return (LaneBits)(place < (LaneBits){ 0 } + (uint32_t)n);
}

// The sum of all lanes: in fours, then across the four.
static inline float lanes_sum(Lanes v) {
    typedef float Four __attribute__((vector_size(4 * sizeof(float))));
    Four part[LANES / 4], sum = { 0 };
    memcpy(part, &v, sizeof part);
    for (int i = 0; i < LANES / 4; i++) {
        sum += part[i];
    }
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static inline float lanes_max(Lanes v) {
    float part[LANES], most = v[0];
    memcpy(part, &v, sizeof part);
#pragma omp simd reduction(max : most)
    for (int i = 0; i < LANES; i++) {
        most = part[i] > most ? part[i] : most;
    }
    return most;
}

/*
## An exponential

Write $x = m \ln 2 + r$ with a whole number $m$ and $|r| \le \frac12 \ln 2 \approx 0.35$. Then

$$ e^x = 2^m\, e^r, \qquad e^r - 1 = r + \frac{r^2}{2!} + \frac{r^3}{3!} + \dots + \frac{r^7}{7!} + \dots $$

The next term, $r^8 / 8!$, is below $6 \cdot 10^{-9}$, a tenth of the rounding of a float near 1. And a multiplication by
$2^m$ is an addition of $m$ to the exponent, which a float keeps from its 24th bit on.

To round $x / \ln 2$ to a whole number, add $1.5 \cdot 2^{23}$: in a float of that size the last digit is worth 1, so the
sum has no room for a fraction. Taking the constant off again leaves $m$, and the last bits of the sum, read as an
integer, are $m$ too. The product $m \ln 2$ has to be exact, or its rounding would be all that is left in $r$; so
$\ln 2$ comes in two pieces, the first with so few digits that $m$ times it needs no rounding.

Beyond $\pm 87$ the result has no room in a float, and $x$ is cut off there. (A comparison with NaN is false: it is not cut
off, and passes through.)
*/

// e^x = power · (1 + rest): power is 2^m, rest is e^r - 1.
static inline Lanes lanes_split_exp(Lanes *power, Lanes x) {
    const Lanes zero = { 0 }, limit = zero + 87.0f;
    x = lanes_choose((LaneBits)(x > limit), limit, x);
    x = lanes_choose((LaneBits)(x < -limit), -limit, x);
    Lanes sum = x * 1.44269504f + 0x1.8p23f, m = sum - 0x1.8p23f;
    Lanes r = x - m * 0x1.62ep-1f - m * 0x1.0bfbe8p-15f;
    Lanes series = zero + 1.0f / 5040.0f;
    series = series * r + 1.0f / 720.0f;
    series = series * r + 1.0f / 120.0f;
    series = series * r + 1.0f / 24.0f;
    series = series * r + 1.0f / 6.0f;
    series = series * r + 1.0f / 2.0f;
    *power = (Lanes)(((LaneBits)sum + 127) << 23);
    return series * r * r + r;
}

// Right to about 1e-7 of the result. Below -87 it is 0 (the true result is less than 2e-38), above
// 87 as at 87.
static inline Lanes lanes_exp(Lanes x) {
    Lanes power, rest = lanes_split_exp(&power, x);
    return lanes_choose((LaneBits)(x < -87.0f), (Lanes){ 0 }, power * rest + power);
}

/*
## Sigmoid and hyperbolic tangent

Both come from $e^x - 1 = 2^m (e^r - 1) + (2^m - 1)$, which keeps all its digits where $e^x$ is nearly 1:

$$ \sigma(x) = \frac{1}{1 + e^{-x}} = \frac{1}{2 + (e^{-x} - 1)}, \qquad
   \tanh x = \frac{e^{2x} - 1}{e^{2x} + 1} = \frac{e^{2x} - 1}{2 + (e^{2x} - 1)}. $$

The sum $2 + (e^{-x} - 1)$ is never small, so $\sigma$ has no digits to lose; but once
$e^{-x} < 10^{-8}$, or $e^{2x} < 10^{-8}$, the functions are exactly 1 or -1.
*/

static inline Lanes lanes_expm1(Lanes x) {
    Lanes power, rest = lanes_split_exp(&power, x);
    return power * rest + (power - 1.0f);
}

static inline Lanes lanes_sigmoid(Lanes x) {
    return 1.0f / (2.0f + lanes_expm1(-x));
}

static inline Lanes lanes_tanh(Lanes x) {
    Lanes e = lanes_expm1(2.0f * x);
    return e / (2.0f + e);
}

#endif
