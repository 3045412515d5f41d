/*
## L2 and weight decay

A network that has more weights than it needs can use them to learn its training images by heart, which is called
**overfitting** (lesson 4 shows it). What is done against that goes by the name of **regularisation**, and the oldest
kind keeps the weights small. There are two ways to do so. The **L2 penalty** of strength $\lambda$ adds
$\frac{\lambda}{2} \lVert w \rVert^2$ to the loss, and so $\lambda w$ to the gradient. **Weight decay** leaves loss
and gradient alone, and multiplies the weights by $1 - \eta \lambda$ before each step. Under SGD the two are the same:

$$ w - \eta\,(g + \lambda w) = (1 - \eta \lambda)\, w - \eta\, g. $$

Under Adam they are not, because the penalty's part of the gradient is divided by $\sqrt{s}$ like the rest. How much
does that matter? All runs have a cosine schedule.
*/

#include "acts.h"
#include "base/clock.h"
#include "base/die.h"
#include "base/file.h"
#include "data/image.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void decay(OptimizersLab *lab, const float rate[OPTIMIZER_KINDS]) {
    static const struct {
        const char *name;
        OptimizerKind kind;
        float l2, weight_decay;
    } recipes[] = {
        { "sgd_l2", SGD, 0.001f, 0.0f },      { "sgd_decay", SGD, 0.0f, 0.001f },
        { "adam_neither", ADAM, 0.0f, 0.0f }, { "adam_l2", ADAM, 0.001f, 0.0f },
        { "adam_decay", ADAM, 0.0f, 0.001f },
    };
    long steps = steps_for(lab, lab->settings->batch, lab->settings->epochs);
    run_summary(lab->run, "decay_start_weight_norm", norm(lab->start, lab->net->n_params));
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        OptimizerSpec spec = optimizer_defaults(recipes[i].kind, rate[recipes[i].kind]);
        spec.l2 = recipes[i].l2;
        spec.weight_decay = recipes[i].weight_decay;
        Recipe recipe = { spec, COSINE, lab->settings->batch, steps };
        Curve curve = train(lab, &recipe);
        report(lab, "decay", recipes[i].name, &curve);
        char key[64];
        snprintf(key, sizeof key, "decay_%s_weight_norm", recipes[i].name);
        if (!run_stopped(lab->run)) {
            run_summary(lab->run, key, curve.weight_norm);
            run_say(lab->run, "%33s %.4f", "length of the weights", curve.weight_norm);
        }
    }
}

/*
The program prints the length of the weight vector at the end; it begins at 15.4. Under SGD the two agree to all
digits printed, 15.4644. Under Adam the same $\lambda = 0.001$ gives 12.3 as a penalty and 31.4 as a decay, where 31.5
is the length with neither. So "Adam with 0.001" means two very different things, depending on where a program puts
the 0.001.

Does either help Adam? Not here. The penalty makes the validation loss worse (0.348 against 0.313). The decay hardly acts. A
weight that stands from the first step to the last is shrunk by the sum of all $\eta \lambda$: at a mean rate of 0.0016, over
2,150 steps, that is 0.34 %. The length at the end is 0.18 % smaller than without. That it is less fits: the weights have
doubled in length during the training, and what came late was shrunk for a few steps only.

## L1, and weights that are exactly 0

The **L1 penalty** adds $\lambda \lVert w \rVert_1 = \lambda \sum_i |w_i|$ to the loss. Its slope is $\lambda$ for
every positive weight and $-\lambda$ for every negative one, however small it is. So L2 pulls a small weight hardly at
all, and L1 pulls it as strongly as a large one. At 0 the slope jumps from $-\lambda$ to $\lambda$, and a step along
it would carry the weight across 0 and back, again and again. The remedy is to take the step of the loss first, and
then to move each weight towards 0 by $\eta \lambda$, but not beyond: the **soft threshold**.

$$ w \leftarrow \mathrm{sign}(w)\, \max(|w| - \eta \lambda,\; 0) $$
*/

