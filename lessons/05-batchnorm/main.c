/*
## The program

What is left is read last: the options, the acts in their order, and what the first acts print and put into `summary.csv`.
*/

#include "contest.h"
#include "measure/evaluate.h"
#include "run/cli.h"

#include <stdlib.h>

static void check(Run *run, uint64_t seed) {
    static const char *const names[WAYS] = { "as derived", "path through the mean forgotten",
                                             "path through the variance forgotten", "sign flipped",
                                             "zero" };
    float errors[2][WAYS];
    check_backward(errors, rng_create(seed, RNG_NOISE));
    run_say(run, "Largest error of a backward pass, checked with");
    run_say(run, "%-40s%12s%12s", "", "random dy", "all dy = 1");
    for (int way = 0; way < WAYS; way++) {
        run_say(run, "  %-38s%12.4f%12.4f", names[way], (double)errors[0][way],
                (double)errors[1][way]);
    }
    run_summary(run, "backward_error", errors[0][0]);
    run_summary(run, "backward_error_without_variance", errors[0][2]);
    run_summary(run, "backward_error_without_variance_ones", errors[1][2]);
}

static void cross_bridge(Run *run, uint64_t seed) {
    double largest = bridge(rng_create(seed, RNG_NOISE));
    run_say(run, "The library's batch norm differs from the plain loops by a share of %.1g",
            largest);
    run_summary(run, "bridge_difference", largest);
}

static void invariances(Run *run, uint64_t seed, const Split *images) {
    Invariances i = measure_invariances(seed, images);
    run_say(run, "A convolution before batch norm: gradient of the weights %.3g, of the bias %.1g",
            i.weight_gradient, i.bias_gradient);
    run_say(run, "  cosine between weights and gradient %.1g", i.cosine);
    run_say(run, "  weights times 10: output differs by a share of %.1g, gradient times %.4f",
            i.moved, i.shrunk);
    run_summary(run, "bias_gradient_share", i.bias_gradient / i.weight_gradient);
    run_summary(run, "scale_output_change", i.moved);
    run_summary(run, "scale_gradient_factor", i.shrunk);
}

// Nets with and without batch norm, trained on the same batches from the same weights. The best one
// with it becomes model.safetensors, and *saved 1; it stays 0 if none of them has stayed finite.
static void contest(Run *run, State *state, const BatchnormSettings *settings, const Split *images,
                    int *saved) {
    state_ints(state, "saved", saved, 1);
    if (!state_begin(state, "contest")) {
        return;
    }
    Contest t = contest_open(run, settings, images);
    name_places(&t, state);
    Logs logs = open_logs(run);
    train(&t, state, &logs);
    bool over = t.step == t.total;
    if (over) { // with Ctrl-C what has been measured is not the whole
        *saved = report(&t);
    }
    state_end(state, over);
    contest_close(&t);
}

static void score_on_test(Run *run, const char *model, const Dataset *test) {
    Net *net = make_net(NORMED, 64, INIT_HE, 1);
    evaluate_model(run, net, model, test);
    net_free(net);
}

// The nets' tables, without training.
static void print_summaries(const BatchnormSettings *s) {
    static const char *const names[NET_KINDS] = { "plain", "batch-norm", "dropout" };
    for (NetKind k = 0; k < NET_KINDS; k++) {
        Net *net = make_net(k, 1, INIT_HE, 1);
        show_net(&s->show, &s->run, names[k], net);
        net_free(net);
    }
}

int main(int argc, char **argv) {
    BatchnormSettings s = { .run = RUN_DEFAULTS("05-batchnorm"),
                            .epochs = 1,
                            .batch = 64,
                            .images = 60000,
                            .bad_init = INIT_SMALL,
                            .lr = 0.1f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("batch", &s.batch, 1, 256, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_float("lr", &s.lr, 0, 1000, "the middle rate of three, a factor of 5 apart"),
        option_choice("bad-init", &s.bad_init, INIT_CHOICES, "weights"),
        SHOW_OPTIONS(s.show),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 5: batch normalisation.");
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    dataset_require(s.run.data, &(Needs){ .who = "lesson 5",
                                          .side = 28,
                                          .train = s.run.load ? 0 : SPLIT_LEAST,
                                          .test = 1,
                                          .kinds = 2,
                                          .differ = true });
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    if (s.run.load) {
        score_on_test(run, s.run.load, test);
        dataset_free(test);
        return run_close(run);
    }
    Split images = split_open(s.run.data, s.images, s.run.seed);
    State *state = state_open(run, options);
    check(run, s.run.seed);
    cross_bridge(run, s.run.seed);
    invariances(run, s.run.seed, &images);
    int saved = 0;
    contest(run, state, &s, &images, &saved);
    if (saved && !run_stopped(run)) {
        score_on_test(run, run_path(run, "model.safetensors"), test);
    }
    state_close(state);
    split_close(&images);
    dataset_free(test);
    return run_close(run);
}
