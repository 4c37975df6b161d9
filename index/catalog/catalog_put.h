/* Writing rows: each record under its key. The counterpart of catalog_query.h. */
#ifndef MB_CATALOG_PUT_H
#define MB_CATALOG_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog_env.h"
#include "catalog_query.h"
#include "catalog_records.h"

bool catalog_put_account(CatalogTxn *txn, uint32_t account, const AccountRecord *record, GError **error);
bool catalog_put_mailbox(CatalogTxn *txn, uint32_t mailbox, const MailboxRecord *record, GError **error);
bool catalog_put_presence(CatalogTxn *txn, uint32_t account, const PresenceRow *row, GError **error);
bool catalog_put_message(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, const MessageRecord *record, GError **error);
bool catalog_put_span(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, uint32_t since, const SpanRecord *span,
                      GError **error);

/* A snapshot and its date: they come and go together. */
bool catalog_put_snapshot(CatalogTxn *txn, const SnapshotInfo *snapshot, GError **error);
bool catalog_delete_snapshot(CatalogTxn *txn, const SnapshotInfo *snapshot, GError **error);

#endif
