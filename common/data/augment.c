#include "data/augment.h"
#include "base/die.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
## Moving pixels

These three copy each pixel, or not.
*/

void picture_shift(float *y, const float *x, int rows, int cols, int right, int down) {
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
            int u = c - right, v = r - down;
            bool inside = u >= 0 && u < cols && v >= 0 && v < rows;
            y[r * cols + c] = inside ? x[v * cols + u] : 0.0f;
        }
    }
}

void picture_flip(float *y, const float *x, int rows, int cols) {
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
            y[r * cols + c] = x[r * cols + cols - 1 - c];
        }
    }
}

void picture_upside_down(float *y, const float *x, int rows, int cols) {
    for (int r = 0; r < rows; r++) {
        memcpy(y + r * cols, x + (rows - 1 - r) * cols, (size_t)cols * sizeof *y);
    }
}

void picture_cutout(float *y, const float *x, int rows, int cols, int row, int col, int side) {
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
            bool cut = r >= row && r < row + side && c >= col && c < col + side;
            y[r * cols + c] = cut ? 0.0f : x[r * cols + c];
        }
    }
}

/*
## Between pixels

Places are counted from the centre, which lies between the two middle pixels if there is an even number of them: column $c$ is
at $c - (\text{cols} - 1) / 2$. What lies far outside is black without a further question; so the conversion to an integer
cannot overflow.
*/

static float pixel(const float *x, int rows, int cols, int row, int col) {
    return row >= 0 && row < rows && col >= 0 && col < cols ? x[row * cols + col] : 0.0f;
}

static float between(const float *x, int rows, int cols, float v, float u) {
    if (!(u > -1.0f && u < (float)cols && v > -1.0f && v < (float)rows)) {
        return 0.0f;
    }
    int i = (int)floorf(u), j = (int)floorf(v);
    float a = u - (float)i, b = v - (float)j;
    float above = (1.0f - a) * pixel(x, rows, cols, j, i) + a * pixel(x, rows, cols, j, i + 1);
    float below =
        (1.0f - a) * pixel(x, rows, cols, j + 1, i) + a * pixel(x, rows, cols, j + 1, i + 1);
    return (1.0f - b) * above + b * below;
}

void picture_affine(float *y, const float *x, int rows, int cols, const float from[6]) {
    float middle_row = 0.5f * (float)(rows - 1), middle_col = 0.5f * (float)(cols - 1);
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
            float u = (float)c - middle_col, v = (float)r - middle_row;
            float old_u = from[0] * u + from[1] * v + from[2];
            float old_v = from[3] * u + from[4] * v + from[5];
            y[r * cols + c] = between(x, rows, cols, old_v + middle_row, old_u + middle_col);
        }
    }
}

void turn_and_zoom(float from[6], float angle, float zoom) {
    require(zoom > 0.0f, "a zoom of %g", (double)zoom);
    float cosine = cosf(angle) / zoom, sine = sinf(angle) / zoom;
    const float inverse[6] = { cosine, sine, 0.0f, -sine, cosine, 0.0f };
    memcpy(from, inverse, sizeof inverse);
}

/*
## Light and noise

Contrast multiplies what a pixel is above or below the mean of the picture, brightness is added to all of them. The sum is cut
to $[0, 1]$, as a camera would.
*/

static float cut(float value) {
    return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
}

void picture_light(float *y, const float *x, int rows, int cols, float brightness, float contrast) {
    double sum = 0.0;
    for (int i = 0; i < rows * cols; i++) {
        sum += x[i];
    }
    float mean = (float)(sum / (rows * cols));
    for (int i = 0; i < rows * cols; i++) {
        y[i] = cut(mean + contrast * (x[i] - mean) + brightness);
    }
}

/*
## A batch

For each picture a generator of its own, then all draws in a fixed order, then the kinds that were asked for, one after the
other: geometry, light, noise, and the black square last, so that it stays black.
*/

typedef struct {
    bool flip, upside_down;
    int right, down, row, col;
    float angle, zoom, brightness, contrast;
    Rng noise; // what is left of the picture's generator
} Draw;

// Uniform from -most to most.
static float either_way(Rng *rng, float most) {
    return most * (2.0f * rng_uniform(rng) - 1.0f);
}

static int either_way_int(Rng *rng, int most) {
    return (int)rng_below(rng, 2 * (uint32_t)most + 1) - most;
}

static Draw draw(const Augmentation *how, int rows, int cols, Rng rng) {
    Draw d = { .flip = rng_uniform(&rng) < how->flip };
    d.upside_down = rng_uniform(&rng) < how->upside_down;
    d.right = either_way_int(&rng, how->shift);
    d.down = either_way_int(&rng, how->shift);
    d.angle = either_way(&rng, how->turn);
    d.zoom = 1.0f + either_way(&rng, how->zoom);
    d.brightness = either_way(&rng, how->brightness);
    d.contrast = 1.0f + either_way(&rng, how->contrast);
    d.row = (int)rng_below(&rng, (uint32_t)rows) - how->cutout / 2;
    d.col = (int)rng_below(&rng, (uint32_t)cols) - how->cutout / 2;
    d.noise = rng;
    return d;
}

// Changes the picture y in place; z is room for another one.
static void change(float *y, float *z, int rows, int cols, const Augmentation *how, Draw *d) {
    size_t size = (size_t)rows * (size_t)cols * sizeof *y;
    if (d->flip) {
        memcpy(z, y, size);
        picture_flip(y, z, rows, cols);
    }
    if (d->upside_down) {
        memcpy(z, y, size);
        picture_upside_down(y, z, rows, cols);
    }
    if (how->turn != 0.0f || how->zoom != 0.0f) {
        float from[6];
        turn_and_zoom(from, d->angle, d->zoom);
        memcpy(z, y, size);
        picture_affine(y, z, rows, cols, from);
    }
    if (how->shift > 0) {
        memcpy(z, y, size);
        picture_shift(y, z, rows, cols, d->right, d->down);
    }
    if (how->brightness != 0.0f || how->contrast != 0.0f) {
        memcpy(z, y, size);
        picture_light(y, z, rows, cols, d->brightness, d->contrast);
    }
    for (int i = 0; how->noise != 0.0f && i < rows * cols; i++) {
        y[i] = cut(y[i] + how->noise * rng_normal(&d->noise));
    }
    if (how->cutout > 0) {
        memcpy(z, y, size);
        picture_cutout(y, z, rows, cols, d->row, d->col, how->cutout);
    }
}

void augment(float *y, const float *x, int n, int rows, int cols, const Augmentation *how,
             Rng *rng) {
    require(how->shift >= 0 && how->cutout >= 0 && how->zoom >= 0.0f && how->zoom < 1.0f,
            "shift %d, cutout %d, zoom %g", how->shift, how->cutout, (double)how->zoom);
    size_t size = (size_t)rows * (size_t)cols;
    Draw *draws = alloc_bytes((size_t)n * sizeof *draws);
    for (int e = 0; e < n; e++) {
        uint64_t state = rng_bits(rng), sequence = rng_bits(rng);
        draws[e] = draw(how, rows, cols, rng_pcg32(state, sequence));
    }
#pragma omp parallel if (n > 1)
    {
        float *room = alloc_floats(size);
#pragma omp for schedule(static)
        for (int e = 0; e < n; e++) {
            float *picture = y + (size_t)e * size;
            if (y != x) {
                memcpy(picture, x + (size_t)e * size, size * sizeof *y);
            }
            change(picture, room, rows, cols, how, &draws[e]);
        }
        free(room);
    }
    free(draws);
}
