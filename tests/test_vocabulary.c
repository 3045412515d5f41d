// Tests of the words that networks are written in (common/nn/layer.h): what has no name, and is not a
// kind's first argument, does not compile, with any compiler that is here.

#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const compilers[] = { "gcc", "clang" };
enum { COMPILERS = sizeof compilers / sizeof *compilers };

static bool is_here(const char *compiler) {
    char command[100];
    snprintf(command, sizeof command, "command -v %s >/dev/null", compiler);
    return system(command) == 0;
}

// Whether a table of these rows compiles, static and as a variable, without a word of warning;
// errors are not made of warnings here.
static bool compiles(const char *compiler, const char *rows) {
    char command[1000];
    snprintf(command, sizeof command,
             "words=$(echo '#include \"nn/layer.h\"\n"
             "static const LayerSpec still[] = { %s, END };\n"
             "int main(void) { LayerSpec table[] = { %s, END }; return table[0].out - "
             "still[0].out; }' | "
             "%s -x c -std=c17 -Wall -Wextra -Wpedantic -Wshadow -Icommon -fsyntax-only - 2>&1) && "
             "[ -z \"$words\" ]",
             rows, rows, compiler);
    return system(command) == 0;
}

START_TEST(options_with_their_name_compile) {
    static const char *const rows[] = {
        "dense(128), dense(128, .no_bias = true)",
        "conv2d(8, .kernel = 3, .pad = 1), conv2d(6, .kernel = 5, .stride = 2, .dilation = 2)",
        "conv_transpose2d(1, .stride = 2, .pad = 1, .kernel = 4, .no_bias = true)",
        "max_pool2d(2), max_pool2d(3, .stride = 2, .pad = 1), avg_pool2d(3, .stride = 2)",
        "global_avg_pool(), spatial_pyramid(4)",
        "upsample(2), dropout(0.5f), leaky_relu(0.2f)",
        "batchnorm(), batchnorm(.momentum = 0.1f), batchnorm(.eps = 1e-3f, .momentum = 0.2f)",
        "sigmoid(), tanh_(), relu(), flatten(), reshape(16, 5, 5)",
        "mark(\"x\"), add(\"x\"), concat(\"x\"), from(\"x\")",
    };
    for (int c = 0; c < COMPILERS; c++) {
        for (size_t i = 0; is_here(compilers[c]) && i < sizeof rows / sizeof *rows; i++) {
            ck_assert_msg(compiles(compilers[c], rows[i]), "%s: %s", compilers[c], rows[i]);
        }
    }
}
END_TEST

// The habits of other libraries; and zeros, which fit into any field.
START_TEST(options_without_their_name_do_not) {
    static const char *const rows[] = {
        "dense(784, 128)",
        "dense(128, 0)",
        "dense(128, false)",
        "dense(128, .no_bias = true, 0)",
        "conv2d(16, 4, 2, 1)",
        "conv2d(1, 16, .kernel = 4)",
        "conv2d(16, .kernel = 4, 2)",
        "conv2d(16, .stride = 2, 1)",
        "conv2d(16, .pad = 1, 0)",
        "conv_transpose2d(16, 4, 2, 1)",
        "conv_transpose2d(16, .kernel = 4, 2, 1)",
        "max_pool2d(2, 2)",
        "avg_pool2d(2, 0)",
        "global_avg_pool(7)",
        "spatial_pyramid(4, 2)",
        "spatial_pyramid(4, 0)",
        "upsample(2, 2)",
        "batchnorm(0.8)",
        "batchnorm(0)",
        "batchnorm(64)",
        "batchnorm(.eps = 1e-5f, 0.1f)",
        "sigmoid(1)",
        "tanh_(1)",
        "relu(0.2f)",
        "leaky_relu(0.2f, 1)",
        "leaky_relu(0.2f, 0)",
        "dropout(0.5f, 1)",
        "dropout(0.5f, 0)",
        "flatten(1)",
        "reshape(1, 28, 28, 1)",
        "reshape(1, 28, 28, 0)",
        "reshape(1, 28, 28, .out = 1)",
        "mark()",
        "mark(\"x\", 0)",
        "concat(\"x\", \"y\")",
    };
    for (int c = 0; c < COMPILERS; c++) {
        for (size_t i = 0; is_here(compilers[c]) && i < sizeof rows / sizeof *rows; i++) {
            char command[1000]; // as a static table alone: an error, not only a warning
            snprintf(
                command, sizeof command,
                "echo '#include \"nn/layer.h\"\nstatic const LayerSpec table[] = { %s, END };\n"
                "int main(void) { return table[0].out; }' | "
                "%s -x c -std=c17 -Icommon -fsyntax-only - 2>/dev/null",
                rows[i], compilers[c]);
            ck_assert_msg(system(command) != 0, "%s takes %s", compilers[c], rows[i]);
        }
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("vocabulary");
    CASE(s, "vocabulary", options_with_their_name_compile, options_without_their_name_do_not);
    return s;
}
