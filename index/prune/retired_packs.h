/* The files of packs that a checkpoint has retired. The checkpoint is durable before any of them is deleted, so it does
 * not matter when that happens, nor whether all of them are. */
#ifndef MB_RETIRED_PACKS_H
#define MB_RETIRED_PACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "repository_private.h"

/* Needs the writer's lock. Deletes those that are still there; *bytes (or NULL) is what they had on disk. */
bool retired_packs_delete(Repository *repository, uint64_t *bytes, GError **error);

#endif
