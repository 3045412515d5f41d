// Tests of plots/: the scripts are run by sh, in a folder that holds a copy of plots/ and a few
// small runs.

#include "base/die.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sys/stat.h>
#include <unistd.h>

// --- helpers -------------------------------------------------------------------------------------

static void assert_output(const char *command, int expected_status, const char *expected) {
    int status;
    char *text = shell(&status, "%s", command);
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
    char root[1000], command[4400];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    ck_assert_msg(exists("plots/compare.sh"), "the tests run from the repository's root");
    enter_folder();
    snprintf(command, sizeof command,
             "cp -r '%s/plots' '%s/Makefile' . && mkdir docs && cp '%s/docs/shell.sh' "
             "'%s/docs/lesson.sh' docs/ "
             "&& mkdir -p runs/02-b/default runs/02-b/fast runs/03-c/default",
             root, root, root, root);
    ck_assert_int_eq(system(command), 0);
    put("runs/02-b/default/log.csv", "step,train_loss,valid_loss,train_accuracy\n"
                                     "10,2.5,2.75,0.1\n20,1.5,,0.5\n30,0.5,0.75,0.9\n40,1,,0.85\n");
    put("runs/02-b/fast/log.csv", "step,train_loss,valid_loss,train_accuracy\n"
                                  "10,2,2.25,0.3\n20,1,0.5,0.95\n30,0.25,,0.7\n");
    put("runs/03-c/default/log.csv", "step,train_loss,norm\n0,3,1e-07\n100,inf,-2.5e+10\n200,,1\n");
    put("runs/02-b/default/columns.csv",
        "log,column,better\nlog.csv,train_loss,lower\n"
        "log.csv,valid_loss,lower\nlog.csv,train_accuracy,higher\n");
    put("runs/03-c/default/columns.csv", "log,column,better\nlog.csv,train_loss,lower\n");
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
                  "norm                              last         lowest    highest\n"
                  "  02-b/default                       -              -           -\n"
                  "  03-c/default                       1       -2.5e+10           1\n"
                  "Picture: runs/compare.png\n");
}
END_TEST

// Of training: the clock begins at the row for step 0 if there is one, with the run if there is none.
START_TEST(seconds_may_be_the_axis) {
    enter_fixture();
    put("runs/02-b/default/timing.csv", "step,seconds\n10,1.5\n20,3\n30,4.375\n40,12.775\n");
    put("runs/03-c/default/timing.csv", "step,seconds\n0,20\n100,21.25\n200,22.5\n");
    assert_output(
        "AXIS=seconds RUNS='02-b/default 03-c/default' COLS='train_loss norm' sh plots/compare.sh",
        0,
        "\n"
        "train_loss                        last         lowest at seconds\n"
        "  02-b/default                       1*           0.5*      4.375\n"
        "  03-c/default                       3              3           0\n"
        "\n"
        "norm                              last         lowest    highest\n"
        "  02-b/default                       -              -           -\n"
        "  03-c/default                       1       -2.5e+10           1\n"
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
                  "train_loss                        last         lowest    highest\n"
                  "  elsewhere/log-ring.csv          0.25           0.25           2\n"
                  "  runs/02-b/fast/log.csv          0.25           0.25           2\n"
                  "  02-b/on                         0.25           0.25           2\n"
                  "Picture: runs/compare.png\n");
}
END_TEST

