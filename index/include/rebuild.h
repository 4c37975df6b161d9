/* The index anew, from the packs. It happens by itself where an index is missing or damaged (repository_open), and here
 * on demand. */
#ifndef MB_REBUILD_H
#define MB_REBUILD_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t batches;         /* brought in */
    uint64_t damaged_places;  /* of packs, passed over */
    uint64_t torn_places;     /* likewise, but of no batch that was finished: interrupted runs leave them */
    uint64_t lost_batches;    /* whose journal is gone */
    uint64_t skipped_changes; /* that do not fit what the lost ones left */
    bool kept_old;            /* something is lost, and the index there was knows more: it stays */
} RebuildTotals;

typedef struct {
    /* Something that is lost, a whole sentence; may be NULL. */
    void (*lost)(const char *text, void *user);
    /* How far it is; may be NULL. */
    void (*progress)(const char *what, uint64_t done, uint64_t total, void *user);
    void *user;
    GCancellable *cancellable; /* or NULL */
} RebuildOptions;

/* Builds the index of the repository at `path` beside the one there is, then puts it into its place; whoever has the
 * old one open goes on reading that. MB_ERROR_BUSY when another process writes to the repository. */
bool repository_rebuild(const char *path, const RebuildOptions *options, RebuildTotals *totals, GError **error);

#endif
