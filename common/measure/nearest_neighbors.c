#include "measure/nearest_neighbors.h"
#include "base/die.h"
#include "kernels/matmul.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { ROWS = 512, COLUMNS = 4096 }; // of the products that are there at the same time

static double length_of(const float *x, int d) {
    double sum = 0.0;
    for (int k = 0; k < d; k++) {
        sum += (double)x[k] * (double)x[k];
    }
    return sqrt(sum);
}

static double square_between(const float *x, const float *y, int d) {
    double sum = 0.0;
    for (int k = 0; k < d; k++) {
        double off = (double)x[k] - (double)y[k];
        sum += off * off;
    }
    return sum;
}

Nearest *nearest_create(const float *x, int n, int d) {
    require(n > 0 && d > 0 && d < 1 << 22, "the nearest of %d points of %d numbers", n, d);
    Nearest *nearest = alloc_bytes(sizeof *nearest);
    *nearest = (Nearest){ .n = n, .d = d, .x = x };
    nearest->length = alloc_bytes((size_t)n * sizeof *nearest->length);
    nearest->place = alloc_bytes((size_t)n * sizeof *nearest->place);
    nearest->square = alloc_bytes((size_t)n * sizeof *nearest->square);
    for (int i = 0; i < n; i++) {
        nearest->length[i] = length_of(x + (size_t)i * (size_t)d, d);
        nearest->square[i] = INFINITY;
        nearest->place[i] = -1;
    }
    return nearest;
}

void nearest_free(Nearest *nearest) {
    if (nearest) {
        free(nearest->length);
        free(nearest->place);
        free(nearest->square);
        free(nearest);
    }
}

/*
## A row of the table

Sums of squares run in double here; their own rounding, some $10^{-13}$ of the whole, is covered by using $2\gamma$ for
$\gamma$.
*/

// Whether one of the m points y is nearer to point i than all before; products (m) with it.
static void look_through(Nearest *nearest, int i, const float *products, const float *y,
                         const double *length, int m) {
    size_t d = (size_t)nearest->d;
    double u = FLT_EPSILON / 2.0, gamma = (double)d * u / (1.0 - (double)d * u);
    double own = nearest->length[i];
    for (int j = 0; j < m; j++) {
        double about = own * own + length[j] * length[j] - 2.0 * (double)products[j];
        double off = 2.0 * (2.0 * gamma) * own * length[j];
        if (about - off >= nearest->square[i]) {
            continue;
        }
        double square = square_between(nearest->x + (size_t)i * d, y + (size_t)j * d, nearest->d);
        if (square < nearest->square[i]) {
            nearest->square[i] = square;
            nearest->place[i] = nearest->offered + j;
        }
    }
}

/*
The table of all products would be 240 MB for a thousand samples; it is made and read in pieces of 8 MB. Each sample is
one thread's, and meets the others in the order in which they were offered.
*/

void nearest_offer(Nearest *nearest, const float *y, int m) {
    size_t d = (size_t)nearest->d;
    double *length = alloc_bytes((size_t)m * sizeof *length);
    float *products = alloc_floats((size_t)ROWS * COLUMNS);
    for (int j = 0; j < m; j++) {
        length[j] = length_of(y + (size_t)j * d, nearest->d);
    }
    for (int column = 0; column < m; column += COLUMNS) {
        int columns = m - column < COLUMNS ? m - column : COLUMNS;
        const float *part = y + (size_t)column * d;
        for (int row = 0; row < nearest->n; row += ROWS) {
            int rows = nearest->n - row < ROWS ? nearest->n - row : ROWS;
            matmul(products, nearest->x + (size_t)row * d, part, MATMUL_ABT, false, rows, columns,
                   nearest->d);
#pragma omp parallel for schedule(dynamic, 8)
            for (int i = 0; i < rows; i++) {
                look_through(nearest, row + i, products + (size_t)i * (size_t)columns, part,
                             length + column, columns);
            }
        }
        nearest->offered += columns;
    }
    free(products);
    free(length);
}
