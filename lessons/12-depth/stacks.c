/*
## Small filters

AlexNet began with windows of 11 × 11, and VGG has nothing but 3 × 3. Three 3 × 3 convolutions, one behind the other, see
$1 + 2 + 2 + 2 = 7$ pixels, as one of 7 × 7 does. For $C$ channels in and out they have

$$ 3 \cdot 3^2 C^2 = 27\, C^2 \quad \text{weights in place of} \quad 7^2 C^2 = 49\, C^2, $$

and three nonlinearities in place of one. One of 5 × 5 and one of 3 × 3 see as much with $34\, C^2$. Three nets that differ in
nothing else are compared: at 14 × 14 such a stack with 16 channels, a max pooling, at 7 × 7 such a stack with 32. These nets,
and those of the next comparison, are trained with Adam over 157 steps, a third of the contest's. The rate is 0.001 for the
first half, and then falls to 0 in a line.

## Convolutions that see one pixel

A 1 × 1 convolution sees no neighbours. At each place it takes the channels as a vector, multiplies it by a matrix, the same
everywhere, and adds a bias:

$$ y_{m,ij} = b_m + \sum_{c} W_{mc}\, x_{c,ij}, \qquad (n, C, h, w) \to (n, M, h, w). $$

It is a dense layer at every pixel. With $M < C$ it makes a large number of channels small, cheaply, before a larger window is
laid over them.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "kernels/dense.h"
#include "nn/loss.h"
#include "nn/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// y (n, out, area) of x (n, in, area), with W (out, in) and b (out): each pixel is a row.
static void pointwise_forward(float *y, const float *x, const float *W, const float *b, int n,
                              int in, int out, int area) {
    float *pixels = alloc_floats((size_t)area * (size_t)in);
    float *answers = alloc_floats((size_t)area * (size_t)out);
    for (int e = 0; e < n; e++, x += in * area, y += out * area) {
        for (int p = 0; p < area; p++) {
            for (int c = 0; c < in; c++) {
                pixels[p * in + c] = x[c * area + p];
            }
        }
        dense_forward(answers, pixels, W, b, area, in, out);
        for (int p = 0; p < area; p++) {
            for (int m = 0; m < out; m++) {
                y[m * area + p] = answers[p * out + m];
            }
        }
    }
    free(pixels);
    free(answers);
}

// How far that is from the library's convolution, as a share.
static double pointwise_bridge(Rng rng) {
    enum { N = 2, IN = 5, OUT = 3, H = 4, W = 6 };
    static const LayerSpec table[] = { conv2d(OUT, .kernel = 1), END };
    Net *net = net_create(table, (Shape){ IN, H, W }, N, &rng);
    float x[N * IN * H * W], y[N * OUT * H * W];
    rng_fill_normal(&rng, x, N * IN * H * W, 0.0f, 1.0f);
    pointwise_forward(y, x, net->layers[0].weight, net->layers[0].bias, N, IN, OUT, H * W);
    const float *library = net_forward(net, x, N, EVAL);
    double difference = 0.0;
    for (int i = 0; i < N * OUT * H * W; i++) {
        difference += pow((double)y[i] - library[i], 2);
    }
    difference = sqrt(difference) / norm(library, N * OUT * H * W);
    net_free(net);
    return difference;
}

/*
## Four windows side by side

Which window is the right one? GoogLeNet's answer is: all of them. An *inception block* has four branches, and puts their
channels one behind the other: 1 × 1; 3 × 3; 5 × 5; and a max pooling with 1 × 1 behind it. Over many channels 5 × 5 windows are
expensive, so that a 1 × 1 convolution in front of 3 × 3 and 5 × 5 first makes few channels. Such a narrow place is called a
*bottleneck*.

![An inception block with the number of channels of our first one. Four branches read the same 32 channels; their 8, 12, 6 and 6 channels stand
behind each other in the output. The 1 × 1 convolutions in front of the large windows make 8 and 4 channels of the 32.](diagrams/inception.svg)

Compared are a plain net, one of inception blocks, and the same blocks without bottlenecks. All of them have batch norm and ReLU
behind each convolution.
*/

