#include "gan/gan_pair.h"
#include "base/die.h"
#include "nn/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

GanPair *gan_pair_create(Net *G, Net *D, OptimizerSpec spec_G, OptimizerSpec spec_D, bool decay,
                         long total, uint64_t seed) {
    GanPair *d = alloc_bytes(sizeof *d);
    size_t batch = (size_t)D->batch;
    *d = (GanPair){ .G = G, .D = D, .decay = decay, .total = total };
    d->lr_G = spec_G.lr;
    d->lr_D = spec_D.lr;
    d->optimizer_G = optimizer_create(spec_G, G->n_params);
    d->optimizer_D = optimizer_create(spec_D, D->n_params);
    d->stream = rng_create(seed, RNG_NOISE);
    d->z = alloc_floats(batch * shape_size(G->in));
    d->targets = alloc_floats(batch);
    return d;
}

void gan_pair_free(GanPair *d) {
    if (d) {
        net_free(d->G);
        net_free(d->D);
        optimizer_free(d->optimizer_G);
        optimizer_free(d->optimizer_D);
        free(d->z);
        free(d->targets);
        free(d);
    }
}

static const char *place(char text[64], const char *name, const char *what) {
    snprintf(text, 64, "%s_%s", name, what);
    return text;
}

void gan_pair_keep(GanPair *d, State *state, const char *name) {
    char text[64];
    state_net(state, place(text, name, "G"), d->G);
    state_net(state, place(text, name, "D"), d->D);
    state_optimizer(state, place(text, name, "optimizer_G"), d->optimizer_G);
    state_optimizer(state, place(text, name, "optimizer_D"), d->optimizer_D);
    state_rng(state, place(text, name, "stream"), &d->stream);
    state_count(state, place(text, name, "step"), &d->step, d->total);
}

const float *gan_pair_latent(GanPair *d, int n) {
    require(n > 0 && n <= d->D->batch, "%d latent vectors for a batch of %d", n, d->D->batch);
    rng_fill_normal(&d->stream, d->z, (size_t)n * shape_size(d->G->in), 0.0f, 1.0f);
    return d->z;
}

float gan_pair_cross_entropy(GanPair *d, const float *logits, float target, int n) {
    for (int i = 0; i < n; i++) {
        d->targets[i] = target;
    }
    return bce_with_logits(d->D->dy, logits, d->targets, n);
}

static void step(const GanPair *d, const Net *net, Optimizer *optimizer, float lr) {
    optimizer->spec.lr = d->decay ? schedule_lr(LINEAR_DECAY, lr, d->step, d->total) : lr;
    optimizer_step(optimizer, net->params, net->grads);
}

void gan_pair_step_D(GanPair *d) {
    step(d, d->D, d->optimizer_D, d->lr_D);
}

void gan_pair_step_G(GanPair *d) {
    step(d, d->G, d->optimizer_G, d->lr_G);
    d->step++;
}

/*
## Where it went wrong

A loss that is not finite has a beginning, in one of two networks.
*/

const char *gan_pair_find_nonfinite(char text[100], GanPair *d) {
    const char *where = net_find_nonfinite(d->G), *whose = "generator";
    if (strcmp(where, "the loss itself") == 0) {
        where = net_find_nonfinite(d->D);
        whose = "discriminator";
    }
    snprintf(text, 100, "%s of the %s", where, whose);
    return text;
}
