#include "batch.h"

#include <glib.h>

#define PLAIN_BYTES ((uint64_t)256 << 20)
#define JOURNAL_BYTES ((uint64_t)4 << 20)
#define INDEX_BYTES ((uint64_t)32 << 20)
#define AGE_US (5 * (int64_t)G_USEC_PER_SEC)

#define PAGE_BYTES ((uint64_t)4 << 10)

/* What a transaction changes is in memory until it is committed: of a large index a page for each blob, since their
 * names are random, of a small one all of it. */
static uint64_t index_bytes_changed(const Batch *batch, uint64_t index_bytes)
{
    return MIN((batch->changes + batch->copies) * PAGE_BYTES, index_bytes);
}

bool batch_is_large(const Batch *batch, uint64_t index_bytes)
{
    return batch->plain_bytes >= PLAIN_BYTES || batch->journal_bytes >= JOURNAL_BYTES ||
           index_bytes_changed(batch, index_bytes) >= INDEX_BYTES;
}

bool batch_is_due(const Batch *batch, uint64_t index_bytes, int64_t now_us)
{
    return batch_is_large(batch, index_bytes) || now_us - batch->started_us >= AGE_US;
}
