#include "base/clock.h"
#include "data/dataset.h"
#include "base/die.h"
#include "test.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { N = 23, ROWS = 4, COLS = 3, PIXELS = ROWS * COLS };

// --- helpers ---------------------------------------------------------------------------------------

static void put_gzip(const char *path, const void *bytes, size_t n) {
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(file), Z_OK);
}

static size_t get_file(const char *path, uint8_t *bytes, size_t size) {
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(bytes, 1, size, file);
    ck_assert_uint_lt(n, size);
    fclose(file);
    return n;
}

// The IDX files of N images of 4 × 3 pixels, written here byte by byte; each returns its length.
static size_t image_file(uint8_t *file) {
    const uint8_t header[16] = { 0, 0, 8, 3, 0, 0, 0, N, 0, 0, 0, ROWS, 0, 0, 0, COLS };
    memcpy(file, header, sizeof header);
    for (int p = 0; p < N * PIXELS; p++) {
        file[16 + p] = (uint8_t)(p % PIXELS == 0 ? p / PIXELS : 7 * p);
    }
    return 16 + N * PIXELS;
}

static size_t label_file(uint8_t *file) {
    const uint8_t header[8] = { 0, 0, 8, 1, 0, 0, 0, N };
    memcpy(file, header, sizeof header);
    for (int i = 0; i < N; i++) {
        file[8 + i] = (uint8_t)(i % 10);
    }
    return 8 + N;
}

static void put_data_set(const char *part) {
    uint8_t file[512];
    char name[64];
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", part);
    write_bytes(name, file, image_file(file));
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte.gz", part);
    put_gzip(name, file, label_file(file));
}

typedef struct {
    const char *path;
    int dims;
} IdxFile;

static void read_idx(void *argument) {
    IdxFile *file = argument;
    int size[4];
    free(idx_read(file->path, file->dims, size, "Replace the file"));
}

static void load_training_set(void *which) {
    dataset_free(dataset_load(which, TRAIN_SET));
}

// f(argument) ends with status 1 and prints one line that begins with "error: " and holds both texts.
static void expect_death(void (*f)(void *), void *argument, const char *what, const char *where) {
    int status;
    char *message = death_message(f, argument, &status);
    ck_assert_msg(status == 1 && strncmp(message, "error: ", 7) == 0, "status %d, \"%s\"", status,
                  message);
    ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "more than a line: %s",
                  message);
    ck_assert_msg(strstr(message, what) && strstr(message, where), "no \"%s\" or \"%s\" in: %s",
                  what, where, message);
    free(message);
}

static void expect_refused(const char *path, int dims, const char *what) {
    expect_death(read_idx, &(IdxFile){ path, dims }, what, path);
}

// --- one file --------------------------------------------------------------------------------------

START_TEST(file_has_the_published_form) {
    enter_folder();
    uint8_t expected[512], got[512];
    size_t n = image_file(expected);
    idx_write("plain", expected + 16, 3, (int[]){ N, ROWS, COLS });
    ck_assert_uint_eq(get_file("plain", got, sizeof got), n);
    ck_assert_mem_eq(got, expected, n);

    n = label_file(expected);
    idx_write("labels", expected + 8, 1, (int[]){ N });
    ck_assert_uint_eq(get_file("labels", got, sizeof got), n);
    ck_assert_mem_eq(got, expected, n);
}
END_TEST

START_TEST(sizes_are_big_endian) {
    enter_folder();
    int n = 0x00030201;
    uint8_t *bytes = alloc_bytes((size_t)n), header[8];
    bytes[n - 1] = 42;
    idx_write("long.gz", bytes, 1, &n);
    gzFile file = gzopen("long.gz", "rb");
    ck_assert_int_eq(gzread(file, header, 8), 8);
    gzclose(file);
    ck_assert_mem_eq(header, ((uint8_t[]){ 0, 0, 8, 1, 0, 3, 2, 1 }), 8);
    int size;
    uint8_t *got = idx_read("long.gz", 1, &size, "Replace the file");
    ck_assert_int_eq(size, n);
    ck_assert_mem_eq(got, bytes, (size_t)n);
    free(got);
    free(bytes);
}
END_TEST

START_TEST(round_trip_plain_and_gzip) {
    enter_folder();
    const int size[4] = { 5, 2, 3, 4 };
    const char *const names[] = { "a", "a.gz" };
    uint8_t bytes[120];
    for (int i = 0; i < 120; i++) {
        bytes[i] = (uint8_t)(3 * i);
    }
    int total = 1;
    for (int dims = 1; dims <= 4; dims++) {
        total *= size[dims - 1];
        for (int k = 0; k < 2; k++) {
            int got_size[4];
            idx_write(names[k], bytes, dims, size);
            uint8_t *got = idx_read(names[k], dims, got_size, "Replace the file");
            ck_assert_mem_eq(got_size, size, (size_t)dims * sizeof *size);
            ck_assert_mem_eq(got, bytes, (size_t)total);
            free(got);
        }
    }
    ck_assert_int_eq(files_here(), 2);
}
END_TEST

