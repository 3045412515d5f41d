// Tests of common/console: what is printed on a terminal, elsewhere, and when nobody wants to read.

#include "run/console.h"
#include "base/die.h"
#include "terminal.h"
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

__attribute__((format(printf, 2, 3))) static void say(Console *console, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    console_say(console, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 5, 6))) static void
progress(Console *console, const char *phase, long done, long total, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    console_progress(console, phase, done, total, format, arguments);
    va_end(arguments);
}

// What two phases of a thousand steps print on a console that is no terminal; the caller frees it.
static char *printed_by_two_phases(bool quiet) {
    static const char *const phases[] = { "training", "testing" };
    enter_folder();
    ck_assert_ptr_nonnull(freopen("printed", "w+", stdout));
    Console console = console_create(quiet);
    say(&console, "seed %d", 1);
    for (int phase = 0; phase < 2; phase++) {
        for (int i = 0; i <= 1000; i++) {
            progress(&console, phases[phase], i, 1000, "loss %.2f", 1.0 - i / 1000.0);
        }
    }
    console_wipe(&console);
    fflush(stdout);
    rewind(stdout);
    char *text = alloc_bytes(4096);
    ck_assert_uint_lt(fread(text, 1, 4096, stdout), 4096);
    return text;
}

START_TEST(without_a_terminal_progress_is_ten_plain_lines) {
    char *text = printed_by_two_phases(false);
    int lines[2] = { 0 };
    for (char *c = text; *c; c++) {
        ck_assert(*c != '\r' && *c != '\033');
        lines[0] += *c == '\n' && strncmp(c + 1, "training ", 9) == 0;
        lines[1] += *c == '\n' && strncmp(c + 1, "testing ", 8) == 0;
    }
    ck_assert_int_eq(lines[0], 10);
    ck_assert_int_eq(lines[1], 10);
    ck_assert_ptr_eq(strstr(text, "seed 1\ntraining  10%  loss 0.90\n"), text);
    ck_assert_ptr_nonnull(strstr(text, "\ntraining  50%  loss 0.50\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ntraining 100%  loss 0.00\ntesting  10%  loss 0.90\n"));
    free(text);
}
END_TEST

// Words that came from a file or an option.
START_TEST(what_is_said_stays_a_line_without_control_characters) {
    enter_folder();
    ck_assert_ptr_nonnull(freopen("printed", "w", stdout));
    Console console = console_create(false);
    say(&console, "\n%s", "\033[31mé\ntwo");
    progress(&console, "training", 1, 1, "%s", "\033[2J");
    fflush(stdout);
    Bytes printed = read_bytes("printed");
    ck_assert_str_eq((char *)printed.bytes, "\n\\x1b[31mé\\x0atwo\ntraining 100%  \\x1b[2J\n");
    free(printed.bytes);
}
END_TEST

START_TEST(a_quiet_console_prints_nothing) {
    char *text = printed_by_two_phases(true);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

static void draw_a_bar_then_die(void *slave) {
    dup2(open(slave, O_RDWR | O_NOCTTY), STDOUT_FILENO);
    Console console = console_create(false);
    for (int i = 1; i < 4; i++) {
        progress(&console, "training", i, 4, "loss %.4f  accuracy %.4f", 1.25, 0.5);
        nanosleep(&(struct timespec){ .tv_nsec = 150000000L }, NULL);
    }
    say(&console, "between");
    progress(&console, "testing", 1, 4, "loss %.4f  accuracy %.4f", 1.25, 0.5);
    die("no more");
}

// Every drawing begins at the line's start and is at most columns - 3 wide; a line of text takes
// the bar's place, and die wipes the last one.
START_TEST(on_a_terminal_a_bar_redraws_itself_and_never_wraps) {
    if (no_terminals()) {
        return;
    }
    for (int columns = 30; columns <= 110; columns += 40) {
        int master = open_terminal(columns), slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        int status;
        char *message = death_message(draw_a_bar_then_die, ptsname(master), &status);
        ck_assert_str_eq(message, "error: no more\n");
        free(message);
        char text[4096] = { 0 };
        struct pollfd more = { .fd = master, .events = POLLIN };
        for (size_t length = 0; poll(&more, 1, 200) > 0;) { // it comes in pieces
            ssize_t got = read(master, text + length, sizeof text - 1 - length);
            ck_assert_int_gt(got, 0);
            length += (size_t)got;
        }
        close(slave);
        close(master);
        static const char *const begin[] = { "training [",  "training [", "training [",
                                             "between\r\n", "testing [",  "" };
        char *line = text;
        for (int i = 0; i < 6; i++) {
            ck_assert_int_eq(strncmp(line, "\r\033[K", 4), 0);
            line += 4;
            ck_assert_int_eq(strncmp(line, begin[i], strlen(begin[i])), 0);
            size_t length = strcspn(line, "\r");
            ck_assert_uint_le(length, (size_t)columns - 3);
            if (columns >= 70 && begin[i][0] == 't') {
                ck_assert_ptr_nonnull(strstr(line, " s left  loss 1.2500  accuracy 0.5000\r"));
            }
            line += length + (i == 3 ? 2 : 0);
        }
        ck_assert_str_eq(line, "");
    }
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("console");
    CASE(s, "console", what_is_said_stays_a_line_without_control_characters,
         without_a_terminal_progress_is_ten_plain_lines, a_quiet_console_prints_nothing,
         on_a_terminal_a_bar_redraws_itself_and_never_wraps);
    return s;
}
