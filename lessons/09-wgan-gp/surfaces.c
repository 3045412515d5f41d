/*
## What a critic looks like

Before any game, let the generator stand still, so that a critic can become as good as it gets. The "generated" points are real
points with noise of deviation 1 added, 256 each step, for 1,500 steps. On each of three sets of points one critic is clipped at
0.1, and two have the penalty, with $\lambda = 0.1$ and with 10. The sets are lesson 6's ring; a grid of 5 × 5 small clouds, 2
apart; and the *Swiss roll*, a curve that is rolled up and has no modes ([points in the plane](toy2d.html)). And since a
gradient has to get through the critic to reach the generator, five more critics on the Swiss roll are *deep*, with eight hidden
layers: one has the penalty, and four are clipped.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "gan/critic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STUDENTS = 14,
    SHALLOW = 9,
    SWISS_CLIP = 6,
    DEEP = 8,
    SURFACE_BATCH = 256,
    ENOUGH = 1500,
    BINS = 61
};

// clang-format off
static const struct {
    const char *name;
    int depth;
    PenaltyRules rules;
} students[STUDENTS] = {
    { "ring-clip", 3, { .clip = 0.1f, .lr = 0.0005f, .cloud = RING } },
    { "ring-light", 3, { .lambda = 0.1f, .lr = 0.001f, .cloud = RING } },
    { "ring-heavy", 3, { .lambda = 10.0f, .lr = 0.001f, .cloud = RING } },
    { "grid-clip", 3, { .clip = 0.1f, .lr = 0.0005f, .cloud = GRID } },
    { "grid-light", 3, { .lambda = 0.1f, .lr = 0.001f, .cloud = GRID } },
    { "grid-heavy", 3, { .lambda = 10.0f, .lr = 0.001f, .cloud = GRID } },
    { "swiss-clip", 3, { .clip = 0.1f, .lr = 0.0005f, .cloud = SWISS_ROLL } },
    { "swiss-light", 3, { .lambda = 0.1f, .lr = 0.001f, .cloud = SWISS_ROLL } },
    { "swiss-heavy", 3, { .lambda = 10.0f, .lr = 0.001f, .cloud = SWISS_ROLL } },
    { "deep-clip-0.3", DEEP, { .clip = 0.3f, .lr = 0.0005f, .cloud = SWISS_ROLL } },
    { "deep-clip-0.1", DEEP, { .clip = 0.1f, .lr = 0.0005f, .cloud = SWISS_ROLL } },
    { "deep-clip-0.01", DEEP, { .clip = 0.01f, .lr = 0.0005f, .cloud = SWISS_ROLL } },
    { "deep-clip-0.01-moved", DEEP, { .clip = 0.01f, .lr = 0.0005f, .eps = 1e-30f, .cloud = SWISS_ROLL } },
    { "deep-heavy", DEEP, { .lambda = 10.0f, .lr = 0.001f, .cloud = SWISS_ROLL } },
};
// clang-format on

/*
Each is trained by one thread. At the end the program looks at its scores on a grid of places, at its gradient norm at points
between real and generated ones, and at the norm of the score's gradient at each dense layer's output. (The backward pass of the
penalty has left it there.)
*/

// What is known of one of them at the end.
typedef struct {
    float map[MAP_CELLS * MAP_CELLS];
    double norms[DEEP + 1]; // of the gradient at the hidden layers' outputs
    double slope;           // at points between
    double bins[BINS];      // shares of the weights
    double at_bounds;
} TrainedCritic;

// After a pass back to the input that began with ones: what is known of a critic.
static void look_into(TrainedCritic *out, Net *D, const PenaltyRules *rules,
                      const Samples2d *samples) {
    enum { N = SURFACE_BATCH };
    int hidden = 0;
    for (int l = 0; l < D->n_layers; l++) {
        const Layer *layer = &D->layers[l];
        if (layer->spec.kind != DENSE) {
            continue;
        }
        double sum = 0.0;
        size_t width = shape_size(layer->out);
        for (int k = 0; k < N; k++) {
            sum += norm(layer->dy + (size_t)k * width, width) / N;
        }
        out->norms[hidden++] = sum;
    }
    samples2d_map(out->map, samples, D);
    float bound = rules->clip > 0.0f ? rules->clip : 0.1f;
    for (size_t k = 0; k < D->n_params; k++) {
        int bin = (int)floorf(D->params[k] / (3.0f * bound) * (BINS / 2) + BINS / 2 + 0.5f);
        out->bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin] += 1.0 / (double)D->n_params;
    }
    out->at_bounds = share_at_bounds(D->params, D->n_params, bound);
}

