/*
# What a program prints while it works

A training run takes minutes. Whoever sits before it wants to know that it is alive, how far it has come, and whether the loss
falls. Where do these words go, and how many of them are too many?

On a terminal there are people: one line that is drawn again and again, ten times a second, tells them all of it and leaves no
trace. In a file or a pipe the same line would be thousands of lines full of control characters, so there ten plain ones have
to do. Nothing is printed at all if nobody wants to read.
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

// A line of text.
void console_say(Console *console, const char *format, va_list arguments);

// How far a phase has come: done of total steps, and the format's current figures. A bar with the
// seconds left on a terminal, at most ten times a second; elsewhere a line for each tenth. The
// phase's name is told from others by its address.
void console_progress(Console *console, const char *phase, long done, long total,
                      const char *format, va_list arguments);

// Removes the bar, if there is one.
void console_wipe(Console *console);

#endif
