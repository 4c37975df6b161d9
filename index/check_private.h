/* What the parts of the check share. */
#ifndef MB_CHECK_PRIVATE_H
#define MB_CHECK_PRIVATE_H

#include "check.h"
#include "repository_private.h"

typedef struct {
    Repository *repository;
    const CheckOptions *options;
    CheckTotals *totals;
    GHashTable *mailbox_names; /* number -> "account, mailbox" */
} Check;

/* Reports a finding and counts it. */
void check_problem(Check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);
void check_progress(Check *check, const char *what, uint64_t done, uint64_t total);
/* "alice@example.com, INBOX"; lives as long as the check. */
const char *check_mailbox_name(const Check *check, uint32_t mailbox);
bool check_cancelled(Check *check, GError **error);

/* Rows against rows: every mailbox, message and span is read, and every snapshot's totals and hash are computed anew.
 */
bool check_snapshots(Check *check, GError **error);

/* Messages against blobs, blobs against packs; with read_data every frame and every message's SHA-256. */
bool check_blobs(Check *check, GError **error);

/* Every frame of every pack, and whether all batches are there. */
bool check_packs(Check *check, GError **error);

#endif
