#include "runlog.h"
#include "clock.h"
#include "console.h"
#include "die.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PATHS = 256 };

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

A signal handler may do next to nothing safely; this one sets a flag. `SA_RESETHAND` puts the default action back, so that a
second Ctrl-C ends the program at once.

A run ends in the same way when it is asked to terminate, when its terminal is closed (unless `nohup` has ordered that
this be ignored), and when nobody reads any more what it prints, as in `make lesson-2 | head`. In the last case every
further line raises the signal again, so there the handler stays.
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
## Threads that wait politely

A training step is a dozen short parallel loops, and at the end of each the threads wait for one another. OpenMP's
threads wait by *spinning*: they ask again and again, for milliseconds, before they let go of the processor. On an
idle machine that is right. As soon as another program wants the processor too, a thread spins while the one it waits
for cannot run, and a lesson of half a minute takes six (measured, with one other busy program on two processors).

The remedy is to spin briefly and then sleep, which costs next to nothing otherwise. The OpenMP runtime takes that
wish from its environment, and reads it before `main` begins. So does this function: it runs before `main`, and if
nobody has decided the matter it sets the variable and starts the program anew, with the same arguments. It happens
once, in the first millisecond.
*/

__attribute__((constructor)) static void wait_politely(int argc, char **argv) {
    (void)argc;
    if (!getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY")) {
        setenv("GOMP_SPINCOUNT", "2000", 1);
        execv("/proc/self/exe", argv); // returns only if it failed: then all is as it was
    }
}

/*
## Opening

The paths handed out by `run_path` live in a ring: each stays valid for the next 255 calls.
*/

