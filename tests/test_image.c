#include "base/die.h"
#include "data/image.h"
#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

// --- an independent reader of PNG files ------------------------------------------------------------

typedef struct {
    int width, height, channels;
    uint8_t *pixels; // (height, width, channels)
} Picture;

static uint32_t big_endian(const uint8_t *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

// The filter of PNG that predicts from the left, upper and upper left neighbours.
static int paeth(int a, int b, int c) {
    int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// Undoes the filters: filtered holds (height) rows of one filter byte and the row's bytes.
static void unfilter(Picture *picture, const uint8_t *filtered) {
    int step = picture->channels, bytes = picture->width * step;
    for (int y = 0; y < picture->height; y++) {
        const uint8_t *in = filtered + (size_t)y * (size_t)(bytes + 1);
        uint8_t *out = picture->pixels + (size_t)y * (size_t)bytes;
        for (int i = 0; i < bytes; i++) {
            int left = i >= step ? out[i - step] : 0, up = y > 0 ? out[i - bytes] : 0;
            int corner = i >= step && y > 0 ? out[i - bytes - step] : 0;
            int predicted[5] = { 0, left, up, (left + up) / 2, paeth(left, up, corner) };
            ck_assert_int_lt(in[0], 5);
            out[i] = (uint8_t)(in[1 + i] + predicted[in[0]]);
        }
    }
}

// Checks the signature, each chunk's checksum, and that pixels decode to exactly the size in the header.
static Picture read_png(const char *path) {
    enum { MOST = 1 << 20 };
    uint8_t *file = alloc_bytes(MOST), *data = alloc_bytes(MOST);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    size_t n = fread(file, 1, MOST, stream), n_data = 0, at = 8;
    fclose(stream);
    ck_assert_mem_eq(file, "\x89PNG\r\n\x1a\n", 8);
    Picture picture = { 0 };
    for (bool end = false; !end;) {
        uint32_t length = big_endian(file + at);
        const uint8_t *type = file + at + 4, *body = type + 4;
        ck_assert_uint_le(at + 12 + length, n);
        ck_assert_uint_eq(crc32(crc32(0, NULL, 0), type, length + 4), big_endian(body + length));
        if (memcmp(type, "IHDR", 4) == 0) {
            ck_assert_uint_eq(length, 13);
            ck_assert_int_eq(body[8], 8); // bits
            ck_assert(body[9] == 0 || body[9] == 2);
            ck_assert(body[10] == 0 && body[11] == 0 && body[12] == 0);
            picture = (Picture){ (int)big_endian(body), (int)big_endian(body + 4),
                                 body[9] == 0 ? 1 : 3, NULL };
        } else if (memcmp(type, "IDAT", 4) == 0) {
            memcpy(data + n_data, body, length);
            n_data += length;
        }
        end = memcmp(type, "IEND", 4) == 0;
        at += 12 + length;
    }
    ck_assert_uint_eq(at, n);
    size_t bytes = (size_t)picture.height * (size_t)(picture.width * picture.channels + 1);
    uLongf got = bytes + 1;
    uint8_t *filtered = alloc_bytes(bytes + 1);
    ck_assert_int_eq(uncompress(filtered, &got, data, n_data), Z_OK);
    ck_assert_uint_eq(got, bytes);
    picture.pixels = alloc_bytes(bytes);
    unfilter(&picture, filtered);
    free(file);
    free(data);
    free(filtered);
    return picture;
}

static const uint8_t *pixel(const Picture *picture, int x, int y) {
    ck_assert(x >= 0 && x < picture->width && y >= 0 && y < picture->height);
    return picture->pixels + (size_t)(y * picture->width + x) * (size_t)picture->channels;
}

// --- one picture -----------------------------------------------------------------------------------

START_TEST(pixels_come_back) {
    enter_folder();
    const int sizes[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 28, 28 }, { 200, 117 } };
    Rng rng = rng_create(1, RNG_DATA);
    for (int k = 0; k < 20; k++) {
        int width = sizes[k % 5][0], height = sizes[k % 5][1], channels = k < 10 ? 1 : 3;
        size_t n = (size_t)(width * height * channels);
        uint8_t *pixels = alloc_bytes(n);
        for (size_t i = 0; i < n;
             i++) { // noise, and something smooth that the filters are made for
            pixels[i] = k % 2 ? (uint8_t)rng_bits(&rng) : (uint8_t)(i / 3);
        }
        image_write_png("a.png", pixels, width, height, channels);
        Picture picture = read_png("a.png");
        ck_assert_int_eq(picture.width, width);
        ck_assert_int_eq(picture.height, height);
        ck_assert_int_eq(picture.channels, channels);
        ck_assert_mem_eq(picture.pixels, pixels, n);
        free(picture.pixels);
        free(pixels);
    }
    ck_assert_int_ne(access("a.png.part", F_OK), 0);
}
END_TEST

static void write_to_full_disk(void *path) {
    struct rlimit most = { 1000, 1000 };
    signal(SIGXFSZ, SIG_IGN); // a write beyond 1000 bytes fails, as on a full disk
    setrlimit(RLIMIT_FSIZE, &most);
    uint8_t pixels[64 * 64];
    Rng rng = rng_create(1, RNG_DATA);
    for (size_t i = 0; i < sizeof pixels; i++) {
        pixels[i] = (uint8_t)rng_bits(&rng);
    }
    image_write_png(path, pixels, 64, 64, 1);
}

static void write_into_nothing(void *unused) {
    (void)unused;
    image_write_png("/proc/nowhere/a.png", (uint8_t[]){ 0 }, 1, 1, 1);
}

START_TEST(failed_writes_are_noticed) {
    enter_folder();
    int status;
    char *message = death_message(write_to_full_disk, "a.png", &status);
    ck_assert_int_eq(status, 1);
    ck_assert_ptr_nonnull(strstr(message, "cannot finish writing a.png"));
    ck_assert_int_ne(access("a.png", F_OK), 0);
    ck_assert_int_ne(access("a.png.part", F_OK), 0);
    free(message);
    message = death_message(write_into_nothing, NULL, &status);
    ck_assert_int_eq(status, 1);
    ck_assert_ptr_nonnull(strstr(message, "/proc/nowhere"));
    free(message);
}
END_TEST

static void write_two_channels(void *unused) {
    (void)unused;
    image_write_png("a.png", (uint8_t[]){ 0, 0 }, 1, 1, 2);
}

START_TEST(two_channels_are_a_bug) {
    enter_folder();
    int status;
    free(death_message(write_two_channels, NULL, &status));
    ck_assert_int_eq(status, 128 + SIGABRT);
}
END_TEST

// --- grids -----------------------------------------------------------------------------------------

// Picture i, row y, column x of a grid of 2 × 3 pictures, enlarged 4 times with gaps of 4.
START_TEST(grey_grid) {
    enter_folder();
    enum { COUNT = 5, ROWS = 2, COLS = 3, COLUMNS = 2, SCALE = 4, GAP = 4 };
    float x[COUNT * ROWS * COLS];
    for (int i = 0; i < COUNT * ROWS * COLS; i++) {
        x[i] = -1.0f + 2.0f * (float)i / (COUNT * ROWS * COLS - 1);
    }
    image_grid_grey("a.png", x, COUNT, ROWS, COLS, COLUMNS, SCALE, -1.0f, 1.0f);
    Picture grid = read_png("a.png");
    int step_x = COLS * SCALE + GAP, step_y = ROWS * SCALE + GAP, in_pictures = 0;
    ck_assert_int_eq(grid.channels, 1);
    ck_assert_int_eq(grid.width, GAP + COLUMNS * step_x);
    ck_assert_int_eq(grid.height, GAP + 3 * step_y);
    for (int v = 0; v < grid.height; v++) {
        for (int u = 0; u < grid.width; u++) {
            int column = u / step_x, row = v / step_y, i = row * COLUMNS + column;
            int px = u % step_x - GAP, py = v % step_y - GAP, shade = *pixel(&grid, u, v);
            if (px < 0 || py < 0 || i >= COUNT) {
                ck_assert_int_eq(shade, 208);
                continue;
            }
            int place = (i * ROWS + py / SCALE) * COLS + px / SCALE;
            ck_assert_int_eq(shade, lrintf(255.0f * (x[place] + 1.0f) / 2.0f));
            in_pictures++;
        }
    }
    ck_assert_int_eq(in_pictures, COUNT * ROWS * COLS * SCALE * SCALE);
    free(grid.pixels);
}
END_TEST

START_TEST(values_beyond_the_range) {
    enter_folder();
    const float x[6] = { -5.0f, 0.0f, 0.5f, 1.0f, 1e30f, -INFINITY };
    image_grid_grey("a.png", x, 1, 1, 6, 8, 1, 0.0f, 1.0f);
    Picture grid = read_png("a.png");
    ck_assert_int_eq(grid.width, 2 + 6 + 2); // one picture of eight that would fit; gaps of 2
    ck_assert_int_eq(grid.height, 2 + 1 + 2);
    ck_assert_mem_eq(pixel(&grid, 2, 2), ((uint8_t[]){ 0, 0, 128, 255, 255, 0 }), 6);
    free(grid.pixels);
}
END_TEST

START_TEST(signs_have_colours) {
    enter_folder();
    // two pictures of five pixels: the second has the first's colours at a thousandth of the size
    const float x[15] = { -2, -1, 0, 1, 2, -0.002f, -0.001f, 0, 0.001f, 0.002f, 0, 0, 0, 0, 0 };
    image_grid_signed("a.png", x, 3, 1, 5, 1, 1);
    Picture grid = read_png("a.png");
    ck_assert_int_eq(grid.channels, 3);
    const uint8_t *first = pixel(&grid, 2, 2), *second = pixel(&grid, 2, 5);
    const uint8_t white[15] = { 255, 255, 255, 255, 255, 255, 255, 255,
                                255, 255, 255, 255, 255, 255, 255 };
    ck_assert_mem_eq(second, first, 15);
    ck_assert_mem_eq(first + 6, white, 3);
    ck_assert_mem_eq(pixel(&grid, 2, 8), white, 15); // all zero
    ck_assert_msg(first[2] > 150 && first[0] < 50, "negative is not blue");
    ck_assert_msg(first[12] > 150 && first[14] < 60, "positive is not red");
    for (int c = 0; c < 3; c++) { // half the value, half way to white
        ck_assert_int_le(abs(2 * first[3 + c] - first[c] - 255), 1);
        ck_assert_int_le(abs(2 * first[9 + c] - first[12 + c] - 255), 1);
    }
    ck_assert_mem_eq(pixel(&grid, 0, 0), ((uint8_t[]){ 208, 208, 208 }), 3);
    free(grid.pixels);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("image");
    CASE(s, "one picture", pixels_come_back, failed_writes_are_noticed, two_channels_are_a_bug);
    CASE(s, "grids", grey_grid, values_beyond_the_range, signs_have_colours);
    return s;
}
