#include "run/runlog.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "run/console.h"
#include "run/folder.h"
#include "run/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PATHS = 256, LONGEST_NAME = 100 };

struct Log {
    OutFile *file;
    Run *run;
    char *name;
    size_t columns;
    Log *timing;   // where the times of its rows go, or NULL
    bool restored; // has text, and nobody has opened it yet
};

struct Run {
    RunOptions options;
    char *folder;
    int lock;                  // the folder, open and locked
    int64_t began;             // of the file system's clock, in nanoseconds
    OutFile *config;           //
    Log files[MOST_RUN_FILES]; // the first one is summary.csv
    int n_files;               //
    char *paths[MOST_PATHS];
    int n_paths;
    double started;
    Console console;
};

/*
## Ctrl-C

Only few functions are safe to call in a signal handler; this one only sets a flag. `SA_RESETHAND` restores the default action,
so that a second Ctrl-C ends the program at once.

A run ends in the same way when it is asked to terminate, when its terminal is closed (unless `nohup` has set that signal to
be ignored), and when nobody reads its output any more, as in `make lesson-2 | head`. In the last case every further line
raises the signal again, so there the handler stays.
*/

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

static void catch_interrupts(void) {
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
    interrupted = 0;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction before, action = { .sa_handler = on_interrupt, .sa_flags = SA_RESTART };
        action.sa_flags |= signals[i] == SIGPIPE ? 0 : (int)SA_RESETHAND;
        sigaction(signals[i], NULL, &before);
        if (before.sa_handler != SIG_IGN) {
            sigaction(signals[i], &action, NULL);
        }
    }
}

bool run_stopped(const Run *run) {
    (void)run;
    return interrupted;
}

/*
## Opening

The paths that `run_path` returns are kept in a ring of 256: each stays valid for the next 255 calls.
*/

