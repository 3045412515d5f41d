/*
## The gradient that vanishes, and who notices

The derivative at the logit is $-D$ for the minimax loss and $D - 1$ for the other one. That is one sample. How large is the
generator's whole gradient when the discriminator is ahead? We try it on the ring: the generator stays as it is, the discriminator is
trained for $k$ steps, and then we take the gradient of the same samples under both losses.
*/

#include "acts.h"
#include "base/die.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 8, MANY = 256, HEAD_START = 400, BOTH = 100 };
static const int ahead[AHEAD] = { 0, 25, 50, 100, 200, 400, 800, 1600 };

// So many steps of the discriminator; the generator stays as it is.
static void train_discriminator(VanillaGame *g, const VanillaSettings *s, int steps, Rng *data) {
    float real[2 * MANY];
    GanTally tally = { 0 }; // which nobody looks at
    for (int k = 0; k < steps; k++) {
        toy2d_cloud(real, (Cloud)s->cloud, MANY, data);
        discriminator_step(g, &tally, real, gan_pair_latent(g->pair, MANY), MANY);
    }
}

// The norm of the generator's gradient under a loss, on the samples of g->pair->z; *d_fake: mean D(G(z)).
static double gradient_norm(double *d_fake, VanillaGame *g, GeneratorLoss kind) {
    Net *G = g->pair->G, *D = g->pair->D;
    const float *fake = net_forward(G, g->pair->z, MANY, TRAIN);
    const float *logits = net_forward(D, fake, MANY, TRAIN);
    *d_fake = 0.0;
    for (int i = 0; i < MANY; i++) {
        *d_fake += 1.0 / (1.0 + exp(-(double)logits[i])) / MANY;
    }
    generator_loss(g->pair->D->dy, g->pair->targets, logits, kind, MANY);
    const float *dfake = net_backward(D, g->pair->D->dy, WANT_INPUT);
    net_zero_grad(G);
    net_backward(G, dfake, WANT_PARAMS);
    return norm(G->grads, G->n_params);
}

// The norms under both losses, and D(G(z)), behind a discriminator that is ahead[i] steps ahead.
typedef struct {
    double minimax, other, d_fake;
} Slopes;

static void measure_slopes(Slopes slopes[AHEAD], const VanillaSettings *s) {
    const VanillaRules rules = { .lr_d = 0.001f, .constant = true, .label = 1.0f };
    VanillaGame *g = toy_game(s, &rules, MANY);
    Rng data = rng_create(s->run.seed, RNG_DATA);
    for (int i = 0; i < AHEAD; i++) {
        train_discriminator(g, s, ahead[i] - (i > 0 ? ahead[i - 1] : 0), &data);
        gan_pair_latent(g->pair, MANY);
        slopes[i].minimax = gradient_norm(&slopes[i].d_fake, g, MINIMAX);
        slopes[i].other = gradient_norm(&slopes[i].d_fake, g, NON_SATURATING);
    }
    gan_pair_free(g->pair);
    game_free(g);
}

static void report_slopes(Run *run, const Slopes slopes[AHEAD]) {
    Log *log = log_open(run, "log-saturation.csv", "minimax,non_saturating,ratio,d_fake");
    run_say(run, "The generator's gradient behind a discriminator that is k steps ahead");
    run_say(run, "%8s%12s%12s%16s%12s", "k", "D(G(z))", "minimax", "non-saturating", "ratio");
    for (int i = 0; i < AHEAD; i++) {
        const Slopes *k = &slopes[i];
        double ratio = k->minimax / k->other;
        log_row(log, ahead[i], k->minimax, k->other, ratio, k->d_fake);
        run_say(run, "%8d%12.2g%12.2g%16.2g%12.2g", ahead[i], k->d_fake, k->minimax, k->other,
                ratio);
        if (ahead[i] == 100 || ahead[i] == 400) {
            run_summary(run, ahead[i] == 100 ? "ratio_100" : "ratio_400", ratio);
        }
    }
}

