#include "safetensors.h"
#include "die.h"
#include "file.h"
#include "json.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
The data goes to the disk as it stands in memory. That is right on a little-endian processor with the floats of IEEE 754; on
any other one the program shall not compile, rather than write files that nobody else can read.
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

One file may hold doubles, floats and bytes. Written as they come, five bytes and then a double would put the double at an
odd address. So the data is laid out by size of element, largest first: every tensor then begins at a multiple of its
element's size, without a gap. The header lists the tensors in the caller's order all the same.
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
    fputc('}', out);
}

/*
The length of the header stands before the header, so the header is composed in memory first: `open_memstream` gives a stream
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
    FILE *out = file_stream(file);
    fwrite(&length, sizeof length, 1, out);
    fwrite(header, 1, length, out);
    for (int k = 0; k < n; k++) {
        const Tensor *t = &tensors[order[k]];
        if (tensor_bytes(t) > 0) { // data may be NULL otherwise
            fwrite(t->data, 1, tensor_bytes(t), out);
        }
    }
    file_commit(file);
    free(header);
    free(begin);
    free(order);
}

/*
## Reading what a stranger wrote

A file can be cut short by a full disk, damaged by a bad one, or made by somebody who wishes us ill. All three look alike
from here, and one rule covers them: *nothing in the file is believed until it is checked*. A header that claims a length of
$2^{63}$ must not become an `alloc_bytes` of that length, and offsets that point behind the data must not become a `memcpy`
from there; in C the first stops the program and the second reads whatever lies in memory next.

Reading is easier to get right than it looks, since we know what we want. The caller names each tensor, with its type and
shape, and the question is only whether the file holds exactly that. So no number from the file decides how much memory we
take, except for the header's length, and this one has a bound: the header must fit into the file, and into 1 MiB. (The
format allows 100 MB. Our headers have some 70 bytes per tensor; and the parser builds a list node of 64 bytes for a value
that takes two bytes in the text, so that a header of 100 MB could ask for gigabytes.)

What is refused, and what would happen otherwise:

| in the file | danger |
|---|---|
| a name twice | two programs load different weights from the same file |
| a name, type or shape that was not asked for | another network's weights in the wrong places |
| a number that is negative, fractional or beyond $2^{53}$ | a cast to an integer that changes it, or worse |
| an end before its begin, or behind the data | a size that wraps around to almost $2^{64}$; a read outside the file |
| a size that is not shape times element | a tensor that is filled in part |
| tensors that overlap, bytes that belong to none | one tensor's bytes read as another's; a place to hide things |

Messages name what they found, and a name from the file may hold anything, a line break or a terminal's control sequences, so
it is cleaned before it is shown.
*/

