#include "base/die.h"
#include "nn/optimizer.h"
#include "base/rng.h"
#include "test.h"

#include "fixtures/optimizers.h"

#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// --- against PyTorch -----------------------------------------------------------------------------

enum { WEIGHTS = 7, STEPS = 20 };

static const struct {
    OptimizerKind kind;
    float lr, l2, weight_decay;
    const float (*path)[WEIGHTS]; // the weights after each step
} fixtures[] = {
    { SGD, 0.1f, 0.0f, 0.0f, optimizer_sgd },
    { SGD, 0.1f, 0.3f, 0.0f, optimizer_sgd_l2 },
    { MOMENTUM, 0.02f, 0.0f, 0.0f, optimizer_momentum },
    { MOMENTUM, 0.02f, 0.3f, 0.0f, optimizer_momentum_l2 },
    { NESTEROV, 0.02f, 0.0f, 0.0f, optimizer_nesterov },
    { NESTEROV, 0.02f, 0.3f, 0.0f, optimizer_nesterov_l2 },
    { ADAGRAD, 0.1f, 0.0f, 0.0f, optimizer_adagrad },
    { ADAGRAD, 0.1f, 0.3f, 0.0f, optimizer_adagrad_l2 },
    { RMSPROP, 0.1f, 0.0f, 0.0f, optimizer_rmsprop },
    { RMSPROP, 0.1f, 0.3f, 0.0f, optimizer_rmsprop_l2 },
    { ADAM, 0.1f, 0.0f, 0.0f, optimizer_adam },
    { ADAM, 0.1f, 0.3f, 0.0f, optimizer_adam_l2 },
    { ADAMW, 0.1f, 0.0f, 0.2f, optimizer_adamw },
};
enum { FIXTURES = sizeof fixtures / sizeof *fixtures };

START_TEST(twenty_steps_equal_pytorch) {
    OptimizerSpec spec = optimizer_defaults(fixtures[_i].kind, fixtures[_i].lr);
    spec.l2 = fixtures[_i].l2;
    spec.weight_decay = fixtures[_i].weight_decay;
    Optimizer *o = optimizer_create(spec, WEIGHTS);
    float w[WEIGHTS];
    memcpy(w, optimizer_start, sizeof w);
    for (int t = 0; t < STEPS; t++) {
        optimizer_step(o, w, optimizer_gradients[t]);
        double error = relative_error(w, fixtures[_i].path[t], WEIGHTS);
        ck_assert_msg(error < 1e-6, "%s, l2 %g: off by %g after %d steps",
                      optimizer_name(spec.kind), spec.l2, error, t + 1);
    }
    ck_assert_int_eq(o->steps, STEPS);
    optimizer_free(o);
}
END_TEST

// --- what the chapter says -----------------------------------------------------------------------

// Steps with the same gradient every time; returns how far a weight moves in the last of them.
static double last_move(OptimizerKind kind, float lr, float gradient, int steps) {
    Optimizer *o = optimizer_create(optimizer_defaults(kind, lr), 1);
    float w = 0.0f, before = 0.0f;
    for (int t = 0; t < steps; t++) {
        before = w;
        optimizer_step(o, &w, &gradient);
    }
    optimizer_free(o);
    return (double)w - before;
}

// |w| after 500 steps of gradient descent on ½ Σ L_i w_i², whose steepest direction has L = 100.
static double descend(float lr) {
    const float curvature[3] = { 1.0f, 10.0f, 100.0f };
    float w[3] = { 1.0f, 1.0f, 1.0f }, g[3];
    Optimizer *o = optimizer_create(optimizer_defaults(SGD, lr), 3);
    for (int t = 0; t < 500; t++) {
        for (int i = 0; i < 3; i++) {
            g[i] = curvature[i] * w[i];
        }
        optimizer_step(o, w, g);
    }
    optimizer_free(o);
    return sqrt((double)w[0] * w[0] + (double)w[1] * w[1] + (double)w[2] * w[2]);
}

