#include "catalog_records.h"

#include <string.h>

#include "mb_limits.h"

static void key_append(CatalogKey *key, uint64_t number, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        key->bytes[key->length++] = (uint8_t)(number >> (8 * (width - 1 - i)));
}

CatalogKey key_meta(const char *name)
{
    CatalogKey key = {.length = strlen(name)};
    g_assert(key.length <= CATALOG_KEY_AT_MOST);
    memcpy(key.bytes, name, key.length);
    return key;
}

CatalogKey key_u32(uint32_t number)
{
    CatalogKey key = {0};
    key_append(&key, number, 4);
    return key;
}

CatalogKey key_presence(uint32_t account, uint32_t mailbox, uint32_t since)
{
    CatalogKey key = key_u32(account);
    key_append(&key, mailbox, 4);
    key_append(&key, since, 4);
    return key;
}

CatalogKey key_message(uint32_t mailbox, uint32_t uid, uint32_t since)
{
    return key_presence(mailbox, uid, since);
}

CatalogKey key_snapshot_time(uint32_t account, int64_t time)
{
    CatalogKey key = key_u32(account);
    key_append(&key, (uint64_t)time, 8);
    return key;
}

CatalogKey key_blob(BlobType type, const ContentId *id)
{
    CatalogKey key = {.length = 1 + CONTENT_ID_SIZE};
    key.bytes[0] = (uint8_t)type;
    memcpy(key.bytes + 1, id->bytes, CONTENT_ID_SIZE);
    return key;
}

CatalogKey key_origin(uint32_t account, const OriginId *origin)
{
    CatalogKey key = key_u32(account);
    memcpy(key.bytes + key.length, origin->bytes, ORIGIN_SIZE);
    key.length += ORIGIN_SIZE;
    return key;
}

uint32_t take_key_u32(Reader *key)
{
    return GUINT32_FROM_BE(GUINT32_TO_LE(take_u32(key)));
}

/* Dates are stored as they are counted, from 1970 on, two's complement. */
static void put_time(GByteArray *out, int64_t time)
{
    put_u64(out, (uint64_t)time);
}

static int64_t take_time(Reader *in)
{
    return (int64_t)take_u64(in);
}

void account_record_put(GByteArray *out, const AccountRecord *record)
{
    put_sized(out, record->name, record->name_length);
    put_varint(out, record->pending);
    put_varint(out, record->newest_snapshot);
    put_time(out, record->newest_time);
    put_u8(out, record->newest_complete);
    put_u64(out, record->reserved);
    put_varint(out, record->added);
    put_varint(out, record->removed);
    put_varint(out, record->reflagged);
}

bool account_record_take(Reader *in, AccountRecord *record)
{
    record->name = (const char *)take_sized(in, &record->name_length);
    record->pending = take_varint32(in);
    record->newest_snapshot = take_varint32(in);
    record->newest_time = take_time(in);
    record->newest_complete = take_bool(in);
    record->reserved = take_u64(in);
    record->added = take_varint(in);
    record->removed = take_varint(in);
    record->reflagged = take_varint(in);
    return reader_done(in);
}

void mailbox_record_put(GByteArray *out, const MailboxRecord *record)
{
    put_varint(out, record->account);
    put_u32(out, record->uidvalidity);
    put_u32(out, record->cursor.uidnext);
    put_varint(out, record->cursor.messages);
    put_varint(out, record->cursor.highestmodseq);
    put_varint(out, record->messages);
    put_varint(out, record->bytes);
    for (int i = 0; i < 4; i++)
        put_u64(out, record->hash.words[i]);
}

bool mailbox_record_take(Reader *in, MailboxRecord *record)
{
    record->account = take_varint32(in);
    record->uidvalidity = take_u32(in);
    record->cursor.uidnext = take_u32(in);
    record->cursor.messages = take_varint32(in);
    record->cursor.highestmodseq = take_varint(in);
    record->messages = take_varint(in);
    record->bytes = take_varint(in);
    for (int i = 0; i < 4; i++)
        record->hash.words[i] = take_u64(in);
    return reader_done(in);
}

