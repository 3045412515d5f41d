/*
## Padding: how large is the result?

Without padding the window must lie inside the picture, which is called **valid**: from 28 pixels a kernel of 5 makes
24, a second one 20. Often one wants the result to be as large as the picture (with stride 1), which is called
**same**. Along each axis $d (k - 1)$ zeros are needed in all. For an odd $k$ they are an even number, and half of
them go to each side: $p = d (k-1) / 2$. For an even $k$ and $d = 1$ they are an odd number, and **one side gets one more
than the other**. By convention it is the right and the lower side.

![Above, a kernel of 3 on six pixels with one zero on each side: six places. Below, a kernel of 2 on the same six
pixels: with one zero on the right there are six places, and each result belongs to a point half a pixel to the right
of its pixel.](diagrams/same.svg)

With a stride $s$ "same" asks for $\lceil \text{size} / s \rceil$ places. The last begins at $(\lceil \text{size} / s
\rceil - 1)\, s$ and covers $d (k - 1) + 1$ pixels; what is missing at the end is the number of zeros.
*/

#include "acts.h"
#include "base/die.h"
#include "data/image.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    int before, after;
} Padding;

static Padding same_padding(int size, int kernel, int stride, int dilation) {
    int places = (size + stride - 1) / stride;
    int zeros = (places - 1) * stride + dilation * (kernel - 1) + 1 - size;
    zeros = zeros > 0 ? zeros : 0; // a large stride leaves pixels over
    return (Padding){ zeros / 2, zeros - zeros / 2 };
}

static void pad_picture(float *to, const float *from, int height, int width, Padding rows,
                        Padding cols) {
    int wide = cols.before + width + cols.after;
    memset(to, 0, sizeof *to * (size_t)((rows.before + height + rows.after) * wide));
    for (int row = 0; row < height; row++) {
        memcpy(to + (rows.before + row) * wide + cols.before, from + row * width,
               sizeof *to * (size_t)width);
    }
}

/*
The library's convolutions have one padding for both sides. An even kernel with "same" padding is therefore two steps:
put the zeros around the picture, and convolve without padding. What does an even kernel do to a picture? The mean of
each pixel and its right, lower and lower right neighbour, a kernel of 2 × 2 with four weights of ¼, moves the
picture. Its *centre*, the mean of all places weighted by brightness, says by how much.
*/

static void blur_same(float *to, const float *picture, int kernel) {
    Padding p = same_padding(SIDE, kernel, 1, 1);
    int side = p.before + SIDE + p.after;
    float weights[8 * 8], bias = 0.0f;
    float *padded = alloc_floats((size_t)(side * side));
    for (int i = 0; i < kernel * kernel; i++) {
        weights[i] = 1.0f / (float)(kernel * kernel);
    }
    pad_picture(padded, picture, SIDE, SIDE, p, p);
    ConvShape shape = { .in = 1,
                        .height = side,
                        .width = side,
                        .out = 1,
                        .kernel = kernel,
                        .stride = 1,
                        .pad = 0,
                        .dilation = 1 };
    loops_forward(to, padded, weights, &bias, 1, &shape);
    free(padded);
}

// The column of the centre of brightness.
static double centre(const float *picture) {
    double sum = 0.0, all = 0.0;
    for (int i = 0; i < PIXELS; i++) {
        sum += (double)picture[i] * (i % SIDE);
        all += (double)picture[i];
    }
    return sum / all;
}

// A disc of radius 8 in the middle, far from the border.
static void draw_disc(float *picture) {
    for (int i = 0; i < PIXELS; i++) {
        int row = i / SIDE - SIDE / 2, col = i % SIDE - SIDE / 2;
        picture[i] = row * row + col * col <= 64 ? 1.0f : 0.0f;
    }
}

