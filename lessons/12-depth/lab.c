/*
## Bookkeeping

What the acts share: the data, and a race of nets that see the same batches. Each thread takes whole nets, as in lesson 5. (If
there is one net only, the threads share the work inside it. The bytes are the same either way.) A net whose loss or gradient is
not finite has left the race: it is emptied, and its field in the log stays empty.
*/

#include "acts.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

DepthLab lab_open(Run *run, State *state, const DepthSettings *s) {
    DepthLab lab = { .run = run, .state = state, .settings = s };
    lab.images = split_open(s->run.data, s->images, s->run.seed);
    lab.test = dataset_load(s->run.data, TEST_SET);
    return lab;
}

void lab_close(DepthLab *lab) {
    split_close(&lab->images);
    dataset_free(lab->test);
}

void race_open(Race *r, DepthLab *lab, const char *name, long steps, Rate rate) {
    const DepthSettings *s = lab->settings;
    *r = (Race){ .lab = lab, .name = name, .rate = rate, .steps = steps > 0 ? steps : 1 };
    r->every = r->steps < 20 ? 1 : r->steps < 500 ? r->steps / 20 : 25;
    r->batches = split_batches(&lab->images, s->batch, s->run.seed);
    r->size = rng_create(s->run.seed, RNG_SAMPLE);
    r->labels = alloc_bytes((size_t)s->batch * sizeof *r->labels);
    r->x[0] = alloc_floats((size_t)s->batch * PIXELS);
}

Racer *race_add(Race *r, const char *name, Net *net, OptimizerSpec spec) {
    require(r->n < MOST_RACERS, "more than %d nets in a race", MOST_RACERS);
    Racer *racer = &r->racers[r->n++];
    *racer = (Racer){ .name = name, .net = net };
    racer->optimizer = optimizer_create(spec, net->n_params);
    return racer;
}

void race_close(Race *r) {
    for (int i = 0; i < r->n; i++) {
        for (int k = 0; k < SIZES; k++) {
            net_free(r->racers[i].sized[k]);
        }
        net_free(r->racers[i].net);
        optimizer_free(r->racers[i].optimizer);
    }
    for (int k = 0; k <= SIZES; k++) {
        free(r->x[k]);
    }
    batches_free(&r->batches);
    free(r->labels);
}

// What the next step, the next row and the summary depend on.
static void name_places(Race *r) {
    State *state = r->lab->state;
    char place[64];
    state_count(state, "done", &r->done, r->steps);
    state_count(state, "since", &r->since, r->steps);
    state_batches(state, "batches", &r->batches);
    state_rng(state, "size", &r->size);
    state_doubles(state, "middle_steps", &r->middle_steps, 1);
    state_doubles(state, "last_steps", &r->last_steps, 1);
    for (int i = 0; i < r->n; i++) {
        Racer *racer = &r->racers[i];
        state_net(state, racer->name, racer->net);
        snprintf(place, sizeof place, "%s.optimizer", racer->name);
        state_optimizer(state, place, racer->optimizer);
        snprintf(place, sizeof place, "%s.sum", racer->name);
        state_doubles(state, place, &racer->sum, 1);
        snprintf(place, sizeof place, "%s.middle", racer->name);
        state_doubles(state, place, &racer->middle, 1);
        snprintf(place, sizeof place, "%s.last", racer->name);
        state_doubles(state, place, &racer->last, 1);
        snprintf(place, sizeof place, "%s.first", racer->name);
        state_doubles(state, place, racer->first, MOST_PARTS);
        snprintf(place, sizeof place, "%s.latest", racer->name);
        state_doubles(state, place, racer->latest, MOST_PARTS);
        snprintf(place, sizeof place, "%s.diverged_at", racer->name);
        state_ints(state, place, &racer->diverged_at, 1);
    }
}

static void open_logs(Race *r) {
    char name[64], columns[4096] = "";
    size_t length = 0;
    for (int i = 0; i < r->n; i++) {
        length += (size_t)snprintf(columns + length, sizeof columns - length, "%s%s<", i ? "," : "",
                                   r->racers[i].name);
    }
    snprintf(name, sizeof name, "log-%s.csv", r->name);
    r->log = log_open(r->lab->run, r->first ? "log.csv" : name, columns);
    length = 0;
    for (int i = 0; r->gradients && i < r->n; i++) {
        double ignored[MOST_PARTS];
        int parts = part_gradients(ignored, r->racers[i].net);
        for (int p = 0; p < parts; p++) {
            length += (size_t)snprintf(columns + length, sizeof columns - length, "%s%s_%d",
                                       length ? "," : "", r->racers[i].name, p);
        }
    }
    if (r->gradients) {
        snprintf(name, sizeof name, "log-gradients-%s.csv", r->name);
        r->lengths = log_open(r->lab->run, name, columns);
    }
}

static void empty(Racer *racer) {
    Net *net = racer->net;
    Optimizer *o = racer->optimizer;
    memset(net->params, 0, net->n_params * sizeof *net->params);
    for (size_t i = 0; i < net->n_state; i++) {
        net->state[i] = 1.0f; // a variance of 1
    }
    if (o->first) {
        memset(o->first, 0, o->n * sizeof *o->first);
    }
    if (o->second) {
        memset(o->second, 0, o->n * sizeof *o->second);
    }
}

static float rate_at(const Race *r, float lr) {
    long half = r->steps / 2;
    switch (r->rate) {
    case FALLING:
        return schedule_lr(LINEAR_DECAY, lr, r->done, r->steps);
    case LATE:
        return r->done < half ? lr : schedule_lr(LINEAR_DECAY, lr, r->done - half, r->steps - half);
    default:
        return lr;
    }
}

