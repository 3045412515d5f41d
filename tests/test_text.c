#include "base/die.h"
#include "base/rng.h"
#include "data/text.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

// --- helpers ---------------------------------------------------------------------------------------

static void put_gzip(const char *path, const void *bytes, size_t n) {
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(file), Z_OK);
}

static void load(void *which) {
    text_free(text_load(which));
}

// Loading ends with status 1 and one line that holds the three texts.
static void assert_bad(const char *which, const char *place, const char *what, const char *mend) {
    int status;
    char *message = death_message(load, (void *)which, &status);
    ck_assert_msg(status == 1 && strncmp(message, "error: ", 7) == 0, "status %d, \"%s\"", status,
                  message);
    ck_assert_msg(strchr(message, '\n') == message + strlen(message) - 1, "more than a line: %s",
                  message);
    ck_assert_msg(strstr(message, place) && strstr(message, what) && strstr(message, mend),
                  "not all of \"%s\", \"%s\", \"%s\" in: %s", place, what, mend, message);
    free(message);
}

// A file is refused, with what is wrong and how to mend it.
static void assert_bad_bytes(const void *bytes, size_t n, const char *what, const char *mend) {
    enter_folder();
    write_bytes("some.txt", bytes, n);
    assert_bad("some.txt", "some.txt", what, mend);
}

#define ASSERT_BAD(text, what, mend) assert_bad_bytes(text, sizeof(text) - 1, what, mend)

// Twenty lines, or blocks, with something before them.
static char *twenty(const char *first, const char *gap) {
    static char text[4096];
    int n = snprintf(text, sizeof text, "%s", first);
    for (int i = 0; i < 20; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "%c%s", 'a' + i, gap);
    }
    return text;
}

static Text *load_string(const char *string) {
    enter_folder();
    write_text("some.txt", string);
    return text_load("some.txt");
}

static void assert_text(const Text *text, int from, int n, const char *expected) {
    char *string = text_string(text, text->symbols + from, n);
    ck_assert_str_eq(string, expected);
    free(string);
}

static void assert_entry(const Text *text, int i, const char *expected) {
    assert_text(text, text->entry[i], text->entry[i + 1] - text->entry[i], expected);
}

// What must hold of any text.
static void assert_sound(const Text *text) {
    ck_assert_int_ge(text->n_entries, TEXT_LEAST_ENTRIES);
    ck_assert_int_eq(text->entry[0], 0);
    ck_assert_int_eq(text->entry[text->n_entries], text->n);
    for (int i = 0; i < text->n_entries; i++) {
        ck_assert_int_lt(text->entry[i], text->entry[i + 1]);
    }
    int *seen = calloc((size_t)text->n_codes, sizeof *seen);
    for (int i = 0; i < text->n; i++) {
        ck_assert(text->symbols[i] >= 0 && text->symbols[i] < text->n_codes);
        seen[text->symbols[i]]++;
    }
    for (int c = 0; c < text->n_codes; c++) {
        ck_assert_int_gt(seen[c], 0);
        ck_assert(c == 0 || text->codes[c - 1] < text->codes[c]);
        ck_assert_int_eq(text_symbol(text, text->codes[c]), c);
    }
    free(seen);
}

// --- entries and symbols ---------------------------------------------------------------------------

START_TEST(blocks_between_empty_lines_are_entries) {
    Text *text = load_string(twenty("\n \t\nfirst line\nsecond line\n\n \n\n", "\n\n"));
    assert_sound(text);
    ck_assert_int_eq(text->n_entries, 21);
    assert_entry(text, 0, "first line\nsecond line\n\n");
    assert_entry(text, 1, "a\n\n");
    assert_entry(text, 20, "t\n\n");
    text_free(text);
}
END_TEST

START_TEST(with_few_blocks_lines_are_entries) {
    Text *text = load_string(twenty("one\n\n\ntwo", "\n"));
    assert_sound(text);
    ck_assert_int_eq(text->n_entries, 21);
    assert_entry(text, 0, "one\n");
    assert_entry(text, 1, "twoa\n");
    text_free(text);
}
END_TEST

