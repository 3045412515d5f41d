#ifndef LAB_H
#define LAB_H

#include "data/augment.h"
#include "data/dataset.h"
#include "measure/evaluate.h"
#include "nn/net.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"
#include "run/trainings.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int steps, batch, seeds, images; // images: how many of the 60,000 to use
    float lr, weight;                // weight: of the second task's loss
    Show show;
} FewSettings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10, MOST_SEEDS = 20 };

// What all acts share: the pictures. Some are held out and judge, the others can be learned from.
typedef struct {
    Run *run;
    State *state;
    const FewSettings *settings;
    Dataset *data;
    int *order; // (data->n) places of all pictures, in random order
    const int *held, *pool;
    int n_held, n_pool;
} FewLab;

FewLab lab_open(Run *run, State *state, const FewSettings *settings);
void lab_close(FewLab *lab);

// The classes that a net has to tell apart. Its labels count from the first one.
typedef struct {
    int first, last;
} Classes;
static const Classes ALL_TEN = { 0, 9 }, OLD = { 0, 4 }, NEW = { 5, 9 };

// The first `each` pictures of every one of these classes in the order of this seed (fewer where there
// are no more), so that the pictures of a small number are among those of a larger one. Writes their
// places to index (n_pool) and returns how many.
int choose(const FewLab *lab, int seed, Classes classes, int each, int *index);

// Walks through them in batches.
Batches few_batches(const FewLab *lab, int seed, Classes classes, int each);

// Scores a net on the held-out pictures of these classes, changed as it says (NULL: as they are).
Score judge(const FewLab *lab, Net *net, Classes classes, const Augmentation *how);

// The figures of a training: mean loss and accuracy on held-out pictures, the training loss of its last
// tenth, and a further figure of the act's own.
enum { LOSS, ACCURACY, TRAIN_LOSS, MORE, FIGURES };

// Mean, least and most of one figure over the seeds, which lie side by side: figures (seeds, FIGURES).
typedef struct {
    double mean, least, most;
} Band;
Band band(const FewLab *lab, const double *figures, int figure);

// summary.csv: KEY, KEY_least, KEY_most.
void summarise_band(const FewLab *lab, const char *key, Band band);

// A log over the number of pictures: for each of n names the bands of loss and accuracy, NAME_loss,
// NAME_loss_least, NAME_loss_most, NAME_accuracy and so on. of(context, name, size) gives the figures
// (seeds, FIGURES), or NULL where nothing was trained.
typedef const double *(*FiguresOf)(const void *context, int name, int size);
void log_bands(FewLab *lab, const char *file, const char *const *names, int n, const int *pictures,
               int sizes, FiguresOf of, const void *context);

#endif
