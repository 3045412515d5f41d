// Tests of common/cli: what each type of option takes, and that everything else ends in one line
// naming the option.

#include "run/cli.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    int epochs, activation, seed;
    float lr;
    const char *data;
    bool quiet;
    char line[200]; // what the texts point into
} Values;

#define DEFAULTS                                                                                   \
    { .epochs = 10, .activation = 2, .seed = 1, .lr = 0.1f, .data = "fashion" }

// Parses a command line, its words separated by single spaces, into v.
static void parse(Values *v, const char *line) {
    Option options[] = {
        option_int("epochs", &v->epochs, 1, 1000, "passes over the images"),
        option_float("lr", &v->lr, 0, 100, "learning rate"),
        option_choice("activation", &v->activation, "sigmoid|tanh|relu|leaky-relu", "what bends"),
        option_text("data", &v->data, "where the images are"),
        option_int("seed", &v->seed, 0, 2147483647, "the same seed gives the same bytes"),
        option_flag("quiet", &v->quiet, "print nothing but errors"),
        OPTION_END,
    };
    char *words[32] = { "lesson" };
    int n = 1;
    for (char *word = strcpy(v->line, line); word; n++) {
        words[n] = word;
        word = strchr(word, ' ');
        if (word) {
            *word++ = '\0';
        }
    }
    cli_parse(options, *line ? n : 1, words, "Lesson 99: options.");
}

static void parse_line(void *line) {
    Values v = DEFAULTS;
    parse(&v, line);
}

// The line must be refused with exactly this message.
static void assert_error(const char *line, const char *expected) {
    int status;
    char *message = death_message(parse_line, (void *)line, &status);
    ck_assert_msg(status == EXIT_FAILURE, "'%s' was accepted (%d)", line, status);
    char whole[512];
    snprintf(whole, sizeof whole, "error: %s\n", expected);
    ck_assert_str_eq(message, whole);
    free(message);
}

START_TEST(nothing_given_leaves_the_defaults) {
    Values v = DEFAULTS;
    parse(&v, "");
    ck_assert(v.epochs == 10 && v.activation == 2 && v.seed == 1 && v.lr == 0.1f && !v.quiet);
    ck_assert_str_eq(v.data, "fashion");
}
END_TEST

START_TEST(every_type_is_set) {
    Values v = DEFAULTS;
    parse(&v, "--epochs 25 --lr 2.5e-3 --activation tanh --data /tmp/a=b,c --quiet");
    ck_assert(v.epochs == 25 && v.lr == 2.5e-3f && v.activation == 1 && v.quiet && v.seed == 1);
    ck_assert_str_eq(v.data, "/tmp/a=b,c");
}
END_TEST

START_TEST(a_value_may_follow_an_equals_sign) {
    Values v = DEFAULTS;
    parse(&v, "--epochs=25 --lr=1 --activation=sigmoid --data=a=b");
    ck_assert(v.epochs == 25 && v.lr == 1.0f && v.activation == 0);
    ck_assert_str_eq(v.data, "a=b");
}
END_TEST

START_TEST(the_bounds_themselves_are_in_range_and_the_last_one_given_counts) {
    Values v = DEFAULTS;
    parse(&v, "--epochs 1 --lr 0 --seed 2147483647");
    ck_assert(v.epochs == 1 && v.lr == 0.0f && v.seed == 2147483647);
    parse(&v, "--epochs 1000 --lr 100 --seed 3 --seed 0");
    ck_assert(v.epochs == 1000 && v.lr == 100.0f && v.seed == 0);
}
END_TEST

START_TEST(a_choice_is_one_of_its_words_and_no_part_of_one) {
    Values v = DEFAULTS;
    parse(&v, "--activation leaky-relu");
    ck_assert_int_eq(v.activation, 3);
    const char *const wrong[] = { "leaky", "relu|leaky-relu", "Tanh", "tanhh", "" };
    for (int i = 0; i < 5; i++) {
        char line[100], expected[200];
        snprintf(line, sizeof line, "--activation=%s", wrong[i]);
        snprintf(expected, sizeof expected,
                 "--activation is one of sigmoid|tanh|relu|leaky-relu, not \"%s\" "
                 "(--help lists all options)",
                 wrong[i]);
        assert_error(line, expected);
    }
}
END_TEST

START_TEST(what_is_no_whole_number_in_range_is_refused) {
    static const char *const wrong[] = { "banana", "0",           "-3",
                                         "1001",   "1e2",         "2.5",
                                         "25x",    "nan",         "inf",
                                         "0x",     "1,",          "",
                                         "--",     "99999999999", "99999999999999999999999999" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[100], expected[200];
        snprintf(line, sizeof line, "--epochs=%s", wrong[i]);
        snprintf(expected, sizeof expected,
                 "--epochs wants a whole number from 1 to 1000, not \"%s\" "
                 "(--help lists all options)",
                 strchr(line, '=') + 1);
        assert_error(line, expected);
    }
    assert_error("--seed 2147483648", "--seed wants a whole number from 0 to 2147483647, not "
                                      "\"2147483648\" (--help lists all options)");
}
END_TEST

