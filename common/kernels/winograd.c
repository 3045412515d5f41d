#include "kernels/winograd.h"
#include "kernels/matmul.h"
#include "kernels/product.h"

#include <omp.h>
#include <string.h>

/*
## When

We count. The tiles of the last row and column may reach beyond the picture that comes out, and what is computed there
is dropped: for 7 × 7 numbers there are 4 × 4 tiles, 256 multiplications where the definition has 441. At least a third
must be saved. And the additions are made for each channel and each filter, the multiplications for each pair of them;
with few of either, there is nothing to set the additions against.
*/

enum { PLACES = 16, TAPS = 9, FEW = 16 }; // in a transformed tile, in a filter; channels

static int tile_rows(const ConvShape *s) {
    return (conv_out(s->height, s) + 1) / 2;
}

static int tile_cols(const ConvShape *s) {
    return (conv_out(s->width, s) + 1) / 2;
}

bool winograd_pays(const ConvShape *s) {
    if (s->kernel != 3 || s->stride != 1 || s->dilation != 1 || s->pad > 2) {
        return false;
    }
    long area = (long)conv_out(s->height, s) * conv_out(s->width, s);
    long tiles = (long)tile_rows(s) * tile_cols(s);
    return s->in >= FEW && s->out >= FEW && 3 * PLACES * tiles <= 2 * TAPS * area;
}

/*
## Channels side by side

The additions are the same for each channel. If the channels of a pixel stand side by side in memory, each addition is
one of vectors, and nothing has to be shuffled, however narrow the picture is. In our pictures it is the *pixels* that
stand side by side. So they are transposed on their way in, from (channels, area) to (area, channels), and on their way
out. That touches each number once, while the tiles, which overlap, touch it four times.

The channels of a pixel are filled up to a multiple of 16, so that no pixel ends within a vector. What is computed
there is never used.
*/

#ifdef __AVX512F__
enum { LANES = 16 };
#else
enum { LANES = 8 };
#endif

typedef float Vector __attribute__((vector_size(LANES * sizeof(float))));

