#ifndef CONDITIONAL_GAN_H
#define CONDITIONAL_GAN_H

#include "duel.h"
#include "gan.h"
#include "studio.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, blind_epochs; // of the game, and of the one whose discriminator sees no label
    int batch, images, width; // width: the F of the tables
    int steer, walk;          // a class to steer towards, and in how many steps
    int generate;             // pictures to write at the end
    float lr, beta1;
    bool summary;
} Settings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, LATENT = 64, CLASSES = JUDGE_CLASSES };

// What is asked for, and how often the judge agrees.
typedef struct {
    Verdict verdict;
    double consistency; // share of the samples that are taken for what was asked for
    double confusion[CLASSES][CLASSES]; // of each class asked for, the shares taken for each
} Score;

// Inputs with labels (conditional-gan.c): zy (n, LATENT + CLASSES), z and a one-hot vector beside
// it; xy (n, 1 + CLASSES, SIDE, SIDE), a picture and ten constant planes behind it.
void beside(float *zy, const float *z, const int *labels, int n);
void behind(float *xy, const float *x, const int *labels, int n);

// The pair. seeing: the discriminator sees the label.
Duel *make_duel(const Settings *settings, bool seeing, long total);

// Scores n samples of a generator, as many of each class, from the run's samples stream.
Score score_of(Run *run, Judge *judge, Net *G, int n);

// The two steps of the game (game.c), on real pictures (n, PIXELS), their labels and zy; made:
// what G has made of it. xy: room for (n, D->in).
typedef struct {
    Duel *duel;
    GanTally tally;
    float *zy, *xy, *dmade; // (batch, G->in), (batch, D->in), (batch, PIXELS)
    const float *made;      // (batch, PIXELS): what G has made of zy
    float loss_d, loss_g;   // of the last steps
    bool seeing;
} Game;
Game game_create(const Settings *settings, bool seeing, long total);
void game_free(Game *game);
void make_fakes(Game *game, const int *labels, int n);
void discriminator_step(Game *game, const float *real, const int *labels, int n);
void generator_step(Game *game, const int *labels, int n);

// The acts: the game, with labels for both or for the generator alone; what was learned; steering.
void play(Run *run, State *state, const Settings *settings, const Dataset *test, bool seeing);
void show(Run *run, const Settings *settings, const Dataset *test, const char *model);
void steer(Run *run, State *state, const Settings *settings, const Dataset *test);

#endif
