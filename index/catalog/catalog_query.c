#include "catalog_query.h"

#include "error.h"

static CatalogAnswer corrupt(GError **error, const char *what)
{
    mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: %s cannot be read", what);
    return CATALOG_FAILED;
}

CatalogAnswer catalog_account(CatalogTxn *txn, uint32_t account, AccountRecord *record, GError **error)
{
    CatalogKey key = key_u32(account);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_ACCOUNTS, &key, &value, error);
    if (answer == CATALOG_FOUND && !account_record_take(&value, record))
        return corrupt(error, "an account");
    return answer;
}

CatalogAnswer catalog_mailbox(CatalogTxn *txn, uint32_t mailbox, MailboxRecord *record, GError **error)
{
    CatalogKey key = key_u32(mailbox);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_MAILBOXES, &key, &value, error);
    if (answer == CATALOG_FOUND && !mailbox_record_take(&value, record))
        return corrupt(error, "a mailbox");
    return answer;
}

CatalogAnswer catalog_message(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, MessageRecord *record, GError **error)
{
    CatalogKey key = key_message(mailbox, uid, 0);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_MESSAGES, &key, &value, error);
    if (answer == CATALOG_FOUND && !message_record_take(&value, record))
        return corrupt(error, "a message");
    return answer;
}

CatalogAnswer catalog_snapshot(CatalogTxn *txn, uint32_t snapshot, SnapshotInfo *info, GError **error)
{
    CatalogKey key = key_u32(snapshot);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_SNAPSHOTS, &key, &value, error);
    info->snapshot = snapshot;
    if (answer == CATALOG_FOUND && !snapshot_record_take(&value, info))
        return corrupt(error, "a snapshot");
    return answer;
}

CatalogAnswer catalog_snapshot_at(CatalogTxn *txn, uint32_t account, int64_t time, uint32_t *snapshot, GError **error)
{
    CatalogKey key = key_snapshot_time(account, time);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_SNAPSHOT_TIMES, &key, &value, error);
    if (answer == CATALOG_FOUND) {
        *snapshot = take_u32(&value);
        if (!reader_done(&value))
            return corrupt(error, "the date of a snapshot");
    }
    return answer;
}

CatalogAnswer catalog_blob(CatalogTxn *txn, BlobType type, const ContentId *id, GArray **extents, GError **error)
{
    CatalogKey key = key_blob(type, id);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_BLOBS, &key, &value, error);
    if (answer != CATALOG_FOUND || !extents)
        return answer;
    *extents = blob_record_take(&value);
    return *extents ? CATALOG_FOUND : corrupt(error, "the place of a message");
}

CatalogAnswer catalog_origin(CatalogTxn *txn, uint32_t account, const OriginId *origin, uint32_t *mailbox,
                             uint32_t *uid, GError **error)
{
    CatalogKey key = key_origin(account, origin);
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_ORIGINS, &key, &value, error);
    if (answer != CATALOG_FOUND)
        return answer;
    *mailbox = take_varint32(&value);
    *uid = take_varint32(&value);
    return reader_done(&value) ? CATALOG_FOUND : corrupt(error, "the origin of a message");
}

static bool visit_blob(Reader *key, Reader *value, CatalogBlobVisit visit, void *user, GError **error)
{
    BlobName name = {.type = take_u8(key)};
    take_content_id(key, &name.id);
    g_autoptr(GArray) extents = blob_record_take(value);
    if (!reader_done(key) || !extents || extents->len == 0)
        return corrupt(error, "the place of a message") == CATALOG_FOUND;
    visit(&name, extents, user);
    return true;
}

bool catalog_each_blob(CatalogTxn *txn, CatalogBlobVisit visit, void *user, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_BLOBS, &from, 0, error);
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND)
        if (!visit_blob(&key, &value, visit, user, error))
            return false;
    return answer == CATALOG_ABSENT;
}

GArray *catalog_numbers(CatalogTxn *txn, CatalogTable table, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, table, &from, 0, error);
    if (!scan)
        return NULL;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        uint32_t number = take_key_u32(&key);
        g_array_append_val(numbers, number);
    }
    return answer == CATALOG_ABSENT ? g_steal_pointer(&numbers) : NULL;
}

CatalogAnswer catalog_span(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, uint32_t snapshot, uint32_t *since,
                           SpanRecord *span, GError **error)
{
    CatalogKey from = key_message(mailbox, uid, 1);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_MESSAGES, &from, 8, error);
    if (!scan)
        return CATALOG_FAILED;
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        take_bytes(&key, 8);
        *since = take_key_u32(&key);
        if (!span_record_take(&value, span))
            return corrupt(error, "the flags of a message");
        if (span_covers(*since, span->until, snapshot))
            return CATALOG_FOUND;
    }
    return answer;
}

CatalogAnswer catalog_last_span(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, SpanRecord *span, GError **error)
{
    CatalogKey from = key_message(mailbox, uid, 1);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_MESSAGES, &from, 8, error);
    if (!scan)
        return CATALOG_FAILED;
    Reader key, value;
    CatalogAnswer answer, found = CATALOG_ABSENT;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        if (!span_record_take(&value, span))
            return corrupt(error, "the flags of a message");
        found = CATALOG_FOUND;
    }
    return answer == CATALOG_ABSENT ? found : answer;
}

/* Spans of one mailbox come in the order of time: a later one takes the place of an earlier one. */
static void keep_row(GArray *rows, const PresenceRow *row)
{
    PresenceRow *last = rows->len > 0 ? &g_array_index(rows, PresenceRow, rows->len - 1) : NULL;
    if (last && last->mailbox == row->mailbox)
        *last = *row;
    else
        g_array_append_val(rows, *row);
}

static CatalogAnswer presence_next(CatalogScan *scan, PresenceRow *row, GError **error)
{
    Reader key, value;
    CatalogAnswer answer = catalog_scan_next(scan, &key, &value, error);
    if (answer != CATALOG_FOUND)
        return answer;
    take_key_u32(&key);
    row->mailbox = take_key_u32(&key);
    row->since = take_key_u32(&key);
    return presence_record_take(&value, &row->presence) ? CATALOG_FOUND : corrupt(error, "a mailbox name");
}

GArray *catalog_presence(CatalogTxn *txn, uint32_t account, uint32_t snapshot, bool every, GError **error)
{
    CatalogKey from = key_u32(account);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_PRESENCE, &from, from.length, error);
    if (!scan)
        return NULL;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(PresenceRow));
    PresenceRow row;
    CatalogAnswer answer;
    while ((answer = presence_next(scan, &row, error)) == CATALOG_FOUND)
        if (every || span_covers(row.since, row.presence.until, snapshot))
            keep_row(rows, &row);
    return answer == CATALOG_ABSENT ? g_steal_pointer(&rows) : NULL;
}

CatalogAnswer catalog_presence_of(CatalogTxn *txn, uint32_t account, uint32_t mailbox, PresenceRow *row, GError **error)
{
    CatalogKey from = key_presence(account, mailbox, 0);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_PRESENCE, &from, 8, error);
    if (!scan)
        return CATALOG_FAILED;
    CatalogAnswer answer;
    while ((answer = presence_next(scan, row, error)) == CATALOG_FOUND)
        if (span_covers(row->since, row->presence.until, SNAPSHOT_CURRENT))
            break;
    return answer;
}
