#include "kernels/conv2d.h"
#include "base/die.h"
#include "kernels/matmul.h"
#include "kernels/product.h"
#include "kernels/winograd.h"

#include <omp.h>
#include <stdbool.h>
#include <string.h>

/*
## Pieces that fit the cache

For one picture in a large layer ($C = 64$, $k = 4$, $A = 49$, from lesson 7) the matrix of columns has $1024
\times 49$ numbers, 200 KB; for a batch of 64 it would be 13 MB, written to memory and read back. We never write more
of it than stays in a core's second cache. It can be cut in two directions:

- *a few pictures at a time*, a **group**, whose columns stand side by side: about 400 columns, because a product with
  49 columns runs at two thirds of the speed (if a picture alone has 150 or more, the group is that picture);
- *a few channels at a time*, a **block**: about 256 rows. The sum over channels is then made of partial products,

$$ Y = \sum_{\text{blocks } B} W_{[\cdot, B]}\; \mathrm{columns}_B(x). $$

A block of a group has 256 × 400 numbers, 400 KB, and a [product](product.html) that works at the processor's full
speed. The rows of all matrices begin at multiples of 16 numbers, which is fastest for that product.

And the threads? The pictures of the batch are cut into at most eight **parts**, whose sizes depend on the batch alone.
One thread takes a part from beginning to end, in scratch memory of its own.

That is the general way. Where [Winograd's](winograd.html) is faster, which the shape alone decides (`winograd_pays`), the
functions below leave everything to it.
*/

enum { PARTS = 8, COLUMNS = 400, ENOUGH = 150, ROWS = 256 };

static int least(int a, int b) {
    return a < b ? a : b;
}

static int area_of(const ConvShape *s) {
    return conv_out(s->height, s) * conv_out(s->width, s);
}

// Rows of the matrix of columns.
static int depth_of(const ConvShape *s) {
    return s->in * s->kernel * s->kernel;
}

static int pictures_in_group(const ConvShape *s) {
    int area = area_of(s);
    return area < ENOUGH ? COLUMNS / area : 1;
}

static int channels_in_block(const ConvShape *s) {
    int taps = s->kernel * s->kernel;
    return least(taps < ROWS ? ROWS / taps : 1, s->in);
}

/*
What a thread needs: a block of columns, the phases of one channel, and the group's rows of $Y$ or $dY$, which in memory
lie apart (picture by picture) and are brought together for the product. All parts share the transposed weights, or
each has a sum of weight gradients of its own.
*/

typedef struct {
    float *columns; // (channels_in_block * k², pitch), and slack
    float *planes;  // im2col_planes(group)
    float *rows;    // (out, pitch), or its transpose (group * area, padded(out)), and slack
} Scratch;

static int padded(int n) {
    return (n + 15) / 16 * 16;
}

// Numbers from one row of a group's columns to the next.
static int pitch_of(int pictures, const ConvShape *s) {
    return padded(pictures * area_of(s));
}

static size_t columns_size(const ConvShape *s) {
    size_t rows = (size_t)(channels_in_block(s) * s->kernel * s->kernel);
    return rows * (size_t)pitch_of(pictures_in_group(s), s) + IM2COL_SLACK;
}

static size_t planes_size(const ConvShape *s) {
    return (im2col_planes(pictures_in_group(s), s) + 15) / 16 * 16;
}

static size_t rows_size(const ConvShape *s) {
    return (size_t)padded(s->out) * (size_t)pitch_of(pictures_in_group(s), s) + PRODUCT_SLACK;
}

static size_t weights_size(const ConvShape *s) {
    return ((size_t)s->out * (size_t)depth_of(s) + 15) / 16 * 16;
}

size_t conv2d_workspace(const ConvShape *s) {
    require(s->in > 0 && s->height > 0 && s->width > 0 && s->out > 0 && s->kernel > 0 &&
                s->stride > 0 && s->pad >= 0 && s->dilation > 0 && conv_out(s->height, s) > 0 &&
                conv_out(s->width, s) > 0,
            "a convolution of %d × %d × %d with kernel %d, stride %d, pad %d, dilation %d", s->in,
            s->height, s->width, s->kernel, s->stride, s->pad, s->dilation);
    if (winograd_pays(s)) {
        return winograd_workspace(s);
    }
    return PARTS * (columns_size(s) + planes_size(s) + rows_size(s) + weights_size(s));
}

