// Tests of common/state: a run that was stopped, however and wherever, goes on and ends with the
// bytes of one that was not; and what is not its state is refused.

#include "checkpoint.h"
#include "die.h"
#include "loss.h"
#include "state.h"
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// --- a lesson ------------------------------------------------------------------------------------

// Two acts of STEPS steps each, that differ in all they can; saved every third step, so that
// what is lost by being killed begins at different places of the epochs of three steps.
enum { STEPS = 7, SAVE_EVERY = 3, CLASSES = 3, IMAGES = 10, PIXELS = 6, NEVER = -1 };

typedef struct {
    RunOptions run;
    float lr;
    int stop_at, signal; // the signal that arrives before a step: 0 … 2 * STEPS - 1, or NEVER
    int hidden;          // of the second act, and the columns of its log: to change them is to
    const char *columns; // change the program
} Lesson;

#define LESSON(lesson_name)                                                                        \
    {                                                                                              \
        .run = RUN_DEFAULTS(lesson_name), .lr = 0.05f, .stop_at = NEVER, .hidden = 5,              \
        .columns = "loss,lr"                                                                       \
    }

static Dataset toy_data(void) {
    static uint8_t images[IMAGES * PIXELS], labels[IMAGES];
    Rng rng = rng_create(3, RNG_DATA);
    for (int i = 0; i < IMAGES * PIXELS; i++) {
        images[i] = (uint8_t)rng_below(&rng, 256);
        labels[i / PIXELS] = (uint8_t)(i / PIXELS % CLASSES);
    }
    return (Dataset){ .n = IMAGES, .rows = 2, .cols = 3, .images = images, .labels = labels };
}

typedef struct {
    Run *run;
    State *state;
    Lesson *lesson;
    double results[4]; // a mean loss and a sum of weights for each act
} Stage;

static void train(Stage *stage, int act, const char *name, const LayerSpec *table,
                  OptimizerKind kind, Log *log) {
    State *state = stage->state;
    if (!state_begin(state, name)) {
        return;
    }
    Log *own = act == 1 ? log_open(stage->run, "log-deep.csv", stage->lesson->columns) : NULL;
    Dataset data = toy_data();
    Rng init = rng_create(1, RNG_INIT), shuffle = rng_create(1, RNG_SHUFFLE);
    Net *net = net_create(table, (Shape){ 1, 2, 3 }, 4, &init);
    Optimizer *o = optimizer_create(optimizer_defaults(kind, stage->lesson->lr), net->n_params);
    Batches batches = batches_create(&data, NULL, 0, IMAGES, 4, shuffle);
    Rng noise = rng_create(1, RNG_NOISE);
    long step = 0;
    int seen[CLASSES] = { 0 };
    double sum = 0.0;
    state_net(state, "net", net);
    state_optimizer(state, "optimizer", o);
    state_batches(state, "batches", &batches);
    state_rng(state, "noise", &noise);
    state_longs(state, "step", &step, 1);
    state_ints(state, "seen", seen, CLASSES);
    state_doubles(state, "sum", &sum, 1);

    float x[4 * PIXELS], dlogits[4 * CLASSES];
    int labels[4];
    while (step < STEPS) {
        if (act * STEPS + step == stage->lesson->stop_at) {
            raise(stage->lesson->signal);
        }
        if (run_stopped(stage->run)) {
            break;
        }
        int n = batches_next_endless(&batches, x, labels);
        x[0] += 0.1f * rng_normal(&noise);
        seen[labels[0]]++;
        const float *logits = net_forward(net, x, n, TRAIN);
        float loss = softmax_cross_entropy(dlogits, logits, labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, dlogits, WANT_PARAMS);
        optimizer_step(o, net->params, net->grads);
        o->spec.lr *= 0.97f;
        sum += loss;
        step++;
        log_row(log, act * STEPS + step, loss, seen[0], seen[1]);
        if (own) {
            log_row(own, step, loss, o->spec.lr);
        }
        if (step % SAVE_EVERY == 0) {
            state_save(state);
        }
    }
    if (step == STEPS) {
        stage->results[2 * act] = sum / STEPS;
        for (size_t i = 0; i < net->n_params; i++) {
            stage->results[2 * act + 1] += net->params[i];
        }
        run_summary(stage->run, name, sum);
        checkpoint_save(run_path(stage->run, "%s.safetensors", act == 0 ? "model" : name), net);
    }
    state_end(state, step == STEPS);
    net_free(net);
    optimizer_free(o);
    batches_free(&batches);
}

