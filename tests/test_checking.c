// The scripts behind make test and make verify: what they count, and that they can fail.

#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A folder with the scripts, two programs of lessons and two of tests. 01-good reaches what is expected of it, and ends with
// --lr 2 in an error; of 02-bad one figure is too large and one is missing.
static void enter_checked_course(void) {
    char root[512];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    enter_folder();
    int status;
    free(shell(
        &status,
        "mkdir -p docs tests build/lessons build/tests lessons/01-a lessons/02-b lessons/03-c "
        "lessons/04-d && cp '%s/docs/shell.sh' docs && "
        "cp '%s/tests/run.sh' '%s/tests/verify.sh' tests",
        root, root, root));
    ck_assert_int_eq(status, 0);
    write_text("tests/expected.csv", "lesson,args,key,op,value\n"
                                     "01-good,--lr 1,error,<=,0.5\n"
                                     "01-good,,error,<=,0.5\n"
                                     "01-good,,modes,=,8\n");
    write_text("build/lessons/01-good",
               "#!/bin/sh\n[ \"$6\" != --lr ] || [ \"$7\" != 2 ] || exit 1\n"
               "mkdir -p $2/01-good/$4 && printf 'key,value\\nerror,0.5\\n"
               "modes,8\\nseconds,1.25\\npeak_mib,3\\n' >$2/01-good/$4/summary.csv\n");
    write_text("build/lessons/02-bad", "#!/bin/sh\nmkdir -p $2/02-bad/$4 && printf 'key,value\\n"
                                       "error,9.0E-01\\n' >$2/02-bad/$4/summary.csv\n");
    write_text("build/tests/test_good",
               "#!/bin/sh\necho '100%: Checks: 3, Failures: 0, Errors: 0'\n");
    write_text("build/tests/test_bad",
               "#!/bin/sh\necho '50%: Checks: 4, Failures: 1, Errors: 1'\necho why\nexit 1\n");
    write_text("build/tests/test_dead", "#!/bin/sh\nkill -9 $$\n");
    write_text("build/tests/test_programs",
               "#!/bin/sh\necho \"100%: Checks: ${TEST_SHARE%/*}, Failures: 0, Errors: 0\"\n");
    free(shell(&status, "chmod +x build/*/*"));
}

static void assert_prints(const char *command, int expected, const char *const *parts) {
    int status;
    char *output = shell(&status, "%s", command);
    ck_assert_msg(status == expected, "%s ended with %d: %s", command, status, output);
    for (; *parts; parts++) {
        ck_assert_msg(strstr(output, *parts), "'%s' is not in: %s", *parts, output);
    }
    free(output);
}
#define PRINTS(command, status, ...)                                                               \
    assert_prints(command, status, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(what_holds_is_counted) {
    enter_checked_course();
    PRINTS("sh tests/verify.sh build", 0, "01-good --lr 1: 1.2 s, 3 MiB\n",
           "  ok      error = 0.5 (expected <= 0.5)\n", "  ok      modes = 8 (expected = 8)\n",
           "verify: 3 passed, 0 failed\n");
    PRINTS("sh tests/run.sh build/tests/test_good build/tests/test_programs", 0,
           "test_good                      3 of 3 passed ",
           "test_programs 2/4              2 of 2 passed ", "13 passed, 0 failed\n");
}
END_TEST

START_TEST(what_does_not_hold_is_a_failure) {
    enter_checked_course();
    int status;
    free(shell(&status,
               "printf '02-bad,,error,<=,0.5\\n02-bad,,modes,=,8\\n' >>tests/expected.csv"));
    PRINTS("sh tests/verify.sh build", 1, "  FAILED  error = 9.0E-01 (expected <= 0.5)\n",
           "  FAILED  modes is not in summary.csv\n", "verify: 3 passed, 2 failed\n");
    free(shell(&status, "echo '01-good,--lr 2,error,<=,0.5' >>tests/expected.csv"));
    PRINTS("sh tests/verify.sh build", 1,
           "FAILED  01-good --lr 2: the program ended with an error\n",
           "verify: 3 passed, 3 failed\n");
    PRINTS("sh tests/run.sh build/tests/test_good build/tests/test_bad build/tests/test_dead", 1,
           "test_bad                       2 of 4 passed ", "why\n",
           "test_dead                      0 of 1 passed ", "5 passed, 3 failed\n");
}
END_TEST

START_TEST(with_little_time_the_defaults_come_first) {
    enter_checked_course();
    // A clock that says 0 when it is asked first, and half an hour later ever after.
    int status;
    free(shell(&status, "mkdir bin"));
    write_text("bin/date", "#!/bin/sh\n[ -e asked ] && echo 1800 || { touch asked; echo 0; }\n");
    free(shell(&status, "chmod +x bin/date"));
    PRINTS("PATH=$PWD/bin:$PATH MINUTES=40 sh tests/verify.sh build", 0,
           "verify: 2 passed, 0 failed\n", "left out for lack of time: 01-good --lr 1\n");
    free(shell(&status, "rm asked"));
    PRINTS("PATH=$PWD/bin:$PATH MINUTES=28 sh tests/verify.sh build", 0,
           "left out for lack of time: 01-good \n", "verify: 0 passed, 0 failed\n");
}
END_TEST

START_TEST(what_does_not_end_in_time_is_stopped_and_named) {
    enter_checked_course();
    int status;
    free(shell(&status, "mkdir bin"));
    write_text("bin/timeout", "#!/bin/sh\nexec /usr/bin/timeout 1 \"$3\"\n"); // whatever was asked
    write_text("build/lessons/01-good", "#!/bin/sh\nexec sleep 60\n");
    write_text("build/tests/test_bad", "#!/bin/sh\nexec sleep 60\n");
    free(shell(&status, "chmod +x bin/timeout build/lessons/01-good build/tests/test_bad"));
    PRINTS("PATH=$PWD/bin:$PATH MINUTES=40 sh tests/verify.sh build", 0,
           "left out for lack of time: 01-good , stopped\n", "verify: 0 passed, 0 failed\n");
    PRINTS(
        "PATH=$PWD/bin:$PATH MINUTES=40 sh tests/run.sh build/tests/test_good build/tests/test_bad",
        0, "left out for lack of time: test_bad, stopped\n", "3 passed, 0 failed\n");
}
END_TEST

START_TEST(with_little_time_what_comes_last_is_left_out) {
    enter_checked_course();
    int status;
    free(shell(&status, "mkdir bin"));
    write_text("bin/date", "#!/bin/sh\n[ -e asked ] && echo 1800 || { touch asked; echo 0; }\n");
    free(shell(&status, "chmod +x bin/date"));
    PRINTS("PATH=$PWD/bin:$PATH MINUTES=30 sh tests/run.sh build/tests/test_good", 0,
           "test_good                      3 of 3 passed ", "3 passed, 0 failed\n");
    free(shell(&status, "rm asked"));
    PRINTS("PATH=$PWD/bin:$PATH MINUTES=29 sh tests/run.sh build/tests/test_good", 0,
           "left out for lack of time: test_good\n", "0 passed, 0 failed\n");
    // Counted from an earlier moment it is later.
    PRINTS("PATH=$PWD/bin:$PATH BEGAN=-600 MINUTES=39 sh tests/run.sh build/tests/test_good", 0,
           "left out for lack of time: test_good\n", "0 passed, 0 failed\n");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("checking");
    CASE(s, "scripts", what_holds_is_counted, what_does_not_hold_is_a_failure,
         with_little_time_the_defaults_come_first, with_little_time_what_comes_last_is_left_out,
         what_does_not_end_in_time_is_stopped_and_named);
    return s;
}
