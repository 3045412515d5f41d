// Tests of what draws and judges the pictures of a GAN, and of the record of a critic.

#include "gan/picture_eval.h"
#include "base/die.h"
#include "gan/critic_training.h"
#include "gan/gan_images.h"
#include "test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 64, LATENT = 3, PIXELS = JUDGE_SIDE * JUDGE_SIDE, TESTED = 200 };

typedef struct {
    Run *run;
    Dataset *test;
    PictureEval *eval;
} Scene;

static const Option no_options[] = { OPTION_END };

static Run *open_named(const char *name, int seed, bool resume) {
    static RunOptions options;
    options = (RunOptions)RUN_DEFAULTS("99-test");
    options.name = name, options.seed = seed, options.quiet = true, options.resume = resume;
    return run_open(&options, no_options);
}

static Dataset *some_tested(void) {
    Dataset *test = dataset_load("fashion", TEST_SET);
    test->n = TESTED;
    return test;
}

static PictureEval *open_eval(Run *run, const Dataset *test, int images) {
    return picture_eval_open(run, (PictureEvalSpec){ .test = test,
                                                     .images = images,
                                                     .batch = BATCH,
                                                     .latent = LATENT,
                                                     .log = "log-fid.csv" });
}

static Scene open_scene(const char *name, int images, int seed) {
    Scene s = { .run = open_named(name, seed, false), .test = some_tested() };
    s.eval = open_eval(s.run, s.test, images);
    return s;
}

static void close_scene(Scene *s) {
    picture_eval_close(s->eval);
    dataset_free(s->test);
    ck_assert_int_eq(run_close(s->run), 0);
}

static Net *generator(void) {
    static const LayerSpec table[] = { dense(PIXELS), tanh_(), reshape(1, JUDGE_SIDE, JUDGE_SIDE),
                                       END };
    Rng rng = rng_create(1, RNG_INIT);
    return net_create(table, (Shape){ LATENT, 1, 1 }, EVAL_LATENTS, &rng);
}

static Net *some_critic(void) {
    static const LayerSpec table[] = { dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    return net_create(table, (Shape){ 1, JUDGE_SIDE, JUDGE_SIDE }, BATCH, &rng);
}

// 150 pictures in batches of 64: three an epoch, each picture once, in the range of tanh, with its
// label.
START_TEST(batches_are_real_pictures_with_their_labels) {
    enum { IMAGES = 150 };
    enter_folder();
    Scene s = open_scene("one", IMAGES, 1);
    ck_assert_int_eq(s.eval->per_epoch, 3);
    static float first[IMAGES][PIXELS], x[PIXELS];
    int labels[IMAGES], sizes[3], n = 0;
    for (int b = 0; b < 3; b++) {
        sizes[b] = picture_eval_next(s.eval);
        memcpy(first[n], s.eval->real, (size_t)sizes[b] * sizeof first[0]);
        memcpy(labels + n, s.eval->labels, (size_t)sizes[b] * sizeof *labels);
        n += sizes[b];
    }
    ck_assert(sizes[0] == 64 && sizes[1] == 64 && sizes[2] == 22);
    int found = 0;
    for (int i = 0; i < IMAGES; i++) { // of the first 150 in a random order of all
        int label;
        dataset_take(x, &label, s.eval->train, &s.eval->order[i], 1);
        gan_scale(x, PIXELS);
        for (int k = 0; k < IMAGES; k++) {
            if (memcmp(first[k], x, sizeof x) == 0) {
                found++;
                ck_assert_int_eq(labels[k], label);
                break;
            }
        }
    }
    ck_assert_int_eq(found, IMAGES);
    float low = 1.0f, high = -1.0f;
    for (int i = 0; i < IMAGES; i++) {
        for (int k = 0; k < PIXELS; k++) {
            low = fminf(low, first[i][k]);
            high = fmaxf(high, first[i][k]);
        }
    }
    ck_assert(low == -1.0f && high == 1.0f);
    ck_assert_int_eq(picture_eval_next(s.eval), 64); // and on into the next epoch
    close_scene(&s);
}
END_TEST

START_TEST(more_images_than_there_are_means_all) {
    enter_folder();
    Scene s = open_scene("one", 1000000, 1);
    ck_assert_int_eq(s.eval->per_epoch, (60000 + BATCH - 1) / BATCH);
    close_scene(&s);
}
END_TEST

// Of one class every tenth picture of those that are used, of the others all.
START_TEST(a_class_is_thinned_to_a_tenth) {
    enum { IMAGES = 2000, THINNED = 3 };
    enter_folder();
    const int label = THINNED;
    int counts[2][JUDGE_CLASSES] = { { 0 } };
    for (int thinned = 0; thinned < 2; thinned++) {
        Run *run = open_named("thin", 1, false);
        Dataset *test = some_tested();
        PictureEvalSpec spec = { .test = test, .images = IMAGES, .batch = BATCH, .latent = LATENT };
        spec.log = "log-fid.csv";
        spec.thinned = thinned ? &label : NULL;
        PictureEval *eval = picture_eval_open(run, spec);
        for (long b = 0; b < eval->per_epoch; b++) {
            int n = picture_eval_next(eval);
            for (int i = 0; i < n; i++) {
                counts[thinned][eval->labels[i]]++;
            }
        }
        picture_eval_close(eval);
        dataset_free(test);
        ck_assert_int_eq(run_close(run), 0);
    }
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        int all = counts[0][c];
        ck_assert_int_gt(all, 100);
        ck_assert_int_eq(counts[1][c], c == THINNED ? (all + 9) / 10 : all);
    }
}
END_TEST

