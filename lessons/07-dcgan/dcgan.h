#ifndef DCGAN_H
#define DCGAN_H

#include "dataset.h"
#include "gan.h"
#include "im2col.h"
#include "net.h"
#include "optimizer.h"
#include "runlog.h"
#include "state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, upsample_epochs; // of the two games, the second at most as long as the first
    int batch, images, width;    // images: how many to train on; width: the F of the tables
    int generate, init;          // pictures to write at the end; place in INIT_CHOICES
    float lr, beta1;
    bool no_batchnorm;
    bool summary; // print the networks' tables, and nothing else
} Settings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, LATENT = 64 };
enum { COLUMNS = 8, SHOWN = COLUMNS * COLUMNS };                  // pictures in a grid
enum { FREQUENCIES = SIDE / 2 + 1, PERIOD_2 = 14, PERIOD_4 = 7 }; // of a line of SIDE pixels

// How a generator doubles its maps. Both play against the same kind of discriminator.
typedef enum { TRANSPOSED, UPSAMPLED, ENLARGERS } Enlarger;

typedef struct {
    Net *G, *D;
} Pair;

// Epochs of the second game: at most as many as of the first.
int upsample_epochs(const Settings *settings);

Pair make_pair(const Settings *settings, Enlarger enlarger);
void free_pair(Pair *pair);

// How the power of a set of pictures is shared out among the waves of 1 … 14 periods a line.
typedef struct {
    double share[FREQUENCIES]; // share[0] is 0
} Spectrum;

// What all acts share.
typedef struct {
    Run *run;
    State *state;
    const Settings *settings;
    Dataset *train, *test;
    int *order; // (train->n) of the training images
    Judge *judge;
    float *z;                 // (LOOKED_AT, LATENT): always the same
    float *pictures;          // (LOOKED_AT, PIXELS): what is made of them
    int n_real;               // real pictures to compare with, at most LOOKED_AT …
    double distance;          // … their mean distance, and spectrum
    Spectrum real, real_mean; // the latter is that of one picture, the mean of all
    Spectrum before[ENLARGERS], after[ENLARGERS], mean[ENLARGERS]; // the generators'
    double fid_then; // the first game's FID after as many epochs as the second one lasts
} Lab;
enum { LOOKED_AT = 1000 };

// Convolution and transposed convolution in plain loops (dcgan.c). The shape is the transposed
// one's, as in the chapter on it: in, height, width are those of the small pictures. b and db may
// be NULL.
void spread(float *large, const float *small, const float *W, const float *b, int n,
            const ConvShape *shape);
void gather(float *small, const float *large, const float *W, int n, const ConvShape *shape);
void blame(float *dW, float *db, const float *dlarge, const float *small, int n,
           const ConvShape *shape);

// Which pixels the windows favour, and what remains of it in pictures (checkerboard.c).
void overlaps(Run *run);
Spectrum spectrum(const float *x, int n);         // of pictures x (n, SIDE, SIDE)
Spectrum spectrum_of_mean(const float *x, int n); // of one picture, the mean of these
void compare_spectra(Lab *lab);

// Pictures x (n, PIXELS) in [-1, 1] from z (n, LATENT), in evaluation mode.
void imagine(float *x, Net *G, const float *z, int n);

// The game: trains a pair, watches it, and saves the generator as `model` (game.c).
void play(Lab *lab, Enlarger enlarger, Pair *pair, int epochs);

// What a trained generator has learned (pictures.c).
void report(Lab *lab, Net *G);

#endif