START_TEST(of_many_columns_the_first_four_are_shown) {
    enter_fixture();
    put("runs/03-c/default/log.csv", "step,a,b,c,d,e,f\n1,1,2,3,4,5,6\n2,1,2,3,4,5,6\n");
    int status;
    char *text = shell(&status, "%s", "RUNS=03-c/default sh plots/compare.sh");
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
    char *text = shell(&status, "%s",
                       "RUNS='02-b/default 02-b/fast' COLS='train_loss valid_loss' ASCII=1 "
                       "sh plots/compare.sh");
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
    FILE *log = fopen("log.1", "w");
    fprintf(log, "step,x\n");
    for (int i = 1; i <= 120; i++) {
        fprintf(log, "%d,%d\n", i, i == 50 ? 100 : i == 1 ? 7 : 0);
    }
    ck_assert_int_eq(fclose(log), 0);
    assert_output(
        "columns=x RUNS=r axis=step LC_ALL=C awk -F, -f plots/compare.awk >table && "
        "sed -n '1p; 2p; 47,53p; 120p' 1.1 && cat facts.gp",
        0,
        "1 7 7\n2 0 2.33333333\n47 0 0\n48 0 20\n49 0 20\n50 100 20\n51 0 20\n52 0 20\n53 0 0\n"
        "120 0 0\nlast_step = 1.20000000000000000e+02; smoothed = 1\n");
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
    assert_output("ls -A runs/02-b/default", 0, "b.png\ncolumns.csv\nlog.csv\nloss.png\n");
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
                        "rm mkdir cat cp mv grep ln dirname basename; do "
                        "ln -s $(command -v $tool) bin/; done";
    ck_assert_int_eq(system(tools), 0);
    assert_output("PATH=$PWD/bin; sh plots/plot.sh 02-b runs/02-b/default", 1,
                  "error: no gnuplot, so no pictures. make deps installs it\n");
    assert_output("PATH=$PWD/bin; sh plots/plot.sh 03-c runs/03-c/default", 0, "");
    assert_output("PATH=$PWD/bin; sh plots/watch.sh runs/02-b/default", 1,
                  "error: no gnuplot, so no curves. make deps installs it\n");
    assert_output("PATH=$PWD/bin; RUNS=02-b/fast COLS=valid_loss sh plots/compare.sh", 1,
                  "\n" // the table needs no gnuplot
                  "valid_loss                        last         lowest    highest\n"
                  "  02-b/fast                        0.5            0.5        2.25\n"
                  "error: no gnuplot, so no picture. make deps installs it\n");
}
END_TEST

// --- watch.sh ------------------------------------------------------------------------------------

START_TEST(watch_prints_once_where_there_is_no_terminal) {
    enter_fixture();
    int status;
    char *text = shell(&status, "%s", "sh plots/watch.sh runs/02-b/default");
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(text, "**** train_loss #### valid_loss\n"));
    ck_assert_ptr_nonnull(strstr(text, "**** train_accuracy\n"));
    ck_assert(!strchr(text, '\033') && !strchr(text, '\f'));
    free(text);
    text = shell(&status, "%s", "COLS=valid_loss sh plots/watch.sh runs/02-b/default");
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
    char *text = shell(&status, "%s", "sh plots/watch.sh runs/02-b/default");
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
    char *text =
        shell(&status, "%s", "flock runs/02-b/default sh plots/watch.sh runs/02-b/default");
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
    char *text = shell(&status, "%s", "sh plots/watch.sh runs/02-b/default");
    ck_assert_int_eq(status, 0);
    ck_assert(strstr(text, "**** train_loss") && !strstr(text, "other"));
    free(text);
}
END_TEST

// --- tables and names from anybody ----------------------------------------------------------------

