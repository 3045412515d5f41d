/*
## What is measured on the way

**The signals.** Of the numbers that go into each ReLU: their mean, their standard deviation, and how they are
distributed over 48 bins from $-6$ to 6, the outermost of which take what lies beyond, in each fortieth of the
training. Without batch norm these are the outputs of the convolution, with it those of the batch norm.

**How far they have moved.** A layer learns what to do with the signals it gets. If the layers below change them, it
has learned something about signals that no longer exist. As a measure of that, take the mean of each channel now,
$\mu_c$, and at the row of the log before, $\mu_c'$, and compare the difference with the channels' variances $v_c$:

$$ \mathrm{shift} = \sqrt{ \frac{\sum_c (\mu_c - \mu_c')^2}{\sum_c v_c} }, $$

over all channels of all six layers. A shift of 1 means that the means have moved by a standard deviation.

**Where to measure.** Behind batch norm, the mean of a channel in training mode is the layer's parameter $b$, exactly. So what is measured there is only how far
$b$ has moved, and it will be small whatever the layers below do. To learn what *they* do, the same measure is also taken in
front of batch norm, of what comes out of the convolutions. In a net without batch norm these two places are one.
*/

#include "contest.h"
#include "base/die.h"
#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sum and sum of squares of a channel of x (n, shape).
static void channel_sums(double *sum, double *squares, const float *all, Shape shape, int channel,
                         int n) {
    size_t area = (size_t)shape.height * (size_t)shape.width;
    *sum = *squares = 0.0;
    for (int e = 0; e < n; e++) {
        const float *x = all + ((size_t)e * (size_t)shape.channels + (size_t)channel) * area;
        for (size_t i = 0; i < area; i++) {
            *sum += x[i];
            *squares += (double)x[i] * x[i];
        }
    }
}

static void count_shares(float share[BINS], const float *x, size_t count) {
    const float reach = 6.0f;
    size_t bins[BINS] = { 0 };
    for (size_t i = 0; i < count; i++) {
        float place = (x[i] / reach + 1.0f) * 0.5f * BINS;
        int bin = 0;
        if (place >= BINS) {
            bin = BINS - 1;
        } else if (place >= 0.0f) {
            bin = (int)place;
        }
        bins[bin]++;
    }
    for (int b = 0; b < BINS; b++) {
        share[b] = (float)bins[b] / (float)count;
    }
}

/*
A ReLU writes its output over its input where it can (see [layers](layer.html)), so after the forward pass the numbers
that we want are gone. The layer before the ReLU computes them once more, into memory of ours. If it is a batch
norm, it works on a copy of its running statistics, so that they do not move twice.
*/

static void compute_again(float *y, const Layer *l, int n) {
    float running[2 * CHANNELS];
    Layer again = *l;
    again.y = y;
    if (l->n_state > 0) {
        again.state = memcpy(running, l->state, l->n_state * sizeof *running);
    }
    layer_ops(l->spec.kind)->forward(&again, &(Pass){ .n = n, .mode = TRAIN });
}

// Of all channels so far: how far their means have moved, and how large their variances are.
typedef struct {
    double moved, spread; // Σ (μ - μ')², Σ v
} Movement;

// Looks at the numbers x (n, shape) before one ReLU. before (channels): the channels' means at the
// row before, which are replaced.
static void watch_layer(double *mean, double *deviation, Movement *m, float *before, const float *x,
                        Shape shape, int n) {
    double count = (double)n * shape.height * shape.width, all = 0.0, all_squares = 0.0;
    for (int c = 0; c < shape.channels; c++) {
        double sum, squares;
        channel_sums(&sum, &squares, x, shape, c, n);
        double mu = sum / count;
        m->moved += (mu - before[c]) * (mu - before[c]);
        m->spread += squares / count - mu * mu;
        before[c] = (float)mu;
        all += sum / (count * shape.channels);
        all_squares += squares / (count * shape.channels);
    }
    *mean = all;
    *deviation = sqrt(fmax(all_squares - all * all, 0.0));
}

void watch(Contest *t, int w, const Net *net) {
    long row = (t->step - 1) / t->every, slot = (t->step - 1) * t->slots / t->total;
    float *x = alloc_floats((size_t)net->n * MOST_NUMBERS);
    Movement behind = { 0.0, 0.0 }, front = { 0.0, 0.0 };
    for (int i = 0, layer = 0, channel = 0; i < net->n_layers; i++) {
        if (net->layers[i].spec.kind != RELU) {
            continue;
        }
        Shape shape = net->layers[i].in;
        const Layer *before = &net->layers[i - 1];
        double mean, deviation;
        compute_again(x, before, net->n);
        watch_layer(&t->mean[w][layer], &t->deviation[w][layer], &behind,
                    t->channel_mean[w] + channel, x, shape, net->n);
        watch_layer(&mean, &deviation, &front, t->front_mean[w] + channel,
                    before->spec.kind == BATCHNORM ? before->x : x, shape, net->n);
        if (w < PICTURED) {
            float *histogram = t->shares + ((w * DEPTH + layer) * SLOTS + slot) * BINS;
            count_shares(histogram, x, (size_t)net->n * shape_size(shape));
        }
        channel += shape.channels;
        layer++;
    }
    t->shift[w] = t->front[w] = NAN; // at the first row there is nothing to compare with
    if (row > 0) {
        t->shift[w] = sqrt(behind.moved / behind.spread);
        t->front[w] = sqrt(front.moved / front.spread);
        t->shift_sum[w] += t->shift[w];
        t->front_sum[w] += t->front[w];
    }
    free(x);
}

/*
**How far the gradient can be trusted.** At the parameters $\theta$ the gradient $g$ predicts that the step $-\eta g$ lowers the
loss by $\eta \lVert g \rVert^2$. That holds for a tiny $\eta$; for a larger one the loss bends away from its
tangent. So try steps of all three learning rates, compute the loss there (on the same batch), undo them, and
write down which share of the prediction came true:

$$ \mathrm{kept} = \frac{L(\theta) - L(\theta - \eta g)}{\eta \lVert g \rVert^2}. $$

At 1 the loss is as straight as its tangent; at 0 the step gained nothing; below 0 it made the loss larger.
*/

void try_steps(Contest *t, int w, Net *net, int n, float loss) {
    static const float lengths[LENGTHS] = { 0.2f, 1.0f, 5.0f };
    size_t bytes = net->n_params * sizeof *net->params, more = net->n_state * sizeof *net->state;
    float *params = memcpy(alloc_floats(net->n_params), net->params, bytes);
    float *running = memcpy(alloc_floats(net->n_state + 1), net->state, more);
    double slope = norm(net->grads, net->n_params);
    for (int i = 0; i < LENGTHS; i++) {
        float length = lengths[i] * t->settings->lr;
        for (size_t k = 0; k < net->n_params; k++) {
            net->params[k] = params[k] - length * net->grads[k];
        }
        const float *logits = net_forward(net, t->x, n, TRAIN);
        double there = softmax_cross_entropy(NULL, logits, t->labels, n, CLASSES);
        double kept = (loss - there) / (length * slope * slope);
        t->kept[w][i] = isfinite(kept) ? kept : NAN;
        t->kept_sum[w][i] += t->kept[w][i];
    }
    memcpy(net->params, params, bytes);
    memcpy(net->state, running, more);
    free(params);
    free(running);
}
