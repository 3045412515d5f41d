#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// Check's own limit of 4 seconds is too short for a machine that is busy, or for a sanitizer.
enum { SECONDS_PER_TEST = 120 };

void add_case(Suite *s, const char *name, const TTest *const *tests) {
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, SECONDS_PER_TEST);
    for (; *tests; tests++) {
        tcase_add_test(tcase, *tests);
    }
    suite_add_tcase(s, tcase);
}

// In a build with the leak sanitizer: a child that dies on purpose frees nothing, and that is no finding.
void __lsan_disable(void) __attribute__((weak));

_Noreturn static void die_here(void (*f)(void *), void *argument, int message) {
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none); // an abort that is asked for leaves no core file
    dup2(message, STDERR_FILENO);
    close(message);
    if (__lsan_disable) {
        __lsan_disable();
    }
    f(argument);
    _exit(EXIT_SUCCESS);
}

char *death_message(void (*f)(void *), void *argument, int *status) {
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fflush(NULL); // else the child would write out what is buffered here a second time
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        die_here(f, argument, ends[1]);
    }
    close(ends[1]);
    enum { SIZE = 4096 };
    char *text = calloc(SIZE, 1), rest[256];
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], text + length, SIZE - 1 - length)) > 0) {
        length += (size_t)got;
    }
    while (read(ends[0], rest, sizeof rest) > 0) {
    }
    close(ends[0]);
    int how;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    *status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
    return text;
}

void assert_refused(void (*f)(void *), void *argument, const char *text) {
    int status;
    char *message = death_message(f, argument, &status);
    ck_assert_msg(status == 128 + SIGABRT, "ended with %d, not in abort: %s", status, message);
    ck_assert_msg(strstr(message, text) != NULL, "'%s' is not in: %s", text, message);
    free(message);
}

double relative_error(const float *a, const float *b, size_t n) {
    double difference = 0.0, length_a = 0.0, length_b = 0.0;
    for (size_t i = 0; i < n; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        length_a += (double)a[i] * a[i];
        length_b += (double)b[i] * b[i];
    }
    double error = sqrt(difference) / sqrt(length_a > length_b ? length_a : length_b);
    return length_a + length_b == 0.0 ? 1.0 : isfinite(error) ? error : INFINITY;
}

// The process that made a folder removes it: not a child that dies in it on purpose.
static struct {
    char path[32];
    pid_t owner;
} folder;

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place) {
    (void)info, (void)type, (void)place;
    return remove(path);
}

static void leave_folder(void) {
    if (folder.owner == getpid() && chdir("/") == 0) {
        nftw(folder.path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        folder.owner = 0;
    }
}

void enter_folder(void) {
    leave_folder(); // the last test's, when Check was told not to fork
    strcpy(folder.path, "/tmp/test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder.path));
    folder.owner = getpid();
    atexit(leave_folder);
    ck_assert_int_eq(chdir(folder.path), 0);
}

int files_here(void) {
    DIR *here = opendir(".");
    ck_assert_ptr_nonnull(here);
    int n = 0;
    for (struct dirent *entry; (entry = readdir(here));) {
        n += entry->d_name[0] != '.';
    }
    closedir(here);
    return n;
}

Bytes read_bytes(const char *path) {
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in != NULL, "%s: %s", path, strerror(errno));
    struct stat info;
    ck_assert_int_eq(fstat(fileno(in), &info), 0);
    Bytes file = { calloc((size_t)info.st_size + 1, 1), (size_t)info.st_size };
    ck_assert_uint_eq(fread(file.bytes, 1, file.n, in), file.n);
    fclose(in);
    return file;
}

void write_bytes(const char *path, const void *bytes, size_t n) {
    unlink(path); // some file systems wait for the disk when a file is overwritten
    FILE *out = fopen(path, "wb");
    ck_assert_msg(out != NULL, "%s: %s", path, strerror(errno));
    ck_assert_uint_eq(fwrite(bytes, 1, n, out), n);
    ck_assert_int_eq(fclose(out), 0);
}

void write_text(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
}

char *shell(int *status, const char *format, ...) {
    static const char both[] = "exec 2>&1\n";
    va_list arguments;
    va_start(arguments, format);
    size_t length = sizeof both + (size_t)vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *command = malloc(length), *output = NULL;
    ck_assert_ptr_nonnull(command);
    memcpy(command, both, sizeof both);
    va_start(arguments, format);
    vsnprintf(command + sizeof both - 1, length - (sizeof both - 1), format, arguments);
    va_end(arguments);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    free(command);
    size_t size = 0;
    if (getdelim(&output, &size, '\0', pipe) < 0) {
        output = realloc(output, 1);
        *output = '\0';
    }
    int how = pclose(pipe);
    *status = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    return output;
}

int count(const char *text, const char *part) {
    int n = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part)) {
        n++;
    }
    return n;
}

int main(void) {
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
