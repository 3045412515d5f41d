/*
# Two kinds of mistake

A program can go wrong because of what its user asked, or because of what its programmer wrote. The two deserve different
endings. A user who types `--lr banana` needs one line that says what is wrong, where, and how to mend it; the name of a
source file would only be noise. A programmer who passes a matrix of the wrong shape needs exactly that: the file, the line,
the broken condition, and a core dump to look into.

So there are two ways to stop, and no third. No function in this library returns an error code: what cannot be done ends
the run.
*/

#ifndef DIE_H
#define DIE_H

#include <stddef.h>
#include <stdio.h>

// A user's mistake: prints "error: " and the message on standard error and exits with status 1. The
// message is one line that says what, where, and how to mend it; what it quotes is shown as by
// print_plain. Files under construction are removed (see the chapter on files).
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A programmer's mistake: unless the condition holds, prints file, line, condition and message, and
// aborts.
#define require(condition, ...)                                                                    \
    ((condition) ? (void)0 : require_failed(__FILE__, __LINE__, #condition, __VA_ARGS__))

_Noreturn void require_failed(const char *file, int line, const char *condition, const char *format,
                              ...) __attribute__((format(printf, 4, 5)));

// Prints text that may come from a file or an option: control characters (line breaks, too), marks
// that turn the direction of writing, and what is not UTF-8 are shown as \x1b.
void print_plain(FILE *out, const char *text);

// What is printed at once has at most this many bytes; more are cut off.
enum { LONGEST_LINE = 1 << 14 };

// At the end of the program: dies if something could not be written to standard output.
void check_output_at_exit(void);

// As malloc, calloc and strdup, but never NULL: too little memory is a user's mistake, with the
// number of MiB that was asked for. alloc_floats: n floats, all zero, aligned to 64 bytes (a cache
// line, and the widest vector register). alloc_scratch: the same, of any value. Free with free().
void *alloc_bytes(size_t bytes);
float *alloc_floats(size_t n);
float *alloc_scratch(size_t n);
char *copy_text(const char *text);

#endif