/*
![Left: the gradient norm of the generator behind a discriminator that is k steps ahead, which falls by a factor of 80 under the minimax loss and rises by one of 60 under the non-saturating loss. Right: the ratio of the two, and the mean D(G(z)), which fall together.](saturation.svg)

| steps ahead | $D(G(z))$ | minimax | non-saturating | ratio |
|---|---|---|---|---|
| 0 | 0.47 | 0.11 | 0.13 | 0.88 |
| 50 | 0.23 | 0.17 | 0.52 | 0.33 |
| 100 | 0.037 | 0.11 | 2.3 | 0.048 |
| 400 | 0.0010 | 0.0078 | 4.6 | 0.0017 |
| 1600 | 0.000057 | 0.0014 | 7.5 | 0.00019 |

The ratio falls with $D / (1 - D)$, and is up to about three times as large: the few samples with the largest $D$ carry most
of the minimax gradient. As the discriminator becomes certain the one gradient vanishes and the other one *grows*, because a
steeper $D$ passes more back.

**So the minimax loss should not work.** Yet in the table of the lab, further down, the game under the minimax loss does as well
as the one with falling rates, which differs from it in the loss alone. Why? Let both play on from here, 400 steps behind: a
hundred steps of either network, once with SGD for the generator and once with Adam. How far do the generator's weights move?
*/

// How far the generator's weights move in BOTH steps of either network, after a head start.
static double moved(const VanillaSettings *s, GeneratorLoss loss, bool sgd) {
    const VanillaRules rules = { .loss = loss,
                                 .sgd = sgd,
                                 .lr_g = sgd ? 0.02f : 0.001f,
                                 .lr_d = 0.001f,
                                 .constant = true,
                                 .label = 1.0f };
    VanillaGame *g = toy_game(s, &rules, MANY);
    Rng data = rng_create(s->run.seed, RNG_DATA);
    float *start = alloc_floats(g->pair->G->n_params);
    memcpy(start, g->pair->G->params, g->pair->G->n_params * sizeof *start);
    GanTally tally = { 0 };
    train_discriminator(g, s, HEAD_START, &data);
    for (int step = 0; step < BOTH; step++) {
        train_discriminator(g, s, 1, &data);
        generator_step(g, &tally, gan_pair_latent(g->pair, MANY), MANY);
    }
    for (size_t i = 0; i < g->pair->G->n_params; i++) {
        start[i] -= g->pair->G->params[i];
    }
    double distance = norm(start, g->pair->G->n_params);
    free(start);
    gan_pair_free(g->pair);
    game_free(g);
    return distance;
}

/*
|  | minimax | non-saturating |
|---|---|---|
| SGD, rate 0.02 | 0.034 | 3.0 |
| Adam, rate 0.001 | 2.6 | 2.7 |

With SGD a step is proportional to the gradient, and the generator under the minimax loss hardly moves. Adam divides each weight's
gradient by what its size has recently been ([optimizers](optimizer.html)), so a gradient that is six hundred times too small for
*all* weights makes the same step as any other. The loss that everybody is warned of works with Adam, which was published half a
year after it. Adam does not help where a gradient is lost in rounding, or where it is too small for some samples of a batch
only.
*/

void saturation(Run *run, State *state, const VanillaSettings *s) {
    if (!state_begin(state, "saturation")) {
        return;
    }
    static const char *const names[2][2] = { { "moved_non_saturating_adam",
                                               "moved_non_saturating_sgd" },
                                             { "moved_minimax_adam", "moved_minimax_sgd" } };
    double distance[2][2];
    Slopes slopes[AHEAD];
#pragma omp parallel for schedule(dynamic, 1)
    for (int i = 0; i < 5; i++) { // five games that know nothing of each other
        if (i == 0) {
            measure_slopes(slopes, s);
        } else {
            distance[(i - 1) / 2][(i - 1) % 2] =
                moved(s, (GeneratorLoss)((i - 1) / 2), (i - 1) % 2);
        }
    }
    report_slopes(run, slopes);
    run_say(run, "How far %d steps, after %d steps ahead, move the generator's weights", BOTH,
            HEAD_START);
    run_say(run, "%20s%12s%16s", "", "minimax", "non-saturating");
    for (int sgd = 1; sgd >= 0; sgd--) {
        run_say(run, "%20s%12.2g%16.2g", sgd ? "SGD, rate 0.02" : "Adam, rate 0.001",
                distance[MINIMAX][sgd], distance[NON_SATURATING][sgd]);
        run_summary(run, names[MINIMAX][sgd], distance[MINIMAX][sgd]);
        run_summary(run, names[NON_SATURATING][sgd], distance[NON_SATURATING][sgd]);
    }
    state_end(state, true);
}
