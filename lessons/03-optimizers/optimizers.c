/*
# Lesson 3: Optimizers

Backpropagation hands us 101,770 slopes. What now? "Go downhill" is the whole idea, and yet there are seven ways of
doing it in the [chapter on optimizers](optimizer.html), papers argue about them, and a framework asks you to choose.
How different are they really? And what would a fair comparison look like?

**What you will do here.** Watch six methods walk on three landscapes small enough to be drawn. Then train the network
of lesson 2 with each of them, from the same initial weights on the same batches, with the learning rate that suits
each best. See what the size of a batch does, what a schedule does, and that two things that are both called weight
decay are not the same.

    make lesson-3
    make lesson-3 ARGS="--lr 0.01" RUN=same-rate
    make compare RUNS="03-optimizers/default 03-optimizers/same-rate" COLS="sgd adam"
*/

#include "optimizers.h"
#include "checkpoint.h"
#include "clock.h"
#include "die.h"
#include "evaluate.h"
#include "file.h"
#include "loss.h"
#include "optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## The program

The first act, the landscapes, has a file of its own, which follows this one; the others share a network and are here.
*/

typedef struct {
    RunOptions run;
    int epochs, batch, images, hidden;
    float lr; // 0: each method's best rate of the sweep
} Settings;

enum { PIXELS = 784, CLASSES = 10 };

/*
## A fair comparison

Two methods can only be compared if everything else is the same: the network, its initial weights, the batches and
their order. All of that lives in one place, the laboratory; each experiment begins by putting the initial weights
back and starting the same random stream of batches from its beginning.
*/

typedef struct {
    Run *run;
    const Settings *settings;
    Split images; // for training and validation
    Net *net;
    float *start; // (net->n_params): the initial weights of every experiment
    float *x, *dlogits;
    int *labels;
} Lab;

static Net *make_net(const Settings *s) {
    const LayerSpec table[] = { dense(s->hidden), tanh_(), dense(CLASSES), END };
    Rng rng = rng_create((uint64_t)s->run.seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, s->batch, &rng);
    net_init(net, INIT_XAVIER, &rng);
    return net;
}

static Lab lab_open(Run *run, const Settings *s) {
    Lab lab = { .run = run, .settings = s };
    lab.images = split_open(s->run.data, s->images, (uint64_t)s->run.seed);
    lab.net = make_net(s);
    lab.start = alloc_floats(lab.net->n_params);
    memcpy(lab.start, lab.net->params, lab.net->n_params * sizeof *lab.start);
    lab.x = alloc_floats((size_t)s->batch * PIXELS);
    lab.dlogits = alloc_floats((size_t)s->batch * CLASSES);
    lab.labels = alloc_bytes((size_t)s->batch * sizeof *lab.labels);
    return lab;
}

static void lab_close(Lab *lab) {
    split_close(&lab->images);
    net_free(lab->net);
    free(lab->start);
    free(lab->x);
    free(lab->dlogits);
    free(lab->labels);
}

static Batches fresh_batches(const Lab *lab, int batch) {
    return split_batches(&lab->images, batch, (uint64_t)lab->settings->run.seed);
}

/*
A *recipe* is what differs from one experiment to the next; a *curve* is what comes out: at `POINTS` places along the
way the mean training loss since the place before, and the seconds that training has taken so far.
*/

enum { POINTS = 40 };

typedef struct {
    OptimizerSpec optimizer;
    Schedule schedule;
    int batch;
    long steps;
} Recipe;

typedef struct {
    double loss[POINTS], seconds[POINTS];
    Score valid;        // at the end
    double weight_norm; // at the end
} Curve;

/*
The training loop is the one of lesson 2, with two new lines: the schedule sets the learning rate, and the optimizer
takes the step. A run whose loss is no longer a number has diverged: in a sweep of learning rates that is a result,
not an accident, so it is recorded as infinite and ends there.
*/

