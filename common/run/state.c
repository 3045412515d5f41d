#include "run/state.h"
#include "base/die.h"
#include "data/safetensors.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
A state is two lists of [tensors](safetensors.html). One has the *places* that a lesson has named; their data is the lesson's own
memory. The other has what is *kept*: what was read from the file and not asked for yet, the options, and the texts that acts have
written. Its data belongs to the state.

| in the file | holds |
|---|---|
| `lesson`, `version`, `--lr`, … | what the run was started with, as text |
| `began`, `written`, `seconds` | when it was started, when this file was written, and how long the run has lasted |
| `results` | a place outside of acts |
| `lenet/net.params` | a place of the act `lenet` |
| `lenet/log.csv` | what this act has written to that file |
| `lenet/over` | 1: the act is over, 0: it was going on |
| `lenet/files` | of an act that is over: the files that the run had finished by then, a line each |

A text is a tensor of type U8; the lessons' places never have this type.
*/

_Static_assert(sizeof(int) == 4 && sizeof(long) == 8, "I32 and I64 are int and long");
_Static_assert(sizeof(Rng) == 16, "a stream is two U64");

typedef struct {
    Tensor *items; // (n)
    int n, room;
} List;

struct State {
    Run *run;
    List places, kept, begun;    // begun: the acts so far, of which only the names matter
    int lasting;                 // places outside of acts: the first ones
    char act[32];                // the one that is on, or ""
    bool goes_on, saved;         // this act: was begun by an earlier process; was saved by this one
    size_t mark[MOST_RUN_FILES]; // where its text begins in each of the run's files
};

static void push(List *list, const Tensor *item) {
    if (list->n == list->room) {
        list->room = 2 * list->room + 16;
        Tensor *items = alloc_bytes((size_t)list->room * sizeof *items);
        if (list->n > 0) {
            memcpy(items, list->items, (size_t)list->n * sizeof *items);
        }
        free(list->items);
        list->items = items;
    }
    list->items[list->n++] = *item;
}

static Tensor *find(const List *list, const char *name) {
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->items[i].name, name) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

// Frees an item of the kept list; the last one takes its place.
static void drop(List *kept, Tensor *item) {
    free(item->data);
    *item = kept->items[--kept->n];
}

// Keeps a copy of a tensor, in place of an earlier one of that name.
static void keep(State *state, const Tensor *tensor) {
    Tensor copy = *tensor, *earlier = find(&state->kept, tensor->name);
    size_t bytes = tensor_bytes(tensor);
    copy.data = alloc_bytes(bytes + 1); // a text ends with a zero
    memcpy(copy.data, tensor->data, bytes);
    if (earlier) {
        drop(&state->kept, earlier);
    }
    push(&state->kept, &copy);
}

// A tensor called "act/name", or "name" outside of acts.
static Tensor named(const State *state, const char *name) {
    Tensor tensor = { .n_dims = 0 };
    int length = snprintf(tensor.name, sizeof tensor.name, "%s%s%s", state->act,
                          *state->act ? "/" : "", name);
    require(length < (int)sizeof tensor.name && !strchr(name, '/'), "%s/%s is no name", state->act,
            name);
    return tensor;
}

static void keep_text(State *state, const char *name, char *text) {
    Tensor tensor = named(state, name);
    tensor.type = TENSOR_U8;
    tensor.n_dims = 1;
    tensor.size[0] = (int64_t)strlen(text);
    tensor.data = text;
    keep(state, &tensor);
}

static void keep_number(State *state, const char *name, TensorType type, void *number) {
    Tensor tensor = named(state, name);
    tensor.type = type;
    tensor.data = number;
    keep(state, &tensor);
}

static const char *state_path(State *state) {
    return run_path(state->run, "state.safetensors");
}

// The messages of this chapter end in the same way.
#define OR_ANEW "start anew without --resume"

/*
## The same run?

The options are compared as text, one by one. The first that differs is named in the message, with both its values. Five options
may differ, because they do not change what a run computes. (A number is written with nine digits here, so that any two different
floats have different texts.)
*/

static bool is_text(const Tensor *tensor) {
    return tensor->type == TENSOR_U8 && tensor->n_dims == 1;
}

static const char *text_of(State *state, const char *name) {
    const Tensor *tensor = find(&state->kept, name);
    if (!tensor || !is_text(tensor)) {
        die("%s is not the state of a run of this program: it has no text %s. Choose another run, "
            "or " OR_ANEW,
            state_path(state), name);
    }
    return tensor->data;
}

// Without --resume keeps the setting, with it compares.
static void settle(State *state, const char *name, char *value) {
    if (!run_options(state->run)->resume) {
        keep_text(state, name, value);
    } else if (strcmp(text_of(state, name), value) != 0) {
        die("the run in %s has %s %s, and this one has %s. Resume it with the same, or " OR_ANEW,
            state_path(state), name, text_of(state, name), value);
    }
}

