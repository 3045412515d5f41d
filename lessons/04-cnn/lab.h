#ifndef LAB_H
#define LAB_H

#include "data/dataset.h"
#include "nn/net.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int epochs, batch, images; // images: how many of the 60,000 to use
    float lr;
    Show show;
} CnnSettings;

enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };

// What all acts share: the data, and room for a batch.
typedef struct {
    Run *run;
    State *state;
    const CnnSettings *settings;
    Split images; // for training and validation
    float *x;     // (batch, PIXELS)
    int *labels;  // (batch)
} CnnLab;

CnnLab lab_open(Run *run, State *state, const CnnSettings *settings);
void lab_close(CnnLab *lab);

enum { SANDAL = 5, BOOT = 9 };

// The place in lab->images.data of the first validation image of a class; of the first one of all if
// there is none.
int first_of_class(const CnnLab *lab, int class);

// A net that is trained, and what becomes of it.
typedef struct {
    const char *name, *log, *suffix; // suffix: of its keys in summary.csv
    bool save;                       // as model.safetensors
} CnnCandidate;

// How far a training has come, and what has been measured since the last row of its log.
typedef struct {
    CnnLab *lab;
    const char *name;
    Log *log;
    long per_epoch, total, every, done; // steps; every: from one row to the next
    double loss_sum, correct, seen;
} Progress;

// Opens the log and names the places to the state.
void progress_open(Progress *p, CnnLab *lab, const CnnCandidate *who);

// After each step: its mean loss, and right answers, of n images. Writes a row when one is due; at the
// end of an epoch looks at the validation images and saves the state. A loss that is not finite ends
// the run.
void progress_step(Progress *p, Net *net, float loss, int correct, int n);

// After the last one: scores the net, and saves it if it is to be saved.
void report(CnnLab *lab, const CnnCandidate *who, Net *net);

#endif