static Scratch scratch_of_thread(float *workspace, const ConvShape *s) {
    size_t each = columns_size(s) + planes_size(s) + rows_size(s);
    float *mine = workspace + (size_t)omp_get_thread_num() * each;
    return (Scratch){ mine, mine + columns_size(s), mine + columns_size(s) + planes_size(s) };
}

// What the threads share begins behind what each has of its own.
static float *shared_of(float *workspace, const ConvShape *s) {
    return workspace + PARTS * (columns_size(s) + planes_size(s) + rows_size(s));
}

// More threads than parts would have neither work nor scratch.
static int threads(void) {
    return least(omp_get_max_threads(), PARTS);
}

/*
## Forward

The bias is laid down first, a row for each filter. Then, for each block of columns: fill it, multiply it with the same
block of the filters' weights, add. In the end the rows go where they belong: in memory the channels of one picture
stand together, so that each row is cut into pictures. (A picture alone needs no cutting: then the product is written
where it belongs from the start.)
*/

static void lay_bias(float *rows, int pitch, const float *b, int channels, int columns) {
    for (int m = 0; m < channels; m++) {
        for (int i = 0; i < columns; i++) {
            rows[(long)m * pitch + i] = b[m];
        }
    }
}

// y (n, channels, area) from rows (channels, n * area).
static void put_rows(float *y, const float *rows, int pitch, int n, int channels, int area) {
    for (int p = 0; p < n; p++) {
        for (int m = 0; m < channels; m++, y += area) {
            memcpy(y, rows + (long)m * pitch + p * area, (size_t)area * sizeof *y);
        }
    }
}

// rows (channels, n * area) from dy (n, channels, area).
static void take_rows(float *rows, int pitch, const float *dy, int n, int channels, int area) {
    for (int m = 0; m < channels; m++) {
        for (int p = 0; p < n; p++) {
            memcpy(rows + (long)m * pitch + p * area, dy + ((long)p * channels + m) * area,
                   (size_t)area * sizeof *rows);
        }
    }
}

static void forward_group(float *y, const float *x, const float *W, const float *b, int n,
                          const ConvShape *s, Scratch scratch) {
    int columns = n * area_of(s), taps = s->kernel * s->kernel, block = channels_in_block(s);
    int pitch = pitch_of(n, s), pitch_y = n == 1 ? columns : pitch;
    float *rows = n == 1 ? y : scratch.rows;
    if (b) {
        lay_bias(rows, pitch_y, b, s->out, columns);
    }
    for (int c = 0; c < s->in; c += block) {
        int channels = least(block, s->in - c);
        im2col(scratch.columns, pitch, scratch.planes, x, c, channels, n, s);
        product(rows, pitch_y, W + (long)c * taps, depth_of(s), scratch.columns, pitch, b || c > 0,
                s->out, columns, channels * taps);
    }
    if (n > 1) {
        put_rows(y, rows, pitch, n, s->out, area_of(s));
    }
}

void conv2d_forward(float *y, const float *x, const float *W, const float *b, int n,
                    const ConvShape *s, float *workspace) {
    if (winograd_pays(s)) {
        winograd_forward(y, x, W, b, n, s, workspace);
        return;
    }
    size_t in = (size_t)s->in * (size_t)s->height * (size_t)s->width;
    size_t out = (size_t)s->out * (size_t)area_of(s);
    int group = pictures_in_group(s), parts = least(n, PARTS);
#pragma omp parallel for schedule(static) num_threads(threads())
    for (int part = 0; part < parts; part++) {
        Scratch scratch = scratch_of_thread(workspace, s);
        int end = n * (part + 1) / parts;
        for (int first = n * part / parts; first < end; first += group) {
            forward_group(y + (size_t)first * out, x + (size_t)first * in, W, b,
                          least(group, end - first), s, scratch);
        }
    }
}

