#include "state.h"
#include "die.h"
#include "safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/*
A state is two lists of [tensors](safetensors.html). One is of the *places* that a lesson has named: their data is the lesson's
own memory. The other one is what is *kept*: what came from the file and was not asked for yet, the options, and the texts that
acts have written; its data belongs to the state.

| in the file | holds |
|---|---|
| `lesson`, `version`, `--lr`, … | what the run was begun with, as text |
| `began`, `written`, `seconds` | when that was, when this was written, and how long the run has lasted |
| `results` | a place outside of acts |
| `lenet/net.params` | a place of the act `lenet` |
| `lenet/log.csv` | what this act has written to that file |
| `lenet/over` | 1: the act is over, 0: it was going on |

A text is what has type U8: the lessons' places never have.
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

The options are compared as text, one by one, and the first that differs is named with both its values. Five of them do not
change what a run computes. (A number has nine digits here, which tell any two floats apart.)
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
What an earlier run has left is told from our own files by its age (see [runs](runlog.html)). A folder that was unpacked
elsewhere, or a clock that was set back, has made all files older by the same time; the state knows by how much.
*/

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return nanoseconds(t);
}

static int64_t set_back_by(State *state) {
    struct stat info;
    int64_t saved = *(int64_t *)number_of(state, "written", TENSOR_I64);
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
        run_continue(run, *(int64_t *)number_of(state, "began", TENSOR_I64) - set_back_by(state),
                     seconds);
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

A place that is named in an act that goes on must be in the file, with the same type and size; then its value moves from there
to the place. If it is missing or of another size, the program has changed in the meantime. (A place outside of acts may be
missing: the run was stopped before it came there.) For this to be sure, the places of an act are named before it is saved for
the first time.
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
    state_floats(state, part(name, "params").text, net->params, net->n_params);
    state_floats(state, part(name, "state").text, net->state, net->n_state);
    state_rng(state, part(name, "dropout").text, &net->dropout);
}

void state_optimizer(State *state, const char *name, Optimizer *optimizer) {
    size_t n = optimizer->n;
    state_floats(state, part(name, "first").text, optimizer->first, optimizer->first ? n : 0);
    state_floats(state, part(name, "second").text, optimizer->second, optimizer->second ? n : 0);
    state_longs(state, part(name, "steps").text, &optimizer->steps, 1);
    state_floats(state, part(name, "lr").text, &optimizer->spec.lr, 1);
}

/*
The order of the images comes from a file and will be used as indices, so it is looked at first.
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

What an act has written is, in each of the run's files, the text from the place on where the file ended when the act began. A
log that was opened in the act began at 0, header and all. When the act is passed over in a resumed run, or goes on, that text
is appended to the file as it then is: everything that was written between the acts has been written again by that time, so
that the file grows in the same order as before.
*/

static void set_marks(State *state) {
    memset(state->mark, 0, sizeof state->mark);
    for (int i = 0; run_file_name(state->run, i); i++) {
        char *text = run_file_text(state->run, i, 0);
        state->mark[i] = strlen(text);
        free(text);
    }
}

// Appends to the run's files what the state has kept of this act's writing.
static void write_again(State *state) {
    size_t length = strlen(state->act);
    for (int i = 0; i < state->kept.n; i++) {
        const Tensor *t = &state->kept.items[i];
        if (strncmp(t->name, state->act, length) == 0 && t->name[length] == '/' && is_text(t)) {
            const char *name = t->name + length + 1;
            if (strchr(name, '/') || *name == '.') {
                die("%s has a text for %s, which is outside of the run's folder. Choose another "
                    "run, or " OR_ANEW,
                    state_path(state), name);
            }
            run_append(state->run, name, t->data);
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
        return true;
    }
    write_again(state);
    bool over = *(int64_t *)number_of(state, name.name, TENSOR_I64) != 0;
    if (over) {
        *state->act = '\0';
    }
    return !over;
}

/*
## Saving

What is kept of the act is brought up to date; then both lists are written as one. No name is in both: a place has taken its
own out of what came from the file.
*/

static void keep_act(State *state, bool over) {
    keep_number(state, "over", TENSOR_I64, &(int64_t){ over });
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
