/*
# Dropout

A network can memorise its training examples by conspiracies: a unit that is right only together with three particular
others. Dropout (Srivastava et al. 2014, JMLR 15:1929) breaks them up. During training each unit is switched off with
probability $p$, independently, anew for each example, so that no unit can count on any other being there.

When the network is used, all units are on. Then a unit in the next layer would receive, on average, $1 / (1 - p)$
times as much as it was trained with. The remedy is to scale the survivors up during *training*:

$$ y_i = m_i x_i, \qquad
   m_i = \begin{cases} 0 & \text{with probability } p \\ 1 / (1 - p) & \text{otherwise,} \end{cases}
   \qquad \mathrm{E}[y_i] = x_i. $$

In evaluation the layer is the identity. It is the first that behaves differently in training and in use (batch norm,
in lesson 5, is the other), and forgetting to switch is a classic mistake; here the mode is an argument of every
forward pass.
*/

#ifndef DROPOUT_H
#define DROPOUT_H

#include "rng.h"

// y = mask * x, with a fresh mask drawn from rng. 0 <= p < 1. y may be x.
void dropout_forward(float *y,       // (n)
                     float *mask,    // (n), kept for the backward pass
                     const float *x, // (n)
                     float p, size_t n, Rng *rng);

// dx = mask * dy; dx may be dy.
void dropout_backward(float *dx, const float *dy, const float *mask, size_t n);

#endif