/*
A step of one net: forward, loss, backward, step. Where gradients are measured, it is done between the last two.
*/

typedef struct {
    int n, size; // pictures; place of their size among `sized`
    bool middle, last, measured;
} Step;

static void one_step(Race *r, Racer *racer, const Step *step, float factor) {
    Net *net = racer->sized[0] ? racer->sized[step->size] : racer->net;
    const float *x = r->x[racer->sized[0] ? 1 + step->size : 0];
    const float *logits = net_forward(net, x, step->n, TRAIN);
    float loss = softmax_cross_entropy(net->dy, logits, r->labels, step->n, CLASSES);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    if (!isfinite(loss) || !isfinite(net_gradient_length(net))) {
        racer->diverged_at = (int)r->done + 1;
        empty(racer);
        return;
    }
    if (step->measured) {
        part_gradients(racer->latest, net);
        if (r->done == 0) {
            memcpy(racer->first, racer->latest, sizeof racer->first);
        }
    }
    float lr = racer->optimizer->spec.lr;
    racer->optimizer->spec.lr = lr * factor;
    optimizer_step(racer->optimizer, net->params, net->grads);
    racer->optimizer->spec.lr = lr;
    racer->sum += (double)loss;
    racer->middle += step->middle ? (double)loss : 0.0;
    racer->last += step->last ? (double)loss : 0.0;
}

static void write_losses(Race *r) {
    double loss[MOST_RACERS];
    for (int i = 0; i < r->n; i++) {
        loss[i] = r->racers[i].diverged_at ? NAN : r->racers[i].sum / (double)r->since;
        r->racers[i].sum = 0.0;
    }
    log_write(r->log, r->done, loss, (size_t)r->n);
    r->since = 0;
    run_progress(r->lab->run, r->name, r->done, r->steps, "%s %.3f", r->racers[r->n - 1].name,
                 loss[r->n - 1]);
}

static void write_lengths(Race *r) {
    double row[MOST_RACERS * MOST_PARTS];
    size_t n = 0;
    for (int i = 0; i < r->n; i++) {
        double ignored[MOST_PARTS];
        int parts = part_gradients(ignored, r->racers[i].net);
        for (int p = 0; p < parts; p++) {
            row[n++] = r->racers[i].diverged_at ? NAN : r->racers[i].latest[p];
        }
    }
    log_write(r->lengths, r->done, row, n);
}

// The batch in the size of this step, for those that want it.
static int choose_size(Race *r, int n) {
    int size = 0;
    if (r->x[1]) {
        size = (int)rng_below(&r->size, SIZES);
        int side = r->racers[r->n - 1].sized[size]->in.height;
        zoom(r->x[1 + size], r->x[0], n, SIDE, side);
    }
    return size;
}

bool race_run(Race *r) {
    name_places(r);
    open_logs(r);
    while (r->done < r->steps && !run_stopped(r->lab->run)) {
        Step step = { .n = batches_next_endless(&r->batches, r->x[0], r->labels) };
        step.size = choose_size(r, step.n);
        step.measured = r->gradients && r->done % r->every == 0;
        step.middle = labs(2 * r->done - r->steps) <= r->steps / 10 + 1; // the middle tenth
        step.last = r->steps - r->done <= (r->steps + 4) / 5;            // the last fifth
        r->middle_steps += step.middle;
        r->last_steps += step.last;
        float factor = rate_at(r, 1.0f);
#pragma omp parallel for schedule(dynamic, 1) if (r->n > 1)
        for (int i = r->n - 1; i >= 0; i--) { // the large nets, which come last, begin
            if (!r->racers[i].diverged_at) {
                one_step(r, &r->racers[i], &step, factor);
            }
        }
        if (step.measured) {
            write_lengths(r);
        }
        r->done++;
        r->since++;
        long left = r->steps - r->done; // a last row of few steps would be mostly noise
        if (left == 0 || (r->done % r->every == 0 && 2 * left >= r->every)) {
            write_losses(r);
            state_save(r->lab->state);
        }
    }
    return r->done == r->steps;
}

double growth(const Racer *racer, int part, bool first) {
    double ignored[MOST_PARTS];
    const double *length = first ? racer->first : racer->latest;
    return length[part] / length[part_gradients(ignored, racer->net) - 1];
}

double middle_loss(const Race *r, const Racer *racer) {
    return racer->diverged_at ? NAN : racer->middle / r->middle_steps;
}

double last_loss(const Race *r, const Racer *racer) {
    return racer->diverged_at ? NAN : racer->last / r->last_steps;
}

void race_score(const Race *r, bool test, double accuracy[]) {
    const Split *images = &r->lab->images;
    const Dataset *pictures = r->lab->test;
#pragma omp parallel for schedule(dynamic, 1) if (r->n > 1)
    for (int i = 0; i < r->n; i++) {
        Net *net = r->racers[i].net;
        Score score = test ? evaluate(net, pictures, NULL, pictures->n)
                           : evaluate(net, images->data, images->order, images->n_valid);
        accuracy[i] = (double)score.accuracy;
    }
}

void summarise(const Race *r, const Racer *racer, const char *what, double value) {
    char key[96];
    if (isfinite(value)) {
        snprintf(key, sizeof key, "%s_%s_%s", r->name, racer->name, what);
        for (char *c = key; *c; c++) {
            *c = *c == '-' ? '_' : *c;
        }
        run_summary(r->lab->run, key, value);
    }
}
