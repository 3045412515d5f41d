/*
## The program

What is left is read last: the options, and the acts in order.
*/

#include "acts.h"
#include "nn/checkpoint.h"
#include "run/cli.h"

#include <stdio.h>
#include <stdlib.h>

// The nets' tables, without training.
static void print_summaries(const FewSettings *s) {
    static const struct {
        const char *name;
        const LayerSpec *table;
    } nets[] = { { "linear", linear },
                 { "small", small },
                 { "dense", dense_only },
                 { "lenet", lenet },
                 { "lenet_of_five", lenet_of_five },
                 { "two_questions", two_questions },
                 { "denoiser", denoiser } };
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        Rng rng = rng_create(1, RNG_INIT);
        Net *net = net_create(nets[i].table, (Shape){ 1, SIDE, SIDE }, 1, &rng);
        printf("%s", i > 0 ? "\n" : "");
        show_net(&s->show, &s->run, nets[i].name, net);
        net_free(net);
    }
}

// The last act: the test images are looked at once, with the net that has seen all pictures.
static void score_on_test(FewLab *lab, Net *net, const Dataset *test) {
    if (!state_begin(lab->state, "test")) {
        return;
    }
    checkpoint_save(run_path(lab->run, "model.safetensors"), net);
    Score score = evaluate(net, test, NULL, test->n);
    run_summary(lab->run, "test_loss", score.loss);
    run_summary(lab->run, "test_accuracy", score.accuracy);
    run_say(lab->run, "On the %d test images: loss %.4f, accuracy %.4f", test->n,
            (double)score.loss, (double)score.accuracy);
    state_end(lab->state, true);
}

static void all_acts(Run *run, const FewSettings *s, const Option *options, const Dataset *test) {
    State *state = state_open(run, options);
    FewLab lab = lab_open(run, state, s);
    Trainings *all[] = {
        trainings_open(run, state, "models", models_count(s), FIGURES),
        trainings_open(run, state, "experience", experience_count(s), FIGURES),
        trainings_open(run, state, "augmentation", augmentation_count(s), FIGURES),
        trainings_open(run, state, "transfer", transfer_count(s), FIGURES),
        trainings_open(run, state, "tasks", tasks_count(s), FIGURES),
    };
    Experienced nets = experienced_open(&lab);

    watch(&lab);
    if (models(&lab, all[0]) && experience(&lab, all[1], &nets)) {
        augmentation(&lab, all[2], all[0], nets.ten);
        transfer(&lab, all[3], &nets);
        tasks(&lab, all[4]);
        score_on_test(&lab, nets.ten, test);
    }

    experienced_close(&nets);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        trainings_close(all[i]);
    }
    lab_close(&lab);
    state_close(state);
}

int main(int argc, char **argv) {
    FewSettings s = { .run = RUN_DEFAULTS("13-few-pictures"),
                      .steps = 800,
                      .batch = 25,
                      .seeds = 3,
                      .images = 60000,
                      .lr = 0.003f,
                      .weight = 0.5f };
    const Option options[] = {
        option_int("steps", &s.steps, 1, 1000000, "steps of each training"),
        option_int("batch", &s.batch, 1, MOST_ROWS, "images a step"),
        option_int("seeds", &s.seeds, 1, MOST_SEEDS, "how often everything is done"),
        option_int("images", &s.images, 600, 1000000, "images to use, held-out ones among them"),
        option_float("lr", &s.lr, 0, 1000, "learning rate at the beginning; falls to 0"),
        option_float("weight", &s.weight, 0, 1000, "weight of the second task's loss"),
        SHOW_OPTIONS(s.show),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 13: few pictures.");
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    dataset_require(s.run.data, &(Needs){ .who = "lesson 13",
                                          .side = SIDE,
                                          .train = s.run.load ? 0 : 600,
                                          .test = 1,
                                          .classes = s.run.load ? 0 : ALL_CLASSES,
                                          .each = s.run.load ? 0 : 40,
                                          .differ = true });
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    if (s.run.load) {
        Rng rng = rng_create(1, RNG_INIT);
        Net *net = net_create(lenet, (Shape){ 1, SIDE, SIDE }, 100, &rng);
        evaluate_model(run, net, s.run.load, test);
        net_free(net);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
