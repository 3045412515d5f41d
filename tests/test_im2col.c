#include "base/die.h"
#include "kernels/im2col.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// --- helpers -------------------------------------------------------------------------------------

enum { CASES = 400, MARGIN = 32 }; // numbers around each array that must not be written

// n numbers between margins, all NaN.
static float *guarded(size_t n) {
    float *block = alloc_floats(n + 2 * MARGIN);
    for (size_t i = 0; i < n + 2 * MARGIN; i++) {
        block[i] = NAN;
    }
    return block + MARGIN;
}

static void release(float *x) {
    free(x - MARGIN);
}

static bool margins_untouched(const float *x, size_t n) {
    for (size_t i = 0; i < MARGIN; i++) {
        if (!isnan(x[-1 - (long)i]) || !isnan(x[n + i])) {
            return false;
        }
    }
    return true;
}

// Some channels of some pictures, and the matrix of their windows.
typedef struct {
    ConvShape shape;
    int n, first, channels;
    int rows, cols;                  // window positions, down and across
    int height, width, pitch;        // of the matrix
    int gap;                         // numbers between its rows: pitch - width
    size_t pictures, size, n_planes; // numbers in x, in the matrix, in the planes
    float *x, *columns, *planes;
} Windows;

static int draw(Rng *rng, int low, int high) {
    return low + (int)rng_below(rng, (uint32_t)(high - low + 1));
}

static void set_size(Windows *w) {
    w->height = w->channels * w->shape.kernel * w->shape.kernel;
    w->width = w->n * w->rows * w->cols;
    w->pitch = w->width + w->gap;
    w->size = (size_t)((w->height - 1) * w->pitch + w->width);
}

// Everything exactly as long as it must be, for a sanitizer to see what is read behind the end.
static Windows draw_windows(Rng *rng) {
    Windows w;
    ConvShape *s = &w.shape;
    do {
        *s = (ConvShape){ .in = draw(rng, 1, 5), .height = draw(rng, 1, 14) };
        s->width = draw(rng, 1, 22); // more than two vectors of 8
        s->kernel = draw(rng, 1, 5);
        s->stride = draw(rng, 1, 4);
        s->pad = draw(rng, 0, 3);
        s->dilation = draw(rng, 1, 3);
        w.rows = conv_out(s->height, s);
        w.cols = conv_out(s->width, s);
    } while (w.rows < 1 || w.cols < 1);
    w.n = draw(rng, 1, 4);
    w.first = draw(rng, 0, s->in - 1);
    w.channels = draw(rng, 1, s->in - w.first);
    w.gap = draw(rng, 0, 1) * draw(rng, 1, 40); // none in half of the cases
    set_size(&w);
    w.pictures = (size_t)(w.n * s->in * s->height * s->width);
    w.x = alloc_floats(w.pictures);
    rng_fill_normal(rng, w.x, w.pictures, 0.0f, 1.0f);
    w.columns = alloc_floats(w.size + IM2COL_SLACK);
    w.n_planes = im2col_planes(w.n, s);
    w.planes = alloc_floats(w.n_planes);
    for (size_t i = 0; i < w.n_planes; i++) {
        w.planes[i] = NAN; // scratch: whatever it held
    }
    return w;
}

static void free_windows(Windows *w) {
    free(w->x);
    free(w->columns);
    free(w->planes);
}

static const char *describe(const Windows *w) {
    static char text[180];
    const ConvShape *s = &w->shape;
    snprintf(text, sizeof text,
             "%d pictures %d × %d × %d, channels %d + %d, kernel %d stride %d pad %d dilation %d, "
             "gap %d",
             w->n, s->in, s->height, s->width, w->first, w->channels, s->kernel, s->stride, s->pad,
             s->dilation, w->gap);
    return text;
}

// The definition: which number of x stands in this place of the matrix; -1 for the border.
static long source_of(const Windows *w, int row, int column) {
    const ConvShape *s = &w->shape;
    int c = w->first + row / (s->kernel * s->kernel);
    int i = row / s->kernel % s->kernel, j = row % s->kernel;
    int p = column / (w->rows * w->cols), o = column / w->cols % w->rows, q = column % w->cols;
    int y = o * s->stride + i * s->dilation - s->pad, x = q * s->stride + j * s->dilation - s->pad;
    bool inside = y >= 0 && y < s->height && x >= 0 && x < s->width;
    return inside ? ((long)(p * s->in + c) * s->height + y) * s->width + x : -1;
}

