#ifndef ACTS_H
#define ACTS_H

#include "gan/gan_images.h"
#include "gan/gan_pair.h"
#include "gan/gan_tally.h"
#include "gan/picture_eval.h"
#include "run/show.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, blind_epochs; // of the game, and of the one whose discriminator sees no label
    int batch, images, width; // width: the F of the tables
    int steer, walk;          // a class to steer towards, and in how many steps
    int thin;                 // a class that has a tenth of its pictures, or -1
    int generate;             // pictures to write at the end
    float lr, beta1;
    Show show;
} ConditionalSettings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, LATENT = 64, CLASSES = JUDGE_CLASSES };

// What is asked for, and how often the judge agrees. All doubles, so that a state keeps it.
typedef struct {
    Verdict verdict;
    double consistency; // share of the samples that are taken for what was asked for
    double confusion[CLASSES][CLASSES]; // of each class asked for, the shares taken for each
} ConditionalScore;

// Inputs with labels (conditional-gan.c): zy (n, LATENT + CLASSES), z and a one-hot vector beside
// it; xy (n, 1 + CLASSES, SIDE, SIDE), a picture and ten constant planes behind it.
void beside(float *zy, const float *z, const int *labels, int n);
void behind(float *xy, const float *x, const int *labels, int n);

// The pair. seeing: the discriminator sees the label.
GanPair *conditional_pair(const ConditionalSettings *settings, bool seeing, long total);

// How far a dense layer's answer to z with a one-hot vector is from that to z with a bias for the class.
double check_embedding(Rng *rng);

// n pictures from the run's samples stream and their labels (n), as many of each class. The caller
// frees them.
uint8_t *sample_classes(uint8_t *labels, Run *run, Net *G, int n);

// The Fréchet distance of each class by itself: of the samples of that class (n, with labels) to the
// test pictures that have it. Each needs more than 84 pictures on either side; NaN where there are fewer.
void class_distances(double fid[CLASSES], Judge *judge, const Dataset *test, const uint8_t *images,
                     const uint8_t *labels, int n);

// Scores n samples of a generator, as many of each class, from the run's samples stream.
ConditionalScore score_of(Run *run, Judge *judge, Net *G, int n);

// The two steps of the game (conditional-gan.c), on real pictures (n, PIXELS), their labels and zy; made:
// what G has made of it. xy: room for (n, D->in).
typedef struct {
    GanPair *pair;
    GanTally tally;
    float *zy, *xy, *dmade; // (batch, G->in), (batch, D->in), (batch, PIXELS)
    const float *made;      // (batch, PIXELS): what G has made of zy
    float loss_d, loss_g;   // of the last steps
    bool seeing;
} ConditionalGame;
ConditionalGame game_create(const ConditionalSettings *settings, bool seeing, long total);
void game_free(ConditionalGame *game);
void make_fakes(ConditionalGame *game, const int *labels, int n);
void discriminator_step(ConditionalGame *game, const float *real, const int *labels, int n);
void generator_step(ConditionalGame *game, const int *labels, int n);

// A round: the next real pictures, fakes with their labels, a step of either network.
void play_round(ConditionalGame *game, PictureEval *eval);

// The acts: the game, with labels for both or for the generator alone (game.c); steering (walks.c).
void play(Run *run, State *state, const ConditionalSettings *settings, const Dataset *test,
          bool seeing);
void steer(Run *run, State *state, const ConditionalSettings *settings, const Dataset *test);

// Steering (steer.c). The networks that are asked: a generator, the judge, and a discriminator that
// was trained against the generator; at most WALKERS rows at a time.
enum { WALKERS = 100, ROW = LATENT + CLASSES };
#define STRIDE 0.1f // length of a step in z
typedef enum { UPHILL, ON_SHELL, EVEN, AT_RANDOM, WAYS } SteeringWay;
typedef struct {
    Net *G, *judge, *D;
    float *pictures, *d; // (WALKERS, PIXELS) each
} Guides;

// Pictures in [0, 1] of zy (n, ROW), in guides->pictures, and the judge's logits (n, CLASSES).
const float *looked_at(Guides *guides, const float *zy, int n);

// Gradients with respect to zy (n, ROW): of the sum of log p(target | G(z)), of each picture's mean
// brightness.
const float *uphill(Guides *guides, const float *zy, const int *targets, int n);
const float *brighter(Guides *guides, const float *zy, int n);

// Takes away from `to` (n, ROW) its part along `off`, in z.
void remove_along(float *to, const float *off, int n);

// A step of zy (n, ROW) towards the targets. direction (n, ROW): for AT_RANDOM alone.
void one_step(Guides *guides, float *zy, const float *direction, const int *targets,
              SteeringWay way, int n);

#endif
