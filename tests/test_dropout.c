#include "base/die.h"
#include "kernels/dropout.h"
#include "nn/net.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 100000 };

// Inputs, outputs, masks and gradients of N units.
typedef struct {
    float *x, *y, *mask, *dy, *dx;
} Units;

static Units make_units(void) {
    Rng rng = rng_create(1, RNG_DATA);
    Units u = { alloc_floats(N), alloc_floats(N), alloc_floats(N), alloc_floats(N),
                alloc_floats(N) };
    rng_fill_normal(&rng, u.x, N, 3.0f, 1.0f);
    rng_fill_normal(&rng, u.dy, N, 0.0f, 1.0f);
    return u;
}

static void free_units(Units *u) {
    float *all[] = { u->x, u->y, u->mask, u->dy, u->dx };
    for (int i = 0; i < 5; i++) {
        free(all[i]);
    }
}

static double mean(const float *x) {
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        sum += x[i];
    }
    return sum / N;
}

START_TEST(drops_the_stated_share_and_keeps_the_mean) {
    const float rates[] = { 0.0f, 0.1f, 0.3f, 0.5f, 0.9f };
    Units u = make_units();
    for (int r = 0; r < 5; r++) {
        float p = rates[r], scale = 1.0f / (1.0f - p);
        Rng rng = rng_create(2, RNG_DROPOUT);
        dropout_forward(u.y, u.mask, u.x, p, N, &rng);
        int dropped = 0;
        bool right = true;
        for (int i = 0; i < N; i++) {
            right = right && (u.mask[i] == 0.0f || u.mask[i] == scale);
            right = right && u.y[i] == u.mask[i] * u.x[i];
            dropped += u.mask[i] == 0.0f;
        }
        ck_assert(right);
        // Five standard deviations of what chance does.
        double spread = 5.0 * sqrt(p * (1.0 - p) / N);
        ck_assert_double_le(fabs((double)dropped / N - p), spread);
        ck_assert_double_le(fabs(mean(u.y) / mean(u.x) - 1.0), 1.1 * spread * scale);
    }
    free_units(&u);
}
END_TEST

START_TEST(backward_goes_through_the_same_holes) {
    Units u = make_units();
    Rng rng = rng_create(2, RNG_DROPOUT);
    dropout_forward(u.y, u.mask, u.x, 0.4f, N, &rng);
    dropout_backward(u.dx, u.dy, u.mask, N);
    bool same = true;
    for (int i = 0; i < N; i++) {
        same = same && u.dx[i] == (u.y[i] == 0.0f ? 0.0f : u.dy[i] * (1.0f / 0.6f));
    }
    ck_assert(same);
    dropout_backward(u.dy, u.dy, u.mask, N); // in place
    ck_assert_int_eq(memcmp(u.dx, u.dy, N * sizeof *u.dx), 0);
    free_units(&u);
}
END_TEST

START_TEST(each_pass_draws_a_fresh_mask_and_the_same_seed_the_same) {
    Units u = make_units(), v = make_units();
    Rng rng = rng_create(2, RNG_DROPOUT), again = rng;
    dropout_forward(u.y, u.mask, u.x, 0.5f, N, &rng);
    dropout_forward(v.y, v.mask, v.x, 0.5f, N, &again);
    ck_assert_int_eq(memcmp(u.mask, v.mask, N * sizeof *u.mask), 0);
    dropout_forward(v.y, v.mask, v.x, 0.5f, N, &again);
    int different = 0;
    for (int i = 0; i < N; i++) {
        different += u.mask[i] != v.mask[i];
    }
    ck_assert_int_gt(different, N * 49 / 100); // unrelated masks differ in half of the places
    ck_assert_int_lt(different, N * 51 / 100);
    free_units(&u);
    free_units(&v);
}
END_TEST

START_TEST(in_place_is_the_same) {
    Units u = make_units();
    Rng rng = rng_create(2, RNG_DROPOUT), again = rng;
    dropout_forward(u.y, u.mask, u.x, 0.5f, N, &rng);
    dropout_forward(u.x, u.mask, u.x, 0.5f, N, &again);
    ck_assert_int_eq(memcmp(u.x, u.y, N * sizeof *u.x), 0);
    free_units(&u);
}
END_TEST

START_TEST(the_layer_is_the_identity_in_evaluation) {
    enum { BATCH = 5, WIDTH = 7 };
    static const LayerSpec table[] = { dropout(0.5f), END };
    Rng rng = rng_create(3, RNG_INIT);
    Net *net = net_create(table, (Shape){ WIDTH, 1, 1 }, BATCH, &rng);
    float x[BATCH * WIDTH], dy[BATCH * WIDTH];
    rng_fill_normal(&rng, x, BATCH * WIDTH, 0.0f, 1.0f);
    rng_fill_normal(&rng, dy, BATCH * WIDTH, 0.0f, 1.0f);

    Rng before = net->dropout;
    ck_assert_mem_eq(net_forward(net, x, BATCH, EVAL), x, sizeof x);
    ck_assert_mem_eq(net_backward(net, dy, WANT_INPUT), dy, sizeof dy);
    ck_assert_mem_eq(&net->dropout, &before, sizeof before); // and nothing is drawn

    const float *y = net_forward(net, x, BATCH, TRAIN);
    int dropped = 0;
    for (int i = 0; i < BATCH * WIDTH; i++) {
        ck_assert(y[i] == 0.0f || y[i] == 2.0f * x[i]);
        dropped += y[i] == 0.0f;
    }
    ck_assert(dropped > 0 && dropped < BATCH * WIDTH);
    const float *dx = net_backward(net, dy, WANT_INPUT);
    for (int i = 0; i < BATCH * WIDTH; i++) {
        ck_assert(dx[i] == (y[i] == 0.0f ? 0.0f : 2.0f * dy[i]));
    }
    net_free(net);
}
END_TEST

static void drop(void *probability) {
    Rng rng = rng_create(1, RNG_DROPOUT);
    float x = 1.0f, y, mask;
    dropout_forward(&y, &mask, &x, *(float *)probability, 1, &rng);
}

START_TEST(refuses_what_is_no_probability) {
    float bad[] = { 1.0f, -0.1f, 2.0f, NAN };
    for (int i = 0; i < 4; i++) {
        assert_refused(drop, &bad[i], "dropout probability");
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("dropout");
    CASE(s, "dropout", drops_the_stated_share_and_keeps_the_mean,
         backward_goes_through_the_same_holes,
         each_pass_draws_a_fresh_mask_and_the_same_seed_the_same, in_place_is_the_same,
         the_layer_is_the_identity_in_evaluation, refuses_what_is_no_probability);
    return s;
}
