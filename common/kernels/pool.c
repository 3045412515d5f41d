#include "kernels/pool.h"
#include "base/die.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

int pool_out(int size, int kernel, int stride) {
    require(kernel > 0 && stride > 0 && size >= kernel, "a window of %d every %d on %d numbers",
            kernel, stride, size);
    return (size - kernel) / stride + 1;
}

/*
An image with its channels is a stack of *planes*, one map each. No plane knows of another, so image and channel are
one long index, and whole planes are what the threads share out.
*/

typedef struct {
    long planes;       // n * channels
    long in, out;      // numbers in a plane of x and of y
    int rows, columns; // of a plane of y
    int height, width; // of a plane of x
    int kernel, stride, pad;
} Planes;

static Planes planes_of(int n, const PoolShape *s) {
    require(n > 0 && s->channels > 0, "pooling of %d images with %d channels", n, s->channels);
    require(s->pad >= 0 && 2 * s->pad <= s->kernel, "a pad of %d around windows of %d", s->pad,
            s->kernel);
    int rows = pool_out(s->height + 2 * s->pad, s->kernel, s->stride);
    int columns = pool_out(s->width + 2 * s->pad, s->kernel, s->stride);
    long in = (long)s->height * s->width;
    require(in <= INT_MAX, "a plane of %d × %d: its places do not fit into an int", s->height,
            s->width);
    return (Planes){ .planes = (long)n * s->channels,
                     .in = in,
                     .out = (long)rows * columns,
                     .rows = rows,
                     .columns = columns,
                     .height = s->height,
                     .width = s->width,
                     .kernel = s->kernel,
                     .stride = s->stride,
                     .pad = s->pad };
}

/*
## The largest

For one row of outputs: each walks over its window, row by row, and keeps the largest number so far and the place
where it stood. A later number must be *larger* to win, so the first of equals stays. The second half of the condition
is true only for a NaN, which is not equal to itself: it wins, and nothing is larger than a NaN. A run that has gone
wrong should not look healthy because a comparison hid it.

Which number is the largest is unpredictable, so the processor would often guess wrongly at a branch. Written as a choice
between two values there is no branch, and eight outputs can be done at once, provided that the compiler knows the size of
the window and how far the next one is. That is why there are calls with constants for the usual windows: 2 × 2 with
stride 2, and 3 × 3.

A row of 14 outputs is eight and then six, and the six would take longer than the eight. So the last step always does
the *last* eight: two of them for the second time, with the same result.
*/

// n neighbouring outputs of a row, whose windows have `rows` rows of `kernel` numbers. That of the
// first one begins at place `first` of plane x.
static inline void max_some(float *y, int *winner, const float *x, int first, int n, int width,
                            int rows, int kernel, int stride) {
#pragma omp simd
    for (int j = 0; j < n; j++) {
        int best = first + j * stride;
        float largest = x[best];
        for (int a = 0; a < rows; a++) {
            for (int b = 0; b < kernel; b++) {
                int place = first + a * width + j * stride + b;
                bool wins = x[place] > largest || x[place] != x[place];
                largest = wins ? x[place] : largest;
                best = wins ? place : best;
            }
        }
        y[j] = largest;
        winner[j] = best;
    }
}

static inline void max_row(float *y, int *winner, const float *x, int first, int columns, int width,
                           int rows, int kernel, int stride) {
    enum { EIGHT = 8 };
    if (columns < EIGHT) {
        max_some(y, winner, x, first, columns, width, rows, kernel, stride);
    }
    for (int j = 0; columns >= EIGHT && j < columns; j += EIGHT) {
        int at = j + EIGHT <= columns ? j : columns - EIGHT;
        max_some(y + at, winner + at, x, first + at * stride, EIGHT, width, rows, kernel, stride);
    }
}

static void max_plane(float *y, int *winner, const float *x, const Planes *p) {
    for (int i = 0; i < p->rows; i++, y += p->columns, winner += p->columns) {
        int first = i * p->stride * p->width;
        if (p->kernel == 2 && p->stride == 2) {
            max_row(y, winner, x, first, p->columns, p->width, 2, 2, 2);
        } else if (p->kernel == 3) {
            max_row(y, winner, x, first, p->columns, p->width, 3, 3, p->stride);
        } else {
            max_row(y, winner, x, first, p->columns, p->width, p->kernel, p->kernel, p->stride);
        }
    }
}

/*
**Windows over the edge.** Such a window loses the rows and columns that are not there, and is a smaller rectangle. In a row of
outputs only the first and the last ones lose columns. Those in between are done together, as above.
*/

static inline int cut(int place, int size) {
    return place < 0 ? 0 : place > size ? size : place;
}

static void max_row_padded(float *y, int *winner, const float *x, int top, int rows,
                           const Planes *p) {
    int begin = 0, end; // the windows that lose no column
    while (begin < p->columns && begin * p->stride < p->pad) {
        begin++;
    }
    end = begin;
    while (end < p->columns && end * p->stride - p->pad + p->kernel <= p->width) {
        end++;
    }
    for (int j = 0; j < p->columns; j++) {
        int left = j * p->stride - p->pad, from = cut(left, p->width);
        int columns = cut(left + p->kernel, p->width) - from;
        if (j < begin || j >= end) {
            max_some(y + j, winner + j, x, top * p->width + from, 1, p->width, rows, columns, 1);
        }
    }
    int first = top * p->width + begin * p->stride - p->pad, n = end - begin;
    if (n > 0 && rows == 3 && p->kernel == 3) {
        max_row(y + begin, winner + begin, x, first, n, p->width, 3, 3, p->stride);
    } else if (n > 0) {
        max_row(y + begin, winner + begin, x, first, n, p->width, rows, p->kernel, p->stride);
    }
}

