#ifndef CONTEST_H
#define CONTEST_H

#include "experiments.h"

// The nets that take part: twelve of them are a grid (rates, initial weights, with and without batch
// norm), and two more have these places.
enum { CONTESTANTS = 14, GRID = 12, SHAKEN = 12, WITH_DROPOUT = 13 };

// Of so many nets the signals are watched, of the first so many there are histograms, and of the
// first so many it is tried what steps of three lengths are worth.
enum { WATCHED = 7, PICTURED = 4, PROBED = 2, LENGTHS = 3 };
enum { CHANNELS = 8 + 5 * 16, MOST_NUMBERS = 8 * 14 * 14 }; // of a net; of a picture in layer 1
enum { BINS = 48, SLOTS = 40 };                             // of a histogram; histograms over time
enum { LONGEST_WAIT = 50 };                                 // steps between two rows of the log

// A net that takes part.
typedef struct {
    const char *name;
    NetKind kind;
    bool bad;    // begins with the bad initial weights
    float rate;  // learning rate, as a multiple of the middle one
    bool shaken; // its batch norms are disturbed at every step
} Contestant;

extern const Contestant contestants[CONTESTANTS];
extern const int watched[WATCHED]; // places of the watched ones

// All of them, and what has been measured so far.
typedef struct {
    Run *run;
    const Settings *settings;
    const Split *images;
    Net *nets[CONTESTANTS];
    Batches batches;
    float *x, *dlogits;                  // (batch, PIXELS), (CONTESTANTS, batch, CLASSES)
    int *labels;                         // (batch)
    float *aside;                        // room for the shaken net's parameters
    Rng noise;                           // what shakes it
    long step, total, every, slots;      // every: steps from one row of the log to the next
    double loss_sum[CONTESTANTS], since; // since the row before, and over how many images
    int diverged_at[CONTESTANTS];        // the step at which the loss was not finite, or 0
    double mean[WATCHED][DEPTH], deviation[WATCHED][DEPTH]; // of the numbers before each ReLU
    double shift[WATCHED], shift_sum[WATCHED];              // see below; the sum over the rows
    double kept[PROBED][LENGTHS], kept_sum[PROBED][LENGTHS];
    float channel_mean[WATCHED][CHANNELS]; // at the row before
    float *shares;                         // (PICTURED, DEPTH, SLOTS, BINS): the histograms
} Contest;

// In results.c: writes what has been measured; scores all nets, saves the best one with batch norm,
// and uses it in the wrong mode. False if none with batch norm has stayed finite.
bool report(Contest *contest);

#endif
