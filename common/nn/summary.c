#include "nn/summary.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## How far a neuron sees

Each [kind](kinds.html) computes its receptive field from that of its input, and, on a branch, from that of its mark. A layer behind one
that sees the whole picture sees the whole picture, too.
*/

static Field field_of(const Net *net, int i, const Field *fields) {
    const Layer *l = &net->layers[i];
    const LayerOps *ops = layer_ops(l->spec.kind);
    Field in = i > 0 ? fields[i - 1] : (Field){ 1.0, 1.0 };
    Field marked = l->marked ? fields[l->marked - net->layers] : in;
    bool all = in.sees == 0.0 && !l->marked;
    return all || !ops->field ? in : ops->field(&l->spec, (Field[]){ in, marked });
}

void summary_rows(LayerSummary *rows, const Net *net) {
    Field *fields = alloc_bytes((size_t)net->n_layers * sizeof *fields);
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(l->spec.kind);
        fields[i] = field_of(net, i, fields);
        rows[i] = (LayerSummary){ l->n_weight + l->n_bias,
                                  ops->multiplications ? ops->multiplications(l) : 0,
                                  (int)ceil(fields[i].sees - 1e-6), fields[i].every };
    }
    free(fields);
}

/*
## The table

`printf` pads to a number of bytes, but "×" is one character of two bytes. So the padding is done here. Large numbers
get a comma before every third digit from the right.
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
    const LayerOps *ops = layer_ops(s->kind);
    int n = snprintf(text, sizeof text, "%s", ops->name);
    if (s->label) {
        snprintf(text + n, sizeof text - (size_t)n, " %s", s->label);
    } else if (ops->print) {
        ops->print(s, text + n, sizeof text - (size_t)n);
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
        fprintf(out, i < 100 ? "%2d  " : "%d ", i);
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
