/* What a writer has collected since its last commit, and when that is enough. Pure. */
#ifndef MB_BATCH_H
#define MB_BATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t plain_bytes;   /* of new messages, or of blobs that were copied */
    uint64_t journal_bytes; /* of the changes, encoded */
    uint64_t changes;
    uint64_t copies;    /* of blobs */
    int64_t started_us; /* monotonic; 0: nothing collected yet */
} Batch;

/* Larger should a batch not become, for an index of so many bytes. */
bool batch_is_large(const Batch *batch, uint64_t index_bytes);

/* Large, or old. */
bool batch_is_due(const Batch *batch, uint64_t index_bytes, int64_t now_us);

#endif