// The same latent vectors at each look; the diversity is in units of real pictures'.
START_TEST(looks_are_at_the_same_latent_vectors) {
    enter_folder();
    Scene s = open_scene("one", 1000, 1);
    Net *G = generator();
    double once = picture_eval_diversity(s.eval, G);
    picture_eval_next(s.eval);
    ck_assert_double_eq(picture_eval_diversity(s.eval, G), once);
    const float *x = net_forward(G, s.eval->z, EVAL_LATENTS, EVAL);
    ck_assert_double_eq_tol(once, mean_distance(x, EVAL_LATENTS, PIXELS) / s.eval->spread, 1e-12);
    ck_assert(s.eval->spread > 5.0 && s.eval->spread < 40.0);
    memset(G->params, 0, G->n_params * sizeof *G->params);
    ck_assert_double_eq(picture_eval_diversity(s.eval, G), 0.0);
    picture_eval_show(s.eval, G, "samples/grid.png");
    close_scene(&s);
    Bytes picture = read_bytes("runs/99-test/one/samples/grid.png");
    ck_assert_uint_gt(picture.n, 100);
    free(picture.bytes);
    net_free(G);
}
END_TEST

START_TEST(a_verdict_is_the_runs_own_and_is_logged_with_its_time) {
    enter_folder();
    Scene s = open_scene("one", 1000, 5);
    Net *G = generator();
    Verdict v = picture_eval_judge(s.eval, G, 0),
            expected = generator_verdict(s.eval->judge, G, TESTED, rng_create(5, RNG_SAMPLE));
    ck_assert_mem_eq(&v, &expected, sizeof v);
    ck_assert_double_eq(s.eval->verdict.fid, v.fid);
    picture_eval_judge(s.eval, G, 7);
    close_scene(&s);
    char row[200];
    snprintf(row, sizeof row, "step,fid,smallest_share,inception_score\n0,%.9g,%.9g,%.9g\n7,",
             v.fid, v.smallest_share, v.inception_score);
    Bytes log = read_bytes("runs/99-test/one/log-fid.csv"),
          times = read_bytes("runs/99-test/one/timing-fid.csv");
    ck_assert_ptr_eq(strstr((char *)log.bytes, row), (char *)log.bytes);
    double first, second;
    ck_assert_int_eq(sscanf((char *)times.bytes, "step,seconds\n0,%lf\n7,%lf", &first, &second), 2);
    ck_assert(first > 0.0 && second >= first);
    free(log.bytes);
    free(times.bytes);
    net_free(G);
}
END_TEST

