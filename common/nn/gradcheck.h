/*
# Is this gradient right?

A backward pass with a mistake in it often still learns, only worse. A loss curve that goes down proves nothing. But the
definition of the derivative can be computed without any formula for the gradient $g$. Move one weight $\theta_i$ by $\pm h$, compute the
loss $L$ twice, and compare

$$ \frac{L(\theta_i + h) - L(\theta_i - h)}{2h} \quad \text{with} \quad g_i. $$

The question is what *compare* means. "All differences below 0.001" accepts any gradient, zero and sign-flipped ones
included, as long as the true gradient is small. A relative difference per weight rejects good gradients, where a
component happens to be nearly zero and only rounding noise is left. We compare the vectors as wholes, the claimed $g$
and the measured $\hat g$, in units of the longer one's length:

$$ \mathrm{error} = \frac{\lVert g - \hat g \rVert}{\max(\lVert g \rVert, \lVert \hat g \rVert)}. $$

For a correct gradient in float this is below 0.001. A gradient of zero gives 1, a flipped sign 2, a doubled
gradient $\frac12$, a transposed matrix, checked by itself, about $\sqrt 2$, whatever the scale of the loss. The test
of this chapter makes each of these mistakes on purpose and checks that it is refused. If both are zero, nothing was
checked, and the error is 1.
*/

#ifndef GRADCHECK_H
#define GRADCHECK_H

#include "base/rng.h"

// Computes the loss from scratch with the current values of theta; must be deterministic.
typedef double LossFunction(void *context);

// Error (see above) between gradient (n) and central differences of the loss, moving theta (n) one
// number at a time by ±h. theta is restored. 2n evaluations of the loss.
double gradient_error(float *theta, const float *gradient, size_t n, LossFunction *loss,
                      void *context, float h);

// The same along `directions` random directions v, each a vector of random signs: compares the
// numbers (L(θ + hv) - L(θ - hv)) / 2h with g·v. 2 evaluations a direction, however many numbers
// theta has.
double directional_error(float *theta, const float *gradient, size_t n, LossFunction *loss,
                         void *context, float h, int directions, Rng *rng);

#endif