START_TEST(descent_converges_iff_the_rate_is_below_two_over_the_curvature) {
    ck_assert_double_lt(descend(0.98f * 2.0f / 100.0f), 1e-3);
    ck_assert_double_lt(descend(0.5f * 2.0f / 100.0f), 1e-2);
    ck_assert_double_gt(descend(1.02f * 2.0f / 100.0f), 1e3);
    ck_assert_double_gt(descend(-1e-4f), 100.0); // uphill
}
END_TEST

START_TEST(momentum_moves_ten_times_as_far_in_the_end) {
    ck_assert_double_eq_tol(last_move(MOMENTUM, 0.01f, 2.0f, 1), -0.02, 1e-8);
    ck_assert_double_eq_tol(last_move(MOMENTUM, 0.01f, 2.0f, 200), -0.2, 1e-5);
    ck_assert_double_eq_tol(last_move(NESTEROV, 0.01f, 2.0f, 1), -0.038, 1e-8); // g + μ·g
    ck_assert_double_eq_tol(last_move(NESTEROV, 0.01f, 2.0f, 200), -0.2, 1e-5);
}
END_TEST

START_TEST(adagrad_steps_shrink_with_the_root_of_time) {
    for (float gradient = 1e-3f; gradient < 2e3f; gradient *= 1e3f) {
        for (int t = 1; t <= 100; t *= 10) {
            double move = last_move(ADAGRAD, 0.1f, gradient, t);
            ck_assert_double_eq_tol(move, -0.1 / sqrt(t), 1e-6);
            ck_assert_double_eq_tol(last_move(ADAGRAD, 0.1f, -gradient, t), -move, 1e-12);
        }
    }
}
END_TEST

START_TEST(rmsprop_steps_settle_at_the_rate) {
    ck_assert_double_eq_tol(last_move(RMSPROP, 0.01f, 5.0f, 1), -0.01 / sqrt(0.01), 1e-6);
    ck_assert_double_eq_tol(last_move(RMSPROP, 0.01f, 5.0f, 2000), -0.01, 1e-5);
}
END_TEST

START_TEST(adam_first_step_is_the_sign) {
    for (float gradient = 1e-5f; gradient < 2e6f; gradient *= 10.0f) {
        double full = 0.01 * gradient / (gradient + 1e-8);
        ck_assert_double_eq_tol(last_move(ADAM, 0.01f, gradient, 1), -full, 1e-7);
        ck_assert_double_eq_tol(last_move(ADAM, 0.01f, -gradient, 1), full, 1e-7);
        ck_assert_double_eq_tol(last_move(ADAM, 0.01f, gradient, 50), -full, 1e-6);
    }
    ck_assert_double_eq(last_move(ADAM, 0.01f, 0.0f, 1), 0.0);
}
END_TEST

// Runs a method on the fixture's gradients and leaves the final weights in w.
static void run(OptimizerSpec spec, float *w) {
    Optimizer *o = optimizer_create(spec, WEIGHTS);
    memcpy(w, optimizer_start, WEIGHTS * sizeof *w);
    for (int t = 0; t < STEPS; t++) {
        optimizer_step(o, w, optimizer_gradients[t]);
    }
    optimizer_free(o);
}

START_TEST(l2_is_weight_decay_under_sgd) {
    const float lr = 0.1f, lambda = 0.3f;
    OptimizerSpec spec = optimizer_defaults(SGD, lr);
    spec.l2 = lambda;
    float penalty[WEIGHTS], decay[WEIGHTS];
    run(spec, penalty);
    memcpy(decay, optimizer_start, sizeof decay);
    for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < WEIGHTS; i++) {
            decay[i] = (1.0f - lr * lambda) * decay[i] - lr * optimizer_gradients[t][i];
        }
    }
    ck_assert_double_lt(relative_error(penalty, decay, WEIGHTS), 1e-6);
}
END_TEST

