/*
## On the ring

The plane, the ring and the measures are those of [lesson 6](06-vanilla-gan.html): two hidden layers of 64 units, 128
points a step, 6,000 steps of the generator, rates that fall to 0; modes covered, good samples, and the true earth
mover's distance to real points at each row of the log.

There is one trap before the first step. PyTorch's initial weights are uniform between $\pm 0.71$ in the first layer and
$\pm 0.125$ in the others, and with $c = 0.1$ the first clipping would pile up most of the first layer at the bounds.
Whoever then draws a histogram has drawn the initialisation. So a layer that begins outside is made smaller as a whole.
*/

#include "die.h"
#include "file.h"
#include "loss.h"
#include "wgan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

Duel *plane_duel(const Settings *s, const Rules *rules) {
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    int most = s->batch > PLANE_SAMPLES ? s->batch : PLANE_SAMPLES;
    Net *G = plane_net(2, s->depth, s->width, false, most, INIT_FAN_IN, &rng);
    Net *D = plane_net(1, s->depth, s->width, true, s->batch, INIT_FAN_IN, &rng);
    if (rules->critic) {
        begin_inside(D, rules->clip);
    }
    OptimizerSpec spec = optimizer_defaults(rules->optimizer, rules->lr);
    spec.beta1 = rules->beta1;
    return duel_create(G, D, spec, spec, true, s->steps, (uint64_t)s->run.seed);
}

/*
Besides the game of the options there are five others, with the same initial weights, points and latent vectors. The
first is lesson 6's, for comparison; its estimate, in the table below, is the difference of its mean logits. Of the
others one has the paper's values for pictures, one takes a single step of the critic, and two have Adam in the place of
RMSprop, without and with momentum.
*/

// clang-format off
static const struct {
    const char *name, *what;
    Rules rules;
} others[] = {
    { "vanilla", "lesson 6, falling rates",
      { .optimizer = ADAM, .lr = 0.001f, .beta1 = 0.5f, .d_steps = 1 } },
    { "tight", "c = 0.01, rate 0.00005",
      { .critic = true, .optimizer = RMSPROP, .lr = 0.00005f, .clip = 0.01f, .d_steps = 5 } },
    { "one-step", "one step of the critic",
      { .critic = true, .optimizer = RMSPROP, .lr = 0.0005f, .clip = 0.1f, .d_steps = 1 } },
    { "adam", "Adam, beta1 = 0",
      { .critic = true, .optimizer = ADAM, .lr = 0.0005f, .beta1 = 0.0f, .clip = 0.1f, .d_steps = 5 } },
    { "momentum", "Adam, beta1 = 0.9",
      { .critic = true, .optimizer = ADAM, .lr = 0.0005f, .beta1 = 0.9f, .clip = 0.1f, .d_steps = 5 } },
};
// clang-format on
enum { OTHERS = sizeof others / sizeof *others };

/*
Lesson 6's game once more, as short as it can be said:
*/

static float cross_entropy(Duel *d, const float *logits, float target, int n) {
    for (int i = 0; i < n; i++) {
        d->targets[i] = target;
    }
    return bce_with_logits(d->ds, logits, d->targets, n);
}

static void vanilla_step_of_D(Duel *d, CriticTally *tally, const float *real, const float *z,
                              int n) {
    const float *fake = net_forward(d->G, z, n, TRAIN);
    net_zero_grad(d->D);
    const float *logits = net_forward(d->D, real, n, TRAIN);
    float high = -wasserstein(NULL, logits, 1.0f, n), loss = cross_entropy(d, logits, 1.0f, n);
    net_backward(d->D, d->ds, WANT_PARAMS);
    logits = net_forward(d->D, fake, n, TRAIN);
    float low = -wasserstein(NULL, logits, 1.0f, n);
    loss += cross_entropy(d, logits, 0.0f, n);
    net_backward(d->D, d->ds, WANT_PARAMS);
    duel_step_D(d);
    critic_tally_d(tally, high, low, loss, d->D);
}

static void vanilla_step_of_G(Duel *d, CriticTally *tally, const float *z, int n) {
    const float *logits = net_forward(d->D, net_forward(d->G, z, n, TRAIN), n, TRAIN);
    float loss = cross_entropy(d, logits, 1.0f, n);
    const float *dfake = net_backward(d->D, d->ds, WANT_INPUT);
    net_zero_grad(d->G);
    net_backward(d->G, dfake, WANT_PARAMS);
    duel_step_G(d);
    critic_tally_g(tally, loss, d->G);
}

/*
The loop:
*/

