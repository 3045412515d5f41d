#include "cnn.h"
#include "clock.h"
#include "conv2d.h"
#include "die.h"
#include "file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## The same sum in another order

The seven loops are slow. The innermost one runs over the five pixels of a window's row, with a question about the
border at each, then jumps to another row. A processor would rather do the same thing to a long row of numbers that
lie side by side, and the first step towards that is to exchange loops. The sum in the formula runs over $c, i, j$;
let one index $r$ count all combinations of the three, and one index $a$ all places $(o, q)$. Then

$$ \underset{M \times A}{y_{m,a}} = b_m + \sum_{r} W_{m,r}\; \mathrm{columns}_{r,a}, \qquad
   \underset{C k^2 \times A}{\mathrm{columns}_{r,a}} = x_{c,\; o s + i d - p,\; q s + j d - p}, $$

a matrix product. The matrix `columns` holds each window of the picture as one of its columns, zeros at the border
included: its name is *im2col*. Nothing has been saved, nothing approximated; it is the same sum of the same products,
and each output even adds them in the same order. Only the loop over the places has moved from the outside to the
inside, where it is long (784 places in LeNet's first layer), and free of questions.
*/

static void fill_columns(float *columns, const float *from, const ConvShape *s) {
    int rows = conv_out(s->height, s), cols = conv_out(s->width, s);
    const float(*x)[s->height][s->width] = (void *)from;
    for (int c = 0; c < s->in; c++) {
        for (int i = 0; i < s->kernel; i++) {
            for (int j = 0; j < s->kernel; j++) {
                for (int o = 0; o < rows; o++) {
                    for (int q = 0; q < cols; q++) {
                        int row = o * s->stride + i * s->dilation - s->pad;
                        int col = q * s->stride + j * s->dilation - s->pad;
                        bool inside = row >= 0 && row < s->height && col >= 0 && col < s->width;
                        *columns++ = inside ? x[c][row][col] : 0.0f;
                    }
                }
            }
        }
    }
}

// y (out, area) = W (out, depth) columns (depth, area) + b.
static void multiply(float *y, const float *W, const float *columns, const float *b, int out,
                     int depth, int area) {
    for (int m = 0; m < out; m++, y += area) {
        for (int a = 0; a < area; a++) {
            y[a] = b[m];
        }
        for (int r = 0; r < depth; r++) {
            float weight = W[m * depth + r];
            const float *row = columns + (long)r * area;
            for (int a = 0; a < area; a++) {
                y[a] += weight * row[a];
            }
        }
    }
}

void columns_forward(float *y, const float *x, const float *W, const float *b, int n,
                     const ConvShape *s) {
    int area = conv_out(s->height, s) * conv_out(s->width, s),
        depth = s->in * s->kernel * s->kernel;
    float *columns = alloc_floats((size_t)depth * (size_t)area);
    for (int e = 0; e < n; e++) {
        fill_columns(columns, x + (long)e * s->in * s->height * s->width, s);
        multiply(y + (long)e * s->out * area, W, columns, b, s->out, depth, area);
    }
    free(columns);
}

/*
And the backward pass? A matrix product is a dense layer, whose backward pass we know from lesson 2: $dW = dY\,
\mathrm{columns}^\top$ and $d\mathrm{columns} = W^\top dY$. The last step, from $d\mathrm{columns}$ to $dx$, adds each
number back to the pixel it was copied from. The chapters on [windows](im2col.html) and [convolution](conv2d.html) do
this, in pieces that stay in the processor's cache, on several threads, with a [matrix product](product.html) that is
made for such pieces.

## How much faster?

Both convolutions of LeNet, on one batch: forward in three ways, backward (all three gradients) in two.
*/

typedef struct {
    ConvShape shape;
    int n;
    float *x, *y, *W, *b, *dx, *dy, *dW, *db; // dy is what arrives
    float *workspace;                         // of the library
} Bench;

static size_t in_size(const Bench *t) {
    return (size_t)t->n * (size_t)(t->shape.in * t->shape.height * t->shape.width);
}

static size_t out_size(const Bench *t) {
    const ConvShape *s = &t->shape;
    return (size_t)t->n * (size_t)(s->out * conv_out(s->height, s) * conv_out(s->width, s));
}

static size_t weights(const Bench *t) {
    return (size_t)(t->shape.out * t->shape.in * t->shape.kernel * t->shape.kernel);
}

static Bench bench_create(ConvShape shape, int n, Rng rng) {
    Bench t = { .shape = shape, .n = n };
    t.x = alloc_floats(in_size(&t)), t.dx = alloc_floats(in_size(&t));
    t.y = alloc_floats(out_size(&t)), t.dy = alloc_floats(out_size(&t));
    t.W = alloc_floats(weights(&t)), t.dW = alloc_floats(weights(&t));
    t.b = alloc_floats((size_t)shape.out), t.db = alloc_floats((size_t)shape.out);
    t.workspace = alloc_floats(conv2d_workspace(&shape));
    rng_fill_normal(&rng, t.x, in_size(&t), 0.0f, 1.0f);
    rng_fill_normal(&rng, t.dy, out_size(&t), 0.0f, 1.0f);
    rng_fill_normal(&rng, t.W, weights(&t), 0.0f, 0.1f);
    rng_fill_normal(&rng, t.b, (size_t)shape.out, 0.0f, 0.1f);
    return t;
}

static void bench_free(Bench *t) {
    float *all[] = { t->x, t->y, t->W, t->b, t->dx, t->dy, t->dW, t->db, t->workspace };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        free(all[i]);
    }
}

typedef enum { LOOPS, COLUMNS, LIBRARY, WAYS } Way;

