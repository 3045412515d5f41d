/*
## Bookkeeping

Which pictures are used for what, and how the figures of trainings become means and bands.

**Pictures.** All are put into random order. A sixth of them, at most 10,000, is held out: no training and no choice sees them,
and every figure of this lesson is measured on them. Few pictures are drawn from the others, for each seed in another order.
*/

#include "lab.h"
#include "base/die.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_HELD = 10000 };

FewLab lab_open(Run *run, State *state, const FewSettings *s) {
    FewLab lab = { .run = run, .state = state, .settings = s };
    lab.data = dataset_load(s->run.data, TRAIN_SET);
    int n = s->images < lab.data->n ? s->images : lab.data->n;
    lab.order = random_order(lab.data->n, rng_create((uint64_t)s->run.seed, RNG_DATA));
    lab.n_held = n / 6 < MOST_HELD ? n / 6 : MOST_HELD;
    lab.n_pool = n - lab.n_held;
    lab.held = lab.order;
    lab.pool = lab.order + lab.n_held;
    return lab;
}

void lab_close(FewLab *lab) {
    free(lab->order);
    dataset_free(lab->data);
}

static bool is_of(Classes classes, int label) {
    return label >= classes.first && label <= classes.last;
}

int choose(const FewLab *lab, int seed, Classes classes, int each, int *index) {
    int *order = random_order(lab->n_pool, rng_create(run_seed(lab->run, seed), RNG_DATA));
    int n = 0, taken[CLASSES] = { 0 };
    for (int i = 0; i < lab->n_pool; i++) {
        int place = lab->pool[order[i]], label = lab->data->labels[place];
        if (is_of(classes, label) && taken[label] < each) {
            taken[label]++;
            index[n++] = place;
        }
    }
    free(order);
    return n;
}

Batches few_batches(const FewLab *lab, int seed, Classes classes, int each) {
    int *index = alloc_bytes((size_t)lab->n_pool * sizeof *index);
    int n = choose(lab, seed, classes, each, index);
    require(n > 0, "no pictures of classes %d to %d", classes.first, classes.last);
    Batches batches = batches_create(lab->data, index, 0, n, lab->settings->batch,
                                     rng_create(run_seed(lab->run, seed), RNG_SHUFFLE));
    free(index);
    return batches;
}

Score judge(const FewLab *lab, Net *net, Classes classes, const Augmentation *how) {
    float *x = alloc_floats((size_t)net->batch * PIXELS);
    int *labels = alloc_bytes((size_t)net->batch * sizeof *labels);
    int *places = alloc_bytes((size_t)net->batch * sizeof *places);
    int total = 0, correct = 0, outputs = (int)shape_size(net->out);
    double loss = 0.0;
    Rng rng = rng_create((uint64_t)lab->settings->run.seed, RNG_SAMPLE);
    for (int next = 0; next < lab->n_held;) {
        int n = 0;
        for (; next < lab->n_held && n < net->batch; next++) {
            if (is_of(classes, lab->data->labels[lab->held[next]])) {
                places[n++] = lab->held[next];
            }
        }
        if (n > 0) {
            dataset_take(x, labels, lab->data, places, n);
            if (how) {
                augment(x, x, n, SIDE, SIDE, how, &rng);
            }
            for (int i = 0; i < n; i++) {
                labels[i] -= classes.first;
            }
            const float *logits = net_forward(net, x, n, EVAL);
            loss += (double)n * softmax_cross_entropy(NULL, logits, labels, n, outputs);
            correct += count_correct(logits, labels, n, outputs);
            total += n;
        }
    }
    free(x);
    free(labels);
    free(places);
    return (Score){ (float)(loss / total), (float)correct / (float)total };
}

// --- bands -----------------------------------------------------------------------------------------

Band band(const FewLab *lab, const double *figures, int figure) {
    int seeds = lab->settings->seeds;
    Band b = { 0.0, INFINITY, -INFINITY };
    for (int s = 0; s < seeds; s++) {
        double value = figures[s * FIGURES + figure];
        b.mean += value / seeds;
        b.least = fmin(b.least, value);
        b.most = fmax(b.most, value);
    }
    return b;
}

void summarise_band(const FewLab *lab, const char *key, Band b) {
    char name[96];
    run_summary(lab->run, key, b.mean);
    snprintf(name, sizeof name, "%s_least", key);
    run_summary(lab->run, name, b.least);
    snprintf(name, sizeof name, "%s_most", key);
    run_summary(lab->run, name, b.most);
}

void log_bands(FewLab *lab, const char *file, const char *const *names, int n, const int *sizes_of,
               int sizes, FiguresOf of, const void *context) {
    static const char *const ends[] = { "loss<",     "loss_least",     "loss_most",
                                        "accuracy>", "accuracy_least", "accuracy_most" };
    enum { COLUMNS = 6, MOST = 16 };
    char columns[MOST * COLUMNS * 40] = "";
    size_t length = 0;
    double values[MOST * COLUMNS];
    require(n <= MOST, "%d names", n);
    for (int i = 0; i < n * COLUMNS; i++) {
        length += (size_t)snprintf(columns + length, sizeof columns - length, "%s%s_%s",
                                   i ? "," : "", names[i / COLUMNS], ends[i % COLUMNS]);
    }
    Log *log = log_open(lab->run, file, columns);
    for (int size = 0; size < sizes; size++) {
        for (int i = 0; i < n; i++) {
            const double *figures = of(context, i, size);
            for (int k = 0; k < COLUMNS; k++) {
                Band b = { NAN, NAN, NAN };
                if (figures) {
                    b = band(lab, figures, k < 3 ? LOSS : ACCURACY);
                }
                values[i * COLUMNS + k] = k % 3 == 0 ? b.mean : k % 3 == 1 ? b.least : b.most;
            }
        }
        log_write(log, sizes_of[size], values, (size_t)(n * COLUMNS));
    }
}
