/* The directory of the index, and how another takes its place. */
#ifndef MB_INDEX_DIRECTORY_H
#define MB_INDEX_DIRECTORY_H

#include <glib.h>
#include <stdbool.h>

/* REPO/index. Caller frees. */
char *index_directory(const char *repository_path);

/* Makes REPO/index.new, empty. Its path; caller frees. */
char *index_directory_make_new(const char *repository_path, GError **error);

/* Puts REPO/index.new in the place of REPO/index, then removes that. Data and lock file go together: LMDB must never
 * see those of two. Where the file system cannot exchange them at once, a process that dies in between leaves no index
 * at all, which the next one rebuilds. */
bool index_directory_install_new(const char *repository_path, GError **error);

/* Removes REPO/index, where it is. */
bool index_directory_remove(const char *repository_path, GError **error);

/* Removes REPO/index.new. */
bool index_directory_drop_new(const char *repository_path, GError **error);

#endif
