#define _DEFAULT_SOURCE // madvise
#include "die.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
Standard output is flushed first, so that the two streams come out in the order in which they were written even when both go
to the same file. On a terminal its line may hold an unfinished progress bar: `\r` returns to the line's start and `ESC [ K`
erases to its end, which does nothing to an empty line.
*/

static void finish_output(void) {
    if (isatty(STDOUT_FILENO)) {
        fputs("\r\033[K", stdout);
    }
    fflush(stdout);
}

static void print_message(const char *label, const char *format, va_list arguments) {
    fprintf(stderr, "%s: ", label);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

_Noreturn void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    finish_output();
    print_message("error", format, arguments);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

_Noreturn void require_failed(const char *file, int line, const char *condition, const char *format,
                              ...) {
    va_list arguments;
    va_start(arguments, format);
    finish_output();
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    print_message("bug", format, arguments);
    va_end(arguments);
    abort();
}

/*
Memory is the one resource every module asks for, so the check lives here once. `aligned_alloc` wants a size that is a
multiple of the alignment; the multiplication is checked first, since `n * sizeof(float)` that wraps around would hand out a
small block for a huge request.
*/

static void *or_die(void *block, size_t bytes) {
    if (!block) {
        die("not enough memory for %zu MiB. Close other programs, or use a smaller --batch",
            (bytes >> 20) + 1);
    }
    return block;
}

void *alloc_bytes(size_t bytes) {
    return or_die(calloc(bytes ? bytes : 1, 1), bytes);
}

/*
A processor finds memory through a table of pages of 4 KiB, of which it remembers only some. A batch norm that visits the same
channel of 64 pictures touches 64 pages or more per channel, and waits for the table each time. Large blocks therefore ask for
pages of 2 MiB; a training step of lesson 7 becomes a fiftieth faster. Where the system has none, nothing changes.
*/

enum { CACHE_LINE = 64, LARGE_PAGE = 2 << 20 };

float *alloc_floats(size_t n) {
    require(n <= (SIZE_MAX - LARGE_PAGE) / sizeof(float),
            "%zu floats are more than a size_t counts", n);
    size_t bytes = n * sizeof(float), unit = bytes < LARGE_PAGE ? CACHE_LINE : LARGE_PAGE;
    bytes = bytes ? (bytes + unit - 1) / unit * unit : unit;
    float *block = or_die(aligned_alloc(unit, bytes), bytes);
    if (unit == LARGE_PAGE) {
        madvise(block, bytes, MADV_HUGEPAGE); // a wish: whether it is granted makes no difference
    }
    return memset(block, 0, bytes);
}

char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(alloc_bytes(bytes), text, bytes);
}