// What nobody's log may do: be carried out, end in a message of gnuplot's or awk's, or reach a terminal as it is.
START_TEST(a_malformed_log_is_refused_with_its_file_and_line) {
    static const struct {
        const char *text, *reason;
    } bad[] = {
        { "", "line 1: it is empty" },
        { "step\n1\n", "line 1: a log has a column of steps and at least one more" },
        { "step;loss\n1;2\n", "line 1: semicolons stand between its columns" },
        { "step,a b\n1,2\n", "line 1: column 2 is called \"a b\"" },
        { "step,a';system(\"touch hit\");b='\n1,2\n", "line 1: column 2 is called \"a';system(" },
        { "step,`touch hit`\n1,2\n", "line 1: column 2 is called \"`touch hit`\"" },
        { "step,$(touch hit)\n1,2\n", "line 1: column 2 is called \"$(touch hit)\"" },
        { "step,\033[31mred\n1,2\n", "line 1: column 2 is called \"?[31mred\"" },
        { "step,50%s\n1,2\n", "line 1: column 2 is called \"50%s\"" },
        { "step,a\\\n1,2\n", "line 1: column 2 is called \"a\\\"" },
        { "step,a,a\n1,2,3\n", "line 1: two columns are called a" },
        { "step,a\n1e300,2\n", "line 2: the first column counts steps, and \"1e300\" is none" },
        { "step,a\n1,2\n2,3,4\n3,4\n", "line 3: it has 3 fields, and the header has 2" },
        { "step,a\n1,system('touch hit')\n", "line 2: \"system('touch hit')\" is no number" },
    };
    enter_fixture();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put("runs/02-b/default/log.csv", bad[i].text);
        const char *commands[] = { "RUNS=02-b/default sh plots/compare.sh",
                                   "sh plots/plot.sh 02-b runs/02-b/default" };
        for (int c = 0; c < 2; c++) {
            int status;
            char *text = shell(&status, "%s", commands[c]);
            bool no_row = c == 1 && strchr(bad[i].text, '\n') == NULL; // plot looks for a row first
            ck_assert_int_eq(status, 1);
            ck_assert_msg(no_row || strstr(text, bad[i].reason), "%s: %s", bad[i].text, text);
            ck_assert_msg(strncmp(text, "error: ", 7) == 0 &&
                              strchr(text, '\n') == text + strlen(text) - 1,
                          "not one line: %s", text);
            ck_assert(!strchr(text, '\033'));
            free(text);
        }
    }
    ck_assert(!exists("hit") && !exists("runs/02-b/default/hit"));
}
END_TEST

START_TEST(what_spreadsheets_write_is_read) {
    enter_fixture();
    put("runs/02-b/default/log.csv",
        "\xef\xbb\xbfstep,\"train_loss\", valid_loss \r\n"
        "1, 1.15E+00,\"2\"\r\n2,+.5,inf\r\n3,1e300,\r\n\r\n4,0.75,1.5");
    assert_output("RUNS=02-b/default sh plots/compare.sh", 0,
                  "\n"
                  "train_loss                        last         lowest    at step\n"
                  "  02-b/default                    0.75            0.5           2\n"
                  "\n"
                  "valid_loss                        last         lowest    at step\n"
                  "  02-b/default                     1.5            1.5           4\n"
                  "Picture: runs/compare.png\n");
    assert_output("sh plots/plot.sh 02-b runs/02-b/default", 0,
                  "Pictures in runs/02-b/default/:\n  b.png loss.png\n");
    int status; // ten thousand columns are refused, a thousand read
    char *text = shell(&status, "%s",
                       "{ printf step; seq -f ',c%g' 9999 | tr -d '\\n'; echo; } >wide.csv; "
                       "RUNS=wide.csv sh plots/compare.sh");
    ck_assert_str_eq(
        text, "error: wide.csv, line 1: 10000 columns are more than the 1000 that are read\n");
    free(text);
}
END_TEST

