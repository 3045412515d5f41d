#define _DEFAULT_SOURCE // madvise
#include "base/die.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
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

static bool dying; // what the user is told is the reason, and not what became of the output

static void finish_output(void) {
    if (isatty(STDOUT_FILENO)) {
        fputs("\r\033[K", stdout);
    }
    fflush(stdout);
}

/*
## Words that are not ours

A message quotes what it complains about: a path, an option, a name from a file. Whoever wrote these may have put anything into
them. `ESC [ 2 J` clears the terminal, other sequences change its title or what it answers, a line break makes two lines of
one, and a mark that turns the direction of writing shows an order of letters that is not there. So whatever is printed goes
through one place, where each byte that is no plain text is replaced by its number: `\x1b[2J` can be read and does nothing.
Letters of all languages stay as they are.
*/

// The bytes of the sound UTF-8 letter that text begins with, 1 to 4; 0 if there is none (RFC 3629:
// shortest form, no surrogates, at most 10ffff), or if it controls a terminal or the direction.
static int letter_bytes(const unsigned char *text) {
    static const uint32_t least[] = { ' ', 0xa0, 0x800, 0x10000 };
    unsigned char c = *text;
    int more = c < 0x80 ? 0 : c >> 5 == 6 ? 1 : c >> 4 == 14 ? 2 : c >> 3 == 30 ? 3 : -1;
    if (more < 0 || c == 0x7f) {
        return 0;
    }
    uint32_t code = more ? c & (0x3fu >> more) : c;
    for (int k = 1; k <= more; k++) {
        if (text[k] >> 6 != 2) {
            return 0;
        }
        code = code << 6 | (text[k] & 0x3fu);
    }
    bool sound = code >= least[more] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    bool turns = (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    return sound && !turns ? more + 1 : 0;
}

void print_plain(FILE *out, const char *text) {
    while (*text) {
        int bytes = letter_bytes((const unsigned char *)text);
        if (bytes > 0) {
            fwrite(text, 1, (size_t)bytes, out);
        } else {
            fprintf(out, "\\x%02x", (unsigned char)*text);
        }
        text += bytes > 0 ? bytes : 1;
    }
}

static void print_message(const char *label, const char *format, va_list arguments) {
    char text[LONGEST_LINE];
    vsnprintf(text, sizeof text, format, arguments);
    fprintf(stderr, "%s: ", label);
    print_plain(stderr, text);
    fputc('\n', stderr);
}

_Noreturn void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    dying = true;
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
## Was it printed?

`--help >/dev/full` prints into a buffer, which is written out when the program ends, and then nobody asks any more whether
that went well. So a program asks for a look at the end. (`exit` must not be called a second time there. And a reader who has
seen enough and left, as in `… | head`, is not a failure: `poll` sees that the other end of the pipe is closed.)
*/

static void check_output(void) {
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    const char *reason = errno ? strerror(errno) : "an earlier line could not be written";
    struct pollfd output = { .fd = STDOUT_FILENO };
    bool reader_left = poll(&output, 1, 0) > 0 && output.revents & (POLLERR | POLLHUP);
    if (failed && !reader_left && !dying) {
        fprintf(stderr, "error: cannot print all of it: %s. Print to another place\n", reason);
        _exit(EXIT_FAILURE);
    }
}

void check_output_at_exit(void) {
    static bool registered;
    if (!registered) {
        atexit(check_output);
        registered = true;
    }
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

Memory that nobody has written to takes no room yet. The kernels' workspaces are made for as many threads as may ever come, and are
not cleared: what no thread uses stays free.
*/

enum { CACHE_LINE = 64, LARGE_PAGE = 2 << 20 };

float *alloc_scratch(size_t n) {
    require(n <= (SIZE_MAX - LARGE_PAGE) / sizeof(float),
            "%zu floats are more than a size_t counts", n);
    size_t bytes = n * sizeof(float), unit = bytes < LARGE_PAGE ? CACHE_LINE : LARGE_PAGE;
    bytes = bytes ? (bytes + unit - 1) / unit * unit : unit;
    float *block = or_die(aligned_alloc(unit, bytes), bytes);
    if (unit == LARGE_PAGE) {
        madvise(block, bytes, MADV_HUGEPAGE); // a wish: whether it is granted makes no difference
    }
    return block;
}

float *alloc_floats(size_t n) {
    return memset(alloc_scratch(n), 0, n * sizeof(float));
}

char *copy_text(const char *text) {
    size_t bytes = strlen(text) + 1;
    return memcpy(alloc_bytes(bytes), text, bytes);
}
