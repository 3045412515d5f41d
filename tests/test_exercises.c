// Tests of the exercises. Every one of lessons/NN-name/exercises/: its task and hints say something, its file with the hole is
// refused, its solution is right, and its check refuses what learners really write. And of `make exercise-N.M` as they meet it.

#include "test.h"

#include <glob.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__ // by the sanitizers
enum { SECONDS_A_CHECK = 10 };
#else
enum { SECONDS_A_CHECK = 2 };
#endif

static glob_t tasks; // lessons/NN-name/exercises/M-name.md

static const char *build_folder(void) {
    const char *build = getenv("BUILD");
    return build && *build ? build : "build";
}

// Seconds that the commands have computed so far; a machine that is busy with other things does not count.
static double computed(void) {
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// --- every exercise ------------------------------------------------------------------------------

// The path of exercise i's task without ".md", and of what was built of it without its ending.
static void find(int i, char given[512], char built[1024]) {
    char lesson[256];
    snprintf(given, 512, "%s", tasks.gl_pathv[i]);
    *strrchr(given, '.') = '\0';
    snprintf(lesson, sizeof lesson, "%.*s", (int)strcspn(given + 8, "/"), given + 8);
    snprintf(built, 1024, "%s/exercises/%s/%s", build_folder(), lesson, strrchr(given, '/') + 1);
}

START_TEST(the_task_and_the_hints_say_something) {
    char given[512], built[1024];
    find(_i, given, built);
    Bytes task = read_bytes(tasks.gl_pathv[_i]);
    char *text = (char *)task.bytes;
    ck_assert_msg(strncmp(text, "# ", 2) == 0, "%s does not begin with # Title", given);
    int hints = 0;
    for (char *part = strchr(text, '\n'); part; hints++) {
        char *next = strstr(part, "\n## Hint");
        size_t length = next ? (size_t)(next - part) : strlen(part);
        ck_assert_msg(length - strspn(part, " \n") > (hints == 0 ? 100 : 20),
                      "%s: part %d says nothing", given, hints);
        part = next ? strchr(next + 1, '\n') : NULL;
    }
    ck_assert_msg(hints - 1 >= 2, "%s has %d hints, not at least two", given, hints - 1);
    free(task.bytes);
    // The learner's file begins with what is to be done, and its lines fit a terminal.
    int status;
    char *output = shell(
        &status, "head -n 1 '%s.c' | grep '^// ' && ! grep -n '^.\\{111\\}' '%s.c'", given, given);
    ck_assert_msg(status == 0, "%s.c: a first line that begins with //, and none too long: %s",
                  given, output);
    free(output);
}
END_TEST

// A lesson's page names the command.
START_TEST(a_lessons_page_leads_to_its_exercises) {
    int status;
    char *output =
        shell(&status, "for folder in lessons/*/exercises; do page=${folder%%exercises}README.md "
                       "number=${folder#lessons/}; number=${number%%%%-*}; "
                       "grep -q \"\\`make exercise-${number#0}\\`\" $page || echo $page; done");
    ck_assert_msg(status == 0 && *output == '\0', "no word of make exercise-N in %s", output);
    free(output);
}
END_TEST

START_TEST(the_hole_is_refused_and_the_solution_is_right) {
    char given[512], built[1024];
    find(_i, given, built);
    int status;
    double start = computed();
    char *output = shell(&status,
                         "cat '%s.o.warnings' '%s.solution.o.warnings' "
                         "'%s.check.o.warnings'",
                         built, built, built);
    ck_assert_msg(status == 0 && !*output, "%s: %s", given, output);
    free(output);
    output = shell(&status, "OMP_NUM_THREADS=1 OUT=/nowhere '%s-hole'", built);
    ck_assert_msg(status == 1 && strlen(output) > 10 && !strstr(output, "Sanitizer"),
                  "%s with its hole ended with %d: %s", given, status, output);
    free(output);
    ck_assert_msg(computed() - start < SECONDS_A_CHECK, "%s took %.1f seconds", given,
                  computed() - start);
    start = computed();
    output = shell(&status, "OMP_NUM_THREADS=1 ASAN_OPTIONS=detect_leaks=0 '%s-solution' --prove",
                   built);
    ck_assert_msg(status == 0, "%s: the proof ended with %d: %s", given, status, output);
    ck_assert_msg(count(output, "refused: ") >= 3, "%s: %s", given, output);
    free(output);
    ck_assert_msg(computed() - start < SECONDS_A_CHECK, "%s took %.1f seconds", given,
                  computed() - start);
}
END_TEST

// --- make exercise-N.M ---------------------------------------------------------------------------

static const char hole[] = "// Doubles x.\n//\n//     y = 2 x\n\nfloat twice(float x) {\n"
                           "    (void)x;\n    return 0.0f;\n}\n";
static const char check[] =
    "#include \"exercise.h\"\n"
    "float twice(float x);\n"
    "typedef float (*Answer)(float x);\n"
    "static const char *judge(Answer answer) {\n"
    "    return answer(2) == 4 ? NULL : wrong(\"twice(2) is %g\", (double)answer(2));\n"
    "}\n"
    "static float same(float x) { return x; }\n"
    "EXERCISE(Answer, judge, twice, { same, \"twice(2) is 2\" })\n";
static const char task[] =
    "# Twice\n\nWrite $y = 2x$.\n\n## Hint\n\nAs a formula: $\\sqrt{\\eta} + x_{ij}\\,$\n"
    "$\\frac{x}{0.5}$.\n\n## Hint\n\n"
    "`2 * x`.\n";
static const char solution[] = "float twice(float x) {\n    return 2.0f * x;\n}\n";

#define MINE "my/01-one/1-twice.c"

// A course of one lesson with two exercises (the second is the first once more).
static void enter_course(void) {
    char root[512], build[600];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    snprintf(build, sizeof build, "%s%s%s", build_folder()[0] == '/' ? "" : root,
             build_folder()[0] == '/' ? "" : "/", build_folder());
    enter_folder();
    int status;
    free(shell(&status,
               "ln -s '%s/Makefile' '%s/docs' '%s/tests' '%s/common' . && "
               "mkdir -p lessons/01-one/exercises build && "
               "ln -s '%s/common' '%s/libcommon.a' build/",
               root, root, root, root, build, build));
    ck_assert_int_eq(status, 0);
    static const struct {
        const char *ending, *text;
    } files[] = { { "md", task }, { "c", hole }, { "check.c", check }, { "solution.c", solution } };
    for (int i = 0; i < 8; i++) {
        char path[100];
        snprintf(path, sizeof path, "lessons/01-one/exercises/%d-twice.%s", 1 + i / 4,
                 files[i % 4].ending);
        write_text(path, files[i % 4].text);
    }
}

// What make prints, which the caller frees; it must end with this status.
static char *ask(const char *goal, int expected) {
    int status;
    char *output = shell(
        &status, "unset CI MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES; make -s BUILD=build %s", goal);
    ck_assert_msg(status == expected, "%s ended with %d: %s", goal, status, output);
    return output;
}

static void assert_says(const char *goal, int expected, const char *const *parts) {
    char *output = ask(goal, expected);
    for (; *parts; parts++) {
        ck_assert_msg(strstr(output, *parts) != NULL, "%s: '%s' is not in: %s", goal, *parts,
                      output);
    }
    free(output);
}
#define SAYS(goal, status, ...)                                                                    \
    assert_says(goal, status, (const char *const[]){ __VA_ARGS__, NULL })

START_TEST(from_the_hole_to_the_solution) {
    enter_course();
    SAYS("exercises", 0, "  1.1  open   Twice\n  1.2  open   Twice\n",
         "0 of 2 done. Next: make exercise-1.1   (Twice)");
    SAYS("exercise-1.1", 0, "1.1  Twice", "Doubles x.\n\n    y = 2 x\n", MINE,
         "lessons/01-one/exercises/1-twice.md");
    SAYS("exercise-1.1", 0, "twice(2) is 0\n", MINE, "make exercise-1.1 HINT=1");
    SAYS("exercise-1", 0, "  1.1  begun  Twice\n");
    write_text("lessons/01-one/lesson.h", "#define TWO 2\n"); // both folders' headers are found
    write_text("lessons/01-one/exercises/twice.h", "#define TIMES *\n");
    write_text(MINE, "#include \"lesson.h\"\n#include \"twice.h\"\n"
                     "float twice(float x) {\n    return TWO TIMES x;\n}\n");
    SAYS("exercise-1.1", 0, "Right.\n", "Next: make exercise-1.2   (Twice)");
    SAYS("exercises", 0, "  1.1  done   Twice\n", "1 of 2 done. Next: make exercise-1.2");
    write_text(MINE, "float twice(float x) {\n    return 3.0f * x;\n}\n");
    SAYS("exercises", 0, "  1.1  begun  Twice\n"); // it was right, and is another file now
    SAYS("exercise-1.1", 0, "twice(2) is 6\n");
    SAYS("exercise-1.1 SOLUTION=1", 0, "return 2.0f * x;");
    int status;
    free(shell(&status, "cp lessons/01-one/exercises/1-twice.solution.c " MINE " && cp " MINE
                        " my/01-one/2-twice.c"));
    free(ask("exercise-1.1", 0));
    SAYS("exercise-1.2", 0, "Right.\n", "all are done");
}
END_TEST

// Whoever asks for one lesson's exercises is not sent to another's while some of them are open.
START_TEST(the_next_one_is_of_the_same_lesson) {
    enter_course();
    int status;
    free(shell(&status, "mkdir lessons/02-two && cp -r lessons/01-one/exercises lessons/02-two/"));
    SAYS("exercise-2", 0, "  2.2  open   Twice\n", "Next: make exercise-2.1");
    SAYS("exercises", 0, "Next: make exercise-1.1");
}
END_TEST

START_TEST(hints_one_by_one) {
    enter_course();
    char *first = ask("exercise-1.1 HINT=1", 0);
    ck_assert_ptr_null(strstr(first, "2 * x"));
    ck_assert_ptr_nonnull(strstr(first, "Hint 1 of 2:\nAs a formula: √(η) + x_ij \n(x)/(0.5).\n"));
    free(first);
    SAYS("exercise-1.1 HINT=1", 0, "Hint 2 of 2:\n`2 * x`.\n", "SOLUTION=1");
    SAYS("exercise-1.1 HINT=1", 0, "Hint 2 of 2:\n`2 * x`.\n");
    SAYS("exercise-1.1", 0, MINE); // hints put no file there
    ck_assert_int_eq(access(MINE, R_OK), 0);
}
END_TEST

START_TEST(again_keeps_the_old_file) {
    enter_course();
    free(ask("exercise-1.1", 0));
    write_text(MINE, "// one\n");
    SAYS("exercise-1.1 AGAIN=1", 0, "my/01-one/1-twice.1.c", "Doubles x.");
    write_text(MINE, "// two\n");
    SAYS("exercise-1.1 AGAIN=1", 0, "my/01-one/1-twice.2.c");
    int status;
    char *both = shell(&status, "cat my/01-one/1-twice.[12].c && cmp " MINE
                                " lessons/01-one/exercises/1-twice.c");
    ck_assert_str_eq(both, "// one\n// two\n");
    free(both);
    ck_assert_int_eq(status, 0);
}
END_TEST

// A compiler's error stands as it is, with the line of the learner's file, and make's own lines do not.
START_TEST(does_not_compile) {
    enter_course();
    free(ask("exercise-1.1", 0));
    write_text(MINE, "float twice(float x) {\n    return 2 * y;\n}\n");
    char *output = ask("exercise-1.1", 0);
    ck_assert_msg(strstr(output, MINE ":2:16: error: ") != NULL, "%s", output);
    ck_assert_msg(strstr(output, "It does not compile.\n") != NULL, "%s", output);
    ck_assert_msg(strstr(output, "***") == NULL, "%s", output);
    free(output);
    write_text(MINE, "float thrice(float x) {\n    return 3 * x;\n}\n");
    SAYS("exercise-1.1", 0, "no longer defines twice:");
    write_text(MINE, "float twice(float x) {\n    int unused;\n    return 2 * x;\n}\n");
    SAYS("exercise-1.1", 0, MINE ":2:9: warning: ", "Right.");
}
END_TEST

START_TEST(crashes_and_loops_end_with_a_sentence) {
    enter_course();
    free(ask("exercise-1.1", 0));
    write_text(MINE, "#include <stdlib.h>\nfloat twice(float x) {\n"
                     "    float *a = calloc(1, 2 * sizeof *a);\n"
                     "    a[(int)x] = 2 * x;\n    return a[(int)x];\n}\n");
    SAYS("exercise-1.1", 0, "It crashed at " MINE ":4: heap-buffer-overflow.",
         "That line: a[(int)x] = 2 * x;", "outside of an array");
    write_text(MINE, "float twice(float x) {\n    float *a = 0;\n    return x + *a;\n}\n");
    SAYS("exercise-1.1", 0, "It crashed at " MINE ":3");
    write_text(MINE, "#include <stdio.h>\nfloat twice(float x) {\n    puts(\"here\");\n"
                     "    while (x > 0) {\n    }\n    return x;\n}\n");
    SAYS("exercise-1.1", 0, "here\nIt was still computing after 5 seconds");
}
END_TEST

START_TEST(what_does_not_exist_or_means_nothing) {
    static const struct {
        const char *goal, *says;
    } cases[] = {
        { "exercise-1.3", "error: there is no exercise 1.3; lesson 1 has 1.1, 1.2\n" },
        { "exercise-2", "error: lesson 2 has no exercises; these lessons have some: 1\n" },
        { "exercise-2.1", "error: lesson 2 has no exercises; these lessons have some: 1\n" },
        { "exercise-1.x", "error: exercise-1.x: an exercise is called by its lesson's number" },
        { "exercise-1.1.c", "error: exercise-1.1.c: an exercise is called by" },
        { "'exercise-1;touch lost'", "error: exercise-1;touch lost: an exercise is called by" },
        { "'exercise-$(shell touch lost)'", "error: exercise-$(shell touch lost): an exercise" },
        { "exercise-1.1 'HINT=;touch lost'", "error: HINT=\";touch lost\" means nothing" },
        { "exercise-1.1 'AGAIN=$(shell touch lost)'",
          "error: AGAIN=\"$(shell touch lost)\" means" },
        { "exercise-1.1 SOLUTION=yes", "error: SOLUTION=\"yes\" means nothing; SOLUTION=1 is" },
    };
    enter_course();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SAYS(cases[i].goal, 2, cases[i].says);
    }
    ck_assert_int_ne(access("lost", F_OK), 0);
    ck_assert_int_ne(access("my/01-one/1-twice.c", F_OK), 0);
}
END_TEST

