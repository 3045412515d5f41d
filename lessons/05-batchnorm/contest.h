#ifndef CONTEST_H
#define CONTEST_H

#include "experiments.h"
#include "run/state.h"

// The nets that take part: twelve of them are a grid (rates, initial weights, with and without batch
// norm), two more have these places, and from CLIFF on there are nets at other rates.
enum { CONTESTANTS = 29, GRID = 12, SHAKEN = 12, WITH_DROPOUT = 13, CLIFF = 14 };

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
    const BatchnormSettings *settings;
    const Split *images;
    Net *nets[CONTESTANTS];
    Batches batches;
    float *x;                            // (batch, PIXELS)
    int *labels;                         // (batch)
    float *aside;                        // room for the shaken net's parameters
    Rng noise;                           // what shakes it
    long step, total, every, slots;      // every: steps from one row of the log to the next
    double loss_sum[CONTESTANTS], since; // since the row before, and over how many images
    int diverged_at[CONTESTANTS];        // the step at which the loss was not finite, or 0
    double mean[WATCHED][DEPTH], deviation[WATCHED][DEPTH]; // of the numbers before each ReLU
    double shift[WATCHED], shift_sum[WATCHED]; // of what goes into the ReLUs; sum over the rows
    double front[WATCHED], front_sum[WATCHED]; // of what comes out of the convolutions
    double kept[PROBED][LENGTHS], kept_sum[PROBED][LENGTHS];
    float channel_mean[WATCHED][CHANNELS]; // at the row before, before each ReLU
    float front_mean[WATCHED][CHANNELS];   // likewise, behind each convolution
    float *shares;                         // (PICTURED, DEPTH, SLOTS, BINS): the histograms
} Contest;

// In contestants.c. c's place among the watched ones; WATCHED if it is not one of them.
int watched_place(int c);

Contest contest_open(Run *run, const BatchnormSettings *settings, const Split *images);
void contest_close(Contest *contest);
void name_places(Contest *contest, State *state);

// In signals.c: measures contestant watched[w] after its backward pass; tries steps of three lengths
// on the batch of n images, and takes them back.
void watch(Contest *contest, int w, const Net *net);
void try_steps(Contest *contest, int w, Net *net, int n, float loss);

// In logs.c.
typedef struct {
    Log *losses, *means, *deviations, *shift, *kept;
} Logs;
Logs open_logs(Run *run);
void write_row(Contest *contest, const Logs *logs);

// In contest.c: trains all of them, to the end or until the run is stopped.
void train(Contest *contest, State *state, const Logs *logs);

// In results.c: writes what has been measured; scores all nets, saves the best one with batch norm,
// and uses it in the wrong mode. False if none with batch norm has stayed finite.
bool report(Contest *contest);

#endif
