/* Checkpoints in the packs: the whole catalog restated, so that older journals, and the packs that hold them, may go.
 *
 * A checkpoint begins a pack and lies in it alone, however long it is: rows frames, then the journal frame of a batch
 * that says which packs are retired. From that journal on nothing in those packs counts, and no earlier journal is
 * needed. Without it the rows frames mean nothing.
 *
 * There are always two, one behind the other (writer_checkpoint()): the first retires nothing, so that it loses nothing
 * where the second is damaged. */
#ifndef MB_CHECKPOINT_H
#define MB_CHECKPOINT_H

#include <glib.h>
#include <stdbool.h>

#include "blob_store.h"
#include "catalog_apply.h"
#include "repository_private.h"

typedef struct {
    uint64_t sequence; /* of its journal; 0: there is none */
    uint32_t pack;
    GArray *retired; /* packs: uint32_t, ascending */
} Checkpoint;

void checkpoint_clear(Checkpoint *checkpoint);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Checkpoint, checkpoint_clear)

/* Writes the rows frames of the checkpoint whose journal will have this sequence number. */
bool checkpoint_write_rows(Repository *repository, BlobStore *blobs, uint64_t sequence, GError **error);

/* The newest whole checkpoint among these packs (GArray of uint32_t, ascending); false when there is none. Cheap: reads
 * the first frame of each pack, and that checkpoint. One that is not whole is passed over. */
bool checkpoint_find(Repository *repository, const GArray *packs, Checkpoint *checkpoint);

/* Fills an empty catalog, which then stands behind the checkpoint's journal as far as changes go; the packs are still
 * to be read for the places of blobs. */
bool checkpoint_load(Repository *repository, const Checkpoint *checkpoint, GError **error);

#endif
