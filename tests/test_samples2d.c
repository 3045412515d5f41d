// Tests of what a generator in the plane is measured with.

#include "gan/samples2d.h"
#include "base/die.h"
#include "gan/gan_tally.h"
#include "measure/emd.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A generator a·z + b, by a dense layer.
static Net *affine(float a, float bx, float by) {
    static const LayerSpec table[] = { dense(2), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, SAMPLES2D_N, &rng);
    const float params[] = { a, 0.0f, 0.0f, a, bx, by };
    memcpy(net->params, params, sizeof params);
    return net;
}

START_TEST(a_look_at_one_point) {
    Samples2d *samples = samples2d_create(RING, 1);
    Net *G = affine(0.0f, 2.0f, 0.0f); // all samples in the first mode
    double figures[SAMPLES2D_FIGURES];
    const float *x = samples2d_measure(figures, samples, G);
    ck_assert(x[0] == 2.0f && x[2 * SAMPLES2D_N - 1] == 0.0f);
    ck_assert_double_eq(figures[SAMPLES2D_DIVERSITY], 0.0);
    ck_assert_double_eq(figures[SAMPLES2D_MODES], 1.0);
    ck_assert_double_eq(figures[SAMPLES2D_GOOD], 1.0);
    ck_assert_double_eq(figures[SAMPLES2D_FULLEST], 0.0);
    double carried = 0.0; // there is but one assignment that matters: all come from the same place
    for (int i = 0; i < SAMPLES2D_MATCHED; i++) {
        carried +=
            hypot((double)samples->real[2 * i] - 2.0, samples->real[2 * i + 1]) / SAMPLES2D_MATCHED;
    }
    ck_assert_double_eq_tol(figures[SAMPLES2D_EMD], carried, 1e-5);
    net_free(G);
    samples2d_free(samples);
}
END_TEST

START_TEST(a_look_at_the_noise_itself) {
    Samples2d *samples = samples2d_create(SWISS_ROLL, 3);
    Net *G = affine(1.0f, 0.0f, 0.0f);
    double figures[SAMPLES2D_FIGURES], again[SAMPLES2D_FIGURES];
    const float *x = samples2d_measure(figures, samples, G);
    ck_assert_mem_eq(x, samples->z, 2 * SAMPLES2D_N * sizeof *x);
    ck_assert_double_eq_tol(figures[SAMPLES2D_DIVERSITY],
                            mean_distance(samples->z, SAMPLES2D_N, 2) / samples->spread, 1e-9);
    ck_assert_double_eq_tol(figures[SAMPLES2D_EMD],
                            emd(NULL, samples->z, samples->real, SAMPLES2D_MATCHED, 2), 1e-9);
    ck_assert(figures[SAMPLES2D_MODES] == 0.0 && figures[SAMPLES2D_GOOD] == 0.0);
    samples2d_measure(again, samples, G);
    ck_assert_mem_eq(again, figures, sizeof again);
    net_free(G);
    samples2d_free(samples);
}
END_TEST

START_TEST(what_is_no_number_is_not_measured) {
    Samples2d *samples = samples2d_create(GRID, 1);
    Net *G = affine(NAN, 0.0f, 0.0f);
    double figures[SAMPLES2D_FIGURES];
    samples2d_measure(figures, samples, G);
    for (int i = 0; i < SAMPLES2D_FIGURES; i++) {
        ck_assert(!isfinite(figures[i]));
    }
    net_free(G);
    samples2d_free(samples);
}
END_TEST

START_TEST(the_floor_is_what_real_points_have) {
    Samples2d *ring = samples2d_create(RING, 1), *grid = samples2d_create(GRID, 1),
              *other = samples2d_create(RING, 2);
    ck_assert(ring->floor > 0.05 && ring->floor < 0.3); // reference: .12, .34
    ck_assert(grid->floor > 0.2 && grid->floor < 0.6);
    ck_assert(memcmp(ring->z, other->z, 2 * SAMPLES2D_N * sizeof *ring->z) != 0);
    ck_assert(memcmp(ring->real, other->real, 2 * SAMPLES2D_N * sizeof *ring->real) != 0);
    ck_assert_float_eq(ring->reach, 3.0f);
    ck_assert_float_eq(grid->reach, 5.0f);
    samples2d_free(ring);
    samples2d_free(grid);
    samples2d_free(other);
}
END_TEST