void presence_record_put(GByteArray *out, const PresenceRecord *record)
{
    put_varint(out, record->until);
    put_varint(out, record->attributes);
    put_u8(out, (uint8_t)record->delimiter);
    put_sized(out, record->name, record->name_length);
}

bool presence_record_take(Reader *in, PresenceRecord *record)
{
    record->until = take_varint32(in);
    record->attributes = take_varint32(in);
    record->delimiter = (char)take_u8(in);
    record->name = take_sized(in, &record->name_length);
    return reader_done(in) && record->name_length <= LIMIT_MAILBOX_NAME_BYTES;
}

void message_record_put(GByteArray *out, const MessageRecord *record)
{
    put_bytes(out, record->id.bytes, CONTENT_ID_SIZE);
    put_varint(out, record->size);
    put_time(out, record->internaldate);
    put_sized(out, record->name, record->name_length);
}

bool message_record_take(Reader *in, MessageRecord *record)
{
    take_content_id(in, &record->id);
    record->size = take_varint(in);
    record->internaldate = take_time(in);
    record->name = (const char *)take_sized(in, &record->name_length);
    return reader_done(in);
}

void span_record_put(GByteArray *out, const SpanRecord *record)
{
    put_varint(out, record->until);
    put_varint(out, record->flags);
    put_sized(out, record->keywords, record->keywords_length);
}

bool span_record_take(Reader *in, SpanRecord *record)
{
    record->until = take_varint32(in);
    record->flags = take_varint32(in);
    record->keywords = (const char *)take_sized(in, &record->keywords_length);
    return reader_done(in);
}

bool span_covers(uint32_t since, uint32_t until, uint32_t snapshot)
{
    return since <= snapshot && (until == 0 || snapshot < until);
}

void snapshot_record_put(GByteArray *out, const SnapshotInfo *snapshot)
{
    put_varint(out, snapshot->account);
    put_time(out, snapshot->time);
    put_varint(out, snapshot->messages);
    put_varint(out, snapshot->bytes);
    put_varint(out, snapshot->added);
    put_varint(out, snapshot->removed);
    put_varint(out, snapshot->reflagged);
    put_varint(out, snapshot->mailboxes);
    put_u8(out, snapshot->complete);
    put_bytes(out, snapshot->hash.bytes, CONTENT_ID_SIZE);
}

bool snapshot_record_take(Reader *in, SnapshotInfo *snapshot)
{
    snapshot->account = take_varint32(in);
    snapshot->time = take_time(in);
    snapshot->messages = take_varint(in);
    snapshot->bytes = take_varint(in);
    snapshot->added = take_varint(in);
    snapshot->removed = take_varint(in);
    snapshot->reflagged = take_varint(in);
    snapshot->mailboxes = take_varint32(in);
    snapshot->complete = take_bool(in);
    take_content_id(in, &snapshot->hash);
    return reader_done(in);
}

void blob_record_put(GByteArray *out, const BlobExtent *extents, size_t count)
{
    put_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        put_varint(out, extents[i].pack);
        put_varint(out, extents[i].frame_offset);
        put_varint(out, extents[i].plain_offset);
        put_varint(out, extents[i].length);
    }
}

static bool extent_take(Reader *in, BlobExtent *extent)
{
    extent->pack = take_varint32(in);
    extent->frame_offset = take_varint(in);
    extent->plain_offset = take_varint32(in);
    extent->length = take_varint32(in);
    return !in->failed && extent->frame_offset <= LIMIT_PACK_BYTES && extent->plain_offset <= LIMIT_FRAME_PLAIN_BYTES &&
           extent->length <= LIMIT_FRAME_PLAIN_BYTES;
}

GArray *blob_record_take(Reader *in)
{
    uint64_t count = take_varint(in);
    if (in->failed || count > LIMIT_BLOB_EXTENTS || count > reader_left(in))
        return NULL;
    g_autoptr(GArray) extents = g_array_sized_new(FALSE, FALSE, sizeof(BlobExtent), (guint)count);
    for (uint64_t i = 0; i < count; i++) {
        BlobExtent extent;
        if (!extent_take(in, &extent))
            return NULL;
        g_array_append_val(extents, extent);
    }
    return reader_done(in) ? g_steal_pointer(&extents) : NULL;
}