static void run_im2col(Windows *w) {
    im2col(w->columns, w->pitch, w->planes, w->x, w->first, w->channels, w->n, &w->shape);
}

// A matrix of random numbers with NaN between its rows and behind its end, no longer than it must be.
static float *draw_matrix(const Windows *w, Rng *rng) {
    float *matrix = alloc_floats(w->size + IM2COL_SLACK);
    for (size_t i = 0; i < w->size + IM2COL_SLACK; i++) {
        matrix[i] = NAN;
    }
    for (int row = 0; row < w->height; row++) {
        rng_fill_normal(rng, matrix + (long)row * w->pitch, (size_t)w->width, 0.0f, 1.0f);
    }
    return matrix;
}

// --- tests ---------------------------------------------------------------------------------------

// Against counting: windows are laid down as long as they end inside the padded axis.
START_TEST(conv_out_counts_windows) {
    Rng rng = rng_create(1, RNG_DATA);
    int none = 0;
    for (int t = 0; t < 2000; t++) {
        ConvShape s = { .kernel = draw(&rng, 1, 6),
                        .stride = draw(&rng, 1, 5),
                        .pad = draw(&rng, 0, 3),
                        .dilation = draw(&rng, 1, 3) };
        int size = draw(&rng, 1, 20), windows = 0;
        while (windows * s.stride + (s.kernel - 1) * s.dilation - s.pad < size + s.pad) {
            windows++;
        }
        none += windows == 0;
        ck_assert_int_eq(conv_out(size, &s) < 0 ? 0 : conv_out(size, &s), windows);
    }
    ck_assert_int_gt(none, 20); // it happens
    ck_assert_int_lt(none, 1000);
}
END_TEST

START_TEST(columns_are_what_the_windows_see) {
    Rng rng = rng_create(2, RNG_DATA);
    for (int t = 0; t < CASES; t++) {
        Windows w = draw_windows(&rng);
        run_im2col(&w);
        for (int row = 0; row < w.height; row++) {
            for (int column = 0; column < w.width; column++) {
                long source = source_of(&w, row, column);
                float got = w.columns[(long)row * w.pitch + column];
                float expected = source < 0 ? 0.0f : w.x[source];
                ck_assert_msg(got == expected, "(%d, %d) is %g, not %g: %s", row, column, got,
                              expected, describe(&w));
            }
        }
        free_windows(&w);
    }
}
END_TEST

// Block after block of channels, as a convolution calls it. Each pixel is the sum of its places in
// the matrices; what comes before a block is not touched.
START_TEST(col2im_adds_the_places_of_each_pixel) {
    Rng rng = rng_create(3, RNG_DATA);
    for (int t = 0; t < CASES; t++) {
        Windows w = draw_windows(&rng);
        float *dx = alloc_floats(w.pictures);
        double *sums = calloc(w.pictures, sizeof *sums);
        for (size_t i = 0; i < w.pictures; i++) {
            dx[i] = NAN; // must be overwritten
        }
        int block = w.channels, begin = w.first;
        for (w.first = begin; w.first < w.shape.in; w.first += block) {
            w.channels = block < w.shape.in - w.first ? block : w.shape.in - w.first;
            set_size(&w);
            float *matrix = draw_matrix(&w, &rng);
            for (int place = 0; place < w.height * w.width; place++) {
                int row = place / w.width, column = place % w.width;
                long source = source_of(&w, row, column);
                if (source >= 0) {
                    sums[source] += matrix[(long)row * w.pitch + column];
                }
            }
            col2im(dx, w.planes, matrix, w.pitch, w.first, w.channels, w.n, &w.shape);
            free(matrix);
        }
        for (size_t i = 0; i < w.pictures; i++) {
            bool before = (int)i / (w.shape.height * w.shape.width) % w.shape.in < begin;
            ck_assert_msg(before ? isnan(dx[i]) : fabs(dx[i] - sums[i]) < 1e-5,
                          "pixel %zu is %g, not %g: %s", i, dx[i], sums[i], describe(&w));
        }
        free(dx);
        free(sums);
        free_windows(&w);
    }
}
END_TEST

