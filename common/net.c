#include "net.h"
#include "die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Building

Two walks over the table. The first asks each layer how large it is and adds up; then memory is taken; the second walk
hands out the pointers. Each layer's activations begin on a cache line of their own.
*/

static size_t padded(size_t n) {
    return (n + 15) / 16 * 16;
}

// Numbers of memory that a net's layers take, besides parameters and state.
typedef struct {
    size_t activations, workspace;
} Needs;

static Needs plan_layers(Net *net, const LayerSpec *table) {
    Needs needs = { 0, 0 };
    Shape shape = net->in;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(table[i].kind);
        l->spec = table[i];
        l->in = shape;
        const char *problem = ops->plan(l, net->batch);
        require(!problem, "layer %d (%s) with input %d × %d × %d %s", i, ops->name, shape.channels,
                shape.height, shape.width, problem);
        shape = l->out;
        net->n_params += l->n_weight + l->n_bias;
        net->n_state += l->n_state;
        needs.activations += 2 * padded((size_t)net->batch * shape_size(l->out));
        needs.activations += padded(l->n_scratch);
        needs.workspace = l->n_workspace > needs.workspace ? l->n_workspace : needs.workspace;
    }
    net->out = shape;
    return needs;
}

static float *hand_out(float **block, size_t n) {
    float *part = n ? *block : NULL;
    *block += n;
    return part;
}

static void place_layers(Net *net) {
    float *params = net->params, *grads = net->grads, *state = net->state;
    float *activations = net->activations;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        size_t outputs = padded((size_t)net->batch * shape_size(l->out));
        bool shared = i > 0 && (l->view || (l->takes && net->layers[i - 1].lends));
        l->y = shared ? net->layers[i - 1].y : hand_out(&activations, outputs);
        l->dy = shared ? net->layers[i - 1].dy : hand_out(&activations, outputs);
        l->scratch = hand_out(&activations, padded(l->n_scratch));
        l->workspace = l->n_workspace ? net->workspace : NULL;
        l->weight = hand_out(&params, l->n_weight);
        l->dweight = hand_out(&grads, l->n_weight);
        l->bias = hand_out(&params, l->n_bias);
        l->dbias = hand_out(&grads, l->n_bias);
        l->state = hand_out(&state, l->n_state);
    }
}

Net *net_create(const LayerSpec *table, Shape in, int batch, Rng *rng) {
    require(batch > 0, "a batch of %d", batch);
    require(in.channels > 0 && in.height > 0 && in.width > 0, "an input of %d × %d × %d",
            in.channels, in.height, in.width);
    Net *net = alloc_bytes(sizeof *net);
    net->in = in;
    net->batch = batch;
    while (table[net->n_layers].kind != LAYER_END) {
        net->n_layers++;
    }
    require(net->n_layers > 0, "a network without layers");
    net->layers = alloc_bytes((size_t)net->n_layers * sizeof *net->layers);
    Needs needs = plan_layers(net, table);
    net->activations = alloc_floats(needs.activations);
    net->workspace = alloc_floats(needs.workspace);
    net->state = alloc_floats(net->n_state);
    net->params = alloc_floats(net->n_params);
    net->grads = alloc_floats(net->n_params);
    net->dx = alloc_floats((size_t)batch * shape_size(in));
    place_layers(net);

    uint64_t start = rng_bits(rng); // one draw a statement: C leaves the order of arguments open
    net->dropout = rng_pcg32(start, rng_bits(rng));
    net_init(net, INIT_FAN_IN, rng);
    return net;
}

void net_free(Net *net) {
    if (net) {
        free(net->layers);
        free(net->activations);
        free(net->workspace);
        free(net->state);
        free(net->params);
        free(net->grads);
        free(net->dx);
        free(net->tangents);
        free(net);
    }
}

void net_init(Net *net, InitScheme scheme, Rng *rng) {
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(l->spec.kind);
        if (ops->init) {
            ops->init(l, scheme, rng);
        }
    }
}

/*
## Forward and backward

The whole of it. A layer remembers where its input was; that input is the previous layer's `y`, which stays untouched
until the next forward pass. On the way back, the gradient that a layer writes for its input is the `dy` of the layer
before.

The first layer's input is the data. Its gradient is computed only on request: without it, lesson 2's classifier has a
third less work in each step. A GAN's generator will ask its discriminator for exactly this gradient.
*/

const float *net_forward(Net *net, const float *x, int n, Mode mode) {
    require(n > 0 && n <= net->batch, "%d examples for a network made for %d", n, net->batch);
    net->n = n;
    net->mode = mode;
    net->has_dx = false;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        l->x = x;
        layer_ops(l->spec.kind)->forward(l, n, mode, &net->dropout);
        x = l->y;
    }
    return x;
}

const float *net_backward(Net *net, const float *dy, unsigned want) {
    require(net->n > 0, "net_backward without a forward pass");
    Layer *last = &net->layers[net->n_layers - 1];
    memcpy(last->dy, dy, (size_t)net->n * shape_size(net->out) * sizeof *dy);
    for (int i = net->n_layers - 1; i >= 0; i--) {
        Layer *l = &net->layers[i];
        float *dx = i > 0 ? net->layers[i - 1].dy : want & WANT_INPUT ? net->dx : NULL;
        layer_ops(l->spec.kind)->backward(l, dx, want & WANT_PARAMS, net->n, net->mode);
    }
    net->has_dx = want & WANT_INPUT;
    return net->has_dx ? net->dx : NULL;
}

