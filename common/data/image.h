/*
# Pictures as PNG files

Numbers in a log say how well a network does; a picture of its weights, or of what it generates, shows *what* it does. The
pictures go into PNG files, which every viewer opens. Many small ones are looked at best side by side, so the functions here
draw grids, enlarging each pixel to a square: a picture of 28 × 28 pixels is the size of a fingernail otherwise.

**Brightness or sign.** A photograph has values from black to white, and grey shows them. Weights have a sign, and zero is
the value that matters most: a pixel that the neuron ignores. Such pictures get a *diverging* scale, from blue for negative
over white for zero to red for positive. Each picture is scaled by its own largest absolute value, so that the pattern is
seen however small the weights; sizes cannot be compared between pictures.
*/

#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

// Writes a PNG: pixels (height, width, channels), channels 1 (grey) or 3 (RGB). Whole or not there
// (see files); dies on failure.
void image_write_png(const char *path, const uint8_t *pixels, int width, int height, int channels);

// Writes n pictures x (n, rows, cols) as a grid with `columns` pictures a row (fewer when n is
// smaller), each pixel enlarged to scale × scale, with a light gap of max(scale, 2) pixels around
// each. Values from low to high become black to white; beyond them black and white.
void image_grid_grey(const char *path, const float *x, int n, int rows, int cols, int columns,
                     int scale, float low, float high);

// As above for signed values such as weights: blue is negative, white is 0, red is positive; each
// picture is scaled by its own largest absolute value. All zero is all white.
void image_grid_signed(const char *path, const float *x, int n, int rows, int cols, int columns,
                       int scale);

#endif
