#include "measure/language.h"
#include "base/die.h"
#include "base/file.h"
#include "data/safetensors.h"
#include "nn/checkpoint.h"
#include "nn/kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## A batch

The row of character $i$ has its token, and the truth is character $i + 1$: a text is its own teacher. With streams of
$L = \lfloor (n - 1) / \text{streams} \rfloor$ rows, row $t$ of piece $k$ of stream $b$ is character
$bL + k \cdot \text{steps} + t$.

A piece depends on its number alone, so there is nothing to be kept beside the count of steps when a run is interrupted.
*/

long stream_pieces(int n, int streams, int steps) {
    require(n > 0 && streams > 0 && steps > 0, "%d symbols, %d streams, %d steps", n, streams,
            steps);
    return (n - 1) / streams / steps;
}

// `steps` rows from symbols[from] on.
static void take_rows(float *x, int *next, const int *symbols, size_t from, int steps) {
    for (int t = 0; t < steps; t++) {
        x[t] = (float)symbols[from + (size_t)t];
        next[t] = symbols[from + (size_t)t + 1];
    }
}

void stream_piece(float *x, int *next, const int *symbols, int n, int streams, int steps,
                  long piece) {
    require(piece >= 0 && piece < stream_pieces(n, streams, steps), "piece %ld of %ld", piece,
            stream_pieces(n, streams, steps));
    size_t length = (size_t)((n - 1) / streams), at = (size_t)piece * (size_t)steps;
    for (size_t b = 0; b < (size_t)streams; b++) {
        size_t row = b * (size_t)steps;
        take_rows(x + row, next + row, symbols, b * length + at, steps);
    }
}

void random_windows(float *x, int *next, const int *symbols, int n, int windows, int steps,
                    Rng *rng) {
    require(n > steps, "%d symbols for windows of %d", n, steps);
    for (size_t b = 0; b < (size_t)windows; b++) {
        size_t row = b * (size_t)steps;
        take_rows(x + row, next + row, symbols, rng_below(rng, (uint32_t)(n - steps)), steps);
    }
}

/*
## What a net carries

A measurement in the middle of a training must leave no trace. What a net carries from one pass to the next is put aside
before it, and put back behind it.
*/

static Carried put_aside(const Net *net) {
    Carried before = { alloc_bytes(net->n_carried * sizeof *net->carried), net->at, net->carry };
    memcpy(before.carried, net->carried, net->n_carried * sizeof *net->carried);
    return before;
}

static void put_back(Net *net, Carried *before) {
    memcpy(net->carried, before->carried, net->n_carried * sizeof *before->carried);
    net->at = before->at;
    net->carry = before->carry;
    free(before->carried);
}

// Rows of a sequence.
static int steps_of(const Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        if (net->layers[i].spec.steps > 0) {
            return net->layers[i].spec.steps;
        }
    }
    require(false, "a network without .steps does not read sequences");
    return 0;
}

/*
## Bits

$-\log_2 \mathrm{softmax}(s)_k = \log_2 \sum_j e^{s_j - m} - (s_k - m) / \ln 2$ with the largest score $m$, so that nothing
overflows.
*/

static double bits_of(const float *scores, int n, int next) {
    float most = scores[0];
    for (int j = 1; j < n; j++) {
        most = scores[j] > most ? scores[j] : most;
    }
    double sum = 0.0;
    for (int j = 0; j < n; j++) {
        sum += (double)expf(scores[j] - most);
    }
    return log2(sum) - (double)(scores[next] - most) / log(2.0);
}

// In the order of the text, so that the sum does not depend on how it was cut.
static double mean_of(const double *bits, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += bits[i];
    }
    return sum / n;
}

/*
### Streams

A stream is told the character that stands before it, so all characters but the very first are predicted. The streams'
lengths differ by one at most. What is left at their ends, less than a piece, goes through the net row by row.
*/

typedef struct {
    double *bits; // (n)
    Net *net;
    const int *symbols;
    int n, streams, steps;
    float *x; // (streams · steps)
} Streams;

