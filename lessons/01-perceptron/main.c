/*
## The program

What is left is read last: the options, the acts in their order, and the figures that each act leaves in `summary.csv`
and on the screen.
*/

#include "acts.h"
#include "base/file.h"
#include "run/cli.h"

#include <math.h>
#include <stdio.h>

// Adds a figure of one rule to the summary.
static void add_figure(Run *run, const char *what, int rule, const char *figure, double value) {
    char key[128];
    snprintf(key, sizeof key, "%.15s_%s_%s", what, rules[rule].name, figure);
    run_summary(run, key, value);
}

// The points and the four lines, for the plot.
static void save_points(Run *run, const Trial *trial) {
    points_write(run_path(run, "points-%s.csv", trial->name), &trial->points);
    OutFile *file = file_create(run_path(run, "lines-%s.csv", trial->name));
    fprintf(file_stream(file), "rule,w0,w1,b\n");
    for (int r = 0; r < RULES; r++) {
        const Neuron *neuron = &trial->neurons[r];
        fprintf(file_stream(file), "%s,%.9g,%.9g,%.9g\n", rules[r].name, (double)neuron->w[0],
                (double)neuron->w[1], (double)neuron->b);
    }
    file_commit(file);
}

static void trial_free(Trial *trial) {
    points_free(&trial->points);
    neurons_free(trial->neurons);
}

static void points(Run *run, const PerceptronSettings *s) {
    float line[3];
    Trial trial = act_blobs(run, s, line);
    save_points(run, &trial);
    double r_max = points_radius(&trial.points);
    double gamma = points_margin(&trial.points, line, line[2]);
    double bound = (r_max / gamma) * (r_max / gamma);
    run_summary(run, "blobs_R", r_max);
    run_summary(run, "blobs_gamma", gamma);
    run_summary(run, "blobs_bound", bound);
    run_say(run, "  Novikoff: R %.3f, gamma %.3f, at most %.0f mistakes", r_max, gamma,
            floor(bound));
    for (int r = 0; r < RULES; r++) {
        double margin = points_margin(&trial.points, trial.neurons[r].w, trial.neurons[r].b);
        add_figure(run, "blobs", r, "mistakes", trial.mistakes[r]);
        add_figure(run, "blobs", r, "margin", margin);
        run_say(run, "  %-12s %3d mistakes, margin %.3f", rules[r].name, trial.mistakes[r], margin);
    }
    trial_free(&trial);
}

static void exclusive_or(Run *run, const PerceptronSettings *s) {
    Trial trial = act_xor(run, s);
    save_points(run, &trial);
    run_say(run, "                loss    error: last  lowest  highest  epochs below %.1f",
            LOW_ERROR);
    for (int r = 0; r < RULES; r++) {
        Measure m = { 0 };
        measure(&m, &trial.neurons[r], trial.points.x, trial.points.t, trial.points.n);
        add_figure(run, "xor", r, "error", error_rate(m));
        add_figure(run, "xor", r, "loss", m.loss / m.n);
        add_figure(run, "xor", r, "lowest_error", trial.lowest[r]);
        add_figure(run, "xor", r, "highest_error", trial.highest[r]);
        add_figure(run, "xor", r, "low_epochs", trial.low_epochs[r]);
        run_say(run, "  %-12s  %.3f  %11.3f  %6.3f  %7.3f  %3d", rules[r].name, m.loss / m.n,
                error_rate(m), trial.lowest[r], trial.highest[r], trial.low_epochs[r]);
    }
    trial_free(&trial);
}

static void sum_up(Run *run, const Pair *pair, bool trained) {
    const char *name = pair->pictures.name;
    for (int r = 0; r < RULES; r++) {
        add_figure(run, name, r, "test_accuracy", pair->test_accuracy[r]);
        if (trained) {
            add_figure(run, name, r, "last_mistakes", pair->mistakes[r]);
            add_figure(run, name, r, "valid_lowest", pair->lowest[r]);
            add_figure(run, name, r, "valid_highest", pair->highest[r]);
            add_figure(run, name, r, "valid_swing", pair->highest[r] - pair->lowest[r]);
        }
    }
}

static void print_table(Run *run, const Pair *pair, const char *which) {
    const int *label = pair->pictures.label;
    run_say(run, "\n%s (%d) against %s (%d)", dataset_class_name(which, label[0]), label[0],
            dataset_class_name(which, label[1]), label[1]);
    run_say(run, "              test      mistakes in   validation error");
    run_say(run, "              accuracy  last epoch    in the last %d epochs", LAST_EPOCHS);
    for (int r = 0; r < RULES; r++) {
        run_say(run, "  %-10s  %8.4f  %10d    %.4f to %.4f", rules[r].name, pair->test_accuracy[r],
                pair->mistakes[r], pair->lowest[r], pair->highest[r]);
    }
}

static void pictures(Run *run, const PerceptronSettings *s, const Pictures *classes, int n) {
    Pair pairs[MOST_PAIRS];
    if (!act_pictures(run, s, pairs, classes, n)) {
        return;
    }
    bool trained = !s->run.load;
    for (int p = 0; p < n; p++) {
        sum_up(run, &pairs[p], trained);
    }
    for (int p = 0; p < n && trained; p++) {
        print_table(run, &pairs[p], s->run.data);
    }
}

int main(int argc, char **argv) {
    PerceptronSettings s = { .run = RUN_DEFAULTS("01-perceptron"),
                             .classes = "1,9,2,4",
                             .margin = 0.1f,
                             .lr_2d = 0.02f,
                             .lr = 0.0003f,
                             .epochs = 30 };
    const Option table[] = {
        option_text("classes", &s.classes, "pairs of classes to tell apart"),
        option_int("epochs", &s.epochs, 1, 10000, "passes over the pictures"),
        option_float("lr", &s.lr, 0, 1000, "learning rate for pictures"),
        option_float("lr-2d", &s.lr_2d, 0, 1000, "learning rate for points"),
        option_float("margin", &s.margin, 0.001, 1, "distance that the blobs keep from their line"),
        LOAD_OPTION(s.run, "a model.safetensors: score its neurons, train none"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(table, argc, argv, "Lesson 1: one neuron, four ways.");
    Pictures classes[MOST_PAIRS];
    int n = pictures_parse(s.classes, classes);
    Run *run = run_open(&s.run, table);
    pictures_require(s.run.data, classes, n);
    points(run, &s);
    exclusive_or(run, &s);
    pictures(run, &s, classes, n);
    return run_close(run);
}