// clang-format off
#define UNIT(c, k) conv2d(c, .kernel = k, .pad = k / 2, .no_bias = true), batchnorm(), relu()
#define STEM(c)    conv2d(c, .kernel = 3, .stride = 2, .pad = 1, .no_bias = true), batchnorm(), relu() // c × 14 × 14
#define HEAD       global_avg_pool(), dense(CLASSES), END

static const LayerSpec three_3x3[] = {
    STEM(16), UNIT(16, 3), UNIT(16, 3), UNIT(16, 3), max_pool2d(2), UNIT(32, 3), UNIT(32, 3), UNIT(32, 3), HEAD
};
static const LayerSpec mixed_5x5[] = {
    STEM(16), UNIT(16, 5), UNIT(16, 3), max_pool2d(2), UNIT(32, 5), UNIT(32, 3), HEAD
};
static const LayerSpec one_7x7[] = {
    STEM(16), UNIT(16, 7), max_pool2d(2), UNIT(32, 7), HEAD
};

static const LayerSpec plain[] = {
    STEM(32), UNIT(32, 3), max_pool2d(2), UNIT(48, 3), UNIT(48, 3), HEAD
};

#define BRANCHES(one, to_three, three, to_five, five, pool)                                        \
    mark("in"), UNIT(one, 1), mark("one"),                                                         \
    from("in"), to_three UNIT(three, 3), mark("three"),                                            \
    from("in"), to_five UNIT(five, 5), mark("five"),                                               \
    from("in"), max_pool2d(3, .stride = 1, .pad = 1), UNIT(pool, 1), mark("pool"),                 \
    from("one"), concat("three"), concat("five"), concat("pool")
#define NARROW(c) UNIT(c, 1),
#define WIDE

static const LayerSpec inception[] = {
    STEM(32), BRANCHES(8, NARROW(8), 12, NARROW(4), 6, 6), max_pool2d(2),
    BRANCHES(12, NARROW(12), 18, NARROW(6), 10, 8), BRANCHES(12, NARROW(12), 18, NARROW(6), 10, 8), HEAD
};
static const LayerSpec no_bottleneck[] = {
    STEM(32), BRANCHES(8, WIDE, 12, WIDE, 6, 6), max_pool2d(2),
    BRANCHES(12, WIDE, 18, WIDE, 10, 8), BRANCHES(12, WIDE, 18, WIDE, 10, 8), HEAD
};
// clang-format on

// First those that are compared for their windows, then those that are compared for their blocks.
enum { WINDOWS = 3 };
const NamedTable stack_tables[] = { { "three_3x3", three_3x3 },
                                    { "5x5_and_3x3", mixed_5x5 },
                                    { "one_7x7", one_7x7 },
                                    { "plain", plain },
                                    { "inception", inception },
                                    { "no_bottleneck", no_bottleneck },
                                    { NULL, NULL } };

static size_t multiplications_of(const Net *net) {
    LayerSummary *rows = alloc_bytes((size_t)net->n_layers * sizeof *rows);
    size_t sum = 0;
    summary_rows(rows, net);
    for (int i = 0; i < net->n_layers; i++) {
        LayerKind kind = net->layers[i].spec.kind;
        sum += kind == CONV2D || kind == DENSE ? rows[i].multiplications : 0;
    }
    free(rows);
    return sum;
}

/*
How long does a step take? Multiplications do not say: many small convolutions have little to do each, and a pooling has no
multiplication at all. So forward and backward passes are timed, five of each net, and the fastest counts.
*/

static double milliseconds(const Race *r, Net *net) {
    double best = INFINITY;
    int n = r->lab->settings->batch;
    for (int i = 0; i < 5; i++) {
        double start = clock_seconds();
        const float *logits = net_forward(net, r->x[0], n, TRAIN);
        softmax_cross_entropy(net->dy, logits, r->labels, n, CLASSES);
        net_backward(net, net->dy, WANT_PARAMS);
        best = fmin(best, 1e3 * (clock_seconds() - start));
    }
    return best;
}

