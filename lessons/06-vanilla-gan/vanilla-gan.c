/*
# Lesson 6: Two networks that play

So far a network was shown a picture and named it. For every picture there was a right answer, and the loss measured how far
the network was from it.

**Now a network shall make a picture.** It gets some random numbers, and out come 784 brightnesses that should look like a
shoe. Which shoe? There is no right answer to subtract. Many different shoes would do, and their mean, which is what a squared
error would ask for, is a grey smear. All that we can say is: it should look as if it had come from the data set. That is a
question that a network can learn to answer: *is this picture real, or generated?* It is a classifier with two classes, as we
have trained since lesson 2. And because it is a network, it can pass a gradient back to its input. That gradient tells the
network that generated the picture how to change each pixel so that the picture looks more real.

![The generator turns random numbers z into a sample G(z). The discriminator gets a sample or a real example and answers with a logit s. The step of the discriminator changes only the discriminator. In the step of the generator the gradient goes back through the discriminator, which stays as it is, and changes only the generator.](diagrams/game.svg)

So there are two networks. They are trained in turn, and each is the other's loss (Goodfellow et al. 2014).

**What you will do here.** Derive what the best possible discriminator answers, and what the generator minimises if it meets
that one. See why the game goes round in circles before it goes anywhere, with two numbers in place of two networks. Play it in
the plane, where one can count what is right and what is missing. Measure a gradient that vanishes. Try the tricks of the trade
one by one, and let three games fail on purpose, each in its own way. Then use the same two functions to make clothes.

    make lesson-6
    make lesson-6 ARGS="--preset collapse" RUN=collapse
    make compare RUNS="06-vanilla-gan/default 06-vanilla-gan/collapse" COLS="d_fake modes emd"
*/

#include "acts.h"
#include "base/die.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## The game

The **generator** $G$ turns a vector $z$ of random numbers, the *latent vector*, into a sample $G(z)$ of the same shape as an
example of the data. We call what it makes *generated*, and what the data set holds *real*. The **discriminator** $D$ turns an
example into one number, a logit $s$, and $D(x) = \sigma(s)$ is the probability that it gives to "$x$ is real". With a batch of
$n$ points of the plane the shapes are

    z (n, 2) ── G ──→ x (n, 2) ── D ──→ s (n)
    data ───────────→ x (n, 2) ── D ──→ s (n)

The discriminator wants to be right about both kinds. That is binary cross-entropy on logits ([losses](loss.html)) with target 1
for real examples and 0 for generated ones. $\mathrm{E}$ is the mean over examples of the data, or over latent vectors:

$$ L_D = \mathrm{E}_{x \sim \mathrm{data}}\left[ -\log D(x) \right] + \mathrm{E}_z\left[ -\log (1 - D(G(z))) \right]. $$

The generator wants it to be wrong. In the paper the game is one formula with two players, $\min_G \max_D V(D, G)$, and $V$ is
$-L_D$: what one of them gains the other loses.

## The best discriminator

Suppose that the generator does not change. What should $D$ answer at a point $x$? Let $p(x)$ be the density of real examples
there, and $q(x)$ that of generated ones. $V$ is a sum over all $x$, and only one term of it contains the number
$D = D(x)$. So each term may be made as large as possible by itself:

$$ p \log D + q \log (1 - D). $$

Its derivative is 0 where $p / D = q / (1 - D)$, which is at

$$ D^* = \frac{p}{p + q}. $$

It is the maximum: as $D$ grows from 0 to 1 the derivative $p / D - q / (1 - D)$ falls from $+\infty$ to $-\infty$.

![Two densities over x, that of real points in blue and that of generated ones in orange, and below them the best discriminator: near 1 where only real points are, near 0 where only generated ones are, one half where the densities cross.](diagrams/optimal.svg)

Where real and generated examples are equally frequent the best answer is ½. Put $D^*$ into $V$, and the discriminator is gone
from the formula:

$$ V(D^*, G) = \mathrm{E}_p\left[\log \frac{p}{p + q}\right] + \mathrm{E}_q\left[\log \frac{q}{p + q}\right]
             = 2\, \mathrm{JSD}(p, q) - \log 4. $$

