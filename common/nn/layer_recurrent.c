/*
# Recurrent layers in a network

A sequence is `.steps` rows of a batch, one after the other; so most layers need no notion of time. A recurrent layer has one: it goes
through the rows of each sequence in their order (or from the last to the first, with `.reverse`), and its output for a row depends on
the [state](recurrent.html) that the rows before have left. The output is the state itself.

Parameters have PyTorch's names and shapes, with $G$ gates (1, 3 or 4): `weight_ih_l0` ($G$ · hidden, in) and `weight_hh_l0` ($G$ · hidden,
hidden), which lie one behind the other in the layer's weight, and `bias_ih_l0` and `bias_hh_l0`, in its bias.

Whether a sequence begins with a state of zeros or where the last pass has ended is the network's to say (see `net_carry`). The state is
kept in the layer; a copy of what a pass began with stays for the way back.
*/

#include "kernels/gru.h"
#include "kernels/lstm.h"
#include "kernels/rnn.h"
#include "nn/kinds.h"

#include <string.h>

static const RecurrentCell *cell_of(const Layer *l) {
    return l->spec.kind == RNN ? &rnn_cell : l->spec.kind == GRU ? &gru_cell : &lstm_cell;
}

static RecurrentShape recurrent_shape(const Layer *l, int steps) {
    return (RecurrentShape){ (int)shape_size(l->in), l->spec.out, steps, l->spec.reverse };
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static const char *plan_recurrent(Layer *l) {
    const RecurrentCell *cell = cell_of(l);
    int h = l->spec.out, in = (int)shape_size(l->in), gates = cell->gates * h;
    if (h < 1 || l->spec.steps < 1 || l->batch % l->spec.steps != 0) {
        return "needs at least one output, and a batch of whole sequences of .steps rows";
    }
    RecurrentShape whole = recurrent_shape(l, l->spec.steps), single = recurrent_shape(l, 1);
    l->out = (Shape){ h, 1, 1 };
    l->n_weight = (size_t)gates * (size_t)(in + h);
    l->n_bias = 2 * (size_t)gates;
    l->n_carried = 2 * (size_t)l->batch * (size_t)h;
    l->n_scratch = l->n_carried + larger(recurrent_scratch(cell, l->batch, &whole),
                                         recurrent_scratch(cell, l->batch, &single));
    l->n_workspace = larger(recurrent_workspace(cell, l->batch, &whole),
                            recurrent_workspace(cell, l->batch, &single));
    return NULL;
}

// The four pieces of a block of weights and one of biases, or of their gradients.
static RecurrentParams pieces(const Layer *l, float *weight, float *bias) {
    size_t gates = (size_t)(cell_of(l)->gates * l->spec.out);
    return (RecurrentParams){ weight, weight + gates * shape_size(l->in), bias, bias + gates };
}

static RecurrentState state_at(const Layer *l, float *block) {
    return (RecurrentState){ block, block + (size_t)l->batch * (size_t)l->spec.out };
}

static void forward_recurrent(Layer *l, const Pass *p) {
    RecurrentShape shape = recurrent_shape(l, p->steps);
    RecurrentParams params = pieces(l, l->weight, l->bias);
    RecurrentState first = { NULL, NULL };
    if (p->carry) {
        memcpy(l->scratch, l->carried, l->n_carried * sizeof *l->carried);
        first = state_at(l, l->scratch);
    }
    recurrent_forward(cell_of(l), l->y, state_at(l, l->carried), l->scratch + l->n_carried, l->x,
                      first, &params, p->n, &shape, l->workspace);
}

static void backward_recurrent(Layer *l, const Pass *p) {
    RecurrentShape shape = recurrent_shape(l, p->steps);
    RecurrentParams params = pieces(l, l->weight, l->bias);
    RecurrentParams dparams = pieces(l, l->dweight, l->dbias);
    RecurrentState none = { NULL, NULL };
    recurrent_backward(cell_of(l), p->dx, none, p->want_params ? &dparams : NULL, l->dy, none, l->x,
                       l->scratch + l->n_carried, &params, p->n, &shape, l->workspace);
}

/*
PyTorch's habit is to draw everything evenly between $-1/\sqrt{\text{hidden}}$ and $1/\sqrt{\text{hidden}}$. An LSTM may be
given a bias for its forget gate (`.forget = 1`): without one it begins by forgetting half of its state at each step.
*/

static void init_recurrent(Layer *l, InitScheme scheme, Rng *rng) {
    int h = l->spec.out, in = (int)shape_size(l->in), gates = cell_of(l)->gates;
    size_t n_ih = (size_t)(gates * h) * (size_t)in, n_hh = l->n_weight - n_ih;
    RecurrentParams p = pieces(l, l->weight, l->bias);
    size_t n_bias = l->n_bias / 2;
    int fan_in = scheme == INIT_FAN_IN ? h : in;
    init_weights(scheme, p.weight_ih, n_ih, p.bias_ih, n_bias, fan_in, h, rng);
    init_weights(scheme, p.weight_hh, n_hh, p.bias_hh, n_bias, h, h, rng);
    for (int i = h; l->spec.kind == LSTM && l->spec.forget != 0.0f && i < 2 * h; i++) {
        p.bias_ih[i] = l->spec.forget;
        p.bias_hh[i] = 0.0f;
    }
}

static int tensors_recurrent(const Layer *l, LayerTensor *list) {
    RecurrentParams p = pieces(l, l->weight, l->bias);
    int h = l->spec.out, gates = cell_of(l)->gates * h;
    list[0] = (LayerTensor){ "weight_ih_l0", p.weight_ih, 2, { gates, (int)shape_size(l->in) } };
    list[1] = (LayerTensor){ "weight_hh_l0", p.weight_hh, 2, { gates, h } };
    list[2] = (LayerTensor){ "bias_ih_l0", p.bias_ih, 1, { gates } };
    list[3] = (LayerTensor){ "bias_hh_l0", p.bias_hh, 1, { gates } };
    return 4;
}

static size_t multiplications_recurrent(const Layer *l) {
    return l->n_weight;
}

static const char curved[] = "its slope moves with its input, and this pass takes slopes as fixed";

#define CELL(cell_name)                                                                            \
    {                                                                                              \
        .name = cell_name, .plan = plan_recurrent, .forward = forward_recurrent,                   \
        .backward = backward_recurrent, .no_tangent = curved, .init = init_recurrent,              \
        .tensors = tensors_recurrent, .multiplications = multiplications_recurrent                 \
    }

const LayerOps rnn_ops = CELL("rnn");
const LayerOps gru_ops = CELL("gru");
const LayerOps lstm_ops = CELL("lstm");