// <im2col(x), c> = <x, col2im(c)>, measured against the sum of the absolute terms.
START_TEST(each_is_the_adjoint_of_the_other) {
    Rng rng = rng_create(4, RNG_DATA);
    int empty = 0;
    for (int t = 0; t < CASES; t++) {
        Windows w = draw_windows(&rng);
        w.first = 0;
        w.channels = w.shape.in;
        set_size(&w);
        float *matrix = draw_matrix(&w, &rng), *dx = alloc_floats(w.pictures);
        free(w.columns);
        w.columns = alloc_floats(w.size + IM2COL_SLACK);
        double left = 0.0, right = 0.0, size = 0.0;
        run_im2col(&w);
        for (int place = 0; place < w.height * w.width; place++) {
            long i = (long)(place / w.width) * w.pitch + place % w.width;
            left += (double)w.columns[i] * matrix[i];
            size += fabs((double)w.columns[i] * matrix[i]);
        }
        col2im(dx, w.planes, matrix, w.pitch, w.first, w.channels, w.n, &w.shape);
        for (size_t i = 0; i < w.pictures; i++) {
            right += (double)w.x[i] * dx[i];
        }
        ck_assert_msg(fabs(left - right) <= 1e-6 * size, "%g and %g: %s", left, right,
                      describe(&w));
        empty += size == 0.0; // a kernel of 1 can see nothing but the border
        free(matrix);
        free(dx);
        free_windows(&w);
    }
    ck_assert_int_lt(empty, CASES / 10);
}
END_TEST

// Not a number outside of what may be written, the slack included.
START_TEST(nothing_else_is_written) {
    Rng rng = rng_create(5, RNG_DATA);
    for (int t = 0; t < CASES; t++) {
        Windows w = draw_windows(&rng);
        float *columns = guarded(w.size + IM2COL_SLACK), *planes = guarded(w.n_planes);
        float *dx = guarded(w.pictures), *matrix = draw_matrix(&w, &rng);
        im2col(columns, w.pitch, planes, w.x, w.first, w.channels, w.n, &w.shape);
        col2im(dx, planes, matrix, w.pitch, w.first, w.channels, w.n, &w.shape);
        ck_assert_msg(margins_untouched(columns, w.size + IM2COL_SLACK), "%s", describe(&w));
        ck_assert_msg(margins_untouched(planes, w.n_planes), "%s", describe(&w));
        ck_assert_msg(margins_untouched(dx, w.pictures), "%s", describe(&w));
        release(columns);
        release(planes);
        release(dx);
        free(matrix);
        free_windows(&w);
    }
}
END_TEST

// Behind the last picture comes a page that may not be read. (Reading in whole vectors would go
// there: that is why the last channels are copied first.)
START_TEST(nothing_behind_the_pictures_is_read) {
    Rng rng = rng_create(6, RNG_DATA);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (int t = 0; t < CASES; t++) {
        Windows w = draw_windows(&rng);
        size_t bytes = w.pictures * sizeof(float), room = (bytes + page - 1) / page * page;
        FILE *file = tmpfile();
        ck_assert(file && ftruncate(fileno(file), (off_t)(room + page)) == 0);
        char *block = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
        ck_assert(block != MAP_FAILED && mprotect(block + room, page, PROT_NONE) == 0);
        float *x = (float *)(void *)(block + room - bytes);
        memcpy(x, w.x, bytes);
        im2col(w.columns, w.pitch, w.planes, x, w.first, w.channels, w.n, &w.shape);
        munmap(block, room + page);
        fclose(file);
        free_windows(&w);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("im2col");
    CASE(s, "im2col", conv_out_counts_windows, columns_are_what_the_windows_see,
         col2im_adds_the_places_of_each_pixel, each_is_the_adjoint_of_the_other,
         nothing_else_is_written, nothing_behind_the_pictures_is_read);
    return s;
}
