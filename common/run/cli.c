#include "run/cli.h"
#include "base/die.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
## Values

Numbers are read with `strtol` and `strtod`, which say where they stopped: a number followed by anything else is not a
number. A range check that is written as "not inside" refuses NaN as well, since every comparison with NaN is false.
*/

static double parse_number(const Option *option, const char *text) {
    bool whole = option->type == OPTION_INT;
    char *end = NULL;
    errno = 0;
    double value = whole ? (double)strtol(text, &end, 10) : strtod(text, &end);
    bool parsed = end != text && *end == '\0' && errno == 0;
    if (!parsed || !(value >= option->low && value <= option->high)) {
        die("--%s wants a %s from %.10g to %.10g, not \"%s\" (--help lists all options)",
            option->name, whole ? "whole number" : "number", option->low, option->high, text);
    }
    return value;
}

static int parse_choice(const Option *option, const char *text) {
    size_t length = strlen(text);
    int place = 0;
    for (const char *choice = option->choices; choice; place++) {
        const char *bar = strchr(choice, '|');
        size_t width = bar ? (size_t)(bar - choice) : strlen(choice);
        if (width == length && strncmp(choice, text, length) == 0) {
            return place;
        }
        choice = bar ? bar + 1 : NULL;
    }
    die("--%s is one of %s, not \"%s\" (--help lists all options)", option->name, option->choices,
        text);
}

static void set_value(const Option *option, const char *text) {
    switch (option->type) {
    case OPTION_INT:
        *(int *)option->value = (int)parse_number(option, text);
        break;
    case OPTION_FLOAT:
        *(float *)option->value = (float)parse_number(option, text);
        break;
    case OPTION_TEXT:
        if (*text == '\0') {
            die("--%s needs a value (--help lists all options)", option->name);
        }
        *(const char **)option->value = text;
        break;
    case OPTION_FLAG:
        *(bool *)option->value = true;
        break;
    case OPTION_CHOICE:
        *(int *)option->value = parse_choice(option, text);
        break;
    }
}

void option_print(const Option *option, char *text, size_t size) {
    switch (option->type) {
    case OPTION_INT:
        snprintf(text, size, "%d", *(int *)option->value);
        break;
    case OPTION_FLOAT:
        snprintf(text, size, "%.9g", (double)*(float *)option->value);
        break;
    case OPTION_TEXT:
        snprintf(text, size, "%s",
                 *(const char **)option->value ? *(const char **)option->value : "");
        break;
    case OPTION_FLAG:
        snprintf(text, size, "%s", *(bool *)option->value ? "yes" : "no");
        break;
    case OPTION_CHOICE: {
        const char *choice = option->choices;
        for (int skip = *(int *)option->value; skip > 0; skip--) {
            choice = strchr(choice, '|') + 1;
        }
        snprintf(text, size, "%.*s", (int)strcspn(choice, "|"), choice);
        break;
    }
    }
}

/*
## The help text, from the same table

A float's default is printed with few digits: `0.1f` is 0.100000001, but what was meant is 0.1.
*/

static void print_help(const Option *options, const char *program, const char *title) {
    printf("%s\n\nusage: ", title);
    print_plain(stdout, program);
    printf(" [options]\n\n");
    for (const Option *o = options; o->name; o++) {
        char left[64], value[256];
        static const char *const kind[] = { " N", " X", " TEXT", "", " WHICH" };
        snprintf(left, sizeof left, "--%s%s", o->name, kind[o->type]);
        option_print(o, value, sizeof value);
        if (o->type == OPTION_FLOAT) {
            snprintf(value, sizeof value, "%g", (double)*(float *)o->value);
        }
        printf("  %-18s %s", left, o->help);
        if (o->choices) {
            printf(": %s", o->choices);
        }
        if (o->type != OPTION_FLAG && *value) {
            printf(" [%s]", value);
        }
        printf("\n");
    }
    printf("  %-18s this text\n", "--help");
}

/*
## The command line

The C library's `getopt_long` splits the command line into options and values; its table is made from ours. With
`opterr = 0` it prints no errors itself. The colon in front of the short options makes it return different values for a
missing value (`:`) and an unknown name (`?`). The number of an option is 256 plus its place in our table, so that it is
different from every character.
*/

enum { MOST_OPTIONS = 64, FIRST = 256 };

static int fill_long_options(struct option *table, const Option *options) {
    int n = 0;
    for (; options[n].name; n++) {
        require(n < MOST_OPTIONS - 2, "more than %d options", MOST_OPTIONS - 2);
        bool flag = options[n].type == OPTION_FLAG;
        table[n] = (struct option){ options[n].name, flag ? no_argument : required_argument, NULL,
                                    FIRST + n };
    }
    table[n] = (struct option){ "help", no_argument, NULL, FIRST + n };
    table[n + 1] = (struct option){ 0 };
    return n;
}

void cli_parse(const Option *options, int argc, char **argv, const char *title) {
    struct option table[MOST_OPTIONS];
    int n = fill_long_options(table, options);
    check_output_at_exit();
    opterr = 0;
    optind = 0; // start over, also when a test parses twice
    for (;;) {
        const char *word = argv[optind ? optind : 1]; // what getopt_long will look at
        int found = getopt_long(argc, argv, "+:", table, NULL);
        if (found == -1) {
            break;
        }
        if (found == ':') {
            die("%s needs a value (--help lists all options)", word);
        }
        if (found == '?' && optopt >= FIRST) {
            die("%s: this option takes no value (--help lists all options)", word);
        }
        if (found == '?') {
            die("unknown option %s (--help lists all options)", word);
        }
        if (found == FIRST + n) {
            print_help(options, argv[0], title);
            exit(EXIT_SUCCESS);
        }
        set_value(&options[found - FIRST], optarg);
    }
    if (optind < argc) {
        die("\"%s\" is not an option; options begin with -- (--help lists all)", argv[optind]);
    }
}
