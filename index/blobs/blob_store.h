/* The writing side of the packs: blobs in, frames out. Text of messages and parts go to frames of their own, since they
 * are read and compress differently. One thread. */
#ifndef MB_BLOB_STORE_H
#define MB_BLOB_STORE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_location.h"
#include "catalog_env.h"
#include "repository_private.h"
#include "spool.h"

typedef struct BlobStore BlobStore;

/* Goes on at `end`, as pack_writer_open(). */
BlobStore *blob_store_open(Repository *repository, LogPosition end, GError **error);
void blob_store_close(BlobStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BlobStore, blob_store_close)

/* Stores a message, taken apart if that pays, unless it is known. *is_new tells. */
bool blob_store_message(BlobStore *store, Spool *message, const ContentId *id, bool *is_new, GError **error);

/* Stores the blob whose bytes lie at `extents` once more: from then on it counts here. What it holds must have been
 * verified. */
bool blob_store_copy(BlobStore *store, const BlobName *name, const GArray *extents, GError **error);
/* It was stored or copied, and blob_store_index() has not been called since. */
bool blob_store_has(const BlobStore *store, const BlobName *name);

/* For the frames that follow; EFFORT_FAST if it is never said. */
void blob_store_set_effort(BlobStore *store, Effort effort);

/* Appends a frame of rows (checkpoint.h). */
bool blob_store_rows(BlobStore *store, const GByteArray *plain, GError **error);
/* What follows lies in a new pack, up to the end of the batch. */
void blob_store_begin_pack(BlobStore *store);

/* Writes the frames that are not full yet. */
bool blob_store_flush(BlobStore *store, GError **error);
/* Appends a journal frame behind all that was flushed and makes the packs durable; *end is where the log then ends. */
bool blob_store_seal(BlobStore *store, const GByteArray *journal, LogPosition *end, GError **error);
/* Notes in the catalog where the blobs lie that were flushed since the last time. */
bool blob_store_index(BlobStore *store, CatalogTxn *txn, GError **error);

bool blob_store_is_empty(const BlobStore *store);    /* nothing stored since the last blob_store_index() */
uint64_t blob_store_written(const BlobStore *store); /* bytes that the packs grew by */

#endif
