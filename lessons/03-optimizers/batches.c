/*
## One, 128 or all

How many examples should a step look at? Gradient descent in textbooks looks at all of them, and takes one well-informed step a
pass. One can also look at one example a step, as Rosenblatt's rule of lesson 1 does, and take 55,000 ill-informed ones. The
noise in the gradient of $B$ examples falls like $1 / \sqrt{B}$ while its price rises like $B$.

All 55,000 examples do not fit into the network's memory at once. They do not have to: gradients *add*, so the pass
goes on in pieces, and only the step waits for the end.
*/

#include "acts.h"
#include "base/clock.h"
#include "measure/evaluate.h"
#include "nn/loss.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static Curve train_full_batch(OptimizersLab *lab, float lr) {
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
            sum += (double)n * softmax_cross_entropy(net->dy, logits, lab->labels, n, CLASSES);
            float share =
                (float)n / (float)lab->images.n_train; // from a mean over n to a mean over all
            for (int i = 0; i < n * CLASSES; i++) {
                net->dy[i] *= share;
            }
            net_backward(net, net->dy, WANT_PARAMS);
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

/*
Each of the three is trained at several rates, and the one with the lowest validation loss counts: one pass with one
example a step, ten with 128, forty with all.
*/

typedef struct {
    const char *name;
    int examples; // 0: all
    double passes;
    float rates[3];
} BatchSize;

static Curve train_in_batches(OptimizersLab *lab, const BatchSize *size, float lr) {
    if (size->examples == 0) {
        return train_full_batch(lab, lr);
    }
    Recipe recipe = { optimizer_defaults(SGD, lr), CONSTANT, size->examples,
                      steps_for(lab, size->examples, size->passes) };
    return train(lab, &recipe);
}

void batch_sizes(OptimizersLab *lab) {
    const BatchSize sizes[] = {
        { "one", 1, 1.0, { 0.003f, 0.01f, 0.03f } },
        { "minibatch", lab->settings->batch, 10.0, { 0.03f, 0.1f, 0.3f } },
        { "all", 0, 40.0, { 0.1f, 0.2f, 0.5f } },
    };
    Curve best[3];
    for (int c = 0; c < 3 && !run_stopped(lab->run); c++) {
        float lr = 0.0f;
        for (int i = 0; i < 3; i++) {
            Curve curve = train_in_batches(lab, &sizes[c], sizes[c].rates[i]);
            run_say(lab->run, "  batch    %-12s at %-5.3g: valid loss %.4f", sizes[c].name,
                    (double)sizes[c].rates[i], (double)curve.valid.loss);
            char key[64];
            snprintf(key, sizeof key, "batch_%s_at_%.3g_valid_loss", sizes[c].name,
                     (double)sizes[c].rates[i]);
            run_summary(lab->run, key, curve.valid.loss);
            if (i == 0 || curve.valid.loss < best[c].valid.loss) {
                best[c] = curve;
                lr = sizes[c].rates[i];
            }
        }
        report(lab, "batch", sizes[c].name, &best[c]);
        run_say(lab->run, "%33s %.3g", "best rate", (double)lr);
    }
    if (!run_stopped(lab->run)) {
        write_seconds(lab->run, "seconds-batch.csv",
                      "one_seconds,one,minibatch_seconds,minibatch,all_seconds,all", best, 3);
    }
}

/*
![Training loss against seconds, on a logarithmic axis, each at the best of three rates. 128
examples a step are ahead all the way; one example a step is behind, and all 55,000 a step far behind: 40 such steps are too
few.](batch.svg)

At rates of 0.003, 0.3 and 0.2 the three end at validation losses of 0.437, 0.350 and 0.725. (Of the rates tried, 0.003 is the
lowest for one example and 0.3 the highest for 128, so that a still better one may lie outside.) *With the same pictures*, one
example at a time is ahead: after one pass it has 0.437, and SGD with 128 has 0.505 at the best of the nine rates of the sweep.
*In the same time* 128 is ahead, because a matrix product uses the machine far better than 128 products of a matrix and a vector
do: ten of its passes take less time than that one. So the size of a batch is as much a question of the hardware as of
statistics.
*/
