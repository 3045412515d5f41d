#ifndef ACTS_H
#define ACTS_H

#include "data/dataset.h"
#include "gan/gradient_penalty.h"
#include "gan/picture_eval.h"
#include "gan/toy_games.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// How a critic is kept from becoming steep, and with what it learns.
typedef struct {
    float lambda;      // weight of the penalty; 0: there is none, and the weights are clipped …
    float clip;        // … to ±clip
    float lr;          // with a penalty Adam, β 0.5 and 0.9; with clipping RMSprop
    int d_steps;       // of the critic before each one of the generator
    int batch, longer; // examples a step; the game lasts so many times --steps
    InitScheme init;
    Cloud cloud;
    float eps;   // the optimizer's ε; 0: the usual one
    bool plain;  // no critic: lesson 6's non-saturating game, Adam with β 0.5 and 0.999 …
    float noise; // … and instance noise of this deviation at first
} PenaltyRules;

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    PenaltyRules rules;                // of the first game in the plane
    int part, cloud, init;             // places in their lists of choices
    int steps, width, depth;           // in the plane; of the hidden layers
    int epochs, picture_batch, images; // with pictures
    int picture_d_steps;
    float picture_lr, picture_lambda;
    int generate; // samples to write at the end
    Show show;
} PenaltySettings;

enum { SIDE = 28, LATENT = 64, WIDTH = 32 };

// A critic with one hidden layer, written out (wgan-gp.c): W1 (HIDDEN, INPUTS), b1, w2 (HIDDEN).
enum { INPUTS = 3, HIDDEN = 5 };
typedef struct {
    double W1[HIDDEN][INPUTS], b1[HIDDEN], w2[HIDDEN], b2;
} TwoLayers;

// λ (|∇D(x)| - 1)² at one point, and, unless NULL, adds its gradient to d.
double two_layer_penalty(TwoLayers *d, const TwoLayers *critic, const double *x, double lambda);

// Compares it with differences, and with the library.
void check_two_layers(Run *run, Rng rng);

// Mean scores of real and fake (n, D->in), the loss that is their difference, and its gradient in
// the critic's grads. ds: room for (n).
float compare_scores(Net *D, float *ds, float means[2], const float *real, const float *fake,
                     int n);

// A step of the critic, on real (n, D->in) and z (n, G->in): with a penalty; as in lesson 8.
void critic_step(GanPair *pair, GanTally *tally, Penalty *penalty, const float *real,
                 const float *z, int n);
void clipped_critic_step(GanPair *pair, GanTally *tally, float clip, const float *real,
                         const float *z, int n);

// In surfaces.c and games.c: critics of a generator that stands still, and games. In pictures.c:
// the game with pictures.
void surfaces(Run *run, State *state, const PenaltySettings *settings);
void games(Run *run, State *state, const PenaltySettings *settings);
void pictures(Run *run, State *state, const PenaltySettings *settings, const Dataset *test);

// Optimizer and initial weights of a critic under these rules.
OptimizerSpec optimizer_of(const PenaltyRules *rules);
Net *critic_of(const PenaltyRules *rules, int depth, int width, int batch, Rng *rng);

// A game in the plane under these rules; the pair for pictures.
GanPair *toy_pair(const PenaltySettings *settings, const PenaltyRules *rules);
GanPair *picture_pair(const PenaltySettings *settings, long total);

// Scores a saved generator, and writes the samples that are asked for.
void picture_generator(Run *run, const PenaltySettings *settings, const char *model,
                       const Dataset *test);

#endif
