#ifndef LAB_H
#define LAB_H

#include "data/text.h"
#include "nn/net.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int steps;  // of the networks that learn the text; the other trainings are scaled with it
    int layers; // of the main one
    float lr;   // their learning rate at the beginning; it falls to 0
    const char *pictures; // for the picture that is read row by row
    int generate;         // characters to write
    float temperature;
    const char *begin; // what the text begins with
    Show show;
} RecurrentSettings;

enum { USUAL_STEPS = 2500 };

// What all acts share.
typedef struct {
    Run *run;
    State *state;
    const RecurrentSettings *settings;
    Text *text;
    int *train, *valid, *test, *held_out; // symbols of the parts
    int n_train, n_valid, n_test, n_held_out;
} RecurrentLab;

RecurrentLab lab_open(Run *run, State *state, const RecurrentSettings *settings, Text *text);
void lab_close(RecurrentLab *lab);

// So many steps where a run with the usual --steps has `usual`: as many times more or fewer, at least 2.
long lab_steps(const RecurrentLab *lab, long usual);

// The k-th seed of the run; the first one is its own.
uint64_t lab_seed(const RecurrentLab *lab, int k);

// Trials that have nothing to do with each other, with `each` figures of every one. Opened before the
// acts: their figures are kept to the end of the run.
typedef struct {
    const char *act;
    int n, each;
    long done;
    double *figures; // (n, each)
} Trials;
Trials *trainings_open(RecurrentLab *lab, const char *act, int n, int each);
void trainings_close(Trials *all);

// Does them, each on one thread: one(lab, context, i, figures) is the i-th. It ends early if the run is
// stopped. Returns true when all are over.
typedef void (*OneTraining)(const RecurrentLab *lab, const void *context, int i, double *figures);
bool train_all(RecurrentLab *lab, Trials *all, OneTraining one, const void *context);

#endif
