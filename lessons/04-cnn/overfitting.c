/*
## Overfitting

With 55,000 pictures LeNet's validation loss ended close to its lowest value. What if there are only 2,000? Then
61,706 parameters have 2,000 answers to get right, and can do it without understanding anything. A network that fits
its training pictures better and better while it becomes worse on others is said to be **overfitting**. We let it
happen: forty epochs at a constant learning rate three times the usual one, and after each epoch a look at the
validation images.

![2,000 training images, forty epochs. Left: without a remedy the training loss goes to zero. Right: the validation
loss has its lowest point after eight epochs and doubles until the end; with dropout or with moved pictures it stays
down.](overfitting.svg)

Beside it run two remedies. One is [dropout](dropout.html) in front of the first two dense layers, where most of the
parameters are: in each step half of their inputs, chosen at random, are set to 0. The other one invents pictures: a
shirt that is moved by a pixel or two is still a shirt, so each picture is moved, each time it is used, by a random
number of pixels between $-2$ and 2 in both directions. That is called **augmentation**, and it tells a network which
changes do not matter.

Of the 53,000 training images that are left over, the last part of the experiment uses 2,000 to train a second
network, and 10,000 are **held out**: no training and no choice sees them, and they say at the end how many answers
are right.
*/

#include "acts.h"
#include "base/die.h"
#include "measure/evaluate.h"
#include "nn/loss.h"
#include "nn/optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *act, *log, *suffix; // suffix: of its keys in summary.csv
    const LayerSpec *table;
    int shift;   // largest shift of a training picture
    bool others; // trained on 2,000 other pictures
} Remedy;

enum { FEW = 2000, FEW_VALID = 2000, MOST_HELD = 10000 };

void shift_pictures(float *to, const float *from, int n, int right, int down) {
    float(*y)[SIDE][SIDE] = (void *)to;
    const float(*x)[SIDE][SIDE] = (void *)from;
    for (int e = 0; e < n; e++) {
        for (int row = 0; row < SIDE; row++) {
            for (int col = 0; col < SIDE; col++) {
                int u = row - down, v = col - right;
                bool inside = u >= 0 && u < SIDE && v >= 0 && v < SIDE;
                y[e][row][col] = inside ? x[e][u][v] : 0.0f;
            }
        }
    }
}

// Moves each of n pictures by its own random number of pixels, up to `most` in each direction.
static void augment(float *x, int n, int most, Rng *rng) {
    float moved[PIXELS];
    for (int e = 0; e < n; e++) {
        int right = (int)rng_below(rng, (uint32_t)(2 * most + 1)) - most;
        int down = (int)rng_below(rng, (uint32_t)(2 * most + 1)) - most;
        shift_pictures(moved, x + (long)e * PIXELS, 1, right, down);
        memcpy(x + (long)e * PIXELS, moved, sizeof moved);
    }
}

/*
**Early stopping.** The validation loss falls, reaches a lowest point, and rises again while the training loss goes on
falling: from there on the network learns these 2,000 pictures and not clothes. So keep a copy of the weights whenever
the validation loss is lower than ever before, and in the end use that copy. One would stop when there has been no
new copy for a while; here we go on to the end, to see what stopping would have saved.
*/

typedef struct {
    Net *net;
    Optimizer *adam;
    Batches batches;
    Rng moves;
    int few, n_valid; // training and validation images
    const int *held;  // images of neither kind, which judge in the end
    int n_held;
    long epochs, epoch;       // how many there will be, how many are done
    double loss_sum, correct; // of this epoch
    long best_epoch;          // with the lowest validation loss
    float best_loss;
    float *best; // the weights of that epoch
} Course;