// A check that is too mild, or whose list is too short, does not pass its proof.
START_TEST(a_proof_can_fail) {
    enter_course();
    int status;
    char *output = shell(&status, "unset CI MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES; "
                                  "make -s BUILD=build build/exercises/01-one/1-twice-solution && "
                                  "build/exercises/01-one/1-twice-solution && "
                                  "build/exercises/01-one/1-twice-solution --prove");
    ck_assert_int_eq(status, 1);
    ck_assert_str_eq(output, "refused: twice(2) is 2\n"
                             "there are too few wrong answers: at least three\n");
    free(output);
    static const char mild[] =
        "#include \"exercise.h\"\nfloat twice(float x);\ntypedef float (*Answer)(float x);\n"
        "static const char *judge(Answer answer) {\n"
        "    return answer(0) == 0 ? NULL : wrong(\"no\");\n}\n"
        "static float same(float x) { return x; }\nstatic float more(float x) { return x + 1; }\n"
        "EXERCISE(Answer, judge, twice, { same, \"same\" }, { more, \"more\" }, { more, \"no\" }, "
        "{ more, \"no\" })\n";
    write_text("lessons/01-one/exercises/1-twice.check.c", mild);
    output = shell(&status, "unset CI MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES; "
                            "make -s BUILD=build build/exercises/01-one/1-twice-solution && "
                            "build/exercises/01-one/1-twice-solution --prove");
    ck_assert_int_eq(status, 1);
    ck_assert_str_eq(output, "this wrong answer is taken for right: same\n"
                             "expected: more\nit said: no\n"
                             "two wrong answers have one message: no\nrefused: no\n"
                             "two wrong answers have one message: no\nrefused: no\n");
    free(output);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("exercises");
    glob("lessons/[0-9][0-9]-*/exercises/*.md", 0, NULL, &tasks);
    TCase *each = tcase_create("each");
    tcase_set_timeout(each, 60);
    tcase_add_loop_test(each, the_task_and_the_hints_say_something, 0, (int)tasks.gl_pathc);
    tcase_add_loop_test(each, the_hole_is_refused_and_the_solution_is_right, 0,
                        (int)tasks.gl_pathc);
    suite_add_tcase(s, each);
    CASE(s, "pages", a_lessons_page_leads_to_its_exercises);
    CASE(s, "make", from_the_hole_to_the_solution, the_next_one_is_of_the_same_lesson,
         hints_one_by_one, again_keeps_the_old_file, does_not_compile,
         crashes_and_loops_end_with_a_sentence, what_does_not_exist_or_means_nothing,
         a_proof_can_fail);
    return s;
}
