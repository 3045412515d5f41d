#include "gan/dcgan_nets.h"

// clang-format off
Net *dcgan_generator(int in, int F, int batch, Rng *rng) {
    const LayerSpec table[] = {                                                  // z
        dense(2 * F * 7 * 7, .no_bias = true),
        reshape(2 * F, 7, 7), batchnorm(), relu(),                               // 2F ×  7 ×  7
        conv_transpose2d(F, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),
        batchnorm(), relu(),                                                     //  F × 14 × 14
        conv_transpose2d(1, .kernel = 4, .stride = 2, .pad = 1), tanh_(), END    //  1 × 28 × 28
    };
    return net_create(table, (Shape){ in, 1, 1 }, batch, rng);
}

Net *dcgan_discriminator(int channels, int F, int batch, Rng *rng) {
    const LayerSpec table[] = {                                                  //  1 × 28 × 28
        conv2d(F, .kernel = 4, .stride = 2, .pad = 1), leaky_relu(0.2f),         //  F × 14 × 14
        conv2d(2 * F, .kernel = 4, .stride = 2, .pad = 1, .no_bias = true),      // 2F ×  7 ×  7
        batchnorm(), leaky_relu(0.2f),
        flatten(), dense(1), END                                                 // a logit, or a score
    };
    return net_create(table, (Shape){ channels, 28, 28 }, batch, rng);
}
// clang-format on
