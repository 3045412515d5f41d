/*
## A fair comparison

Two methods can be compared only if everything else is the same: the network, its initial weights, the batches and
their order. Each experiment therefore puts the initial weights back and starts the same random stream of batches from
its beginning.

A *recipe* is what differs from one experiment to the next. A *curve* is what comes out: the training loss and the
seconds so far, at 40 places along the way.

The training loop is the one of lesson 2, with two new lines: the schedule sets the learning rate, and the optimizer
takes the step. A run whose loss is no longer a number has diverged. In a sweep of learning rates that is a result,
and it is recorded as an infinite loss.
*/

#include "acts.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

Curve train(OptimizersLab *lab, const Recipe *recipe) {
    Curve curve;
    Net *net = lab->net;
    memcpy(net->params, lab->start, net->n_params * sizeof *net->params);
    Optimizer *optimizer = optimizer_create(recipe->optimizer, net->n_params);
    Batches batches = fresh_batches(lab, recipe->batch);
    Recorder recorder = record_begin(&curve);
    bool finite = true;
    for (long step = 0; step < recipe->steps && finite && !run_stopped(lab->run); step++) {
        int n = batches_next_endless(&batches, lab->x, lab->labels);
        const float *logits = net_forward(net, lab->x, n, TRAIN);
        float loss = softmax_cross_entropy(net->dy, logits, lab->labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, net->dy, WANT_PARAMS);
        optimizer->spec.lr =
            schedule_lr(recipe->schedule, recipe->optimizer.lr, step, recipe->steps);
        optimizer_step(optimizer, net->params, net->grads);

        finite = isfinite(loss);
        record(&recorder, finite ? loss : INFINITY, step + 1, recipe->steps);
    }
    record_end(&recorder, finite ? NAN : INFINITY); // finite: interrupted, so not measured
    curve.valid = finite ? evaluate(net, lab->images.data, lab->images.order, lab->images.n_valid)
                         : (Score){ INFINITY, 1.0f / CLASSES };
    curve.weight_norm = norm(net->params, net->n_params);
    batches_free(&batches);
    optimizer_free(optimizer);
    return curve;
}

/*
## Which learning rate?

A comparison of all methods at one learning rate would tell only which of them likes that rate. So each method is
first trained for one epoch at each of nine rates, a factor of $\sqrt{10}$ apart, from 0.0001 to 1. The validation
images, which no training sees, decide which rate is best.
*/

enum { RATES = 9 };

static float tried_lr(int i) {
    return powf(10.0f, -4.0f + 0.5f * (float)i);
}

void sweep(OptimizersLab *lab, float best[OPTIMIZER_KINDS]) {
    Log *log = log_open(lab->run, "log-sweep.csv",
                        "lr,sgd<,momentum<,nesterov<,adagrad<,rmsprop<,adam<,adamw<");
    double lowest[OPTIMIZER_KINDS];
    for (int i = 0; i < RATES; i++) {
        float lr = tried_lr(i);
        double loss[OPTIMIZER_KINDS];
        for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
            Recipe recipe = { optimizer_defaults(k, lr), CONSTANT, lab->settings->batch,
                              steps_for(lab, lab->settings->batch, 1.0) };
            loss[k] = train(lab, &recipe).valid.loss;
            if (run_stopped(lab->run)) {
                return;
            }
            if (i == 0 || !(lowest[k] <= loss[k])) {
                lowest[k] = loss[k];
                best[k] = lr;
            }
            run_progress(lab->run, "sweep", i * OPTIMIZER_KINDS + k + 1, RATES * OPTIMIZER_KINDS,
                         "%s at %.3g: %.3f", optimizer_name(k), (double)lr, loss[k]);
        }
        log_row(log, i + 1, lr, loss[SGD], loss[MOMENTUM], loss[NESTEROV], loss[ADAGRAD],
                loss[RMSPROP], loss[ADAM], loss[ADAMW]);
    }
}

/*
![Validation loss after one epoch against the learning rate, for seven methods. Each curve is a valley about a factor
of ten wide. Those of SGD, momentum, Nesterov and AdaGrad have their lowest points at 0.03 to 0.1, those of Adam and
AdamW at 0.003, that of RMSprop at 0.001.](sweep.svg)

| | SGD | momentum | Nesterov | AdaGrad | RMSprop | Adam | AdamW |
|---|---|---|---|---|---|---|---|
| best rate of the nine | 0.1 | 0.03 | 0.1 | 0.03 | 0.001 | 0.003 | 0.003 |
| validation loss | 0.505 | 0.435 | 0.422 | 0.429 | 0.449 | 0.408 | 0.407 |

*The valleys lie far apart.* A comparison "all at 0.01" would have AdaGrad as its winner and RMSprop next to last.
*The two sides are not alike.* A rate ten times too small costs SGD half as much loss again. Ten times too large, SGD,
momentum and Nesterov end at 4.5, 1.8 and 49, where knowing nothing is 2.3; the four that divide by the size of the
gradient still reach 0.6 to 0.8. *The bottoms are close*: 0.41 for Adam, 0.42 for Nesterov, 0.50 for plain SGD, after
one epoch.

These are seven good learning rates *for this network, this batch size and one epoch*, and no more than that.

## Which μ?

The momentum $\mu$ is a choice as much as $\eta$ is. We train for one epoch with each of five values of $\mu$ at each
of the seven rates from 0.001 on.
*/

