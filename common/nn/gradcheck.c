#include "nn/gradcheck.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## The comparison

Lengths and differences are gathered in double while the pairs come in one by one.
*/

typedef struct {
    double claimed, measured, difference; // sums of squares
} Comparison;

static void compare(Comparison *c, double claimed, double measured) {
    c->claimed += claimed * claimed;
    c->measured += measured * measured;
    c->difference += (claimed - measured) * (claimed - measured);
}

static double comparison_error(const Comparison *c) {
    double larger = fmax(c->claimed, c->measured);
    return larger > 0.0 ? sqrt(c->difference / larger) : 1.0;
}

/*
## How large is h?

If it is too large, the loss is not straight within the step: the error of a central difference is about $h^2 L''' / 6$, where $L'''$
is the third derivative. If it is too small, rounding shows: in float the loss carries an error of about $10^{-7} L$,
divided by $2h$. The two meet near $h \approx 10^{-2}$ for weights and losses around 1, where each contributes about
$10^{-5}$. What is added to a float $\theta_i$ is seldom exactly $h$, so the difference is divided by the distance
between the two values that were used.
*/

double gradient_error(float *theta, const float *gradient, size_t n, LossFunction *loss,
                      void *context, float h) {
    Comparison c = { 0 };
    for (size_t i = 0; i < n; i++) {
        float original = theta[i];
        theta[i] = original + h;
        float above = theta[i];
        double loss_above = loss(context);
        theta[i] = original - h;
        float below = theta[i];
        double loss_below = loss(context);
        theta[i] = original;
        compare(&c, gradient[i], (loss_above - loss_below) / ((double)above - below));
    }
    return comparison_error(&c);
}

/*
## A hundred thousand weights at once

Checking a large network weight by weight takes two forward passes for each. But the chain rule also says what happens
when *all* weights move, along any direction $v$: the loss changes at the rate $g \cdot v$. A gradient with a wrong
component is caught as soon as some $v$ has a part along the error, and a direction of random signs almost always has.
One number per direction says less than $n$ numbers; a handful of directions makes an accident unlikely.
*/

double directional_error(float *theta, const float *gradient, size_t n, LossFunction *loss,
                         void *context, float h, int directions, Rng *rng) {
    float *original = alloc_floats(n);
    float *v = alloc_floats(n);
    memcpy(original, theta, n * sizeof *theta);
    Comparison c = { 0 };
    for (int d = 0; d < directions; d++) {
        double claimed = 0.0;
        for (size_t i = 0; i < n; i++) {
            v[i] = rng_bits(rng) & 1 ? 1.0f : -1.0f;
            claimed += (double)gradient[i] * v[i];
            theta[i] = original[i] + h * v[i];
        }
        double loss_above = loss(context);
        for (size_t i = 0; i < n; i++) {
            theta[i] = original[i] - h * v[i];
        }
        double loss_below = loss(context);
        memcpy(theta, original, n * sizeof *theta);
        compare(&c, claimed, (loss_above - loss_below) / (2.0 * h));
    }
    free(original);
    free(v);
    return comparison_error(&c);
}
