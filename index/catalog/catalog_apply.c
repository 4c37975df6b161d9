#include "catalog_apply.h"

#include "catalog_checkpoint.h"
#include "catalog_forget.h"
#include "catalog_misfit.h"
#include "catalog_put.h"
#include "catalog_query.h"
#include "catalog_records.h"
#include "catalog_set_hash.h"
#include "error.h"
#include "mb_limits.h"
#include "number_set.h"

static bool count_changes(CatalogSums *sums, const CatalogChange *change, SnapshotChanges changes, GError **error)
{
    changes.snapshot = change->snapshot;
    return catalog_sums_add(sums, change->account, &changes, error);
}

static bool apply_account(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    AccountRecord record = {.name = (const char *)change->name, .name_length = change->name_length};
    return catalog_put_account(txn, change->account, &record, error);
}

static bool apply_mailbox(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    MailboxRecord record = {.account = change->account, .uidvalidity = change->uidvalidity};
    return catalog_put_mailbox(txn, change->mailbox, &record, error);
}

/* Ends the present row. One that no snapshot has shown yet leaves no trace. */
static bool close_presence(CatalogTxn *txn, const CatalogChange *change, PresenceRow *row, GError **error)
{
    if (row->since == change->snapshot) {
        CatalogKey key = key_presence(change->account, row->mailbox, row->since);
        return catalog_delete(txn, TABLE_PRESENCE, &key, error);
    }
    row->presence.until = change->snapshot;
    return catalog_put_presence(txn, change->account, row, error);
}

static bool apply_hide(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    PresenceRow row;
    return catalog_fits(catalog_presence_of(sums->txn, change->account, change->mailbox, &row, error),
                        "unknown mailbox disappears", error) &&
           close_presence(sums->txn, change, &row, error) && count_changes(sums, change, (SnapshotChanges){0}, error);
}

static bool apply_show(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    PresenceRow row;
    CatalogAnswer shown = catalog_presence_of(sums->txn, change->account, change->mailbox, &row, error);
    if (shown == CATALOG_FAILED || (shown == CATALOG_FOUND && !close_presence(sums->txn, change, &row, error)))
        return false;
    PresenceRow new_row = {.mailbox = change->mailbox,
                           .since = change->snapshot,
                           .presence = {.attributes = change->attributes,
                                        .delimiter = change->delimiter,
                                        .name = change->name,
                                        .name_length = change->name_length}};
    return catalog_put_presence(sums->txn, change->account, &new_row, error) &&
           count_changes(sums, change, (SnapshotChanges){0}, error);
}

static bool apply_cursor(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    MailboxRecord *mailbox = catalog_sums_mailbox(sums, change->mailbox, error);
    if (!mailbox)
        return false;
    mailbox->cursor = change->cursor;
    return true;
}

/* A mailbox begins to show a message with some flags, or ceases to. */
static bool enter_row(CatalogSums *sums, const CatalogChange *change, const MessageRecord *message,
                      const SpanRecord *span, GError **error)
{
    MailboxRecord *mailbox = catalog_sums_mailbox(sums, change->mailbox, error);
    if (!mailbox)
        return false;
    set_hash_add(&mailbox->hash, change->uid, message, span);
    mailbox->messages++;
    mailbox->bytes += message->size;
    return catalog_put_span(sums->txn, change->mailbox, change->uid, change->snapshot, span, error);
}

static bool close_span(CatalogTxn *txn, const CatalogChange *change, uint32_t since, const SpanRecord *span,
                       GError **error)
{
    if (since == change->snapshot) {
        CatalogKey key = key_message(change->mailbox, change->uid, since);
        return catalog_delete(txn, TABLE_MESSAGES, &key, error);
    }
    SpanRecord closed = *span;
    closed.until = change->snapshot;
    return catalog_put_span(txn, change->mailbox, change->uid, since, &closed, error);
}

static bool leave_row(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    MailboxRecord *mailbox = catalog_sums_mailbox(sums, change->mailbox, error);
    MessageRecord message;
    SpanRecord span;
    uint32_t since;
    if (!mailbox ||
        !catalog_fits(catalog_message(sums->txn, change->mailbox, change->uid, &message, error), "unknown message",
                      error) ||
        !catalog_fits(catalog_span(sums->txn, change->mailbox, change->uid, SNAPSHOT_CURRENT, &since, &span, error),
                      "message is gone already", error))
        return false;
    set_hash_remove(&mailbox->hash, change->uid, &message, &span);
    mailbox->messages--;
    mailbox->bytes -= message.size;
    return close_span(sums->txn, change, since, &span, error);
}

