#ifndef CROWDS_H
#define CROWDS_H

#include "dataset.h"
#include "fid.h"
#include "runlog.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    const char *real, *fake; // IDX files to compare in place of the experiments; "": none
    int draws;               // crowds of each number of pictures, to see how far figures scatter
    int sought;              // pictures of a crowd whose nearest training image is looked for
} Settings;

enum {
    SIDE = JUDGE_SIDE,
    PIXELS = SIDE * SIDE,
    FEATURES = JUDGE_FEATURES,
    CLASSES = JUDGE_CLASSES
};

// What all experiments work on.
typedef struct {
    Run *run;
    const Settings *s;
    Dataset *train;      // SIDE × SIDE, with labels
    const Dataset *test; // as the judge's real pictures, unless --real names others
    Judge *judge;        // compares with the real pictures
    float *features;     // (train->n, FEATURES): what it sees of the training images
} Gallery;

// Pictures that are judged together.
typedef struct {
    uint8_t *images; // (most, SIDE, SIDE), of which n are there
    int n, most;
} Crowd;

// Fills an empty crowd from the gallery's pictures. amount: in a unit of its own.
typedef void Disturbance(Crowd *crowd, const Gallery *g, double amount, Rng rng);

// An empty crowd, with room for as many pictures as there are test images (disturb.c).
Crowd crowd_create(const Gallery *g);
void crowd_free(Crowd *crowd);

// Puts a picture of a data set at the crowd's end, if there is room.
void crowd_add(Crowd *crowd, const Dataset *from, int place);

// The test images, damaged (disturb.c).
Disturbance noise, salt_and_pepper, blur, swirl, shift, mirror, negative;
// Training images: of all classes but the last few, of one class alone, of the others; the first
// few; one of each class, over and over; a few random ones, over and over.
Disturbance missing, only, without, training, one_of_each, again;
// No clothes at all.
Disturbance grains, black;

// The plain version (fid.c): the trace of the root of A·B, of two covariances (d, d), and the
// squared Fréchet distance between features (n, d) and others (m, d).
double plain_trace_of_root(const double *A, const double *B, int d);
double plain_distance(const float *real, int n, const float *fake, int m, int d);

// The acts: what the distance sees, and crowds that are not all that they should be (disturb.c); how
// it depends on the number of pictures (bias.c); and copies (copies.c).
void see_disturbances(Gallery *g);
void judge_cases(Gallery *g);
void count_pictures(Gallery *g);
void look_for_copies(Gallery *g);

// The nearest training images of pictures that came as a file (copies.c).
void nearest_of_file(Gallery *g, const Crowd *crowd);

#endif
