// Tests of what a generator in the plane is measured with.

#include "die.h"
#include "emd.h"
#include "gan.h"
#include "plane.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A generator a·z + b, by a dense layer.
static Net *affine(float a, float bx, float by) {
    static const LayerSpec table[] = { dense(2), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ 2, 1, 1 }, PLANE_SAMPLES, &rng);
    const float params[] = { a, 0.0f, 0.0f, a, bx, by };
    memcpy(net->params, params, sizeof params);
    return net;
}

START_TEST(a_look_at_one_point) {
    Plane *plane = plane_create(RING, 1);
    Net *G = affine(0.0f, 2.0f, 0.0f); // all samples in the first mode
    double figures[PLANE_COLUMNS];
    const float *x = plane_look(figures, plane, G);
    ck_assert(x[0] == 2.0f && x[2 * PLANE_SAMPLES - 1] == 0.0f);
    ck_assert_double_eq(figures[PLANE_DIVERSITY], 0.0);
    ck_assert_double_eq(figures[PLANE_MODES], 1.0);
    ck_assert_double_eq(figures[PLANE_GOOD], 1.0);
    ck_assert_double_eq(figures[PLANE_FULLEST], 0.0);
    double carried = 0.0; // there is but one assignment that matters: all come from the same place
    for (int i = 0; i < PLANE_MATCHED; i++) {
        carried += hypot((double)plane->real[2 * i] - 2.0, plane->real[2 * i + 1]) / PLANE_MATCHED;
    }
    ck_assert_double_eq_tol(figures[PLANE_EMD], carried, 1e-5);
    net_free(G);
    plane_free(plane);
}
END_TEST

START_TEST(a_look_at_the_noise_itself) {
    Plane *plane = plane_create(SWISS_ROLL, 3);
    Net *G = affine(1.0f, 0.0f, 0.0f);
    double figures[PLANE_COLUMNS], again[PLANE_COLUMNS];
    const float *x = plane_look(figures, plane, G);
    ck_assert_mem_eq(x, plane->z, 2 * PLANE_SAMPLES * sizeof *x);
    ck_assert_double_eq_tol(figures[PLANE_DIVERSITY],
                            mean_distance(plane->z, PLANE_SAMPLES, 2) / plane->spread, 1e-9);
    ck_assert_double_eq_tol(figures[PLANE_EMD], emd(NULL, plane->z, plane->real, PLANE_MATCHED, 2),
                            1e-9);
    ck_assert(figures[PLANE_MODES] == 0.0 && figures[PLANE_GOOD] == 0.0);
    plane_look(again, plane, G);
    ck_assert_mem_eq(again, figures, sizeof again);
    net_free(G);
    plane_free(plane);
}
END_TEST

START_TEST(what_is_no_number_is_not_measured) {
    Plane *plane = plane_create(GRID, 1);
    Net *G = affine(NAN, 0.0f, 0.0f);
    double figures[PLANE_COLUMNS];
    plane_look(figures, plane, G);
    for (int i = 0; i < PLANE_COLUMNS; i++) {
        ck_assert(!isfinite(figures[i]));
    }
    net_free(G);
    plane_free(plane);
}
END_TEST

START_TEST(the_floor_is_what_real_points_have) {
    Plane *ring = plane_create(RING, 1), *grid = plane_create(GRID, 1),
          *other = plane_create(RING, 2);
    ck_assert(ring->floor > 0.05 && ring->floor < 0.3); // reference: .12, .34
    ck_assert(grid->floor > 0.2 && grid->floor < 0.6);
    ck_assert(memcmp(ring->z, other->z, 2 * PLANE_SAMPLES * sizeof *ring->z) != 0);
    ck_assert(memcmp(ring->real, other->real, 2 * PLANE_SAMPLES * sizeof *ring->real) != 0);
    ck_assert_float_eq(ring->reach, 3.0f);
    ck_assert_float_eq(grid->reach, 5.0f);
    plane_free(ring);
    plane_free(grid);
    plane_free(other);
}
END_TEST

START_TEST(a_map_begins_in_the_lower_left_corner) {
    static float map[PLANE_CELLS][PLANE_CELLS];
    static const LayerSpec table[] = { dense(1), END };
    const float params[] = { 1.0f, 10.0f, 0.5f };
    Rng rng = rng_create(1, RNG_INIT);
    Net *D = net_create(table, (Shape){ 2, 1, 1 }, 1, &rng);
    Plane *plane = plane_create(RING, 1);
    memcpy(D->params, params, sizeof params);
    plane_map(map[0], plane, D);
    ck_assert_float_eq_tol(map[0][0], -3.0f - 30.0f + 0.5f, 1e-5f);
    ck_assert_float_eq_tol(map[0][PLANE_CELLS - 1], 3.0f - 30.0f + 0.5f, 1e-5f);
    ck_assert_float_eq_tol(map[PLANE_CELLS - 1][0], -3.0f + 30.0f + 0.5f, 1e-5f);
    ck_assert_float_eq_tol(map[PLANE_CELLS / 2][PLANE_CELLS / 2], 0.5f, 1e-5f);
    net_free(D);
    plane_free(plane);
}
END_TEST

START_TEST(nets_of_the_plane_have_the_layers_asked_for) {
    Rng rng = rng_create(1, RNG_INIT);
    Net *G = plane_net(2, 3, 5, false, 4, INIT_FAN_IN, &rng),
        *D = plane_net(1, 1, 7, true, 4, INIT_HE, &rng);
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
    plane_write_points(run, "points.csv", points, 2, 2);
    static float maps[2][PLANE_CELLS][PLANE_CELLS];
    maps[1][0][1] = -12.3456f;
    plane_write_maps(run, "maps.csv", maps[0][0], 2);
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
    Suite *s = suite_create("plane");
    CASE(s, "looks", a_look_at_one_point, a_look_at_the_noise_itself,
         what_is_no_number_is_not_measured, the_floor_is_what_real_points_have);
    CASE(s, "maps, nets, files", a_map_begins_in_the_lower_left_corner,
         nets_of_the_plane_have_the_layers_asked_for, files_for_gnuplot);
    return s;
}
