#include "data/safetensors.h"
#include "base/die.h"
#include "base/file.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/*
The data is written to the disk as it is in memory. That is right on a little-endian processor with the floats of IEEE 754. On
any other one the program does not compile, because its files could not be read elsewhere.
*/

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors files are little-endian");
_Static_assert(sizeof(size_t) == 8, "a header's length is written as a size_t");
_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "F32 and F64 are IEEE 754's formats");

static const struct {
    const char *name;
    size_t bytes;
} element[] = {
    [TENSOR_F32] = { "F32", 4 }, [TENSOR_F64] = { "F64", 8 }, [TENSOR_U8] = { "U8", 1 },
    [TENSOR_I32] = { "I32", 4 }, [TENSOR_I64] = { "I64", 8 }, [TENSOR_U64] = { "U64", 8 },
};

enum { MOST_DIMS = 4, MOST_HEADER = 1 << 20 };

// The metadata "crc32.NAME" is the checksum of the tensor NAME.
#define SUM_OF "crc32."

size_t tensor_bytes(const Tensor *tensor) {
    size_t bytes = element[tensor->type].bytes;
    for (int d = 0; d < tensor->n_dims; d++) {
        bytes *= (size_t)tensor->size[d];
    }
    return bytes;
}

// Names that need no escapes in JSON keep the writer short.
static bool is_name(const char *name) {
    for (const char *c = name; *c; c++) {
        if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\') {
            return false;
        }
    }
    return *name && strcmp(name, "__metadata__") != 0;
}

static void check_tensors(const Tensor *tensors, int n) {
    for (int i = 0; i < n; i++) {
        const Tensor *t = &tensors[i];
        require(is_name(t->name), "\"%s\" is no name for a tensor", t->name);
        require(t->n_dims >= 0 && t->n_dims <= MOST_DIMS, "%s: %d dimensions", t->name, t->n_dims);
        for (int d = 0; d < t->n_dims; d++) {
            require(t->size[d] >= 0, "%s has a negative size", t->name);
        }
        for (int j = 0; j < i; j++) {
            require(strcmp(t->name, tensors[j].name) != 0, "two tensors %s", t->name);
        }
    }
}

/*
## Writing

One file may hold doubles, floats and bytes. If five bytes came before a double, the double would be at an odd address. So the
data is sorted by the size of its elements, largest first. Then every tensor begins at a multiple of its element's size, without
a gap. The header still lists the tensors in the caller's order, and behind them the checksums.
*/

// The order of the data: a permutation of 0 … n-1, to be freed.
static int *data_order(const Tensor *tensors, int n) {
    int *order = alloc_bytes((size_t)n * sizeof *order), placed = 0;
    for (size_t bytes = 8; bytes > 0; bytes /= 2) {
        for (int i = 0; i < n; i++) {
            if (element[tensors[i].type].bytes == bytes) {
                order[placed++] = i;
            }
        }
    }
    return order;
}

// A checksum as text. It is enough to find what happens by accident, and no protection against intent.
typedef struct {
    char text[9];
} Checksum;

static Checksum checksum(const void *data, size_t bytes) {
    Checksum sum;
    snprintf(sum.text, sizeof sum.text, "%08lx", crc32_z(0, data, bytes));
    return sum;
}

static void print_header(FILE *out, const Tensor *tensors, int n, const size_t *begin) {
    fputc('{', out);
    for (int i = 0; i < n; i++) {
        const Tensor *t = &tensors[i];
        fprintf(out, "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[", i ? "," : "", t->name,
                element[t->type].name);
        for (int d = 0; d < t->n_dims; d++) {
            fprintf(out, "%s%lld", d ? "," : "", (long long)t->size[d]);
        }
        fprintf(out, "],\"data_offsets\":[%zu,%zu]}", begin[i], begin[i] + tensor_bytes(t));
    }
    for (int i = 0; i < n; i++) {
        fprintf(out, "%s\"" SUM_OF "%s\":\"%s\"", i ? "," : ",\"__metadata__\":{", tensors[i].name,
                checksum(tensors[i].data, tensor_bytes(&tensors[i])).text);
    }
    fputs(n > 0 ? "}}" : "}", out);
}

/*
The length of the header stands before the header. So the header is made in memory first: `open_memstream` gives a stream
that writes into a growing block.
*/

