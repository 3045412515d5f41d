#include "nn/kinds.h"
#include "base/die.h"

static const LayerOps *const table[LAYER_KINDS] = {
    [DENSE] = &dense_ops,
    [CONV2D] = &conv2d_ops,
    [CONV_TRANSPOSE2D] = &conv_transpose2d_ops,
    [MAX_POOL2D] = &max_pool2d_ops,
    [AVG_POOL2D] = &avg_pool2d_ops,
    [GLOBAL_AVG_POOL] = &global_avg_pool_ops,
    [SPATIAL_PYRAMID] = &spatial_pyramid_ops,
    [UPSAMPLE] = &upsample_ops,
    [BATCHNORM] = &batchnorm_ops,
    [SIGMOID] = &sigmoid_ops,
    [TANH] = &tanh_ops,
    [RELU] = &relu_ops,
    [LEAKY_RELU] = &leaky_relu_ops,
    [DROPOUT] = &dropout_ops,
    [FLATTEN] = &flatten_ops,
    [RESHAPE] = &reshape_ops,
    [MARK] = &mark_ops,
    [ADD] = &add_ops,
    [CONCAT] = &concat_ops,
    [FROM] = &from_ops,
    [EMBEDDING] = &embedding_ops,
    [POSITIONS] = &positions_ops,
    [LAYERNORM] = &layernorm_ops,
    [GELU] = &gelu_ops,
    [RNN] = &rnn_ops,
    [GRU] = &gru_ops,
    [LSTM] = &lstm_ops,
    [ATTENTION] = &attention_ops,
};

const LayerOps *layer_ops(LayerKind kind) {
    require(kind > LAYER_END && kind < LAYER_KINDS, "no layer of kind %d", (int)kind);
    return table[kind];
}

bool layer_is_branching(LayerKind kind) {
    return kind == MARK || kind == ADD || kind == CONCAT || kind == FROM;
}