START_TEST(gzip_is_gzip_and_always_the_same) {
    enter_folder();
    uint8_t bytes[5000], first[6000], second[6000];
    Rng rng = rng_create(1, RNG_DATA);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)rng_bits(&rng);
    }
    idx_write("a.gz", bytes, 1, (int[]){ sizeof bytes });
    size_t n = get_file("a.gz", first, sizeof first);
    ck_assert_int_eq(first[0], 0x1f);
    ck_assert_int_eq(first[1], 0x8b);
    idx_write("a.gz", bytes, 1, (int[]){ sizeof bytes });
    ck_assert_uint_eq(get_file("a.gz", second, sizeof second), n);
    ck_assert_mem_eq(first, second, n);
    // a name without .gz is no obstacle to reading
    rename("a.gz", "a");
    int size;
    uint8_t *got = idx_read("a", 1, &size, "Replace the file");
    ck_assert_mem_eq(got, bytes, sizeof bytes);
    free(got);
}
END_TEST

// --- files that are refused ------------------------------------------------------------------------

START_TEST(wrong_magic) {
    enter_folder();
    uint8_t file[512];
    size_t n = image_file(file);
    file[2] = 0x0d; // floats
    write_bytes("images", file, n);
    expect_refused("images", 3, "begins with the bytes 00 00 0d 03 instead of 00 00 08 03");
    put_gzip("images", file, n);
    expect_refused("images", 3, "begins with the bytes 00 00 0d 03 instead of 00 00 08 03");
    write_bytes("labels", file, label_file(file)); // one dimension where three are wanted
    expect_refused("labels", 3, "instead of 00 00 08 03");
    write_bytes("page", "<!DOCTYPE html>", 15);
    expect_refused("page", 1, "begins with the bytes 3c 21 44 4f");
}
END_TEST

START_TEST(sizes_that_disagree_with_the_file) {
    enter_folder();
    uint8_t file[512];
    size_t n = image_file(file);
    write_bytes("short", file, n - 1);
    expect_refused("short", 3, "announces 276 bytes of data in its header, but has only 275");
    put_gzip("short", file, n - 1);
    expect_refused("short", 3, "announces 276 bytes of data in its header, but has only 275");
    file[n] = 0;
    write_bytes("long", file, n + 1);
    expect_refused("long", 3, "goes on after the 276 bytes");
    put_gzip("long", file, n + 1);
    expect_refused("long", 3, "goes on after the 276 bytes");
    write_bytes("empty", file, 0);
    expect_refused("empty", 3, "is cut short");
    write_bytes("header", file, 15);
    expect_refused("header", 3, "is cut short");
}
END_TEST

