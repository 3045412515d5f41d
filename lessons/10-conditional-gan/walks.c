/*
## The bookkeeping of the walks

What is measured along a walk, who walks where, what is written, and the strips of pictures.
*/

#include "acts.h"
#include "base/die.h"
#include "data/image.h"
#include "kernels/activation.h"
#include "nn/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRIPS = 8, STOPS = 11 };
enum { TARGET, BEFORE, BRIGHTNESS, DISTANCE, LENGTH, BELIEVED, MEASURES };

// What is measured along a walk, as means over the walkers.
static void measure(double *row, Guides *g, const float *zy, const float *start, const int *targets,
                    const int *classes, int n) {
    float p[WALKERS * CLASSES];
    memset(row, 0, MEASURES * sizeof *row);
    softmax_forward(p, looked_at(g, zy, n), n, CLASSES);
    for (int i = 0; i < n; i++) {
        const float *x = g->pictures + (size_t)i * PIXELS, *before = start + (size_t)i * PIXELS;
        double shade = 0.0, squares = 0.0;
        for (int k = 0; k < PIXELS; k++) {
            shade += ((double)x[k] - before[k]) / PIXELS;
            squares += ((double)x[k] - before[k]) * ((double)x[k] - before[k]);
        }
        row[TARGET] += (double)p[i * CLASSES + targets[i]] / n;
        row[BEFORE] += (double)p[i * CLASSES + classes[i]] / n;
        row[BRIGHTNESS] += fabs(shade) / n;
        row[DISTANCE] += sqrt(squares) / n;
        row[LENGTH] += norm(zy + (size_t)i * ROW, LATENT) / n;
    }
    gan_scale(g->pictures, (size_t)n * PIXELS);
    const float *logits = net_forward(g->D, g->pictures, n, EVAL);
    for (int i = 0; i < n; i++) {
        row[BELIEVED] += 1.0 / (1.0 + exp(-(double)logits[i])) / n;
    }
}

// What the judge takes each picture for.
static void name_classes(int *classes, Guides *g, const float *zy, int n) {
    const float *logits = looked_at(g, zy, n);
    for (int i = 0; i < n; i++) {
        classes[i] = 0;
        for (int c = 1; c < CLASSES; c++) {
            classes[i] =
                logits[i * CLASSES + c] > logits[i * CLASSES + classes[i]] ? c : classes[i];
        }
    }
}

// For each walker another class than the one that the judge takes it for.
static void choose_targets(int *targets, Guides *g, const float *zy) {
    int classes[WALKERS];
    name_classes(classes, g, zy, WALKERS);
    for (int i = 0; i < WALKERS; i++) {
        targets[i] = (classes[i] + 1 + i % (CLASSES - 1)) % CLASSES;
    }
}

// Strips: a walker a row, from left to right, all towards one class.
static void draw_strips(Run *run, Guides *g, const float *zy, const ConditionalSettings *s,
                        SteeringWay way, const char *name) {
    float *walkers = alloc_floats(STRIPS * ROW),
          *sheet = alloc_floats((size_t)STRIPS * STOPS * PIXELS);
    int targets[STRIPS], classes[WALKERS], taken = 0;
    name_classes(classes, g, zy, WALKERS);
    for (int i = 0; i < WALKERS && taken < STRIPS; i++) { // that are not there already
        if (classes[i] != s->steer) {
            targets[taken] = s->steer;
            memcpy(walkers + (size_t)taken++ * ROW, zy + (size_t)i * ROW, ROW * sizeof *walkers);
        }
    }
    for (int stop = 0, step = 0; stop < STOPS; stop++) {
        for (; step < stop * s->walk / (STOPS - 1); step++) {
            one_step(g, walkers, NULL, targets, way, taken);
        }
        looked_at(g, walkers, taken);
        for (int i = 0; i < taken; i++) {
            memcpy(sheet + ((size_t)i * STOPS + (size_t)stop) * PIXELS,
                   g->pictures + (size_t)i * PIXELS, PIXELS * sizeof *sheet);
        }
    }
    image_grid_grey(run_path(run, "samples/%s.png", name), sheet, STRIPS * STOPS, SIDE, SIDE, STOPS,
                    2, 0.0f, 1.0f);
    free(walkers);
    free(sheet);
}

// Walks in all three ways from the same places towards the same classes: fills rows (walk + 1,
// WAYS * MEASURES).
static void walk_all(double (*rows)[WAYS * MEASURES], Guides *g, const float *zy,
                     const ConditionalSettings *s, Rng rng) {
    float *walkers = alloc_floats(WALKERS * ROW), *start = alloc_floats((size_t)WALKERS * PIXELS);
    float *direction = alloc_floats(WALKERS * ROW);
    int targets[WALKERS], classes[WALKERS];
    name_classes(classes, g, zy, WALKERS);
    memcpy(start, g->pictures, (size_t)WALKERS * PIXELS * sizeof *start);
    choose_targets(targets, g, zy);
    for (int way = 0; way < WAYS; way++) {
        memcpy(walkers, zy, WALKERS * ROW * sizeof *walkers);
        rng_fill_normal(&rng, direction, WALKERS * ROW, 0.0f, 1.0f);
        for (int step = 0; step <= s->walk; step++) {
            if (step > 0) {
                one_step(g, walkers, direction, targets, (SteeringWay)way, WALKERS);
            }
            measure(rows[step] + way * MEASURES, g, walkers, start, targets, classes, WALKERS);
        }
    }
    free(walkers);
    free(start);
    free(direction);
}