// The first symbol of stream b; that of stream `streams` is the end.
static size_t stream_begin(const Streams *s, int b) {
    return 1 + (size_t)b * (size_t)(s->n - 1) / (size_t)s->streams;
}

// Predicts the symbols at, at + 1 … at + rows - 1 of each stream, as far as it has them.
static void predict_rows(const Streams *s, int at, int rows) {
    for (int i = 0; i < s->streams * rows; i++) {
        size_t place = stream_begin(s, i / rows) + (size_t)(at + i % rows);
        s->x[i] = (float)s->symbols[place - 1];
    }
    const float *scores = rows == 1 ? net_step(s->net, s->x, s->streams)
                                    : net_forward(s->net, s->x, s->streams * rows, EVAL);
    int n_codes = (int)shape_size(s->net->out);
#pragma omp parallel for schedule(static)
    for (int i = 0; i < s->streams * rows; i++) {
        size_t place = stream_begin(s, i / rows) + (size_t)(at + i % rows);
        if (place < stream_begin(s, i / rows + 1)) {
            s->bits[place] =
                bits_of(scores + (size_t)i * (size_t)n_codes, n_codes, s->symbols[place]);
        }
    }
}

double bits_in_streams(double *bits, Net *net, const int *symbols, int n, int streams) {
    int steps = steps_of(net), shortest = (n - 1) / streams;
    int longest = shortest + ((n - 1) % streams > 0);
    require(n > 0 && streams > 0 && streams <= net->batch / steps, "%d streams, room for %d",
            streams, net->batch / steps);
    Streams s = {
        bits ? bits : alloc_bytes((size_t)n * sizeof *bits), net, symbols, n, streams, steps,
        alloc_floats((size_t)streams * (size_t)steps)
    };
    Carried before = put_aside(net);
    net_begin(net);
    net->carry = true;
    s.bits[0] = log2((double)shape_size(net->out));
    int at = 0;
    for (; steps > 1 && at + steps <= shortest; at += steps) {
        predict_rows(&s, at, steps);
    }
    for (; at < longest; at++) {
        predict_rows(&s, at, 1);
    }
    put_back(net, &before);
    double mean = mean_of(s.bits, n);
    free(s.x);
    if (!bits) {
        free(s.bits);
    }
    return mean;
}

/*
### Windows

A window at place $p$ has the rows $p \dots p + \text{steps} - 1$ and predicts the characters behind each of them. The next
one begins half a window further on; the last one ends with the text, and is moved back for that.
*/

typedef struct {
    size_t place, first; // of its first row, and of the first symbol that it counts for
} Window;

double bits_in_windows(double *bits, Net *net, const int *symbols, int n) {
    size_t steps = (size_t)steps_of(net), half = steps > 1 ? steps / 2 : 1, last = (size_t)n - 1;
    int room = net->batch / (int)steps, n_codes = (int)shape_size(net->out);
    require(n > (int)steps, "%d symbols for windows of %zu", n, steps);
    double *each = bits ? bits : alloc_bytes((size_t)n * sizeof *each);
    float *x = alloc_floats((size_t)room * steps);
    Window *windows = alloc_bytes((size_t)room * sizeof *windows);
    Carried before = put_aside(net);
    net->carry = false;
    each[0] = log2((double)n_codes);
    size_t next = 1; // the first symbol that no window has counted yet
    for (size_t place = 0; next <= last;) {
        int taken = 0;
        for (; taken < room && next <= last; taken++, place += half) {
            place = place + steps <= last ? place : last - steps;
            windows[taken] = (Window){ place, next };
            next = place + steps + 1;
            for (size_t t = 0; t < steps; t++) {
                x[(size_t)taken * steps + t] = (float)symbols[place + t];
            }
        }
        const float *scores = net_forward(net, x, taken * (int)steps, EVAL);
#pragma omp parallel for schedule(static)
        for (int w = 0; w < taken; w++) {
            for (size_t i = windows[w].first; i <= windows[w].place + steps; i++) {
                size_t row = (size_t)w * steps + (i - 1 - windows[w].place);
                each[i] = bits_of(scores + row * (size_t)n_codes, n_codes, symbols[i]);
            }
        }
    }
    put_back(net, &before);
    double mean = mean_of(each, n);
    free(windows);
    free(x);
    if (!bits) {
        free(each);
    }
    return mean;
}