void net_zero_grad(Net *net) {
    enum { PART = 4096 };
#pragma omp parallel for schedule(static) if (net->n_params > PART)
    for (size_t begin = 0; begin < net->n_params; begin += PART) {
        size_t n = net->n_params - begin < PART ? net->n_params - begin : PART;
        memset(net->grads + begin, 0, n * sizeof *net->grads);
    }
}

/*
## The gradient of a gradient

A backward pass with `WANT_INPUT` returns $dX = \nabla_x \langle dY, y(x) \rangle$, the slope of the output. Lesson 9
wants to *change* that slope by changing the weights, so it needs the derivative of $\langle v, dX \rangle$ with respect
to each of them, for a fixed $v$. Here is how it comes for little more than a forward pass.

What is $\langle v, \nabla_x f \rangle$? The derivative of $f$ in the direction $v$. It can be had without any gradient:
let the input move in the direction $v$, and follow the motion forward, through layer after layer, to the output,

$$ \langle v, dX \rangle = \langle t_1, dY_1 \rangle = \langle t_2, dY_2 \rangle = \dots = \langle t_L, dY \rangle, $$

where $t_l$ is how the output of layer $l$ moves (its *tangent*) and $dY_l$ is the gradient that the backward pass has
left there. All these products are the same number: each layer multiplies by its matrix, once on the left and once on
the right. Now move a weight of layer $l$ a little. In the middle of the chain stands $t_l = W_l\, t_{l-1}$, and neither
$t_{l-1}$, which lies before it, nor $dY_l$, which comes from behind it, has any part in $W_l$. So

$$ \frac{\partial}{\partial W_l} \langle v, dX \rangle = dY_l\, t_{l-1}^\top, $$

the gradient of a dense layer as we know it, with the tangent in the place of the input. One pass forward does it all:
take the tangent that comes in, add the product to the gradients, hand the tangent on.

Is that the whole derivative? Masks depend on the weights, too, by way of the primal $x$; but a mask is 0 or 1 (or 0.2
or 1), and does not change while a weight is moved by a hair, except exactly at the kink. This is where we need layers
that are linear in pieces. The biases move masks only, and so their gradient is 0.
*/

// Numbers in the tangent of a layer, at most: a cache line begins behind them.
static size_t widest(const Net *net) {
    size_t most = 0;
    for (int i = 0; i < net->n_layers; i++) {
        size_t size = shape_size(net->layers[i].out);
        most = size > most ? size : most;
    }
    return padded((size_t)net->batch * most);
}

void net_allow_tangent(Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        const LayerOps *ops = layer_ops(net->layers[i].spec.kind);
        require(ops->tangent, "layer %d (%s) has no tangent pass: %s", i, ops->name,
                ops->no_tangent);
    }
    free(net->tangents);
    net->tangents = alloc_floats(2 * widest(net));
}

void net_tangent(Net *net, const float *v) {
    require(net->tangents, "net_tangent without net_allow_tangent");
    require(net->has_dx, "net_tangent without net_backward(…, WANT_INPUT)");
    float *places[2] = { net->tangents, net->tangents + widest(net) };
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        layer_ops(l->spec.kind)->tangent(l, places[i % 2], v, net->n);
        v = places[i % 2];
    }
}

/*
## How long is the gradient?

The length of the gradient is asked for at every step, and a network may have millions of weights: so the sum is cut into parts of
a fixed size, which are added in their order, and the bits do not depend on the number of threads.
*/

double net_gradient_length(const Net *net) {
    enum { PART = 1 << 14, MOST_PARTS = 1 << 12 };
    double squares[MOST_PARTS], sum = 0.0;
    size_t n = net->n_params, size = n / PART < MOST_PARTS ? PART : n / MOST_PARTS + 1;
    size_t parts = (n + size - 1) / size;
#pragma omp parallel for schedule(static) if (parts > 1)
    for (size_t p = 0; p < parts; p++) {
        size_t end = (p + 1) * size < n ? (p + 1) * size : n;
        double part = 0.0;
#pragma omp simd reduction(+ : part)
        for (size_t i = p * size; i < end; i++) {
            part += (double)net->grads[i] * net->grads[i];
        }
        squares[p] = part;
    }
    for (size_t p = 0; p < parts; p++) {
        sum += squares[p];
    }
    return sqrt(sum);
}

/*
## Where did the NaN come from?

A loss that is not finite says that something went wrong, many layers after it did. The first place, in the order of
the forward pass, is the one to look at.
*/

static bool all_finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            return false;
        }
    }
    return true;
}

const char *net_find_nonfinite(Net *net) {
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i];
        const char *what = !all_finite(l->weight, l->n_weight)                      ? "the weights"
                           : !all_finite(l->bias, l->n_bias)                        ? "the biases"
                           : !all_finite(l->y, (size_t)net->n * shape_size(l->out)) ? "the output"
                                                                                    : NULL;
        if (what) {
            snprintf(net->where, sizeof net->where, "%s of layer %d (%s)", what, i,
                     layer_ops(l->spec.kind)->name);
            return net->where;
        }
    }
    return "the loss itself";
}
