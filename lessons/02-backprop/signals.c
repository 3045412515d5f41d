/*
## Why did deep nets not train?

One hidden layer named 88 % of the clothes. Ten layers should do better still: each can build on the features of the
one before. For decades they did worse than two, or did not learn at all. Before reading on, make a guess: where in a
ten-layer net does the trouble sit?

Look at one layer, from the outside. Going forward it multiplies the signal by its weights and bends it by its
activation; going backward it multiplies the gradient by the same weights and by the slope of the bend. If the first
changes the size of a typical signal by a factor $f$, ten layers change it by $f^{10}$; if the second changes the
gradient by a factor $g$, ten layers change that by $g^{10}$. There is little room: $0.5^{10} \approx 0.001$, and
$2^{10} \approx 1000$.

For a layer with $n$ inputs, $n$ outputs and weights of variance $v$ (see [initial weights](init.html)) the factors
are about

$$ f \approx \sqrt{n v} \cdot (\text{what the bend leaves of the signal}), \qquad
   g \approx \sqrt{n v} \cdot (\text{the typical slope of the bend}). $$

A sigmoid's slope is never more than $\frac14$. So with $n v = 1$ the gradient shrinks to a quarter or less *per
layer*. On the way forward the sigmoid hides its trouble: its output is never small, since $\sigma(0) = \frac12$. But
what a net can learn from is how the output differs from picture to picture, and small differences, too, are
multiplied by the slope.

**The experiment.** A net of ten layers, nine of them with 100 hidden units, for four activations and five
initialisations. For the first batch we write down, layer by layer, the root mean square (RMS) of its output
(forward), the norm of the gradient with respect to that output (backward), and the norm of the gradient of its
weights. Then each of the twenty nets is trained for 300 steps at a learning rate of 0.1 and scored on the validation
images. Last, we count the *dead* units, a danger of ReLU: those that give 0 for every validation image. Where a ReLU
gives 0 its slope is 0 too, so no gradient reaches the unit's weights.
*/

#include "backprop.h"
#include "die.h"
#include "evaluate.h"
#include "file.h"
#include "loss.h"

#include <math.h>
#include <stdlib.h>

enum { DEPTH = 10, WIDTH = 100, BATCH = 128, PIXELS = 784, CLASSES = 10, STEPS = 300 };
enum { ACTIVATIONS = 4, INITS = 5 };

static const struct {
    const char *name;
    LayerSpec layer;
} activations[ACTIVATIONS] = {
    { "sigmoid", sigmoid() },
    { "tanh", tanh_() },
    { "relu", relu() },
    { "leaky_relu", leaky_relu(0.01f) },
};

static const struct {
    const char *name;
    InitScheme scheme;
} inits[INITS] = {
    { "zero", INIT_ZERO },     { "small", INIT_SMALL }, { "large", INIT_LARGE },
    { "xavier", INIT_XAVIER }, { "he", INIT_HE },
};

// The table of layers, made in a loop for once: dense 100 and activation nine times, then dense 10.
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

typedef struct {
    double forward[DEPTH];  // root mean square of the output
    double backward[DEPTH]; // norm of the gradient with respect to it
    double weight[DEPTH];   // norm of the gradient with respect to the weights
    double accuracy;        // on validation images, after training
    int dead;               // hidden units that are 0 for every validation image, after training
} Outcome;

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
The training loop again. A net whose weights have become NaN scores what guessing scores, which is all we want to know
about it here, so it is not stopped.
*/

static void train_deep(Run *run, Outcome *o, Net *net, Batches *batches, int steps) {
    float *x = alloc_floats(BATCH * PIXELS), *dlogits = alloc_floats(BATCH * CLASSES);
    int labels[BATCH];
    for (int step = 0; step < steps && !run_stopped(run); step++) {
        int n = batches_next_endless(batches, x, labels);
        const float *logits = net_forward(net, x, n, TRAIN);
        softmax_cross_entropy(dlogits, logits, labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, dlogits, WANT_PARAMS);
        if (step == 0) {
            measure_signals(o, net);
        }
        for (size_t i = 0; i < net->n_params; i++) {
            net->params[i] -= 0.1f * net->grads[i];
        }
    }
    free(x);
    free(dlogits);
}

static void write_signals(Run *run, Outcome outcomes[ACTIVATIONS][INITS]) {
    OutFile *file = file_create(run_path(run, "signals.csv"));
    fprintf(file_stream(file), "activation,init,layer,forward,backward,weight\n");
    for (int i = 0; i < ACTIVATIONS * INITS * DEPTH; i++) {
        int a = i / DEPTH / INITS, k = i / DEPTH % INITS, l = i % DEPTH;
        const Outcome *o = &outcomes[a][k];
        fprintf(file_stream(file), "%s,%s,%d,%.4g,%.4g,%.4g\n", activations[a].name, inits[k].name,
                l + 1, o->forward[l], o->backward[l], o->weight[l]);
    }
    file_commit(file);
}

static void report(Run *run, Outcome outcomes[ACTIVATIONS][INITS], int steps) {
    run_say(run, "Ten layers: validation accuracy after %d steps (and dead units of 900):", steps);
    run_say(run, "%-12s%12s%12s%12s%12s%12s", "", inits[0].name, inits[1].name, inits[2].name,
            inits[3].name, inits[4].name);
    for (int a = 0; a < ACTIVATIONS; a++) {
        char line[128];
        int at = snprintf(line, sizeof line, "%-12s", activations[a].name);
        for (int i = 0; i < INITS; i++) {
            char cell[32];
            snprintf(cell, sizeof cell, "%.3f (%d)", outcomes[a][i].accuracy, outcomes[a][i].dead);
            at += snprintf(line + at, sizeof line - (size_t)at, "%12s", cell);
        }
        run_say(run, "%s", line);
    }
}