// Folders and runs may be called anything that the system allows: it stays a name.
START_TEST(odd_names_stay_names) {
    static const char *const names[] = { "it's",        "a \"b\" c",   "$(touch hit)",
                                         "`touch hit`", "x;touch hit", "größe %s\\n" };
    enter_fixture();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[100];
        snprintf(path, sizeof path, "runs/02-b/%s", names[i]);
        setenv("ODD", path, 1);
        ck_assert_int_eq(system("cp -r runs/02-b/fast \"$ODD\""), 0);
        int status;
        char *text = shell(&status, "%s", "sh plots/plot.sh 02-b \"$ODD\"");
        ck_assert_msg(status == 0, "%s", text);
        free(text);
        text = shell(&status, "%s", "sh plots/watch.sh \"$ODD\"");
        ck_assert_msg(status == 0 && strstr(text, "train_loss"), "%s", text);
        free(text);
    }
    setenv("COLS", "a';system('touch hit');'", 1);
    char *text = shell(&(int){ 0 }, "%s", "RUNS=02-b/fast sh plots/compare.sh");
    ck_assert_ptr_nonnull(strstr(text, "error: no column a';system("));
    free(text);
    unsetenv("COLS");
    assert_output("OUT='a=b' RUNS=02-b/fast sh plots/compare.sh 2>&1 | cut -c 1-26", 0,
                  "error: OUT names a folder;\n");
    assert_output("LC_ALL=C ls", 0, "Makefile\ndocs\nplots\nruns\n"); // no hit
    assert_output(". docs/shell.sh; say \"$(printf 'a\\033[1mb\\nc%%d')\"", 0, "a?[1mb?c%d\n");
}
END_TEST

// With a comma for decimals some awks read 0.777 as 0. (Debian's package locales has the sources of locales.)
START_TEST(numbers_are_the_same_in_every_country) {
    enter_fixture();
    static const char *const countries[] = { "de_DE", "tr_TR", "fa_IR" };
    char *expected = shell(&(int){ 0 }, "%s", "RUNS='02-b/default 02-b/fast' sh plots/compare.sh");
    ck_assert_ptr_nonnull(strstr(expected, "0.25"));
    if (exists("/usr/share/i18n/locales/de_DE")) {
        ck_assert_int_eq(system("mkdir locale && for l in de_DE tr_TR fa_IR; do localedef -i $l -f "
                                "UTF-8 locale/$l.UTF-8 2>/dev/null || exit; done"),
                         0);
    }
    char here[1000], place[1100];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    snprintf(place, sizeof place, "%s/locale", here);
    setenv("LOCPATH", place, 1);
    for (int i = 0; i < 3; i++) {
        char country[32];
        snprintf(country, sizeof country, "%s.UTF-8", countries[i]);
        setenv("LC_ALL", country, 1);
        setenv("LC_NUMERIC", country, 1);
        assert_output("RUNS='02-b/default 02-b/fast' sh plots/compare.sh", 0, expected);
        int status;
        char *text = shell(&status, "%s", "sh plots/plot.sh 02-b runs/02-b/default");
        ck_assert_msg(status == 0, "%s", text);
        free(text);
    }
    free(expected);
}
END_TEST

// Every script takes the locale from docs/shell.sh, before it calls anything.
START_TEST(every_script_begins_with_the_same_locale) {
    assert_output(
        "for s in docs/*.sh plots/*.sh tests/*.sh tests/bench/*.sh data/*.sh; do "
        "case $s in docs/shell.sh | plots/gnuplot.sh) continue ;; esac; "
        "grep -v '^#' $s | head -n 1 | grep -q '^\\. .*/docs/shell\\.sh\"$' || echo $s; done",
        0, "");
}
END_TEST

// After plot for [i = …], gnuplot 6 does not know the i of a do for [i = …] any more.
START_TEST(a_loop_over_panels_and_one_over_curves_have_variables_of_their_own) {
    assert_output(
        "for f in plots/*.gp; do grep -o 'do for .[a-z_]*' $f | sed 's/.*.for .//' | sort -u | "
        "while read v; do ! grep -v 'do for' $f | grep -q \"for .$v = \" || echo $f: $v; done; "
        "done",
        0, "");
}
END_TEST

// docs/run-files.md has each table that the reference runs have.
START_TEST(every_file_of_a_run_is_on_its_page) {
    assert_output("for f in docs/reference/*/*.csv; do "
                  "grep -qF \"\\`${f##*/}\\`\" docs/run-files.md || echo $f; done",
                  0, "");
}
END_TEST

