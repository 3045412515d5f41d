/*
# Text, in symbols
*/

#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>

// A text as whole numbers, cut into entries (articles, paragraphs).
typedef struct {
    int n;          // symbols in the text
    int *symbols;   // (n), each from 0 to n_codes-1
    int n_codes;    // different characters: 96 in the Jargon File
    uint32_t *codes; // (n_codes): the characters, as Unicode code points, ascending
    int n_entries;  //
    int *entry;     // (n_entries + 1): where each begins; the last is n
} Text;

// Loads "jargon" (the Jargon File from Debian's package, cleaned), or any UTF-8 text file, plain or with .gz, by its path.
// Dies with the file's name, what is wrong with it and how to mend it.
Text *text_load(const char *which);
void text_free(Text *text);

// Entry i is for validation if i mod 20 = 9, for the test if i mod 20 = 19, else for training.
typedef enum { TEXT_TRAIN, TEXT_VALID, TEXT_TEST, TEXT_HELD_OUT } TextPart; // held out: valid, then test

// The symbols of a part, its entries one behind the other; sets *n. The caller frees them.
int *text_part(const Text *text, TextPart part, int *n);

// The symbol of a character, or -1.
int text_symbol(const Text *text, uint32_t code);

// Symbols (n) as UTF-8, and UTF-8 as symbols (sets *n; NULL if a character is not one of the text's). The caller frees them.
char *text_string(const Text *text, const int *symbols, int n);
int *text_symbols(const Text *text, const char *string, int *n);

#endif
