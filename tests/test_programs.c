// Tests of the lessons' programs, and of make, as their user meets them: through a shell. Every
// folder lessons/NN-name goes through every check; which options a program has, its --help tells.
//
// In a command, $P is the program, $SHORT are options that make it a matter of a second, $DATA is a
// small data set, $ROOT the repository. The current folder is empty and belongs to this test of
// this lesson; ../reference holds a short run of the lesson on one thread, in runs/NN-name/default.

#include "data/dataset.h"
#include "base/die.h"
#include "data/safetensors.h"
#include "terminal.h"
#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__ // by the sanitizers
enum { CHECKED = 1 };
#else
enum { CHECKED = 0 };
#endif
enum { MOST_LESSONS = 20, PATH_SIZE = 1000, SECONDS_PER_RUN = 250, SECONDS_PER_TEST = 600 };

static struct {
    char root[PATH_SIZE], build[PATH_SIZE], work[PATH_SIZE];
    char pictures[PATH_SIZE + 10];
    const char *lessons[MOST_LESSONS]; // "02-backprop"
    int n;
} house;

// --- made-up pictures -----------------------------------------------------------------------------

// A data set in a folder that is there: `train` and `test` pictures of side × side pixels, of the
// classes in turn; each class has a light bar at a place of its own, in noise. Or all pictures are black.
static void put_set(const char *folder, int train, int test, int side, int classes, bool black) {
    static const char *const parts[] = { "train", "t10k" };
    Rng rng = rng_create(1, RNG_DATA);
    for (int p = 0; p < 2; p++) {
        int n = p == 0 ? train : test;
        size_t pixels = (size_t)(side * side);
        uint8_t *images = alloc_bytes((size_t)n * pixels), *labels = alloc_bytes((size_t)n);
        for (int i = 0; i < n; i++) {
            labels[i] = (uint8_t)(i % classes);
            for (int at = 0; at < side * side; at++) {
                int row = at / side, col = at % side, bar = 4 + 2 * labels[i];
                bool light = row >= 6 && row < 22 && (col == bar || col == bar + 1);
                int shade = (int)rng_below(&rng, 100) + (light ? 150 : 0);
                images[(size_t)i * pixels + (size_t)at] = black ? 0 : (uint8_t)shade;
            }
        }
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, parts[p]);
        idx_write(path, images, 3, (int[]){ n, side, side });
        snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, parts[p]);
        idx_write(path, labels, 1, (int[]){ n });
        free(images);
        free(labels);
    }
}

// A text of `entries` entries, of words of made-up syllables.
static void put_entries(const char *path, int entries) {
    static const char *const syllables[] = { "ba", "do", "fi", "gu", "le", "mo", "na", "re" };
    Rng rng = rng_create(1, RNG_DATA);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < entries; i++) {
        for (int word = 0; word < 40; word++) {
            fprintf(file, "%s%s%s", word ? " " : ":", syllables[rng_below(&rng, 8)],
                    syllables[rng_below(&rng, 8)]);
        }
        fprintf(file, ".\n\n");
    }
    ck_assert_int_eq(fclose(file), 0);
}

// --- running commands ----------------------------------------------------------------------------

typedef struct {
    pid_t pid;
    int ends[2]; // what it prints on standard output and standard error; -1 when that has ended
} Running;

typedef struct {
    int status; // exit status, or minus the number of the signal that ended it
    char out[1 << 18], err[1 << 16];
} Outcome;

// Starts a command with the shell's `exec` in front of its last program, so that the process started
// is that program. Columns 0: no terminal; otherwise all three streams are one.
static Running start(const char *command, int columns) {
    int out[2], err[2] = { -1, -1 };
    if (columns > 0) {
        out[0] = open_terminal(columns);
        out[1] = open(ptsname(out[0]), O_RDWR | O_NOCTTY);
    } else {
        ck_assert(pipe(out) == 0 && pipe(err) == 0);
    }
    signal(SIGINT, SIG_DFL); // else the child has Check's handlers until it executes the command
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL); // which nohup has ignored
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        alarm(SECONDS_PER_RUN); // stays set in what is executed
        dup2(columns > 0 ? out[1] : open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(columns > 0 ? out[1] : err[1], STDERR_FILENO);
        for (int fd = 3; fd < 64; fd++) {
            close(fd);
        }
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    return (Running){ pid, { out[0], err[0] } };
}

// Appends what can be read to the text, of which `length` bytes are there; at its end closes *end. A
// terminal whose slave side was closed ends with an error.
static size_t collect(int *end, char *text, size_t length, size_t size) {
    ck_assert_uint_lt(length, size - 1);
    ssize_t got = read(*end, text + length, size - 1 - length);
    if (got <= 0) {
        close(*end);
        *end = -1;
        got = 0;
    }
    text[length + (size_t)got] = '\0';
    return length + (size_t)got;
}

// Waits for the end. The outcome is overwritten by the next one.
static const Outcome *finish(Running running) {
    static Outcome outcome;
    size_t out = 0, err = 0;
    outcome.out[0] = outcome.err[0] = '\0';
    while (running.ends[0] >= 0 || running.ends[1] >= 0) {
        struct pollfd ready[2] = { { running.ends[0], POLLIN, 0 }, { running.ends[1], POLLIN, 0 } };
        ck_assert_int_ge(poll(ready, 2, -1), 0);
        if (ready[0].revents) {
            out = collect(&running.ends[0], outcome.out, out, sizeof outcome.out);
        }
        if (ready[1].revents) {
            err = collect(&running.ends[1], outcome.err, err, sizeof outcome.err);
        }
    }
    int how;
    ck_assert_int_eq(waitpid(running.pid, &how, 0), running.pid);
    outcome.status = WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
    return &outcome;
}