// An axis that is right for the usual run does not hide another, and a panel without numbers says so.
START_TEST(fixed_ranges_follow_the_data) {
    enter_fixture();
    ck_assert_int_eq(system("ln -s runs/02-b/default run"), 0);
#define SPAN(columns, rest)                                                                        \
    "LC_ALL=C awk -v logs=log.csv -v columns='" columns "' " rest " -f plots/span.awk"
    assert_output(SPAN("train_loss", "-v least=0 -v most=3"), 0, "0 3 4\n");
    assert_output(SPAN("train_loss", "-v least=0 -v most=1"), 0, "0 2.6 4\n");
    assert_output(SPAN("train_loss", "-v least=1 -v most=3"), 0, "0.4 3 4\n");
    assert_output(SPAN("train_loss", "-v least=0 -v most='*'"), 0, "0 * 4\n");
    assert_output(SPAN("nothing", "-v least=0 -v most='*'"), 0, "0 1 0\n");
    assert_output(SPAN("nothing", "-v least='*' -v most='*' -v how=log"), 0, "0.1 1 0\n");
    put("runs/02-b/fast/log.csv", "step,train_loss,valid_loss\n1,,\n2,,\n");
    assert_output(
        "sh plots/plot.sh 02-b runs/02-b/fast svg . && grep -c 'no data in this run' loss.svg", 0,
        "Pictures in ./:\n  b.svg loss.svg\n1\n");
}
END_TEST

// --- lesson.sh -------------------------------------------------------------------------------------

// A lesson that prints its options, one a line, and leaves a log.
static void enter_lesson(void) {
    enter_fixture();
    ck_assert_int_eq(system("mkdir -p build/lessons"), 0);
    put("build/lessons/02-b", "#!/bin/sh\nmkdir -p \"$2/02-b/$4\"; printf "
                              "'step,train_loss,valid_loss\\n1,2,3\\n' >\"$2/02-b/$4/log.csv\"\n"
                              "printf '<%s>\\n' \"$@\"; exit ${FAILS:-0}\n");
    ck_assert_int_eq(chmod("build/lessons/02-b", 0755), 0);
    setenv("BUILD", "build", 1);
}

START_TEST(options_are_words_and_never_commands) {
    enter_lesson();
    assert_output(
        "ARGS='--data \"my folder\" --lr 0.5 --x *' RUN=b sh docs/lesson.sh 02-b >all; head -n 10 "
        "all; rm all",
        0, "<--out>\n<runs>\n<--name>\n<b>\n<--data>\n<my folder>\n<--lr>\n<0.5>\n<--x>\n<*>\n");
    static const char *const bad[] = { ";touch hit", "$(touch hit)", "`touch hit`", "|touch hit",
                                       ">hit",       "&touch hit",   "\ntouch hit" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("ARGS", bad[i], 1);
        int status;
        char *text = shell(&status, "%s", "sh docs/lesson.sh 02-b");
        ck_assert_msg(status == 1 && strncmp(text, "error: ARGS holds options", 25) == 0, "%s",
                      text);
        free(text);
    }
    setenv("ARGS", "--data 'my", 1);
    assert_output("sh docs/lesson.sh 02-b", 1, "error: ARGS ends inside a quotation: --data 'my\n");
    ck_assert(!exists("hit"));
}
END_TEST

