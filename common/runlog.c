#include "runlog.h"
#include "clock.h"
#include "die.h"
#include "file.h"

#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_LOGS = 8, MOST_PATHS = 256 };

struct Log {
    OutFile *file;
    Run *run;
    size_t columns;
    bool timed; // rows of log.csv are timed, too
};

struct Run {
    RunOptions options;
    char *folder;
    Log logs[MOST_LOGS];
    int n_logs;
    OutFile *config, *summary, *timing;
    char *paths[MOST_PATHS];
    int n_paths;
    double started, phase_started, last_drawn;
    const char *phase; // the phase whose bar is being drawn
    int tenth;         // plain lines: tenths of the phase reported so far
    bool terminal, bar_visible;
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

static void check_name(const RunOptions *options) {
    if (strchr(options->name, '/') || options->name[0] == '.') {
        die("--name \"%s\" names a folder: it must not contain / or begin with a dot",
            options->name);
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

Run *run_open(const RunOptions *options, const Option *table) {
    check_name(options);
    Run *run = alloc_bytes(sizeof *run);
    run->options = *options;
    run->folder =
        alloc_bytes(strlen(options->out) + strlen(options->lesson) + strlen(options->name) + 3);
    sprintf(run->folder, "%s/%s/%s", options->out, options->lesson, options->name);
    run->started = clock_seconds();
    run->terminal = isatty(STDOUT_FILENO);
    if (options->threads > 0) {
        omp_set_num_threads(options->threads);
    }
    occupy_standard_streams();
    catch_interrupts();
    file_make_folder(run->folder);
    write_config(run, table);
    run->summary = file_create(run_path(run, "summary.csv"));
    fprintf(file_stream(run->summary), "key,value\n");
    return run;
}

/*
## What is printed

A bar that is still on the line is wiped before anything else is written; `\r` returns to the line's start and `ESC [ K`
erases to its end.
*/

static void wipe_bar(Run *run) {
    if (run->bar_visible) {
        fputs("\r\033[K", stdout);
        run->bar_visible = false;
    }
}

void run_say(Run *run, const char *format, ...) {
    if (run->options.quiet) {
        return;
    }
    wipe_bar(run);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static int terminal_width(void) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
    return known ? size.ws_col : 80;
}

/*
    backprop [==============>                ]  45%   12 s left  loss 0.41

The bar takes the room that the words leave; too many words are cut. A line that fills the terminal would wrap, and
`\r` could not take back the row above, so one column stays free, and two more for the `^C` that a terminal prints by
itself.
*/

static void draw_bar(Run *run, double done, double seconds_left, const char *figures) {
    enum { SHORTEST = 8, LONGEST = 30 };
    char words[512], bar[LONGEST + 1], line[1024];
    double left = seconds_left < 9999 ? seconds_left : 9999;
    snprintf(words, sizeof words, "%3.0f%% %4.0f s left  %s", 100 * done, left, figures);
    int room = terminal_width() - 3;
    int width = room - (int)(strlen(run->phase) + strlen(words)) - 4;
    width = width < SHORTEST ? SHORTEST : width > LONGEST ? LONGEST : width;
    for (int i = 0; i < width; i++) {
        int head = (int)(done * width);
        bar[i] = i < head ? '=' : i == head ? '>' : ' ';
    }
    snprintf(line, sizeof line, "%s [%.*s] %s", run->phase, width, bar, words);
    printf("\r\033[K%.*s", room, line);
    fflush(stdout);
    run->bar_visible = true;
}

void run_progress(Run *run, const char *phase, long done, long total, const char *format, ...) {
    if (run->options.quiet) {
        return;
    }
    double now = clock_seconds();
    if (run->phase != phase) {
        run->phase = phase;
        run->phase_started = now;
        run->last_drawn = 0;
        run->tenth = 0;
    }
    double fraction = (double)done / (double)total;
    int tenth = (int)(10 * fraction);
    bool due = run->terminal ? now - run->last_drawn > 0.1 : tenth > run->tenth;
    if (!due) {
        return;
    }
    run->last_drawn = now;
    run->tenth = tenth;
    char figures[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(figures, sizeof figures, format, arguments);
    va_end(arguments);
    if (run->terminal) {
        double elapsed = now - run->phase_started;
        draw_bar(run, fraction, fraction > 0 ? elapsed / fraction - elapsed : 0, figures);
    } else {
        printf("%s %3.0f%%  %s\n", phase, 100 * fraction, figures);
        fflush(stdout);
    }
}

/*
## Logs

Nine significant digits bring every float back exactly, so two logs are equal to the byte if and only if the runs were. Each
row is flushed: `make watch-N` in another terminal sees it at once, and a full disk is noticed at the first row that does not
fit.
*/

Log *log_open(Run *run, const char *name, const char *columns) {
    require(run->n_logs < MOST_LOGS, "a run has at most %d logs", MOST_LOGS);
    Log *log = &run->logs[run->n_logs++];
    log->run = run;
    log->file = file_create(run_path(run, "%s", name));
    log->columns = 1;
    for (const char *c = columns; *c; c++) {
        log->columns += *c == ',';
    }
    fprintf(file_stream(log->file), "step,%s\n", columns);
    log->timed = strcmp(name, "log.csv") == 0;
    if (log->timed) {
        run->timing = file_create(run_path(run, "timing.csv"));
        fprintf(file_stream(run->timing), "step,seconds\n");
    }
    return log;
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
    if (log->timed) {
        fprintf(file_stream(log->run->timing), "%ld,%.3f\n", step,
                clock_seconds() - log->run->started);
    }
}

void run_summary(Run *run, const char *key, double value) {
    FILE *out = file_stream(run->summary);
    fprintf(out, "%s,", key);
    print_number(out, value);
    fputc('\n', out);
}

/*
## Closing

`summary.csv` comes last: a folder that has one holds a run that came to its end.
*/

static void finish_files(Run *run) {
    file_commit(run->config);
    for (int i = 0; i < run->n_logs; i++) {
        file_commit(run->logs[i].file);
    }
    if (run->timing) {
        file_commit(run->timing);
    }
    run->n_logs = 0;
    run->timing = NULL;
}

_Noreturn void run_diverged(Run *run, long step, const char *what, const char *where) {
    wipe_bar(run);
    finish_files(run);
    unlink(run_path(run, "summary.csv")); // an earlier run's figures do not belong to this log
    die("%s is not finite at step %ld, first seen in %s. A smaller --lr usually helps; the log so "
        "far is in %s",
        what, step, where, run->folder);
}

int run_close(Run *run) {
    double seconds = clock_seconds() - run->started;
    run_summary(run, "seconds", seconds);
    run_summary(run, "peak_mib", clock_peak_mib());
    if (interrupted) {
        run_summary(run, "interrupted", 1);
    }
    finish_files(run);
    file_commit(run->summary);
    if (interrupted) {
        run_say(run, "Interrupted: the log is complete up to here.");
    }
    run_say(run, "Results are in %s/ (%.1f s, %.0f MiB)", run->folder, seconds, clock_peak_mib());
    for (int i = 0; i < MOST_PATHS; i++) {
        free(run->paths[i]);
    }
    free(run->folder);
    free(run);
    return interrupted ? 130 : EXIT_SUCCESS;
}
