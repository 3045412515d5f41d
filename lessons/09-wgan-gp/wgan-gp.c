/*
# Lesson 9: The gradient of a gradient

**Can one bound the slope of a critic and leave its weights alone?** Lesson 8's critic had a loss that can be read, and poor
samples. Its slope was bounded by cutting its weights to a box, and between half and two thirds of them ended at its walls. The slope itself can
be put into the loss: a *gradient penalty*, a term that grows as the length of the critic's gradient departs from 1
(Gulrajani et al. 2017).

![Dashed lines join random pairs of a generated and a real example. On each of them lies one point, and there the penalty looks at the length of the critic's gradient.](diagrams/between.svg)

But the slope is a gradient already, with respect to the input; and to learn, one needs the gradient of the loss with respect to
the weights. So one needs the gradient of a gradient. A framework computes it by differentiating its own backward pass
(`create_graph=True`). Here it is derived by hand, and it turns out to be little more than one further pass *forward*.

The lesson

1. finds out which slope the best critic has;
2. derives the penalty's gradient, writes it out for a critic with one hidden layer, and checks it;
3. looks at critics of a generator that stands still, clipped and with a penalty: what they look like, and what becomes of a
   gradient on its way through eight layers;
4. plays on the ring, on the grid of 25 and on the Swiss roll, and beside it lesson 6's game, as a control;
5. makes clothes.

Run it, with the options as they are and with another one, and compare:

    make lesson-9
    make lesson-9 ARGS="--part plane --lambda 10" RUN=ten
    make compare RUNS="08-wgan/default 09-wgan-gp/default 09-wgan-gp/ten" COLS="estimate slope emd"
*/

#include "acts.h"
#include "base/die.h"
#include "gan/critic.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## How steep is the best critic?

Lesson 8 has shown that the difference of mean scores is at most $W$ if $D$ nowhere rises faster than 1 per unit of length. When
is it *equal* to $W$? Look at the inequality again, with the best plan $\pi$ between real points $x_i$ and generated points $y_i$:

$$ \frac1n \sum_i \big( D(x_i) - D(y_{\pi(i)}) \big) \le \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert = W. $$

No term on the left is larger than its term on the right. So if the sums are equal, every term is: $D(x_i) -
D(y_{\pi(i)}) = \lVert x_i - y_{\pi(i)} \rVert$ for each pair that the plan couples. On the straight way from $y_{\pi(i)}$ to
$x_i$ the score rises by as much as the way is long, and it may not rise faster than 1. So it rises with slope
exactly 1 all the way. **The best critic has a gradient of length 1 at every point between a generated point and the real point
that it is carried to** (Proposition 1 of the paper).

Nobody knows who is carried where. The authors take a real point and a generated one at random, and a random point between
them,

$$ \hat x = \epsilon\, x + (1 - \epsilon)\, G(z), \qquad \epsilon \sim U[0, 1], $$

and ask for a gradient of length 1 there, with a weight $\lambda$:

$$ L_D = \mathrm{E}\left[ D(G(z)) \right] - \mathrm{E}\left[ D(x) \right] + \lambda\, \mathrm{E}\big[ (\lVert \nabla D(\hat x) \rVert - 1)^2 \big]. $$

The length $\lVert \nabla D(\hat x) \rVert$ is called the *gradient norm* of the critic at $\hat x$ (`slope` in the log). Each
example has one $\epsilon$, not one for each pixel, else $\hat x$ would not lie between the two; and the norm goes over all of its
pixels. A norm below 1 costs as much as one above it, since the best critic has 1.

**No batch norm in the critic.** The penalty asks for the gradient of $D$ at one point. With batch norm the score of one example
depends on all others in the batch, so there is no such gradient. (In the generator batch norm may stay.)

## The derivative of a gradient norm

Take one point $x$, and write $g = \nabla_x D(x)$ and $r = \lVert g \rVert$. If a weight $w$ changes, $g$ changes, and

$$ \frac{\partial}{\partial w}\, \lambda (r - 1)^2 = 2 \lambda (r - 1)\, \frac{g}{r} \cdot \frac{\partial g}{\partial w} = v \cdot \frac{\partial g}{\partial w},
   \qquad v = 2 \lambda (r - 1)\, \frac{g}{r}. $$

So if the direction $v$ is held fast, what is wanted is the derivative of the *number* $v \cdot g$ with respect to each
weight. This number has another name: it is how fast the score changes if the input moves in the direction $v$,

$$ v \cdot \nabla_x D(x) = \lim_{\delta \to 0} \frac{D(x + \delta v) - D(x)}{\delta}. $$