static const float momenta[] = { 0.0f, 0.5f, 0.8f, 0.9f, 0.98f };
enum { MOMENTA = 5, FIRST_RATE = 2 };

void momentum_sweep(OptimizersLab *lab) {
    Log *log = log_open(lab->run, "log-momentum.csv", "lr,mu_0<,mu_05<,mu_08<,mu_09<,mu_098<");
    double lowest[MOMENTA];
    float best[MOMENTA] = { 0.0f };
    for (int i = FIRST_RATE; i < RATES; i++) {
        double loss[MOMENTA];
        for (int m = 0; m < MOMENTA; m++) {
            Recipe recipe = { optimizer_defaults(MOMENTUM, tried_lr(i)), CONSTANT,
                              lab->settings->batch, steps_for(lab, lab->settings->batch, 1.0) };
            recipe.optimizer.momentum = momenta[m];
            loss[m] = train(lab, &recipe).valid.loss;
            if (run_stopped(lab->run)) {
                return;
            }
            if (i == FIRST_RATE || loss[m] < lowest[m]) {
                lowest[m] = loss[m];
                best[m] = recipe.optimizer.lr;
            }
            run_progress(lab->run, "momentum", i * MOMENTA + m + 1, RATES * MOMENTA,
                         "mu %.2g at %.3g: %.3f", (double)momenta[m], (double)recipe.optimizer.lr,
                         loss[m]);
        }
        log_row(log, i + 1, tried_lr(i), loss[0], loss[1], loss[2], loss[3], loss[4]);
    }
    for (int m = 0; m < MOMENTA; m++) {
        char key[64];
        snprintf(key, sizeof key, "momentum_%.2g_valid_loss", (double)momenta[m]);
        run_summary(lab->run, key, lowest[m]);
        run_say(lab->run, "  momentum mu %-4.2g best rate %-8.3g valid loss %.4f",
                (double)momenta[m], (double)best[m], lowest[m]);
    }
}

/*
![Left: validation loss after one epoch against the learning rate, for five values of μ. The larger μ, the further
left lies the valley. Right: the same against η / (1 - μ). The left slopes of the five valleys lie on one
another.](momentum.svg)

| μ | 0 | 0.5 | 0.8 | 0.9 | 0.98 |
|---|---|---|---|---|---|
| best rate | 0.1 | 0.1 | 0.1 | 0.03 | 0.01 |
| validation loss | 0.505 | 0.474 | 0.448 | 0.435 | 0.442 |

Here the usual 0.9 is the best of the five. The figure on the right says what $\mu$ and $\eta$ have to do with each
other: in a long run in one direction momentum steps by $\eta g / (1 - \mu)$, and against that *effective rate* the
left slopes of all valleys lie on one another. Where the steps are too small, $\mu = 0.9$ is the same as a rate ten
times as large. Only at the bottom and on the right do the curves part: a larger $\mu$ bears a larger effective rate
before it diverges. So whoever changes $\mu$ has to change $\eta$ with it.

## The race

Seven methods, five epochs, each with its best rate of the sweep. The log has a row for each fortieth of the way and a
column for each method. Seconds go to a file of their own, since they differ from run to run.
*/

void race(OptimizersLab *lab, const float rate[OPTIMIZER_KINDS]) {
    Curve curves[OPTIMIZER_KINDS];
    long steps = steps_for(lab, lab->settings->batch, lab->settings->epochs);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
        float lr = lab->settings->lr > 0.0f ? lab->settings->lr : rate[k];
        Recipe recipe = { optimizer_defaults(k, lr), CONSTANT, lab->settings->batch, steps };
        curves[k] = train(lab, &recipe);
        report(lab, "race", optimizer_name(k), &curves[k]);
    }
    log_curves(lab->run, "log.csv", "sgd<,momentum<,nesterov<,adagrad<,rmsprop<,adam<,adamw<",
               curves, OPTIMIZER_KINDS, steps);
    write_seconds(lab->run, "seconds-race.csv",
                  "sgd_seconds,sgd,momentum_seconds,momentum,nesterov_seconds,nesterov,"
                  "adagrad_seconds,adagrad,rmsprop_seconds,rmsprop,adam_seconds,adam,"
                  "adamw_seconds,adamw",
                  curves, OPTIMIZER_KINDS);
}

/*
![Training loss of the seven over five epochs, each at its best rate of the sweep. SGD is soon last and stays there;
the other six are a bundle.](race.svg)

![The same against seconds. Adam's rule does several times the arithmetic of SGD's, but most of a step's time goes
into the gradient, so that the picture is nearly the same.](race-seconds.svg)

On the validation images after five epochs: RMSprop 0.330, AdaGrad 0.339, Adam 0.345, momentum 0.349, AdamW 0.354, Nesterov
0.363, SGD 0.386. But the curves tremble, and these are single runs: the order of the six may be chance. What can be said is
that the other six learn faster than plain SGD, and that the winners of the first epoch, Adam and AdamW, do not win the race.
*/