static Curve train(Lab *lab, const Recipe *recipe) {
    Curve curve;
    Net *net = lab->net;
    memcpy(net->params, lab->start, net->n_params * sizeof *net->params);
    Optimizer *optimizer = optimizer_create(recipe->optimizer, net->n_params);
    Batches batches = fresh_batches(lab, recipe->batch);
    double sum = 0.0, began = clock_seconds();
    long since = 0;
    int point = 0;
    bool finite = true;
    for (long step = 0; step < recipe->steps && finite && !run_stopped(lab->run); step++) {
        int n = batches_next_endless(&batches, lab->x, lab->labels);
        const float *logits = net_forward(net, lab->x, n, TRAIN);
        float loss = softmax_cross_entropy(lab->dlogits, logits, lab->labels, n, CLASSES);
        net_zero_grad(net);
        net_backward(net, lab->dlogits, WANT_PARAMS);
        optimizer->spec.lr =
            schedule_lr(recipe->schedule, recipe->optimizer.lr, step, recipe->steps);
        optimizer_step(optimizer, net->params, net->grads);

        finite = isfinite(loss);
        sum += finite ? loss : INFINITY;
        since++;
        if (point < (step + 1) * POINTS / recipe->steps) {
            while (point < (step + 1) * POINTS / recipe->steps) { // more than one in a short run
                curve.loss[point] = sum / (double)since;
                curve.seconds[point++] = clock_seconds() - began;
            }
            sum = 0.0;
            since = 0;
        }
    }
    for (; point < POINTS; point++) {
        curve.loss[point] = finite ? NAN : INFINITY; // finite: interrupted, so not measured
        curve.seconds[point] = NAN;
    }
    curve.valid = finite ? evaluate(net, lab->images.data, lab->images.order, lab->images.n_valid)
                         : (Score){ INFINITY, 1.0f / CLASSES };
    curve.weight_norm = norm(net->params, net->n_params);
    batches_free(&batches);
    optimizer_free(optimizer);
    return curve;
}

static long steps_for(const Lab *lab, int batch, double epochs) {
    long per_epoch = (lab->images.n_train + batch - 1) / batch;
    return (long)ceil((double)per_epoch * epochs);
}

/*
## Which learning rate?

Comparing all methods at one learning rate would only tell which of them likes that rate. So each method is first
trained for one epoch at each of nine rates, a factor $\sqrt{10}$ apart, from 0.0001 to 1.
*/

enum { RATES = 9 };

