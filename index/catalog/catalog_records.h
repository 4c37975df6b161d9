/* The keys and values of the catalog's tables, as structs and as bytes. Pure; any thread. docs/format.md has the bytes.
 *
 * Decoders return false when the bytes are not what an encoder writes; strings they hand out lie in the reader's
 * memory unless said otherwise. */
#ifndef MB_CATALOG_RECORDS_H
#define MB_CATALOG_RECORDS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_location.h"
#include "catalog_env.h"
#include "cursor.h"
#include "mail_types.h"

CatalogKey key_meta(const char *name);
CatalogKey key_u32(uint32_t number); /* accounts, mailboxes, snapshots, packs */
CatalogKey key_presence(uint32_t account, uint32_t mailbox, uint32_t since);
CatalogKey key_message(uint32_t mailbox, uint32_t uid, uint32_t since);
CatalogKey key_snapshot_time(uint32_t account, int64_t time);
CatalogKey key_blob(BlobType type, const ContentId *id);
CatalogKey key_origin(uint32_t account, const OriginId *origin);

/* The next four bytes of a key. */
uint32_t take_key_u32(Reader *key);

/* An account and what waits for its next snapshot. */
typedef struct {
    const char *name;
    size_t name_length;
    uint32_t pending; /* number of the next snapshot; 0: nothing waits */
    uint32_t newest_snapshot;
    int64_t newest_time;
    bool newest_complete;
    uint64_t reserved; /* kept as it is */
    uint64_t added;
    uint64_t removed;
    uint64_t reflagged;
} AccountRecord;
void account_record_put(GByteArray *out, const AccountRecord *record);
bool account_record_take(Reader *in, AccountRecord *record);

/* A sum of row hashes modulo 2^256: adding and removing rows in any order leads to the same value. */
typedef struct {
    uint64_t words[4];
} SetHash;

/* One UIDVALIDITY epoch and its newest state. */
typedef struct {
    uint32_t account;
    uint32_t uidvalidity;
    MailboxCursor cursor;
    uint64_t messages;
    uint64_t bytes;
    SetHash hash;
} MailboxRecord;
void mailbox_record_put(GByteArray *out, const MailboxRecord *record);
bool mailbox_record_take(Reader *in, MailboxRecord *record);

/* A mailbox under one name, from snapshot `since` (in the key) to before `until`. */
typedef struct {
    uint32_t until; /* 0: still there */
    uint32_t attributes;
    char delimiter;
    const uint8_t *name;
    size_t name_length;
} PresenceRecord;
void presence_record_put(GByteArray *out, const PresenceRecord *record);
bool presence_record_take(Reader *in, PresenceRecord *record);

/* What never changes of a message. */
typedef struct {
    ContentId id;
    uint64_t size;
    int64_t internaldate;
    const char *name;
    size_t name_length;
} MessageRecord;
void message_record_put(GByteArray *out, const MessageRecord *record);
bool message_record_take(Reader *in, MessageRecord *record);

/* A message with one set of flags, from snapshot `since` (in the key) to before `until`. */
typedef struct {
    uint32_t until; /* 0: still so */
    uint32_t flags;
    const char *keywords;
    size_t keywords_length;
} SpanRecord;
void span_record_put(GByteArray *out, const SpanRecord *record);
bool span_record_take(Reader *in, SpanRecord *record);

/* True when a span [since, until) covers a snapshot; until 0 is endless. */
bool span_covers(uint32_t since, uint32_t until, uint32_t snapshot);

void snapshot_record_put(GByteArray *out, const SnapshotInfo *snapshot);
bool snapshot_record_take(Reader *in, SnapshotInfo *snapshot); /* leaves snapshot->snapshot alone */

/* A blob's length and where its bytes are. */
void blob_record_put(GByteArray *out, const BlobExtent *extents, size_t count);
/* A GArray of BlobExtent, or NULL. */
GArray *blob_record_take(Reader *in);

#endif