void safetensors_write(const char *path, const Tensor *tensors, int n) {
    check_tensors(tensors, n);
    int *order = data_order(tensors, n);
    size_t *begin = alloc_bytes((size_t)n * sizeof *begin), bytes = 0;
    for (int k = 0; k < n; k++) {
        begin[order[k]] = bytes;
        bytes += tensor_bytes(&tensors[order[k]]);
    }

    char *header = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&header, &length);
    if (!memory) {
        die("not enough memory to write %s. Close other programs", path);
    }
    print_header(memory, tensors, n, begin);
    while (ftell(memory) % 8 != 0) {
        fputc(' ', memory);
    }
    if (fclose(memory) != 0) {
        die("not enough memory to write %s. Close other programs", path);
    }
    require(length <= MOST_HEADER, "%zu bytes of header could not be read again", length);

    OutFile *file = file_create(path);
    file_write(file, &length, sizeof length);
    file_write(file, header, length);
    for (int k = 0; k < n; k++) {
        const Tensor *t = &tensors[order[k]];
        if (tensor_bytes(t) > 0) { // data may be NULL otherwise
            file_write(file, t->data, tensor_bytes(t));
        }
    }
    file_commit(file);
    free(header);
    free(begin);
    free(order);
}

/*
## Reading a stranger's file

A file can be cut short by a full disk, damaged by a bad one, or made by an attacker. The reader cannot tell which, so one rule
holds for all: *every number in the file is checked before it is used*. A header that claims a length of $2^{63}$ must not lead to
an `alloc_bytes` of that length, and offsets that point behind the data must not lead to a `memcpy` from there. In C the first
stops the program, and the second reads whatever is next in memory.

Reading is simpler because we know what we expect. The caller names each tensor, with its type and shape, and the file must hold
exactly these. So no number from the file decides how much memory is allocated, except for the header's length, and that has a
bound: the header must fit into the file, and into 1 MiB. (The format allows 100 MB. Our headers have some 100 bytes per tensor.
The parser takes 32 bytes for a number that has two characters in the text, so a header of 100 MB could need gigabytes.)

What is refused, and what could happen otherwise:

| in the file | danger |
|---|---|
| a name twice | two programs load different weights from the same file |
| a name, type or shape that was not asked for | another network's weights in the wrong places |
| a number that is negative or not written as an integer | a cast to an integer that changes it, or worse |
| an end before its begin, or behind the data | a size that wraps around to almost $2^{64}$; a read outside the file |
| a size that is not shape times element | a tensor that is filled in part |
| tensors that overlap, bytes that belong to none | one tensor's bytes read as another's; hidden data |
| data with another checksum than the header states | a run that goes on from damaged weights |
*/

// A file whose header was read.
typedef struct {
    const char *path;
    FILE *stream;      // at the first byte of the data
    size_t data_bytes; // from there to the end
    json_t *header;    // of the tensors
    json_t *remarks;   // the header's __metadata__, or NULL
} Source;

// Where a tensor lies in the data.
typedef struct {
    const Tensor *tensor;
    size_t begin, end;
    bool found;
} Range;

// A piece of a message.
typedef struct {
    char text[160];
} Piece;

// A name from the file: 60 bytes of it are enough to recognise it.
static Piece shortened(const char *name) {
    Piece piece = { "" };
    size_t n = strnlen(name, 61);
    if (n <= 60) {
        strcpy(piece.text, name);
        return piece;
    }
    for (n = 60; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80;) {
        n--; // not in the middle of a letter
    }
    snprintf(piece.text, sizeof piece.text, "%.*s…", (int)n, name);
    return piece;
}

// "64 × 784"
static Piece shape_text(const size_t *size, int n_dims) {
    Piece piece = { "a single number" };
    size_t used = 0;
    for (int d = 0; d < n_dims && d < MOST_DIMS; d++) {
        used += (size_t)snprintf(piece.text + used, sizeof piece.text - used, "%s%zu",
                                 d ? " × " : "", size[d]);
    }
    if (n_dims > MOST_DIMS) {
        snprintf(piece.text + used, sizeof piece.text - used, " × …");
    }
    return piece;
}

// The file is not what the format asks for (die's first argument is the path), or it is sound but
// made for another network (the path comes last once more).
#define DAMAGED "%s is not a sound safetensors file: "
#define MEND_DAMAGED ". Load another file, or train again"
#define MEND_DIFFERENT ". Use the options that %s was trained with, or load another file"

