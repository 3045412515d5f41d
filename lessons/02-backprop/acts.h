#ifndef ACTS_H
#define ACTS_H

#include "backprop.h"
#include "data/dataset.h"
#include "nn/net.h"
#include "run/runlog.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images, hidden; // images: how many of the 60,000 to use
    int activation, init;              // places in ACTIVATION_CHOICES and INIT_CHOICES
    float lr;
} BackpropSettings;

enum { PIXELS = 784, CLASSES = 10 };

// XOR and spirals, in toys.c: trains a network and draws what it makes of the plane. Returns its
// errors among the points.
typedef enum { XOR, SPIRALS, TOYS } ToyName;
extern const Toy toy_list[TOYS];
int learn_toy(Run *run, ToyName name, uint64_t seed);

// Pictures, in clothes.c. In the order of ACTIVATION_CHOICES:
#define ACTIVATION_CHOICES "sigmoid|tanh|relu|leaky-relu"
enum { ACTIVATIONS = 4 };

typedef struct {
    const char *name;
    LayerSpec layer;
} Activation;

extern const Activation activations[ACTIVATIONS];

Net *make_net(const BackpropSettings *settings);

// The same steps in plain loops and with the library: the largest relative difference of the losses,
// and the milliseconds that a step takes. Means nothing if the run was stopped.
typedef struct {
    int steps;
    double difference, plain_ms, library_ms;
} Bridge;
Bridge bridge(Run *run, const BackpropSettings *settings, Batches *batches);

void train(Run *run, const BackpropSettings *settings, Net *net, Batches *batches, const int *valid,
           int n_valid);

// Nets of ten layers, in signals.c: how large the gradients are in them, and which can be trained.
enum { DEPTH = 10, INITS = 5 };

typedef struct {
    const char *name;
    InitScheme scheme;
} Init;

extern const Init inits[INITS];

typedef struct {
    double forward[DEPTH];  // root mean square of the output
    double backward[DEPTH]; // norm of the gradient with respect to it
    double weight[DEPTH];   // norm of the gradient with respect to the weights
    double accuracy;        // on validation images, after training
    int dead;               // hidden units that are 0 for every validation image, after training
} Outcome;

// Returns how many steps each net was trained for, 0 if the run was stopped.
int signals(Run *run, Outcome outcomes[ACTIVATIONS][INITS], const BackpropSettings *settings,
            const Split *split);

#endif
