/*
## Why did deep nets not train?

One hidden layer named 88 % of the clothes correctly. Ten layers should do better still: each can build on the features of the
one before. For decades they did worse than two, or did not learn at all. Before reading on, make a guess: where in a ten-layer
net does the trouble sit?

Look at one layer, from the outside. Going forward it multiplies the signal by its weights and passes it through its
activation; going backward it multiplies the gradient by the same weights and by the slope of the activation. If the first
changes the size of a typical signal by a factor $f$, ten layers change it by $f^{10}$; if the second changes the
gradient by a factor $g$, ten layers change that by $g^{10}$. Factors a little off are enough: $0.5^{10} \approx 0.001$,
and $2^{10} \approx 1000$. A gradient that has shrunk to nothing on its way to the first layers is called a *vanishing
gradient*, one that has grown out of all proportion an *exploding gradient*.

For a layer with $n$ inputs, $n$ outputs and weights of variance $v$ (see [initial weights](init.html)) the factors
are about

$$ f \approx \sqrt{n v} \cdot (\text{what the activation leaves of the signal}), \qquad
   g \approx \sqrt{n v} \cdot (\text{the typical slope of the activation}). $$

The slope of the sigmoid is never more than $\frac14$, that of tanh never more than 1, and both are largest at 0. Far from
0 the two functions are nearly flat: at 5 the sigmoid's slope is 0.0066, at 3 that of tanh is 0.0099. A unit whose inputs
have driven it there is *saturated*, and hardly any gradient passes through it.

So with $n v = 1$ and sigmoids the gradient shrinks to a quarter or less *per layer*. On the way forward this does not show:
a sigmoid's output is never small, since $\sigma(0) = \frac12$. But what a net can learn from is how the output differs
from picture to picture, and small differences, too, are multiplied by the slope.

**The experiment.** A net of ten layers, nine of them with 100 hidden units (neurons), for four activations and five
initialisations. ReLU is $\max(0, a)$, with slope 1 or 0; leaky ReLU has the slope 0.01 where ReLU has 0
([activations](activation.html)). The initialisations draw each weight uniformly from $\pm 0.01$ (small) or $\pm 0.5$
(large), or with a variance that for a layer of 100 inputs and 100 outputs is $1 / n$ (*Xavier initialisation*) or
$2 / n$ (*He initialisation*), or make them all zero. For the first batch we write down, layer by layer, the root mean
square (RMS) of its output (forward), the norm of the gradient with respect to that output (backward), and the norm of the
gradient of its weights. Then each of the twenty nets is trained for 300 steps at a learning rate of 0.1 and scored on the
validation images. Last, we count the *dead* units, a danger of ReLU: those that give 0 for every validation image. Where a
ReLU gives 0 its slope is 0 too, so no gradient reaches the unit's weights.
*/

#include "acts.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 100, BATCH = 128, STEPS = 300 };

const Init inits[INITS] = {
    { "zero", INIT_ZERO },     { "small", INIT_SMALL }, { "large", INIT_LARGE },
    { "xavier", INIT_XAVIER }, { "he", INIT_HE },
};

// The table of layers, made in a loop: dense 100 and activation nine times, then dense 10.
static Net *deep_net(int activation, InitScheme scheme, Rng rng) {
    LayerSpec table[2 * DEPTH];
    for (int i = 0; i < DEPTH; i++) {
        bool last = i == DEPTH - 1;
        table[2 * i] = (LayerSpec)dense(last ? CLASSES : WIDTH);
        table[2 * i + 1] = last ? (LayerSpec)END : activations[activation].layer;
    }
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, BATCH, &rng);
    net_init(net, scheme, &rng);
    return net;
}

/*
What is measured, and how. The output of layer $l$ is what its activation hands on, or, in the last layer, the logits.
*/

static void measure_signals(Outcome *o, const Net *net) {
    for (int l = 0; l < DEPTH; l++) {
        const Layer *weights = &net->layers[2 * l];
        const Layer *output = &net->layers[l < DEPTH - 1 ? 2 * l + 1 : 2 * l];
        size_t n = (size_t)net->n * shape_size(output->out);
        o->forward[l] = norm(output->y, n) / sqrt((double)n);
        o->backward[l] = norm(output->dy, n);
        o->weight[l] = norm(weights->dweight, weights->n_weight);
    }
}