static const Outcome *run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const Outcome *run(const char *format, ...) {
    char command[4 * PATH_SIZE];
    va_list arguments;
    va_start(arguments, format);
    ck_assert_int_lt(vsnprintf(command, sizeof command, format, arguments), (int)sizeof command);
    va_end(arguments);
    return finish(start(command, 0));
}

static void assert_ended(const Outcome *o, int status) {
    ck_assert_msg(o->status == status, "ended with %d, not %d; it printed:\n%s%s", o->status,
                  status, o->out, o->err);
}

// The command must print nothing at all and succeed.
static void assert_silent(const char *command) {
    const Outcome *o = run("%s", command);
    ck_assert_msg(o->status == 0 && !*o->out && !*o->err, "%s: %d\n%s%s", command, o->status,
                  o->out, o->err);
}

static void assert_nothing_half_written(void) {
    assert_silent("find . -name '*.part'");
}

// In front of what is to die: what it then has not freed is no finding of the leak sanitizer's.
#define DYING "ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1 "

// Refused with exit status 1 and one line that holds the text; nothing half-written is left.
static void assert_refusal(const Outcome *o, const char *what, const char *text) {
    ck_assert_msg(o->status == 1, "%s: ended with %d, not 1\n%s%s", what, o->status, o->out,
                  o->err);
    const char *newline = strchr(o->err, '\n');
    bool one_line = strncmp(o->err, "error: ", 7) == 0 && newline && newline[1] == '\0';
    ck_assert_msg(one_line, "%s: this is not one line that begins with error:\n%s", what, o->err);
    ck_assert_msg(strstr(o->err, text) != NULL, "%s: '%s' is not in\n%s", what, text, o->err);
    assert_nothing_half_written();
}

static void assert_refuses(const char *options, const char *text) {
    assert_refusal(run(DYING "exec \"$P\" %s", options), options, text);
}

// --- the lesson under test -----------------------------------------------------------------------

// Whether --data is a text, and not pictures.
static bool reads_a_text(const char *help) {
    return strstr(help, "jargon, or a text file") != NULL;
}

// Goes into a new folder of this lesson's and returns the text of its --help.
static const char *begin(int lesson, const char *name) {
    static char help[1 << 14];
    char path[3 * PATH_SIZE], data[PATH_SIZE + 10], options[3 * PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s/%s", house.work, house.lessons[lesson], name);
    *strrchr(path, '/') = '\0';
    ck_assert(mkdir(path, 0777) == 0 || errno == EEXIST);
    path[strlen(path)] = '/';
    ck_assert_msg(mkdir(path, 0777) == 0 && chdir(path) == 0, "%s: %s", path, strerror(errno));
    snprintf(path, sizeof path, "%s/lessons/%s", house.build, house.lessons[lesson]);
    ck_assert_msg(access(path, X_OK) == 0, "there is no program %s: make all", path);
    setenv("P", path, 1);
    setenv("LESSON", house.lessons[lesson], 1);
    const Outcome *o = run("exec \"$P\" --help");
    ck_assert_uint_lt(strlen(o->out), sizeof help);
    strcpy(help, o->out);
    snprintf(data, sizeof data, "%s/%s", house.work, reads_a_text(help) ? "text" : "data");
    setenv("DATA", data, 1);
    snprintf(options, sizeof options, "--data %s%s%s%s%s%s%s", data,
             strstr(help, "\n  --pictures TEXT ") ? " --pictures " : "",
             strstr(help, "\n  --pictures TEXT ") ? house.pictures : "",
             strstr(help, "\n  --epochs N ") ? " --epochs 1" : "",
             strstr(help, "\n  --steps N ") ? " --steps 20" : "",
             strstr(help, "\n  --walk N ") ? " --walk 3" : "",
             strstr(help, "\n  --seeds N ") ? " --seeds 1" : "");
    setenv("SHORT", options, 1);
    return help;
}

// What the same seed must bring back is, in the folder of a run, what it is in the reference.
static void assert_same_results(const char *folder) {
    char command[3 * PATH_SIZE];
    snprintf(command, sizeof command,
             "(cd ../reference/runs/$LESSON/default && sha256sum log*.csv $(find . -name "
             "'*.safetensors' ! -name state.safetensors)) | "
             "(cd %s && sha256sum --check --quiet)",
             folder);
    assert_silent(command);
}

// Each log in the current folder ends with a newline, and its rows have as many fields as its header.
static void assert_logs_are_complete(void) {
    assert_silent("for log in $(find . -name 'log*.csv' -o -name timing.csv); do "
                  "[ -z \"$(tail -c 1 $log)\" ] && awk -F, '"
                  "FNR == 1 { n = NF } NF != n || n < 2 { print FILENAME \": \" $0 }"
                  "' $log || exit; done");
}

// No line is wider than 80 characters; without a terminal there is nothing that moves the cursor.
static void assert_lines_fit(const char *text, bool terminal) {
    int column = 0;
    for (const char *c = text; *c; c++) {
        if (terminal && strncmp(c, "\033[K", 3) == 0) {
            c += 2;
        } else if (*c == '\n' || (terminal && *c == '\r')) {
            column = 0;
        } else if (((unsigned char)*c & 0xc0) != 0x80) { // not the second byte of a character
            ck_assert_msg((unsigned char)*c >= ' ', "there is a %d in: %s", *c, text);
            column++;
            ck_assert_msg(column <= 80, "wider than 80: %.90s", c - 80);
        }
    }
}

// Makes ../reference, unless another test has: one thread, no terminal, standard input closed.
static void make_reference(int lesson) {
    if (access("../reference/done", F_OK) == 0) {
        return;
    }
    char here[PATH_SIZE];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    run("rm -rf ../reference");
    begin(lesson, "reference");
    const Outcome *o = run("unset TERM; OMP_NUM_THREADS=1 exec \"$P\" $SHORT <&-");
    assert_ended(o, 0);
    ck_assert_str_eq(o->err, "");
    assert_lines_fit(o->out, false);
    ck_assert_ptr_nonnull(strstr(o->out, "\nResults are in runs/"));
    assert_logs_are_complete();
    assert_nothing_half_written();
    assert_silent("touch done");
    ck_assert_int_eq(chdir(here), 0);
}

// --- a run, and the same run again ---------------------------------------------------------------

START_TEST(help_lists_the_options) {
    static const char *const options[] = { "data TEXT", "seed N", "threads N", "name TEXT",
                                           "out TEXT",  "quiet ", "help " };
    const char *help = begin(_i, "help");
    const Outcome *o = run("exec \"$P\" --help");
    assert_ended(o, 0);
    ck_assert_str_eq(o->err, "");
    ck_assert_str_eq(o->out, help);
    ck_assert_int_eq(strncmp(help, "Lesson ", 7), 0);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char line[40];
        snprintf(line, sizeof line, "\n  --%s", options[i]);
        ck_assert_msg(strstr(help, line) != NULL, "no --%s in\n%s", options[i], help);
    }
    assert_lines_fit(strchr(help + strcspn(help, "\n") + 2, '\n'), false); // P may be a long path
    assert_silent("find . -mindepth 1");
}
END_TEST

