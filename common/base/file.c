#include "base/file.h"
#include "base/die.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
The open files form a list, so that an exit by way of `die` can find and remove the unfinished ones. The list belongs to
the whole process, as the temporary files themselves do.
*/

struct OutFile {
    FILE *stream;
    char *path, *temporary;
    OutFile *next;
};

static OutFile *unfinished;

static void remove_unfinished(void) {
    for (OutFile *file = unfinished; file; file = file->next) {
        unlink(file->temporary);
    }
}

static void forget(OutFile *file) {
    OutFile **link = &unfinished;
    while (*link != file) {
        link = &(*link)->next;
    }
    *link = file->next;
    free(file->path);
    free(file->temporary);
    free(file);
}

/*
`mkdir` makes one folder and wants its parent to exist, so the path is cut at every slash in turn. A folder that is already
there is what we wanted.
*/

void file_make_folder(const char *folder) {
    char *path = copy_text(folder);
    for (char *end = path + 1;; end++) {
        if (*end != '/' && *end != '\0') {
            continue;
        }
        char rest = *end;
        *end = '\0';
        struct stat info;
        if (mkdir(path, 0777) != 0 &&
            (errno != EEXIST || stat(path, &info) != 0 || !S_ISDIR(info.st_mode))) {
            die("cannot create the folder %s: %s. Choose another with --out", path,
                errno == EEXIST ? "a file of that name is in the way" : strerror(errno));
        }
        *end = rest;
        if (rest == '\0') {
            break;
        }
    }
    free(path);
}

OutFile *file_create(const char *path) {
    OutFile *file = alloc_bytes(sizeof *file);
    file->path = copy_text(path);
    file->temporary = alloc_bytes(strlen(path) + sizeof ".part");
    strcat(strcpy(file->temporary, path), ".part");

    char *slash = strrchr(file->path, '/');
    if (slash && slash != file->path) {
        *slash = '\0';
        file_make_folder(file->path);
        *slash = '/';
    }
    file->stream = fopen(file->temporary, "w+b");
    if (!file->stream) {
        die("cannot write %s: %s. Choose another folder with --out", path, strerror(errno));
    }
    static int registered;
    if (!registered) {
        atexit(remove_unfinished);
        registered = 1;
    }
    file->next = unfinished;
    unfinished = file;
    return file;
}

FILE *file_stream(OutFile *file) {
    return file->stream;
}

/*
A full disk is seldom noticed by `fprintf`, which only fills a buffer; `fflush` writes it out and finds the error. A write
that failed earlier is remembered by `ferror`.
*/

_Noreturn static void give_up(const OutFile *file) {
    die("cannot finish writing %s: %s. Free some space, or choose another folder with --out",
        file->path, errno ? strerror(errno) : "an earlier write failed");
}

void file_flush(OutFile *file) {
    errno = 0;
    if (fflush(file->stream) != 0 || ferror(file->stream)) {
        give_up(file);
    }
}

void file_write(OutFile *file, const void *bytes, size_t n) {
    errno = 0;
    if (fwrite(bytes, 1, n, file->stream) != n) {
        give_up(file);
    }
}

void file_field(FILE *out, const char *text) {
    bool plain = !strpbrk(text, ",\"\r\n");
    fputs(plain ? "" : "\"", out);
    for (; *text; text++) {
        fprintf(out, *text == '"' ? "%c\"" : "%c", *text);
    }
    fputs(plain ? "" : "\"", out);
}

/*
A log is written row by row, and now and then somebody wants to know what it holds. Between reading and writing the same
stream, C asks for a seek each time.
*/

char *file_text(OutFile *file, size_t from) {
    file_flush(file);
    fseek(file->stream, 0, SEEK_END);
    size_t end = (size_t)ftell(file->stream);
    require(from <= end, "byte %zu of %zu", from, end);
    char *text = alloc_bytes(end - from + 1);
    fseek(file->stream, (long)from, SEEK_SET);
    if (fread(text, 1, end - from, file->stream) != end - from) {
        die("cannot read %s back: %s. Try again, or choose another folder with --out",
            file->temporary, strerror(errno));
    }
    fseek(file->stream, 0, SEEK_END);
    return text;
}

void file_commit(OutFile *file) {
    file_flush(file);
    if (fclose(file->stream) != 0 || rename(file->temporary, file->path) != 0) {
        die("cannot finish writing %s: %s. Free some space, or choose another folder with --out",
            file->path, strerror(errno));
    }
    forget(file);
}

void file_discard(OutFile *file) {
    fclose(file->stream);
    unlink(file->temporary);
    forget(file);
}
