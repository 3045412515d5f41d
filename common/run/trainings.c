#include "run/trainings.h"
#include "base/die.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOZEN = 12 };

Trainings *trainings_open(Run *run, State *state, const char *act, int n, int width) {
    Trainings *all = alloc_bytes(sizeof *all);
    size_t numbers = (size_t)n * (size_t)width;
    *all = (Trainings){ .run = run, .state = state, .act = act, .n = n, .width = width };
    all->figures = alloc_bytes(numbers * sizeof *all->figures);
    for (size_t i = 0; i < numbers; i++) {
        all->figures[i] = 0.0;
    }
    char place[64];
    snprintf(place, sizeof place, "%s_done", act);
    state_count(state, place, &all->done, n);
    snprintf(place, sizeof place, "%s_figures", act);
    state_doubles(state, place, all->figures, numbers);
    return all;
}

void trainings_close(Trainings *all) {
    free(all->figures);
    free(all);
}

// Trainings first to first + n - 1.
static void run_dozen(Trainings *all, Training one, const void *context, int first, int n) {
    long diverged[DOZEN];
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < n; i++) {
        double *figures = all->figures + (size_t)(first + i) * (size_t)all->width;
        for (int k = 0; k < all->width; k++) {
            figures[k] = 0.0; // one that was stopped in its middle begins anew
        }
        diverged[i] = one(context, first + i, figures);
    }
    for (int i = 0; i < n; i++) {
        if (diverged[i] > 0) {
            char where[96];
            snprintf(where, sizeof where, "%s, training %d of %d", all->act, first + i + 1, all->n);
            run_diverged(all->run, diverged[i], "the loss", where);
        }
    }
}

bool trainings_run(Trainings *all, Training one, const void *context) {
    if (state_begin(all->state, all->act)) {
        while (all->done < all->n && !run_stopped(all->run)) {
            int first = (int)all->done, n = all->n - first < DOZEN ? all->n - first : DOZEN;
            run_dozen(all, one, context, first, n);
            if (!run_stopped(all->run)) {
                all->done += n;
                run_progress(all->run, all->act, all->done, all->n, "%ld of %d trainings",
                             all->done, all->n);
                state_save(all->state);
            }
        }
        state_end(all->state, all->done == all->n);
    }
    return all->done == all->n;
}
