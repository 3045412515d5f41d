#ifndef KEPT_H
#define KEPT_H

#include "acts.h"
#include "data/safetensors.h"

// The neurons' weights and biases as tensors (n_pairs, RULES, 2); returns how many.
int list_tensors(Tensor *tensors, Pair *pairs, int n_pairs);

// The weights of a pair's neurons as pictures.
void draw_weights(Run *run, const Pair *pair);

// The validation images with the lowest margins under the logistic neuron, each class in a row.
void draw_hardest(Run *run, Pair *pair);

#endif