static bool is_free_to_change(const char *option) {
    static const char *const free_ones[] = { "threads", "quiet", "name", "out", "resume" };
    for (size_t i = 0; i < sizeof free_ones / sizeof *free_ones; i++) {
        if (strcmp(option, free_ones[i]) == 0) {
            return true;
        }
    }
    return false;
}

// A single number of the file, which must be there.
static void *number_of(State *state, const char *name, TensorType type) {
    const Tensor *tensor = find(&state->kept, name);
    if (!tensor || tensor->type != type || tensor->n_dims != 0) {
        die("%s is not the state of a run: it has no number %s. Choose another run, or " OR_ANEW,
            state_path(state), name);
    }
    return tensor->data;
}

/*
Files of an earlier run and our own are distinguished by their age (see [runs](runlog.html)). If a folder was unpacked elsewhere,
or a clock was set back, all files have become older by the same time. The state has the time of its own writing, so this
difference is known.
*/

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return nanoseconds(t);
}

// A moment of the file. (Doubled, none of the accepted ones overflows.)
static int64_t moment_of(State *state, const char *name) {
    int64_t moment = *(int64_t *)number_of(state, name, TENSOR_I64);
    if (moment < 0 || moment > INT64_MAX / 2) {
        die("%s has the time %lld in %s, which cannot be. Choose another run, or " OR_ANEW,
            state_path(state), (long long)moment, name);
    }
    return moment;
}

static int64_t set_back_by(State *state) {
    struct stat info;
    int64_t saved = moment_of(state, "written");
    if (stat(state_path(state), &info) != 0) {
        return 0;
    }
    int64_t shift = saved - nanoseconds(info.st_mtim);
    return shift > 1000000000 ? shift : 0; // a second: no two clocks agree exactly
}

State *state_open(Run *run, const Option *table) {
    State *state = alloc_bytes(sizeof *state);
    state->run = run;
    bool resume = run_options(run)->resume;
    if (resume) {
        state->kept.items = safetensors_load(state_path(state), &state->kept.n);
        state->kept.room = state->kept.n;
    }
    char *lesson = copy_text(run_options(run)->lesson);
    settle(state, "lesson", lesson);
    settle(state, "version", (char[]){ VERSION });
    free(lesson);
    for (const Option *o = table; o->name; o++) {
        char name[64], value[4096];
        snprintf(name, sizeof name, "--%s", o->name);
        option_print(o, value, sizeof value);
        if (!is_free_to_change(o->name)) {
            settle(state, name, value);
        }
    }
    if (resume) {
        double seconds = *(double *)number_of(state, "seconds", TENSOR_F64);
        if (!(seconds >= 0.0 && seconds < 1e10)) {
            die("%s says that the run has lasted %g s, which cannot be. Choose another run, "
                "or " OR_ANEW,
                state_path(state), seconds);
        }
        run_continue(run, moment_of(state, "began") - set_back_by(state), seconds);
        run_say(run, "Going on with the run that was stopped after %.1f s", seconds);
    }
    return state;
}

void state_close(State *state) {
    while (state->kept.n > 0) {
        drop(&state->kept, state->kept.items);
    }
    free(state->kept.items);
    free(state->places.items);
    free(state->begun.items);
    free(state);
}

/*
## Places

A place that is named in an act that goes on must be in the file, with the same type and size. Then its value is copied to the
place. If it is missing or has another size, the program has changed in the meantime. (A place outside of acts may be missing: the
run was stopped before it came there.) Therefore all places of an act must be named before the act is saved for the first time.
*/

static void restore(State *state, const Tensor *place) {
    Tensor *found = find(&state->kept, place->name);
    if (!found || found->type != place->type || found->n_dims != 1 ||
        found->size[0] != place->size[0]) {
        die("%s has no %s of %lld numbers: it is of another version of this program. Undo the "
            "change, or " OR_ANEW,
            state_path(state), place->name, (long long)place->size[0]);
    }
    if (tensor_bytes(place) > 0) {
        memcpy(place->data, found->data, tensor_bytes(place));
    }
    drop(&state->kept, found);
}

static void place(State *state, const char *name, TensorType type, void *x, size_t n) {
    Tensor tensor = named(state, name);
    tensor.type = type;
    tensor.n_dims = 1;
    tensor.size[0] = (int64_t)n;
    tensor.data = x;
    require(!find(&state->places, tensor.name), "two places %s", tensor.name);
    require(strcmp(name, "over") != 0 && strcmp(name, "files") != 0, "no place is called %s", name);
    require(!*state->act || !state->saved, "%s is named after its act was saved", tensor.name);
    if (*state->act ? state->goes_on : find(&state->kept, tensor.name) != NULL) {
        restore(state, &tensor);
    }
    push(&state->places, &tensor);
    state->lasting += !*state->act;
}

