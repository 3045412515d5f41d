#include "data/text.h"
#include "base/die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/*
## Reading

zlib reads a file that is not packed as it is, so one loop serves both. It asks for one byte more than is allowed, to see
whether there is more; a few kilobytes of gzip can unpack to gigabytes.
*/

#define OWN_TEXT "docs/own-data.md tells what a text must be"
#define OF_JARGON "Replace the file: data/README.md says where it comes from"

// A file that is read, and what to do when it is no good.
typedef struct {
    const char *path, *mend;
} InFile;

_Noreturn static void bad_file(const InFile *file, const char *mend, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// mend: NULL for what is said of the file in general.
_Noreturn static void bad_file(const InFile *file, const char *mend, const char *format, ...) {
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    die("%s %s. %s", file->path, what, mend ? mend : file->mend);
}

static gzFile open_file(const InFile *file) {
    struct stat info;
    int descriptor = open(file->path, O_RDONLY);
    if (descriptor < 0 || fstat(descriptor, &info) != 0) {
        die("cannot open %s: %s. Check its name and its permissions", file->path, strerror(errno));
    }
    if (S_ISDIR(info.st_mode)) {
        bad_file(file, "Name a text file in UTF-8, or jargon: " OWN_TEXT,
                 "is a folder, where a text was expected");
    }
    gzFile stream = gzdopen(descriptor, "rb");
    if (!stream) {
        die("not enough memory to read %s. Close other programs", file->path);
    }
    return stream;
}

// The bytes of a file, unpacked; to be freed.
static uint8_t *read_file(const InFile *file, size_t *n) {
    gzFile stream = open_file(file);
    uint8_t *bytes = alloc_bytes(TEXT_MOST_BYTES + 1);
    errno = 0;
    int got = gzread(stream, bytes, TEXT_MOST_BYTES + 1);
    int error;
    gzerror(stream, &error);
    if (error == Z_BUF_ERROR) {
        bad_file(file, NULL, "is a gzip file that was cut short");
    }
    if (got < 0 || error != Z_OK) {
        bad_file(file, NULL, "cannot be read: %s",
                 error == Z_ERRNO ? strerror(errno) : "it is damaged, gzip cannot unpack it");
    }
    if (got > TEXT_MOST_BYTES) {
        bad_file(file, "Take a part of it, as head -c 16M does", "has more than %d MiB of text",
                 TEXT_MOST_BYTES >> 20);
    }
    if (gzclose(stream) != Z_OK) {
        bad_file(file, NULL, "is a gzip file that was cut short");
    }
    if (got == 0) {
        bad_file(file, NULL, "is empty");
    }
    *n = (size_t)got;
    return bytes;
}

/*
## UTF-8

A character of Unicode has a number of up to 21 bits, its *code point*. UTF-8 writes small ones, ASCII, as one byte, and
others as two to four. The first byte tells how many there are, the others begin with the bits 10, and the bits at the places
`x` are the number:

| code points | bytes |
|---|---|
| up to `7f` | `0xxxxxxx` |
| up to `7ff` | `110xxxxx 10xxxxxx` |
| up to `ffff` | `1110xxxx 10xxxxxx 10xxxxxx` |
| up to `10ffff` | `11110xxx 10xxxxxx 10xxxxxx 10xxxxxx` |

Not every row of bytes is UTF-8. A byte may stand where it cannot, a character may be cut off, or be written with more bytes
than it needs; `d800` to `dfff` are no characters. All of that is refused, with its place. It mostly means that the file is
in an older encoding, in which the letter é is one byte.
*/

#define NO_CODE UINT32_MAX

// The character at bytes[*at], of n; moves *at behind it. NO_CODE: there is none, and *at stays.
static uint32_t next_code(const uint8_t *bytes, size_t n, size_t *at) {
    static const struct {
        uint8_t mask, lead;
        uint32_t least;
    } form[] = {
        { 0x80, 0x00, 0x0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 }
    };
    uint8_t first = bytes[*at];
    size_t more = 0; // bytes behind the first
    while (more < 4 && (first & form[more].mask) != form[more].lead) {
        more++;
    }
    if (more == 4 || n - *at <= more) {
        return NO_CODE;
    }
    uint32_t code = first & (uint8_t)~form[more].mask;
    for (size_t i = 1; i <= more; i++) {
        if ((bytes[*at + i] & 0xc0) != 0x80) {
            return NO_CODE;
        }
        code = code << 6 | (bytes[*at + i] & 0x3f);
    }
    if (code < form[more].least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return NO_CODE;
    }
    *at += more + 1;
    return code;
}

// Writes a character; returns its bytes.
static size_t put_code(char *bytes, uint32_t code) {
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = more; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(lead[more] | code);
    return more + 1;
}

/*
Whoever names a file that is no text has most likely a reason to believe that it is one, so the kinds that people have are
known by their first bytes. Control characters are refused, because a text that a network has written goes to a terminal, and
there they can do anything. The tab and the line feed are the two that texts have. Windows puts a carriage return before each
line feed, and some programs put a mark at the beginning of a file; both are dropped.
*/

// Characters, one after the other.
typedef struct {
    uint32_t *at;
    size_t n, room;
} Codes;

static void push(Codes *codes, uint32_t code) {
    if (codes->n == codes->room) {
        codes->room = codes->room ? 2 * codes->room : 1 << 16;
        uint32_t *more = alloc_bytes(codes->room * sizeof *more);
        if (codes->n > 0) {
            memcpy(more, codes->at, codes->n * sizeof *more);
        }
        free(codes->at);
        codes->at = more;
    }
    codes->at[codes->n++] = code;
}

static void refuse_other_kinds(const InFile *file, const uint8_t *bytes, size_t n) {
    static const struct {
        const char *begins, *kind, *mend;
    } known[] = {
        { "%PDF", "a PDF file", "Take the text out of it, as pdftotext does" },
        { "PK\3\4", "a zip archive, as .docx, .odt and .epub files are",
          "Save it as plain text in UTF-8" },
        { "\xff\xfe", "in UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8" },
        { "\xfe\xff", "in UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8" },
        { "BZh", "packed with bzip2", "Unpack it, or pack it with gzip" },
        { "\xfd"
          "7zXZ",
          "packed with xz", "Unpack it, or pack it with gzip" },
        { "\x28\xb5\x2f\xfd", "packed with zstd", "Unpack it, or pack it with gzip" },
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        size_t length = strlen(known[k].begins);
        if (n >= length && memcmp(bytes, known[k].begins, length) == 0) {
            bad_file(file, known[k].mend, "is %s, where a text was expected", known[k].kind);
        }
    }
}

static bool is_control(uint32_t code) {
    return (code < 0x20 && code != '\t' && code != '\n') || (code >= 0x7f && code <= 0x9f);
}

// The characters of a file, each line ended by '\n' alone; dies if it is no text.
static Codes decode(const InFile *file, const uint8_t *bytes, size_t n) {
    refuse_other_kinds(file, bytes, n);
    Codes codes = { 0 };
    for (size_t at = 0; at < n;) {
        size_t from = at;
        uint32_t code = next_code(bytes, n, &at);
        if (code == NO_CODE) {
            bad_file(file, "Convert it, as iconv -f LATIN1 -t UTF-8 does",
                     "is not in UTF-8: its byte %zu, counted from 0, is %02x and belongs to no "
                     "character",
                     from, bytes[from]);
        }
        if (code == 0) {
            bad_file(file, "Name a text file in UTF-8: " OWN_TEXT,
                     "is a binary file: its byte %zu, counted from 0, is zero", from);
        }
        bool line_end = code == '\r' && at < n && bytes[at] == '\n';
        if (is_control(code) && !line_end) {
            bad_file(file, "Take such characters out, or name a text file: " OWN_TEXT,
                     "has the control character %02x at byte %zu, counted from 0", (unsigned)code,
                     from);
        }
        if (!line_end && !(code == 0xfeff && from == 0)) {
            push(&codes, code);
        }
    }
    return codes;
}

/*
## The Jargon File, cleaned

    zcat /usr/share/doc/jargon-text/jargon.txt.gz | less

shows what there is to do. The dictionary is Part II of the file, from the entry `:(TM):` to the title of Part III. Each
letter begins with a line of that letter, indented by two blanks at most, and a list of its headwords, each on a line of its
own; the entries follow. An entry is

       :bogue out: /bohg owt/, vi.

       To become bogus, suddenly and unexpectedly. “His talk was relatively sane
       until somebody asked him a trick question; then he bogued out and did …

with three blanks before each line. Tables have characters for drawing lines in each of their own.

A line is read by its first characters, and what is kept goes character by character through a table to ASCII. Accents are
taken off. Greek letters and a few signs that stand for nothing but themselves are left out, since one letter κ in a megabyte
teaches nothing. Between two characters there is a *gap* as soon as there were blanks: one blank, within a paragraph also for
the end of a line; a line feed before a new paragraph; two before a new entry.
*/

static const struct {
    uint32_t code;
    const char *ascii;
} plain_forms[] = {
    { 0xa3, "L" },    { 0xa9, "(c)" },  { 0xb1, "+-" },   { 0xb4, "'" },      { 0xb5, "u" },
    { 0xb7, "-" },    { 0xc6, "AE" },   { 0xd7, "x" },    { 0xd8, "O" },      { 0xdf, "ss" },
    { 0xe6, "ae" },   { 0xf8, "o" },    { 0x2014, "--" }, { 0x2018, "'" },    { 0x2019, "'" },
    { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2022, "*" },  { 0x2122, "(TM)" }, { 0x2190, "<-" },
    { 0x2192, "->" }, { 0x2212, "-" },
};

// The letters from c0 to ff without their accents; 0: none.
static const char without_accent[] = "AAAAAA0CEEEEIIII0NOOOOO00UUUUY00"
                                     "aaaaaa0ceeeeiiii0nooooo00uuuuy0y";

// A character in ASCII; "" for one that is left out.
static const char *in_ascii(uint32_t code) {
    static char one[2];
    if (code < 0x80) {
        one[0] = (char)code;
        return one;
    }
    for (size_t i = 0; i < sizeof plain_forms / sizeof *plain_forms; i++) {
        if (plain_forms[i].code == code) {
            return plain_forms[i].ascii;
        }
    }
    if (code >= 0xc0 && code <= 0xff && without_accent[code - 0xc0] != '0') {
        one[0] = without_accent[code - 0xc0];
        return one;
    }
    return "";
}

// A part of a text, without the line feed at its end.
typedef struct {
    const uint32_t *at;
    size_t n;
} Line;

static bool begins(Line line, const char *with) {
    size_t length = strlen(with);
    for (size_t i = 0; i < length; i++) {
        if (i >= line.n || line.at[i] != (unsigned char)with[i]) {
            return false;
        }
    }
    return true;
}

static bool is_blank(uint32_t code) {
    return code == ' ' || code == '\t' || code == 0xa0;
}

static bool has_drawn_lines(Line line) {
    for (size_t i = 0; i < line.n; i++) {
        if (line.at[i] >= 0x2500 && line.at[i] < 0x2580) {
            return true;
        }
    }
    return false;
}

// One or two blanks and a digit or a capital.
static bool is_letter_heading(Line line) {
    uint32_t last = line.n > 0 ? line.at[line.n - 1] : 0;
    return (line.n == 2 || line.n == 3) && line.at[0] == ' ' && line.at[line.n - 2] == ' ' &&
           ((last >= '0' && last <= '9') || (last >= 'A' && last <= 'Z'));
}

static bool is_title_of_part_three(Line line) {
    static const char title[] = "Part III. Appendices";
    size_t from = 0, length = strlen(title);
    while (from < line.n && is_blank(line.at[from])) {
        from++;
    }
    for (size_t i = 0; i < length; i++) {
        if (from + i >= line.n ||
            (is_blank(line.at[from + i]) ? ' ' : line.at[from + i]) != (unsigned char)title[i]) {
            return false;
        }
    }
    return true;
}

static void push_text(Codes *codes, const char *text) {
    for (; *text; text++) {
        push(codes, (unsigned char)*text);
    }
}

// Adds a line. *gap: what stands between what came before and the next character; "": nothing.
static void clean_line(Codes *clean, Line line, const char **gap) {
    bool empty = true;
    for (size_t i = 0; i < line.n; i++) {
        const char *text = in_ascii(is_blank(line.at[i]) ? ' ' : line.at[i]);
        if (*text == ' ') {
            *gap = **gap ? *gap : " ";
        } else if (*text) {
            push_text(clean, clean->n > 0 ? *gap : "");
            push_text(clean, text);
            *gap = "";
            empty = false;
        }
    }
    bool new_entry = strcmp(*gap, "\n\n") == 0;
    *gap = new_entry ? *gap : empty ? "\n" : **gap ? *gap : " ";
}

static Line next_line(const Codes *codes, size_t *at) {
    Line line = { codes->at + *at, 0 };
    while (*at + line.n < codes->n && line.at[line.n] != '\n') {
        line.n++;
    }
    *at += line.n + (*at + line.n < codes->n);
    return line;
}

static Codes clean_jargon(const InFile *file, const Codes *codes) {
    Codes clean = { 0 };
    const char *gap = "";
    bool began = false, ended = false, in_list = false;
    for (size_t at = 0; at < codes->n && !ended;) {
        Line line = next_line(codes, &at);
        bool head = begins(line, "   :");
        began = began || begins(line, "   :(TM):");
        ended = began && is_title_of_part_three(line);
        in_list = !head && (in_list || is_letter_heading(line));
        gap = head ? "\n\n" : gap;
        if (began && !ended && !in_list && !has_drawn_lines(line)) {
            clean_line(&clean, line, &gap);
        }
    }
    if (!ended) {
        bad_file(file, NULL, "is not version 4.4.7 of the Jargon File: %s",
                 began ? "it has no Part III" : "it has no entry (TM)");
    }
    return clean;
}

/*
## Entries

An empty line may have blanks in it. Of several only one counts, and those before the first entry do not count at all: an
entry is some lines that are not empty, and one empty line behind them. So it ends with two line feeds; the network learns
that here something new begins.
*/

static bool is_empty(Line line) {
    size_t i = 0;
    while (i < line.n && is_blank(line.at[i])) {
        i++;
    }
    return i == line.n;
}

// Where entries end.
typedef enum { AT_EMPTY_LINES, AT_EVERY_LINE } Cut;

// Copies the text, cut so. entry: where each begins, and behind them where the last one ends.
// Returns their number.
static int cut_entries(Codes *out, int *entry, const Codes *codes, Cut cut) {
    const char *end = cut == AT_EMPTY_LINES ? "\n" : "";
    int entries = 0;
    bool after_empty = true;
    for (size_t at = 0; at < codes->n;) {
        Line line = next_line(codes, &at);
        bool empty = is_empty(line);
        if (!empty && (after_empty || cut == AT_EVERY_LINE)) {
            push_text(out, entries > 0 ? end : "");
            entry[entries++] = (int)out->n;
        }
        for (size_t i = 0; i < line.n && !empty; i++) {
            push(out, line.at[i]);
        }
        push_text(out, empty ? "" : "\n");
        after_empty = empty;
    }
    push_text(out, entries > 0 ? end : "");
    entry[entries] = (int)out->n;
    return entries;
}

// Cuts codes, which are replaced, into the text's entries.
static void make_entries(Text *text, const InFile *file, Codes *codes) {
    text->entry = alloc_bytes((codes->n / 2 + 2) * sizeof *text->entry); // an entry has 2 or more
    for (Cut cut = AT_EMPTY_LINES; cut <= AT_EVERY_LINE; cut++) {
        Codes out = { 0 };
        text->n_entries = cut_entries(&out, text->entry, codes, cut);
        if (text->n_entries >= TEXT_LEAST_ENTRIES) {
            free(codes->at);
            *codes = out;
            return;
        }
        free(out.at);
    }
    bad_file(file,
             "Every twentieth entry is set aside: put empty lines between paragraphs, or take a "
             "longer text: " OWN_TEXT,
             "has %d line%s with something in %s, and a text needs at least %d", text->n_entries,
             text->n_entries == 1 ? "" : "s", text->n_entries == 1 ? "it" : "them",
             TEXT_LEAST_ENTRIES);
}

/*
## Symbols

Which of the 1,114,112 code points occur? A table with a place for each says so, and then holds the symbol of each that does.
*/

enum { ALL_CODES = 0x110000 };

static void make_symbols(Text *text, const InFile *file, const Codes *codes) {
    int *symbol_of = alloc_bytes(ALL_CODES * sizeof *symbol_of); // all zero
    for (size_t i = 0; i < codes->n; i++) {
        symbol_of[codes->at[i]] = 1;
    }
    text->codes = alloc_bytes(TEXT_MOST_CODES * sizeof *text->codes);
    for (uint32_t code = 0; code < ALL_CODES; code++) {
        if (symbol_of[code]) {
            if (text->n_codes < TEXT_MOST_CODES) {
                text->codes[text->n_codes] = code;
            }
            symbol_of[code] = text->n_codes++;
        }
    }
    if (text->n_codes > TEXT_MOST_CODES) {
        bad_file(file, "Take a text in an alphabet: " OWN_TEXT,
                 "has %d different characters, and at most %d are possible", text->n_codes,
                 TEXT_MOST_CODES);
    }
    text->n = (int)codes->n;
    text->symbols = alloc_bytes(codes->n * sizeof *text->symbols);
    for (size_t i = 0; i < codes->n; i++) {
        text->symbols[i] = symbol_of[codes->at[i]];
    }
    free(symbol_of);
}

// The Jargon File is where Debian's package puts it, or in a folder of the course, which goes
// first.
static const char *jargon_path(void) {
    static const char *const places[] = { "data/jargon/jargon.txt.gz", "data/jargon/jargon.txt",
                                          "/usr/share/doc/jargon-text/jargon.txt.gz",
                                          "/usr/share/doc/jargon-text/jargon.txt" };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (access(places[i], F_OK) == 0) {
            return places[i];
        }
    }
    die("there is no file %s. The Jargon File is not installed: run `make deps`", places[2]);
}

