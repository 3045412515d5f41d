// Tests of the house's order: a folder of common/ is a floor, and an include points to its own floor
// or to a lower one; between the files of one folder there is no circle.

#include "test.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// From the ground up.
static const char *const floors[] = { "base", "kernels", "data", "nn", "run", "measure", "gan" };

// The floor that "nn/net.h" belongs to, -1 if it names none.
static int floor_of(const char *path) {
    for (int i = 0; i < (int)(sizeof floors / sizeof *floors); i++) {
        size_t n = strlen(floors[i]);
        if (strncmp(path, floors[i], n) == 0 && path[n] == '/' && !strchr(path + n + 1, '/')) {
            return i;
        }
    }
    return -1;
}

static bool may_include(const char *from, const char *to) {
    return floor_of(to) >= 0 && floor_of(from) >= floor_of(to);
}

static bool include_of_line(const char *line, char name[128]) {
    return sscanf(line, " # include \"%127[^\"]\"", name) == 1;
}

// Calls check(path, name) for each #include "name" in the files that match pattern. Returns the
// number of files.
static size_t each_include(const char *pattern, void (*check)(const char *path, const char *name)) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) {
        return 0;
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        ck_assert_ptr_nonnull(file);
        char line[1024], name[128];
        while (fgets(line, sizeof line, file)) {
            if (include_of_line(line, name)) {
                check(found.gl_pathv[i], name);
            }
        }
        fclose(file);
    }
    size_t n = found.gl_pathc;
    globfree(&found);
    return n;
}

static void check_common(const char *path, const char *name) {
    ck_assert_msg(may_include(path + strlen("common/"), name), "%s must not include \"%s\"", path,
                  name);
}