void soft_threshold(float *w, size_t n, float amount) {
    for (size_t i = 0; i < n; i++) {
        w[i] = copysignf(fmaxf(fabsf(w[i]) - amount, 0.0f), w[i]);
    }
}

/*
What the two penalties do is seen best on a network whose weights are pictures. A single dense layer has for each of
the ten classes 28 × 28 weights, as in lesson 1; they begin at 0. It is trained on 1,000 images, where a penalty has
something to do: 7,840 weights can learn much of 1,000 images by heart. The gradient is that of all 1,000, since the
noise of batches would move a weight away from 0 as soon as it has got there. To be quick it is a kind of Nesterov's
method, with the soft threshold behind each step (FISTA, Beck and Teboulle 2009). Only the weights are penalised, not
the ten biases.
*/

typedef struct {
    const char *name;
    float l1, l2;
} WeightPenalty;

enum {
    FEW = 1000,
    DESCENTS = 200,
    WEIGHTS = PIXELS * CLASSES
}; // the biases stand behind the weights

// Leaves the gradient of the mean loss over the first n training images in net->grads.
static void full_gradient(OptimizersLab *lab, Net *net, int n) {
    const int *places = lab->images.order + lab->images.n_valid;
    net_zero_grad(net);
    for (int first = 0, count; first < n; first += count) {
        count = n - first < net->batch ? n - first : net->batch;
        dataset_take(lab->x, lab->labels, lab->images.data, places + first, count);
        const float *logits = net_forward(net, lab->x, count, TRAIN);
        softmax_cross_entropy(net->dy, logits, lab->labels, count, CLASSES);
        for (int i = 0; i < count * CLASSES; i++) {
            net->dy[i] *= (float)count / (float)n; // from a mean over count to one over n
        }
        net_backward(net, net->dy, WANT_PARAMS);
    }
}

static Score train_penalised(OptimizersLab *lab, Net *net, const WeightPenalty *penalty) {
    const float lr = 0.05f, mu = 0.9f;
    int n = lab->images.n_train < FEW ? lab->images.n_train : FEW;
    float *w = net->params, *before = alloc_floats(net->n_params);
    memset(w, 0, net->n_params * sizeof *w);
    for (int step = 0; step < DESCENTS && !run_stopped(lab->run); step++) {
        for (size_t i = 0; i < net->n_params; i++) { // look ahead
            float now = w[i];
            w[i] += mu * (now - before[i]);
            before[i] = now;
        }
        full_gradient(lab, net, n);
        for (size_t i = 0; i < net->n_params; i++) {
            float pull = i < WEIGHTS ? penalty->l2 * w[i] : 0.0f;
            w[i] -= lr * (net->grads[i] + pull);
        }
        if (penalty->l1 > 0.0f) {
            soft_threshold(w, WEIGHTS, lr * penalty->l1);
        }
    }
    free(before);
    return evaluate(net, lab->images.data, lab->images.order, lab->images.n_valid);
}

static double share_of_zeros(const float *w, size_t n) {
    size_t zeros = 0;
    for (size_t i = 0; i < n; i++) {
        zeros += w[i] == 0.0f;
    }
    return (double)zeros / (double)n;
}

/*
The experiment: both penalties at five strengths. Then, for three networks (no penalty, L2 and L1 of strength 0.001),
how many weights have which size, and the weights as pictures.
*/

enum { STRENGTHS = 5, SHOWN = 3, BINS = 81 };
static const double BIN_WIDTH = 0.02;

static void write_histogram(OptimizersLab *lab, float *const weights[SHOWN]) {
    size_t n = WEIGHTS;
    long counts[BINS][SHOWN] = { { 0 } };
    for (int k = 0; k < SHOWN; k++) {
        for (size_t i = 0; i < n; i++) {
            long bin = lround(weights[k][i] / BIN_WIDTH) + BINS / 2;
            counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin][k]++;
        }
    }
    OutFile *file = file_create(run_path(lab->run, "weights.csv"));
    fprintf(file_stream(file), "weight,none,l2,l1\n");
    for (int bin = 0; bin < BINS; bin++) {
        fprintf(file_stream(file), "%.2f,%ld,%ld,%ld\n", BIN_WIDTH * (bin - BINS / 2),
                counts[bin][0], counts[bin][1], counts[bin][2]);
    }
    file_commit(file);
}

