#include "cnn.h"
#include "die.h"
#include "evaluate.h"
#include "loss.h"
#include "optimizer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Learned by heart

With 55,000 pictures LeNet's validation loss ended close to its lowest value. What if there are only 2,000? Then
61,706 parameters have 2,000 answers to get right, and can do it without understanding anything. We let them: forty
passes at a constant learning rate three times the usual one, and after each pass a look at the validation images.

Beside it run two remedies. One is [dropout](dropout.html) in front of the first two dense layers, where most of the
parameters are. The other one invents pictures: a shirt that is moved by a pixel or two is still a shirt, so each
picture is moved, each time it is used, by a random number of pixels between $-2$ and 2 in both directions. No two
epochs see the same pictures. That is called **augmentation**, and it is how one tells a network which changes do not
matter.
*/

typedef struct {
    const char *act, *log, *suffix; // suffix: of its keys in summary.csv
    const LayerSpec *table;
    int shift; // largest shift of a training picture
} Remedy;

enum { FEW = 2000, FEW_VALID = 2000 };

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
new copy for a while; here we go on to the bitter end, to see what stopping has spared us.
*/

typedef struct {
    Net *net;
    Optimizer *adam;
    Batches batches;
    Rng moves;
    int few, n_valid, epoch;  // training and validation images, epochs done
    double loss_sum, correct; // of this epoch
    int best_epoch;           // with the lowest validation loss
    float best_loss;
    float *best; // the weights of that epoch
} Course;

static void course_open(Course *c, Lab *lab, const Remedy *remedy) {
    uint64_t seed = (uint64_t)lab->settings->run.seed;
    c->few = lab->images.n_train < FEW ? lab->images.n_train : FEW;
    c->n_valid = lab->images.n_valid < FEW_VALID ? lab->images.n_valid : FEW_VALID;
    c->net = make_net(lab->settings, remedy->table);
    c->adam =
        optimizer_create(optimizer_defaults(ADAM, 3.0f * lab->settings->lr), c->net->n_params);
    c->batches = batches_create(lab->images.data, lab->images.order, lab->images.n_valid, c->few,
                                lab->settings->batch, rng_create(seed, RNG_SHUFFLE));
    c->moves = rng_create(seed, RNG_NOISE);
    c->best_loss = INFINITY;
    c->best = alloc_floats(c->net->n_params);
    state_net(lab->state, "net", c->net);
    state_optimizer(lab->state, "adam", c->adam);
    state_batches(lab->state, "batches", &c->batches);
    state_rng(lab->state, "moves", &c->moves);
    state_ints(lab->state, "epoch", &c->epoch, 1);
    state_doubles(lab->state, "loss_sum", &c->loss_sum, 1);
    state_doubles(lab->state, "correct", &c->correct, 1);
    state_ints(lab->state, "best_epoch", &c->best_epoch, 1);
    state_floats(lab->state, "best_loss", &c->best_loss, 1);
    state_floats(lab->state, "best", c->best, c->net->n_params);
}

static void course_close(Course *c) {
    free(c->best);
    optimizer_free(c->adam);
    batches_free(&c->batches);
    net_free(c->net);
}

static void report_course(Lab *lab, const Remedy *remedy, Course *c) {
    Score valid = evaluate(c->net, lab->images.data, lab->images.order, c->n_valid);
    Score end = evaluate(c->net, lab->test, NULL, lab->test->n);
    memcpy(c->net->params, c->best, c->net->n_params * sizeof *c->best);
    Score stopped = evaluate(c->net, lab->test, NULL, lab->test->n);
    const struct {
        const char *name;
        double value;
    } figures[] = {
        { "best_epoch", c->best_epoch },      { "best_valid_loss", c->best_loss },
        { "best_test_loss", stopped.loss },   { "best_test_accuracy", stopped.accuracy },
        { "end_valid_loss", valid.loss },     { "end_test_loss", end.loss },
        { "end_test_accuracy", end.accuracy }
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s_%s", figures[i].name, remedy->suffix);
        run_summary(lab->run, key, figures[i].value);
    }
    run_say(lab->run, "%-12s best after epoch %2d: valid loss %.3f, test accuracy %.3f",
            remedy->act, c->best_epoch, (double)c->best_loss, (double)stopped.accuracy);
    run_say(lab->run, "%12s at the end, epoch %2d: valid loss %.3f, test accuracy %.3f", "",
            c->epoch, (double)valid.loss, (double)end.accuracy);
}