// The pictures: the first 2,000 training images, or the next 2,000, and of the rest 10,000 that judge.
static void choose_pictures(Course *c, const CnnLab *lab) {
    const Split *images = &lab->images;
    c->few = images->n_train < 3 * FEW ? (images->n_train + 2) / 3 : FEW;
    c->n_valid = images->n_valid < FEW_VALID ? images->n_valid : FEW_VALID;
    int left = images->n_train - 2 * c->few;
    c->held = images->order + images->n_valid + 2 * c->few;
    c->n_held = left < MOST_HELD ? left : MOST_HELD;
}

static void course_open(Course *c, CnnLab *lab, const Remedy *remedy, Net *net) {
    uint64_t seed = lab->settings->run.seed;
    choose_pictures(c, lab);
    c->epochs = (10 * lab->settings->epochs + 2) / 3; // 40 where the others have 12
    c->net = net;
    c->adam =
        optimizer_create(optimizer_defaults(ADAM, 3.0f * lab->settings->lr), c->net->n_params);
    c->batches = batches_create(lab->images.data, lab->images.order,
                                lab->images.n_valid + (remedy->others ? c->few : 0), c->few,
                                lab->settings->batch, rng_create(seed, RNG_SHUFFLE));
    c->moves = rng_create(seed, RNG_NOISE);
    c->best_loss = INFINITY;
    c->best = alloc_floats(c->net->n_params);
    state_optimizer(lab->state, "adam", c->adam);
    state_batches(lab->state, "batches", &c->batches);
    state_rng(lab->state, "moves", &c->moves);
    state_count(lab->state, "epoch", &c->epoch, c->epochs);
    state_doubles(lab->state, "loss_sum", &c->loss_sum, 1);
    state_doubles(lab->state, "correct", &c->correct, 1);
    state_count(lab->state, "best_epoch", &c->best_epoch, c->epochs);
    state_floats(lab->state, "best_loss", &c->best_loss, 1);
    state_floats(lab->state, "best", c->best, c->net->n_params);
}

static void course_close(Course *c) {
    free(c->best);
    optimizer_free(c->adam);
    batches_free(&c->batches);
}

static void report_course(CnnLab *lab, const Remedy *remedy, Course *c) {
    Score train =
        evaluate(c->net, lab->images.data,
                 lab->images.order + lab->images.n_valid + (remedy->others ? c->few : 0), c->few);
    Score valid = evaluate(c->net, lab->images.data, lab->images.order, c->n_valid);
    Score end = evaluate(c->net, lab->images.data, c->held, c->n_held);
    float *last =
        memcpy(alloc_floats(c->net->n_params), c->net->params, c->net->n_params * sizeof *last);
    memcpy(c->net->params, c->best, c->net->n_params * sizeof *c->best);
    Score stopped = evaluate(c->net, lab->images.data, c->held, c->n_held);
    memcpy(c->net->params, last, c->net->n_params * sizeof *last);
    free(last);
    const struct {
        const char *name;
        double value;
    } figures[] = { { "best_epoch", (double)c->best_epoch },
                    { "best_valid_loss", c->best_loss },
                    { "best_held_loss", stopped.loss },
                    { "best_held_accuracy", stopped.accuracy },
                    { "end_train_accuracy", train.accuracy },
                    { "end_valid_loss", valid.loss },
                    { "end_held_loss", end.loss },
                    { "end_held_accuracy", end.accuracy } };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s_%s", figures[i].name, remedy->suffix);
        run_summary(lab->run, key, figures[i].value);
    }
    run_say(lab->run, "%-12s best after epoch %2ld: valid loss %.3f, held-out accuracy %.3f",
            remedy->act, c->best_epoch, (double)c->best_loss, (double)stopped.accuracy);
    run_say(lab->run, "%12s at the end, epoch %2ld: valid loss %.3f, held-out accuracy %.3f", "",
            c->epoch, (double)valid.loss, (double)end.accuracy);
}

/*
The training loop once more, an epoch at a time. The learning rate is constant, since a falling one would hide what
happens when one goes on for too long.
*/