static void sweep_strengths(OptimizersLab *lab, Net *net) {
    Log *log = log_open(lab->run, "log-penalties.csv",
                        "strength,l2_loss<,l2_accuracy>,l2_zeros,l1_loss<,l1_accuracy>,l1_zeros");
    for (int i = 0; i < STRENGTHS && !run_stopped(lab->run); i++) {
        float strength = powf(10.0f, -4.0f + 0.5f * (float)i);
        WeightPenalty l2 = { "l2", 0.0f, strength }, l1 = { "l1", strength, 0.0f };
        Score with_l2 = train_penalised(lab, net, &l2);
        double l2_zeros = share_of_zeros(net->params, WEIGHTS);
        Score with_l1 = train_penalised(lab, net, &l1);
        double l1_zeros = share_of_zeros(net->params, WEIGHTS);
        log_row(log, i + 1, strength, with_l2.loss, with_l2.accuracy, l2_zeros, with_l1.loss,
                with_l1.accuracy, l1_zeros);
        run_say(lab->run, "  strength %-8.2g L2: loss %.4f, zeros %.3f   L1: loss %.4f, zeros %.3f",
                (double)strength, (double)with_l2.loss, l2_zeros, (double)with_l1.loss, l1_zeros);
    }
}

void penalties(OptimizersLab *lab) {
    static const WeightPenalty shown[SHOWN] = { { "none", 0.0f, 0.0f },
                                                { "l2", 0.0f, 0.001f },
                                                { "l1", 0.001f, 0.0f } };
    size_t n = WEIGHTS;
    float *pictures = alloc_floats(SHOWN * n), *weights[SHOWN];
    Rng rng = rng_create(lab->settings->run.seed, RNG_INIT);
    Net *net = net_create((const LayerSpec[]){ dense(CLASSES), END }, (Shape){ 1, 28, 28 },
                          lab->settings->batch, &rng);
    sweep_strengths(lab, net);
    for (int k = 0; k < SHOWN && !run_stopped(lab->run); k++) {
        double began = clock_seconds();
        Curve curve = { .valid = train_penalised(lab, net, &shown[k]) };
        curve.seconds[POINTS - 1] = clock_seconds() - began;
        char key[64];
        weights[k] = memcpy(pictures + (size_t)k * n, net->params, n * sizeof *pictures);
        report(lab, "penalty", shown[k].name, &curve);
        snprintf(key, sizeof key, "penalty_%s_zeros", shown[k].name);
        run_summary(lab->run, key, share_of_zeros(weights[k], n));
        snprintf(key, sizeof key, "penalty_%s_weight_norm", shown[k].name);
        run_summary(lab->run, key, norm(weights[k], n));
        run_say(lab->run, "%33s %.4f, of length %.4f", "exact zeros", share_of_zeros(weights[k], n),
                norm(weights[k], n));
    }
    if (!run_stopped(lab->run)) {
        write_histogram(lab, weights);
        image_grid_signed(run_path(lab->run, "samples/weights.png"), pictures, SHOWN * CLASSES, 28,
                          28, CLASSES, 3);
    }
    net_free(net);
    free(pictures);
}

