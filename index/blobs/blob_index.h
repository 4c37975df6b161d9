/* Collects the extents of blobs frame by frame until each is whole. One thread. */
#ifndef MB_BLOB_INDEX_H
#define MB_BLOB_INDEX_H

#include <glib.h>
#include <stdbool.h>

#include "blob_location.h"
#include "catalog_env.h"
#include "frame_directory.h"

typedef struct BlobIndex BlobIndex;

BlobIndex *blob_index_new(void);
void blob_index_free(BlobIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BlobIndex, blob_index_free)

/* Notes the segments (GArray of FrameSegment) of the frame at `place`. */
void blob_index_add_frame(BlobIndex *index, const GArray *segments, LogPosition place);
bool blob_index_has(const BlobIndex *index, const BlobName *name);

/* Writes all whole blobs to the catalog and forgets them and all others. */
bool blob_index_store(BlobIndex *index, CatalogTxn *txn, GError **error);

#endif