static void sweep(Lab *lab, float best[OPTIMIZER_KINDS]) {
    Log *log =
        log_open(lab->run, "log-sweep.csv", "lr,sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw");
    double lowest[OPTIMIZER_KINDS];
    for (int i = 0; i < RATES; i++) {
        float lr = powf(10.0f, -4.0f + 0.5f * (float)i);
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
![Validation loss after one epoch against the learning rate. Each method has a valley, about a factor of ten wide;
left of it learning is slow, right of it the steps are too long. Adam's valley lies some thirty times further left
than SGD's.](sweep.svg)

Three things to see. *The valleys lie far apart*: SGD and Nesterov like 0.1, momentum and AdaGrad 0.03, Adam and AdamW
0.003, RMSprop 0.001. A comparison "all at 0.01" would crown AdaGrad and put RMSprop next to last. *The two sides are
not alike*: a rate ten times too small costs SGD half as much loss again. Ten times too large, SGD, momentum and
Nesterov end at 5.1, 1.3 and 71, where knowing nothing is 2.3; the four that divide by the size of the gradient still
reach 0.6 to 0.8. *The bottoms are close*: 0.41 for Adam, 0.42 for Nesterov, 0.50 for plain SGD,
after one epoch.

The sweep is also a warning. We now know seven good learning rates *for this network, this batch size and one epoch*.

## The race

Seven methods, five epochs, each with its best rate of the sweep. The log has a row for each fortieth of the way and a
column for each method. Seconds go to a file of their own, since they differ from run to run.
*/

static void log_curves(Run *run, const char *name, const char *columns, const Curve *curves, int n,
                       long steps) {
    Log *log = log_open(run, name, columns);
    for (int p = 0; p < POINTS; p++) {
        double losses[OPTIMIZER_KINDS];
        for (int c = 0; c < n; c++) {
            losses[c] = curves[c].loss[p];
        }
        log_write(log, ((p + 1) * steps + POINTS - 1) / POINTS, losses, (size_t)n);
    }
}

// For each curve two columns, seconds and loss; a row for each point.
static void write_seconds(Run *run, const char *name, const char *header, const Curve *curves,
                          int n) {
    OutFile *file = file_create(run_path(run, "%s", name));
    fprintf(file_stream(file), "%s\n", header);
    for (int p = 0; p < POINTS; p++) {
        for (int c = 0; c < n; c++) {
            fprintf(file_stream(file), "%s%.4f,%.6g", c ? "," : "", curves[c].seconds[p],
                    curves[c].loss[p]);
        }
        fprintf(file_stream(file), "\n");
    }
    file_commit(file);
}

static void report(Lab *lab, const char *act, const char *name, const Curve *curve) {
    if (run_stopped(lab->run)) {
        return; // Ctrl-C: this curve is not a whole one
    }
    char key[64];
    snprintf(key, sizeof key, "%s_%s_valid_loss", act, name);
    run_summary(lab->run, key, curve->valid.loss);
    snprintf(key, sizeof key, "%s_%s_valid_accuracy", act, name);
    run_summary(lab->run, key, curve->valid.accuracy);
    run_say(lab->run, "  %-8s %-12s valid loss %.4f  accuracy %.4f  %5.2f s", act, name,
            (double)curve->valid.loss, (double)curve->valid.accuracy, curve->seconds[POINTS - 1]);
}

static void race(Lab *lab, const float rate[OPTIMIZER_KINDS]) {
    Curve curves[OPTIMIZER_KINDS];
    long steps = steps_for(lab, lab->settings->batch, lab->settings->epochs);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS; k++) {
        float lr = lab->settings->lr > 0.0f ? lab->settings->lr : rate[k];
        Recipe recipe = { optimizer_defaults(k, lr), CONSTANT, lab->settings->batch, steps };
        curves[k] = train(lab, &recipe);
        report(lab, "race", optimizer_name(k), &curves[k]);
    }
    log_curves(lab->run, "log.csv", "sgd,momentum,nesterov,adagrad,rmsprop,adam,adamw", curves,
               OPTIMIZER_KINDS, steps);
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
into the gradient, so the picture hardly changes.](race-seconds.svg)

On the validation images after five epochs: RMSprop 0.330, AdaGrad 0.337, Adam 0.342, momentum 0.349, AdamW 0.353,
Nesterov 0.360, SGD 0.386. But look at how the curves tremble: another seed shuffles the six. (With `--seed 2` AdamW and
Adam lead; with `--seed 3` it is AdaGrad, and Nesterov is nearly as far behind as SGD.) What can be said is that the
other six learn faster than plain SGD, and that winning the first epoch, as Adam and AdamW did, is not winning the race.

## One, 128 or all

How many examples should a step look at? Gradient descent in the textbooks looks at all of them, and takes one
well-informed step per pass. Rosenblatt's rule looks at one, and takes 55,000 ill-informed ones. The noise in the
gradient of $B$ examples falls like $1 / \sqrt{B}$ while its price rises like $B$: the first examples of a batch are
the ones that pay.

All 55,000 examples do not fit into the network's memory at once. They do not have to: gradients *add*, so the pass
goes on in pieces, and only the step waits for the end.
*/

static Curve train_full_batch(Lab *lab, float lr) {
    Curve curve;
    Net *net = lab->net;
    memcpy(net->params, lab->start, net->n_params * sizeof *net->params);
    Batches batches = fresh_batches(lab, lab->settings->batch);
    double began = clock_seconds();
    for (int step = 0; step < POINTS; step++) {
        curve.loss[step] = curve.seconds[step] = NAN;
        if (run_stopped(lab->run)) {
            continue;
        }
        double sum = 0.0;
        net_zero_grad(net);
        for (int n;
             !run_stopped(lab->run) && (n = batches_next(&batches, lab->x, lab->labels)) > 0;) {
            const float *logits = net_forward(net, lab->x, n, TRAIN);
            sum += (double)n * softmax_cross_entropy(lab->dlogits, logits, lab->labels, n, CLASSES);
            float share =
                (float)n / (float)lab->images.n_train; // from a mean over n to a mean over all
            for (int i = 0; i < n * CLASSES; i++) {
                lab->dlogits[i] *= share;
            }
            net_backward(net, lab->dlogits, WANT_PARAMS);
        }
        for (size_t i = 0; i < net->n_params; i++) {
            net->params[i] -= lr * net->grads[i];
        }
        curve.loss[step] = sum / lab->images.n_train;
        curve.seconds[step] = clock_seconds() - began;
    }
    curve.valid = evaluate(net, lab->images.data, lab->images.order, lab->images.n_valid);
    batches_free(&batches);
    return curve;
}

static void batch_sizes(Lab *lab) {
    Recipe one = { optimizer_defaults(SGD, 0.01f), CONSTANT, 1, steps_for(lab, 1, 1.0) };
    Recipe some = { optimizer_defaults(SGD, 0.1f), CONSTANT, lab->settings->batch,
                    steps_for(lab, lab->settings->batch, 10.0) };
    Curve curves[] = { train(lab, &one), train(lab, &some), train_full_batch(lab, 0.2f) };
    static const char *const names[] = { "one", "minibatch", "all" };
    for (int c = 0; c < 3; c++) {
        report(lab, "batch", names[c], &curves[c]);
    }
    write_seconds(lab->run, "seconds-batch.csv",
                  "one_seconds,one,minibatch_seconds,minibatch,all_seconds,all", curves, 3);
}

/*
![Training loss against seconds, on a logarithmic axis. One example a step: one pass is enough to learn much, then the
weights rattle about. All 55,000 a step: each step well informed, and 40 of them too few. 128 a step: ahead of both all
the way.](batch.svg)

Full-batch descent runs at a rate of 0.2 here; at 0.5 its loss climbs and falls wildly, since the most curved
direction allows no more. One example at a time, at 0.01, is the thriftiest with data: after a single pass the
validation loss is 0.45. The minibatch, at 0.1, needs two passes for that (lesson 2 logged them), but they take a
sixth of the time, because a matrix product uses the machine far better than 128 products of a matrix and a vector do.
Batches are as much about the hardware as about statistics.

## Schedules

In the sweep Adam liked a rate of 0.003 best; but that was one epoch, and the race has five. What is right for the
first may be too much for the fifth: near the goal, the steps are larger than what is left to go, and the noise of the
batches keeps the weights moving. A schedule need not choose.
*/

static void schedules(Lab *lab, float rate) {
    Curve curves[SCHEDULES];
    long steps = steps_for(lab, lab->settings->batch, lab->settings->epochs);
    for (Schedule s = 0; s < SCHEDULES; s++) {
        Recipe recipe = { optimizer_defaults(ADAM, rate), s, lab->settings->batch, steps };
        curves[s] = train(lab, &recipe);
        report(lab, "schedule", schedule_name(s), &curves[s]);
    }
    log_curves(lab->run, "log-schedules.csv", "constant,step_decay,linear,cosine", curves,
               SCHEDULES, steps);
    if (!run_stopped(lab->run)) {
        checkpoint_save(run_path(lab->run, "model.safetensors"),
                        lab->net); // the last one's: cosine
    }
}

/*
![Training loss of Adam from a rate of 0.003 on, with four schedules. They begin alike; where the rate falls, so does
the loss.](schedules.svg)

The same method, the same first rate, the same batches: validation loss 0.342 at a constant rate, 0.318 with steps,
0.310 linear, 0.313 cosine. Each of the three schedules beats all seven methods of the race. If you have time to tune
one thing, tune the learning rate; if two, its schedule.

## L2 and weight decay

Two ways to keep weights small: a penalty in the loss (L2), or a shrinking beside the step, *weight decay* proper (see
[optimizers](optimizer.html)). Under SGD they are the same thing. Are they under Adam? All runs have a cosine schedule.
*/

static void decay(Lab *lab, const float rate[OPTIMIZER_KINDS]) {
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
The program prints the length of the weight vector at the end. Under SGD the two agree to all digits printed, 15.4644.
Under Adam the same $\lambda = 0.001$ gives 12.3 as a penalty and 31.4 as a decay, where 31.5 is the length with
neither. So "Adam with 0.001" means two very different things, depending on where a program puts the 0.001. Does
either help? Not here. The penalty makes the validation loss worse (0.348 against 0.313). The decay hardly acts:
$\eta \lambda$, at a mean rate of 0.0016, summed over 2,150 steps shrinks the weights by 0.3 %.
*/

static void score_on_test(Run *run, const Settings *s, const char *model, const Dataset *test) {
    Net *net = make_net(s);
    evaluate_model(run, net, model, test);
    net_free(net);
}

int main(int argc, char **argv) {
    Settings s = { .run = RUN_DEFAULTS("03-optimizers"),
                   .epochs = 5,
                   .batch = 128,
                   .images = 60000,
                   .hidden = 128 };
    const Option options[] = {
        option_int("epochs", &s.epochs, 1, 1000, "passes over the training images in the race"),
        option_int("batch", &s.batch, 1, 10000, "images a step"),
        option_int("images", &s.images, 12, 1000000, "training and validation images to use"),
        option_int("hidden", &s.hidden, 1, 10000, "hidden neurons"),
        option_float("lr", &s.lr, 0, 1000, "learning rate of all methods; 0: each one's best"),
        LOAD_OPTION(s.run, "score this model.safetensors instead of training"),
        RUN_OPTIONS(s.run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 3: optimizers.");
    Run *run = run_open(&s.run, options);
    Dataset *test = dataset_load(s.run.data, TEST_SET);
    dataset_expect(test, s.run.data, 28, 28, 1);
    if (s.run.load) {
        score_on_test(run, &s, s.run.load, test);
        dataset_free(test);
        return run_close(run);
    }
    landscapes(run);
    Lab lab = lab_open(run, &s);
    float rate[OPTIMIZER_KINDS];
    sweep(&lab, rate);
    for (OptimizerKind k = 0; k < OPTIMIZER_KINDS && !run_stopped(run); k++) {
        run_say(run, "  sweep    %-12s best rate %.3g", optimizer_name(k), (double)rate[k]);
    }
    if (!run_stopped(run)) {
        race(&lab, rate);
        batch_sizes(&lab);
        schedules(&lab, rate[ADAM]);
        decay(&lab, rate);
    }
    if (!run_stopped(run)) {
        score_on_test(run, &s, run_path(run, "model.safetensors"), test);
    }
    dataset_free(test);
    lab_close(&lab);
    return run_close(run);
}
