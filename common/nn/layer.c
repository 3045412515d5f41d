#include "nn/layer.h"

#include <math.h>

size_t shape_size(Shape shape) {
    return (size_t)shape.channels * (size_t)shape.height * (size_t)shape.width;
}

size_t layer_outputs(const Layer *layer, int n) {
    return (size_t)n * shape_size(layer->out);
}

double norm(const float *x, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i] * x[i];
    }
    return sqrt(sum);
}
