/*
## Pictures of any size

A camera's pictures have no fixed size, and our nets have so far insisted on 28 × 28. It is the dense layer that insists: behind
the last convolution it has a weight for each channel *and place*. With a layer in between that makes a fixed number of values
of a map of any size, the same parameters serve every picture.

![A map of 7 × 7 places under grids of 1, 2 and 4 cells a side. The largest number of each cell is kept: 21 numbers for each
channel, for a map of any size. The 4 × 4 grid's cells share rows, since 7 is not a multiple of 4.](diagrams/pyramid.svg)

Three ways to do it follow the same four convolutions: *flatten*, which does not do it; *global average pooling*, the mean of
each channel; and a *spatial pyramid* with grids of 1, 2 and 4 cells a side ([pooling pictures of any size](any_size.html) has
both). The first one is trained on 28 × 28 alone, the other two in two ways: on 28 × 28 alone, and with each batch enlarged or
reduced to one of five sizes, 20, 26, 32, 38 or 44. All learn with Adam over 469 steps, the rate as in the comparisons before.

For that each net that learns from five sizes has five sets of layers, one for each size, which point to the same parameters
(`net_resized` in [networks](net.html)). A step with one of them is a step of all.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// clang-format off
#define UNIT(c, s) conv2d(c, .kernel = 3, .stride = s, .pad = 1, .no_bias = true), batchnorm(), relu()
#define BODY       UNIT(16, 2), UNIT(16, 1), UNIT(32, 2), UNIT(32, 1) // 32 × 7 × 7 of 28 × 28

static const LayerSpec flat[] = { BODY, flatten(), dense(CLASSES), END };
static const LayerSpec mean[] = { BODY, global_avg_pool(), dense(CLASSES), END };
static const LayerSpec pyramid[] = { BODY, spatial_pyramid(4), dense(CLASSES), END };
// clang-format on

const NamedTable size_tables[] = {
    { "flatten", flat }, { "mean", mean }, { "pyramid", pyramid }, { NULL, NULL }
};

static const int sides[SIZES] = { 20, 26, 32, 38, 44 };

/*
## The examination

2,000 validation images are shown to each net in three ways: *zoomed* to sizes from 16 to 48; *placed* as they are somewhere in
a larger black picture; and with the content *moved* by two pixels right and down, where the last two rows and columns are cut
off. In the first case the pixels change and the picture means the same. In the second no pixel of the garment changes.
*/

typedef enum { ZOOMED, PLACED, MOVED } Way;

static const struct {
    Way way;
    int side;
} questions[] = { { ZOOMED, 16 }, { ZOOMED, 20 }, { ZOOMED, 24 }, { ZOOMED, 28 },
                  { ZOOMED, 32 }, { ZOOMED, 36 }, { ZOOMED, 40 }, { ZOOMED, 48 },
                  { PLACED, 32 }, { PLACED, 40 }, { PLACED, 48 }, { MOVED, 28 } };
enum { QUESTIONS = sizeof questions / sizeof *questions, LARGEST = 48, ASKED = 2000 };
static const char *const way_names[] = { "zoomed", "placed", "moved" };

// y (n, side, side): x (n, SIDE, SIDE) with its upper left corner at random places, or at (2, 2).
static void put_somewhere(float *y, const float *x, int n, int side, bool moved, Rng *rng) {
    memset(y, 0, (size_t)n * (size_t)(side * side) * sizeof *y);
    for (int e = 0; e < n; e++) {
        int down = moved ? 2 : (int)rng_below(rng, (uint32_t)(side - SIDE + 1));
        int right = moved ? 2 : (int)rng_below(rng, (uint32_t)(side - SIDE + 1));
        for (int i = 0; i < SIDE && i + down < side; i++) {
            int columns = SIDE < side - right ? SIDE : side - right;
            memcpy(y + (size_t)e * (size_t)(side * side) + (i + down) * side + right,
                   x + (size_t)e * PIXELS + i * SIDE, (size_t)columns * sizeof *y);
        }
    }
}

// The share of right answers of a net to one question.
static double ask(const Race *r, Net *owner, Way way, int side) {
    const Split *images = &r->lab->images;
    int asked = images->n_valid < ASKED ? images->n_valid : ASKED, batch = r->lab->settings->batch;
    int correct = 0;
    Net *net = net_resized(owner, side, side);
    float *y = alloc_floats((size_t)batch * (size_t)(side * side));
    Rng rng = rng_create((uint64_t)r->lab->settings->run.seed, RNG_DATA); // the same for each net
    for (int first = 0; first < asked; first += batch) {
        int n = asked - first < batch ? asked - first : batch;
        dataset_take(r->x[0], r->labels, images->data, images->order + first, n);
        if (way == ZOOMED) {
            zoom(y, r->x[0], n, SIDE, side);
        } else {
            put_somewhere(y, r->x[0], n, side, way == MOVED, &rng);
        }
        correct += count_correct(net_forward(net, y, n, EVAL), r->labels, n, CLASSES);
    }
    free(y);
    net_free(net);
    return (double)correct / asked;
}