// Sizes as an attacker would choose them: large, wrapping around to something small, or zero.
START_TEST(hostile_sizes) {
    enter_folder();
    static const struct {
        uint32_t size[3];
        const char *what;
    } cases[] = {
        { { 0xffffffff, 28, 28 }, "impossible size of 4294967295 in dimension 1" },
        { { 0xffffffff, 0xffffffff, 0xffffffff }, "impossible size of 4294967295 in dimension 1" },
        { { 1, 1, 0x80000000 }, "impossible size of 2147483648 in dimension 3" },
        { { 0x10000, 0x10000, 1 }, "impossible size of 65536 in dimension 2" }, // 2^32
        { { 0x00100001, 0x1000, 1 }, "impossible size of 4096 in dimension 2" },
        { { 0, 28, 28 }, "impossible size of 0 in dimension 1" },
        { { 28, 28, 0 }, "impossible size of 0 in dimension 3" },
        { { 0x7fffffff, 1, 1 }, "impossible size of 2147483647 in dimension 1" },
        { { 0x7ffffffe, 1, 1 }, "announces 2147483646 bytes of data in its header, but is only" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        uint8_t file[512];
        size_t n = image_file(file);
        for (int b = 0; b < 12; b++) {
            file[4 + b] = (uint8_t)(cases[c].size[b / 4] >> (24 - 8 * (b % 4)));
        }
        write_bytes("images", file, n);
        expect_refused("images", 3, cases[c].what);
        put_gzip("images", file, n);
        expect_refused("images", 3, cases[c].what);
    }
}
END_TEST

START_TEST(every_cut_is_noticed) {
    enter_folder();
    uint8_t file[512], packed[512];
    size_t n = image_file(file);
    put_gzip("whole.gz", file, n);
    size_t n_packed = get_file("whole.gz", packed, sizeof packed);
    for (size_t length = 0; length < n; length += length < 20 ? 1 : 17) {
        write_bytes("plain", file, length);
        expect_refused("plain", 3, length < 16 ? "cut short" : "announces 276 bytes");
    }
    for (size_t length = 0; length < n_packed; length++) {
        write_bytes("cut.gz", packed, length);
        expect_refused("cut.gz", 3, "Replace the file");
    }
    write_bytes("cut.gz", packed, n_packed - 1); // all the data are there, but not all the checksum
    expect_refused("cut.gz", 3, "is a gzip file that was cut short");
}
END_TEST

// Packed data of a size at which zlib hands them out without looking at what follows them.
enum { LONG = 100000, LONG_DIMS = 1 };

static size_t put_long(uint8_t *packed, size_t size, uint8_t *bytes) {
    for (int i = 0; i < LONG; i++) {
        bytes[i] = (uint8_t)((uint32_t)i * (uint32_t)i >> 7);
    }
    idx_write("long.gz", bytes, LONG_DIMS, (int[]){ LONG });
    return get_file("long.gz", packed, size);
}

static void read_same_long(void *expected) {
    int size;
    uint8_t *got = idx_read("bad.gz", LONG_DIMS, &size, "Replace the file");
    _exit(size == LONG && memcmp(got, expected, LONG) == 0 ? 0 : 2);
}

static void expect_damage(const uint8_t *packed, size_t n, uint8_t *bytes, const char *what) {
    int status;
    write_bytes("bad.gz", packed, n);
    char *message = death_message(read_same_long, bytes, &status);
    ck_assert_msg(status == 1 && strncmp(message, "error: bad.gz", 13) == 0, "%s: status %d, %s",
                  what, status, message);
    free(message);
}

START_TEST(the_trailer_is_judged_before_the_numbers) {
    static uint8_t bytes[LONG], packed[2 * LONG], twice[2 * LONG];
    char what[64];
    enter_folder();
    size_t n = put_long(packed, sizeof packed, bytes);
    for (size_t cut = 1; cut <= 20; cut++) {
        snprintf(what, sizeof what, "%zu bytes cut off", cut);
        expect_damage(packed, n - cut, bytes, what);
        packed[n / 2] ^= 16; // and a wrong byte
        expect_damage(packed, n - cut, bytes, what);
        packed[n / 2] ^= 16;
    }
    for (size_t at = 0; at < n; at += at < 30 || at >= n - 30 ? 1 : (n - 60) / 40) {
        if (at >= 3 && at < 10) {
            continue; // flags, the time, and the system: nothing that zlib must refuse
        }
        snprintf(what, sizeof what, "byte %zu of %zu wrong", at, n);
        packed[at] ^= 64;
        expect_damage(packed, n, bytes, what);
        packed[at] ^= 64;
    }
    // two gzip files, one after the other, are one
    int half = LONG / 3;
    uint8_t header[8] = { 0, 0, 8, 1, 0, LONG >> 16, LONG >> 8 & 255, LONG & 255 };
    gzFile file = gzopen("bad.gz", "wb");
    gzwrite(file, header, 8);
    gzwrite(file, bytes, (unsigned)half);
    gzclose(file);
    file = gzopen("bad.gz", "ab");
    gzwrite(file, bytes + half, (unsigned)(LONG - half));
    gzclose(file);
    int status;
    free(death_message(read_same_long, bytes, &status));
    ck_assert_int_eq(status, 0);
    n = get_file("bad.gz", twice, sizeof twice);
    for (size_t cut = 1; cut <= 20; cut++) {
        snprintf(what, sizeof what, "%zu bytes cut off two", cut);
        expect_damage(twice, n - cut, bytes, what);
    }
    idx_write("bad.gz.plain", bytes, LONG_DIMS, (int[]){ LONG });
    rename("bad.gz.plain", "bad.gz"); // not compressed, whatever its name says
    free(death_message(read_same_long, bytes, &status));
    ck_assert_int_eq(status, 0);
}
END_TEST

static void read_same_images(void *expected) {
    int size[3];
    uint8_t *got = idx_read("bad.gz", 3, size, "Replace the file");
    _exit(memcmp(got, expected, N * PIXELS) == 0 ? 0 : 2);
}

// A bit that flips in a gzip file is either of no consequence (the file's age) or noticed.
START_TEST(every_flipped_bit_is_noticed) {
    enter_folder();
    uint8_t file[512], packed[512];
    size_t n = image_file(file);
    put_gzip("whole.gz", file, n);
    size_t n_packed = get_file("whole.gz", packed, sizeof packed);
    int refused = 0;
    for (size_t i = 0; i < n_packed; i++) {
        packed[i] ^= (uint8_t)(1 << (i % 8));
        write_bytes("bad.gz", packed, n_packed);
        packed[i] ^= (uint8_t)(1 << (i % 8));
        int status;
        char *message = death_message(read_same_images, file + 16, &status);
        ck_assert_msg(status == 0 || (status == 1 && strncmp(message, "error: bad.gz", 13) == 0),
                      "byte %zu: status %d, %s", i, status, message);
        refused += status;
        free(message);
    }
    ck_assert_int_ge(refused,
                     (int)n_packed - 8); // gzip's header has 8 bytes without a meaning here
}
END_TEST

START_TEST(damaged_gzip) {
    enter_folder();
    uint8_t file[512], packed[512];
    put_gzip("bad.gz", file, image_file(file));
    size_t n = get_file("bad.gz", packed, sizeof packed);
    packed[n - 6] ^= 1; // in the checksum
    write_bytes("bad.gz", packed, n);
    expect_refused("bad.gz", 3, "is damaged");
}
END_TEST

START_TEST(not_a_file) {
    enter_folder();
    expect_refused("missing", 1, "No such file");
    mkdir("folder", 0777);
    expect_refused("folder", 1, "Is a directory");
}
END_TEST

// --- writing that fails ----------------------------------------------------------------------------

static void write_to_full_disk(void *path) {
    struct rlimit most = { 1000, 1000 };
    signal(SIGXFSZ, SIG_IGN); // a write beyond 1000 bytes fails, as on a full disk
    setrlimit(RLIMIT_FSIZE, &most);
    uint8_t bytes[100000];
    Rng rng = rng_create(1, RNG_DATA);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)rng_bits(&rng);
    }
    idx_write(path, bytes, 1, (int[]){ sizeof bytes });
}

