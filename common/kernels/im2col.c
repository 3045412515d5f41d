#include "kernels/im2col.h"

#include <string.h>

/*
## Where do windows stop?

With padding the axis is `size + 2 pad` long; a window covers `dilation * (kernel - 1) + 1` of it. The first window
begins at the left end, and each stride that still leaves room for a whole window makes one more:

$$ \text{out} = \left\lfloor \frac{\text{size} + 2\,\text{pad} - \text{dilation}\,(\text{kernel} - 1) - 1}{\text{stride}}
   \right\rfloor + 1. $$
*/

int conv_out(int size, const ConvShape *s) {
    int room = size + 2 * s->pad - s->dilation * (s->kernel - 1) - 1;
    return room < 0 ? 0 : room / s->stride + 1;
}

/*
## Every row of the matrix is a picture

Read the matrix along its rows instead. Row $(c, i, j)$ holds, for all window positions, the pixel that the window's
element $(i, j)$ sees in channel $c$. With stride 1 that is the picture itself, shifted: neighbouring windows see
neighbouring pixels, so a row of the matrix is made of pieces of the picture's rows, one copy of $w$ numbers after the
other. If the picture has been given its border of zeros beforehand, there is no special case left.

With stride 2 neighbouring windows see every *second* pixel, and the copy becomes a slow gathering of single numbers.
So the picture is first dealt out into its even and odd columns, and its even and odd rows:

    0 1 2 3      0 2 | 1 3
    4 5 6 7  →   8 a | 9 b       four small pictures, the phases: window element (i, j) sees only
    8 9 a b      ----+----       phase (i mod 2, j mod 2), shifted by (i div 2, j div 2)
    c d e f      4 6 | 5 7
                 c e | d f

The dealing touches each pixel once, while the copying touches it $k^2 / s^2$ times; so all the work is in plain copies
again. With stride 1 there is one phase, the padded picture.
*/

// The phases of one padded channel of one picture: stride × stride planes.
typedef struct {
    int rows, cols; // of a plane
    int plane, all; // numbers in one plane, and in all
} Phases;

/*
## Eight numbers at a time

The layers of a small network have rows of 7, 10 or 14 numbers. A loop over seven numbers spends most of its time on
starting and stopping, and so does a call of `memcpy`. Handling *exactly eight* is one instruction to read and one to
write. So everything below works on eight numbers at a time, and thereby on up to seven too many (reading every second
number, on up to fifteen). When is that allowed?

- *Reading* too much is harmless where there is something to read: the next channel, or the next picture. Only the very
  last channel has nothing behind it, and is first copied to a place with room.
- *Writing* too much is harmless if what is overwritten comes next and has not been written yet. So everything is
  written from front to back, and only the last row of all writes behind the end, where the caller has left room.
- *Adding* too much would change sums. There, and where a border has to stay 0, the surplus is replaced by 0.

C has no type for eight numbers; gcc and clang have, with `+` and `&` for all eight at once.
*/

enum { LANES = 8 };
typedef float Floats __attribute__((vector_size(LANES * sizeof(float))));
typedef int Lanes __attribute__((vector_size(LANES * sizeof(int))));

_Static_assert((int)IM2COL_SLACK >= (int)LANES, "surplus numbers need room");

