/*
## Where the examples come from

This file has nothing to do with neurons. It hands out examples with truths of $+1$ and $-1$: points, kept
with an order that is shuffled anew in each epoch, and pictures.
*/

#include "examples.h"
#include "base/die.h"
#include "base/file.h"
#include "data/image.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Points points_create(float *x, const int *labels, int n) {
    Points points = { .n = n, .x = x, .t = alloc_floats((size_t)n) };
    points.order = alloc_bytes((size_t)n * sizeof *points.order);
    for (int i = 0; i < n; i++) {
        points.t[i] = labels[i] == 1 ? 1.0f : -1.0f;
        points.order[i] = i;
    }
    return points;
}

void points_free(Points *points) {
    free(points->x);
    free(points->t);
    free(points->order);
}

void points_write(const char *path, const Points *points) {
    OutFile *file = file_create(path);
    fprintf(file_stream(file), "x,y,t\n");
    for (int i = 0; i < points->n; i++) {
        fprintf(file_stream(file), "%.9g,%.9g,%g\n", (double)points->x[2 * i],
                (double)points->x[2 * i + 1], (double)points->t[i]);
    }
    file_commit(file);
}

/*
`--classes 1,9,2,4` is read two numbers at a time; `%n` tells where `sscanf` stopped, and there must stand a comma or
the end.
*/

int pictures_parse(const char *classes, Pictures pairs[MOST_PAIRS]) {
    int n = 0;
    for (const char *next = classes;; n++) {
        int a, b, used = 0;
        bool read = n < MOST_PAIRS && sscanf(next, "%1d,%1d%n", &a, &b, &used) == 2 && a != b;
        if (!read || (next[used] != ',' && next[used] != '\0')) {
            die("--classes \"%s\" is not a list of one to %d pairs, each of two different classes "
                "from 0 to 9. Write 1,9 for one pair, 1,9,2,4 for two",
                classes, MOST_PAIRS);
        }
        pairs[n] = (Pictures){ .label = { a, b } };
        snprintf(pairs[n].name, sizeof pairs[n].name, "%dv%d", a, b);
        for (int p = 0; p < n; p++) {
            if (strcmp(pairs[p].name, pairs[n].name) == 0) {
                die("--classes \"%s\" has the pair %d,%d twice. Leave one out", classes, a, b);
            }
        }
        if (next[used] == '\0') {
            return n + 1;
        }
        next += used + 1;
    }
}

/*
The images of the two classes are found among the 60,000 by their labels. (A data set must have at least six images of each of
the two, since a sixth is set aside for validation.) One random permutation, cut in two, makes a training and a validation set.
It begins from a copy of the same generator for every pair: what happens to one pair does not depend on which others are there.
*/

void pictures_require(const char *which, const Pictures pairs[], int n_pairs) {
    Needs needs = {
        .who = "lesson 1", .test = 1, .each_test = 1, .differ = true, .choose = "--classes"
    };
    needs.train = needs.each = 6;
    for (int p = 0; p < n_pairs; p++) {
        needs.classes |= 1u << pairs[p].label[0] | 1u << pairs[p].label[1];
    }
    dataset_require(which, &needs);
}

int *pictures_find(const Pictures *pictures, const Dataset *data, int *n) {
    int *places = alloc_bytes((size_t)data->n * sizeof *places);
    *n = 0;
    for (int i = 0; i < data->n; i++) {
        if (data->labels[i] == pictures->label[0] || data->labels[i] == pictures->label[1]) {
            places[(*n)++] = i;
        }
    }
    return places;
}

void pictures_open(Pictures *pictures, const Dataset *data, Rng rng) {
    int n;
    pictures->data = data;
    pictures->pixels = data->rows * data->cols;
    pictures->train = pictures_find(pictures, data, &n);
    rng_shuffle(&rng, pictures->train, n);
    pictures->n_valid = n / 6;
    pictures->n_train = n - pictures->n_valid;
    pictures->valid = pictures->train + pictures->n_train;
    pictures->batches = batches_create(data, pictures->train, 0, pictures->n_train, BATCH, rng);
    pictures->x = alloc_floats((size_t)BATCH * (size_t)pictures->pixels);
    pictures->t = alloc_floats(BATCH);
}

void pictures_close(Pictures *pictures) {
    batches_free(&pictures->batches);
    free(pictures->train);
    free(pictures->x);
    free(pictures->t);
}

static void set_truths(Pictures *pictures, const int *labels, int n) {
    for (int i = 0; i < n; i++) {
        pictures->t[i] = labels[i] == pictures->label[0] ? 1.0f : -1.0f;
    }
}

int pictures_next(Pictures *pictures) {
    int labels[BATCH], n = batches_next(&pictures->batches, pictures->x, labels);
    set_truths(pictures, labels, n);
    return n;
}

void pictures_take(Pictures *pictures, const Dataset *data, const int *places, int n) {
    int labels[BATCH];
    require(n <= BATCH, "%d images", n);
    require(data->rows * data->cols == pictures->pixels, "%d and %d pixels",
            data->rows * data->cols, pictures->pixels);
    dataset_take(pictures->x, labels, data, places, n);
    set_truths(pictures, labels, n);
}

/*
The hardest images are found by sorting. Of two equal margins the one that stands first in the data set goes first, so
that the picture is the same on every system.
*/

typedef struct {
    float margin;
    int place;
} Judged;

static int by_margin(const void *left, const void *right) {
    const Judged *a = left, *b = right;
    int order = (a->margin > b->margin) - (a->margin < b->margin);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

void pictures_draw_hardest(const char *path, const Pictures *pictures, const float *margins) {
    enum { SHOWN = 8 };
    const Dataset *data = pictures->data;
    size_t n = (size_t)pictures->n_valid, pixels = (size_t)pictures->pixels;
    Judged *judged = alloc_bytes(n * sizeof *judged);
    float *grid = alloc_floats(2 * SHOWN * pixels);
    for (size_t k = 0; k < n; k++) {
        judged[k] = (Judged){ margins[k], pictures->valid[k] };
    }
    qsort(judged, n, sizeof *judged, by_margin);
    int shown[2] = { 0 };
    for (size_t k = 0; k < n; k++) {
        int row = data->labels[judged[k].place] == pictures->label[1];
        if (shown[row] < SHOWN) {
            float *cell = grid + (size_t)(row * SHOWN + shown[row]++) * pixels;
            dataset_take(cell, NULL, data, &judged[k].place, 1);
        }
    }
    image_grid_grey(path, grid, 2 * SHOWN, data->rows, data->cols, SHOWN, 3, 0.0f, 1.0f);
    free(judged);
    free(grid);
}
