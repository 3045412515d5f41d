// How long does a step take? `make bench` runs this program and bench.py, which does the same with PyTorch, in turns.
// docs/benchmarks.md explains what comes out.
//
//     bench                     what is measured here: the BLAS
//     bench SECONDS             times every workload, for so many seconds in all
//     bench SECONDS mlp-adam    only these; for a profiler, say
//
// OMP_NUM_THREADS says on how many threads. Prints a line "name,milliseconds,MiB,MFLOP" for each workload: the median time
// of a step, the process's peak memory so far, the floating-point operations of the step's matrix products.

#include "clock.h"
#include "die.h"
#include "loss.h"
#include "matmul.h"
#include "net.h"
#include "optimizer.h"

#include <cblas.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is timed: step(state), again and again. The process ends soon after, so nothing is freed.
typedef struct {
    void (*step)(void *state);
    void *state;
    double flops; // multiplications and additions in the matrix products of a step; 0 if none
} Job;

// --- matrix products -----------------------------------------------------------------------------

enum { SIDE = 1024 };

typedef struct {
    float *a, *b, *c; // (SIDE, SIDE)
} Square;

// The yardstick: sgemm with nothing around it, a part of C for each thread.
static void step_sgemm(void *state) {
    const Square *s = state;
#pragma omp parallel
    {
        int parts = omp_get_num_threads(), part = omp_get_thread_num();
        int first = SIDE * part / parts, rows = SIDE * (part + 1) / parts - first;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, SIDE, SIDE, 1.0f,
                    s->a + (long)first * SIDE, SIDE, s->b, SIDE, 0.0f, s->c + (long)first * SIDE,
                    SIDE);
    }
}

static void step_matmul(void *state) {
    const Square *s = state;
    matmul(s->c, s->a, s->b, MATMUL_AB, false, SIDE, SIDE, SIDE);
}

static Job square(void (*step)(void *)) {
    Rng rng = rng_create(1, RNG_DATA);
    size_t n = (size_t)SIDE * SIDE;
    Square *s = alloc_bytes(sizeof *s);
    *s = (Square){ alloc_floats(n), alloc_floats(n), alloc_floats(n) };
    rng_fill_uniform(&rng, s->a, n, -1.0f, 1.0f);
    rng_fill_uniform(&rng, s->b, n, -1.0f, 1.0f);
    return (Job){ step, s, 2.0 * SIDE * SIDE * SIDE };
}

static Job sgemm(void) {
    return square(step_sgemm);
}

static Job matmul_square(void) {
    return square(step_matmul);
}

// --- training steps of classifiers ---------------------------------------------------------------

typedef struct {
    Net *net;
    Optimizer *optimizer;
    float *x, *dlogits; // (batch, pixels), (batch, classes)
    int *labels;        // (batch)
} Classifier;

static void step_classifier(void *state) {
    Classifier *c = state;
    int n = c->net->batch, classes = c->net->out.channels;
    const float *logits = net_forward(c->net, c->x, n, TRAIN);
    softmax_cross_entropy(c->dlogits, logits, c->labels, n, classes);
    net_zero_grad(c->net);
    net_backward(c->net, c->dlogits, WANT_PARAMS);
    optimizer_step(c->optimizer, c->net->params, c->net->grads);
}

// Every weight is used once per example and per place it is applied at; then again for its own gradient, and again for
// the input's, which the first layer leaves out.
static double flops_of(const Net *net) {
    double flops = 0.0;
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        double places = (double)net->batch * l->out.height * l->out.width;
        flops += 2.0 * places * (double)l->n_weight * (i == 0 ? 2 : 3);
    }
    return flops;
}

// The learning rate is small, so that a thousand steps on one batch find the same numbers as the first.
static Job classifier(const LayerSpec *table, int batch, OptimizerKind optimizer) {
    Rng rng = rng_create(1, RNG_INIT);
    Classifier *c = alloc_bytes(sizeof *c);
    c->net = net_create(table, (Shape){ 1, 28, 28 }, batch, &rng);
    c->optimizer = optimizer_create(optimizer_defaults(optimizer, 1e-5f), c->net->n_params);
    size_t pixels = shape_size(c->net->in), classes = shape_size(c->net->out);
    c->x = alloc_floats((size_t)batch * pixels);
    c->dlogits = alloc_floats((size_t)batch * classes);
    c->labels = alloc_bytes((size_t)batch * sizeof *c->labels);
    rng_fill_uniform(&rng, c->x, (size_t)batch * pixels, 0.0f, 1.0f);
    for (int i = 0; i < batch; i++) {
        c->labels[i] = (int)rng_below(&rng, (uint32_t)classes);
    }
    return (Job){ step_classifier, c, flops_of(c->net) };
}

// The network of lesson 2.
static const LayerSpec mlp[] = { dense(128), tanh_(), dense(10), END };

static Job mlp_sgd(void) {
    return classifier(mlp, 128, SGD);
}

static Job mlp_adam(void) {
    return classifier(mlp, 128, ADAM);
}

// --- the table -----------------------------------------------------------------------------------

// One row of the result each; bench.py has the same names. "sgemm" comes first and is the bound for all.
static const struct {
    const char *name;
    Job (*prepare)(void);
} workloads[] = {
    { "sgemm", sgemm },
    { "matmul", matmul_square },
    { "mlp-sgd", mlp_sgd },
    { "mlp-adam", mlp_adam },
};
enum { WORKLOADS = sizeof workloads / sizeof *workloads };

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The median time of a step in milliseconds, after a quarter of the seconds for warming up.
static double median_ms(Job job, double seconds) {
    enum { LEAST = 5, MOST = 10000 };
    double start = clock_seconds();
    do {
        job.step(job.state);
    } while (clock_seconds() - start < seconds / 4);

    double *ms = alloc_bytes(MOST * sizeof *ms);
    int n = 0;
    while (n < LEAST || (n < MOST && clock_seconds() - start < seconds)) {
        double before = clock_seconds();
        job.step(job.state);
        ms[n++] = 1e3 * (clock_seconds() - before);
    }
    qsort(ms, (size_t)n, sizeof *ms, by_size);
    return ms[n / 2];
}

static void measure(int i, double seconds) {
    Job job = workloads[i].prepare();
    double ms = median_ms(job, seconds);
    printf("%s,%.5f,%.1f,%.4f\n", workloads[i].name, ms, clock_peak_mib(), 1e-6 * job.flops);
}

static int place_of(const char *name) {
    for (int i = 0; i < WORKLOADS; i++) {
        if (strcmp(name, workloads[i].name) == 0) {
            return i;
        }
    }
    die("no workload %s; there is a table of them at the end of tests/bench/bench.c", name);
}

int main(int argc, char **argv) {
    if (argc == 1) {
        printf("%s\n", openblas_get_config());
        return 0;
    }
    char *end;
    double seconds = strtod(argv[1], &end);
    if (*end || !(seconds > 0.0 && seconds < 1e6)) {
        die("%s is not a number of seconds; for one second: bench 1", argv[1]);
    }
    for (int i = 2; i < argc; i++) {
        measure(place_of(argv[i]), seconds / (argc - 2));
    }
    for (int i = 0; argc == 2 && i < WORKLOADS; i++) {
        measure(i, seconds / WORKLOADS);
    }
    return 0;
}