Text *text_load(const char *which) {
    bool jargon = strcmp(which, "jargon") == 0;
    InFile file = jargon ? (InFile){ jargon_path(), OF_JARGON }
                         : (InFile){ which, "Copy it again, or name another one: " OWN_TEXT };
    if (!jargon && access(which, F_OK) != 0 && errno == ENOENT) {
        die("there is no file %s. --data is jargon, or the path of a text file in UTF-8: " OWN_TEXT,
            which);
    }
    size_t n;
    uint8_t *bytes = read_file(&file, &n);
    Codes codes = decode(&file, bytes, n);
    free(bytes);
    if (jargon) {
        Codes clean = clean_jargon(&file, &codes);
        free(codes.at);
        codes = clean;
    }
    Text *text = alloc_bytes(sizeof *text);
    *text = (Text){ .name = copy_text(which) };
    make_entries(text, &file, &codes);
    make_symbols(text, &file, &codes);
    free(codes.at);
    return text;
}

void text_free(Text *text) {
    free(text->name);
    free(text->symbols);
    free(text->codes);
    free(text->entry);
    free(text);
}

/*
## Parts
*/

static TextPart part_of(int entry) {
    return entry % 20 == 9 ? TEXT_VALID : entry % 20 == 19 ? TEXT_TEST : TEXT_TRAIN;
}

