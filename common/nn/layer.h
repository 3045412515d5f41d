/*
# Layers

To the network that holds it, a layer turns an input into an output and, on the way back, the
gradient with respect to the output into those with respect to the input and its own weights. The network need not know how. So a
network can be written down as a table,

    static const LayerSpec classifier[] = {
        dense(128), relu(),
        dense(10), END
    };

and each row names a *kind*. This chapter has the vocabulary of such tables, and what every kind must be able to do: say how
large it is, compute, and pass a gradient back. The chapters behind it implement the kinds, one family each.

## More than a chain

In a chain each row reads the output of the row above. Four words read more. `mark("x")` gives the output above it a name, and
`add("x")` and `concat("x")` read that output beside the one of the row above: they add it, or put its channels behind. `from("x")`
reads it instead, and so begins a second branch. A name means the last mark of that name above, so that a piece of a network can be
a macro that is used many times:

    #define BLOCK(c) mark("x"), conv2d(c, .kernel = 3, .pad = 1), relu(), conv2d(c, .kernel = 3, .pad = 1), add("x"), relu()
    static const LayerSpec residual[] = { conv2d(16, .kernel = 3, .pad = 1), BLOCK(16), BLOCK(16), flatten(), dense(10), END };
*/

#ifndef LAYER_H
#define LAYER_H

#include "nn/init.h"

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
    GLOBAL_AVG_POOL,
    SPATIAL_PYRAMID,
    UPSAMPLE,
    BATCHNORM,
    SIGMOID,
    TANH,
    RELU,
    LEAKY_RELU,
    DROPOUT,
    FLATTEN,
    RESHAPE,
    MARK,
    ADD,
    CONCAT,
    FROM,
    EMBEDDING,
    POSITIONS,
    LAYERNORM,
    GELU,
    RNN,
    GRU,
    LSTM,
    ATTENTION,
    LAYER_KINDS
} LayerKind;

/*
A function of another library takes its options by their place: `Conv2d(1, 16, 4, 2, 1)`. Here an option has its name,
`conv2d(16, .kernel = 4, .stride = 2, .pad = 1)`, and nothing but the first argument goes by its place. C itself is not so
strict: a number without a name goes into the field behind the one before it, so that `dense(784, 128)`, which elsewhere is a
layer from 784 to 128, would be 784 outputs without a bias. So the compiler is told to refuse it. gcc knows an attribute for
structures whose fields are filled by name only. Other compilers have no such attribute, and there each field is followed by an empty
structure, into which no number can go.
*/

#if __has_attribute(designated_init)
#define ONLY_BY_NAME __attribute__((designated_init))
#pragma GCC diagnostic error "-Wdesignated-init"
#else
#define ONLY_BY_NAME
#endif

__extension__ typedef struct {
} OptionsNeedTheirName;

#define FIELD(type, name)                                                                          \
    type name;                                                                                     \
    OptionsNeedTheirName behind_##name

// One row of a table. Fields that a kind does not use stay 0. Where 0 makes no sense, it means the
// value in brackets.
typedef struct ONLY_BY_NAME {
    FIELD(LayerKind, kind);
    FIELD(int, out);      // dense, conv, embedding, rnn, gru, lstm: outputs, or output channels
    FIELD(bool, no_bias); // dense, conv: for a layer whose bias would be without effect
    FIELD(int, kernel);   // conv, pool: side of the window
    FIELD(int, stride);   // conv [1], pool [kernel]: from one window to the next
    FIELD(int, pad); // conv: rows and columns of zeros around the picture; max_pool2d: of nothing
    FIELD(int, finest);     // spatial_pyramid: cells on a side of its finest grid
    FIELD(int, dilation);   // conv [1]: distance between the places that a window looks at
    FIELD(int, scale);      // upsample: factor in both directions
    FIELD(float, eps);      // batchnorm, layernorm [1e-5]: added to the variance
    FIELD(float, momentum); // batchnorm [0.1]: share of a batch in the running statistics
    FIELD(float, slope);    // leaky_relu: slope for negative inputs, in [0, 1)
    FIELD(float, drop);     // dropout: probability that a unit is dropped, in [0, 1)
    FIELD(Shape, shape);    // reshape: the output's
    FIELD(int, steps);      // positions, rnn, gru, lstm, attention: rows of a sequence
    FIELD(bool, reverse);   // rnn, gru, lstm: from the last row of a sequence to its first
    FIELD(float, forget);   // lstm: the bias of the forget gate to begin with, unless it is 0
    FIELD(int, words);      // embedding: how many tokens there are
    FIELD(float, spread);   // embedding [1], positions [0.02]: deviation of the weights at first
    FIELD(int, heads);      // attention
    FIELD(bool, causal);    // attention: a row sees itself and those before it
    FIELD(const char *, label); // mark: the output's name; add, concat, from: of which mark
} LayerSpec;

