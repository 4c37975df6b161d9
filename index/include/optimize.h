/* Compresses again, as well as possible, what was stored in a hurry. */
#ifndef MB_OPTIMIZE_H
#define MB_OPTIMIZE_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "repository.h"

typedef struct {
    /* Something that cannot be read, so that its pack stays; a whole sentence. May be NULL. */
    void (*problem)(const char *text, void *user);
    /* How far it is; may be NULL. */
    void (*progress)(const char *what, uint64_t done, uint64_t total, void *user);
    void *user;
    GCancellable *cancellable; /* or NULL */
} OptimizeOptions;

typedef struct {
    uint64_t packs;        /* written anew */
    bool restated;         /* batches were missing from the packs: what the index has of them is there again */
    uint64_t bytes_before; /* of the repository on disk */
    uint64_t bytes_after;
    uint64_t unreadable; /* blobs that stay where they are */
} OptimizeTotals;

/* Writes anew the packs where that gains something, in the order in which mail is read, and the index densely; into the
 * packs, too, where these have not all that is in it. Mounts
 * go on meanwhile. Needs room for what is written before what it replaces is deleted. Killed at any moment nothing is
 * lost; MB_ERROR_CANCELLED leaves what was written so far, to be written anew the next time. MB_ERROR_BUSY when another
 * process writes. */
bool repository_optimize(Repository *repository, const OptimizeOptions *options, OptimizeTotals *totals,
                         GError **error);

#endif
