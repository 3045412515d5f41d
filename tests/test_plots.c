// Tests of plots/: the scripts are run by sh, in a folder that holds a copy of plots/ and a few
// small runs.

#include "die.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// --- helpers -------------------------------------------------------------------------------------

// What the command prints on both streams (the caller frees it), and its exit status.
static char *output_of(const char *command, int *status) {
    char whole[2000], *text = alloc_bytes(1 << 16);
    ck_assert_int_lt(snprintf(whole, sizeof whole, "{ %s\n} 2>&1", command), (int)sizeof whole);
    FILE *pipe = popen(whole, "r");
    ck_assert_ptr_nonnull(pipe);
    ck_assert_uint_lt(fread(text, 1, 1 << 16, pipe), 1 << 16);
    int how = pclose(pipe);
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : 255;
    return text;
}

static void assert_output(const char *command, int expected_status, const char *expected) {
    int status;
    char *text = output_of(command, &status);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(status, expected_status);
    free(text);
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

// Enough of a PNG for a picture that is one: its signature, and more than an empty one would have.
static bool is_picture(const char *path) {
    unsigned char bytes[2000];
    FILE *file = fopen(path, "rb");
    bool good = file && fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
                memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
    if (file) {
        fclose(file);
    }
    return good;
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "cannot write %s", path);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

// Three runs of two lessons. valid_loss is measured at every second step; the last row of
// runs/02-b/fast lacks it.
static void enter_fixture(void) {
    char root[1000], command[1100];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    ck_assert_msg(exists("plots/compare.sh"), "the tests run from the repository's root");
    enter_folder();
    snprintf(command, sizeof command,
             "cp -r '%s/plots' . && mkdir -p runs/02-b/default runs/02-b/fast runs/03-c/default",
             root);
    ck_assert_int_eq(system(command), 0);
    put("runs/02-b/default/log.csv", "step,train_loss,valid_loss,train_accuracy\n"
                                     "10,2.5,2.75,0.1\n20,1.5,,0.5\n30,0.5,0.75,0.9\n40,1,,0.85\n");
    put("runs/02-b/fast/log.csv", "step,train_loss,valid_loss,train_accuracy\n"
                                  "10,2,2.25,0.3\n20,1,0.5,0.95\n30,0.25,,0.7\n");
    put("runs/03-c/default/log.csv", "step,train_loss,norm\n0,3,1e-07\n100,inf,-2.5e+10\n200,,1\n");
    put("plots/02-b.gp", "load 'plots/style.gp'\n"
                         "eval figure('loss', 600, 400)\n"
                         "set xlabel 'step'; set ylabel 'loss'\n"
                         "eval curves('log.csv', 'train_loss valid_loss', '')\n"
                         "eval figure('b', 600, 400)\nplot sin(x)\n");
}

// --- compare.sh ----------------------------------------------------------------------------------

START_TEST(table_holds_last_and_best_values) {
    enter_fixture();
    assert_output("RUNS='02-b/default 02-b/fast' sh plots/compare.sh", 0,
                  "\n"
                  "train_loss                        last         lowest    at step\n"
                  "  02-b/default                       1            0.5          30\n"
                  "  02-b/fast                       0.25*          0.25*         30\n"
                  "\n"
                  "valid_loss                        last         lowest    at step\n"
                  "  02-b/default                    0.75           0.75          30\n"
                  "  02-b/fast                        0.5*           0.5*         20\n"
                  "\n"
                  "train_accuracy                    last        highest    at step\n"
                  "  02-b/default                    0.85*           0.9          30\n"
                  "  02-b/fast                        0.7           0.95*         20\n"
                  "\n"
                  "* the best of these runs\n"
                  "Picture: runs/compare.png\n");
    ck_assert(is_picture("runs/compare.png"));
}
END_TEST

START_TEST(runs_of_different_lessons_share_what_they_have) {
    enter_fixture();
    assert_output("RUNS='02-b/default 03-c/default' sh plots/compare.sh", 0,
                  "\n"
                  "train_loss                        last         lowest    at step\n"
                  "  02-b/default                       1*           0.5*         30\n"
                  "  03-c/default                       3              3           0\n"
                  "\n"
                  "* the best of these runs\n"
                  "Picture: runs/compare.png\n");
    assert_output("RUNS='02-b/default 03-c/default' COLS=norm sh plots/compare.sh", 0,
                  "\n"
                  "norm                              last         lowest    at step\n"
                  "  02-b/default                       -              -           -\n"
                  "  03-c/default                       1*      -2.5e+10*        100\n"
                  "\n"
                  "* the best of these runs\n"
                  "Picture: runs/compare.png\n");
}
END_TEST

// Of training: the clock begins at the row for step 0 if there is one, with the run if there is none.
START_TEST(seconds_may_be_the_axis) {
    enter_fixture();
    put("runs/02-b/default/timing.csv", "step,seconds\n10,1.5\n20,3\n30,4.5\n40,6\n");
    put("runs/03-c/default/timing.csv", "step,seconds\n0,20\n100,21.25\n200,22.5\n");
    assert_output(
        "AXIS=seconds RUNS='02-b/default 03-c/default' COLS='train_loss norm' sh plots/compare.sh",
        0,
        "\n"
        "train_loss                        last         lowest at seconds\n"
        "  02-b/default                       1*           0.5*      4.500\n"
        "  03-c/default                       3              3       0.000\n"
        "\n"
        "norm                              last         lowest at seconds\n"
        "  02-b/default                       -              -           -\n"
        "  03-c/default                       1*      -2.5e+10*      1.250\n"
        "\n"
        "* the best of these runs\n"
        "Picture: runs/compare.png\n");
    ck_assert(is_picture("runs/compare.png"));
    assert_output("AXIS=seconds RUNS=02-b/fast sh plots/compare.sh", 1,
                  "error: runs/02-b/fast/log.csv has no times beside it "
                  "(runs/02-b/fast/timing.csv); compare by steps, "
                  "without AXIS=\n");
    assert_output("AXIS=hours RUNS=02-b/fast sh plots/compare.sh", 1,
                  "error: AXIS is step or seconds, not hours\n");
}
END_TEST

START_TEST(other_logs_folders_and_running_runs_can_be_compared) {
    enter_fixture();
    ck_assert_int_eq(system("mkdir -p elsewhere runs/02-b/on && "
                            "cp runs/02-b/fast/log.csv elsewhere/log-ring.csv && "
                            "cp runs/02-b/fast/log.csv runs/02-b/on/log.csv.part && "
                            "printf '40,0.12' >>runs/02-b/on/log.csv.part"), // half a row
                     0);
    assert_output(
        "RUNS='elsewhere runs/02-b/fast/log.csv 02-b/on' COLS=train_loss sh plots/compare.sh", 1,
        "error: no log.csv in elsewhere, which has: log-ring.csv (choose with LOG=)\n");
    assert_output("RUNS='elsewhere/log-ring.csv runs/02-b/fast/log.csv 02-b/on' COLS=train_loss "
                  "sh plots/compare.sh",
                  0,
                  "\n"
                  "train_loss                        last         lowest    at step\n"
                  "  elsewhere/log-ring.csv          0.25*          0.25*         30\n"
                  "  runs/02-b/fast/log.csv          0.25*          0.25*         30\n"
                  "  02-b/on                         0.25*          0.25*         30\n"
                  "\n"
                  "* the best of these runs\n"
                  "Picture: runs/compare.png\n");
}
END_TEST

START_TEST(of_many_columns_the_first_four_are_shown) {
    enter_fixture();
    put("runs/03-c/default/log.csv", "step,a,b,c,d,e,f\n1,1,2,3,4,5,6\n2,1,2,3,4,5,6\n");
    int status;
    char *text = output_of("RUNS=03-c/default sh plots/compare.sh", &status);
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_eq(strstr(text, "The first four columns; choose others with COLS=: e f\n"), text);
    ck_assert(strstr(text, "\nd  ") && !strstr(text, "\ne  "));
    free(text);
}
END_TEST

START_TEST(what_cannot_be_compared_is_told_in_one_line) {
    enter_fixture();
    assert_output("sh plots/compare.sh", 1,
                  "error: which runs? make compare RUNS=\"LESSON/NAME LESSON/NAME\". "
                  "There are: 02-b/default 02-b/fast 03-c/default\n");
    assert_output("RUNS='02-b/default 02-b/slow' sh plots/compare.sh", 1,
                  "error: no run 02-b/slow. There are: 02-b/default 02-b/fast 03-c/default\n");
    assert_output("RUNS='02-b/default 02-b/fast' COLS='train_loss loss' sh plots/compare.sh", 1,
                  "error: no column loss. There are: train_loss valid_loss train_accuracy\n");
    assert_output(
        "RUNS=02-b/default LOG=log-ring.csv sh plots/compare.sh", 1,
        "error: no log-ring.csv in runs/02-b/default, which has: log.csv (choose with LOG=)\n");
    assert_output(
        "OUT=none RUNS=02-b/default sh plots/compare.sh", 1,
        "error: no run 02-b/default. There is none in none yet: make lesson-1 makes one\n");
    put("runs/03-c/default/log.csv", "step,norm\n1,2\n");
    assert_output("RUNS='02-b/fast 03-c/default' sh plots/compare.sh", 1,
                  "error: these runs share no column; choose with COLS=. "
                  "There are: train_loss valid_loss train_accuracy norm\n");
    put("runs/03-c/default/log.csv", "step,norm\n");
    assert_output("RUNS=03-c/default sh plots/compare.sh", 1,
                  "error: runs/03-c/default/log.csv has no rows yet\n");
    ck_assert(!exists("runs/compare.png"));
}
END_TEST

START_TEST(ascii_draws_in_79_columns) {
    enter_fixture();
    int status;
    char *text = output_of("RUNS='02-b/default 02-b/fast' COLS='train_loss valid_loss' ASCII=1 "
                           "sh plots/compare.sh",
                           &status);
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(text, "***** 02-b/default\n"));
    ck_assert_ptr_nonnull(strstr(text, "##### 02-b/fast\n"));
    int stars = 0, lines = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        ck_assert_int_le(end - line, 79);
        for (char *c = line; c < end; c++) {
            stars += *c == '*';
            ck_assert(*c >= ' ' && *c <= '~'); // no escape, no form feed
        }
    }
    ck_assert_int_gt(lines, 40);
    ck_assert_int_gt(stars, 60);
    free(text);
}
END_TEST

