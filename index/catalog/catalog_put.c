#include "catalog_put.h"

bool catalog_put_account(CatalogTxn *txn, uint32_t account, const AccountRecord *record, GError **error)
{
    CatalogKey key = key_u32(account);
    g_autoptr(GByteArray) value = g_byte_array_new();
    account_record_put(value, record);
    return catalog_put(txn, TABLE_ACCOUNTS, &key, value, error);
}

bool catalog_put_mailbox(CatalogTxn *txn, uint32_t mailbox, const MailboxRecord *record, GError **error)
{
    CatalogKey key = key_u32(mailbox);
    g_autoptr(GByteArray) value = g_byte_array_new();
    mailbox_record_put(value, record);
    return catalog_put(txn, TABLE_MAILBOXES, &key, value, error);
}

bool catalog_put_presence(CatalogTxn *txn, uint32_t account, const PresenceRow *row, GError **error)
{
    CatalogKey key = key_presence(account, row->mailbox, row->since);
    g_autoptr(GByteArray) value = g_byte_array_new();
    presence_record_put(value, &row->presence);
    return catalog_put(txn, TABLE_PRESENCE, &key, value, error);
}

bool catalog_put_message(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, const MessageRecord *record, GError **error)
{
    CatalogKey key = key_message(mailbox, uid, 0);
    g_autoptr(GByteArray) value = g_byte_array_new();
    message_record_put(value, record);
    return catalog_put(txn, TABLE_MESSAGES, &key, value, error);
}

bool catalog_put_span(CatalogTxn *txn, uint32_t mailbox, uint32_t uid, uint32_t since, const SpanRecord *span,
                      GError **error)
{
    CatalogKey key = key_message(mailbox, uid, since);
    g_autoptr(GByteArray) value = g_byte_array_new();
    span_record_put(value, span);
    return catalog_put(txn, TABLE_MESSAGES, &key, value, error);
}

bool catalog_put_snapshot(CatalogTxn *txn, const SnapshotInfo *snapshot, GError **error)
{
    CatalogKey key = key_u32(snapshot->snapshot);
    CatalogKey time_key = key_snapshot_time(snapshot->account, snapshot->time);
    g_autoptr(GByteArray) value = g_byte_array_new();
    g_autoptr(GByteArray) number = g_byte_array_new();
    snapshot_record_put(value, snapshot);
    put_u32(number, snapshot->snapshot);
    return catalog_put(txn, TABLE_SNAPSHOTS, &key, value, error) &&
           catalog_put(txn, TABLE_SNAPSHOT_TIMES, &time_key, number, error);
}

bool catalog_delete_snapshot(CatalogTxn *txn, const SnapshotInfo *snapshot, GError **error)
{
    CatalogKey key = key_u32(snapshot->snapshot);
    CatalogKey time_key = key_snapshot_time(snapshot->account, snapshot->time);
    return catalog_delete(txn, TABLE_SNAPSHOTS, &key, error) &&
           catalog_delete(txn, TABLE_SNAPSHOT_TIMES, &time_key, error);
}
