/*
## Bookkeeping

What the acts share, and what a training writes down: ten rows an epoch, with the sums since the row before, and in the
end the scores.
*/

#include "lab.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

CnnLab lab_open(Run *run, State *state, const CnnSettings *s) {
    CnnLab lab = { .run = run, .state = state, .settings = s };
    lab.images = split_open(s->run.data, s->images, s->run.seed);
    lab.x = alloc_floats((size_t)s->batch * PIXELS);
    lab.labels = alloc_bytes((size_t)s->batch * sizeof *lab.labels);
    return lab;
}

void lab_close(CnnLab *lab) {
    split_close(&lab->images);
    free(lab->x);
    free(lab->labels);
}

int first_of_class(const CnnLab *lab, int class) {
    const Split *images = &lab->images;
    for (int i = 0; i < images->n_valid; i++) {
        if (images->data->labels[images->order[i]] == class) {
            return images->order[i];
        }
    }
    return images->order[0];
}

void progress_open(Progress *p, CnnLab *lab, const CnnCandidate *who) {
    long per_epoch = (lab->images.n_train + lab->settings->batch - 1) / lab->settings->batch;
    *p = (Progress){
        .lab = lab,
        .name = who->name,
        .log =
            log_open(lab->run, who->log, "train_loss<,train_accuracy>,valid_loss<,valid_accuracy>"),
        .per_epoch = per_epoch,
        .total = per_epoch * lab->settings->epochs,
        .every = per_epoch < 10 ? 1 : per_epoch / 10,
    };
    state_count(lab->state, "done", &p->done, p->total);
    state_doubles(lab->state, "loss_sum", &p->loss_sum, 1);
    state_doubles(lab->state, "correct", &p->correct, 1);
    state_doubles(lab->state, "seen", &p->seen, 1);
}

static void write_row(Progress *p, Net *net, bool epoch_over) {
    const Split *images = &p->lab->images;
    Score valid = { NAN, NAN };
    if (epoch_over) {
        valid = evaluate(net, images->data, images->order, images->n_valid);
    }
    double loss = p->loss_sum / p->seen, accuracy = p->correct / p->seen;
    log_row(p->log, p->done, loss, accuracy, valid.loss, valid.accuracy);
    run_progress(p->lab->run, p->name, p->done, p->total, "loss %.3f  accuracy %.3f", loss,
                 accuracy);
    p->loss_sum = p->correct = p->seen = 0.0;
}

void progress_step(Progress *p, Net *net, float loss, int correct, int n) {
    p->done++;
    if (!isfinite(loss)) {
        run_diverged(p->lab->run, p->done, "the loss", net_find_nonfinite(net));
    }
    p->loss_sum += (double)loss * n;
    p->correct += correct;
    p->seen += n;
    bool epoch_over = p->done % p->per_epoch == 0;
    if (epoch_over || p->done % p->per_epoch % p->every == 0) {
        write_row(p, net, epoch_over);
    }
    if (epoch_over) {
        state_save(p->lab->state);
    }
}

void report(CnnLab *lab, const CnnCandidate *who, Net *net) {
    Score valid = evaluate(net, lab->images.data, lab->images.order, lab->images.n_valid);
    char key[64];
    snprintf(key, sizeof key, "valid_loss%s", who->suffix);
    run_summary(lab->run, key, valid.loss);
    snprintf(key, sizeof key, "valid_accuracy%s", who->suffix);
    run_summary(lab->run, key, valid.accuracy);
    run_say(lab->run, "%-8s %6zu parameters: validation loss %.4f, accuracy %.4f", who->name,
            net->n_params, (double)valid.loss, (double)valid.accuracy);
    if (who->save) {
        checkpoint_save(run_path(lab->run, "model.safetensors"), net);
    }
}
