#ifndef LAB_H
#define LAB_H

#include "data/dataset.h"
#include "measure/evaluate.h"
#include "nn/net.h"
#include "run/runlog.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images, hidden;
    float lr; // 0: each method's best rate of the sweep
} OptimizersSettings;

enum { PIXELS = 784, CLASSES = 10 };

// What is the same for all experiments.
typedef struct {
    Run *run;
    const OptimizersSettings *settings;
    Split images; // for training and validation
    Net *net;
    float *start; // (net->n_params): the initial weights of every experiment
    float *x;
    int *labels;
} OptimizersLab;

OptimizersLab lab_open(Run *run, const OptimizersSettings *settings);
void lab_close(OptimizersLab *lab);

Net *make_net(const OptimizersSettings *settings);
Batches fresh_batches(const OptimizersLab *lab, int batch);
long steps_for(const OptimizersLab *lab, int batch, double epochs);

// What comes out of an experiment: at POINTS places along the way the mean training loss since the
// place before, and the seconds that training has taken so far.
enum { POINTS = 40 };

typedef struct {
    double loss[POINTS], seconds[POINTS];
    Score valid;        // at the end
    double weight_norm; // at the end
} Curve;

// Fills a curve, step by step.
typedef struct {
    Curve *curve;
    int point;         // places filled
    double sum, began; // losses since the last place; seconds
    long since;        // steps since then
} Recorder;

Recorder record_begin(Curve *curve);
void record(Recorder *r, double loss, long done, long steps); // after step `done` of `steps`
void record_end(Recorder *r, double missing);                 // the loss of the places not reached

// Writes curves, a row for each place: the losses of n methods into a log, or for each curve two
// columns, seconds and loss, into a table.
void log_curves(Run *run, const char *name, const char *columns, const Curve *curves, int n,
                long steps);
void write_seconds(Run *run, const char *name, const char *header, const Curve *curves, int n);

// Adds a curve's end to the summary, and prints it.
void report(OptimizersLab *lab, const char *act, const char *name, const Curve *curve);

#endif
