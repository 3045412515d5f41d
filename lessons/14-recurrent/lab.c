/*
## Bookkeeping

The parts of the text, the steps of a short run, and many trainings side by side.
*/

#include "lab.h"
#include "base/die.h"

#include <stdio.h>
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

uint64_t lab_seed(const RecurrentLab *lab, int k) {
    return (uint64_t)lab->settings->run.seed + 1000003 * (uint64_t)k;
}

/*
**Many trainings.** They have nothing to do with each other, so each thread takes whole ones, and inside of one the library's
kernels use one thread. Between two groups of them the state is saved.
*/

enum { GROUP = 12 };

Trials *trainings_open(RecurrentLab *lab, const char *act, int n, int each) {
    Trials *all = alloc_bytes(sizeof *all);
    *all = (Trials){ .act = act, .n = n, .each = each };
    all->figures = alloc_bytes((size_t)(n * each) * sizeof *all->figures);
    for (int i = 0; i < n * each; i++) {
        all->figures[i] = 0.0;
    }
    char place[64];
    snprintf(place, sizeof place, "%s_done", act);
    state_count(lab->state, place, &all->done, n);
    snprintf(place, sizeof place, "%s_figures", act);
    state_doubles(lab->state, place, all->figures, (size_t)(n * each));
    return all;
}

void trainings_close(Trials *all) {
    free(all->figures);
    free(all);
}

bool train_all(RecurrentLab *lab, Trials *all, OneTraining one, const void *context) {
    if (state_begin(lab->state, all->act)) {
        while (all->done < all->n && !run_stopped(lab->run)) {
            int first = (int)all->done, group = all->n - first < GROUP ? all->n - first : GROUP;
#pragma omp parallel for schedule(dynamic, 1)
            for (int i = 0; i < group; i++) {
                double *figures = all->figures + (first + i) * all->each;
                for (int k = 0; k < all->each; k++) {
                    figures[k] = 0.0; // a training that was stopped in its middle begins anew
                }
                one(lab, context, first + i, figures);
            }
            if (!run_stopped(lab->run)) {
                all->done += group;
                run_progress(lab->run, all->act, all->done, all->n, "trainings");
                state_save(lab->state);
            }
        }
        state_end(lab->state, all->done == all->n);
    }
    return all->done == all->n;
}
