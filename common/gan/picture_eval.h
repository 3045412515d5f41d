/*
# What judges and draws the pictures of a GAN

A game with pictures needs more than its two networks: real pictures, in batches and in the range of $\tanh$; a judge of
what was generated; latent vectors that stay the same, so that their pictures can be compared over time; and the files that
all this goes to. Lessons 6 and 8 to 10 share that. The game itself, the steps and the loop, is theirs.

The judge compares with the test pictures at every epoch, and choices were made by that figure. [The page on the
judge](judge.html#the-test-set-is-used-more-than-once) says why, and what the control at the end is, `fid_training`.
*/

#ifndef PICTURE_EVAL_H
#define PICTURE_EVAL_H

#include "data/dataset.h"
#include "measure/fid.h"
#include "run/state.h"

// n pictures from the generator under the run's seed, judged, and the verdict in the run's summary.
Verdict generator_judge(Run *run, Judge *judge, Net *G, int n);

// A saved generator on as many samples as there are test pictures: judges, says and notes the
// verdict; writes `generate` samples, if any are asked for. G: a network of that shape. Dies if
// the model has another.
void generator_score(Run *run, Net *G, const char *model, const Dataset *test, int generate);

// A verdict on n samples in the run's summary: samples, fid, inception_score, share_0 … share_9 and
// smallest_share.
void verdict_report(Run *run, const Verdict *verdict, int n);

// The control of the test set: the FID of the same samples to as many training pictures, as fid_training
// in the summary. Nothing with a model that was loaded, or with 84 training pictures or fewer.
void training_control(Run *run, const uint8_t *images, int n);

// The judgement alone.
Verdict generator_verdict(Judge *judge, Net *G, int n, Rng rng);

// Writes n pictures from the generator to generated-images-idx3-ubyte.gz in the run's folder.
void generator_write(Run *run, Net *G, int n);

enum {
    EVAL_LATENTS =
        256,        // vectors that are the same at each look; their pictures' diversity is measured
    EVAL_GRID = 64, // and the first of them are shown, 8 a row
};

typedef struct {
    Run *run;
    const Dataset *test; // not owned
    Dataset *train;      // 28 × 28
    Judge *judge;
    Batches batches;
    int pixels;
    float *real;     // (batch, pixels): the pictures of the last picture_eval_next, in [-1, 1]
    int *labels;     // (batch): and their classes
    int *order;      // (train->n): random
    long per_epoch;  // batches in an epoch
    float *z;        // (EVAL_LATENTS, latent)
    double spread;   // mean distance of two real pictures
    Verdict verdict; // the last that was recorded
    long judged;     // how many were
    Log *fids;
} PictureEval;

// What it is opened with.
typedef struct {
    const Dataset *test; // whom the judge compares with
    int images;          // training images to use: random ones, or all if there are fewer …
    bool first_images;   // … or the first ones
    const int *thinned;  // NULL, or a class of which only every tenth of these pictures is kept
    int batch, latent;   // pictures a step; numbers in a latent vector
    const char *log;     // of the judge: log-fid.csv or, for a second game, another
} PictureEvalSpec;

// With training images of the run's data. Opens the judge's log.
PictureEval *picture_eval_open(Run *run, PictureEvalSpec spec);
void picture_eval_close(PictureEval *eval);

// The order of the pictures, the place in it, and what has been recorded, named to the state.
void picture_eval_keep(PictureEval *eval, State *state);

// The next batch: fills real and labels, and returns how many; fewer at the end of an epoch.
int picture_eval_next(PictureEval *eval);

// Diversity of what a generator, made for at least EVAL_LATENTS examples, makes of the latent
// vectors, divided by that of real pictures.
double picture_eval_diversity(PictureEval *eval, Net *G);

// Those of EVAL_GRID as a picture in the run's folder.
void picture_eval_show(PictureEval *eval, Net *G, const char *name);

// A verdict at a step of the game: a row of log-fid.csv, and its time in timing-fid.csv. The first
// one belongs to step 0: the time of the game is counted from there.
void picture_eval_record(PictureEval *eval, const Verdict *verdict, long step);

// As many samples as there are test pictures, judged, and the verdict recorded.
Verdict picture_eval_judge(PictureEval *eval, Net *G, long step);

#endif
