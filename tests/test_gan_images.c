// Tests of what a generator's pictures become: bytes, grids, files that are judged as they were.

#include "gan/gan_images.h"
#include "base/die.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "data/image.h"
#include "gan/picture_eval.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// --- pictures ------------------------------------------------------------------------------------

START_TEST(real_pictures_are_brought_to_the_range_of_tanh) {
    float x[] = { 0.0f, 0.5f, 1.0f, 0.25f, 9.0f };
    gan_scale(x, 4);
    static const float expected[] = { -1.0f, 0.0f, 1.0f, -0.5f, 9.0f };
    ck_assert_mem_eq(x, expected, sizeof x);
}
END_TEST

// A generator that hands z on, pixel by pixel.
static Net *copier(int batch) {
    static const LayerSpec table[] = { reshape(1, 2, 3), END };
    Rng rng = rng_create(1, RNG_INIT);
    return net_create(table, (Shape){ 6, 1, 1 }, batch, &rng);
}

START_TEST(shades_become_the_nearest_bytes) {
    enum { N = 5 };
    uint8_t images[N * 6 + 1];
    float z[N * 6];
    int wanted[N * 6];
    for (int i = 0; i < N * 6; i++) { // what a byte would be in [-1, 1], and up to half a byte off
        wanted[i] = i * 255 / (N * 6 - 1);
        z[i] = 2.0f * ((float)wanted[i] + 0.49f * (float)(i % 3 - 1)) / 255.0f - 1.0f;
    }
    z[0] = -3.0f, z[1] = -1.0f, z[2] = 0.0f, z[28] = 1.5f, z[29] = 1.0f;
    wanted[0] = wanted[1] = 0, wanted[2] = 128, wanted[28] = wanted[29] = 255; // 127.5 goes up
    for (int batch = 2; batch <= 7; batch += 5) { // 5 are no whole number of batches
        Net *G = copier(batch);
        memset(images, 77, sizeof images);
        gan_images(images, G, z, N);
        for (int i = 0; i < N * 6; i++) {
            ck_assert_int_eq(images[i], wanted[i]);
        }
        ck_assert_int_eq(images[N * 6], 77);
        net_free(G);
    }
}
END_TEST

enum { LATENT = 3, SIDE = 28, PIXELS = SIDE * SIDE };

// A small generator of 28 × 28 with batch norm, which has seen some batches.
static Net *generator(int batch) {
    static const LayerSpec table[] = {
        dense(2 * 49), reshape(2, 7, 7), batchnorm(),
        relu(),        upsample(4),      conv2d(1, .kernel = 3, .pad = 1),
        batchnorm(),   tanh_(),          END
    };
    Rng rng = rng_create(5, RNG_INIT), noise = rng_create(5, RNG_NOISE);
    Net *G = net_create(table, (Shape){ LATENT, 1, 1 }, batch, &rng);
    float *z = alloc_floats((size_t)(batch * LATENT));
    for (int i = 0; i < 20; i++) {
        rng_fill_normal(&noise, z, (size_t)(batch * LATENT), 0.5f, 2.0f);
        net_forward(G, z, batch, TRAIN);
    }
    free(z);
    return G;
}

START_TEST(samples_do_not_depend_on_each_other) {
    enum { N = 10 };
    Net *G = generator(8);
    float z[N * LATENT], *state = alloc_floats(G->n_state);
    uint8_t *together = alloc_bytes(N * PIXELS), *alone = alloc_bytes(N * PIXELS);
    Rng rng = rng_create(2, RNG_SAMPLE);
    rng_fill_normal(&rng, z, N * LATENT, 0.0f, 1.0f);
    memcpy(state, G->state, G->n_state * sizeof *state);
    gan_images(together, G, z, N);
    for (int i = 0; i < N; i++) {
        gan_images(alone + i * PIXELS, G, z + i * LATENT, 1);
    }
    int furthest = 0, different = 0;
    for (int i = 0; i < N * PIXELS; i++) {
        int off = abs(alone[i] - together[i]);
        furthest = off > furthest ? off : furthest;
        different += alone[i] != alone[i % PIXELS];
    }
    ck_assert_int_le(furthest, 1);                     // a rounding, at most
    ck_assert_int_gt(different, (N - 1) * PIXELS / 2); // and they are not all the same picture
    ck_assert_mem_eq(state, G->state, G->n_state * sizeof *state);
    ck_assert_int_eq(G->mode, EVAL);
    free(state);
    free(together);
    free(alone);
    net_free(G);
}
END_TEST

START_TEST(a_grid_shows_the_bytes) {
    enum { N = 6 };
    enter_folder();
    Net *G = generator(4);
    float z[N * LATENT], *x = alloc_floats(N * PIXELS);
    uint8_t *images = alloc_bytes(N * PIXELS);
    Rng rng = rng_create(2, RNG_SAMPLE);
    rng_fill_normal(&rng, z, N * LATENT, 0.0f, 1.0f);
    gan_image_grid("grid.png", G, z, N, 3, 2);
    gan_images(images, G, z, N);
    for (int i = 0; i < N * PIXELS; i++) {
        x[i] = (float)images[i] / 255.0f;
    }
    image_grid_grey("expected.png", x, N, SIDE, SIDE, 3, 2, 0.0f, 1.0f);
    Bytes grid = read_bytes("grid.png"), expected = read_bytes("expected.png");
    ck_assert_uint_eq(grid.n, expected.n);
    ck_assert_mem_eq(grid.bytes, expected.bytes, grid.n);
    free(grid.bytes);
    free(expected.bytes);
    free(images);
    free(x);
    net_free(G);
}
END_TEST

