/* What is summed up of a mailbox, and of an account for its next snapshot, while changes are carried out. Changes in a
 * row mostly concern the same two: their records are written when others come, not with each change. One thread. */
#ifndef MB_CATALOG_SUMS_H
#define MB_CATALOG_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog_env.h"
#include "catalog_records.h"

/* Changes that a snapshot will be the first to show. */
typedef struct {
    uint32_t snapshot;
    unsigned added;
    unsigned removed;
    unsigned reflagged;
} SnapshotChanges;

/* Begins as {.txn = txn}: what it sums up is not in the transaction before catalog_sums_settle(). */
typedef struct {
    CatalogTxn *txn;
    bool has_mailbox; /* then these are of one: */
    uint32_t mailbox;
    MailboxRecord record;
    bool has_account; /* likewise */
    uint32_t account;
    SnapshotChanges changes;
} CatalogSums;

/* The state of a mailbox, to be changed where it is; it dies with the next call. NULL when the mailbox is unknown
 * (MB_ERROR_CORRUPT) or the catalog fails. */
MailboxRecord *catalog_sums_mailbox(CatalogSums *sums, uint32_t mailbox, GError **error);

/* Counts changes of an account. */
bool catalog_sums_add(CatalogSums *sums, uint32_t account, const SnapshotChanges *changes, GError **error);

/* Writes the records. MB_ERROR_CORRUPT when they do not fit the catalog. */
bool catalog_sums_settle(CatalogSums *sums, GError **error);

#endif
