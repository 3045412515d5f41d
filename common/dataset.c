#include "dataset.h"
#include "die.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/*
## The IDX format

The format was made for MNIST and is as plain as a format can be: a few numbers that say what follows, then the bytes of one
array. Look at the first 32 bytes of the training images,

    zcat /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz | od -A d -t x1 -N 32

and you will find

| byte | value | meaning |
|---|---|---|
| 0, 1 | `00 00` | always zero |
| 2 | `08` | an element is an unsigned byte (`0d` would be a float) |
| 3 | `03` | the array has three dimensions |
| 4 to 7 | `00 00 ea 60` | 60,000 images: $234 \cdot 256 + 96$ |
| 8 to 11 | `00 00 00 1c` | 28 rows |
| 12 to 15 | `00 00 00 1c` | 28 columns |
| 16 … | `00 00 00 …` | $60{,}000 \cdot 28 \cdot 28$ pixels: the first image's first row, its second row, …, the second image, … |

The first four bytes are called the magic number: whoever finds them wrong has opened some other file. Sizes are written with
the most significant byte first, while the processors of today keep the least significant one first; so we put a size
together from its bytes, which is right on either. A file of labels has one dimension: `00 00 08 01`, then `00 00 ea 60`,
then the 60,000 labels.

## Reading

A header is a claim, and the file may be damaged, cut short, or something else altogether. Suppose we believed it: sizes of
`ff ff ff ff` would have us ask for more memory than there is, or, when their product wraps around, for far too little and
then write past its end. Hence this order: read the header, bound each size and their product, compare with the length of the
file, and only then ask for memory. A gzip file does not tell its unpacked length beforehand, but there is a bound: at its
best the method packs 258 bytes into 2 bits, so no file unpacks to more than 1032 times its length.

After the data there must be nothing. To know that, we try to read one byte more, and this has a second use: only on reaching
the end does zlib compare the checksum that gzip keeps there. A gzip file that is cut short unpacks without complaint as far
as it goes, which is why the error state is looked at after *every* read.
*/

enum { MOST_DIMS = 4, MOST_GZIP_RATIO = 1032 };

_Noreturn static void bad_file(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

_Noreturn static void bad_file(const char *path, const char *format, ...) {
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    die("%s %s. Replace the file: data/README.md says where it comes from", path, what);
}

// Reads up to n bytes and returns how many there were; dies when the file is damaged.
static size_t read_bytes(gzFile file, const char *path, uint8_t *bytes, size_t n) {
    errno = 0;
    int got = gzread(file, bytes, (unsigned)n);
    int error;
    gzerror(file, &error);
    if (error == Z_BUF_ERROR) {
        bad_file(path, "is a gzip file that was cut short");
    }
    if (got < 0 || error != Z_OK) {
        bad_file(path, "cannot be read: %s",
                 error == Z_ERRNO ? strerror(errno) : "it is damaged, gzip cannot unpack it");
    }
    return (size_t)got;
}

// Checks the magic number, fills size (dims) and returns the number of bytes that must follow.
static size_t read_header(gzFile file, const char *path, int dims, int size[]) {
    uint8_t header[4 + 4 * MOST_DIMS];
    size_t length = 4 + 4 * (size_t)dims;
    if (read_bytes(file, path, header, length) < length) {
        bad_file(path, "is cut short: not even its header of %zu bytes is complete", length);
    }
    const uint8_t magic[4] = { 0, 0, 8, (uint8_t)dims };
    if (memcmp(header, magic, sizeof magic) != 0) {
        bad_file(path,
                 "is not an IDX file of the kind that was expected: it begins with the bytes "
                 "%02x %02x %02x %02x instead of 00 00 08 %02x",
                 header[0], header[1], header[2], header[3], (unsigned)dims);
    }
    uint64_t bytes = 1;
    for (int i = 0; i < dims; i++) {
        const uint8_t *b = &header[4 + 4 * i];
        uint32_t n = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        bytes *= n; // below 2^31 · 2^32
        if (bytes == 0 || bytes > INT_MAX) {
            bad_file(path, "has an impossible size of %u in dimension %d of its header", n, i + 1);
        }
        size[i] = (int)n;
    }
    return (size_t)bytes;
}

uint8_t *idx_read(const char *path, int dims, int size[]) {
    require(dims >= 1 && dims <= MOST_DIMS, "%d dimensions", dims);
    int descriptor = open(path, O_RDONLY);
    struct stat info;
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        die("cannot open %s: %s. Check its name and its permissions", path, strerror(errno));
    }
    gzFile file = gzdopen(descriptor, "rb");
    if (!file) {
        die("not enough memory to read %s. Close other programs", path);
    }
    size_t bytes = read_header(file, path, dims, size);
    uint64_t most = (uint64_t)info.st_size * (gzdirect(file) ? 1 : MOST_GZIP_RATIO);
    if (bytes > most) {
        bad_file(path, "announces %zu bytes of data in its header, but is only %lld bytes long",
                 bytes, (long long)info.st_size);
    }
    uint8_t *data = alloc_bytes(bytes);
    size_t got = read_bytes(file, path, data, bytes);
    if (got < bytes) {
        bad_file(path, "announces %zu bytes of data in its header, but has only %zu", bytes, got);
    }
    uint8_t more;
    if (read_bytes(file, path, &more, 1) > 0) {
        bad_file(path, "goes on after the %zu bytes of data that its header announces", bytes);
    }
    if (gzclose(file) != Z_OK) {
        bad_file(path, "cannot be read to its end");
    }
    return data;
}

