#ifndef RECORDS_H
#define RECORDS_H

#include "acts.h"

// Writes the points (POINTS, 2) with their labels, a map of the probability that the network gives to
// class 1, and each hidden neuron's line, for the plot.
void draw_toy(Run *run, const Toy *toy, Mlp *m, const float *points, const int *labels);

// Writes signals.csv: what the nets of ten layers had in each layer at the first step.
void write_signals(Run *run, Outcome outcomes[ACTIVATIONS][INITS]);

#endif
