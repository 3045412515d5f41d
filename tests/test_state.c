// Tests of common/state: a run that was stopped, however and wherever, goes on and ends with the
// bytes of one that was not; and what is not its state is refused.

#include "nn/checkpoint.h"
#include "base/die.h"
#include "nn/loss.h"
#include "run/state.h"
#include "test.h"

#include <dirent.h>
#include <signal.h>
#include <math.h>
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
    state_count(state, "step", &step, STEPS);
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
static void must(const char *format, const char *name) {
    char command[1000];
    snprintf(command, sizeof command, format, name, name, name, name);
    ck_assert_msg(system(command) == 0, "%s", command);
}

// The run `name` has left what the run "default" has; its times grow, and nothing is half-written.
static void assert_same(const char *name) {
    must("cd runs/99-test && for f in log.csv log-deep.csv log-between.csv model.safetensors "
         "deep.safetensors; do cmp default/$f %s/$f || exit; done",
         name);
    must("cd runs/99-test && for r in default %s; do grep -v -e ^seconds, -e ^peak_mib, "
         "$r/summary.csv >$r.summary; done && cmp default.summary %s.summary",
         name);
    must("cd runs/99-test && for r in default %s; do cut -d, -f1 $r/timing.csv >$r.steps; done && "
         "cmp default.steps %s.steps && sed 1d %s/timing.csv | LC_ALL=C sort -t, -k2n -s -c",
         name);
    must("! ls runs/99-test/%s/*.part 2>/dev/null", name);
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

static void free_tensors(Tensor *tensors, int n) {
    for (int i = 0; i < n; i++) {
        free(tensors[i].data);
    }
    free(tensors);
}

// --- the same bytes ------------------------------------------------------------------------------

START_TEST(the_lesson_depends_on_all_that_is_saved) {
    put_reference();
    Lesson l = LESSON("99-test");
    l.run.name = "again";
    assert_ends(l, EXIT_SUCCESS);
    assert_same("again");
    must("grep -q ^15, runs/99-test/%s/log.csv && exit 1; grep -q ^14, runs/99-test/%s/log.csv",
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
    must("! grep -a -q net.params runs/99-test/%s/state.safetensors",
         "default"); // no longer needed
    must("cp -r runs/99-test/%s runs/99-test/done", "default");
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
    must("tail -n 1 runs/99-test/%s/timing.csv | grep -q ^14,1000", "x");
    must("sed -n 9p runs/99-test/%s/timing.csv | grep -q ^8,0", "x");
    free_tensors(tensors, n);
}
END_TEST

// Under another name, in another folder, with other threads, quiet.
START_TEST(what_does_not_matter_may_change) {
    put_reference();
    assert_ends(stopped("x", 9, SIGKILL), 128 + SIGKILL);
    must("mkdir -p elsewhere/99-test && mv runs/99-test/%s elsewhere/99-test/y", "x");
    Lesson l = resumed("y");
    l.run.out = "elsewhere";
    l.run.threads = 3;
    l.run.quiet = true;
    assert_ends(l, EXIT_SUCCESS);
    must("mv elsewhere/99-test/y runs/99-test/%s", "y");
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
    must("rm -rf before && cp -r runs/99-test/%s before", l.run.name);
    assert_dies(l, text);
    must("diff -r runs/99-test/%s before", l.run.name);
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
    must("mkdir -p runs/98-test && cp -r runs/99-test/%s runs/98-test", "x");
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
    must("cp runs/99-test/%s/state.safetensors whole", "x");
    struct stat info;
    ck_assert_int_eq(stat("whole", &info), 0);
    for (long size = 0; size < info.st_size; size += 1 + info.st_size / 30) {
        char command[100];
        snprintf(command, sizeof command, "head -c %ld whole >runs/99-test/x/state.safetensors",
                 size);
        ck_assert_int_eq(system(command), 0);
        assert_refused_untouched(resumed("x"), "is not a sound safetensors file");
    }
    must("cp runs/99-test/default/model.safetensors runs/99-test/%s/state.safetensors", "x");
    assert_refused_untouched(resumed("x"), "is not the state of a run");

    int n;
    must("cp whole runs/99-test/%s/state.safetensors", "x");
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
    static const char *const others[] = { "wide/config.csv", "wide/model.safetensors",
                                          "wide/x.png" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        strcpy(find_tensor(tensors, n, i ? others[i - 1] : "wide/../../evil")->name, others[i]);
        put_state(tensors, n);
        assert_refused_untouched(resumed("x"), "or none of its tables");
    }
    strcpy(find_tensor(tensors, n, others[2])->name, "wide/log.csv");
    strcpy(find_tensor(tensors, n, "deep/over")->name, "deep/under");
    put_state(tensors, n); // the act's places would be in the next state twice
    assert_refused_untouched(resumed("x"), "nothing that says whether deep is over");
    strcpy(find_tensor(tensors, n, "deep/under")->name, "deep/over");
    double *seconds = find_tensor(tensors, n, "seconds")->data;
    for (int i = 0; i < 2; i++) {
        *seconds = i ? NAN : -1.0;
        put_state(tensors, n);
        assert_refused_untouched(resumed("x"), "which cannot be");
    }
    for (int i = 0; i < n; i++) {
        free(tensors[i].data);
    }
    free(tensors);
}
END_TEST

// Sound files with a value that no run has.
static const struct {
    const char *name, *text;
    int64_t value;
} impossible[] = {
    { "wide/step", "has -1 as step, which is from 0 to 7", -1 },
    { "wide/step", "has 8 as step, which is from 0 to 7", STEPS + 1 },
    { "wide/optimizer.steps", "has -5 as optimizer.steps", -5 },
    { "wide/optimizer.steps", "as optimizer.steps, which is from 0", INT64_MAX },
    { "wide/over", "has 2 as wide/over, which is 0 or 1", 2 },
    { "began", "has the time -1 in began", -1 },
    { "written", "in written, which cannot be", INT64_MIN },
    { "written", "in written, which cannot be", INT64_MAX },
};

static const struct {
    const char *name, *text;
    float value;
} no_weights[] = {
    { "wide/net.params", "holds nan in wide/net.params, at place 1", NAN },
    { "wide/net.state", "holds inf in wide/net.state, at place 1", INFINITY },
    { "wide/optimizer.first", "holds -inf in wide/optimizer.first", -INFINITY },
    { "wide/optimizer.second", "holds nan in wide/optimizer.second", NAN },
};

enum { IMPOSSIBLE = sizeof impossible / sizeof *impossible };

START_TEST(values_that_cannot_be_are_refused_by_name) {
    put_reference();
    assert_ends(stopped("x", 5, SIGINT), 130);
    must("cp runs/99-test/%s/state.safetensors whole", "x");
    for (size_t i = 0; i < IMPOSSIBLE + sizeof no_weights / sizeof *no_weights; i++) {
        int n;
        must("cp whole runs/99-test/%s/state.safetensors", "x");
        Tensor *tensors = state_tensors(&n);
        if (i < IMPOSSIBLE) {
            *(int64_t *)find_tensor(tensors, n, impossible[i].name)->data = impossible[i].value;
        } else {
            float *x = find_tensor(tensors, n, no_weights[i - IMPOSSIBLE].name)->data;
            x[1] = no_weights[i - IMPOSSIBLE].value;
        }
        put_state(tensors, n);
        assert_refused_untouched(resumed("x"), i < IMPOSSIBLE ? impossible[i].text
                                                              : no_weights[i - IMPOSSIBLE].text);
        free_tensors(tensors, n);
    }
    must("cp whole runs/99-test/%s/state.safetensors", "x");
    assert_ends(resumed("x"), EXIT_SUCCESS);
    assert_same("x");
}
END_TEST

// Makes one thing wrong with a tensor of a file that stays sound as a file.
static void change(Tensor *t, Rng *rng, const Tensor *other) {
    static const char *const names[] = {
        "over",
        "deep/over",
        "wide/files",
        "seconds",
        "wide/log.csv",
        "--lr",
        "deep/log.csv",
        "x",
        "deep/summary.csv",
        "wide/columns.csv",
        "wide/x/yz",
        "wide/net.params",
        "wide/log-between.csv",
        "deep/log-deep.csv",
        "results",
    };
    static int64_t numbers[] = { -1, 0, 1, 2, INT64_MIN, INT64_MAX, 1 << 20 };
    static const char *const texts[] = {
        "", "step\n", "\n\n", "step,loss\n1,1", "x\033[2J\n", "step,result\n", "key,value\n",
    };
    const char *name = names[rng_below(rng, sizeof names / sizeof *names)];
    int64_t bytes = (int64_t)tensor_bytes(t);
    switch (rng_below(rng, 5)) {
    case 0: // another name
        strcpy(t->name, name);
        break;
    case 1: // another shape
        t->n_dims = 2;
        t->size[1] = t->size[0];
        t->size[0] = 1;
        if (tensor_bytes(t) == (size_t)bytes) {
            break;
        } // else: a single number, which becomes a text
    // fall through
    case 2: // another type
        t->type = TENSOR_U8;
        t->n_dims = 1;
        t->size[0] = bytes;
        break;
    case 3: // another value
        if (t->type == TENSOR_U8) {
            t->data = (void *)texts[rng_below(rng, sizeof texts / sizeof *texts)];
            t->size[0] = (int64_t)strlen(t->data);
        } else if (bytes == 8) {
            t->data = &numbers[rng_below(rng, sizeof numbers / sizeof *numbers)];
        }
        break;
    default: // the same thing twice
        *t = *other;
        strcpy(t->name, name);
    }
}

static bool has_name_twice(const Tensor *tensors, int n) {
    for (int i = 0; i < n * n; i++) {
        if (i / n < i % n && strcmp(tensors[i / n].name, tensors[i % n].name) == 0) {
            return true;
        }
    }
    return false;
}

// Resumes run x with one or two things wrong in its state. Returns the exit status, -1 if there was
// nothing to try.
static int resume_changed(Rng *rng) {
    enum { MOST = 64 };
    int n, status = -1;
    Tensor changed[MOST], *tensors = state_tensors(&n);
    ck_assert_int_le(n, MOST);
    memcpy(changed, tensors, (size_t)n * sizeof *changed);
    for (uint32_t left = 1 + rng_below(rng, 2); left > 0; left--) {
        change(&changed[rng_below(rng, (uint32_t)n)], rng, &tensors[rng_below(rng, (uint32_t)n)]);
    }
    if (!has_name_twice(changed, n)) {
        put_state(changed, n);
        Lesson l = resumed("x");
        char *message = death_message(lesson, &l, &status);
        bool one_line = *message && strchr(message, '\n') == message + strlen(message) - 1;
        ck_assert_msg(status == 0 ||
                          (status == 1 && strncmp(message, "error: ", 7) == 0 && one_line),
                      "%d: %s", status, message);
        free(message);
    }
    free_tensors(tensors, n);
    return status;
}

// Whatever a sound file says, the run ends well or with one line: no assertion fails, nothing
// crashes.
START_TEST(no_file_looks_like_a_bug) {
    enter_folder();
    Rng rng = rng_create(2, RNG_DATA);
    static const int stops[] = { 3, 9 };
    int ends[3] = { 0 };
    for (int round = 0; round < 300; round++) {
        if (round % 150 == 0) {
            assert_ends(stopped("x", stops[round / 150], SIGINT), 130);
            must("rm -rf whole && cp -r runs/99-test/%s whole", "x");
        }
        must("rm -rf runs/99-test/%s && cp -r whole runs/99-test/%s", "x");
        ends[resume_changed(&rng) + 1]++;
    }
    ck_assert_msg(ends[1] > 20 && ends[2] > 100, "%d ended well, %d were refused", ends[1],
                  ends[2]);
}
END_TEST

// What an act that is over has written was deleted in the meantime.
START_TEST(a_missing_file_of_an_act_that_is_over_is_told) {
    put_reference();
    assert_ends(stopped("x", 9, SIGINT), 130);
    must("rm runs/99-test/%s/model.safetensors printed", "x");
    assert_ends(resumed("x"), EXIT_SUCCESS);
    must("grep -q 'model.safetensors is not in the folder any more, and wide, which wrote it, is "
         "over' printed && cmp runs/99-test/default/log.csv runs/99-test/%s/log.csv",
         "x");
    assert_ends(stopped("y", 9, SIGINT), 130);
    must("rm printed # %s", "y");
    assert_ends(resumed("y"), EXIT_SUCCESS);
    must("! grep 'not in the folder' printed # %s", "y");
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
    must("cd runs/99-test/%s && mkdir samples && touch log-old.csv notes.txt samples/old.png && "
         "echo log-old.csv >>files.csv && cp log.csv ../old",
         "x");
    pause_ms(50); // the file system's clock is not as fine as its numbers
    assert_ends(stopped("x", 1, SIGKILL), 128 + SIGKILL);
    must("cd runs/99-test/%s && cmp log.csv ../old && ls log.csv.part log-old.csv >/dev/null", "x");
    assert_ends(stopped("x", 4, SIGKILL), 128 + SIGKILL);
    must("cd runs/99-test/%s && cmp log.csv ../old && ls log.csv.part log-old.csv >/dev/null", "x");
    pause_ms(50);
    assert_ends(resumed("x"), EXIT_SUCCESS);
    assert_same("x");
    must("cd runs/99-test/%s && [ -e notes.txt ] && [ ! -e log-old.csv ] && [ ! -e "
         "samples/old.png ]",
         "x");
}
END_TEST

START_TEST(an_interrupted_run_leaves_nothing_of_the_earlier_one) {
    put_reference();
    pause_ms(50);
    assert_ends(stopped("default", 3, SIGINT), 130);
    must("cd runs/99-test/%s && ! ls log-deep.csv 2>/dev/null && [ $(wc -l <log.csv) = 4 ] && "
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
         a_damaged_state_is_refused, values_that_cannot_be_are_refused_by_name,
         no_file_looks_like_a_bug, a_missing_file_of_an_act_that_is_over_is_told);
    CASE(s, "earlier runs", a_killed_run_spares_the_earlier_one_and_a_resumed_one_replaces_it,
         an_interrupted_run_leaves_nothing_of_the_earlier_one);
    CASE(s, "misuse", misuse_aborts);
    return s;
}
