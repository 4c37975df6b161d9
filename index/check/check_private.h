/* What the parts of the check share. */
#ifndef MB_CHECK_PRIVATE_H
#define MB_CHECK_PRIVATE_H

#include "blob_location.h"
#include "check.h"
#include "repository_private.h"

typedef struct {
    Repository *repository;
    const CheckOptions *options;
    CheckTotals *totals;
    GHashTable *mailbox_names; /* number -> "account, mailbox" */
    GHashTable *unreadable;    /* ContentId of a message -> why it cannot be read */
    uint64_t bytes_before;     /* of packs that are read */
    uint64_t pack_bytes;       /* of the pack that is being read */
    uint64_t bytes_total;
    int64_t begun; /* when the first run of this check was; seconds since 1970 */
} Check;

typedef struct {
    BlobName name;
    LogPosition first; /* where its bytes begin */
} KnownBlob;

/* Reports a finding and counts it. */
void check_problem(Check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);
void check_progress(Check *check, const char *what, uint64_t done, uint64_t total);
/* "alice@example.com, INBOX"; lives as long as the check. */
const char *check_mailbox_name(const Check *check, uint32_t mailbox);
bool check_cancelled(Check *check, GError **error);

/* Rows against rows: every mailbox, message and span is read, and every snapshot's totals and hash are computed anew.
 */
bool check_snapshots(Check *check, GError **error);

/* Messages against blobs, blobs against packs. The blobs that can be looked for: GArray of KnownBlob; caller unrefs. */
GArray *check_blobs(Check *check, GError **error);

/* Whether the packs have all batches. */
bool check_log(Check *check, GError **error);

/* Every frame of the packs of the share, and every blob that begins there. `blobs` are sorted by place. */
bool check_packs(Check *check, const GArray *blobs, GError **error);

/* Reads the blobs that begin in a pack and compares them with their SHA-256. */
bool check_data_of_pack(Check *check, const GArray *blobs, uint32_t pack, GError **error);
/* Tells who has the messages that could not be read. */
bool check_data_name_unreadable(Check *check, GError **error);

/* A pack is gone through twice: `pass` 0 for its frames, 1 for its blobs. */
void check_progress_of_pack(Check *check, uint64_t offset, unsigned pass);

/* Where a check goes on that was interrupted: REPO/check tells up to which pack all was whole. It counts for a week,
 * for the same share. What cannot be written or read is no error: then all is read. Load sets totals->resumed_behind.
 */
void check_resume_load(Check *check);
void check_resume_save(Check *check, uint32_t pack);
void check_resume_forget(Check *check);

#endif