#undef FIELD

// The vocabulary. Options go behind the first argument, by name: conv2d(64, .kernel = 4, .stride =
// 2, .pad = 1), or dense(128, .no_bias = true); anything else does not compile. tanh_ has its
// underscore because tanh is a function of the C library.

// clang-format off
#define dense(...)            { .kind = DENSE, .out = __VA_ARGS__ }
#define conv2d(...)           { .kind = CONV2D, .out = __VA_ARGS__ }
#define conv_transpose2d(...) { .kind = CONV_TRANSPOSE2D, .out = __VA_ARGS__ }
#define max_pool2d(...)       { .kind = MAX_POOL2D, .kernel = __VA_ARGS__ }
#define avg_pool2d(...)       { .kind = AVG_POOL2D, .kernel = __VA_ARGS__ }
#define global_avg_pool()     { .kind = GLOBAL_AVG_POOL }
#define spatial_pyramid(...)  { .kind = SPATIAL_PYRAMID, .finest = __VA_ARGS__ }
#define upsample(...)         { .kind = UPSAMPLE, .scale = __VA_ARGS__ }
#define batchnorm(...)        { .kind = BATCHNORM, __VA_ARGS__ }
#define sigmoid()             { .kind = SIGMOID }
#define tanh_()               { .kind = TANH }
#define relu()                { .kind = RELU }
#define leaky_relu(...)       { .kind = LEAKY_RELU, .slope = __VA_ARGS__ }
#define dropout(...)          { .kind = DROPOUT, .drop = __VA_ARGS__ }
#define flatten()             { .kind = FLATTEN }
#define reshape(c, h, w)      { .kind = RESHAPE, .shape = { c, h, w } }
#define mark(name)            { .kind = MARK, .label = name }
#define add(name)             { .kind = ADD, .label = name }
#define concat(name)          { .kind = CONCAT, .label = name }
#define from(name)            { .kind = FROM, .label = name }
#define embedding(...)        { .kind = EMBEDDING, .out = __VA_ARGS__ }
#define positions(...)        { .kind = POSITIONS, .steps = __VA_ARGS__ }
#define layernorm(...)        { .kind = LAYERNORM, __VA_ARGS__ }
#define gelu()                { .kind = GELU }
#define rnn(...)              { .kind = RNN, .out = __VA_ARGS__ }
#define gru(...)              { .kind = GRU, .out = __VA_ARGS__ }
#define lstm(...)             { .kind = LSTM, .out = __VA_ARGS__ }
#define attention(...)        { .kind = ATTENTION, .heads = __VA_ARGS__ }
#define END                   { .kind = LAYER_END }
// clang-format on