START_TEST(full_disk) {
    enter_folder();
    expect_death(write_to_full_disk, "a", "cannot finish writing", "a:");
    expect_death(write_to_full_disk, "a.gz", "cannot finish writing", "a.gz:");
    ck_assert_int_eq(files_here(), 0);
    // what was there before is still there
    write_bytes("a.gz", "old", 3);
    expect_death(write_to_full_disk, "a.gz", "cannot finish writing", "a.gz");
    uint8_t bytes[16];
    ck_assert_uint_eq(get_file("a.gz", bytes, sizeof bytes), 3);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// --- data sets -------------------------------------------------------------------------------------

START_TEST(folder_is_loaded) {
    enter_folder();
    put_data_set("train");
    put_data_set("t10k");
    for (int part = TRAIN_SET; part <= TEST_SET; part++) {
        Dataset *data = dataset_load(".", (DatasetPart)part);
        ck_assert_int_eq(data->n, N);
        ck_assert_int_eq(data->rows, ROWS);
        ck_assert_int_eq(data->cols, COLS);
        for (int i = 0; i < N; i++) {
            ck_assert_int_eq(data->images[i * PIXELS], i);
            ck_assert_int_eq(data->labels[i], i % 10);
        }
        dataset_free(data);
    }
}
END_TEST

START_TEST(fashion_in_the_course_goes_before_the_package) {
    enter_folder();
    ck_assert(mkdir("data", 0755) == 0 && mkdir("data/fashion", 0755) == 0);
    ck_assert_int_eq(chdir("data/fashion"), 0);
    put_data_set("train");
    ck_assert_int_eq(chdir("../.."), 0);
    Dataset *data = dataset_load("fashion", TRAIN_SET);
    ck_assert_int_eq(data->n, N);
    dataset_free(data);
    ck_assert_int_eq(unlink("data/fashion/train-labels-idx1-ubyte.gz"), 0);
    expect_death(load_training_set, "fashion", "`make deps`", "data/fashion/train-labels-idx1");
}
END_TEST

START_TEST(plain_file_goes_before_gzip) {
    enter_folder();
    put_data_set("train");
    uint8_t file[512];
    size_t n = label_file(file);
    file[8] = 5;
    write_bytes("train-labels-idx1-ubyte", file, n);
    Dataset *data = dataset_load(".", TRAIN_SET);
    ck_assert_int_eq(data->labels[0], 5);
    dataset_free(data);
}
END_TEST

START_TEST(missing_data) {
    enter_folder();
    expect_death(load_training_set, "mnist", "`make mnist`", "data/mnist/train-images-idx3-ubyte");
    expect_death(load_training_set, "nowhere", "folder with four IDX files",
                 "nowhere/train-images-idx3-ubyte");
    put_data_set("train");
    unlink("train-labels-idx1-ubyte.gz");
    expect_death(load_training_set, ".", "there is no file", "./train-labels-idx1-ubyte");
}
END_TEST

START_TEST(labels_outside_0_to_9) {
    enter_folder();
    put_data_set("train");
    uint8_t file[512];
    size_t n = label_file(file);
    for (int label = 10; label <= 255; label += 245) {
        char what[64];
        snprintf(what, sizeof what, "the label %d for image 22", label);
        file[n - 1] = (uint8_t)label;
        put_gzip("train-labels-idx1-ubyte.gz", file, n);
        expect_death(load_training_set, ".", what, "./train-labels-idx1-ubyte.gz");
    }
}
END_TEST

START_TEST(counts_that_differ) {
    enter_folder();
    put_data_set("train");
    uint8_t file[512];
    size_t n = label_file(file);
    file[7] = N - 1;
    put_gzip("train-labels-idx1-ubyte.gz", file, n - 1);
    expect_death(load_training_set, ".", "train-images-idx3-ubyte has 23 images",
                 "train-labels-idx1-ubyte.gz has 22 labels");
}
END_TEST

START_TEST(no_images) {
    enter_folder();
    put_data_set("train");
    const uint8_t images[16] = { 0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28 };
    write_bytes("train-images-idx3-ubyte", images, sizeof images);
    expect_death(load_training_set, ".", "impossible size of 0", "train-images-idx3-ubyte");
}
END_TEST

// The counts and the mean pixel are those that the data set's authors and its users publish.
START_TEST(fashion_mnist) {
    double before = clock_peak_mib();
    Dataset *data = dataset_load("fashion", TRAIN_SET);
    double grown = clock_peak_mib() - before;
    ck_assert_msg(grown < 60.0, "45 MiB of images took %.0f MiB", grown);
    Dataset *test = dataset_load("fashion", TEST_SET);
    ck_assert_int_eq(data->n, 60000);
    ck_assert_int_eq(test->n, 10000);
    ck_assert(data->rows == 28 && data->cols == 28 && test->rows == 28 && test->cols == 28);
    int count[10] = { 0 }, test_count[10] = { 0 };
    uint64_t sum = 0;
    for (int i = 0; i < data->n; i++) {
        count[data->labels[i]]++;
    }
    for (int i = 0; i < test->n; i++) {
        test_count[test->labels[i]]++;
    }
    for (int p = 0; p < 60000 * 784; p++) {
        sum += data->images[p];
    }
    for (int c = 0; c < 10; c++) {
        ck_assert_int_eq(count[c], 6000);
        ck_assert_int_eq(test_count[c], 1000);
    }
    ck_assert_double_eq_tol((double)sum / 255.0 / (60000.0 * 784.0), 0.2860, 5e-5);
    ck_assert_str_eq(dataset_class_name("fashion", data->labels[0]), "ankle boot");
    ck_assert_str_eq(dataset_class_name("fashion", 1), "trouser");
    ck_assert_str_eq(dataset_class_name("mnist", 7), "7");
    dataset_free(data);
    dataset_free(test);
}
END_TEST

// --- floats and batches ----------------------------------------------------------------------------

// Image i holds i in its first two bytes, and its label is i % 10.
static Dataset *numbered(int n) {
    Dataset *data = alloc_bytes(sizeof *data);
    uint8_t *images = alloc_bytes((size_t)n * PIXELS), *labels = alloc_bytes((size_t)n);
    for (int i = 0; i < n; i++) {
        images[i * PIXELS] = (uint8_t)(i >> 8);
        images[i * PIXELS + 1] = (uint8_t)i;
        labels[i] = (uint8_t)(i % 10);
    }
    *data = (Dataset){ n, ROWS, COLS, images, labels };
    return data;
}

static int number_of(const float *image) {
    return (int)lrintf(image[0] * 255) << 8 | (int)lrintf(image[1] * 255);
}

START_TEST(bytes_become_floats) {
    uint8_t bytes[2 * 256], labels[2] = { 3, 8 };
    for (int v = 0; v < 256; v++) {
        bytes[v] = (uint8_t)v;
        bytes[256 + v] = (uint8_t)(255 - v);
    }
    Dataset data = { 2, 16, 16, bytes, labels };
    float x[3 * 256];
    int got[3];
    dataset_take(x, got, &data, (int[]){ 1, 0, 1 }, 3);
    ck_assert(got[0] == 8 && got[1] == 3 && got[2] == 8);
    for (int v = 0; v < 256; v++) {
        float exact = (float)v / 255.0f;
        ck_assert_float_le(fabsf(x[256 + v] - exact), exact * 0x1p-23f);
        ck_assert_float_eq(x[255 - v], x[256 + v]);
        ck_assert_float_eq(x[512 + 255 - v], x[256 + v]);
    }
    ck_assert(x[256] == 0.0f && x[256 + 255] == 1.0f);
    dataset_take(x, NULL, &data, (int[]){ 0 }, 1);
    ck_assert_float_eq(x[255], 1.0f);
}
END_TEST

static void take_beyond_the_end(void *data) {
    float x[PIXELS];
    dataset_take(x, NULL, data, (int[]){ 5 }, 1);
}

START_TEST(place_outside_the_data_is_a_bug) {
    Dataset *data = numbered(5);
    int status;
    char *message = death_message(take_beyond_the_end, data, &status);
    ck_assert_int_eq(status, 128 + SIGABRT);
    ck_assert_ptr_nonnull(strstr(message, "image 5 of 5"));
    free(message);
    dataset_free(data);
}
END_TEST

// Walks one epoch; writes the order of the images to order (n). Checks sizes and labels.
static void walk(Batches *batches, int *order) {
    float *x = alloc_floats((size_t)batches->batch * PIXELS);
    int *labels = alloc_bytes((size_t)batches->batch * sizeof *labels), seen = 0, n;
    while ((n = batches_next(batches, x, labels)) > 0) {
        int left = batches->n - seen;
        ck_assert_int_eq(n, left < batches->batch ? left : batches->batch);
        for (int i = 0; i < n; i++) {
            order[seen + i] = number_of(x + i * PIXELS);
            ck_assert_int_eq(labels[i], order[seen + i] % 10);
        }
        seen += n;
    }
    ck_assert_int_eq(seen, batches->n);
    free(x);
    free(labels);
}

START_TEST(an_epoch_shows_each_image_once) {
    enum { IMAGES = 1000 };
    Dataset *data = numbered(IMAGES);
    const int sizes[] = { 1, 7, 128, 250, 999, 1000, 5000 };
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        Batches batches =
            batches_create(data, NULL, 0, IMAGES, sizes[s], rng_create(1, RNG_SHUFFLE));
        int order[3][IMAGES];
        for (int epoch = 0; epoch < 3; epoch++) {
            walk(&batches, order[epoch]);
            int seen[IMAGES] = { 0 }, in_place = 0;
            for (int i = 0; i < IMAGES; i++) {
                seen[order[epoch][i]]++;
                in_place += order[epoch][i] == (epoch ? order[epoch - 1][i] : i);
            }
            for (int i = 0; i < IMAGES; i++) {
                ck_assert_int_eq(seen[i], 1);
            }
            ck_assert_int_lt(in_place, 10); // on average 1 stays where it was
        }
        batches_free(&batches);
    }
    dataset_free(data);
}
END_TEST

