#include "base/die.h"
#include "nn/init.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FAN_IN = 300, FAN_OUT = 700, N = FAN_IN * FAN_OUT, N_BIAS = FAN_OUT };

typedef struct {
    float *weight, *bias;
} Weights;

// Every number starts as garbage, to be overwritten.
static Weights draw(InitScheme scheme, uint64_t seed) {
    Weights w = { alloc_floats(N), alloc_floats(N_BIAS) };
    memset(w.weight, 0x7e, N * sizeof *w.weight);
    memset(w.bias, 0x7e, N_BIAS * sizeof *w.bias);
    Rng rng = rng_create(seed, RNG_INIT);
    init_weights(scheme, w.weight, N, w.bias, N_BIAS, FAN_IN, FAN_OUT, &rng);
    return w;
}

static void free_weights(Weights *w) {
    free(w->weight);
    free(w->bias);
}

typedef struct {
    double mean, variance, largest,
        beyond; // beyond: the share further than one standard deviation from 0
} Moments;

static Moments measure(const float *x, int n) {
    Moments m = { 0 };
    for (int i = 0; i < n; i++) {
        m.mean += x[i] / (double)n;
        m.variance += (double)x[i] * x[i] / n;
        m.largest = fmax(m.largest, fabs(x[i]));
    }
    for (int i = 0; i < n; i++) {
        m.beyond += (fabs(x[i]) > sqrt(m.variance)) / (double)n;
    }
    return m;
}

static void check_moments(const float *x, int n, double variance, bool uniform) {
    Moments m = measure(x, n);
    double noise = 5.0 / sqrt(n); // five standard deviations of what chance does
    ck_assert_double_le(fabs(m.mean), noise * sqrt(variance));
    ck_assert_double_le(fabs(m.variance / variance - 1.0), 1.5 * noise);
    if (uniform) {
        double bound = sqrt(3.0 * variance);
        ck_assert_double_le(m.largest, bound * (1.0 + 1e-6));
        ck_assert_double_ge(m.largest, bound * (1.0 - 20.0 / n));
        ck_assert_double_eq_tol(m.beyond, 1.0 - 1.0 / sqrt(3.0), noise);
    } else {
        ck_assert_double_gt(m.largest, 3.0 * sqrt(variance));
        ck_assert_double_eq_tol(m.beyond, 0.31731, noise);
    }
}

static bool all_zero(const float *x, int n) {
    for (int i = 0; i < n; i++) {
        if (x[i] != 0.0f) {
            return false;
        }
    }
    return true;
}

START_TEST(zero_is_zero) {
    Weights w = draw(INIT_ZERO, 1);
    ck_assert(all_zero(w.weight, N));
    ck_assert(all_zero(w.bias, N_BIAS));
    free_weights(&w);
}
END_TEST

START_TEST(small_is_uniform) {
    Weights w = draw(INIT_SMALL, 1);
    check_moments(w.weight, N, 0.01 * 0.01 / 3.0, true);
    ck_assert(all_zero(w.bias, N_BIAS));
    free_weights(&w);
}
END_TEST

START_TEST(xavier_is_uniform_and_takes_both_fans) {
    Weights w = draw(INIT_XAVIER, 1);
    check_moments(w.weight, N, 2.0 / (FAN_IN + FAN_OUT), true);
    ck_assert(all_zero(w.bias, N_BIAS));
    free_weights(&w);
}
END_TEST

START_TEST(he_is_normal_and_takes_the_fan_in) {
    Weights w = draw(INIT_HE, 1);
    check_moments(w.weight, N, 2.0 / FAN_IN, false);
    ck_assert(all_zero(w.bias, N_BIAS));
    free_weights(&w);
}
END_TEST

START_TEST(fan_in_is_uniform_for_biases_too) {
    Weights w = draw(INIT_FAN_IN, 1);
    check_moments(w.weight, N, 1.0 / (3.0 * FAN_IN), true);
    check_moments(w.bias, N_BIAS, 1.0 / (3.0 * FAN_IN), true);
    free_weights(&w);
}
END_TEST

START_TEST(dcgan_is_normal_whatever_the_fans) {
    Weights w = draw(INIT_DCGAN, 1);
    check_moments(w.weight, N, 0.02 * 0.02, false);
    ck_assert(all_zero(w.bias, N_BIAS));
    free_weights(&w);
}
END_TEST

// What He's variance is for: behind the ReLU the signal is as large as before the layer.
START_TEST(signals_keep_their_size) {
    Weights w = draw(INIT_HE, 2);
    Rng rng = rng_create(3, RNG_DATA);
    float x[FAN_IN];
    double square = 0.0, relu_square = 0.0;
    rng_fill_normal(&rng, x, FAN_IN, 0.0f, 1.0f);
    for (int i = 0; i < FAN_IN; i++) {
        square += (double)x[i] * x[i] / FAN_IN;
    }
    for (int o = 0; o < FAN_OUT; o++) {
        double y = 0.0;
        for (int i = 0; i < FAN_IN; i++) {
            y += (double)w.weight[o * FAN_IN + i] * x[i];
        }
        relu_square += y > 0.0 ? y * y / FAN_OUT : 0.0;
    }
    ck_assert_double_eq_tol(relu_square / square, 1.0, 0.3);
    free_weights(&w);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_bytes) {
    for (InitScheme scheme = INIT_SMALL; scheme < INIT_SCHEMES; scheme++) {
        Weights w = draw(scheme, 1), same = draw(scheme, 1), other = draw(scheme, 2);
        ck_assert_int_eq(memcmp(w.weight, same.weight, N * sizeof *w.weight), 0);
        ck_assert_int_eq(memcmp(w.bias, same.bias, N_BIAS * sizeof *w.bias), 0);
        int equal = 0;
        for (int i = 0; i < N; i++) {
            equal += w.weight[i] == other.weight[i];
        }
        ck_assert_int_lt(equal, N / 1000);
        free_weights(&w);
        free_weights(&same);
        free_weights(&other);
    }
}
END_TEST

START_TEST(works_without_biases) {
    for (InitScheme scheme = INIT_ZERO; scheme < INIT_SCHEMES; scheme++) {
        Rng rng = rng_create(1, RNG_INIT);
        float w[4] = { 9.0f, 9.0f, 9.0f, 9.0f };
        init_weights(scheme, w, 3, NULL, 0, 3, 1, &rng);
        for (int i = 0; i < 3; i++) {
            ck_assert_float_ne(w[i], 9.0f);
        }
        ck_assert_float_eq(w[3], 9.0f); // and nothing behind the end
    }
}
END_TEST

static void draw_scheme(void *scheme) {
    Weights w = draw(*(InitScheme *)scheme, 1);
    free_weights(&w);
}

static void draw_without_fan(void *unused) {
    (void)unused;
    float w;
    Rng rng = rng_create(1, RNG_INIT);
    init_weights(INIT_HE, &w, 1, NULL, 0, 0, 1, &rng);
}

START_TEST(refuses_nonsense) {
    assert_refused(draw_scheme, &(InitScheme){ INIT_SCHEMES }, "not a scheme");
    assert_refused(draw_without_fan, NULL, "fan_in 0");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("init");
    CASE(s, "init", zero_is_zero, small_is_uniform, xavier_is_uniform_and_takes_both_fans,
         he_is_normal_and_takes_the_fan_in, fan_in_is_uniform_for_biases_too,
         dcgan_is_normal_whatever_the_fans, signals_keep_their_size,
         the_same_seed_gives_the_same_bytes, works_without_biases, refuses_nonsense);
    return s;
}
