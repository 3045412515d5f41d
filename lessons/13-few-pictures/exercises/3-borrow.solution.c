// The first layers of one network for another one, and frozen there.

#include "nn/net.h"

#include <string.h>

void borrow(Net *to, const Net *from, int layers) {
    for (int i = 0; i < layers; i++) {
        Layer *l = &to->layers[i];
        const Layer *source = &from->layers[i];
        if (l->n_weight > 0) {
            memcpy(l->weight, source->weight, l->n_weight * sizeof *l->weight);
        }
        if (l->n_bias > 0) {
            memcpy(l->bias, source->bias, l->n_bias * sizeof *l->bias);
        }
    }
    net_freeze(to, layers);
}
