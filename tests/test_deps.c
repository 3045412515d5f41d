// Tests of data/deps.sh, which says what is missing, in the words of the system it runs on: on systems that only pretend, in a
// folder that takes the place of / and has no compiler, no header and no pictures.

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(const char *command) {
    ck_assert_msg(system(command) == 0, "failed: %s", command);
}

static void put(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
    ck_assert_int_eq(chmod(path, 0755), 0);
}

// The course's folder with the script alone; bin/ has what every system has, and uname says Linux.
static void enter_system(const char *os_release) {
    static char root[600]; // the course's own folder, as a test may enter several systems
    char command[1500];
    ck_assert(root[0] || getcwd(root, sizeof root));
    enter_folder();
    snprintf(
        command, sizeof command,
        "mkdir -p data docs bin root/etc && cp '%s/data/deps.sh' data/ && "
        "cp '%s/docs/shell.sh' docs/ && for tool in sh sed sort tr id env mktemp chmod mkdir tar "
        "gzip mv rm; do "
        "ln -s $(command -v $tool) bin/; done",
        root, root);
    run(command);
    put("bin/uname", "#!/bin/sh\necho Linux\n");
    if (os_release) {
        put("root/etc/os-release", os_release);
    }
}

static void assert_deps(int expected_status, const char *expected) {
    FILE *pipe = popen("PATH=$PWD/bin DEPS_ROOT=root sh data/deps.sh 2>&1", "r");
    ck_assert_ptr_nonnull(pipe);
    char text[4096];
    text[fread(text, 1, sizeof text - 1, pipe)] = '\0';
    int how = pclose(pipe);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(WIFEXITED(how) ? WEXITSTATUS(how) : 255, expected_status);
}

#define PICTURES                                                                                   \
    "deps: missing, and in no package here: the pictures to learn from, see data/README.md; the "  \
    "text to learn from, see data/README.md\n"

#define FEDORA                                                                                     \
    PICTURES "deps: missing: gcc (compiles everything), make (compiles everything), glibc-devel "  \
             "(compiles everything), openblas-devel (multiplies matrices), zlib-devel (unpacks "   \
             "the data), jansson-devel (reads saved networks), stb_image_write-devel (writes "     \
             "pictures), gnuplot (draws the curves), check-devel (runs the tests), pandoc-cli "    \
             "(makes the book). To install them: sudo dnf install gcc make glibc-devel "           \
             "openblas-devel zlib-devel jansson-devel stb_image_write-devel gnuplot check-devel "  \
             "pandoc-cli\n"

START_TEST(fedora_is_told_in_its_own_names) {
    enter_system("NAME=\"Fedora Linux\"\nVERSION_ID=42\nID=fedora\nPLATFORM_ID=\"platform:f42\"\n");
    assert_deps(1, FEDORA);
    put("bin/apt-get", "#!/bin/sh\necho never\n"); // Fedora has a package of that name
    assert_deps(1, FEDORA);
}
END_TEST

