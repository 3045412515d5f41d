/*
# Lesson 9: The gradient of a gradient

Lesson 8's critic had a loss that can be read, and samples that were poor. It was kept from being steep by cutting its
weights to a box, and nearly all of them ended at the walls. **Can one bound the slope itself, and leave the weights
alone?** One can put it into the loss: a term that grows as the slope departs from where it should be. But the slope is
a gradient, with respect to the input; and to learn, one needs the gradient of the loss with respect to the weights. So
we need the gradient of a gradient.

A framework does that with a switch (`create_graph=True`), by differentiating its own backward pass. Here it is done by
hand, and it turns out to be little more than one further pass *forward*.

**What you will do here.** Find out which slope the best critic has (Gulrajani et al. 2017). Derive the gradient of the
penalty from the directional derivative; write it out for a critic with one hidden layer, and check it. Watch what
clipping and the penalty do to critics that are as good as they can be: what they look like, what becomes of a gradient
on its way through eight layers. Then play on the ring, on the grid and on the Swiss roll, and make clothes.

    make lesson-9
    make lesson-9 ARGS="--part plane --lambda 10" RUN=ten
    make compare RUNS="08-wgan/default 09-wgan-gp/default 09-wgan-gp/ten" COLS="estimate slope emd"
*/

#include "wgan-gp.h"
#include "die.h"
#include "loss.h"
#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## How steep is the best critic?

Lesson 8 has shown that the difference of mean scores is at most $W$ if $D$ is nowhere steeper than 1. When is it
*equal* to $W$? Look at the inequality again, with the best plan $\pi$:

$$ \frac1n \sum_i \big( D(x_i) - D(y_{\pi(i)}) \big) \le \frac1n \sum_i \lVert x_i - y_{\pi(i)} \rVert = W. $$

No term on the left is larger than its term on the right, so if the sums are equal, every term is: $D(x_i) -
D(y_{\pi(i)}) = \lVert x_i - y_{\pi(i)} \rVert$ for each pair that is coupled. On the straight way from $y_{\pi(i)}$ to
$x_i$ the score has to climb by as much as the way is long, and it may not climb faster than 1. So it climbs with slope
exactly 1 *all the way*. **The best critic has slope 1 at every point between a sample and the real point that it is
carried to** (Proposition 1 of the paper).

We do not know who is carried where. The authors take a real point and a made one at random, and a random point between
them,

$$ \hat x = \epsilon\, x + (1 - \epsilon)\, G(z), \qquad \epsilon \sim U[0, 1], $$

and ask for slope 1 there, with a weight $\lambda$:

$$ L_D = \mathrm{E}\left[ D(G(z)) \right] - \mathrm{E}\left[ D(x) \right] + \lambda\, \mathrm{E}\big[ (\lVert \nabla D(\hat x) \rVert - 1)^2 \big]. $$

Each example has one $\epsilon$ (not one for each pixel: the point would not lie between), and the length goes over all
of its pixels. A slope below 1 costs as much as one above: the best critic has 1, so why not say so.

**No batch norm in the critic.** The penalty asks each point for the slope of $D$ *at this point*. With batch norm the
score of one example depends on all others in the batch, and there is no such thing. (In the generator it may stay.)

## The derivative of a slope

Take one point $x$, and write $g = \nabla_x D(x)$ and $r = \lVert g \rVert$. If a weight $w$ is moved, $g$ moves, and

$$ \frac{\partial}{\partial w}\, \lambda (r - 1)^2 = 2 \lambda (r - 1)\, \frac{g}{r} \cdot \frac{\partial g}{\partial w} = v \cdot \frac{\partial g}{\partial w},
   \qquad v = 2 \lambda (r - 1)\, \frac{g}{r}. $$

So if we hold the direction $v$ fast, what is wanted is the derivative of the *number* $v \cdot g$ with respect to each
weight. And that number has another name. It is how fast the score changes if the input moves in the direction $v$:

$$ v \cdot \nabla_x D(x) = \lim_{h \to 0} \frac{D(x + h v) - D(x)}{h}. $$

The right side has no gradient in it. It can be had by going *forward*. Let the input move with velocity $v$; then with
what velocity does each layer's output move? A dense layer $h = W x + b$ hands on $t = W v$: the bias does not move. A
leaky ReLU hands on $t$ where its input is positive and a fifth of it elsewhere: its *mask*, which belongs to $x$ and
not to $v$. At the end stands the velocity of the score. Call this the *tangent pass*.

