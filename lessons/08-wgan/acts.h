#ifndef ACTS_H
#define ACTS_H

#include "data/dataset.h"
#include "gan/picture_eval.h"
#include "gan/toy_games.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// How a game is played.
typedef struct {
    bool critic;             // or a discriminator, with lesson 6's non-saturating loss
    OptimizerKind optimizer; // of both networks
    float lr, beta1;         // both networks'; beta1 is Adam's
    float clip;              // of the critic's weights
    int d_steps;             // of the critic before each one of the generator
} WganRules;

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    WganRules rules;                   // of the first game in the plane
    int method;                        // place in METHOD_CHOICES: the first game's optimizer
    int part, cloud;                   // places in their lists of choices
    int steps, batch, width, depth;    // in the plane; of the hidden layers
    int epochs, picture_batch, images; // with pictures
    float picture_lr, picture_clip;
    int generate; // samples to write at the end
    Show show;
} WganSettings;

enum { LATENT = 64, WIDTH = 32 };

// In wgan.c: heaps on a line, and two lines, measured in each way; the step of a critic, on real
// (n, D->in) and z (n, G->in).
void line(Run *run, Rng rng);
void parallel_lines(Run *run, Rng rng);
void critic_step(GanPair *pair, GanTally *tally, float clip, const float *real, const float *z,
                 int n);

// In ring.c: the games in the plane. In pictures.c: the game with pictures.
void ring(Run *run, State *state, const WganSettings *settings);
void pictures(Run *run, State *state, const WganSettings *settings, const Dataset *test);

// A game in the plane under these rules; the pair for pictures.
GanPair *toy_pair(const WganSettings *settings, const WganRules *rules);
GanPair *picture_pair(const WganSettings *settings, long total);

// Scores a saved generator, and writes the samples that are asked for.
void picture_generator(Run *run, const WganSettings *settings, const char *model,
                       const Dataset *test);

#endif
