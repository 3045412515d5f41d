/*
## Games in the plane

Now the generator moves. Networks with three hidden layers of 64 units, Adam with $\beta_1 = 0.5$ and $\beta_2 = 0.9$, learning
rates that fall to 0, five steps of the critic for one of the generator (two on the grid). On the ring $\lambda = 0.1$,
and once more with 1, and lesson 8's clipping for comparison. Then the grid, where 25 small modes have to be found, and the
Swiss roll.

**A control.** Lesson 6's game, with instance noise on what the discriminator sees, found all modes of the ring. Whatever the
penalty achieves on the grid has to be compared with that. So the grid is played twice more, by lesson 6's non-saturating game:
the same networks, initial weights, points, batch and number of generator steps. It has one step of the discriminator in the
place of two of the critic, and lesson 6's Adam, with a rate of 0.001 in the place of 0.002 and $\beta_2 = 0.999$. It is played
once without noise, once with noise of deviation 0.5 that fades to 0 over the first 60 % of the game.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "gan/critic.h"
#include "measure/spearman.h"

#include <stdio.h>
#include <stdlib.h>

static bool clipped(const PenaltyRules *rules) {
    return rules->lambda == 0.0f && !rules->plain;
}

OptimizerSpec optimizer_of(const PenaltyRules *rules) {
    OptimizerSpec spec = optimizer_defaults(clipped(rules) ? RMSPROP : ADAM, rules->lr);
    spec.beta1 = 0.5f;
    spec.beta2 = rules->plain ? 0.999f : 0.9f;
    spec.eps = rules->eps > 0.0f ? rules->eps : spec.eps;
    return spec;
}

Net *critic_of(const PenaltyRules *rules, int depth, int width, int batch, Rng *rng) {
    Net *D = toy_net(1, depth, width, true, batch, rules->init, rng);
    if (clipped(rules)) {
        shrink_to_bounds(D, rules->clip);
    }
    return D;
}

GanPair *toy_pair(const PenaltySettings *s, const PenaltyRules *rules) {
    Rng rng = rng_create(s->run.seed, RNG_INIT);
    int most = rules->batch > SAMPLES2D_N ? rules->batch : SAMPLES2D_N;
    Net *G = toy_net(2, s->depth, s->width, false, most, rules->init, &rng);
    Net *D = critic_of(rules, s->depth, s->width, rules->batch, &rng);
    OptimizerSpec spec = optimizer_of(rules);
    return gan_pair_create(G, D, spec, spec, true, (long)s->steps * rules->longer, s->run.seed);
}

// clang-format off
static const struct {
    const char *name, *what;
    PenaltyRules rules;
} others[] = {
    { "unit", "ring, lambda 1",
      { .lambda = 1.0f, .lr = 0.001f, .d_steps = 5, .batch = 128, .longer = 1, .init = INIT_FAN_IN, .cloud = RING } },
    { "clipped", "ring, clipping at 0.1",
      { .clip = 0.1f, .lr = 0.0005f, .d_steps = 5, .batch = 128, .longer = 2, .init = INIT_FAN_IN, .cloud = RING } },
    { "grid", "grid, lambda 0.1",
      { .lambda = 0.1f, .lr = 0.002f, .d_steps = 2, .batch = 64, .longer = 8, .init = INIT_HE, .cloud = GRID } },
    { "plain", "grid, lesson 6's game",
      { .plain = true, .lr = 0.001f, .d_steps = 1, .batch = 64, .longer = 8, .init = INIT_HE, .cloud = GRID } },
    { "noise", "grid, the same with noise",
      { .plain = true, .noise = 0.5f, .lr = 0.001f, .d_steps = 1, .batch = 64, .longer = 8, .init = INIT_HE, .cloud = GRID } },
    { "swiss", "Swiss roll, lambda 0.1",
      { .lambda = 0.1f, .lr = 0.001f, .d_steps = 5, .batch = 128, .longer = 1, .init = INIT_FAN_IN, .cloud = SWISS_ROLL } },
};
// clang-format on
enum { OTHERS = sizeof others / sizeof *others };

/*
The loop is lesson 8's. What a game has of its own is its penalty, unless its weights are clipped, or its noise.
*/

// What a game needs and changes besides its pair.
typedef struct {
    Penalty *penalty;    // NULL where there is none
    InstanceNoise noise; // deviation 0: none
    double seconds;      // spent in its steps, all in this process
    long steps;
} GameExtra;