// A layer inside a network: its row of the table, and pointers into memory that the network owns.
typedef struct Layer Layer;
struct Layer {
    LayerSpec spec;          // with the defaults filled in
    Shape in, out;           // of one example
    int batch;               // the most examples of a pass
    const float *x;          // (batch, in): its input in the last forward pass
    float *y;                // (batch, out): its output
    float *dy;               // (batch, out): gradient of the loss with respect to y
    float *weight, *dweight; // the family's chapter says their shapes; NULL in a layer without
    float *bias, *dbias;     // likewise
    float *state;            // batchnorm: running_mean (channels), then running_var (channels)
    float *scratch;          // kept from forward to backward. dropout: its mask; pools: their
                             // winners, as int; batchnorm, layernorm: mean and inv_std
    float *workspace;        // used within one pass only, and so shared by all layers
    float *carried;          // kept from pass to pass. rnn, gru, lstm: the state; attention: keys
                             // and values
    size_t n_weight, n_bias, n_state, n_scratch, n_workspace, n_carried; // numbers in each
    bool view;            // flatten, reshape, mark: y is x itself, and dy is dx
    bool lends;           // does not need its y again, and lends y and dy to the layer behind
    bool takes;           // may write y over x and dx over dy, if the layer before lends them
    bool frozen;          // learns nothing: runs in EVAL mode, and its gradients stay as they are
    Layer *marked;        // add, concat, from: the mark that it reads
    Layer *readers;       // mark: the layers that read it, the first of a list
    Layer *next_reader;   // the next one in the list of the same mark
    const float *tangent; // mark: (batch, out), where its output goes (see net_tangent)
};

// What a pass brings along.
typedef struct {
    int n;            // examples
    Mode mode;        //
    Rng *rng;         // forward: for dropout
    int steps;        // rows of a sequence
    int at;           // and its first row is the at-th of a longer one
    bool carry;       // recurrent layers begin with the state that the last pass has left
    bool stepping;    // the rows before are not there, but carried
    bool by_row;      // the bytes of a row must not depend on the other rows
    float *dx;        // backward: (n, in), to be overwritten; NULL: not wanted. It may be dy
    bool want_params; // backward: add to dweight and dbias
    const float *v;   // tangent: (n, in), the direction in which the input goes
    float *t;         // tangent: (n, out), to be overwritten: where the output goes; not v
} Pass;

// A tensor of a layer under PyTorch's name. Without data it is an integer that PyTorch keeps there
// and nobody needs, 0.
typedef struct {
    const char *name; // "weight"
    float *data;
    int n_dims, size[4];
} LayerTensor;

enum { LAYER_TENSORS = 5 }; // of one layer, at most

// What an output sees of the network's input, along one axis: the side of its receptive field (0:
// all), and how far apart the fields of neighbours lie, in pixels.
typedef struct {
    double sees, every;
} Field;

// What a kind can do. All pointers of the layer are set, except when plan is called. What is NULL
// is not needed by that kind.
typedef struct {
    const char *name;
    // From spec, in and batch (and marked->out): sets out and the sizes of all memory. Returns NULL, or
    // what does not fit.
    const char *(*plan)(Layer *layer);
    // x → y. NULL if y is where it should be.
    void (*forward)(Layer *layer, const Pass *pass);
    // dy → dx, and adds to dweight and dbias.
    void (*backward)(Layer *layer, const Pass *pass);
    // v → t. With weights, adds to dweight the gradient of Σ t·dy. NULL in a layer whose slope is
    // not constant in pieces.
    void (*tangent)(Layer *layer, const Pass *pass);
    const char *no_tangent; // then the reason
    // add, concat, from: adds this reader's part of the gradient to the mark's dy (n, marked->out).
    void (*backward_to_mark)(const Layer *reader, float *dy, int n);
    // Gives weights, biases and running state their first values.
    void (*init)(Layer *layer, InitScheme scheme, Rng *rng);
    // Lists its tensors; returns how many.
    int (*tensors)(const Layer *layer, LayerTensor list[LAYER_TENSORS]);
    bool bounded; // needs all rows of a sequence to be at places below .steps
    bool follows; // leaves the shape as it is, and is drawn with the layer before it
    // For the summary. The numbers behind the name, " 5/1/2"; multiplications by weights, for one
    // example, forward; the receptive field, from those that are read: the input's, the mark's.
    void (*print)(const LayerSpec *spec, char *text, size_t room);
    size_t (*multiplications)(const Layer *layer);
    Field (*field)(const LayerSpec *spec, const Field *read);
} LayerOps;

// Numbers in a shape.
size_t shape_size(Shape shape);

// Numbers in the output of n examples.
size_t layer_outputs(const Layer *layer, int n);

// The Euclidean length of x (n): how large a gradient, or all weights together, are.
double norm(const float *x, size_t n);

#endif