// Puts the entries of a part at symbols, or nowhere (NULL); returns how many symbols they have.
static int take_part(const Text *text, TextPart part, int *symbols) {
    int n = 0;
    for (int e = 0; e < text->n_entries; e++) {
        int length = text->entry[e + 1] - text->entry[e];
        if (part_of(e) == part) {
            if (symbols) {
                memcpy(symbols + n, text->symbols + text->entry[e], (size_t)length * sizeof(int));
            }
            n += length;
        }
    }
    return n;
}

int *text_part(const Text *text, TextPart part, int *n) {
    int *symbols = alloc_bytes((size_t)text->n * sizeof *symbols);
    if (part == TEXT_HELD_OUT) {
        *n = take_part(text, TEXT_VALID, symbols);
        *n += take_part(text, TEXT_TEST, symbols + *n);
    } else {
        *n = take_part(text, part, symbols);
    }
    return symbols;
}

void text_require(const Text *text, const TextNeeds *needs) {
    const struct {
        TextPart part;
        const char *name;
        int least;
    } parts[] = { { TEXT_TRAIN, "training", needs->train },
                  { TEXT_VALID, "validation", needs->valid },
                  { TEXT_TEST, "test", needs->test } };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int n = take_part(text, parts[i].part, NULL);
        if (n < parts[i].least) {
            die("%s needs at least %d characters for %s, and --data %s has %d (one entry in twenty "
                "is for validation, one for the test). Take a longer text, or one whose entries "
                "are of similar lengths: docs/own-data.md tells what each lesson needs",
                needs->who, parts[i].least, parts[i].name, text->name, n);
        }
    }
}