START_TEST(what_cannot_be_printed_is_an_error) {
    const char *help = begin(_i, "full");
    static const char *const options[] = { "--help", "--summary" };
    for (int i = 0; i < 2; i++) {
        if (i == 0 || strstr(help, options[i])) {
            char command[100];
            snprintf(command, sizeof command, "exec \"$P\" %s >/dev/full", options[i]);
            const Outcome *o = run(command);
            assert_ended(o, 1);
            ck_assert_str_eq(o->err, "error: cannot print all of it: No space left on device. "
                                     "Print to another place\n");
        }
    }
}
END_TEST

// Without standard streams, too: what is printed must not end up in a file that took their place.
START_TEST(same_seed_gives_the_same_bytes) {
    begin(_i, "same");
    make_reference(_i);
    const Outcome *o = run("OMP_NUM_THREADS=2 exec \"$P\" $SHORT --quiet --name 2");
    assert_ended(o, 0);
    ck_assert_str_eq(o->out, "");
    ck_assert_str_eq(o->err, "");
    assert_same_results("runs/*/2");
    assert_ended(run("OMP_NUM_THREADS=3 exec \"$P\" $SHORT --name 3 <&- >&- 2>&-"), 0);
    assert_same_results("runs/*/3");
    assert_silent("! grep -r 'Results are' runs");
}
END_TEST

// The third run with the same seed, too; on a terminal with 80 columns.
START_TEST(on_a_terminal_nothing_wraps) {
    if (no_terminals()) {
        return;
    }
    begin(_i, "terminal");
    make_reference(_i);
    const Outcome *o = finish(start("TERM=xterm OMP_NUM_THREADS=2 exec \"$P\" $SHORT", 80));
    assert_ended(o, 0);
    ck_assert_ptr_nonnull(strstr(o->out, "\r\033[K")); // there was a bar
    assert_lines_fit(o->out, true);
    assert_same_results("runs/*/default");
}
END_TEST

// --- what is refused -----------------------------------------------------------------------------

// All wrong values of the option in a line of the help such as "  --epochs N   passes".
static void assert_refuses_values(const char *line) {
    static const struct {
        const char *kind, *values[6]; // NULL ends them
    } wrong[] = {
        { "N", { " banana", " 2.5", " nan", " 99999999999999999999", "=", NULL } },
        { "X", { " banana", " nan", " inf", " -inf", " 1e999", NULL } },
        { "WHICH", { " banana", "=", NULL } },
        { "TEXT", { "=", NULL } },
        { "", { "=yes", NULL } },
    };
    char name[32] = "", kind[8] = "", options[100];
    ck_assert_int_eq(sscanf(line, " %31s", name), 1);
    if (line[2 + strlen(name)] == ' ' && isupper(line[3 + strlen(name)])) {
        sscanf(line + 3 + strlen(name), "%7[A-Z]", kind);
        assert_refuses(name, "needs a value");
    }
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        bool applies = strcmp(kind, wrong[k].kind) == 0 && strcmp(name, "--help") != 0;
        for (int v = 0; applies && wrong[k].values[v]; v++) {
            snprintf(options, sizeof options, "%s%s", name, wrong[k].values[v]);
            assert_refuses(options, name);
        }
    }
}