START_TEST(whoever_is_like_fedora_is_told_so_too) {
    enter_system("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
    assert_deps(1, FEDORA);
}
END_TEST

START_TEST(arch_is_told_in_its_own_names) {
    enter_system("NAME=\"Arch Linux\"\nID=arch\nBUILD_ID=rolling\n");
    assert_deps(1, PICTURES
                "deps: missing: gcc (compiles everything), make (compiles everything), glibc "
                "(compiles everything), openblas (multiplies matrices), zlib (unpacks the data), "
                "jansson (reads saved networks), stb (writes pictures), gnuplot (draws the "
                "curves), check (runs the tests), pandoc-cli (makes the book). To install them: "
                "sudo pacman -S --needed gcc make glibc openblas zlib jansson stb gnuplot check "
                "pandoc-cli\n");
}
END_TEST

START_TEST(alpine_is_told_in_its_own_names) {
    enter_system("NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.22.0\n");
    assert_deps(1, PICTURES
                "deps: missing: build-base (compiles everything), openblas-dev (multiplies "
                "matrices), zlib-dev (unpacks the data), jansson-dev (reads saved networks), stb "
                "(writes pictures), gnuplot (draws the curves), check-dev (runs the tests), "
                "pandoc-cli (makes the book). To install them: doas apk add build-base "
                "openblas-dev zlib-dev jansson-dev stb gnuplot check-dev pandoc-cli\n");
}
END_TEST

START_TEST(macos_is_told_in_the_names_of_homebrew) {
    enter_system(NULL);
    put("bin/uname", "#!/bin/sh\necho Darwin\n");
    assert_deps(1, "deps: missing, and in no package here: writes pictures, see "
                   "github.com/nothings/stb; the pictures to learn from, see data/README.md; the "
                   "text to learn from, see data/README.md\n"
                   "deps: missing: gcc (compiles everything), make (compiles everything), openblas "
                   "(multiplies matrices), jansson (reads saved networks), gnuplot (draws the "
                   "curves), check (runs the tests), pandoc (makes the book). To install them: "
                   "brew install gcc make openblas jansson gnuplot check pandoc\n");
}
END_TEST

START_TEST(an_unknown_system_is_told_what_each_is_for) {
    enter_system("ID=void\n");
    assert_deps(1, "deps: missing: build-essential (compiles everything), libopenblas-openmp-dev "
                   "(multiplies matrices), zlib1g-dev (unpacks the data), libjansson-dev (reads "
                   "saved networks), libstb-dev (writes "
                   "pictures), dataset-fashion-mnist (the pictures to learn from), jargon-text "
                   "(the text to learn from), gnuplot-nox (draws the curves), check (runs the "
                   "tests), pandoc (makes the book), fonts-stix "
                   "(sets its formulas). These are "
                   "Debian's names, and there is no apt-get here: install what your system has in "
                   "their place; data/README.md says where pictures and text come from\n");
}
END_TEST

// Headers lie in another place on each system; so do pictures and text where no package brings them.
static void install(const char *headers) {
    char command[600];
    snprintf(command, sizeof command,
             "mkdir -p data/fashion data/jargon && touch data/jargon/jargon.txt.gz && "
             "touch data/fashion/train-images-idx3-ubyte.gz && "
             "for tool in gcc make gnuplot pandoc; do touch bin/$tool && chmod +x bin/$tool; done; "
             "for header in %s; do mkdir -p root/${header%%/*} && touch root/$header; done",
             headers);
    run(command);
}

START_TEST(what_is_there_is_found_wherever_its_system_puts_it) {
    enter_system("ID=fedora\n");
    install("usr/include/stdio.h usr/include/zlib.h usr/include/jansson.h usr/include/check.h "
            "usr/include/openblas/cblas.h usr/include/stb/stb_image_write.h");
    assert_deps(0, "deps: all there\n");
    enter_system("ID=alpine\n");
    install("usr/include/stdio.h usr/include/zlib.h usr/include/jansson.h usr/include/check.h "
            "usr/include/cblas.h usr/include/stb_image_write.h");
    assert_deps(0, "deps: all there\n");
    run("rm root/usr/include/cblas.h");
    assert_deps(1, "deps: missing: openblas-dev (multiplies matrices). To install them: doas apk "
                   "add openblas-dev\n");
    enter_system(NULL);
    put("bin/uname", "#!/bin/sh\necho Darwin\n");
    install("opt/homebrew/include/jansson.h opt/homebrew/include/check.h "
            "opt/homebrew/opt/openblas/include/cblas.h usr/local/include/stb_image_write.h");
    assert_deps(0, "deps: all there\n");
}
END_TEST

#define DEBIAN_HEADERS                                                                             \
    "usr/include/stdio.h usr/include/zlib.h usr/include/jansson.h usr/include/check.h "            \
    "usr/include/stb/stb_image_write.h usr/share/fonts/opentype/stix-word/STIXMath-Regular.otf "   \
    "usr/include/riscv64-linux-gnu/openblas-openmp/cblas.h"

START_TEST(debian_and_its_kin_install_what_is_missing) {
    enter_system("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n");
    install(DEBIAN_HEADERS);
    assert_deps(0, "deps: all there\n");
    run("rm bin/pandoc root/usr/include/riscv64-linux-gnu/openblas-openmp/cblas.h && "
        "mkdir -p root/usr/include/riscv64-linux-gnu/openblas-pthread && "
        "touch root/usr/include/riscv64-linux-gnu/openblas-pthread/cblas.h && rm bin/id");
    put("bin/apt-get", "#!/bin/sh\necho \"apt-get $*\"\n");
    put("bin/id", "#!/bin/sh\necho 0\n");
    assert_deps(0, "deps: installing libopenblas-openmp-dev pandoc\n"
                   "apt-get -q update\n"
                   "apt-get -q -y --no-install-recommends install libopenblas-openmp-dev pandoc\n");
    put("bin/id", "#!/bin/sh\necho 1000\n");
    assert_deps(1, "deps: missing: libopenblas-openmp-dev (multiplies matrices), pandoc (makes the "
                   "book). There is no sudo here: as root, run apt-get install "
                   "libopenblas-openmp-dev pandoc\n");
    put("bin/sudo", "#!/bin/sh\necho \"sudo $*\"\n\"$@\"\n");
    put("bin/apt-get", "#!/bin/sh\nexit 100\n");
    assert_deps(1, "deps: installing libopenblas-openmp-dev pandoc\n"
                   "sudo apt-get -q update\n"
                   "deps: apt-get could not install libopenblas-openmp-dev pandoc; its own words "
                   "stand above\n");
}
END_TEST

// A container's image may have the package and leave out what lies in /usr/share/doc.
START_TEST(a_text_that_was_left_out_is_taken_out_of_its_package) {
    enter_system("ID=debian\n");
    install(DEBIAN_HEADERS);
    run("rm data/jargon/jargon.txt.gz && mkdir -p usr/share/doc/jargon-text && "
        "echo words >usr/share/doc/jargon-text/jargon.txt.gz");
    put("bin/id", "#!/bin/sh\necho 0\n");
    put("bin/apt-get", "#!/bin/sh\necho \"apt-get $*\"\n"
                       "[ \"$2\" != download ] || : >jargon-text_4.4.7_all.deb\n");
    put("bin/dpkg-deb", "#!/bin/sh\n[ -e \"$2\" ] && exec tar -cf - ./usr\n");
    assert_deps(0, "deps: installing jargon-text\n"
                   "apt-get -q update\n"
                   "apt-get -q -y --no-install-recommends install jargon-text\n"
                   "deps: this system leaves out /usr/share/doc; the text goes to data/jargon/\n"
                   "apt-get -q download jargon-text\n");
    assert_deps(0, "deps: all there\n");
    run("[ \"$(cat data/jargon/jargon.txt.gz)\" = words ] && rm -r data/jargon");
    put("bin/dpkg-deb", "#!/bin/sh\nexit 2\n");
    assert_deps(1, "deps: installing jargon-text\n"
                   "apt-get -q update\n"
                   "apt-get -q -y --no-install-recommends install jargon-text\n"
                   "deps: this system leaves out /usr/share/doc; the text goes to data/jargon/\n"
                   "apt-get -q download jargon-text\n"
                   "deps: the text could not be taken out of the package jargon-text; "
                   "data/README.md says where else it is\n");
    run("[ ! -e data/jargon/jargon.txt.gz ]");
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("deps");
    CASE(s, "deps", fedora_is_told_in_its_own_names, whoever_is_like_fedora_is_told_so_too,
         arch_is_told_in_its_own_names, alpine_is_told_in_its_own_names,
         macos_is_told_in_the_names_of_homebrew, an_unknown_system_is_told_what_each_is_for,
         what_is_there_is_found_wherever_its_system_puts_it,
         debian_and_its_kin_install_what_is_missing,
         a_text_that_was_left_out_is_taken_out_of_its_package);
    return s;
}
