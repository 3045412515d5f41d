#ifndef ACTS_H
#define ACTS_H

#include "data/dataset.h"
#include "gan/toy_games.h"
#include "run/state.h"
#include "run/show.h"

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
} VanillaRules;

// Two networks that play under these rules, and what the rules need.
typedef struct {
    VanillaRules rules;
    GanPair *pair; // not freed with the game
    Rng noise;     // where instance noise and flipped labels come from
    float *seen;   // (batch, D->in): what D gets to see
} VanillaGame;

// Takes the two networks over, in a pair; at most D->batch examples a step.
VanillaGame *game_create(const VanillaRules *rules, Net *G, Net *D, long total, uint64_t seed);
void game_free(VanillaGame *game);

// The two steps of which a game consists, on real (n, D->in), z (n, G->in); they return the losses.
float discriminator_step(VanillaGame *game, GanTally *tally, const float *real, const float *z,
                         int n);
float generator_step(VanillaGame *game, GanTally *tally, const float *z, int n);

// The loss of the generator on D's logits (n), and its gradient. Overwrites targets (n).
float generator_loss(float *dlogits, float *targets, const float *logits, GeneratorLoss kind,
                     int n);

// What the lesson can be asked for.
typedef enum { ALL_PARTS, PLANE_PART, LAB_PART, PICTURES_PART } VanillaPart;

typedef struct {
    RunOptions run;
    VanillaRules rules;                // of the game in the plane
    int part, preset, cloud, init;     // places in their lists of choices
    int steps, batch, width, depth;    // in the plane; of the hidden layers
    int epochs, picture_batch, images; // with pictures
    float picture_lr;
    int generate; // samples to write at the end
    Show show;
} VanillaSettings;

enum { PIXELS = 784, Z_PICTURES = 100 };

// Two dice, and the best discriminator of them (vanilla-gan.c).
void dice(Run *run, Rng rng);

// A game of the lab: what it is called, in the files and in words, and its rules (lab.c).
typedef struct {
    const char *name, *what;
    VanillaRules rules;
} Experiment;
enum { LAB = 9 };
extern const Experiment lab[LAB];

// The rules of that name. Aborts if there are none.
const VanillaRules *lab_rules(const char *name);

// The columns of a row behind those of GAN_COLUMNS.
enum { DIVERSITY = GAN_FIGURES, MODES, GOOD, FULLEST, EMD };

// What a detector says of a game, from the rows of its log; modes: of the data, 0 if they are not
// known.
typedef enum { HEALTHY, DIVERGED, VANISHED, COLLAPSED, MODES_MISSING, DIAGNOSES } Diagnosis;
extern const char *const diagnoses[DIAGNOSES];
Diagnosis diagnose(const double (*rows)[TOY_GAME_FIGURES], int n, int modes);

// In cycles.c: games of two numbers. In games.c: a game in the plane, or all those of the lab with it.
// In saturation.c: the generator's gradient behind a discriminator with a head start. In pictures.c:
// the game with pictures.
void cycles(Run *run, State *state);
void ring(Run *run, State *state, const VanillaSettings *settings);
void saturation(Run *run, State *state, const VanillaSettings *settings);
void pictures(Run *run, State *state, const VanillaSettings *settings, const Dataset *test);

// In games.c and pictures.c: scores a saved generator, and writes the samples that are asked for.
void toy_generator(Run *run, const VanillaSettings *settings, const char *model);
void picture_generator(Run *run, const VanillaSettings *settings, const char *model,
                       const Dataset *test);

// The networks for pictures.
Net *picture_net(bool generator, int batch, uint64_t seed);

// A game in the plane under these rules (ring.c), batch: examples a step; and its loop, up to a step.
VanillaGame *toy_game(const VanillaSettings *settings, const VanillaRules *rules, int batch);
void play_in_plane(ToyGame *toy, long until);

#endif