START_TEST(l2_is_not_weight_decay_under_adam) {
    OptimizerSpec adam = optimizer_defaults(ADAM, 0.1f), adamw = optimizer_defaults(ADAMW, 0.1f);
    adam.l2 = adamw.weight_decay = 0.3f;
    float penalty[WEIGHTS], decay[WEIGHTS], plain[WEIGHTS], same[WEIGHTS];
    run(adam, penalty);
    run(adamw, decay);
    ck_assert_double_gt(relative_error(penalty, decay, WEIGHTS), 0.05);
    // Without either the two are the same method.
    adam.l2 = adamw.weight_decay = 0.0f;
    run(adam, plain);
    run(adamw, same);
    ck_assert_mem_eq(plain, same, sizeof plain);
    // With no gradient, AdamW still shrinks: by 1 - lr·λ each step.
    ck_assert_float_eq_tol(decay[6], optimizer_start[6] * powf(1.0f - 0.1f * 0.3f, STEPS), 1e-6f);
    ck_assert_float_eq(plain[6], optimizer_start[6]);
}
END_TEST

START_TEST(a_method_ignores_the_fields_of_others) {
    const struct {
        OptimizerKind kind;
        bool momentum, alpha, betas, eps; // what it uses; l2 and weight decay are for all
    } uses[OPTIMIZER_KINDS] = {
        { SGD, 0, 0, 0, 0 },     { MOMENTUM, 1, 0, 0, 0 }, { NESTEROV, 1, 0, 0, 0 },
        { ADAGRAD, 0, 0, 0, 1 }, { RMSPROP, 0, 1, 0, 1 },  { ADAM, 0, 0, 1, 1 },
        { ADAMW, 0, 0, 1, 1 },
    };
    OptimizerSpec spec = optimizer_defaults(uses[_i].kind, 0.1f), odd = spec;
    odd.momentum = uses[_i].momentum ? spec.momentum : 0.5f;
    odd.alpha = uses[_i].alpha ? spec.alpha : 0.5f;
    odd.beta1 = uses[_i].betas ? spec.beta1 : 0.5f;
    odd.beta2 = uses[_i].betas ? spec.beta2 : 0.5f;
    odd.eps = uses[_i].eps ? spec.eps : 0.5f;
    float w[WEIGHTS], same[WEIGHTS];
    run(spec, w);
    run(odd, same);
    ck_assert_mem_eq(w, same, sizeof w);
}
END_TEST

START_TEST(the_rate_may_change_between_steps) {
    const float gradient = 1.0f;
    float w = 0.0f;
    Optimizer *o = optimizer_create(optimizer_defaults(SGD, 0.5f), 1);
    optimizer_step(o, &w, &gradient);
    o->spec.lr = 0.25f;
    optimizer_step(o, &w, &gradient);
    ck_assert_float_eq(w, -0.75f);
    optimizer_free(o);
    optimizer_free(NULL);
}
END_TEST

START_TEST(same_bytes_on_any_number_of_threads) {
    enum { N = 100003, MARGIN = 64 };
    OptimizerSpec spec = optimizer_defaults((OptimizerKind)_i, 0.01f);
    spec.l2 = 0.1f;
    Rng rng = rng_create(1, RNG_DATA);
    float *start = alloc_floats(N + MARGIN), *grads = alloc_floats(N), *first = alloc_floats(N);
    float *w = alloc_floats(N + MARGIN);
    rng_fill_normal(&rng, start, N + MARGIN, 0.0f, 1.0f);
    rng_fill_normal(&rng, grads, N, 0.0f, 1.0f);
    for (int threads = 1; threads <= 4; threads++) {
        omp_set_num_threads(threads);
        memcpy(w, start, (N + MARGIN) * sizeof *w);
        Optimizer *o = optimizer_create(spec, N);
        for (int t = 0; t < 3; t++) {
            optimizer_step(o, w, grads);
        }
        optimizer_free(o);
        if (threads == 1) {
            memcpy(first, w, N * sizeof *w);
        }
        ck_assert_int_eq(memcmp(w, first, N * sizeof *w), 0);
        ck_assert_mem_eq(w + N, start + N, MARGIN * sizeof *w); // nothing behind the end
    }
    bool all_moved = true;
    for (int i = 0; i < N; i++) {
        all_moved = all_moved && first[i] != start[i];
    }
    ck_assert(all_moved);
    free(start);
    free(grads);
    free(first);
    free(w);
}
END_TEST

