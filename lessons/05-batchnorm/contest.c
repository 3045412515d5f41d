/*
## Fourteen nets, one loop

Back to the question. Does such a net depend on its learning rate and its initial weights, and does batch norm free
it from both? Three by two by two nets are to tell:

- **three learning rates**: 0.1, a fifth of it, and five times as much, all with plain SGD;
- **two kinds of initial weights**: He's, which suit a ReLU, and bad ones, uniform on $\pm 0.01$, some
  twenty times too small (`--bad-init large` makes the opposite mistake);
- **with and without batch norm** between convolution and ReLU.

Two more take part for later: one whose batch norms we *shake*, and one with dropout. All fourteen are trained at the
same time: each batch is drawn once and shown to all of them, and wherever two nets have the same kind of initial
weights, they have the same initial weights. What differs at the end differs for one reason.
*/

#include "contest.h"
#include "die.h"
#include "loss.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const Contestant contestants[CONTESTANTS] = {
    { "plain_good_low", PLAIN, false, 0.2f, false },
    { "plain_good_middle", PLAIN, false, 1.0f, false },
    { "plain_good_high", PLAIN, false, 5.0f, false },
    { "plain_bad_low", PLAIN, true, 0.2f, false },
    { "plain_bad_middle", PLAIN, true, 1.0f, false },
    { "plain_bad_high", PLAIN, true, 5.0f, false },
    { "bn_good_low", NORMED, false, 0.2f, false },
    { "bn_good_middle", NORMED, false, 1.0f, false },
    { "bn_good_high", NORMED, false, 5.0f, false },
    { "bn_bad_low", NORMED, true, 0.2f, false },
    { "bn_bad_middle", NORMED, true, 1.0f, false },
    { "bn_bad_high", NORMED, true, 5.0f, false },
    { "shaken", NORMED, false, 5.0f, true },
    { "dropout", DROPPED, false, 1.0f, false },
};

#define CONTESTANT_NAMES                                                                           \
    "plain_good_low,plain_good_middle,plain_good_high,plain_bad_low,plain_bad_middle,"             \
    "plain_bad_high,bn_good_low,bn_good_middle,bn_good_high,bn_bad_low,bn_bad_middle,bn_bad_high," \
    "shaken,dropout"

/*
Seven of them are watched more closely, at some forty moments of the training. The first two are also asked what their
gradients are worth, and of the first four there will be histograms.
*/

const int watched[WATCHED] = { 1, 7, 2, 8, 4, 10, SHAKEN };

#define WATCHED_NAMES                                                                              \
    "plain_good_middle,bn_good_middle,plain_good_high,bn_good_high,plain_bad_middle,"              \
    "bn_bad_middle,shaken"

/*
## The same beginning
*/

static bool has_weights(const Layer *l) {
    return l->spec.kind == CONV2D || l->spec.kind == DENSE;
}

// Gives the convolutions and the dense layer of `to` the weights of `from`.
static void copy_weights(Net *to, const Net *from) {
    const Layer *source = from->layers;
    for (int i = 0; i < to->n_layers; i++) {
        Layer *l = &to->layers[i];
        if (has_weights(l)) {
            for (; !has_weights(source); source++) {
            }
            memmove(l->weight, source->weight, l->n_weight * sizeof *l->weight);
            source++;
        }
    }
}

static Contest contest_open(Run *run, const Settings *s, const Split *images) {
    Contest t = { .run = run, .settings = s, .images = images };
    uint64_t seed = (uint64_t)s->run.seed;
    int batch = s->batch > 64 ? s->batch : 64; // what is measured at the end wants 64
    for (int c = 0; c < CONTESTANTS; c++) {
        InitScheme scheme = contestants[c].bad ? (InitScheme)s->bad_init : INIT_HE;
        t.nets[c] = make_net(contestants[c].kind, batch, scheme, seed);
        copy_weights(t.nets[c], t.nets[contestants[c].bad ? 3 : 0]);
    }
    t.batches = split_batches(images, s->batch, seed);
    t.x = alloc_floats((size_t)s->batch * PIXELS);
    t.dlogits = alloc_floats((size_t)CONTESTANTS * (size_t)s->batch * CLASSES);
    t.labels = alloc_bytes((size_t)s->batch * sizeof *t.labels);
    t.aside = alloc_floats(t.nets[SHAKEN]->n_params);
    t.noise = rng_create(seed, RNG_NOISE);
    long per_epoch = (images->n_train + s->batch - 1) / s->batch;
    t.total = per_epoch * s->epochs;
    t.slots = t.total < SLOTS ? t.total : SLOTS;
    t.every = t.total / t.slots < LONGEST_WAIT ? t.total / t.slots : LONGEST_WAIT;
    t.shares = alloc_floats(PICTURED * DEPTH * SLOTS * BINS);
    return t;
}

static void contest_close(Contest *t) {
    for (int c = 0; c < CONTESTANTS; c++) {
        net_free(t->nets[c]);
    }
    batches_free(&t->batches);
    free(t->x);
    free(t->dlogits);
    free(t->labels);
    free(t->aside);
    free(t->shares);
}

