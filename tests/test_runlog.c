// Tests of common/runlog: what a run leaves in its folder, however it ends, and what it prints.

#include "base/die.h"
#include "base/file.h"
#include "base/rng.h"
#include "run/runlog.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "runs/99-test/default/"

// What runs in a child process states its conditions with require: Check's own assertions belong to
// the parent.

// --- helpers -------------------------------------------------------------------------------------

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

// The whole of a small file; the caller frees it.
static char *contents(const char *path) {
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "there is no %s", path);
    char *text = alloc_bytes(1 << 20);
    ck_assert_uint_lt(fread(text, 1, 1 << 20, file), 1 << 20);
    fclose(file);
    return text;
}

static void assert_holds(const char *path, const char *expected) {
    char *text = contents(path);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void assert_in(const char *path, const char *part) {
    char *text = contents(path);
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in %s:\n%s", part, path, text);
    free(text);
}

static int unfinished_files(void) {
    DIR *folder = opendir(FOLDER);
    ck_assert_ptr_nonnull(folder);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        n += strstr(entry->d_name, ".part") != NULL;
    }
    closedir(folder);
    return n;
}

static void touch(const char *path) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
}

static void pause_ms(int ms) {
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

// Opens a run of lesson 99-test; what it prints goes to the file "printed".
static Run *open_run(RunOptions *options) {
    require(freopen("printed", "w", stdout) != NULL, "cannot write here");
    const Option table[] = { RUN_OPTIONS(*options), OPTION_END };
    static Run *volatile held; // to a leak checker, what a dying run has is not lost
    return held = run_open(options, table);
}

static Run *open_default(void) {
    RunOptions options = RUN_DEFAULTS("99-test");
    return open_run(&options);
}

// f in a child must die with one line that holds the text.
static void assert_dies(void (*f)(void *), void *argument, const char *text) {
    int status;
    char *message = death_message(f, argument, &status);
    ck_assert_msg(status == EXIT_FAILURE, "ended with %d: %s", status, message);
    ck_assert_msg(strncmp(message, "error: ", 7) == 0 && strstr(message, text), "%s", message);
    ck_assert_ptr_eq(strchr(message, '\n'), message + strlen(message) - 1);
    free(message);
}

// --- the files -----------------------------------------------------------------------------------

START_TEST(log_has_a_header_and_rows) {
    enter_folder();
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "loss,accuracy");
    Log *ring = log_open(run, "log-ring.csv", "modes");
    log_row(log, 0, 2.5, NAN);
    log_row(ring, 7, 8);
    log_row(log, 10, NAN, 0.125);
    log_row(log, 2000000000, INFINITY, -1e-30);
    ck_assert_int_eq(run_close(run), EXIT_SUCCESS);
    assert_holds(FOLDER "log.csv",
                 "step,loss,accuracy\n0,2.5,\n10,,0.125\n2000000000,inf,-1e-30\n");
    assert_holds(FOLDER "log-ring.csv", "step,modes\n7,8\n");
}
END_TEST

// What is better is said once for each column, and not again when a run goes on.
START_TEST(columns_say_what_is_better) {
    enter_folder();
    Run *run = open_default();
    run_append(run, "log-b.csv", "step,loss\n1,0.5\n");
    run_append(run, "columns.csv", "log-b.csv,loss,lower\n");
    log_row(log_open(run, "log.csv", "loss<,norm,accuracy>"), 0, 2.5, 1, 0.5);
    log_row(log_open(run, "log-b.csv", "loss<"), 2, 0.25);
    ck_assert_int_eq(run_close(run), EXIT_SUCCESS);
    assert_holds(FOLDER "log.csv", "step,loss,norm,accuracy\n0,2.5,1,0.5\n");
    assert_holds(FOLDER "log-b.csv", "step,loss\n1,0.5\n2,0.25\n");
    assert_holds(FOLDER "columns.csv", "log,column,better\nlog-b.csv,loss,lower\n"
                                       "log.csv,loss,lower\nlog.csv,accuracy,higher\n");
}
END_TEST

