#include "run/folder.h"
#include "base/die.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

int64_t folder_time(const struct stat *info) {
    return (int64_t)info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec;
}

typedef struct {
    char text[4096];
} Path;

static Path path_of(const char *folder, const char *name) {
    Path path;
    if (snprintf(path.text, sizeof path.text, "%s/%s", folder, name) >= (int)sizeof path.text) {
        die("the path %s/%s is too long. Choose a shorter --out or --name", folder, name);
    }
    return path;
}

/*
## The names

Only names that a program of this course can give are listed or removed. The list itself is a file that somebody may have changed.
*/

static bool is_ours(const char *name) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+=";
    const char *last = strncmp(name, "samples/", 8) == 0 ? name + 8 : name;
    return *last && *last != '.' && strspn(last, letters) == strlen(last);
}

static int is_finished(const struct dirent *entry) {
    const char *name = entry->d_name;
    return is_ours(name) && fnmatch("*.part", name, 0) != 0 && strcmp(name, "files.csv") != 0 &&
           strcmp(name, "state.safetensors") != 0;
}

static void list_names(FILE *out, const char *folder, const char *below, int64_t since) {
    struct dirent **entries;
    int n = scandir(path_of(folder, below).text, &entries, is_finished, alphasort);
    for (int i = 0; i < n; i++) {
        struct stat info;
        char name[300];
        snprintf(name, sizeof name, "%s%s", below, entries[i]->d_name);
        if (stat(path_of(folder, name).text, &info) == 0 && S_ISREG(info.st_mode) &&
            folder_time(&info) >= since) {
            fprintf(out, "%s\n", name);
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

char *folder_files(const char *folder, int64_t since) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) {
        die("not enough memory for the list of files in %s. Close other programs", folder);
    }
    list_names(out, folder, "", since);
    list_names(out, folder, "samples/", since);
    fclose(out);
    return text;
}

/*
## The earlier run
*/

static void remove_older(const char *path, int64_t since) {
    struct stat info;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && folder_time(&info) < since) {
        unlink(path);
    }
}

// Removes the files of a folder that match a pattern and are older.
static void remove_matching(const char *folder, const char *pattern, int64_t since) {
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        if (fnmatch(pattern, entry->d_name, 0) == 0) {
            remove_older(path_of(folder, entry->d_name).text, since);
        }
    }
    if (list) {
        closedir(list);
    }
}

static void remove_listed(const char *folder, int64_t since) {
    FILE *list = fopen(path_of(folder, "files.csv").text, "r");
    char line[300];
    while (list && fgets(line, sizeof line, list)) {
        line[strcspn(line, "\n")] = '\0';
        if (is_ours(line)) {
            remove_older(path_of(folder, line).text, since);
        }
    }
    if (list) {
        fclose(list);
    }
}

/*
A run that was killed has left no list, but perhaps samples, a model and a state; these have the same names in every run.
*/

void folder_replace_earlier(const char *folder, int64_t since) {
    static const char *const always[] = { "model.safetensors", "state.safetensors" };
    remove_listed(folder, since);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        remove_older(path_of(folder, always[i]).text, since);
    }
    Path samples = path_of(folder, "samples");
    remove_matching(samples.text, "*.png", since);
    remove_matching(samples.text, "*.gif", since);
    OutFile *list = file_create(path_of(folder, "files.csv").text);
    char *names = folder_files(folder, since);
    fprintf(file_stream(list), "file\n%s", names);
    free(names);
    file_commit(list);
}

/*
## The lock

`flock` locks the folder itself. The lock ends with the process, however that ends, and there is no lock file to remove.
`make watch-N` tests the same lock to see whether a run is going on, and holds it for a moment while it looks. Therefore we ask
more than once. A file system without such locks gives another error, and the run goes on without a lock.

When the folder is locked, a file `.part` in it belongs to a run that was killed, and can be removed.
*/

int folder_lock(const char *folder) {
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int left = 10; flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; left--) {
        if (left == 0) {
            die("another run is going on in %s. Wait for its end, or choose another --name",
                folder);
        }
        nanosleep(&(struct timespec){ .tv_nsec = 20000000L }, NULL);
    }
    remove_matching(folder, "*.part", INT64_MAX);
    remove_matching(path_of(folder, "samples").text, "*.part", INT64_MAX);
    return lock;
}