// A file whose header was read.
typedef struct {
    const char *path;
    FILE *stream;      // at the first byte of the data
    size_t data_bytes; // from there to the end
    cJSON *header;
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

static Piece printable(const char *name) {
    Piece piece = { "" };
    size_t i = 0;
    for (; name[i] && i < 60; i++) {
        piece.text[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    }
    strcpy(piece.text + i, name[i] ? "…" : "");
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

Its text goes to [the reader of a stranger's JSON](json.html), which takes it only if there is one way to read it.
*/

// The next n bytes and a zero, to be freed.
static char *read_bytes(const char *path, FILE *stream, size_t n) {
    char *bytes = alloc_bytes(n + 1);
    if (fread(bytes, 1, n, stream) != n) {
        die("cannot read %s to its end: it changed, or the disk failed. Try again", path);
    }
    return bytes;
}

static Source open_source(const char *path) {
    Source source = { path, fopen(path, "rb"), 0, NULL };
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
    JsonFault fault;
    source.header = json_object(text, length, &fault);
    if (!source.header) {
        die(DAMAGED "its header is %s" MEND_DAMAGED, path, fault.text);
    }
    source.data_bytes = size - sizeof length - length;
    free(text);
    return source;
}

/*
### One tensor

All numbers of the header are whole: the sizes of a tensor, its first byte, and the byte after its last.
*/

static void check_type_and_shape(const char *path, const Tensor *t, const char *type,
                                 const cJSON *shape) {
    if (strcmp(type, element[t->type].name) != 0) {
        die("%s is of type %s in %s, this network needs %s" MEND_DIFFERENT, t->name,
            printable(type).text, path, element[t->type].name, path);
    }
    size_t wanted[MOST_DIMS], size[MOST_DIMS];
    for (int d = 0; d < t->n_dims; d++) {
        wanted[d] = (size_t)t->size[d];
    }
    int n_dims = json_whole_numbers(shape, size, MOST_DIMS);
    if (n_dims < 0) {
        die(DAMAGED "the shape of %s is not a list of whole numbers from 0 to 2^53" MEND_DAMAGED,
            path, t->name);
    }
    if (n_dims != t->n_dims || memcmp(size, wanted, (size_t)n_dims * sizeof *size) != 0) {
        die("%s is %s in %s, this network needs %s" MEND_DIFFERENT, t->name,
            shape_text(size, n_dims).text, path, shape_text(wanted, t->n_dims).text, path);
    }
}

static void read_range(const Source *source, const cJSON *entry, Range *range) {
    const Tensor *t = range->tensor;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(entry, "dtype");
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(entry, "shape");
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    if (!cJSON_IsObject(entry) || cJSON_GetArraySize(entry) != 3 || !cJSON_IsString(type)) {
        die(DAMAGED "%s should have dtype, shape and data_offsets, each once" MEND_DAMAGED,
            source->path, t->name);
    }
    check_type_and_shape(source->path, t, type->valuestring, shape);
    size_t place[2];
    if (json_whole_numbers(offsets, place, 2) != 2) {
        die(DAMAGED "the data_offsets of %s are not two whole numbers from 0 to 2^53" MEND_DAMAGED,
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

Each member of the header must be a tensor that we asked for and have not met yet; then each that we asked for must have been
met. A member `__metadata__` is the format's place for remarks, which we ignore.
*/

static bool is_unwanted(const Tensor *t) {
    return !t->data && tensor_bytes(t) > 0;
}

static void read_ranges(const Source *source, Range *ranges, int n) {
    const cJSON *entry;
    cJSON_ArrayForEach(entry, source->header) {
        int i = 0;
        while (i < n && strcmp(entry->string, ranges[i].tensor->name) != 0) {
            i++;
        }
        if (i < n && ranges[i].found) {
            die(DAMAGED "it has %s twice" MEND_DAMAGED, source->path, entry->string);
        }
        if (i < n) {
            read_range(source, entry, &ranges[i]);
        } else if (strcmp(entry->string, "__metadata__") != 0) {
            die("%s has a tensor %s, which this network does not have" MEND_DIFFERENT, source->path,
                printable(entry->string).text, source->path);
        }
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

By now the size of the data is the sum of what was asked for, and can be trusted. The data still goes to a place of its own
first: a disk may fail half way through, and no network should ever be half of one file and half of another.
*/

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
    for (int i = 0; i < n; i++) {
        if (ranges[i].tensor->data && ranges[i].end > ranges[i].begin) {
            memcpy(ranges[i].tensor->data, data + ranges[i].begin, tensor_bytes(ranges[i].tensor));
        }
    }
    fclose(source->stream);
    cJSON_Delete(source->header);
    free(data);
    free(ranges);
}

void safetensors_read(const char *path, const Tensor *tensors, int n) {
    check_tensors(tensors, n);
    Source source = open_source(path);
    read_data(&source, find_ranges(&source, tensors, n), n);
}

/*
### Taking a file as it is

The [state of a run](state.html) is not known in advance: it depends on where the run was stopped. So here the order is
turned around. The header says what there is, and the same checks ask whether that can be. A file decides about memory now,
and must not decide about more than it brings along: no tensor may be larger than the file's data, and nothing is allocated
before the tensors are known to cover that data exactly once.
*/

static Tensor describe(const Source *source, const cJSON *entry) {
    const size_t types = sizeof element / sizeof *element;
    Tensor tensor = { .type = 0 };
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(entry, "dtype");
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(entry, "shape");
    if (!is_name(entry->string) || strlen(entry->string) >= sizeof tensor.name) {
        die(DAMAGED "no tensor can be called %s" MEND_DAMAGED, source->path,
            printable(entry->string).text);
    }
    strcpy(tensor.name, entry->string);
    const char *name = cJSON_IsString(type) ? type->valuestring : "";
    size_t found = 0, size[MOST_DIMS];
    while (found < types && strcmp(name, element[found].name) != 0) {
        found++;
    }
    tensor.n_dims = json_whole_numbers(shape, size, MOST_DIMS);
    if (found == types || tensor.n_dims < 0 || tensor.n_dims > MOST_DIMS) {
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
    int members = cJSON_GetArraySize(source.header);
    Tensor *tensors = alloc_bytes((size_t)members * sizeof *tensors);
    const cJSON *entry;
    *n = 0;
    cJSON_ArrayForEach(entry, source.header) {
        if (strcmp(entry->string, "__metadata__") != 0) {
            tensors[(*n)++] = describe(&source, entry);
        }
    }
    Range *ranges = find_ranges(&source, tensors, *n);
    for (int i = 0; i < *n; i++) {
        tensors[i].data = alloc_bytes(tensor_bytes(&tensors[i]) + 1);
    }
    read_data(&source, ranges, *n);
    return tensors;
}

/*
## Numbers that are none

A weight that is NaN makes every output NaN, and an infinite one soon does: nothing useful can be loaded from the file of a
run that diverged, and it is better said here than guessed from a picture later on.
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