static inline Vector load(const float *x) {
    Vector v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void store(float *x, Vector v) {
    memcpy(x, &v, sizeof v);
}

static int padded(int n) {
    return (n + 15) / 16 * 16;
}

static int least(int a, int b) {
    return a < b ? a : b;
}

/*
## The transforms

Three for the way forward, and the adjoints of two for the way back to the weights. Each works in place on numbers that
stand `step` apart. A square is kept as 4 × 4 vectors, also where only 3 × 3 or 2 × 2 of them are in use, so that step 4
goes down a column and step 1 along a row.
*/

// Bᵀd: of four pixels.
static inline void transform_pixels(Vector *v, int step) {
    Vector d0 = v[0], d1 = v[step], d2 = v[2 * step], d3 = v[3 * step];
    v[0] = d0 - d2;
    v[step] = d1 + d2;
    v[2 * step] = d2 - d1;
    v[3 * step] = d1 - d3;
}

// Gg: four of three weights.
static inline void transform_weights(Vector *v, int step) {
    Vector g0 = v[0], g1 = v[step], g2 = v[2 * step];
    v[step] = 0.5f * (g0 + g1 + g2);
    v[2 * step] = 0.5f * (g0 - g1 + g2);
    v[3 * step] = g2;
}

// Aᵀm: two results of four products.
static inline void transform_products(Vector *v, int step) {
    Vector m0 = v[0], m1 = v[step], m2 = v[2 * step], m3 = v[3 * step];
    v[0] = m0 + m1 + m2;
    v[step] = m1 - m2 - m3;
}

// A dy: what two results hand back to four products.
static inline void adjoint_of_products(Vector *v, int step) {
    Vector y0 = v[0], y1 = v[step];
    v[step] = y0 + y1;
    v[2 * step] = y0 - y1;
    v[3 * step] = -y1;
}

// Gᵀdu: what four transformed weights hand back to three.
static inline void adjoint_of_weights(Vector *v, int step) {
    Vector u0 = v[0], u1 = v[step], u2 = v[2 * step], u3 = v[3 * step];
    v[0] = u0 + 0.5f * (u1 + u2);
    v[step] = 0.5f * (u1 - u2);
    v[2 * step] = 0.5f * (u1 + u2) + u3;
}

/*
In two dimensions, for all channels of a tile. The sixteen numbers that belong together go to sixteen matrices, which
lie `plane` apart; `at` says where each pixel's channels are.
*/

// V of a tile of 4 × 4 pixels.
static inline void take_pixels(float *V, long plane, float *const at[16], int pitch) {
    for (int c = 0; c < pitch; c += LANES) {
        Vector v[16];
        for (int i = 0; i < 16; i++) {
            v[i] = load(at[i] + c);
        }
        for (int j = 0; j < 4; j++) {
            transform_pixels(v + j, 4);
        }
        for (int i = 0; i < 4; i++) {
            transform_pixels(v + 4 * i, 1);
        }
        float *to = V + c;
        for (int i = 0; i < 16; i++, to += plane) {
            store(to, v[i]);
        }
    }
}

// The 2 × 2 results of a tile.
static inline void put_results(float *const at[4], const float *M, long plane, const float *bias,
                               int pitch) {
    for (int c = 0; c < pitch; c += LANES) {
        Vector v[16];
        for (int i = 0; i < 16; i++) {
            v[i] = load(M + i * plane + c);
        }
        for (int j = 0; j < 4; j++) {
            transform_products(v + j, 4);
        }
        for (int i = 0; i < 2; i++) {
            transform_products(v + 4 * i, 1);
            store(at[2 * i] + c, v[4 * i] + load(bias + c));
            store(at[2 * i + 1] + c, v[4 * i + 1] + load(bias + c));
        }
    }
}

// dM of a tile, from the gradients of its 2 × 2 results.
static inline void take_gradients(float *dM, long plane, float *const at[4], int pitch) {
    for (int c = 0; c < pitch; c += LANES) {
        Vector v[16];
        for (int j = 0; j < 2; j++) {
            v[j] = load(at[j] + c);
            v[4 + j] = load(at[2 + j] + c);
            adjoint_of_products(v + j, 4);
        }
        for (int i = 0; i < 4; i++) {
            adjoint_of_products(v + 4 * i, 1);
        }
        float *to = dM + c;
        for (int i = 0; i < 16; i++, to += plane) {
            store(to, v[i]);
        }
    }
}

/*
## A band of tiles

Tiles are worked at in **bands**: as many as stay in a core's second cache with all their channels and products. That is
a few whole pictures or, where a picture alone is too large, some of its rows of tiles. (With hundreds of channels even
64 tiles do not fit, but with fewer than that the weights would be fetched too often.)
*/

enum { PARTS = 8, BUDGET = 1 << 17, TILES = 64 }; // numbers in a band, tiles at least

typedef struct {
    int picture, pictures; // the first, and how many
    int row, rows;         // of tiles, in each of them
} Band;

// The largest band.
static Band band_of(const ConvShape *s) {
    int all = tile_rows(s) * tile_cols(s);
    int tiles = BUDGET / PLACES / (padded(s->in) + padded(s->out));
    tiles = tiles < TILES ? TILES : tiles;
    if (all <= tiles) {
        return (Band){ 0, tiles / all, 0, tile_rows(s) };
    }
    return (Band){ 0, 1, 0, least(1 + tiles / tile_cols(s), tile_rows(s)) };
}

// How many bands a picture, or a group of them, is cut into.
static int bands_down(const ConvShape *s) {
    int rows = band_of(s).rows;
    return (tile_rows(s) + rows - 1) / rows;
}

// How many bands there are in n pictures.
static int bands_in(int n, const ConvShape *s) {
    int pictures = band_of(s).pictures;
    return (n + pictures - 1) / pictures * bands_down(s);
}

// Band i of n pictures that begin with picture `first`.
static Band band_at(int i, int first, int n, const ConvShape *s) {
    Band most = band_of(s);
    int picture = i / bands_down(s) * most.pictures, row = i % bands_down(s) * most.rows;
    return (Band){ first + picture, least(most.pictures, n - picture), row,
                   least(most.rows, tile_rows(s) - row) };
}

static int tiles_in(Band band, const ConvShape *s) {
    return band.pictures * band.rows * tile_cols(s);
}

// Numbers in one of the sixteen matrices. If these were a multiple of 4096 bytes apart, all sixteen
// would compete for the same few lines of the first cache.
static long plane_of(int channels, const ConvShape *s) {
    return (long)tiles_in(band_of(s), s) * padded(channels) + 16;
}

/*
What a thread needs. The pixel `outside` stands for all pixels outside of the picture: of zeros, where it is read; and
where it is written, because a tile reaches beyond the edge, of numbers that nobody reads.
*/

typedef struct {
    float *pixels;  // of a picture in a band: (rows * width, padded(channels))
    float *outside; // (padded(channels))
    float *V, *M;   // (PLACES, tiles, padded(in)), (PLACES, tiles, padded(out)); plane_of apart
} Scratch;

static int widest(const ConvShape *s) {
    return padded(s->in > s->out ? s->in : s->out);
}

static size_t pixels_size(const ConvShape *s) {
    int rows = 2 * band_of(s).rows + 2, out = conv_out(s->width, s);
    return (size_t)rows * (size_t)(s->width > out ? s->width : out) * (size_t)widest(s);
}

static size_t scratch_size(const ConvShape *s) {
    return pixels_size(s) + (size_t)widest(s) +
           PLACES * (size_t)(plane_of(s->in, s) + plane_of(s->out, s));
}

static Scratch scratch_of_thread(float *scratch, const ConvShape *s) {
    float *pixels = scratch + (size_t)omp_get_thread_num() * scratch_size(s);
    float *outside = pixels + pixels_size(s), *V = outside + widest(s);
    return (Scratch){ pixels, outside, V, V + PLACES * plane_of(s->in, s) };
}

/*
## From pictures to tiles, and back

A tile of $x$ begins at twice its number, less the padding; a tile of $y$ at twice its number. For both kinds: the rows
that a band needs of one picture, and where the pixels are when these have been transposed.
*/

typedef struct {
    int channels, height, width; // of the picture
    int first, rows;             // what the band needs of it
    float *pixels, *outside;     // (rows * width, padded(channels)), (padded(channels))
} Strip;

static Strip strip_of_x(Band band, Scratch scratch, const ConvShape *s) {
    int first = 2 * band.row - s->pad, end = least(first + 2 * band.rows + 2, s->height);
    first = first < 0 ? 0 : first;
    return (
        Strip){ s->in, s->height, s->width, first, end - first, scratch.pixels, scratch.outside };
}

static Strip strip_of_y(Band band, Scratch scratch, const ConvShape *s) {
    int height = conv_out(s->height, s), first = 2 * band.row;
    int end = least(first + 2 * band.rows, height);
    return (Strip){ s->out,      height,         conv_out(s->width, s), first,
                    end - first, scratch.pixels, scratch.outside };
}

// Where the strip of a picture begins.
static long place_of(int picture, const Strip *t) {
    return ((long)picture * t->channels * t->height + t->first) * t->width;
}

static void read_strip(const Strip *t, const float *pictures, int picture) {
    transpose(t->pixels, padded(t->channels), pictures + place_of(picture, t),
              (long)t->height * t->width, t->channels, t->rows * t->width);
}

static void write_strip(float *pictures, int picture, const Strip *t) {
    transpose(pictures + place_of(picture, t), (long)t->height * t->width, t->pixels,
              padded(t->channels), t->rows * t->width, t->channels);
}

// The side × side pixels from (y, x) on.
static inline void square_at(float *at[], int side, const Strip *t, int y, int x) {
    long pitch = padded(t->channels), corner = ((long)(y - t->first) * t->width + x) * pitch;
    bool all = y >= 0 && y + side <= t->height && x >= 0 && x + side <= t->width;
    for (int i = 0; i < side; i++) {
        bool row = y + i >= 0 && y + i < t->height;
        for (int j = 0; j < side; j++) {
            bool inside = all || (row && x + j >= 0 && x + j < t->width);
            long pixel = corner + ((long)i * t->width + j) * pitch;
            at[i * side + j] = inside ? t->pixels + pixel : t->outside;
        }
    }
}

// V of a band of x.
static void take_x(Scratch to, const float *x, Band band, const ConvShape *s) {
    Strip t = strip_of_x(band, to, s);
    int cols = tile_cols(s), pitch = padded(s->in);
    long plane = plane_of(s->in, s);
    memset(t.outside, 0, (size_t)pitch * sizeof *t.outside);
    for (int p = 0; p < band.pictures; p++) {
        read_strip(&t, x, band.picture + p);
        for (int i = 0; i < band.rows * cols; i++, to.V += pitch) {
            float *at[16];
            square_at(at, 4, &t, 2 * (band.row + i / cols) - s->pad, 2 * (i % cols) - s->pad);
            take_pixels(to.V, plane, at, pitch);
        }
    }
}

// A band of y from M.
static void put_y(float *y, Scratch from, const float *bias, Band band, const ConvShape *s) {
    Strip t = strip_of_y(band, from, s);
    int cols = tile_cols(s), pitch = padded(s->out);
    long plane = plane_of(s->out, s);
    for (int p = 0; p < band.pictures; p++) {
        for (int i = 0; i < band.rows * cols; i++, from.M += pitch) {
            float *at[4];
            square_at(at, 2, &t, 2 * (band.row + i / cols), 2 * (i % cols));
            put_results(at, from.M, plane, bias, pitch);
        }
        write_strip(y, band.picture + p, &t);
    }
}

// dM of a band of dy.
static void take_dy(Scratch to, const float *dy, Band band, const ConvShape *s) {
    Strip t = strip_of_y(band, to, s);
    int cols = tile_cols(s), pitch = padded(s->out);
    long plane = plane_of(s->out, s);
    memset(t.outside, 0, (size_t)pitch * sizeof *t.outside);
    for (int p = 0; p < band.pictures; p++) {
        read_strip(&t, dy, band.picture + p);
        for (int i = 0; i < band.rows * cols; i++, to.M += pitch) {
            float *at[4];
            square_at(at, 2, &t, 2 * (band.row + i / cols), 2 * (i % cols));
            take_gradients(to.M, plane, at, pitch);
        }
    }
}

/*
## The mirror

Backward to the input there is nothing new to be done. In one dimension with padding $p$, $y_o = \sum_i g_i\,
x_{o+i-p}$. So $x_q$ is seen by the windows $o = q - i + p$, and with $i = 2 - i'$

$$ dx_q = \sum_i g_i\; dy_{q-i+p} = \sum_{i'} g_{2-i'}\; dy_{q+i'-(2-p)}: $$

a convolution forward, of $dy$, with padding $2 - p$ and with the filters turned by half a turn. Channels and filters
change places. We call it the **mirror** of the other.
*/

static ConvShape mirror_of(const ConvShape *s) {
    ConvShape mirror = *s;
    mirror.in = s->out;
    mirror.height = conv_out(s->height, s);
    mirror.width = conv_out(s->width, s);
    mirror.out = s->in;
    mirror.pad = 2 - s->pad;
    return mirror;
}

/*
The weights are transposed too, so that the filters stand side by side: for each channel, 9 rows of as many numbers as
there are filters. For a mirror, whose filters are the channels of $W$, the rows are read from the last to the first.
*/

// U (PLACES, in, padded(out)) of channel c. taps (TAPS, padded(out)) is scratch. If s is a mirror, W
// belongs to the shape that it mirrors.
static void take_weights(float *U, float *taps, const float *W, int c, bool mirror,
                         const ConvShape *s) {
    int pitch = padded(s->out);
    const float *from = W + (mirror ? (long)c * s->out : c) * TAPS;
    transpose(taps, pitch, from, mirror ? TAPS : (long)s->in * TAPS, s->out, TAPS);
    for (int m = 0; m < pitch; m += LANES) {
        Vector v[16];
        for (int tap = 0; tap < TAPS; tap++) {
            int row = mirror ? TAPS - 1 - tap : tap;
            v[tap / 3 * 4 + tap % 3] = load(taps + (long)row * pitch + m);
        }
        for (int j = 0; j < 3; j++) {
            transform_weights(v + j, 4);
        }
        for (int i = 0; i < 4; i++) {
            transform_weights(v + 4 * i, 1);
        }
        for (int i = 0; i < PLACES; i++) {
            store(U + ((long)i * s->in + c) * pitch + m, v[i]);
        }
    }
}

/*
## Forward, and backward to the input

As in the [general way](conv2d.html), the pictures of the batch are cut into at most eight parts, whose sizes depend on
the batch alone, and one thread takes a part from beginning to end. In a part the bands follow each other.

The workspace: a bias (or zeros), then the sixteen matrices of weights or, on the way back to them, those of each part,
then what each thread has of its own.
*/

static size_t weights_size(const ConvShape *s) {
    return (size_t)PLACES * (size_t)s->in * (size_t)padded(s->out);
}

static size_t shared_size(const ConvShape *s) {
    return (size_t)padded(s->out) + PARTS * weights_size(s);
}

size_t winograd_workspace(const ConvShape *s) {
    ConvShape mirror = mirror_of(s);
    size_t there = shared_size(s) + PARTS * scratch_size(s);
    size_t back = shared_size(&mirror) + PARTS * scratch_size(&mirror);
    return there > back ? there : back;
}

// More threads than parts would have neither work nor scratch.
static int threads(void) {
    return least(omp_get_max_threads(), PARTS);
}

static void forward_band(float *y, const float *x, const float *U, const float *bias, Band band,
                         Scratch scratch, const ConvShape *s) {
    int in = padded(s->in), out = padded(s->out);
    take_x(scratch, x, band, s);
    for (int i = 0; i < PLACES; i++) {
        product(scratch.M + i * plane_of(s->out, s), out, scratch.V + i * plane_of(s->in, s), in,
                U + (long)i * s->in * out, out, false, tiles_in(band, s), s->out, s->in);
    }
    put_y(y, scratch, bias, band, s);
}

static void forward(float *y, const float *x, const float *W, const float *b, int n, bool mirror,
                    const ConvShape *s, float *workspace) {
    int parts = least(n, PARTS);
    float *bias = workspace, *U = bias + padded(s->out), *own = workspace + shared_size(s);
    memset(bias, 0, (size_t)padded(s->out) * sizeof *bias);
    if (b) {
        memcpy(bias, b, (size_t)s->out * sizeof *bias);
    }
#pragma omp parallel num_threads(threads())
    {
        Scratch scratch = scratch_of_thread(own, s);
#pragma omp for schedule(static)
        for (int c = 0; c < s->in; c++) {
            take_weights(U, scratch.M, W, c, mirror, s);
        }
#pragma omp for schedule(static)
        for (int part = 0; part < parts; part++) {
            int first = n * part / parts, count = n * (part + 1) / parts - first;
            for (int i = 0; i < bands_in(count, s); i++) {
                forward_band(y, x, U, bias, band_at(i, first, count, s), scratch, s);
            }
        }
    }
}

void winograd_forward(float *y, const float *x, const float *W, const float *b, int n,
                      const ConvShape *s, float *workspace) {
    forward(y, x, W, b, n, false, s, workspace);
}

void winograd_backward_data(float *dx, const float *dy, const float *W, int n, const ConvShape *s,
                            float *workspace) {
    ConvShape mirror = mirror_of(s);
    forward(dx, dy, W, NULL, n, true, &mirror, workspace);
}

/*
## Backward to the weights

Each step back is the adjoint of a step forward, in reverse order. From $Y = A^\top M A$ follows $dM = A\, dY A^\top$, 4
× 4 numbers of 2 × 2. From the sixteen products

$$ dU_\xi = V_\xi^\top\, dM_\xi, \qquad \xi = 0 \dots 15, $$

sums over all tiles of all pictures. And from $U = G\, g\, G^\top$ follows $dg = G^\top dU\, G$; since that is linear,
it is applied once at the end, to the whole sums. Each part of the batch has sums of its own, and the (at most eight)
sums are added in the order of the parts.
*/

// dU (PLACES, in, padded(out)) of n pictures from `first` on.
static void weights_of_part(float *dU, const float *dy, const float *x, int first, int n,
                            Scratch scratch, const ConvShape *s) {
    int in = padded(s->in), out = padded(s->out);
    for (int k = 0; k < bands_in(n, s); k++) {
        Band band = band_at(k, first, n, s);
        take_x(scratch, x, band, s);
        take_dy(scratch, dy, band, s);
        for (int i = 0; i < PLACES; i++) {
            product_atb(dU + (long)i * s->in * out, out, scratch.V + i * plane_of(s->in, s), in,
                        scratch.M + i * plane_of(s->out, s), out, k > 0, s->in, s->out,
                        tiles_in(band, s));
        }
    }
}

// Adds to dW what the sums of all parts say about channel c. taps (TAPS, padded(out)) is scratch.
static void add_sums(float *dW, float *taps, const float *sums, int parts, int c,
                     const ConvShape *s) {
    int pitch = padded(s->out);
    for (int m = 0; m < pitch; m += LANES) {
        Vector v[16];
        for (int i = 0; i < PLACES; i++) {
            const float *sum = sums + ((long)i * s->in + c) * pitch + m;
            v[i] = load(sum);
            for (int part = 1; part < parts; part++) {
                v[i] += load(sum + (size_t)part * weights_size(s));
            }
        }
        for (int j = 0; j < 4; j++) {
            adjoint_of_weights(v + j, 4);
        }
        for (int i = 0; i < 3; i++) {
            adjoint_of_weights(v + 4 * i, 1);
        }
        for (int tap = 0; tap < TAPS; tap++) {
            store(taps + (long)tap * pitch + m, v[tap / 3 * 4 + tap % 3]);
        }
    }
    for (int m = 0; m < s->out; m++) {
        for (int tap = 0; tap < TAPS; tap++) {
            dW[((long)m * s->in + c) * TAPS + tap] += taps[(long)tap * pitch + m];
        }
    }
}

void winograd_backward_weights(float *dW, const float *dy, const float *x, int n,
                               const ConvShape *s, float *workspace) {
    int parts = least(n, PARTS);
    float *sums = workspace + padded(s->out), *own = workspace + shared_size(s);
#pragma omp parallel num_threads(threads())
    {
        Scratch scratch = scratch_of_thread(own, s);
#pragma omp for schedule(static)
        for (int part = 0; part < parts; part++) {
            int first = n * part / parts, count = n * (part + 1) / parts - first;
            weights_of_part(sums + (size_t)part * weights_size(s), dy, x, first, count, scratch, s);
        }
#pragma omp for schedule(static)
        for (int c = 0; c < s->in; c++) {
            add_sums(dW, scratch.M, sums, parts, c, s);
        }
    }
}