/*
## Writing

A number $u$ below the sum of all $e^{s_j / \tau}$ is drawn, and the terms are added up again until the sum passes it.
*/

int draw_symbol(const float *scores, int n, float temperature, Rng *rng) {
    int best = 0;
    for (int j = 1; j < n; j++) {
        best = scores[j] > scores[best] ? j : best;
    }
    if (temperature == 0.0f) {
        return best;
    }
    double sum = 0.0;
    for (int j = 0; j < n; j++) {
        sum += (double)expf((scores[j] - scores[best]) / temperature);
    }
    double u = (double)rng_uniform(rng) * sum;
    for (int j = 0; j < n; j++) {
        u -= (double)expf((scores[j] - scores[best]) / temperature);
        if (u < 0.0) {
            return j;
        }
    }
    return best; // only rounding leads here
}

/*
A transformer's window is full after `steps` characters. Its keys and values belong to places in the window, so they cannot
be moved up; the net reads the second half again, as rows 0, 1, 2 …, and goes on behind it. That doubles the work and no
more, and a character is predicted from at least half a window, as in the measurement.
*/

static void step_through(Writer *writer, int symbol) {
    float token = (float)symbol;
    writer->scores = net_step(writer->net, &token, 1);
}

static void read_symbol(Writer *writer, int symbol) {
    if (writer->window > 0) {
        if (writer->n_past == writer->window) {
            int half = writer->window / 2;
            memmove(writer->past, writer->past + writer->window - half,
                    (size_t)half * sizeof *writer->past);
            writer->n_past = half;
            net_begin(writer->net);
            for (int i = 0; i < half; i++) {
                step_through(writer, writer->past[i]);
            }
        }
        writer->past[writer->n_past++] = symbol;
    }
    step_through(writer, symbol);
}

// Rows that a sequence can have, if there is such a limit; or 0.
static int window_of(const Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        if (layer_ops(net->layers[i].spec.kind)->bounded) {
            return net->layers[i].spec.steps;
        }
    }
    return 0;
}

Writer writer_open(Net *net, const int *begins, int n, float temperature, Rng rng) {
    require(n > 0, "a writer has to read something first");
    Writer writer = { .net = net,
                      .before = put_aside(net),
                      .n_codes = (int)shape_size(net->out),
                      .temperature = temperature,
                      .rng = rng,
                      .window = window_of(net) };
    writer.past = alloc_bytes((size_t)writer.window * sizeof *writer.past);
    net_begin(net);
    for (int i = 0; i < n; i++) {
        read_symbol(&writer, begins[i]);
    }
    return writer;
}

int writer_next(Writer *writer) {
    int symbol = draw_symbol(writer->scores, writer->n_codes, writer->temperature, &writer->rng);
    read_symbol(writer, symbol);
    return symbol;
}

void writer_close(Writer *writer) {
    put_back(writer->net, &writer->before);
    free(writer->past);
}

/*
A text begins at the beginning of an entry. So the net first reads what stands at the end of each, one line feed or two.
*/

// The symbols that a text begins with, to be freed; those of `begins` are the last ones.
static int *opening(const Text *text, const char *begins, int *n) {
    int n_begins,
        n_ends = 1 + (text->n > 1 && text->symbols[text->n - 2] == text->symbols[text->n - 1]);
    int *symbols = text_symbols(text, begins, &n_begins);
    if (!symbols) {
        die("--begin %s has a character that does not occur in --data %s. Leave it out", begins,
            text->name);
    }
    int *all = alloc_bytes((size_t)(n_ends + n_begins) * sizeof *all);
    memcpy(all, text->symbols + text->n - n_ends, (size_t)n_ends * sizeof *all);
    memcpy(all + n_ends, symbols, (size_t)n_begins * sizeof *all);
    free(symbols);
    *n = n_ends + n_begins;
    return all;
}