The right side has no gradient in it and can be computed going *forward*. Let the input move with velocity $v$. With
what velocity does each layer's output move? A dense layer $h = W x + b$ gives $W v$: the bias does not move. A leaky ReLU
multiplies the velocity by its slope at $h$, which is 1 where $h > 0$ and 0.2 elsewhere: its *mask* $m$, which belongs to $x$ and
not to $v$. At the end stands the velocity of the score. A velocity of this kind is called a *tangent*, and the pass the *tangent
pass*.

![Three passes: forward, which leaves the masks; backward, which leaves the gradient g and an error at each layer; and the tangent pass, which sends v forward through the same weights and masks.](diagrams/tangent.svg)

For a critic with one hidden layer, $D(x) = w_2 \cdot a(W_1 x + b_1) + b_2$ with the leaky ReLU $a$ and the masks $m_j$,

$$ g_k = \sum_j w_{2j}\, m_j\, W_{1jk}, \qquad v \cdot g = \sum_j w_{2j}\, \underbrace{m_j \sum_k W_{1jk} v_k}_{t_j}. $$

In this sum each weight stands once, so both derivatives can be read off:

$$ \frac{\partial (v \cdot g)}{\partial w_{2j}} = t_j, \qquad \frac{\partial (v \cdot g)}{\partial W_{1jk}} = w_{2j}\, m_j\, v_k. $$

The biases do not occur in it. They have a say in the masks; but a mask is 1 or 0.2 and does not change while a weight moves a
little. Their gradient is 0. (This holds for every function that is linear in pieces. The slope of a $\tanh$ changes with its
input, and through it the biases and all weights would have an influence. The tangent pass of this course leaves that out, and
so refuses a network with such a layer.)
*/

static const double slope_below = 0.2;

double two_layer_penalty(TwoLayers *d, const TwoLayers *critic, const double *x, double lambda) {
    double mask[HIDDEN], g[INPUTS] = { 0 }, v[INPUTS], squares = 0.0;
    for (int j = 0; j < HIDDEN; j++) { // forward: all that is needed of it are the masks
        double h = critic->b1[j];
        for (int k = 0; k < INPUTS; k++) {
            h += critic->W1[j][k] * x[k];
        }
        mask[j] = h > 0.0 ? 1.0 : slope_below;
    }
    for (int j = 0; j < HIDDEN; j++) { // backward, to the input
        for (int k = 0; k < INPUTS; k++) {
            g[k] += critic->w2[j] * mask[j] * critic->W1[j][k];
        }
    }
    for (int k = 0; k < INPUTS; k++) {
        squares += g[k] * g[k];
    }
    double r = sqrt(squares);
    for (int k = 0; k < INPUTS; k++) {
        v[k] = 2.0 * lambda * (r - 1.0) * g[k] / r;
    }
    for (int j = 0; d && j < HIDDEN; j++) { // the tangent pass
        double t = 0.0;
        for (int k = 0; k < INPUTS; k++) {
            t += critic->W1[j][k] * v[k];
            d->W1[j][k] += critic->w2[j] * mask[j] * v[k];
        }
        d->w2[j] += mask[j] * t;
    }
    return lambda * (r - 1.0) * (r - 1.0);
}

/*
Compare it with a backward pass. There, $\partial L / \partial W_1$ is an error that has come from behind times a signal that has
come from the front. Here, $w_{2j} m_j$ is what the backward pass leaves at the hidden units, and $v_k$ stands in the place of
the input. The same holds for $\partial / \partial w_2$: the error at the output is 1, and the signal is $t_j$. Deeper networks and
convolutions bring nothing new: **the gradient of $v \cdot \nabla_x D$ is the usual gradient, with the errors of the backward
pass, and with tangents in the place of the signals.** The errors are there already, since $g$ had to be computed. So one pass
forward does it, layer after layer. [Networks](net.html) have it as `net_tangent`; the penalty itself, four calls, is in
[the gradient penalty](gradient_penalty.html).

Is it right? The program compares it with central differences, as lesson 2 did, and with the library.
*/

// The numbers of a critic of this shape, one after the other: W1, b1, w2, b2.
enum { NUMBERS = HIDDEN * INPUTS + 2 * HIDDEN + 1 };
static double *number(TwoLayers *critic, int i) {
    int w = HIDDEN * INPUTS;
    return i < w                ? &critic->W1[i / INPUTS][i % INPUTS]
           : i < w + HIDDEN     ? &critic->b1[i - w]
           : i < w + 2 * HIDDEN ? &critic->w2[i - w - HIDDEN]
                                : &critic->b2;
}

