// Tests of the studio that games with pictures are played in.

#include "die.h"
#include "sitting.h"
#include "studio.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 64, LATENT = 3, PIXELS = JUDGE_SIDE * JUDGE_SIDE, TESTED = 200 };

typedef struct {
    Run *run;
    Dataset *test;
    Studio *studio;
} Scene;

static Scene open_scene(const char *name, int images, int seed) {
    static RunOptions options;
    options = (RunOptions)RUN_DEFAULTS("99-test");
    options.name = name, options.seed = seed, options.quiet = true;
    Scene s = { .run = run_open(&options, &(Option)OPTION_END),
                .test = dataset_load("fashion", TEST_SET) };
    s.test->n = TESTED;
    s.studio = studio_open(s.run, "fashion", s.test, images, BATCH, LATENT, "log-fid.csv");
    return s;
}

static void close_scene(Scene *s) {
    studio_close(s->studio);
    dataset_free(s->test);
    ck_assert_int_eq(run_close(s->run), 0);
}

static Net *generator(void) {
    static const LayerSpec table[] = { dense(PIXELS), tanh_(), reshape(1, JUDGE_SIDE, JUDGE_SIDE),
                                       END };
    Rng rng = rng_create(1, RNG_INIT);
    return net_create(table, (Shape){ LATENT, 1, 1 }, STUDIO_LATENTS, &rng);
}

// 150 pictures in batches of 64: three an epoch, each picture once, in the range of tanh, with its
// label.
START_TEST(batches_are_real_pictures_with_their_labels) {
    enum { IMAGES = 150 };
    enter_folder();
    Scene s = open_scene("one", IMAGES, 1);
    ck_assert_int_eq(s.studio->per_epoch, 3);
    static float first[IMAGES][PIXELS], x[PIXELS];
    int labels[IMAGES], sizes[3], n = 0;
    for (int b = 0; b < 3; b++) {
        sizes[b] = studio_next(s.studio);
        memcpy(first[n], s.studio->real, (size_t)sizes[b] * sizeof first[0]);
        memcpy(labels + n, s.studio->labels, (size_t)sizes[b] * sizeof *labels);
        n += sizes[b];
    }
    ck_assert(sizes[0] == 64 && sizes[1] == 64 && sizes[2] == 22);
    int found = 0;
    for (int i = 0; i < IMAGES; i++) { // of the first 150 in a random order of all
        int label;
        dataset_take(x, &label, s.studio->train, &s.studio->order[i], 1);
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
    ck_assert_int_eq(studio_next(s.studio), 64); // and on into the next epoch
    close_scene(&s);
}
END_TEST

START_TEST(more_images_than_there_are_means_all) {
    enter_folder();
    Scene s = open_scene("one", 1000000, 1);
    ck_assert_int_eq(s.studio->per_epoch, (60000 + BATCH - 1) / BATCH);
    close_scene(&s);
}
END_TEST

// The same latent vectors at each look; the diversity is in units of real pictures'.
START_TEST(looks_are_at_the_same_latent_vectors) {
    enter_folder();
    Scene s = open_scene("one", 1000, 1);
    Net *G = generator();
    double once = studio_diversity(s.studio, G);
    studio_next(s.studio);
    ck_assert_double_eq(studio_diversity(s.studio, G), once);
    const float *x = net_forward(G, s.studio->z, STUDIO_LATENTS, EVAL);
    ck_assert_double_eq_tol(once, mean_distance(x, STUDIO_LATENTS, PIXELS) / s.studio->spread,
                            1e-12);
    ck_assert(s.studio->spread > 5.0 && s.studio->spread < 40.0);
    memset(G->params, 0, G->n_params * sizeof *G->params);
    ck_assert_double_eq(studio_diversity(s.studio, G), 0.0);
    studio_show(s.studio, G, "samples/grid.png");
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
    Verdict v = studio_judge(s.studio, G, 0),
            expected = gan_verdict(s.studio->judge, G, TESTED, rng_create(5, RNG_SAMPLE));
    ck_assert_mem_eq(&v, &expected, sizeof v);
    ck_assert_double_eq(s.studio->verdict.fid, v.fid);
    studio_judge(s.studio, G, 7);
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
START_TEST(a_sitting_is_recorded) {
    enter_folder();
    Scene s = open_scene("one", 150, 1);
    Option table[] = { OPTION_END };
    State *state = state_open(s.run, table);
    ck_assert(state_begin(state, "pictures"));
    static const LayerSpec critic[] = { dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *D = net_create(critic, (Shape){ 1, JUDGE_SIDE, JUDGE_SIDE }, BATCH, &rng);
    OptimizerSpec sgd = optimizer_defaults(SGD, 0.01f);
    Duel *d = duel_create(generator(), D, sgd, sgd, false, 6, 1);
    Sitting sitting;
    sitting_begin(&sitting, s.studio, d, state, 6);
    int steps = 0;
    while (sitting_goes_on(&sitting)) {
        studio_next(s.studio);
        critic_tally_d(&sitting.tally, (float)steps, 0.0f, (float)-steps, D);
        sitting_record(&sitting);
        ck_assert_int_eq(sitting.steps, ++steps);
    }
    ck_assert_int_eq(steps, 6);
    ck_assert(sitting_end(&sitting));
    state_end(state, true);
    duel_free(d);
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

Suite *suite(void) {
    Suite *s = suite_create("studio");
    CASE(s, "studio", batches_are_real_pictures_with_their_labels,
         more_images_than_there_are_means_all, looks_are_at_the_same_latent_vectors,
         a_verdict_is_the_runs_own_and_is_logged_with_its_time, a_sitting_is_recorded);
    return s;
}
