/*
## The program

Three acts, in the files before this one: critics whose generator stands still, games in the plane, and pictures.
*/

#include "acts.h"
#include "gan/gan_program.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALL_PARTS, PLANE_PART, PICTURES_PART };
#define PART_CHOICES "all|plane|pictures"

static void print_summaries(const PenaltySettings *s) {
    GanPair *toy = toy_pair(s, &s->rules), *picture = picture_pair(s, 1);
    gan_pair_show(toy, &s->show, &s->run, "plane-generator", "plane-critic");
    printf("\n");
    gan_pair_show(picture, &s->show, &s->run, "pictures-generator", "pictures-critic");
    gan_pair_free(toy);
    gan_pair_free(picture);
}

static void all_acts(Run *run, const PenaltySettings *s, const Option *options,
                     const Dataset *test) {
    State *state = state_open(run, options);
    check_two_layers(run, rng_create(s->run.seed, RNG_DATA));
    if (s->part != PICTURES_PART) {
        surfaces(run, state, s);
        games(run, state, s);
    }
    if (s->part != PLANE_PART) {
        pictures(run, state, s, test);
        if (!run_stopped(run)) {
            picture_generator(run, s, run_path(run, "model.safetensors"), test);
        }
    }
    state_close(state);
}

int main(int argc, char **argv) {
    PenaltySettings s = { .run = RUN_DEFAULTS("09-wgan-gp"),
                          .rules = { .lambda = 0.1f,
                                     .clip = 0.1f,
                                     .lr = 0.001f,
                                     .d_steps = 5,
                                     .batch = 128,
                                     .longer = 1,
                                     .init = INIT_FAN_IN },
                          .init = INIT_FAN_IN,
                          .steps = 3000,
                          .width = 64,
                          .depth = 3,
                          .epochs = 5,
                          .picture_batch = 64,
                          .images = 60000,
                          .picture_d_steps = 1,
                          .picture_lr = 0.001f,
                          .picture_lambda = 10.0f };
    PenaltyRules *r = &s.rules;
    const Option options[] = {
        option_choice("part", &s.part, PART_CHOICES, "which part to run"),
        option_choice("cloud", &s.cloud, CLOUD_CHOICES, "points to learn"),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        option_int("steps", &s.steps, 1, 1000000, "of the generator, in the plane"),
        option_int("batch", &r->batch, 1, 10000, "points a step"),
        TOY_NET_OPTIONS(s),
        option_float("lambda", &r->lambda, 0, 1000000, "weight of the penalty; 0: clipping"),
        option_float("lr", &r->lr, 0, 1000, "learning rate in the plane, falls to 0"),
        option_int("d-steps", &r->d_steps, 1, 1000, "of the critic for one of the generator"),
        PICTURE_OPTIONS(s, "passes of the critic over the pictures"),
        option_int("picture-d-steps", &s.picture_d_steps, 1, 1000, "the same with pictures"),
        option_float("picture-lr", &s.picture_lr, 0, 1000, "learning rate with pictures"),
        option_float("picture-lambda", &s.picture_lambda, 0, 1000000, "weight of the penalty"),
        GAN_OPTIONS(s),
    };
    cli_parse(options, argc, argv, "Lesson 9: gradient penalty.");
    r->cloud = (Cloud)s.cloud;
    r->init = (InitScheme)s.init;
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    bool judged = s.run.load || s.part != PLANE_PART;
    Dataset *test = judged ? gan_test_set(&s.run, "lesson 9", false) : NULL;
    if (s.run.load) {
        picture_generator(run, &s, s.run.load, test);
    } else {
        all_acts(run, &s, options, test);
    }
    if (test) {
        dataset_free(test);
    }
    return run_close(run);
}