/*
### The header

The grammar of JSON is small, but it leaves much open: how large a number may be, which bytes make up a name, which of two equal
names counts. Two programs that decide this differently read different things from the same file. Then a file can pass the
program that checks it and harm the program that loads it. We read headers with the library Jansson, which accepts a text only if
there is one way to read it: valid UTF-8, no hidden end of a text (`\u0000`), no name twice in an object, nothing behind the
closing brace, brackets nested at most 2,048 deep, integers that fit into 64 bits.

One member is not a tensor: `__metadata__`, the format's place for remarks, which are texts. Our remarks are checksums, CRC-32 as
in gzip. Files that other programs write have none. If a file has one, each of its tensors must have one.
*/

// The next n bytes and a zero, to be freed.
static char *read_bytes(const char *path, FILE *stream, size_t n) {
    char *bytes = alloc_bytes(n + 1);
    if (fread(bytes, 1, n, stream) != n) {
        die("cannot read %s to its end: it changed, or the disk failed. Try again", path);
    }
    return bytes;
}

// The header as an object, without the remarks.
static void parse_header(Source *source, const char *text, size_t length) {
    json_error_t error;
    source->header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!source->header) {
        die(DAMAGED "its header is not sound JSON: %s (byte %d of it)" MEND_DAMAGED, source->path,
            error.text, error.position);
    }
    if (!json_is_object(source->header)) {
        die(DAMAGED "its header is a JSON list, not an object" MEND_DAMAGED, source->path);
    }
    source->remarks = json_incref(json_object_get(source->header, "__metadata__"));
    json_object_del(source->header, "__metadata__");
    const char *name;
    json_t *remark;
    if (source->remarks && !json_is_object(source->remarks)) {
        die(DAMAGED "its __metadata__ is not a JSON object" MEND_DAMAGED, source->path);
    }
    json_object_foreach(source->remarks, name, remark) {
        if (!json_is_string(remark)) {
            die(DAMAGED "%s in its __metadata__ is not text" MEND_DAMAGED, source->path,
                shortened(name).text);
        }
    }
}

static Source open_source(const char *path) {
    Source source = { .path = path, .stream = fopen(path, "rb") };
    struct stat info;
    if (!source.stream || fstat(fileno(source.stream), &info) != 0) {
        die("cannot read %s: %s. Name an existing file", path, strerror(errno));
    }
    if (!S_ISREG(info.st_mode)) {
        die("cannot read %s: it is not a file. Name a .safetensors file", path);
    }
    size_t size = (size_t)info.st_size, length;
    if (size < sizeof length || fread(&length, sizeof length, 1, source.stream) != 1) {
        die(DAMAGED
            "it has %zu bytes, fewer than the 8 that every such file begins with" MEND_DAMAGED,
            path, size);
    }
    if (length > size - sizeof length || length > MOST_HEADER) {
        die(DAMAGED
            "it has %zu bytes and claims a header of %zu (at most %d are accepted)" MEND_DAMAGED,
            path, size, length, MOST_HEADER);
    }
    char *text = read_bytes(path, source.stream, length);
    parse_header(&source, text, length);
    source.data_bytes = size - sizeof length - length;
    free(text);
    return source;
}

/*
### One tensor

All numbers of the header are integers: the sizes of a tensor, its first byte, and the byte after its last.
*/

// Stores the first `most` of a list's integers, 0 or more. Returns how many it has, or -1 if it is
// no list of such numbers. The list may be NULL.
static int integers(const json_t *list, size_t *values, int most) {
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_integer(item) || json_integer_value(item) < 0) {
            return -1;
        }
        if ((int)i < most) {
            values[i] = (size_t)json_integer_value(item);
        }
    }
    return json_is_array(list) ? (int)n : -1;
}

static void check_type_and_shape(const char *path, const Tensor *t, const char *type,
                                 const json_t *shape) {
    if (strcmp(type, element[t->type].name) != 0) {
        die("%s is of type %s in %s, this network needs %s" MEND_DIFFERENT, t->name,
            shortened(type).text, path, element[t->type].name, path);
    }
    size_t wanted[MOST_DIMS], size[MOST_DIMS];
    for (int d = 0; d < t->n_dims; d++) {
        wanted[d] = (size_t)t->size[d];
    }
    int n_dims = integers(shape, size, MOST_DIMS);
    if (n_dims < 0) {
        die(DAMAGED "the shape of %s is not a list of integers from 0 on" MEND_DAMAGED, path,
            t->name);
    }
    if (n_dims != t->n_dims || memcmp(size, wanted, (size_t)n_dims * sizeof *size) != 0) {
        die("%s is %s in %s, this network needs %s" MEND_DIFFERENT, t->name,
            shape_text(size, n_dims).text, path, shape_text(wanted, t->n_dims).text, path);
    }
}