static void train(TrainedCritic *out, int i, Run *run, const PenaltySettings *s,
                  const Samples2d *samples) {
    PenaltyRules rules = students[i].rules;
    rules.init = INIT_FAN_IN;
    enum { N = SURFACE_BATCH };
    uint64_t seed = s->run.seed;
    Rng init = rng_create(seed, RNG_INIT), data = rng_create(seed, RNG_DATA);
    Net *D = critic_of(&rules, students[i].depth, s->width, N, &init);
    Optimizer *optimizer = optimizer_create(optimizer_of(&rules), D->n_params);
    Penalty *penalty = penalty_create(D, rules.lambda, rng_create(seed, RNG_EPSILON));
    float real[2 * N] = { 0 }, fake[2 * N] = { 0 }, ds[N], means[2];
    int steps = s->steps < 2 * ENOUGH ? s->steps / 2 + 1 : ENOUGH;
    for (int step = 0; step < steps && !run_stopped(run); step++) {
        toy2d_cloud(real, rules.cloud, N, &data);
        toy2d_cloud(fake, rules.cloud, N, &data);
        for (int k = 0; k < 2 * N; k++) {
            fake[k] += rng_normal(&data);
        }
        compare_scores(D, ds, means, real, fake, N);
        if (rules.lambda > 0.0f) {
            penalty_step(penalty, real, fake, N);
        }
        optimizer->spec.lr = schedule_lr(LINEAR_DECAY, rules.lr, step, steps);
        optimizer_step(optimizer, D->params, D->grads);
        if (rules.lambda == 0.0f) {
            clip_weights(D->params, D->n_params, rules.clip);
        }
    }
    penalty_step(penalty, real, fake, N); // leaves the gradients of the scores in the layers
    out->slope = penalty->slope;
    look_into(out, D, &rules, samples);
    penalty_free(penalty);
    optimizer_free(optimizer);
    net_free(D);
}

/*
![Nine maps of scores, high in orange, with lines of equal score and the real points in black. Clipped critics are plain hills; with λ = 0.1 each mode of the ring has its own peak, and the grid's critic is a star with one peak; with λ = 10 the ring's critic rises from the right to a top at the leftmost mode.](surfaces.svg)

**Clipped**, a critic is a hill. On the ring, whose eight modes are far apart, it is a table: everything
inside has about the same score, and a sample in the middle has no reason to move. On the grid it has one peak in place
of 25. Most of its weights are at the bounds, and a network of that kind can only take simple forms.

**With $\lambda = 0.1$** the ring's critic knows the modes: eight peaks, with a hollow between them. On the grid the mode in the
middle stands out, and a star reaches for the others.

**With $\lambda = 10$** the gradient norm is right, 1.01 to 1.03, and the *form* is wrong: on the ring the score rises from
right to left, right through the middle. It is not what the penalty asks for. The generated points lie around all eight modes,
and the nearest way to carry one is to the nearest mode; so the best score is minus the distance to the nearest mode, whose
gradient norm is 1 everywhere but on the borders between two modes, and which pays next to nothing. The tilted critic has not
arrived there. (With pictures 10 does well, as will be seen.) The paper recommends 10 for all its experiments. On the ring,
within 1,500 steps, it is the wrong value.

| critic | gradient norm between real and generated | at the bounds |
|---|---|---|
| ring, clipped | 1.5 | 91 % |
| ring, $\lambda = 0.1$ | 5.7 | |
| ring, $\lambda = 10$ | 1.02 | |
| grid, clipped | 2.57 | 76 % |
| grid, $\lambda = 0.1$ | 2.62 | |
| grid, $\lambda = 10$ | 1.01 | |
| Swiss roll, clipped | 3.3 | 90 % |
| Swiss roll, $\lambda = 0.1$ | 4.2 | |
| Swiss roll, $\lambda = 10$ | 1.03 | |

A light penalty allows a gradient norm well above 1: 5.7 on the ring. On the grid it is hardly steeper than the clipped critic,
2.62 against 2.57, and yet of another form: the steepness alone does not tell the two apart. With a norm above 1 the estimate is
larger than $W$, by a factor that is not known. As in lesson 8 this does not matter to the generator; but whoever wants to read
the estimate as a distance has to choose a $\lambda$ of 1 or more, and even then a critic that has not arrived, as that of the
ring with 10, estimates too little.

## What becomes of a gradient in eight layers

![The norm of the score's gradient at the output of each dense layer, in critics with eight hidden layers, on a logarithmic axis. Clipped at 0.3 and 0.1 it grows towards the input, with the penalty it stays near 1.](layers.svg)

The generator's gradient comes in from the right of this plot, at the score, and has to reach the first layer on the left. With
weights at $\pm c$ each layer of 64 units multiplies it by a factor, and nobody has chosen that factor to be 1. Clipped at 0.1
the gradient norm is 6,600 when it arrives at the first layer's output, at 0.3 nearly fifty million.

**Clipped at 0.01 it is $10^{-12}$, but clipping has not done that.** Only 1 % of that critic's weights are at the bounds (at
0.1 it is 96 %). It is still as it was initialised, with weights between $\pm 0.01$ of random signs, and it cannot move: the
gradients of its weights are so small beside the $\varepsilon = 10^{-8}$ that RMSprop adds to their root mean square that its
steps are nearly 0. The plot has a second critic clipped at 0.01, whose $\varepsilon$ is $10^{-30}$. That one learns: 98 % of
its weights reach the bounds, and its gradient arrives at the first layer's output with norm $2.0 \cdot 10^{-4}$. So in eight
layers clipping at 0.01 takes away four powers of ten, about a factor of 3 a layer; the other eight were the initialisation's.

One would have to find, for each depth and width, the one $c$ at which the factor is 1. With the penalty the gradient norm is between
0.51 and 1.08 at every layer. At the input it is what the penalty asks for, and on the way there the layers have found weights that
neither make it explode nor vanish.

![How often which weight occurs in the Swiss roll's critics. Clipped at 0.1: nearly all at the two bounds. With the penalty: a bell, with tails beyond the box.](weights.svg)
*/

