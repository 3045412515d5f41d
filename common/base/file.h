/*
# Files that are whole or not there

What is left of a model file when the disk fills up half way through? If we wrote straight into `model.safetensors`:
half a model, and the good one of yesterday gone. So nothing is written in place. A file grows under a temporary name
(`.part` at its end), every write is checked, and only when all of it is safely out does a rename put it where it
belongs; a rename within one folder either happens or does not.

Whatever is unfinished when the program stops with an error is removed on the way out.
*/

#ifndef FILE_H
#define FILE_H

#include <stdio.h>

typedef struct OutFile OutFile;

// Begins path under the name path.part, creating the folders above it. Dies when that is not
// possible.
OutFile *file_create(const char *path);

// The stream to write to; errors may be ignored until file_commit, which sees them all.
FILE *file_stream(OutFile *file);

// Writes out what is buffered, checks that every write so far has succeeded, and dies with the
// reason if not.
void file_flush(OutFile *file);

// Writes bytes (n), and dies with the reason if that fails.
void file_write(OutFile *file, const void *bytes, size_t n);

// Writes a text as a field of a table: one with a comma, a quote or a line feed in it stands between
// quotes, its own doubled (RFC 4180).
void file_field(FILE *out, const char *text);

// What the file holds so far, from byte `from` on, as text that the caller frees. Flushes it first.
char *file_text(OutFile *file, size_t from);

// file_flush, then moves the file to its final name and frees the handle.
void file_commit(OutFile *file);

// Forgets the file: nothing of it is left.
void file_discard(OutFile *file);

// Creates folder and all folders above it; an existing one is fine.
void file_make_folder(const char *folder);

#endif