// How far apart two gradients are, in units of the longer one.
static double apart(const double *a, const double *b) {
    double difference = 0.0, aa = 0.0, bb = 0.0;
    for (int i = 0; i < NUMBERS; i++) {
        difference += (a[i] - b[i]) * (a[i] - b[i]);
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return sqrt(difference / fmax(aa, bb));
}

// The library's gradient of the same penalty.
static void by_the_library(double *gradient, TwoLayers *critic, const double *x, double lambda) {
    static const LayerSpec table[] = { dense(HIDDEN), leaky_relu(0.2f), dense(1), END };
    Rng rng = rng_create(1, RNG_INIT);
    Net *net = net_create(table, (Shape){ INPUTS, 1, 1 }, 1, &rng);
    float point[INPUTS];
    for (int i = 0; i < NUMBERS; i++) { // which has them in the same order
        net->params[i] = (float)*number(critic, i);
    }
    for (int k = 0; k < INPUTS; k++) {
        point[k] = (float)x[k];
    }
    Penalty *penalty = penalty_create(net, (float)lambda, rng);
    penalty_at(penalty, point, 1);
    for (int i = 0; i < NUMBERS; i++) {
        gradient[i] = net->grads[i];
    }
    penalty_free(penalty);
    net_free(net);
}

void check_two_layers(Run *run, Rng rng) {
    const double h = 1e-6, lambda = 10.0;
    TwoLayers critic = { .b2 = 0.0 }, d = { .b2 = 0.0 };
    double x[INPUTS], derived[NUMBERS], measured[NUMBERS], library[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
        *number(&critic, i) = rng_normal(&rng);
    }
    for (int k = 0; k < INPUTS; k++) {
        x[k] = rng_normal(&rng);
    }
    two_layer_penalty(&d, &critic, x, lambda);
    for (int i = 0; i < NUMBERS; i++) {
        double *w = number(&critic, i), held = *w;
        derived[i] = *number(&d, i);
        *w = held + h;
        double above = two_layer_penalty(NULL, &critic, x, lambda);
        *w = held - h;
        measured[i] = (above - two_layer_penalty(NULL, &critic, x, lambda)) / (2.0 * h);
        *w = held;
    }
    by_the_library(library, &critic, x, lambda);
    run_say(run, "The penalty's gradient by hand: off by %.1g from differences,",
            apart(derived, measured));
    run_say(run, "  by %.1g from the library's", apart(derived, library));
    run_summary(run, "by_hand_off", apart(derived, measured));
    run_summary(run, "library_off", apart(derived, library));
}

/*
It differs by $7 \cdot 10^{-11}$ from central differences, and by $3 \cdot 10^{-7}$ from the library, which computes in float.
(A test does this for sixty random critics of dense layers, strided and dilated convolutions, pooling and leaky ReLUs,
and another one compares with PyTorch's double backward pass.)

## A step of the critic

Lesson 8's step, with the penalty's gradient added to the other two before the optimizer sees any of them.
*/

float compare_scores(Net *D, float *ds, float means[2], const float *real, const float *fake,
                     int n) {
    net_zero_grad(D);
    float loss_real = wasserstein(ds, net_forward(D, real, n, TRAIN), 1.0f, n);
    net_backward(D, ds, WANT_PARAMS);
    float loss_fake = wasserstein(ds, net_forward(D, fake, n, TRAIN), -1.0f, n);
    net_backward(D, ds, WANT_PARAMS);
    means[0] = -loss_real;
    means[1] = loss_fake;
    return loss_real + loss_fake;
}

void critic_step(GanPair *pair, GanTally *tally, Penalty *penalty, const float *real,
                 const float *z, int n) {
    float means[2];
    const float *fake = net_forward(pair->G, z, n, TRAIN);
    float loss = compare_scores(pair->D, pair->D->dy, means, real, fake, n);
    float cost = penalty_step(penalty, real, fake, n);
    gan_pair_step_D(pair);
    critic_tally_d(tally, means[0], means[1], loss + cost, pair->D);
    critic_tally_penalty(tally, cost, penalty->slope);
}

/*
For comparison, lesson 8's own step, which clips. The generator's step is lesson 8's ([critics](critic.html)).
*/

void clipped_critic_step(GanPair *pair, GanTally *tally, float clip, const float *real,
                         const float *z, int n) {
    float means[2];
    const float *fake = net_forward(pair->G, z, n, TRAIN);
    float loss = compare_scores(pair->D, pair->D->dy, means, real, fake, n);
    gan_pair_step_D(pair);
    clip_weights(pair->D->params, pair->D->n_params, clip);
    critic_tally_d(tally, means[0], means[1], loss, pair->D);
}

/*
**What does it cost?** The critic's step of lesson 8 has two passes forward, two backward to the errors and two to the
weights: six. The penalty adds a pass forward, one back to the input, and the tangent pass, which goes forward and to the
weights: four more. Measured on pictures (`make bench`), the step takes about half as long again.
*/
