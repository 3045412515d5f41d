/*
## The program

Two games, one with each generator, then what the first has learned. The generator is read from its file for that, so that a run
which is resumed after the game has it, too. All these acts have files of their own, before this one.
*/

#include "acts.h"
#include "base/die.h"
#include "gan/gan_program.h"

#include <stdio.h>
#include <stdlib.h>

static void print_summaries(const DcganSettings *s) {
    GanPair *first = dcgan_pair(s, TRANSPOSED, 1), *second = dcgan_pair(s, UPSAMPLED, 1);
    show_net(&s->show, &s->run, "generator", first->G);
    printf("\n");
    show_net(&s->show, &s->run, "upsampled", second->G);
    printf("\n");
    show_net(&s->show, &s->run, "discriminator", first->D);
    gan_pair_free(first);
    gan_pair_free(second);
}

static DcganStudy study_open(Run *run, const DcganSettings *s, const Option *options,
                             Dataset *test) {
    DcganStudy study = {
        .run = run, .settings = s, .test = test, .train = dataset_load(s->run.data, TRAIN_SET)
    };
    study.state = state_open(run, options);
    study.judge = judge_create(test);
    study.order = random_order(study.train->n, rng_create(s->run.seed, RNG_DATA));
    study.z = alloc_floats((size_t)LOOKED_AT * LATENT);
    study.pictures = alloc_floats((size_t)LOOKED_AT * PIXELS);
    Rng rng = rng_create(s->run.seed, RNG_SAMPLE);
    rng_fill_normal(&rng, study.z, (size_t)LOOKED_AT * LATENT, 0.0f, 1.0f);
    study.n_real = test->n < LOOKED_AT ? test->n - test->n % 2 : LOOKED_AT;
    int places[LOOKED_AT];
    for (int i = 0; i < study.n_real; i++) {
        places[i] = i;
    }
    dataset_take(study.pictures, NULL, test, places, study.n_real);
    gan_scale(study.pictures, (size_t)study.n_real * PIXELS);
    study.distance = mean_distance(study.pictures, study.n_real, PIXELS);
    study.real = spectrum(study.pictures, study.n_real);
    study.real_mean = spectrum_of_mean(study.pictures, study.n_real);
    return study;
}

static void study_close(DcganStudy *study) {
    dataset_free(study->train);
    state_close(study->state);
    judge_free(study->judge);
    free(study->order);
    free(study->z);
    free(study->pictures);
}

static void all_acts(Run *run, const DcganSettings *s, const Option *options, Dataset *test) {
    DcganStudy study = study_open(run, s, options, test);
    state_doubles(study.state, "before", study.before[0].share, ENLARGERS * FREQUENCIES);
    state_doubles(study.state, "after", study.after[0].share, ENLARGERS * FREQUENCIES);
    state_doubles(study.state, "mean", study.mean[0].share, ENLARGERS * FREQUENCIES);
    state_doubles(study.state, "fid_then", &study.fid_then, 1);
    check_adjoint(run, rng_create(s->run.seed, RNG_NOISE));
    bridge(run, rng_create(s->run.seed, RNG_NOISE));
    check_tie(run, rng_create(s->run.seed, RNG_NOISE));
    check_bias(run, rng_create(s->run.seed, RNG_NOISE));
    overlaps(run);
    play(&study, TRANSPOSED, s->epochs);
    if (upsample_epochs(s) > 0) {
        play(&study, UPSAMPLED, upsample_epochs(s));
        compare_spectra(&study);
    }
    report(&study);
    study_close(&study);
}

static void score_model(Run *run, const DcganSettings *s, const Dataset *test) {
    GanPair *pair = dcgan_pair(s, TRANSPOSED, 1);
    generator_score(run, pair->G, s->run.load, test, s->generate);
    gan_pair_free(pair);
}

int main(int argc, char **argv) {
    DcganSettings s = { .run = RUN_DEFAULTS("07-dcgan"),
                        .epochs = 8,
                        .upsample_epochs = 3,
                        .batch = 64,
                        .images = 60000,
                        .width = 32,
                        .init = INIT_DCGAN,
                        .lr = 2e-4f,
                        .beta1 = 0.5f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("upsample-epochs", &s.upsample_epochs, 0, 1000, "of the second game, or fewer"),
        option_int("batch", &s.batch, 1, 1024, "real images a step, and as many fakes"),
        option_int("images", &s.images, 1, 1000000, "training images to use"),
        option_int("width", &s.width, 1, 256, "F, channels at 14 × 14 pixels"),
        option_float("lr", &s.lr, 0, 1000, "Adam's learning rate"),
        option_float("beta1", &s.beta1, 0, 0.999, "Adam's memory of the gradient"),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        option_flag("no-batchnorm", &s.no_batchnorm, "leave batch norm out"),
        GAN_OPTIONS(s),
    };
    cli_parse(options, argc, argv, "Lesson 7: DCGAN.");
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = gan_test_set(&s.run, "lesson 7", false);
    if (s.run.load) {
        score_model(run, &s, test);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
