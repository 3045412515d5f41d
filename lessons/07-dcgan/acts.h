#ifndef ACTS_H
#define ACTS_H

#include "data/dataset.h"
#include "gan/gan_images.h"
#include "gan/gan_pair.h"
#include "gan/gan_tally.h"
#include "gan/picture_eval.h"
#include "kernels/im2col.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, upsample_epochs; // of the two games, the second at most as long as the first
    int batch, images, width;    // images: how many to train on; width: the F of the tables
    int generate, init;          // pictures to write at the end; place in INIT_CHOICES
    float lr, beta1;
    bool no_batchnorm;
    Show show;
} DcganSettings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, LATENT = 64 };
enum { COLUMNS = 8, SHOWN = COLUMNS * COLUMNS };                  // pictures in a grid
enum { FREQUENCIES = SIDE / 2 + 1, PERIOD_2 = 14, PERIOD_4 = 7 }; // of a line of SIDE pixels

// How a generator doubles its maps. Both play against the same kind of discriminator.
typedef enum { TRANSPOSED, UPSAMPLED, ENLARGERS } Enlarger;

// Epochs of the second game: at most as many as of the first.
int upsample_epochs(const DcganSettings *settings);

// The networks of a game and their optimizers (dcgan.c). total: steps of the generator.
GanPair *dcgan_pair(const DcganSettings *settings, Enlarger enlarger, long total);

// How the power of a set of pictures is shared out among the waves of 1 … 14 periods a line.
typedef struct {
    double share[FREQUENCIES]; // share[0] is 0
} Spectrum;

// What all acts share.
typedef struct {
    Run *run;
    State *state;
    const DcganSettings *settings;
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
} DcganStudy;
enum { LOOKED_AT = 1000 };

// Convolution and transposed convolution in plain loops (dcgan.c). The shape is the transposed
// one's, as in the chapter on it: in, height, width are those of the small pictures. b and db may
// be NULL.
void spread(float *large, const float *small, const float *W, const float *b, int n,
            const ConvShape *shape);
void gather(float *small, const float *large, const float *W, int n, const ConvShape *shape);
void blame(float *dW, float *db, const float *dlarge, const float *small, int n,
           const ConvShape *shape);

// Convolution and its transpose are adjoint; the library's layer agrees with the plain loops; so does
// upsampling, with weights that are tied (dcgan.c).
void check_adjoint(Run *run, Rng rng);
void bridge(Run *run, Rng rng);
void check_tie(Run *run, Rng rng);

// What a bias before batch norm changes (dcgan.c).
void check_bias(Run *run, Rng rng);

// Which pixels the windows favour, and what remains of it in pictures (checkerboard.c).
void overlaps(Run *run);
Spectrum spectrum(const float *x, int n);         // of pictures x (n, SIDE, SIDE)
Spectrum spectrum_of_mean(const float *x, int n); // of one picture, the mean of these
void compare_spectra(DcganStudy *study);

// Pictures x (n, PIXELS) in [-1, 1] from z (n, LATENT), in evaluation mode (game.c).
void imagine(float *x, Net *G, const float *z, int n);

// The two steps, on real pictures and fakes (n, PIXELS) that pair->G has just made; they return the
// losses (dcgan.c).
float discriminator_step(GanPair *pair, GanTally *tally, const float *real, const float *fakes,
                         int n);
float generator_step(GanPair *pair, GanTally *tally, const float *fakes, int n);

// The game: trains a pair, watches it, and saves the first one's networks (game.c).
void play(DcganStudy *study, Enlarger enlarger, int epochs);

// What a trained generator has learned (pictures.c).
void report(DcganStudy *study);

#endif
