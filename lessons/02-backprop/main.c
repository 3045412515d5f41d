/*
## The program

What is left is read last: the options, the acts in their order, and the figures that each of them leaves in
`summary.csv` and on the screen.
*/

#include "acts.h"
#include "records.h"
#include "data/image.h"
#include "measure/evaluate.h"
#include "nn/checkpoint.h"
#include "run/cli.h"

#include <stdio.h>

static void check(Run *run, uint64_t seed) {
    static const char *const names[WAYS] = { "as computed", "zero", "sign flipped", "doubled",
                                             "dW1 transposed" };
    double errors[WAYS];
    check_gradient(errors, rng_create(seed, RNG_INIT));
    run_say(run,
            "Gradient check of a %d-%d-%d network (0 is perfect, below 0.001 is right):", CHECK_IN,
            CHECK_HIDDEN, CHECK_OUT);
    for (int way = 0; way < WAYS; way++) {
        run_say(run, "  %-16s %.5f", names[way], errors[way]);
    }
    run_summary(run, "gradient_error", errors[0]);
}

static void toys(Run *run, uint64_t seed) {
    for (ToyName toy = 0; toy < TOYS && !run_stopped(run); toy++) {
        char key[32];
        snprintf(key, sizeof key, "%s_errors", toy_list[toy].name);
        int errors = learn_toy(run, toy, seed);
        run_summary(run, key, errors);
        run_say(run, "%s: %d errors among %d points", toy_list[toy].name, errors, POINTS);
    }
}

static void cross_bridge(Run *run, const BackpropSettings *s, Batches *batches) {
    Bridge b = bridge(run, s, batches);
    if (run_stopped(run)) {
        return;
    }
    run_say(run, "The same %d steps: %.2f ms each in plain loops, %.2f ms with the library;",
            b.steps, b.plain_ms, b.library_ms);
    run_say(run, "  their losses differ by a factor of 1 ± %.1g at most", b.difference);
    run_summary(run, "bridge_loss_difference", b.difference);
    run_summary(run, "plain_ms_per_step", b.plain_ms);
    run_summary(run, "library_ms_per_step", b.library_ms);
}

static void clothes(Run *run, const BackpropSettings *s, const Split *split) {
    Batches batches = split_batches(split, s->batch, s->run.seed);
    cross_bridge(run, s, &batches);
    batches_free(&batches);
    batches = split_batches(split, s->batch, s->run.seed);
    Net *net = make_net(s);
    if (!run_stopped(run)) {
        train(run, s, net, &batches, split->order, split->n_valid);
        Score valid = evaluate(net, split->data, split->order, split->n_valid);
        run_summary(run, "valid_loss", valid.loss);
        run_summary(run, "valid_accuracy", valid.accuracy);
        checkpoint_save(run_path(run, "model.safetensors"), net);
        int pictures = s->hidden < 64 ? s->hidden : 64;
        image_grid_signed(run_path(run, "samples/weights.png"), net->layers[0].weight, pictures, 28,
                          28, 16, 2);
    }
    net_free(net);
    batches_free(&batches);
}

static void report(Run *run, Outcome outcomes[ACTIVATIONS][INITS], int steps) {
    run_say(run, "Ten layers: validation accuracy after %d steps (and dead units of 900):", steps);
    run_say(run, "%-12s%12s%12s%12s%12s%12s", "", inits[0].name, inits[1].name, inits[2].name,
            inits[3].name, inits[4].name);
    for (int a = 0; a < ACTIVATIONS; a++) {
        char line[128];
        int at = snprintf(line, sizeof line, "%-12s", activations[a].name);
        for (int i = 0; i < INITS; i++) {
            char cell[32];
            snprintf(cell, sizeof cell, "%.3f (%d)", outcomes[a][i].accuracy, outcomes[a][i].dead);
            at += snprintf(line + at, sizeof line - (size_t)at, "%12s", cell);
        }
        run_say(run, "%s", line);
    }
}

static void ten_layers(Run *run, const BackpropSettings *s, const Split *split) {
    Outcome outcomes[ACTIVATIONS][INITS];
    int steps = signals(run, outcomes, s, split);
    if (steps == 0) {
        return;
    }
    write_signals(run, outcomes);
    report(run, outcomes, steps);
    for (int a = 0; a < ACTIVATIONS; a++) {
        char key[64];
        for (int i = 0; i < INITS; i++) {
            snprintf(key, sizeof key, "deep_%s_%s_accuracy", activations[a].name, inits[i].name);
            run_summary(run, key, outcomes[a][i].accuracy);
            snprintf(key, sizeof key, "deep_%s_%s_dead", activations[a].name, inits[i].name);
            run_summary(run, key, outcomes[a][i].dead);
        }
        int suited = a < 2 ? 3 : 4; // Xavier for sigmoid and tanh, He for the two ReLUs
        snprintf(key, sizeof key, "deep_%s_accuracy", activations[a].name);
        run_summary(run, key, outcomes[a][suited].accuracy);
        snprintf(key, sizeof key, "deep_%s_first_over_last_gradient", activations[a].name);
        run_summary(run, key,
                    outcomes[a][suited].backward[0] / outcomes[a][suited].backward[DEPTH - 1]);
    }
}

/*
The test images are scored with the model as it was *saved*: what is reported is what somebody else will find in the
file.
*/

static void score_on_test(Run *run, const BackpropSettings *s, const char *model,
                          const Dataset *test) {
    Net *net = make_net(s);
    evaluate_model(run, net, model, test);
    net_free(net);
}

int main(int argc, char **argv) {
    BackpropSettings s = { .run = RUN_DEFAULTS("02-backprop"),
                           .epochs = 40,
                           .batch = 128,
                           .images = 60000,
                           .hidden = 128,
                           .activation = 1,
                           .init = INIT_XAVIER,
                           .lr = 0.1f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("batch", &s.batch, 1, 10000, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_int("hidden", &s.hidden, 1, 10000, "hidden neurons"),
        option_float("lr", &s.lr, 0, 1000, "learning rate"),
        option_choice("activation", &s.activation, ACTIVATION_CHOICES, "of the hidden layer"),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 2: backpropagation, by hand and checked.");
    Run *run = run_open(&s.run, options);
    dataset_require(s.run.data, &(Needs){ .who = "lesson 2",
                                          .side = 28,
                                          .train = s.run.load ? 0 : SPLIT_LEAST,
                                          .test = 1,
                                          .kinds = 2,
                                          .differ = true });
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    if (s.run.load) {
        score_on_test(run, &s, s.run.load, test);
        dataset_free(test);
        return run_close(run);
    }
    Split split = split_open(s.run.data, s.images, s.run.seed);
    check(run, s.run.seed);
    toys(run, s.run.seed);
    clothes(run, &s, &split);
    ten_layers(run, &s, &split);
    split_close(&split);
    if (!run_stopped(run)) {
        score_on_test(run, &s, run_path(run, "model.safetensors"), test);
    }
    dataset_free(test);
    return run_close(run);
}
