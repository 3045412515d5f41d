// The gradient penalty in double precision, one example at a time, as plainly as it can be said.
//
// At a given x each layer of a critic is a sparse matrix: y[o] += c * x[i], where c is a weight
// or, in a layer without weights, a number. So a layer is a list of entries (o, i, weight or
// number), whatever its kind, and four loops over this list are all that is needed: y = A x + b,
// its transpose, the same for a direction, and the gradient with respect to the weights.

#ifndef PENALTY_ORACLE_H
#define PENALTY_ORACLE_H

#include "base/die.h"
#include "nn/net.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int o, i;
    long weight;   // place in theta, or -1
    double number; // if there is no weight
} Entry;

enum { MOST_LAYERS = 12, MOST_VALUES = 2000, MOST_ENTRIES = 60000 };

typedef struct {
    const Net
        *net; // for its layers' specs, shapes and places of weights; none of its numbers are used
    uint64_t masks; // which way all kinks and windows went in the last call of penalty_plain
    double closest; // and how near to a kink or to a tie the nearest came
    int n_entries[MOST_LAYERS];
    Entry *entries[MOST_LAYERS];
    double y[MOST_LAYERS + 1][MOST_VALUES], d[MOST_LAYERS + 1][MOST_VALUES];
    double t[MOST_LAYERS + 1][MOST_VALUES];
} Oracle;

static inline Oracle *oracle_create(const Net *net) {
    Oracle *a = alloc_bytes(sizeof *a);
    require(net->n_layers <= MOST_LAYERS, "%d layers", net->n_layers);
    a->net = net;
    for (int l = 0; l < net->n_layers; l++) {
        a->entries[l] = alloc_bytes(MOST_ENTRIES * sizeof(Entry));
    }
    return a;
}

static inline void oracle_free(Oracle *a) {
    for (int l = 0; l < a->net->n_layers; l++) {
        free(a->entries[l]);
    }
    free(a);
}

static inline void put_entry(Oracle *a, int l, int o, int i, long weight, double number) {
    require(a->n_entries[l] < MOST_ENTRIES && o < MOST_VALUES && i < MOST_VALUES,
            "layer %d is too large", l);
    a->entries[l][a->n_entries[l]++] = (Entry){ o, i, weight, number };
}

static inline void note_choice(Oracle *a, int which, double distance) {
    a->masks = (a->masks ^ (uint64_t)(which + 1)) * 1099511628211u;
    a->closest = fabs(distance) < a->closest ? fabs(distance) : a->closest;
}

static inline void put_conv(Oracle *a, int l, const Layer *L) {
    int k = L->spec.kernel;
    long first = L->weight - a->net->params;
    for (int o = 0; o < L->out.channels; o++) {
        for (int row = 0; row < L->out.height; row++) {
            for (int col = 0; col < L->out.width; col++) {
                for (int c = 0; c < L->in.channels; c++) {
                    for (int u = 0; u < k; u++) {
                        for (int v = 0; v < k; v++) {
                            int y = row * L->spec.stride - L->spec.pad + u * L->spec.dilation;
                            int x = col * L->spec.stride - L->spec.pad + v * L->spec.dilation;
                            if (y >= 0 && y < L->in.height && x >= 0 && x < L->in.width) {
                                put_entry(a, l, (o * L->out.height + row) * L->out.width + col,
                                          (c * L->in.height + y) * L->in.width + x,
                                          first + ((long)(o * L->in.channels + c) * k + u) * k + v,
                                          0.0);
                            }
                        }
                    }
                }
            }
        }
    }
}

static inline void put_pool(Oracle *a, int l, const Layer *L, const double *x) {
    int k = L->spec.kernel;
    for (int c = 0; c < L->in.channels; c++) {
        for (int row = 0; row < L->out.height; row++) {
            for (int col = 0; col < L->out.width; col++) {
                int o = (c * L->out.height + row) * L->out.width + col, best = -1;
                double second = -INFINITY;
                for (int w = 0; w < k * k; w++) {
                    int i = (c * L->in.height + row * L->spec.stride + w / k) * L->in.width +
                            col * L->spec.stride + w % k;
                    if (L->spec.kind == AVG_POOL2D) {
                        put_entry(a, l, o, i, -1, 1.0 / (k * k));
                    } else if (best < 0 || x[i] > x[best]) {
                        second = best < 0 ? second : x[best];
                        best = i;
                    } else if (x[i] > second) {
                        second = x[i];
                    }
                }
                if (L->spec.kind == MAX_POOL2D) {
                    put_entry(a, l, o, best, -1, 1.0);
                    note_choice(a, best, x[best] - second);
                }
            }
        }
    }
}

