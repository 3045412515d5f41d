/*
## A network for a text

From the cell to a network that reads text and guesses the next character. An [embedding](embedding.html) gives each of the 96 characters a vector of 64 numbers, a recurrent layer reads them, and
a dense layer makes 96 logits of each state:

$$ \underset{n}{\text{symbols}} \;\to\; \underset{n \times 64}{x} \;\to\; \underset{n \times 128}{h} \;\to\; \underset{n \times 96}{\text{logits}}, \qquad n = 32 \cdot 64. $$

The training text is read at 32 places at once: cut into 32 streams of equal length, of each of which a step takes the next 64 characters. The states are carried from piece to piece, the
gradients are not. At the end of a pass all begin again with a state of zeros. The label of each character is the one behind it. One step is 2,048 characters.
*/

#include "acts.h"
#include "base/die.h"
#include "measure/language.h"
#include "nn/loss.h"

#include <math.h>
#include <stdlib.h>

Net *writer_net(int words, LayerKind kind, int layers, float forget, uint64_t seed) {
    LayerSpec table[MOST_LAYERS + 3] = { embedding(WRITER_INPUTS, .words = words) };
    const LayerSpec cell = { .kind = kind, .out = WRITER_UNITS, .steps = PIECE, .forget = forget };
    const LayerSpec answer = dense(words), end = END;
    require(layers >= 1 && layers <= MOST_LAYERS, "%d layers", layers);
    for (int i = 1; i <= layers; i++) {
        table[i] = cell;
    }
    table[layers + 1] = answer;
    table[layers + 2] = end;
    Rng rng = rng_create(seed, RNG_INIT);
    return net_create(table, (Shape){ 1, 1, 1 }, ROWS, &rng);
}

Reading reading_open(const int *symbols, int n) {
    Reading r = { symbols, n, stream_pieces(n, PIECES, PIECE), 0, NULL, NULL };
    require(r.pieces > 0, "%d characters in %d streams", n, PIECES);
    r.x = alloc_floats(ROWS);
    r.next = alloc_bytes(ROWS * sizeof *r.next);
    return r;
}

void reading_close(Reading *r) {
    free(r->x);
    free(r->next);
}

/*
A step of learning is that of all lessons, but for two things: the carried state, and that a gradient is cut to a length of 1 if it is
longer. Whether the second is needed is asked below.
*/

double clip_gradient(Net *net, double most) {
    double length = net_gradient_length(net);
    if (most > 0.0 && length > most) {
        float factor = (float)(most / length);
        for (size_t i = 0; i < net->n_params; i++) {
            net->grads[i] *= factor;
        }
    }
    return length;
}

double learn_piece(Net *net, Reading *r, Optimizer *optimizer, double most, double *length) {
    int words = (int)shape_size(net->out);
    long piece = r->read++ % r->pieces;
    stream_piece(r->x, r->next, r->symbols, r->n, PIECES, PIECE, piece);
    net->carry = piece > 0; // a new pass begins with states of zeros
    const float *logits = net_forward(net, r->x, ROWS, TRAIN);
    float loss = softmax_cross_entropy(net->dy, logits, r->next, ROWS, words);
    net_zero_grad(net);
    net_backward(net, net->dy, WANT_PARAMS);
    *length = clip_gradient(net, most);
    optimizer_step(optimizer, net->params, net->grads);
    return (double)loss / log(2.0);
}

/*
`net->carry` is the whole of truncated backpropagation through time: with it, the recurrent layer begins with the states in which the last
pass has ended, and nothing goes back over the border.

[The chapter on language models](language.html) says how bits per character are measured on held-out text, and how a text is drawn.
*/