/*
The training loop once more, an epoch at a time. The learning rate is constant, since a falling one would hide what
happens when one goes on for too long.
*/

static void learn(Lab *lab, const Remedy *remedy) {
    if (!state_begin(lab->state, remedy->act)) {
        return;
    }
    Course c = { 0 };
    course_open(&c, lab, remedy);
    Log *log =
        log_open(lab->run, remedy->log, "train_loss,train_accuracy,valid_loss,valid_accuracy");
    int epochs = (10 * lab->settings->epochs + 2) / 3; // 40 where the others have 12
    while (c.epoch < epochs && !run_stopped(lab->run)) {
        int n = batches_next(&c.batches, lab->x, lab->labels);
        if (n > 0) {
            augment(lab->x, n, remedy->shift, &c.moves);
            const float *logits = net_forward(c.net, lab->x, n, TRAIN);
            float loss = softmax_cross_entropy(lab->dlogits, logits, lab->labels, n, CLASSES);
            c.loss_sum += (double)loss * n;
            c.correct += count_correct(logits, lab->labels, n, CLASSES);
            net_zero_grad(c.net);
            net_backward(c.net, lab->dlogits, WANT_PARAMS);
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
        run_progress(lab->run, remedy->act, c.epoch, epochs, "loss %.3f, validation %.3f",
                     c.loss_sum / c.few, (double)valid.loss);
        c.loss_sum = c.correct = 0.0;
        state_save(lab->state);
    }
    if (c.epoch == epochs) {
        report_course(lab, remedy, &c);
    }
    state_end(lab->state, c.epoch == epochs);
    course_close(&c);
}

void overfitting(Lab *lab) {
    static const Remedy remedies[] = {
        { "few", "log-few.csv", "few", lenet, 0 },
        { "few-dropout", "log-few-dropout.csv", "few_dropout", lenet_dropout, 0 },
        { "few-moved", "log-few-moved.csv", "few_moved", lenet, 2 },
    };
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++) {
        learn(lab, &remedies[i]);
    }
}

/*
![2,000 training images. Left: without a remedy the training loss goes to zero. Right: the validation loss has its
lowest point after eight passes and doubles until the end. With dropout or with moved pictures it stays
down.](overfitting.svg)

| on 2,000 images | best pass | validation loss there | at the end | test accuracy at the best pass | at the end |
|---|---|---|---|---|---|
| as before | 8 | 0.532 | 1.055 | 0.815 | 0.829 |
| dropout | 35 | 0.470 | 0.481 | 0.829 | 0.826 |
| moved pictures | 32 | 0.470 | 0.512 | 0.838 | 0.841 |

Without a remedy the network ends with a training loss of 0.002 and not a single mistake: it has learned its 2,000
pictures by heart. The validation loss says what that is worth. It was 0.53 after eight passes and ends at 1.05.

But look at the last two columns. The *accuracy* has not fallen meanwhile; it has even risen, from 0.815 to 0.829. How
can the loss double and the answers get better? The cross-entropy is the surprise at the truth. A network that goes on
when there is nothing left to learn makes its logits larger and larger: it becomes certain, of its right answers and
of its wrong ones, and a wrong answer given with certainty costs many nats. So early stopping saves what the loss
measures, honest probabilities, and here costs some of what the accuracy measures. Which of the two is wanted is a
question about the use, and not about the network. (At seed 2 the accuracy rises by 1.5 points, at seed 3 it stays
where it was; with `--images 24000`, which takes other 2,000 pictures, it changes by 0.5, −0.2 and 0.9 points at seeds
1, 2 and 3. The loss about doubles each time.)

Both remedies do what they are asked to, in all six runs: the lowest validation loss is lower, so is the test loss at
that pass, and going on for too long costs 0.08 of validation loss at worst, where without a remedy it costs 0.44 at
best. Right answers are another matter. At the best pass dropout has 1.5 points more of them here than the network
without a remedy, and the moved pictures 2.3; but in three of the six runs dropout has no more, and in two the moved
pictures have no more either. What both mend every time is the misplaced certainty. Which of the two is better, the
seeds do not agree on. Both cost patience, since what makes memorising hard makes learning slow. And neither is worth
as much as more pictures: with 55,000 the same network reaches 0.904.
*/
