// Tests of common/die: what is printed of words that are not ours, and whether it was printed.

#include "run/cli.h"
#include "base/die.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *shown;
} words[] = {
    { "plain", "plain" },
    { "é × 𝄞 “…” ‐", "é × 𝄞 “…” ‐" },
    { "\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m" },
    { "two\nlines\r", "two\\x0alines\\x0d" },
    { "\a\b\t\177", "\\x07\\x08\\x09\\x7f" },
    { "\xc2\x9b"
      "2J\xc2\xa0",
      "\\xc2\\x9b2J\xc2\xa0" },                                // CSI in one letter; a space
    { "\x9b\xff\x80", "\\x9b\\xff\\x80" },                     // no UTF-8
    { "\xc1\x9b \xe0\x82\x9b", "\\xc1\\x9b \\xe0\\x82\\x9b" }, // longer than they need be
    { "\xed\xa0\x80 \xf4\x90\x80\x80", "\\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80" },
    { "cut \xe2\x82", "cut \\xe2\\x82" },
    { "\xe2\x80\xae"
      "gnp.exe",
      "\\xe2\\x80\\xaegnp.exe" }, // would be shown as exe.png
};
enum { WORDS = sizeof words / sizeof *words };

static void die_of(void *text) {
    die("no %s", (const char *)text);
}

static void fail_with(void *text) {
    require(text == NULL, "no %s", (const char *)text);
}

START_TEST(what_a_message_quotes_is_shown_plainly) {
    for (int i = 0; i < WORDS; i++) {
        char expected[200];
        int status;
        char *message = death_message(die_of, (void *)words[i].text, &status);
        snprintf(expected, sizeof expected, "error: no %s\n", words[i].shown);
        ck_assert_str_eq(message, expected);
        ck_assert_int_eq(status, EXIT_FAILURE);
        free(message);
        message = death_message(fail_with, (void *)words[i].text, &status);
        snprintf(expected, sizeof expected, "\nbug: no %s\n", words[i].shown);
        ck_assert_msg(strstr(message, expected) != NULL, "%s", message);
        free(message);
    }
}
END_TEST

START_TEST(a_long_message_is_cut_and_still_one_line) {
    enum { LONG = 1 << 16 };
    char *text = alloc_bytes(LONG);
    memset(text, '\033', LONG - 1);
    int status;
    char *message = death_message(die_of, text, &status);
    ck_assert_int_eq(status, EXIT_FAILURE);
    ck_assert_int_eq(strncmp(message, "error: no \\x1b\\x1b", 18), 0);
    ck_assert_ptr_null(strchr(message, '\033'));
    free(message);
    free(text);
}
END_TEST

// With a `{` in front the words are printed and then the program goes on to die.
static void print_to(void *path_and_words) {
    const char **argument = path_and_words;
    char *argv[] = { "program", NULL };
    const Option none[] = { OPTION_END };
    cli_parse(none, 1, argv, "a program");
    require(freopen(argument[0], "w", stdout) != NULL, "cannot write to %s", argument[0]);
    printf("%s\n", argument[1]);
    if (*argument[1] == '{') {
        die("of something else");
    }
    exit(EXIT_SUCCESS);
}

START_TEST(what_could_not_be_printed_is_an_error) {
    const char *full[] = { "/dev/full", "words" }, *dying[] = { "/dev/full", "{" },
               *null[] = { "/dev/null", "words" };
    int status;
    char *message = death_message(print_to, full, &status);
    ck_assert_str_eq(message, "error: cannot print all of it: No space left on device. Print to "
                              "another place\n");
    ck_assert_int_eq(status, EXIT_FAILURE);
    free(message);
    message = death_message(print_to, dying, &status);
    ck_assert_str_eq(message, "error: of something else\n"); // one line
    free(message);
    free(death_message(print_to, null, &status));
    ck_assert_int_eq(status, EXIT_SUCCESS);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("die");
    CASE(s, "die", what_a_message_quotes_is_shown_plainly, a_long_message_is_cut_and_still_one_line,
         what_could_not_be_printed_is_an_error);
    return s;
}