void state_ints(State *state, const char *name, int *x, size_t n) {
    place(state, name, TENSOR_I32, x, n);
}

void state_longs(State *state, const char *name, long *x, size_t n) {
    place(state, name, TENSOR_I64, x, n);
}

void state_floats(State *state, const char *name, float *x, size_t n) {
    place(state, name, TENSOR_F32, x, n);
}

void state_doubles(State *state, const char *name, double *x, size_t n) {
    place(state, name, TENSOR_F64, x, n);
}

void state_rng(State *state, const char *name, Rng *rng) {
    place(state, name, TENSOR_U64, rng, 2);
}

/*
A value that no run can have comes from a damaged or forged file, whatever its checksum says. Most values have no bounds that could
be checked. A number of steps and an index have, and the weights of a network must be finite.
*/

void state_count(State *state, const char *name, long *count, long most) {
    state_longs(state, name, count, 1);
    if (*count < 0 || *count > most) {
        die("%s has %ld as %s, which is from 0 to %ld. Choose another run, or " OR_ANEW,
            state_path(state), *count, name, most);
    }
}

static void finite_floats(State *state, const char *name, float *x, size_t n) {
    state_floats(state, name, x, n);
    Tensor tensor = state->places.items[state->places.n - 1];
    safetensors_check_finite(state_path(state), &tensor, 1);
}

// "net.params"
typedef struct {
    char text[64];
} PartName;

static PartName part(const char *name, const char *of) {
    PartName both;
    snprintf(both.text, sizeof both.text, "%s.%s", name, of);
    return both;
}

void state_net(State *state, const char *name, Net *net) {
    finite_floats(state, part(name, "params").text, net->params, net->n_params);
    finite_floats(state, part(name, "state").text, net->state, net->n_state);
    state_rng(state, part(name, "dropout").text, &net->dropout);
}

void state_optimizer(State *state, const char *name, Optimizer *optimizer) {
    size_t n = optimizer->n;
    finite_floats(state, part(name, "first").text, optimizer->first, optimizer->first ? n : 0);
    finite_floats(state, part(name, "second").text, optimizer->second, optimizer->second ? n : 0);
    state_count(state, part(name, "steps").text, &optimizer->steps, LONG_MAX / 2);
    finite_floats(state, part(name, "lr").text, &optimizer->spec.lr, 1);
}

/*
The order of the images comes from a file and will be used as indices, so it is checked first.
*/

void state_batches(State *state, const char *name, Batches *batches) {
    state_ints(state, part(name, "order").text, batches->order, (size_t)batches->n);
    state_ints(state, part(name, "next").text, &batches->next, 1);
    state_rng(state, part(name, "rng").text, &batches->rng);
    bool sound = batches->next >= 0 && batches->next <= batches->n;
    for (int i = 0; i < batches->n; i++) {
        sound = sound && batches->order[i] >= 0 && batches->order[i] < batches->data->n;
    }
    if (!sound) {
        die("%s names images in %s that are not in the data. Resume with the data that the run was "
            "begun with, or " OR_ANEW,
            state_path(state), name);
    }
}

/*
## Acts

In each of the run's files, what an act has written begins where the file ended when the act began. A log that was opened in the
act begins at 0, with its header. When a resumed run skips the act, or goes on with it, that text is appended to the file. What
was written between the acts has been written again by then, so the file grows in the same order as before.
*/

static void set_marks(State *state) {
    memset(state->mark, 0, sizeof state->mark);
    for (int i = 0; run_file_name(state->run, i); i++) {
        char *text = run_file_text(state->run, i, 0);
        state->mark[i] = strlen(text);
        free(text);
    }
}

// Is the kept tensor one of this act's?
static bool is_of_act(const State *state, const Tensor *t) {
    size_t length = strlen(state->act);
    return strncmp(t->name, state->act, length) == 0 && t->name[length] == '/';
}

// Refuses a text for a file that no run writes: it would take up a place among the run's files, or lie
// outside of its folder. (No lesson writes half as many tables as a run has places for.)
static void check_file(State *state, const char *name) {
    static const char *const tables[] = { "log*.csv", "timing*.csv", "summary.csv", "columns.csv" };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (fnmatch(tables[i], name, 0) == 0 && !strchr(name, '/') && *name != '.' &&
            !run_file_name(state->run, MOST_RUN_FILES / 2)) {
            return;
        }
    }
    die("%s has a text for %s, which is outside of the run's folder or none of its tables. Choose "
        "another run, or " OR_ANEW,
        state_path(state), name);
}