// The mean size of the cosine, in z, between the gradient of the brightness and `to` (n, ROW).
static double mean_cosine(const float *to, const float *off, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++, to += ROW, off += ROW) {
        double along = 0.0;
        for (int k = 0; k < LATENT; k++) {
            along += (double)to[k] * off[k];
        }
        double lengths = norm(to, LATENT) * norm(off, LATENT);
        sum += lengths > 0.0 ? fabs(along) / lengths / n : 0.0;
    }
    return sum;
}

// How far from a right angle the two gradients are where the walks begin; and a random direction.
static void report_angles(Run *run, Guides *g, const float *zy, Rng rng) {
    float *up = alloc_floats(WALKERS * ROW), *any = alloc_floats(WALKERS * ROW);
    int targets[WALKERS];
    choose_targets(targets, g, zy);
    memcpy(up, uphill(g, zy, targets, WALKERS), WALKERS * ROW * sizeof *up);
    rng_fill_normal(&rng, any, WALKERS * ROW, 0.0f, 1.0f);
    const float *light = brighter(g, zy, WALKERS);
    double cosine = mean_cosine(up, light, WALKERS), by_lot = mean_cosine(any, light, WALKERS);
    run_say(run, "Cosine with brighter: %.3f for uphill, %.3f for a random direction", cosine,
            by_lot);
    run_summary(run, "steer_cosine", cosine);
    run_summary(run, "steer_cosine_random", by_lot);
    free(up);
    free(any);
}

static void report(Run *run, const ConditionalSettings *s, double (*rows)[WAYS * MEASURES]) {
    static const char *const ways[WAYS] = { "uphill", "on the shell", "even", "at random" };
    static const char *const keys[WAYS] = { "uphill", "shell", "even", "random" };
    Log *log = log_open(
        run, "log-steer.csv",
        "uphill_target,uphill_before,uphill_brightness,uphill_distance,uphill_length,uphill_"
        "believed,"
        "shell_target,shell_before,shell_brightness,shell_distance,shell_length,shell_believed,"
        "even_target,even_before,even_brightness,even_distance,even_length,even_believed,"
        "random_target,random_before,random_brightness,random_distance,random_length,random_"
        "believed");
    for (int step = 0; step <= s->walk; step++) {
        log_write(log, step, rows[step], WAYS * MEASURES);
    }
    run_say(run, "Steered for %d steps of %.1f, towards another class each:", s->walk,
            (double)STRIDE);
    run_say(run, "%-14s%9s%9s%12s%10s%9s%9s", "", "p(class)", "p(old)", "brightness", "distance",
            "|z|", "D");
    for (int way = -1; way < WAYS; way++) {
        const double *r = way < 0 ? rows[0] : rows[s->walk] + way * MEASURES;
        run_say(run, "%-14s%9.3f%9.3f%12.3f%10.2f%9.2f%9.2f", way < 0 ? "before" : ways[way],
                r[TARGET], r[BEFORE], r[BRIGHTNESS], r[DISTANCE], r[LENGTH], r[BELIEVED]);
        char key[40];
        snprintf(key, sizeof key, "steer_%s", way < 0 ? "before" : keys[way]);
        run_summary(run, key, r[TARGET]);
        if (way >= 0) {
            snprintf(key, sizeof key, "steer_%s_brightness", keys[way]);
            run_summary(run, key, r[BRIGHTNESS]);
            snprintf(key, sizeof key, "steer_%s_distance", keys[way]);
            run_summary(run, key, r[DISTANCE]);
        }
    }
}

void steer(Run *run, State *state, const ConditionalSettings *s, const Dataset *test) {
    if (!state_begin(state, "steer")) {
        return;
    }
    ConditionalSettings wide = *s;
    wide.batch = WALKERS;
    GanPair *pair = conditional_pair(&wide, false, 1);
    checkpoint_load(run_path(run, "blind.safetensors"), pair->G);
    checkpoint_load(run_path(run, "blind-discriminator.safetensors"), pair->D);
    Judge *judge = judge_create(test);
    Guides g = { .G = pair->G, .judge = judge_net(judge), .D = pair->D };
    g.pictures = alloc_floats((size_t)WALKERS * PIXELS);
    g.d = alloc_floats((size_t)WALKERS * PIXELS);
    float *z = alloc_floats(WALKERS * LATENT), *zy = alloc_floats(WALKERS * ROW);
    int labels[WALKERS];
    Rng rng = rng_create(s->run.seed, RNG_SAMPLE);
    rng_fill_normal(&rng, z, WALKERS * LATENT, 0.0f, 1.0f);
    for (int i = 0; i < WALKERS; i++) {
        labels[i] = i % CLASSES;
    }
    beside(zy, z, labels, WALKERS);
    double(*rows)[WAYS * MEASURES] = alloc_bytes(((size_t)s->walk + 1) * sizeof *rows);
    walk_all(rows, &g, zy, s, rng);
    report(run, s, rows);
    report_angles(run, &g, zy, rng);
    draw_strips(run, &g, zy, s, UPHILL, "steered");
    draw_strips(run, &g, zy, s, EVEN, "steered-even");
    state_end(state, true);
    free(rows);
    free(z);
    free(zy);
    free(g.pictures);
    free(g.d);
    judge_free(judge);
    gan_pair_free(pair);
}
