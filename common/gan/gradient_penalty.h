/*
# The gradient penalty

A [critic](critic.html) that may be as steep as it likes has no largest difference of scores. The gradient penalty (lesson 9)
bounds it: the loss gets a term that grows as the length of the critic's gradient, its *gradient norm*, departs from 1, at points
between real and generated examples,

$$ \lambda\, \mathrm{E}\big[ (\lVert \nabla_{\hat x} D(\hat x) \rVert - 1)^2 \big], \qquad \hat x = \epsilon\, x + (1 - \epsilon)\, G(z), \quad \epsilon \sim U[0, 1]. $$
*/

#ifndef GRADIENT_PENALTY_H
#define GRADIENT_PENALTY_H

#include "base/rng.h"
#include "nn/net.h"

// What the penalty needs besides the critic.
typedef struct {
    Net *critic;        // not owned
    float lambda;       // its weight
    Rng stream;         // where ε comes from
    float *between, *v; // (batch, in): the points that are looked at; the direction of the tangent
    float *ones;        // (batch)
    double slope;       // mean |∇D| in the last call
} Penalty;

// Aborts, by name and reason, if a layer of the critic has no tangent pass. Its output is one
// score.
Penalty *penalty_create(Net *critic, float lambda, Rng stream);
void penalty_free(Penalty *penalty);

// At n points between real and fake (n, in), one ε an example: returns λ·mean((|∇D| - 1)²) and
// adds its gradient to the critic's grads. |∇D| is √(Σ² + 1e-12), over all numbers of an example.
// Gulrajani et al. 2017 (arXiv:1704.00028), eq. 3.
float penalty_step(Penalty *penalty, const float *real, const float *fake, int n);

// The same at the given points x (n, in).
float penalty_at(Penalty *penalty, const float *x, int n);

#endif
