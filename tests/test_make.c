// Tests of the Makefile: what is built again, and what is not.

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// A course of one lesson and one module of a library, in an empty folder. The lesson prints VALUE.
static void enter_small_course(void) {
    char root[1000];
    int status;
    // What the make that runs the tests was told is no matter of this one's.
    static const char *const told[] = {
        "BUILD", "ARCH", "CC", "CI", "EXTRA", "MAKEFLAGS", "MFLAGS"
    };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        unsetenv(told[i]);
    }
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    enter_folder();
    free(shell(&status, "mkdir -p common/base lessons/01-a docs && cp '%s/Makefile' .", root));
    ck_assert_int_eq(status, 0);
    write_text("common/base/value.c",
               "int value(void);\nint value(void) {\n    return VALUE;\n}\n");
    write_text("lessons/01-a/main.c", "#include <stdio.h>\nint value(void);\nint main(void) {\n"
                                      "    printf(\"%d %d\\n\", VALUE, value());\n}\n");
}

static void assert_prints(const char *options, const char *expected) {
    int status;
    char *text =
        shell(&status, "make --silent %s build/lessons/01-a && build/lessons/01-a", options);
    ck_assert_msg(status == 0, "%s", text);
    ck_assert_str_eq(text, expected);
    free(text);
}

// With other options everything is compiled anew; with the same ones nothing is.
START_TEST(other_options_compile_anew) {
    enter_small_course();
    assert_prints("EXTRA=-DVALUE=1", "1 1\n");
    assert_prints("EXTRA=-DVALUE=2", "2 2\n");
    int status;
    free(shell(&status, "stat -c '%%i %%y' build/common/base/value.o >made"));
    assert_prints("EXTRA=-DVALUE=2 CI=1", "2 2\n"); // warnings as errors change no object
    free(shell(&status, "stat -c '%%i %%y' build/common/base/value.o | cmp - made"));
    ck_assert_int_eq(status, 0);
    assert_prints("EXTRA=\"-DVALUE=3 -DTEXT='\\\"a b\\\"'\"", "3 3\n");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("make");
    CASE(s, "building", other_options_compile_anew);
    return s;
}
