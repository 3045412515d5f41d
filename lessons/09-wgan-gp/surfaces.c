/*
## What a critic looks like

Before any game: let the generator stand still, so that a critic can become as good as it gets. The samples are real
points with noise of deviation 1, 256 each step, 1,500 steps. On each of three clouds one critic is clipped at 0.1, and
two have the penalty, with $\lambda = 0.1$ and with 10. And since a gradient has to get through the critic to reach the
generator, four more on the Swiss roll are *deep*, eight hidden layers, three of them clipped at different $c$.
*/

#include "die.h"
#include "file.h"
#include "loss.h"
#include "wgan-gp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STUDENTS = 13,
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
    Rules rules;
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
    { "deep-heavy", DEEP, { .lambda = 10.0f, .lr = 0.001f, .cloud = SWISS_ROLL } },
};
// clang-format on

/*
Each is trained by one thread. At the end we look at its scores on a grid, at its slope between real and made points,
and at the length of the score's gradient at each dense layer's output. (The backward pass of the penalty has left it
there.)
*/

// What is known of one of them at the end.
typedef struct {
    float map[PLANE_CELLS * PLANE_CELLS];
    double norms[DEEP + 1]; // of the gradient at the hidden layers' outputs
    double slope;           // at points between
    double bins[BINS];      // shares of the weights
    double at_bounds;
} Outcome;

static void train(Outcome *out, int i, Run *run, const Settings *s, const Plane *plane) {
    Rules rules = students[i].rules;
    rules.init = INIT_FAN_IN;
    enum { N = SURFACE_BATCH };
    uint64_t seed = (uint64_t)s->run.seed;
    Rng init = rng_create(seed, RNG_INIT), data = rng_create(seed, RNG_DATA);
    Net *D = critic_of(&rules, students[i].depth, s->width, N, &init);
    Optimizer *optimizer = optimizer_create(optimizer_of(&rules), D->n_params);
    Penalty *penalty = penalty_create(D, rules.lambda, rng_create(seed, RNG_DROPOUT));
    float real[2 * N] = { 0 }, made[2 * N] = { 0 }, ds[N];
    int steps = s->steps < 2 * ENOUGH ? s->steps / 2 + 1 : ENOUGH;
    for (int step = 0; step < steps && !run_stopped(run); step++) {
        toy2d_cloud(real, rules.cloud, N, &data);
        toy2d_cloud(made, rules.cloud, N, &data);
        for (int k = 0; k < 2 * N; k++) {
            made[k] += rng_normal(&data);
        }
        net_zero_grad(D);
        wasserstein(ds, net_forward(D, real, N, TRAIN), 1.0f, N);
        net_backward(D, ds, WANT_PARAMS);
        wasserstein(ds, net_forward(D, made, N, TRAIN), -1.0f, N);
        net_backward(D, ds, WANT_PARAMS);
        if (rules.lambda > 0.0f) {
            penalty_step(penalty, real, made, N);
        }
        optimizer->spec.lr = schedule_lr(LINEAR_DECAY, rules.lr, step, steps);
        optimizer_step(optimizer, D->params, D->grads);
        if (rules.lambda == 0.0f) {
            clip_weights(D->params, D->n_params, rules.clip);
        }
    }
    penalty_step(penalty, real, made, N); // leaves the gradients of the scores in the layers
    out->slope = penalty->slope;
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
    plane_map(out->map, plane, D);
    float bound = rules.clip > 0.0f ? rules.clip : 0.1f;
    for (size_t k = 0; k < D->n_params; k++) {
        int bin = (int)floorf(D->params[k] / (3.0f * bound) * (BINS / 2) + BINS / 2 + 0.5f);
        out->bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin] += 1.0 / (double)D->n_params;
    }
    out->at_bounds = share_at_bounds(D->params, D->n_params, bound);
    penalty_free(penalty);
    optimizer_free(optimizer);
    net_free(D);
}