static void play(Contestant *c, long until) {
    const Rules *rules = c->rules;
    Duel *d = c->duel;
    int n = d->D->batch;
    while (d->step < until) {
        for (int k = 0; k < rules->d_steps; k++) {
            toy2d_cloud(c->real, c->plane->cloud, n, &c->data);
            if (rules->critic) {
                critic_step(d, &c->tally, rules->clip, c->real, duel_latent(d, n), n);
            } else {
                vanilla_step_of_D(d, &c->tally, c->real, duel_latent(d, n), n);
            }
        }
        if (rules->critic) {
            generator_step(d, &c->tally, duel_latent(d, n), n);
        } else {
            vanilla_step_of_G(d, &c->tally, duel_latent(d, n), n);
        }
    }
}

/*
## What came out

| game | modes | good | EMD | estimate with EMD | loss of D with EMD | loss of G with EMD |
|---|---|---|---|---|---|---|
| WGAN, $c = 0.1$ | 5 | 16 % | 0.37 | **0.99** | −0.99 | 0.86 |
| lesson 6's GAN | **8** | **77 %** | **0.16** | 0.42 | −0.71 | 0.04 |
| $c = 0.01$, $\eta = 0.00005$ | 0 | 0 % | 0.80 | 0.41 | −0.41 | −0.67 |
| one step of the critic | 7 | 26 % | 0.29 | 0.47 | −0.47 | −0.34 |
| Adam, $\beta_1 = 0$ | 5 | 26 % | 0.33 | 0.99 | −0.99 | 0.61 |
| Adam, $\beta_1 = 0.9$ | 0 | 0 % | 1.03 | −0.55 | 0.55 | −0.05 |

(The last three columns are rank correlations over the 60 rows of the log. Real points have an EMD of 0.16 to other real
points.)

![Left WGAN, right lesson 6's GAN: what is optimised, above, and the true distance to real points, below.](losses.svg)

![The same as clouds: each point is a row of the log.](scatter.svg)

**The curve can be read.** From step 600 on the critic's estimate falls nearly without a break, and the true distance
falls in its trend: a rank correlation of 0.99. With seeds 2 and 3 it is 0.90 and 0.82. Lesson 6's discriminator has a
loss that *rises* while the samples become better (−0.71; with the other seeds −0.68 and −0.63), since it ends near $2
\log 2$ in success; and the loss of its generator has nothing to say (0.04). This was the promise, and it is kept. (How
much is 0.99 worth? Any curve that falls would agree with a distance that falls. The *changes* from row to row are the
harder test: those of the estimate and of the EMD have a rank correlation of 0.48, with the other seeds 0.31 and 0.14,
and 59 pairs of noise would have less than 0.26 in 19 cases of 20.)

**The estimate is no distance.** At the end it is 0.016, and the true distance 0.37. The slope of the critic at real
points is 0.065. It could be 3.8, by the product of the norms, but nothing in the loss makes a network use the weights
that it has in the way that gives the most slope. One sees that the factor is not even constant: between the first row
and the last the EMD falls to a quarter, the estimate to less than a sixth.

**The samples are poor.** Five modes of eight, one sample in six is good, and the discriminator of lesson 6 had all
eight and three in four, after 6,000 steps where the critic takes 30,000. A better loss to *look at* is not yet a better
teacher. What the critic lacks can be seen below.

![500 samples of each game over real points (grey).](samples.svg)

**One step of the critic** gives better samples here than five (0.29 against 0.37; with seed 2 0.43 against 0.35, with
seed 3 0.42 against 0.50: no difference to speak of), but its estimate is worth little: 0.47, 0.18, 0.11 with the three
seeds. It is not near its best, and what is not near the best bound says little about $W$.

**Momentum does harm**, as the authors say: with $\beta_1 = 0.9$ no mode is found at any of three seeds. The same Adam
without momentum is as good as RMSprop, or better (EMD 0.33, 0.24, 0.22 with the three seeds, against 0.37, 0.35, 0.50).
So it is the memory of the direction, and not Adam.

**A smaller box** ($c = 0.01$ and a rate ten times smaller, the values that the paper has for pictures) bounds the slope
by $0.0058$ here, and the generator's gradient is a five-hundredth of the default game's. RMSprop divides by the size of
the gradients, so it still moves; but 6,000 steps are not enough.

## What clipping does to the weights

![Weights of the clipped critic, and of lesson 6's discriminator.](weights.svg)

| layer | weights and biases | within 1 % of $\pm c$ |
|---|---|---|
| 2 → 64 | 192 | 34 % |
| 64 → 64 | 4,160 | 65 % |
| 64 → 1 | 65 | 98 % |

Nearly two thirds of all weights end at a bound. It has to be so: the critic can always raise its estimate by being
steeper, so each weight is pushed until something stops it, and the only thing that does is the wall. Of the last layer
nothing is left but signs. Such a network is a simple function, a vote of 64 units with equal weights; to be steep it
needs all of them at once, and it cannot be steep here and flat there, as it would have to be between eight small
clouds. Lesson 9 lets the weights be and bounds the slope itself.
*/

