/*
# A studio for pictures

A game with pictures needs more than its two networks: real pictures, in batches and in the range of $\tanh$; a judge of
what was made; latent vectors that stay the same, so that their pictures can be compared over time; and the files that
all this goes to. The lessons from the eighth on share that. The game itself, the steps and the loop, is theirs.
*/

#ifndef STUDIO_H
#define STUDIO_H

#include "dataset.h"
#include "gan.h"
#include "state.h"

enum {
    STUDIO_LATENTS =
        256, // vectors that are the same at each look; their pictures' diversity is measured
    STUDIO_GRID = 64, // and the first of them are shown, 8 a row
};

typedef struct {
    Run *run;
    const Dataset *test; // not owned
    Dataset *train;      // 28 × 28
    Judge *judge;
    Batches batches;
    int pixels;
    float *real;     // (batch, pixels): the pictures of the last studio_next, in [-1, 1]
    int *labels;     // (batch): and their classes
    int *order;      // (train->n)
    long per_epoch;  // batches in an epoch
    float *z;        // (STUDIO_LATENTS, latent)
    double spread;   // mean distance of two real pictures
    Verdict verdict; // of the last studio_judge
    Log *fids;
} Studio;

// With the first `images` of a random order of the training images of `data`, or all if there are
// fewer; latent: numbers in a latent vector. test: whom the judge compares with. Opens a log for
// the judge, log-fid.csv or, for a second game, another.
Studio *studio_open(Run *run, const char *data, const Dataset *test, int images, int batch,
                    int latent, const char *log);
void studio_close(Studio *studio);

// The order of the pictures, the place in it, and the last verdict's FID, named to the state.
void studio_keep(Studio *studio, State *state);

// The next batch: fills real and labels, and returns how many; fewer at the end of an epoch.
int studio_next(Studio *studio);

// Diversity of what a generator, made for at least STUDIO_LATENTS examples, makes of the latent
// vectors, divided by that of real pictures.
double studio_diversity(Studio *studio, Net *G);

// Those of STUDIO_GRID as a picture in the run's folder.
void studio_show(Studio *studio, Net *G, const char *name);

// As many samples as there are test pictures, judged: a row of log-fid.csv, and its time in
// timing-fid.csv. Call it at step 0, too: the time of the game is counted from there.
Verdict studio_judge(Studio *studio, Net *G, long step);

#endif
