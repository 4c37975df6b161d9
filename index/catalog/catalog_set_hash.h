/* Hashes over sets of rows, so that two catalogs that show the same mail have the same snapshot hash, however they came
 * to be: by syncing, by recovery, or by a rebuild. Pure; any thread. */
#ifndef MB_CATALOG_SET_HASH_H
#define MB_CATALOG_SET_HASH_H

#include "catalog_records.h"

/* Adds or removes a message that a mailbox shows under `uid` with the flags of `span`. */
void set_hash_add(SetHash *hash, uint32_t uid, const MessageRecord *message, const SpanRecord *span);
void set_hash_remove(SetHash *hash, uint32_t uid, const MessageRecord *message, const SpanRecord *span);

/* Adds all that `term` sums up; what was removed in it counts as removed. */
void set_hash_merge(SetHash *sum, const SetHash *term);

/* One mailbox of a snapshot, in the order of names. */
typedef struct {
    PresenceRecord presence;
    uint32_t uidvalidity;
    uint64_t messages;
    uint64_t bytes;
    SetHash hash;
} SnapshotMailbox;

/* Sorts the mailboxes (a GArray of SnapshotMailbox) by name and hashes them: the hash of the snapshot that shows
 * exactly these. */
void snapshot_hash(GArray *mailboxes, ContentId *hash);

#endif