// The mean over 4 % of the rows: at row 50 of 120 over rows 48 to 52, at the first row over that
// row alone.
START_TEST(smoothed_is_a_centred_mean) {
    enter_fixture();
    FILE *log = fopen("log.csv", "w");
    fprintf(log, "step,x\n");
    for (int i = 1; i <= 120; i++) {
        fprintf(log, "%d,%d\n", i, i == 50 ? 100 : i == 1 ? 7 : 0);
    }
    ck_assert_int_eq(fclose(log), 0);
    assert_output(
        "awk -F, -v columns=x -v runs=r -v folder=. -f plots/compare.awk log.csv >table && "
        "sed -n '1p; 2p; 47,53p; 120p' 1.1 && cat facts.gp",
        0,
        "1 7 7\n2 0 2.33333333\n47 0 0\n48 0 20\n49 0 20\n50 100 20\n51 0 20\n52 0 20\n53 0 0\n"
        "120 0 0\nlast_step = 120.; smoothed = 1\n");
}
END_TEST

// --- plot.sh -------------------------------------------------------------------------------------

START_TEST(plot_draws_and_says_what) {
    enter_fixture();
    assert_output("sh plots/plot.sh 02-b runs/02-b/default", 0,
                  "Pictures in runs/02-b/default/:\n  b.png loss.png\n");
    ck_assert(is_picture("runs/02-b/default/loss.png"));
    assert_output("sh plots/plot.sh 02-b runs/02-b/default svg some/where", 0,
                  "Pictures in some/where/:\n  b.svg loss.svg\n");
    ck_assert(exists("some/where/loss.svg"));
    assert_output("ls -A runs/02-b/default", 0, "b.png\nlog.csv\nloss.png\n");
}
END_TEST

