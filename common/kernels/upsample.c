#include "kernels/upsample.h"
#include "base/die.h"

#include <string.h>

static void check_shape(int n, int channels, int height, int width, int scale) {
    require(n > 0 && channels > 0 && height > 0 && width > 0 && scale > 0,
            "upsampling of (%d, %d, %d, %d) by %d", n, channels, height, width, scale);
}

/*
## Forward

A row is stretched once and then copied $s - 1$ times. All the rows of all planes of all images follow each other in
memory, so that row $r$ of the input always becomes the rows $rs$ to $rs + s - 1$ of the output, and images and
channels need no loops of their own.

Nearly always $s = 2$. Written out as a constant in the call, it lets the compiler unroll the loop over the copies and
do eight numbers at once.
*/

static inline void stretch(float *out, const float *in, int width, int scale) {
#pragma omp simd
    for (int j = 0; j < width; j++) {
        for (int k = 0; k < scale; k++) {
            out[j * scale + k] = in[j];
        }
    }
}

void upsample_forward(float *y, const float *x, int n, int channels, int height, int width,
                      int scale) {
    check_shape(n, channels, height, width, scale);
    long rows = (long)n * channels * height, wide = (long)width * scale;
#pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        const float *in = x + r * width;
        float *out = y + r * scale * wide;
        if (scale == 2) {
            stretch(out, in, width, 2);
        } else {
            stretch(out, in, width, scale);
        }
        for (int copy = 1; copy < scale; copy++) {
            memcpy(out + copy * wide, out, sizeof(float) * (size_t)wide);
        }
    }
}

/*
## Backward

One input stands in $s^2$ places of the output, and its gradient is the sum of theirs:

$$ dx_{ij} = \sum_{0 \le a, b < s} dy_{is + a,\, js + b}. $$

This is average pooling with window and stride $s$, without the division: the transposed map of "repeat" is "add up".
*/

static inline void add_groups(float *out, const float *in, int width, int scale) {
#pragma omp simd
    for (int j = 0; j < width; j++) {
        float sum = out[j];
        for (int k = 0; k < scale; k++) {
            sum += in[j * scale + k];
        }
        out[j] = sum;
    }
}

void upsample_backward(float *dx, const float *dy, int n, int channels, int height, int width,
                       int scale) {
    check_shape(n, channels, height, width, scale);
    long rows = (long)n * channels * height, wide = (long)width * scale;
#pragma omp parallel for schedule(static)
    for (long r = 0; r < rows; r++) {
        float *out = dx + r * width;
        memset(out, 0, sizeof(float) * (size_t)width);
        for (int copy = 0; copy < scale; copy++) {
            const float *in = dy + (r * scale + copy) * wide;
            if (scale == 2) {
                add_groups(out, in, width, 2);
            } else {
                add_groups(out, in, width, scale);
            }
        }
    }
}