static SpanRecord span_of(const CatalogChange *change)
{
    return (SpanRecord){
        .flags = change->flags, .keywords = change->keywords, .keywords_length = change->keywords_length};
}

/* A message that is shown already is first taken away, so that adding it again is no harm. */
static bool leave_if_shown(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    uint32_t since;
    SpanRecord span;
    CatalogAnswer shown = catalog_span(sums->txn, change->mailbox, change->uid, SNAPSHOT_CURRENT, &since, &span, error);
    return shown == CATALOG_ABSENT || (shown == CATALOG_FOUND && leave_row(sums, change, error));
}

/* A message that is known already came back: what is known of it stays, so that its file name does. */
static bool apply_message(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    MessageRecord message = {.id = change->id,
                             .size = change->size,
                             .internaldate = change->time,
                             .name = (const char *)change->name,
                             .name_length = change->name_length};
    MessageRecord known;
    CatalogAnswer answer = catalog_message(sums->txn, change->mailbox, change->uid, &known, error);
    if (answer == CATALOG_FOUND && !content_id_equal(&known.id, &change->id))
        return catalog_misfit(error, "one UID, two messages");
    if (answer == CATALOG_FAILED ||
        (answer == CATALOG_ABSENT && !catalog_put_message(sums->txn, change->mailbox, change->uid, &message, error)))
        return false;
    if (answer == CATALOG_FOUND && !leave_if_shown(sums, change, error))
        return false;
    if (answer == CATALOG_FOUND)
        message.internaldate = known.internaldate;
    SpanRecord span = span_of(change);
    return enter_row(sums, change, &message, &span, error) &&
           count_changes(sums, change, (SnapshotChanges){.added = 1}, error);
}

static bool apply_flags(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    SpanRecord span = span_of(change);
    MessageRecord message;
    return leave_row(sums, change, error) &&
           catalog_fits(catalog_message(sums->txn, change->mailbox, change->uid, &message, error), "unknown message",
                        error) &&
           enter_row(sums, change, &message, &span, error) &&
           count_changes(sums, change, (SnapshotChanges){.reflagged = 1}, error);
}

static bool apply_remove(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    return leave_row(sums, change, error) && count_changes(sums, change, (SnapshotChanges){.removed = 1}, error);
}

static bool apply_origin(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    CatalogKey key = key_origin(change->account, &change->origin);
    g_autoptr(GByteArray) value = g_byte_array_new();
    put_varint(value, change->mailbox);
    put_varint(value, change->uid);
    return catalog_put(txn, TABLE_ORIGINS, &key, value, error);
}

/* What all mailboxes of the account hold now: totals and hash of a snapshot taken at this point. */
static bool sum_up(CatalogTxn *txn, SnapshotInfo *snapshot, GError **error)
{
    g_autoptr(GArray) rows = catalog_presence(txn, snapshot->account, SNAPSHOT_CURRENT, false, error);
    if (!rows)
        return false;
    g_autoptr(GArray) mailboxes = g_array_new(FALSE, FALSE, sizeof(SnapshotMailbox));
    for (guint i = 0; i < rows->len; i++) {
        const PresenceRow *row = &g_array_index(rows, PresenceRow, i);
        MailboxRecord record;
        if (!catalog_fits(catalog_mailbox(txn, row->mailbox, &record, error), "unknown mailbox", error))
            return false;
        SnapshotMailbox mailbox = {.presence = row->presence,
                                   .uidvalidity = record.uidvalidity,
                                   .messages = record.messages,
                                   .bytes = record.bytes,
                                   .hash = record.hash};
        g_array_append_val(mailboxes, mailbox);
        snapshot->messages += record.messages;
        snapshot->bytes += record.bytes;
        snapshot->mailboxes += !(row->presence.attributes & MAILBOX_NOSELECT);
    }
    snapshot_hash(mailboxes, &snapshot->hash);
    return true;
}

