/*
# Layers

What is a layer, to the network that holds it? Something that turns an input into an output and, on the way back, the
gradient of the output into the gradient of the input and of its own weights. The network does not care how. So a
network can be written down as a table,

    static const LayerSpec classifier[] = {
        dense(128), relu(),
        dense(10), END
    };

and each row names a *kind*. This chapter has the vocabulary of such tables, and for each kind three functions: how
large it is, how it computes, and how it passes a gradient back.
*/

#ifndef LAYER_H
#define LAYER_H

#include "init.h"

#include <stdbool.h>
#include <stddef.h>

// Dropout and batch norm compute differently while learning. Always an argument, never a hidden
// flag.
typedef enum { TRAIN, EVAL } Mode;

// The shape of one example: channels, height, width. A vector of n numbers is { n, 1, 1 }.
typedef struct {
    int channels, height, width;
} Shape;

typedef enum {
    LAYER_END,
    DENSE,
    CONV2D,
    CONV_TRANSPOSE2D,
    MAX_POOL2D,
    AVG_POOL2D,
    UPSAMPLE,
    BATCHNORM,
    SIGMOID,
    TANH,
    RELU,
    LEAKY_RELU,
    DROPOUT,
    FLATTEN,
    RESHAPE,
    LAYER_KINDS
} LayerKind;

// One row of a table. Fields that a kind does not use stay 0. Where 0 makes no sense, it means the
// value in brackets.
typedef struct {
    LayerKind kind;
    int out;             // dense, conv: number of outputs, or of output channels
    bool no_bias;        // dense, conv: for a layer whose bias would be without effect
    int kernel;          // conv, pool: side of the window
    int stride;          // conv [1], pool [kernel]: from one window to the next
    int pad;             // conv: rows and columns of zeros around the picture
    int dilation;        // conv [1]: distance between the places that a window looks at
    int scale;           // upsample: factor in both directions
    float eps, momentum; // batchnorm [1e-5, 0.1]
    float slope;         // leaky_relu: slope for negative inputs, in [0, 1)
    float drop;          // dropout: probability that a unit is dropped, in [0, 1)
    Shape shape;         // reshape: the output's
} LayerSpec;

// The vocabulary. Options go behind the first argument: conv2d(64, .kernel = 4, .stride = 2, .pad =
// 1), or dense(128, .no_bias = true). tanh_ has its underscore because tanh is a function of the C
// library.

// clang-format off
#define dense(...)            { .kind = DENSE, .out = __VA_ARGS__ }
#define conv2d(...)           { .kind = CONV2D, .out = __VA_ARGS__ }
#define conv_transpose2d(...) { .kind = CONV_TRANSPOSE2D, .out = __VA_ARGS__ }
#define max_pool2d(...)       { .kind = MAX_POOL2D, .kernel = __VA_ARGS__ }
#define avg_pool2d(...)       { .kind = AVG_POOL2D, .kernel = __VA_ARGS__ }
#define upsample(...)         { .kind = UPSAMPLE, .scale = __VA_ARGS__ }
#define batchnorm(...)        { .kind = BATCHNORM, __VA_ARGS__ }
#define sigmoid()             { .kind = SIGMOID }
#define tanh_()               { .kind = TANH }
#define relu()                { .kind = RELU }
#define leaky_relu(...)       { .kind = LEAKY_RELU, .slope = __VA_ARGS__ }
#define dropout(...)          { .kind = DROPOUT, .drop = __VA_ARGS__ }
#define flatten()             { .kind = FLATTEN }
#define reshape(...)          { .kind = RESHAPE, .shape = { __VA_ARGS__ } }
#define END                   { .kind = LAYER_END }
// clang-format on

// A layer inside a network: its row of the table, and pointers into memory that the network owns.
typedef struct {
    LayerSpec spec;          // with the defaults filled in
    Shape in, out;           // of one example
    const float *x;          // (batch, in): its input in the last forward pass
    float *y;                // (batch, out): its output
    float *dy;               // (batch, out): gradient of the loss with respect to y
    float *weight, *dweight; // dense: (out, in); conv2d: (out, in, kernel, kernel);
                             // conv_transpose2d: (in, out, kernel, kernel); batchnorm: (channels);
                             // NULL in a layer without weights
    float *bias, *dbias;     // (out), batchnorm: (channels); NULL in a layer without
    float *state;            // batchnorm: running_mean (channels), then running_var (channels)
    float *scratch;          // kept from forward to backward. dropout: its mask; max_pool2d: its
                             // winners, as int; batchnorm: mean and inv_std
    float *workspace;        // conv: used within one pass only, and so shared by all layers
    size_t n_weight, n_bias, n_state, n_scratch, n_workspace; // numbers in each
    bool view;  // flatten, reshape: y is x itself, and dy is dx
    bool lends; // conv, batchnorm: do not need their y again, and lend y and dy to the layer behind
    bool takes; // activations: may write y over x and dx over dy, if the layer before lends them
} Layer;

// What a kind can do. All pointers of the layer are set when the last three are called.
typedef struct {
    const char *name;
    // From spec and in: sets out and the sizes of all memory. Returns NULL, or what does not fit.
    const char *(*plan)(Layer *layer, int batch);
    // x → y for the first n examples.
    void (*forward)(Layer *layer, int n, Mode mode, Rng *rng);
    // dy → dx (or NULL: not wanted), and adds to dweight and dbias if want_params.
    void (*backward)(Layer *layer, float *dx, bool want_params, int n, Mode mode);
    // Gives weights, biases and running state their first values. NULL in a layer without.
    void (*init)(Layer *layer, InitScheme scheme, Rng *rng);
    // v → t, where the output goes when the input goes in the direction v; t is not v. With
    // weights, adds to dweight the gradient of Σ t·dy. NULL in a layer whose slope is not constant
    // in pieces.
    void (*tangent)(Layer *layer, float *t, const float *v, int n);
    const char *no_tangent; // then the reason
} LayerOps;

const LayerOps *layer_ops(LayerKind kind);

// Inputs that feed one unit, and units that one input feeds: what an initialisation needs. Only for
// dense and convolutional layers.
int layer_fan_in(const Layer *layer);
int layer_fan_out(const Layer *layer);

// Numbers in a shape.
size_t shape_size(Shape shape);

// The Euclidean length of x (n): how large a gradient, or all weights together, are.
double norm(const float *x, size_t n);

#endif