// The whole program. Figures and rows are written outside of acts, too.
static void lesson(void *argument) {
    Lesson *l = argument;
    require(freopen("printed", "a", stdout) != NULL, "cannot write here");
    const LayerSpec wide[] = { dense(8), batchnorm(), relu(), dropout(0.5f), dense(CLASSES), END };
    const LayerSpec deep[] = {
        dense(l->hidden), tanh_(), dense(4), batchnorm(), dense(CLASSES), END
    };
    const Option table[] = { option_float("lr", &l->lr, 0, 10, "learning rate"),
                             RUN_OPTIONS(l->run), RESUME_OPTION(l->run), OPTION_END };
    Stage stage = { .run = run_open(&l->run, table), .lesson = l };
    stage.state = state_open(stage.run, table);
    state_doubles(stage.state, "results", stage.results, 4);
    run_summary(stage.run, "before", 1);
    Log *log = log_open(stage.run, "log.csv", "loss,seen_0,seen_1");
    train(&stage, 0, "wide", wide, ADAM, log);
    if (!run_stopped(stage.run)) {
        run_summary(stage.run, "between", stage.results[0]);
        log_row(log_open(stage.run, "log-between.csv", "result"), 1, stage.results[1]);
    }
    train(&stage, 1, "deep", deep, SGD, log);
    if (!run_stopped(stage.run)) {
        run_summary(stage.run, "after", stage.results[1] + stage.results[2] + stage.results[3]);
    }
    state_close(stage.state);
    exit(run_close(stage.run));
}

// --- helpers -------------------------------------------------------------------------------------

static void assert_ends(Lesson l, int expected) {
    int status;
    char *message = death_message(lesson, &l, &status);
    ck_assert_msg(status == expected, "%s: ended with %d: %s", l.run.name, status, message);
    ck_assert_str_eq(message, "");
    free(message);
}

static void assert_dies(Lesson l, const char *text) {
    int status;
    char *message = death_message(lesson, &l, &status);
    ck_assert_msg(status == EXIT_FAILURE, "ended with %d: %s", status, message);
    ck_assert_msg(strncmp(message, "error: ", 7) == 0 && strstr(message, text), "%s", message);
    ck_assert_ptr_eq(strchr(message, '\n'), message + strlen(message) - 1);
    free(message);
}

// The command must succeed.
static void shell(const char *format, const char *name) {
    char command[1000];
    snprintf(command, sizeof command, format, name, name, name, name);
    ck_assert_msg(system(command) == 0, "%s", command);
}

// The run `name` has left what the run "default" has; its times grow, and nothing is half-written.
static void assert_same(const char *name) {
    shell("cd runs/99-test && for f in log.csv log-deep.csv log-between.csv model.safetensors "
          "deep.safetensors; do cmp default/$f %s/$f || exit; done",
          name);
    shell("cd runs/99-test && for r in default %s; do grep -v -e ^seconds, -e ^peak_mib, "
          "$r/summary.csv >$r.summary; done && cmp default.summary %s.summary",
          name);
    shell("cd runs/99-test && for r in default %s; do cut -d, -f1 $r/timing.csv >$r.steps; done && "
          "cmp default.steps %s.steps && sed 1d %s/timing.csv | sort -t, -k2n -s -c",
          name);
    shell("! ls runs/99-test/%s/*.part 2>/dev/null", name);
}

// Where every test begins: a run that nobody disturbs.
static void put_reference(void) {
    enter_folder();
    assert_ends((Lesson)LESSON("99-test"), EXIT_SUCCESS);
}

static Lesson stopped(const char *name, int at, int by) {
    Lesson l = LESSON("99-test");
    l.run.name = name;
    l.stop_at = at;
    l.signal = by;
    return l;
}

static Lesson resumed(const char *name) {
    Lesson l = stopped(name, NEVER, 0);
    l.run.resume = true;
    return l;
}

