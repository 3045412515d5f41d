#ifndef EXPERIMENTS_H
#define EXPERIMENTS_H

#include "dataset.h"
#include "net.h"
#include "runlog.h"
#include "state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images; // images: how many of the 60,000 to use
    int bad_init;              // place in INIT_CHOICES
    float lr;                  // the middle one of three learning rates
    bool summary;              // print the nets' tables, and nothing else
} Settings;

enum { PIXELS = 784, CLASSES = 10, DEPTH = 6 };

// The same net of six convolutions and a dense layer in three variants.
typedef enum { PLAIN, NORMED, DROPPED, NET_KINDS } NetKind;
Net *make_net(NetKind kind, int batch, InitScheme scheme, uint64_t seed);

// The lesson's experiment, in contest.c: nets with and without batch norm, trained on the same
// batches from the same weights. The best one with it becomes model.safetensors, and *saved 1; it
// stays 0 if none of them has stayed finite.
void contest(Run *run, State *state, const Settings *settings, const Split *images, int *saved);

// In modes.c: what happens to a trained net with batch norm, and to one with dropout, when it is
// used in the wrong mode. Spoils the running statistics of both.
void modes(Run *run, Net *normed, Net *dropped, const Split *images);

#endif
