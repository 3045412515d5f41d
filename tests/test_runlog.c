// Tests of common/runlog: what a run leaves in its folder, however it ends, and what it prints.

#include "die.h"
#include "rng.h"
#include "runlog.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
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

static void put_earlier_run(void) {
    Run *run = open_default();
    Log *log = log_open(run, "log.csv", "loss");
    log_row(log, 1, 77);
    run_close(run);
    assert_holds(FOLDER "log.csv", "step,loss\n1,77\n");
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

static void open_named(void *name) {
    RunOptions options = RUN_DEFAULTS("99-test");
    options.name = name;
    open_run(&options);
}

START_TEST(a_name_that_is_no_folder_name_is_refused) {
    enter_folder();
    static const char *const wrong[] = { "a/b", "/a", "..", ".", ".hidden", "../../x" };
    for (int i = 0; i < 6; i++) {
        assert_dies(open_named, (void *)wrong[i],
                    "names a folder: it must not contain / or begin with a dot");
    }
    ck_assert(!exists("runs") && !exists("x"));
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

START_TEST(without_a_terminal_progress_is_ten_plain_lines) {
    enter_folder();
    Run *run = open_default();
    go_through_the_phases(run);
    run_close(run);
    char *text = contents("printed");
    int lines = 0;
    for (char *c = text; *c; c++) {
        ck_assert(*c != '\r' && *c != '\033');
        lines += *c == '\n' && strncmp(c + 1, "training ", 9) == 0;
    }
    ck_assert_int_eq(lines, 10);
    ck_assert_ptr_nonnull(strstr(text, "\ntraining  50%  loss 0.50\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ntraining 100%  loss 0.00\n"));
    free(text);
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

// A terminal of our own: what is printed on its slave side is read from its master side.
static int open_terminal(int columns) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    struct winsize size = { .ws_row = 24, .ws_col = (unsigned short)columns };
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    return master;
}

static void draw_a_bar_then_die(void *slave) {
    dup2(open(slave, O_RDWR | O_NOCTTY), STDOUT_FILENO);
    RunOptions options = RUN_DEFAULTS("99-test");
    const Option table[] = { RUN_OPTIONS(options), OPTION_END };
    Run *run = run_open(&options, table);
    for (int i = 1; i < 4; i++) {
        run_progress(run, "training", i, 4, "loss %.4f  accuracy %.4f", 1.25, 0.5);
        pause_ms(150);
    }
    run_say(run, "between");
    run_progress(run, "testing", 1, 4, "loss %.4f  accuracy %.4f", 1.25, 0.5);
    die("no more");
}

// Every drawing begins at the line's start and is at most columns - 3 wide; a line of text takes
// the bar's place, and die wipes the last one.
START_TEST(on_a_terminal_a_bar_redraws_itself_and_never_wraps) {
    enter_folder();
    for (int columns = 30; columns <= 110; columns += 40) {
        int master = open_terminal(columns), slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        assert_dies(draw_a_bar_then_die, ptsname(master), "no more");
        char text[4096] = { 0 };
        ck_assert_int_gt(read(master, text, sizeof text - 1), 0);
        close(slave);
        close(master);
        static const char *const begin[] = { "training [",  "training [", "training [",
                                             "between\r\n", "testing [",  "" };
        char *line = text;
        for (int i = 0; i < 6; i++) {
            ck_assert_int_eq(strncmp(line, "\r\033[K", 4), 0);
            line += 4;
            ck_assert_int_eq(strncmp(line, begin[i], strlen(begin[i])), 0);
            size_t length = strcspn(line, "\r");
            ck_assert_uint_le(length, (size_t)columns - 3);
            if (columns >= 70 && begin[i][0] == 't') {
                ck_assert_ptr_nonnull(strstr(line, " s left  loss 1.2500  accuracy 0.5000\r"));
            }
            line += length + (i == 3 ? 2 : 0);
        }
        ck_assert_str_eq(line, "");
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("runlog");
    CASE(s, "files", log_has_a_header_and_rows, nine_digits_bring_every_float_back,
         files_grow_as_part_and_are_renamed_at_the_end,
         timing_has_the_steps_of_log_csv_and_times_that_grow, summary_holds_the_figures_in_order,
         config_holds_every_option_and_what_ran_it, name_and_out_choose_the_folder,
         paths_stay_valid);
    CASE(s, "end", ctrl_c_ends_with_a_complete_log, a_second_ctrl_c_ends_at_once,
         a_diverged_run_keeps_its_log_and_says_where,
         a_run_that_dies_leaves_the_earlier_one_as_it_was, a_name_that_is_no_folder_name_is_refused,
         a_folder_that_cannot_be_made_is_named, a_row_has_as_many_values_as_columns);
    CASE(s, "print", without_a_terminal_progress_is_ten_plain_lines, quiet_prints_nothing,
         on_a_terminal_a_bar_redraws_itself_and_never_wraps);
    return s;
}
