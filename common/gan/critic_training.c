#include "gan/critic_training.h"
#include "nn/checkpoint.h"

#include <math.h>

enum { ROWS = 20, COLUMNS = CRITIC_FIGURES + 1 }; // rows in an epoch; columns

void critic_training_begin(CriticTraining *t, PictureEval *eval, GanPair *pair, State *state,
                           long total) {
    *t = (CriticTraining){ .eval = eval, .pair = pair, .total = total };
    t->every = eval->per_epoch < ROWS ? 1 : eval->per_epoch / ROWS;
    t->log = log_open(eval->run, "log-pictures.csv", CRITIC_COLUMNS ",diversity");
    picture_eval_keep(eval, state);
    gan_pair_keep(pair, state, "game");
    state_doubles(state, "tally", (double *)&t->tally, GAN_TALLY);
    state_count(state, "critic_steps", &t->steps, total);
    if (eval->judged == 0) {
        picture_eval_judge(eval, pair->G, 0);
    }
}

bool critic_training_goes_on(const CriticTraining *t) {
    return t->steps < t->total && !run_stopped(t->eval->run);
}

bool critic_training_row_is_due(const CriticTraining *t) {
    return t->steps % t->every == 0 || t->steps == t->total;
}

bool critic_training_epoch_ends(const CriticTraining *t) {
    return t->steps % t->eval->per_epoch == 0;
}

void critic_training_write_row(CriticTraining *t) {
    Run *run = t->eval->run;
    double row[COLUMNS];
    critic_tally_row(row, &t->tally);
    row[CRITIC_FIGURES] = picture_eval_diversity(t->eval, t->pair->G);
    log_write(t->log, t->steps, row, COLUMNS);
    run_progress(run, "pictures", t->steps, t->total, "estimate %.3f diversity %.2f FID %.0f",
                 row[CRITIC_ESTIMATE], row[CRITIC_FIGURES], t->eval->verdict.fid);
    if (!isfinite(row[CRITIC_LOSS_D]) || !isfinite(row[CRITIC_FIGURES])) {
        run_diverged(run, t->steps, "a loss", gan_pair_find_nonfinite((char[100]){ 0 }, t->pair));
    }
}

bool critic_training_over(const CriticTraining *t) {
    return t->steps == t->total;
}

void critic_training_save(const CriticTraining *t) {
    Run *run = t->eval->run;
    picture_eval_show(t->eval, t->pair->G, "samples/clothes.png");
    checkpoint_save(run_path(run, "model.safetensors"), t->pair->G);
    checkpoint_save(run_path(run, "discriminator.safetensors"), t->pair->D);
}