static void same(CnnLab *lab) {
    float disc[PIXELS], blurred[PIXELS];
    draw_disc(disc);
    run_say(lab->run, "\"same\" padding of %d pixels", SIDE);
    for (int kernel = 2; kernel <= 5; kernel++) {
        Padding p = same_padding(SIDE, kernel, 1, 1), q = same_padding(SIDE, kernel, 2, 1);
        blur_same(blurred, disc, kernel);
        run_say(lab->run,
                "  kernel %d: %d before, %d after (stride 2: %d, %d); a disc moves by %.2f pixels",
                kernel, p.before, p.after, q.before, q.after, centre(blurred) - centre(disc));
    }
}

/*
The program prints for stride 1:

| kernel | zeros before | zeros after | a disc moves by |
|---|---|---|---|
| 2 | 0 | 1 | −0.50 pixels |
| 3 | 1 | 1 | 0.00 |
| 4 | 1 | 2 | −0.50 |
| 5 | 2 | 2 | 0.00 |

So an even kernel moves the picture by half a pixel to the left and up at each layer. That is one reason why most
kernels are odd.

## Pooling

To tell a boot from a bag, a network need not know to the pixel where a seam is. **Pooling** lays a window over each
feature map, makes one number of what it sees, and moves on by the window's own size. Four numbers offer themselves.
Of the $k^2$ numbers $x_i$ in the window

$$ \max_i x_i, \qquad \frac{1}{k^2} \sum_i x_i, \qquad \min_i x_i, \qquad \lVert x \rVert = \sqrt{\sum_i x_i^2}. $$

The window with 3, 1 in its upper row and 3, 2 in its lower one gives 3, 2.25, 1 and $\sqrt{23} = 4.80$. **Max pooling** says
whether something is there, **average pooling** how much of it, **minimum pooling** whether it is there without a gap, and
**L2-norm pooling**, divided by $k$, lies between the first two: it adds up like the mean, and large numbers count for more.
*/

typedef enum { POOL_MAX, POOL_MEAN, POOL_MIN, POOL_L2, POOLS } Pool;

static float pool_window(Pool pool, const float *corner, int width, int k) {
    float largest = corner[0], smallest = corner[0], sum = 0.0f, squares = 0.0f;
    for (int i = 0; i < k; i++) {
        for (int j = 0; j < k; j++) {
            float x = corner[i * width + j];
            largest = fmaxf(largest, x);
            smallest = fminf(smallest, x);
            sum += x;
            squares += x * x;
        }
    }
    return pool == POOL_MAX    ? largest
           : pool == POOL_MEAN ? sum / (float)(k * k)
           : pool == POOL_MIN  ? smallest
                               : sqrtf(squares);
}

// y (SIDE / k, SIDE / k) from x (SIDE, SIDE).
static void pool_picture(float *y, const float *x, Pool pool, int k) {
    for (int row = 0; row + k <= SIDE; row += k) {
        for (int col = 0; col + k <= SIDE; col += k) {
            *y++ = pool_window(pool, x + row * SIDE + col, SIDE, k);
        }
    }
}

/*
What does each keep of a picture? A boot and a sandal, with windows of 4 × 4; the L2 norm is shown divided by 4, so
that a window of ones is white as well. And what does each make of a disturbance? One pixel in twenty of 500 pictures
is made white, or black, and the change of the pooled pictures is measured: the root of the mean square of the
differences.
*/

enum { POOL_WINDOW = 4, POOLED_SIDE = SIDE / POOL_WINDOW, POOLED = POOLED_SIDE * POOLED_SIDE };

static float unit_of(Pool pool) { // what a window of ones gives
    return pool == POOL_L2 ? (float)POOL_WINDOW : 1.0f;
}

