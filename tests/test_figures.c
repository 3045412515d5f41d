// Tests of the search for wrong figures in the prose (tests/figures.sh): what no reference run has
// printed is listed, and what one has is passed over.

#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// A course of one lesson, with the search as it is. The lesson's run had a distance of 19.0932469, and
// two errors.
static void enter_small_course(void) {
    char *here = getcwd(NULL, 0);
    int status;
    enter_folder();
    free(shell(&status,
               "mkdir -p docs/reference/01-one lessons/01-one tests && "
               "cp '%s'/tests/figures.* '%s'/tests/promises.sh tests && "
               "cp '%s'/docs/shell.sh docs",
               here, here, here));
    ck_assert_int_eq(status, 0);
    free(here);
    write_text("docs/reference/01-one/summary.csv",
               "key,value\nfid,19.0932469\ntest_accuracy,0.8796\n"
               "seconds,57.6\npeak_mib,63.92\nkernel_off,4.912e-20\n");
    write_text("docs/reference/01-one/settings.csv", "command,key,value\n--seed 2,fid,24.35\n");
    write_text("docs/reference/01-one/log-slow.csv", "step,fid,loss\n100,211.147,0.5123\n");
    write_text("tests/figures-excepted.csv", "page,numbers,reason\n");
}

// --- one sentence each ---------------------------------------------------------------------------

static const struct {
    const char *prose, *complaint; // the figure that is listed, or NULL
} sentences[] = {
    { "The Fréchet distance is 19.1.", NULL },
    { "The Fréchet distance is **19.09**.", NULL },
    { "The Fréchet distance is 19.2.", "1: 19.2:" },
    { "The Fréchet distance is -19.1.", "1: -19.1:" },
    { "The distance\nis not 18.7, and\nit is 19.1.", "2: 18.7:" },
    { "With seed 2 the distance is 24.3, or 24.4 (rounded up).", NULL }, // 24.35
    { "With seed 2 the distance is 24.5.", "1: 24.5:" },
    { "The test accuracy is 0.880, of 100 images 88.0 % are named correctly.", NULL },
    { "The test accuracy is 0.808, of 100 images 88.0 % are named correctly.", "1: 0.808:" },
    { "Of the test images 87.0 % are named correctly.", "1: 87.0 %:" },
    { "12.0 % of the test images are named wrongly.", NULL },
    { "The accuracy is 88 %, and 12 % are others.", "1: 12 %:" },
    { "It takes 58 s and 64 MiB.", NULL },
    { "It takes 59 s and 64 MiB.", "1: 59 s:" },
    { "It takes 58 s and 57 MiB.", "1: 57 MiB:" },
    { "Nothing here is called 19.1 by its name.", "1: 19.1:" },
    { "| game | FID |\n|---|---|\n| quick | 19.1 |", NULL },
    { "| game | FID |\n|---|---|\n| quick | 0.88 |", "3: 0.88:" },
    { "The slow game begins at a distance of 211.1 and a loss of 0.512.", NULL },
    { "Numbers in `--lr 0.25`, $x = 0.25$, 784-128-10, 0.5, 64 and arXiv:2302.06675 are no "
      "figures.",
      NULL },
    { "We measured $R = 3.149$.", "1: 3.149:" },
    { "The distance is [19.1](lessons-0.33.html), in 2014 and 10,000 pictures.", NULL },
    { "It makes 1,485 steps.", "1: 1,485:" },
    { "The two agree up to 4.9·10⁻²⁰.", NULL },
    { "The two agree up to 4.9 × 10⁻¹².", "1: 4.9e-12:" },
    { "The two agree up to 4.8·10⁻²⁰.", "1: 4.8e-20:" },
    { "    make lesson-1 ARGS=0.77  # about 58 s, 65 MiB", "1: 65 MiB:" },
};

START_TEST(one_sentence) {
    enter_small_course();
    write_text("lessons/01-one/README.md", sentences[_i].prose);
    int status;
    char *output = shell(&status, "sh tests/figures.sh lessons/01-one/README.md");
    if (sentences[_i].complaint) {
        char begin[128];
        snprintf(begin, sizeof begin, "lessons/01-one/README.md:%s …", sentences[_i].complaint);
        ck_assert_msg(strncmp(output, begin, strlen(begin)) == 0, "%s\n%s", sentences[_i].prose,
                      output);
        ck_assert_msg(strstr(output, " 1 complaint"), "%s\n%s", sentences[_i].prose, output);
    } else {
        ck_assert_msg(strstr(output, " 0 complaints"), "%s\n%s", sentences[_i].prose, output);
    }
    ck_assert_int_eq(status, sentences[_i].complaint != NULL);
    free(output);
}
END_TEST

// --- whole courses -------------------------------------------------------------------------------