static Lesson resumed_and_stopped(const char *name, int at, int by) {
    Lesson l = stopped(name, at, by);
    l.run.resume = true;
    return l;
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

// --- the same bytes ------------------------------------------------------------------------------

START_TEST(the_lesson_depends_on_all_that_is_saved) {
    put_reference();
    Lesson l = LESSON("99-test");
    l.run.name = "again";
    assert_ends(l, EXIT_SUCCESS);
    assert_same("again");
    shell("grep -q ^15, runs/99-test/%s/log.csv && exit 1; grep -q ^14, runs/99-test/%s/log.csv",
          "default");
    l.lr = 0.06f;
    assert_ends(l, EXIT_SUCCESS);
    ck_assert_int_ne(system("cmp -s runs/99-test/default/log.csv runs/99-test/again/log.csv"), 0);
}
END_TEST

START_TEST(killed_anywhere_it_ends_as_if_it_had_not_been) {
    put_reference();
    for (int at = 0; at < 2 * STEPS; at++) {
        char name[20];
        snprintf(name, sizeof name, "killed-%d", at);
        assert_ends(stopped(name, at, SIGKILL), 128 + SIGKILL);
        if (at < SAVE_EVERY) { // nothing had been saved
            assert_dies(resumed(name), "to resume from");
            continue;
        }
        assert_ends(resumed(name), EXIT_SUCCESS);
        assert_same(name);
    }
}
END_TEST

START_TEST(stopped_anywhere_it_goes_on_from_the_very_step) {
    put_reference();
    for (int at = 0; at < 2 * STEPS; at++) {
        char name[20], rows[100];
        snprintf(name, sizeof name, "stopped-%d", at);
        assert_ends(stopped(name, at, SIGINT), 130);
        snprintf(rows, sizeof rows, "[ $(wc -l <runs/99-test/%s/log.csv) = %d ]", name, at + 1);
        ck_assert_msg(system(rows) == 0, "%s", rows);
        assert_ends(resumed(name), EXIT_SUCCESS);
        assert_same(name);
    }
}
END_TEST

// A resumed run is a run like any other.
START_TEST(stopped_again_and_again_it_still_ends_the_same) {
    put_reference();
    assert_ends(stopped("x", 1, SIGINT), 130);
    static const int at[] = { 5, 4, 6, 8, 8, 12, 12, 13 }; // killed after 3, 6, 7 and 10
    for (int i = 0; i < 8; i++) {
        int by = i % 2 ? SIGINT : SIGKILL;
        assert_ends(resumed_and_stopped("x", at[i], by), by == SIGINT ? 130 : 128 + SIGKILL);
    }
    assert_ends(resumed("x"), EXIT_SUCCESS);
    assert_same("x");
}
END_TEST

START_TEST(a_finished_run_is_resumed_without_a_change) {
    put_reference();
    shell("! grep -a -q net.params runs/99-test/%s/state.safetensors",
          "default"); // no longer needed
    shell("cp -r runs/99-test/%s runs/99-test/done", "default");
    assert_ends(resumed("done"), EXIT_SUCCESS);
    assert_same("done");
    assert_ends(resumed("done"), EXIT_SUCCESS);
    assert_same("done");
}
END_TEST

static double figure(const char *name, const char *key) {
    char path[100], line[100], wanted[50];
    double value = -1.0;
    snprintf(path, sizeof path, "runs/99-test/%s/summary.csv", name);
    snprintf(wanted, sizeof wanted, "%s,%%lf", key);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (value < 0.0 && fgets(line, sizeof line, file)) {
        sscanf(line, wanted, &value);
    }
    fclose(file);
    return value;
}

START_TEST(seconds_add_up) {
    put_reference();
    assert_ends(stopped("x", 8, SIGINT), 130);
    double seconds = 1000.0;
    Tensor *tensors;
    int n;
    tensors = safetensors_load("runs/99-test/x/state.safetensors", &n);
    for (int i = 0; i < n; i++) {
        if (strcmp(tensors[i].name, "seconds") == 0) {
            memcpy(tensors[i].data, &seconds, sizeof seconds);
        }
    }
    safetensors_write("runs/99-test/x/state.safetensors", tensors, n);
    assert_ends(resumed("x"), EXIT_SUCCESS);
    ck_assert_double_ge(figure("x", "seconds"), 1000.0);
    shell("tail -n 1 runs/99-test/%s/timing.csv | grep -q ^14,1000", "x");
    shell("sed -n 9p runs/99-test/%s/timing.csv | grep -q ^8,0", "x");
    for (int i = 0; i < n; i++) {
        free(tensors[i].data);
    }
    free(tensors);
}
END_TEST

// Under another name, in another folder, with other threads, quiet.
START_TEST(what_does_not_matter_may_change) {
    put_reference();
    assert_ends(stopped("x", 9, SIGKILL), 128 + SIGKILL);
    shell("mkdir -p elsewhere/99-test && mv runs/99-test/%s elsewhere/99-test/y", "x");
    Lesson l = resumed("y");
    l.run.out = "elsewhere";
    l.run.threads = 3;
    l.run.quiet = true;
    assert_ends(l, EXIT_SUCCESS);
    shell("mv elsewhere/99-test/y runs/99-test/%s", "y");
    assert_same("y");
}
END_TEST

// --- what is refused -----------------------------------------------------------------------------

START_TEST(nothing_to_resume_is_told_and_leaves_no_trace) {
    enter_folder();
    assert_dies(resumed("default"), "there is no state.safetensors in runs/99-test/default to "
                                    "resume from. Start without --resume");
    ck_assert(!exists("runs"));
}
END_TEST

// Refused with that text, and nothing in the run's folder has changed.
static void assert_refused_untouched(Lesson l, const char *text) {
    shell("rm -rf before && cp -r runs/99-test/%s before", l.run.name);
    assert_dies(l, text);
    shell("diff -r runs/99-test/%s before", l.run.name);
}

START_TEST(other_options_are_refused_by_name_and_values) {
    put_reference();
    assert_ends(stopped("x", 9, SIGINT), 130);
    Lesson l = resumed("x");
    l.lr = 0.5f;
    assert_refused_untouched(l,
                             "the run in runs/99-test/x/state.safetensors has --lr 0.0500000007, "
                             "and this one has 0.5. Resume it with the same, or start anew");
    l = resumed("x");
    l.run.seed = 2;
    assert_refused_untouched(l, "has --seed 1, and this one has 2");
    l = resumed("x");
    l.run.data = "mnist";
    assert_refused_untouched(l, "has --data fashion, and this one has mnist");
    shell("mkdir -p runs/98-test && cp -r runs/99-test/%s runs/98-test", "x");
    l = resumed("x");
    l.run.lesson = "98-test";
    assert_dies(l, "has lesson 99-test, and this one has 98-test");
    assert_ends(resumed("x"), EXIT_SUCCESS);
    assert_same("x");
}
END_TEST

START_TEST(another_version_of_the_program_is_refused) {
    put_reference();
    assert_ends(stopped("x", 11, SIGINT), 130);
    Lesson l = resumed("x");
    l.hidden = 6;
    assert_refused_untouched(l, "has no deep/net.params of 93 numbers: it is of another version");
    l = resumed("x");
    l.columns = "loss,rate";
    assert_refused_untouched(l, "log-deep.csv of the run in runs/99-test/x has other columns");
    assert_ends(resumed("x"), EXIT_SUCCESS);
    assert_same("x");
}
END_TEST

static void put_state(const Tensor *tensors, int n) {
    safetensors_write("runs/99-test/x/state.safetensors", tensors, n);
}

static Tensor *state_tensors(int *n) {
    return safetensors_load("runs/99-test/x/state.safetensors", n);
}

static Tensor *find_tensor(Tensor *tensors, int n, const char *name) {
    for (int i = 0; i < n; i++) {
        if (strcmp(tensors[i].name, name) == 0) {
            return &tensors[i];
        }
    }
    ck_abort_msg("no %s", name);
}

START_TEST(a_damaged_state_is_refused) {
    put_reference();
    assert_ends(stopped("x", 11, SIGINT), 130);
    shell("cp runs/99-test/%s/state.safetensors whole", "x");
    struct stat info;
    ck_assert_int_eq(stat("whole", &info), 0);
    for (long size = 0; size < info.st_size; size += 1 + info.st_size / 30) {
        char command[100];
        snprintf(command, sizeof command, "head -c %ld whole >runs/99-test/x/state.safetensors",
                 size);
        ck_assert_int_eq(system(command), 0);
        assert_refused_untouched(resumed("x"), "is not a sound safetensors file");
    }
    shell("cp runs/99-test/default/model.safetensors runs/99-test/%s/state.safetensors", "x");
    assert_refused_untouched(resumed("x"), "is not the state of a run");

    int n;
    shell("cp whole runs/99-test/%s/state.safetensors", "x");
    Tensor *tensors = state_tensors(&n);
    int *order = find_tensor(tensors, n, "deep/batches.order")->data, first = order[0];
    order[0] = IMAGES;
    put_state(tensors, n);
    assert_refused_untouched(resumed("x"), "names images in batches that are not in the data");
    order[0] = first;
    *(int *)find_tensor(tensors, n, "deep/batches.next")->data = -1;
    put_state(tensors, n);
    assert_refused_untouched(resumed("x"), "names images in batches that are not in the data");
    strcpy(find_tensor(tensors, n, "wide/log.csv")->name, "wide/../../evil");
    put_state(tensors, n);
    assert_refused_untouched(resumed("x"), "outside of the run's folder");
    for (int i = 0; i < n; i++) {
        free(tensors[i].data);
    }
    free(tensors);
}
END_TEST

// --- earlier runs in the same folder -------------------------------------------------------------

static void pause_ms(int ms) {
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

START_TEST(a_killed_run_spares_the_earlier_one_and_a_resumed_one_replaces_it) {
    put_reference();
    Lesson earlier = LESSON("99-test");
    earlier.run.name = "x";
    earlier.lr = 0.5f;
    assert_ends(earlier, EXIT_SUCCESS);
    shell("cd runs/99-test/%s && mkdir samples && touch log-old.csv notes.txt "
          "samples/old.png && cp log.csv ../old",
          "x");
    pause_ms(50); // the file system's clock is not as fine as its numbers
    assert_ends(stopped("x", 1, SIGKILL), 128 + SIGKILL);
    shell("cd runs/99-test/%s && cmp log.csv ../old && ls log.csv.part log-old.csv >/dev/null",
          "x");
    assert_ends(stopped("x", 4, SIGKILL), 128 + SIGKILL);
    shell("cd runs/99-test/%s && cmp log.csv ../old && ls log.csv.part log-old.csv >/dev/null",
          "x");
    pause_ms(50);
    assert_ends(resumed("x"), EXIT_SUCCESS);
    assert_same("x");
    shell("cd runs/99-test/%s && ls notes.txt >/dev/null && ! ls log-old.csv "
          "samples/old.png 2>/dev/null",
          "x");
}
END_TEST

START_TEST(an_interrupted_run_leaves_nothing_of_the_earlier_one) {
    put_reference();
    pause_ms(50);
    assert_ends(stopped("default", 3, SIGINT), 130);
    shell("cd runs/99-test/%s && ! ls log-deep.csv 2>/dev/null && [ $(wc -l <log.csv) = 4 ] && "
          "grep -q interrupted,1 summary.csv",
          "default");
}
END_TEST

// --- misuse --------------------------------------------------------------------------------------

enum { TWO_PLACES, LATE_PLACE, TWO_ACTS, NESTED_ACTS, UNFINISHED, NO_ACT, SLASH };

static void misuse(void *how) {
    RunOptions options = RUN_DEFAULTS("99-test");
    options.quiet = true;
    const Option table[] = { RUN_OPTIONS(options), OPTION_END };
    static State *volatile state;
    state = state_open(run_open(&options, table), table);
    int x = 0;
    switch (*(int *)how) {
    case TWO_PLACES:
        state_ints(state, "x", &x, 1);
        state_ints(state, "x", &x, 1);
        break;
    case LATE_PLACE:
        state_begin(state, "act");
        state_save(state);
        state_ints(state, "x", &x, 1);
        break;
    case TWO_ACTS:
        state_begin(state, "act");
        state_end(state, true);
        state_begin(state, "act");
        break;
    case NESTED_ACTS:
        state_begin(state, "act");
        state_begin(state, "other");
        break;
    case UNFINISHED:
        state_begin(state, "act");
        state_end(state, false);
        break;
    case NO_ACT:
        state_end(state, true);
        break;
    case SLASH:
        state_ints(state, "a/x", &x, 1);
        break;
    }
}

START_TEST(misuse_aborts) {
    static const char *const text[] = { "two places x",
                                        "act/x is named after its act was saved",
                                        "two acts act",
                                        "act other begins inside act act",
                                        "neither over nor was it stopped",
                                        "no act has begun",
                                        "is no name" };
    enter_folder();
    for (int how = TWO_PLACES; how <= SLASH; how++) {
        assert_refused(misuse, &how, text[how]);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("state");
    CASE(s, "the same bytes", the_lesson_depends_on_all_that_is_saved,
         killed_anywhere_it_ends_as_if_it_had_not_been,
         stopped_anywhere_it_goes_on_from_the_very_step,
         stopped_again_and_again_it_still_ends_the_same, a_finished_run_is_resumed_without_a_change,
         seconds_add_up, what_does_not_matter_may_change);
    CASE(s, "refused", nothing_to_resume_is_told_and_leaves_no_trace,
         other_options_are_refused_by_name_and_values, another_version_of_the_program_is_refused,
         a_damaged_state_is_refused);
    CASE(s, "earlier runs", a_killed_run_spares_the_earlier_one_and_a_resumed_one_replaces_it,
         an_interrupted_run_leaves_nothing_of_the_earlier_one);
    CASE(s, "misuse", misuse_aborts);
    return s;
}