/*
![Scores of critics, high in orange: clipped, with a light penalty, with a heavy one; lines join equal scores. Black: real points.](surfaces.svg)

**Clipped**, a critic is a hill. On the ring, whose eight clouds are as far apart as can be, it is a table: everything
inside scores the same, and a sample that sits in the middle has no reason to move. On the grid it has one peak in place
of 25. It is as the weights say: a network whose weights all sit at the walls can do simple things only.

**With $\lambda = 0.1$** the critic knows the clouds. Eight peaks on the ring, with a hollow between them; on the grid
the cloud in the middle stands out, and a star reaches for the others.

**With $\lambda = 10$** the slope is right, 1.01, and the *shape* is wrong: on the ring the score climbs from right to
left, right through the middle. Why? Proposition 1 speaks of points that are carried to each other. The penalty takes
random pairs, and between the right cloud and a sample far on the left there is no reason for a slope of 1; the
symmetric score, which would be best, has slope 0 in the middle. If $\lambda$ is large enough it is cheaper to tilt
everything. (With pictures 10 does well, as we shall see.) The paper recommends 10 for all its experiments, and so do
the many programs made after it. On toys like these it is the wrong value.

| critic | slope between real and made | at the bounds |
|---|---|---|
| ring, clipped | 1.4 | 91 % |
| ring, $\lambda = 0.1$ | 5.4 | |
| ring, $\lambda = 10$ | 1.01 | |
| Swiss roll, clipped | 3.3 | 91 % |
| Swiss roll, $\lambda = 0.1$ | 4.0 | |
| Swiss roll, $\lambda = 10$ | 1.02 | |

A light penalty allows a slope well above 1, here up to 5. The estimate is then larger than $W$, by a factor that we do
not know. As in lesson 8, this does not matter to the generator; but who wants to read the estimate as a distance has to
choose a $\lambda$ of 1 or more.

## What becomes of a gradient in eight layers

![Length of the score's gradient at the output of each dense layer, in critics with eight hidden layers.](layers.svg)

The generator's gradient comes in from the right of this picture, at the score, and has to reach the input on the left.
With weights at $\pm c$ each layer of 64 units multiplies it by a factor, and nobody has chosen that factor to be 1:
clipped at 0.01 the gradient is $10^{-12}$ when it arrives, at 0.1 it is 6,200, at 0.3 nearly fifty million. It is the
picture of lesson 2 once more, and again it is a matter of the size of the weights. One would have to find, for each
depth and width, the one $c$ at which the factor is 1. With the penalty the gradient is between 0.35 and 1.15
everywhere. At the input its length is what the penalty asks for; and on the way there, the layers have found weights
that neither blow it up nor let it vanish.

![Weights of the Swiss roll's critics.](weights.svg)
*/

static void report(Run *run, const Outcome *learned) {
    run_say(run, "Critics of a generator that stands still: slope between real and made, and");
    run_say(run, "length of the score's gradient at the output of the first layer");
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
static void write_all(Run *run, const Outcome *learned, Plane *const *planes) {
    static const char *const clouds[CLOUDS] = { "cloud-ring.csv", "cloud-grid.csv",
                                                "cloud-swiss.csv" };
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        plane_write_points(run, clouds[cloud], planes[cloud]->real, 1, 500);
    }
    for (int i = 0; i < SHALLOW; i++) {
        char name[64];
        snprintf(name, sizeof name, "surface-%s.csv", students[i].name);
        plane_write_maps(run, name, learned[i].map, 1);
    }
    OutFile *file = file_create(run_path(run, "layers.csv"));
    fprintf(file_stream(file), "layer,clip_0.3,clip_0.1,clip_0.01,penalty\n");
    for (int l = 0; l <= DEEP; l++) {
        fprintf(file_stream(file), "%d,%.6g,%.6g,%.6g,%.6g\n", l + 1, learned[SHALLOW].norms[l],
                learned[SHALLOW + 1].norms[l], learned[SHALLOW + 2].norms[l],
                learned[SHALLOW + 3].norms[l]);
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

void surfaces(Run *run, State *state, const Settings *s) {
    if (!state_begin(state, "surfaces")) {
        return;
    }
    Plane *planes[CLOUDS];
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        planes[cloud] = plane_create((Cloud)cloud, (uint64_t)s->run.seed);
    }
    Outcome *learned = alloc_bytes(STUDENTS * sizeof *learned);
#pragma omp parallel for schedule(dynamic, 1)
    for (int k = 0; k < STUDENTS; k++) {
        int i = STUDENTS - 1 - k; // the deep ones take longest
        train(&learned[i], i, run, s, planes[students[i].rules.cloud]);
    }
    bool over = !run_stopped(run);
    if (over) {
        report(run, learned);
        write_all(run, learned, planes);
    }
    state_end(state, over);
    free(learned);
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        plane_free(planes[cloud]);
    }
}