$\mathrm{E}_p$ is the mean over real examples and $\mathrm{E}_q$ that over generated ones. The *Kullback-Leibler divergence*
$\mathrm{KL}(q \,\Vert\, p) = \mathrm{E}_q[\log (q / p)]$ says how many nats are lost by describing $q$ with $p$ in its place. The
*Jensen-Shannon divergence* is the mean of two of them, from $p$ and from $q$ to the mixture $m = (p + q) / 2$ (for points of the
plane the sum is an integral):

$$ \mathrm{JSD}(p, q) = \frac12 \sum_x p \log \frac pm + \frac12 \sum_x q \log \frac qm. $$

It is 0 if $p = q$, $\log 2$ if they have no point in common, and otherwise in between. (The $\log 4$ comes from
writing $p + q$ as $2m$, twice.) So a generator that minimises $V$ against the best discriminator makes the two distributions
equal. At that point $D^* = \frac12$ everywhere and $L_D = 2 \log 2 = 1.386$. This is the loss of a discriminator that meets a
perfect generator, and also of one that has learned nothing.

We check it in the smallest game there is: two dice with six faces, one for the data, and one for a generator that does not
change. The discriminator is a table of six logits. We train it and compare it with the formula.
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

/*
## Two losses for the generator

The formula says that the generator makes $L_D$ as large as it can. Only the second half depends on it, so it should minimise

$$ L_G^{\text{minimax}} = \mathrm{E}_z\left[ \log (1 - D(G(z))) \right]. $$

Look at what comes back through the logit. With $D = \sigma(s)$, the derivative of $\log(1 - \sigma(s))$ with respect to $s$ is
$-\sigma(s)$, that is $-D$. In the beginning the samples are nonsense, the discriminator soon tells them from real ones, and
$D(G(z))$ is nearly 0. **The worse the sample, the smaller its gradient.** The loss *saturates*.

Goodfellow and his colleagues saw this and proposed another loss in the same paper, the *non-saturating* one. It wants the same
thing, a larger $D(G(z))$:

$$ L_G^{\text{non-saturating}} = \mathrm{E}_z\left[ -\log D(G(z)) \right], \qquad \text{derivative with respect to } s: \quad D - 1. $$

Now a sample that the discriminator rejects has derivative $-1$, and one that it accepts has 0. Both losses push $s$ upward,
everywhere. They differ in how much weight each sample gets, by a factor of $D / (1 - D)$.

![Left both losses of the generator over D(G(z)), right their derivative with respect to the logit. Where D(G(z)) is near 0 the minimax loss is flat, and the non-saturating one is steep.](losses.svg)

In code the second one is binary cross-entropy with target 1 for samples, and the first one is the discriminator's own loss
on samples, target 0, with the opposite sign.
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
## What the non-saturating loss minimises

The theory above belongs to the minimax loss: at $D^*$ its gradient is that of $2\,\mathrm{JSD}$. The default of this lesson, and
of nearly everybody, is the other loss. What is *its* gradient at $D^*$? (Arjovsky and Bottou 2017.) Let $q_0$ be the distribution
of the generator as it is now, and $D^* = p / (p + q_0)$ the best answer to it, held fixed. Then at each $x$

$$ -\log D^* = \log \frac{p + q_0}{p} = \log \frac{q_0}{p} + \log \frac{p + q_0}{q_0} = \log \frac{q_0}{p} - \log (1 - D^*). $$

Take the mean over samples of a generator $q$ that moves away from $q_0$, and its gradient at $q = q_0$. The first term is
$\mathrm{E}_q[\log (q_0 / p)] = \mathrm{KL}(q \,\Vert\, p) - \mathrm{KL}(q \,\Vert\, q_0)$, and the last divergence has its minimum at
$q_0$, where its gradient is 0. The second term is the minimax loss with the opposite sign. The gradient of that loss is the one of
$2\,\mathrm{JSD}$: at $D^*$ the derivative of $V$ with respect to $D$ is 0, so holding $D^*$ fixed makes no difference. Together:

$$ \nabla\, \mathrm{E}_q[-\log D^*] = \nabla \left( \mathrm{KL}(q \,\Vert\, p) - 2\, \mathrm{JSD}(p, q) \right). $$

The divergence $\mathrm{KL}(q \,\Vert\, p)$ is large where the generator makes what does not occur, $p \ll q$. It is hardly changed
by examples that the generator never makes, $q \ll p$. And the JSD stands there with a minus: that part pushes the distributions
*apart*. So the loss that is used asks for samples that look real more than for samples of every kind. It is one reason to
expect missing modes, and no proof of them.

**Where both derivations stop.** They need three things that a real game does not have. First, $p$ and $q$ must overlap. Pictures
and thin clouds hardly do: then $D^*$ is 1 on the one and 0 on the other, the JSD stays at $\log 2$ and the KL is infinite
whatever the generator does. (Lesson 8 begins there.) Second, $D$ must be $D^*$. Ours is a small network after one step from a
finite batch. Third, the gradient must be one of a *fixed* function. Here each step is the gradient of another one, because $D$
changes in between, and there need not be any function that goes down along the way. "Why games go in circles", below, shows what that does.

The formula itself we check on the dice. Let $q$ be the softmax of six numbers $a$, as a generator that is trained by gradients would
have it. The derivative of $\sum_x q f$ with respect to $a_k$ is $q_k (f_k - \sum_x q f)$, with $f = -\log D^*$; and the other side is
differentiated by differences.
*/

