/*
# Scoring a network

How good is a classifier? Run it over pictures that it was not trained on, in evaluation mode, and count. Every lesson
with labels needs that, so it stands here once. The pictures go through in batches, since the network has room for no
more; the last batch may be smaller, and each counts by its size.
*/

#ifndef EVALUATE_H
#define EVALUATE_H

#include "data/dataset.h"
#include "nn/net.h"
#include "run/runlog.h"

typedef struct {
    float loss;     // mean softmax cross-entropy, in nats
    float accuracy; // share of right answers, 0 … 1
} Score;

// Scores the images at index[0 … n-1] (or, if index is NULL, images 0 … n-1). The network's output
// is one logit per class. n > 0.
Score evaluate(Net *net, const Dataset *data, const int *index, int n);

// Loads a model into net and scores it on a data set, all images of it. Dies if the model does not
// fit the network.
Score evaluate_checkpoint(Net *net, const char *model, const Dataset *data);

// The same for the figures that a lesson ends with, those on the test images: puts them into the
// run's summary, as test_loss and test_accuracy, and says them.
void evaluate_model(Run *run, Net *net, const char *model, const Dataset *test);

#endif