static void learn(CnnLab *lab, const Remedy *remedy, Net *net) {
    if (!state_begin(lab->state, remedy->act)) {
        return;
    }
    Course c = { 0 };
    course_open(&c, lab, remedy, net);
    Log *log =
        log_open(lab->run, remedy->log, "train_loss<,train_accuracy>,valid_loss<,valid_accuracy>");
    while (c.epoch < c.epochs && !run_stopped(lab->run)) {
        int n = batches_next(&c.batches, lab->x, lab->labels);
        if (n > 0) {
            augment(lab->x, n, remedy->shift, &c.moves);
            const float *logits = net_forward(c.net, lab->x, n, TRAIN);
            float loss = softmax_cross_entropy(c.net->dy, logits, lab->labels, n, CLASSES);
            c.loss_sum += (double)loss * n;
            c.correct += count_correct(logits, lab->labels, n, CLASSES);
            net_zero_grad(c.net);
            net_backward(c.net, c.net->dy, WANT_PARAMS);
            optimizer_step(c.adam, c.net->params, c.net->grads);
            if (!isfinite(loss)) {
                run_diverged(lab->run, c.adam->steps, "the loss", net_find_nonfinite(c.net));
            }
            continue;
        }
        c.epoch++;
        Score valid = evaluate(c.net, lab->images.data, lab->images.order, c.n_valid);
        if (valid.loss < c.best_loss) {
            c.best_epoch = c.epoch;
            c.best_loss = valid.loss;
            memcpy(c.best, c.net->params, c.net->n_params * sizeof *c.best);
        }
        log_row(log, c.epoch, c.loss_sum / c.few, c.correct / c.few, valid.loss, valid.accuracy);
        run_progress(lab->run, remedy->act, c.epoch, c.epochs, "loss %.3f, validation %.3f",
                     c.loss_sum / c.few, (double)valid.loss);
        c.loss_sum = c.correct = 0.0;
        state_save(lab->state);
    }
    if (c.epoch == c.epochs) {
        report_course(lab, remedy, &c);
    }
    state_end(lab->state, c.epoch == c.epochs);
    course_close(&c);
}

/*
How much does the result depend on which 2,000 pictures were drawn? Two networks, one trained on the first 2,000 and
one on the next, from the same initial weights, are both shown the held-out pictures. The share on which their answers
differ tells.
*/

static int largest_of(const float *logits) {
    int largest = 0;
    for (int k = 1; k < CLASSES; k++) {
        largest = logits[k] > logits[largest] ? k : largest;
    }
    return largest;
}

static void compare_answers(CnnLab *lab, const char *name, Net *a, Net *b) {
    if (!state_begin(lab->state, name)) {
        return;
    }
    Course c = { 0 };
    choose_pictures(&c, lab);
    int differ = 0;
    for (int first = 0; first < c.n_held; first += a->batch) {
        int left = c.n_held - first, n = left < a->batch ? left : a->batch;
        dataset_take(lab->x, lab->labels, lab->images.data, c.held + first, n);
        const float *one = net_forward(a, lab->x, n, EVAL),
                    *other = net_forward(b, lab->x, n, EVAL);
        for (int i = 0; i < n; i++) {
            differ += largest_of(one + i * CLASSES) != largest_of(other + i * CLASSES);
        }
    }
    run_summary(lab->run, name, (double)differ / c.n_held);
    run_say(lab->run, "%s: %.3f of the held-out images", name, (double)differ / c.n_held);
    state_end(lab->state, true);
}

static const Remedy remedies[FEW_NETS] = {
    { "few", "log-few.csv", "few", lenet, 0, false },
    { "few-dropout", "log-few-dropout.csv", "few_dropout", lenet_dropout, 0, false },
    { "few-moved", "log-few-moved.csv", "few_moved", lenet, 2, false },
    { "few-linear", "log-few-linear.csv", "few_linear", linear, 0, false },
    { "few-others", "log-few-others.csv", "few_others", lenet, 0, true },
    { "few-linear-others", "log-few-linear-others.csv", "few_linear_others", linear, 0, true },
};

