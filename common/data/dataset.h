/*
# Images, in batches

What does a network get to see of a shirt? 784 numbers: the brightness of 28 × 28 places, row by row from the top left.
Beside them stands one number more, the class, from 0 to 9. Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) has 60,000 such
pictures to learn from and 10,000 to be examined on, of ten kinds of clothing, as many of each. It has the sizes and the file
format of the handwritten digits of MNIST (LeCun, Cortes and Burges), so that either can take the other's place, and is the
harder task of the two: a network that names 98 of 100 digits correctly names about 88 of 100 clothes.

**Images stay bytes.** A pixel is one byte in the file, and it stays one byte in memory: $60{,}000 \cdot 784$ bytes are 45
MiB. As floats they would be 179 MiB, of which one step of training needs 0.4. So the floats are made when they are needed,
for the 128 images or so of one step, in memory that is used again for the next. Dividing by 255 on the way puts them into
$[0, 1]$: weights are initialised for inputs of about that size.

**A batch.** The gradient of the mean loss over all 60,000 images points the right way, and costs 60,000 forward and backward
passes. The mean over a few images drawn at random, a *batch*, is an estimate of the same direction: noisy, but 128 images
cost a 469th part, so that 469 steps can be made for the price of one.

**An epoch.** Batches are not drawn independently. We put the images into random order and take them from the front, so that
each is used exactly once; one such pass is an *epoch*. What is left at its end may be a smaller batch. The next epoch has a
new order. In a fixed one the same images would share a batch each time, and the same ones would always come last.

**Three sets.** A network can be right on its own images and wrong on others (*overfitting*), so it is scored on images
that it was not trained on. But each choice made by looking at such images (which learning rate? stop now?) fits the
network to them a little, through us. Hence three sets: the *training* images give gradients, the *validation* images, set
aside from the 60,000, are what choices are made by, and the *test* images, the 10,000, give the final figures. One random
permutation of 0 … 59,999, cut in two, makes the first two. We cut off one in twelve, 5,000 of 60,000: half as many as there
are test images, and 55,000 are left to learn from. The permutation depends on the seed and nothing else that is asked for, so
that all networks of a run are compared on the same validation images.
*/

#ifndef DATASET_H
#define DATASET_H

#include "base/rng.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum { TRAIN_SET, TEST_SET } DatasetPart;

enum { SPLIT_LEAST = 12 }; // pictures that can be cut into training and validation

typedef struct {
    int n, rows, cols;     // images, and their size
    const uint8_t *images; // (n, rows, cols), 0 black … 255 white
    const uint8_t *labels; // (n), 0 … 9
} Dataset;

// Loads a part of "fashion" (data/fashion/ below the current folder, or else Debian's package), of
// "mnist" (data/mnist/ below the current folder), or of a folder that holds the four files under their usual names, plain or with .gz (see data/README.md).
// Dies with the file's name, what is wrong with it and how to mend it.
Dataset *dataset_load(const char *which, DatasetPart part);
void dataset_free(Dataset *data);

// What a program needs of its pictures.
typedef struct {
    const char *who;      // "lesson 4"
    int side;             // rows and columns; 0: any size, the same in both parts
    int train, test;      // at least so many pictures of each part; 0: the part is not looked at
    const char *test_for; // what so many test pictures are needed for; NULL: that is plain
    unsigned classes;     // those that must occur, bit c for class c; 0: any will do
    int each, each_test;  // of each of them at least so many, in training and in test
    int kinds;            // at least so many different classes in training
    bool differ;          // the training pictures must not all be alike
    bool apart;           // at least half of the test pictures are no training pictures
    const char *option;   // that named the pictures: "--pictures"; NULL: --data
    const char *choose;   // another way out than that: "--classes"; NULL: none
} Needs;

enum { ALL_CLASSES = (1 << 10) - 1 };

// Dies unless the data set has all that is needed, and says who needs what, what there is, and the
// option. Called when a program begins, before anything slow; what is wrong with a file is found, too.
void dataset_require(const char *which, const Needs *needs);

// One IDX file of unsigned bytes, plain or gzip: returns its bytes (caller frees), and its sizes in
// size[0 … dims-1]. Dies unless it has exactly `dims` dimensions, the right magic number, sizes of
// at least 1, as many bytes as the sizes multiply to (at most 2^31 - 2), and nothing after them, and,
// for gzip, the length and the checksum that its trailer tells. mend: the sentence that the message
// ends with, on how the user gets a better file.
uint8_t *idx_read(const char *path, int dims, int size[], const char *mend);

// Writes the same format, compressed with gzip when path ends in .gz. The same bytes give the same
// file. Whole or not there (see files); dies on failure.
void idx_write(const char *path, const uint8_t *bytes, int dims, const int size[]);

// The class names of Fashion-MNIST ("trouser"), or the digits for other data; label 0 … 9.
const char *dataset_class_name(const char *which, int label);

// Images index[0 … n-1] as floats: x (n, rows * cols), in [0, 1]; labels (n), or NULL when not
// wanted.
void dataset_take(float *x, int *labels, const Dataset *data, const int *index, int n);

// The numbers 0 … n-1 in random order, for a random split. The caller frees them.
int *random_order(int n, Rng rng);

// Walks through a subset of a data set in batches, in a new random order each epoch. Another
// program that has the same `order`, `next` and `rng` goes on with the same batches.
typedef struct {
    const Dataset *data;
    int *order;   // (n) places in the data set, owned
    int n, batch; // size of the subset; largest batch
    int next;     // place in order of the next batch; 0: an epoch begins, in a new order
    Rng rng;
} Batches;

// Places first … first+n-1 of the order `permutation` (or of 0, 1, 2, … when NULL).
Batches batches_create(const Dataset *data, const int *permutation, int first, int n, int batch,
                       Rng rng);
void batches_free(Batches *batches);

// Fills x (batch, rows * cols) and labels (batch, or NULL) with the next images and returns how
// many: `batch`, fewer at the end of an epoch, and 0 once it is over; the following call begins a
// newly shuffled epoch.
int batches_next(Batches *batches, float *x, int *labels);

// The same for a loop that counts steps, not epochs: goes on into the next epoch, and never
// returns 0.
int batches_next_endless(Batches *batches, float *x, int *labels);

// The training part of a data set, cut in two: order[0 … n_valid-1] are the places of the validation
// images, the n_train that follow those of the training images.
typedef struct {
    Dataset *data;        // owned
    int *order;           // (data->n) all places in random order, owned
    int n_valid, n_train; // 1 in 12 of the images that are used, and the others
} Split;

// Loads the training part of which (see dataset_load) and cuts `images` of it, or all if it has
// fewer; one in twelve is for validation. images >= 12, and the data set has as many (see
// dataset_require).
Split split_open(const char *which, int images, uint64_t seed);
void split_close(Split *split);

// Walks through the training images, in the order that the seed gives.
Batches split_batches(const Split *split, int batch, uint64_t seed);

#endif
