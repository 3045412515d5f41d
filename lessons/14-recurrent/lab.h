#ifndef LAB_H
#define LAB_H

#include "data/text.h"
#include "measure/language.h"
#include "nn/net.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"
#include "run/trainings.h"

// What the lesson can be asked for.
typedef struct {
    RunOptions run;
    int steps;  // of the networks that learn the text; the other trainings are scaled with it
    int layers; // of the main one
    float lr;   // their learning rate at the beginning; it falls to 0
    const char *pictures; // for the picture that is read row by row
    WritingOptions writing;
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

#endif
