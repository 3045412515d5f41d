// Tests of common/file and common/die: a file is whole under its name, or it is not there.

#include "base/die.h"
#include "base/file.h"
#include "test.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
}

static void assert_holds(const char *path, const char *text) {
    char found[100] = { 0 };
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    fread(found, 1, sizeof found - 1, file);
    fclose(file);
    ck_assert_str_eq(found, text);
}

// f(argument) must die with one line that begins with "error: " and contains the text.
static void assert_dies(void (*f)(void *), void *argument, const char *text) {
    int status;
    char *message = death_message(f, argument, &status);
    ck_assert_int_eq(status, EXIT_FAILURE);
    ck_assert_msg(strncmp(message, "error: ", 7) == 0 && strstr(message, text), "%s", message);
    ck_assert_ptr_eq(strchr(message, '\n'), message + strlen(message) - 1);
    free(message);
}

START_TEST(a_committed_file_is_under_its_name) {
    enter_folder();
    OutFile *file = file_create("a.csv");
    fprintf(file_stream(file), "step\n1\n");
    ck_assert(exists("a.csv.part") && !exists("a.csv"));
    file_flush(file);
    assert_holds("a.csv.part", "step\n1\n");
    ck_assert(!exists("a.csv"));
    file_commit(file);
    assert_holds("a.csv", "step\n1\n");
    ck_assert(!exists("a.csv.part"));
}
END_TEST

START_TEST(the_old_file_stays_until_the_new_one_is_whole) {
    enter_folder();
    put("a.csv", "old");
    OutFile *file = file_create("a.csv");
    fputs("new", file_stream(file));
    file_flush(file);
    assert_holds("a.csv", "old");
    file_commit(file);
    assert_holds("a.csv", "new");
}
END_TEST

START_TEST(a_discarded_file_leaves_nothing) {
    enter_folder();
    put("a.csv", "old");
    OutFile *a = file_create("a.csv"), *b = file_create("b.csv"), *c = file_create("c.csv");
    fputs("b", file_stream(b));
    file_discard(b); // from the middle of the list
    file_discard(a);
    assert_holds("a.csv", "old");
    ck_assert(!exists("a.csv.part") && !exists("b.csv") && !exists("b.csv.part"));
    file_commit(c);
    ck_assert(exists("c.csv"));
}
END_TEST

START_TEST(what_was_written_can_be_read_in_between) {
    enter_folder();
    OutFile *file = file_create("a.csv");
    for (int i = 0; i < 3; i++) {
        fprintf(file_stream(file), "row %d\n", i);
        char *text = file_text(file, 6 * (size_t)i);
        char row[] = "row 0\n";
        row[4] += (char)i;
        ck_assert_str_eq(text, row);
        free(text);
    }
    char *end = file_text(file, 18);
    ck_assert_str_eq(end, "");
    free(end);
    file_commit(file);
    assert_holds("a.csv", "row 0\nrow 1\nrow 2\n");
}
END_TEST

START_TEST(a_text_is_one_field_whatever_it_holds) {
    enter_folder();
    const char *const texts[] = { "plain", "", "a, b", "say \"no\"", "two\nlines" };
    OutFile *file = file_create("a.csv");
    for (int i = 0; i < 5; i++) {
        file_field(file_stream(file), texts[i]);
        fputc(';', file_stream(file));
    }
    file_commit(file);
    assert_holds("a.csv", "plain;;\"a, b\";\"say \"\"no\"\"\";\"two\nlines\";");
}
END_TEST

START_TEST(folders_above_are_made) {
    enter_folder();
    file_commit(file_create("x/y/z/a.csv"));
    file_commit(file_create("x/y/z/b.csv"));
    ck_assert(exists("x/y/z/a.csv") && exists("x/y/z/b.csv"));
    file_make_folder("x/y//w/");
    file_make_folder("x");
    struct stat info;
    ck_assert(stat("x/y/w", &info) == 0 && S_ISDIR(info.st_mode));
}
END_TEST

static void die_among_files(void *unused) {
    (void)unused;
    file_commit(file_create("done.csv"));
    for (int i = 0; i < 3; i++) {
        char path[] = "0.csv";
        path[0] += (char)i;
        fputs("half", file_stream(file_create(path)));
    }
    die("%d things are wrong. Mend them", 3);
}

START_TEST(die_removes_what_is_unfinished) {
    enter_folder();
    put("1.csv", "old");
    assert_dies(die_among_files, NULL, "3 things are wrong. Mend them");
    ck_assert(exists("done.csv"));
    assert_holds("1.csv", "old");
    ck_assert(!exists("0.csv.part") && !exists("1.csv.part") && !exists("2.csv.part"));
    ck_assert(!exists("0.csv") && !exists("2.csv"));
}
END_TEST

static void create(void *path) {
    file_create(path);
}

static void create_as_anyone(void *path) {
    if (geteuid() == 0) { // to the superuser every folder is writable
        require(setuid(65534) == 0, "still the superuser");
    }
    file_create(path);
}

static void make_folder(void *path) {
    file_make_folder(path);
}

START_TEST(an_unwritable_folder_is_named) {
    enter_folder();
    ck_assert_int_eq(mkdir("shut", 0555) | chmod(".", 0755), 0);
    assert_dies(create_as_anyone, "shut/a.csv", "cannot write shut/a.csv: Permission denied");
    assert_dies(create_as_anyone, "shut/x/a.csv",
                "cannot create the folder shut/x: Permission denied");
    assert_dies(create_as_anyone, "shut/x/a.csv", "--out");
}
END_TEST