static int count_dead(Net *net, const Dataset *data, const int *index, int n) {
    bool alive[DEPTH][WIDTH] = { 0 };
    float *x = alloc_floats(BATCH * PIXELS);
    for (int first = 0; first < n; first += BATCH) {
        int count = n - first < BATCH ? n - first : BATCH;
        dataset_take(x, NULL, data, index + first, count);
        net_forward(net, x, count, EVAL);
        for (int l = 0; l < DEPTH - 1; l++) {
            const float *y = net->layers[2 * l + 1].y; // (count, WIDTH)
            for (int i = 0; i < count * WIDTH; i++) {
                alive[l][i % WIDTH] |= y[i] != 0.0f;
            }
        }
    }
    free(x);
    int dead = 0;
    for (int i = 0; i < (DEPTH - 1) * WIDTH; i++) {
        dead += !alive[i / WIDTH][i % WIDTH];
    }
    return dead;
}

/*
The training loop again. A net whose weights have become NaN (not a number) scores what guessing scores, which is all we
want to know about it here, so it is not stopped.
*/

static void train_deep(Run *run, Outcome *o, Net *net, Batches *batches, int steps) {
    float *x = alloc_floats(BATCH * PIXELS);
    int labels[BATCH];
    for (int step = 0; step < steps && !run_stopped(run); step++) {
        int n = batches_next_endless(batches, x, labels);
        const float *logits = net_forward(net, x, n, TRAIN);
        softmax_cross_entropy(net->dy, logits, labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, net->dy, WANT_PARAMS);
        if (step == 0) {
            measure_signals(o, net);
        }
        for (size_t i = 0; i < net->n_params; i++) {
            net->params[i] -= 0.1f * net->grads[i];
        }
    }
    free(x);
}

int signals(Run *run, Outcome outcomes[ACTIVATIONS][INITS], const BackpropSettings *settings,
            const Split *split) {
    uint64_t seed = settings->run.seed;
    long all = settings->epochs * ((split->n_train + BATCH - 1L) / BATCH);
    int steps = all < STEPS ? (int)all : STEPS; // a short run of the lesson is short here, too
    for (int i = 0; i < ACTIVATIONS * INITS; i++) {
        int a = i / INITS, k = i % INITS;
        Outcome *o = &outcomes[a][k];
        Net *net = deep_net(a, inits[k].scheme, rng_create(seed, RNG_INIT));
        Batches batches = split_batches(split, BATCH, seed);
        train_deep(run, o, net, &batches, steps);
        if (run_stopped(run)) {
            batches_free(&batches);
            net_free(net);
            return 0;
        }
        o->accuracy = evaluate(net, split->data, split->order, split->n_valid).accuracy;
        o->dead = count_dead(net, split->data, split->order, split->n_valid);
        run_progress(run, "ten layers", i + 1, ACTIVATIONS * INITS, "%s %s: %.3f",
                     activations[a].name, inits[k].name, o->accuracy);
        batches_free(&batches);
        net_free(net);
    }
    return steps;
}

