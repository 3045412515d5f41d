/*
## The program

Two acts, in the two files before this one: the ring, with six games side by side, and pictures.
*/

#include "acts.h"
#include "gan/gan_program.h"

#include <stdio.h>
#include <stdlib.h>

enum { USE_RMSPROP, USE_ADAM, USE_SGD };
#define METHOD_CHOICES "rmsprop|adam|sgd"
enum { ALL_PARTS, PLANE_PART, PICTURES_PART };
#define PART_CHOICES "all|plane|pictures"

static void print_summaries(const WganSettings *s) {
    GanPair *toy = toy_pair(s, &s->rules), *picture = picture_pair(s, 1);
    gan_pair_show(toy, &s->show, &s->run, "plane-generator", "plane-critic");
    printf("\n");
    gan_pair_show(picture, &s->show, &s->run, "pictures-generator", "pictures-critic");
    gan_pair_free(toy);
    gan_pair_free(picture);
}

static void all_acts(Run *run, const WganSettings *s, const Option *options, const Dataset *test) {
    State *state = state_open(run, options);
    line(run, rng_create(s->run.seed, RNG_DATA));
    parallel_lines(run, rng_create(s->run.seed, RNG_DATA));
    if (s->part != PICTURES_PART) {
        ring(run, state, s);
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
    WganSettings s = {
        .run = RUN_DEFAULTS("08-wgan"),
        .rules = { .critic = true, .lr = 0.0005f, .beta1 = 0.5f, .clip = 0.1f, .d_steps = 5 },
        .method = USE_RMSPROP,
        .steps = 6000,
        .batch = 128,
        .width = 64,
        .depth = 2,
        .epochs = 5,
        .picture_batch = 64,
        .images = 60000,
        .picture_lr = 0.00005f,
        .picture_clip = 0.01f
    };
    WganRules *r = &s.rules;
    const Option options[] = {
        option_choice("part", &s.part, PART_CHOICES, "which part to run"),
        option_choice("cloud", &s.cloud, CLOUD_CHOICES, "points to learn"),
        option_int("steps", &s.steps, 1, 1000000, "of the generator, in the plane"),
        option_int("batch", &s.batch, 1, 10000, "points a step"),
        TOY_NET_OPTIONS(s),
        option_choice("optimizer", &s.method, METHOD_CHOICES, "in the plane"),
        option_float("lr", &r->lr, 0, 1000, "learning rate in the plane, falls to 0"),
        option_float("beta1", &r->beta1, 0, 0.999, "Adam's memory of the gradient"),
        option_float("clip", &r->clip, 0.000001, 1000, "bound of the critic's weights"),
        option_int("d-steps", &r->d_steps, 1, 1000, "of the critic for one of the generator"),
        PICTURE_OPTIONS(s, "passes of the critic over the pictures"),
        option_float("picture-lr", &s.picture_lr, 0, 1000, "learning rate with pictures"),
        option_float("picture-clip", &s.picture_clip, 0.000001, 1000, "bound with pictures"),
        GAN_OPTIONS(s),
    };
    cli_parse(options, argc, argv, "Lesson 8: Wasserstein GAN.");
    r->optimizer = s.method == USE_ADAM ? ADAM : s.method == USE_SGD ? SGD : RMSPROP;
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    bool judged = s.run.load || s.part != PLANE_PART;
    Dataset *test = judged ? gan_test_set(&s.run, "lesson 8", false) : NULL;
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
