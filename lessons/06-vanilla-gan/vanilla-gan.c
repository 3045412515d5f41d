/*
# Lesson 6: Two networks that play

So far a network was shown a picture and named it. For every picture there was a right answer, and the loss measured how far
the network was from it.

**Now let it make a picture.** A network gets some random numbers, and out come 784 brightnesses that should look like a shoe.
Which shoe? There is no right answer to subtract. A hundred different shoes would do, and their average, which is what a squared
error would ask for, is a grey smear that would not. What we can say is only: it should look as if it had come from the data set.
But that is a question that a network can learn to answer: *is this picture real, or was it made?* It is a classifier with two
classes, of the kind that we have trained since lesson 2. And if it is a network, it can pass a gradient back to its input, which
tells the maker of a picture how to change each pixel so that it looks more real.

So there are two networks. They are trained at the same time, and each is the other's loss (Goodfellow et al. 2014).

**What you will do here.** Derive what the best possible discriminator answers, and what the game is about if it does. See why
the loss of the paper's formula gives no gradient when it is needed most, measure that, and find out why hardly anybody notices.
Play the game in the plane, where one can *see* whether the samples are right, and try the tricks of the trade one by one. Let
three games fail on purpose, each in its own way, and have the failure named from the curves alone. Then take the same two
functions and make clothes.

    make lesson-6
    make lesson-6 ARGS="--preset collapse" RUN=collapse
    make compare RUNS="06-vanilla-gan/default 06-vanilla-gan/collapse" COLS="d_fake modes emd"
*/

#include "checkpoint.h"
#include "die.h"
#include "lab.h"
#include "loss.h"
#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## The game

The **generator** $G$ turns a vector $z$ of random numbers, its *latent vector*, into a sample $G(z)$, of the same shape as an
example of the data. The **discriminator** $D$ turns an example into one number, a logit $s$, and $D(x) = \sigma(s)$ is the
probability that it gives to "$x$ is real". With a batch of $n$ in the plane:

    z (n, 2) ── G ──→ x (n, 2) ── D ──→ s (n)
    data ───────────→ x (n, 2) ──┘

The discriminator wants to be right about both kinds. That is binary cross-entropy on logits ([losses](loss.html)) with the
target 1 for real examples and 0 for made ones:

$$ L_D = \mathrm{E}_{x \sim \mathrm{data}}\left[ -\log D(x) \right] + \mathrm{E}_z\left[ -\log (1 - D(G(z))) \right]. $$

The generator wants it to be wrong. In the paper the game is one formula with two players, $\min_G \max_D V(D, G)$, and $V$ is
$-L_D$: what the one gains the other loses.

## The best discriminator

Suppose the generator stands still. What should $D$ answer at a point $x$? Let $p(x)$ be the density of real examples there, and
$q(x)$ that of made ones. In $V$ only this term contains the number $D = D(x)$, and $V$ is the sum of such
terms over all $x$, so each may be made as large as possible by itself:

$$ p \log D + q \log (1 - D), \qquad \text{slope} \quad \frac{p}{D} - \frac{q}{1 - D}, \qquad
   \text{which is 0 at} \quad D^* = \frac{p}{p + q}. $$

It is the maximum: as $D$ grows from 0 to 1 the slope falls from $+\infty$ to $-\infty$. That is all a discriminator can
do: where real and made examples are equally frequent, it says ½, and is right to. Put $D^*$ into $V$, and the game is
no longer about the discriminator:

$$ V(D^*, G) = \mathrm{E}_p\left[\log \frac{p}{p + q}\right] + \mathrm{E}_q\left[\log \frac{q}{p + q}\right]
             = 2\, \mathrm{JSD}(p, q) - \log 4. $$

$\mathrm{E}_p$ is the mean over real examples and $\mathrm{E}_q$ that over made ones. The *Jensen-Shannon divergence* is
itself the mean of two Kullback-Leibler divergences: how many nats are lost by describing $p$, or $q$, with the mixture
$m = (p + q) / 2$ in its place (for points of the plane the sum is an integral),

$$ \mathrm{JSD}(p, q) = \frac12 \sum_x p \log \frac pm + \frac12 \sum_x q \log \frac qm. $$

It is 0 if $p = q$, $\log 2$ if they have no point in common, and otherwise in between. (The $\log 4$ comes from
writing $p + q$ as $2m$, twice.) So against the best discriminator the generator makes two distributions equal. At that point
$D^* = \frac12$ everywhere and $L_D = 2 \log 2 = 1.386$. Remember this number: it is what the loss of the discriminator looks
like when all is well, and also when it has learned nothing.