/*
## What the plot shows

![Signals in ten layers, at the first step. Above: the size of each layer's output, from left to right. Below: the
norm of the gradient that reaches it, from right to left. The nets that learn are those whose lines stay near level in
both rows, and tanh with large weights. With the zero initialisation there is nothing to draw: all hidden gradients are
exactly 0.](signals.svg)

Accuracy after 300 steps, and in brackets the dead units among 900:

| | zero | small | large | Xavier | He |
|---|---|---|---|---|---|
| sigmoid | 0.104 (0) | 0.104 (0) | 0.104 (0) | 0.104 (0) | 0.104 (0) |
| tanh | 0.100 (900) | 0.100 (0) | 0.757 (0) | 0.764 (0) | 0.841 (0) |
| ReLU | 0.100 (900) | 0.100 (295) | 0.096 (90) | 0.743 (25) | 0.793 (10) |
| leaky ReLU | 0.100 (900) | 0.100 (0) | 0.096 (0) | 0.704 (0) | 0.794 (0) |

(All with seed 1, and 300 steps are few. On a processor that rounds in another way the accuracies of the two kinds of ReLU
with Xavier or He initialisation came out up to 0.06 higher or lower, the others the same to three digits. The sizes that
are quoted below are within a factor of two of those at seeds 2 and 3.)

Read the lower row of the figure from right to left, as the gradient travels.

- **Sigmoid**: the gradient vanishes. From layer 9 to layer 1 every line falls. (Between the outputs, layer 10, and layer 9
  no activation is passed, only weights, and three of the four lines rise there.) With Xavier's weights the first layer
  gets about a hundred-thousandth of what the last one gets. None of the five initialisations cures it, and none of the
  nets has learned anything after 300 steps.
- **Tanh** has slope 1 at zero. With Xavier's weights the lines are nearly level above *and* below, as the formula
  promised, and the net learns. They fall a little, since away from zero the slope is smaller; the larger weights of
  He initialisation make up for that, and the net does better still.
- **Small weights** shrink the signal on the way up and the gradient on the way down. The output of layer 9 has an RMS of
  $8 \cdot 10^{-12}$ with tanh and of $4 \cdot 10^{-13}$ with ReLU; the gradient at layer 1 has a norm of $6 \cdot
  10^{-13}$, $4 \cdot 10^{-14}$ and, with sigmoids, $9 \cdot 10^{-18}$. In the hidden layers these weights are a
  seventeenth of Xavier's, and that is as bad as zero.
- **Large weights** make both grow: under ReLU a thousandfold forward, from layer 1 to the outputs, and 860-fold backward. That
  is an exploding gradient. The first steps move the weights so far that they end as NaN, and the net calls everything class 0.
  Tanh survives large weights, because it saturates. Its outputs cannot exceed 1, and their RMS is 0.83 in layer 9, so most
  slopes $1 - h^2$ are far below 1. Backward the norm grows by a factor of 1.3 a layer, and by 27 in all. With slopes of 1 it
  would be 2.9 a layer, more than ten thousand in all.
- **ReLU** lets half of the numbers through, and with them half of the mean square of signal and gradient, so it wants
  twice Xavier's variance. With Xavier's it loses a factor of about $1.4 = \sqrt2$ a layer; with He initialisation
  the lines are level.

So depth by itself is not the problem. Ten layers multiply ten factors, and the factors have to be near one. That is
why batch norm (lesson 5) will make such a difference: it resets the size at each layer, whatever the weights are.

**Dead units.** A few in the nets that train, hundreds with small weights, where the slightest step of a bias
outweighs the signal. A dead unit's own weights do not change, but it can come back to life when the layers below it
change. A leaky ReLU lets one hundredth of the gradient through and cannot die. (With zero weights every tanh and
leaky ReLU gives 0 as well and is counted; and a NaN is not 0, so the 90 of the exploded net mean nothing.)

## Where this differs from the papers

- Rumelhart, Hinton and Williams (1986) trained with sigmoids, squared error and momentum, on problems of about a
  hundred examples. We use tanh, softmax cross-entropy and plain steps, because each removes one obstacle that has
  nothing to do with the idea. The idea is older: Linnainmaa (1970) had it for rounding errors, Werbos (1974) for
  fitting models to data.
- Glorot and Bengio (2010) and He et al. (2015) derive the factors as we did, for weights at the start. Nothing in the
  argument speaks of later steps. In this experiment the nets with good factors at the start are the ones that learn.
- Our ten-layer nets are trained for 300 steps, enough to see which ones learn at all. Their accuracies are those of nets
  that have just begun.

## To explore

1. *Predict, then run.* What do zero initial weights do to the two-layer network of this lesson, `--init zero`? Will
   the output layer's biases still learn? What is the best loss that biases alone can reach?
2. Put a mistake into `mlp_backward`: leave out the factor $1 - h^2$. What does the gradient check say? Does XOR still
   get solved? Do the spirals?
3. `make lesson-2 ARGS="--activation relu --init he" RUN=relu-he`, then compare the runs as shown at the top. Which of
   the two learns faster, and where is it visible that it also overfits faster?
4. The gradient check moves each weight up and down by 0.01, the last argument of `gradient_error` in `check_gradient`. Change
   it to 0.3 and to 0.00001. Which part of the error grows in each case? (Read [the chapter](gradcheck.html) again.)
5. The table of derivatives has no line for $dX = dA\, W_1$. Who would want it? Add it to `mlp_backward` and draw, for
   one picture of a shirt, which pixels would have to change to make it a coat.
6. Write a network with two hidden layers in plain loops. How many lines are new? How would you avoid writing them for
   every depth? (Then read [layers](layer.html).)

## References

- S. Linnainmaa, *The representation of the cumulative rounding error of an algorithm as a Taylor expansion of the
  local rounding errors*, 1970.
- P. Werbos, *Beyond Regression*, PhD thesis, Harvard, 1974.
- D. Rumelhart, G. Hinton, R. Williams, *Learning representations by back-propagating errors*, Nature 323, 1986.
- X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010.
- K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, 2015, arXiv:1502.01852.
- H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST*, 2017, arXiv:1708.07747.
*/
