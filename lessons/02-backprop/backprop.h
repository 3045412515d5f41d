#ifndef BACKPROP_H
#define BACKPROP_H

#include "dataset.h"
#include "runlog.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images, hidden; // images: how many of the 60,000 to use
    int activation, init;              // places in ACTIVATION_CHOICES and INIT_CHOICES
    float lr;
} Settings;

#define ACTIVATION_CHOICES "sigmoid|tanh|relu|leaky-relu"

// The lesson's last act, in signals.c: how large gradients are in a net of ten layers, and which of
// those nets can be trained.
void signals(Run *run, const Settings *settings, const Split *split);

#endif
