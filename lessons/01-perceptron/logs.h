#ifndef LOGS_H
#define LOGS_H

#include "perceptron.h"
#include "run/runlog.h"

// Appends to the names of a log's columns: prefix, rule and ending, for each rule and each of the
// endings (closed by NULL).
void add_columns(char *columns, size_t size, const char *prefix, const char *const *endings);

// The mean loss. One that is not finite ends the run.
double mean_loss(Run *run, int epoch, const char *what, const Neuron *neuron, Measure m);

#endif
