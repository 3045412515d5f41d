/*
# Text, in symbols

What does a network get to see of this sentence? A row of whole numbers. The characters that occur in a text are put in order
and counted from 0, and each character of the text becomes its number, its *symbol*:

    an eel      the characters that occur:  ' ' a e l n      the text in symbols:  1 4 0 2 2 3
                their symbols:               0  1 2 3 4

That is all. There are no words, no letters that are related to their capitals, no digits that count: what belongs together
is for the network to find out. The set of characters is the *alphabet*. That of the Jargon File has 96: what a keyboard of
the United States has, and the line feed.

Words would make a shorter row, a sixth as long, and people do use them, or pieces of them. But of the different words of a
text about half occur once, which is too seldom to learn from, and a word that did not occur at all would need a rule of its
own. Characters have neither trouble. A network must learn spelling, grammar and style all the same, because they decide
which character comes next.

**The Jargon File** is a dictionary of the slang of programmers, collected since 1975, in the public domain. Debian has
version 4.4.7, 1.7 MB of text, as a package. Each entry has the same form,

    :bogue out: /bohg owt/, vi.
    To become bogus, suddenly and unexpectedly. "His talk was relatively sane until somebody asked him a trick question; then [...]

(the second line is one long line), so that one sees at a glance how much of it a network has learned: the colons, the
pronunciation between slashes, the part of speech, the braces around a cross reference, and at last words and sentences. As
it comes, the file has tables drawn with lines, lists of headwords before each letter, hard line breaks, and some thirty
kinds of characters that occur a few times each. [Below](#the-jargon-file-cleaned) they are taken out. What is left are
1,265,571 characters in 2,307 entries.

**Three parts, by entry.** As with [images](dataset.html), gradients come from one part of the text, choices are made by a
second and the final figures come from a third. Where should the text be cut? At 90 % of its length, most programs say. This
text is in alphabetical order: the last tenth would be the letters U to Z, with `Unix`, `Usenet` and `virus` and all that is
said about them in the part that is never learned from, and a test would ask what nobody had taught. A story has the same
trouble, since its end is about other things than its beginning. So we go through the entries and put every twentieth aside,
in turn for validation and for the test: entry $i$, counted from 0, is for validation if $i \bmod 20 = 9$ and for the test if
$i \bmod 20 = 19$. An entry stays whole: a network that has learned from its first half would have an easy time with the
second.

Any other text will do. What an entry is, follows from empty lines: a text is cut into the blocks between them, or, if there
are fewer than 20 blocks, at the end of each line.
*/

#ifndef TEXT_H
#define TEXT_H

#include <stdint.h>

// A text as whole numbers, cut into entries (articles, paragraphs).
typedef struct {
    char *name;      // as it was asked for: "jargon", or a path
    int n;           // symbols in the text
    int *symbols;    // (n), each from 0 to n_codes-1
    int n_codes;     // different characters: 96 in the Jargon File
    uint32_t *codes; // (n_codes): the characters, as Unicode code points, ascending
    int n_entries;   // at least TEXT_LEAST_ENTRIES
    int *entry;      // (n_entries + 1): where each begins; the last is n
} Text;

// The fewest entries that have one for each part; the most different characters; the most bytes,
// unpacked.
enum { TEXT_LEAST_ENTRIES = 20, TEXT_MOST_CODES = 512, TEXT_MOST_BYTES = 16 << 20 };

// Loads "jargon" (the Jargon File: data/jargon/ below the current folder, or else Debian's package;
// cleaned), or any UTF-8 text file, plain or packed with gzip, by its path. An entry ends with the
// empty line (or the line's end) behind it; of several empty lines one is left, and every line ends
// with '\n' alone. Dies with the file's name, what is wrong with it and how to mend it.
Text *text_load(const char *which);
void text_free(Text *text);

// Entry i is for validation if i mod 20 = 9, for the test if i mod 20 = 19, else for training.
typedef enum {
    TEXT_TRAIN,
    TEXT_VALID,
    TEXT_TEST,
    TEXT_HELD_OUT
} TextPart; // held out: valid, then test

// The symbols of a part, its entries one behind the other; sets *n. The caller frees them.
int *text_part(const Text *text, TextPart part, int *n);

// What a program needs of its text: at least so many characters in each part.
typedef struct {
    const char *who; // "lesson 14"
    int train, valid, test;
} TextNeeds;

// Dies unless the text has all that is needed, and says who needs what, and what there is. Called
// when a program begins.
void text_require(const Text *text, const TextNeeds *needs);

// The symbol of a character, or -1.
int text_symbol(const Text *text, uint32_t code);

// Symbols (n) as UTF-8, and UTF-8 as symbols (sets *n; NULL if it is not UTF-8, or a character is
// not one of the text's). The caller frees them.
char *text_string(const Text *text, const int *symbols, int n);
int *text_symbols(const Text *text, const char *string, int *n);

#endif
