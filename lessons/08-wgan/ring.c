/*
## On the ring

The plane, the ring of eight modes and the measures are those of [lesson 6](06-vanilla-gan.html): two hidden layers of 64 units,
128 points a step, 6,000 steps of the generator, learning rates that fall to 0. Each row of the log has the modes covered, the
share of good samples (within three standard deviations of a mode), and the true earth mover's distance to real points.

**Initial weights inside the box.** PyTorch's initial weights are uniform between $\pm 0.71$ in the first layer and $\pm
0.125$ in the others. With $c = 0.1$ the first clipping would put most of the first layer at the bounds, and a histogram of the
weights would show the initialisation. So each layer that begins outside is scaled down as a whole.
*/

#include "acts.h"
#include "base/die.h"
#include "base/file.h"
#include "gan/critic.h"
#include "measure/spearman.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

GanPair *toy_pair(const WganSettings *s, const WganRules *rules) {
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    int most = s->batch > SAMPLES2D_N ? s->batch : SAMPLES2D_N;
    Net *G = toy_net(2, s->depth, s->width, false, most, INIT_FAN_IN, &rng);
    Net *D = toy_net(1, s->depth, s->width, true, s->batch, INIT_FAN_IN, &rng);
    if (rules->critic) {
        shrink_to_bounds(D, rules->clip);
    }
    OptimizerSpec spec = optimizer_defaults(rules->optimizer, rules->lr);
    spec.beta1 = rules->beta1;
    return gan_pair_create(G, D, spec, spec, true, s->steps, s->run.seed);
}

/*
Besides the game of the options there are five others, with the same initial weights (but that each critic's are scaled into its
own box) and the same streams of points and latent vectors. The first one is lesson 6's non-saturating game, for comparison; its
"estimate" is the difference of its mean logits. Of the others one has the paper's values for pictures, one takes a single step
of the critic, and two have Adam in the place of RMSprop, without and with momentum.
*/

