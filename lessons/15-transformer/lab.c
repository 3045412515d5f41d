/*
## Bookkeeping

Seeds, steps, and many trainings side by side.
*/

#include "lab.h"
#include "base/die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t lab_seed(const Lab *lab, int i) {
    return (uint64_t)lab->settings->run.seed + 1000003 * (uint64_t)i;
}

long lab_steps(const Lab *lab, long steps) {
    long most = lab->settings->steps / 4;
    return steps < most ? steps : most > 2 ? most : 2;
}

float warmed_up(float lr, long step, long steps) {
    return step < steps ? lr * (float)(step + 1) / (float)steps : lr;
}

/*
**Many trainings.** They have nothing to do with each other, so each thread takes whole ones, and inside of one the library's
kernels use one thread. Between two groups of them the state is saved.
*/

enum { GROUP = 8 };

Sweep *trainings_open(Lab *lab, const char *act, int n, int width) {
    Sweep *all = alloc_bytes(sizeof *all);
    size_t numbers = (size_t)n * (size_t)width;
    *all = (Sweep){ .act = act, .n = n, .width = width };
    all->figures = alloc_bytes(numbers * sizeof *all->figures);
    for (size_t i = 0; i < numbers; i++) {
        all->figures[i] = 0.0;
    }
    char place[64];
    snprintf(place, sizeof place, "%s_done", act);
    state_count(lab->state, place, &all->done, n);
    snprintf(place, sizeof place, "%s_figures", act);
    state_doubles(lab->state, place, all->figures, numbers);
    return all;
}

void trainings_close(Sweep *all) {
    free(all->figures);
    free(all);
}

bool train_all(Lab *lab, Sweep *all, OneOfMany one) {
    if (state_begin(lab->state, all->act)) {
        while (all->done < all->n && !run_stopped(lab->run)) {
            int first = (int)all->done, group = all->n - first < GROUP ? all->n - first : GROUP;
#pragma omp parallel for schedule(dynamic, 1)
            for (int i = 0; i < group; i++) {
                double *figures = all->figures + (size_t)(first + i) * (size_t)all->width;
                for (int k = 0; k < all->width; k++) {
                    figures[k] = 0.0; // a training that was stopped in its middle begins anew
                }
                one(lab, first + i, figures);
            }
            if (!run_stopped(lab->run)) {
                all->done += group;
                run_progress(lab->run, all->act, all->done, all->n, "%ld of %d trainings",
                             all->done, all->n);
                state_save(lab->state);
            }
        }
        state_end(lab->state, all->done == all->n);
    }
    return all->done == all->n;
}
