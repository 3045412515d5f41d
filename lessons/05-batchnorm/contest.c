/*
## Shaking

The paper that introduced batch norm explains it in its title: it works *by reducing internal covariate
shift*, the movement of a layer's inputs that was defined above. Santurkar, Tsipras, Ilyas and Madry (2018) tested this:
they put shift back in on purpose, and looked whether the benefit disappears. Our version: at each step, before the
forward pass, every channel's $w$ and $b$ are disturbed by random numbers, and restored before the step is taken:

$$ w \leftarrow w\, (1 + 0.3\, z), \qquad b \leftarrow b + 0.3\, z', \qquad z, z' \sim N(0, 1). $$

So the layers above such a batch norm get signals with another mean and another size at each step. If batch norm helped because
it keeps the signal steady, it should not help here.
*/

#include "contest.h"
#include "nn/loss.h"

#include <math.h>
#include <string.h>

static void shake(Net *net, Rng *rng) {
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        for (size_t c = 0; l->spec.kind == BATCHNORM && c < l->n_weight; c++) {
            l->weight[c] *= 1.0f + 0.3f * rng_normal(rng);
            l->bias[c] += 0.3f * rng_normal(rng);
        }
    }
}

/*
## The loop

Forward, loss, backward, step: the loop of every lesson, with 29 nets in place of one. The nets are independent of each other,
so each thread takes whole nets. (The library's kernels
see that they are called inside a parallel region, and use one thread each. The bytes are the same either way.)

A loss that is NaN or infinite ends the training of that net, and the run goes on. The step goes into
`summary.csv`, and from there on the log has an empty field.
*/

// One step of contestant c on the batch of n images in t->x.
static void one_step(Contest *t, int c, int n, bool row) {
    Net *net = t->nets[c];
    float lr = contestants[c].rate * t->settings->lr;
    size_t bytes = net->n_params * sizeof *net->params;
    if (contestants[c].shaken) {
        memcpy(t->aside, net->params, bytes);
        shake(net, &t->noise);
    }
    const float *logits = net_forward(net, t->x, n, TRAIN);
    float loss = softmax_cross_entropy(net->dy, logits, t->labels, n, CLASSES);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    int w = row ? watched_place(c) : WATCHED;
    if (w < WATCHED) {
        watch(t, w, net);
    }
    if (w < PROBED) {
        try_steps(t, w, net, n, loss);
    }
    if (contestants[c].shaken) {
        memcpy(net->params, t->aside, bytes);
    }
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= lr * net->grads[i];
    }
    t->loss_sum[c] += (double)loss * n;
    t->diverged_at[c] = isfinite(loss) ? 0 : (int)t->step;
}

void train(Contest *t, State *state, const Logs *logs) {
    while (t->step < t->total && !run_stopped(t->run)) {
        int n = batches_next_endless(&t->batches, t->x, t->labels);
        t->step++;
        t->since += n;
        bool row = t->step % t->every == 0 || t->step == t->total;
#pragma omp parallel for schedule(dynamic, 1)
        for (int c = 0; c < CONTESTANTS; c++) {
            if (!t->diverged_at[c]) {
                one_step(t, c, n, row);
            }
        }
        if (row) {
            write_row(t, logs);
            state_save(state);
        }
    }
}