void signals(Run *run, const Settings *settings, const Split *split) {
    Outcome outcomes[ACTIVATIONS][INITS];
    uint64_t seed = (uint64_t)settings->run.seed;
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
            return;
        }
        o->accuracy = evaluate(net, split->data, split->order, split->n_valid).accuracy;
        o->dead = count_dead(net, split->data, split->order, split->n_valid);
        run_progress(run, "ten layers", i + 1, ACTIVATIONS * INITS, "%s %s: %.3f",
                     activations[a].name, inits[k].name, o->accuracy);
        batches_free(&batches);
        net_free(net);
    }
    write_signals(run, outcomes);
    report(run, outcomes, steps);
    for (int a = 0; a < ACTIVATIONS; a++) {
        char key[64];
        int suited = a < 2 ? 3 : 4; // Xavier for sigmoid and tanh, He for the two ReLUs
        snprintf(key, sizeof key, "deep_%s_accuracy", activations[a].name);
        run_summary(run, key, outcomes[a][suited].accuracy);
        snprintf(key, sizeof key, "deep_%s_first_over_last_gradient", activations[a].name);
        run_summary(run, key,
                    outcomes[a][suited].backward[0] / outcomes[a][suited].backward[DEPTH - 1]);
    }
}

/*
## What the plot shows

![Signals in ten layers, at the first step. Above: the size of each layer's output, from left to right. Below: the
norm of the gradient that reaches it, from right to left. The nets that learn are those whose lines stay near level in
both rows. With the zero initialisation there is nothing to draw: all hidden gradients are exactly 0.](signals.svg)

Accuracy after 300 steps, and in brackets the dead units among 900:

| | zero | small | large | Xavier | He |
|---|---|---|---|---|---|
| sigmoid | 0.104 (0) | 0.104 (0) | 0.104 (0) | 0.104 (0) | 0.104 (0) |
| tanh | 0.100 (900) | 0.100 (0) | 0.757 (0) | 0.764 (0) | 0.841 (0) |
| ReLU | 0.100 (900) | 0.100 (295) | 0.096 (90) | 0.686 (28) | 0.784 (7) |
| leaky ReLU | 0.100 (900) | 0.100 (0) | 0.096 (0) | 0.733 (0) | 0.774 (0) |

Read the lower row of the figure from right to left, as the gradient travels.

- **Sigmoid**: every line falls. With Xavier's weights the first layer gets a hundred-thousandth of what the last one
  gets. None of the five initialisations cures it, and none of the nets has learned anything after 300 steps.
- **Tanh** has slope 1 at zero. With Xavier's weights the lines are nearly level above *and* below, as the formula
  promised, and the net learns. They fall a little, since away from zero the bend takes something; He's larger weights
  make up for that and do better still.
- **Small weights** shrink the signal to $10^{-12}$ and less on the way up, and the gradient on the way down: in the
  hidden layers they are a seventeenth of Xavier's, and that is as bad as zero. **Large** ones make both grow, about a
  thousandfold under ReLU; the first steps throw the weights so far that they end as NaN, and the net calls everything
  class 0. Tanh survives large weights, since its outputs cannot exceed 1.
- **ReLU** lets half of the numbers through, and with them half of the mean square of signal and gradient, so it wants
  twice Xavier's variance. With Xavier's it loses a factor of about $1.4 = \sqrt2$ a layer; with He's the lines are
  level.

So depth by itself is not the problem. Ten layers multiply ten factors, and the factors have to be near one. That is
why batch norm (lesson 5) will make such a difference: it resets the size at each layer, whatever the weights are.

**Dead units.** A few in the nets that train, hundreds with small weights, where the slightest step of a bias
outweighs the signal. A dead unit's own weights stand still, but it can come back to life when the layers below it
change. A leaky ReLU lets one hundredth of the gradient through and cannot die. (With zero weights every tanh and
leaky ReLU gives 0 as well and is counted; and a NaN is not 0, so the 90 of the exploded net mean nothing.)

## Where this differs from the papers

- Rumelhart, Hinton and Williams (1986) trained with sigmoids, squared error and momentum, on problems of about a
  hundred examples. We use tanh, softmax cross-entropy and plain steps, because each removes one obstacle that has
  nothing to do with the idea. The idea is older: Linnainmaa (1970) had it for rounding errors, Werbos (1974) for
  fitting models to data.
- Glorot and Bengio (2010) and He et al. (2015) derive the factors as we did, for weights at the start. Nothing in the
  argument speaks of later steps; it turns out that a good start is most of what is needed.
- Our ten-layer nets are trained for 300 steps, enough to see which ones move. Their accuracies are those of nets that
  have just begun.

## Exercises

1. *Predict, then run.* What do zero initial weights do to the two-layer network of this lesson, `--init zero`? Will
   the output layer's biases still learn? What is the best loss that biases alone can reach?
2. Put a mistake into `mlp_backward`: leave out the factor $1 - h^2$. What does the gradient check say? Does XOR still
   get solved? Do the spirals?
3. `make lesson-2 ARGS="--activation relu --init he" RUN=relu-he`, then compare the runs as shown at the top. Which of
   the two learns faster, and where is it visible that it also memorises faster?
4. The gradient check uses $h = 0.01$. Change it to 0.3 and to 0.00001. Which part of the error grows in each case?
   (Read [the chapter](gradcheck.html) again.)
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
