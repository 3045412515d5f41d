/*
# The record of a run

A training run that leaves nothing behind but the memory of numbers scrolling by might as well not have happened. Each run
gets a folder, `runs/<lesson>/<name>/`, with

| file | what is in it |
|---|---|
| `log.csv` | the curves: a header line, the first column `step`; the same seed gives the same bytes |
| `timing.csv` | `step,seconds`: wall-clock times are kept out of the log, since they differ from run to run |
| `summary.csv` | `key,value`: final figures, seconds, peak memory |
| `config.csv` | `key,value`: every option, the compiler, the processor, the number of threads |

The programs print what happens as it happens: on a terminal a progress bar that redraws itself, elsewhere plain
lines. Ctrl-C asks a run to stop; the lesson's loop sees it through `run_stopped` and ends early, with a complete log.
*/

#ifndef RUNLOG_H
#define RUNLOG_H

#include "cli.h"

// What every lesson can be asked for; a lesson puts RUN_OPTIONS into its table of options.
typedef struct {
    const char *lesson; // "02-backprop": names the folder
    const char *data;   // "fashion", "mnist", or a folder with four IDX files
    const char *name;   // the run's name
    const char *out;    // the folder above all lessons' runs
    int seed, threads;  // threads 0: as many as OpenMP finds
    bool quiet;
} RunOptions;

#define RUN_DEFAULTS(lesson_name)                                                                  \
    { .lesson = lesson_name, .data = "fashion", .name = "default", .out = "runs", .seed = 1 }

#define RUN_OPTIONS(run)                                                                           \
    option_text("data", &(run).data, "fashion, mnist, or a folder with four IDX files"),           \
        option_int("seed", &(run).seed, 0, 2147483647, "the same seed gives the same bytes"),      \
        option_int("threads", &(run).threads, 0, 256,                                              \
                   "0: all processors; results do not depend on it"),                              \
        option_text("name", &(run).name, "the run's name"),                                        \
        option_text("out", &(run).out, "folder for runs: OUT/LESSON/NAME/"),                       \
        option_flag("quiet", &(run).quiet, "print nothing but errors")

typedef struct Run Run;
typedef struct Log Log;

// Makes the run's folder, writes config.csv, sets the number of threads, and from here on catches
// Ctrl-C.
Run *run_open(const RunOptions *options, const Option *table);

// The path of a file in the run's folder, valid until the run is closed.
const char *run_path(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

// A line of narrative on standard output.
void run_say(Run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Shows how far a phase has come (done of total steps, the format's current figures, seconds left):
// redraws a bar on a terminal, prints about ten lines elsewhere.
void run_progress(Run *run, const char *phase, long done, long total, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

// True once Ctrl-C was pressed: finish the step, write what there is, and return through run_close.
bool run_stopped(const Run *run);

// Begins the file `name` in the run's folder with the columns "step," + columns. The log named
// log.csv also fills timing.csv.
Log *log_open(Run *run, const char *name, const char *columns);

// One row: log_row(log, step, loss, accuracy). As many values as columns; a NaN becomes an empty
// field ("not measured here").
#define log_row(log, step, ...)                                                                    \
    log_write(log, step, (double[]){ __VA_ARGS__ },                                                \
              sizeof((double[]){ __VA_ARGS__ }) / sizeof(double))
void log_write(Log *log, long step, const double *values, size_t n);

// A final figure for summary.csv. Nothing is printed: what the reader should see, a lesson says.
void run_summary(Run *run, const char *key, double value);

// Stops a run whose loss is NaN or infinite: completes the logs, then dies with the step and the
// place where it was first seen.
_Noreturn void run_diverged(Run *run, long step, const char *what, const char *where);

// Completes all files, says where they are, frees the run, and returns main's exit status: 0, or
// 130 after Ctrl-C.
int run_close(Run *run);

#endif
