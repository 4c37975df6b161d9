/* What emptying packs asks of the writer. */
#ifndef MB_WRITER_PRUNE_H
#define MB_WRITER_PRUNE_H

#include "blob_store.h"
#include "writer.h"

Repository *writer_repository(const Writer *writer);
BlobStore *writer_blobs(Writer *writer);
/* Where the log ends of which the catalog knows. */
LogPosition writer_end(const Writer *writer);

/* Stores a blob once more, as blob_store_copy(), and commits when the batch is large enough. */
bool writer_copy(Writer *writer, const BlobName *name, const GArray *extents, GError **error);

/* Commits what is waiting, then a checkpoint, twice. From the second copy on these packs (GArray of uint32_t,
 * ascending) count no more. Nothing that messages need may lie in them. */
bool writer_checkpoint(Writer *writer, const GArray *retired, GError **error);

/* Puts a dense copy of the index into its place. */
bool writer_replace_index(Writer *writer, GError **error);

/* The same, where that pays. */
bool writer_replace_loose_index(Writer *writer, GError **error);

#endif
