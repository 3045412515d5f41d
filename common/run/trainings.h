/*
# Many trainings side by side

A comparison has many trainings: eight ways, four numbers of pictures, three seeds. They have nothing to do with each other, so
each thread takes whole ones, and inside of one the library's kernels use one thread. No thread waits for another until the last
trainings, and since each has its own random streams, the bytes are the same on any number of threads.

Each training leaves a row of *figures*: a loss, an accuracy, points of a curve. After every dozen the rows are saved (see
[states](state.html)), so an interrupted run loses no more than a dozen trainings.

    Trainings *all = trainings_open(run, state, "models", n, FIGURES);   // before the acts: its figures are kept to the end
    …
    if (trainings_run(all, train_model, &lab)) {                         // an act of that name
        …                                                                // all->figures: (n, FIGURES)
    }
    trainings_close(all);
*/

#ifndef TRAININGS_H
#define TRAININGS_H

#include "run/runlog.h"
#include "run/state.h"

#include <stdbool.h>

typedef struct {
    Run *run;
    State *state;
    const char *act;
    int n, width; // width: figures of each
    long done;
    double *figures; // (n, width)
} Trainings;

// Names two places of the state, outside of acts. The act's name is kept, not copied. Dies if memory runs out.
Trainings *trainings_open(Run *run, State *state, const char *act, int n, int width);
void trainings_close(Trainings *all);

// The i-th training, on one thread, beside others: writes its figures (width), which are 0 when it begins. It ends
// early if the run is stopped. Returns 0, or the step at which its loss was NaN or infinite; the run then ends with
// a message (run_diverged).
typedef long (*Training)(const void *context, int i, double *figures);

// The act: does those that are not done yet. Returns true when all are over, false if the run was stopped.
bool trainings_run(Trainings *all, Training one, const void *context);

#endif
