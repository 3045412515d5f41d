#include "data/dataset.h"
#include "base/die.h"
#include "base/file.h"

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

After the data there must be nothing, and what we got must be what was written: behind its data gzip keeps their
checksum and their length. zlib compares them when it comes to the end of what was packed, and not before. Asked for the
announced bytes only, it stops when it has them, and a file that was cut just there, trailer and all, is not told from a
whole one; neither is a wrong byte in it. So we ask for *one byte more* than was announced, in the same breath: to say
that there is none, zlib has to go on to the end, and through the trailer. The error state is looked at after every read,
before any of the numbers is used.

Who is given something else than an IDX file should learn what it is. Pictures in other formats are what people have, so
their first bytes are known here.
*/

enum { MOST_DIMS = 4, MOST_GZIP_RATIO = 1032 };

// A file that is read, and what to do when it is no good.
typedef struct {
    const char *path, *mend;
    gzFile stream;
} InFile;

_Noreturn static void bad_file(const InFile *file, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

_Noreturn static void bad_file(const InFile *file, const char *format, ...) {
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    die("%s %s. %s", file->path, what, file->mend);
}

// Reads up to n bytes and returns how many there were; dies when the file is damaged.
static size_t read_bytes(const InFile *file, uint8_t *bytes, size_t n) {
    errno = 0;
    int got = gzread(file->stream, bytes, (unsigned)n);
    int error;
    gzerror(file->stream, &error);
    if (error == Z_BUF_ERROR) {
        bad_file(file, "is a gzip file that was cut short");
    }
    if (got < 0 || error != Z_OK) {
        bad_file(file, "cannot be read: %s",
                 error == Z_ERRNO ? strerror(errno) : "it is damaged, gzip cannot unpack it");
    }
    return (size_t)got;
}

// What a file is that begins so (at least 8 bytes), if it is something that people have; or NULL.
static const char *kind_of(const uint8_t *begins) {
    static const struct {
        const char *bytes, *kind;
    } known[] = {
        { "\x89PNG", "a PNG picture" },   { "\xff\xd8\xff", "a JPEG picture" },
        { "GIF8", "a GIF picture" },      { "BM", "a BMP picture" },
        { "RIFF", "a WebP picture" },     { "PK\3\4", "a zip archive" },
        { "\x93NUMPY", "a NumPy array" },
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (memcmp(begins, known[k].bytes, strlen(known[k].bytes)) == 0) {
            return known[k].kind;
        }
    }
    return NULL;
}

// Checks the magic number, fills size (dims) and returns the number of bytes that must follow.
static size_t read_header(const InFile *file, int dims, int size[]) {
    uint8_t header[4 + 4 * MOST_DIMS];
    size_t length = 4 + 4 * (size_t)dims;
    size_t got = read_bytes(file, header, length);
    const char *kind = got >= 8 ? kind_of(header) : NULL;
    if (kind) {
        bad_file(file, "is %s, where an IDX file was expected", kind);
    }
    if (got < length) {
        bad_file(file, "is cut short: not even its header of %zu bytes is complete", length);
    }
    const uint8_t magic[4] = { 0, 0, 8, (uint8_t)dims };
    if (memcmp(header, magic, sizeof magic) != 0) {
        bad_file(file,
                 "is not an IDX file of the kind that was expected: it begins with the bytes "
                 "%02x %02x %02x %02x instead of 00 00 08 %02x",
                 header[0], header[1], header[2], header[3], (unsigned)dims);
    }
    uint64_t bytes = 1;
    for (int i = 0; i < dims; i++) {
        const uint8_t *b = &header[4 + 4 * i];
        uint32_t n = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        bytes *= n;                           // below 2^31 · 2^32
        if (bytes == 0 || bytes >= INT_MAX) { // one byte more is asked for
            bad_file(file, "has an impossible size of %u in dimension %d of its header", n, i + 1);
        }
        size[i] = (int)n;
    }
    return (size_t)bytes;
}

uint8_t *idx_read(const char *path, int dims, int size[], const char *mend) {
    require(dims >= 1 && dims <= MOST_DIMS, "%d dimensions", dims);
    int descriptor = open(path, O_RDONLY);
    struct stat info;
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        die("cannot open %s: %s. Check its name and its permissions", path, strerror(errno));
    }
    InFile file = { path, mend, gzdopen(descriptor, "rb") };
    if (!file.stream) {
        die("not enough memory to read %s. Close other programs", path);
    }
    size_t bytes = read_header(&file, dims, size);
    uint64_t most = (uint64_t)info.st_size * (gzdirect(file.stream) ? 1 : MOST_GZIP_RATIO);
    if (bytes > most) {
        bad_file(&file, "announces %zu bytes of data in its header, but is only %lld bytes long",
                 bytes, (long long)info.st_size);
    }
    uint8_t *data = alloc_bytes(bytes + 1);
    size_t got = read_bytes(&file, data, bytes + 1); // to the end, and so through gzip's trailer
    if (got < bytes) {
        bad_file(&file, "announces %zu bytes of data in its header, but has only %zu", bytes, got);
    }
    if (got > bytes) {
        bad_file(&file, "goes on after the %zu bytes of data that its header announces", bytes);
    }
    if (gzclose(file.stream) != Z_OK) {
        bad_file(&file, "cannot be read to its end");
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
of them has most likely not run the command that installs them, so that is what the message says.
*/

// Fashion-MNIST is where Debian's package puts it, or in a folder of the course, which goes first.
static const char *folder_of(const char *which) {
    if (strcmp(which, "fashion") == 0) {
        return access("data/fashion", F_OK) == 0 ? "data/fashion"
                                                 : "/usr/share/datasets/fashion-mnist";
    }
    return strcmp(which, "mnist") == 0 ? "data/mnist" : which;
}

static bool is_own(const char *which) {
    return strcmp(which, "fashion") != 0 && strcmp(which, "mnist") != 0;
}

#define OWN_DATA "docs/own-data.md tells what they must hold and how to make them"

// Own data that are not there: it makes a difference whether there is no such folder, a file of that
// name, or a folder with something else in it.
_Noreturn static void die_without(const char *which, const char *path) {
    struct stat info;
    if (stat(which, &info) == 0 && !S_ISDIR(info.st_mode)) {
        die("%s is a file, and must be a folder with four IDX files: " OWN_DATA, which);
    }
    die("there is no file %s, nor one without .gz. %s is neither fashion nor mnist, so it must "
        "be a folder with four IDX files: " OWN_DATA,
        path, which);
}

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
    die_without(which, path);
}

Dataset *dataset_load(const char *which, DatasetPart part) {
    const char *folder = folder_of(which);
    const char *name = part == TRAIN_SET ? "train" : "t10k";
    const char *mend = is_own(which)
                           ? "Mend or replace it: docs/own-data.md tells what it must hold"
                           : "Replace the file: data/README.md says where it comes from";
    char *images = find_file(which, folder, name, "-images-idx3-ubyte");
    char *labels = find_file(which, folder, name, "-labels-idx1-ubyte");

    int size[3], n_labels;
    Dataset *data = alloc_bytes(sizeof *data);
    data->images = idx_read(images, 3, size, mend);
    data->labels = idx_read(labels, 1, &n_labels, mend);
    if (n_labels != size[0]) {
        die("%s has %d images, but %s has %d labels. Replace the one that is wrong: data/README.md "
            "says where they come from",
            images, size[0], labels, n_labels);
    }
    for (int i = 0; i < n_labels; i++) {
        if (data->labels[i] > 9) {
            die("%s has the label %d for image %d, where 0 to 9 are possible. %s", labels,
                data->labels[i], i, mend);
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

/*
## What a lesson needs

Any data of the right form can be loaded, and not each lesson can do something with them. A network with a kernel of
5 × 5 in its second layer wants pictures of one size; a distance in 84 features more than 84 pictures; a generator that
is asked for boots must have seen boots. Whoever brings own data should learn that when the program begins, and not after
ten minutes from a function that has met an empty class. So each lesson writes down what it needs, and one function looks
it up in the files before anything else happens.
*/

static const char *const part_names[] = { [TRAIN_SET] = "training", [TEST_SET] = "test" };

// The option that named the pictures.
static const char *option_of(const Needs *needs) {
    return needs->option ? needs->option : "--data";
}

// How a message ends.
static const char *way_out(const Needs *needs) {
    static char text[100];
    snprintf(
        text, sizeof text, "Choose other %s%s%s: docs/own-data.md tells what each lesson needs",
        needs->choose ? needs->choose : "", needs->choose ? " or other " : "", option_of(needs));
    return text;
}

static void require_size(const Dataset *data, const char *which, DatasetPart part,
                         const Needs *needs) {
    if (needs->side > 0 && (data->rows != needs->side || data->cols != needs->side)) {
        die("%s needs pictures of %d × %d pixels, and the %s pictures of %s %s have %d × %d. "
            "Scale them, or choose other %s: docs/own-data.md tells what each lesson needs",
            needs->who, needs->side, needs->side, part_names[part], option_of(needs), which,
            data->rows, data->cols, option_of(needs));
    }
}

static void require_number(const Dataset *data, const char *which, DatasetPart part,
                           const Needs *needs) {
    int least = part == TRAIN_SET ? needs->train : needs->test;
    const char *reason = part == TEST_SET && needs->test_for ? needs->test_for : "";
    if (data->n < least) {
        die("%s needs at least %d %s picture%s%s%s, and %s %s has %d. %s", needs->who, least,
            part_names[part], least == 1 ? "" : "s", *reason ? " " : "", reason, option_of(needs),
            which, data->n, way_out(needs));
    }
}

static void require_classes(const Dataset *data, const char *which, DatasetPart part,
                            const Needs *needs) {
    int counts[10] = { 0 }, kinds = 0;
    int each = part == TRAIN_SET ? needs->each : needs->each_test;
    for (int i = 0; i < data->n; i++) {
        kinds += counts[data->labels[i]]++ == 0;
    }
    for (int c = 0; c < 10; c++) {
        if ((needs->classes >> c & 1) && counts[c] < each) {
            die("%s needs at least %d %s picture%s of class %d, and %s %s has %d. %s", needs->who,
                each, part_names[part], each == 1 ? "" : "s", c, option_of(needs), which, counts[c],
                way_out(needs));
        }
    }
    if (part == TRAIN_SET && kinds < needs->kinds) {
        die("%s needs pictures of at least %d classes, and all training pictures of %s %s are "
            "of class %d. %s",
            needs->who, needs->kinds, option_of(needs), which, data->labels[0], way_out(needs));
    }
}

static void require_difference(const Dataset *data, const char *which, const Needs *needs) {
    size_t pixels = (size_t)data->rows * (size_t)data->cols;
    for (int i = 1; i < data->n; i++) {
        if (memcmp(data->images, data->images + (size_t)i * pixels, pixels) != 0) {
            return;
        }
    }
    die("%s needs training pictures that differ, and all %d of %s %s are the same. %s", needs->who,
        data->n, option_of(needs), which, way_out(needs));
}

/*
And whoever takes the test pictures out of the training pictures may forget to take them away there. They are looked for
by a checksum: equal pictures have the same, and of two with the same one looks at the bytes.
*/

typedef struct {
    uint32_t sum;
    int place;
} Checked;

static int by_sum(const void *left, const void *right) {
    const Checked *a = left, *b = right;
    return (a->sum > b->sum) - (a->sum < b->sum);
}

// How many of the test pictures are training pictures.
static int count_shared(const Dataset *train, const Dataset *test) {
    size_t pixels = (size_t)train->rows * (size_t)train->cols, n = (size_t)train->n;
    Checked *checked = alloc_bytes(n * sizeof *checked);
    int shared = 0;
    for (size_t i = 0; i < n; i++) {
        checked[i] =
            (Checked){ (uint32_t)crc32(0, train->images + i * pixels, (uInt)pixels), (int)i };
    }
    qsort(checked, n, sizeof *checked, by_sum);
    for (int i = 0; i < test->n; i++) {
        const uint8_t *image = test->images + (size_t)i * pixels;
        Checked sought = { (uint32_t)crc32(0, image, (uInt)pixels), 0 };
        const Checked *found = bsearch(&sought, checked, n, sizeof *checked, by_sum);
        shared +=
            found && memcmp(train->images + (size_t)found->place * pixels, image, pixels) == 0;
    }
    free(checked);
    return shared;
}

static void require_apart(const Dataset *train, const Dataset *test, const char *which,
                          const Needs *needs) {
    int shared = count_shared(train, test);
    if (2 * (int64_t)shared > test->n) {
        die("%s needs test pictures that are no training pictures, and %d of the %d of %s %s "
            "are. Take them out of one of the two, or choose other %s",
            needs->who, shared, test->n, option_of(needs), which, option_of(needs));
    }
}

void dataset_require(const char *which, const Needs *needs) {
    Dataset *data[2] = { needs->train > 0 ? dataset_load(which, TRAIN_SET) : NULL,
                         needs->test > 0 ? dataset_load(which, TEST_SET) : NULL };
    for (int part = TRAIN_SET; part <= TEST_SET; part++) {
        if (data[part]) {
            require_size(data[part], which, (DatasetPart)part, needs);
            require_number(data[part], which, (DatasetPart)part, needs);
            require_classes(data[part], which, (DatasetPart)part, needs);
        }
    }
    if (data[0] && needs->differ) {
        require_difference(data[0], which, needs);
    }
    if (data[0] && data[1] && (data[0]->rows != data[1]->rows || data[0]->cols != data[1]->cols)) {
        die("%s needs training and test pictures of one size, and those of %s %s have %d × %d "
            "and %d × %d. Scale them, or choose other %s",
            needs->who, option_of(needs), which, data[0]->rows, data[0]->cols, data[1]->rows,
            data[1]->cols, option_of(needs));
    }
    if (data[0] && data[1] && needs->apart) {
        require_apart(data[0], data[1], which, needs);
    }
    for (int part = TRAIN_SET; part <= TEST_SET; part++) {
        if (data[part]) {
            dataset_free(data[part]);
        }
    }
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
    Split split = { .data = dataset_load(which, TRAIN_SET) };
    int n = images < split.data->n ? images : split.data->n;
    require(n >= SPLIT_LEAST, "%d images to cut in two", n);
    split.order = random_order(split.data->n, rng_create(seed, RNG_DATA));
    split.n_valid = n / SPLIT_LEAST;
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
