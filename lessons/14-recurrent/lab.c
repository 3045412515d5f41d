/*
## Bookkeeping

The parts of the text, and the steps of a short run.
*/

#include "lab.h"

#include <stdlib.h>

RecurrentLab lab_open(Run *run, State *state, const RecurrentSettings *s, Text *text) {
    RecurrentLab lab = { .run = run, .state = state, .settings = s, .text = text };
    lab.train = text_part(lab.text, TEXT_TRAIN, &lab.n_train);
    lab.valid = text_part(lab.text, TEXT_VALID, &lab.n_valid);
    lab.test = text_part(lab.text, TEXT_TEST, &lab.n_test);
    lab.held_out = text_part(lab.text, TEXT_HELD_OUT, &lab.n_held_out);
    return lab;
}

void lab_close(RecurrentLab *lab) {
    free(lab->train);
    free(lab->valid);
    free(lab->test);
    free(lab->held_out);
}

long lab_steps(const RecurrentLab *lab, long usual) {
    long steps = usual * lab->settings->steps / USUAL_STEPS;
    return steps < 2 ? 2 : steps;
}
