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

#include "rng.h"

#include <stdbool.h>
#include <stddef.h>

// Dropout (and later batch norm) compute differently while learning. Always an argument, never a
// hidden flag.
typedef enum { TRAIN, EVAL } Mode;

// The shape of one example: channels, height, width. A vector of n numbers is { n, 1, 1 }.
typedef struct {
    int channels, height, width;
} Shape;

typedef enum { LAYER_END, DENSE, SIGMOID, TANH, RELU, LEAKY_RELU, DROPOUT, LAYER_KINDS } LayerKind;

// One row of a table. Fields that a kind does not use stay 0.
typedef struct {
    LayerKind kind;
    int out;      // dense: number of outputs
    bool no_bias; // dense: for a layer whose bias would be without effect
    float slope;  // leaky_relu: slope for negative inputs, in [0, 1)
    float drop;   // dropout: probability that a unit is dropped, in [0, 1)
} LayerSpec;

// The vocabulary. Options go behind the first argument: dense(128, .no_bias = true). tanh_ has its
// underscore because tanh is a function of the C library.

// clang-format off
#define dense(...)      { .kind = DENSE, .out = __VA_ARGS__ }
#define sigmoid()       { .kind = SIGMOID }
#define tanh_()         { .kind = TANH }
#define relu()          { .kind = RELU }
#define leaky_relu(...) { .kind = LEAKY_RELU, .slope = __VA_ARGS__ }
#define dropout(...)    { .kind = DROPOUT, .drop = __VA_ARGS__ }
#define END             { .kind = LAYER_END }
// clang-format on

// A layer inside a network: its row of the table, and pointers into memory that the network owns.
typedef struct {
    LayerSpec spec;
    Shape in, out;           // of one example
    const float *x;          // (batch, in): its input in the last forward pass
    float *y;                // (batch, out): its output
    float *dy;               // (batch, out): gradient of the loss with respect to y
    float *weight, *dweight; // dense: (out, in); NULL in a layer without weights
    float *bias, *dbias;     // dense: (out); NULL in a layer without
    float *scratch;          // dropout: its mask
    size_t n_weight, n_bias; // numbers in weight and bias
    size_t n_scratch;        // numbers in scratch, per example
} Layer;

// What a kind can do. All pointers of the layer are set when forward and backward are called.
typedef struct {
    const char *name;
    // From spec and in: sets out, n_weight, n_bias, n_scratch. Returns NULL, or what does not fit.
    const char *(*plan)(Layer *layer);
    // x → y for the first n examples.
    void (*forward)(Layer *layer, int n, Mode mode, Rng *rng);
    // dy → dx (or NULL: not wanted), and adds to dweight and dbias if want_params.
    void (*backward)(Layer *layer, float *dx, bool want_params, int n, Mode mode);
} LayerOps;

const LayerOps *layer_ops(LayerKind kind);

// Inputs that feed one unit, and units that one input feeds: what an initialisation needs.
int layer_fan_in(const Layer *layer);
int layer_fan_out(const Layer *layer);

// Numbers in a shape.
size_t shape_size(Shape shape);

// The Euclidean length of x (n): how large a gradient, or all weights together, are.
double norm(const float *x, size_t n);

#endif
