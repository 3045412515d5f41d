// Tests of docs/report.sh, a page of all runs, of docs/lessons.sh, which makes them, and of
// docs/scoreboard.sh, which marks their generators: in a folder that holds a copy of what they need,
// a few small runs, and programs that only pretend.

#include "base/die.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_output(const char *command, int expected_status, const char *expected) {
    int status;
    char *text = shell(&status, "%s", command);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(status, expected_status);
    free(text);
}

static void put(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
}

static char root[600];

static void enter_fixture(void) {
    char command[2200];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    enter_folder();
    snprintf(
        command, sizeof command,
        "mkdir -p docs tests lessons/02-b docs/reference/02-b && "
        "cd '%s/docs' && cp shell.sh report.sh boxes.sed template.html style.css \"$OLDPWD\"/docs/",
        root);
    ck_assert_int_eq(system(command), 0);
    put("lessons/02-b/b.c", "/*\n# Lesson 2: Of *this* and that\n\n![The loss of [a "
                            "net](net.html),\nand $x^2$.](loss.svg)\n*/\n"
                            "int main(void) { return 0; }\n");
    put("tests/expected.csv", "lesson,args,key,op,value\n02-b,,accuracy,>=,0.8\n02-b,,modes,=,"
                              "8\n02-b,--seed 2,other,>=,1\n");
    put("docs/reference/02-b/summary.csv", "key,value\naccuracy,0.875\nmodes,8\nseconds,3.5\n");
}

static void add_run(const char *name, const char *lr, const char *accuracy) {
    char command[500], text[200], path[200];
    snprintf(command, sizeof command, "mkdir -p 'runs/02-b/%s/samples'", name);
    ck_assert_int_eq(system(command), 0);
    snprintf(path, sizeof path, "runs/02-b/%s/config.csv", name);
    snprintf(text, sizeof text, "key,value\nlesson,02-b\nlr,%s\nname,%s\nthreads_used,2\n", lr,
             name);
    put(path, text);
    if (accuracy) {
        snprintf(path, sizeof path, "runs/02-b/%s/summary.csv", name);
        snprintf(text, sizeof text, "key,value\naccuracy,%s\nmodes,8\nseconds,4.25\n", accuracy);
        put(path, text);
    }
    static const char *const pictures[] = { "loss.png", "other.png", "samples/grid.png",
                                            "samples/epoch-01.png" };
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "runs/02-b/%s/%s", name, pictures[i]);
        put(path, "png");
    }
}

static void assert_has(const char *page, const char *part) {
    ck_assert_msg(strstr(page, part) != NULL, "no %s in %s", part, page);
}

START_TEST(a_run_has_its_figures_and_pictures) {
    enter_fixture();
    add_run("default", "0.1", "0.9");
    assert_output("sh docs/report.sh build runs", 0, "All that was run is in build/report.html\n");
    Bytes file = read_bytes("build/report.html");
    const char *page = (const char *)file.bytes;
    assert_has(page, "Lesson 2: Of <em>this</em> and that");
    assert_has(page, "02-b / default");
    assert_has(
        page,
        "<td style=\"text-align: right;\">0.9</td>\n<td style=\"text-align: right;\">0.875</td>\n"
        "<td>&gt;= 0.8</td>");
    ck_assert(!strstr(page, "missed") && !strstr(page, "other</code>") && !strstr(page, "<script"));
    assert_has(page, "src=\"../runs/02-b/default/loss.png\"");
    assert_has(page, "src=\"../runs/02-b/default/other.png\"");
    assert_has(page, "src=\"../runs/02-b/default/samples/grid.png\"");
    ck_assert_ptr_null(strstr(page, "epoch-01.png")); // frames of an animation that is there
    ck_assert(strstr(page, "/loss.png") < strstr(page, "/other.png"));
    assert_has(page, "The loss of a net, and <math");
    ck_assert_int_eq(access("build/style.css", F_OK), 0);
    ck_assert_int_eq(system("[ $(ls build | wc -l) -eq 2 ]"), 0); // nothing is left behind
    free(file.bytes);
}
END_TEST

