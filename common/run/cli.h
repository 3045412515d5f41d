/*
# Options

How does one tell a lesson to train for more epochs, or at another rate? Every lesson is one program, and all programs take
options in the same way: `--epochs 20 --lr 0.1`. A lesson lists its options once, in a table. The parser, the checks, the text of
`--help` and the list of settings that each run keeps beside its results all follow from that table.

    Option options[] = {
        option_int("epochs", &epochs, 1, 1000, "passes over the training images"),
        option_float("lr", &lr, 0, 100, "learning rate"),
        RUN_OPTIONS(run),
        OPTION_END,
    };
    cli_parse(options, argc, argv, "Lesson 2: backpropagation.");

The values that the variables have before the call are the defaults. A value that is not a number, or not in its range, ends the
program with one line that names the option, the range and what was typed.
*/

#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { OPTION_INT, OPTION_FLOAT, OPTION_TEXT, OPTION_FLAG, OPTION_CHOICE } OptionType;

typedef struct {
    const char *name; // without the dashes
    OptionType type;
    void *value;         // int *, float *, const char **, bool *; a choice: int *, its place
    double low, high;    // inclusive bounds of a number; unused otherwise
    const char *choices; // "sigmoid|tanh|relu" for OPTION_CHOICE
    const char *help;    // a phrase for --help
} Option;

// The conditional in each line lets the compiler check the pointer's type.
#define option_int(name, pointer, low, high, help)                                                 \
    { name, OPTION_INT, 1 ? (pointer) : (int *)0, low, high, NULL, help }
#define option_float(name, pointer, low, high, help)                                               \
    { name, OPTION_FLOAT, 1 ? (pointer) : (float *)0, low, high, NULL, help }
#define option_text(name, pointer, help)                                                           \
    { name, OPTION_TEXT, 1 ? (pointer) : (const char **)0, 0, 0, NULL, help }
#define option_flag(name, pointer, help)                                                           \
    { name, OPTION_FLAG, 1 ? (pointer) : (bool *)0, 0, 0, NULL, help }
#define option_choice(name, pointer, choices, help)                                                \
    { name, OPTION_CHOICE, 1 ? (pointer) : (int *)0, 0, 0, choices, help }
#define OPTION_END                                                                                 \
    { .name = NULL }

// Sets the options' variables from argv. --help prints the title and the table and exits with 0;
// anything that does not fit the table dies. From here on a program that could not print what it
// wanted to ends with an error. Accepts --name value and --name=value.
void cli_parse(const Option *options, int argc, char **argv, const char *title);

// The value of an option as text, as --help and config.csv show it. Writes to text (size).
void option_print(const Option *option, char *text, size_t size);

#endif
