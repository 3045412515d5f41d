#ifndef EXPERIMENTS_H
#define EXPERIMENTS_H

#include "data/dataset.h"
#include "nn/net.h"
#include "run/show.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images; // images: how many of the 60,000 to use
    int bad_init;              // place in INIT_CHOICES
    float lr;                  // the middle one of three learning rates
    Show show;                 // the nets' tables or drawings, and nothing else
} BatchnormSettings;

enum { PIXELS = 784, CLASSES = 10, DEPTH = 6 };

// In batchnorm.c. A backward pass, spoiled in WAYS ways, of which way 0 leaves it as it is: the
// largest error of each, checked with a random dy (0) and with ones (1).
enum { WAYS = 5 };
void check_backward(float errors[2][WAYS], Rng rng);

// How far the library's batch norm is from the plain loops, as a share.
double bridge(Rng rng);

// A convolution before batch norm, at the first step of a small net.
typedef struct {
    double weight_gradient, bias_gradient; // lengths
    double cosine;                         // between weights and gradient
    double moved;                          // of the outputs with weights times 10, as a share
    double shrunk;                         // the gradient then, as a multiple of what it was
} Invariances;
Invariances measure_invariances(uint64_t seed, const Split *images);

// The same net of six convolutions and a dense layer in three variants (contestants.c).
typedef enum { PLAIN, NORMED, DROPPED, NET_KINDS } NetKind;
Net *make_net(NetKind kind, int batch, InitScheme scheme, uint64_t seed);

// In modes.c: what happens to a trained net with batch norm, and to one with dropout, when it is
// used in the wrong mode. Spoils the running statistics of both.
void modes(Run *run, Net *normed, Net *dropped, const Split *images);

#endif
