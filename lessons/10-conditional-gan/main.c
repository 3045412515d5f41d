/*
## The program

The game; the same with a discriminator that is blind to labels; steering, with the generator of that; and the marks.
The files before this one have the acts.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "gan/gan_program.h"
#include "nn/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>

static void write_confusion(Run *run, const ConditionalScore *score) {
    OutFile *file = file_create(run_path(run, "confusion.csv"));
    for (int i = 0; i < CLASSES * CLASSES; i++) {
        fprintf(file_stream(file), "%.4f%c", score->confusion[i / CLASSES][i % CLASSES],
                i % CLASSES + 1 < CLASSES ? ',' : '\n');
    }
    file_commit(file);
}

// Each class by itself; and the FID to training pictures.
static void show_class_distances(Run *run, Judge *judge, const Dataset *test, Net *G) {
    double fid[CLASSES];
    uint8_t *labels = alloc_bytes((size_t)test->n),
            *images = sample_classes(labels, run, G, test->n);
    class_distances(fid, judge, test, images, labels, test->n);
    training_control(run, images, test->n);
    for (int c = 0; c < CLASSES; c++) {
        char key[24];
        snprintf(key, sizeof key, "fid_class_%d", c);
        run_summary(run, key, fid[c]);
    }
    free(labels);
    free(images);
}

// How often the judge is right about real pictures: what a consistency is compared with.
static void show_real(Run *run, Judge *judge, const Dataset *test) {
    uint8_t *taken_for = alloc_bytes((size_t)test->n);
    int right[CLASSES] = { 0 }, of[CLASSES] = { 0 }, all = 0;
    judge_classify(judge, taken_for, test->images, test->n);
    for (int i = 0; i < test->n; i++) {
        int label = test->labels[i];
        of[label]++;
        right[label] += taken_for[i] == label;
        all += taken_for[i] == label;
    }
    run_summary(run, "real", (double)all / test->n);
    for (int c = 0; c < CLASSES; c++) {
        char key[24];
        snprintf(key, sizeof key, "real_%d", c);
        run_summary(run, key, (double)right[c] / of[c]);
    }
    free(taken_for);
}

static void show(Run *run, const ConditionalSettings *s, const Dataset *test, const char *model) {
    GanPair *pair = conditional_pair(s, true, 1);
    Judge *judge = judge_create(test);
    checkpoint_load(model, pair->G);
    ConditionalScore score = score_of(run, judge, pair->G, test->n);
    verdict_report(run, &score.verdict, test->n);
    run_summary(run, "consistency", score.consistency);
    for (int c = 0; c < CLASSES; c++) {
        char key[24];
        snprintf(key, sizeof key, "consistency_%d", c);
        run_summary(run, key, score.confusion[c][c]);
    }
    write_confusion(run, &score);
    show_class_distances(run, judge, test, pair->G);
    show_real(run, judge, test);
    run_say(run, "FID %.1f, inception score %.2f; taken for the class that was asked for: %.1f %%",
            score.verdict.fid, score.verdict.inception_score, 100.0 * score.consistency);
    if (s->generate > 0) {
        uint8_t *labels = alloc_bytes((size_t)s->generate),
                *images = sample_classes(labels, run, pair->G, s->generate);
        gan_write_images(run, images, labels, s->generate, SIDE, SIDE);
        free(labels);
        free(images);
    }
    judge_free(judge);
    gan_pair_free(pair);
}

static void print_summaries(const ConditionalSettings *s) {
    GanPair *pair = conditional_pair(s, true, 1);
    gan_pair_show(pair, &s->show, &s->run, "generator", "discriminator");
    gan_pair_free(pair);
}

static void all_acts(Run *run, const ConditionalSettings *s, const Option *options,
                     const Dataset *test) {
    State *state = state_open(run, options);
    Rng rng = rng_create(s->run.seed, RNG_DATA);
    double off = check_embedding(&rng);
    run_say(run, "A label beside z is a bias that belongs to the class: off by %.1g", off);
    run_summary(run, "embedding_off", off);
    play(run, state, s, test, true);
    if (s->blind_epochs > 0) {
        play(run, state, s, test, false);
        steer(run, state, s, test);
    }
    if (!run_stopped(run)) {
        show(run, s, test, run_path(run, "model.safetensors"));
    }
    state_close(state);
}

int main(int argc, char **argv) {
    ConditionalSettings s = { .run = RUN_DEFAULTS("10-conditional-gan"),
                              .epochs = 6,
                              .blind_epochs = 3,
                              .batch = 64,
                              .images = 60000,
                              .width = 32,
                              .steer = 9,
                              .walk = 60,
                              .thin = -1,
                              .lr = 1e-3f,
                              .beta1 = 0.5f };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images"),
        option_int("blind-epochs", &s.blind_epochs, 0, 1000,
                   "of the game without labels for D, or fewer"),
        option_int("batch", &s.batch, 1, 1024, "real images a step, and as many fakes"),
        option_int("images", &s.images, 2, 1000000, "training images to use"),
        option_int("width", &s.width, 1, 256, "F, channels at 14 × 14 pixels"),
        option_float("lr", &s.lr, 0, 1000, "Adam's learning rate"),
        option_float("beta1", &s.beta1, 0, 0.999, "Adam's memory of the gradient"),
        option_int("steer", &s.steer, 0, CLASSES - 1, "the class that the strips are steered to"),
        option_int("thin", &s.thin, -1, CLASSES - 1,
                   "a class that has a tenth of its pictures; -1: none"),
        option_int("walk", &s.walk, 1, 10000, "steps of a walk in z"),
        GAN_OPTIONS(s),
    };
    cli_parse(options, argc, argv, "Lesson 10: conditional GAN.");
    s.blind_epochs = s.blind_epochs < s.epochs ? s.blind_epochs : s.epochs;
    if (show_asked(&s.show)) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = gan_test_set(&s.run, "lesson 10", true);
    if (s.run.load) {
        show(run, &s, test, s.run.load);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
