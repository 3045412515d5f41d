#ifndef WGAN_GP_H
#define WGAN_GP_H

#include "arena.h"
#include "dataset.h"
#include "gan.h"
#include "net.h"
#include "optimizer.h"
#include "runlog.h"
#include "state.h"

// How a critic is kept from becoming steep, and with what it learns.
typedef struct {
    float lambda;      // weight of the penalty; 0: there is none, and the weights are clipped …
    float clip;        // … to ±clip
    float lr;          // with a penalty Adam, β 0.5 and 0.9; with clipping RMSprop
    int d_steps;       // of the critic before each one of the generator
    int batch, longer; // examples a step; the game lasts so many times --steps
    InitScheme init;
    Cloud cloud;
} Rules;

// What the lesson can be asked for.
typedef enum { ALL_PARTS, PLANE_PART, PICTURES_PART } Part;
#define PART_CHOICES "all|plane|pictures"

typedef struct {
    RunOptions run;
    Rules rules;                       // of the first game in the plane
    int part, cloud, init;             // places in their lists of choices
    int steps, width, depth;           // in the plane; of the hidden layers
    int epochs, picture_batch, images; // with pictures
    int picture_d_steps;
    float picture_lr, picture_lambda;
    int generate; // samples to write at the end
    bool summary;
} Settings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, LATENT = 64, WIDTH = 32 };

// A critic with one hidden layer, written out (wgan-gp.c): W1 (HIDDEN, INPUTS), b1, w2 (HIDDEN).
enum { INPUTS = 3, HIDDEN = 5 };
typedef struct {
    double W1[HIDDEN][INPUTS], b1[HIDDEN], w2[HIDDEN], b2;
} TwoLayers;

// λ (|∇D(x)| - 1)² at one point, and, unless NULL, adds its gradient to d.
double two_layer_penalty(TwoLayers *d, const TwoLayers *critic, const double *x, double lambda);

// The two steps, on real (n, D->in) and z (n, G->in). penalty: NULL, then the weights are clipped.
void critic_step(Duel *duel, CriticTally *tally, Penalty *penalty, float clip, const float *real,
                 const float *z, int n);
void generator_step(Duel *duel, CriticTally *tally, const float *z, int n);

// In surfaces.c and games.c: critics of a generator that stands still, and games. In pictures.c:
// the game with pictures.
void surfaces(Run *run, State *state, const Settings *settings);
void games(Run *run, State *state, const Settings *settings);
void pictures(Run *run, State *state, const Settings *settings, const Dataset *test);

// Optimizer and initial weights of a critic under these rules.
OptimizerSpec optimizer_of(const Rules *rules);
Net *critic_of(const Rules *rules, int depth, int width, int batch, Rng *rng);

// A game in the plane under these rules; the pair for pictures.
Duel *plane_duel(const Settings *settings, const Rules *rules);
Duel *picture_duel(const Settings *settings, long total);

// Scores a saved generator, and writes the samples that are asked for.
void picture_generator(Run *run, const Settings *settings, const char *model, const Dataset *test);

#endif