static void max_plane_padded(float *y, int *winner, const float *x, const Planes *p) {
    for (int i = 0; i < p->rows; i++, y += p->columns, winner += p->columns) {
        int top = cut(i * p->stride - p->pad, p->height);
        int bottom = cut(i * p->stride - p->pad + p->kernel, p->height);
        max_row_padded(y, winner, x, top, bottom - top, p);
    }
}

void max_pool2d_forward(float *y, int *winner, const float *x, int n, const PoolShape *shape) {
    Planes p = planes_of(n, shape);
#pragma omp parallel for schedule(static)
    for (long i = 0; i < p.planes; i++) {
        (p.pad ? max_plane_padded : max_plane)(y + i * p.out, winner + i * p.out, x + i * p.in, &p);
    }
}

/*
**Backward.** Move an input that is not the largest of its window a little: the output does not change, the gradient
is 0. Move the winner: the output moves with it, the gradient is $dy$ itself. So each $dy$ goes back to where its
output came from, and the other inputs get nothing:

$$ dx_p = \sum_{i:\ \mathrm{winner}(i) = p} dy_i. $$

The sum is needed when windows overlap ($s < k$) and one number wins in several of them. At a tie the output has a
kink and no slope; sending all of $dy$ to the first of the equals is a convention, and PyTorch's too.
*/

void max_pool2d_backward(float *dx, const float *dy, const int *winner, int n,
                         const PoolShape *shape) {
    Planes p = planes_of(n, shape);
#pragma omp parallel for schedule(static)
    for (long i = 0; i < p.planes; i++) {
        float *plane = dx + i * p.in;
        memset(plane, 0, sizeof(float) * (size_t)p.in);
        for (long j = i * p.out; j < (i + 1) * p.out; j++) {
            plane[winner[j]] += dy[j];
        }
    }
}

// The same loop, read in the other direction.
void max_pool2d_tangent(float *t, const float *v, const int *winner, int n,
                        const PoolShape *shape) {
    Planes p = planes_of(n, shape);
#pragma omp parallel for schedule(static)
    for (long i = 0; i < p.planes; i++) {
        for (long j = i * p.out; j < (i + 1) * p.out; j++) {
            t[j] = v[i * p.in + winner[j]];
        }
    }
}

/*
## The mean

Here no choice is made. The loops are turned around: the two over the window are the outer ones, and the inner one adds
the numbers at the same corner of all windows of a row. Each output still adds its $k^2$ numbers in the same order,
row by row.

The way back is the same linear map transposed: where the forward pass adds $x_p / k^2$ to $y_i$, the backward pass
adds $dy_i / k^2$ to $dx_p$. Compare the two functions; only the innermost line differs. With $f$ for the map, $\langle
f(x), u \rangle = \langle x, f^\top(u) \rangle$ for any $x$ and $u$, and this chapter's test asks for just that.
*/

static void average_plane(float *y, const float *x, const Planes *p) {
    float share = 1.0f / (float)(p->kernel * p->kernel);
    for (int i = 0; i < p->rows; i++) {
        float *row = y + (long)i * p->columns;
        memset(row, 0, sizeof(float) * (size_t)p->columns);
        for (int a = 0; a < p->kernel; a++) {
            for (int b = 0; b < p->kernel; b++) {
                const float *corner = x + (long)(i * p->stride + a) * p->width + b;
#pragma omp simd
                for (int j = 0; j < p->columns; j++) {
                    row[j] += share * corner[j * p->stride];
                }
            }
        }
    }
}

static void spread_plane(float *dx, const float *dy, const Planes *p) {
    float share = 1.0f / (float)(p->kernel * p->kernel);
    memset(dx, 0, sizeof(float) * (size_t)p->in);
    for (int i = 0; i < p->rows; i++) {
        const float *row = dy + (long)i * p->columns;
        for (int a = 0; a < p->kernel; a++) {
            for (int b = 0; b < p->kernel; b++) {
                float *corner = dx + (long)(i * p->stride + a) * p->width + b;
#pragma omp simd
                for (int j = 0; j < p->columns; j++) {
                    corner[j * p->stride] += share * row[j];
                }
            }
        }
    }
}

void avg_pool2d_forward(float *y, const float *x, int n, const PoolShape *shape) {
    require(shape->pad == 0, "a mean over a window that reaches over the edge");
    Planes p = planes_of(n, shape);
#pragma omp parallel for schedule(static)
    for (long i = 0; i < p.planes; i++) {
        average_plane(y + i * p.out, x + i * p.in, &p);
    }
}

void avg_pool2d_backward(float *dx, const float *dy, int n, const PoolShape *shape) {
    require(shape->pad == 0, "a mean over a window that reaches over the edge");
    Planes p = planes_of(n, shape);
#pragma omp parallel for schedule(static)
    for (long i = 0; i < p.planes; i++) {
        spread_plane(dx + i * p.in, dy + i * p.out, &p);
    }
}

/*
**Check it by hand.** The window holds 3, 1 in its upper row and 3, 2 in its lower one, and $dy = 8$. Max pooling gives
$y = 3$, winner the upper left, $dx = (8, 0;\ 0, 0)$. Average pooling gives $y = 2.25$ and $dx = (2, 2;\ 2, 2)$.
Either way the four numbers of $dx$ add up to $dy$: why must they? (Add 1 to all four inputs: $y$ grows by exactly 1.)
*/
