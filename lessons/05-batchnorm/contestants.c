/*
## The net of this lesson

Six convolutions, each with a ReLU, and a dense layer. The first two convolutions halve the picture, from 28 × 28 to
7 × 7 places, the other four keep it. There are three variants, and `--summary` prints the layers of each: the plain
one, with 18,378 parameters; the one with batch norm between each convolution and its ReLU, with 18,466 (per
channel one bias less, and two numbers more); and the plain one with dropout before the dense layer.
*/

#include "contest.h"
#include "base/die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Net *make_net(NetKind kind, int batch, InitScheme scheme, uint64_t seed) {
    LayerSpec table[3 * DEPTH + 4];
    int n = 0;
    for (int i = 0; i < DEPTH; i++) {
        table[n++] = (LayerSpec)conv2d(i == 0 ? 8 : 16, .kernel = 3, .stride = i < 2 ? 2 : 1,
                                       .pad = 1, .no_bias = kind == NORMED);
        if (kind == NORMED) {
            table[n++] = (LayerSpec)batchnorm(.eps = 1e-5f, .momentum = 0.1f);
        }
        table[n++] = (LayerSpec)relu();
    }
    table[n++] = (LayerSpec)flatten();
    if (kind == DROPPED) {
        table[n++] = (LayerSpec)dropout(0.5f);
    }
    table[n++] = (LayerSpec)dense(CLASSES);
    table[n] = (LayerSpec)END;
    Rng rng = rng_create(seed, RNG_INIT);
    Net *net = net_create(table, (Shape){ 1, 28, 28 }, batch, &rng);
    rng = rng_create(seed, RNG_INIT);
    net_init(net, scheme, &rng);
    return net;
}

/*
## Many nets, one loop

Back to the question. How much does such a net depend on its learning rate and its initial weights, with batch norm and
without? Twelve nets form a grid:

- **three learning rates**: 0.1, a fifth of it, and five times as much, all with plain SGD;
- **two kinds of initial weights**: He initialisation, which suits a ReLU, and bad ones, uniform on $\pm 0.01$, some
  twenty times too small (`--bad-init large` makes the opposite mistake);
- **with and without batch norm** between convolution and ReLU.

Fifteen more have other rates, from 0.2 up to 1.4, to find where each kind of net stops learning. (Bad weights without batch
norm are left out there.) And two take part for later: one whose batch norms we *shake*, and one with dropout. All 29 are
trained at the same time: each batch is drawn once and shown to all of them, and nets with the same kind of initial weights
begin with the same numbers. So two nets that differ in one setting can be compared: nothing else is different.
*/

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
    { "plain_good_x2", PLAIN, false, 2.0f, false },
    { "plain_good_x3", PLAIN, false, 3.0f, false },
    { "plain_good_x7", PLAIN, false, 7.0f, false },
    { "plain_good_x10", PLAIN, false, 10.0f, false },
    { "plain_good_x14", PLAIN, false, 14.0f, false },
    { "bn_good_x2", NORMED, false, 2.0f, false },
    { "bn_good_x3", NORMED, false, 3.0f, false },
    { "bn_good_x7", NORMED, false, 7.0f, false },
    { "bn_good_x10", NORMED, false, 10.0f, false },
    { "bn_good_x14", NORMED, false, 14.0f, false },
    { "bn_bad_x2", NORMED, true, 2.0f, false },
    { "bn_bad_x3", NORMED, true, 3.0f, false },
    { "bn_bad_x7", NORMED, true, 7.0f, false },
    { "bn_bad_x10", NORMED, true, 10.0f, false },
    { "bn_bad_x14", NORMED, true, 14.0f, false },
};

/*
The signals of seven of them are measured some forty times in the training. Of the first four of these there are histograms, and with the
first two the program also tries steps of other lengths.
*/

const int watched[WATCHED] = { 1, 7, 2, 8, 4, 10, SHAKEN };

int watched_place(int c) {
    int w = 0;
    while (w < WATCHED && watched[w] != c) {
        w++;
    }
    return w;
}

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

Contest contest_open(Run *run, const BatchnormSettings *s, const Split *images) {
    Contest t = { .run = run, .settings = s, .images = images };
    uint64_t seed = s->run.seed;
    int batch = s->batch > 64 ? s->batch : 64; // what is measured at the end wants 64
    for (int c = 0; c < CONTESTANTS; c++) {
        InitScheme scheme = contestants[c].bad ? (InitScheme)s->bad_init : INIT_HE;
        t.nets[c] = make_net(contestants[c].kind, batch, scheme, seed);
        copy_weights(t.nets[c], t.nets[contestants[c].bad ? 3 : 0]);
    }
    t.batches = split_batches(images, s->batch, seed);
    t.x = alloc_floats((size_t)s->batch * PIXELS);
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

void contest_close(Contest *t) {
    for (int c = 0; c < CONTESTANTS; c++) {
        net_free(t->nets[c]);
    }
    batches_free(&t->batches);
    free(t->x);
    free(t->labels);
    free(t->aside);
    free(t->shares);
}

/*
An interrupted run goes on with `--resume` (see [states](state.html)). For that, everything that the next step or the next row of a log
depends on has a name.
*/

// As state_net does it, which would not take a net that has diverged.
static void name_net(State *state, const char *name, Net *net) {
    char place[64];
    snprintf(place, sizeof place, "%s.params", name);
    state_floats(state, place, net->params, net->n_params);
    snprintf(place, sizeof place, "%s.state", name);
    state_floats(state, place, net->state, net->n_state);
    snprintf(place, sizeof place, "%s.dropout", name);
    state_rng(state, place, &net->dropout);
}

void name_places(Contest *t, State *state) {
    for (int c = 0; c < CONTESTANTS; c++) {
        name_net(state, contestants[c].name, t->nets[c]);
    }
    state_batches(state, "batches", &t->batches);
    state_rng(state, "noise", &t->noise);
    state_count(state, "step", &t->step, t->total);
    state_doubles(state, "loss_sum", t->loss_sum, CONTESTANTS);
    state_doubles(state, "since", &t->since, 1);
    state_ints(state, "diverged_at", t->diverged_at, CONTESTANTS);
    state_doubles(state, "shift_sum", t->shift_sum, WATCHED);
    state_doubles(state, "front_sum", t->front_sum, WATCHED);
    state_doubles(state, "kept_sum", t->kept_sum[0], PROBED * LENGTHS);
    state_floats(state, "channel_mean", t->channel_mean[0], WATCHED * CHANNELS);
    state_floats(state, "front_mean", t->front_mean[0], WATCHED * CHANNELS);
    state_floats(state, "shares", t->shares, PICTURED * DEPTH * SLOTS * BINS);
}