For a critic with one hidden layer, $D(x) = w_2 \cdot a(W_1 x + b_1) + b_2$, with the masks $m_j$:

$$ g_k = \sum_j w_{2j}\, m_j\, W_{1jk}, \qquad v \cdot g = \sum_j w_{2j}\, \underbrace{m_j \sum_k W_{1jk} v_k}_{t_j}. $$

Now both derivatives can be read off. In the sum each weight stands once:

$$ \frac{\partial (v \cdot g)}{\partial w_{2j}} = t_j, \qquad \frac{\partial (v \cdot g)}{\partial W_{1jk}} = w_{2j}\, m_j\, v_k. $$

And the biases? They stand nowhere in it. They decide about the masks; but a mask is 1 or 0.2 and does not change while
a weight moves by a hair. Their gradient is 0. (This holds wherever a function is linear in pieces. A $\tanh$ has a
slope that changes with its input, so the biases, and all weights, would have an influence by way of it. Our tangent
pass leaves that out, and therefore refuses a network with such a layer.)
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
Compare it with a backward pass. $\partial / \partial W_1$ is, as always, an error that has come from behind times a
signal that has come from the front: $w_{2j} m_j$ is what the backward pass leaves at the hidden units, and $v_k$ stands
where the input stood. So is $\partial / \partial w_2$: the error at the output is 1, and the signal is $t_j$. That is
all there is to know about deeper networks and about convolutions: **the gradient of $v \cdot \nabla_x D$ is the usual
gradient, with the errors of the backward pass and the tangents in the place of the signals.** The errors are there
already, since $g$ had to be computed. So one pass forward does it, layer after layer, and [networks](net.html) has it
as `net_tangent`; the penalty itself, four calls, is in [critics](critic.html).

Is it right? The definition of the derivative is the judge, as in lesson 2. Then the same numbers through the library.
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