static inline Floats load(const float *x) {
    Floats v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void store(float *x, Floats v) {
    memcpy(x, &v, sizeof v);
}

// The first n of v; 0 from there on. (A comparison gives all ones or all zeros in each lane.)
static inline Floats first_of(Floats v, int n) {
    const Lanes lane = { 0, 1, 2, 3, 4, 5, 6, 7 };
    return (Floats)((Lanes)v & (lane < n));
}

/*
When rows are added, the surplus of one row must not reach into the next: the processor would have to wait for the one
to be written before it can read the other. So a plane's rows are made long enough for whole steps (a convolution of ten
columns backward is twice as fast for it).
*/

static Phases phases_of(const ConvShape *s) {
    Phases f;
    f.rows = (s->height + 2 * s->pad + s->stride - 1) / s->stride;
    f.cols = (s->width + 2 * s->pad + s->stride - 1) / s->stride;
    int steps = (conv_out(s->width, s) + LANES - 1) / LANES * LANES;
    f.cols = f.cols < steps ? steps : f.cols;
    f.plane = f.rows * f.cols;
    f.all = s->stride * s->stride * f.plane;
    return f;
}

size_t im2col_planes(int n, const ConvShape *s) {
    size_t copy = (size_t)s->height * (size_t)s->width + (size_t)(2 * LANES);
    return (size_t)n * (size_t)phases_of(s).all + IM2COL_SLACK + copy;
}

/*
## Dealing out, and collecting

Along an axis, phase $f$ receives the pixels $q, q + s, q + 2s, \dots$ with $q = (f - \text{pad}) \bmod s$, from its place
$(q + \text{pad}) \,\mathrm{div}\, s$ on. The two functions are called with a constant stride where it is 1 or 2: then the
divisions become shifts.
*/

// How one axis of the picture is dealt to one phase.
typedef struct {
    int pixel, place, n; // the first pixel, where it goes, and how many there are
} Share;

static inline Share share_of(int phase, int size, int pad, int stride) {
    int pixel = (phase + stride - pad % stride) % stride;
    return (Share){ pixel, (pixel + pad) / stride, (size - pixel + stride - 1) / stride };
}

static inline void deal_row(float *to, const float *x, int n, int stride) {
    if (stride == 1) {
        for (int i = 0; i < n; i += LANES) {
            store(to + i, first_of(load(x + i), n - i));
        }
    } else if (stride == 2) {
        for (int i = 0; i < n; i += LANES) {
            Floats a = load(x + 2 * i), b = load(x + 2 * i + LANES);
            Floats every_second = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
            store(to + i, first_of(every_second, n - i));
        }
    } else {
        for (int i = 0; i < n; i++) {
            to[i] = x[i * stride];
        }
    }
}

static inline void deal(float *phases, const float *x, const ConvShape *s, Phases f, int stride) {
    for (int phase = 0; phase < stride * stride; phase++, phases += f.plane) {
        Share down = share_of(phase / stride, s->height, s->pad, stride);
        Share across = share_of(phase % stride, s->width, s->pad, stride);
        float *to = phases + down.place * f.cols + across.place;
        const float *from = x + down.pixel * s->width + across.pixel;
        for (int y = 0; y < down.n; y++, to += f.cols, from += stride * s->width) {
            deal_row(to, from, across.n, stride);
        }
    }
}

/*
Collecting is the reverse. With stride 2 a row of the picture takes its pixels from two phases in turn, which shuffles
two vectors into one another.
*/

static inline void collect(float *to, const float *phases, const ConvShape *s, Phases f,
                           int stride) {
    for (int y = 0; y < s->height; y++, to += s->width) {
        int down = y + s->pad;
        const float *row = phases + down % stride * stride * f.plane + down / stride * f.cols;
        for (int x = 0; stride == 1 && x < s->width; x += LANES) {
            store(to + x, load(row + s->pad + x));
        }
        const float *even = row + s->pad % 2 * f.plane + s->pad / 2;
        const float *odd = row + (s->pad + 1) % 2 * f.plane + (s->pad + 1) / 2;
        for (int x = 0; stride == 2 && x < s->width; x += 2 * LANES) {
            Floats a = load(even + x / 2), b = load(odd + x / 2);
            store(to + x, __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11));
            store(to + x + LANES, __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15));
        }
        for (int phase = 0; stride > 2 && phase < stride; phase++) {
            Share across = share_of(phase, s->width, s->pad, stride);
            for (int i = 0; i < across.n; i++) {
                to[across.pixel + i * stride] = row[phase * f.plane + across.place + i];
            }
        }
    }
}

/*
A pixel that no window sees (right of the last window, say) still has a place in the planes, so that both functions can
treat all pixels alike; when collecting, what is found there is the 0 it began with.

## Copying and adding rows

What a window element sees of one picture: a row of `cols` numbers for each row of windows, a few steps of eight. One,
two and four steps are the rows of up to 8, 16 and 32 numbers of which our networks are made. For these the functions
are called with a constant, and have no inner loop.
*/

static inline void copy_steps(float *to, const float *from, int rows, int cols, int width,
                              int steps) {
    for (int y = 0; y < rows; y++, to += cols, from += width) {
        for (int i = 0; i < steps; i++) {
            store(to + i * LANES, load(from + i * LANES));
        }
    }
}

static inline void add_steps(float *to, const float *from, int rows, int cols, int width,
                             int steps) {
    for (int y = 0; y < rows; y++, to += width, from += cols) {
        for (int i = 0; i < steps; i++) {
            Floats more = first_of(load(from + i * LANES), cols - i * LANES);
            store(to + i * LANES, load(to + i * LANES) + more);
        }
    }
}

// From a plane with rows of `width` numbers into the matrix, and from the matrix onto the plane.
static void copy_rows(float *to, const float *from, int rows, int cols, int width) {
    int steps = (cols + LANES - 1) / LANES;
    steps == 1   ? copy_steps(to, from, rows, cols, width, 1)
    : steps == 2 ? copy_steps(to, from, rows, cols, width, 2)
    : steps == 4 ? copy_steps(to, from, rows, cols, width, 4)
                 : copy_steps(to, from, rows, cols, width, steps);
}