// Appends to the run's files what the state has kept of this act's writing.
static void write_again(State *state) {
    size_t length = strlen(state->act);
    for (int i = 0; i < state->kept.n; i++) {
        const Tensor *t = &state->kept.items[i];
        const char *name = t->name + length + 1;
        if (is_of_act(state, t) && is_text(t) && strcmp(name, "files") != 0) {
            check_file(state, name);
            run_append(state->run, name, t->data);
        }
    }
}

// The act is over, and what it has written besides should still be in the folder.
static void miss_files(State *state) {
    const Tensor *files = find(&state->kept, named(state, "files").name);
    char *names = copy_text(files && is_text(files) ? files->data : "");
    for (char *name = strtok(names, "\n"); name; name = strtok(NULL, "\n")) {
        if (access(run_path(state->run, "%s", name), F_OK) != 0) {
            run_say(state->run,
                    "%s is not in the folder any more, and %s, which wrote it, is over: ", name,
                    state->act);
            run_say(state->run, "this run will end without it. To have it again, " OR_ANEW ".");
        }
    }
    free(names);
}

// An act that has not begun has left nothing. (What it names would be in the file twice.)
static void check_fresh(State *state) {
    for (int i = 0; i < state->kept.n; i++) {
        if (is_of_act(state, &state->kept.items[i])) {
            die("%s has %s, and nothing that says whether %s is over: it is not sound. Choose "
                "another run, or " OR_ANEW,
                state_path(state), state->kept.items[i].name, state->act);
        }
    }
}

bool state_begin(State *state, const char *act) {
    require(!*state->act, "act %s begins inside act %s", act, state->act);
    if (run_stopped(state->run)) {
        return false;
    }
    require(*act && strlen(act) < sizeof state->act && !strchr(act, '/'), "no act is called %s",
            act);
    strcpy(state->act, act);
    Tensor name = named(state, "over");
    require(!find(&state->begun, name.name), "two acts %s", act);
    push(&state->begun, &name);
    state->saved = false;
    state->goes_on = find(&state->kept, name.name) != NULL;
    set_marks(state);
    if (!state->goes_on) {
        check_fresh(state);
        return true;
    }
    write_again(state);
    int64_t over = *(int64_t *)number_of(state, name.name, TENSOR_I64);
    if (over != 0 && over != 1) {
        die("%s has %lld as %s, which is 0 or 1. Choose another run, or " OR_ANEW,
            state_path(state), (long long)over, name.name);
    }
    if (over) {
        miss_files(state);
        *state->act = '\0';
    }
    return !over;
}

/*
## Saving

First the texts that are kept of the act are brought up to date. Then both lists are written as one. No name is in both, because
a place that is named takes its value out of the list of what came from the file.
*/

static void keep_act(State *state, bool over) {
    keep_number(state, "over", TENSOR_I64, &(int64_t){ over });
    if (over) {
        char *files = run_finished_files(state->run);
        keep_text(state, "files", files);
        free(files);
    }
    for (int i = 0; run_file_name(state->run, i); i++) {
        char *text = run_file_text(state->run, i, state->mark[i]);
        if (*text) {
            keep_text(state, run_file_name(state->run, i), text);
        }
        free(text);
    }
}

static void write_state(State *state) {
    Tensor began = { .name = "began", .type = TENSOR_I64 },
           saved = { .name = "written", .type = TENSOR_I64 },
           seconds = { .name = "seconds", .type = TENSOR_F64 };
    began.data = &(int64_t){ run_began(state->run) };
    seconds.data = &(double){ run_seconds(state->run) };
    saved.data = &(int64_t){ now() };
    keep(state, &began);
    keep(state, &saved);
    keep(state, &seconds);
    List all = { .n = 0 };
    for (int i = 0; i < state->kept.n; i++) {
        push(&all, &state->kept.items[i]);
    }
    for (int i = 0; i < state->places.n; i++) {
        push(&all, &state->places.items[i]);
    }
    safetensors_write(state_path(state), all.items, all.n);
    free(all.items);
}

void state_save(State *state) {
    state->saved = true;
    if (*state->act) {
        keep_act(state, false);
    }
    write_state(state);
}

static void leave_act(State *state) {
    state->places.n = state->lasting;
    *state->act = '\0';
}

void state_end(State *state, bool over) {
    require(*state->act, "no act has begun");
    require(over || run_stopped(state->run), "act %s is neither over nor was it stopped",
            state->act);
    keep_act(state, over);
    if (over) {
        leave_act(state);
        write_state(state);
    } else {
        write_state(state);
        run_say(state->run, "Stopped in %s. Go on with --resume.", state->act);
        leave_act(state);
    }
}
