/* Forgetting snapshots: the rows that no other snapshot shows go with them. */
#ifndef MB_CATALOG_FORGET_H
#define MB_CATALOG_FORGET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog_env.h"
#include "content_id.h"

/* A message that went. */
typedef struct {
    ContentId id;
    uint64_t size;
    bool elsewhere; /* for the caller's use */
} ForgottenMessage;

/* Takes the snapshots (GArray of uint32_t, ascending) from the account; a number that is none of its snapshots is
 * passed over. Adds the messages that went to `gone` (GArray of ForgottenMessage, or NULL). What the account shows now
 * stays, whether a snapshot shows it or not. When its newest snapshot goes, the next sync makes one again. Numbers of
 * what vanishes are never used again. */
bool catalog_forget(CatalogTxn *txn, uint32_t account, const GArray *snapshots, GArray *gone, GError **error);

/* The numbers that the next account, mailbox and snapshot get. */
typedef struct {
    uint32_t account;
    uint32_t mailbox;
    uint32_t snapshot;
} CatalogNext;
bool catalog_next(CatalogTxn *txn, CatalogNext *next, GError **error);

#endif
