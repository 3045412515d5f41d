/*
## What the run keeps

The weights go into `model.safetensors`, eight neurons under names such as `1v9.logistic.weight`; `--load` reads such a
file and skips the training. And because each weight belongs to a pixel, the weights of a neuron are a picture.
*/

#include "kept.h"
#include "base/die.h"
#include "data/image.h"

#include <stdio.h>
#include <stdlib.h>

int list_tensors(Tensor *tensors, Pair *pairs, int n_pairs) {
    for (int i = 0; i < n_pairs * RULES; i++) {
        const char *name = pairs[i / RULES].pictures.name;
        Neuron *neuron = &pairs[i / RULES].neurons[i % RULES];
        Tensor weight = { .n_dims = 1, .size = { neuron->d }, .data = neuron->w };
        Tensor bias = { .n_dims = 1, .size = { 1 }, .data = &neuron->b };
        snprintf(weight.name, sizeof weight.name, "%s.%s.weight", name, neuron->rule->name);
        snprintf(bias.name, sizeof bias.name, "%s.%s.bias", name, neuron->rule->name);
        tensors[2 * i] = weight;
        tensors[2 * i + 1] = bias;
    }
    return n_pairs * RULES * 2;
}

void draw_weights(Run *run, const Pair *pair) {
    const Dataset *data = pair->pictures.data;
    image_grid_signed(run_path(run, "samples/weights-%s.png", pair->pictures.name),
                      pair->neurons[0].w, RULES, data->rows, data->cols, RULES, 6);
}

void draw_hardest(Run *run, Pair *pair) {
    Pictures *pictures = &pair->pictures;
    float *margins = alloc_floats((size_t)pictures->n_valid);
    for (int k = 0; k < pictures->n_valid; k++) {
        pictures_take(pictures, pictures->data, &pictures->valid[k], 1);
        margins[k] = pictures->t[0] * score(&pair->neurons[LOGISTIC], pictures->x);
    }
    pictures_draw_hardest(run_path(run, "samples/hardest-%s.png", pictures->name), pictures,
                          margins);
    free(margins);
}