static void draw_pools(CnnLab *lab) {
    static const int classes[] = { BOOT, SANDAL };
    float *sheet = alloc_floats(2 * (1 + POOLS) * PIXELS), *to = sheet, pooled[POOLED];
    for (int row = 0; row < 2; row++) {
        int place = first_of_class(lab, classes[row]);
        float *picture = to;
        dataset_take(picture, NULL, lab->images.data, &place, 1);
        to += PIXELS;
        for (Pool pool = 0; pool < POOLS; pool++, to += PIXELS) {
            pool_picture(pooled, picture, pool, POOL_WINDOW);
            for (int i = 0; i < PIXELS; i++) { // each number again as a square of 4 × 4 pixels
                int r = i / SIDE / POOL_WINDOW, c = i % SIDE / POOL_WINDOW;
                to[i] = pooled[r * POOLED_SIDE + c] / unit_of(pool);
            }
        }
    }
    image_grid_grey(run_path(lab->run, "samples/pools.png"), sheet, 2 * (1 + POOLS), SIDE, SIDE,
                    1 + POOLS, 4, 0.0f, 1.0f);
    free(sheet);
}

// Sets one pixel in twenty to value.
static void disturb(float *to, const float *from, float value, Rng *rng) {
    for (int i = 0; i < PIXELS; i++) {
        to[i] = rng_below(rng, 20) == 0 ? value : from[i];
    }
}

static double change_by(CnnLab *lab, Pool pool, float value) {
    float x[PIXELS], disturbed[PIXELS], before[POOLED], after[POOLED];
    int n = lab->images.n_valid < 500 ? lab->images.n_valid : 500;
    Rng rng = rng_create(lab->settings->run.seed, RNG_NOISE);
    double sum = 0.0;
    for (int e = 0; e < n; e++) {
        dataset_take(x, NULL, lab->images.data, lab->images.order + e, 1);
        disturb(disturbed, x, value, &rng);
        pool_picture(before, x, pool, POOL_WINDOW);
        pool_picture(after, disturbed, pool, POOL_WINDOW);
        for (int i = 0; i < POOLED; i++) {
            double d = (double)(after[i] - before[i]) / (double)unit_of(pool);
            sum += d * d;
        }
    }
    return sqrt(sum / ((double)n * POOLED));
}

static void pooling(CnnLab *lab) {
    static const char *const names[POOLS] = { "max", "mean", "min", "l2" };
    for (Pool pool = 0; pool < POOLS; pool++) {
        double white = change_by(lab, pool, 1.0f), black = change_by(lab, pool, 0.0f);
        char key[64];
        snprintf(key, sizeof key, "pool_%s_white", names[pool]);
        run_summary(lab->run, key, white);
        snprintf(key, sizeof key, "pool_%s_black", names[pool]);
        run_summary(lab->run, key, black);
        run_say(lab->run, "pooling by %-4s: changed by %.3f by white pixels, by %.3f by black ones",
                names[pool], white, black);
    }
    draw_pools(lab);
}

void windows(CnnLab *lab) {
    if (!state_begin(lab->state, "windows")) {
        return;
    }
    same(lab);
    pooling(lab);
    state_end(lab->state, true);
}

/*
![A boot and a sandal, each pooled in windows of 4 × 4 pixels. From the left: the picture, maximum, mean, minimum, L2
norm. The maximum makes both light and thick; the minimum keeps the inside of the boot and nothing of the sandal,
whose straps are thinner than a window.](pools.png)

| change of the pooled pictures | max | mean | min | L2 norm |
|---|---|---|---|---|
| one pixel in twenty white | 0.492 | 0.058 | 0.013 | 0.147 |
| one pixel in twenty black | 0.020 | 0.032 | 0.205 | 0.020 |

The maximum keeps every thin light line, and every white speck with it. The minimum keeps what fills a window, and a
single black speck empties it. The mean minds both a little. The L2 norm behaves like a softer maximum. In a network
the numbers that are pooled are answers of filters, of which many are 0 behind a ReLU and a few are large: there the
maximum asks whether the filter has answered at all, and that is what most convolutional networks use. The library has
it and the mean, with their backward passes, in the [chapter on pooling](pool.html).
*/