Is it so? Take the smallest game there is: two dice with six faces, one for the data, one for a generator that stands still. The
discriminator is a table of six logits. We train it and compare it with the formula.
*/

enum { FACES = 6, DICE_STEPS = 20000 };

// V for two dice and a discriminator with these logits. Source: Goodfellow et al. 2014
// (arXiv:1406.2661), eq. 1.
static double dice_value(const double *logit, const double *p, const double *q) {
    double value = 0.0;
    for (int x = 0; x < FACES; x++) {
        double D = 1.0 / (1.0 + exp(-logit[x]));
        value += p[x] * log(D) + q[x] * log(1.0 - D);
    }
    return value;
}

// Gradient ascent on V from logits of 0; the slope of V with respect to a logit is p (1 - D) - q D.
static void dice_discriminator(double *logit, const double *p, const double *q) {
    for (int step = 0; step < DICE_STEPS; step++) {
        for (int x = 0; x < FACES; x++) {
            double D = 1.0 / (1.0 + exp(-logit[x]));
            logit[x] += p[x] * (1.0 - D) - q[x] * D;
        }
    }
}

// In nats.
static double jensen_shannon(const double *p, const double *q, int n) {
    double sum = 0.0;
    for (int x = 0; x < n; x++) {
        double m = 0.5 * (p[x] + q[x]);
        sum += p[x] > 0.0 ? 0.5 * p[x] * log(p[x] / m) : 0.0;
        sum += q[x] > 0.0 ? 0.5 * q[x] * log(q[x] / m) : 0.0;
    }
    return sum;
}

static void dice(Run *run, Rng rng) {
    double p[FACES], q[FACES], logit[FACES] = { 0 }, sum_p = 0.0, sum_q = 0.0, off = 0.0;
    for (int x = 0; x < FACES; x++) {
        sum_p += p[x] = 0.1 + (double)rng_uniform(&rng);
        sum_q += q[x] = 0.1 + (double)rng_uniform(&rng);
    }
    for (int x = 0; x < FACES; x++) {
        p[x] /= sum_p;
        q[x] /= sum_q;
    }
    dice_discriminator(logit, p, q);
    run_say(run, "Two dice, and a discriminator that has been trained to tell them apart");
    run_say(run, "%8s%12s%12s%12s%12s", "face", "p", "q", "D", "p / (p + q)");
    for (int x = 0; x < FACES; x++) {
        double D = 1.0 / (1.0 + exp(-logit[x])), best = p[x] / (p[x] + q[x]);
        run_say(run, "%8d%12.4f%12.4f%12.4f%12.4f", x + 1, p[x], q[x], D, best);
        off = fmax(off, fabs(D - best));
    }
    double value = dice_value(logit, p, q), jsd = jensen_shannon(p, q, FACES);
    run_say(run, "V = %.6f, and 2 JSD - log 4 = %.6f", value, 2.0 * jsd - log(4.0));
    run_summary(run, "dice_off", fmax(off, fabs(value - 2.0 * jsd + log(4.0))));
}

/*
## Two losses for the generator

The formula says that the generator makes $L_D$ as large as it can. Only the second half depends on it, so it should minimise

$$ L_G^{\text{minimax}} = \mathrm{E}_z\left[ \log (1 - D(G(z))) \right]. $$

Look at what comes back through the logit. With $D = \sigma(s)$, the derivative of $\log(1 - \sigma(s))$ is $-\sigma(s)$, that is
$-D$. In the beginning the samples are nonsense, a discriminator sees that at once, and $D(G(z))$ is nearly 0. **The worse the
sample, the smaller its gradient**: as a student who is told that everything is wrong, but not what.

Goodfellow and his colleagues saw this and proposed another loss in the same paper, the *non-saturating* one. It wants the same
thing, a larger $D(G(z))$:

$$ L_G^{\text{non-saturating}} = \mathrm{E}_z\left[ -\log D(G(z)) \right], \qquad \text{slope at the logit} \quad D - 1. $$

Now a sample that fools nobody has slope $-1$, and one that is already believed has slope 0. Both losses push $s$ upward,
everywhere; they differ in which samples they listen to, by a factor of $D / (1 - D)$.

![Both losses of the generator, and the slope that arrives at the logit.](losses.svg)

In code the second one is binary cross-entropy with the target 1 for samples, and the first one is the discriminator's own loss
on samples, target 0, with the sign turned round.
*/

