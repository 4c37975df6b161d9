/* Reading rows: single ones by key, and the lists that views are made of. Within one transaction; strings lie in the
 * map and die with it. */
#ifndef MB_CATALOG_QUERY_H
#define MB_CATALOG_QUERY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog_env.h"
#include "catalog_records.h"

CatalogAnswer catalog_account(CatalogTxn *txn, uint32_t account, AccountRecord *record, GError **error);
CatalogAnswer catalog_mailbox(CatalogTxn *txn, uint32_t mailbox, MailboxRecord *record, GError **error);
CatalogAnswer catalog_message(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, MessageRecord *record, GError **error);
CatalogAnswer catalog_snapshot(CatalogTxn *txn, uint32_t snapshot, SnapshotInfo *info, GError **error);
CatalogAnswer catalog_snapshot_at(CatalogTxn *txn, uint32_t account, int64_t time, uint32_t *snapshot, GError **error);
/* A GArray of BlobExtent in *extents, caller unrefs; with extents NULL only whether it is there. */
CatalogAnswer catalog_blob(CatalogTxn *txn, BlobType type, const ContentId *id, GArray **extents, GError **error);

/* The message that came from an origin last, when it is still known. */
CatalogAnswer catalog_origin(CatalogTxn *txn, uint32_t account, const OriginId *origin, uint32_t *mailbox,
                             uint32_t *uid, GError **error);

/* Calls `visit` for every blob with its extents (GArray of BlobExtent, at least one; they die with the call). */
typedef void (*CatalogBlobVisit)(const BlobName *name, const GArray *extents, void *user);
bool catalog_each_blob(CatalogTxn *txn, CatalogBlobVisit visit, void *user, GError **error);

/* The numbers in the keys of a table that is keyed by one number, ascending: a GArray of uint32_t. */
GArray *catalog_numbers(CatalogTxn *txn, CatalogTable table, GError **error);

/* The span of a message that covers a snapshot. */
CatalogAnswer catalog_span(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, uint32_t snapshot, uint32_t *since,
                           SpanRecord *span, GError **error);

/* The last span of a message: as it is, or as it was when it went. */
CatalogAnswer catalog_last_span(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, SpanRecord *span, GError **error);

/* A mailbox under the name it has in a snapshot. */
typedef struct {
    uint32_t mailbox;
    uint32_t since;
    PresenceRecord presence;
} PresenceRow;

/* All that an account shows in a snapshot: a GArray of PresenceRow, by mailbox. With `every` also what it shows no
 * more, as it was last. */
GArray *catalog_presence(CatalogTxn *txn, uint32_t account, uint32_t snapshot, bool every, GError **error);

/* The row under which one mailbox is shown now. */
CatalogAnswer catalog_presence_of(CatalogTxn *txn, uint32_t account, uint32_t mailbox, PresenceRow *row,
                                  GError **error);

#endif
