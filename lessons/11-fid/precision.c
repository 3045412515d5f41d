/*
## Two questions for one number

A distance says *how far* two sets are apart, and not in what way. There are two ways in which generated pictures can
fall short. Some of them look like no real picture, or some real pictures look like none of them. These are two questions with two
answers (Sajjadi et al. 2018; in this form Kynkäänniemi et al. 2019):

- **precision**: what share of the generated pictures lies where real pictures are?
- **recall**: what share of the real pictures lies where generated pictures are?

*Where real pictures are* has to be guessed from the real pictures at hand. Draw a ball around each of them, in the 84 features,
just so large that it reaches to its third nearest real neighbour. Where pictures are dense the balls are small, where they are
rare the balls are large, and all balls together are the region. In one line, with $\lVert \cdot \rVert$ the distance of two vectors of
features and $r_i$ the distance of the real picture $x_i$ from its third neighbour among the real ones: a generated picture $g$ is inside if

$$ \lVert g - x_i \rVert \le r_i \quad \text{for at least one } i. $$

Recall is the same with the roles exchanged: balls around the generated pictures, and the share of the real ones inside.

![Two clouds of points in the plane, real and generated, with a ball around each real point that reaches to its third neighbour. Left: generated points among the
real ones in one corner only, precision high, recall low. Right: generated points scattered widely, precision low, recall high.](diagrams/precision.svg)

A generator that makes a single perfect picture has precision 1 and recall 0. One that makes clothes of every kind, and among
them much that is no clothes, has a low precision and a high recall. The Fréchet distance of both can be the same.

In plain loops this takes all distances between the two sets, and those within each. We use 2,000 pictures of
either set, chosen at random: four million distances, each a sum over 84 numbers.
*/

#include "gallery.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
The second set is turned, so that the numbers of one feature lie side by side, $(d, m)$ in place of $(m, d)$. The inner loop then
runs along the points, and a processor takes several of them in one instruction. The sum of each distance keeps its order.
*/

double *columns_of(const float *points, int m, int d) {
    double *columns = alloc_bytes((size_t)m * (size_t)d * sizeof *columns);
    for (int j = 0; j < m; j++) {
        for (int k = 0; k < d; k++) {
            columns[(size_t)k * (size_t)m + (size_t)j] = points[(size_t)j * (size_t)d + (size_t)k];
        }
    }
    return columns;
}

// squares (m): the squared distances between x (d) and the points in columns (d, m).
static void square_distances(double *squares, const float *x, const double *columns, int m, int d) {
    memset(squares, 0, (size_t)m * sizeof *squares);
    for (int k = 0; k < d; k++) {
        const double *feature = columns + (size_t)k * (size_t)m;
        for (int j = 0; j < m; j++) {
            squares[j] += (x[k] - feature[j]) * (x[k] - feature[j]);
        }
    }
}

// Of n squares the third smallest, that at `self` left out.
static double third_smallest(const double *squares, int n, int self) {
    double nearest[NEIGHBOURS] = { INFINITY, INFINITY, INFINITY };
    for (int j = 0; j < n; j++) {
        double square = j == self ? INFINITY : squares[j];
        for (int place = 0; place < NEIGHBOURS; place++) {
            if (square < nearest[place]) { // takes the place; who had it, looks for the next one
                double before = nearest[place];
                nearest[place] = square;
                square = before;
            }
        }
    }
    return nearest[NEIGHBOURS - 1];
}

// radius (n): squared, of the ball around each of the points (n, d).
static void measure_balls(double *radius, const float *points, int n, int d) {
    double *columns = columns_of(points, n, d);
#pragma omp parallel
    {
        double *squares = alloc_bytes((size_t)n * sizeof *squares);
#pragma omp for
        for (int i = 0; i < n; i++) {
            square_distances(squares, points + (size_t)i * (size_t)d, columns, n, d);
            radius[i] = third_smallest(squares, n, i);
        }
        free(squares);
    }
    free(columns);
}

// The share of the points (n, d) that are inside a ball around at least one of the centres (m, d).
static double share_inside(const float *points, int n, const float *centres, int m, int d) {
    double *radius = alloc_bytes((size_t)m * sizeof *radius);
    double *columns = columns_of(centres, m, d);
    int inside = 0;
    measure_balls(radius, centres, m, d);
#pragma omp parallel reduction(+ : inside)
    {
        double *squares = alloc_bytes((size_t)m * sizeof *squares);
#pragma omp for
        for (int i = 0; i < n; i++) {
            square_distances(squares, points + (size_t)i * (size_t)d, columns, m, d);
            int j = 0;
            while (j < m && squares[j] > radius[j]) {
                j++;
            }
            inside += j < m;
        }
        free(squares);
    }
    free(radius);
    free(columns);
    return (double)inside / n;
}

double precision(const float *real, int n, const float *made, int m, int d) {
    return share_inside(made, m, real, n, d);
}

double recall(const float *real, int n, const float *made, int m, int d) {
    return share_inside(real, n, made, m, d);
}