float generator_loss(float *dlogits, float *targets, const float *logits, GeneratorLoss kind,
                     int n) {
    for (int i = 0; i < n; i++) {
        targets[i] = kind == NON_SATURATING ? 1.0f : 0.0f;
    }
    float loss = bce_with_logits(dlogits, logits, targets, n);
    for (int i = 0; kind == MINIMAX && i < n; i++) {
        dlogits[i] = -dlogits[i];
    }
    return kind == MINIMAX ? -loss : loss;
}

/*
## A step of either

A step of the discriminator: samples, real examples, one backward pass from each, and the optimizer. Real and made examples pass
through $D$ separately; the gradients add up. The generator takes no part in it beyond making the samples.

In the plane nothing else is needed. But there are tricks that every collection of GAN advice recommends, and we want to know
which of them do anything. Three of them change what the discriminator sees or is told:

- **Instance noise** (Sønderby et al. 2016, Arjovsky and Bottou 2017): Gaussian noise on everything it sees, real and made. The
  eight spots of the ring become eight clouds that overlap, $p$ and $q$ have points in common, and what the discriminator says has
  a slope. The noise fades away in the course of the game.
- **One-sided label smoothing** (Salimans et al. 2016): it is told 0.9, not 1, of real examples, so that it is never certain.
- **Noisy labels**: now and then it is told the wrong thing.
*/

static float fade(const Game *g) {
    float over = (float)g->step / (float)g->total, until = g->rules.noise_until;
    return until > 0.0f && over < until ? 1.0f - over / until : 0.0f;
}

// What the discriminator sees of x (n, in): x itself, or x with instance noise.
static const float *seen(Game *g, const float *x, int n) {
    size_t count = (size_t)n * shape_size(g->D->in);
    float deviation = g->rules.noise * fade(g);
    if (deviation == 0.0f) {
        return x;
    }
    rng_fill_normal(&g->noise, g->seen, count, 0.0f, deviation);
    for (size_t i = 0; i < count; i++) {
        g->seen[i] += x[i];
    }
    return g->seen;
}

static const float *targets(Game *g, float label, int n) {
    for (int i = 0; i < n; i++) {
        bool flipped = g->rules.flip > 0.0f && rng_uniform(&g->noise) < g->rules.flip;
        g->targets[i] = flipped ? 1.0f - label : label;
    }
    return g->targets;
}

const float *latent(Game *g, int n) {
    rng_fill_normal(&g->stream, g->z, (size_t)n * shape_size(g->G->in), 0.0f, 1.0f);
    return g->z;
}

static float rate(const Game *g, float lr) {
    return g->rules.constant ? lr : schedule_lr(LINEAR_DECAY, lr, g->step, g->total);
}

void discriminator_step(Game *g, const float *real, const float *z, int n) {
    const float *fake = net_forward(g->G, z, n, TRAIN);
    net_zero_grad(g->D);

    const float *logits = net_forward(g->D, seen(g, real, n), n, TRAIN);
    float loss = bce_with_logits(g->dlogits, logits, targets(g, g->rules.label, n), n);
    gan_tally_real(&g->tally, logits, n);
    net_backward(g->D, g->dlogits, WANT_PARAMS);

    logits = net_forward(g->D, seen(g, fake, n), n, TRAIN);
    loss += bce_with_logits(g->dlogits, logits, targets(g, 0.0f, n), n);
    gan_tally_fake(&g->tally, logits, n);
    net_backward(g->D, g->dlogits, WANT_PARAMS);

    g->optimizer_D->spec.lr = rate(g, g->rules.lr_d);
    optimizer_step(g->optimizer_D, g->D->params, g->D->grads);
    gan_tally_d(&g->tally, loss, g->D);
    g->loss_d = loss;
}

/*
The step of the generator goes through *both* networks, forward and backward. The discriminator hands the gradient through to its
input (`WANT_INPUT`), and that is all it does: the gradients of its own weights are not even computed, and not a byte of it
changes. To forget this, and let one optimizer move both, is the classic mistake; a test compares the bytes.
*/

