/*
# Pictures of a generator

A generator that ends in $\tanh$ has white at 1 and black at $-1$, so real pictures are brought to the same range before a
discriminator sees them. Whatever is kept, shown or judged is brought back to bytes, so lesson 11 scores from a file the same
numbers as the lesson that wrote it.

Samples are made in evaluation mode: batch norm uses its running statistics, and a sample does not depend on the others.
*/

#ifndef GAN_IMAGES_H
#define GAN_IMAGES_H

#include "nn/net.h"
#include "run/runlog.h"

#include <stdint.h>

// x (n) from [0, 1], the range of a data set's pictures, to [-1, 1], that of tanh; in place.
void gan_scale(float *x, size_t n);

// What a generator (z → pictures in [-1, 1]) makes of z (n, in), in evaluation mode, as bytes:
// images (n, out), 0 black … 255 white.
void gan_images(uint8_t *images, Net *G, const float *z, int n);

// The same as a grid in a PNG file, columns pictures a row.
void gan_image_grid(const char *path, Net *G, const float *z, int n, int columns, int scale);

// Writes pictures (n, height, width) to generated-images-idx3-ubyte.gz in the run's folder, and
// their labels (n) to generated-labels-idx1-ubyte.gz, unless NULL.
void gan_write_images(Run *run, const uint8_t *images, const uint8_t *labels, int n, int height,
                      int width);

#endif
