/* What the parts of the writer share. */
#ifndef MB_WRITER_PRIVATE_H
#define MB_WRITER_PRIVATE_H

#include "batch.h"
#include "blob_store.h"
#include "catalog_apply.h"
#include "catalog_forget.h"
#include "message_name.h"
#include "repository_private.h"
#include "writer.h"

#define WRITER_COPY_BYTES ((size_t)256 << 10)

struct Writer {
    Repository *repository;
    int lock;
    BlobStore *blobs;
    Batch batch;
    GByteArray *changes;      /* of the batch, encoded */
    uint64_t index_bytes;     /* as of the last commit */
    uint64_t index_bytes_old; /* when it was opened */
    CatalogPosition position;
    CatalogNext next;
    GHashTable *pending; /* account -> number of its next snapshot */
    MessageNamer *namer;
    uint8_t *copy;
    WriterTotals totals;
    GError *failure; /* the first failed commit: nothing may follow it */
};

/* False, with the first failure, once a commit has failed. `error` may be NULL. */
bool writer_is_usable(const Writer *writer, GError **error);

/* What the catalog says of the log's end, of the next numbers, and of snapshots that were begun. */
bool writer_load_state(Writer *writer, GError **error);

/* Puts a change into the batch, and commits it when it is due. */
bool writer_add_change(Writer *writer, const CatalogChange *change, GError **error);

#endif
