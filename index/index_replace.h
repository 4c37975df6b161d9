/* LMDB uses the room of what was deleted again but never gives it back: a copy does. */
#ifndef MB_INDEX_REPLACE_H
#define MB_INDEX_REPLACE_H

#include <stdbool.h>

#include "repository_private.h"

/* Of its file. */
uint64_t index_bytes(Repository *repository);

/* Is so much of the index's file free, or new since it had `bytes_before`, that a copy pays? */
bool index_is_loose(Repository *repository, uint64_t bytes_before);

/* Puts a dense copy of the index into its place, with some free pages for the next changes. Needs the writer's lock;
 * the repository still has the old one open then: repository_refresh(). */
bool index_replace_by_copy(Repository *repository, GError **error);

#endif