static void report(const Race *r) {
    OutFile *file = file_create(run_path(r->lab->run, "sizes.csv"));
    char line[128], what[64];
    int length = snprintf(line, sizeof line, "%-10s", "");
    fprintf(file_stream(file), "way,side");
    for (int i = 0; i < r->n; i++) {
        length += snprintf(line + length, sizeof line - (size_t)length, "%14s", r->racers[i].name);
        fprintf(file_stream(file), ",%s", r->racers[i].name);
        summarise(r, &r->racers[i], "parameters", (double)r->racers[i].net->n_params);
        summarise(r, &r->racers[i], "loss", last_loss(r, &r->racers[i]));
    }
    run_say(r->lab->run, "Pictures of other sizes, share of right answers:");
    run_say(r->lab->run, "%s", line);
    for (int q = 0; q < QUESTIONS; q++) {
        int side = questions[q].side;
        const char *way = way_names[questions[q].way];
        fprintf(file_stream(file), "\n%s,%d", way, side);
        length = snprintf(line, sizeof line, "%-7s%3d", way, side);
        for (int i = 0; i < r->n; i++) {
            const Racer *racer = &r->racers[i];
            char text[16] = "";
            if (side == SIDE || strcmp(racer->name, "flatten") != 0) {
                double accuracy = ask(r, racer->net, questions[q].way, side);
                snprintf(text, sizeof text, "%.4f", accuracy);
                snprintf(what, sizeof what, "%s_%d", way, side);
                summarise(r, racer, what, accuracy);
            }
            fprintf(file_stream(file), ",%s", text);
            length += snprintf(line + length, sizeof line - (size_t)length, "%14s", text);
        }
        run_say(r->lab->run, "%s", line);
    }
    fprintf(file_stream(file), "\n");
    file_commit(file);
}

static Net *make_sized(const DepthSettings *s, const LayerSpec *table, int side) {
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    return net_create(table, (Shape){ 1, side, side }, s->batch, &rng);
}

void sizes(DepthLab *lab) {
    static const struct {
        const char *name;
        int table;
        bool many;
    } who[] = { { "flatten", 0, false },
                { "mean", 1, false },
                { "pyramid", 2, false },
                { "mean_many", 1, true },
                { "pyramid_many", 2, true } };
    const DepthSettings *s = lab->settings;
    Race race;
    if (!state_begin(lab->state, "sizes")) {
        return;
    }
    race_open(&race, lab, "sizes", s->steps, LATE);
    for (size_t i = 0; i < sizeof who / sizeof *who; i++) {
        int side = who[i].many ? sides[SIZES - 1] : SIDE; // the others fit into the largest
        Net *net = make_sized(s, size_tables[who[i].table].table, side);
        Racer *racer = race_add(&race, who[i].name, net, optimizer_defaults(ADAM, 1e-3f));
        for (int k = 0; who[i].many && k < SIZES; k++) {
            racer->sized[k] = net_resized(racer->net, sides[k], sides[k]);
        }
    }
    for (int k = 0; k < SIZES; k++) {
        race.x[1 + k] = alloc_floats((size_t)s->batch * (size_t)(sides[k] * sides[k]));
    }
    bool over = race_run(&race);
    if (over) {
        report(&race);
    }
    state_end(lab->state, over);
    race_close(&race);
}

/*
## Where accuracy falls

![Accuracy of four nets, left against the size to which pictures are zoomed, right against the size of a black frame around them. The pyramid that was trained at many sizes is nearly level from 20 on, and at 16 all are low;
all fall on the right.](sizes.svg)

| | zoomed to 20 | 24 | 28 | 32 | 40 | 48 | placed in 32 | 40 | 48 | moved by 2 |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| flatten, trained on 28 | | | 0.880 | | | | | | | 0.507 |
| mean, 28 | 0.679 | 0.715 | 0.811 | 0.716 | 0.613 | 0.514 | 0.657 | 0.265 | 0.179 | 0.634 |
| pyramid, 28 | 0.655 | 0.692 | 0.877 | 0.785 | 0.733 | 0.704 | 0.722 | 0.445 | 0.277 | 0.599 |
| mean, five sizes | 0.735 | 0.739 | 0.726 | 0.766 | 0.722 | 0.694 | 0.637 | 0.294 | 0.116 | 0.695 |
| pyramid, five sizes | **0.820** | **0.806** | 0.817 | **0.849** | **0.843** | **0.808** | 0.722 | 0.436 | 0.274 | 0.686 |

**That a net can take any size does not mean that it knows any size.** Trained on 28 × 28 alone the pyramid's net loses 9 points
at 32 and 22 at 20. The filters look for edges and folds of a certain width in pixels, and these have another width now. Trained
at five sizes it has more than 0.8 at each size from 20 to 48. (At 16, which is outside of the five, it has 0.533.) The price is
6 points at 28, after the same number of steps.

**The mean costs accuracy.** At 28 × 28 it is 7 points behind flatten: 32 numbers are what is left of 1,568, and all of *where*
is gone. The pyramid keeps 672 numbers, and has 0.877 where flatten has 0.880. With more channels (GoogLeNet's mean is over
1,024) and more training the price may be smaller; here it is this.

**A larger frame is worse than a zoom.** No pixel of the garment changes when it is placed in a black picture of 48 × 48. But
the mean is taken over three times as many places, most of them black, and each value moves towards what a black picture has:
0.179 and 0.116, where guessing has 0.1. The pyramid's largest numbers stay about as large as they were, but they come from
other cells, and it has 0.277 and 0.274. Nor does the mean make a net indifferent to a shift: by two pixels it goes from 0.811
to 0.634 (flatten to 0.507). Two rows and columns of the garment's picture are gone; two strides of 2 make one place of the last
map 4 pixels, so that a shift by 2 is half a place; and with zeros as padding the filters near the edge see the edge. So the
maps are not only shifted. (One seed, 2,000 images: differences of less than two points say nothing.)
*/
