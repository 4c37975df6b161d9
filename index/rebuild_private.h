/* Rebuilding within a repository that is being opened. */
#ifndef MB_REBUILD_PRIVATE_H
#define MB_REBUILD_PRIVATE_H

#include "rebuild.h"
#include "repository_private.h"

/* Takes the lock, builds the index beside the one there is, and puts it into its place. The repository must have no
 * catalog open. */
bool rebuild_index(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error);

#endif