enum { BINS = 61 };

static void count_weights(int *bins, const Net *D, float width) {
    for (size_t i = 0; i < D->n_params; i++) {
        int bin = (int)floorf(D->params[i] / width * (BINS / 2) + BINS / 2 + 0.5f);
        bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
    }
}

// How steep the critic is at real points, and how steep it could be at most.
static void report_slope(Run *run, Net *D, const Plane *plane) {
    enum { LOOKED_AT = 100 };
    int n = D->batch < LOOKED_AT ? D->batch : LOOKED_AT;
    double slope = 0.0, bound = 1.0;
    float ones[LOOKED_AT];
    for (int i = 0; i < n; i++) {
        ones[i] = 1.0f;
    }
    net_forward(D, plane->real, n, TRAIN);
    const float *dx = net_backward(D, ones, WANT_INPUT);
    for (int i = 0; i < n; i++) {
        slope += norm(dx + 2 * i, 2) / n;
    }
    for (int i = 0; i < D->n_layers; i++) {
        bound *= D->layers[i].n_weight > 0 ? norm(D->layers[i].weight, D->layers[i].n_weight) : 1.0;
    }
    run_say(run, "Slope of the critic at real points: %.3f; at most it could be %.2f", slope,
            bound);
    run_summary(run, "slope", slope);
    run_summary(run, "slope_bound", bound);
}

static void write_weights(Run *run, const Arena *a, const Settings *s) {
    int clipped[BINS] = { 0 }, vanilla[BINS] = { 0 };
    Net *D = a->contestants[0].duel->D;
    const Net *other = a->contestants[1].duel->D;
    float width = 1.5f * s->rules.clip;
    count_weights(clipped, D, width);
    count_weights(vanilla, other, width);
    OutFile *file = file_create(run_path(run, "weights.csv"));
    fprintf(file_stream(file), "weight,clipped,vanilla\n");
    for (int i = 0; i < BINS; i++) {
        fprintf(file_stream(file), "%.5g,%.5g,%.5g\n",
                (double)(width * (float)(i - BINS / 2) / (BINS / 2)),
                clipped[i] / (double)D->n_params, vanilla[i] / (double)other->n_params);
    }
    file_commit(file);
    int dense_layers = 0;
    run_say(run, "Weights at the bounds, layer by layer:");
    for (int i = 0; i < D->n_layers; i++) {
        const Layer *l = &D->layers[i];
        if (l->n_weight > 0) {
            double share = share_at_bounds(l->weight, l->n_weight + l->n_bias, s->rules.clip);
            char key[32];
            snprintf(key, sizeof key, "at_bounds_%d", ++dense_layers);
            run_say(run, "  layer %d (%zu): %.0f %%", dense_layers, l->n_weight + l->n_bias,
                    100.0 * share);
            run_summary(run, key, share);
        }
    }
    report_slope(run, D, a->contestants[0].plane);
    run_summary(run, "at_bounds", share_at_bounds(D->params, D->n_params, s->rules.clip));
}

void ring(Run *run, State *state, const Settings *s) {
    if (!state_begin(state, "plane")) {
        return;
    }
    uint64_t seed = (uint64_t)s->run.seed;
    Plane *plane = plane_create((Cloud)s->cloud, seed);
    Arena *a = arena_create(run, 1 + OTHERS, s->steps);
    arena_enter(a, 0, "default", "the game of the options", &s->rules, plane_duel(s, &s->rules),
                NULL, plane, s->batch, seed);
    for (int i = 0; i < OTHERS; i++) {
        arena_enter(a, 1 + i, others[i].name, others[i].what, &others[i].rules,
                    plane_duel(s, &others[i].rules), NULL, plane, s->batch, seed);
    }
    bool over = arena_play(a, state, play);
    if (over) {
        arena_report(a);
        run_say(run, "The EMD of real points to other real points is %.2f", plane->floor);
        run_summary(run, "emd_real", plane->floor);
        write_weights(run, a, s);
        arena_write(a, 500);
    }
    state_end(state, over);
    arena_free(a);
    plane_free(plane);
}