START_TEST(options_that_make_no_sense_are_refused) {
    const char *help = begin(_i, "options");
    int seen = 0;
    for (const char *line = help; (line = strstr(line, "\n  --")) != NULL; seen++) {
        assert_refuses_values(++line);
    }
    ck_assert_int_ge(seen, 7);
    static const char *const at_least_1[] = { "epochs", "steps", "batch", "images" };
    for (int i = 0; i < 4; i++) {
        char line[20], options[20];
        snprintf(line, sizeof line, "\n  --%s N ", at_least_1[i]);
        snprintf(options, sizeof options, "--%s 0", at_least_1[i]);
        if (strstr(help, line)) {
            assert_refuses(options, at_least_1[i]);
        }
    }
    assert_refuses("--banana", "unknown option --banana");
    assert_refuses("-x", "unknown option -x");
    assert_refuses("--quiet stray", "\"stray\" is not an option");
    assert_refuses("--name a/b", "--name \"a/b\"");
    assert_refuses("--name ..", "--name \"..\"");
    assert_silent("find . -mindepth 1"); // not even a folder was made
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_refused) {
    begin(_i, "unwritable");
    assert_silent("touch file");
    assert_refuses("$SHORT --out file", "file");
    assert_refuses("$SHORT --out file/deeper", "file");
    assert_refuses("$SHORT --out /proc/runs", "/proc/runs");
    assert_silent("find . -mindepth 1 ! -name file");
}
END_TEST

// A folder of pictures, nothing, something else, a text that is too short.
static void assert_spoiled_texts_are_refused(void) {
    static const char *const spoiled[][2] = {
        { ":", "bad" },
        { "printf 'a\\0b'", "bad" },
        { "printf 'caf\\351\\n'", "bad" },
        { "head -c 3000 $DATA", "bad" },
    };
    assert_refuses("--data /nonexistent", "/nonexistent");
    assert_refuses("$SHORT --data /", "/");
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++) {
        assert_ended(run("rm -rf runs; { %s; } >bad", spoiled[i][0]), 0);
        assert_refuses("$SHORT --data bad", spoiled[i][1]);
        assert_refuses("$SHORT --data bad --steps 1000000", spoiled[i][1]); // at once
        assert_silent("find . -name log.csv -o -name summary.csv");
    }
}

START_TEST(spoiled_data_are_refused) {
    static const struct {
        const char *command, *text;
    } spoiled[] = {
        { "rm train-labels*", "train-labels-idx1-ubyte" },
        { "gzip train-images* && f=$(echo *.gz) && truncate -s 9000 $f", "train-images" },
        { "printf 'PK\\3\\4' | dd conv=notrunc of=$(echo train-images*)", "train-images" },
        { "printf '\\12' | dd conv=notrunc bs=1 seek=100 of=$(echo train-labels*)",
          "train-labels" },
        { "truncate -s -1 train-images*", "train-images" },
    };
    const char *help = begin(_i, "data");
    if (reads_a_text(help)) {
        assert_spoiled_texts_are_refused();
        return;
    }
    assert_refuses("--data /nonexistent", "/nonexistent");
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++) {
        const Outcome *o =
            run("rm -rf bad runs && cp -r $DATA bad && cd bad && { %s; } 2>&1", spoiled[i].command);
        assert_ended(o, 0);
        assert_refuses("$SHORT --data bad", spoiled[i].text);
        assert_silent("find . -name log.csv -o -name summary.csv");
    }
    if (strstr(help, "\n  --steps N ")) { // at once, and not after long games without pictures
        assert_refuses("$SHORT --data bad --steps 1000000", "train-images");
    }
}
END_TEST

// What a lesson cannot do with own data it says at once, with its name, the number it needs, and the option.
START_TEST(what_own_data_must_have_is_said_before_the_run) {
    static const struct {
        int first, last; // the lessons that refuse; the others take it
        int train, test, side, classes;
        bool black;
        const char *text;
    } cases[] = {
        { 2, 11, 1200, 300, 32, 10, false, "needs pictures of 28 × 28 pixels, and the " },
        { 2, 11, 1200, 300, 14, 10, false, "pictures of --data own have 14 × 14. Scale them" },
        { 1, 11, 1, 300, 28, 10, false, " training pictures, and --data own has 1. " },
        { 6, 11, 1200, 84, 28, 10, false, "and --data own has 84. Choose other --data" },
        { 6, 11, 1200, 1, 28, 10, false, "--data own has 1. Choose other --data" },
        { 11, 11, 1200, 169, 28, 10, false, "lesson 11 needs at least 170 test pictures" },
        { 11, 11, 849, 300, 28, 10, false, "lesson 11 needs at least 850 training pictures" },
        { 10, 11, 1200, 300, 28, 9, false, "of class 9, and --data own has 0" },
        { 2, 5, 1200, 300, 28, 1, false, "at least 2 classes, and all training pictures" },
        { 13, 13, 1200, 300, 14, 10, false, "pictures of --data own have 14 × 14. Scale them" },
        { 13, 13, 599, 300, 28, 10, false, "lesson 13 needs at least 600 training pictures" },
        { 13, 13, 1200, 300, 28, 9, false, "of class 9, and --data own has 0" },
        { 13, 13, 1200, 300, 28, 10, true, "differ, and all 1200 of --data own are the same" },
        { 1, 11, 1200, 300, 28, 10, true, "differ, and all 1200 of --data own are the same" },
    };
    const char *help = begin(_i, "own");
    int number = (int)strtol(house.lessons[_i], NULL, 10);
    char who[20];
    snprintf(who, sizeof who, "error: lesson %d ", number);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (number < cases[i].first || number > cases[i].last) {
            continue;
        }
        assert_silent("rm -rf own && mkdir own");
        put_set("own", cases[i].train, cases[i].test, cases[i].side, cases[i].classes,
                cases[i].black);
        assert_refuses("$SHORT --data own", cases[i].text);
        const Outcome *o = run(DYING "exec \"$P\" $SHORT --data own");
        ck_assert_msg(strncmp(o->err, who, strlen(who)) == 0, "%s", o->err);
        ck_assert_ptr_nonnull(strstr(o->err, "docs/own-data.md"));
        ck_assert_str_eq(o->out, ""); // before anything else
    }
    if (number == 1) { // any size will do, and of the classes those that it is asked for
        assert_silent("rm -rf own && mkdir own");
        put_set("own", 60, 60, 5, 3, false);
        assert_ended(run("exec \"$P\" $SHORT --data own --classes 1,2"), 0);
        assert_refuses("$SHORT --data own --classes 1,2,1,9", "6 training pictures of class 9");
    }
    if (strstr(help, "plane")) { // that part has no pictures
        assert_ended(run("exec \"$P\" $SHORT --part plane --data /nonexistent"), 0);
    }
}
END_TEST

