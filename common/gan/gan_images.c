#include "gan/gan_images.h"
#include "base/die.h"
#include "data/dataset.h"
#include "data/image.h"

#include <math.h>
#include <stdlib.h>

void gan_scale(float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        x[i] = 2.0f * x[i] - 1.0f;
    }
}

void gan_images(uint8_t *images, Net *G, const float *z, int n) {
    size_t in = shape_size(G->in), out = shape_size(G->out);
    for (int first = 0; first < n; first += G->batch) {
        int count = n - first < G->batch ? n - first : G->batch;
        const float *x = net_forward(G, z + (size_t)first * in, count, EVAL);
        uint8_t *to = images + (size_t)first * out;
        for (size_t i = 0; i < (size_t)count * out; i++) {
            float shade = 0.5f * (x[i] + 1.0f);
            to[i] = (uint8_t)(255.0f * fmaxf(0.0f, fminf(1.0f, shade)) + 0.5f);
        }
    }
}

void gan_image_grid(const char *path, Net *G, const float *z, int n, int columns, int scale) {
    size_t out = shape_size(G->out);
    uint8_t *images = alloc_bytes((size_t)n * out);
    float *x = alloc_floats((size_t)n * out);
    gan_images(images, G, z, n);
    for (size_t i = 0; i < (size_t)n * out; i++) {
        x[i] = images[i];
    }
    image_grid_grey(path, x, n, G->out.height, G->out.width, columns, scale, 0.0f, 255.0f);
    free(images);
    free(x);
}

void gan_write_images(Run *run, const uint8_t *images, const uint8_t *labels, int n, int height,
                      int width) {
    const char *path = run_path(run, "generated-images-idx3-ubyte.gz");
    idx_write(path, images, 3, (int[]){ n, height, width });
    if (labels) {
        idx_write(run_path(run, "generated-labels-idx1-ubyte.gz"), labels, 1, (int[]){ n });
    }
    run_say(run, "%d pictures are in %s", n, path);
}