START_TEST(nine_digits_bring_every_float_back) {
    enter_folder();
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "x");
    enum { N = 1000 };
    float x[N];
    Rng rng = rng_create(1, RNG_DATA);
    for (int i = 0; i < N; i++) {
        x[i] = rng_normal(&rng) * ldexpf(1.0f, (int)rng_below(&rng, 200) - 100);
        log_row(log, i, x[i]);
    }
    run_close(run);
    FILE *file = fopen(FOLDER "log.csv", "r");
    char line[100];
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    for (int i = 0; i < N; i++) {
        ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
        ck_assert_float_eq(strtof(strchr(line, ',') + 1, NULL), x[i]);
    }
    fclose(file);
}
END_TEST

START_TEST(files_grow_as_part_and_are_renamed_at_the_end) {
    enter_folder();
    Run *run = open_default();
    ck_assert(exists(FOLDER "config.csv.part") && exists(FOLDER "summary.csv.part"));
    Log *log = log_open(run, "log.csv", "loss");
    log_row(log, 1, 0.5);
    assert_holds(FOLDER "log.csv.part", "step,loss\n1,0.5\n"); // each row at once, for make watch-N
    ck_assert(!exists(FOLDER "log.csv") && !exists(FOLDER "summary.csv"));
    ck_assert(!exists(FOLDER "config.csv"));
    run_close(run);
    ck_assert(exists(FOLDER "log.csv") && exists(FOLDER "summary.csv"));
    ck_assert(exists(FOLDER "config.csv"));
    ck_assert(exists(FOLDER "timing.csv"));
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

START_TEST(timing_has_the_steps_of_log_csv_and_times_that_grow) {
    enter_folder();
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "loss"), *other = log_open(run, "log-b.csv", "loss");
    for (int i = 0; i < 5; i++) {
        log_row(log, 3 * i, 1);
        log_row(other, 100 + i, 1);
        pause_ms(2);
    }
    run_close(run);
    FILE *file = fopen(FOLDER "timing.csv", "r");
    char header[100];
    ck_assert_str_eq(fgets(header, sizeof header, file), "step,seconds\n");
    double before = -1.0, seconds;
    for (int i = 0, step; i < 5; i++, before = seconds) {
        ck_assert_int_eq(fscanf(file, "%d,%lf\n", &step, &seconds), 2);
        ck_assert(step == 3 * i && seconds > before && seconds < 100.0);
    }
    ck_assert_int_eq(fgetc(file), EOF);
    fclose(file);
}
END_TEST

START_TEST(another_log_is_timed_on_request) {
    enter_folder();
    Run *run = open_default();
    Log *log = log_open(run, "log-fid.csv", "fid"), *other = log_open(run, "log-b.csv", "loss");
    log_time(log);
    log_row(log, 0, 244);
    log_row(other, 1, 1);
    log_row(log, 938, 55);
    run_close(run);
    char *text = contents(FOLDER "timing-fid.csv");
    double first, second;
    int end = 0;
    ck_assert_int_eq(sscanf(text, "step,seconds\n0,%lf\n938,%lf\n%n", &first, &second, &end), 2);
    ck_assert(end == (int)strlen(text) && second >= first);
    ck_assert(!exists(FOLDER "timing-b.csv") && !exists(FOLDER "timing.csv"));
    free(text);
    pause_ms(50);
    run_close(open_default()); // a later run of this name takes the times away, too
    ck_assert(!exists(FOLDER "log-fid.csv"));
    ck_assert(!exists(FOLDER "timing-fid.csv"));
}
END_TEST

START_TEST(summary_holds_the_figures_in_order) {
    enter_folder();
    Run *run = open_default();
    run_summary(run, "test_accuracy", 0.87654321987);
    run_summary(run, "modes", NAN);
    run_close(run);
    char *text = contents(FOLDER "summary.csv");
    double seconds, mib;
    int end = 0;
    sscanf(text, "key,value\ntest_accuracy,0.87654322\nmodes,\nseconds,%lf\npeak_mib,%lf\n%n",
           &seconds, &mib, &end);
    ck_assert_msg(end == (int)strlen(text), "%s", text);
    ck_assert(seconds >= 0.0 && seconds < 100.0 && mib > 0.5 && mib < 10000.0);
    free(text);
    assert_in("printed", "Results are in runs/99-test/default/ (");
}
END_TEST