/*
A run that is killed goes on with `--resume` (see [states](state.html)). For that, all that the next step depends on
has a name, and the sums that the next row of a log depends on, too.
*/

static void name_places(Contest *t, State *state) {
    for (int c = 0; c < CONTESTANTS; c++) {
        state_net(state, contestants[c].name, t->nets[c]);
    }
    state_batches(state, "batches", &t->batches);
    state_rng(state, "noise", &t->noise);
    state_longs(state, "step", &t->step, 1);
    state_doubles(state, "loss_sum", t->loss_sum, CONTESTANTS);
    state_doubles(state, "since", &t->since, 1);
    state_ints(state, "diverged_at", t->diverged_at, CONTESTANTS);
    state_doubles(state, "shift_sum", t->shift_sum, WATCHED);
    state_doubles(state, "kept_sum", t->kept_sum[0], PROBED * LENGTHS);
    state_floats(state, "channel_mean", t->channel_mean[0], WATCHED * CHANNELS);
    state_floats(state, "shares", t->shares, PICTURED * DEPTH * SLOTS * BINS);
}

/*
## What is measured on the way

**The signals.** Of the numbers that go into each ReLU: their mean, their standard deviation, and how they are
distributed over 48 bins from $-6$ to 6, the outermost of which take what lies beyond, in each fortieth of the
training. Without batch norm these are the outputs of the convolution, with it those of the batch norm.

**How far they have moved.** A layer learns what to do with the signals it gets. If the layers below change them, it
has learned something about signals that exist no more. As a measure of that, take the mean of each channel now,
$\mu_c$, and at the row of the log before, $\mu_c'$, and compare the distance with the channels' variances $v_c$:

$$ \mathrm{shift} = \sqrt{ \frac{\sum_c (\mu_c - \mu_c')^2}{\sum_c v_c} }, $$

over all channels of all six layers. A shift of 1 means that the means have moved by a standard deviation.
*/

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
        bins[place >= BINS ? BINS - 1 : place >= 0.0f ? (int)place : 0]++;
    }
    for (int b = 0; b < BINS; b++) {
        share[b] = (float)bins[b] / (float)count;
    }
}

/*
A ReLU writes its output over its input where it can (see [layers](layer.html)), so after the forward pass the numbers
that we want are gone. The layer before the ReLU has to compute them once more, into memory of ours. If it is a batch
norm, a copy of its running statistics stands in for them: they must not move twice.
*/

static void compute_again(float *y, const Layer *l, int n) {
    float running[2 * CHANNELS];
    Layer again = *l;
    again.y = y;
    if (l->n_state > 0) {
        again.state = memcpy(running, l->state, l->n_state * sizeof *running);
    }
    layer_ops(l->spec.kind)->forward(&again, n, TRAIN, NULL);
}

static void watch(Contest *t, int w, const Net *net) {
    long row = (t->step - 1) / t->every, slot = (t->step - 1) * t->slots / t->total;
    float *before = t->channel_mean[w], *x = alloc_floats((size_t)net->n * MOST_NUMBERS);
    double moved = 0.0, spread = 0.0;
    for (int i = 0, layer = 0; i < net->n_layers; i++) {
        Shape shape = net->layers[i].in;
        if (net->layers[i].spec.kind != RELU) {
            continue;
        }
        compute_again(x, &net->layers[i - 1], net->n);
        double n = (double)net->n * shape.height * shape.width, all = 0.0, all_squares = 0.0;
        for (int c = 0; c < shape.channels; c++, before++) {
            double sum, squares;
            channel_sums(&sum, &squares, x, shape, c, net->n);
            double mean = sum / n;
            moved += (mean - *before) * (mean - *before);
            spread += squares / n - mean * mean;
            *before = (float)mean;
            all += sum / (n * shape.channels);
            all_squares += squares / (n * shape.channels);
        }
        t->mean[w][layer] = all;
        t->deviation[w][layer] = sqrt(fmax(all_squares - all * all, 0.0));
        if (w < PICTURED) {
            count_shares(t->shares + ((w * DEPTH + layer) * SLOTS + slot) * BINS, x,
                         (size_t)net->n * shape_size(shape));
        }
        layer++;
    }
    t->shift[w] = row > 0 ? sqrt(moved / spread) : NAN;
    t->shift_sum[w] += row > 0 ? t->shift[w] : 0.0;
    free(x);
}

/*
**What the gradient is worth.** At the parameters $\theta$ the gradient $g$ promises: the step $-\eta g$ lowers the
loss by $\eta \lVert g \rVert^2$. That holds for a tiny $\eta$; for a larger one the loss bends away from its
tangent. So try steps of all three learning rates, look at the loss there (on the same batch), take them back, and
write down which share of the promise was kept:

$$ \mathrm{kept} = \frac{L(\theta) - L(\theta - \eta g)}{\eta \lVert g \rVert^2}. $$

1 is a loss as straight as its tangent; 0 a step that gained nothing; a negative number a step that made things worse.
*/

