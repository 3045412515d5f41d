#ifndef OPTIMIZERS_H
#define OPTIMIZERS_H

#include "nn/optimizer.h"

// Step t (1, 2, …) of a method in plain loops: changes the weights w (n) according to the gradient g
// (n). v, s (n): its memories, 0 before the first step.
void plain_step(float *w, float *v, float *s, const float *g, int n, int t,
                const OptimizerSpec *spec);

#endif
