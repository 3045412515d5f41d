#include "nn/net.h"
#include "base/die.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Building

The table is read twice. The first time each layer says how much memory it needs. Then the sum is allocated, and the second time
each layer gets its pointers. Each layer's activations begin on a cache line of their own.

A row that names a mark reads the last mark of that name above it. The mark keeps a list of its readers.
*/

static size_t padded(size_t n) {
    return (n + 15) / 16 * 16;
}

// Numbers of memory that a net's layers take, besides parameters and state.
typedef struct {
    size_t activations, workspace;
} Memory;

static void find_mark(Net *net, int i, const LayerSpec *row) {
    Layer *reader = &net->layers[i];
    if (!row->label || row->kind == MARK) {
        return;
    }
    for (int k = i - 1; k >= 0 && !reader->marked; k--) {
        Layer *l = &net->layers[k];
        if (l->spec.kind == MARK && strcmp(l->spec.label, row->label) == 0) {
            reader->marked = l;
            reader->next_reader = l->readers;
            l->readers = reader;
        }
    }
    require(reader->marked, "layer %d (%s) reads \"%s\", which no row above marks", i,
            layer_ops(row->kind)->name, row->label);
}

// Whether layer i writes into the arrays of the one before it.
static bool shares(const Net *net, int i) {
    const Layer *l = &net->layers[i];
    return i > 0 && (l->view || (l->takes && net->layers[i - 1].lends));
}

// How many arrays of its own it has for y and dy.
static size_t own_arrays(const Net *net, int i) {
    return shares(net, i) ? 0 : net->layers[i].spec.kind == FROM ? 1 : 2;
}

static Memory plan_layers(Net *net, const LayerSpec *table) {
    Memory needs = { 0, 0 };
    Shape shape = net->in;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(table[i].kind);
        l->spec = table[i];
        l->in = shape;
        l->batch = net->batch;
        find_mark(net, i, &table[i]);
        const char *problem = ops->plan(l);
        require(!problem, "layer %d (%s) with input %d × %d × %d %s", i, ops->name, shape.channels,
                shape.height, shape.width, problem);
        shape = l->out;
        net->n_params += l->n_weight + l->n_bias;
        net->n_state += l->n_state;
        net->n_carried += l->n_carried;
        net->of_sequences |= l->spec.steps > 0;
        needs.activations += own_arrays(net, i) * padded((size_t)net->batch * shape_size(l->out));
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

static void place_layers(Net *net, const Memory *needs) {
    float *params = net->params, *grads = net->grads, *state = net->state, *carried = net->carried;
    float *activations = net->activations;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        size_t outputs = padded((size_t)net->batch * shape_size(l->out));
        bool shared = shares(net, i);
        l->y = shared                 ? net->layers[i - 1].y
               : l->spec.kind == FROM ? l->marked->y
                                      : hand_out(&activations, outputs);
        l->dy = shared ? net->layers[i - 1].dy : hand_out(&activations, outputs);
        l->scratch = hand_out(&activations, padded(l->n_scratch));
        l->workspace = l->n_workspace ? net->workspace : NULL;
        l->weight = hand_out(&params, l->n_weight);
        l->dweight = hand_out(&grads, l->n_weight);
        l->bias = hand_out(&params, l->n_bias);
        l->dbias = hand_out(&grads, l->n_bias);
        l->state = hand_out(&state, l->n_state);
        l->carried = hand_out(&carried, l->n_carried);
    }
    require(activations == net->activations + needs->activations,
            "the layers take %td floats and not %zu", activations - net->activations,
            needs->activations);
}

// The net on paper: the memory that its numbers need goes into *needs.
static Net *plan(const LayerSpec *table, Shape in, int batch, Memory *needs) {
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
    *needs = plan_layers(net, table);
    return net;
}

