/*
# GELU

A [ReLU](activation.html) multiplies its input by 1 or by 0, and which one depends on the input's sign. Suppose the factor were drawn
at random instead, 1 with a probability that grows with $x$: for that probability Hendrycks and Gimpel (2016, arXiv:1606.08415)
take the share of a normal distribution that lies below $x$,

$$ \Phi(x) = \int_{-\infty}^x \varphi(t)\, dt, \qquad \varphi(x) = \frac{1}{\sqrt{2\pi}}\, e^{-x^2/2}, $$

and the *Gaussian error linear unit* is the mean of what comes out:

$$ y = x\, \Phi(x) = \frac x2 \left( 1 + \mathrm{erf}\frac{x}{\sqrt 2} \right). $$

For large $x$ it is $x$, for very negative $x$ it is 0, as a ReLU. In between it has no corner, and for some way below 0 its slope is
not 0 (it is negative below $-0.75$), so that a unit which is off still learns. The transformers after 2018 have it in place of ReLU.

**The slope**, by the product rule and $\Phi' = \varphi$:

$$ \frac{dy}{dx} = \Phi(x) + x\, \varphi(x). $$

It takes the input, not the output: $y$ falls and rises again, so that two inputs have the same $y$.
*/

#ifndef GELU_H
#define GELU_H

#include <stddef.h>

// y = x·Φ(x), the exact form, not the one with tanh; Φ is right to 2e-7. On n numbers; y may be x.
// Below -5.5, where the true value is above -1.1e-7, y is 0.
void gelu_forward(float *y, const float *x, size_t n);

// dx = dy·(Φ(x) + x·φ(x)), the slope right to 1e-6. Takes the input x. dx may be dy or x.
void gelu_backward(float *dx, const float *dy, const float *x, size_t n);

#endif