// Through make: what is typed behind a variable is no command, of make's or of the shell's.
START_TEST(what_is_typed_for_make_is_data) {
    static const char *const typed[] = { "x;touch hit",       "x$(touch hit)",
                                         "x`touch hit`",      "x$(shell touch hit)",
                                         "x' ; touch hit; '", "x\" ; touch hit; \"",
                                         "x|touch hit",       "x\ntouch hit" };
    static const char *const uses[] = { "plot-2 RUN",
                                        "compare RUNS=02-b/fast OUT",
                                        "compare RUNS",
                                        "compare RUNS=02-b/fast COLS",
                                        "compare RUNS=02-b/fast LOG",
                                        "compare RUNS=02-b/fast AXIS",
                                        "lesson-2 ARGS",
                                        "lesson-2 BUILD" };
    enter_lesson();
    unsetenv("BUILD");
    ck_assert_int_eq(
        system("mkdir -p lessons/02-b && sed -i 's/^LIBRARY :=.*/LIBRARY =/' Makefile"), 0);
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        setenv("TYPED", typed[i], 1);
        for (size_t u = 0; u < sizeof uses / sizeof *uses; u++) {
            char command[300];
            snprintf(command, sizeof command, "make %s=\"$TYPED\"", uses[u]);
            int status;
            free(shell(&status, "%s", command));
            ck_assert_msg(!exists("hit"), "%s, with %s", command, typed[i]);
        }
    }
    ck_assert_int_eq(system("make compare RUNS=02-b/fast >/dev/null 2>&1"), 0); // and it works
}
END_TEST

// A run that was stopped takes the place of the one before, and no picture of that may pass for its own; what has another
// name stays, and so do all when the run never began.
START_TEST(an_earlier_run_leaves_no_picture) {
    enter_lesson();
    assert_output("sh docs/lesson.sh 02-b >/dev/null; cd runs/02-b/default; mv b.png mine.png; cp "
                  "mine.png other.png; "
                  "touch -d '1 minute ago' *.png; ls *.png",
                  0, "loss.png\nmine.png\nother.png\n");
    assert_output("FAILS=1 sh docs/lesson.sh 02-b >/dev/null; ls runs/02-b/default/*.png | wc -l",
                  0, "3\n");
    put("build/lessons/02-b", "#!/bin/sh\necho key,value >\"$2/02-b/$4/config.csv\"\nexit 130\n");
    int status;
    free(shell(&status, "%s", "sh docs/lesson.sh 02-b"));
    ck_assert_int_eq(status, 130);
    assert_output("cd runs/02-b/default; ls *.png", 0, "mine.png\nother.png\n");
}
END_TEST

START_TEST(a_run_whose_pictures_fail_has_not_failed) {
    enter_lesson();
    put("plots/02-b.gp", "load 'plots/style.gp'\nplot nonsense(x)\n");
    int status;
    char *text = shell(&status, "%s", "sh docs/lesson.sh 02-b");
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(
        strstr(text, "error: plots/02-b.gp line 2: undefined function: nonsense\n"));
    ck_assert_ptr_nonnull(strstr(
        text,
        "The run is complete, only its pictures are not. Once that is mended: make plot-2\n"));
    free(text);
    text =
        shell(&status, "%s", "FAILS=3 sh docs/lesson.sh 02-b"); // the lesson's own failure is one
    ck_assert_int_eq(status, 3);
    free(text);
    static const char *const undrawn[] = { "--help", "--summary", "--load x", "--load=x",
                                           "--fake x" };
    for (size_t i = 0; i < sizeof undrawn / sizeof *undrawn; i++) {
        setenv("ARGS", undrawn[i], 1);
        text = shell(&status, "%s", "sh docs/lesson.sh 02-b");
        ck_assert_msg(!strstr(text, "nonsense"), "%s", text);
        free(text);
    }
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
    CASE(s, "hostile", a_malformed_log_is_refused_with_its_file_and_line,
         what_spreadsheets_write_is_read, odd_names_stay_names,
         numbers_are_the_same_in_every_country, every_script_begins_with_the_same_locale,
         every_file_of_a_run_is_on_its_page,
         a_loop_over_panels_and_one_over_curves_have_variables_of_their_own,
         fixed_ranges_follow_the_data);
    CASE(s, "lesson", options_are_words_and_never_commands, what_is_typed_for_make_is_data,
         an_earlier_run_leaves_no_picture, a_run_whose_pictures_fail_has_not_failed);
    CASE(s, "watch", watch_prints_once_where_there_is_no_terminal,
         watch_puts_four_columns_into_a_panel, watch_draws_the_log_that_grows,
         watch_takes_no_killed_run_for_a_live_one);
    return s;
}
