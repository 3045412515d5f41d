/*
## Blocks that begin as the identity

Batch norm cures much by itself. What is the skip worth without it? We take batch norm out, give the convolutions biases, and
let Adam do the steps (rate 0.001), which is less sensitive to the length of a gradient. Four nets race over 100 steps: plain
with 10 and with 34 layers, and two residual nets of 34 layers that differ in how they begin. One has He's weights everywhere.
In the other one the second convolution of each block is 0, so that each block begins as the identity.

Without batch norm nothing divides the sum again. With He's weights $f$ has a mean square at least as large as its input's, so
that the sum has twice as much or more at each block: a factor of $2^{16}$ or more in the square after 16 blocks, hundreds in
size. (The zeros of the padding and the ReLU behind the sum make the exact factor hard to say.) The gradient with respect to the
signal grows in the same way on its way back. (That of the *weights* need not: it is a product of that gradient and of the
signal, and the signal is largest in the last blocks.) With $f = 0$ nothing grows.

The two residual nets then race once more, over 67 steps, with SGD and momentum in place of Adam, at a rate of 0.02.
*/

#include "acts.h"

#include <math.h>

enum { TEN = 2, THIRTY_FOUR = 8 }; // blocks

static Net *bare(const DepthSettings *s, Body body, int blocks, bool as_identity) {
    Net *net = make_deep(body, blocks, false, s->batch, (uint64_t)s->run.seed);
    if (as_identity) {
        begin_as_identity(net);
    }
    return net;
}

static void report(const Race *r) {
    double accuracy[MOST_RACERS];
    race_score(r, false, accuracy);
    run_say(r->lab->run, "Without batch norm (%s):", r->name);
    for (int i = 0; i < r->n; i++) {
        const Racer *racer = &r->racers[i];
        summarise(r, racer, "loss", last_loss(r, racer));
        summarise(r, racer, "loss_middle", middle_loss(r, racer));
        summarise(r, racer, "growth", growth(racer, 1, true));
        summarise(r, racer, "gradient", racer->first[0]);
        if (racer->diverged_at) {
            summarise(r, racer, "diverged_at", racer->diverged_at);
            run_say(r->lab->run, "  %-12s left the race at step %d", racer->name,
                    racer->diverged_at);
        } else {
            summarise(r, racer, "valid_accuracy", accuracy[i]);
            run_say(r->lab->run, "  %-12s loss %.4g halfway, %.4g at the end; accuracy %.3f",
                    racer->name, middle_loss(r, racer), last_loss(r, racer), accuracy[i]);
        }
    }
}

// The nets of 34 layers with Adam, and then the two residual ones with SGD.
static void without(DepthLab *lab, bool adam) {
    const DepthSettings *s = lab->settings;
    Race race;
    OptimizerSpec spec =
        adam ? optimizer_defaults(ADAM, 1e-3f) : optimizer_defaults(MOMENTUM, 0.02f);
    if (!state_begin(lab->state, adam ? "adam" : "sgd")) {
        return;
    }
    race_open(&race, lab, adam ? "adam" : "sgd", s->steps * (adam ? 3 : 2) / 14, EVEN);
    race.gradients = true;
    if (adam) {
        race_add(&race, "plain_10", bare(s, PLAIN, TEN, false), spec);
        race_add(&race, "plain_34", bare(s, PLAIN, THIRTY_FOUR, false), spec);
    }
    race_add(&race, "he_34", bare(s, RESIDUAL, THIRTY_FOUR, false), spec);
    race_add(&race, "identity_34", bare(s, RESIDUAL, THIRTY_FOUR, true), spec);
    bool over = race_run(&race);
    if (over) {
        report(&race);
    }
    state_end(lab->state, over);
    race_close(&race);
}

void identity(DepthLab *lab) {
    without(lab, true);
    without(lab, false);
}

/*
![Training loss without batch norm. Left, Adam: the net whose blocks begin as the identity falls from the first steps on like that of 10 layers; the plain net of 34 layers begins to fall after 30 steps;
He's residual net starts far above, and stays near 2.3 until step 80. Right, SGD: He's net has left at step 3 and has no curve.](identity.svg)

| Adam, 100 steps | loss in the middle | at the end | validation accuracy | gradient of the first convolution, first step |
|---|--:|--:|--:|--:|
| plain, 10 layers | 1.271 | 1.031 | 0.713 | 0.0937 |
| plain, 34 layers | 2.043 | 1.603 | 0.352 | 0.00295 |
| residual, 34 layers, He | 2.298 | 2.227 | 0.210 | 89.2 |
| residual, 34 layers, identity | **1.492** | **1.230** | **0.591** | 0.0683 |

**A skip alone is no cure.** With He's weights everywhere the residual net has the highest loss of all in the middle and at the
end, and the fewest right answers: its signal grows from block to block, its first five losses have a mean of 23.1, and its
gradient is 89.2 long where that of the plain net is 0.00295. With SGD its loss or its gradient is not finite at step 3. **A
block that begins as the identity learns from the first steps on**: until step 25 its curve lies within 0.05 of that of the net
of 10 layers, and at most later points it is still closer to it than to the plain net of 34. SGD trains it, too.

The plain net of 34 layers without batch norm is not dead. He's weights keep its signal alive, and it is late: its loss is 1.50
at step 100, and that of the plain net of 10 layers was 1.51 at step 35. With more steps the differences would shrink. (One
seed.)
*/