static bool apply_publish(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    AccountRecord account;
    if (!catalog_fits(catalog_account(txn, change->account, &account, error), "unknown account", error))
        return false;
    SnapshotInfo snapshot = {.account = change->account,
                             .snapshot = change->snapshot,
                             .time = change->time,
                             .complete = change->complete,
                             .added = account.added,
                             .removed = account.removed,
                             .reflagged = account.reflagged};
    if (!sum_up(txn, &snapshot, error) || !catalog_put_snapshot(txn, &snapshot, error) ||
        !catalog_fits(catalog_account(txn, change->account, &account, error), "unknown account", error))
        return false;
    account.pending = 0;
    account.newest_snapshot = change->snapshot;
    account.newest_time = change->time;
    account.newest_complete = change->complete;
    account.added = account.removed = account.reflagged = 0;
    return catalog_put_account(txn, change->account, &account, error);
}

static GArray *numbers_of(const CatalogChange *change, GError **error)
{
    GArray *numbers = number_set_decode(change->numbers, change->numbers_length, LIMIT_NUMBER_SET);
    if (!numbers)
        catalog_misfit(error, "a set of numbers makes no sense");
    return numbers;
}

static bool apply_forget(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    g_autoptr(GArray) snapshots = numbers_of(change, error);
    return snapshots && catalog_forget(txn, change->account, snapshots, NULL, error);
}

static bool apply_checkpoint(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    g_autoptr(GArray) retired = numbers_of(change, error);
    return retired && catalog_retire_packs(txn, change->sequence, retired, error);
}

/* Any other change may read or replace the records that sums are kept of. */
static bool keeps_sums(ChangeKind kind)
{
    return kind == CHANGE_SHOW || kind == CHANGE_HIDE || kind == CHANGE_CURSOR || kind == CHANGE_MESSAGE ||
           kind == CHANGE_FLAGS || kind == CHANGE_REMOVE || kind == CHANGE_ORIGIN;
}

bool catalog_apply(CatalogSums *sums, const CatalogChange *change, GError **error)
{
    if (!keeps_sums(change->kind) && !catalog_sums_settle(sums, error))
        return false;
    switch (change->kind) {
    case CHANGE_ACCOUNT:
        return apply_account(sums->txn, change, error);
    case CHANGE_MAILBOX:
        return apply_mailbox(sums->txn, change, error);
    case CHANGE_SHOW:
        return apply_show(sums, change, error);
    case CHANGE_HIDE:
        return apply_hide(sums, change, error);
    case CHANGE_CURSOR:
        return apply_cursor(sums, change, error);
    case CHANGE_MESSAGE:
        return apply_message(sums, change, error);
    case CHANGE_FLAGS:
        return apply_flags(sums, change, error);
    case CHANGE_REMOVE:
        return apply_remove(sums, change, error);
    case CHANGE_PUBLISH:
        return apply_publish(sums->txn, change, error);
    case CHANGE_ORIGIN:
        return apply_origin(sums->txn, change, error);
    case CHANGE_FORGET:
        return apply_forget(sums->txn, change, error);
    case CHANGE_CHECKPOINT:
        return apply_checkpoint(sums->txn, change, error);
    }
    return catalog_misfit(error, "unknown change");
}

bool catalog_apply_blob(CatalogTxn *txn, BlobType type, const ContentId *id, const GArray *extents, GError **error)
{
    CatalogKey key = key_blob(type, id);
    g_autoptr(GByteArray) value = g_byte_array_new();
    blob_record_put(value, (const BlobExtent *)(const void *)extents->data, extents->len);
    return catalog_put(txn, TABLE_BLOBS, &key, value, error);
}

bool catalog_position_get(CatalogTxn *txn, CatalogPosition *position, GError **error)
{
    *position = (CatalogPosition){0};
    CatalogKey key = key_meta("position");
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_META, &key, &value, error);
    if (answer != CATALOG_FOUND)
        return answer == CATALOG_ABSENT;
    position->sequence = take_varint(&value);
    position->end.pack = take_varint32(&value);
    position->end.offset = take_varint(&value);
    return reader_done(&value) ? true
                               : mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: its position is unreadable");
}

bool catalog_position_put(CatalogTxn *txn, const CatalogPosition *position, GError **error)
{
    CatalogKey key = key_meta("position");
    g_autoptr(GByteArray) value = g_byte_array_new();
    put_varint(value, position->sequence);
    put_varint(value, position->end.pack);
    put_varint(value, position->end.offset);
    return catalog_put(txn, TABLE_META, &key, value, error);
}
