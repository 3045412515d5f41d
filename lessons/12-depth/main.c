/*
## The program

The options, and the acts in their order. The famous networks need no pictures.
*/

#include "acts.h"
#include "measure/evaluate.h"
#include "run/cli.h"

#include <stdio.h>
#include <stdlib.h>

static Net *make_best(const DepthSettings *s) {
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    Net *net = net_create(best_table, (Shape){ 1, SIDE, SIDE }, s->batch, &rng);
    net_init(net, INIT_HE, &rng);
    return net;
}

static void print_table(const DepthSettings *s, const char *name, Net *net) {
    show_net(&s->show, &s->run, name, net);
    printf("\n");
    net_free(net);
}

static void print_summaries(const DepthSettings *s) {
    const NamedTable *tables[] = { stack_tables, size_tables };
    print_table(s, "plain-10", make_deep(PLAIN, 2, true, 1, 1));
    print_table(s, "residual-10", make_deep(RESIDUAL, 2, true, 1, 1));
    print_table(s, "residual-34", make_deep(RESIDUAL, 8, true, 1, 1));
    for (int i = 0; i < 2; i++) {
        for (const NamedTable *t = tables[i]; t->name; t++) {
            print_table(s, t->name, net_plan(t->table, (Shape){ 1, SIDE, SIDE }));
        }
    }
    print_table(s, "best", make_best(s));
}

static void all_acts(Run *run, const DepthSettings *s, const Option *options) {
    State *state = state_open(run, options);
    DepthLab lab = lab_open(run, state, s);
    double bridge = skip_bridge(rng_create((uint64_t)s->run.seed, RNG_NOISE));
    run_summary(run, "skip_bridge", bridge);
    run_say(run, "The library's skip differs from the plain loops by a share of %.1g", bridge);
    famous(&lab);
    contest(&lab, 8, true);
    contest(&lab, 4, s->deeper);
    contest(&lab, 2, true);
    if (s->deeper) {
        contest(&lab, 13, true);
    }
    identity(&lab);
    stacks(&lab);
    sizes(&lab);
    Net *net = make_best(s);
    best(&lab, net);
    if (!run_stopped(run)) {
        evaluate_model(run, net, run_path(run, "model.safetensors"), lab.test);
    }
    net_free(net);
    lab_close(&lab);
    state_close(state);
}

int main(int argc, char **argv) {
    DepthSettings s = { .run = RUN_DEFAULTS("12-depth"),
                        .steps = 469,
                        .epochs = 3,
                        .batch = 64,
                        .images = 60000,
                        .lr = 0.1f };
    const Option options[] = {
        option_int("steps", &s.steps, 1, 1000000, "steps of each race"),
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images of the best net"),
        option_int("batch", &s.batch, 2, 10000, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_float("lr", &s.lr, 0, 1000, "learning rate of plain against residual, falling to 0"),
        option_flag("deeper", &s.deeper, "also train nets of 18 and of 54 layers"),
        option_flag("famous", &s.famous, "print the famous networks' layers, and do nothing else"),
        SHOW_OPTIONS(s.show),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 12: depth.");
    if (s.famous || show_asked(&s.show)) {
        (s.famous ? print_famous : print_summaries)(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    dataset_require(s.run.data, &(Needs){ .who = "lesson 12",
                                          .side = SIDE,
                                          .train = s.run.load ? 0 : SPLIT_LEAST,
                                          .test = 1,
                                          .kinds = 2,
                                          .differ = true });
    if (s.run.load) {
        Dataset *test = dataset_load(s.run.data, TEST_SET);
        Net *net = make_best(&s);
        evaluate_model(run, net, s.run.load, test);
        net_free(net);
        dataset_free(test);
    } else {
        all_acts(run, &s, options);
    }
    return run_close(run);
}
