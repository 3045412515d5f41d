#ifndef DIRECTION_H
#define DIRECTION_H

#include "data/text.h"

#include <stdint.h>

enum { VOWELS = 5 }; // a, e, i, o, u

// A text whose vowels are masked: in their place stands a symbol that the text does not have.
typedef struct {
    int n, n_masked; // symbols; how many of them are masked
    int *symbols;    // (n)
    int *vowels;     // (n): which vowel it was, 0 to 4, and -1 where nothing is masked
} Masked;

Masked mask_vowels(const Text *text, const int *symbols, int n);
void masked_free(Masked *masked);

// For each context of a masked place, up to `before` characters in front of it and `after` behind it, the
// vowel that stood there most often in a text. Level 0 has the whole contexts, each further level one
// character less on either side, the last one none at all.
typedef struct {
    int n;
    uint64_t *contexts; // (n), ascending
    int *vowels;        // (n)
} VowelLevel;
enum { MOST_LEVELS = 8 };
typedef struct {
    int before, after, n_levels;
    VowelLevel levels[MOST_LEVELS];
} VowelTable;

VowelTable *vowel_table(const Masked *text, int before, int after); // needs a masked place
void vowel_table_free(VowelTable *table);

// The vowel at place `at` of a text: the answer of the first level, from `level` on, that knows the context.
int vowel_answer(const VowelTable *table, int level, const Masked *text, int at);

#endif