START_TEST(the_seed_decides_the_order) {
    enum { IMAGES = 300 };
    Dataset *data = numbered(IMAGES);
    int order[3][2 * IMAGES];
    for (int k = 0; k < 3; k++) {
        Rng rng = rng_create(k == 2 ? 2 : 1, RNG_SHUFFLE);
        Batches batches = batches_create(data, NULL, 0, IMAGES, k == 1 ? 64 : 32, rng);
        walk(&batches, order[k]);
        walk(&batches, order[k] + IMAGES);
        batches_free(&batches);
    }
    ck_assert_mem_eq(order[0], order[1], sizeof order[0]); // the batch size changes nothing
    ck_assert_mem_ne(order[0], order[2], sizeof order[0]);
    dataset_free(data);
}
END_TEST

START_TEST(a_split_shares_nothing) {
    enum { IMAGES = 500, TRAINING = 400 };
    Dataset *data = numbered(IMAGES);
    int permutation[IMAGES], seen[IMAGES] = { 0 }, order[IMAGES];
    for (int i = 0; i < IMAGES; i++) {
        permutation[i] = i;
    }
    Rng rng = rng_create(3, RNG_SHUFFLE);
    rng_shuffle(&rng, permutation, IMAGES);
    Batches training = batches_create(data, permutation, 0, TRAINING, 64, rng);
    Batches validation = batches_create(data, permutation, TRAINING, IMAGES - TRAINING, 64, rng);
    walk(&training, order);
    walk(&validation, order + TRAINING);
    for (int i = 0; i < IMAGES; i++) {
        seen[order[i]]++;
    }
    for (int i = 0; i < IMAGES; i++) {
        ck_assert_int_eq(seen[permutation[i]], 1);
    }
    // without a permutation: places first … first+n-1
    Batches middle = batches_create(data, NULL, 100, 50, 64, rng);
    walk(&middle, order);
    for (int i = 0; i < 50; i++) {
        ck_assert(order[i] >= 100 && order[i] < 150);
    }
    batches_free(&training);
    batches_free(&validation);
    batches_free(&middle);
    dataset_free(data);
}
END_TEST