static void take_memory(Net *net, const Memory *needs) {
    if (!net->borrows_arrays) {
        net->n_activations = needs->activations;
        net->activations = alloc_floats(needs->activations);
        net->dx = alloc_floats((size_t)net->batch * shape_size(net->in));
    }
    if (!net->borrows_workspace) {
        net->n_workspace = needs->workspace;
        net->workspace = alloc_scratch(needs->workspace);
    }
    if (!net->borrows) {
        net->state = alloc_floats(net->n_state);
        net->params = alloc_floats(net->n_params);
        net->grads = alloc_floats(net->n_params);
    }
    net->carried = alloc_floats(net->n_carried);
    place_layers(net, needs);
    net->dy = net->layers[net->n_layers - 1].dy;
}

Net *net_create(const LayerSpec *table, Shape in, int batch, Rng *rng) {
    Memory needs;
    Net *net = plan(table, in, batch, &needs);
    take_memory(net, &needs);
    uint64_t start = rng_bits(rng); // one draw a statement: C leaves the order of arguments open
    net->dropout = rng_pcg32(start, rng_bits(rng));
    net_init(net, INIT_FAN_IN, rng);
    return net;
}

Net *net_plan(const LayerSpec *table, Shape in) {
    Memory needs;
    return plan(table, in, 1, &needs);
}

/*
A convolution has the same weights for a small picture and a large one. But a net's arrays are cut for one size of input. So for
another size there is a second net, whose layers point into the parameters of the first. An optimizer that changes
these changes both. For smaller pictures it cuts the outputs of its layers from the memory of the first net, too. The table that it is made of is that of the first net, row for row.
*/

Net *net_resized(Net *owner, int height, int width) {
    Memory needs;
    LayerSpec *table = alloc_bytes(((size_t)owner->n_layers + 1) * sizeof *table);
    for (int i = 0; i < owner->n_layers; i++) {
        table[i] = owner->layers[i].spec;
    }
    Net *net = plan(table, (Shape){ owner->in.channels, height, width }, owner->batch, &needs);
    free(table);
    for (int i = 0; i < net->n_layers; i++) {
        const Layer *l = &net->layers[i], *of = &owner->layers[i];
        require(l->n_weight == of->n_weight && l->n_bias == of->n_bias && l->n_state == of->n_state,
                "layer %d (%s) has %zu parameters for pictures of %d × %d, and %zu for %d × %d", i,
                layer_ops(l->spec.kind)->name, of->n_weight + of->n_bias, owner->in.height,
                owner->in.width, l->n_weight + l->n_bias, height, width);
    }
    net->borrows = true;
    net->params = owner->params;
    net->grads = owner->grads;
    net->state = owner->state;
    net->dropout = owner->dropout;
    net->borrows_arrays =
        needs.activations <= owner->n_activations && shape_size(net->in) <= shape_size(owner->in);
    if (net->borrows_arrays) {
        net->activations = owner->activations;
        net->dx = owner->dx;
    }
    net->borrows_workspace = needs.workspace <= owner->n_workspace;
    if (net->borrows_workspace) {
        net->workspace = owner->workspace;
    }
    take_memory(net, &needs);
    return net;
}