START_TEST(a_map_begins_in_the_lower_left_corner) {
    static float map[MAP_CELLS][MAP_CELLS];
    static const LayerSpec table[] = { dense(1), END };
    const float params[] = { 1.0f, 10.0f, 0.5f };
    Rng rng = rng_create(1, RNG_INIT);
    Net *D = net_create(table, (Shape){ 2, 1, 1 }, 1, &rng);
    Samples2d *samples = samples2d_create(RING, 1);
    memcpy(D->params, params, sizeof params);
    samples2d_map(map[0], samples, D);
    ck_assert_float_eq_tol(map[0][0], -3.0f - 30.0f + 0.5f, 1e-5f);
    ck_assert_float_eq_tol(map[0][MAP_CELLS - 1], 3.0f - 30.0f + 0.5f, 1e-5f);
    ck_assert_float_eq_tol(map[MAP_CELLS - 1][0], -3.0f + 30.0f + 0.5f, 1e-5f);
    ck_assert_float_eq_tol(map[MAP_CELLS / 2][MAP_CELLS / 2], 0.5f, 1e-5f);
    net_free(D);
    samples2d_free(samples);
}
END_TEST

START_TEST(nets_of_the_plane_have_the_layers_asked_for) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *G = toy_net(2, 3, 5, false, 4, INIT_FAN_IN, &rng),
        *D = toy_net(1, 1, 7, true, 4, INIT_HE, &rng);
    ck_assert_int_eq(G->n_layers, 7);
    ck_assert(G->layers[1].spec.kind == RELU && G->out.channels == 2);
    ck_assert_uint_eq(G->n_params, 3 * 5 + 2 * (6 * 5) + 6 * 2);
    ck_assert_int_eq(D->n_layers, 3);
    ck_assert(D->layers[1].spec.kind == LEAKY_RELU && D->out.channels == 1);
    ck_assert_float_eq(D->layers[0].bias[0],
                       0.0f); // He's scheme has biases of 0, the other has not
    ck_assert_float_ne(G->layers[0].bias[0], 0.0f);
    net_free(G);
    net_free(D);
}
END_TEST

START_TEST(files_for_gnuplot) {
    enter_folder();
    RunOptions options = RUN_DEFAULTS("99-test");
    options.quiet = true;
    const Option table[] = { RUN_OPTIONS(options), OPTION_END };
    Run *run = run_open(&options, table);
    const float points[] = { 1, 2, -0.5f, 3, 4, 5, 6, 7 };
    points_write(run, "points.csv", points, 2, 2);
    static float maps[2][MAP_CELLS][MAP_CELLS];
    maps[1][0][1] = -12.3456f;
    maps_write(run, "maps.csv", maps[0][0], 2);
    run_close(run);
    Bytes text = read_bytes("runs/99-test/default/points.csv");
    ck_assert_str_eq((char *)text.bytes,
                     "x,y\n1.000,2.000\n-0.500,3.000\n\n\nx,y\n4.000,5.000\n6.000,7.000\n");
    free(text.bytes);
    text = read_bytes("runs/99-test/default/maps.csv");
    char *second = strstr((char *)text.bytes, "\n\n\n");
    ck_assert_ptr_nonnull(second);
    ck_assert_int_eq(strncmp(second, "\n\n\n0,-12.35,0,", 14), 0);
    ck_assert_ptr_null(strstr(second + 3, "\n\n"));
    free(text.bytes);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("samples2d");
    CASE(s, "looks", a_look_at_one_point, a_look_at_the_noise_itself,
         what_is_no_number_is_not_measured, the_floor_is_what_real_points_have);
    CASE(s, "maps, nets, files", a_map_begins_in_the_lower_left_corner,
         nets_of_the_plane_have_the_layers_asked_for, files_for_gnuplot);
    return s;
}