static void report(const Race *r) {
    double accuracy[MOST_RACERS];
    race_score(r, false, accuracy);
    OutFile *file = file_create(run_path(r->lab->run, "%s.csv", r->name));
    OutFile *times = file_create(run_path(r->lab->run, "seconds-%s.csv", r->name));
    fprintf(file_stream(file), "net,parameters,multiplications,loss,accuracy\n");
    fprintf(file_stream(times), "net,step_ms\n");
    run_say(r->lab->run, "%-18s parameters  million multiplications   loss  accuracy", r->name);
    for (int i = 0; i < r->n; i++) {
        const Racer *racer = &r->racers[i];
        size_t work = multiplications_of(racer->net);
        double loss = last_loss(r, racer);
        summarise(r, racer, "parameters", (double)racer->net->n_params);
        summarise(r, racer, "million_multiplications", 1e-6 * (double)work);
        summarise(r, racer, "loss", loss);
        summarise(r, racer, "valid_accuracy", accuracy[i]);
        run_say(r->lab->run, "  %-16s%11zu%25.2f%7.3f%10.3f", racer->name, racer->net->n_params,
                1e-6 * (double)work, loss, accuracy[i]);
        fprintf(file_stream(file), "%s,%zu,%zu,%.4f,%.4f\n", racer->name, racer->net->n_params,
                work, loss, accuracy[i]);
        fprintf(file_stream(times), "%s,%.2f\n", racer->name, milliseconds(r, racer->net));
    }
    file_commit(file);
    file_commit(times);
}

static void compare(DepthLab *lab, const char *name, const NamedTable *tables, int n) {
    const DepthSettings *s = lab->settings;
    Race race;
    if (!state_begin(lab->state, name)) {
        return;
    }
    race_open(&race, lab, name, (s->steps + 2) / 3, LATE);
    for (int i = 0; i < n; i++) {
        Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
        Net *net = net_create(tables[i].table, (Shape){ 1, SIDE, SIDE }, s->batch, &rng);
        net_init(net, INIT_HE, &rng);
        race_add(&race, tables[i].name, net, optimizer_defaults(ADAM, 1e-3f));
    }
    bool over = race_run(&race);
    if (over) {
        report(&race);
    }
    state_end(lab->state, over);
    race_close(&race);
}

void stacks(DepthLab *lab) {
    double difference = pointwise_bridge(rng_create((uint64_t)lab->settings->run.seed, RNG_NOISE));
    run_summary(lab->run, "pointwise_bridge", difference);
    compare(lab, "windows", stack_tables, WINDOWS);
    compare(lab, "blocks", stack_tables + WINDOWS, 3);
}

/*
![Training loss against multiplications for six nets; the area of a bubble is the number of parameters. The inception net is far to the left and far above the others.](stacks.svg)

| | parameters | million multiplications | training loss | validation accuracy |
|---|--:|--:|--:|--:|
| 3 × 3, 3 × 3, 3 × 3 | 30,746 | 2.51 | 0.798 | 0.757 |
| 5 × 5, 3 × 3 | 31,418 | 2.81 | 0.780 | 0.747 |
| 7 × 7 | 38,234 | 3.72 | 0.843 | 0.743 |
| plain | 44,874 | 3.56 | 0.762 | 0.769 |
| inception | **13,418** | **0.99** | 1.080 | 0.688 |
| inception without bottlenecks | 44,362 | 3.46 | 0.786 | 0.770 |

**Windows.** Three windows of 3 × 3 have the fewest parameters and the least work. That is certain, since it is counted. What
the nets have learned after so few steps lies within 0.07 in loss and two points in accuracy, and this is one seed: it does not
tell the three apart.

**Bottlenecks** save a factor of 3.3 in parameters and 3.5 in multiplications. They are not free here: the loss goes from 0.786
to 1.080, and accuracy from 0.770 to 0.688. Channels are few in our net, and a bottleneck of 4 of them is narrow. GoogLeNet's
narrowest, in the branch of the 5 × 5 windows, have 16 to 48. Without bottlenecks the block is as good as the plain net, and no
better, for as many multiplications.

**Time.** `seconds-blocks.csv` has the milliseconds of a pass forward and backward. With less than a third of the plain net's
multiplications the inception net takes longer: it consists of nineteen small convolutions and four poolings. A likely cause is
that each of them has to fetch its numbers; it was not measured. So multiplications are not time.
*/