// A file's time as one number.
static int64_t modified(const struct stat *info) {
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

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

// One row of key and text; a text with a comma or a quote in it stands between quotes, its own
// doubled (RFC 4180).
static void print_setting(FILE *out, const char *key, const char *text) {
    bool plain = !strpbrk(text, ",\"\r\n");
    fprintf(out, plain ? "%s," : "%s,\"", key);
    for (; *text; text++) {
        fprintf(out, *text == '"' ? "%c\"" : "%c", *text);
    }
    fputs(plain ? "\n" : "\"\n", out);
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
    run->began = modified(&info);
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

// Refuses what can be refused before anything is touched.
static void check_options(Run *run) {
    const RunOptions *o = &run->options;
    if (strchr(o->name, '/') || o->name[0] == '.') {
        die("--name \"%s\" names a folder: it must not contain / or begin with a dot", o->name);
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

Those with rows (the summary, the logs and their times) are kept in one list. In a run that goes on after an interruption, a
file may be there before it is begun: then its first line must be the one that it would get.
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
### One run to a folder

`flock` on the folder itself is a lock that cannot be left behind: it ends with the process, however that ends, and there is no
file to remove. `make watch-N` tests the same lock to see whether a run is on, and holds it for an instant while it looks,
which is why we ask more than once. A file system that knows no such locks gives another error, and we go on without.

With the folder locked, a file `.part` in it belongs to a run that was killed. Nobody will finish it.
*/

static void lock_folder(Run *run) {
    run->lock = open(run->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int left = 10; flock(run->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; left--) {
        if (left == 0) {
            die("another run is going on in %s. Wait for its end, or choose another --name",
                run->folder);
        }
        nanosleep(&(struct timespec){ .tv_nsec = 20000000L }, NULL);
    }
}

// Removes the files of a folder (the run's own if NULL) that match one of the patterns and were
// last written before a moment. The run's growing files stay.
static void remove_old(Run *run, const char *folder, const char *const *patterns, int64_t moment) {
    DIR *list = opendir(folder ? run_path(run, "%s", folder) : run->folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        for (const char *const *pattern = patterns; *pattern; pattern++) {
            struct stat info;
            if (fnmatch(*pattern, entry->d_name, 0) == 0 && !find_file(run, entry->d_name) &&
                fstatat(dirfd(list), entry->d_name, &info, 0) == 0 && modified(&info) < moment) {
                unlinkat(dirfd(list), entry->d_name, 0); // not folders
            }
        }
    }
    if (list) {
        closedir(list);
    }
}

/*
A file that is opened gets the lowest number that is free. If a program is started with its standard output closed, its first
file gets that one's number, 1, and all that is printed goes into the file. So the numbers 0 to 2 are taken first.
*/

static void occupy_standard_streams(void) {
    int number;
    do {
        number = open("/dev/null", O_RDWR);
    } while (number >= 0 && number <= STDERR_FILENO);
    close(number);
}

Run *run_open(RunOptions *options, const Option *table) {
    static const char *const unfinished[] = { "*.part", NULL };
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
    if (options->threads > 0) {
        omp_set_num_threads(options->threads);
    }
    occupy_standard_streams();
    catch_interrupts();
    file_make_folder(run->folder);
    lock_folder(run);
    remove_old(run, NULL, unfinished, INT64_MAX);
    remove_old(run, "samples", unfinished, INT64_MAX);
    write_config(run, table);
    begin_file(run, "summary.csv", "key,value");
    return run;
}

const RunOptions *run_options(const Run *run) {
    return &run->options;
}

/*
A run that goes on has begun long ago: its clock is set back by the seconds that it has lasted already.
*/

double run_seconds(const Run *run) {
    return clock_seconds() - run->started;
}

int64_t run_began(const Run *run) {
    return run->began;
}

void run_continue(Run *run, int64_t began, double seconds) {
    run->began = began;
    run->started = clock_seconds() - seconds;
}

/*
What is printed goes to the [console](console.html).
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

Nine significant digits bring every float back exactly, so two logs are equal to the byte if and only if the runs were. Each
row is flushed: `make watch-N` in another terminal sees it at once, and a full disk is noticed at the first row that does not
fit.
*/

Log *log_open(Run *run, const char *name, const char *columns) {
    char header[1024];
    int length = snprintf(header, sizeof header, "step,%s", columns);
    require(length < (int)sizeof header, "%d bytes of columns", length);
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

`summary.csv` comes last: a folder that has one holds a run that came to its end. Then whatever an earlier run of this name
has written goes, if this run has not written it anew: a log of an act that was not reached, a model that was not trained.
Such files have the names of ours, and were last written before this run began.

There is one exception. Who means to go on with a run and forgets `--resume` starts a new one, and presses Ctrl-C. As long as
the new run has not saved a state, the earlier one's is still there, and all of the earlier run stays.
*/

static void finish_files(Run *run) {
    file_commit(run->config);
    for (int i = run->n_files - 1; i > 0; i--) {
        file_commit(run->files[i].file);
    }
}

static bool has_earlier_state(Run *run) {
    struct stat info;
    return stat(run_path(run, "state.safetensors"), &info) == 0 && modified(&info) < run->began;
}

static void discard_files(Run *run) {
    file_discard(run->config);
    for (int i = 0; i < run->n_files; i++) {
        file_discard(run->files[i].file);
    }
}

static void remove_earlier_run(Run *run) {
    static const char *const results[] = { "log*.csv",          "timing*.csv",       "summary.csv",
                                           "model.safetensors", "state.safetensors", NULL };
    static const char *const samples[] = { "*.png", "*.gif", NULL };
    remove_old(run, NULL, results, run->began);
    remove_old(run, "samples", samples, run->began);
}

_Noreturn void run_diverged(Run *run, long step, const char *what, const char *where) {
    console_wipe(&run->console);
    finish_files(run);
    remove_earlier_run(run);
    unlink(run_path(run, "summary.csv")); // an earlier run's figures do not belong to this log
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
    if (interrupted && !run->options.resume && has_earlier_state(run)) {
        discard_files(run);
        run_say(run, "Interrupted before anything was saved. The earlier run in %s/", run->folder);
        run_say(run, "is as it was; --resume goes on with it.");
    } else {
        finish_files(run);
        file_commit(run->files[0].file);
        remove_earlier_run(run);
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