START_TEST(a_picture_is_no_data_set) {
    const char *help = begin(_i, "picture");
    if (reads_a_text(help)) {
        return;
    }
    assert_silent(
        "printf '\\211PNG\\r\\n\\032\\n0123456789' >x.png && mkdir pngs && cp x.png pngs");
    assert_refuses("$SHORT --data x.png", "x.png is a file, and must be a folder");
    assert_refuses("$SHORT --data pngs", "a folder with four IDX files: docs/own-data.md");
    static const char *const options[] = { "--fake x.png",
                                           "--fake $DATA/t10k-images-idx3-ubyte --real x.png" };
    for (int i = 0; i < 2 && strstr(help, "\n  --fake "); i++) {
        assert_refuses(options[i], "x.png is a PNG picture, where an IDX file was expected");
        assert_refuses(options[i], i ? ". --real takes an IDX file" : ". --fake takes an IDX file");
        assert_refuses(options[i], "--generate 10000");
    }
    if (strstr(help, "\n  --fake ")) {
        assert_refuses("--fake pngs", "--fake takes an IDX file");
        assert_silent("mkdir few");
        put_set("few", 84, 300, 28, 10, false);
        assert_refuses("--data $DATA --fake few/train-images-idx3-ubyte",
                       "--fake few/train-images-idx3-ubyte has 84 pictures, and a distance in 84 "
                       "features takes at least 85");
    }
    assert_silent("find . -name 'log*.csv' -o -name summary.csv");
}
END_TEST

START_TEST(a_full_disk_is_told_and_spares_the_earlier_run) {
    static const char *const room[] = { "0", "1000", "$(($(wc -c <$LARGEST) - 1))" };
    begin(_i, "disk");
    make_reference(_i);
    char largest[PATH_SIZE + 20] = "../reference/runs/";
    strcat(strcat(largest, house.lessons[_i]), "/default/");
    const Outcome *found =
        run("cd %s && ls model.safetensors 2>/dev/null || ls -S | head -n 1", largest);
    strncat(largest, found->out, strcspn(found->out, "\n"));
    setenv("LARGEST", largest, 1); // the model, if the lesson trains one
    for (int i = 0; i < 3; i++) {
        assert_silent("rm -rf runs && cp -r ../reference/runs runs");
        const Outcome *o = run("trap '' XFSZ; " DYING "exec "
                               "prlimit --fsize=%s \"$P\" $SHORT",
                               room[i]);
        assert_refusal(o, room[i], "File too large");
        assert_same_results("runs/*/default");
    }
}
END_TEST

// --- models --------------------------------------------------------------------------------------

// The file's bytes (the caller frees them), and how many.
static unsigned char *get_file(const char *path, size_t *n) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "there is no %s", path);
    enum { MOST = 1 << 26 };
    unsigned char *bytes = malloc(MOST);
    *n = fread(bytes, 1, MOST, file);
    ck_assert_uint_lt(*n, MOST);
    fclose(file);
    return bytes;
}

static void put_file(const char *path, const void *bytes, size_t n) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
    ck_assert_int_eq(fclose(file), 0);
}

// Writes the files cut, long, far, nan, empty and other, each a model with something wrong.
static void put_spoiled_models(const char *model) {
    size_t n;
    unsigned char *bytes = get_file(model, &n);
    put_file("empty", bytes, 0);
    put_file("cut", bytes, n - 1);

    unsigned char first[8];
    memcpy(first, bytes, 8);
    memcpy(bytes, "\0\0\0\0\0\0\0\x80", 8); // a header of 2^63 bytes
    put_file("long", bytes, n);
    memcpy(bytes, first, 8);

    unsigned char last[4];
    memcpy(last, bytes + n - 4, 4);
    memcpy(bytes + n - 4, "\0\0\xc0\x7f", 4);
    put_file("nan", bytes, n);
    memcpy(bytes + n - 4, last, 4);

    char *offset = strstr((char *)bytes + 8, "\"data_offsets\":[");
    ck_assert_ptr_nonnull(offset);
    for (offset = strchr(offset, ',') + 1; isdigit(*offset); offset++) {
        *offset = '9'; // where the tensor ends
    }
    put_file("far", bytes, n);
    free(bytes);

    float weight[6] = { 0 };
    Tensor tensor = { .name = "0.weight", .n_dims = 2, .size = { 2, 3 }, .data = weight };
    safetensors_write("other", &tensor, 1);
}