/*
## To and fro
*/

int text_symbol(const Text *text, uint32_t code) {
    int low = 0, high = text->n_codes - 1;
    while (low <= high) {
        int middle = (low + high) / 2;
        if (text->codes[middle] == code) {
            return middle;
        }
        if (text->codes[middle] < code) {
            low = middle + 1;
        } else {
            high = middle - 1;
        }
    }
    return -1;
}

char *text_string(const Text *text, const int *symbols, int n) {
    char *string = alloc_bytes(4 * (size_t)n + 1);
    size_t length = 0;
    for (int i = 0; i < n; i++) {
        require(symbols[i] >= 0 && symbols[i] < text->n_codes, "symbol %d of %d", symbols[i],
                text->n_codes);
        length += put_code(string + length, text->codes[symbols[i]]);
    }
    string[length] = '\0';
    return string;
}

int *text_symbols(const Text *text, const char *string, int *n) {
    size_t length = strlen(string);
    int *symbols = alloc_bytes((length + 1) * sizeof *symbols);
    *n = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code = next_code((const uint8_t *)string, length, &at);
        int symbol = code == NO_CODE ? -1 : text_symbol(text, code);
        if (symbol < 0) {
            free(symbols);
            return NULL;
        }
        symbols[(*n)++] = symbol;
    }
    return symbols;
}