START_TEST(a_file_in_the_way_of_a_folder_is_named) {
    enter_folder();
    put("x", "a file");
    assert_dies(make_folder, "x", "x: a file of that name is in the way");
    assert_dies(make_folder, "x/y", "x: a file of that name is in the way");
    assert_dies(create, "x/a.csv", "x: a file of that name is in the way");
    assert_holds("x", "a file");
}
END_TEST

START_TEST(a_folder_in_the_way_of_a_file_is_named) {
    enter_folder();
    ck_assert_int_eq(mkdir("a.csv.part", 0777), 0);
    assert_dies(create, "a.csv", "cannot write a.csv: Is a directory");
}
END_TEST

// A limit on the size of files stands in for a disk with that much room left.
static void fill_the_disk(size_t room) {
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = { room, RLIM_INFINITY };
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit");
}

static void write_to_a_full_disk(void *bytes) {
    fill_the_disk(1000);
    OutFile *file = file_create("a.csv");
    for (int i = 0; i < *(int *)bytes; i++) {
        fputc('x', file_stream(file));
    }
    file_commit(file);
}

// One size that meets the limit in the last flush, one that meets it long before.
START_TEST(a_full_disk_leaves_nothing_half_written) {
    enter_folder();
    put("a.csv", "old");
    int sizes[] = { 1001, 1000000 };
    for (int i = 0; i < 2; i++) {
        assert_dies(write_to_a_full_disk, &sizes[i], "cannot finish writing a.csv");
        assert_dies(write_to_a_full_disk, &sizes[i], "Free some space");
        assert_holds("a.csv", "old");
        ck_assert(!exists("a.csv.part"));
    }
}
END_TEST

static void write_past_a_hole(void *unused) {
    (void)unused;
    fill_the_disk(0);
    OutFile *file = file_create("a.csv");
    setvbuf(file_stream(file), NULL, _IONBF, 0);
    fputc('x', file_stream(file)); // is lost
    fill_the_disk(1000);
    fputc('y', file_stream(file)); // is not
    file_commit(file);
}

START_TEST(a_write_that_failed_earlier_is_remembered) {
    enter_folder();
    assert_dies(write_past_a_hole, NULL, "an earlier write failed");
    ck_assert(!exists("a.csv") && !exists("a.csv.part"));
}
END_TEST

static void say_then_die(void *unused) {
    (void)unused;
    dup2(STDERR_FILENO, STDOUT_FILENO);
    printf("said before\n");
    die("cannot read %s", "x");
}

START_TEST(die_prints_after_what_was_printed_before) {
    int status;
    char *text = death_message(say_then_die, NULL, &status);
    ck_assert_int_eq(status, EXIT_FAILURE);
    ck_assert_str_eq(text, "said before\nerror: cannot read x\n");
    free(text);
}
END_TEST

static void require_nonsense(void *unused) {
    (void)unused;
    int n = 3;
    require(n == 4, "n is %d", n);
}

START_TEST(require_names_the_file_and_the_condition) {
    assert_refused(require_nonsense, NULL, "test_file.c:");
    assert_refused(require_nonsense, NULL, "n == 4 does not hold");
    assert_refused(require_nonsense, NULL, "bug: n is 3");
    require(1 + 1 == 2, "never seen");
}
END_TEST

// A sanitizer is to answer as malloc does.
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

static void ask_for_too_much(void *unused) {
    (void)unused;
    alloc_bytes(SIZE_MAX / 4);
}

static void ask_for_more_than_a_size(void *unused) {
    (void)unused;
    alloc_floats(SIZE_MAX / sizeof(float) - 3); // times 4, rounded up to 64: more than SIZE_MAX
}

START_TEST(memory_is_zeroed_aligned_or_refused) {
    char *dirty = malloc(128); // likely to be handed out again
    memset(dirty, 0xff, 128);
    free(dirty);
    char *bytes = alloc_bytes(128);
    for (int i = 0; i < 128; i++) {
        ck_assert_int_eq(bytes[i], 0);
    }
    free(bytes);
    float *x = alloc_floats(17);
    ck_assert_uint_eq((uintptr_t)x % 64, 0);
    for (int i = 0; i < 17; i++) {
        ck_assert_float_eq(x[i], 0.0f);
    }
    free(x);
    free(alloc_floats(0));
    free(alloc_bytes(0));
    char *copy = copy_text("a text");
    ck_assert_str_eq(copy, "a text");
    free(copy);
    int status;
    char *message = death_message(ask_for_too_much, NULL, &status);
    ck_assert_int_eq(status, EXIT_FAILURE);
    ck_assert_msg(strstr(message, "error: not enough memory for") != NULL, "%s", message);
    free(message);
    assert_refused(ask_for_more_than_a_size, NULL, "bug: ");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("file");
    CASE(s, "whole or not there", a_committed_file_is_under_its_name,
         the_old_file_stays_until_the_new_one_is_whole, a_discarded_file_leaves_nothing,
         what_was_written_can_be_read_in_between, a_text_is_one_field_whatever_it_holds,
         folders_above_are_made,
         die_removes_what_is_unfinished);
    CASE(s, "what cannot be written", an_unwritable_folder_is_named,
         a_file_in_the_way_of_a_folder_is_named, a_folder_in_the_way_of_a_file_is_named,
         a_full_disk_leaves_nothing_half_written, a_write_that_failed_earlier_is_remembered);
    CASE(s, "die", die_prints_after_what_was_printed_before,
         require_names_the_file_and_the_condition, memory_is_zeroed_aligned_or_refused);
    return s;
}