static void add_rows(float *to, const float *from, int rows, int cols, int width) {
    int steps = (cols + LANES - 1) / LANES;
    steps == 1   ? add_steps(to, from, rows, cols, width, 1)
    : steps == 2 ? add_steps(to, from, rows, cols, width, 2)
    : steps == 4 ? add_steps(to, from, rows, cols, width, 4)
                 : add_steps(to, from, rows, cols, width, steps);
}

/*
## Both directions

The two functions are the same walk: over the channels, over the elements $(i, j)$ of the window, over the pictures,
over the rows of windows. One copies from the phases into the matrix, the other adds from the matrix into the phases.
Several pictures are taken at once, because they share the matrix product that follows: a few hundred columns multiply
faster than 49.
*/

// What window element `tap` (row * kernel + column) sees in the first window of picture 0.
static float *tap_of(float *planes, const ConvShape *s, Phases f, int tap) {
    int y = tap / s->kernel * s->dilation, x = tap % s->kernel * s->dilation;
    int phase = y % s->stride * s->stride + x % s->stride;
    return planes + phase * f.plane + y / s->stride * f.cols + x / s->stride;
}

/*
Dealing reads in whole vectors, up to two of them beyond the end of a channel. That is the next channel, or the next picture, and
what is read there is dropped; but behind the last picture there is nothing that may be read. So its last channels are copied
first, to a place with room behind.

Collecting writes a few numbers too many into the *next* channel, which comes later. But behind the last channel of a
picture stands the next picture, whose first channel is already there; so the last channels are collected elsewhere and
copied.
*/

static void deal_channel(float *planes, const float *x, int channel, int n, const ConvShape *s,
                         Phases f) {
    int area = s->height * s->width;
    float *copy = planes + (long)n * f.all + IM2COL_SLACK;
    for (int p = 0; p < n; p++, planes += f.all) {
        const float *from = x + ((long)p * s->in + channel) * area;
        long behind = ((long)(n - p) * s->in - channel - 1) * area;
        if (behind < 2 * LANES) {
            from = memcpy(copy, from, (size_t)area * sizeof *copy);
        }
        s->stride == 1   ? deal(planes, from, s, f, 1)
        : s->stride == 2 ? deal(planes, from, s, f, 2)
                         : deal(planes, from, s, f, s->stride);
    }
}

static void collect_channel(float *dx, float *planes, int channel, int n, const ConvShape *s,
                            Phases f) {
    int area = s->height * s->width;
    float *copy = planes + (long)n * f.all + IM2COL_SLACK;
    for (int p = 0; p < n; p++, planes += f.all) {
        float *there = dx + ((long)p * s->in + channel) * area;
        long behind = (long)(s->in - channel - 1) * area;
        float *to = behind < 2 * LANES ? copy : there;
        s->stride == 1   ? collect(to, planes, s, f, 1)
        : s->stride == 2 ? collect(to, planes, s, f, 2)
                         : collect(to, planes, s, f, s->stride);
        if (to == copy) {
            memcpy(there, copy, (size_t)area * sizeof *copy);
        }
    }
}

void im2col(float *columns, int pitch, float *planes, const float *x, int first, int channels,
            int n, const ConvShape *s) {
    int rows = conv_out(s->height, s), cols = conv_out(s->width, s);
    Phases f = phases_of(s);
    memset(planes, 0, im2col_planes(n, s) * sizeof *planes); // the borders stay 0
    for (int c = first; c < first + channels; c++) {
        deal_channel(planes, x, c, n, s, f);
        for (int tap = 0; tap < s->kernel * s->kernel; tap++, columns += pitch) {
            const float *from = tap_of(planes, s, f, tap);
            for (int p = 0; p < n; p++) {
                copy_rows(columns + (long)p * rows * cols, from + (long)p * f.all, rows, cols,
                          f.cols);
            }
        }
    }
}

void col2im(float *dx, float *planes, const float *columns, int pitch, int first, int channels,
            int n, const ConvShape *s) {
    int rows = conv_out(s->height, s), cols = conv_out(s->width, s);
    Phases f = phases_of(s);
    for (int c = first; c < first + channels; c++) {
        memset(planes, 0, im2col_planes(n, s) * sizeof *planes);
        for (int tap = 0; tap < s->kernel * s->kernel; tap++, columns += pitch) {
            float *to = tap_of(planes, s, f, tap);
            for (int p = 0; p < n; p++) {
                add_rows(to + (long)p * f.all, columns + (long)p * rows * cols, rows, cols, f.cols);
            }
        }
        collect_channel(dx, planes, c, n, s, f);
    }
}
