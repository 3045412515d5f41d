#include "data/image.h"
#include "base/die.h"
#include "base/file.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
## Writing PNG

A PNG file is the pixels, row by row, each row replaced by its differences from its neighbours where that makes it simpler,
and the whole compressed with the method of gzip. Sean Barrett's `stb_image_write.h` does this in one header file, which
holds both the declarations and, where we ask for it, the functions. Its own way of writing files ignores a full disk, so it
hands its bytes to a function of ours.
*/

#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>

static void write_bytes(void *file, void *bytes, int n) {
    file_write(file, bytes, (size_t)n);
}

void image_write_png(const char *path, const uint8_t *pixels, int width, int height, int channels) {
    require(channels == 1 || channels == 3, "%d channels", channels);
    require(width > 0 && height > 0 && width < INT_MAX / 4 / height, "a picture of %d by %d pixels",
            width, height);
    OutFile *file = file_create(path);
    if (!stbi_write_png_to_func(write_bytes, file, width, height, channels, pixels,
                                width * channels)) {
        die("not enough memory to write %s. Close other programs", path);
    }
    file_commit(file);
}

/*
## Grids

The pictures have become bytes already. The sheet begins in the colour of the gaps, a light grey that is neither the black
around a shirt nor the white of a zero weight; then each pixel of the sheet that belongs to a picture is fetched from there.
A last row that is not full ends in gap.
*/

enum { GAP_SHADE = 208 };

static void write_grid(const char *path, const uint8_t *pictures, // (n, rows, cols, channels)
                       int n, int rows, int cols, int channels, int columns, int scale) {
    int gap = scale > 2 ? scale : 2;
    int across = n < columns ? n : columns, down = (n + columns - 1) / columns;
    int step_x = cols * scale + gap, step_y = rows * scale + gap;
    int width = gap + across * step_x, height = gap + down * step_y;
    size_t row_bytes = (size_t)width * (size_t)channels;
    uint8_t *sheet = alloc_bytes((size_t)height * row_bytes);
    memset(sheet, GAP_SHADE, (size_t)height * row_bytes);
    for (int i = 0; i < n; i++) {
        int left = gap + i % columns * step_x, top = gap + i / columns * step_y;
        const uint8_t *picture = pictures + (size_t)i * (size_t)(rows * cols * channels);
        for (int y = 0; y < rows * scale; y++) {
            uint8_t *out = sheet + (size_t)(top + y) * row_bytes + (size_t)(left * channels);
            const uint8_t *in = picture + (size_t)(y / scale * cols * channels);
            for (int p = 0; p < cols * scale; p++) {
                memcpy(out + p * channels, in + p / scale * channels, (size_t)channels);
            }
        }
    }
    image_write_png(path, sheet, width, height, channels);
    free(sheet);
}

static void check_grid(int n, int rows, int cols, int columns, int scale) {
    require(n > 0 && rows > 0 && cols > 0 && columns > 0 && scale > 0,
            "%d pictures of %d by %d, %d a row, enlarged %d times", n, rows, cols, columns, scale);
}

void image_grid_grey(const char *path, const float *x, int n, int rows, int cols, int columns,
                     int scale, float low, float high) {
    check_grid(n, rows, cols, columns, scale);
    require(low < high, "values from %g to %g", (double)low, (double)high);
    size_t pixels = (size_t)n * (size_t)(rows * cols);
    uint8_t *bytes = alloc_bytes(pixels);
    for (size_t p = 0; p < pixels; p++) {
        float shade = fmaxf(0.0f, fminf(1.0f, (x[p] - low) / (high - low)));
        bytes[p] = (uint8_t)(255.0f * shade + 0.5f);
    }
    write_grid(path, bytes, n, rows, cols, 1, columns, scale);
    free(bytes);
}

/*
## Colours for signs

Going from white to a colour by equal steps, a weight of half the size gets half the colour. Blue and red, not green and red:
one man in twelve cannot tell those two apart.
*/

static void signed_colour(uint8_t rgb[3], float v) {
    static const float blue[3] = { 33, 102, 172 }, red[3] = { 178, 24, 43 };
    const float *end = v < 0.0f ? blue : red;
    float strength = fminf(1.0f, fabsf(v));
    for (int c = 0; c < 3; c++) {
        rgb[c] = (uint8_t)(255.0f + strength * (end[c] - 255.0f) + 0.5f);
    }
}

void image_grid_signed(const char *path, const float *x, int n, int rows, int cols, int columns,
                       int scale) {
    check_grid(n, rows, cols, columns, scale);
    size_t pixels = (size_t)(rows * cols);
    uint8_t *bytes = alloc_bytes((size_t)n * pixels * 3);
    for (int i = 0; i < n; i++) {
        const float *picture = x + (size_t)i * pixels;
        float largest = 0.0f;
        for (size_t p = 0; p < pixels; p++) {
            largest = fmaxf(largest, fabsf(picture[p]));
        }
        for (size_t p = 0; p < pixels; p++) {
            float v = largest > 0.0f ? picture[p] / largest : 0.0f;
            signed_colour(bytes + 3 * ((size_t)i * pixels + p), v);
        }
    }
    write_grid(path, bytes, n, rows, cols, 3, columns, scale);
    free(bytes);
}