// clang-format off
static const struct {
    const char *name, *what;
    WganRules rules;
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
The loop:
*/

static void play(ToyGame *c, long until) {
    const WganRules *rules = c->rules;
    GanPair *d = c->pair;
    int n = d->D->batch;
    while (d->step < until) {
        for (int k = 0; k < rules->d_steps; k++) {
            toy2d_cloud(c->real, c->samples->cloud, n, &c->data);
            if (rules->critic) {
                critic_step(d, &c->tally, rules->clip, c->real, gan_pair_latent(d, n), n);
            } else {
                plain_step_D(d, &c->tally, NULL, c->real, gan_pair_latent(d, n), n);
            }
        }
        if (rules->critic) {
            critic_generator_step(d, &c->tally, gan_pair_latent(d, n), n);
        } else {
            plain_step_G(d, &c->tally, NULL, gan_pair_latent(d, n), n);
        }
    }
}

/*
## What came out

| game | modes | good | EMD | estimate | its changes | loss of D | loss of G |
|---|---|---|---|---|---|---|---|
| WGAN, $c = 0.1$ | 6 | 17 % | 0.36 | 0.99 | 0.45 | −0.99 | 0.86 |
| lesson 6's GAN | 8 | 77 % | 0.16 | 0.42 | −0.01 | −0.71 | 0.04 |
| $c = 0.01$, $\eta = 0.00005$ | 0 | 0 % | 0.91 | 0.31 | 0.03 | −0.31 | 0.07 |
| one step of the critic | 6 | 26 % | 0.29 | 0.47 | −0.07 | −0.47 | −0.40 |
| Adam, $\beta_1 = 0$ | 4 | 16 % | 0.34 | 0.98 | 0.29 | −0.98 | 0.61 |
| Adam, $\beta_1 = 0.9$ | 0 | 0 % | 0.93 | −0.18 | −0.79 | 0.18 | 0.15 |
| by chance, 95 % are below | | | | 0.81 | 0.26 | 0.81 | 0.81 |

(The last four columns are rank correlations with the true EMD: of the *levels*, over the 60 rows of the log, and for the estimate
also of the *changes* from each row to the next. Real points have an EMD of 0.16 to other real points.)

![Left the critic's estimate and the true distance below it: both fall together. Right the losses of lesson 6's GAN, which hardly move after the first thousand steps while the true distance goes on falling.](losses.svg)

![The same as clouds of points, one for each row of the log: the estimate rises with the distance along a line; the loss of lesson 6's discriminator does not.](scatter.svg)

**Can the curve be read?** From step 600 on the critic's estimate falls nearly without a break, and so does the true distance,
in its trend: a rank correlation of 0.99. How much is that worth? Two curves that both fall agree in their order whatever drives
them, and even two random walks of 60 rows that have nothing to do with each other reach 0.81 in one case of twenty ([rank
correlation](spearman.html)). The *changes* from row to row are the harder test: independent ones stay below 0.26 in 95 cases
of 100. And one seed is one game:

| seed | estimate | its changes | loss of G | GAN: loss of D | GAN: loss of G |
|---|---|---|---|---|---|
| 1 | 0.99 | 0.45 | 0.86 | −0.71 | 0.04 |
| 2 | 0.89 | 0.14 | 0.21 | −0.65 | 0.08 |
| 3 | 0.98 | 0.48 | 0.48 | −0.62 | 0.12 |
| by chance, 95 % are below | 0.81 | 0.26 | 0.81 | 0.81 | 0.81 |

In its level the estimate agrees with the distance at all three seeds by more than walks do by chance. In its changes it does so
at two of three. So the curve tells the trend of a game: whether it gets anywhere. Whether the last hundred steps have helped,
it does not always tell. (Another processor rounds differently, and a game is another game then.) The losses of lesson 6's GAN
tell neither: the discriminator's *rises* while the samples become better, since it ends near $2 \log 2$ in success, and no
figure of theirs is beyond chance.

**And the generator's loss?** Its value alone has no meaning, as was said above, but that does not make it useless: its
correlation with the distance is 0.86, 0.21 and 0.48 at the three seeds. Nothing
in the game holds the common constant of all scores fast, so such an agreement cannot be relied on. The estimate, a difference,
does not depend on it.

**The estimate is no distance.** At the end it is 0.016, and the true distance 0.36. The critic's mean gradient norm at real
points is 0.069. It could be 3.8, by the product of the matrices' norms, but nothing in the loss makes a network use its weights
in the way that gives the largest slope. Nor does the estimate stay in proportion to the distance: between the first row and the
last the EMD falls to a quarter, the estimate to less than a sixth.

**The samples are poor.** At the three seeds the critic's game covers 6, 2 and 1 modes of eight, with 17, 10 and 2 % good
samples; lesson 6's game covers all eight at each seed, with 77, 82 and 80 %, after 6,000 steps of its discriminator where the
critic takes 30,000. A loss that can be read is not yet a better teacher. What the critic lacks can be seen below.

![500 samples of each of the six games over real points: lesson 6's game lies on the eight modes, the WGAN's samples lie between them, and two games have not found the ring.](samples.svg)

**One step of the critic** gives samples no worse than those of five: an EMD of 0.29, 0.42 and 0.42 at the three seeds, against
0.36, 0.44 and 0.55. But its estimate is worth little: 0.47, 0.15, 0.10. A critic that is not near its best
gives a bound that says little about $W$.

**Momentum does harm**, as the authors say: with $\beta_1 = 0.9$ no mode is found at any of the three seeds. The same Adam
without momentum is as good as RMSprop, or better (EMD 0.34, 0.26, 0.22). So it is the memory of the direction that
harms, and not Adam.

**A smaller box** ($c = 0.01$ and a rate ten times smaller, the values that the paper has for pictures) bounds the slope by
0.0058 here, and at the end the generator's gradient is less than a seven-hundredth of the default game's. RMSprop divides by
the size of the gradients, so the game still moves; but it finds no mode, and after its lowest, 0.82 at step 2,700, the distance
rises again. (Whether the box or the rate does it, this game cannot tell.)

## What clipping does to the weights

![How often which weight occurs. The clipped critic's weights are piled up at the two bounds; those of lesson 6's discriminator are spread out, about half of them beyond the box.](weights.svg)

| layer | weights and biases | within 1 % of $\pm c$ |
|---|---|---|
| 2 → 64 | 192 | 34 % |
| 64 → 64 | 4,160 | 66 % |
| 64 → 1 | 65 | 98 % |

65 % of all weights end at a bound (48 % and 58 % at the other seeds). The critic can always raise its estimate by being
steeper, so weights are pushed outward until the bound stops them. Of the last layer hardly anything is left but signs. Such a
network takes simple forms, a vote of 64 units with nearly equal weights: it does not rise to each of eight small modes and fall
between them, as lesson 9 will show. Lesson 9 leaves the weights alone and bounds the slope itself.
*/

enum { BINS = 61 };

static void count_weights(int *bins, const Net *D, float width) {
    for (size_t i = 0; i < D->n_params; i++) {
        int bin = (int)floorf(D->params[i] / width * (BINS / 2) + BINS / 2 + 0.5f);
        bins[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
    }
}

// How steep the critic is at real points, and how steep it could be at most.
static void report_slope(Run *run, Net *D, const Samples2d *samples) {
    enum { LOOKED_AT = 100 };
    int n = D->batch < LOOKED_AT ? D->batch : LOOKED_AT;
    double slope = 0.0, bound = 1.0;
    float ones[LOOKED_AT];
    for (int i = 0; i < n; i++) {
        ones[i] = 1.0f;
    }
    net_forward(D, samples->real, n, TRAIN);
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

static void write_weights(Run *run, const ToyGames *games, const WganSettings *s) {
    int clipped[BINS] = { 0 }, vanilla[BINS] = { 0 };
    Net *D = games->games[0].pair->D;
    const Net *other = games->games[1].pair->D;
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
    report_slope(run, D, games->games[0].samples);
    run_summary(run, "at_bounds", share_at_bounds(D->params, D->n_params, s->rules.clip));
}

static void enter(ToyGames *games, int i, const char *name, const char *what, const WganSettings *s,
                  const WganRules *rules, const Samples2d *samples) {
    Rng data = rng_create(s->run.seed, RNG_DATA);
    toy_games_enter(games, i,
                    (ToyGame){ .name = name,
                               .what = what,
                               .rules = rules,
                               .pair = toy_pair(s, rules),
                               .samples = samples,
                               .data = data });
}

// What chance alone reaches, beside which the correlations of that many rows are to be read.
static void report_chance(Run *run, int rows) {
    double walks = spearman_walks_95(rows), noise = spearman_noise_95(rows - 1);
    run_say(run, "By chance 95 %% of correlations are below %.2f, and those of changes below %.2f",
            walks, noise);
    run_summary(run, "chance_levels", walks);
    run_summary(run, "chance_changes", noise);
}

void ring(Run *run, State *state, const WganSettings *s) {
    if (!state_begin(state, "plane")) {
        return;
    }
    Samples2d *samples = samples2d_create((Cloud)s->cloud, s->run.seed);
    ToyGames *games = toy_games_create(run, 1 + OTHERS, s->steps, true);
    enter(games, 0, "default", "the game of the options", s, &s->rules, samples);
    for (int i = 0; i < OTHERS; i++) {
        enter(games, 1 + i, others[i].name, others[i].what, s, &others[i].rules, samples);
    }
    toy_games_begin(games, state);
    while (toy_games_go_on(games)) {
        toy_games_play(games, play);
        state_save(state);
    }
    bool over = toy_games_over(games);
    if (over) {
        toy_games_report(games);
        report_chance(run, games->most_rows);
        run_say(run, "The EMD of real points to other real points is %.2f", samples->floor);
        run_summary(run, "emd_real", samples->floor);
        write_weights(run, games, s);
        toy_games_write(games, 500);
    }
    state_end(state, over);
    toy_games_free(games);
    samples2d_free(samples);
}