static void forward(Bench *t, Way way) {
    switch (way) {
    case LOOPS:
        loops_forward(t->y, t->x, t->W, t->b, t->n, &t->shape);
        break;
    case COLUMNS:
        columns_forward(t->y, t->x, t->W, t->b, t->n, &t->shape);
        break;
    default:
        conv2d_forward(t->y, t->x, t->W, t->b, t->n, &t->shape, t->workspace);
    }
}

static void backward(Bench *t, Way way) {
    memset(t->dW, 0, weights(t) * sizeof *t->dW);
    memset(t->db, 0, (size_t)t->shape.out * sizeof *t->db);
    if (way == LOOPS) {
        loops_backward(t->dx, t->dW, t->db, t->dy, t->x, t->W, t->n, &t->shape);
    } else {
        int area = conv_out(t->shape.height, &t->shape) * conv_out(t->shape.width, &t->shape);
        conv2d_backward_weights(t->dW, t->dy, t->x, t->n, &t->shape, t->workspace);
        conv2d_backward_bias(t->db, t->dy, t->n, t->shape.out, area);
        conv2d_backward_data(t->dx, t->dy, t->W, t->n, &t->shape, t->workspace);
    }
}

// The fastest of a few times, in milliseconds; the loops get a single one.
static double time_of(void (*pass)(Bench *, Way), Bench *t, Way way) {
    double best = INFINITY;
    for (int i = 0; i < (way == LIBRARY ? 9 : way == COLUMNS ? 3 : 1); i++) {
        double start = clock_seconds();
        pass(t, way);
        best = fmin(best, 1e3 * (clock_seconds() - start));
    }
    return best;
}

// Largest difference between a and b (n), in units of the largest number of b.
static double difference(const float *a, const float *b, size_t n) {
    double largest = 0.0, scale = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs((double)a[i] - b[i]));
        scale = fmax(scale, fabs((double)b[i]));
    }
    return largest / scale;
}

/*
What the loops have computed is kept, and what the library computes is compared with it.
*/

// Fills the milliseconds of forward (0) and backward (1) passes; returns the largest difference.
static double time_layer(double ms[2][WAYS], Bench *t) {
    float *y = alloc_floats(out_size(t)), *dx = alloc_floats(in_size(t));
    float *dW = alloc_floats(weights(t));
    ms[0][LOOPS] = time_of(forward, t, LOOPS);
    memcpy(y, t->y, out_size(t) * sizeof *y);
    ms[0][COLUMNS] = time_of(forward, t, COLUMNS);
    double largest = difference(t->y, y, out_size(t));
    ms[0][LIBRARY] = time_of(forward, t, LIBRARY);
    largest = fmax(largest, difference(t->y, y, out_size(t)));

    ms[1][LOOPS] = time_of(backward, t, LOOPS);
    memcpy(dx, t->dx, in_size(t) * sizeof *dx);
    memcpy(dW, t->dW, weights(t) * sizeof *dW);
    ms[1][COLUMNS] = NAN; // not written
    ms[1][LIBRARY] = time_of(backward, t, LIBRARY);
    largest = fmax(largest, difference(t->dx, dx, in_size(t)));
    largest = fmax(largest, difference(t->dW, dW, weights(t)));
    free(y);
    free(dx);
    free(dW);
    return largest;
}

void speed(Lab *lab) {
    static const ConvShape shapes[] = { { 1, SIDE, SIDE, 6, 5, 1, 2, 1 },
                                        { 6, 14, 14, 16, 5, 1, 0, 1 } };
    if (!state_begin(lab->state, "speed")) {
        return;
    }
    double largest = 0.0, total[WAYS] = { 0.0 };
    int n = lab->settings->batch < 64 ? lab->settings->batch : 64; // seven loops take their time
    OutFile *file = file_create(run_path(lab->run, "seconds-convolution.csv"));
    FILE *out = file_stream(file);
    fprintf(out, "pass,loops_ms,columns_ms,library_ms\n");
    for (int layer = 0; layer < 2; layer++) {
        double ms[2][WAYS];
        Bench bench = bench_create(shapes[layer], n,
                                   rng_create((uint64_t)lab->settings->run.seed, RNG_NOISE));
        largest = fmax(largest, time_layer(ms, &bench));
        for (int pass = 0; pass < 2; pass++) {
            fprintf(out, "conv %d %s,%.4f,", layer + 1, pass ? "backward" : "forward",
                    ms[pass][LOOPS]);
            fprintf(out, pass ? ",%.4f\n" : "%.4f,%.4f\n", ms[pass][pass ? LIBRARY : COLUMNS],
                    ms[pass][LIBRARY]);
            total[LOOPS] += ms[pass][LOOPS];
            total[LIBRARY] += ms[pass][LIBRARY];
        }
        bench_free(&bench);
    }
    file_commit(file);
    run_say(lab->run, "LeNet's convolutions, forward and backward on %d images:", n);
    run_say(lab->run, "  %.1f ms in loops, %.2f ms with the library; they differ by %.1g",
            total[LOOPS], total[LIBRARY], largest);
    run_summary(lab->run, "loops_library_difference", largest);
    state_end(lab->state, true);
}

/*
![Milliseconds for the two convolutions of LeNet on a batch of 64, on a logarithmic axis. (The backward pass by
columns is not written here.)](speed.svg)

Exchanging the loops makes the forward pass thirteen times as fast, on one thread and with nothing but plain C: the
compiler can now use vector instructions for the innermost loop. The library, on two threads, is another nine
times as fast, and the whole, forward and backward, takes 95 ms in loops and 1.2 ms in the library. With the loops an
epoch of LeNet would spend eighty seconds in its convolutions. The two agree to a few parts in a million of the largest
number; what is left is rounding, since the library adds in another order.
*/
