/*
## The program

Five acts, each in a chapter above: the dice; the games of two numbers; the games in the plane, all at the same time; the
generator's gradient behind a discriminator that is ahead; and the game with pictures.
*/

#include "acts.h"
#include "gan/gan_program.h"
#include "measure/fid.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PRESET_CHOICES "none|collapse|vanish|diverge"
#define PART_CHOICES "all|plane|lab|pictures"

static void print_summaries(const VanillaSettings *s) {
    static const char *const names[] = { "plane-generator", "plane-discriminator",
                                         "pictures-generator", "pictures-discriminator" };
    for (int i = 0; i < 4; i++) {
        Rng rng = rng_create(1, RNG_INIT);
        Net *net = i < 2 ? toy_net(i == 0 ? 2 : 1, s->depth, s->width, i == 1, 1,
                                   (InitScheme)s->init, &rng)
                         : picture_net(i == 2, 1, 1);
        printf("%s", i > 0 ? "\n" : "");
        show_net(&s->show, &s->run, names[i], net);
        net_free(net);
    }
}

static bool plays(const VanillaSettings *s, VanillaPart part) {
    return s->part == ALL_PARTS || s->part == (int)part ||
           (s->part == LAB_PART && part == PLANE_PART);
}

static void all_acts(Run *run, const VanillaSettings *s, const Option *options,
                     const Dataset *test) {
    State *state = state_open(run, options);
    dice(run, rng_create(s->run.seed, RNG_DATA));
    if (s->part == ALL_PARTS) {
        cycles(run, state);
    }
    if (plays(s, PLANE_PART)) {
        ring(run, state, s);
    }
    if (plays(s, LAB_PART)) {
        saturation(run, state, s);
    }
    if (plays(s, PICTURES_PART)) {
        pictures(run, state, s, test);
    }
    const char *model = run_path(run, "model-plane.safetensors");
    if (plays(s, PLANE_PART) && !run_stopped(run) && access(model, F_OK) == 0) {
        toy_generator(run, s, model);
    }
    if (plays(s, PICTURES_PART) && !run_stopped(run)) {
        picture_generator(run, s, run_path(run, "model.safetensors"), test);
    }
    state_close(state);
}

static VanillaSettings defaults(void) {
    return (VanillaSettings){
        .run = RUN_DEFAULTS("06-vanilla-gan"),
        .rules = { .lr_g = 0.001f,
                   .lr_d = 0.001f,
                   .d_steps = 1,
                   .label = 1.0f,
                   .noise = 0.5f,
                   .noise_until = 0.667f },
        .init = INIT_FAN_IN,
        .steps = 6000,
        .batch = 128,
        .width = 64,
        .depth = 2,
        .epochs = 5,
        .picture_batch = 64,
        .images = 60000,
        .picture_lr = 0.0002f,
    };
}

int main(int argc, char **argv) {
    VanillaSettings s = defaults();
    VanillaRules *r = &s.rules;
    const Option options[] = {
        option_choice("part", &s.part, PART_CHOICES, "which part to run"),
        option_choice("preset", &s.preset, PRESET_CHOICES, "a game that fails"),
        option_choice("cloud", &s.cloud, CLOUD_CHOICES, "points to learn"),
        option_int("steps", &s.steps, 1, 1000000, "of the generator, in the plane"),
        option_int("batch", &s.batch, 1, 10000, "points a step"),
        TOY_NET_OPTIONS(s),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        option_choice("loss", &r->loss, LOSS_CHOICES, "of the generator"),
        option_float("lr-g", &r->lr_g, 0, 1000, "learning rate of the generator, in the plane"),
        option_float("lr-d", &r->lr_d, 0, 1000, "and of the discriminator"),
        option_flag("sgd", &r->sgd, "the generator takes steps of SGD, not of Adam"),
        option_flag("constant", &r->constant, "learning rates stay; otherwise they fall to 0"),
        option_int("d-steps", &r->d_steps, 1, 1000,
                   "of the discriminator for one of the generator"),
        option_int("head-start", &r->head_start, 0, 100000,
                   "steps of the discriminator before all"),
        option_float("label", &r->label, 0.5, 1, "what the discriminator is told of real examples"),
        option_float("flip", &r->flip, 0, 0.5, "probability that it is told the wrong thing"),
        option_float("noise", &r->noise, 0, 10, "deviation of instance noise at the beginning"),
        option_float("noise-until", &r->noise_until, 0, 1, "share of the game when it has faded"),
        PICTURE_OPTIONS(s, "passes over the pictures"),
        option_float("picture-lr", &s.picture_lr, 0, 1000, "learning rate with pictures"),
        GAN_OPTIONS(s),
    };
    static const char title[] = "Lesson 6: generative adversarial networks.";
    static const char *const presets[] = { NULL, "collapse", "vanish", "diverge" };
    cli_parse(options, argc, argv, title);
    if (s.preset) { // its rules are defaults: options that were given hold against them
        s.rules = *lab_rules(presets[s.preset]);
        s.part = PLANE_PART;
        cli_parse(options, argc, argv, title);
    }
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    bool judged = s.run.load ? s.part != PLANE_PART : plays(&s, PICTURES_PART);
    Dataset *test = judged ? gan_test_set(&s.run, "lesson 6", false) : NULL;
    if (!s.run.load) {
        all_acts(run, &s, options, test);
    } else if (s.part == PLANE_PART) {
        toy_generator(run, &s, s.run.load);
    } else {
        picture_generator(run, &s, s.run.load, test);
    }
    if (test) {
        dataset_free(test);
    }
    return run_close(run);
}