void generator_step(Game *g, const float *z, int n) {
    const float *fake = net_forward(g->G, z, n, TRAIN);
    const float *logits = net_forward(g->D, seen(g, fake, n), n, TRAIN);
    g->loss_g = generator_loss(g->dlogits, g->targets, logits, (GeneratorLoss)g->rules.loss, n);
    const float *dfake = net_backward(g->D, g->dlogits, WANT_INPUT);
    net_zero_grad(g->G);
    net_backward(g->G, dfake, WANT_PARAMS);
    g->optimizer_G->spec.lr = rate(g, g->rules.lr_g);
    optimizer_step(g->optimizer_G, g->G->params, g->G->grads);
    gan_tally_g(&g->tally, g->loss_g, g->G);
    g->step++;
}

/*
The game is these two functions in turn.

## What belongs to a game

Two networks, two optimizers. Both are Adam with $\beta_1 = 0.5$, which is common for GANs: the gradient's direction turns as the
opponent moves, and a memory of ten steps would remember a direction that no longer holds. (The generator may be asked to take
plain steps of SGD. Why anybody should want that is told below.)
*/

Game *game_create(const Rules *rules, Net *G, Net *D, long total, uint64_t seed) {
    Game *g = alloc_bytes(sizeof *g);
    size_t batch = (size_t)D->batch;
    *g = (Game){ .rules = *rules, .G = G, .D = D, .total = total };
    OptimizerSpec adam = optimizer_defaults(ADAM, rules->lr_d), sgd = optimizer_defaults(SGD, 0.0f);
    adam.beta1 = 0.5f;
    g->optimizer_D = optimizer_create(adam, D->n_params);
    g->optimizer_G = optimizer_create(rules->sgd ? sgd : adam, G->n_params);
    g->stream = rng_create(seed, RNG_NOISE);
    g->noise = rng_create(seed, RNG_DROPOUT);
    g->z = alloc_floats(batch * shape_size(G->in));
    g->seen = alloc_floats(batch * shape_size(D->in));
    g->targets = alloc_floats(batch);
    g->dlogits = alloc_floats(batch);
    return g;
}

void game_free(Game *g) {
    net_free(g->G);
    net_free(g->D);
    optimizer_free(g->optimizer_G);
    optimizer_free(g->optimizer_D);
    free(g->z);
    free(g->seen);
    free(g->targets);
    free(g->dlogits);
    free(g);
}

void game_keep(Game *g, State *state, const char *name) {
    char place[64];
    const struct {
        const char *what;
        Net *net;
        Optimizer *optimizer;
        Rng *rng;
    } parts[] = { { "G", g->G, g->optimizer_G, &g->stream },
                  { "D", g->D, g->optimizer_D, &g->noise } };
    for (int i = 0; i < 2; i++) {
        snprintf(place, sizeof place, "%s_%s", name, parts[i].what);
        state_net(state, place, parts[i].net);
        snprintf(place, sizeof place, "%s_%s_optimizer", name, parts[i].what);
        state_optimizer(state, place, parts[i].optimizer);
        snprintf(place, sizeof place, "%s_%s_stream", name, parts[i].what);
        state_rng(state, place, parts[i].rng);
    }
    snprintf(place, sizeof place, "%s_step", name);
    state_longs(state, place, &g->step, 1);
    snprintf(place, sizeof place, "%s_tally", name);
    state_doubles(state, place, (double *)&g->tally, GAN_TALLY);
}

/*
## The program

Four acts: the dice above; in the plane the games, all at the same time; the generator's gradient behind a discriminator
that is ahead; and the game with pictures. They follow in four files, the gradient first, since the lab refers to it.
*/

static void print_summaries(const Settings *s) {
    static const char *const names[] = { "plane: generator", "plane: discriminator",
                                         "pictures: generator", "pictures: discriminator" };
    for (int i = 0; i < 4; i++) {
        Rng rng = rng_create(1, RNG_INIT);
        Net *net = i < 2 ? plane_net(i == 0 ? 2 : 1, s->depth, s->width, i == 1, 1,
                                     (InitScheme)s->init, &rng)
                         : picture_net(i == 2, 1, 1);
        printf("%s", i > 0 ? "\n" : "");
        summary_print(stdout, names[i], net);
        net_free(net);
    }
}

static bool plays(const Settings *s, Part part) {
    return s->part == ALL_PARTS || s->part == (int)part ||
           (s->part == LAB_PART && part == PLANE_PART);
}