START_TEST(what_was_missed_is_said_but_not_of_other_options) {
    enter_fixture();
    add_run("default", "0.1", "0.7");
    add_run("a b", "0.2", "0.6");
    add_run("cut", "0.1", NULL);
    ck_assert_int_eq(system("mkdir runs/scoreboard"), 0);
    put("runs/scoreboard/scoreboard.md", "| run | FID |\n|---|---|\n| x | 13.5 |\n");
    put("runs/scoreboard/scoreboard.png", "png");
    int status;
    free(shell(&status, "%s", "sh docs/report.sh build runs"));
    ck_assert_int_eq(status, 0);
    Bytes file = read_bytes("build/report.html");
    const char *page = (const char *)file.bytes, *first = strstr(page, "missed");
    ck_assert_ptr_nonnull(first);
    assert_has(page, "<strong>&gt;= 0.8: missed</strong>");
    ck_assert_ptr_null(strstr(first + 1, "missed"));
    assert_has(page, "differs from the run called default by <code>lr</code> 0.2.");
    assert_has(page, "src=\"../runs/02-b/a%20b/loss.png\"");
    assert_has(page, "Not finished: it is running");
    assert_has(page, "<td>13.5</td>");
    assert_has(page,
               "src=\"../runs/scoreboard/scoreboard.png\" alt=\"The marks of the generators\"");
    free(file.bytes);
}
END_TEST