/*
## Backward to the input

The forward pass is linear in $x$: columns, then a product. Its adjoint is the adjoint of each step, in reverse order:

$$ d\mathrm{columns} = W^\top dY, \qquad dx = \mathrm{col2im}(d\mathrm{columns}). $$

Read for one pixel: it has been seen by up to $k^2$ windows, and col2im adds up what comes back from each of them. Blocks
of channels need no sum this time, since a pixel belongs to one channel. The weights are transposed once for all parts.
*/

static void backward_data_group(float *dx, const float *dy, const float *transposed, int n,
                                const ConvShape *s, Scratch scratch) {
    int columns = n * area_of(s), taps = s->kernel * s->kernel, block = channels_in_block(s);
    int pitch = pitch_of(n, s);
    take_rows(scratch.rows, pitch, dy, n, s->out, area_of(s));
    for (int c = 0; c < s->in; c += block) {
        int channels = least(block, s->in - c);
        product(scratch.columns, pitch, transposed + (long)c * taps * s->out, s->out, scratch.rows,
                pitch, false, channels * taps, columns, s->out);
        col2im(dx, scratch.planes, scratch.columns, pitch, c, channels, n, s);
    }
}

void conv2d_backward_data(float *dx, const float *dy, const float *W, int n, const ConvShape *s,
                          float *workspace) {
    if (winograd_pays(s)) {
        winograd_backward_data(dx, dy, W, n, s, workspace);
        return;
    }
    size_t in = (size_t)s->in * (size_t)s->height * (size_t)s->width;
    size_t out = (size_t)s->out * (size_t)area_of(s);
    int group = pictures_in_group(s), parts = least(n, PARTS), depth = depth_of(s);
    float *transposed = shared_of(workspace, s); // (depth, out)
#pragma omp parallel num_threads(threads())
    {
#pragma omp for schedule(static)
        for (int first = 0; first < depth; first += ROWS) {
            transpose(transposed + (long)first * s->out, s->out, W + first, depth, s->out,
                      least(ROWS, depth - first));
        }
#pragma omp for schedule(static)
        for (int part = 0; part < parts; part++) {
            Scratch scratch = scratch_of_thread(workspace, s);
            int end = n * (part + 1) / parts;
            for (int first = n * part / parts; first < end; first += group) {
                backward_data_group(dx + (size_t)first * in, dy + (size_t)first * out, transposed,
                                    least(group, end - first), s, scratch);
            }
        }
    }
}

/*
## Backward to the weights

In $Y = W\, \mathrm{columns}$ the weights stand where the dense layer's do, so the formula is the same:

$$ dW = dY\; \mathrm{columns}(x)^\top \quad\text{or, transposed,}\quad dW^\top = \mathrm{columns}(x)\; dY^\top. $$

The second form reads the large matrix along its rows, and only the small one, $dY$, has to be transposed. It is the
faster one, unless there are fewer than eight filters: then the rows of $dY^\top$ are too short for it.

All pictures contribute to the same $dW$. If the threads shared one sum, the order of its terms would depend on who
comes first. So each part has a sum of its own, and the (at most eight) sums are added at the end, in the order of the
parts.
*/

static bool few_filters(const ConvShape *s) {
    return s->out < 8;
}

// dY of a group as the product wants it: (out, pitch) if there are few filters, else transposed,
// (n * area, padded(out)).
static void take_dy(float *rows, const float *dy, int n, const ConvShape *s) {
    int area = area_of(s), pitch = padded(s->out);
    if (few_filters(s)) {
        take_rows(rows, pitch_of(n, s), dy, n, s->out, area);
        return;
    }
    for (int p = 0; p < n; p++, rows += (long)area * pitch, dy += (long)s->out * area) {
        transpose(rows, pitch, dy, area, s->out, area);
    }
}

