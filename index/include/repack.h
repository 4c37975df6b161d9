/* Emptying packs: what messages still need of them is stored once more, then they are deleted.
 *
 * References first, files last. The copies are committed in batches as a sync commits, and a blob's last place counts;
 * then a checkpoint (checkpoint.h) says that the packs are retired; then their files go. Killed at any step, the next
 * writer or the next run goes on, and a rebuild finds the same mail. Readers that come too late to a deleted pack look
 * the place up again. */
#ifndef MB_REPACK_H
#define MB_REPACK_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#include "writer.h"

/* A pack and what of it is still needed. */
typedef struct {
    uint32_t pack;
    uint64_t bytes;      /* of its file */
    uint64_t live_bytes; /* what messages need of it would come to in a new pack: frames by the share that is needed,
                            small ones as among their like; journals count as none */
} PackUse;

/* How all packs are used, by number: GArray of PackUse; caller unrefs. Reads the catalog and every recipe. */
GArray *repack_survey(Repository *repository, GError **error);

/* What the journals of a repository come to when a checkpoint restates them, in both its copies: an estimate. */
bool repack_checkpoint_bytes(Repository *repository, uint64_t *bytes, GError **error);

/* Which packs are worth emptying (GArray of PackUse): GArray of uint32_t, ascending; caller unrefs. Pure. Chosen are
 * those with the least in them, until of all bytes at most `dead_percent` in a hundred are of no use; none when that is
 * so already, or when the checkpoint would take most of what is gained. */
GArray *repack_choose(const GArray *uses, uint64_t checkpoint_bytes, unsigned dead_percent);

typedef struct {
    bool best; /* compress as well as possible, whatever the time; else as a sync does */
    /* Something that cannot be copied, so that its pack stays; a whole sentence. May be NULL. */
    void (*problem)(const char *text, void *user);
    /* How far it is; may be NULL. */
    void (*progress)(const char *what, uint64_t done, uint64_t total, void *user);
    void *user;
    GCancellable *cancellable; /* or NULL */
} RepackOptions;

typedef struct {
    uint64_t packs;         /* emptied */
    uint64_t copied_bytes;  /* of blobs, uncompressed */
    uint64_t written_bytes; /* of packs, checkpoints included */
    uint64_t freed_bytes;   /* of packs, on disk */
    uint64_t unreadable;    /* blobs that could not be copied */
} RepackTotals;

/* Empties the packs (GArray of uint32_t, ascending) and deletes them. Messages are copied in the order of mailboxes and
 * UIDs, each after the parts it needs, and every byte is verified before. A pack with something that cannot be read
 * stays. MB_ERROR_CANCELLED leaves what was copied. */
bool repack(Writer *writer, const GArray *packs, const RepackOptions *options, RepackTotals *totals, GError **error);

/* Gives the disk back what nothing needs any more: empties the packs that are worth it, as many at once as there is
 * room for, and replaces the index by a dense copy if that pays. MB_ERROR_NO_SPACE when there is no room even for one.
 */
bool repack_reclaim(Writer *writer, const RepackOptions *options, RepackTotals *totals, GError **error);

#endif