void net_free(Net *net) {
    if (net) {
        free(net->layers);
        if (!net->borrows_arrays) {
            free(net->activations);
            free(net->dx);
        }
        if (!net->borrows_workspace) {
            free(net->workspace);
        }
        if (!net->borrows) {
            free(net->state);
            free(net->params);
            free(net->grads);
        }
        free(net->carried);
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

Each layer keeps a pointer to its input. That input is the previous layer's `y`, which does not change until the next forward
pass. On the way back, the gradient that a layer writes for its input is the `dy` of the layer before.

The first layer's input is the data. Its gradient is computed only on request: without it, lesson 2's classifier has a
third less work in each step. A GAN's generator needs this gradient from its discriminator.
*/

// Rows of a sequence in a pass of n rows: what the table says, or fewer, if that is all there is.
static int steps_of(const Layer *l, int n) {
    int steps = l->spec.steps < n ? l->spec.steps : n;
    require(steps == 0 || n % steps == 0, "%d rows are not sequences of %d", n, steps);
    return steps;
}

static const float *forward_layers(Net *net, const float *x, const Pass *of_all) {
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        const LayerOps *ops = layer_ops(l->spec.kind);
        Pass pass = *of_all;
        pass.mode = l->frozen ? EVAL : of_all->mode;
        pass.steps = of_all->stepping ? 1 : steps_of(l, of_all->n);
        pass.by_row = net->of_sequences && pass.mode == EVAL;
        l->x = x;
        if (ops->forward) {
            ops->forward(l, &pass);
        }
        x = l->y;
    }
    return x;
}

const float *net_forward(Net *net, const float *x, int n, Mode mode) {
    require(n > 0 && n <= net->batch, "%d examples for a network made for %d", n, net->batch);
    require(net->activations, "a network on paper (net_plan) cannot be run");
    net->n = n;
    net->mode = mode;
    net->has_dx = false;
    Pass pass = { .n = n, .mode = mode, .rng = &net->dropout, .carry = net->carry };
    return forward_layers(net, x, &pass);
}

/*
A network that generates a text needs the output for one row before it knows the next one. If it ran the whole sequence again for each
row, the work would grow with the square of the length. But a later row needs little from the earlier ones: a recurrent layer its state,
attention its keys and values. These layers keep it from step to step.
*/

void net_begin(Net *net) {
    memset(net->carried, 0, net->n_carried * sizeof *net->carried);
    net->at = 0;
}

const float *net_step(Net *net, const float *x, int n) {
    require(n > 0 && n <= net->batch, "%d examples for a network made for %d", n, net->batch);
    for (int i = 0; i < net->n_layers; i++) {
        const LayerSpec *s = &net->layers[i].spec;
        bool whole = layer_ops(s->kind)->bounded;
        require(!whole || (net->at < s->steps && n <= net->batch / s->steps),
                "step %d of %d sequences, layer %d is made for %d of %d", net->at, n, i, s->steps,
                net->batch / s->steps);
    }
    net->n = 0; // no backward pass
    Pass pass = { .n = n, .mode = EVAL, .at = net->at++, .carry = true, .stepping = true };
    return forward_layers(net, x, &pass);
}

/*
The backward pass comes to a mark after all its readers. The row below has left its part of the gradient there; the readers add theirs.
*/

static void collect_from_readers(Layer *mark, int n) {
    for (const Layer *r = mark->readers; r; r = r->next_reader) {
        layer_ops(r->spec.kind)->backward_to_mark(r, mark->dy, n);
    }
}

// Through the layers from the last to the layer `to`, whose dx goes to the place given.
static void backward_layers(Net *net, const float *dy, bool want_params, int to, float *dx) {
    require(net->n > 0, "net_backward without a forward pass");
    if (dy != net->dy) {
        memcpy(net->dy, dy, (size_t)net->n * shape_size(net->out) * sizeof *dy);
    }
    for (int i = net->n_layers - 1; i >= to; i--) {
        Layer *l = &net->layers[i];
        Pass pass = { .n = net->n,
                      .mode = l->frozen ? EVAL : net->mode,
                      .dx = i > to ? net->layers[i - 1].dy : dx,
                      .steps = steps_of(l, net->n),
                      .want_params = want_params && !l->frozen };
        collect_from_readers(l, net->n);
        layer_ops(l->spec.kind)->backward(l, &pass);
    }
}

const float *net_backward(Net *net, const float *dy, unsigned want) {
    net->has_dx = want & WANT_INPUT;
    backward_layers(net, dy, want & WANT_PARAMS, net->has_dx ? 0 : net->frozen,
                    net->has_dx ? net->dx : NULL);
    return net->has_dx ? net->dx : NULL;
}

const float *net_backward_to(Net *net, const float *dy, unsigned want, int last) {
    require(last > 0 && last < net->n_layers, "no layer %d behind another one", last);
    float *dx = net->layers[last - 1].dy;
    net->has_dx = false;
    backward_layers(net, dy, want & WANT_PARAMS, last, dx);
    return dx;
}

/*
Layers are frozen from the input on, because the first layers have the most general features. So the layers that still learn are the
last ones, and their parameters are the end of the block.
*/

void net_freeze(Net *net, int layers) {
    require(layers >= 0 && layers < net->n_layers, "%d of %d layers", layers, net->n_layers);
    net->frozen = layers;
    net->frozen_params = 0;
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        l->frozen = i < layers;
        net->frozen_params += l->frozen ? l->n_weight + l->n_bias : 0;
    }
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
to each of them, for a fixed $v$. It can be computed for little more than the cost of a forward pass.

What is $\langle v, \nabla_x f \rangle$? The derivative of $f$ in the direction $v$. It can be computed without any gradient:
let the input move in the direction $v$, and follow the motion forward, through layer after layer, to the output,

$$ \langle v, dX \rangle = \langle t_1, dY_1 \rangle = \langle t_2, dY_2 \rangle = \dots = \langle t_L, dY \rangle, $$

where $t_l$ is how the output of layer $l$ moves (its *tangent*) and $dY_l$ is the gradient that the backward pass has
left there. All these products are the same number: each layer multiplies by its matrix, once on the left and once on
the right. Now change a weight of layer $l$ a little. In the middle of the chain stands $t_l = W_l\, t_{l-1}$. Neither
$t_{l-1}$, which comes from the layers before, nor $dY_l$, which comes from the layers behind, depends on $W_l$. So

$$ \frac{\partial}{\partial W_l} \langle v, dX \rangle = dY_l\, t_{l-1}^\top, $$

which is the gradient of a dense layer with the tangent instead of the input. One forward pass computes it: each layer takes
the tangent that comes in, adds the product to its gradients, and passes the new tangent on.

Is that the whole derivative? The masks of the activations depend on the weights, too, since they depend on the layer's input.
But a mask is 0 or 1 (for a leaky ReLU 0.2 or 1), and does not change while a weight changes by very little, except exactly at
the kink. So the result holds for layers that are linear in pieces. The biases only affect masks, and so their gradient is 0.
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

// The same for each mark, which keeps its tangent for its readers.
static size_t tangent_of_mark(const Net *net, const Layer *l) {
    return l->readers ? padded((size_t)net->batch * shape_size(l->out)) : 0;
}

void net_allow_tangent(Net *net) {
    size_t floats = 2 * widest(net);
    for (int i = 0; i < net->n_layers; i++) {
        const LayerOps *ops = layer_ops(net->layers[i].spec.kind);
        require(ops->tangent, "layer %d (%s) has no tangent pass: %s", i, ops->name,
                ops->no_tangent);
        floats += tangent_of_mark(net, &net->layers[i]);
    }
    free(net->tangents);
    net->tangents = alloc_floats(floats);
}

void net_tangent(Net *net, const float *v) {
    require(net->tangents, "net_tangent without net_allow_tangent");
    require(net->has_dx, "net_tangent without net_backward(…, WANT_INPUT)");
    float *places[2] = { net->tangents, net->tangents + widest(net) };
    float *of_marks = net->tangents + 2 * widest(net);
    for (int i = 0; i < net->n_layers; i++) {
        Layer *l = &net->layers[i];
        float *own = l->readers ? of_marks : places[i % 2];
        layer_ops(l->spec.kind)->tangent(l, &(Pass){ .n = net->n, .v = v, .t = own });
        of_marks += tangent_of_mark(net, l);
        v = l->tangent = own;
    }
}

/*
## How long is the gradient?

The norm of the gradient is computed at every step, and a network may have millions of weights. So the sum is cut into parts of a
fixed size, which are added in their order. Then the bits do not depend on the number of threads.
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

double net_clip_gradient(Net *net, double most) {
    double length = net_gradient_length(net);
    if (length > most) {
        float factor = (float)(most / length);
        for (size_t i = 0; i < net->n_params; i++) {
            net->grads[i] *= factor;
        }
    }
    return length;
}

/*
## Where did the NaN come from?

A loss that is not finite shows that something went wrong, but often many layers behind the cause. So we look for the first
layer, in the order of the forward pass, whose output is not finite.
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