// n pictures of 28 × 28 in the current folder.
static void put_pictures(int n) {
    uint8_t *pictures = alloc_bytes((size_t)n * 784), *classes = alloc_bytes((size_t)n);
    idx_write("train-images-idx3-ubyte", pictures, 3, (int[]){ n, 28, 28 });
    idx_write("train-labels-idx1-ubyte", classes, 1, (int[]){ n });
    free(pictures);
    free(classes);
}

START_TEST(one_image_in_twelve_is_for_validation) {
    enum { IMAGES = 50 };
    static const int cases[][3] = { { 12, 1, 11 }, { 23, 1, 22 },       { 24, 2, 22 },
                                    { 49, 4, 45 }, { IMAGES, 4, 46 },   { IMAGES + 1, 4, 46 },
                                    { 60, 4, 46 }, { INT32_MAX, 4, 46 } };
    enter_folder();
    put_pictures(IMAGES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Split split = split_open(".", cases[i][0], 1);
        ck_assert_int_eq(split.data->n, IMAGES);
        ck_assert_int_eq(split.n_valid, cases[i][1]);
        ck_assert_int_eq(split.n_train, cases[i][2]);
        Batches batches = split_batches(&split, 7, 1);
        ck_assert_ptr_eq(batches.data, split.data);
        ck_assert_int_eq(batches.n, split.n_train);
        ck_assert_int_eq(batches.batch, 7);
        int seen[IMAGES] = { 0 }, places = 0;
        for (int k = 0; k < split.n_valid; k++) {
            seen[split.order[k]]++;
        }
        for (int k = 0; k < batches.n; k++) {
            seen[batches.order[k]]++;
        }
        for (int k = 0; k < IMAGES; k++) {
            ck_assert_int_le(seen[k], 1);
            places += seen[k];
        }
        ck_assert_int_eq(places, split.n_valid + split.n_train);
        batches_free(&batches);
        split_close(&split);
    }
}
END_TEST

