#ifndef WGAN_H
#define WGAN_H

#include "arena.h"
#include "dataset.h"
#include "gan.h"
#include "net.h"
#include "optimizer.h"
#include "runlog.h"
#include "state.h"

// How a game is played.
typedef struct {
    bool critic;             // or a discriminator, with lesson 6's non-saturating loss
    OptimizerKind optimizer; // of both networks
    float lr, beta1;         // both networks'; beta1 is Adam's
    float clip;              // of the critic's weights
    int d_steps;             // of the critic before each one of the generator
} Rules;

// What the lesson can be asked for.
typedef enum { ALL_PARTS, PLANE_PART, PICTURES_PART } Part;
typedef enum { USE_RMSPROP, USE_ADAM, USE_SGD } Method;
#define METHOD_CHOICES "rmsprop|adam|sgd"
#define PART_CHOICES "all|plane|pictures"

typedef struct {
    RunOptions run;
    Rules rules;                       // of the first game in the plane
    int method;                        // place in METHOD_CHOICES: the first game's optimizer
    int part, cloud;                   // places in their lists of choices
    int steps, batch, width, depth;    // in the plane; of the hidden layers
    int epochs, picture_batch, images; // with pictures
    float picture_lr, picture_clip;
    int generate; // samples to write at the end
    bool summary;
} Settings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, LATENT = 64, WIDTH = 32 };

// The two steps (wgan.c), on real (n, D->in) and z (n, G->in).
void critic_step(Duel *duel, CriticTally *tally, float clip, const float *real, const float *z,
                 int n);
void generator_step(Duel *duel, CriticTally *tally, const float *z, int n);

// In ring.c: the games in the plane. In pictures.c: the game with pictures.
void ring(Run *run, State *state, const Settings *settings);
void pictures(Run *run, State *state, const Settings *settings, const Dataset *test);

// A game in the plane under these rules; the pair for pictures.
Duel *plane_duel(const Settings *settings, const Rules *rules);
Duel *picture_duel(const Settings *settings, long total);

// Scores a saved generator, and writes the samples that are asked for.
void picture_generator(Run *run, const Settings *settings, const char *model, const Dataset *test);

#endif