// The matrix that layer l is at its input x.
static inline void put_layer(Oracle *a, int l, const double *x) {
    const Layer *L = &a->net->layers[l];
    int in = (int)shape_size(L->in), out = (int)shape_size(L->out);
    a->n_entries[l] = 0;
    switch ((int)L->spec.kind) {
    case DENSE:
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in; i++) {
                put_entry(a, l, o, i, L->weight - a->net->params + (long)o * in + i, 0.0);
            }
        }
        break;
    case CONV2D:
        put_conv(a, l, L);
        break;
    case MAX_POOL2D:
    case AVG_POOL2D:
        put_pool(a, l, L, x);
        break;
    case RELU:
    case LEAKY_RELU:
        for (int i = 0; i < in; i++) {
            double slope = L->spec.kind == RELU ? 0.0 : (double)L->spec.slope;
            put_entry(a, l, i, i, -1, x[i] > 0.0 ? 1.0 : slope);
            note_choice(a, x[i] > 0.0, x[i]);
        }
        break;
    case FLATTEN:
        for (int i = 0; i < in; i++) {
            put_entry(a, l, i, i, -1, 1.0);
        }
        break;
    default:
        require(false, "the oracle does not know layer kind %d", (int)L->spec.kind);
    }
}

static inline double of(const Entry *e, const double *theta) {
    return e->weight < 0 ? e->number : theta[e->weight];
}

// y = A x, and b if the layer has one and it is wanted.
static inline void apply(Oracle *a, int l, double *y, const double *x, const double *theta,
                         bool bias) {
    const Layer *L = &a->net->layers[l];
    int out = (int)shape_size(L->out), area = L->out.height * L->out.width;
    for (int o = 0; o < out; o++) {
        y[o] = bias && L->bias ? theta[L->bias - a->net->params + o / area] : 0.0;
    }
    for (int e = 0; e < a->n_entries[l]; e++) {
        y[a->entries[l][e].o] += of(&a->entries[l][e], theta) * x[a->entries[l][e].i];
    }
}

// The critic's score of x, the lists of all layers made on the way, and its gradient in d[0].
static inline double score_plain(Oracle *a, const double *theta, const double *x) {
    int n = a->net->n_layers;
    memcpy(a->y[0], x, shape_size(a->net->in) * sizeof *x);
    for (int l = 0; l < n; l++) {
        put_layer(a, l, a->y[l]);
        apply(a, l, a->y[l + 1], a->y[l], theta, true);
    }
    a->d[n][0] = 1.0;
    for (int l = n - 1; l >= 0; l--) {
        memset(a->d[l], 0, sizeof a->d[l]);
        for (int e = 0; e < a->n_entries[l]; e++) {
            a->d[l][a->entries[l][e].i] +=
                of(&a->entries[l][e], theta) * a->d[l + 1][a->entries[l][e].o];
        }
    }
    return a->y[n][0];
}

// λ mean((|∇D| - 1)²) at x (n, in); adds its gradient to dtheta, unless NULL.
static inline double penalty_plain(Oracle *a, double *dtheta, const double *theta, const double *x,
                                   int n, double lambda) {
    size_t in = shape_size(a->net->in);
    double penalty = 0.0;
    a->masks = 14695981039346656037u;
    a->closest = INFINITY;
    for (int k = 0; k < n; k++) {
        score_plain(a, theta, x + (size_t)k * in);
        double squares = 1e-12;
        for (size_t i = 0; i < in; i++) {
            squares += a->d[0][i] * a->d[0][i];
        }
        double r = sqrt(squares);
        penalty += lambda * (r - 1.0) * (r - 1.0) / n;
        for (size_t i = 0; dtheta && i < in; i++) {
            a->t[0][i] = 2.0 * lambda * (r - 1.0) / r * a->d[0][i] / n;
        }
        for (int l = 0; dtheta && l < a->net->n_layers; l++) {
            for (int e = 0; e < a->n_entries[l]; e++) {
                const Entry *entry = &a->entries[l][e];
                if (entry->weight >= 0) {
                    dtheta[entry->weight] += a->d[l + 1][entry->o] * a->t[l][entry->i];
                }
            }
            apply(a, l, a->t[l + 1], a->t[l], theta, false);
        }
    }
    return penalty;
}

#endif