START_TEST(the_seed_decides_the_split) {
    enum { IMAGES = 50 };
    const size_t bytes = IMAGES * sizeof(int);
    enter_folder();
    put_pictures(IMAGES);
    Split split = split_open(".", IMAGES, 1), again = split_open(".", IMAGES, 1);
    Split fewer = split_open(".", 12, 1), other = split_open(".", IMAGES, 2);
    ck_assert_mem_eq(split.order, again.order, bytes);
    ck_assert_mem_eq(split.order, fewer.order, bytes);
    ck_assert_mem_ne(split.order, other.order, bytes);
    int *order = random_order(IMAGES, rng_create(1, RNG_DATA));
    ck_assert_mem_eq(split.order, order, bytes);
    // so do the batches: by a stream of their own
    Batches batches = split_batches(&split, 8, 3), twin = split_batches(&again, 8, 3);
    Batches by_hand = batches_create(split.data, order, 4, 46, 8, rng_create(3, RNG_SHUFFLE));
    float x[8 * 784];
    for (int i = 0; i < 10; i++) {
        int n = batches_next(&batches, x, NULL);
        ck_assert_int_eq(batches_next(&twin, x, NULL), n);
        ck_assert_int_eq(batches_next(&by_hand, x, NULL), n);
        ck_assert_mem_eq(batches.order, twin.order, 46 * sizeof(int));
        ck_assert_mem_eq(batches.order, by_hand.order, 46 * sizeof(int));
    }
    free(order);
    batches_free(&batches);
    batches_free(&twin);
    batches_free(&by_hand);
    split_close(&split);
    split_close(&again);
    split_close(&fewer);
    split_close(&other);
    ck_assert_ptr_null(split.data);
}
END_TEST

static void split_here(void *images) {
    Split split = split_open(".", *(int *)images, 1);
    split_close(&split);
}

START_TEST(too_few_to_split) {
    enter_folder();
    int images = 60000;
    put_pictures(11);
    assert_refused(split_here, &images, "11 images to cut in two"); // dataset_require comes before
    put_pictures(12);
    images = 11; // the option's range is the lesson's business
    assert_refused(split_here, &images, "11 images to cut in two");
}
END_TEST

START_TEST(order_place_and_generator_are_the_whole_state) {
    enum { IMAGES = 50, BATCH = 8 };
    Dataset *data = numbered(IMAGES);
    float x[BATCH * PIXELS], y[BATCH * PIXELS];
    Batches batches = batches_create(data, NULL, 0, IMAGES, BATCH, rng_create(1, RNG_SHUFFLE));
    for (int i = 0; i < 10; i++) { // into the second epoch
        batches_next(&batches, x, NULL);
    }
    Batches resumed = batches_create(data, batches.order, 0, IMAGES, BATCH, batches.rng);
    resumed.next = batches.next;
    for (int i = 0; i < 20; i++) {
        int n = batches_next(&batches, x, NULL);
        ck_assert_int_eq(batches_next(&resumed, y, NULL), n);
        ck_assert_mem_eq(x, y, (size_t)n * PIXELS * sizeof *x);
    }
    batches_free(&batches);
    batches_free(&resumed);
    dataset_free(data);
}
END_TEST

// --- what a lesson needs ---------------------------------------------------------------------------

// A part in the current folder: n pictures, of the classes in turn; shade of the first one's first pixel.
static void put_part(const char *part, int n, int rows, int cols, const char *classes, int shade) {
    char name[64];
    uint8_t *pictures = calloc((size_t)n, (size_t)(rows * cols)), *labels = alloc_bytes((size_t)n);
    pictures[0] = (uint8_t)shade;
    for (int i = 0; i < n; i++) {
        labels[i] = (uint8_t)(classes[(size_t)i % strlen(classes)] - '0');
    }
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", part);
    idx_write(name, pictures, 3, (int[]){ n, rows, cols });
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", part);
    idx_write(name, labels, 1, (int[]){ n });
    free(pictures);
    free(labels);
}

static void require_here(void *needs) {
    dataset_require(".", needs);
}