static void check_lesson(const char *path, const char *name) {
    char own[256];
    snprintf(own, sizeof own, "%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
    ck_assert_msg(floor_of(name) >= 0 || (!strchr(name, '/') && access(own, R_OK) == 0),
                  "%s includes \"%s\", which is neither its own nor of common/", path, name);
}

START_TEST(includes_point_downward) {
    ck_assert_uint_gt(each_include("common/*/*.[ch]", check_common), 0);
}
END_TEST

START_TEST(a_lesson_stands_on_common_alone) {
    ck_assert_uint_gt(each_include("lessons/*/*.[ch]", check_lesson), 0);
}
END_TEST

// A file without any include is not seen above.
START_TEST(every_module_stands_on_a_floor) {
    glob_t found;
    ck_assert_int_eq(glob("common/*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/", found.gl_pathv[i] + strlen("common/"));
        ck_assert_msg(floor_of(path) >= 0, "%s is no floor", found.gl_pathv[i]);
    }
    globfree(&found);
}
END_TEST

START_TEST(the_rule_itself) {
    ck_assert(may_include("nn/net.c", "nn/layer.h"));
    ck_assert(may_include("nn/net.c", "base/die.h"));
    ck_assert(may_include("gan/critic.c", "nn/net.h"));
    ck_assert(!may_include("base/file.c", "nn/net.h"));
    ck_assert(!may_include("kernels/dense.c", "data/dataset.h"));
    ck_assert(!may_include("nn/net.c", "net.h"));
    ck_assert(!may_include("nn/net.c", "nn/deep/net.h"));
    ck_assert(!may_include("nn/net.c", "n/net.h"));
    char name[128];
    ck_assert(include_of_line("#include \"nn/net.h\" // why", name));
    ck_assert_str_eq(name, "nn/net.h");
    ck_assert(include_of_line("  #  include \"net.h\"", name));
    ck_assert(!include_of_line("#include <stdio.h>", name));
}
END_TEST

// The picture in docs/house.md shows each module.
START_TEST(the_picture_shows_every_module) {
    char command[] = "for f in common/*/*.c common/kernels/lanes.h; do m=${f##*/}; "
                     "grep -qwF \"${m%.*}\" docs/floors.svg || echo \"$m\"; done";
    char text[256] = "";
    FILE *out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(!fgets(text, sizeof text, out), "docs/floors.svg lacks %s", text);
    ck_assert_int_eq(pclose(out), 0);
}
END_TEST

/*
## Circles

The files x.c and x.h are one module. A module stands on another if its code names a function or a table that the other one
defines; tests/circles.awk follows these arrows and prints a way that comes back to where it began.
*/

// What circles.awk, in the folder root, prints of the files that match pattern.
static char *circle_in(const char *root, const char *pattern) {
    char command[1024], *text = NULL;
    size_t size = 0;
    snprintf(command, sizeof command, "awk -f '%s/tests/circles.awk' %s", root, pattern);
    FILE *out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    ssize_t n = getdelim(&text, &size, '\0', out);
    ck_assert_int_eq(pclose(out), 0);
    if (n < 0) {
        text[0] = '\0';
    }
    return text;
}

static void check_circles(const char *folders) {
    glob_t found;
    ck_assert_int_eq(glob(folders, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char pattern[256];
        snprintf(pattern, sizeof pattern, "%s/*.[ch]", found.gl_pathv[i]);
        char *circle = circle_in(".", pattern);
        ck_assert_msg(*circle == '\0', "%s: %s", found.gl_pathv[i], circle);
        free(circle);
    }
    globfree(&found);
}

START_TEST(no_floor_has_a_circle) {
    check_circles("common/*");
}
END_TEST

// Acts are called by a lesson's main.c alone, which nothing calls back.
START_TEST(no_lesson_has_a_circle) {
    check_circles("lessons/[0-9]*");
}
END_TEST

// One name, one meaning: no two files of the lessons, or headers of common/, define types of one name.
START_TEST(no_type_has_two_contents) {
    static const char find[] = "grep -hoE '^[}] [A-Z][A-Za-z0-9]*;' ";
    char command[256], text[256] = "";
    snprintf(command, sizeof command, "%scommon/*/*.h lessons/*/*.[ch] | sort | uniq -d", find);
    FILE *out = popen(command, "r");
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(!fgets(text, sizeof text, out), "two types are called%s", text + 1);
    ck_assert_int_eq(pclose(out), 0);
}
END_TEST

START_TEST(a_circle_is_found) {
    char root[512];
    ck_assert_ptr_nonnull(getcwd(root, sizeof root));
    enter_folder();
    write_text("a.c",
               "#include \"b.h\"\n/*\nThis calls up(3).\n*/\nint top(int a,\n        int b) {\n"
               "    return down(a) + b;\n}\n");
    write_text("b.c", "static int top(int x) {\n    return x;\n}\nint down(int x) { // not top\n"
                      "    return top(x);\n}\n");
    char *none = circle_in(root, "*.c");
    ck_assert_str_eq(none, "");
    free(none);
    write_text("b.c", "int down(int x) {\n    return x ? top(x - 1, 0) : 0;\n}\n");
    char *circle = circle_in(root, "*.c");
    ck_assert_msg(strstr(circle, "a -> b -> a") || strstr(circle, "b -> a -> b"), "%s", circle);
    ck_assert_msg(strstr(circle, "down") && strstr(circle, "top"), "%s", circle);
    free(circle);
}
END_TEST

// What git has stands where the README says; a learner's own files are nobody's business. Without git there is nothing to see.
START_TEST(nothing_strange_is_kept) {
    FILE *out =
        popen("git ls-files 2>/dev/null | grep -vE "
              "'^(Makefile|LICENSE|\\.clang-format|\\.gitignore|\\.ci/[a-z0-9]+|data/SHA256SUMS)$"
              "|^((\\.ci|common|data|docs|lessons|plots|tests)/.*|README)"
              "\\.(c|h|md|sh|awk|sed|lua|py|gp|csv|txt|css|html|svg|png|gif|safetensors)$'",
              "r");
    ck_assert_ptr_nonnull(out);
    char name[256] = "";
    ck_assert_msg(!fgets(name, sizeof name, out), "git keeps %s", name);
    pclose(out);
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("layers");
    CASE(s, "layers", includes_point_downward, a_lesson_stands_on_common_alone,
         every_module_stands_on_a_floor, the_rule_itself, no_floor_has_a_circle,
         no_lesson_has_a_circle, a_circle_is_found, no_type_has_two_contents,
         the_picture_shows_every_module, nothing_strange_is_kept);
    return s;
}