/*
## Writing

The same bytes, the other way round. For gzip, zlib's `deflate` fills a small buffer again and again and we write out each
filling; 16 added to the window size asks for gzip's header and checksum. The time of day, which gzip files may carry, is
left out, so that the same data give the same file. A write that fails leaves its mark in the stream, where `file_commit`
finds it.
*/

static void deflate_to(FILE *out, z_stream *z, const uint8_t *bytes, size_t n, int flush) {
    uint8_t buffer[16384];
    z->next_in = (Bytef *)bytes;
    z->avail_in = (uInt)n;
    do {
        z->next_out = buffer;
        z->avail_out = sizeof buffer;
        deflate(z, flush);
        fwrite(buffer, 1, sizeof buffer - z->avail_out, out);
    } while (z->avail_out == 0);
}

void idx_write(const char *path, const uint8_t *bytes, int dims, const int size[]) {
    require(dims >= 1 && dims <= MOST_DIMS, "%d dimensions", dims);
    uint8_t header[4 + 4 * MOST_DIMS] = { 0, 0, 8, (uint8_t)dims };
    size_t length = 4 + 4 * (size_t)dims, n = 1;
    for (int i = 0; i < dims; i++) {
        require(size[i] > 0 && n <= INT_MAX / (size_t)size[i], "size %d in dimension %d", size[i],
                i + 1);
        n *= (size_t)size[i];
        for (int b = 0; b < 4; b++) {
            header[4 + 4 * i + b] = (uint8_t)(size[i] >> (24 - 8 * b));
        }
    }
    OutFile *file = file_create(path);
    FILE *out = file_stream(file);
    const char *ending = strrchr(path, '.');
    if (ending && strcmp(ending, ".gz") == 0) {
        z_stream z = { 0 };
        if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
            Z_OK) {
            die("not enough memory to compress %s. Close other programs", path);
        }
        deflate_to(out, &z, header, length, Z_NO_FLUSH);
        deflate_to(out, &z, bytes, n, Z_FINISH);
        deflateEnd(&z);
    } else {
        fwrite(header, 1, length, out);
        fwrite(bytes, 1, n, out);
    }
    file_commit(file);
}

/*
## A data set

Four files make one: images and labels, for training (`train-…`) and for the test (`t10k-…`, ten thousand). Whoever has none
of them has most likely not run the command that brings them, so that is what the message says.
*/

// The path of a file, with .gz where only that is there. The caller frees it.
static char *find_file(const char *which, const char *folder, const char *part, const char *name) {
    size_t size = strlen(folder) + strlen(part) + strlen(name) + sizeof "/.gz";
    char *path = alloc_bytes(size);
    snprintf(path, size, "%s/%s%s", folder, part, name);
    if (access(path, F_OK) == 0) {
        return path;
    }
    strcat(path, ".gz");
    if (access(path, F_OK) == 0) {
        return path;
    }
    if (strcmp(which, "fashion") == 0) {
        die("there is no file %s. Fashion-MNIST is not installed: run `make deps`", path);
    }
    if (strcmp(which, "mnist") == 0) {
        die("there is no file %s. Fetch the handwritten digits with `make mnist`, and start from "
            "the folder that holds data/",
            path);
    }
    die("there is no file %s, nor one without .gz. The data \"%s\" are neither fashion nor mnist, "
        "so they must be a folder with four files: data/README.md names them",
        path, which);
}

Dataset *dataset_load(const char *which, DatasetPart part) {
    const char *folder = strcmp(which, "fashion") == 0 ? "/usr/share/datasets/fashion-mnist"
                         : strcmp(which, "mnist") == 0 ? "data/mnist"
                                                       : which;
    const char *name = part == TRAIN_SET ? "train" : "t10k";
    char *images = find_file(which, folder, name, "-images-idx3-ubyte");
    char *labels = find_file(which, folder, name, "-labels-idx1-ubyte");

    int size[3], n_labels;
    Dataset *data = alloc_bytes(sizeof *data);
    data->images = idx_read(images, 3, size);
    data->labels = idx_read(labels, 1, &n_labels);
    if (n_labels != size[0]) {
        die("%s has %d images, but %s has %d labels. Replace the one that is wrong: data/README.md "
            "says where they come from",
            images, size[0], labels, n_labels);
    }
    for (int i = 0; i < n_labels; i++) {
        if (data->labels[i] > 9) {
            bad_file(labels, "has the label %d for image %d, where 0 to 9 are possible",
                     data->labels[i], i);
        }
    }
    data->n = size[0];
    data->rows = size[1];
    data->cols = size[2];
    free(images);
    free(labels);
    return data;
}

