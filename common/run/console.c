#include "run/console.h"
#include "base/clock.h"
#include "base/die.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

Console console_create(bool quiet) {
    return (Console){ .quiet = quiet, .terminal = isatty(STDOUT_FILENO) };
}

/*
A message may quote a file or an option, which may hold control characters. So every message is [printed as plain
text](die.html) and stays one line. (Empty lines in front of it are the lesson's own.)

A bar that is still on the line is erased before anything else is written: `\r` returns to the start of the line, and `ESC [ K`
erases to its end.
*/

void console_wipe(Console *console) {
    if (console->bar_visible) {
        fputs("\r\033[K", stdout);
        console->bar_visible = false;
    }
}

void console_say(Console *console, const char *format, va_list arguments) {
    if (console->quiet) {
        return;
    }
    console_wipe(console);
    for (; *format == '\n'; format++) {
        putchar('\n');
    }
    char text[LONGEST_LINE];
    vsnprintf(text, sizeof text, format, arguments);
    print_plain(stdout, text);
    putchar('\n');
    fflush(stdout);
}

/*
## The bar

    backprop [==============>                ]  45%   12 s left  loss 0.41

The bar takes the space that the words leave; a long text is cut. A line that fills the terminal would wrap, and `\r` could
not return to the row above. So one column stays free, and two more for the `^C` that a terminal prints by itself.

The seconds left are estimated from the speed of the phase so far.
*/

static int terminal_width(void) {
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
    return known ? size.ws_col : 80;
}

static void draw_bar(Console *console, double done, double seconds_left, const char *figures) {
    enum { SHORTEST = 8, LONGEST = 30 };
    char words[512], bar[LONGEST + 1], line[1024];
    double left = seconds_left < 9999 ? seconds_left : 9999;
    snprintf(words, sizeof words, "%3.0f%% %4.0f s left  %s", 100 * done, left, figures);
    int room = terminal_width() - 3;
    int width = room - (int)(strlen(console->phase) + strlen(words)) - 4;
    width = width < SHORTEST ? SHORTEST : width > LONGEST ? LONGEST : width;
    for (int i = 0; i < width; i++) {
        int head = (int)(done * width);
        bar[i] = i < head ? '=' : i == head ? '>' : ' ';
    }
    snprintf(line, sizeof line, "%s [%.*s] %s", console->phase, width, bar, words);
    line[room < (int)sizeof line ? room : (int)sizeof line - 1] = '\0';
    printf("\r\033[K");
    print_plain(stdout, line);
    fflush(stdout);
    console->bar_visible = true;
}

void console_progress(Console *console, const char *phase, long done, long total,
                      const char *format, va_list arguments) {
    if (console->quiet) {
        return;
    }
    double now = clock_seconds();
    if (console->phase != phase) {
        console->phase = phase;
        console->phase_started = now;
        console->last_drawn = 0;
        console->tenth = 0;
    }
    double fraction = (double)done / (double)total;
    int tenth = (int)(10 * fraction);
    bool due = console->terminal ? now - console->last_drawn > 0.1 : tenth > console->tenth;
    if (!due) {
        return;
    }
    console->last_drawn = now;
    console->tenth = tenth;
    char figures[256];
    vsnprintf(figures, sizeof figures, format, arguments);
    if (console->terminal) {
        double elapsed = now - console->phase_started;
        draw_bar(console, fraction, fraction > 0 ? elapsed / fraction - elapsed : 0, figures);
    } else {
        printf("%s %3.0f%%  ", phase, 100 * fraction);
        print_plain(stdout, figures);
        putchar('\n');
        fflush(stdout);
    }
}