static Writer begin_text(Net *net, const Text *text, const char *begins, float temperature,
                         Rng rng) {
    int n;
    int *symbols = opening(text, begins, &n);
    Writer writer = writer_open(net, symbols, n, temperature, rng);
    free(symbols);
    return writer;
}

char *write_sample(Net *net, const Text *text, const char *begins, int length, float temperature,
                   Rng rng) {
    Writer writer = begin_text(net, text, begins, temperature, rng);
    int *symbols = alloc_bytes((size_t)length * sizeof *symbols);
    for (int i = 0; i < length; i++) {
        symbols[i] = writer_next(&writer);
    }
    writer_close(&writer);
    char *written = text_string(text, symbols, length);
    size_t size = strlen(begins) + strlen(written) + 1;
    char *all = alloc_bytes(size);
    snprintf(all, size, "%s%s", begins, written);
    free(written);
    free(symbols);
    return all;
}

/*
A reader at the other end of a pipe sees each character at once. If it leaves, the run is stopped, as by Ctrl-C.
*/

static void write_both(FILE *out, const char *string) {
    fputs(string, out);
    fputs(string, stdout);
    fflush(stdout);
}

void show_text(Run *run, Net *net, const Text *text, const WritingOptions *asked) {
    if (asked->generate == 0 || run_stopped(run)) {
        return;
    }
    Rng rng = rng_create((uint64_t)run_options(run)->seed, RNG_SAMPLE);
    Writer writer = begin_text(net, text, asked->begin, asked->temperature, rng);
    OutFile *file = file_create(run_path(run, "generated.txt"));
    write_both(file_stream(file), asked->begin);
    for (int i = 0; i < asked->generate && !run_stopped(run); i++) {
        int symbol = writer_next(&writer);
        char *string = text_string(text, &symbol, 1);
        write_both(file_stream(file), string);
        free(string);
    }
    write_both(file_stream(file), "\n");
    file_commit(file);
    writer_close(&writer);
}

/*
## Keeping

A model's symbol 40 is a character only together with the alphabet that it was trained on. With another text, which has one
character more at the front, all its symbols would mean their neighbours. So the alphabet goes into the file. (PyTorch's
`load_state_dict` takes such a file with `strict=False`.)
*/

void language_save(const char *path, const Net *net, const Text *text) {
    Tensor alphabet = { .name = "alphabet",
                        .type = TENSOR_I32,
                        .n_dims = 1,
                        .size = { text->n_codes },
                        .data = text->codes };
    checkpoint_save_with(path, net, &alphabet);
}

static const Tensor *find_alphabet(const char *path, const Tensor *tensors, int n) {
    for (int i = 0; i < n; i++) {
        if (strcmp(tensors[i].name, "alphabet") == 0 && tensors[i].type == TENSOR_I32 &&
            tensors[i].n_dims == 1) {
            return &tensors[i];
        }
    }
    die("%s has no alphabet, so it is no model of a text. Load a model.safetensors of lesson 14 or "
        "15",
        path);
}

static void compare_alphabets(const char *path, const Tensor *alphabet, const Text *text) {
    const uint32_t *codes = alphabet->data;
    int64_t n = alphabet->size[0];
    int same = 0;
    while (same < n && same < text->n_codes && codes[same] == text->codes[same]) {
        same++;
    }
    if (same < n || same < text->n_codes) {
        bool models = same == text->n_codes || (same < n && codes[same] < text->codes[same]);
        die("%s was trained on a text with %lld different characters, and --data %s has %d; only "
            "%s has U+%04X. Name the text that it was trained on with --data",
            path, (long long)n, text->name, text->n_codes, models ? "the model" : "the text",
            models ? codes[same] : text->codes[same]);
    }
}

void language_load(const char *path, Net *net, const Text *text) {
    int n;
    Tensor *tensors = safetensors_load(path, &n);
    compare_alphabets(path, find_alphabet(path, tensors, n), text);
    for (int i = 0; i < n; i++) {
        free(tensors[i].data);
    }
    free(tensors);
    checkpoint_load_first(path, net, net->n_layers);
}
