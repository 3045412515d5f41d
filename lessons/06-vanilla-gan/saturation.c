/*
## The gradient that vanishes, and who notices

The slope at the logit is $-D$ for the minimax loss and $D - 1$ for the other one. So much for one sample. What is left of the
generator's whole gradient when the discriminator is ahead? We can try: in the plane, let the generator stand still, train a
discriminator for $k$ steps, and take the gradient of the same samples under both losses.
*/

#include "die.h"
#include "game.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 8, CROWD = 256, HEAD_START = 400, DUEL = 100 };
static const int ahead[AHEAD] = { 0, 25, 50, 100, 200, 400, 800, 1600 };

// So many steps of the discriminator; the generator stays as it is.
static void train_discriminator(Game *g, const Settings *s, int steps, Rng *data) {
    float real[2 * CROWD];
    for (int k = 0; k < steps; k++) {
        toy2d_cloud(real, (Cloud)s->cloud, CROWD, data);
        discriminator_step(g, real, latent(g, CROWD), CROWD);
    }
}

// The length of the generator's gradient under a loss, on the samples of g->z; *d_fake: mean D(G(z)).
static double gradient_length(double *d_fake, Game *g, GeneratorLoss kind) {
    const float *fake = net_forward(g->G, g->z, CROWD, TRAIN);
    const float *logits = net_forward(g->D, fake, CROWD, TRAIN);
    *d_fake = 0.0;
    for (int i = 0; i < CROWD; i++) {
        *d_fake += 1.0 / (1.0 + exp(-(double)logits[i])) / CROWD;
    }
    generator_loss(g->dlogits, g->targets, logits, kind, CROWD);
    const float *dfake = net_backward(g->D, g->dlogits, WANT_INPUT);
    net_zero_grad(g->G);
    net_backward(g->G, dfake, WANT_PARAMS);
    return norm(g->G->grads, g->G->n_params);
}

// Lengths under both losses, and D(G(z)), behind a discriminator that is ahead[i] steps ahead.
typedef struct {
    double minimax, other, d_fake;
} Slopes;

static void measure_slopes(Slopes slopes[AHEAD], const Settings *s) {
    const Rules rules = { .lr_d = 0.001f, .constant = true, .label = 1.0f };
    Game *g = plane_game(s, &rules, CROWD);
    Rng data = rng_create((uint64_t)s->run.seed, RNG_DATA);
    for (int i = 0; i < AHEAD; i++) {
        train_discriminator(g, s, ahead[i] - (i > 0 ? ahead[i - 1] : 0), &data);
        latent(g, CROWD);
        slopes[i].minimax = gradient_length(&slopes[i].d_fake, g, MINIMAX);
        slopes[i].other = gradient_length(&slopes[i].d_fake, g, NON_SATURATING);
    }
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
![The generator's gradient behind a discriminator that is k steps ahead.](saturation.svg)

| steps ahead | $D(G(z))$ | minimax | non-saturating | ratio |
|---|---|---|---|---|
| 0 | 0.47 | 0.11 | 0.13 | 0.88 |
| 50 | 0.23 | 0.17 | 0.52 | 0.33 |
| 100 | 0.037 | 0.11 | 2.3 | 0.048 |
| 400 | 0.0010 | 0.0078 | 4.6 | 0.0017 |
| 1600 | 0.000057 | 0.0014 | 7.5 | 0.00019 |

The ratio falls with $D / (1 - D)$, and is up to three times as large: the few samples with the largest $D$ carry most
of the minimax gradient. As the discriminator becomes certain the one gradient dies and the other one *grows*: a steeper
$D$ hands more back.

**So everybody should see that the minimax loss does not work.** Yet it does: in the table of the lab, further down, the
game under the minimax loss does as well as the one beside it. Why? Let both play on from here, 400 steps behind: a
hundred steps of either network, and we look how far the generator's weights have moved. With SGD, and with Adam.
*/

// How far the generator's weights move in DUEL steps of either network, after a head start.
static double moved(const Settings *s, GeneratorLoss loss, bool sgd) {
    const Rules rules = { .loss = loss,
                          .sgd = sgd,
                          .lr_g = sgd ? 0.02f : 0.001f,
                          .lr_d = 0.001f,
                          .constant = true,
                          .label = 1.0f };
    Game *g = plane_game(s, &rules, CROWD);
    Rng data = rng_create((uint64_t)s->run.seed, RNG_DATA);
    float *start = alloc_floats(g->G->n_params);
    memcpy(start, g->G->params, g->G->n_params * sizeof *start);
    train_discriminator(g, s, HEAD_START, &data);
    for (int step = 0; step < DUEL; step++) {
        train_discriminator(g, s, 1, &data);
        generator_step(g, latent(g, CROWD), CROWD);
    }
    for (size_t i = 0; i < g->G->n_params; i++) {
        start[i] -= g->G->params[i];
    }
    double distance = norm(start, g->G->n_params);
    free(start);
    game_free(g);
    return distance;
}

/*
|  | minimax | non-saturating |
|---|---|---|
| SGD, rate 0.02 | 0.034 | 3.0 |
| Adam, rate 0.001 | 2.6 | 2.7 |

With SGD a step is as long as the gradient: the generator under the minimax loss does not move. Adam divides each
weight's gradient by what its size has recently been ([optimizers](optimizer.html)), and a gradient that is six hundred
times too small for *all* weights comes out as large as any other. The loss that everybody warns of has been rescued by
an optimizer that came a few months later. What Adam cannot mend is a gradient that has drowned in rounding, or one that
is small for some samples of a batch only.
*/

void saturation(Run *run, State *state, const Settings *s) {
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
    run_say(run, "How far %d steps, after %d steps ahead, move the generator's weights", DUEL,
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
