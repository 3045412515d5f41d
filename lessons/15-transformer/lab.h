#ifndef LAB_H
#define LAB_H

#include "data/text.h"
#include "measure/language.h"
#include "nn/net.h"
#include "nn/optimizer.h"
#include "run/runlog.h"
#include "run/show.h"
#include "run/state.h"
#include "run/trainings.h"

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
    WritingOptions writing;
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

// So many steps, or a quarter of the GPT's if that is fewer; at least 2.
long lab_steps(const Lab *lab, long steps);

// The learning rate of a step: it rises from 0 to lr over the first steps, and stays there.
float warmed_up(float lr, long step, long steps);

#endif
