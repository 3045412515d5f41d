#include "summary.h"
#include "die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## How far a neuron sees

Let one output of a layer see $r$ pixels of the picture along each axis, and let the fields of two neighbours lie $e$
pixels apart. For the picture itself both are 1. Now a window of $k$ of these outputs: it sees the field of the first,
and $k - 1$ times $e$ pixels more. With dilation $d$ the window reaches $d$ times as far, and with stride $s$ its
neighbour begins $s$ outputs later:

$$ r \leftarrow r + d\,(k - 1)\,e, \qquad e \leftarrow s\,e. $$

Pooling is a window like any other. The two numbers explain what strides and poolings are *for*: a 5 × 5 kernel behind
a pooling of 2 sees ten pixels, not five, at the same price.

A transposed convolution goes the other way. Its outputs lie closer together than its inputs, $e \leftarrow e / s$,
and one output is made of the inputs whose windows cover it, which are $\lfloor d (k - 1) / s \rfloor + 1$ at most.
Enlarging by repetition adds no inputs and brings neighbours closer. (Windows on such a picture see fractions of a
pixel more. A pixel is seen or not, so what is reported is rounded up.) And a dense layer sees all.
*/

typedef struct {
    double sees, every; // sees 0: all
} Field;

static Field widen(Field f, const LayerSpec *s) {
    switch (s->kind) {
    case DENSE:
        return (Field){ 0.0, NAN };
    case CONV2D:
        f.sees += s->dilation * (s->kernel - 1) * f.every;
        f.every *= s->stride;
        break;
    case MAX_POOL2D:
    case AVG_POOL2D:
        f.sees += (s->kernel - 1) * f.every;
        f.every *= s->stride;
        break;
    case CONV_TRANSPOSE2D:
        f.sees += s->dilation * (s->kernel - 1) / s->stride * f.every; // a whole number of inputs
        f.every /= s->stride;
        break;
    case UPSAMPLE:
        f.every /= s->scale;
        break;
    default:
        break;
    }
    return f;
}

/*
## How much there is to do

A dense layer uses each weight once. A convolution uses each once per place of its output, a transposed one per place of
its input, and batch norm multiplies each number once.
*/

static size_t multiplications(const Layer *l) {
    switch (l->spec.kind) {
    case DENSE:
        return l->n_weight;
    case CONV2D:
        return l->n_weight * (size_t)(l->out.height * l->out.width);
    case CONV_TRANSPOSE2D:
        return l->n_weight * (size_t)(l->in.height * l->in.width);
    case BATCHNORM:
        return shape_size(l->out);
    default:
        return 0;
    }
}

void summary_rows(LayerSummary *rows, const Net *net) {
    Field field = { 1.0, 1.0 };
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        bool all = field.sees == 0.0;
        field = all ? field : widen(field, &l->spec);
        rows[i] = (LayerSummary){ l->n_weight + l->n_bias, multiplications(l),
                                  (int)ceil(field.sees - 1e-6), field.every };
    }
}

/*
## The table

`printf` pads to a number of bytes, and "×" is one character of two bytes: so the padding is done here. Large numbers
get a comma at every third digit.
*/

static void put(FILE *out, const char *text, int width) { // width < 0: to the right end
    int length = 0;
    for (const char *c = text; *c; c++) {
        length += ((unsigned char)*c & 0xc0) != 0x80; // not the second byte of a character
    }
    int before = width < 0 ? -width - length : 0, behind = width > 0 ? width - length : 0;
    fprintf(out, "%*s%s%*s", before > 0 ? before : 0, "", text, behind > 0 ? behind : 0, "");
}

static void put_count(FILE *out, size_t count, int width) {
    char digits[32], text[48];
    int n = snprintf(digits, sizeof digits, "%zu", count), to = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            text[to++] = ',';
        }
        text[to++] = digits[i];
    }
    text[to] = '\0';
    put(out, text, -width);
}

static void put_shape(FILE *out, Shape s, bool brackets, int width) {
    char text[64];
    const char *form = brackets ? "(%d × %d × %d)" : "%d × %d × %d";
    const char *vector = brackets ? "(%d)" : "%d";
    if (s.height == 1 && s.width == 1) {
        snprintf(text, sizeof text, vector, s.channels);
    } else {
        snprintf(text, sizeof text, form, s.channels, s.height, s.width);
    }
    put(out, text, width);
}

static void put_kind(FILE *out, const LayerSpec *s, int width) {
    char text[64];
    int n = snprintf(text, sizeof text, "%s", layer_ops(s->kind)->name);
    char *rest = text + n;
    size_t room = sizeof text - (size_t)n;
    if (s->kind == CONV2D || s->kind == CONV_TRANSPOSE2D) {
        n = snprintf(rest, room, " %d/%d/%d", s->kernel, s->stride, s->pad);
        if (s->dilation != 1) {
            snprintf(rest + n, room - (size_t)n, "/%d", s->dilation);
        }
    } else if (s->kind == MAX_POOL2D || s->kind == AVG_POOL2D) {
        snprintf(rest, room, " %d/%d", s->kernel, s->stride);
    } else if (s->kind == UPSAMPLE) {
        snprintf(rest, room, " %d", s->scale);
    } else if (s->kind == LEAKY_RELU || s->kind == DROPOUT) {
        snprintf(rest, room, " %g", (double)(s->kind == DROPOUT ? s->drop : s->slope));
    }
    put(out, text, width);
}

enum { KIND = 27, OUTPUT = 13, PARAMS = 11, SEES = 6, EVERY = 7, WORK = 16 };

static void put_row(FILE *out, const LayerSummary *row) {
    char sees[16] = "all", every[16] = "";
    if (row->sees > 0) {
        snprintf(sees, sizeof sees, "%d", row->sees);
        snprintf(every, sizeof every, "%.3g", row->every);
    }
    put_count(out, row->params, PARAMS);
    put(out, sees, -SEES);
    put(out, every, -EVERY);
    put_count(out, row->multiplications, WORK);
}

void summary_print(FILE *out, const char *name, const Net *net) {
    LayerSummary *rows = alloc_bytes((size_t)net->n_layers * sizeof *rows), total = { 0 };
    summary_rows(rows, net);
    put(out, name, KIND);
    put_shape(out, net->in, true, OUTPUT);
    put(out, "parameters", -PARAMS);
    put(out, "sees", -SEES);
    put(out, "every", -EVERY);
    put(out, "multiplications", -WORK);
    fputc('\n', out);
    for (int i = 0; i < net->n_layers; i++) {
        fprintf(out, "%2d  ", i);
        put_kind(out, &net->layers[i].spec, KIND - 4);
        put_shape(out, net->layers[i].out, false, OUTPUT);
        put_row(out, &rows[i]);
        fputc('\n', out);
        total.params += rows[i].params;
        total.multiplications += rows[i].multiplications;
    }
    put(out, "    in all", KIND + OUTPUT);
    put_count(out, total.params, PARAMS);
    put(out, "", SEES + EVERY);
    put_count(out, total.multiplications, WORK);
    fputc('\n', out);
    free(rows);
}
