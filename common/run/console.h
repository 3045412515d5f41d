/*
# What a program prints while it works

A training run takes minutes. Whoever waits for it wants to know whether it is still running, how far it has come, and whether
the loss falls. How much should a program print, and where?

On a terminal it is one line that is drawn again ten times a second, so it always shows the present state and leaves nothing
behind. In a file or a pipe this would become thousands of lines with control characters. So there the program prints ten plain
lines instead. With `--quiet` it prints nothing but errors.
*/

#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdarg.h>
#include <stdbool.h>

typedef struct {
    bool quiet;
    bool terminal;    // standard output is one
    bool bar_visible; // on its last line
    const char *phase;
    double phase_started, last_drawn; // in seconds
    int tenth;                        // of the phase: plain lines
} Console;

// Of standard output; a quiet one prints nothing.
Console console_create(bool quiet);

// A line of text, shown as by print_plain; with an empty line above for each \n that the format
// begins with.
void console_say(Console *console, const char *format, va_list arguments);

// How far a phase has come: done of total steps, and the format's current figures. A bar with the
// seconds left on a terminal, at most ten times a second; elsewhere a line for each tenth. The
// phase's name is told from others by its address.
void console_progress(Console *console, const char *phase, long done, long total,
                      const char *format, va_list arguments);

// Removes the bar, if there is one.
void console_wipe(Console *console);

#endif
