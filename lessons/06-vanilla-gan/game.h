#ifndef GAME_H
#define GAME_H

#include "dataset.h"
#include "gan.h"
#include "net.h"
#include "optimizer.h"
#include "plane.h"
#include "runlog.h"
#include "state.h"

typedef enum { NON_SATURATING, MINIMAX } GeneratorLoss;
#define LOSS_CHOICES "non-saturating|minimax"

// How a game is played.
typedef struct {
    int loss;          // a GeneratorLoss
    bool sgd;          // the generator's optimizer is plain SGD, not Adam
    float lr_g, lr_d;  // learning rates
    bool constant;     // they stay as they are; otherwise they fall linearly to 0
    int d_steps;       // steps of the discriminator before each one of the generator
    int head_start;    // and so many more before the first one
    float label;       // what the discriminator is told of real examples: 1, or 0.9
    float flip;        // probability that it is told the wrong thing
    float noise;       // deviation of the noise on all it sees, at the beginning …
    float noise_until; // … and the share of the game after which there is none
} Rules;

// Two networks that play against each other, and all that their next step depends on.
typedef struct {
    Rules rules;
    Net *G, *D;
    Optimizer *optimizer_G, *optimizer_D;
    long step, total;         // of the generator
    Rng stream, noise;        // where z comes from; instance noise and flipped labels
    float *z, *seen;          // (batch, G->in); (batch, D->in): what D gets to see
    float *targets, *dlogits; // (batch)
    float loss_d, loss_g;     // of the last steps
    GanTally tally;           // since the last row of the log
} Game;

// Takes the two networks over; at most D->batch examples a step.
Game *game_create(const Rules *rules, Net *G, Net *D, long total, uint64_t seed);
void game_free(Game *game);

// Names all of it to the state, under names that begin with `name`.
void game_keep(Game *game, State *state, const char *name);

// The two steps of which a game consists; real (n, D->in), z (n, G->in).
void discriminator_step(Game *game, const float *real, const float *z, int n);
void generator_step(Game *game, const float *z, int n);

// The next n latent vectors, (n, G->in), from N(0, I). They stay until the next call.
const float *latent(Game *game, int n);

// The loss of the generator on D's logits (n), and its gradient. Overwrites targets (n).
float generator_loss(float *dlogits, float *targets, const float *logits, GeneratorLoss kind,
                     int n);

// What the lesson can be asked for.
typedef enum { ALL_PARTS, PLANE_PART, LAB_PART, PICTURES_PART } Part;
#define PART_CHOICES "all|plane|lab|pictures"
#define PRESET_CHOICES "none|collapse|vanish|diverge"

typedef struct {
    RunOptions run;
    Rules rules;                       // of the game in the plane
    int part, preset, cloud, init;     // places in their lists of choices
    int steps, batch, width, depth;    // in the plane; of the hidden layers
    int epochs, picture_batch, images; // with pictures
    float picture_lr;
    int generate; // samples to write at the end
    bool summary;
} Settings;

enum { PIXELS = 784, Z_PICTURES = 100 };

// In plane.c: a game in the plane, or all those of the lab with it. In saturation.c: the generator's
// gradient behind a discriminator with a head start. In pictures.c: the game with pictures.
void plane(Run *run, State *state, const Settings *settings);
void saturation(Run *run, State *state, const Settings *settings);
void pictures(Run *run, State *state, const Settings *settings, const Dataset *test);

// In plane.c and pictures.c: scores a saved generator, and writes the samples that are asked for.
void plane_generator(Run *run, const Settings *settings, const char *model);
void picture_generator(Run *run, const Settings *settings, const char *model, const Dataset *test);

// The networks for pictures.
Net *picture_net(bool generator, int batch, uint64_t seed);

// A game in the plane under these rules. batch: examples a step.
Game *plane_game(const Settings *settings, const Rules *rules, int batch);

#endif
