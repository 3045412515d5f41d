/*
## How the times are taken

Both convolutions of LeNet, on one batch: forward in three ways, backward (all three gradients) in two. What the loops
have computed is kept, and compared with what the library computes.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "kernels/conv2d.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

void speed(CnnLab *lab) {
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
        Bench bench =
            bench_create(shapes[layer], n, rng_create(lab->settings->run.seed, RNG_NOISE));
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
