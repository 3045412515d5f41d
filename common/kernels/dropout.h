/*
# Dropout

A network that memorises its training examples (*overfitting*, lesson 4) has units that are right only together with a few particular
others. Dropout (Srivastava et al. 2014, JMLR 15:1929) makes that impossible. During training each unit is switched off with
probability $p$, independently, anew for each example, so that no unit can rely on any other.

When the network is used, all units are on. Then a unit in the next layer would receive, on average, $1 / (1 - p)$
times as much as it was trained with. So the units that stay on are scaled up during *training*:

$$ y_i = m_i x_i, \qquad
   m_i = \begin{cases} 0 & \text{with probability } p \\ 1 / (1 - p) & \text{otherwise,} \end{cases}
   \qquad \mathrm{E}[y_i] = x_i. $$

In evaluation the layer is the identity. It is the first that behaves differently in training and in use (batch norm,
in lesson 5, is the other), and forgetting to switch is a classic mistake; here the mode is an argument of every
forward pass.
*/

#ifndef DROPOUT_H
#define DROPOUT_H

#include "base/rng.h"

// y = mask * x, with a fresh mask drawn from rng. 0 <= p < 1. y may be x.
void dropout_forward(float *y,       // (n)
                     float *mask,    // (n), kept for the backward pass
                     const float *x, // (n)
                     float p, size_t n, Rng *rng);

// dx = mask * dy; dx may be dy.
void dropout_backward(float *dx, const float *dy, const float *mask, size_t n);

#endif
