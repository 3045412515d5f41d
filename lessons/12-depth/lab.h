#ifndef LAB_H
#define LAB_H

#include "data/dataset.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int steps, epochs, batch, images; // steps of a race; epochs of the best net
    float lr;                         // of the races with batch norm
    bool deeper;                      // also train nets of 18 and of 54 layers
    bool famous;                      // the famous networks' tables, and nothing else
    Show show;
} DepthSettings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

// What all acts share: the data.
typedef struct {
    Run *run;
    State *state;
    const DepthSettings *settings;
    Split images; // for training and validation
    Dataset *test;
} DepthLab;

DepthLab lab_open(Run *run, State *state, const DepthSettings *settings);
void lab_close(DepthLab *lab);

// Nets that are trained side by side, on the same batches. Some are shown pictures of several sizes.
enum { MOST_RACERS = 8, MOST_PARTS = 32, SIZES = 5 };

typedef struct {
    const char *name; // of its column in the log, and of its keys in summary.csv
    Net *net;
    Net *sized[SIZES]; // nets for other sizes, with net's parameters; NULL: always 28 × 28
    Optimizer *optimizer;
    // losses: since the last row, of the middle tenth of the steps, of the last fifth
    double sum, middle, last;
    // lengths of gradients by part of the net (gradients.c), if they are measured: in the first step,
    // and when they were measured last
    double first[MOST_PARTS], latest[MOST_PARTS];
    int diverged_at; // the step at which loss or gradient was not finite, or 0
} Racer;

// How the learning rate goes: down to 0 in a line; not at all; down to 0 from the middle on.
typedef enum { FALLING, EVEN, LATE } Rate;

typedef struct {
    DepthLab *lab;
    const char *name; // of the act; the log is log-NAME.csv
    bool first;       // or log.csv
    Racer racers[MOST_RACERS];
    int n;
    Rate rate;
    bool gradients; // measure them, and log them in log-gradients-NAME.csv
    long steps, done;
    long every, since; // steps from one row of the logs to the next; since the last one
    double middle_steps, last_steps;
    Batches batches;
    Rng size;            // which size the next batch has
    float *x[1 + SIZES]; // (batch, side, side): as they are, and in the size of this step
    int *labels;         // (batch)
    Log *log, *lengths;
} Race;

// A race over so many steps. race_add: takes over the net, and makes an optimizer for it.
void race_open(Race *race, DepthLab *lab, const char *name, long steps, Rate rate);
Racer *race_add(Race *race, const char *name, Net *net, OptimizerSpec spec);
void race_close(Race *race);

// Opens the logs and names all places to the state; then trains, to the end or until the run is
// stopped. True if it has come to the end.
bool race_run(Race *race);

// By what factor the gradient of a part (0: the first convolution, 1: the first block) is longer than
// that of the last block: in the first step, or when it was measured last.
double growth(const Racer *racer, int part, bool first);

// Mean losses of a racer; NaN if it has diverged.
double middle_loss(const Race *race, const Racer *racer);
double last_loss(const Race *race, const Racer *racer);

// The share of right answers on validation images, or on the test images; each thread takes whole
// nets.
void race_score(const Race *race, bool test, double accuracy[]);

// run_summary for the key PREFIX_name_SUFFIX.
void summarise(const Race *race, const Racer *racer, const char *what, double value);

#endif
