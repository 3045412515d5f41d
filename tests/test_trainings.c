// Tests of common/run/trainings: each training has a row of its own, on any number of threads; what was
// interrupted goes on and ends as if it had not been; a loss that is not finite is told.

#include "run/trainings.h"
#include "test.h"

#include <omp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { N = 30, WIDTH = 3, NEVER = -1 }; // two and a half dozen

// What is asked of the trainings, and what they have done.
typedef struct {
    Run *run;
    int stop_at, diverge_at; // a training, or NEVER
    int *begun;              // (N): how often
} Trial;

static long one_of_them(const void *context, int i, double *figures) {
    const Trial *t = context;
    t->begun[i]++;
    for (int k = 0; k < WIDTH; k++) {
        figures[k] += 100.0 * i + k;
    }
    if (i == t->stop_at) {
        raise(SIGINT);
    }
    return i == t->diverge_at ? 7 : 0;
}

// Begins the run, or goes on with it; writes the rows to figures (N, WIDTH) if it got to the end.
static bool act(bool resume, int stop_at, int diverge_at, int *begun, double *figures) {
    static const Option none[] = { OPTION_END };
    RunOptions options = RUN_DEFAULTS("99-many");
    options.quiet = true;
    options.resume = resume;
    Run *run = run_open(&options, none);
    State *state = state_open(run, none);
    Trainings *all = trainings_open(run, state, "many", N, WIDTH);
    Trial trial = { run, stop_at, diverge_at, begun };
    bool over = trainings_run(all, one_of_them, &trial);
    if (over) {
        memcpy(figures, all->figures, N * WIDTH * sizeof *figures);
    }
    trainings_close(all);
    state_close(state);
    ck_assert_int_eq(run_close(run), over ? 0 : 130);
    return over;
}

static void stopped_at(void *training) {
    int begun[N] = { 0 };
    double figures[N * WIDTH];
    exit(act(false, *(int *)training, NEVER, begun, figures) ? EXIT_SUCCESS : 130);
}

static void diverging_at(void *training) {
    int begun[N] = { 0 };
    double figures[N * WIDTH];
    act(false, NEVER, *(int *)training, begun, figures);
}

static void assert_rows(const double *figures) {
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < WIDTH; k++) {
            ck_assert_double_eq(figures[i * WIDTH + k], 100.0 * i + k);
        }
    }
}

START_TEST(each_has_a_row_of_its_own) {
    for (int threads = 1; threads <= 3; threads++) {
        int begun[N] = { 0 };
        double figures[N * WIDTH];
        enter_folder();
        omp_set_num_threads(threads);
        ck_assert(act(false, NEVER, NEVER, begun, figures));
        assert_rows(figures);
        for (int i = 0; i < N; i++) {
            ck_assert_int_eq(begun[i], 1);
        }
    }
}
END_TEST

// Stopped in the second dozen: this one is done again, from its beginning, and the first is not.
START_TEST(an_interrupted_run_goes_on) {
    int begun[N] = { 0 };
    double figures[N * WIDTH];
    enter_folder();
    int status;
    free(death_message(stopped_at, &(int){ 17 }, &status));
    ck_assert_int_eq(status, 130);
    ck_assert(act(true, NEVER, NEVER, begun, figures));
    assert_rows(figures);
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(begun[i], i >= 12);
    }
}
END_TEST

// A training that was stopped in its middle has left something.
START_TEST(a_training_begins_with_nothing) {
    static const Option none[] = { OPTION_END };
    RunOptions options = RUN_DEFAULTS("99-many");
    options.quiet = true;
    enter_folder();
    Run *run = run_open(&options, none);
    State *state = state_open(run, none);
    Trainings *all = trainings_open(run, state, "many", N, WIDTH);
    int begun[N] = { 0 };
    for (int i = 0; i < N * WIDTH; i++) {
        all->figures[i] = 7.0;
    }
    ck_assert(trainings_run(all, one_of_them, &(Trial){ run, NEVER, NEVER, begun }));
    assert_rows(all->figures);
    trainings_close(all);
    state_close(state);
    ck_assert_int_eq(run_close(run), 0);
}
END_TEST

START_TEST(a_loss_that_is_not_finite_is_told) {
    enter_folder();
    int status;
    char *message = death_message(diverging_at, &(int){ 19 }, &status);
    ck_assert_int_eq(status, EXIT_FAILURE);
    ck_assert_ptr_nonnull(
        strstr(message, "the loss is not finite at step 7, first seen in many, training 20 of 30"));
    free(message);
}
END_TEST

START_TEST(repetitions_have_seeds_of_their_own) {
    static const Option none[] = { OPTION_END };
    RunOptions options = RUN_DEFAULTS("99-many");
    options.quiet = true;
    options.seed = 5;
    enter_folder();
    Run *run = run_open(&options, none);
    ck_assert_uint_eq(run_seed(run, 0), 5);
    for (int k = 1; k < 20; k++) {
        ck_assert_uint_ne(run_seed(run, k), run_seed(run, k - 1));
        ck_assert_uint_gt(run_seed(run, k), 20); // not that of a neighbouring run
    }
    ck_assert_int_eq(run_close(run), 0);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("trainings");
    CASE(s, "trainings", each_has_a_row_of_its_own, an_interrupted_run_goes_on,
         a_training_begins_with_nothing, a_loss_that_is_not_finite_is_told,
         repetitions_have_seeds_of_their_own);
    return s;
}
