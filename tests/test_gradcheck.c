// The judge of all backward passes is tried itself: it must accept the right gradient and refuse
// every kind of wrong one.

#include "base/die.h"
#include "nn/gradcheck.h"
#include "test.h"

#include <float.h>
#include <math.h>
#include <string.h>

// --- a network small enough to be differentiated by hand, in double ------------------------------

// Two square layers and a squared error: L = scale · ½ |B tanh(A x) - t|². theta is A, then B.
enum { D = 5, MATRIX = D * D, N = 2 * MATRIX };

typedef struct {
    float theta[N], x[D], t[D];
    double scale;
    double hidden[D], error[D]; // of the last evaluation
} Problem;

static double problem_loss(void *context) {
    Problem *p = context;
    const float *A = p->theta, *B = p->theta + MATRIX;
    double loss = 0.0;
    for (int i = 0; i < D; i++) {
        double sum = 0.0;
        for (int j = 0; j < D; j++) {
            sum += (double)A[i * D + j] * p->x[j];
        }
        p->hidden[i] = tanh(sum);
    }
    for (int i = 0; i < D; i++) {
        p->error[i] = -p->t[i];
        for (int j = 0; j < D; j++) {
            p->error[i] += B[i * D + j] * p->hidden[j];
        }
        loss += 0.5 * p->error[i] * p->error[i];
    }
    return p->scale * loss;
}

static void true_gradient(float *gradient, Problem *p) {
    problem_loss(p);
    const float *B = p->theta + MATRIX;
    for (int j = 0; j < D; j++) {
        double d_hidden = 0.0;
        for (int i = 0; i < D; i++) {
            gradient[MATRIX + i * D + j] = (float)(p->scale * p->error[i] * p->hidden[j]);
            d_hidden += p->error[i] * B[i * D + j];
        }
        for (int l = 0; l < D; l++) {
            double slope = 1.0 - p->hidden[j] * p->hidden[j];
            gradient[j * D + l] = (float)(p->scale * d_hidden * slope * p->x[l]);
        }
    }
}

static Problem make_problem(double scale) {
    Problem p = { .scale = scale };
    Rng rng = rng_create(4, RNG_DATA);
    rng_fill_normal(&rng, p.theta, N, 0.0f, 0.5f);
    rng_fill_normal(&rng, p.x, D, 0.0f, 1.0f);
    rng_fill_normal(&rng, p.t, D, 0.0f, 1.0f);
    return p;
}

// --- ways of being wrong -------------------------------------------------------------------------

static void zero(float *g) {
    memset(g, 0, N * sizeof *g);
}

static void multiply(float *g, int from, int to, float factor) {
    for (int i = from; i < to; i++) {
        g[i] *= factor;
    }
}

static void flip(float *g) {
    multiply(g, 0, N, -1.0f);
}

static void twice(float *g) {
    multiply(g, 0, N, 2.0f);
}

static void half(float *g) {
    multiply(g, 0, N, 0.5f);
}

static void forget_first_layer(float *g) {
    multiply(g, 0, MATRIX, 0.0f);
}

static void flip_second_layer(float *g) {
    multiply(g, MATRIX, N, -1.0f);
}

static void transpose(float *g) {
    for (int m = 0; m < N; m += MATRIX) {
        for (int i = 0; i < D; i++) {
            for (int j = 0; j < i; j++) {
                float upper = g[m + i * D + j];
                g[m + i * D + j] = g[m + j * D + i];
                g[m + j * D + i] = upper;
            }
        }
    }
}

static void shift_by_one(float *g) {
    float last = g[N - 1];
    memmove(g + 1, g, (N - 1) * sizeof *g);
    g[0] = last;
}

static void swap_layers(float *g) {
    float first[MATRIX];
    memcpy(first, g, sizeof first);
    memcpy(g, g + MATRIX, sizeof first);
    memcpy(g + MATRIX, first, sizeof first);
}

static void spoil_with_nan(float *g) {
    g[N / 2] = NAN;
}

static const struct {
    const char *name;
    void (*make)(float *g);
    double least, most; // the error it must give, ± what random directions do to it
} mistakes[] = {
    { "zero", zero, 1.0, 1.0 },
    { "flipped", flip, 2.0, 2.0 },
    { "doubled", twice, 0.5, 0.5 },
    { "halved", half, 0.5, 0.5 },
    { "transposed", transpose, 0.5, 2.0 },
    { "first layer forgotten", forget_first_layer, 0.1, 1.0 },
    { "second layer flipped", flip_second_layer, 0.1, 2.0 },
    { "shifted by one", shift_by_one, 0.5, 2.0 },
    { "layers swapped", swap_layers, 0.5, 2.0 },
};
enum { MISTAKES = sizeof mistakes / sizeof *mistakes, DIRECTIONS = 10 };

static double error_one_by_one(Problem *p, const float *gradient) {
    return gradient_error(p->theta, gradient, N, problem_loss, p, 1e-2f);
}

static double error_along_directions(Problem *p, const float *gradient) {
    Rng rng = rng_create(9, RNG_SAMPLE);
    return directional_error(p->theta, gradient, N, problem_loss, p, 1e-3f, DIRECTIONS, &rng);
}

// --- tests ---------------------------------------------------------------------------------------