static void try_steps(Contest *t, int w, Net *net, int n, float loss) {
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

/*
## Shaking

The paper that introduced batch norm has its explanation in its title: it works *by reducing internal covariate
shift*, that is, the shift just defined. Is that so? Santurkar, Tsipras, Ilyas and Madry (2018) had an idea for a
test: put the shift back, and see whether the benefit goes. Here is ours, after theirs. At each step, before the
forward pass, every channel's $w$ and $b$ are disturbed by random numbers, and restored before the step is taken:

$$ w \leftarrow w\, (1 + 0.3\, z), \qquad b \leftarrow b + 0.3\, z', \qquad z, z' \sim N(0, 1). $$

So the layers above such a batch norm get signals with another mean and another size at each step. If a steady
signal is the point of batch norm, there is none any more.
*/

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

Forward, loss, backward, step: the loop of every lesson, with fourteen nets in the place of one. They know nothing
of each other, so this is where the work is divided: each net is one thread's for a whole step. (The library's kernels
see that they are called inside a parallel region, and use one thread each. The bytes are the same either way.)

A loss that is no longer a number ends that net's training, not the run. It is a result: the step goes into
`summary.csv`, and from there on the log has an empty field.
*/

// c's place among the watched ones; WATCHED if it is not one of them.
static int watched_place(int c) {
    int w = 0;
    while (w < WATCHED && watched[w] != c) {
        w++;
    }
    return w;
}

// One step of contestant c on the batch of n images in t->x.
static void one_step(Contest *t, int c, int n, bool row) {
    Net *net = t->nets[c];
    float *dlogits = t->dlogits + (size_t)c * (size_t)t->settings->batch * CLASSES;
    float lr = contestants[c].rate * t->settings->lr;
    size_t bytes = net->n_params * sizeof *net->params;
    if (contestants[c].shaken) {
        memcpy(t->aside, net->params, bytes);
        shake(net, &t->noise);
    }
    const float *logits = net_forward(net, t->x, n, TRAIN);
    float loss = softmax_cross_entropy(dlogits, logits, t->labels, n, CLASSES);
    net_zero_grad(net);
    net_backward(net, dlogits, WANT_PARAMS);
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

typedef struct {
    Log *losses, *means, *deviations, *shift, *kept;
} Logs;

static Logs open_logs(Run *run) {
    char columns[1024] = "";
    for (int w = 0, length = 0; w < WATCHED; w++) {
        for (int l = 1; l <= DEPTH; l++) {
            length += snprintf(columns + length, sizeof columns - (size_t)length, "%s%s_%d",
                               length ? "," : "", contestants[watched[w]].name, l);
        }
    }
    return (Logs){
        .losses = log_open(run, "log.csv", CONTESTANT_NAMES),
        .means = log_open(run, "log-means.csv", columns),
        .deviations = log_open(run, "log-deviations.csv", columns),
        .shift = log_open(run, "log-shift.csv", WATCHED_NAMES),
        .kept = log_open(run, "log-kept.csv",
                         "plain_low,plain_middle,plain_high,bn_low,bn_middle,bn_high"),
    };
}

static void write_row(Contest *t, const Logs *logs) {
    double loss[CONTESTANTS];
    for (int c = 0; c < CONTESTANTS; c++) {
        loss[c] = t->diverged_at[c] ? NAN : t->loss_sum[c] / t->since;
        t->loss_sum[c] = 0.0;
        int w = watched_place(c);
        for (int l = 0; w < WATCHED && t->diverged_at[c] && l < DEPTH; l++) {
            t->mean[w][l] = t->deviation[w][l] = t->shift[w] = NAN;
        }
        for (int i = 0; w < PROBED && t->diverged_at[c] && i < LENGTHS; i++) {
            t->kept[w][i] = NAN;
        }
    }
    t->since = 0.0;
    log_write(logs->losses, t->step, loss, CONTESTANTS);
    log_write(logs->means, t->step, t->mean[0], WATCHED * DEPTH);
    log_write(logs->deviations, t->step, t->deviation[0], WATCHED * DEPTH);
    log_write(logs->shift, t->step, t->shift, WATCHED);
    log_write(logs->kept, t->step, t->kept[0], PROBED * LENGTHS);
    run_progress(t->run, "training", t->step, t->total, "loss %.3f, with batch norm %.3f", loss[1],
                 loss[7]);
}

static void train(Contest *t, State *state, const Logs *logs) {
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

void contest(Run *run, State *state, const Settings *settings, const Split *images, int *saved) {
    state_ints(state, "saved", saved, 1);
    if (!state_begin(state, "contest")) {
        return;
    }
    Contest t = contest_open(run, settings, images);
    name_places(&t, state);
    Logs logs = open_logs(run);
    train(&t, state, &logs);
    bool over = t.step == t.total;
    if (over) { // with Ctrl-C what has been measured is not the whole
        *saved = report(&t);
    }
    state_end(state, over);
    contest_close(&t);
}