static void play(ToyGame *c, long until) {
    const PenaltyRules *rules = c->rules;
    GameExtra *own = c->own;
    GanPair *d = c->pair;
    InstanceNoise *noise = own->noise.deviation > 0.0f ? &own->noise : NULL;
    int n = d->D->batch;
    double began = clock_seconds();
    own->steps += until - d->step;
    while (d->step < until) {
        for (int k = 0; k < rules->d_steps; k++) {
            toy2d_cloud(c->real, rules->cloud, n, &c->data);
            const float *z = gan_pair_latent(d, n);
            if (own->penalty) {
                critic_step(d, &c->tally, own->penalty, c->real, z, n);
            } else if (rules->plain) {
                plain_step_D(d, &c->tally, noise, c->real, z, n);
            } else {
                clipped_critic_step(d, &c->tally, rules->clip, c->real, z, n);
            }
        }
        if (rules->plain) {
            plain_step_G(d, &c->tally, noise, gan_pair_latent(d, n), n);
        } else {
            critic_generator_step(d, &c->tally, gan_pair_latent(d, n), n);
        }
    }
    own->seconds += clock_seconds() - began;
}

static GameExtra *extra_create(const PenaltyRules *rules, Net *D, uint64_t seed) {
    GameExtra *own = alloc_bytes(sizeof *own);
    *own = (GameExtra){ .noise = { .deviation = rules->noise,
                                   .until = 0.6f,
                                   .stream = rng_create(seed, RNG_INSTANCE_NOISE) } };
    if (rules->lambda > 0.0f) {
        own->penalty = penalty_create(D, rules->lambda, rng_create(seed, RNG_EPSILON));
    }
    if (rules->noise > 0.0f) {
        own->noise.seen = alloc_floats((size_t)D->batch * shape_size(D->in));
    }
    return own;
}

static void extra_free(GameExtra *own) {
    penalty_free(own->penalty);
    free(own->noise.seen);
    free(own);
}

static void enter(ToyGames *games, int i, const char *name, const char *what,
                  const PenaltySettings *s, const PenaltyRules *rules, Samples2d *const *samples) {
    GanPair *pair = toy_pair(s, rules);
    toy_games_enter(games, i,
                    (ToyGame){ .name = name,
                               .what = what,
                               .rules = rules,
                               .own = extra_create(rules, pair->D, s->run.seed),
                               .pair = pair,
                               .samples = samples[rules->cloud],
                               .data = rng_create(s->run.seed, RNG_DATA) });
}

static void keep_extras(const ToyGames *games, State *state) {
    for (int i = 0; i < games->n; i++) {
        GameExtra *own = games->games[i].own;
        char name[64];
        if (own->penalty) {
            snprintf(name, sizeof name, "%s_epsilon", games->games[i].name);
            state_rng(state, name, &own->penalty->stream);
        }
        if (own->noise.deviation > 0.0f) {
            snprintf(name, sizeof name, "%s_noise", games->games[i].name);
            state_rng(state, name, &own->noise.stream);
        }
    }
}

// What a step of each game has taken, where one was played.
static void report_times(Run *run, const ToyGames *games) {
    for (int i = 0; i < games->n; i++) {
        const GameExtra *own = games->games[i].own;
        char key[64];
        if (own->steps > 0) {
            snprintf(key, sizeof key, "step_ms_%s", games->games[i].name);
            run_summary(run, key, 1e3 * own->seconds / (double)own->steps);
        }
    }
}

