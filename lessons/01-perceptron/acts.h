#ifndef ACTS_H
#define ACTS_H

#include "perceptron.h"
#include "run/runlog.h"

// The lesson's three acts, in blobs.c, xor.c and pictures.c, and what they leave.

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    const char *classes; // pairs of classes, "1,9,2,4"
    int epochs;          // passes over the pictures
    float lr, lr_2d;     // learning rates for pictures and for points
    float margin;        // the distance that the blobs keep from their line
} PerceptronSettings;

enum { POINTS = 200, EPOCHS_2D = 100 };
#define LOW_ERROR 0.3 // a line that cuts off one corner of XOR is wrong on about 25 %

// Points, the four neurons that learn from them, and how they do.
typedef struct {
    const char *name; // of its files: "blobs", "xor"
    Points points;
    Neuron neurons[RULES];
    int mistakes[RULES];                  // in all epochs together
    double lowest[RULES], highest[RULES]; // error after an epoch
    int low_epochs[RULES];                // after how many epochs it was below LOW_ERROR
} Trial;

// Trains for EPOCHS_2D epochs, with a log.
void train_points(Run *run, Trial *trial, float lr, Rng shuffle);

// In the space of (x, 1), where the bias is one weight more: the largest |(x, 1)|, and the margin of
// the line w·x + b = 0, which is the smallest t·(w·x + b) / |(w, b)|. It is negative when a point is
// on the wrong side.
double points_radius(const Points *points);
double points_margin(const Points *points, const float w[2], float b);

// Acts 1 and 2. The caller frees the points and neurons. line: the w and b that the blobs were made
// from.
Trial act_blobs(Run *run, const PerceptronSettings *settings, float line[3]);
Trial act_xor(Run *run, const PerceptronSettings *settings);

enum { LAST_EPOCHS = 10 };

// Two classes, the four neurons that learn to tell them apart, and how they do.
typedef struct {
    Pictures pictures;
    Neuron neurons[RULES];
    int mistakes[RULES];                  // in the last epoch
    double lowest[RULES], highest[RULES]; // validation error in the last LAST_EPOCHS epochs
    double test_accuracy[RULES];
} Pair;

// Act 3: fills the figures of n pairs, one for each of the classes. False if it was stopped before
// the test.
bool act_pictures(Run *run, const PerceptronSettings *settings, Pair *pairs,
                  const Pictures *classes, int n);

#endif
