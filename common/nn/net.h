/*
# Networks

How should a network lie in memory? It is a list of layers: the output of one is the input of the next, and of others further
down that name it (see [branches](layer_branch.html)). The forward pass is a loop over the layers, and the backward pass the same
loop from the other end. But lesson 3 runs an optimizer over all weights, and a gradient check changes them one by one, and
neither should have to know what a layer is. So all parameters lie in *one* array and all gradients in a second one of the same
length. A layer has pointers into both:

    params  | 0.weight (128 × 784) | 0.bias (128) | 2.weight (10 × 128) | 2.bias (10) |
    grads   | the gradients, at the same places                                       |

A third array of this kind holds numbers that are kept but not learned by gradients: the running means and variances of batch
norm. Everything is allocated when the network is made. A training step allocates nothing.
*/

#ifndef NET_H
#define NET_H

#include "nn/init.h"
#include "nn/kinds.h"
#include "nn/layer.h"

typedef struct {
    int n_layers, batch;     // batch: the most examples one pass can hold
    Layer *layers;           // (n_layers)
    Shape in, out;           // of one example
    float *dy;               // (batch, out): the gradient at the output; a loss may write it there
    float *params, *grads;   // (n_params): all weights and biases, in the order of the layers
    size_t n_params;         //
    float *state;            // (n_state): the running statistics, in the order of the layers
    size_t n_state;          //
    int frozen;              // so many layers, the first ones, learn nothing
    size_t frozen_params;    // and so many numbers of params are theirs
    Rng dropout;             // the masks of the dropout layers come from here
    int n;                   // examples in the last forward pass
    Mode mode;               // of the last forward pass
    bool has_dx;             // and it has been passed back to the input
    bool carry;              // recurrent layers go on where the last pass has ended
    bool of_sequences;       // a layer has .steps
    int at;                  // rows of each sequence that net_step has made
    float *carried;          // (n_carried): what layers keep from pass to pass
    size_t n_carried;        //
    float *tangents;         // two of the widest layer's outputs, which take turns, then those of
                             // the marks; or NULL
    float *activations, *dx; // what the layers' y, dy and scratch point into; (batch, in)
    float *workspace;        // of the layers, which take turns
    size_t n_activations;    // numbers in activations
    size_t n_workspace;      // and in workspace
    bool borrows;            // params, grads and state are those of another net
    bool borrows_arrays;     // so are activations and dx
    bool borrows_workspace;  // so is the workspace
    char where[64];          // text for net_find_nonfinite
} Net;

// Builds the network that a table describes (closed by END), for examples of shape `in` and passes
// of at most `batch` examples; initialises it with INIT_FAN_IN from rng. A row that does not fit
// aborts with its number and name.
Net *net_create(const LayerSpec *table, Shape in, int batch, Rng *rng);
void net_free(Net *net);

// The same network on paper: shapes and counts are there, memory for numbers is not. For summaries
// and drawings of networks that are too large to be run here.
Net *net_plan(const LayerSpec *table, Shape in);

// A net of the same layers for pictures of another height and width. Its parameters, gradients and
// running statistics are those of `owner`, so that what one learns, both have learned. If the owner's
// pictures are as large or larger, so is the memory for what happens between the passes: a forward
// pass of one of them ends that of the other. Aborts if a layer would need other parameters. To be
// freed before the owner.
Net *net_resized(Net *owner, int height, int width);

// Draws all weights anew, and begins the running statistics anew.
void net_init(Net *net, InitScheme scheme, Rng *rng);

// Runs x (n, in) through the network; 0 < n <= batch. Returns the last layer's output (n, out),
// valid until the next pass.
const float *net_forward(Net *net, const float *x, int n, Mode mode);

// Sequences. net_begin: the recurrent layers' states are 0, and nothing has been stepped through.
// net_step: the next row of each of n sequences, x (n, in), in EVAL mode, beginning at row 0 after
// net_begin; the output has the bytes that net_forward in EVAL mode gives for this row of the whole
// sequences. Its n stays the same until the next net_begin; aborts behind the last of .steps rows.
// After a step there is no backward pass. With net->carry = true, net_forward goes on with each
// sequence where the last pass has ended: a long text in pieces.
void net_begin(Net *net);
const float *net_step(Net *net, const float *x, int n);

typedef enum { WANT_PARAMS = 1, WANT_INPUT = 2 } Want;

// Backward through the last forward pass from dy (n, out), which may be net->dy. With WANT_PARAMS
// adds to grads. With WANT_INPUT returns the gradient with respect to x, (n, in), else NULL.
const float *net_backward(Net *net, const float *dy, unsigned want);

// The same, but not further than to the input of layer `last`, whose gradient it returns (n, in of
// that layer), valid until the next pass: the layers before it, and marks among them, stay as they
// are.
const float *net_backward_to(Net *net, const float *dy, unsigned want, int last);

// Freezes the first `layers` layers: they run in EVAL mode whatever mode is asked for, and a backward
// pass ends behind them, unless it is asked for the input's gradient; their gradients stay 0. An
// optimizer with weight decay would move them all the same: give it params + frozen_params. 0 thaws.
void net_freeze(Net *net, int layers);

// Makes room for net_tangent. Aborts, with the layer's name and the reason, if one has no tangent
// pass.
void net_allow_tangent(Net *net);

// The gradient of a gradient. After net_forward and net_backward(…, WANT_INPUT), which has
// returned dx (n, in): adds to grads the gradient of Σ v·dx with respect to all parameters, for
// fixed v (n, in) and dy. (That of a bias is 0.)
void net_tangent(Net *net, const float *v);

// Sets all gradients to 0; net_backward and net_tangent add.
void net_zero_grad(Net *net);

// The length of grads, as one vector.
double net_gradient_length(const Net *net);

// Clipping by norm: if grads is longer than `most`, it is shortened to that. Returns how long it was.
double net_clip_gradient(Net *net, double most);

// Where the first NaN or infinity is, as text ("the output of layer 2 (relu)"): looks through the
// layers in the order of the forward pass, weights before outputs. "the loss itself" if all is
// finite.
const char *net_find_nonfinite(Net *net);

#endif