START_TEST(what_is_no_number_in_range_is_refused) {
    static const char *const wrong[] = { "banana", "nan",    "NAN",         "inf",   "-inf",
                                         "1e999",  "-1e999", "100.1",       "-0.1",  "0.1x",
                                         "0,1",    "",       "99999999999", "1e-999" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char line[100], expected[200];
        snprintf(line, sizeof line, "--lr=%s", wrong[i]);
        snprintf(expected, sizeof expected,
                 "--lr wants a number from 0 to 100, not \"%s\" (--help lists all options)",
                 wrong[i]);
        assert_error(line, expected);
    }
}
END_TEST

START_TEST(what_is_no_option_is_named) {
    assert_error("--banana", "unknown option --banana (--help lists all options)");
    assert_error("--quiet --banana 3", "unknown option --banana (--help lists all options)");
    assert_error("--banana=3", "unknown option --banana=3 (--help lists all options)");
    assert_error("-x", "unknown option -x (--help lists all options)");
    assert_error("-xyz", "unknown option -xyz (--help lists all options)");
    assert_error("--quiet -e 3", "unknown option -e (--help lists all options)");
    assert_error("banana", "\"banana\" is not an option; options begin with -- (--help lists all)");
    assert_error("--epochs 3 4",
                 "\"4\" is not an option; options begin with -- (--help lists all)");
    assert_error("--quiet=yes",
                 "--quiet=yes: this option takes no value (--help lists all options)");
}
END_TEST

START_TEST(a_missing_value_is_named) {
    assert_error("--epochs", "--epochs needs a value (--help lists all options)");
    assert_error("--quiet --data", "--data needs a value (--help lists all options)");
    assert_error("--data=", "--data needs a value (--help lists all options)");
    assert_error("--epochs --quiet", "--epochs wants a whole number from 1 to 1000, not "
                                     "\"--quiet\" (--help lists all options)");
}
END_TEST

static void print_help(void *line) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    parse_line(line);
}

START_TEST(help_lists_every_option_with_its_default) {
    int status;
    char *text = death_message(print_help, "--help", &status);
    ck_assert_int_eq(status, EXIT_SUCCESS);
    ck_assert_str_eq(text, "Lesson 99: options.\n"
                           "\n"
                           "usage: lesson [options]\n"
                           "\n"
                           "  --epochs N         passes over the images [10]\n"
                           "  --lr X             learning rate [0.1]\n"
                           "  --activation WHICH what bends: sigmoid|tanh|relu|leaky-relu [relu]\n"
                           "  --data TEXT        where the images are [fashion]\n"
                           "  --seed N           the same seed gives the same bytes [1]\n"
                           "  --quiet            print nothing but errors\n"
                           "  --help             this text\n");
    free(text);
    text = death_message(print_help, "--epochs 77 --help", &status); // stops there: nothing is run
    ck_assert_int_eq(status, EXIT_SUCCESS);
    free(text);
}
END_TEST

// What config.csv shows must bring the value back: nine digits for a float.
START_TEST(print_shows_the_value) {
    int n = -7, choice = 1;
    float lr = 0.1f;
    const char *text = "fashion", *nothing = NULL;
    bool yes = true, no = false;
    Option options[] = {
        option_int("n", &n, -9, 9, ""),
        option_float("lr", &lr, 0, 1, ""),
        option_text("text", &text, ""),
        option_text("nothing", &nothing, ""),
        option_flag("yes", &yes, ""),
        option_flag("no", &no, ""),
        option_choice("which", &choice, "one|another|third", ""),
    };
    const char *const expected[] = { "-7", "0.100000001", "fashion", "", "yes", "no", "another" };
    for (int i = 0; i < 7; i++) {
        char shown[32];
        option_print(&options[i], shown, sizeof shown);
        ck_assert_str_eq(shown, expected[i]);
    }
    char small[4];
    option_print(&options[2], small, sizeof small);
    ck_assert_str_eq(small, "fas");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("cli");
    CASE(s, "taken", nothing_given_leaves_the_defaults, every_type_is_set,
         a_value_may_follow_an_equals_sign,
         the_bounds_themselves_are_in_range_and_the_last_one_given_counts,
         a_choice_is_one_of_its_words_and_no_part_of_one);
    CASE(s, "refused", what_is_no_whole_number_in_range_is_refused,
         what_is_no_number_in_range_is_refused, what_is_no_option_is_named,
         a_missing_value_is_named);
    CASE(s, "shown", help_lists_every_option_with_its_default, print_shows_the_value);
    return s;
}
