// What the checks of the exercises share: the messages, the time limit, the figures of a run, and the proof that a check
// refuses what learners really write.
//
// A check (lessons/NN-name/exercises/M-name.check.c) defines judge, which takes an answer and returns NULL if it is right, and
// otherwise what is wrong with it, in the terms of the exercise. It ends with
//
//     EXERCISE(Answer, judge, theirs, { a_wrong_answer, "the beginning of its message" }, ...)
//
// Answer is the type of what is judged: a pointer to a function, or a structure of such pointers or of numbers; theirs is the
// learner's. Linked with an answer the program judges it: 0 if it is right, 1 with a message if not. With --prove it also judges
// every wrong answer of the list, each of which must be refused with its own message, and the linked one must be right.

#ifndef EXERCISE_H
#define EXERCISE_H

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { EXERCISE_SECONDS = 5, EXERCISE_LEAST = 3, EXERCISE_MOST = 32, EXERCISE_LONGEST = 1024 };

static struct {
    bool proving;
    int n, failed;
    const char *messages[EXERCISE_MOST];        // what was expected of the wrong answers so far
    char said[EXERCISE_MOST][EXERCISE_LONGEST]; // and what was said of them
} exercise;

// --- what a judge says ----------------------------------------------------------------------------

// The message of a wrong answer. It stands until the next one.
__attribute__((format(printf, 1, 2))) static inline const char *wrong(const char *format, ...) {
    static char text[EXERCISE_LONGEST];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return text;
}

static inline void fill(float *x, size_t n, float value) {
    for (size_t i = 0; i < n; i++) {
        x[i] = value;
    }
}

static inline bool all_equal(const float *x, size_t n, float value) {
    for (size_t i = 0; i < n; i++) {
        if (!(x[i] == value)) {
            return false;
        }
    }
    return true;
}

static inline bool all_finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            return false;
        }
    }
    return true;
}

// |a - b| / max(|a|, |b|), 0 if both are zero, infinite if a number is not finite: about 1e-7 for the same numbers computed in
// another order, 1 if one of them is zero, 2 for a flipped sign.
static inline double difference(const float *a, const float *b, size_t n) {
    double apart = 0.0, length_a = 0.0, length_b = 0.0;
    for (size_t i = 0; i < n; i++) {
        apart += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        length_a += (double)a[i] * a[i];
        length_b += (double)b[i] * b[i];
    }
    double longer = fmax(length_a, length_b);
    return !isfinite(apart + longer) ? INFINITY : longer == 0.0 ? 0.0 : sqrt(apart / longer);
}

static inline bool alike(const float *a, const float *b, size_t n) {
    return difference(a, b, n) < 1e-4;
}

// --- the figures of a run -------------------------------------------------------------------------

// The text of a file, kept to the end; NULL if there is none.
static inline const char *text_of(const char *path) {
    static char *kept[16];
    static int n;
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    if (in && getdelim(&text, &room, '\0', in) < 0) {
        text = NULL;
    }
    if (in) {
        fclose(in);
    }
    free(kept[n % 16]);
    kept[n++ % 16] = text;
    return text;
}

// OUT/lesson/name/file, a file of one of the learner's runs.
static inline const char *text_of_run(const char *lesson, const char *name, const char *file) {
    const char *out = getenv("OUT");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s/%s", out && *out ? out : "runs", lesson, name, file);
    return text_of(path);
}

// The text of a file of the learner's run RUN, or "default", of this lesson; NULL if there is none. During the proof it is
// `proof`, or if that is NULL the reference run's file.
static inline const char *run_text(const char *lesson, const char *file, const char *proof) {
    const char *run = getenv("RUN");
    char path[1024];
    if (!exercise.proving) {
        return text_of_run(lesson, run && *run ? run : "default", file);
    }
    snprintf(path, sizeof path, "docs/reference/%s/%s", lesson, file);
    return proof ? proof : text_of(path);
}

// What stands behind "key," in a table such as summary.csv, as a number; NAN if there is none.
static inline double figure(const char *table, const char *key) {
    for (const char *line = table; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == ',') {
            const char *number = line + strlen(key) + 1;
            char *end;
            double value = strtod(number, &end);
            return end == number ? NAN : value;
        }
    }
    return NAN;
}

// --- a run that reaches something ------------------------------------------------------------------

// A run of the learner's: its name, what it was told and what came out of it. Without its texts it stands for the run of
// that name; during the proof, for one that is right.
typedef struct {
    const char *name, *config, *summary; // the texts of config.csv and summary.csv
} Attempt;

// Fills in the texts of an attempt that has none; during the proof they are those of `right`. NULL, or what is wrong with it.
static inline const char *attempt_read(Attempt *attempt, const char *lesson, const Attempt *right) {
    if (strcmp(attempt->name, "?") == 0) {
        return wrong("no run is named yet: think of options, run the lesson with them and with "
                     "RUN=NAME, and write NAME into the file");
    }
    if (!attempt->config && exercise.proving && strcmp(attempt->name, right->name) == 0) {
        *attempt = *right;
    } else if (!attempt->config) {
        attempt->config = text_of_run(lesson, attempt->name, "config.csv");
        attempt->summary = text_of_run(lesson, attempt->name, "summary.csv");
    }
    if (!attempt->config) {
        return wrong("there is no run called %s", attempt->name);
    }
    return attempt->summary ? NULL : wrong("the run %s has not ended yet", attempt->name);
}

