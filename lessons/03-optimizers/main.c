/*
## The program

What is left is read last: the options, and the acts in their order.
*/

#include "acts.h"
#include "measure/evaluate.h"
#include "run/cli.h"

static void score_on_test(Run *run, const OptimizersSettings *s, const char *model,
                          const Dataset *test) {
    Net *net = make_net(s);
    evaluate_model(run, net, model, test);
    net_free(net);
}

int main(int argc, char **argv) {
    OptimizersSettings s = { .run = RUN_DEFAULTS("03-optimizers"),
                             .epochs = 5,
                             .batch = 128,
                             .images = 60000,
                             .hidden = 128 };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images in the race"),
        option_int("batch", &s.batch, 1, 10000, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_int("hidden", &s.hidden, 1, 10000, "hidden neurons"),
        option_float("lr", &s.lr, 0, 1000, "learning rate of all methods; 0: each one's best"),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 3: optimizers.");
    Run *run = run_open(&s.run, options);
    dataset_require(s.run.data, &(Needs){ .who = "lesson 3",
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
    landscapes(run);
    ravines(run);
    OptimizersLab lab = lab_open(run, &s);
    float rate[OPTIMIZER_KINDS];
    sweep(&lab, rate);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS && !run_stopped(run); k++) {
        run_say(run, "  sweep    %-12s best rate %.3g", optimizer_name(k), (double)rate[k]);
    }
    if (!run_stopped(run)) {
        momentum_sweep(&lab);
        race(&lab, rate);
        batch_sizes(&lab);
        schedules(&lab, rate[ADAM]);
        warm_up(&lab);
        decay(&lab, rate);
        penalties(&lab);
    }
    if (!run_stopped(run)) {
        score_on_test(run, &s, run_path(run, "model.safetensors"), test);
    }
    dataset_free(test);
    lab_close(&lab);
    return run_close(run);
}
