#include "gan/critic.h"
#include "nn/loss.h"

#include <math.h>

void clip_weights(float *w, size_t n, float c) {
    for (size_t i = 0; i < n; i++) {
        w[i] = w[i] > c ? c : w[i] < -c ? -c : w[i];
    }
}

static float largest_of(const float *w, size_t n) {
    float largest = 0.0f;
    for (size_t i = 0; i < n; i++) {
        largest = fmaxf(largest, fabsf(w[i]));
    }
    return largest;
}

static void scale(float *w, size_t n, float factor) {
    for (size_t i = 0; i < n; i++) {
        w[i] *= factor;
    }
}

void shrink_to_bounds(Net *critic, float c) {
    for (int i = 0; i < critic->n_layers; i++) {
        const Layer *l = &critic->layers[i];
        float largest = fmaxf(largest_of(l->weight, l->n_weight), largest_of(l->bias, l->n_bias));
        if (largest > c) {
            scale(l->weight, l->n_weight, c / largest);
            scale(l->bias, l->n_bias, c / largest);
            clip_weights(l->weight, l->n_weight, c); // what rounding has left outside
            clip_weights(l->bias, l->n_bias, c);
        }
    }
}

double share_at_bounds(const float *w, size_t n, float c) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += fabsf(w[i]) >= 0.99f * c;
    }
    return (double)count / (double)n;
}

/*
## The generator's step

It is lesson 6's, with the other loss. The critic's own weights get no gradient: `WANT_INPUT`.
*/

void critic_generator_step(GanPair *pair, GanTally *tally, const float *z, int n) {
    const float *fake = net_forward(pair->G, z, n, TRAIN);
    float loss = wasserstein(pair->D->dy, net_forward(pair->D, fake, n, TRAIN), 1.0f, n);
    const float *dfake = net_backward(pair->D, pair->D->dy, WANT_INPUT);
    net_zero_grad(pair->G);
    net_backward(pair->G, dfake, WANT_PARAMS);
    gan_pair_step_G(pair);
    critic_tally_g(tally, loss, pair->G);
}

/*
## The game to compare with

A game with a critic says little unless the game without one is played beside it: same networks, same points, same record. Here is
lesson 6's non-saturating game once more, as short as it can be written. With instance noise the discriminator sees each
example with Gaussian noise added, whose deviation falls to 0 in the course of the game.
*/

static const float *seen(const GanPair *pair, InstanceNoise *noise, const float *x, int n) {
    float over = (float)pair->step / (float)pair->total;
    if (!noise || over >= noise->until) {
        return x;
    }
    size_t count = (size_t)n * shape_size(pair->D->in);
    float deviation = noise->deviation * (1.0f - over / noise->until);
    rng_fill_normal(&noise->stream, noise->seen, count, 0.0f, deviation);
    for (size_t i = 0; i < count; i++) {
        noise->seen[i] += x[i];
    }
    return noise->seen;
}

static float mean_of(const float *x, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += x[i];
    }
    return (float)(sum / n);
}

void plain_step_D(GanPair *pair, GanTally *tally, InstanceNoise *noise, const float *real,
                  const float *z, int n) {
    Net *D = pair->D;
    const float *fake = net_forward(pair->G, z, n, TRAIN);
    net_zero_grad(D);
    const float *logits = net_forward(D, seen(pair, noise, real, n), n, TRAIN);
    float mean_real = mean_of(logits, n), loss = gan_pair_cross_entropy(pair, logits, 1.0f, n);
    net_backward(D, D->dy, WANT_PARAMS);
    logits = net_forward(D, seen(pair, noise, fake, n), n, TRAIN);
    float mean_fake = mean_of(logits, n);
    loss += gan_pair_cross_entropy(pair, logits, 0.0f, n);
    net_backward(D, D->dy, WANT_PARAMS);
    gan_pair_step_D(pair);
    critic_tally_d(tally, mean_real, mean_fake, loss, D);
}

void plain_step_G(GanPair *pair, GanTally *tally, InstanceNoise *noise, const float *z, int n) {
    const float *fake = net_forward(pair->G, z, n, TRAIN);
    const float *logits = net_forward(pair->D, seen(pair, noise, fake, n), n, TRAIN);
    float loss = gan_pair_cross_entropy(pair, logits, 1.0f, n);
    const float *dfake = net_backward(pair->D, pair->D->dy, WANT_INPUT);
    net_zero_grad(pair->G);
    net_backward(pair->G, dfake, WANT_PARAMS);
    gan_pair_step_G(pair);
    critic_tally_g(tally, loss, pair->G);
}
