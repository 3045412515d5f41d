/*
# Kinds of layers

A network calls its layers without knowing their kinds. The functions to call stand here: a table with a row
for each kind. A new kind is a word of vocabulary in [layers](layer.html), its functions in the chapter of its family, and a row here.
*/

#ifndef KINDS_H
#define KINDS_H

#include "nn/layer.h"

// What a kind can do; of a kind that is none, aborts.
const LayerOps *layer_ops(LayerKind kind);

// Kinds that only lead numbers from one place to another (mark, add, concat, from). They are not
// counted when layers are numbered for a checkpoint, so that names stay when a mark is put in.
bool layer_is_branching(LayerKind kind);

// The families.
extern const LayerOps dense_ops;
extern const LayerOps conv2d_ops, conv_transpose2d_ops;
extern const LayerOps max_pool2d_ops, avg_pool2d_ops, upsample_ops;
extern const LayerOps global_avg_pool_ops, spatial_pyramid_ops;
extern const LayerOps batchnorm_ops, layernorm_ops;
extern const LayerOps sigmoid_ops, tanh_ops, relu_ops, leaky_relu_ops, gelu_ops, dropout_ops;
extern const LayerOps flatten_ops, reshape_ops;
extern const LayerOps rnn_ops, gru_ops, lstm_ops;
extern const LayerOps embedding_ops, positions_ops, attention_ops;
extern const LayerOps mark_ops, add_ops, concat_ops, from_ops;

#endif