// The block of `channels` channels from c on: its part of dW (out, depth) if there are few filters,
// else of the transpose, from n pictures; added to sum, or written there.
static void block_of_dW(float *sum, bool add, int c, int channels, int n, const ConvShape *s,
                        Scratch scratch) {
    int taps = s->kernel * s->kernel, columns = n * area_of(s), pitch = pitch_of(n, s);
    if (few_filters(s)) {
        matmul_part(sum + (long)c * taps, depth_of(s), scratch.rows, pitch, scratch.columns, pitch,
                    MATMUL_ABT, add, s->out, channels * taps, columns);
    } else {
        product(sum + (long)c * taps * s->out, s->out, scratch.columns, pitch, scratch.rows,
                padded(s->out), add, channels * taps, s->out, columns);
    }
}

static void backward_weights_part(float *sum, const float *dy, const float *x, int n,
                                  const ConvShape *s, Scratch scratch) {
    long in = (long)s->in * s->height * s->width, out = (long)s->out * area_of(s);
    int group = pictures_in_group(s), block = channels_in_block(s);
    for (int first = 0; first < n; first += group) {
        int count = least(group, n - first);
        take_dy(scratch.rows, dy + first * out, count, s);
        for (int c = 0; c < s->in; c += block) {
            int channels = least(block, s->in - c);
            im2col(scratch.columns, pitch_of(count, s), scratch.planes, x + first * in, c, channels,
                   count, s);
            block_of_dW(sum, first > 0, c, channels, count, s, scratch);
        }
    }
}

// Adds up rows first … first + n - 1 of the sums of all parts, each of them (rows, width), and adds
// the result to dW.
static void add_sums(float *dW, float *sums, int parts, int first, int n, const ConvShape *s) {
    int depth = depth_of(s), width = few_filters(s) ? depth : s->out;
    float *total = sums + (long)first * width;
    for (int part = 1; part < parts; part++) {
        const float *sum = total + (size_t)part * weights_size(s);
        for (int i = 0; i < n * width; i++) {
            total[i] += sum[i];
        }
    }
    for (int j = 0; j < width; j++) {
        for (int i = 0; i < n; i++) {
            long place =
                few_filters(s) ? (long)(first + i) * depth + j : (long)j * depth + first + i;
            dW[place] += total[(long)i * width + j];
        }
    }
}

void conv2d_backward_weights(float *dW, const float *dy, const float *x, int n, const ConvShape *s,
                             float *workspace) {
    if (winograd_pays(s)) {
        winograd_backward_weights(dW, dy, x, n, s, workspace);
        return;
    }
    enum { SOME = 16 };
    size_t in = (size_t)s->in * (size_t)s->height * (size_t)s->width;
    size_t out = (size_t)s->out * (size_t)area_of(s);
    int parts = least(n, PARTS), rows = few_filters(s) ? s->out : depth_of(s);
    float *sums = shared_of(workspace, s); // (parts, weights_size)
#pragma omp parallel num_threads(threads())
    {
#pragma omp for schedule(static)
        for (int part = 0; part < parts; part++) {
            int first = n * part / parts;
            backward_weights_part(sums + (size_t)part * weights_size(s), dy + (size_t)first * out,
                                  x + (size_t)first * in, n * (part + 1) / parts - first, s,
                                  scratch_of_thread(workspace, s));
        }
#pragma omp for schedule(static)
        for (int row = 0; row < rows; row += SOME) {
            add_sums(dW, sums, parts, row, least(SOME, rows - row), s);
        }
    }
}

/*
## Backward to the bias

The bias of a filter is added at every place of every picture. Each thread takes whole channels; a plane is summed in
sixteen lanes of floats, and the planes in double.
*/

void conv2d_backward_bias(float *db, const float *dy, int n, int channels, int area) {
    enum { LANES = 16 };
#pragma omp parallel for schedule(static)
    for (int m = 0; m < channels; m++) {
        double total = 0.0;
        for (int p = 0; p < n; p++) {
            const float *plane = dy + ((long)p * channels + m) * area;
            float lanes[LANES] = { 0 };
            int a = 0;
            for (; a + LANES <= area; a += LANES) {
                for (int i = 0; i < LANES; i++) {
                    lanes[i] += plane[a + i];
                }
            }
            for (int i = 0; a + i < area; i++) {
                lanes[i] += plane[a + i];
            }
            for (int i = 0; i < LANES; i++) {
                total += lanes[i];
            }
        }
        db[m] += (float)total;
    }
}