// q (FACES), the softmax of a.
static void die_of(double *q, const double *a) {
    double sum = 0.0;
    for (int x = 0; x < FACES; x++) {
        sum += q[x] = exp(a[x]);
    }
    for (int x = 0; x < FACES; x++) {
        q[x] /= sum;
    }
}

// The gradient of the non-saturating loss with respect to a, behind the best discriminator of now.
static void non_saturating_gradient(double *da, const double *a, const double *p) {
    double q[FACES], f[FACES], mean = 0.0;
    die_of(q, a);
    for (int x = 0; x < FACES; x++) {
        f[x] = -log(p[x] / (p[x] + q[x]));
        mean += q[x] * f[x];
    }
    for (int k = 0; k < FACES; k++) {
        da[k] = q[k] * (f[k] - mean);
    }
}

// KL(q || p) - 2 JSD(p, q) for q, the softmax of a. Source: Arjovsky and Bottou 2017
// (arXiv:1701.04862), theorem 2.5.
static double kl_less_jsd(const double *a, const double *p) {
    double q[FACES], kl = 0.0;
    die_of(q, a);
    for (int x = 0; x < FACES; x++) {
        kl += q[x] * log(q[x] / p[x]);
    }
    return kl - 2.0 * jensen_shannon(p, q, FACES);
}

// The largest difference between the two gradients.
static double gradients_apart(double *a, const double *p) {
    double da[FACES], most = 0.0;
    non_saturating_gradient(da, a, p);
    for (int k = 0; k < FACES; k++) {
        const double h = 1e-5, at = a[k];
        a[k] = at + h;
        double above = kl_less_jsd(a, p);
        a[k] = at - h;
        double below = kl_less_jsd(a, p);
        a[k] = at;
        most = fmax(most, fabs(da[k] - (above - below) / (2.0 * h)));
    }
    return most;
}

