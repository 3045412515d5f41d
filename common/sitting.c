#include "sitting.h"
#include "checkpoint.h"

#include <math.h>

enum { ROWS = 20, COLUMNS = CRITIC_FIGURES + 1 }; // rows in an epoch; columns

void sitting_begin(Sitting *s, Studio *studio, Duel *duel, State *state, long total) {
    *s = (Sitting){ .studio = studio, .duel = duel, .state = state, .total = total };
    s->every = studio->per_epoch < ROWS ? 1 : studio->per_epoch / ROWS;
    s->log = log_open(studio->run, "log-pictures.csv", CRITIC_COLUMNS ",diversity");
    studio_keep(studio, state);
    duel_keep(duel, state, "game");
    state_doubles(state, "tally", (double *)&s->tally, CRITIC_TALLY);
    state_longs(state, "critic_steps", &s->steps, 1);
    if (s->steps == 0) {
        studio_judge(studio, duel->G, 0);
    }
}

bool sitting_goes_on(const Sitting *s) {
    return s->steps < s->total && !run_stopped(s->studio->run);
}

static void write_row(Sitting *s) {
    Run *run = s->studio->run;
    double row[COLUMNS];
    critic_tally_row(row, &s->tally);
    row[CRITIC_FIGURES] = studio_diversity(s->studio, s->duel->G);
    log_write(s->log, s->steps, row, COLUMNS);
    run_progress(run, "pictures", s->steps, s->total, "estimate %.3f diversity %.2f FID %.0f",
                 row[ESTIMATE], row[CRITIC_FIGURES], s->studio->verdict.fid);
    if (!isfinite(row[LOSS_D]) || !isfinite(row[CRITIC_FIGURES])) {
        run_diverged(run, s->steps, "a loss",
                     gan_find_nonfinite((char[100]){ 0 }, s->duel->G, s->duel->D));
    }
}

void sitting_record(Sitting *s) {
    s->steps++;
    if (s->steps % s->every == 0 || s->steps == s->total) {
        write_row(s);
    }
    if (s->steps % s->studio->per_epoch == 0) {
        studio_judge(s->studio, s->duel->G, s->steps);
        state_save(s->state);
    }
}

bool sitting_end(Sitting *s) {
    Run *run = s->studio->run;
    bool over = s->steps == s->total;
    if (over) {
        studio_show(s->studio, s->duel->G, "samples/clothes.png");
        checkpoint_save(run_path(run, "model.safetensors"), s->duel->G);
        checkpoint_save(run_path(run, "discriminator.safetensors"), s->duel->D);
    }
    return over;
}