// The scale of the loss must not matter: "all differences below 0.001" accepts anything at 1e-6.
static const double scales[] = { 1e-6, 1.0, 1e6 };

START_TEST(accepts_the_right_gradient) {
    Problem p = make_problem(scales[_i]);
    float gradient[N];
    true_gradient(gradient, &p);
    ck_assert_double_lt(error_one_by_one(&p, gradient), 1e-3);
    ck_assert_double_lt(error_along_directions(&p, gradient), 1e-3);
}
END_TEST

START_TEST(refuses_the_mistakes_with_the_errors_the_chapter_states) {
    Problem p = make_problem(scales[_i]);
    for (int m = 0; m < MISTAKES; m++) {
        float gradient[N];
        true_gradient(gradient, &p);
        mistakes[m].make(gradient);
        double error = error_one_by_one(&p, gradient);
        ck_assert_msg(error > mistakes[m].least - 1e-3 && error < mistakes[m].most + 1e-3,
                      "%s: error %g", mistakes[m].name, error);
        error = error_along_directions(&p, gradient);
        ck_assert_msg(error > 0.5 * mistakes[m].least && error < 1.5 * mistakes[m].most,
                      "%s along directions: error %g", mistakes[m].name, error);
    }
}
END_TEST

START_TEST(one_wrong_number_is_seen) {
    Problem p = make_problem(1.0);
    float gradient[N];
    for (int i = 0; i < N; i++) {
        true_gradient(gradient, &p);
        double length = 0.0;
        for (int j = 0; j < N; j++) {
            length += (double)gradient[j] * gradient[j];
        }
        gradient[i] += 0.1f * (float)sqrt(length);
        ck_assert_double_gt(error_one_by_one(&p, gradient), 0.08);
        ck_assert_double_gt(error_along_directions(&p, gradient), 0.02);
    }
}
END_TEST

START_TEST(a_nan_is_never_accepted) {
    Problem p = make_problem(1.0);
    float gradient[N];
    true_gradient(gradient, &p);
    spoil_with_nan(gradient);
    ck_assert(!(error_one_by_one(&p, gradient) < 0.5));
    ck_assert(!(error_along_directions(&p, gradient) < 0.5));
    true_gradient(gradient, &p);
    p.scale = NAN; // now the loss is NaN
    ck_assert(!(error_one_by_one(&p, gradient) < 0.5));
    ck_assert(!(error_along_directions(&p, gradient) < 0.5));
}
END_TEST

static double constant_loss(void *context) {
    (void)context;
    return 3.0;
}

START_TEST(when_nothing_moves_nothing_is_proven) {
    Problem p = make_problem(1.0);
    Rng rng = rng_create(9, RNG_SAMPLE);
    const float gradient[N] = { 0.0f };
    ck_assert_double_eq(gradient_error(p.theta, gradient, N, constant_loss, NULL, 1e-2f), 1.0);
    ck_assert_double_eq(
        directional_error(p.theta, gradient, N, constant_loss, NULL, 1e-2f, 3, &rng), 1.0);
    ck_assert_double_eq(gradient_error(p.theta, gradient, 0, problem_loss, &p, 1e-2f), 1.0);
    ck_assert_double_eq(directional_error(p.theta, gradient, N, problem_loss, &p, 1e-2f, 0, &rng),
                        1.0);
}
END_TEST

// Adding h and taking it away again would not bring these back.
START_TEST(theta_is_restored_bit_for_bit) {
    Problem p = make_problem(1.0);
    const float awkward[] = { 1e9f, 1e-30f, 0.1f, -0.0f, 16777217.0f, FLT_MIN, -1e-41f };
    memcpy(p.theta, awkward, sizeof awkward);
    float before[N], gradient[N] = { 0.0f };
    memcpy(before, p.theta, sizeof before);
    error_one_by_one(&p, gradient);
    ck_assert_mem_eq(p.theta, before, sizeof before);
    error_along_directions(&p, gradient);
    ck_assert_mem_eq(p.theta, before, sizeof before);
}
END_TEST

static double counted_loss(void *calls) {
    return ++*(int *)calls;
}

START_TEST(the_loss_is_evaluated_twice_per_difference) {
    Problem p = make_problem(1.0);
    Rng rng = rng_create(9, RNG_SAMPLE);
    float gradient[N] = { 0.0f };
    int calls = 0;
    gradient_error(p.theta, gradient, N, counted_loss, &calls, 1e-2f);
    ck_assert_int_eq(calls, 2 * N);
    calls = 0;
    directional_error(p.theta, gradient, N, counted_loss, &calls, 1e-2f, DIRECTIONS, &rng);
    ck_assert_int_eq(calls, 2 * DIRECTIONS);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("gradcheck");
    CASE(s, "gradcheck", one_wrong_number_is_seen, a_nan_is_never_accepted,
         when_nothing_moves_nothing_is_proven, theta_is_restored_bit_for_bit,
         the_loss_is_evaluated_twice_per_difference);
    TCase *each = tcase_create("each");
    tcase_add_loop_test(each, accepts_the_right_gradient, 0, 3);
    tcase_add_loop_test(each, refuses_the_mistakes_with_the_errors_the_chapter_states, 0, 3);
    suite_add_tcase(s, each);
    return s;
}