// --- a run's samples -----------------------------------------------------------------------------

static double figure(const char *summary, const char *key) {
    FILE *file = fopen(summary, "r");
    ck_assert_ptr_nonnull(file);
    char line[128];
    double value = NAN;
    size_t length = strlen(key);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, key, length) == 0 && line[length] == ',') {
            value = strtod(line + length + 1, NULL);
        }
    }
    fclose(file);
    return value;
}

static Verdict judge_and_generate(Judge *judge, Net *G, const char *name, int seed, int n) {
    RunOptions options = RUN_DEFAULTS("99-test");
    options.name = name, options.seed = seed, options.quiet = true;
    Run *run = run_open(&options, &(Option)OPTION_END);
    Verdict verdict = generator_judge(run, judge, G, n);
    generator_write(run, G, n);
    ck_assert_int_eq(run_close(run), 0);
    return verdict;
}

static Dataset *real_pictures(void) {
    Dataset *data = dataset_load("fashion", TEST_SET);
    data->n = 200;
    return data;
}

#define FOLDER "runs/99-test/"
#define IDX "generated-images-idx3-ubyte.gz"

// Lesson 11 reads such files: they have to score as the lesson that wrote them said.
START_TEST(a_file_scores_as_the_generator_did) {
    enum { N = 150 };
    Dataset *data = real_pictures();
    Judge *judge = judge_create(data);
    Net *G = generator(64);
    enter_folder();
    Verdict told = judge_and_generate(judge, G, "one", 1, N);
    int size[3];
    uint8_t *images = idx_read(FOLDER "one/" IDX, 3, size, "Replace the file");
    ck_assert_int_eq(size[0], N);
    ck_assert_int_eq(size[1], SIDE);
    ck_assert_int_eq(size[2], SIDE);
    Verdict read = judge_images(judge, images, N);
    ck_assert_mem_eq(&read, &told, sizeof read);
    ck_assert_double_gt(told.fid, 10.0);

    const char *summary = FOLDER "one/summary.csv";
    ck_assert_double_eq(figure(summary, "samples"), N);
    ck_assert_double_eq_tol(figure(summary, "fid"), told.fid, 1e-4 * told.fid);
    ck_assert_double_eq_tol(figure(summary, "inception_score"), told.inception_score, 1e-4);
    ck_assert_double_eq_tol(figure(summary, "smallest_share"), told.smallest_share, 1e-4);
    double sum = 0.0;
    for (int c = 0; c < JUDGE_CLASSES; c++) {
        char key[32];
        snprintf(key, sizeof key, "share_%d", c);
        ck_assert_double_eq_tol(figure(summary, key), told.share[c], 1e-4);
        sum += figure(summary, key);
    }
    ck_assert_double_eq_tol(sum, 1.0, 1e-3);
    free(images);
    net_free(G);
    judge_free(judge);
    dataset_free(data);
}
END_TEST

START_TEST(samples_follow_from_the_seed) {
    enum { N = 150 };
    Dataset *data = real_pictures();
    Judge *judge = judge_create(data);
    Net *G = generator(64);
    enter_folder();
    Verdict verdicts[3];
    Bytes files[3];
    static const char *const names[] = { "one", "again", "other" };
    for (int i = 0; i < 3; i++) {
        char path[128];
        verdicts[i] = judge_and_generate(judge, G, names[i], i < 2 ? 1 : 2, N);
        snprintf(path, sizeof path, FOLDER "%s/" IDX, names[i]);
        files[i] = read_bytes(path);
    }
    ck_assert_mem_eq(&verdicts[0], &verdicts[1], sizeof *verdicts);
    ck_assert_uint_eq(files[0].n, files[1].n);
    ck_assert_mem_eq(files[0].bytes, files[1].bytes, files[0].n);
    ck_assert_double_ne(verdicts[0].fid, verdicts[2].fid);

    Verdict alone = generator_verdict(judge, G, N, rng_create(2, RNG_SAMPLE));
    ck_assert_mem_eq(&alone, &verdicts[2], sizeof alone);
    for (int i = 0; i < 3; i++) {
        free(files[i].bytes);
    }
    net_free(G);
    judge_free(judge);
    dataset_free(data);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("gan_images");
    CASE(s, "pictures", real_pictures_are_brought_to_the_range_of_tanh,
         shades_become_the_nearest_bytes, samples_do_not_depend_on_each_other,
         a_grid_shows_the_bytes);
    CASE(s, "run", a_file_scores_as_the_generator_did, samples_follow_from_the_seed);
    return s;
}