START_TEST(a_model_is_loaded_or_refused) {
    static const char *const spoiled[] = { "empty", "cut", "long", "nan", "far", "other" };
    const char *help = begin(_i, "load");
    if (!strstr(help, "\n  --load ")) {
        return;
    }
    make_reference(_i);
    char model[PATH_SIZE], load[100];
    snprintf(model, sizeof model, "../reference/runs/%s/default/model.safetensors",
             house.lessons[_i]);
    setenv("MODEL", model, 1);
    const Outcome *o = run("exec \"$P\" $SHORT --load $MODEL");
    assert_ended(o, 0);
    ck_assert_str_eq(o->err, "");
    // Lesson 1 has four models; lesson 12 tests nets of 10, 18 and 34 layers that it does not save.
    assert_silent(
        "grep -E '(_|^)test_accuracy,|^fid,|^test_bits,' ${MODEL%model.safetensors}summary.csv | "
        "grep -v '^[0-9]*_[a-z]*_test' >score");
    assert_silent(
        "grep -E '(_|^)test_accuracy,|^fid,|^test_bits,' runs/*/loaded/summary.csv | diff score -");
    assert_silent("! ls runs/*/default 2>/dev/null"); // that is for training runs
    put_spoiled_models(model);
    assert_refuses("$SHORT --load missing", "missing");
    assert_refuses("$SHORT --load /", "/");
    for (size_t i = 0; i < sizeof spoiled / sizeof *spoiled; i++) {
        snprintf(load, sizeof load, "$SHORT --load %s", spoiled[i]);
        assert_refuses(load, spoiled[i]);
    }
}
END_TEST

// --- Ctrl-C --------------------------------------------------------------------------------------

// Whether a file that the pattern names has a header and a row. One that has just been renamed has not.
static bool has_row(const char *pattern) {
    glob_t found;
    int lines = 0;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && lines < 2; i++) {
            FILE *file = fopen(found.gl_pathv[i], "r");
            lines = 0;
            for (int c; file && lines < 2 && (c = fgetc(file)) != EOF;) {
                lines += c == '\n';
            }
            if (file) {
                fclose(file);
            }
        }
        globfree(&found);
    }
    return lines >= 2;
}

// Whether the process lives and has a handler for the signal: ours is taken back when the first one
// arrives.
static bool catches(pid_t pid, int signal_number) {
    char path[64], line[256], state = 'Z';
    unsigned long long caught = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "SigCgt: %llx", &caught);
    }
    if (status) {
        fclose(status);
    }
    return state != 'Z' && (caught >> (signal_number - 1) & 1);
}

// Starts a run with more epochs than $SHORT and waits until it would stop at the signal and, unless
// it is NULL, a log of that name has a row. The run may come to its end before.
static Running start_run(const char *help, const char *options, int signal_number,
                         const char *log) {
    char command[200], pattern[100];
    snprintf(command, sizeof command, "rm -rf runs; exec \"$P\" %s%s%s", options,
             strstr(help, "\n  --epochs N ") ? " --epochs 100" : "",
             strstr(help, "\n  --steps N ") ? " --steps 100000" : "");
    snprintf(pattern, sizeof pattern, "runs/*/default/%s.part", log ? log : "");
    Running running = start(command, 0);
    siginfo_t info = { 0 };
    while (info.si_pid == 0 &&
           (!catches(running.pid, signal_number) || (log && !has_row(pattern)))) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000L }, NULL);
        waitid(P_PID, (id_t)running.pid, &info, WEXITED | WNOHANG | WNOWAIT);
    }
    return running;
}

enum { MOST_ATTEMPTS = 10 }; // a run may have come to its end just before a signal arrives

static void assert_stops(const char *help, int signal_number, const char *log) {
    const Outcome *o = NULL;
    for (int attempt = 0; attempt < MOST_ATTEMPTS && (!o || o->status == 0); attempt++) {
        Running running = start_run(help, "--data $DATA", signal_number, log);
        kill(running.pid, signal_number);
        o = finish(running);
    }
    assert_ended(o, 130);
    ck_assert_str_eq(o->err, "");
    assert_lines_fit(o->out, false);
    ck_assert_ptr_nonnull(
        strstr(o->out, "Interrupted: the log is complete up to here.\nResults are in runs/"));
    assert_nothing_half_written();
    assert_logs_are_complete();
    assert_silent("grep -qx interrupted,1 runs/*/default/summary.csv");
}

START_TEST(ctrl_c_ends_with_a_complete_log) {
    assert_stops(begin(_i, "interrupt"), SIGINT, "log.csv");
    ck_assert(has_row("runs/*/default/log.csv"));
    assert_silent("! grep inf runs/*/default/log.csv"); // what was not measured was not made up
}
END_TEST

