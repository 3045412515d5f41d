/*
## The program

What is left is read last: the options, and the acts in order. The networks that later acts look at are named to the
state here, outside of all acts, so that a run that goes on has them even if their training is over.
*/

#include "acts.h"
#include "measure/evaluate.h"
#include "run/cli.h"
#include "run/show.h"

#include <stdio.h>
#include <stdlib.h>

static void print_summaries(const CnnSettings *s) {
    static const struct {
        const char *name;
        const LayerSpec *table;
    } nets[] = { { "lenet", lenet },
                 { "mlp", mlp },
                 { "two3x3", two3x3 },
                 { "linear", linear },
                 { "lenet_dropout", lenet_dropout },
                 { "vocabulary", vocabulary } };
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        Net *net = make_net(s, nets[i].table);
        printf("%s", i > 0 ? "\n" : "");
        show_net(&s->show, &s->run, nets[i].name, net);
        net_free(net);
    }
}

// The last act: the test images are looked at once, when everything has been chosen.
static void score_on_test(CnnLab *lab, Net *net, const Dataset *test) {
    if (!state_begin(lab->state, "test")) {
        return;
    }
    Score score = evaluate(net, test, NULL, test->n);
    run_summary(lab->run, "test_loss", score.loss);
    run_summary(lab->run, "test_accuracy", score.accuracy);
    run_say(lab->run, "lenet on the %d test images: loss %.4f, accuracy %.4f", test->n,
            (double)score.loss, (double)score.accuracy);
    state_end(lab->state, true);
}

static void all_acts(Run *run, const CnnSettings *s, const Option *options, const Dataset *test) {
    static const CnnCandidate who[] = { { "lenet", "log.csv", "", true },
                                        { "mlp", "log-mlp.csv", "_mlp", false },
                                        { "two3x3", "log-two3x3.csv", "_two3x3", false } };
    State *state = state_open(run, options);
    CnnLab lab = lab_open(run, state, s);
    Net *convolutional = make_net(s, lenet), *dense_only = make_net(s, mlp);
    Net *deeper = make_net(s, two3x3), *few[FEW_NETS];
    state_net(state, "lenet", convolutional);
    state_net(state, "mlp", dense_only);
    state_net(state, "two3x3", deeper);
    few_open(&lab, few);

    windows(&lab);
    speed(&lab);
    train(&lab, &who[0], convolutional);
    train(&lab, &who[1], dense_only);
    train(&lab, &who[2], deeper);
    overfitting(&lab, few);
    shifts(&lab, convolutional, dense_only);
    pictures(&lab, convolutional);
    score_on_test(&lab, convolutional, test);

    net_free(convolutional);
    net_free(dense_only);
    net_free(deeper);
    for (int i = 0; i < FEW_NETS; i++) {
        net_free(few[i]);
    }
    lab_close(&lab);
    state_close(state);
}

int main(int argc, char **argv) {
    CnnSettings s = {
        .run = RUN_DEFAULTS("04-cnn"), .epochs = 12, .batch = 64, .images = 60000, .lr = 0.001f
    };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("batch", &s.batch, 1, 10000, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_float("lr", &s.lr, 0, 1000, "learning rate; a tenth of it for the last quarter"),
        SHOW_OPTIONS(s.show),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 4: convolution, and LeNet-5.");
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    dataset_require(s.run.data, &(Needs){ .who = "lesson 4",
                                          .side = SIDE,
                                          .train = s.run.load ? 0 : SPLIT_LEAST,
                                          .test = 1,
                                          .kinds = 2,
                                          .differ = true });
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    if (s.run.load) {
        Net *net = make_net(&s, lenet);
        evaluate_model(run, net, s.run.load, test);
        net_free(net);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