static void check_two_layers(Run *run, Rng rng) {
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
Off by $7 \cdot 10^{-11}$ from central differences, and by $3 \cdot 10^{-7}$ from the library, which computes in float.
(A test does this for sixty random critics of dense layers, strided and dilated convolutions, pooling and leaky ReLUs,
and another one compares with PyTorch's double backward pass.)

## A step of the critic

Lesson 8's, with the penalty's gradient added to the other two before the optimizer sees any of them.
*/

void critic_step(Duel *d, CriticTally *tally, Penalty *penalty, float clip, const float *real,
                 const float *z, int n) {
    const float *fake = net_forward(d->G, z, n, TRAIN);
    net_zero_grad(d->D);

    float loss_real = wasserstein(d->ds, net_forward(d->D, real, n, TRAIN), 1.0f, n);
    net_backward(d->D, d->ds, WANT_PARAMS);
    float loss_fake = wasserstein(d->ds, net_forward(d->D, fake, n, TRAIN), -1.0f, n);
    net_backward(d->D, d->ds, WANT_PARAMS);

    float cost = 0.0f;
    if (penalty) {
        cost = penalty_step(penalty, real, fake, n);
        critic_tally_penalty(tally, cost, penalty->slope);
    }
    duel_step_D(d);
    if (!penalty) {
        clip_weights(d->D->params, d->D->n_params, clip);
    }
    critic_tally_d(tally, -loss_real, loss_fake, loss_real + loss_fake + cost, d->D);
}

/*
The generator's step is lesson 8's.
*/

void generator_step(Duel *d, CriticTally *tally, const float *z, int n) {
    const float *fake = net_forward(d->G, z, n, TRAIN);
    float loss = wasserstein(d->ds, net_forward(d->D, fake, n, TRAIN), 1.0f, n);
    const float *dfake = net_backward(d->D, d->ds, WANT_INPUT);
    net_zero_grad(d->G);
    net_backward(d->G, dfake, WANT_PARAMS);
    duel_step_G(d);
    critic_tally_g(tally, loss, d->G);
}

/*
**What does it cost?** The critic's step of lesson 8 has two passes forward, two backward to the errors and two to the
weights. The penalty adds a pass forward, one back to the input, and the tangent pass, which goes forward and to the
weights: four units on six. Measured on pictures (`make bench`), the step takes about half as long again.

## The program

Three acts, in files that follow: critics whose generator stands still, games in the plane, and pictures.
*/

static void print_summaries(const Settings *s) {
    Duel *duels[] = { plane_duel(s, &s->rules), picture_duel(s, 1) };
    static const char *const names[2][2] = { { "plane: generator", "plane: critic" },
                                             { "pictures: generator", "pictures: critic" } };
    for (int i = 0; i < 2; i++) {
        printf("%s", i > 0 ? "\n" : "");
        summary_print(stdout, names[i][0], duels[i]->G);
        printf("\n");
        summary_print(stdout, names[i][1], duels[i]->D);
        duel_free(duels[i]);
    }
}

static void all_acts(Run *run, const Settings *s, const Option *options, const Dataset *test) {
    if (s->part != PLANE_PART) {
        dataset_check(s->run.data, TRAIN_SET, SIDE, SIDE, 2);
    }
    State *state = state_open(run, options);
    check_two_layers(run, rng_create((uint64_t)s->run.seed, RNG_DATA));
    if (s->part != PICTURES_PART) {
        surfaces(run, state, s);
        games(run, state, s);
    }
    if (s->part != PLANE_PART) {
        pictures(run, state, s, test);
        if (!run_stopped(run)) {
            picture_generator(run, s, run_path(run, "model.safetensors"), test);
        }
    }
    state_close(state);
}

int main(int argc, char **argv) {
    Settings s = { .run = RUN_DEFAULTS("09-wgan-gp"),
                   .rules = { .lambda = 0.1f,
                              .clip = 0.1f,
                              .lr = 0.001f,
                              .d_steps = 5,
                              .batch = 128,
                              .longer = 1,
                              .init = INIT_FAN_IN },
                   .init = INIT_FAN_IN,
                   .steps = 3000,
                   .width = 64,
                   .depth = 3,
                   .epochs = 5,
                   .picture_batch = 64,
                   .images = 60000,
                   .picture_d_steps = 1,
                   .picture_lr = 0.001f,
                   .picture_lambda = 10.0f };
    Rules *r = &s.rules;
    const Option options[] = {
        option_choice("part", &s.part, PART_CHOICES, "which part to run"),
        option_choice("cloud", &s.cloud, CLOUD_CHOICES, "points to learn"),
        option_choice("init", &s.init, INIT_CHOICES, "weights"),
        option_int("steps", &s.steps, 1, 1000000, "of the generator, in the plane"),
        option_int("batch", &r->batch, 1, 10000, "points a step"),
        option_int("width", &s.width, 1, 4096, "units of a hidden layer, in the plane"),
        option_int("depth", &s.depth, 1, PLANE_DEPTH, "hidden layers, in the plane"),
        option_float("lambda", &r->lambda, 0, 1000000, "weight of the penalty; 0: clipping"),
        option_float("lr", &r->lr, 0, 1000, "learning rate in the plane, falls to 0"),
        option_int("d-steps", &r->d_steps, 1, 1000, "of the critic for one of the generator"),
        option_int("epochs", &s.epochs, 1, 1000, "passes of the critic over the pictures"),
        option_int("picture-batch", &s.picture_batch, 2, 4096, "pictures a step"),
        option_int("images", &s.images, 2, 1000000, "training pictures to use"),
        option_int("picture-d-steps", &s.picture_d_steps, 1, 1000, "the same with pictures"),
        option_float("picture-lr", &s.picture_lr, 0, 1000, "learning rate with pictures"),
        option_float("picture-lambda", &s.picture_lambda, 0, 1000000, "weight of the penalty"),
        option_int("generate", &s.generate, 0, 1000000, "pictures to write at the end"),
        option_flag("summary", &s.summary, "print the nets' layers, and do nothing else"),
        LOAD_OPTION(s.run, "judge this generator instead of training one"),
        RESUME_OPTION(s.run),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 9: gradient penalty.");
    r->cloud = (Cloud)s.cloud;
    r->init = (InitScheme)s.init;
    if (s.summary) {
        print_summaries(&s);
        return EXIT_SUCCESS;
    }
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, SIDE, SIDE, JUDGE_FEATURES + 1);
    if (s.run.load) {
        picture_generator(run, &s, s.run.load, test);
    } else {
        all_acts(run, &s, options, test);
    }
    dataset_free(test);
    return run_close(run);
}
