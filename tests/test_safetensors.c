#include "test.h"

#include "base/rng.h"
#include "data/safetensors.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// --- helpers --------------------------------------------------------------------------------

// A safetensors file made by hand: a length (the header's own if negative), the header, n bytes of
// data 0, 1, 2, …
static void write_by_hand(const char *path, long long length, const char *header, size_t n) {
    size_t text = strlen(header);
    unsigned char *bytes = calloc(1, 8 + text + n + 1);
    unsigned long long stored = length < 0 ? text : (unsigned long long)length;
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(stored >> 8 * i);
    }
    memcpy(bytes + 8, header, text);
    for (size_t i = 0; i < n; i++) {
        bytes[8 + text + i] = (unsigned char)i;
    }
    write_bytes(path, bytes, 8 + text + n);
    free(bytes);
}

// --- writing --------------------------------------------------------------------------------

// The example of the chapter, byte for byte.
START_TEST(writes_the_bytes_of_the_chapter) {
    enter_folder();
    static const unsigned char expected[] = "\x68\0\0\0\0\0\0\0"
                                            "{\"0.bias\":{\"dtype\":\"F32\",\"shape\":[2],"
                                            "\"data_offsets\":[0,8]},"
                                            "\"__metadata__\":{\"crc32.0.bias\":\"c3872656\"}}  "
                                            "\0\0\x80\x3f\0\0\0\xc0";
    float bias[] = { 1, -2 };
    Tensor tensor = { "0.bias", TENSOR_F32, 1, { 2 }, bias };
    safetensors_write("x.safetensors", &tensor, 1);
    Bytes file = read_bytes("x.safetensors");
    ck_assert_uint_eq(file.n, sizeof expected - 1); // without the string's final 0
    ck_assert_mem_eq(file.bytes, expected, file.n);
    free(file.bytes);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// Five bytes come before a double in the header and after it in the data, so that the double is
// aligned in the file.
START_TEST(lays_large_elements_first) {
    enter_folder();
    uint8_t small[5] = { 1, 2, 3, 4, 5 };
    float middle = 1;
    double large = 1;
    Tensor tensors[] = { { "s", TENSOR_U8, 1, { 5 }, small },
                         { "m", TENSOR_F32, 0, { 0 }, &middle },
                         { "l", TENSOR_F64, 2, { 1, 1 }, &large } };
    static const char header[] = "{\"s\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[12,17]},"
                                 "\"m\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
                                 "\"l\":{\"dtype\":\"F64\",\"shape\":[1,1],\"data_offsets\":[0,8]},"
                                 "\"__metadata__\":{\"crc32.s\":\"470b99f4\",\"crc32.m\":"
                                 "\"aca16a6a\",\"crc32.l\":\"c7f813e9\"}}";
    static const unsigned char data[] = { 0, 0,    0,    0, 0, 0, 0xf0, 0x3f, 0,
                                          0, 0x80, 0x3f, 1, 2, 3, 4,    5 };
    safetensors_write("x.safetensors", tensors, 3);
    Bytes file = read_bytes("x.safetensors");
    size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    ck_assert_uint_eq(file.bytes[0], padded);
    ck_assert_uint_eq(file.n, 8 + padded + sizeof data);
    ck_assert_mem_eq(file.bytes + 8, header, sizeof header - 1);
    ck_assert_uint_eq(strspn((char *)file.bytes + 8 + sizeof header - 1, " "),
                      padded - (sizeof header - 1));
    ck_assert_mem_eq(file.bytes + 8 + padded, data, sizeof data);
    free(file.bytes);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// Bit patterns that a conversion through another type would change: signalling NaNs and payloads,
// -0, subnormals, infinities.
static const uint32_t strange_floats[2][3] = { { 0x7fc12345, 0x7f800001, 0x80000000 },
                                               { 0x00000001, 0xff800000, 0x3f800000 } };
static const uint64_t strange_doubles[2] = { 0x7ff0000000000001, 0x8000000000000000 };
static const int64_t strange_signed[1][1][2][1] = { { { { INT64_MIN }, { -1 } } } };
static const uint64_t strange_unsigned = UINT64_MAX;

// All types, and 0 to 4 dimensions, one of them 0. The data lies at data (at least 304 bytes).
enum { STRANGE = 6 };
static void list_strange(Tensor *tensors, unsigned char *data) {
    Tensor list[STRANGE] = { { "floats", TENSOR_F32, 2, { 2, 3 }, data },
                             { "rng.state", TENSOR_U64, 0, { 0 }, data + 24 },
                             { "bytes", TENSOR_U8, 3, { 1, 16, 15 }, data + 32 },
                             { "doubles", TENSOR_F64, 1, { 2 }, data + 272 },
                             { "empty", TENSOR_F32, 2, { 3, 0 }, NULL },
                             { "signed", TENSOR_I64, 4, { 1, 1, 2, 1 }, data + 288 } };
    memcpy(tensors, list, sizeof list);
}

static void fill_strange(unsigned char *data) {
    memcpy(data, strange_floats, 24);
    memcpy(data + 24, &strange_unsigned, 8);
    for (int i = 0; i < 240; i++) {
        data[32 + i] = (unsigned char)(i + 13);
    }
    memcpy(data + 272, strange_doubles, 16);
    memcpy(data + 288, strange_signed, 16);
}

START_TEST(round_trip_keeps_every_bit) {
    enter_folder();
    static unsigned char before[304], after[304];
    Tensor tensors[STRANGE];
    fill_strange(before);
    list_strange(tensors, before);
    safetensors_write("first.safetensors", tensors, STRANGE);
    list_strange(tensors, after);
    safetensors_read("first.safetensors", tensors, STRANGE);
    ck_assert_mem_eq(after, before, sizeof before);
    safetensors_write("second.safetensors", tensors, STRANGE);
    Bytes first = read_bytes("first.safetensors"), second = read_bytes("second.safetensors");
    ck_assert_uint_eq(first.n, second.n);
    ck_assert_mem_eq(first.bytes, second.bytes, first.n);
    free(first.bytes);
    free(second.bytes);
    ck_assert_int_eq(files_here(), 2);
}
END_TEST

// Whatever a file holds is found, in the file's order, with a zero behind the data.
START_TEST(a_file_is_taken_as_it_is) {
    enter_folder();
    static unsigned char data[304];
    Tensor tensors[STRANGE];
    fill_strange(data);
    list_strange(tensors, data);
    safetensors_write("x.safetensors", tensors, STRANGE);
    int n;
    Tensor *loaded = safetensors_load("x.safetensors", &n);
    ck_assert_int_eq(n, STRANGE);
    for (int i = 0; i < n; i++) {
        size_t bytes = tensor_bytes(&tensors[i]);
        ck_assert_str_eq(loaded[i].name, tensors[i].name);
        ck_assert(loaded[i].type == tensors[i].type && loaded[i].n_dims == tensors[i].n_dims);
        ck_assert_mem_eq(loaded[i].size, tensors[i].size, sizeof loaded[i].size);
        ck_assert(bytes == 0 || memcmp(loaded[i].data, tensors[i].data, bytes) == 0);
        ck_assert_int_eq(((char *)loaded[i].data)[bytes], 0);
        free(loaded[i].data);
    }
    free(loaded);
    safetensors_write("x.safetensors", NULL, 0);
    free(safetensors_load("x.safetensors", &n));
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

START_TEST(no_tensors_make_an_empty_header) {
    enter_folder();
    safetensors_write("x.safetensors", NULL, 0);
    safetensors_read("x.safetensors", NULL, 0);
    Bytes file = read_bytes("x.safetensors");
    ck_assert_uint_eq(file.n, 16);
    ck_assert_mem_eq(file.bytes, "\x08\0\0\0\0\0\0\0{}      ", 16);
    free(file.bytes);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

static void write_two(void *names) {
    float x = 0;
    Tensor tensors[] = { { "", TENSOR_F32, 0, { 0 }, &x }, { "", TENSOR_F32, 0, { 0 }, &x } };
    for (int i = 0; i < 2; i++) {
        strcpy(tensors[i].name, ((const char **)names)[i]);
    }
    safetensors_write("x.safetensors", tensors, 2);
}

// Names that would make a file that cannot be read are a programmer's mistake.
START_TEST(bad_names_abort) {
    enter_folder();
    static const char *names[][2] = {
        { "a", "a" },   { "a", "" },  { "a", "__metadata__" }, { "a\"", "b" }, { "a", "\\" },
        { "a\n", "b" }, { "a", "é" },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int status;
        char *message = death_message(write_two, names[i], &status);
        ck_assert_msg(status == 128 + SIGABRT, "%s, %s: %d", names[i][0], names[i][1], status);
        free(message);
    }
    ck_assert_int_eq(files_here(), 0);
}
END_TEST

// --- files written by others ----------------------------------------------------------------

#define WEIGHT(type, shape, place)                                                                 \
    "\"0.weight\":{\"dtype\":" type ",\"shape\":" shape ",\"data_offsets\":" place "}"
#define BIAS(type, shape, place)                                                                   \
    "\"0.bias\":{\"dtype\":" type ",\"shape\":" shape ",\"data_offsets\":" place "}"
#define GOOD_WEIGHT WEIGHT("\"F32\"", "[2,3]", "[0,24]")
#define GOOD_BIAS BIAS("\"F32\"", "[2]", "[24,32]")
enum { GOOD_BYTES = 32 };

// What is asked for: 0.weight (2, 3) and 0.bias (2), in a block that parent and child share, with 8
// bytes of guard after each.
enum { BLOCK = 48, BIAS_AT = 32, UNTOUCHED = 0xab };
static Tensor wanted[2] = { { "0.weight", TENSOR_F32, 2, { 2, 3 }, NULL },
                            { "0.bias", TENSOR_F32, 1, { 2 }, NULL } };

static unsigned char *share_block(void) {
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(ftruncate(fileno(file), BLOCK), 0);
    unsigned char *block = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    ck_assert(block != MAP_FAILED);
    fclose(file);
    memset(block, UNTOUCHED, BLOCK);
    wanted[0].data = block;
    wanted[1].data = block + BIAS_AT;
    return block;
}

static void read_wanted(void *path) {
    safetensors_read(path, wanted, 2);
}

// Each is a file that a correct reader of the format takes: the data is 0, 1, 2, … 31, the bias
// last.
START_TEST(files_by_hand_are_accepted) {
    enter_folder();
    static const char *const headers[] = {
        "{" GOOD_WEIGHT "," GOOD_BIAS "}",
        "{" GOOD_BIAS "," GOOD_WEIGHT "}",
        "{\"__metadata__\":{\"format\":\"pt\",\"note\":\"\\u00e9 \\\"\\\\u0000\\\" é × "
        "𝄞\"}," GOOD_BIAS "," GOOD_WEIGHT "}",
        "{ \"0.we\\u0069ght\" :\n{\"data_offsets\": [0, 24], \"shape\": [2, 3],\t\"dtype\": "
        "\"F32\"}, " GOOD_BIAS "}   ",
    };
    unsigned char *block = share_block();
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        memset(block, UNTOUCHED, BLOCK);
        write_by_hand("x.safetensors", -1, headers[i], GOOD_BYTES);
        safetensors_read("x.safetensors", wanted, 2);
        for (int k = 0; k < 24; k++) {
            ck_assert_uint_eq(block[k], k);
        }
        for (int k = 0; k < 8; k++) {
            ck_assert_uint_eq(block[24 + k], UNTOUCHED);
            ck_assert_uint_eq(block[BIAS_AT + k], 24 + k);
            ck_assert_uint_eq(block[BIAS_AT + 8 + k], UNTOUCHED);
        }
    }
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// Reads path in a child: exit status 1, one line that names the file and has `expected` in it, and
// no byte of memory changed.
static void check_read_refused(const char *what, const char *path, const unsigned char *block,
                               const char *expected) {
    int status;
    char *message = death_message(read_wanted, (void *)path, &status);
    ck_assert_msg(status == 1, "%s: status %d, %s", what, status, message);
    ck_assert_msg(strncmp(message, "error: ", 7) == 0, "%s: %s", what, message);
    ck_assert_msg(strstr(message, path) != NULL, "%s: %s", what, message);
    ck_assert_msg(strstr(message, expected) != NULL, "%s: %s", what, message);
    ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "%s: %s", what, message);
    for (const char *c = message; c[1]; c++) {
        ck_assert_msg((unsigned char)*c >= ' ', "%s: a control character in %s", what, message);
    }
    for (int i = 0; i < BLOCK; i++) {
        ck_assert_msg(block[i] == UNTOUCHED, "%s: byte %d was changed", what, i);
    }
    free(message);
}

typedef struct {
    const char *what;
    long long length; // -1: the header's own
    const char *header;
    size_t data;
    const char *expected;
} Refusal;

static void check_refusals(const Refusal *refusals, size_t n) {
    enter_folder();
    unsigned char *block = share_block();
    for (size_t i = 0; i < n; i++) {
        const Refusal *r = &refusals[i];
        write_by_hand("x.safetensors", r->length, r->header, r->data);
        check_read_refused(r->what, "x.safetensors", block, r->expected);
    }
    ck_assert_int_eq(files_here(), 1);
}

START_TEST(bad_headers_are_refused) {
    static const Refusal refusals[] = {
        { "length 2^63 - 1", INT64_MAX, "{}", 0, "claims a header of 9223372036854775807" },
        { "length 3 of 2", 3, "{}", 0, "claims a header of 3" },
        { "length 100 MB", 100000000, "{}", 0, "claims a header of 100000000" },
        { "empty header", 0, "", 0, "not sound JSON" },
        { "empty header, then data", 0, "", 32, "not sound JSON" },
        { "a list", -1, "[1]", 0, "a JSON list, not an object" },
        { "a number", -1, "12", 0, "not sound JSON: '[' or '{' expected" },
        { "byte order mark", -1, "\xef\xbb\xbf{}", 0, "not sound JSON" },
        { "not JSON", -1, "{\"0.weight\":}", 0, "not sound JSON: unexpected token" },
        { "not closed", -1, "{" GOOD_WEIGHT, 24, "not sound JSON" },
        { "text after it", -1, "{" GOOD_WEIGHT "}{}", 24, "end of file expected" },
        { "not UTF-8", -1, "{\"__metadata__\":{\"a\":\"\xff\"}}", 0, "unable to decode byte 0xff" },
        { "overlong UTF-8", -1, "{\"__metadata__\":{\"a\":\"\xc0\xaf\"}}", 0, "unable to decode" },
        { "a surrogate", -1, "{\"__metadata__\":{\"a\":\"\xed\xa0\x80\"}}", 0, "unable to decode" },
        { "too large a code", -1, "{\"__metadata__\":{\"a\":\"\xf4\x90\x80\x80\"}}", 0,
          "unable to decode" },
        { "cut UTF-8", -1, "{\"__metadata__\":{\"a\":\"\xe2\x82\"}}", 0, "unable to decode" },
        { "cut at the end", -1, "{}\xe2", 0, "unable to decode" },
        { "hidden by u0000", -1, "{\"0.weight\\u0000x\":1}", 0, "not sound JSON" },
        { "hidden by uzzzz", -1, "{\"0.weight\\uzzzzx\":1}", 0, "not sound JSON" },
        { "an integer of 2^64", -1, "{\"__metadata__\":18446744073709551616}", 0,
          "too big integer" },
        { "a number of 1e999", -1, "{\"__metadata__\":1e999}", 0, "real number overflow" },
        { "a weight twice", -1, "{" GOOD_WEIGHT "," GOOD_WEIGHT "," GOOD_BIAS "}", 32,
          "duplicate object key near '\"0.weight\"'" },
        { "a weight twice, once in other letters", -1,
          "{\"0.we\\u0069ght\":1," GOOD_WEIGHT "," GOOD_BIAS "}", 32, "duplicate object key" },
        { "remarks twice", -1, "{\"__metadata__\":{}," GOOD_WEIGHT ",\"__metadata__\":{}}", 24,
          "duplicate object key" },
        { "remarks in a list", -1, "{\"__metadata__\":[\"a\"]," GOOD_WEIGHT "," GOOD_BIAS "}", 32,
          "its __metadata__ is not a JSON object" },
        { "a remark that is a number", -1,
          "{\"__metadata__\":{\"a\":\"b\",\"c\":1}," GOOD_WEIGHT "," GOOD_BIAS "}", 32,
          "c in its __metadata__ is not text" },
        { "another checksum", -1,
          "{\"__metadata__\":{\"crc32.0.weight\":\"00000000\",\"crc32.0.bias\":\"8cf0e6a6\"}"
          "," GOOD_WEIGHT "," GOOD_BIAS "}",
          32, "0.weight has not the checksum that the header states" },
        { "a checksum for one", -1,
          "{\"__metadata__\":{\"crc32.0.weight\":\"8295a696\"}," GOOD_WEIGHT "," GOOD_BIAS "}", 32,
          "0.bias has none" },
        { "missing", -1, "{" GOOD_WEIGHT "}", 24, "has no tensor 0.bias" },
        { "nothing there", -1, "{}", 0, "has no tensor 0.weight" },
        { "extra", -1, "{" GOOD_WEIGHT "," GOOD_BIAS ",\"1.weight\":{}}", 32,
          "has a tensor 1.weight, which this network does not have" },
        { "a nameless one", -1, "{\"\":{}," GOOD_WEIGHT "," GOOD_BIAS "}", 32, "has a tensor , " },
        { "control characters", -1, "{\"\\u001b[2J\\n\xc3\xa9\":{}}", 0,
          "has a tensor \\x1b[2J\\x0aé, which" },
        { "a long name", -1,
          "{\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\":"
          "1}",
          0, "xxxxxxxx…, which" },
    };
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
}
END_TEST

START_TEST(bad_entries_are_refused) {
#define DAMAGED_WEIGHT(entry, expected) -1, "{\"0.weight\":" entry "," GOOD_BIAS "}", 32, expected
    static const Refusal refusals[] = {
        { "a number", DAMAGED_WEIGHT("7", "should have dtype, shape and data_offsets") },
        { "no type", DAMAGED_WEIGHT("{\"shape\":[2,3],\"data_offsets\":[0,24]}", "should have") },
        { "no shape",
          DAMAGED_WEIGHT("{\"dtype\":\"F32\",\"data_offsets\":[0,24]}", "should have") },
        { "no place", DAMAGED_WEIGHT("{\"dtype\":\"F32\",\"shape\":[2,3]}", "should have") },
        { "one more", DAMAGED_WEIGHT("{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24],"
                                     "\"shape\":[2,3]}",
                                     "duplicate object key near '\"shape\"'") },
        { "shapes", DAMAGED_WEIGHT("{\"dtype\":\"F32\",\"shapes\":[2,3],\"data_offsets\":[0,24]}",
                                   "the shape of 0.weight") },
        { "offsets", DAMAGED_WEIGHT("{\"dtype\":\"F32\",\"shape\":[2,3],\"offsets\":[0,24]}",
                                    "the data_offsets of 0.weight") },
        { "type 32", -1, "{" WEIGHT("32", "[2,3]", "[0,24]") "}", 24, "should have" },
        { "unknown type", -1, "{" WEIGHT("\"F\\n99\"", "[2,3]", "[0,24]") "," GOOD_BIAS "}", 32,
          "0.weight is of type F\\x0a99 in" },
        { "another type", -1, "{" WEIGHT("\"F16\"", "[2,3]", "[0,12]") "," GOOD_BIAS "}", 32,
          "this network needs F32" },
        { "same size, another type", -1, "{" WEIGHT("\"U8\"", "[2,3]", "[0,24]") "}", 24,
          "0.weight is of type U8 in" },
        { "transposed", -1, "{" WEIGHT("\"F32\"", "[3,2]", "[0,24]") "," GOOD_BIAS "}", 32,
          "this network needs 2 × 3. Use" },
        { "one dimension", -1, "{" WEIGHT("\"F32\"", "[6]", "[0,24]") "," GOOD_BIAS "}", 32,
          "0.weight is 6 in" },
        { "no dimension", -1, "{" WEIGHT("\"F32\"", "[]", "[0,4]") "," GOOD_BIAS "}", 32,
          "0.weight is a single number in" },
        { "six dimensions", -1, "{" WEIGHT("\"F32\"", "[2,3,1,1,1,1]", "[0,24]") "}", 24,
          "0.weight is 2 × 3 × 1 × 1 × … in" },
        { "an overflowing shape", -1,
          "{" WEIGHT("\"F32\"", "[4294967296,4294967296]", "[0,0]") "," GOOD_BIAS "}", 32,
          "0.weight is 4294967296 × 4294967296 in" },
        { "a shape of 2^63", -1, "{" WEIGHT("\"F32\"", "[9223372036854775808]", "[0,24]") "}", 24,
          "too big integer" },
        { "a shape of 2^63 - 1", -1, "{" WEIGHT("\"F32\"", "[9223372036854775807]", "[0,24]") "}",
          24, "0.weight is 9223372036854775807 in" },
        { "a shape of 2.0", -1, "{" WEIGHT("\"F32\"", "[2.0,3]", "[0,24]") "}", 24,
          "the shape of 0.weight is not a list of integers" },
        { "a shape of 1e300", -1, "{" WEIGHT("\"F32\"", "[1e300]", "[0,24]") "}", 24, "the shape" },
        { "a shape of 1e999", -1, "{" WEIGHT("\"F32\"", "[1e999]", "[0,24]") "}", 24,
          "real number overflow" },
        { "a shape of -2", -1, "{" WEIGHT("\"F32\"", "[-2,-3]", "[0,24]") "}", 24, "the shape" },
        { "a shape of 1.5", -1, "{" WEIGHT("\"F32\"", "[4,1.5]", "[0,24]") "}", 24, "the shape" },
        { "a shape of text", -1, "{" WEIGHT("\"F32\"", "[\"2\",3]", "[0,24]") "}", 24,
          "the shape" },
        { "a shape of lists", -1, "{" WEIGHT("\"F32\"", "[[2],3]", "[0,24]") "}", 24, "the shape" },
        { "a shape 6", -1, "{" WEIGHT("\"F32\"", "6", "[0,24]") "}", 24, "the shape" },
        { "a shape NaN", -1, "{" WEIGHT("\"F32\"", "[NaN]", "[0,24]") "}", 24, "not sound JSON" },
    };
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
}
END_TEST

START_TEST(bad_offsets_are_refused) {
#define PLACES(weight, bias)                                                                       \
    "{" WEIGHT("\"F32\"", "[2,3]", weight) "," BIAS("\"F32\"", "[2]", bias) "}"
    static const char whole[] = "the data_offsets of 0.weight are not two integers";
    static const Refusal refusals[] = {
        { "negative", -1, PLACES("[-24,0]", "[0,8]"), 32, whole },
        { "fractional", -1, PLACES("[0.5,24.5]", "[24,32]"), 32, whole },
        { "whole, but a fraction to JSON", -1, PLACES("[0,24.0]", "[24,32]"), 32, whole },
        { "with an exponent", -1, PLACES("[0,24e0]", "[24,32]"), 32, whole },
        { "2^63", -1, PLACES("[0,9223372036854775808]", "[24,32]"), 32, "too big integer" },
        { "wraps to 24", -1, PLACES("[18446744073709551608,16]", "[24,32]"), 32,
          "too big integer" },
        { "three", -1, PLACES("[0,24,32]", "[24,32]"), 32, whole },
        { "one", -1, PLACES("[24]", "[24,32]"), 32, whole },
        { "none", -1, PLACES("[]", "[24,32]"), 32, whole },
        { "text", -1, PLACES("[\"0\",\"24\"]", "[24,32]"), 32, whole },
        { "null", -1, PLACES("null", "[24,32]"), 32, whole },
        { "2^53, behind the data", -1, PLACES("[0,9007199254740992]", "[24,32]"), 32,
          "lies from 0 to 9007199254740992 in 32 bytes of data" },
        { "backwards", -1, PLACES("[24,0]", "[24,32]"), 32, "lies from 24 to 0" },
        { "one behind the data", -1, PLACES("[0,24]", "[25,33]"), 32, "lies from 25 to 33" },
        { "cut short", -1, PLACES("[0,24]", "[24,32]"), 31, "in 31 bytes of data (cut short?)" },
        { "too small", -1, PLACES("[0,20]", "[20,28]"), 28,
          "0.weight has 20 bytes of data, its shape needs 24" },
        { "too large", -1, PLACES("[0,28]", "[28,36]"), 36, "0.weight has 28 bytes" },
        { "overlap", -1, PLACES("[0,24]", "[20,28]"), 28, "0.weight and 0.bias overlap" },
        { "one inside the other", -1, PLACES("[0,24]", "[8,16]"), 24, "overlap" },
        { "a gap", -1, PLACES("[0,24]", "[28,36]"), 36, "4 bytes of data before 0.bias belong" },
        { "a gap first", -1, PLACES("[1,25]", "[25,33]"), 33, "1 bytes of data before 0.weight" },
        { "bytes at the end", -1, PLACES("[0,24]", "[24,32]"), 35, "its last 3 bytes belong" },
    };
    check_refusals(refusals, sizeof refusals / sizeof *refusals);
}
END_TEST

START_TEST(what_is_no_file_of_ours_is_refused) {
    enter_folder();
    unsigned char *block = share_block();
    check_read_refused("missing", "missing.safetensors", block, "No such file");
    check_read_refused("a folder", "/tmp", block, "it is not a file");
    check_read_refused("a device", "/dev/zero", block, "it is not a file");
    for (size_t n = 0; n < 8; n++) {
        char few[64];
        snprintf(few, sizeof few, "it has %zu bytes, fewer than the 8", n);
        write_bytes("x.safetensors", "\x02\0\0\0\0\0\0\0", n);
        check_read_refused("short", "x.safetensors", block, few);
    }
    write_bytes("x.safetensors", "\0\0\0\0\0\0\0\x80{}", 10);
    check_read_refused("2^63", "x.safetensors", block, "claims a header of 9223372036854775808");
    write_bytes("x.safetensors", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    check_read_refused("2^64 - 1", "x.safetensors", block,
                       "claims a header of 18446744073709551615");
    write_bytes("x.safetensors", "\4\0\0\0\0\0\0\0{}\0}", 12);
    check_read_refused("a zero byte", "x.safetensors", block, "end of file expected");
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// A million brackets, and a header that is longer than we accept though the file has it all.
START_TEST(bombs_are_refused) {
    enter_folder();
    unsigned char *block = share_block();
    size_t n = 1 << 20;
    char *header = malloc(n + 2);
    memset(header, '[', n + 1);
    memcpy(header, "{\"a\":", 5);
    header[n] = '\0';
    write_by_hand("x.safetensors", -1, header, 0);
    check_read_refused("brackets", "x.safetensors", block, "maximum parsing depth reached");
    memset(header, ' ', n + 1);
    memcpy(header, "{}", 2);
    header[n + 1] = '\0';
    write_by_hand("x.safetensors", -1, header, 0);
    check_read_refused("spaces", "x.safetensors", block, "claims a header of 1048577");
    free(header);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

static void load_anything(void *path) {
    int n;
    safetensors_load(path, &n);
}

// What is asked for is not known here, so the file alone must answer for itself.
START_TEST(a_file_of_anything_must_be_sound) {
    enter_folder();
    static const Refusal refusals[] = {
        { "a nameless one", -1, "{\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1,
          "no tensor can be called" },
        { "a quote", -1, "{\"a\\\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1,
          "no tensor can be called a\"" },
        { "64 letters", -1,
          "{\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\":{\"dtype\":\"U8\","
          "\"shape\":[],\"data_offsets\":[0,1]}}",
          1, "no tensor can be called xxx" },
        { "a type of later days", -1, "{" WEIGHT("\"F16\"", "[1]", "[0,2]") "}", 2, "no type or" },
        { "no type at all", -1, "{" WEIGHT("3", "[1]", "[0,2]") "}", 2, "no type or shape" },
        { "five dimensions", -1, "{" WEIGHT("\"U8\"", "[1,1,1,1,1]", "[0,1]") "}", 1, "or shape" },
        { "half a dimension", -1, "{" WEIGHT("\"U8\"", "[0.5]", "[0,1]") "}", 1, "or shape" },
        { "2^53 floats", -1, "{" WEIGHT("\"F32\"", "[9007199254740992]", "[0,4]") "}", 4,
          "0.weight is larger than the file" },
        { "2^64 bytes", -1, "{" WEIGHT("\"U8\"", "[4294967296,4294967296]", "[0,0]") "}", 0,
          "0.weight is larger than the file" },
        { "twice", -1,
          "{" WEIGHT("\"U8\"", "[1]", "[0,1]") "," WEIGHT("\"U8\"", "[1]", "[1,2]") "}", 2,
          "duplicate object key" },
        { "one place for two", -1,
          "{" WEIGHT("\"U8\"", "[2]", "[0,2]") "," BIAS("\"U8\"", "[2]", "[0,2]") "}", 2,
          "overlap" },
        { "left over", -1, "{" WEIGHT("\"U8\"", "[2]", "[0,2]") "}", 3, "its last 1 bytes" },
        { "cut short", -1, "{" WEIGHT("\"U8\"", "[2]", "[0,2]") "}", 1, "larger than the file" },
        { "another size", -1, "{" WEIGHT("\"U8\"", "[2]", "[0,1]") "}", 4, "its shape needs 2" },
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        int status;
        write_by_hand("x.safetensors", refusals[i].length, refusals[i].header, refusals[i].data);
        char *message = death_message(load_anything, (void *)"x.safetensors", &status);
        ck_assert_msg(status == 1 && strstr(message, refusals[i].expected), "%s: %s",
                      refusals[i].what, message);
        free(message);
    }
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// A sound file with random bytes changed: either one line and exit status 1, or the tensors are
// filled and nothing beside them.
START_TEST(random_damage_is_refused_or_harmless) {
    enter_folder();
    static const char header[] = "{\"__metadata__\":{\"a\":\"b\"}," GOOD_WEIGHT "," GOOD_BIAS "}";
    static const char likely[] = "0123456789{}[],:\".-eE\\u \x80\xff";
    unsigned char *block = share_block();
    write_by_hand("x.safetensors", -1, header, GOOD_BYTES);
    Bytes good = read_bytes("x.safetensors"), bad = read_bytes("x.safetensors");
    Rng rng = rng_create(1, RNG_DATA);
    int refused = 0;
    for (int round = 0; round < 300; round++) {
        memcpy(bad.bytes, good.bytes, good.n);
        for (uint32_t changes = 1 + rng_below(&rng, 3); changes > 0; changes--) {
            uint32_t place = rng_below(&rng, (uint32_t)good.n);
            bad.bytes[place] = rng_below(&rng, 4) == 0
                                   ? (unsigned char)rng_bits(&rng)
                                   : (unsigned char)likely[rng_below(&rng, sizeof likely)];
        }
        write_bytes("x.safetensors", bad.bytes,
                    rng_below(&rng, 10) ? good.n : rng_below(&rng, 400) % good.n);
        memset(block, UNTOUCHED, BLOCK);
        int status;
        free(death_message(load_anything, (void *)"x.safetensors", &status));
        ck_assert_int_le(status, 1);
        char *message = death_message(read_wanted, (void *)"x.safetensors", &status);
        if (status == 0) {
            ck_assert_str_eq(message, "");
            ck_assert_mem_eq(block, bad.bytes + good.n - 32, 24);
            ck_assert_mem_eq(block + BIAS_AT, bad.bytes + good.n - 8, 8);
        } else {
            free(message);
            message = NULL;
            check_read_refused("damage", "x.safetensors", block, "");
            refused++;
        }
        for (int i = 0; i < 8; i++) {
            ck_assert_uint_eq(block[24 + i], UNTOUCHED);
            ck_assert_uint_eq(block[BIAS_AT + 8 + i], UNTOUCHED);
        }
        free(message);
    }
    ck_assert_int_gt(refused, 100);
    ck_assert_int_lt(refused, 300);
    free(good.bytes);
    free(bad.bytes);
    ck_assert_int_eq(files_here(), 1);
}
END_TEST

// Each bit of a file that we have written, turned over, one at a time. Only where the remark is no
// longer called crc32 is the file taken: as one of others.
START_TEST(each_changed_bit_is_refused) {
    enter_folder();
    float bias[] = { 1, -2 };
    Tensor tensor = { "0.bias", TENSOR_F32, 1, { 2 }, bias };
    safetensors_write("x.safetensors", &tensor, 1);
    Bytes file = read_bytes("x.safetensors");
    size_t key = (size_t)(strstr((char *)file.bytes + 8, "crc32.") - (char *)file.bytes);
    for (size_t bit = 0; bit < 8 * file.n; bit++) {
        file.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        write_bytes("x.safetensors", file.bytes, file.n);
        int status;
        char *message = death_message(load_anything, (void *)"x.safetensors", &status);
        bool named = bit / 8 >= key && bit / 8 < key + strlen("crc32.");
        ck_assert_msg(status == 1 || (status == 0 && named), "bit %zu of byte %zu: %d, %s", bit % 8,
                      bit / 8, status, message);
        free(message);
        file.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    free(file.bytes);
}
END_TEST

// Only floats can be weights; other types are not looked at.
static void check_finite(void *tensors) {
    safetensors_check_finite("some.file", tensors, 2);
}

START_TEST(floats_that_are_not_finite_are_refused) {
    static double not_a_weight = NAN;
    static float weight[3] = { -1, 0, 1 };
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    Tensor tensors[] = { { "a", TENSOR_F64, 0, { 0 }, &not_a_weight },
                         { "b", TENSOR_F32, 1, { 3 }, weight } };
    check_finite(tensors);
    for (int i = 0; i < 3; i++) {
        int status;
        weight[2] = bad[i];
        char *message = death_message(check_finite, tensors, &status);
        ck_assert_int_eq(status, 1);
        ck_assert_msg(strncmp(message, "error: some.file holds ", 23) == 0 &&
                          strstr(message, " in b, at place 2: its run has diverged"),
                      "%s", message);
        free(message);
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("safetensors");
    CASE(s, "writing", writes_the_bytes_of_the_chapter, lays_large_elements_first,
         round_trip_keeps_every_bit, a_file_is_taken_as_it_is, no_tensors_make_an_empty_header,
         bad_names_abort);
    CASE(s, "files of others", files_by_hand_are_accepted, bad_headers_are_refused,
         bad_entries_are_refused, bad_offsets_are_refused, what_is_no_file_of_ours_is_refused,
         bombs_are_refused, a_file_of_anything_must_be_sound, random_damage_is_refused_or_harmless,
         each_changed_bit_is_refused, floats_that_are_not_finite_are_refused);
    return s;
}