START_TEST(the_reference_is_drawn_behind_other_runs_only) {
    enter_fixture();
    ck_assert_int_eq(system("mkdir -p docs/reference && cp -r runs/02-b/fast docs/reference/02-b"),
                     0);
    assert_output("sh plots/plot.sh 02-b runs/02-b/default svg . && grep -q 'reference run' "
                  "loss.svg && echo yes",
                  0, "Pictures in ./:\n  b.svg loss.svg\nyes\n");
    assert_output("sh plots/plot.sh 02-b docs/reference/02-b svg . && grep -q 'reference run' "
                  "loss.svg && echo yes",
                  1, "Pictures in ./:\n  b.svg loss.svg\n");
    put("docs/reference/02-b/log.csv", "step,train_loss\n"); // empty, and without the other column
    assert_output("sh plots/plot.sh 02-b runs/02-b/default", 0,
                  "Pictures in runs/02-b/default/:\n  b.png loss.png\n");
}
END_TEST

START_TEST(what_cannot_be_plotted_is_told_in_one_line) {
    enter_fixture();
    assert_output("sh plots/plot.sh 02-b runs/02-b/slow", 1,
                  "error: no run in runs/02-b/slow. Make one: make lesson-2 RUN=slow\n");
    ck_assert_int_eq(system("rm runs/02-b/default/log.csv"), 0);
    assert_output(
        "sh plots/plot.sh 02-b runs/02-b/default", 1,
        "error: no log with a row in runs/02-b/default: the run has not ended or got nowhere. "
        "Run it again: make lesson-2\n");
    put("plots/02-b.gp",
        "load 'plots/style.gp'\neval figure('loss', 600, 400)\nplot nonsense(x)\n");
    assert_output("sh plots/plot.sh 02-b runs/02-b/fast", 1,
                  "error: plots/02-b.gp line 3: undefined function: nonsense\n");
    assert_output("ls -A runs/02-b/fast", 0, "log.csv\n");           // nothing half drawn
    assert_output("sh plots/plot.sh 03-c runs/03-c/default", 0, ""); // a lesson without pictures
}
END_TEST