START_TEST(the_last_line_needs_no_end) {
    Text *text = load_string(twenty("", "\n\nx"));
    ck_assert_int_eq(text->n_entries, 21);
    assert_entry(text, 19, "xt\n\n");
    assert_entry(text, 20, "x\n\n");
    text_free(text);
}
END_TEST

START_TEST(characters_are_numbered_in_order) {
    Text *text = load_string(twenty("zé€😀A", "\n"));
    assert_sound(text);
    ck_assert_int_eq(text->n_codes, 1 + 1 + 20 + 1 + 3); // "\n", A, a to t, z and three more
    ck_assert_uint_eq(text->codes[0], '\n');
    ck_assert_uint_eq(text->codes[1], 'A');
    ck_assert_uint_eq(text->codes[23], 0xe9);
    ck_assert_uint_eq(text->codes[24], 0x20ac);
    ck_assert_uint_eq(text->codes[25], 0x1f600);
    assert_entry(text, 0, "zé€😀Aa\n");
    ck_assert_int_eq(text_symbol(text, 'B'), -1);
    ck_assert_int_eq(text_symbol(text, 0x10ffff), -1);
    text_free(text);
}
END_TEST

START_TEST(utf8_goes_to_symbols_and_back) {
    Text *text = load_string(twenty("é€😀\n", "\n"));
    int n;
    int *symbols = text_symbols(text, "a€b\né😀", &n);
    ck_assert_ptr_nonnull(symbols);
    ck_assert_int_eq(n, 6);
    char *string = text_string(text, symbols, n);
    ck_assert_str_eq(string, "a€b\né😀");
    free(string);
    free(symbols);
    symbols = text_symbols(text, "", &n);
    ck_assert(symbols && n == 0);
    free(symbols);
    ck_assert_ptr_null(text_symbols(text, "aZ", &n));
    ck_assert_ptr_null(text_symbols(text, "a\xc3", &n));
    text_free(text);
}
END_TEST

START_TEST(each_form_of_a_line_end_is_one) {
    Text *text = load_string(twenty("\xef\xbb\xbf"
                                    "with a mark\r\nand two lines\r\n\r\n",
                                    "\r\n\r\n"));
    assert_sound(text);
    ck_assert_int_eq(text->n_entries, 21);
    assert_entry(text, 0, "with a mark\nand two lines\n\n");
    ck_assert_int_eq(text_symbol(text, '\r'), -1);
    ck_assert_int_eq(text_symbol(text, 0xfeff), -1);
    text_free(text);
}
END_TEST

START_TEST(gzip_holds_the_same_text) {
    const char *string = twenty("é and a tab\tin it\n\n", "\n\n");
    Text *plain = load_string(string);
    put_gzip("some.gz", string, strlen(string));
    Text *packed = text_load("some.gz");
    ck_assert_int_eq(packed->n, plain->n);
    ck_assert_mem_eq(packed->symbols, plain->symbols, (size_t)plain->n * sizeof(int));
    text_free(plain);
    text_free(packed);
}
END_TEST

// --- parts -----------------------------------------------------------------------------------------

START_TEST(one_entry_in_twenty_is_set_aside_for_each) {
    char string[2000] = "";
    for (int i = 0; i < 41; i++) {
        snprintf(string + strlen(string), sizeof string - strlen(string), "%d\n", 100 + i);
    }
    Text *text = load_string(string);
    int n[4], *parts[4];
    for (int part = TEXT_TRAIN; part <= TEXT_HELD_OUT; part++) {
        parts[part] = text_part(text, (TextPart)part, &n[part]);
    }
    char *valid = text_string(text, parts[TEXT_VALID], n[TEXT_VALID]);
    char *test = text_string(text, parts[TEXT_TEST], n[TEXT_TEST]);
    char *held_out = text_string(text, parts[TEXT_HELD_OUT], n[TEXT_HELD_OUT]);
    char *train = text_string(text, parts[TEXT_TRAIN], n[TEXT_TRAIN]);
    ck_assert_str_eq(valid, "109\n129\n");
    ck_assert_str_eq(test, "119\n139\n");
    ck_assert_str_eq(held_out, "109\n129\n119\n139\n");
    ck_assert_int_eq(n[TEXT_TRAIN] + n[TEXT_HELD_OUT], text->n);
    ck_assert(strstr(train, "108\n110\n") && strstr(train, "118\n120\n"));
    for (int part = TEXT_TRAIN; part <= TEXT_HELD_OUT; part++) {
        free(parts[part]);
    }
    free(valid);
    free(test);
    free(held_out);
    free(train);
    text_free(text);
}
END_TEST