// Of a C file only the prose is read.
START_TEST(prose_of_a_program) {
    enter_small_course();
    write_text("lessons/01-one/one.c",
               "/*\nA distance of 19.1.\n*/\nfloat rate = 0.77; /* 0.78 */\n"
               "/*\nA distance of 17.1.\n*/\n");
    int status;
    char *output = shell(&status, "sh tests/figures.sh lessons/01-one/one.c");
    ck_assert_ptr_nonnull(strstr(output, "one.c:6: 17.1: …A distance of 17.1."));
    ck_assert_ptr_nonnull(strstr(output, "1 figures found, 0 excepted, 1 complaint"));
    ck_assert_int_eq(status, 1);
    free(output);
}
END_TEST

// An exception holds for its page; one that is not needed is listed itself.
START_TEST(exceptions) {
    enter_small_course();
    write_text("lessons/01-one/README.md",
               "A paper has a distance of 3.71, we have 19.1, and 1,485.\n");
    write_text("lessons/01-one/one.c", "/*\nAgain the paper's distance of 3.71.\n*/\n");
    write_text("README.md", "\n");
    write_text("docs/judge.md", "\n");
    write_text("docs/reading-gan-curves.md", "\n");
    write_text("tests/figures-excepted.csv", "page,numbers,reason\n"
                                             "lessons/01-one/README.md,3.71 19.1 1485,published\n");
    int status;
    char *output = shell(&status, "sh tests/figures.sh");
    ck_assert_ptr_nonnull(strstr(output, "lessons/01-one/one.c:2: 3.71: "));
    ck_assert_ptr_null(strstr(output, "README.md:1"));
    ck_assert_ptr_nonnull(strstr(output, "tests/figures-excepted.csv: 19.1 need not be excepted in "
                                         "lessons/01-one/README.md: it is found, or gone\n"));
    ck_assert_ptr_nonnull(strstr(output, "1 figures found, 2 excepted, 2 complaints"));
    ck_assert_int_eq(status, 1);
    free(output);
}
END_TEST

// A wrong figure in a copy of a real lesson.
START_TEST(a_wrong_figure_in_a_lesson) {
    char *here = getcwd(NULL, 0);
    int status;
    enter_folder();
    char *output = shell(&status,
                         "mkdir -p lessons/11-fid && cd lessons/11-fid && "
                         "{ cat '%s'/lessons/11-fid/README.md && echo && "
                         "echo 'Distances: negatives 146.9, uniform noise 141.7.'; } >README.md && "
                         "sh '%s'/tests/figures.sh \"$PWD\"/README.md",
                         here, here);
    ck_assert_msg(strstr(output, ": 146.9: …"), "%s", output);
    ck_assert_ptr_null(strstr(output, ": 141.7: "));
    free(output);
    free(here);
}
END_TEST

// What a reference run does not keep is listed, with options or without; what has no figure is counted.
START_TEST(promises) {
    enter_small_course();
    write_text("tests/expected.csv", "lesson,args,key,op,value\n01-one,,fid,<=,20\n"
                                     "01-one,--seed 2,fid,>=,24\n01-one,--seed 3,fid,<=,20\n");
    int status;
    char *output = shell(&status, "sh tests/promises.sh");
    ck_assert_str_eq(output, "2 rows of tests/expected.csv kept, 0 broken, 1 without a figure in "
                             "docs/reference/\n");
    ck_assert_int_eq(status, 0);
    free(output);
    write_text("tests/expected.csv", "lesson,args,key,op,value\n01-one,,fid,<=,19\n"
                                     "01-one,--seed 2,fid,>=,24.4\n01-one,,seconds,=,57.6\n");
    output = shell(&status, "sh tests/promises.sh");
    ck_assert_ptr_nonnull(strstr(output, "csv:2: 01-one fid <= 19: the reference run has 19.0932"));
    ck_assert_ptr_nonnull(strstr(output, "csv:3: 01-one --seed 2 fid >= 24.4: the reference run"));
    ck_assert_ptr_nonnull(strstr(output, "1 rows of tests/expected.csv kept, 2 broken, 0 without"));
    ck_assert_int_eq(status, 1);
    free(output);
}
END_TEST

// The course itself: what make figures does.
static const char *const searches[] = { "figures", "promises" };

START_TEST(nothing_of_the_course_is_listed) {
    int status;
    char *output = shell(&status, "sh tests/%s.sh", searches[_i]);
    ck_assert_msg(status == 0, "make figures lists:\n%.2000s", output);
    free(output);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("figures");
    TCase *cases = tcase_create("sentences");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, one_sentence, 0, sizeof sentences / sizeof *sentences);
    suite_add_tcase(s, cases);
    CASE(s, "course", prose_of_a_program, exceptions, promises, a_wrong_figure_in_a_lesson);
    TCase *course = tcase_create("the course itself");
    tcase_set_timeout(course, 60);
    tcase_add_loop_test(course, nothing_of_the_course_is_listed, 0, 2);
    suite_add_tcase(s, course);
    return s;
}
