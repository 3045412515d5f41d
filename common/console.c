#include "console.h"
#include "clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

Console console_create(bool quiet) {
    return (Console){ .quiet = quiet, .terminal = isatty(STDOUT_FILENO) };
}

/*
A bar that is still on the line is wiped before anything else is written; `\r` returns to the line's start and `ESC [ K`
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
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
}

/*
## The bar

    backprop [==============>                ]  45%   12 s left  loss 0.41

It takes the room that the words leave; too many words are cut. A line that fills the terminal would wrap, and
`\r` could not take back the row above, so one column stays free, and two more for the `^C` that a terminal prints by
itself.

The seconds left are those that the rest takes if it goes on as fast as the phase has gone so far.
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
    printf("\r\033[K%.*s", room, line);
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
        printf("%s %3.0f%%  %s\n", phase, 100 * fraction, figures);
        fflush(stdout);
    }
}