typedef struct {
    const Text *text;
    TextNeeds needs;
} Requirement;

static void require_text(void *argument) {
    const Requirement *r = argument;
    text_require(r->text, &r->needs);
}

START_TEST(a_lesson_says_what_it_needs) {
    Text *text = load_string(twenty("", "\n")); // 36 + 2 + 2 characters
    text_require(text, &(TextNeeds){ .who = "lesson 99", .train = 36, .valid = 2, .test = 2 });
    static const struct {
        TextNeeds needs;
        const char *part;
    } cases[] = { { { "lesson 99", 37, 2, 2 }, "37 characters for training" },
                  { { "lesson 99", 36, 3, 2 }, "3 characters for validation" },
                  { { "lesson 99", 36, 2, 3 }, "3 characters for test" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status;
        Requirement r = { text, cases[i].needs };
        char *message = death_message(require_text, &r, &status);
        ck_assert_int_eq(status, 1);
        ck_assert_msg(strstr(message, "lesson 99 needs at least") &&
                          strstr(message, cases[i].part) && strstr(message, "--data some.txt") &&
                          strstr(message, "docs/own-data.md"),
                      "%s", message);
        free(message);
    }
    text_free(text);
}
END_TEST

// --- what is refused -------------------------------------------------------------------------------

START_TEST(files_that_are_not_there) {
    enter_folder();
    assert_bad("nowhere.txt", "nowhere.txt", "there is no file", "docs/own-data.md");
    ck_assert_int_eq(mkdir("folder", 0755), 0);
    assert_bad("folder", "folder", "is a folder", "docs/own-data.md");
    write_text("file", "x");
    assert_bad("file/some.txt", "file/some.txt", "cannot open", "Check its name");
}
END_TEST

START_TEST(files_that_hold_no_text) {
    ASSERT_BAD("", "is empty", "docs/own-data.md");
    ASSERT_BAD("abc\0def", "binary file: its byte 3,", "docs/own-data.md");
    ASSERT_BAD("%PDF-1.7 x", "is a PDF file", "pdftotext");
    ASSERT_BAD("PK\3\4 and so on", "zip archive", "plain text");
    ASSERT_BAD("\xff\xfe"
               "a\0b\0",
               "UTF-16", "iconv -f UTF-16");
    ASSERT_BAD("BZh91AY", "bzip2", "Unpack it");
    ASSERT_BAD("\xfd"
               "7zXZ\0",
               "xz", "Unpack it");
}
END_TEST

START_TEST(control_characters) {
    ASSERT_BAD("all is \x1b[31mred", "control character 1b at byte 7,", "Take such characters out");
    ASSERT_BAD("a\x7f", "control character 7f at byte 1,", "Take such characters out");
    ASSERT_BAD("old\rMac", "control character 0d at byte 3,", "Take such characters out");
    ASSERT_BAD("end\r", "control character 0d at byte 3,", "Take such characters out");
    ASSERT_BAD("an \xc2\x9b!", "control character 9b at byte 3,", "Take such characters out");
}
END_TEST

START_TEST(bytes_that_are_not_utf8) {
    ASSERT_BAD("caf\xe9 au lait", "byte 3, counted from 0, is e9", "iconv");
    ASSERT_BAD("caf\xc3", "byte 3, counted from 0, is c3", "iconv");       // cut off
    ASSERT_BAD("ab\x80", "byte 2, counted from 0, is 80", "iconv");        // continues nothing
    ASSERT_BAD("\xc0\xaf", "byte 0, counted from 0, is c0", "iconv");      // longer than needed
    ASSERT_BAD("\xc0\x80", "byte 0, counted from 0, is c0", "iconv");      // so is this zero
    ASSERT_BAD("a\xe0\x80\xaf", "byte 1, counted from 0, is e0", "iconv"); // and this
    ASSERT_BAD("a\xf0\x80\x80\xaf", "byte 1, counted from 0, is f0", "iconv");
    ASSERT_BAD("\xed\xa0\x80", "byte 0, counted from 0, is ed", "iconv");     // d800
    ASSERT_BAD("\xf4\x90\x80\x80", "byte 0, counted from 0, is f4", "iconv"); // 110000
    ASSERT_BAD("x\xf8\x88\x80\x80\x80", "byte 1, counted from 0, is f8", "iconv");
    ASSERT_BAD("x\xff", "byte 1, counted from 0, is ff", "iconv");
    ASSERT_BAD("\xe2\x82", "byte 0, counted from 0, is e2", "iconv");
    ASSERT_BAD("\xe2\x82z", "byte 0, counted from 0, is e2", "iconv");
}
END_TEST

START_TEST(texts_of_a_wrong_size) {
    enter_folder();
    ASSERT_BAD("only one line, as long as you like", "1 line with something in it",
               "put empty lines between");
    ASSERT_BAD("one\ntwo\n\n \nthree", "3 lines with something in them", "at least 20");
    ASSERT_BAD("\n \n\t\n", "0 lines with something in them", "put empty lines between");
    size_t n = TEXT_MOST_BYTES + 1;
    char *much = malloc(n);
    memset(much, 'x', n);
    assert_bad_bytes(much, n, "more than 16 MiB", "head -c");
    put_gzip("some.gz", much, n);
    assert_bad("some.gz", "some.gz", "more than 16 MiB", "head -c");
    assert_bad_bytes(much, n - 1, "1 line with something in it", "put empty lines between");
    free(much);
}
END_TEST

START_TEST(as_many_different_characters_as_allowed) {
    enter_folder();
    for (int kinds = TEXT_MOST_CODES; kinds <= TEXT_MOST_CODES + 1; kinds++) {
        FILE *out = fopen("some.txt", "w");
        for (int i = 0; i < kinds - 1; i++) {
            int code = 0x4e00 + i; // three bytes each
            fprintf(out, "%c%c%c\n", 0xe0 | code >> 12, 0x80 | (code >> 6 & 0x3f),
                    0x80 | (code & 0x3f));
        }
        fclose(out);
        if (kinds == TEXT_MOST_CODES) {
            Text *text = text_load("some.txt");
            ck_assert_int_eq(text->n_codes, kinds);
            assert_sound(text);
            text_free(text);
        }
    }
    assert_bad("some.txt", "some.txt", "has 513 different characters, and at most 512", "alphabet");
}
END_TEST

START_TEST(damaged_gzip_files) {
    enter_folder();
    char *string = twenty("a text that can be packed\n", "\n");
    put_gzip("whole.gz", string, strlen(string));
    Bytes whole = read_bytes("whole.gz");
    for (size_t n = 3; n < whole.n; n++) { // the first two bytes say that it is gzip
        write_bytes("some.gz", whole.bytes, n);
        int status;
        char *message = death_message(load, "some.gz", &status);
        ck_assert_msg(status == 1 && strstr(message, "some.gz is"), "%zu bytes: %s", n, message);
        free(message);
    }
    write_bytes("some.gz", whole.bytes, whole.n - 1);
    assert_bad("some.gz", "some.gz", "cut short", "Copy it again");
    whole.bytes[whole.n - 6] ^= 1; // of the checksum
    write_bytes("some.gz", whole.bytes, whole.n);
    assert_bad("some.gz", "some.gz", "gzip cannot unpack it", "Copy it again");
    free(whole.bytes);
}
END_TEST

// --- the Jargon File -------------------------------------------------------------------------------

static const char some_jargon[] = "                                The Jargon File\n"
                                  "\n"
                                  "   :early: is no entry yet\n"
                                  "\n"
                                  "  0\n"
                                  "\n"
                                  "   (TM)\n"
                                  "\n"
                                  "   /dev/null\n"
                                  "\n"
                                  "   :(TM): //\n"
                                  "\n"
                                  "   [Usenet] ASCII rendition of the ™ which the author“s\n"
                                  "   friends   write — ‘now’ and in a café,\n"
                                  "   Øl, œ κ and × 2.\n"
                                  "\n"
                                  "   ┌──────┐\n"
                                  "   │ box  │\n"
                                  "   └──────┘\n"
                                  "\n"
                                  "     • 1\xc2\xa0\xc2\xa0"
                                  "cup (© 2003)\n"
                                  "\n"
                                  "   :/dev/null: /dev·nuhl/, n.\n"
                                  "\n"
                                  "   A black hole.\n"
                                  "\n"
                                  "  A\n"
                                  "\n"
                                  "   abbrev\n"
                                  "\n"
                                  "   ab end\n"
                                  "\n"
                                  "   :abbrev: /@·breev'/, n.\n"
                                  "   Common. :no: head.\n"
                                  "\n";

static void put_jargon(const char *begins, const char *ends) {
    FILE *out = fopen("data/jargon/jargon.txt", "w");
    ck_assert_ptr_nonnull(out);
    fputs(begins, out);
    for (int i = 0; i < 20; i++) {
        fprintf(out, "   :w%d: n.\n\n   Word %d.\n\n", i, i);
    }
    fputs(ends, out);
    fclose(out);
}

#define PART_THREE                                                                                 \
    "                             Part\xc2\xa0III.\xc2\xa0"                                        \
    "Appendices\n\n   :late: is none\n"

START_TEST(the_jargon_file_is_cleaned) {
    enter_folder();
    ck_assert(mkdir("data", 0755) == 0 && mkdir("data/jargon", 0755) == 0);
    put_jargon(some_jargon, PART_THREE);
    Text *text = text_load("jargon");
    assert_sound(text);
    ck_assert_int_eq(text->n_entries, 23);
    ck_assert_str_eq(text->name, "jargon");
    assert_entry(text, 0,
                 ":(TM): //\n"
                 "[Usenet] ASCII rendition of the (TM) which the author\"s friends write -- 'now' "
                 "and in a cafe, Ol, and x 2.\n"
                 "* 1 cup ((c) 2003)\n\n");
    assert_entry(text, 1, ":/dev/null: /dev-nuhl/, n.\nA black hole.\n\n");
    assert_entry(text, 2, ":abbrev: /@-breev'/, n. Common. :no: head.\n\n");
    assert_entry(text, 22, ":w19: n.\nWord 19.\n\n");
    text_free(text);
}
END_TEST

START_TEST(another_file_under_that_name_is_refused) {
    enter_folder();
    ck_assert(mkdir("data", 0755) == 0 && mkdir("data/jargon", 0755) == 0);
    put_jargon("", PART_THREE);
    assert_bad("jargon", "data/jargon/jargon.txt", "has no entry (TM)", "data/README.md");
    put_jargon(some_jargon, "");
    assert_bad("jargon", "data/jargon/jargon.txt", "has no Part III", "data/README.md");
}
END_TEST

// The figures of data/README.md.
START_TEST(the_jargon_file_has_the_figures_that_are_told) {
    if (access("/usr/share/doc/jargon-text/jargon.txt.gz", F_OK) != 0 &&
        access("data/jargon/jargon.txt.gz", F_OK) != 0) {
        fprintf(stderr, "left out: the package jargon-text is not installed\n");
        return;
    }
    Text *text = text_load("jargon");
    assert_sound(text);
    ck_assert_int_eq(text->n, 1265571);
    ck_assert_int_eq(text->n_codes, 96);
    ck_assert_int_eq(text->n_entries, 2307);
    static const struct {
        TextPart part;
        int n;
    } told[] = { { TEXT_TRAIN, 1132326 },
                 { TEXT_VALID, 69629 },
                 { TEXT_TEST, 63616 },
                 { TEXT_HELD_OUT, 133245 } };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        int n;
        free(text_part(text, told[i].part, &n));
        ck_assert_int_eq(n, told[i].n);
    }
    char *string = text_string(text, text->symbols, text->n);
    ck_assert_uint_eq(crc32(0, (const Bytef *)string, (uInt)text->n), 0xa5a1f9dc);
    free(string);
    for (int i = 0; i < text->n_entries; i++) {
        ck_assert_uint_eq(text->codes[text->symbols[text->entry[i]]], ':');
    }
    text_free(text);
}
END_TEST

