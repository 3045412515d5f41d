#include "kernels/lanes.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>

typedef double Exact(double x);
typedef Lanes Fast(Lanes x);

static double exact_sigmoid(double x) {
    return 1.0 / (1.0 + exp(-x));
}

static Lanes fast_expm1(Lanes x) {
    return lanes_expm1(x);
}

static Lanes fast_sigmoid(Lanes x) {
    return lanes_sigmoid(x);
}

static Lanes fast_tanh(Lanes x) {
    return lanes_tanh(x);
}

static const struct {
    Exact *exact;
    Fast *fast;
    double low, high; // where the result has room in a float
} functions[] = {
    { expm1, fast_expm1, -200, 87 },
    { exact_sigmoid, fast_sigmoid, -87, 200 },
    { tanh, fast_tanh, -200, 200 },
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

// Every 1009th float of either sign, and so of every size: within two units in the last place.
START_TEST(all_digits_are_right) {
    int count = 0;
    for (uint32_t bits = 0; bits < UINT32_MAX - 1009 * LANES;) {
        Lanes x;
        for (int i = 0; i < LANES; i++, bits += 1009) {
            memcpy((char *)&x + i * (int)sizeof bits, &bits, sizeof bits);
        }
        Lanes y = functions[_i].fast(x);
        for (int i = 0; i < LANES; i++) {
            if (x[i] > functions[_i].low && x[i] < functions[_i].high && fabsf(x[i]) > 1e-37f) {
                double exact = functions[_i].exact(x[i]);
                ck_assert_msg(fabs(y[i] - exact) <= 2.4e-7 * fabs(exact), "f(%.9g) is %.9g", x[i],
                              y[i]);
                count++;
            }
        }
    }
    ck_assert_int_gt(count, 1000000);
}
END_TEST

START_TEST(far_out_and_not_a_number) {
    const float x[8] = { INFINITY, -INFINITY, 1e30f, -1e30f, NAN, 0.0f, -0.0f, 1e-40f };
    Lanes s = lanes_sigmoid(lanes_load(x, 8)), t = lanes_tanh(lanes_load(x, 8));
    for (int i = 0; i < 4; i++) {
        ck_assert_float_eq_tol(s[i], i % 2 == 0 ? 1.0f : 0.0f, 1e-37f);
        ck_assert_float_eq(t[i], i % 2 == 0 ? 1.0f : -1.0f);
    }
    ck_assert(isnan(s[4]) && isnan(t[4]));
    for (int i = 5; i < 8; i++) {
        ck_assert_float_eq(s[i], 0.5f);
        ck_assert_float_eq_tol(t[i], x[i], 1e-44f);
    }
}
END_TEST

// The result of a number depends neither on its place nor on its neighbours.
START_TEST(a_number_is_the_same_in_every_lane) {
    Rng rng = rng_create(1, RNG_DATA);
    float x[LANES], y[LANES];
    for (int i = 0; i < 1000; i++) {
        rng_fill_normal(&rng, x, LANES, 0.0f, 5.0f);
        lanes_store(y, functions[_i].fast(lanes_load(x, LANES)), LANES);
        for (int k = 0; k < LANES; k++) {
            ck_assert_float_eq(functions[_i].fast(lanes_load(x + k, 1))[0], y[k]);
        }
    }
}
END_TEST

START_TEST(only_so_many_are_read_and_written) {
    for (int n = 1; n <= LANES; n++) {
        float from[LANES], to[LANES + 1];
        for (int i = 0; i < LANES; i++) {
            from[i] = i < n ? (float)i + 1.0f : NAN;
            to[i] = -1.0f;
        }
        to[LANES] = -1.0f;
        Lanes v = lanes_load(from, n);
        lanes_store(to, v, n);
        for (int i = 0; i < LANES; i++) {
            ck_assert_float_eq(v[i], i < n ? (float)i + 1.0f : 0.0f);
            ck_assert_float_eq(to[i], i < n ? (float)i + 1.0f : -1.0f);
        }
        ck_assert_float_eq(to[LANES], -1.0f);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("lanes");
    TCase *t = tcase_create("functions");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, all_digits_are_right, 0, FUNCTIONS);
    tcase_add_loop_test(t, a_number_is_the_same_in_every_lane, 0, FUNCTIONS);
    tcase_add_test(t, far_out_and_not_a_number);
    tcase_add_test(t, only_so_many_are_read_and_written);
    suite_add_tcase(s, t);
    return s;
}
