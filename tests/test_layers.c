// Test of the house's layers: includes in common/ point strictly downward, and a lesson stands on
// common/ alone.

#include "test.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// What stands beside the layers (data, pictures, options, records) sees only rank 0, and is seen
// from rank 4 on.
enum { BESIDE = -1, FIRST_TO_SEE_DATA = 4 };

typedef struct {
    const char *name;
    int rank;
    int step; // within a rank a higher step may stand on a lower one
} Module;

// A new file of common/ gets its place here.
static const Module modules[] = {
    { "die", 0, 0 },
    { "rng", 0, 1 },
    { "clock", 0, 1 },
    { "file", 0, 1 },
    { "matmul", 1, 0 },
    { "linalg", 1, 0 },
    { "correlation", 1, 0 },
    { "im2col", 1, 0 },
    { "product", 1, 0 },
    { "dense", 1, 1 },
    { "conv2d", 1, 1 },
    { "conv_transpose2d", 1, 2 },
    { "pool", 1, 0 },
    { "upsample", 1, 0 },
    { "batchnorm", 1, 0 },
    { "activation", 1, 1 },
    { "dropout", 1, 1 },
    { "loss", 2, 0 },
    { "optimizer", 2, 0 },
    { "init", 2, 0 },
    { "gradcheck", 2, 0 },
    { "layer", 3, 0 },
    { "net", 3, 1 },
    { "checkpoint", 4, 0 },
    { "evaluate", 4, 1 },
    { "summary", 4, 1 },
    { "state", 4, 1 },
    { "emd", 4, 0 },
    { "nearest", 4, 0 },
    { "fid", 4, 1 },
    { "gan", 4, 2 },
    { "critic", 4, 0 },
    { "duel", 4, 2 },
    { "plane", 4, 3 },
    { "studio", 4, 3 },
    { "arena", 4, 4 },
    { "sitting", 4, 4 },
    { "dataset", BESIDE, 0 },
    { "toy2d", BESIDE, 0 },
    { "image", BESIDE, 0 },
    { "json", BESIDE, 0 },
    { "cli", BESIDE, 0 },
    { "safetensors", BESIDE, 1 },
    { "console", BESIDE, 0 },
    { "runlog", BESIDE, 1 }, // config.csv lists the options
};

// The module that a path such as "common/net.c" or an include such as "net.h" belongs to; NULL if
// there is none.
static const Module *module_of(const char *path) {
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    size_t length = strcspn(name, ".");
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        if (strlen(modules[i].name) == length && strncmp(modules[i].name, name, length) == 0) {
            return &modules[i];
        }
    }
    return NULL;
}

static bool may_include(const Module *from, const Module *to) {
    if (from == to) {
        return true; // its own header
    }
    if (from->rank == to->rank) {
        return to->step < from->step;
    }
    if (from->rank == BESIDE) {
        return to->rank == 0;
    }
    return to->rank == BESIDE ? from->rank >= FIRST_TO_SEE_DATA : to->rank < from->rank;
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
    const Module *from = module_of(path), *to = module_of(name);
    ck_assert_msg(from != NULL, "%s has no place in the table of this test", path);
    ck_assert_msg(to != NULL, "%s includes \"%s\", which is not of common/", path, name);
    ck_assert_msg(may_include(from, to), "%s (rank %d) must not include \"%s\" (rank %d)", path,
                  from->rank, name, to->rank);
}

static void check_lesson(const char *path, const char *name) {
    char own[256], common[256];
    snprintf(own, sizeof own, "%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
    snprintf(common, sizeof common, "common/%s", name);
    ck_assert_msg(!strchr(name, '/') && (access(own, R_OK) == 0 || access(common, R_OK) == 0),
                  "%s includes \"%s\", which is neither its own nor of common/", path, name);
}

START_TEST(includes_point_downward) {
    ck_assert_uint_gt(each_include("common/*.[ch]", check_common), 0);
}
END_TEST

START_TEST(a_lesson_stands_on_common_alone) {
    ck_assert_uint_gt(each_include("lessons/*/*.[ch]", check_lesson), 0);
}
END_TEST

// A file without any include is not seen above.
START_TEST(every_module_has_its_place) {
    glob_t found;
    ck_assert_int_eq(glob("common/*.[ch]", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        ck_assert_msg(module_of(found.gl_pathv[i]) != NULL, "%s has no place in the table",
                      found.gl_pathv[i]);
    }
    globfree(&found);
}
END_TEST

START_TEST(the_rule_itself) {
    static const struct {
        const char *from, *to;
        bool allowed;
    } pairs[] = {
        { "common/net.c", "net.h", true },        { "common/dense.c", "matmul.h", true },
        { "common/matmul.c", "dense.h", false },  { "common/activation.c", "dense.h", false },
        { "common/loss.c", "init.h", false },     { "common/optimizer.c", "net.h", false },
        { "common/net.h", "layer.h", true },      { "common/layer.c", "net.h", false },
        { "common/dataset.c", "rng.h", true },    { "common/dataset.c", "loss.h", false },
        { "common/net.c", "dataset.h", false },   { "common/evaluate.h", "dataset.h", true },
        { "common/runlog.h", "cli.h", true },     { "common/cli.c", "runlog.h", false },
        { "common/json.c", "net.h", false },      { "common/state.c", "safetensors.h", true },
        { "common/die.c", "file.h", false },      { "common/rng.c", "matmul.h", false },
        { "common/conv2d.c", "im2col.h", true },  { "common/im2col.c", "conv2d.h", false },
        { "common/conv2d.c", "product.h", true }, { "common/product.c", "matmul.h", false },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        bool allowed = may_include(module_of(pairs[i].from), module_of(pairs[i].to));
        ck_assert_msg(allowed == pairs[i].allowed, "%s and \"%s\"", pairs[i].from, pairs[i].to);
    }
    char name[128];
    ck_assert(include_of_line("#include \"net.h\" // why", name));
    ck_assert_str_eq(name, "net.h");
    ck_assert(include_of_line("  #  include \"net.h\"", name));
    ck_assert(!include_of_line("#include <stdio.h>", name));
    ck_assert_ptr_null(module_of("common/nets.c"));
    ck_assert_ptr_null(module_of("common/ne.c"));
}
END_TEST

Suite *suite(void) {
    Suite *s = suite_create("layers");
    CASE(s, "layers", includes_point_downward, a_lesson_stands_on_common_alone,
         every_module_has_its_place, the_rule_itself);
    return s;
}
