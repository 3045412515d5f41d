#include "1-count.h"

void count(long *parameters, long *multiplications, const Conv *conv, int n, int side) {
    *parameters = 0;
    *multiplications = 0;
    for (int i = 0; i < n; i++) {
        const Conv *c = &conv[i];
        long weights = (long)c->out * c->in * c->kernel * c->kernel;
        side = (side + c->stride - 1) / c->stride;
        *parameters += weights + (c->bias ? c->out : 0);
        *multiplications += weights * side * side;
    }
}