START_TEST(without_gnuplot_each_says_how_to_get_it) {
    enter_fixture();
    const char *tools = "mkdir bin && for tool in sh awk sed head tail tr cut ls find sort mktemp "
                        "rm mkdir cat cp mv grep; do "
                        "ln -s $(command -v $tool) bin/; done";
    ck_assert_int_eq(system(tools), 0);
    assert_output("PATH=$PWD/bin; sh plots/plot.sh 02-b runs/02-b/default", 1,
                  "error: no gnuplot, so no pictures. make deps installs it\n");
    assert_output("PATH=$PWD/bin; sh plots/plot.sh 03-c runs/03-c/default", 0, "");
    assert_output("PATH=$PWD/bin; sh plots/watch.sh runs/02-b/default", 1,
                  "error: no gnuplot, so no curves. make deps installs it\n");
    assert_output("PATH=$PWD/bin; RUNS=02-b/fast COLS=valid_loss sh plots/compare.sh", 1,
                  "\n" // the table needs no gnuplot
                  "valid_loss                        last         lowest    at step\n"
                  "  02-b/fast                        0.5            0.5          20\n"
                  "error: no gnuplot, so no picture. make deps installs it\n");
}
END_TEST

// --- watch.sh ------------------------------------------------------------------------------------

START_TEST(watch_prints_once_where_there_is_no_terminal) {
    enter_fixture();
    int status;
    char *text = output_of("sh plots/watch.sh runs/02-b/default", &status);
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(text, "**** train_loss #### valid_loss\n"));
    ck_assert_ptr_nonnull(strstr(text, "**** train_accuracy\n"));
    ck_assert(!strchr(text, '\033') && !strchr(text, '\f'));
    free(text);
    text = output_of("COLS=valid_loss sh plots/watch.sh runs/02-b/default", &status);
    ck_assert_int_eq(status, 0);
    ck_assert(strstr(text, "**** valid_loss\n") && !strstr(text, "train_"));
    free(text);
    assert_output("COLS=banana sh plots/watch.sh runs/02-b/default", 1,
                  "error: no column banana. There are: train_loss valid_loss train_accuracy\n");
    assert_output(
        "sh plots/watch.sh runs/02-b/slow", 1,
        "error: no log in runs/02-b/slow yet. In another terminal: make lesson-2 RUN=slow\n");
}
END_TEST

START_TEST(watch_puts_four_columns_into_a_panel) {
    enter_fixture();
    put("runs/02-b/default/log.csv", "step,a_x,b_x,c_x,d_x,e_x\n1,2,2,2,2,2\n2,3,3,3,3,3\n");
    int status;
    char *text = output_of("sh plots/watch.sh runs/02-b/default", &status);
    ck_assert_int_eq(status, 0);
    ck_assert(strstr(text, "%%%% d_x\n") && strstr(text, "**** e_x\n"));
    free(text);
}
END_TEST

START_TEST(watch_draws_the_log_that_grows) {
    enter_fixture();
    put("runs/02-b/default/summary.csv.part", "key,value\n");
    put("runs/02-b/default/log.csv.part", "step,other\n1,2\n2,3\n");
    int status;
    char *text = output_of("flock runs/02-b/default sh plots/watch.sh runs/02-b/default", &status);
    ck_assert_int_eq(status, 0);
    ck_assert(strstr(text, "**** other\n") && !strstr(text, "train_loss"));
    free(text);
}
END_TEST

// Nobody holds the lock on the folder: what is half-written there will not grow.
START_TEST(watch_takes_no_killed_run_for_a_live_one) {
    enter_fixture();
    put("runs/02-b/default/summary.csv.part", "key,value\n");
    put("runs/02-b/default/log.csv.part", "step,other\n1,2\n2,3\n");
    int status;
    char *text = output_of("sh plots/watch.sh runs/02-b/default", &status);
    ck_assert_int_eq(status, 0);
    ck_assert(strstr(text, "**** train_loss") && !strstr(text, "other"));
    free(text);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("plots");
    CASE(s, "compare", table_holds_last_and_best_values, seconds_may_be_the_axis,
         runs_of_different_lessons_share_what_they_have,
         other_logs_folders_and_running_runs_can_be_compared,
         of_many_columns_the_first_four_are_shown, what_cannot_be_compared_is_told_in_one_line,
         ascii_draws_in_79_columns, smoothed_is_a_centred_mean);
    CASE(s, "plot", plot_draws_and_says_what, the_reference_is_drawn_behind_other_runs_only,
         what_cannot_be_plotted_is_told_in_one_line, without_gnuplot_each_says_how_to_get_it);
    CASE(s, "watch", watch_prints_once_where_there_is_no_terminal,
         watch_puts_four_columns_into_a_panel, watch_draws_the_log_that_grows,
         watch_takes_no_killed_run_for_a_live_one);
    return s;
}