static void report(Run *run, const TrainedCritic *learned) {
    run_say(run, "Critics of a generator that stands still: gradient norm between real and");
    run_say(run, "generated points, and at the output of the first layer");
    for (int i = 0; i < STUDENTS; i++) {
        char key[64];
        run_say(run, "  %-16s%12.3g%12.3g", students[i].name, learned[i].slope,
                learned[i].norms[0]);
        snprintf(key, sizeof key, "%s_slope", students[i].name);
        run_summary(run, key, learned[i].slope);
        snprintf(key, sizeof key, "%s_first_layer", students[i].name);
        run_summary(run, key, learned[i].norms[0]);
        if (students[i].rules.lambda == 0.0f) {
            snprintf(key, sizeof key, "%s_at_bounds", students[i].name);
            run_summary(run, key, learned[i].at_bounds);
        }
    }
}

// Files for gnuplot: a map of each shallow critic, points of each cloud, the gradients, the
// weights.
static void write_all(Run *run, const TrainedCritic *learned, Samples2d *const *samples) {
    static const char *const clouds[CLOUDS] = { "cloud-ring.csv", "cloud-grid.csv",
                                                "cloud-swiss.csv" };
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        points_write(run, clouds[cloud], samples[cloud]->real, 1, 500);
    }
    for (int i = 0; i < SHALLOW; i++) {
        char name[64];
        snprintf(name, sizeof name, "surface-%s.csv", students[i].name);
        maps_write(run, name, learned[i].map, 1);
    }
    OutFile *file = file_create(run_path(run, "layers.csv"));
    fprintf(file_stream(file), "layer,clip_0.3,clip_0.1,clip_0.01,clip_0.01_moved,penalty\n");
    for (int l = 0; l <= DEEP; l++) {
        fprintf(file_stream(file), "%d,%.6g,%.6g,%.6g,%.6g,%.6g\n", l + 1,
                learned[SHALLOW].norms[l], learned[SHALLOW + 1].norms[l],
                learned[SHALLOW + 2].norms[l], learned[SHALLOW + 3].norms[l],
                learned[SHALLOW + 4].norms[l]);
    }
    file_commit(file);
    file = file_create(run_path(run, "weights.csv"));
    fprintf(file_stream(file), "weight,clipped,penalty\n");
    for (int b = 0; b < BINS; b++) {
        fprintf(file_stream(file), "%.4g,%.6g,%.6g\n", 0.3 * (b - BINS / 2) / (BINS / 2),
                learned[SWISS_CLIP].bins[b], learned[SWISS_CLIP + 2].bins[b]);
    }
    file_commit(file);
}

void surfaces(Run *run, State *state, const PenaltySettings *s) {
    if (!state_begin(state, "surfaces")) {
        return;
    }
    Samples2d *samples[CLOUDS];
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        samples[cloud] = samples2d_create((Cloud)cloud, s->run.seed);
    }
    TrainedCritic *learned = alloc_bytes(STUDENTS * sizeof *learned);
#pragma omp parallel for schedule(dynamic, 1)
    for (int k = 0; k < STUDENTS; k++) {
        int i = STUDENTS - 1 - k; // the deep ones take longest
        train(&learned[i], i, run, s, samples[students[i].rules.cloud]);
    }
    bool over = !run_stopped(run);
    if (over) {
        report(run, learned);
        write_all(run, learned, samples);
    }
    state_end(state, over);
    free(learned);
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        samples2d_free(samples[cloud]);
    }
}
