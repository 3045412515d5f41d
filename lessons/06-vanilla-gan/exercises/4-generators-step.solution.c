#include "nn/loss.h"
#include "nn/net.h"

enum { MOST = 64 }; // n is at most that

float step_of_G(Net *G, Net *D, const float *z, int n, float lr) {
    float ones[MOST];
    for (int i = 0; i < n; i++) {
        ones[i] = 1.0f;
    }
    const float *fake = net_forward(G, z, n, TRAIN);
    const float *logits = net_forward(D, fake, n, TRAIN);
    float loss = bce_with_logits(D->dy, logits, ones, n);
    const float *dfake = net_backward(D, D->dy, WANT_INPUT);
    net_zero_grad(G);
    net_backward(G, dfake, WANT_PARAMS);
    for (size_t i = 0; i < G->n_params; i++) {
        G->params[i] -= lr * G->grads[i];
    }
    return loss;
}