START_TEST(config_holds_every_option_and_what_ran_it) {
    enter_folder();
    RunOptions options = RUN_DEFAULTS("99-test");
    options.data = "a \"folder\", named oddly";
    options.seed = 42;
    options.threads = 3;
    run_close(open_run(&options));
    ck_assert_int_eq(omp_get_max_threads(), 3);
    assert_in(FOLDER "config.csv", "key,value\nlesson,99-test\nversion," VERSION
                                   "\ndata,\"a \"\"folder\"\", named oddly\"\nseed,42\nthreads,3\n"
                                   "name,default\nout,runs\nquiet,no\nthreads_used,3\ncompiler,");
}
END_TEST

START_TEST(name_and_out_choose_the_folder) {
    enter_folder();
    RunOptions options = RUN_DEFAULTS("99-test");
    options.name = "relu-he";
    options.out = "some/where";
    Run *run = open_run(&options);
    ck_assert_str_eq(run_path(run, "samples/%03d.png", 7),
                     "some/where/99-test/relu-he/samples/007.png");
    run_close(run);
    ck_assert(exists("some/where/99-test/relu-he/summary.csv") && !exists("runs"));
}
END_TEST

START_TEST(paths_stay_valid) {
    enter_folder();
    Run *run = open_default();
    const char *first = run_path(run, "first");
    for (int i = 0; i < 255; i++) {
        run_path(run, "%d", i);
    }
    ck_assert_str_eq(first, FOLDER "first");
    run_close(run);
}
END_TEST

// --- how a run ends ------------------------------------------------------------------------------

static void interrupt_after_two_rows(void *times) {
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "loss");
    for (int step = 0; step < 100 && !run_stopped(run); step++) {
        log_row(log, step, 1.0);
        for (int i = 0; step == 1 && i < *(int *)times; i++) {
            raise(SIGINT);
        }
    }
    exit(run_close(run));
}

START_TEST(ctrl_c_ends_with_a_complete_log) {
    enter_folder();
    int once = 1, status;
    char *message = death_message(interrupt_after_two_rows, &once, &status);
    ck_assert_str_eq(message, "");
    free(message);
    ck_assert_int_eq(status, 130);
    assert_holds(FOLDER "log.csv", "step,loss\n0,1\n1,1\n");
    assert_in(FOLDER "summary.csv", "\ninterrupted,1\n");
    assert_in("printed", "Interrupted: the log is complete up to here.\nResults are in runs/");
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

static void put_earlier_run(void) {
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "loss");
    log_row(log, 1, 77);
    run_close(run);
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
}