static void read_range(const Source *source, const json_t *entry, Range *range) {
    const Tensor *t = range->tensor;
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    if (json_object_size(entry) != 3 || !type) {
        die(DAMAGED "%s should have dtype, shape and data_offsets" MEND_DAMAGED, source->path,
            t->name);
    }
    check_type_and_shape(source->path, t, type, shape);
    size_t place[2];
    if (integers(offsets, place, 2) != 2) {
        die(DAMAGED "the data_offsets of %s are not two integers from 0 on" MEND_DAMAGED,
            source->path, t->name);
    }
    if (place[0] > place[1] || place[1] > source->data_bytes) {
        die(DAMAGED "%s lies from %zu to %zu in %zu bytes of data (cut short?)" MEND_DAMAGED,
            source->path, t->name, place[0], place[1], source->data_bytes);
    }
    if (place[1] - place[0] != tensor_bytes(t)) {
        die(DAMAGED "%s has %zu bytes of data, its shape needs %zu" MEND_DAMAGED, source->path,
            t->name, (place[1] - place[0]), tensor_bytes(t));
    }
    *range = (Range){ t, place[0], place[1], true };
}

/*
### All tensors

Each member of the header must be a tensor that we asked for. At the end, each tensor that we asked for must have been found.
*/

static bool is_unwanted(const Tensor *t) {
    return !t->data && tensor_bytes(t) > 0;
}

static void read_ranges(const Source *source, Range *ranges, int n) {
    const char *name;
    json_t *entry;
    json_object_foreach(source->header, name, entry) {
        int i = 0;
        while (i < n && strcmp(name, ranges[i].tensor->name) != 0) {
            i++;
        }
        if (i == n) {
            die("%s has a tensor %s, which this network does not have" MEND_DIFFERENT, source->path,
                shortened(name).text, source->path);
        }
        read_range(source, entry, &ranges[i]);
    }
    for (int i = 0; i < n; i++) {
        if (!ranges[i].found && !is_unwanted(ranges[i].tensor)) {
            die("%s has no tensor %s, which this network needs" MEND_DIFFERENT, source->path,
                ranges[i].tensor->name, source->path);
        }
    }
}

static int by_place(const void *left, const void *right) {
    const Range *a = left, *b = right;
    int begin = (a->begin > b->begin) - (a->begin < b->begin);
    return begin ? begin : (a->end > b->end) - (a->end < b->end);
}

// Sorts the ranges by place: now each must begin where the one before ends, and the last must end
// where the data ends.
static void check_cover(const Source *source, Range *ranges, int n) {
    qsort(ranges, (size_t)n, sizeof *ranges, by_place);
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        if (ranges[i].begin < at) {
            die(DAMAGED "%s and %s overlap" MEND_DAMAGED, source->path, ranges[i - 1].tensor->name,
                ranges[i].tensor->name);
        }
        if (ranges[i].begin > at) {
            die(DAMAGED "%zu bytes of data before %s belong to no tensor" MEND_DAMAGED,
                source->path, (ranges[i].begin - at), ranges[i].tensor->name);
        }
        at = ranges[i].end;
    }
    if (at != source->data_bytes) {
        die(DAMAGED "its last %zu bytes belong to no tensor" MEND_DAMAGED, source->path,
            source->data_bytes - at);
    }
}

/*
### Nothing changes unless everything fits

At this point the size of the data is known to be the sum of what was asked for. Still, the data is read into memory of its own
first, and compared with the checksums there. A disk may fail half way through, and half of a network must not come from one file
and half from another.
*/

static bool has_checksums(const Source *source) {
    const char *name;
    json_t *remark;
    json_object_foreach(source->remarks, name, remark) {
        if (strncmp(name, SUM_OF, strlen(SUM_OF)) == 0) {
            return true;
        }
    }
    return false;
}

static void check_data(const Source *source, const Range *ranges, int n, const char *data) {
    for (int i = 0; i < n; i++) {
        const Tensor *t = ranges[i].tensor;
        char name[sizeof SUM_OF + sizeof t->name];
        snprintf(name, sizeof name, SUM_OF "%s", t->name);
        const char *stated = json_string_value(json_object_get(source->remarks, name));
        if (ranges[i].found && !stated) {
            die(DAMAGED "other tensors have a checksum, %s has none" MEND_DAMAGED, source->path,
                t->name);
        }
        if (ranges[i].found &&
            strcmp(stated, checksum(data + ranges[i].begin, tensor_bytes(t)).text) != 0) {
            die(DAMAGED "%s has not the checksum that the header states: its data were "
                        "changed" MEND_DAMAGED,
                source->path, t->name);
        }
    }
}