/*
| game | modes | good | EMD | real to real | gradient norm (`slope`) | estimate | its changes |
|---|---|---|---|---|---|---|---|
| ring, $\lambda = 0.1$ | 8 | 75 % | 0.15 | 0.16 | 1.32 | 0.99 | 0.26 |
| ring, $\lambda = 1$ | 8 | 72 % | 0.18 | 0.16 | **1.00** | 0.98 | 0.29 |
| ring, clipped at 0.1, twice as many steps | 6 | 25 % | 0.32 | 0.16 | | 0.89 | −0.10 |
| grid, $\lambda = 0.1$, eight times as many steps | 25 | 83 % | 0.36 | 0.32 | 1.19 | 0.95 | 0.01 |
| Swiss roll, $\lambda = 0.1$ | | | 0.14 | 0.12 | 1.05 | 0.87 | −0.27 |
| by chance, 95 % are below | | | | | | 0.81 | 0.18 |

(The last two columns are rank correlations with the true EMD, of levels and of changes, as in [lesson 8](08-wgan.html), over the
120 rows of the log. The gradient norm is that between real and generated points in the last steps.)

![The ring, four panels over the share of the game: the critic's estimate and the true distance fall together; the critic's gradient norm falls to 1 with λ = 1 and to 1.3 with 0.1; the share of good samples rises to three quarters with the penalty, to a quarter with clipping.](ring.svg)

![500 samples of six games over real points.](samples.svg)

**The samples are good.** The penalty's games find all modes, on the ring and on the grid, and their samples
are nearly as near to the real points as other real points are: the EMD is at most a fifth larger. **The curve can be read as a
trend**: in its level the estimate agrees with the true distance, 0.87 to 0.99, beyond what two random walks reach by chance. From one
row to the next it does so on the ring with the penalty (0.26 and 0.29, where chance reaches 0.18), not with clipping, and not on the
grid. On the Swiss roll its changes even go against those of the distance, −0.27. The critic's curve says where a game is going, over
many rows, and not what the last few have brought.

With `ARGS="--part plane --seed 2"`, and 3: the ring 8 and 8 modes, 62 % and 74 % good, 0.99 and 0.96; the grid 25 and 25 modes,
88 % and 87 %, 0.92 and 0.87; the Swiss roll 0.83 and 0.88. The changes on the grid correlate by 0.00 and 0.16, on the Swiss roll by
-0.01 and 0.02: nothing that chance would not give. On the ring it is 0.21 and 0.27.

## The control

![The grid, three panels over the steps: modes covered, share of good samples, EMD; the penalty's game and lesson 6's with noise and without.](grid.svg)

| on the grid, seeds 1, 2, 3 | modes of 25 | good | EMD |
|---|---|---|---|
| gradient penalty, 24,000 steps | 25, 25, 25 | 83, 88, 87 % | 0.36, 0.31, 0.44 |
| the same networks, lesson 6's game with noise, 24,000 steps | 25, 25, 25 | 87, 72, 78 % | 0.37, 0.47, 0.46 |
| without noise | 17, 21, 19 | 65, 49, 50 % | 1.10, 0.89, 0.98 |

With the same networks, and as many steps of the generator, lesson 6's game **with noise finds all modes, too**: 25, 25 and 25
modes at the three seeds. Without noise it does not: 17, 21 and 19. So 25 modes of 25 are nothing that only the penalty can
find. Whose samples are better depends on the seed: at seed 1 the penalty has fewer good ones than the game with noise, 83 %
against 87 %, at the other two more; its EMD is smaller at each seed, at the first by 0.01. A step of it costs twice as much;
what the cheaper game does in as many seconds has not been tried. The number of steps matters as much as the method: with half
as many (`--steps 1500`) the game with noise finds 19, 14 and 19 modes. What is left to the penalty is the curve: the
discriminator's loss in the game with noise has a rank correlation with the distance of 0.27, 0.75 and 0.59, all of them within
what walks reach by chance, where the penalty's estimate has 0.95, 0.92 and 0.87.

**With $\lambda = 1$ the gradient norm (`slope`) becomes what was asked for**: 1.14 after step 300, a tenth of the game, 1.00 at the
end. With 0.1 it is above 2 for the first 900 steps and ends at 1.32. The samples of the two do not differ by more than seeds do.

**Where the samples still fail.** There are bridges of samples between the modes: the generator is continuous, and no loss helps
against that. And the estimate is smaller than the EMD. At the end it is 0.12 with $\lambda = 0.1$ and 0.09 with $\lambda = 1$,
and the EMD of 512 samples is 0.15 and 0.18. Even 512 real points have 0.16 on average, because 512 points are not the
distribution (one set of them can have a little less). The critic sees new points in each step, so its estimate is not bounded
below by that. The exact distance of few points and the estimated distance of many are different numbers.
*/

// What chance alone reaches, beside which the correlations of that many rows are to be read.
static void report_chance(Run *run, int rows) {
    double walks = spearman_walks_95(rows), noise = spearman_noise_95(rows - 1);
    run_say(run, "By chance 95 %% of correlations are below %.2f, and those of changes below %.2f",
            walks, noise);
    run_summary(run, "chance_levels", walks);
    run_summary(run, "chance_changes", noise);
}

void games(Run *run, State *state, const PenaltySettings *s) {
    if (!state_begin(state, "plane")) {
        return;
    }
    Samples2d *samples[CLOUDS];
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        samples[cloud] = samples2d_create((Cloud)cloud, s->run.seed);
    }
    int longest = s->rules.longer;
    for (int i = 0; i < OTHERS; i++) {
        longest = others[i].rules.longer > longest ? others[i].rules.longer : longest;
    }
    ToyGames *all = toy_games_create(run, 1 + OTHERS, (long)longest * s->steps, true);
    enter(all, 0, "default", "the game of the options", s, &s->rules, samples);
    for (int i = 0; i < OTHERS; i++) {
        enter(all, 1 + i, others[i].name, others[i].what, s, &others[i].rules, samples);
    }
    toy_games_begin(all, state);
    keep_extras(all, state);
    while (toy_games_go_on(all)) {
        toy_games_play(all, play);
        state_save(state);
    }
    bool over = toy_games_over(all);
    if (over) {
        toy_games_report(all);
        report_chance(run, all->most_rows);
        report_times(run, all);
        run_say(run, "EMD between real points: ring %.2f, grid %.2f, Swiss roll %.2f",
                samples[RING]->floor, samples[GRID]->floor, samples[SWISS_ROLL]->floor);
        run_summary(run, "emd_real", samples[s->rules.cloud]->floor);
        toy_games_write(all, 500);
    }
    state_end(state, over);
    for (int i = 0; i < all->n; i++) {
        extra_free(all->games[i].own);
    }
    toy_games_free(all);
    for (int cloud = 0; cloud < CLOUDS; cloud++) {
        samples2d_free(samples[cloud]);
    }
}