// As a browser finds it: what stands before ? or #, with every %XX made a byte again.
static void assert_opens(const char *address) {
    char path[1000], *to = path;
    for (const char *from = address; *from && !strchr("?#", *from); from++) {
        unsigned byte = (unsigned char)*from;
        if (*from == '%' && sscanf(from + 1, "%2x", &byte) == 1) {
            from += 2;
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    ck_assert_msg(access(path, F_OK) == 0, "%s does not lead to a file", address);
}

START_TEST(pictures_are_found_whatever_the_folder_is_called) {
    enter_fixture();
    add_run("default", "0.1", "0.9");
    put("runs/02-b/default/w [1] 50%.png", "png");
    ck_assert_int_eq(system("mkdir runs/scoreboard"), 0);
    put("runs/scoreboard/scoreboard.md", "| run | FID |\n|---|---|\n| x | 13.5 |\n");
    put("runs/scoreboard/scoreboard.png", "png");
    static const char *const folders[] = { "läufe",          "my runs #1",
                                           "100% what?",     "it's \"mine\" & [yours](or not)",
                                           "a\\nb\\\\c%20d", "*x*_y_ `z`",
                                           "$HOME;:@+,",     "%2e%2e/build/runs" };
    for (int i = 0; i < 8; i++) {
        setenv("THERE", folders[i], 1);
        ck_assert_int_eq(system("rm -rf build && mkdir -p \"$(dirname \"$THERE\")\" && "
                                "mv runs \"$THERE\""),
                         0);
        assert_output("sh docs/report.sh build \"$THERE\"", 0,
                      "All that was run is in build/report.html\n");
        Bytes file = read_bytes("build/report.html");
        ck_assert_int_eq(chdir("build"), 0);
        int pictures = 0;
        for (char *at = (char *)file.bytes; (at = strstr(at, "src=\"")); pictures++) {
            char *address = at + strlen("src=\"");
            at = strchr(address, '"');
            *at++ = '\0';
            assert_opens(address);
        }
        ck_assert_int_eq(pictures, 5);
        free(file.bytes);
        ck_assert_int_eq(chdir(".."), 0);
        ck_assert_int_eq(system("mv \"$THERE\" runs && rm -rf %2e%2e"), 0);
    }
    assert_output("sh docs/report.sh build a=b", 1,
                  "error: OUT names a folder; \"a=b\" is empty, begins with a dash, or holds =, <, "
                  "> or a control character\n");
}
END_TEST

START_TEST(without_a_run_there_is_nothing_to_report) {
    enter_fixture();
    assert_output("sh docs/report.sh build runs", 1,
                  "error: no run in runs has come to its end yet: make lesson-1 makes one\n");
    add_run("cut", "0.1", NULL);
    assert_output("sh docs/report.sh build runs", 1,
                  "error: no run in runs has come to its end yet: make lesson-1 makes one\n");
    ck_assert_int_ne(access("build/report.html", F_OK), 0);
}
END_TEST

// --- lessons.sh ----------------------------------------------------------------------------------

static void add_program(const char *lesson, const char *commands) {
    char text[1000], path[200];
    snprintf(path, sizeof path, "mkdir -p build/lessons lessons/%s plots && touch plots/plot.sh",
             lesson);
    ck_assert_int_eq(system(path), 0);
    snprintf(path, sizeof path, "build/lessons/%s", lesson);
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", commands);
    put(path, text);
    ck_assert_int_eq(chmod(path, 0755), 0);
    snprintf(path, sizeof path, "lessons/%s/x.c", lesson);
    snprintf(text, sizeof text, "/*\n# Lesson %d: Title\n*/\n", lesson[1] - '0');
    put(path, text);
}

#define WRITES(lesson, figures)                                                                    \
    "[ \"$1 $3 $5\" = '--out --name --quiet' ] || exit 9; mkdir -p $2/" lesson "/$4 && "           \
    "printf 'key,value\\n" figures "seconds,4.25\\npeak_mib,61\\n' >$2/" lesson "/$4/summary.csv"

START_TEST(all_lessons_run_and_are_summed_up) {
    enter_fixture();
    char command[1200];
    snprintf(command, sizeof command, "cp '%s/docs/lessons.sh' docs/", root);
    ck_assert_int_eq(system(command), 0);
    add_program("02-b", WRITES("02-b", "accuracy,0.7\\nmodes,8\\n"));
    add_program("03-c", "echo 'error: no data' >&2; exit 1");
    add_program("04-d", WRITES("04-d", ""));
    assert_output("sh docs/lessons.sh build runs all 02-b 03-c 04-d", 1,
                  "Lesson 2: Of this and that                              4.2 s\n"
                  "Lesson 3: Title                                     error: no data\n"
                  " failed\n"
                  "Lesson 4: Title                                         4.2 s\n"
                  "\n"
                  "lesson                        time    memory  figures reached\n"
                  "02-b                         4.2 s    61 MiB  1 of 2, not accuracy\n"
                  "03-c                        failed\n"
                  "04-d                         4.2 s    61 MiB  0 of 0\n");
    put("plots/plot.sh",
        "echo 'error: no gnuplot' >&2; exit 1\n"); // which is no failure of the run
    assert_output("sh docs/lessons.sh build runs all 04-d 2>&1 | head -n 3", 0,
                  "Lesson 4: Title                                         4.2 s\n"
                  "error: no gnuplot\n  (the run is complete, only its pictures are not)\n");
    assert_output("sh docs/lessons.sh build runs all 04-d 2>/dev/null | tail -n 1", 0,
                  "04-d                         4.2 s    61 MiB  0 of 0\n");
}
END_TEST

START_TEST(ctrl_c_ends_all_lessons) {
    enter_fixture();
    char command[1200];
    snprintf(command, sizeof command, "cp '%s/docs/lessons.sh' docs/", root);
    ck_assert_int_eq(system(command), 0);
    add_program("02-b", "exit 130");
    add_program("03-c", "echo never");
    assert_output("sh docs/lessons.sh build runs all 02-b 03-c", 130,
                  "Lesson 2: Of this and that                          ");
}
END_TEST

// --- scoreboard.sh -------------------------------------------------------------------------------

// A generator of width W makes the picture W, a judge gives the picture W a distance of 10 W.
static void enter_scoreboard(void) {
    enter_fixture();
    char command[1200];
    snprintf(command, sizeof command, "cp '%s/docs/scoreboard.sh' docs/", root);
    ck_assert_int_eq(system(command), 0);
    add_program("02-b", "[ \"$1\" != --help ] || printf '  --width N  of it\\n'");
    add_program(
        "07-g",
        "[ \"$1\" != --help ] || {\n"
        "    printf '  --width N  F\\n  --data TEXT  which\\n  --hard   slow\\n  --generate N  how "
        "many\\n  --load TEXT  of it\\n'\n"
        "    exit\n"
        "}\n"
        "echo \"$@\" >>asked\n"
        "[ \"${11}\" != 3 ] || { echo 'error: it has another width' >&2; exit 1; }\n"
        "[ \"${11}\" != 4 ] || exit 0\n"
        "mkdir -p $2/07-g/$4 && echo ${11} >$2/07-g/$4/generated-images-idx3-ubyte.gz");
    add_program("11-fid",
                "[ \"$1\" != --help ] || exit 0\n"
                "echo \"$@\" >>judged\n"
                "mkdir -p $2/11-fid/$4\n"
                "printf 'key,value\\nfid,%s0\\ninception_score,7.5\\nsmallest_share,.03\\n"
                "median_pixels,1.25\\nsuspicious_pixels,.005\\nshare_0,.1\\n' $(cat $9) "
                ">$2/11-fid/$4/summary.csv");
    put("plots/plot.sh", "echo \"drawn: $*\"\n");
}

static void add_generator(const char *name, int width, bool finished) {
    char path[200], text[200];
    snprintf(path, sizeof path, "mkdir -p 'runs/07-g/%s'", name);
    ck_assert_int_eq(system(path), 0);
    snprintf(path, sizeof path, "runs/07-g/%s/config.csv", name);
    snprintf(text, sizeof text,
             "key,value\nlesson,07-g\nhard,yes\nwidth,%d\ndata,fashion\nname,%s\nold,5\n", width,
             name);
    put(path, text);
    if (finished) {
        snprintf(path, sizeof path, "runs/07-g/%s/model.safetensors", name);
        put(path, "model");
        snprintf(path, sizeof path, "runs/07-g/%s/summary.csv", name);
        put(path, "key,value\nemd,0.25\nseconds,99\n");
    }
}

#define SCORE "sh docs/scoreboard.sh build runs 02-b 07-g 11-fid"

START_TEST(generators_are_marked_and_the_best_comes_first) {
    enter_scoreboard();
    add_generator("wide", 2, true);
    add_generator("default", 1, true);
    put("runs/07-g/wide/log-fid.csv", "step,fid\n0,200\n10,21.5\n");
    put("runs/07-g/wide/timing-fid.csv", "step,seconds\n0,5\n10,12.5\n");
    static const char table[] =
        "07-g/default                       FID 10.0\n"
        "07-g/wide                          FID 20.0\n"
        "\n"
        "run                                   FID    IS smallest  nearest  susp. seconds\n"
        "07-g/default                         10.0  7.50    3.0 %     1.25  0.5 %      99\n"
        "07-g/wide                            20.0  7.50    3.0 %     1.25  0.5 %       8\n"
        "\n"
        "drawn: 11-fid runs/scoreboard\n";
    assert_output(SCORE, 0, table);
    assert_output("cat runs/scoreboard/log-time.csv", 0,
                  "step,run,seconds,fid\n0,07-g/wide,0,200\n10,07-g/wide,7.5,21.5\n");
    assert_output("grep wide runs/scoreboard/scoreboard.md", 0,
                  "| 07-g/wide | 20.0 | 7.50 | 3.0 % | 1.25 | 0.5 % | 0.25 | 8 |\n");
    assert_output(
        "head -n 1 asked; wc -l <asked; head -n 1 judged; wc -l <judged", 0,
        "--out runs/scoreboard/samples --name of-default --quiet --load "
        "runs/07-g/default/model.safetensors --generate 10000 --width 1 --data fashion\n2\n"
        "--out runs/scoreboard/scores --name 07-g-default --quiet --data fashion --fake "
        "runs/scoreboard/samples/07-g/of-default/generated-images-idx3-ubyte.gz\n2\n");
    assert_output(SCORE, 0, table); // nothing is made or judged again that is still good
    assert_output("wc -l <asked; wc -l <judged", 0, "2\n2\n");
    ck_assert_int_eq(system("touch -d 'next year' runs/07-g/wide/model.safetensors"), 0);
    assert_output(SCORE, 0, table);
    assert_output("wc -l <asked; wc -l <judged", 0, "3\n3\n");
    assert_output("ls -A runs/scoreboard", 0,
                  "log-time.csv\nsamples\nscoreboard.csv\nscoreboard.md\nscores\n");
}
END_TEST

START_TEST(what_cannot_be_marked_keeps_nobody_from_it) {
    enter_scoreboard();
    assert_output(SCORE, 1, "error: no run in runs yet: make lesson-7 trains a generator\n");
    add_generator("cut", 1, false);
    assert_output(SCORE, 1,
                  "07-g/cut                           left out: it has not come to its end\n"
                  "error: no run in runs has a generator of pictures: make lesson-7 trains one\n");
    add_generator("odd", 3, true);
    add_generator("plane", 4, true);
    add_generator("wide", 2, true);
    assert_output(SCORE " | head -n 4", 0,
                  "07-g/cut                           left out: it has not come to its end\n"
                  "07-g/odd                           left out: it has another width\n"
                  "07-g/plane                         left out: its generator makes no pictures\n"
                  "07-g/wide                          FID 20.0\n");
    assert_output("cut -d, -f1-3 runs/scoreboard/scoreboard.csv", 0,
                  "run,seconds,fid\n07-g/wide,99,20\n");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("report");
    CASE(s, "report", a_run_has_its_figures_and_pictures,
         what_was_missed_is_said_but_not_of_other_options,
         pictures_are_found_whatever_the_folder_is_called,
         without_a_run_there_is_nothing_to_report);
    CASE(s, "lessons", all_lessons_run_and_are_summed_up, ctrl_c_ends_all_lessons);
    CASE(s, "scoreboard", generators_are_marked_and_the_best_comes_first,
         what_cannot_be_marked_keeps_nobody_from_it);
    return s;
}
