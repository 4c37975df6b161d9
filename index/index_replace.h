/* LMDB uses the room of what was deleted again but never gives it back: a copy does. */
#ifndef MB_INDEX_REPLACE_H
#define MB_INDEX_REPLACE_H

#include <stdbool.h>

#include "repository_private.h"

/* Is so much of the index's file free that a copy pays? */
bool index_is_loose(Repository *repository);

/* Puts a dense copy of the index into its place. Needs the writer's lock; the repository still has the old one open
 * then: repository_refresh(). */
bool index_replace_by_copy(Repository *repository, GError **error);

#endif