const char *run_path(Run *run, const char *format, ...) {
    char name[512], path[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    if (snprintf(path, sizeof path, "%s/%s", run->folder, name) >= (int)sizeof path) {
        die("the path %s/%s is too long. Choose a shorter --out or --name", run->folder, name);
    }
    char **slot = &run->paths[run->n_paths++ % MOST_PATHS];
    free(*slot);
    return *slot = copy_text(path);
}

static bool exists(Run *run, const char *name) {
    return access(run_path(run, "%s", name), F_OK) == 0;
}

static void print_setting(FILE *out, const char *key, const char *text) {
    fprintf(out, "%s,", key);
    file_field(out, text);
    fputc('\n', out);
}

static void print_processor(FILE *out) {
    FILE *info = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (info && fgets(line, sizeof line, info)) {
        if (strncmp(line, "model name", 10) == 0) {
            line[strcspn(line, "\n")] = '\0';
            print_setting(out, "cpu", strchr(line, ':') + 2);
            break;
        }
    }
    if (info) {
        fclose(info);
    }
}

static void write_config(Run *run, const Option *table) {
    run->config = file_create(run_path(run, "config.csv"));
    FILE *out = file_stream(run->config);
    struct stat info = { 0 };
    fstat(fileno(out), &info);
    run->began = folder_time(&info);
    fprintf(out, "key,value\nlesson,%s\nversion,%s\n", run->options.lesson, VERSION);
    for (const Option *o = table; o->name; o++) {
        char value[4096];
        option_print(o, value, sizeof value);
        print_setting(out, o->name, value);
    }
    fprintf(out, "threads_used,%d\n", omp_get_max_threads());
    print_setting(out, "compiler", __VERSION__);
    print_processor(out);
    file_flush(run->config);
}

/*
A run's name becomes the name of a folder, and so a part of commands of make, of the shell and of the plots. There a blank, a
quote or a `$` has a special meaning. So a name may only have characters without one.
*/

// Refuses what can be refused before anything is touched.
static void check_options(Run *run) {
    const RunOptions *o = &run->options;
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=";
    size_t length = strlen(o->name);
    if (strspn(o->name, letters) != length || length < 1 || length > LONGEST_NAME ||
        strchr(".-", o->name[0])) {
        die("--name \"%.*s%s\" cannot be a run's name: it has 1 to %d of the characters a-z A-Z "
            "0-9 "
            ". _ - + =, and does not begin with a dot or a dash",
            LONGEST_NAME, o->name, length > LONGEST_NAME ? "…" : "", LONGEST_NAME);
    }
    if (o->load && exists(run, "model.safetensors")) {
        die("%s holds a trained model, and with --load this run would take its place. Choose "
            "another --name",
            run->folder);
    }
    if (o->resume && !exists(run, "state.safetensors")) {
        die("there is no state.safetensors in %s to resume from. Start without --resume, or choose "
            "another run with --name and --out",
            run->folder);
    }
}

/*
### Files that grow

The files with rows (the summary, the logs and their times) are kept in one list. In a run that goes on after an interruption, a
file may exist before it is opened: then its first line must be the one that it would get.
*/

static Log *find_file(Run *run, const char *name) {
    for (int i = 0; i < run->n_files; i++) {
        if (strcmp(run->files[i].name, name) == 0) {
            return &run->files[i];
        }
    }
    return NULL;
}

static Log *add_file(Run *run, const char *name) {
    require(run->n_files < MOST_RUN_FILES, "a run has at most %d files", MOST_RUN_FILES);
    Log *log = &run->files[run->n_files++];
    *log = (Log){ .run = run, .name = copy_text(name) };
    log->file = file_create(run_path(run, "%s", name));
    return log;
}

static void check_restored(Log *log, const char *header) {
    require(log->restored, "%s is opened twice", log->name);
    log->restored = false;
    char *text = file_text(log->file, 0);
    size_t length = strlen(header);
    if (strncmp(text, header, length) != 0 || text[length] != '\n') {
        die("%s of the run in %s has other columns: it is of another version of this program. "
            "Start without --resume",
            log->name, log->run->folder);
    }
    free(text);
}

static Log *begin_file(Run *run, const char *name, const char *header) {
    Log *log = find_file(run, name);
    if (log) {
        check_restored(log, header);
    } else {
        log = add_file(run, name);
        fprintf(file_stream(log->file), "%s\n", header);
    }
    for (const char *c = header; *c; c++) {
        log->columns += *c == ',';
    }
    return log;
}

const char *run_file_name(const Run *run, int i) {
    return i < run->n_files ? run->files[i].name : NULL;
}

char *run_file_text(Run *run, int i, size_t from) {
    return file_text(run->files[i].file, from);
}

void run_append(Run *run, const char *name, const char *text) {
    Log *log = find_file(run, name);
    if (!log) {
        log = add_file(run, name);
        log->restored = true;
    }
    fputs(text, file_stream(log->file));
    file_flush(log->file);
}

/*
A file that is opened gets the lowest free file number. If a program is started with its standard output closed, its first file
gets the number of the standard output, 1, and all that is printed goes into that file. So the numbers 0 to 2 are taken first.
*/

static void occupy_standard_streams(void) {
    int number;
    do {
        number = open("/dev/null", O_RDWR);
    } while (number >= 0 && number <= STDERR_FILENO);
    close(number);
}

// A run that is begun by mistake can still be stopped.
static void tell_of_earlier(Run *run) {
    if (exists(run, "summary.csv") && !run->options.resume) {
        run_say(run, "This run will take the place of the one in %s/.", run->folder);
        run_say(run, "(Another --name, with make RUN=NAME, keeps both.)");
    }
}

Run *run_open(RunOptions *options, const Option *table) {
    if (options->load && strcmp(options->name, "default") == 0) {
        options->name = "loaded";
    }
    Run *run = alloc_bytes(sizeof *run);
    run->options = *options;
    run->folder =
        alloc_bytes(strlen(options->out) + strlen(options->lesson) + strlen(options->name) + 3);
    sprintf(run->folder, "%s/%s/%s", options->out, options->lesson, options->name);
    check_options(run);
    run->started = clock_seconds();
    run->console = console_create(options->quiet);
    threads_use(options->threads);
    occupy_standard_streams();
    catch_interrupts();
    file_make_folder(run->folder);
    run->lock = folder_lock(run->folder);
    tell_of_earlier(run);
    write_config(run, table);
    begin_file(run, "summary.csv", "key,value");
    begin_file(run, "columns.csv", "log,column,better");
    return run;
}

const RunOptions *run_options(const Run *run) {
    return &run->options;
}

uint64_t run_seed(const Run *run, int k) {
    return (uint64_t)run->options.seed + 1000003 * (uint64_t)k;
}

/*
The clock of a run that goes on after an interruption is set back by the seconds that the run has lasted already.
*/

double run_seconds(const Run *run) {
    return clock_seconds() - run->started;
}

char *run_finished_files(const Run *run) {
    return folder_files(run->folder, run->began);
}

int64_t run_began(const Run *run) {
    return run->began;
}

void run_continue(Run *run, int64_t began, double seconds) {
    run->began = began;
    run->started = clock_seconds() - seconds;
}

/*
Whatever a lesson prints goes to the [console](console.html).
*/

void run_say(Run *run, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    console_say(&run->console, format, arguments);
    va_end(arguments);
}

void run_progress(Run *run, const char *phase, long done, long total, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    console_progress(&run->console, phase, done, total, format, arguments);
    va_end(arguments);
}

/*
## Logs

A float that is written with nine significant digits is read back exactly. So two logs have the same bytes if and only if their
floats are the same. Each row is flushed: `make watch-N` in another terminal sees it at once, and a full disk is noticed at the
first row that does not fit.
*/

// The header of columns with marks; adds to columns.csv what the marks say.
static void write_columns(Run *run, const char *log, const char *columns, char *header,
                          bool fresh) {
    FILE *out = file_stream(find_file(run, "columns.csv")->file);
    header += sprintf(header, "step");
    while (*columns) {
        int length = (int)strcspn(columns, "<>,");
        header += sprintf(header, ",%.*s", length, columns);
        char mark = columns[length];
        if (fresh && (mark == '<' || mark == '>')) {
            fprintf(out, "%s,%.*s,%s\n", log, length, columns, mark == '<' ? "lower" : "higher");
        }
        columns += length;
        columns += strspn(columns, "<>,");
    }
}

Log *log_open(Run *run, const char *name, const char *columns) {
    char header[4096];
    require(strlen(columns) < sizeof header - 10, "%zu bytes of columns", strlen(columns));
    write_columns(run, name, columns, header, !find_file(run, name)); // a restored one has told it
    Log *log = begin_file(run, name, header);
    if (strcmp(name, "log.csv") == 0) {
        log_time(log);
    }
    return log;
}

void log_time(Log *log) {
    char name[64];
    require(strncmp(log->name, "log", 3) == 0, "no times for a log called %s", log->name);
    snprintf(name, sizeof name, "timing%s", log->name + 3);
    log->timing = begin_file(log->run, name, "step,seconds");
}

static void print_number(FILE *out, double value) {
    if (!isnan(value)) {
        fprintf(out, "%.9g", value);
    }
}

void log_write(Log *log, long step, const double *values, size_t n) {
    require(n == log->columns, "%zu values for %zu columns", n, log->columns);
    FILE *out = file_stream(log->file);
    fprintf(out, "%ld", step);
    for (size_t i = 0; i < n; i++) {
        fputc(',', out);
        print_number(out, values[i]);
    }
    fputc('\n', out);
    file_flush(log->file);
    if (log->timing) {
        fprintf(file_stream(log->timing->file), "%ld,%.3f\n", step, run_seconds(log->run));
    }
}

void run_summary(Run *run, const char *key, double value) {
    FILE *out = file_stream(run->files[0].file);
    fprintf(out, "%s,", key);
    print_number(out, value);
    fputc('\n', out);
}

/*
## Closing

`summary.csv` comes last, so a folder that has one holds a run that has ended. Then the files of an earlier run of this name are
removed if this run has not written them itself: a log of an act that was not reached, a model that was not trained (see [the
folder of a run](folder.html)).

There is one exception. Somebody may start a run by mistake, or forget `--resume`, and press Ctrl-C. As long as the new run has not
finished any file, neither a state nor a model nor a picture, all files of the earlier run stay.
*/

static void finish_files(Run *run) {
    file_commit(run->config);
    for (int i = run->n_files - 1; i > 0; i--) {
        file_commit(run->files[i].file);
    }
}

// An earlier run has come to its end or can go on, and this one has finished nothing.
static bool spares_earlier(Run *run) {
    struct stat state;
    bool has_state = stat(run_path(run, "state.safetensors"), &state) == 0;
    char *ours = folder_files(run->folder, run->began);
    bool finished = *ours || (has_state && folder_time(&state) >= run->began);
    free(ours);
    return !finished && (has_state || exists(run, "summary.csv"));
}

static void discard_files(Run *run) {
    file_discard(run->config);
    for (int i = 0; i < run->n_files; i++) {
        file_discard(run->files[i].file);
    }
}

_Noreturn void run_diverged(Run *run, long step, const char *what, const char *where) {
    console_wipe(&run->console);
    finish_files(run);
    unlink(run_path(run, "summary.csv")); // an earlier run's figures do not belong to this log
    folder_replace_earlier(run->folder, run->began);
    die("%s is not finite at step %ld, first seen in %s. A smaller --lr usually helps; the log so "
        "far is in %s",
        what, step, where, run->folder);
}

int run_close(Run *run) {
    double seconds = run_seconds(run);
    run_summary(run, "seconds", seconds);
    run_summary(run, "peak_mib", clock_peak_mib());
    if (interrupted) {
        run_summary(run, "interrupted", 1);
    }
    if (interrupted && !run->options.resume && spares_earlier(run)) {
        bool resumes = exists(run, "state.safetensors");
        discard_files(run);
        run_say(run, "Interrupted before anything was saved. The earlier run in %s/", run->folder);
        run_say(run, "is as it was%s.", resumes ? "; --resume goes on with it" : "");
    } else {
        finish_files(run);
        file_commit(run->files[0].file);
        folder_replace_earlier(run->folder, run->began);
        if (interrupted) {
            run_say(run, "Interrupted: the log is complete up to here.");
        }
        run_say(run, "Results are in %s/ (%.1f s, %.0f MiB)", run->folder, seconds,
                clock_peak_mib());
    }
    for (int i = 0; i < MOST_PATHS; i++) {
        free(run->paths[i]);
    }
    for (int i = 0; i < run->n_files; i++) {
        free(run->files[i].name);
    }
    close(run->lock);
    free(run->folder);
    free(run);
    return interrupted ? 130 : EXIT_SUCCESS;
}
