/*
## The laboratory

What the experiments share, and how their curves are recorded, logged and reported.
*/

#include "lab.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "nn/optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Net *make_net(const OptimizersSettings *s) {
    const LayerSpec table[] = { dense(s->hidden), tanh_(), dense(CLASSES), END };
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, s->batch, &rng);
    net_init(net, INIT_XAVIER, &rng);
    return net;
}

OptimizersLab lab_open(Run *run, const OptimizersSettings *s) {
    OptimizersLab lab = { .run = run, .settings = s };
    lab.images = split_open(s->run.data, s->images, s->run.seed);
    lab.net = make_net(s);
    lab.start = alloc_floats(lab.net->n_params);
    memcpy(lab.start, lab.net->params, lab.net->n_params * sizeof *lab.start);
    lab.x = alloc_floats((size_t)s->batch * PIXELS);
    lab.labels = alloc_bytes((size_t)s->batch * sizeof *lab.labels);
    return lab;
}

void lab_close(OptimizersLab *lab) {
    split_close(&lab->images);
    net_free(lab->net);
    free(lab->start);
    free(lab->x);
    free(lab->labels);
}

Batches fresh_batches(const OptimizersLab *lab, int batch) {
    return split_batches(&lab->images, batch, lab->settings->run.seed);
}

long steps_for(const OptimizersLab *lab, int batch, double epochs) {
    long per_epoch = (lab->images.n_train + batch - 1) / batch;
    return (long)ceil((double)per_epoch * epochs);
}

Recorder record_begin(Curve *curve) {
    return (Recorder){ .curve = curve, .began = clock_seconds() };
}

void record(Recorder *r, double loss, long done, long steps) {
    r->sum += loss;
    r->since++;
    if (r->point >= done * POINTS / steps) {
        return;
    }
    while (r->point < done * POINTS / steps) { // more than one in a short run
        r->curve->loss[r->point] = r->sum / (double)r->since;
        r->curve->seconds[r->point++] = clock_seconds() - r->began;
    }
    r->sum = 0.0;
    r->since = 0;
}

void record_end(Recorder *r, double missing) {
    for (; r->point < POINTS; r->point++) {
        r->curve->loss[r->point] = missing;
        r->curve->seconds[r->point] = NAN;
    }
}

void log_curves(Run *run, const char *name, const char *columns, const Curve *curves, int n,
                long steps) {
    Log *log = log_open(run, name, columns);
    for (int p = 0; p < POINTS; p++) {
        double losses[OPTIMIZER_KINDS];
        for (int c = 0; c < n; c++) {
            losses[c] = curves[c].loss[p];
        }
        log_write(log, ((p + 1) * steps + POINTS - 1) / POINTS, losses, (size_t)n);
    }
}

void write_seconds(Run *run, const char *name, const char *header, const Curve *curves, int n) {
    OutFile *file = file_create(run_path(run, "%s", name));
    fprintf(file_stream(file), "%s\n", header);
    for (int p = 0; p < POINTS; p++) {
        for (int c = 0; c < n; c++) {
            fprintf(file_stream(file), "%s%.4f,%.6g", c ? "," : "", curves[c].seconds[p],
                    curves[c].loss[p]);
        }
        fprintf(file_stream(file), "\n");
    }
    file_commit(file);
}

void report(OptimizersLab *lab, const char *act, const char *name, const Curve *curve) {
    if (run_stopped(lab->run)) {
        return; // Ctrl-C: this curve is not a whole one
    }
    char key[128];
    snprintf(key, sizeof key, "%s_%s_valid_loss", act, name);
    run_summary(lab->run, key, curve->valid.loss);
    snprintf(key, sizeof key, "%s_%s_valid_accuracy", act, name);
    run_summary(lab->run, key, curve->valid.accuracy);
    run_say(lab->run, "  %-8s %-12s valid loss %.4f  accuracy %.4f  %5.2f s", act, name,
            (double)curve->valid.loss, (double)curve->valid.accuracy, curve->seconds[POINTS - 1]);
}