// --- names and schedules -------------------------------------------------------------------------

START_TEST(names_are_the_choices) {
    char joined[256] = "";
    for (OptimizerKind kind = 0; kind < OPTIMIZER_KINDS; kind++) {
        strcat(strcat(joined, kind ? "|" : ""), optimizer_name(kind));
    }
    ck_assert_str_eq(joined, OPTIMIZER_CHOICES);
    joined[0] = '\0';
    for (Schedule schedule = 0; schedule < SCHEDULES; schedule++) {
        strcat(strcat(joined, schedule ? "|" : ""), schedule_name(schedule));
    }
    ck_assert_str_eq(joined, SCHEDULE_CHOICES);
}
END_TEST

START_TEST(schedules_pass_through_their_points) {
    const float lr = 0.2f;
    const long total = 1000;
    const struct {
        Schedule schedule;
        long step;
        double rate;
    } points[] = {
        { CONSTANT, 0, 0.2 },       { CONSTANT, 999, 0.2 },       { STEP_DECAY, 0, 0.2 },
        { STEP_DECAY, 499, 0.2 },   { STEP_DECAY, 500, 0.02 },    { STEP_DECAY, 749, 0.02 },
        { STEP_DECAY, 750, 2e-3 },  { STEP_DECAY, 999, 2e-3 },    { LINEAR_DECAY, 0, 0.2 },
        { LINEAR_DECAY, 250, .15 }, { LINEAR_DECAY, 999, 2e-4 },  { COSINE, 0, 0.2 },
        { COSINE, 500, 0.1 },       { COSINE, 250, 0.170710678 }, { COSINE, 999, 4.9347999e-7 },
        { WARM_COSINE, 0, 2e-3 },   { WARM_COSINE, 49, 0.1 },     { WARM_COSINE, 99, 0.2 },
        { WARM_COSINE, 100, 0.2 },  { WARM_COSINE, 550, 0.1 },    { WARM_COSINE, 999, 6.0923e-7 },
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        float rate = schedule_lr(points[i].schedule, lr, points[i].step, total);
        ck_assert_double_eq_tol(rate / points[i].rate, 1.0, 1e-5);
    }
    for (Schedule schedule = 0; schedule < SCHEDULES; schedule++) {
        ck_assert_float_eq(schedule_lr(schedule, lr, 0, 1), lr); // a training of one step
        for (long step = 1; step < total; step++) {
            float now = schedule_lr(schedule, lr, step, total);
            float before = schedule_lr(schedule, lr, step - 1, total);
            bool rises = schedule == WARM_COSINE && step < total / 10;
            ck_assert(now > 0.0f && (rises ? now > before : now <= before));
        }
    }
}
END_TEST

static void ask_for_step(void *step) {
    schedule_lr(COSINE, 0.1f, *(long *)step, 10);
}

START_TEST(refuses_steps_outside_the_training) {
    assert_refused(ask_for_step, &(long){ 10 }, "step 10 of 10");
    assert_refused(ask_for_step, &(long){ -1 }, "step -1 of 10");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("optimizer");
    CASE(s, "rules", descent_converges_iff_the_rate_is_below_two_over_the_curvature,
         momentum_moves_ten_times_as_far_in_the_end, adagrad_steps_shrink_with_the_root_of_time,
         rmsprop_steps_settle_at_the_rate, adam_first_step_is_the_sign,
         l2_is_weight_decay_under_sgd, l2_is_not_weight_decay_under_adam,
         the_rate_may_change_between_steps);
    CASE(s, "schedules", names_are_the_choices, schedules_pass_through_their_points,
         refuses_steps_outside_the_training);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 120);
    tcase_add_loop_test(each, twenty_steps_equal_pytorch, 0, FIXTURES);
    tcase_add_loop_test(each, a_method_ignores_the_fields_of_others, 0, OPTIMIZER_KINDS);
    tcase_add_loop_test(each, same_bytes_on_any_number_of_threads, 0, OPTIMIZER_KINDS);
    suite_add_tcase(s, each);
    return s;
}