START_TEST(other_requests_to_end_do_too_even_at_the_first_moment) {
    const char *help = begin(_i, "terminate");
    assert_stops(help, SIGTERM, NULL);
    assert_stops(help, SIGHUP, NULL); // the terminal was closed
}
END_TEST

// As in `make lesson-1 | head`. The program may be faster than head.
START_TEST(a_reader_who_has_seen_enough_leaves_a_complete_log) {
    begin(_i, "pipe");
    assert_ended(run("{ \"$P\" $SHORT; echo $? >status; } | head -n 1"), 0);
    assert_silent("grep -qx -e 0 -e 130 status");
    assert_nothing_half_written();
    assert_logs_are_complete();
}
END_TEST

// With the large data set there is enough left to do after the first one.
START_TEST(a_second_ctrl_c_ends_at_once) {
    const char *help = begin(_i, "twice");
    int status = 130;
    for (int attempt = 0; attempt < MOST_ATTEMPTS && status >= 0; attempt++) {
        Running running = start_run(help, "", SIGINT, "log*.csv");
        kill(running.pid, SIGINT);
        while (catches(running.pid, SIGINT)) {
        }
        kill(running.pid, SIGINT);
        status = finish(running)->status;
    }
    ck_assert_int_eq(status, -SIGINT);
}
END_TEST

// --- resuming ------------------------------------------------------------------------------------

static bool exists(const char *pattern) {
    glob_t found;
    bool any = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return any;
}

// Starts a short run, sends it the signal as soon as there is a state, and resumes it.
static void assert_resumes(int signal_number) {
    assert_silent("rm -rf runs");
    Running running = start("exec \"$P\" $SHORT", 0);
    siginfo_t info = { 0 };
    while (info.si_pid == 0 && !exists("runs/*/default/state.safetensors")) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000L }, NULL);
        waitid(P_PID, (id_t)running.pid, &info, WEXITED | WNOHANG | WNOWAIT);
    }
    kill(running.pid, signal_number);
    finish(running);
    const Outcome *o = run("OMP_NUM_THREADS=2 exec \"$P\" $SHORT --resume");
    assert_ended(o, 0);
    ck_assert_str_eq(o->err, "");
    ck_assert_ptr_nonnull(strstr(o->out, "Going on with the run that was stopped after "));
    assert_same_results("runs/*/default");
    assert_logs_are_complete();
    assert_nothing_half_written();
    assert_silent("! grep -q interrupted runs/*/default/summary.csv");
}

START_TEST(an_interrupted_run_is_resumed_with_the_same_bytes) {
    const char *help = begin(_i, "resume");
    if (!strstr(help, "\n  --resume ")) {
        return;
    }
    make_reference(_i);
    assert_refuses("$SHORT --resume", "there is no state.safetensors in runs/");
    assert_resumes(SIGKILL);
    assert_resumes(SIGINT);
    assert_refuses("$SHORT --resume --seed 7", "has --seed 1, and this one has 7");
}
END_TEST

// --- make ----------------------------------------------------------------------------------------

// The make that runs this test, if any, must not pass its own settings on.
#define MAKE                                                                                       \
    "unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES; cd \"$ROOT\" && exec make -s BUILD=$BUILD "

START_TEST(make_alone_lists_the_lesson) {
    begin(_i, "list");
    const Outcome *o = run(MAKE);
    assert_ended(o, 0);
    ck_assert_str_eq(o->err, "");
    assert_lines_fit(o->out, false);
    char line[100];
    snprintf(line, sizeof line, "\n%4d %s ", (int)strtol(house.lessons[_i], NULL, 10),
             house.lessons[_i] + 3);
    ck_assert_msg(strstr(o->out, line) != NULL, "'%s' is not in\n%s", line, o->out);
}
END_TEST

// Here the seed is another one, too. The pictures of plots/NN-name.gp are drawn, and without gnuplot
// the reason why they are not is told.
START_TEST(make_passes_options_on_and_draws) {
    begin(_i, "make");
    make_reference(_i);
    int number = (int)strtol(house.lessons[_i], NULL, 10);
    const Outcome *o =
        run("HERE=$PWD; " MAKE "lesson-%d ARGS=\"$SHORT --seed 2\" RUN=trial OUT=$HERE", number);
    assert_ended(o, 0);
    ck_assert_str_eq(o->err, "");
    assert_silent("grep -qx seed,2 */trial/config.csv");
    assert_silent("grep -qx name,trial */trial/config.csv");
    assert_logs_are_complete();
    assert_nothing_half_written();
    ck_assert_msg(run("cmp */trial/log.csv ../reference/runs/*/default/log.csv")->status == 1,
                  "seeds 1 and 2 give the same log");
    if (run("test -f \"$ROOT/plots/$LESSON.gp\"")->status == 0) {
        assert_silent("ls */trial/*.png >pictures");
        assert_silent(
            "mkdir bin && ln -s $(command -v sh) $(command -v make) $(command -v find) bin/");
        o = run("HERE=$PWD; PATH=$PWD/bin; " MAKE "plot-%d RUN=trial OUT=$HERE", number);
        ck_assert_int_eq(o->status, 2);
        ck_assert_str_eq(o->out, "");
        static const char line[] =
            "error: no gnuplot, so no pictures. make deps installs it\nmake: ";
        ck_assert_msg(strncmp(o->err, line, strlen(line)) == 0, "%s", o->err);
    }
}
END_TEST

