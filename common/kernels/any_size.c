#include "kernels/any_size.h"
#include "base/die.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/*
## The mean of a plane

Planes are what the threads share out. Each sum is taken by one thread, in eight parts that the compiler adds side by side, so that
the bits do not depend on the number of threads.

**Backward.** Each of the $hw$ numbers has the share $1 / hw$ in the mean, and gets this share of its gradient.
*/

void global_avg_pool_forward(float *y, const float *x, long planes, int area) {
    require(planes > 0 && area > 0, "the mean of %ld planes of %d numbers", planes, area);
    enum { PARTS = 8 };
#pragma omp parallel for schedule(static)
    for (long p = 0; p < planes; p++) {
        const float *plane = x + p * area;
        float part[PARTS] = { 0 };
        int i = 0;
        for (; i + PARTS <= area; i += PARTS) {
#pragma omp simd
            for (int k = 0; k < PARTS; k++) {
                part[k] += plane[i + k];
            }
        }
        float sum = 0.0f;
        for (; i < area; i++) {
            sum += plane[i];
        }
        for (int k = 0; k < PARTS; k++) {
            sum += part[k];
        }
        y[p] = sum / (float)area;
    }
}

void global_avg_pool_backward(float *dx, const float *dy, long planes, int area) {
    require(planes > 0 && area > 0, "the mean of %ld planes of %d numbers", planes, area);
#pragma omp parallel for schedule(static)
    for (long p = 0; p < planes; p++) {
        float share = dy[p] / (float)area;
        for (int i = 0; i < area; i++) {
            dx[p * area + i] = share;
        }
    }
}

/*
## The largest of each cell

As in [pooling](pool.html), a later number must be larger to win, and a NaN, which is not equal to itself, always does.
*/

int pyramid_cells(int finest) {
    int cells = 0;
    for (int side = 1; side <= finest; side *= 2) {
        cells += side * side;
    }
    return cells;
}

static void check(int n, const PyramidShape *s) {
    bool power = s->finest > 0 && (s->finest & (s->finest - 1)) == 0;
    require(n > 0 && s->channels > 0 && s->height > 0 && s->width > 0,
            "a pyramid over %d pictures of %d × %d × %d", n, s->channels, s->height, s->width);
    require(power && s->finest <= 1024, "a grid of %d × %d cells: no power of two", s->finest,
            s->finest);
    require((long)s->height * s->width <= INT_MAX,
            "a plane of %d × %d: its places do not fit into an int", s->height, s->width);
}

typedef struct {
    int begin, end;
} Range;

// Rows, or columns, of cell i of `cells`.
static Range cell(int i, int cells, int size) {
    long from = (long)i * size, to = (long)(i + 1) * size;
    return (Range){ (int)(from / cells), (int)((to + cells - 1) / cells) };
}

static int largest(const float *plane, Range rows, Range columns, int width) {
    int best = rows.begin * width + columns.begin;
    for (int i = rows.begin; i < rows.end; i++) {
        for (int j = columns.begin; j < columns.end; j++) {
            int place = i * width + j;
            bool wins = plane[place] > plane[best] || plane[place] != plane[place];
            best = wins ? place : best;
        }
    }
    return best;
}

// One grid over one plane.
static void grid_forward(float *y, int *winner, const float *plane, int side,
                         const PyramidShape *s) {
    for (int i = 0; i < side; i++) {
        for (int j = 0; j < side; j++) {
            int best = largest(plane, cell(i, side, s->height), cell(j, side, s->width), s->width);
            y[i * side + j] = plane[best];
            winner[i * side + j] = best;
        }
    }
}

/*
The planes of a picture stand in its output once for each grid. `grid_at` is where the part of a plane begins; behind the coarser grids, which
have so many cells for each of the channels.
*/

static size_t grid_at(long plane, int side, const PyramidShape *s) {
    long picture = plane / s->channels, channel = plane % s->channels;
    size_t cells = (size_t)pyramid_cells(s->finest), before = (size_t)pyramid_cells(side / 2);
    return ((size_t)picture * cells + before) * (size_t)s->channels +
           (size_t)channel * (size_t)(side * side);
}

void pyramid_forward(float *y, int *winner, const float *x, int n, const PyramidShape *s) {
    check(n, s);
    size_t area = (size_t)s->height * (size_t)s->width;
#pragma omp parallel for schedule(static)
    for (long p = 0; p < (long)n * s->channels; p++) {
        for (int side = 1; side <= s->finest; side *= 2) {
            size_t at = grid_at(p, side, s);
            grid_forward(y + at, winner + at, x + (size_t)p * area, side, s);
        }
    }
}

/*
**Backward.** The gradient of each cell goes to the place that has won. A number may win in a cell of every grid, and in two or four
neighbours that share it; what arrives is the sum.
*/

void pyramid_backward(float *dx, const float *dy, const int *winner, int n, const PyramidShape *s) {
    check(n, s);
    size_t area = (size_t)s->height * (size_t)s->width;
#pragma omp parallel for schedule(static)
    for (long p = 0; p < (long)n * s->channels; p++) {
        float *plane = dx + (size_t)p * area;
        memset(plane, 0, area * sizeof *plane);
        for (int side = 1; side <= s->finest; side *= 2) {
            size_t at = grid_at(p, side, s);
            for (int i = 0; i < side * side; i++) {
                plane[winner[at + (size_t)i]] += dy[at + (size_t)i];
            }
        }
    }
}

void pyramid_tangent(float *t, const float *v, const int *winner, int n, const PyramidShape *s) {
    check(n, s);
    size_t area = (size_t)s->height * (size_t)s->width;
#pragma omp parallel for schedule(static)
    for (long p = 0; p < (long)n * s->channels; p++) {
        for (int side = 1; side <= s->finest; side *= 2) {
            size_t at = grid_at(p, side, s);
            for (size_t i = at; i < at + (size_t)(side * side); i++) {
                t[i] = v[(size_t)p * area + (size_t)winner[i]];
            }
        }
    }
}