START_TEST(other_people_s_bytes_do_no_harm) {
    enter_folder();
    uint32_t state = 1;
    for (int i = 0; i < 200; i++) {
        uint8_t bytes[300];
        for (size_t k = 0; k < sizeof bytes; k++) {
            state = state * 1664525 + 1013904223;
            bytes[k] = (uint8_t)(state >> 24);
        }
        if (i % 4 == 1) { // begins as gzip does
            memcpy(bytes, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
        } else if (i % 4 == 2) { // letters, line feeds and few others
            for (size_t k = 0; k < sizeof bytes; k++) {
                bytes[k] = bytes[k] < 3 ? bytes[k] + 0xc0 : bytes[k] % 5 ? 'a' : '\n';
            }
        }
        write_bytes("some", bytes, sizeof bytes);
        int status;
        char *message = death_message(load, "some", &status);
        ck_assert_msg(status == 0 || status == 1, "status %d: %s", status, message);
        free(message);
    }
}
END_TEST

// Bytes of a good file, exchanged for others that mean something in it.
START_TEST(a_jargon_file_that_was_tampered_with_does_no_harm) {
    enter_folder();
    ck_assert(mkdir("data", 0755) == 0 && mkdir("data/jargon", 0755) == 0);
    put_jargon(some_jargon, PART_THREE);
    Bytes good = read_bytes("data/jargon/jargon.txt");
    int loaded = 0;
    Rng rng = rng_create(1, RNG_DATA);
    for (int i = 0; i < 200; i++) {
        Bytes bad = read_bytes("data/jargon/jargon.txt");
        memcpy(bad.bytes, good.bytes, good.n);
        for (int k = 0; k < 1 + i / 4; k++) {
            size_t place = rng_below(&rng, (uint32_t)good.n);
            bool ascii = bad.bytes[place] < 0x80;
            bad.bytes[place] =
                ascii ? (unsigned char)"\n :A0I"[rng_below(&rng, 6)] : bad.bytes[place];
        }
        write_bytes("data/jargon/jargon.txt", bad.bytes, good.n);
        int status;
        char *message = death_message(load, "jargon", &status);
        ck_assert_msg(status == 0 || status == 1, "status %d: %s", status, message);
        loaded += status == 0;
        free(message);
        free(bad.bytes);
    }
    ck_assert_int_gt(loaded, 20);
    free(good.bytes);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("text");
    CASE(s, "entries and symbols", blocks_between_empty_lines_are_entries,
         with_few_blocks_lines_are_entries, the_last_line_needs_no_end,
         characters_are_numbered_in_order, utf8_goes_to_symbols_and_back,
         each_form_of_a_line_end_is_one, gzip_holds_the_same_text);
    CASE(s, "parts", one_entry_in_twenty_is_set_aside_for_each, a_lesson_says_what_it_needs);
    CASE(s, "what is refused", files_that_are_not_there, files_that_hold_no_text,
         control_characters, bytes_that_are_not_utf8, texts_of_a_wrong_size,
         as_many_different_characters_as_allowed, damaged_gzip_files,
         other_people_s_bytes_do_no_harm);
    CASE(s, "the Jargon File", the_jargon_file_is_cleaned, another_file_under_that_name_is_refused,
         a_jargon_file_that_was_tampered_with_does_no_harm,
         the_jargon_file_has_the_figures_that_are_told);
    return s;
}