void dice(Run *run, Rng rng) {
    double p[FACES], q[FACES], logit[FACES] = { 0 }, sum_p = 0.0, sum_q = 0.0, off = 0.0;
    for (int x = 0; x < FACES; x++) {
        p[x] = 0.1 + (double)rng_uniform(&rng);
        q[x] = 0.1 + (double)rng_uniform(&rng);
        sum_p += p[x];
        sum_q += q[x];
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
    double a[FACES];
    for (int x = 0; x < FACES; x++) {
        a[x] = log(q[x]);
    }
    double apart = gradients_apart(a, p);
    run_say(run, "Gradients of the non-saturating loss and of KL - 2 JSD: %.1g apart", apart);
    run_summary(run, "dice_gradients_apart", apart);
}

/*
## A step of either

A step of the discriminator: samples, real examples, one backward pass from each, and the optimizer. Real and generated examples
pass through $D$ separately, and the gradients add up. The generator only makes the samples.

In the plane nothing else is needed. But collections of GAN advice recommend some tricks, and we want to know which of them do
anything. Three of them change what the discriminator sees or is told:

- **Instance noise** (Sønderby et al. 2016, Arjovsky and Bottou 2017): Gaussian noise on everything that it sees, real and
  generated. Small clouds become large ones that overlap, so $p$ and $q$ have points in common, and $D$ has a gradient in
  between. The noise fades away in the course of the game.
- **One-sided label smoothing** (Salimans et al. 2016): the target of real examples is 0.9 in place of 1, so that the
  discriminator gains nothing by being certain that an example is real.
- **Noisy labels**: now and then the target is wrong.
*/

static float fade(const VanillaGame *g) {
    float over = (float)g->pair->step / (float)g->pair->total, until = g->rules.noise_until;
    return until > 0.0f && over < until ? 1.0f - over / until : 0.0f;
}

// What the discriminator sees of x (n, in): x itself, or x with instance noise.
static const float *seen(VanillaGame *g, const float *x, int n) {
    size_t count = (size_t)n * shape_size(g->pair->D->in);
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

static const float *targets(VanillaGame *g, float label, int n) {
    for (int i = 0; i < n; i++) {
        bool flipped = g->rules.flip > 0.0f && rng_uniform(&g->noise) < g->rules.flip;
        g->pair->targets[i] = flipped ? 1.0f - label : label;
    }
    return g->pair->targets;
}

float discriminator_step(VanillaGame *g, GanTally *tally, const float *real, const float *z,
                         int n) {
    Net *D = g->pair->D;
    float *dlogits = g->pair->D->dy;
    const float *fake = net_forward(g->pair->G, z, n, TRAIN);
    net_zero_grad(D);

    const float *logits = net_forward(D, seen(g, real, n), n, TRAIN);
    float loss = bce_with_logits(dlogits, logits, targets(g, g->rules.label, n), n);
    gan_tally_real(tally, logits, n);
    net_backward(D, dlogits, WANT_PARAMS);

    logits = net_forward(D, seen(g, fake, n), n, TRAIN);
    loss += bce_with_logits(dlogits, logits, targets(g, 0.0f, n), n);
    gan_tally_fake(tally, logits, n);
    net_backward(D, dlogits, WANT_PARAMS);

    gan_pair_step_D(g->pair);
    gan_tally_d(tally, loss, D);
    return loss;
}

/*
The step of the generator goes through *both* networks, forward and backward. The discriminator passes the gradient on to its
input (`WANT_INPUT`). The gradients of its own weights are not computed, and not a byte of it changes. (To let one optimizer move
both networks is a common mistake. A test compares the bytes.)
*/

float generator_step(VanillaGame *g, GanTally *tally, const float *z, int n) {
    Net *G = g->pair->G, *D = g->pair->D;
    float *dlogits = g->pair->D->dy;
    const float *fake = net_forward(G, z, n, TRAIN);
    const float *logits = net_forward(D, seen(g, fake, n), n, TRAIN);
    float loss = generator_loss(dlogits, g->pair->targets, logits, (GeneratorLoss)g->rules.loss, n);
    const float *dfake = net_backward(D, dlogits, WANT_INPUT);
    net_zero_grad(G);
    net_backward(G, dfake, WANT_PARAMS);
    gan_pair_step_G(g->pair);
    gan_tally_g(tally, loss, G);
    return loss;
}

/*
The game is these two functions in turn, on two networks with an optimizer each ([a pair](gan_pair.html)). Both are Adam with
$\beta_1 = 0.5$, which is common for GANs: the gradient's direction turns as the opponent moves, and with $\beta_1 = 0.9$ Adam
would average over about ten directions, some of them out of date. The generator can be given plain SGD instead, which two
experiments below need.
*/

VanillaGame *game_create(const VanillaRules *rules, Net *G, Net *D, long total, uint64_t seed) {
    OptimizerSpec spec_D = optimizer_defaults(ADAM, rules->lr_d);
    OptimizerSpec spec_G = optimizer_defaults(rules->sgd ? SGD : ADAM, rules->lr_g);
    spec_D.beta1 = spec_G.beta1 = 0.5f; // Adam's
    VanillaGame *g = alloc_bytes(sizeof *g);
    g->rules = *rules;
    g->pair = gan_pair_create(G, D, spec_G, spec_D, !rules->constant, total, seed);
    g->noise = rng_create(seed, RNG_INSTANCE_NOISE);
    g->seen = alloc_floats((size_t)D->batch * shape_size(D->in));
    return g;
}

void game_free(VanillaGame *g) {
    free(g->seen);
    free(g);
}
