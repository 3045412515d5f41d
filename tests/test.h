// What every test file shares. A test file defines suite(); main.c runs it.

#ifndef TEST_H
#define TEST_H

#include <check.h>
#include <stddef.h>

Suite *suite(void);

// Adds a test case with its tests (a NULL-terminated list of TTest *) to the suite.
void add_case(Suite *s, const char *name, const TTest *const *tests);
#define CASE(s, name, ...) add_case(s, name, (const TTest *const[]){ __VA_ARGS__, NULL })

// Runs f(argument) in a child process and returns what it printed on standard error (the first 4095
// bytes; the caller frees it). *status becomes 1 after die, 128 plus the signal's number when a
// signal ended it (134 after a failed require), and 0 when f returned. Not in a test that has used
// OpenMP already: its threads do not survive a fork.
char *death_message(void (*f)(void *), void *argument, int *status);

// Fails the test unless f(argument) ends in a failed require that prints `text`.
void assert_refused(void (*f)(void *), void *argument, const char *text);

// ‖a - b‖ / max(‖a‖, ‖b‖): about 1e-7 for the same numbers computed in another order, 1 if one of them is
// zero, 2 for a flipped sign. If both are zero nothing was compared, and the error is 1; if anything is
// NaN or infinite, so is the error.
double relative_error(const float *a, const float *b, size_t n);

// Makes an empty folder in /tmp and moves into it. It is removed with all its files when the test has
// passed; a test that failed leaves it to be looked at.
void enter_folder(void);

// How many files and folders the current folder holds, those with a dot in front aside: tells
// whether a .part was left behind.
int files_here(void);

typedef struct {
    unsigned char *bytes; // a 0 follows, so that they can be read as text
    size_t n;
} Bytes;

// A whole file; the caller frees its bytes.
Bytes read_bytes(const char *path);

void write_bytes(const char *path, const void *bytes, size_t n);
void write_text(const char *path, const char *text);

// Runs a command in the shell. Returns what it printed, on both streams (the caller frees it), and its
// exit status, -1 if a signal ended it.
__attribute__((format(printf, 2, 3))) char *shell(int *status, const char *format, ...);

// How often `part` stands in the text.
int count(const char *text, const char *part);

#endif
