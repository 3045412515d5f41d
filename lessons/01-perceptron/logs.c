/*
## What goes into the logs

All logs of the lesson have columns such as `hinge_loss`: a figure of each of the four rules. And a loss that is no
longer a number ends the run, with a word on whose it was.
*/

#include "logs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void add_columns(char *columns, size_t size, const char *prefix, const char *const *endings) {
    for (int r = 0; r < RULES; r++) {
        for (const char *const *ending = endings; *ending; ending++) {
            size_t used = strlen(columns);
            snprintf(columns + used, size - used, "%s%s%s_%s", used ? "," : "", prefix,
                     rules[r].name, *ending);
        }
    }
}

double mean_loss(Run *run, int epoch, const char *what, const Neuron *neuron, Measure m) {
    if (!isfinite(m.loss)) {
        char name[64], where[64];
        snprintf(name, sizeof name, "the %.20s loss on %.20s", neuron->rule->name, what);
        snprintf(where, sizeof where, "the weights of the %.20s neuron", neuron->rule->name);
        run_diverged(run, epoch, name, where);
    }
    return m.loss / m.n;
}
