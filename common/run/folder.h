/*
# One run to a folder

What happens if two runs have the same name? If they write into the same folder at the same time, their rows are mixed. If one comes
after the other, files of the earlier run may remain, and its curves seem to belong to the new one. So a folder holds one run only. A new
run of the same name removes the files of the earlier one, but only those: what somebody has put into the folder, or has renamed to keep
it, stays.

Which files belong to a run? Those in its folder, and in `samples/` below it, that were written since it began. When a run ends, their
names go into a list, `files.csv`. The next run of that name removes every file that is on the list and that it has not written itself.
Pictures that gnuplot drew are not on the list; the script that draws them removes them.
*/

#ifndef FOLDER_H
#define FOLDER_H

#include <stdint.h>
#include <sys/stat.h>

// Locks an existing folder against another run, and removes what a run that was killed has left
// unfinished. Returns the lock, which is free again when it is closed, or when the process ends,
// however that ends. Dies if another process has it.
int folder_lock(const char *folder);

// The names of the files in folder and in its samples/ that were last written at `since` or later
// (a file's time, see below), in the order of the alphabet, each with a line feed behind it; to be
// freed. Without those that are unfinished, and without state.safetensors and files.csv.
char *folder_files(const char *folder, int64_t since);

// Writes the list files.csv of the files since then; removes the files of an earlier list, and an
// earlier run's samples, model and state, that are older.
void folder_replace_earlier(const char *folder, int64_t since);

// A file's time, in nanoseconds since 1970 by the clock of the file system.
int64_t folder_time(const struct stat *info);

#endif