/*
![How many of the 7,840 weights have which size, on a logarithmic axis. The curves of no penalty and of L2 lie on one
another. With L1 more than half of all weights stand in the middle bin, which holds the zeros, and there are fewer small weights
beside it.](weights.svg)

![The weights of the ten classes as pictures: without a penalty, with L2, with L1. Red: a light pixel there speaks for
the class; blue: against it. The third row is white where a weight is exactly 0.](weights.png)

| on 1,000 images | strength | validation loss | accuracy | weights that are exactly 0 |
|---|---|---|---|---|
| no penalty | | 0.556 | 0.803 | 0.3 % |
| L2 | 0.001 | 0.557 | 0.802 | 0.3 % |
| L1 | 0.001 | 0.591 | 0.801 | 56.5 % |
| L2 | 0.01 | 0.581 | 0.805 | 0.3 % |
| L1 | 0.01 | 1.015 | 0.750 | 92.7 % |

L2 makes weights smaller, and none of them 0. (The 0.3 % belong to pixels that are black in all 1,000 pictures.) L1
sets more than half of the weights to exactly 0 and loses 0.2 points of accuracy; what is left over in the third row
are the outlines by which the classes differ. L1 is what one uses to learn which inputs matter, or to get a small
model. What the penalties are known for, a lower validation loss, they do not bring here: it is lowest without. One
reason may be that two hundred steps from 0 keep the weights small in any case.

## Where this differs from the papers

- Nesterov's method is written for the looked-ahead weights, as Bengio et al. (2013) and the frameworks do, so that one array of
  weights is enough. Sutskever et al. (2013) keep the others, and look ahead from them in each step.
- RMSprop never had a paper; there are versions with $\epsilon$ inside the root. Ours, like Adam's, is outside.
- Adam's authors suggest 0.001 as a default. On this network 0.003 is better, for one epoch at least.
- Reddi et al. (2018, arXiv:1904.09237) show that Adam need not converge on a problem made for that purpose. Wilson et
  al. (2017, arXiv:1705.08292) find adaptive methods generalising worse on large networks. Nothing of the kind shows
  in five epochs of a small one.
- FISTA changes its $\mu$ from step to step; ours stays at 0.9.

## To explore

1. SGD on the first ravine at a rate of 0.099, 0.1 and 0.101: predict, then run. (`tests/test_optimizer.c` has the
   answer for a parabola.)
2. Give the table of ravines a third steepness, $\kappa = 100$. Which $\mu$ do you expect to be best, and after how
   many steps does it show?
3. Start the saddle at $y = 0$ exactly. Who escapes? Why is this never seen in a network?
4. `make lesson-3 ARGS="--lr 0.01" RUN=same-rate` and compare. Write down the order of the seven and the wrong
   conclusion it suggests.
5. Take the bias correction out of `step_adam` in the library. At which rates of the sweep do you expect to see the
   difference, and in which direction?
6. In `schedules`, replace Adam by SGD at a rate of 0.3. How close does it come to Adam with a schedule?
7. Write Lion (Chen et al. 2023, arXiv:2302.06675): step by the *sign* of $\beta_1 m + (1 - \beta_1) g$, then let $m
   \leftarrow \beta_2 m + (1 - \beta_2) g$, with $\beta_1 = 0.9$ and $\beta_2 = 0.99$. In `optimizer.c` it is one rule
   and one row more; in `race.c` the sweep and the race need a column. Where is its valley?
8. `DESCENTS` in this file: with 2,000 steps, do the penalties help?

## References

- H. Robbins, S. Monro, *A stochastic approximation method*, 1951. B. Polyak, *Some methods of speeding up the
  convergence of iteration methods*, 1964. Y. Nesterov, *A method of solving a convex programming problem with
  convergence rate O(1/k²)*, 1983.
- A. Beck, M. Teboulle, *A fast iterative shrinkage-thresholding algorithm for linear inverse problems*, 2009.
- J. Duchi, E. Hazan, Y. Singer, *Adaptive subgradient methods*, JMLR 12, 2011.
- T. Tieleman, G. Hinton, *Lecture 6.5: RMSprop*, Coursera, 2012.
- I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*,
  ICML 2013.
- Y. Bengio, N. Boulanger-Lewandowski, R. Pascanu, *Advances in optimizing recurrent networks*, ICASSP 2013,
  arXiv:1212.0901.
- D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, ICLR 2015, arXiv:1412.6980.
- I. Loshchilov, F. Hutter, *SGDR*, 2017, arXiv:1608.03983; *Decoupled weight decay regularization*, 2019,
  arXiv:1711.05101.
- H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, 1960.
*/
