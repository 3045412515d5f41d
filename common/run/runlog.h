/*
# The record of a run

What does one need later to compare two runs? The curves, the final figures and all settings. So each run gets a folder,
`runs/<lesson>/<name>/`, with

| file | what is in it |
|---|---|
| `log.csv` | the curves: a header line, the first column `step`; the same seed gives the same bytes |
| `columns.csv` | `log,column,better`: for which columns `lower` values are better, and for which `higher` ones |
| `timing.csv` | `step,seconds`: wall-clock times are kept out of the log, since they differ from run to run; `timing-NAME.csv` for another log |
| `summary.csv` | `key,value`: final figures, seconds, peak memory |
| `config.csv` | `key,value`: every option, the compiler, the processor, the number of threads |
| `files.csv` | `file`: all that the run has written |

While it runs, a program prints its progress on [the console](console.html). Ctrl-C asks a run to stop. The lesson's loop
learns of it from `run_stopped` and ends early, with a complete log.

A folder never holds parts of two runs. While a run lasts, its files have the ending `.part`, and the files of an earlier run
of the same name stay. They are removed when the new run's files get their final names. So a run that is killed before that
changes nothing. And while a run lasts, its folder is locked: a second run of that name is refused.
*/

#ifndef RUNLOG_H
#define RUNLOG_H

#include "run/cli.h"

#include <stdint.h>

// What every lesson can be asked for; a lesson puts RUN_OPTIONS into its table of options, or, if it
// learns from a text, TEXT_RUN_OPTIONS.
typedef struct {
    const char *lesson; // "02-backprop": names the folder
    const char *data;   // "fashion", "mnist", or a folder with four IDX files; "jargon", or a text
    const char *name;   // the run's name
    const char *out;    // the folder above all lessons' runs
    const char *load;   // a model to use instead of training one, or NULL
    int seed, threads;  // threads 0: as many as OpenMP finds
    bool quiet;
    bool resume; // go on with the run whose state is in the folder (see the chapter on states)
} RunOptions;

#define RUN_DEFAULTS(lesson_name)                                                                  \
    { .lesson = lesson_name, .data = "fashion", .name = "default", .out = "runs", .seed = 1 }
#define TEXT_RUN_DEFAULTS(lesson_name)                                                             \
    { .lesson = lesson_name, .data = "jargon", .name = "default", .out = "runs", .seed = 1 }

#define RUN_OPTIONS_BESIDE_DATA(run)                                                               \
    option_int("seed", &(run).seed, 0, 2147483647, "the same seed gives the same bytes"),          \
        option_int("threads", &(run).threads, 0, 256,                                              \
                   "0: all processors; results do not depend on it"),                              \
        option_text("name", &(run).name, "the run's name"),                                        \
        option_text("out", &(run).out, "folder for runs: OUT/LESSON/NAME/"),                       \
        option_flag("quiet", &(run).quiet, "print nothing but errors")
#define RUN_OPTIONS(run)                                                                           \
    option_text("data", &(run).data, "fashion, mnist, or a folder with four IDX files"),           \
        RUN_OPTIONS_BESIDE_DATA(run)
#define TEXT_RUN_OPTIONS(run)                                                                      \
    option_text("data", &(run).data, "jargon, or a text file (UTF-8, plain or .gz)"),              \
        RUN_OPTIONS_BESIDE_DATA(run)

// For lessons that have them.
#define LOAD_OPTION(run, help) option_text("load", &(run).load, help)
#define RESUME_OPTION(run)                                                                         \
    option_flag("resume", &(run).resume, "go on with an interrupted run of the same options")

typedef struct Run Run;
typedef struct Log Log;

// Makes the run's folder and locks it, begins config.csv, sets the number of threads, and from here
// on catches Ctrl-C. With options->load a run that was given no name is called "loaded", and a
// folder with a trained model is refused: scores shall not take the place of a training run. With
// options->resume a folder without state.safetensors is refused.
Run *run_open(RunOptions *options, const Option *table);

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

// Seconds since the run began; in a resumed run, without the time in between.
double run_seconds(const Run *run);

// Begins the file `name` in the run's folder with the columns "step," + columns. A column behind
// which < stands ("loss<,accuracy>,norm") is the better the lower it is, with > the higher; that
// goes into columns.csv, for make compare. The log named log.csv also fills timing.csv.
Log *log_open(Run *run, const char *name, const char *columns);

// The rows of this log, too, are timed from here on: those of log-fid.csv in timing-fid.csv.
void log_time(Log *log);

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

// What follows is for the chapter on states. The files that grow with a run (summary.csv, the logs,
// timing.csv) are numbered from 0: the name of one, NULL behind the last; its text from byte `from`
// on, which the caller frees.
enum { MOST_RUN_FILES = 64 };
const char *run_file_name(const Run *run, int i);
char *run_file_text(Run *run, int i, size_t from);

// Puts text at the end of such a file; begins it if it is not there: the log_open of that name that
// follows then goes on with it.
void run_append(Run *run, const char *name, const char *text);

// The names of the files that this run has finished so far, each with a line feed behind it; to be
// freed. Files that grow are not yet among them.
char *run_finished_files(const Run *run);

// When the run began, in nanoseconds since 1970 by the clock of the files; and the way to tell a run
// when it did and how many seconds it has lasted.
int64_t run_began(const Run *run);
void run_continue(Run *run, int64_t began, double seconds);

const RunOptions *run_options(const Run *run);

// The seed of repetition k of what a run does several times. The first one has the run's own.
uint64_t run_seed(const Run *run, int k);

#endif
