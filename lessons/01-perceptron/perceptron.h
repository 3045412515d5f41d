#ifndef PERCEPTRON_H
#define PERCEPTRON_H

#include "examples.h"

// One of the four rules: functions of the score s and the truth t, -1 or +1.
typedef struct {
    const char *name;                 // as it stands in the logs
    float (*loss)(float s, float t);  // of one example
    float (*slope)(float s, float t); // its derivative with respect to s
} Rule;

enum { PERCEPTRON, SQUARED, LOGISTIC, HINGE, RULES };

extern const Rule rules[RULES];

typedef struct {
    const Rule *rule;
    int d;        // inputs
    float *w;     // (d): the weights
    float b;      // the bias
    int mistakes; // made while learning, since this was last set to 0
} Neuron;

// Four neurons with d inputs, one for each rule, all weights and biases 0.
void neurons_create(Neuron neurons[RULES], int d);
void neurons_free(Neuron neurons[RULES]);

float score(const Neuron *neuron, const float *x); // x (d)

// One step of each of the four on the example x (d) with truth t.
void learn(Neuron neurons[RULES], const float *x, float t, float lr);

// One epoch: every point once, in a new order.
void learn_points(Neuron neurons[RULES], Points *points, float lr, Rng *rng);

// How a neuron does on n examples.
typedef struct {
    int n, wrong;
    double loss; // the sum over n examples
} Measure;

// Adds n examples, x (n, d) with truths t (n), to the neuron's measure.
void measure(Measure *m, const Neuron *neuron, const float *x, const float *t, int n);
double error_rate(Measure m);

#endif
