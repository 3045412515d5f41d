#ifndef EXAMPLES_H
#define EXAMPLES_H

#include "base/rng.h"
#include "data/dataset.h"

// Points in the plane, each of the class +1 or -1.
typedef struct {
    int n;
    float *x;   // (n, 2)
    float *t;   // (n): the truths
    int *order; // (n): a permutation of 0 … n-1
} Points;

// Takes over x (n, 2), from alloc_floats; of the labels (n), 1 is the class +1.
Points points_create(float *x, const int *labels, int n);
void points_free(Points *points);

// Writes a table with the columns x, y and t.
void points_write(const char *path, const Points *points);

enum { BATCH = 100, MOST_PAIRS = 5 };

// The images of two classes: some to learn from, some for validation.
typedef struct {
    char name[8]; // "1v9"
    int label[2]; // the class whose truth is +1, and the one whose truth is -1
    int pixels, n_train, n_valid;
    const Dataset *data;
    int *train, *valid; // (n_train), (n_valid): places in data
    Batches batches;    // of the training images
    float *x, *t;       // (BATCH, pixels) and (BATCH): what was taken last
} Pictures;

// Reads a list of pairs such as "1,9" or "1,9,2,4" into pairs; returns how many. Dies when it is
// not one: classes from 0 to 9, two different ones in a pair, no pair twice, at most MOST_PAIRS.
int pictures_parse(const char *classes, Pictures pairs[MOST_PAIRS]);

// Dies unless a data set has pictures of the pairs' classes, to learn from and for the test, all of one size.
void pictures_require(const char *which, const Pictures pairs[], int n_pairs);

// Puts the pair's images into random order and sets a sixth of them aside for validation.
void pictures_open(Pictures *pictures, const Dataset *data, Rng rng);
void pictures_close(Pictures *pictures);

// Takes the next batch of training images and returns how many they are; 0 at the end of an epoch,
// after which a new one begins, in a new order.
int pictures_next(Pictures *pictures);

// Takes n images, at most BATCH, of data. Their size is that of the training images.
void pictures_take(Pictures *pictures, const Dataset *data, const int *places, int n);

// The places in data of all images of the pair's classes, and their number n; the caller frees
// them.
int *pictures_find(const Pictures *pictures, const Dataset *data, int *n);

// Draws for each class, in a row of its own, the eight validation images with the lowest margins.
void pictures_draw_hardest(const char *path, const Pictures *pictures,
                           const float *margins); // (n_valid)

#endif
