/*
# Networks

A network is a chain of layers: the output of one is the input of the next. Going forward is a loop over the layers,
going backward the same loop from the other end. What deserves thought is the memory. Lesson 3 wants to run an
optimizer over all weights, a gradient check wants to move them one by one, and neither should have to know what a
layer is. So all parameters lie in *one* array, all gradients in a second one of the same length, and a layer has
pointers into both:

    params  | 0.weight (128 × 784) | 0.bias (128) | 2.weight (10 × 128) | 2.bias (10) |
    grads   | the gradients, at the same places                                       |

A third array of this kind holds what is neither learned nor forgotten, the running means and variances of batch norm.
Everything is allocated when the network is made. A training step allocates nothing.
*/

#ifndef NET_H
#define NET_H

#include "init.h"
#include "layer.h"

typedef struct {
    int n_layers, batch;     // batch: the most examples one pass can hold
    Layer *layers;           // (n_layers)
    Shape in, out;           // of one example
    float *params, *grads;   // (n_params): all weights and biases, in the order of the layers
    size_t n_params;         //
    float *state;            // (n_state): the running statistics, in the order of the layers
    size_t n_state;          //
    Rng dropout;             // the masks of the dropout layers come from here
    int n;                   // examples in the last forward pass
    Mode mode;               // of the last forward pass
    bool has_dx;             // and it has been passed back to the input
    float *tangents;         // two of the widest layer's outputs, which take turns; or NULL
    float *activations, *dx; // what the layers' y, dy and scratch point into; (batch, in)
    float *workspace;        // of the layers, which take turns
    char where[64];          // text for net_find_nonfinite
} Net;

// Builds the network that a table describes (closed by END), for examples of shape `in` and passes
// of at most `batch` examples; initialises it with INIT_FAN_IN from rng. A row that does not fit
// aborts with its number and name.
Net *net_create(const LayerSpec *table, Shape in, int batch, Rng *rng);
void net_free(Net *net);

// Draws all weights anew, and begins the running statistics anew.
void net_init(Net *net, InitScheme scheme, Rng *rng);

// Runs x (n, in) through the network; 0 < n <= batch. Returns the last layer's output (n, out),
// valid until the next pass.
const float *net_forward(Net *net, const float *x, int n, Mode mode);

typedef enum { WANT_PARAMS = 1, WANT_INPUT = 2 } Want;

// Backward through the last forward pass from dy (n, out). With WANT_PARAMS adds to grads. With
// WANT_INPUT returns the gradient with respect to x, (n, in), else NULL.
const float *net_backward(Net *net, const float *dy, unsigned want);

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

// Where the first NaN or infinity is, as text ("the output of layer 2 (relu)"): looks through the
// layers in the order of the forward pass, weights before outputs. "the loss itself" if all is
// finite.
const char *net_find_nonfinite(Net *net);

#endif
