#ifndef ACTS_H
#define ACTS_H

#include "lab.h"
#include "nn/optimizer.h"

// The methods on functions of two variables (landscapes.c).
void landscapes(Run *run);
void ravines(Run *run);

// What differs from one experiment to the next, and the training loop (race.c).
typedef struct {
    OptimizerSpec optimizer;
    Schedule schedule;
    int batch;
    long steps;
} Recipe;

Curve train(OptimizersLab *lab, const Recipe *recipe);

// best, rate: for each method the learning rate with the lowest loss of the sweep.
void sweep(OptimizersLab *lab, float best[OPTIMIZER_KINDS]);
void momentum_sweep(OptimizersLab *lab);
void race(OptimizersLab *lab, const float rate[OPTIMIZER_KINDS]);

// One example a step, a few, or all (batches.c).
void batch_sizes(OptimizersLab *lab);

// Rates that change while training goes on (schedules.c).
void schedules(OptimizersLab *lab, float rate);
void warm_up(OptimizersLab *lab);

// Weights kept small: L2, weight decay, L1 (penalties.c).
void decay(OptimizersLab *lab, const float rate[OPTIMIZER_KINDS]);
void penalties(OptimizersLab *lab);

#endif
