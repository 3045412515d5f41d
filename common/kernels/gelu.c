#include "kernels/gelu.h"
#include "kernels/lanes.h"

/*
## An error function by polynomial

The C library has `erff` for a vector register, as it has `tanhf`, but it takes its time, and the slope would need an exponential as well. Neither
is necessary. $\Phi(x) - \frac12$ is an odd function: divided by $x$ it is a smooth function of $x^2$ alone. So is the slope's
$\Phi(x) - \frac12 + x\, \varphi(x)$. And a smooth function on an interval is nearly a polynomial,

$$ \Phi(x) = \frac12 + x\, P(u), \qquad \frac{dy}{dx} = \frac12 + x\, Q(u), \qquad u = \frac{2 x^2}{R^2} - 1, \quad R = 5.5. $$

For $|x| \le R$ the variable $u$ runs from $-1$ to 1, where powers stay small and digits are kept. Beyond $R$, $\Phi$ differs from 0 or
1 by less than $2 \cdot 10^{-8}$, and $x$ is cut off there; on the left, where the difference would be multiplied by $x$, the result is set to 0.

The coefficients come from interpolation: 18 points, dense at the ends of the interval (Chebyshev's; equally spaced points would give
a polynomial that swings wildly between them), and the polynomial of degree 17 through the function's values there. In Python, with F for $\Phi$ or the
slope:

    over_x = lambda u: (F(sqrt((u + 1) * R * R / 2)) - 0.5) / sqrt((u + 1) * R * R / 2)
    numpy.polynomial.chebyshev.cheb2poly(numpy.polynomial.chebyshev.chebinterpolate(over_x, 17))

That leaves $5 \cdot 10^{-10}$ for $\Phi$ and $10^{-8}$ for the slope, less than the rounding of a float near 1.
*/

enum { TERMS = 18 };

static const float distribution[TERMS] = { 0.128551933f,    -0.0641723263f,   0.0477373352f,
                                           -0.0387932347f,  0.0320768987f,    -0.0260439791f,
                                           0.0203074037f,   -0.0150133281f,   0.0104682951f,
                                           -0.00681464787f, 0.00407486089f,   -0.00234867812f,
                                           0.00140656038f,  -0.000690601687f, 0.000184450651f,
                                           -9.49190875e-5f, 0.00011794628f,   -4.48814674e-5f };

static const float slope[TERMS] = { 0.128759216f,   -0.0657398848f, 0.0536641507f,  -0.0537348449f,
                                    0.0603398002f,  -0.0687761882f, 0.0740233106f,  -0.0731431246f,
                                    0.0661689675f,  -0.053292657f,  0.0370408761f,  -0.0256313196f,
                                    0.0198084383f,  -0.0107275855f, 0.00189710544f, -0.00134100194f,
                                    0.00269500883f, -0.00110107481f };

static const float reach = 5.5f;

// 1/2 + x·P(u), with x cut off at ±reach.
static inline Lanes half_plus(Lanes x, const float *coefficients) {
    const Lanes zero = { 0 }, end = zero + reach;
    x = lanes_choose((LaneBits)(x > end), end, x);
    x = lanes_choose((LaneBits)(x < -end), -end, x);
    Lanes u = x * x * (2.0f / (reach * reach)) - 1.0f, sum = zero + coefficients[TERMS - 1];
#pragma GCC unroll 17
    for (int k = TERMS - 2; k >= 0; k--) {
        sum = sum * u + coefficients[k];
    }
    return sum * x + 0.5f;
}

static inline int at_most_lanes(size_t n) {
    return n < LANES ? (int)n : LANES;
}

void gelu_forward(float *y, const float *x, size_t n) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i += LANES) {
        Lanes in = lanes_load(x + i, at_most_lanes(n - i));
        Lanes out = in * half_plus(in, distribution);
        out = lanes_choose((LaneBits)(in < -reach), (Lanes){ 0 }, out);
        lanes_store(y + i, out, at_most_lanes(n - i));
    }
}

void gelu_backward(float *dx, const float *dy, const float *x, size_t n) {
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i += LANES) {
        int count = at_most_lanes(n - i);
        Lanes in = lanes_load(x + i, count);
        Lanes steep = half_plus(in, slope);
        steep = lanes_choose((LaneBits)(in < -reach), (Lanes){ 0 }, steep);
        lanes_store(dx + i, lanes_load(dy + i, count) * steep, count);
    }
}

/*
Every number takes the same path, in whatever lane it stands: its bits depend neither on the number of threads nor on what surrounds it.

**Try it.** Where is GELU smallest, and how small? (Where $\Phi(x) = -x\, \varphi(x)$: at $x \approx -0.7518$, with $y \approx -0.17$.)
*/