void dataset_free(Dataset *data) {
    free((void *)data->images);
    free((void *)data->labels);
    free(data);
}

void dataset_expect(const Dataset *data, const char *which, int rows, int cols, int least) {
    if (data->rows != rows || data->cols != cols || data->n < least) {
        die("--data %s has %d images of %d × %d pixels; this lesson needs at least %d of %d × %d. "
            "Choose another --data",
            which, data->n, data->rows, data->cols, least, rows, cols);
    }
}

void dataset_check(const char *which, DatasetPart part, int rows, int cols, int least) {
    Dataset *data = dataset_load(which, part);
    dataset_expect(data, which, rows, cols, least);
    dataset_free(data);
}

const char *dataset_class_name(const char *which, int label) {
    static const char *const clothes[] = {
        "T-shirt", "trouser", "pullover", "dress", "coat",
        "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"
    };
    static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };
    require(label >= 0 && label <= 9, "label %d", label);
    return strcmp(which, "fashion") == 0 ? clothes[label] : digits[label];
}

/*
## From bytes to floats

This is on the path of every training step, and it is a plain loop on purpose: the compiler turns it into vector
instructions that convert 16 or more pixels at a time. Most of the time goes into waiting for images that lie anywhere
in 45 MiB, so the threads share them out. A division takes several times as long as a multiplication, so we multiply
by $1/255$, rounded once; 255 still becomes exactly 1.
*/

void dataset_take(float *x, int *labels, const Dataset *data, const int *index, int n) {
    size_t pixels = (size_t)data->rows * (size_t)data->cols;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < n; i++) {
        require(index[i] >= 0 && index[i] < data->n, "image %d of %d", index[i], data->n);
        const uint8_t *image = data->images + (size_t)index[i] * pixels;
        float *row = x + (size_t)i * pixels;
        for (size_t p = 0; p < pixels; p++) {
            row[p] = (float)image[p] * (1.0f / 255.0f);
        }
        if (labels) {
            labels[i] = data->labels[index[i]];
        }
    }
}

/*
## Batches

The order is shuffled at the moment when an epoch begins, not before: until then the generator has not moved. So the order,
the place in it and the generator's state together say exactly where a training run stands, and a run that is resumed from
them sees the batches it would have seen. Each epoch shuffles the order of the one before: from any order, a shuffle makes
every order equally likely.
*/

Batches batches_create(const Dataset *data, const int *permutation, int first, int n, int batch,
                       Rng rng) {
    require(first >= 0 && n > 0 && batch > 0, "first %d, n %d, batch %d", first, n, batch);
    require(permutation || first <= data->n - n, "places %d to %d of %d", first, first + n - 1,
            data->n);
    Batches batches = { .data = data, .n = n, .batch = batch, .rng = rng };
    batches.order = alloc_bytes((size_t)n * sizeof *batches.order);
    for (int i = 0; i < n; i++) {
        batches.order[i] = permutation ? permutation[first + i] : first + i;
    }
    return batches;
}

void batches_free(Batches *batches) {
    free(batches->order);
    *batches = (Batches){ 0 };
}

int batches_next(Batches *batches, float *x, int *labels) {
    if (batches->next == 0) {
        rng_shuffle(&batches->rng, batches->order, batches->n);
    }
    int left = batches->n - batches->next;
    int n = left < batches->batch ? left : batches->batch;
    dataset_take(x, labels, batches->data, batches->order + batches->next, n);
    batches->next = n > 0 ? batches->next + n : 0;
    return n;
}

int batches_next_endless(Batches *batches, float *x, int *labels) {
    int n = batches_next(batches, x, labels);
    return n > 0 ? n : batches_next(batches, x, labels);
}

/*
## Training and validation

The order that is cut is drawn from one stream of random numbers, `RNG_DATA`, and the order of the batches from another,
`RNG_SHUFFLE`. So all networks of a run can be given batches from the beginning of the same stream, and which images are for
validation does not depend on how many of them there have been.
*/

int *random_order(int n, Rng rng) {
    int *order = alloc_bytes((size_t)n * sizeof *order);
    for (int i = 0; i < n; i++) {
        order[i] = i;
    }
    rng_shuffle(&rng, order, n);
    return order;
}

Split split_open(const char *which, int images, uint64_t seed) {
    enum { ONE_IN = 12 };
    require(images >= ONE_IN, "%d images to cut in two", images);
    Split split = { .data = dataset_load(which, TRAIN_SET) };
    dataset_expect(split.data, which, 28, 28, ONE_IN);
    int n = images < split.data->n ? images : split.data->n;
    split.order = random_order(split.data->n, rng_create(seed, RNG_DATA));
    split.n_valid = n / ONE_IN;
    split.n_train = n - split.n_valid;
    return split;
}

void split_close(Split *split) {
    dataset_free(split->data);
    free(split->order);
    *split = (Split){ 0 };
}

Batches split_batches(const Split *split, int batch, uint64_t seed) {
    return batches_create(split->data, split->order, split->n_valid, split->n_train, batch,
                          rng_create(seed, RNG_SHUFFLE));
}