// A game of two epochs of three steps: a row a step, the judge at the beginning and after each
// epoch, both networks at the end. The steps themselves are the lessons'.
START_TEST(a_critics_training_is_recorded) {
    enter_folder();
    Scene s = open_scene("one", 150, 1);
    Option table[] = { OPTION_END };
    State *state = state_open(s.run, table);
    ck_assert(state_begin(state, "pictures"));
    Net *D = some_critic();
    OptimizerSpec sgd = optimizer_defaults(SGD, 0.01f);
    GanPair *d = gan_pair_create(generator(), D, sgd, sgd, false, 6, 1);
    CriticTraining training;
    critic_training_begin(&training, s.eval, d, state, 6);
    int steps = 0;
    while (critic_training_goes_on(&training)) {
        picture_eval_next(s.eval);
        critic_tally_d(&training.tally, (float)steps, 0.0f, (float)-steps, D);
        training.steps++;
        ck_assert(critic_training_row_is_due(&training)); // of so short an epoch
        critic_training_write_row(&training);
        ck_assert_int_eq(critic_training_epoch_ends(&training), steps % 3 == 2);
        if (critic_training_epoch_ends(&training)) {
            picture_eval_judge(s.eval, d->G, training.steps);
        }
        steps++;
    }
    ck_assert_int_eq(steps, 6);
    ck_assert(critic_training_over(&training));
    critic_training_save(&training);
    state_end(state, true);
    gan_pair_free(d);
    state_close(state);
    close_scene(&s);
    static const struct {
        const char *name;
        int lines;
    } files[] = { { "log-pictures.csv", 1 + 6 },
                  { "log-fid.csv", 1 + 3 },
                  { "timing-fid.csv", 1 + 3 } };
    for (int i = 0; i < 3; i++) {
        char path[100];
        snprintf(path, sizeof path, "runs/99-test/one/%s", files[i].name);
        Bytes file = read_bytes(path);
        int lines = 0;
        for (size_t k = 0; k < file.n; k++) {
            lines += file.bytes[k] == '\n';
        }
        ck_assert_int_eq(lines, files[i].lines);
        ck_assert(i != 0 || strstr((char *)file.bytes, "\n4,3,3,0,-3,")); // the fourth step's tally
        ck_assert(i == 0 || strstr((char *)file.bytes, "\n6,"));
        free(file.bytes);
    }
    static const char *const results[] = { "model.safetensors", "discriminator.safetensors",
                                           "samples/clothes.png" };
    for (int i = 0; i < 3; i++) {
        char path[100];
        snprintf(path, sizeof path, "runs/99-test/one/%s", results[i]);
        ck_assert_int_eq(access(path, R_OK), 0);
    }
}
END_TEST

// Ctrl-C before the first step: the judgement that is in the log is not made and written again.
START_TEST(a_training_that_goes_on_is_not_judged_anew) {
    enter_folder();
    for (int resume = 0; resume < 2; resume++) {
        Run *run = open_named("one", 1, resume);
        Dataset *test = some_tested();
        State *state = state_open(run, no_options);
        ck_assert(state_begin(state, "pictures"));
        PictureEval *eval = open_eval(run, test, 150);
        OptimizerSpec sgd = optimizer_defaults(SGD, 0.01f);
        GanPair *pair = gan_pair_create(generator(), some_critic(), sgd, sgd, false, 6, 1);
        CriticTraining training;
        critic_training_begin(&training, eval, pair, state, 6);
        ck_assert_int_eq(eval->judged, 1);
        raise(SIGINT);
        state_end(state, false);
        gan_pair_free(pair);
        picture_eval_close(eval);
        state_close(state);
        dataset_free(test);
        ck_assert_int_eq(run_close(run), 130);
        Bytes file = read_bytes("runs/99-test/one/log-fid.csv");
        const char *row = strstr((char *)file.bytes, "\n0,");
        ck_assert_ptr_nonnull(row);
        ck_assert_ptr_null(strstr(row + 1, "\n0,"));
        free(file.bytes);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("picture_eval");
    CASE(s, "pictures", batches_are_real_pictures_with_their_labels, a_class_is_thinned_to_a_tenth,
         more_images_than_there_are_means_all, looks_are_at_the_same_latent_vectors,
         a_verdict_is_the_runs_own_and_is_logged_with_its_time, a_critics_training_is_recorded,
         a_training_that_goes_on_is_not_judged_anew);
    return s;
}
