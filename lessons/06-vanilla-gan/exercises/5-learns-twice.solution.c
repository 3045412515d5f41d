#include "nn/loss.h"
#include "nn/net.h"

enum { MOST = 64 }; // n is at most that

static void descend(Net *net, float lr) {
    for (size_t i = 0; i < net->n_params; i++) {
        net->params[i] -= lr * net->grads[i];
    }
}

void play(Net *G, Net *D, const float *real, const float *z, int n, float lr) {
    float ones[MOST], zeros[MOST];
    for (int i = 0; i < n; i++) {
        ones[i] = 1.0f;
        zeros[i] = 0.0f;
    }

    // The discriminator's step: 1 for real examples, 0 for generated ones.
    const float *fake = net_forward(G, z, n, TRAIN);
    net_zero_grad(D);
    bce_with_logits(D->dy, net_forward(D, real, n, TRAIN), ones, n);
    net_backward(D, D->dy, WANT_PARAMS);
    bce_with_logits(D->dy, net_forward(D, fake, n, TRAIN), zeros, n);
    net_backward(D, D->dy, WANT_PARAMS);
    descend(D, lr);

    // The generator's step: its samples are to be taken for real.
    net_zero_grad(G);
    bce_with_logits(D->dy, net_forward(D, fake, n, TRAIN), ones, n);
    net_backward(G, net_backward(D, D->dy, WANT_INPUT), WANT_PARAMS);
    descend(G, lr);
}