static void all_acts(Run *run, const Settings *s, const Option *options, const Dataset *test) {
    if (plays(s, PICTURES_PART)) {
        dataset_check(s->run.data, TRAIN_SET, 28, 28, 2);
    }
    State *state = state_open(run, options);
    dice(run, rng_create((uint64_t)s->run.seed, RNG_DATA));
    if (plays(s, PLANE_PART)) {
        plane(run, state, s);
    }
    if (plays(s, LAB_PART)) {
        saturation(run, state, s);
    }
    if (plays(s, PICTURES_PART)) {
        pictures(run, state, s, test);
    }
    if (plays(s, PLANE_PART) && !run_stopped(run)) {
        plane_generator(run, s, run_path(run, "model-plane.safetensors"));
    }
    if (plays(s, PICTURES_PART) && !run_stopped(run)) {
        picture_generator(run, s, run_path(run, "model.safetensors"), test);
    }
    state_close(state);
}

static Settings defaults(void) {
    return (Settings){
        .run = RUN_DEFAULTS("06-vanilla-gan"),
        .rules = { .lr_g = 0.001f,
                   .lr_d = 0.001f,
                   .d_steps = 1,
                   .label = 1.0f,
                   .noise = 0.5f,
                   .noise_until = 0.667f },
        .init = INIT_FAN_IN,
        .steps = 6000,
        .batch = 128,
        .width = 64,
        .depth = 2,
        .epochs = 5,
        .picture_batch = 64,
        .images = 60000,
        .picture_lr = 0.0002f,
    };
}

int main(int argc, char **argv) {
    Settings s = defaults();
    Rules *r = &s.rules;
    const Option options[] = {
        option_choice("part", &s.part, PART_CHOICES, "which part to run"),
        option_choice("preset", &s.preset, PRESET_CHOICES, "a game that fails"),
        option_choice("cloud", &s.cloud, CLOUD_CHOICES, "points to learn"),
        option_int("steps", &s.steps, 1, 1000000, "of the generator, in the plane"),
        option_int("batch", &s.batch, 1, 10000, "points a step"),
        option_int("width", &s.width, 1, 4096, "units of a hidden layer, in the plane"),
        option_int("depth", &s.depth, 1, PLANE_DEPTH, "hidden layers, in the plane"),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        option_choice("loss", &r->loss, LOSS_CHOICES, "of the generator"),
        option_float("lr-g", &r->lr_g, 0, 1000, "learning rate of the generator, in the plane"),
        option_float("lr-d", &r->lr_d, 0, 1000, "and of the discriminator"),
        option_flag("sgd", &r->sgd, "the generator takes steps of SGD, not of Adam"),
        option_flag("constant", &r->constant, "learning rates stay; otherwise they fall to 0"),
        option_int("d-steps", &r->d_steps, 1, 1000,
                   "of the discriminator for one of the generator"),
        option_int("head-start", &r->head_start, 0, 100000,
                   "steps of the discriminator before all"),
        option_float("label", &r->label, 0.5, 1, "what the discriminator is told of real examples"),
        option_float("flip", &r->flip, 0, 0.5, "probability that it is told the wrong thing"),
        option_float("noise", &r->noise, 0, 10, "deviation of instance noise at the beginning"),
        option_float("noise-until", &r->noise_until, 0, 1, "share of the game when it has faded"),
        option_int("epochs", &s.epochs, 1, 1000, "passes over the pictures"),
        option_int("picture-batch", &s.picture_batch, 2, 4096, "pictures a step"),
        option_int("images", &s.images, 2, 1000000, "training pictures to use"),
        option_float("picture-lr", &s.picture_lr, 0, 1000, "learning rate with pictures"),
        option_int("generate", &s.generate, 0, 1000000, "samples to write at the end"),
        option_flag("summary", &s.summary, "print the nets' layers, and do nothing else"),
        LOAD_OPTION(s.run, "judge this generator instead of training one"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    static const char title[] = "Lesson 6: generative adversarial networks.";
    static const char *const presets[] = { NULL, "collapse", "vanish", "diverge" };
    cli_parse(options, argc, argv, title);
    if (s.preset) { // its rules are defaults: options that were given hold against them
        s.rules = *lab_rules(presets[s.preset]);
        s.part = PLANE_PART;
        cli_parse(options, argc, argv, title);
    }
    if (s.summary) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, 28, 28, JUDGE_FEATURES + 1);
    if (!s.run.load) {
        all_acts(run, &s, options, test);
    } else if (s.part == PLANE_PART) {
        plane_generator(run, &s, s.run.load);
    } else {
        picture_generator(run, &s, s.run.load, test);
    }
    dataset_free(test);
    return run_close(run);
}