START_TEST(a_lesson_gets_what_it_needs) {
    static const Needs all = { .who = "lesson 99",
                               .side = 28,
                               .train = 40,
                               .test = 20,
                               .test_for = "for a reason",
                               .classes = ALL_CLASSES,
                               .each = 4,
                               .each_test = 2,
                               .kinds = 10,
                               .differ = true };
    static const struct {
        int train, rows, cols, test, test_rows, test_cols;
        const char *classes, *test_classes;
        int shade;
        const char *text; // NULL: accepted
    } cases[] = {
        { 40, 28, 28, 20, 28, 28, "0123456789", "0123456789", 255, NULL },
        { 39, 28, 28, 20, 28, 28, "0123456789", "0123456789", 255,
          "lesson 99 needs at least 40 training pictures, and --data . has 39. Choose other "
          "--data: " },
        { 40, 28, 28, 19, 28, 28, "0123456789", "0123456789", 255,
          "at least 20 test pictures for a reason, and --data . has 19" },
        { 40, 28, 32, 20, 28, 28, "0123456789", "0123456789", 255,
          "lesson 99 needs pictures of 28 × 28 pixels, and the training pictures of --data . have "
          "28 × 32" },
        { 40, 28, 28, 20, 1, 28, "0123456789", "0123456789", 255,
          "the test pictures of --data . have 1 × 28" },
        { 40, 28, 28, 20, 28, 28, "012345689", "0123456789", 255,
          "lesson 99 needs at least 4 training pictures of class 7, and --data . has 0" },
        { 400, 28, 28, 20, 28, 28, "0123456789", "012345678", 255,
          "at least 2 test pictures of class 9, and --data . has 0" },
        { 40, 28, 28, 20, 28, 28, "0123456789", "0123456789", 0,
          "training pictures that differ, and all 40 of --data . are the same" },
    };
    enter_folder();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_part("train", cases[i].train, cases[i].rows, cases[i].cols, cases[i].classes,
                 cases[i].shade);
        put_part("t10k", cases[i].test, cases[i].test_rows, cases[i].test_cols,
                 cases[i].test_classes, 0);
        if (cases[i].text) {
            expect_death(require_here, (void *)&all, cases[i].text, "docs/own-data.md");
        } else {
            dataset_require(".", &all);
        }
    }
    dataset_require(".", &(Needs){ .who = "lesson 98", .train = 1, .test = 1 }); // any pictures
    Needs two = { .who = "lesson 97", .train = 1, .kinds = 2, .choose = "--classes" };
    put_part("train", 5, 28, 28, "3", 0);
    expect_death(require_here, &two,
                 "at least 2 classes, and all training pictures of --data . are",
                 "of class 3. Choose other --classes or other --data: ");
    two.option = "--pictures";
    expect_death(require_here, &two, "all training pictures of --pictures . are",
                 "Choose other --classes or other --pictures: ");
    Needs any = { .who = "lesson 96", .train = 1, .test = 1 };
    put_part("train", 5, 14, 28, "3", 0); // as many pixels, but not the same pictures
    put_part("t10k", 5, 28, 14, "3", 0);
    expect_death(require_here, &any, "of one size", "14 × 28 and 28 × 14");
    put_part("t10k", 5, 14, 27, "3", 0);
    expect_death(require_here, &any, "of one size", "14 × 28 and 14 × 27");
    put_part("t10k", 5, 13, 28, "3", 0);
    expect_death(require_here, &any, "of one size", "14 × 28 and 13 × 28");
    Needs apart = { .who = "lesson 94", .train = 1, .test = 1, .apart = true };
    put_part("train", 6, 28, 28, "3", 255); // one is light, five are black
    put_part("t10k", 6, 28, 28, "3", 254);  // and here, but not in the same way
    expect_death(require_here, &apart,
                 "lesson 94 needs test pictures that are no training pictures",
                 "5 of the 6 of --data . are");
    put_part("t10k", 2, 28, 28, "3", 254); // half of them
    dataset_require(".", &apart);
    unlink("t10k-images-idx3-ubyte");
    dataset_require(".", &(Needs){ .who = "lesson 95", .train = 5 }); // the test is not looked at
}
END_TEST

START_TEST(other_things_than_data_are_called_by_their_names) {
    static const struct {
        const char *bytes, *kind;
    } others[] = { { "\x89PNG\r\n\x1a\n....", "a PNG picture" },
                   { "\xff\xd8\xff\xe0..JFIF..", "a JPEG picture" },
                   { "GIF89a......", "a GIF picture" },
                   { "BM..........", "a BMP picture" },
                   { "PK\3\4........", "a zip archive" },
                   { "\x93NUMPY.......", "a NumPy array" } };
    enter_folder();
    put_data_set("train");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char text[80];
        snprintf(text, sizeof text, "is %s, where an IDX file was expected", others[i].kind);
        write_bytes("train-images-idx3-ubyte", others[i].bytes, 12);
        expect_refused("train-images-idx3-ubyte", 3, text);
        expect_death(load_training_set, ".", text, "docs/own-data.md");
    }
    expect_death(load_training_set, "train-images-idx3-ubyte",
                 "train-images-idx3-ubyte is a file", "a folder with four IDX files");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("dataset");
    CASE(s, "one file", file_has_the_published_form, sizes_are_big_endian,
         round_trip_plain_and_gzip, gzip_is_gzip_and_always_the_same);
    CASE(s, "refused", wrong_magic, sizes_that_disagree_with_the_file, hostile_sizes,
         every_cut_is_noticed, every_flipped_bit_is_noticed, damaged_gzip,
         the_trailer_is_judged_before_the_numbers, not_a_file, full_disk);
    CASE(s, "data sets", folder_is_loaded, fashion_in_the_course_goes_before_the_package,
         plain_file_goes_before_gzip, missing_data, labels_outside_0_to_9, counts_that_differ,
         no_images, fashion_mnist);
    CASE(s, "needs", a_lesson_gets_what_it_needs, other_things_than_data_are_called_by_their_names);
    CASE(s, "batches", bytes_become_floats, place_outside_the_data_is_a_bug,
         an_epoch_shows_each_image_once, the_seed_decides_the_order, a_split_shares_nothing,
         order_place_and_generator_are_the_whole_state);
    CASE(s, "split", one_image_in_twelve_is_for_validation, the_seed_decides_the_split,
         too_few_to_split);
    return s;
}