// NULL if the run was told `value` for the option `key`, else what is wrong.
static inline const char *attempt_told(const Attempt *attempt, const char *key, double value) {
    double told = figure(attempt->config, key);
    return fabs(told - value) <= 1e-6 * fabs(value)
               ? NULL
               : wrong("%s has --%s %g, and it is to stay at %g", attempt->name, key, told, value);
}

// --- an order that was predicted ------------------------------------------------------------------

static inline int place_in(const char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++) {
        if (strcmp(name, names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

// NULL if order (n) holds each of the n names once, else what is wrong. "?": not written yet.
static inline const char *check_order(const char *const *order, const char *const *names, int n) {
    for (int i = 0; i < n; i++) {
        const char *name = order[i] ? order[i] : "";
        if (strcmp(name, "?") == 0) {
            return wrong("place %d is still open: write all %d names before you run the lesson",
                         i + 1, n);
        }
        if (place_in(names, n, name) < 0) {
            return wrong("\"%s\" is not one of the %d names that the task gives", name, n);
        }
        if (place_in(order, i, name) >= 0) {
            return wrong("\"%s\" stands there twice", name);
        }
    }
    return NULL;
}

// NULL if no two names stand the wrong way round: values (n) belong to names (n), and the order goes
// from the smallest to the largest. Values that differ by less than a third count as equal.
static inline const char *judge_order(const char *const *order, const char *const *names,
                                      const double *values, int n) {
    int right = 0, all = 0, before = -1, behind = -1;
    for (int k = 0; k < n * n; k++) {
        int i = k / n, j = k % n;
        int a = place_in(names, n, order[i]), b = place_in(names, n, order[j]);
        bool turned = values[a] > values[b] * 4.0 / 3.0;
        if (i >= j || !(turned || values[b] > values[a] * 4.0 / 3.0)) {
            continue;
        }
        all++;
        right += !turned;
        if (turned && (before < 0 || values[a] / values[b] > values[before] / values[behind])) {
            before = a;
            behind = b;
        }
    }
    return before < 0
               ? NULL
               : wrong("%d of %d pairs stand in the order of your run. The clearest of the others: "
                       "you put %s (%.3g) before %s (%.3g)",
                       right, all, names[before], values[before], names[behind], values[behind]);
}

// --- the program ----------------------------------------------------------------------------------

static inline void exercise_too_long(int number) {
    static const char text[] = "It was still computing after 5 seconds: a loop whose condition "
                               "never becomes false?\n";
    (void)number;
    _exit(write(STDOUT_FILENO, text, sizeof text - 1) < 0 ? 2 : 1);
}

static inline void exercise_begin(int argc, char **argv) {
    exercise.proving = argc > 1 && strcmp(argv[1], "--prove") == 0;
    setvbuf(stdout, NULL, _IOLBF, 0); // what the learner prints is there before a crash
    signal(SIGPROF, exercise_too_long);
    signal(SIGALRM, exercise_too_long);
    struct itimerval computing = { .it_value.tv_sec = EXERCISE_SECONDS };
    setitimer(ITIMER_PROF, &computing, NULL); // what others compute meanwhile does not count
    alarm(20 * EXERCISE_SECONDS);             // for one that waits
}

static inline void exercise_fails(const char *why, const char *what) {
    printf("%s: %s\n", why, what);
    exercise.failed++;
}

// A wrong answer was judged: `said` is the verdict, `message` the beginning of what it has to be.
static inline void exercise_refused(const char *said, const char *message) {
    const char *text = said ? said : "";
    for (int i = 0; i < exercise.n; i++) {
        if (strcmp(exercise.messages[i], message) == 0 || strcmp(exercise.said[i], text) == 0) {
            exercise_fails("two wrong answers have one message", message);
            break;
        }
    }
    exercise.messages[exercise.n] = message;
    snprintf(exercise.said[exercise.n++], sizeof exercise.said[0], "%s", text);
    if (!said) {
        exercise_fails("this wrong answer is taken for right", message);
    } else if (strncmp(said, message, strlen(message)) != 0) {
        exercise_fails("expected", message);
        exercise_fails("it said", said);
    } else {
        printf("refused: %s\n", said);
    }
}

static inline int exercise_end(const char *said) {
    if (exercise.proving && exercise.n < EXERCISE_LEAST) {
        exercise_fails("there are too few wrong answers", "at least three");
    }
    if (said) {
        printf("%s\n", said);
    }
    return said || exercise.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define EXERCISE(Answer, judge, theirs, ...)                                                       \
    static const struct {                                                                          \
        Answer answer;                                                                             \
        const char *message;                                                                       \
    } wrong_answers[] = { __VA_ARGS__ };                                                           \
    _Static_assert(sizeof wrong_answers / sizeof *wrong_answers <= EXERCISE_MOST, "too many");     \
    int main(int argc, char **argv) {                                                              \
        exercise_begin(argc, argv);                                                                \
        int n = exercise.proving ? (int)(sizeof wrong_answers / sizeof *wrong_answers) : 0;        \
        for (int i = 0; i < n; i++) {                                                              \
            exercise_refused(judge(wrong_answers[i].answer), wrong_answers[i].message);            \
        }                                                                                          \
        return exercise_end(judge(theirs));                                                        \
    }

#endif