// Nobody is told that there are no curves, and an earlier run's are not drawn in their place.
START_TEST(make_draws_nothing_where_nothing_is_trained) {
    static const char *const ways[][2] = {
        { "  --help", "--help" },
        { "  --summary", "--summary" },
        { "  --load ", "--load $HERE/model.safetensors" },
        { "  --load ", "--load=$HERE/model.safetensors" },
        { "  --fake ", "--fake $DATA/t10k-images-idx3-ubyte" },
    };
    const char *help = begin(_i, "undrawn");
    make_reference(_i);
    int number = (int)strtol(house.lessons[_i], NULL, 10);
    assert_silent("cp -r ../reference/runs/* .");
    run("mv */default/model.safetensors .");
    for (int i = 0; i < 5; i++) {
        if (strstr(help, ways[i][0])) {
            const Outcome *o = run("HERE=$PWD; " MAKE "lesson-%d ARGS=\"$SHORT %s\" OUT=$HERE",
                                   number, ways[i][1]);
            assert_ended(o, 0);
            ck_assert_str_eq(o->err, "");
            ck_assert_msg(!strstr(o->out, "Pictures in"), "%s: %s", ways[i][1], o->out);
        }
    }
}
END_TEST

// --- all lessons ---------------------------------------------------------------------------------

// All of them, or with TEST_SHARE=2/4 the second of every four: tests/run.sh does the shares side by side.
static void find_lessons(void) {
    static glob_t found;
    const char *wanted = getenv("TEST_SHARE");
    size_t share = 1, shares = 1;
    require(!wanted ||
                (sscanf(wanted, "%zu/%zu", &share, &shares) == 2 && share >= 1 && share <= shares),
            "TEST_SHARE=%s is no share such as 2/4", wanted);
    require(glob("lessons/[0-9][0-9]-*", 0, NULL, &found) == 0 && found.gl_pathc < MOST_LESSONS,
            "%zu lessons found: the tests run from the repository's root", found.gl_pathc);
    for (size_t i = share - 1; i < found.gl_pathc; i += shares) {
        house.lessons[house.n++] = strchr(found.gl_pathv[i], '/') + 1;
    }
}

// Before the first test: where everything is, in `house` and in the environment of the commands. The
// current folder, which is removed at the end, becomes the one that all tests work in.
static void enter_house(void) {
    if (*house.work) {
        return;
    }
    ck_assert_ptr_nonnull(getcwd(house.root, sizeof house.root));
    ssize_t n = readlink("/proc/self/exe", house.build, sizeof house.build - 1);
    ck_assert_int_gt(n, 0);
    house.build[n] = '\0';
    *strrchr(house.build, '/') = '\0'; // the test's name
    *strrchr(house.build, '/') = '\0'; // tests/
    enter_folder();
    ck_assert_ptr_nonnull(getcwd(house.work, sizeof house.work));
    ck_assert(mkdir("data", 0777) == 0);
    put_set("data", 1200, 300, 28, 10, false); // $DATA
    put_entries("text", 60);                   // $DATA of lessons that read a text

    size_t root = strlen(house.root);
    bool inside = strncmp(house.build, house.root, root) == 0 && house.build[root] == '/';
    snprintf(house.pictures, sizeof house.pictures, "%s/data", house.work);
    setenv("ROOT", house.root, 1);
    setenv("BUILD", inside ? house.build + root + 1 : house.build, 1); // as make was given it
    setenv("GOMP_SPINCOUNT", "2000", 0);                               // as in the Makefile
}

static void add_lesson_case(Suite *s, const char *name, const TTest *const *tests) {
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, SECONDS_PER_TEST);
    tcase_add_unchecked_fixture(tcase, enter_house, NULL);
    for (; *tests; tests++) {
        tcase_add_loop_test(tcase, *tests, 0, house.n);
    }
    suite_add_tcase(s, tcase);
}

#define LESSON_CASE(s, name, ...)                                                                  \
    add_lesson_case(s, name, (const TTest *const[]){ __VA_ARGS__, NULL })

Suite *suite(void) {
    find_lessons();
    Suite *s = suite_create("programs");
    LESSON_CASE(s, "runs", help_lists_the_options, what_cannot_be_printed_is_an_error,
                same_seed_gives_the_same_bytes, on_a_terminal_nothing_wraps);
    LESSON_CASE(s, "refused", options_that_make_no_sense_are_refused,
                a_folder_that_cannot_be_written_is_refused, spoiled_data_are_refused,
                what_own_data_must_have_is_said_before_the_run, a_picture_is_no_data_set,
                a_full_disk_is_told_and_spares_the_earlier_run, a_model_is_loaded_or_refused);
    LESSON_CASE(s, "resumed", an_interrupted_run_is_resumed_with_the_same_bytes);
    if (!CHECKED) { // checked programs are slow, and what these are about does not depend on it
        LESSON_CASE(s, "stopped", ctrl_c_ends_with_a_complete_log,
                    other_requests_to_end_do_too_even_at_the_first_moment,
                    a_reader_who_has_seen_enough_leaves_a_complete_log,
                    a_second_ctrl_c_ends_at_once);
        LESSON_CASE(s, "make", make_alone_lists_the_lesson, make_passes_options_on_and_draws,
                    make_draws_nothing_where_nothing_is_trained);
    }
    return s;
}