// Finds n tensors in a file; the ranges are to be freed.
static Range *find_ranges(const Source *source, const Tensor *tensors, int n) {
    Range *ranges = alloc_bytes((size_t)n * sizeof *ranges);
    for (int i = 0; i < n; i++) {
        ranges[i].tensor = &tensors[i];
    }
    read_ranges(source, ranges, n);
    check_cover(source, ranges, n);
    return ranges;
}

// Copies the data to where the tensors want it, and frees everything.
static void read_data(Source *source, Range *ranges, int n) {
    char *data = read_bytes(source->path, source->stream, source->data_bytes);
    if (has_checksums(source)) {
        check_data(source, ranges, n, data);
    }
    for (int i = 0; i < n; i++) {
        if (ranges[i].tensor->data && ranges[i].end > ranges[i].begin) {
            memcpy(ranges[i].tensor->data, data + ranges[i].begin, tensor_bytes(ranges[i].tensor));
        }
    }
    fclose(source->stream);
    json_decref(source->header);
    json_decref(source->remarks);
    free(data);
    free(ranges);
}

void safetensors_read(const char *path, const Tensor *tensors, int n) {
    check_tensors(tensors, n);
    Source source = open_source(path);
    read_data(&source, find_ranges(&source, tensors, n), n);
}

/*
### Reading a file without knowing its tensors

The tensors in the [state of a run](state.html) are not known in advance: they depend on where the run was stopped. Here the header
says what there is, and the same checks say whether it is possible. Now the file decides how much memory is allocated, but never
more than it has data: no tensor may be larger than the file's data, and nothing is allocated before the tensors are known to cover
that data exactly once.
*/

static Tensor describe(const Source *source, const char *name, const json_t *entry) {
    const size_t types = sizeof element / sizeof *element;
    Tensor tensor = { .type = 0 };
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    const json_t *shape = json_object_get(entry, "shape");
    if (!is_name(name) || strlen(name) >= sizeof tensor.name) {
        die(DAMAGED "no tensor can be called %s" MEND_DAMAGED, source->path, shortened(name).text);
    }
    strcpy(tensor.name, name);
    size_t found = 0, size[MOST_DIMS];
    while (found < types && type && strcmp(type, element[found].name) != 0) {
        found++;
    }
    tensor.n_dims = integers(shape, size, MOST_DIMS);
    if (!type || found == types || tensor.n_dims < 0 || tensor.n_dims > MOST_DIMS) {
        die(DAMAGED "%s is of no type or shape that is known here" MEND_DAMAGED, source->path,
            tensor.name);
    }
    tensor.type = (TensorType)found;
    size_t bytes = element[found].bytes;
    for (int d = 0; d < tensor.n_dims; d++) {
        if (size[d] > 0 && bytes > source->data_bytes / size[d]) {
            die(DAMAGED "%s is larger than the file" MEND_DAMAGED, source->path, tensor.name);
        }
        bytes *= size[d];
        tensor.size[d] = (int64_t)size[d];
    }
    return tensor;
}

Tensor *safetensors_load(const char *path, int *n) {
    Source source = open_source(path);
    Tensor *tensors = alloc_bytes(json_object_size(source.header) * sizeof *tensors);
    const char *name;
    json_t *entry;
    *n = 0;
    json_object_foreach(source.header, name, entry) {
        tensors[(*n)++] = describe(&source, name, entry);
    }
    Range *ranges = find_ranges(&source, tensors, *n);
    for (int i = 0; i < *n; i++) {
        tensors[i].data = alloc_bytes(tensor_bytes(&tensors[i]) + 1);
    }
    read_data(&source, ranges, *n);
    return tensors;
}

/*
## Numbers that are not finite

A weight that is NaN makes every output NaN, and an infinite weight soon does, too. So the file of a run that diverged is of no use.
It is refused when it is loaded, because the cause is hard to see later, in a picture.
*/

void safetensors_check_finite(const char *path, const Tensor *tensors, int n) {
    for (const Tensor *t = tensors; t < tensors + n; t++) {
        const float *x = t->data;
        for (size_t i = 0; t->type == TENSOR_F32 && i < tensor_bytes(t) / sizeof(float); i++) {
            if (!isfinite(x[i])) {
                die("%s holds %g in %s, at place %zu: its run has diverged. Load another file",
                    path, (double)x[i], t->name, i);
            }
        }
    }
}