void few_open(CnnLab *lab, Net *nets[FEW_NETS]) {
    for (int i = 0; i < FEW_NETS; i++) {
        nets[i] = make_net(lab->settings, remedies[i].table);
        state_net(lab->state, remedies[i].suffix, nets[i]);
    }
}

void overfitting(CnnLab *lab, Net *const nets[FEW_NETS]) {
    for (int i = 0; i < FEW_NETS; i++) {
        learn(lab, &remedies[i], nets[i]);
    }
    compare_answers(lab, "differ_lenet", nets[0], nets[4]);
    compare_answers(lab, "differ_linear", nets[3], nets[5]);
}

/*
| on 2,000 images | best epoch | validation loss there | at the end | held-out accuracy at the best epoch | at the end |
|---|---|---|---|---|---|
| as before | 8 | 0.532 | 1.083 | 0.827 | 0.843 |
| dropout | 40 | 0.475 | 0.475 | 0.840 | 0.840 |
| moved pictures | 32 | 0.479 | 0.498 | 0.845 | 0.849 |

Without a remedy the network ends without a single mistake on its 2,000 pictures: it has learned them by heart. The
validation loss was 0.53 after eight epochs and ends at 1.08.

But look at the last two columns. The *accuracy* has not fallen meanwhile; it has risen, from 0.827 to 0.843. How can
the loss double and the answers get better? The cross-entropy is the surprise at the truth. A network that goes on
when there is nothing left to learn makes its logits larger and larger: it becomes certain, of its right answers and
of its wrong ones, and a wrong answer given with certainty costs many nats. So early stopping saves what the loss
measures, honest probabilities, and here costs some of what the accuracy measures. Which of the two is wanted is a
question about the use, and not about the network.

Both remedies keep the loss down, and with both a network may go on for long: 0.02 of validation loss is lost at most, where
without a remedy it is 0.55. At the best epoch dropout has 1.3 points more right answers than the network without a remedy, and
the moved pictures have 1.8. At the end of the training the held-out accuracy is 0.843 without a remedy, 0.840 with dropout and
0.849 with moved pictures. The standard error of a held-out accuracy is 0.4 points. Both need more epochs, since what makes
memorising hard makes learning slow. And neither is worth as much as more pictures: with 55,000 the same network reaches 0.91 on
validation images.

## Bias and variance

Why does a network make mistakes on pictures that it has not seen? There are two reasons. (A third, labels that nobody
could tell from the picture, is left aside.) It may be unable to draw the right borders at all, whatever it is trained
on; that part of its error is called its **bias**. Or the borders that it draws depend on which pictures happened to
be in its training set; that part is called its **variance**. (A layer's bias is something else: the number that it
adds.) A simple model has much of the first and little of the second, a rich one the reverse. Both can be seen, in a
network of a single dense layer (7,850 parameters) and in LeNet (61,706):

| after forty epochs on 2,000 images | accuracy on them | held-out accuracy | answers that differ from those of a twin trained on 2,000 others |
|---|---|---|---|
| a single dense layer | 0.928 | 0.832 | 13.6 % |
| LeNet | 1.000 | 0.843 | 15.9 % |

In forty epochs the single layer does not even learn its own 2,000 pictures: 7.2 % of them stay wrong. Overfitted all
the same, it loses ten points on others. LeNet learns all of them, so that nothing on them is left over for bias; its
gap is sixteen points, and its answers depend more on the pictures that it got (one pair of networks each, seed 1).
With 2,000 pictures the two come out nearly alike. More pictures help against variance and not against bias: with
55,000 LeNet reaches 0.908. Regularisation (lesson 3), dropout, augmentation and early stopping all take away
variance, at the price of some bias.
*/
