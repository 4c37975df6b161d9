/* Carries out changes in the catalog, with everything that follows from them: the state of mailboxes, what waits for
 * the next snapshot, snapshot totals and hashes. The only code that writes rows, so that a sync, a recovery and a
 * rebuild come to the same catalog. */
#ifndef MB_CATALOG_APPLY_H
#define MB_CATALOG_APPLY_H

#include <stdbool.h>

#include "blob_location.h"
#include "catalog_change.h"
#include "catalog_env.h"
#include "catalog_sums.h"

/* MB_ERROR_CORRUPT when the change does not fit the catalog (an unknown mailbox, say): then nothing may be committed.
 * The sums are to be settled before a commit. */
bool catalog_apply(CatalogSums *sums, const CatalogChange *change, GError **error);

/* Notes where a blob lies, in the stead of where it lay before. */
bool catalog_apply_blob(CatalogTxn *txn, BlobType type, const ContentId *id, const GArray *extents, GError **error);

/* Where the log of frames ends that this catalog stands for, and the sequence number of its last journal frame. */
typedef struct {
    uint64_t sequence;
    LogPosition end;
} CatalogPosition;
bool catalog_position_get(CatalogTxn *txn, CatalogPosition *position, GError **error);
bool catalog_position_put(CatalogTxn *txn, const CatalogPosition *position, GError **error);

#endif
