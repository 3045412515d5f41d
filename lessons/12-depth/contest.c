/*
## The contest

Two nets of the same depth race: plain and residual, on the same batches from the same weights. SGD with momentum 0.9, the rate
falls from 0.1 to 0 in a line, the L2 penalty is 0.0001, a batch is 64 pictures, and there are 469 steps. So a net sees 30,016
pictures, each once. There are no repetitions, and overfitting is not what is measured. For each we note the training loss (the
mean over the last fifth of the steps), the share of the 10,000 test images that it names correctly, and by what factor the
gradient of the first block, and that of the first convolution, is longer than that of the last block.

There are pairs of 10, 18, 34 and 54 layers. Those of 10 and 34 race by default. The pair of 18 takes one step, for its
gradients; `--deeper` trains it to the end, and the pair of 54 as well (two minutes more, and 326 MiB).
*/

#include "acts.h"
#include "base/file.h"

#include <stdio.h>

static OptimizerSpec momentum(float lr) {
    OptimizerSpec spec = optimizer_defaults(MOMENTUM, lr);
    spec.l2 = 1e-4f;
    return spec;
}

// gradients-34.csv: the lengths by part, in the first step and when they were measured last.
static void write_gradients(const Race *r) {
    double ignored[MOST_PARTS];
    OutFile *file = file_create(run_path(r->lab->run, "gradients-%s.csv", r->name));
    fprintf(file_stream(file), "part,plain,residual,plain_last,residual_last\n");
    for (int p = 0; p < part_gradients(ignored, r->racers[0].net); p++) {
        fprintf(file_stream(file), "%d,%.6g,%.6g,%.6g,%.6g\n", p, r->racers[0].first[p],
                r->racers[1].first[p], r->racers[0].latest[p], r->racers[1].latest[p]);
    }
    file_commit(file);
}

static void report_gradients(const Race *r) {
    for (int i = 0; i < r->n; i++) {
        const Racer *racer = &r->racers[i];
        summarise(r, racer, "growth", growth(racer, 1, true));
        summarise(r, racer, "stem_growth", growth(racer, 0, true));
        run_say(r->lab->run, "  %-9s gradient of the first block × %.3g", racer->name,
                growth(racer, 1, true));
    }
    write_gradients(r);
}

static void report_training(const Race *r) {
    double accuracy[MOST_RACERS];
    race_score(r, true, accuracy);
    for (int i = 0; i < r->n; i++) {
        const Racer *racer = &r->racers[i];
        summarise(r, racer, "loss", last_loss(r, racer));
        summarise(r, racer, "loss_middle", middle_loss(r, racer));
        summarise(r, racer, "test_accuracy", accuracy[i]);
        summarise(r, racer, "growth_last", growth(racer, 1, false));
        run_say(r->lab->run, "  %-9s loss %.4g, test accuracy %.3f", racer->name,
                last_loss(r, racer), accuracy[i]);
    }
}

enum { FIRST = 8 }; // blocks: the nets of 34 layers race first, and have log.csv

void contest(DepthLab *lab, int blocks, bool trained) {
    const DepthSettings *s = lab->settings;
    char name[16];
    Race race;
    snprintf(name, sizeof name, "%d", 4 * blocks + 2);
    if (!state_begin(lab->state, name)) {
        return;
    }
    race_open(&race, lab, name, trained ? s->steps : 1, FALLING);
    race.gradients = true;
    race.first = blocks == FIRST;
    race_add(&race, "plain", make_deep(PLAIN, blocks, true, s->batch, (uint64_t)s->run.seed),
             momentum(s->lr));
    race_add(&race, "residual", make_deep(RESIDUAL, blocks, true, s->batch, (uint64_t)s->run.seed),
             momentum(s->lr));
    bool over = race_run(&race);
    if (over) {
        run_say(lab->run, "%s layers, %zu parameters:", name, race.racers[0].net->n_params);
        report_gradients(&race);
        if (trained) {
            report_training(&race);
        }
    }
    state_end(lab->state, over);
    race_close(&race);
}

/*
## What the plots show

![Training loss over 469 steps of nets of 10 and 34 layers, plain in black and residual in blue. At 10 layers the curves lie on each other; at 34 the plain one
is far above from the second point on.](contest.svg)

| | training loss, plain | residual | test accuracy, plain | residual |
|---|--:|--:|--:|--:|
| 10 layers | 0.400 | 0.396 | 0.853 | 0.847 |
| 18 layers (`--deeper`) | 0.459 | 0.419 | 0.830 | 0.846 |
| 34 layers | **0.714** | 0.444 | **0.748** | 0.832 |
| 54 layers (`--deeper`) | **1.446** | 0.592 | **0.465** | 0.784 |

**The plain net gets worse with depth, and it does so on the training images.** 34 layers have a training loss of 0.714, where
10 have 0.400, and 54 have 1.446. It is not overfitting: each image was seen once. With skips the same 181,754 parameters of 34
layers have 0.444.

**But the deeper residual nets are not better.** At this budget the loss of the residual nets rises, too, from 0.396 with 10
layers to 0.444 with 34 and 0.592 with 54, and 10 layers have the least work. What the skips do here is to undo most of the
damage of depth. That deeper nets are better was found with 1.3 million photographs, many epochs and 1,000 classes; this
experiment does not show it, and does not speak against it.

**At other seeds** it is the same. With `--seed 2` and `--seed 3` the plain net of 34 layers has a training loss of 0.688 and
0.720, the residual one 0.478 and 0.460; their test accuracies are 0.762 and 0.754, and 0.831 and 0.833. With 10 layers the two
kinds are within 0.012 of each other at all three seeds, sometimes in one order and sometimes in the other.

![Left: length of the gradient by part of the net, in the first step, on a scale of powers of ten. The plain net of 34 layers falls steeply from the first block to the last, that of 10 hardly; the residual nets fall by less than a factor of four. Right: the gradient
at the first convolution and at the last block of both nets of 34 layers, over the training.](gradients.svg)

**The gradient has grown on its way back.** In the first step the gradient of the first block of the plain net of 34 layers is
43.1 times as long as that of its last block. That is a factor of $43.1^{1/15} = 1.29$ for each of the 15 blocks between them.
The estimate for very wide nets was 1.47. At 18 layers it is 6.46, at 10 layers 1.16, and at 54 layers, with `--deeper`, 951:
$951^{1/25} = 1.32$ for each block. In the residual nets of 10, 18, 34 and 54 layers it is 1.35, 3.25, 3.54 and 2.31: it does
not grow with each block. For the first convolution, which has a single channel to look at and so fewer weights, the factors are
17.1 in the plain net of 34 layers and 1.02 in the residual one. At the other two seeds the first blocks' factors are 82.5 and
42.3 in the plain net, and 3.95 and 2.42 in the residual one.

**What does a long gradient do?** All layers share one learning rate. Where it suits the last block, the first block's first
steps are more than forty times as long. The plot on the right shows that this does not last: at step 23 the gradient of the
plain net's first convolution is 0.0185 long, and that of its last block 0.319. The order has turned round. For the first
convolution it stays so at each later measurement, for the first block at most of them: at the end its gradient is 0.337 times
that of the last one. Batch norm makes a filter that has grown insensitive to further steps, as lesson 5 has shown, so it is
plausible that the first steps have made the first filters long and slow. We have measured lengths of gradients here, not this.
*/
