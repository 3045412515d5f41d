#ifndef LAB_H
#define LAB_H

#include "data/text.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int steps;          // of the GPT; other nets take no more than a quarter
    int seeds;          // of the tasks
    int ablation_seeds; // of the ablations
    int batch;          // sequences a step
    int context;
    int width, heads; // of the GPT
    float lr;
    int generate; // characters
    float temperature;
    const char *begin; // what the text begins with
    Show show;
} TransformerSettings;

enum { MOST_SEEDS = 20 };

// What all acts share.
typedef struct {
    Run *run;
    State *state;
    const TransformerSettings *settings;
    Text *text;
} Lab;

// The seed of the i-th repetition; the first one is the run's own.
uint64_t lab_seed(const Lab *lab, int i);

// So many steps, or a quarter of the GPT's if that is fewer; at least 2.
long lab_steps(const Lab *lab, long steps);

// Trainings that have nothing to do with each other. Opened before the acts: their figures are kept to
// the end of the run.
typedef struct {
    const char *act;
    int n, width; // width: figures of each
    long done;
    double *figures; // (n, width)
} Sweep;
Sweep *trainings_open(Lab *lab, const char *act, int n, int width);
void trainings_close(Sweep *all);

// Does them, each on one thread: one(lab, i, figures) is the i-th. It ends early if the run is stopped.
// Returns true when all are over.
typedef void (*OneOfMany)(const Lab *lab, int i, double *figures);
bool train_all(Lab *lab, Sweep *all, OneOfMany one);

// The learning rate of a step: it rises from 0 to lr over the first steps, and stays there.
float warmed_up(float lr, long step, long steps);

#endif