// Somebody forgets --resume, and notices.
START_TEST(a_run_stopped_before_it_saved_a_state_spares_the_earlier_one) {
    enter_folder();
    int once = 1, status;
    ck_assert_int_eq(
        system("mkdir -p " FOLDER " && cd " FOLDER
               " && for f in state.safetensors log.csv summary.csv config.csv; do echo "
               "old >$f; done && touch -d '1 minute ago' *"),
        0);
    free(death_message(interrupt_after_two_rows, &once, &status));
    ck_assert_int_eq(status, 130);
    assert_holds(FOLDER "log.csv", "old\n");
    assert_holds(FOLDER "summary.csv", "old\n");
    assert_holds(FOLDER "config.csv", "old\n");
    ck_assert(exists(FOLDER "state.safetensors"));
    assert_in("printed", "is as it was; --resume goes on with it.\n");
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

// A lesson without states is begun by mistake.
START_TEST(a_run_stopped_before_it_finished_a_file_spares_the_earlier_one) {
    enter_folder();
    int once = 1, status;
    put_earlier_run();
    pause_ms(50);
    free(death_message(interrupt_after_two_rows, &once, &status));
    ck_assert_int_eq(status, 130);
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
    assert_in("printed", "This run will take the place of the one in runs/99-test/default/.\n");
    assert_in("printed", "is as it was.\n");
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

START_TEST(a_second_ctrl_c_ends_at_once) {
    enter_folder();
    int twice = 2, status;
    free(death_message(interrupt_after_two_rows, &twice, &status));
    ck_assert_int_eq(status, 128 + SIGINT);
    ck_assert(!exists(FOLDER "log.csv") && !exists(FOLDER "summary.csv"));
}
END_TEST

static void diverge(void *unused) {
    (void)unused;
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "loss");
    log_row(log, 1, 1e30);
    run_summary(run, "accuracy", 0.1);
    run_diverged(run, 2, "the training loss", "layer 3 (relu)");
}

START_TEST(a_diverged_run_keeps_its_log_and_says_where) {
    enter_folder();
    put_earlier_run();
    assert_dies(
        diverge, NULL,
        "the training loss is not finite at step 2, first seen in layer 3 (relu). A smaller --lr "
        "usually helps; the log so far is in runs/99-test/default");
    assert_holds(FOLDER "log.csv", "step,loss\n1,1e+30\n");
    ck_assert(!exists(FOLDER "summary.csv")); // not the earlier run's either
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

static void die_in_a_run(void *unused) {
    (void)unused;
    RunOptions options = RUN_DEFAULTS("99-test");
    options.seed = 2;
    Run *run = open_run(&options);
    log_row(log_open(run, "log.csv", "loss"), 1, 1);
    die("no more");
}

static void fill_the_disk(void *unused) {
    (void)unused;
    signal(SIGXFSZ, SIG_IGN);
    Run *run = open_default();
    struct rlimit limit = { 5000, RLIM_INFINITY };
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit");
    Log *log = log_open(run, "log.csv", "loss");
    for (int i = 0;; i++) {
        log_row(log, i, 0.5); // dies at the first row that does not fit
        require(i < 1000, "the disk has no end");
    }
}

START_TEST(a_run_that_dies_leaves_the_earlier_one_as_it_was) {
    enter_folder();
    put_earlier_run();
    assert_dies(die_in_a_run, NULL, "no more");
    assert_dies(fill_the_disk, NULL,
                "cannot finish writing runs/99-test/default/log.csv: File too large");
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
    ck_assert(exists(FOLDER "summary.csv"));
    assert_in(FOLDER "config.csv", "\nseed,1\n");
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

static void open_again(void *unused) {
    (void)unused;
    open_default();
}

START_TEST(a_second_run_in_the_same_folder_is_refused) {
    enter_folder();
    Run *run = open_default();
    ck_assert_int_ne(system("flock -n " FOLDER " true"), 0);
    run_close(run);
    ck_assert_int_eq(system("flock -n " FOLDER " true"), 0);
    int lock = open(FOLDER, O_RDONLY);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    touch(FOLDER "log.csv.part");
    assert_dies(open_again, NULL,
                "another run is going on in runs/99-test/default. Wait for its end, or choose");
    ck_assert(exists(FOLDER "log.csv.part"));
    close(lock);
    run_close(open_default());
}
END_TEST

static void be_killed(void *unused) {
    (void)unused;
    Run *run = open_default();
    log_row(log_open(run, "log.csv", "loss"), 1, 1);
    log_row(log_open(run, "log-ring.csv", "loss"), 1, 1);
    raise(SIGKILL);
}

START_TEST(what_a_killed_run_has_left_half_written_is_removed) {
    enter_folder();
    put_earlier_run();
    int status;
    free(death_message(be_killed, NULL, &status));
    ck_assert_int_eq(status, 128 + SIGKILL);
    ck_assert_int_eq(unfinished_files(), 5 + 1); // with config.csv
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
    Run *run = open_default();
    ck_assert(!exists(FOLDER "log-ring.csv.part"));
    run_close(run);
    ck_assert_int_eq(unfinished_files(), 0);
}
END_TEST

// Of the earlier run goes what it has written and this run has not written anew; what somebody has
// put there, or renamed to keep it, stays.
START_TEST(a_folder_never_holds_parts_of_two_runs) {
    enter_folder();
    put_earlier_run();
    assert_holds(FOLDER "files.csv",
                 "file\ncolumns.csv\nconfig.csv\nlog.csv\nsummary.csv\ntiming.csv\n");
    file_make_folder(FOLDER "samples");
    ck_assert_int_eq(system("cd " FOLDER
                            " && cp -p log.csv log-kept.csv && echo log-sweep.csv >>files.csv && "
                            "printf '../../../notes.csv\\n/tmp\\nsamples\\n\\n' >>files.csv"),
                     0);
    touch("notes.csv");
    static const char *const old[] = { FOLDER "log-sweep.csv", FOLDER "model.safetensors",
                                       FOLDER "state.safetensors", FOLDER "samples/1.png" };
    for (int i = 0; i < 4; i++) {
        touch(old[i]);
    }
    touch(FOLDER "notes.txt");
    touch(FOLDER "samples/notes.txt");
    pause_ms(50); // the file system's clock is not as fine as its numbers
    Run *run = open_default();
    log_row(log_open(run, "log-other.csv", "loss"), 1, 1);
    touch(FOLDER "model.safetensors"); // this run's
    for (int i = 0; i < 4; i++) {
        ck_assert(exists(old[i]));
    }
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
    run_close(run);
    ck_assert(exists(FOLDER "log-other.csv") && exists(FOLDER "model.safetensors"));
    ck_assert(exists(FOLDER "notes.txt") && exists(FOLDER "samples/notes.txt"));
    ck_assert(!exists(FOLDER "log.csv") && !exists(FOLDER "timing.csv"));
    ck_assert(!exists(old[0]) && !exists(old[2]) && !exists(old[3]));
    assert_holds(FOLDER "log-kept.csv", "step,loss\n1,77\n");
    ck_assert(exists("notes.csv"));
    assert_holds(FOLDER "files.csv",
                 "file\ncolumns.csv\nconfig.csv\nlog-other.csv\nmodel.safetensors\nsummary.csv\n");
}
END_TEST

static void open_loading(void *name) {
    RunOptions options = RUN_DEFAULTS("99-test");
    options.name = name;
    options.load = "some/model.safetensors";
    run_close(open_run(&options));
    require(strcmp(options.name, *(char *)name == 'd' ? "loaded" : name) == 0, "%s", options.name);
    exit(EXIT_SUCCESS);
}

START_TEST(with_load_a_training_run_is_not_overwritten) {
    enter_folder();
    put_earlier_run();
    touch(FOLDER "model.safetensors");
    static const char *const names[] = { "default", "default", "mine" };
    for (int i = 0; i < 3; i++) {
        int status;
        free(death_message(open_loading, (void *)names[i], &status));
        ck_assert_int_eq(status, EXIT_SUCCESS);
    }
    ck_assert(exists("runs/99-test/loaded/summary.csv") && exists("runs/99-test/mine/summary.csv"));
    assert_in("runs/99-test/loaded/config.csv", "\nname,loaded\n");
    assert_in(FOLDER "config.csv", "\nname,default\n");
    touch("runs/99-test/mine/model.safetensors");
    assert_dies(open_loading, "mine",
                "runs/99-test/mine holds a trained model, and with --load this run would take its "
                "place. Choose another --name");
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
}
END_TEST

static void resume_nothing(void *unused) {
    (void)unused;
    RunOptions options = RUN_DEFAULTS("99-test");
    options.resume = true;
    open_run(&options);
}

START_TEST(without_a_state_there_is_nothing_to_resume) {
    enter_folder();
    assert_dies(resume_nothing, NULL, "there is no state.safetensors in runs/99-test/default");
    ck_assert(!exists("runs"));
}
END_TEST

START_TEST(text_can_be_read_back_and_put_in_front) {
    enter_folder();
    Run *run = open_default();
    run_append(run, "log.csv", "step,loss\n1,0.5\n");
    run_append(run, "timing.csv", "step,seconds\n1,7.000\n");
    run_continue(run, run_began(run), 100.0);
    Log *log = log_open(run, "log.csv", "loss");
    log_row(log, 2, 0.25);
    ck_assert_str_eq(run_file_name(run, 0), "summary.csv");
    ck_assert_str_eq(run_file_name(run, 1), "columns.csv");
    ck_assert_str_eq(run_file_name(run, 2), "log.csv");
    ck_assert_ptr_null(run_file_name(run, 4));
    char *text = run_file_text(run, 2, 10);
    ck_assert_str_eq(text, "1,0.5\n2,0.25\n");
    free(text);
    log_row(log, 3, 0);
    run_close(run);
    assert_holds(FOLDER "log.csv", "step,loss\n1,0.5\n2,0.25\n3,0\n");
    assert_in(FOLDER "timing.csv", "step,seconds\n1,7.000\n2,100.0");
}
END_TEST

static void open_twice(void *unused) {
    (void)unused;
    Run *run = open_default();
    log_open(run, "log.csv", "loss");
    log_open(run, "log.csv", "loss");
}

START_TEST(a_log_is_opened_once) {
    enter_folder();
    assert_refused(open_twice, NULL, "log.csv is opened twice");
}
END_TEST

static void open_named(void *name) {
    RunOptions options = RUN_DEFAULTS("99-test");
    options.name = name;
    open_run(&options);
}

START_TEST(a_name_of_other_characters_is_refused) {
    enter_folder();
    static const char *const wrong[] = { "a/b",  "/a",  "..",     ".",    ".hidden", "../../x",
                                         "",     "-x",  "my run", "a'b",  "a\"b",    "$(x)",
                                         "`x`",  "a;b", "a\nb",   "a\\b", "a%sb",    "a:b",
                                         "a,b",  "a*",  "a&b",    "é",    "a~",      "a#b",
                                         "\033", "a|b" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_dies(open_named, (void *)wrong[i],
                    "cannot be a run's name: it has 1 to 100 of the characters a-z A-Z 0-9 . _ - + "
                    "=, and does not begin with a dot or a dash");
    }
    char name[102];
    memset(name, 'x', 101);
    name[101] = '\0';
    assert_dies(open_named, name, "xxx…\" cannot be a run's name");
    ck_assert_int_eq(files_here(), 1); // what was printed
    name[100] = '\0';
    char *const right[] = { name, (char[]){ "_A-Z.a+z=0.9" } };
    for (int i = 0; i < 2; i++) {
        int status;
        free(death_message(open_named, right[i], &status));
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named) {
    enter_folder();
    ck_assert_int_eq(close(open("runs", O_CREAT | O_WRONLY, 0666)), 0);
    assert_dies(open_named, "default",
                "cannot create the folder runs: a file of that name is in the way");
}
END_TEST

static void write_too_few(void *unused) {
    (void)unused;
    Run *run = open_default();
    log_row(log_open(run, "log.csv", "loss,accuracy"), 1, 0.5);
}

START_TEST(a_row_has_as_many_values_as_columns) {
    enter_folder();
    assert_refused(write_too_few, NULL, "for 2 columns");
}
END_TEST

// --- what is printed -----------------------------------------------------------------------------

static void go_through_the_phases(Run *run) {
    run_say(run, "seed %d", 1);
    for (int i = 0; i <= 1000; i++) {
        run_progress(run, "training", i, 1000, "loss %.2f", 1.0 - i / 1000.0);
    }
    run_summary(run, "test_accuracy", 0.5);
}

// How, is for the tests of the console.
START_TEST(text_and_progress_are_printed) {
    enter_folder();
    Run *run = open_default();
    go_through_the_phases(run);
    run_close(run);
    assert_in("printed", "seed 1\ntraining  10%  loss 0.90\n");
    assert_in("printed", "\ntraining 100%  loss 0.00\nResults are in runs/99-test/default/ (");
}
END_TEST

START_TEST(quiet_prints_nothing) {
    enter_folder();
    RunOptions options = RUN_DEFAULTS("99-test");
    options.quiet = true;
    Run *run = open_run(&options);
    go_through_the_phases(run);
    run_close(run);
    fflush(stdout);
    assert_holds("printed", "");
    assert_in(FOLDER "summary.csv", "test_accuracy,0.5\n");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("runlog");
    CASE(s, "files", log_has_a_header_and_rows, columns_say_what_is_better,
         nine_digits_bring_every_float_back, files_grow_as_part_and_are_renamed_at_the_end,
         timing_has_the_steps_of_log_csv_and_times_that_grow, another_log_is_timed_on_request,
         summary_holds_the_figures_in_order, config_holds_every_option_and_what_ran_it,
         name_and_out_choose_the_folder, paths_stay_valid);
    CASE(s, "end", ctrl_c_ends_with_a_complete_log,
         a_run_stopped_before_it_saved_a_state_spares_the_earlier_one,
         a_run_stopped_before_it_finished_a_file_spares_the_earlier_one,
         a_second_ctrl_c_ends_at_once, a_diverged_run_keeps_its_log_and_says_where,
         a_run_that_dies_leaves_the_earlier_one_as_it_was,
         a_second_run_in_the_same_folder_is_refused,
         what_a_killed_run_has_left_half_written_is_removed, a_folder_never_holds_parts_of_two_runs,
         with_load_a_training_run_is_not_overwritten, without_a_state_there_is_nothing_to_resume,
         text_can_be_read_back_and_put_in_front, a_log_is_opened_once,
         a_name_of_other_characters_is_refused, a_folder_that_cannot_be_made_is_named,
         a_row_has_as_many_values_as_columns);
    CASE(s, "print", text_and_progress_are_printed, quiet_prints_nothing);
    return s;
}
