#include "view.h"

#include <string.h>

#include "catalog_query.h"
#include "error.h"
#include "repository_private.h"

View *view_acquire(Repository *repository, GError **error)
{
    CatalogTxn *txn = repository_read_begin(repository, error);
    if (!txn)
        return NULL;
    View *view = g_new0(View, 1);
    view->repository = repository;
    view->txn = txn;
    return view;
}

void view_release(View *view)
{
    if (!view)
        return;
    catalog_read_end(view->txn);
    g_free(view);
}

static bool found(CatalogAnswer answer, GError **error, const char *what)
{
    if (answer == CATALOG_ABSENT)
        mb_error_set(error, MB_ERROR_NOT_FOUND, "no such %s", what);
    return answer == CATALOG_FOUND;
}

AccountInfo *view_account(View *view, uint32_t account, GError **error)
{
    AccountRecord record;
    if (!found(catalog_account(view->txn, account, &record, error), error, "account"))
        return NULL;
    AccountInfo *info = g_new0(AccountInfo, 1);
    info->account = account;
    info->name = g_strndup(record.name, record.name_length);
    info->pending = record.pending;
    info->newest_snapshot = record.newest_snapshot;
    return info;
}

static void free_account(void *info)
{
    account_info_free(info);
}

GPtrArray *view_accounts(View *view, GError **error)
{
    g_autoptr(GArray) numbers = catalog_numbers(view->txn, TABLE_ACCOUNTS, error);
    if (!numbers)
        return NULL;
    g_autoptr(GPtrArray) accounts = g_ptr_array_new_with_free_func(free_account);
    for (guint i = 0; i < numbers->len; i++) {
        AccountInfo *info = view_account(view, g_array_index(numbers, uint32_t, i), error);
        if (!info)
            return NULL;
        g_ptr_array_add(accounts, info);
    }
    return g_steal_pointer(&accounts);
}

AccountInfo *view_account_by_name(View *view, const char *name, GError **error)
{
    g_autoptr(GPtrArray) accounts = view_accounts(view, error);
    if (!accounts)
        return NULL;
    for (guint i = 0; i < accounts->len; i++) {
        const AccountInfo *info = g_ptr_array_index(accounts, i);
        if (g_str_equal(info->name, name))
            return g_ptr_array_steal_index(accounts, i);
    }
    mb_error_set(error, MB_ERROR_NOT_FOUND, "no account %s in this repository", name);
    return NULL;
}

bool view_snapshot(View *view, uint32_t snapshot, SnapshotInfo *info, GError **error)
{
    return found(catalog_snapshot(view->txn, snapshot, info, error), error, "snapshot");
}

bool view_snapshot_by_time(View *view, uint32_t account, int64_t time, SnapshotInfo *info, GError **error)
{
    uint32_t snapshot;
    return found(catalog_snapshot_at(view->txn, account, time, &snapshot, error), error, "snapshot") &&
           view_snapshot(view, snapshot, info, error);
}

GArray *view_snapshots(View *view, uint32_t account, GError **error)
{
    CatalogKey from = key_u32(account);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(view->txn, TABLE_SNAPSHOT_TIMES, &from, from.length, error);
    if (!scan)
        return NULL;
    g_autoptr(GArray) snapshots = g_array_new(FALSE, FALSE, sizeof(SnapshotInfo));
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        SnapshotInfo info;
        if (!view_snapshot(view, take_u32(&value), &info, error))
            return NULL;
        g_array_append_val(snapshots, info);
    }
    return answer == CATALOG_ABSENT ? g_steal_pointer(&snapshots) : NULL;
}

static MailboxInfo *mailbox_info(View *view, const PresenceRow *row, GError **error)
{
    MailboxRecord record;
    if (!found(catalog_mailbox(view->txn, row->mailbox, &record, error), error, "mailbox"))
        return NULL;
    MailboxInfo *info = g_new0(MailboxInfo, 1);
    info->mailbox = row->mailbox;
    info->account = record.account;
    info->uidvalidity = record.uidvalidity;
    info->name = g_malloc0(row->presence.name_length + 1);
    memcpy(info->name, row->presence.name, row->presence.name_length);
    info->name_length = row->presence.name_length;
    info->delimiter = row->presence.delimiter;
    info->attributes = row->presence.attributes;
    info->cursor = record.cursor;
    info->messages = record.messages;
    info->bytes = record.bytes;
    return info;
}

static void free_mailbox(void *info)
{
    mailbox_info_free(info);
}

static GPtrArray *list_mailboxes(View *view, uint32_t account, uint32_t snapshot, bool every, GError **error)
{
    g_autoptr(GArray) rows = catalog_presence(view->txn, account, snapshot, every, error);
    if (!rows)
        return NULL;
    g_autoptr(GPtrArray) mailboxes = g_ptr_array_new_with_free_func(free_mailbox);
    for (guint i = 0; i < rows->len; i++) {
        MailboxInfo *info = mailbox_info(view, &g_array_index(rows, PresenceRow, i), error);
        if (!info)
            return NULL;
        g_ptr_array_add(mailboxes, info);
    }
    return g_steal_pointer(&mailboxes);
}

GPtrArray *view_mailboxes(View *view, uint32_t account, uint32_t snapshot, GError **error)
{
    return list_mailboxes(view, account, snapshot, false, error);
}

GPtrArray *view_mailbox_epochs(View *view, uint32_t account, GError **error)
{
    return list_mailboxes(view, account, SNAPSHOT_CURRENT, true, error);
}

static void fill_properties(MessageRow *row, const MessageRecord *message)
{
    row->id = message->id;
    row->size = message->size;
    row->internaldate = message->internaldate;
    row->name = message->name;
    row->name_length = message->name_length;
}

static void fill_flags(MessageRow *row, const SpanRecord *span)
{
    row->flags = span->flags;
    row->keywords = span->keywords;
    row->keywords_length = span->keywords_length;
}

/* A scan reads the properties of a message (since 0) and after them its spans; backwards it is the other way round. */
bool message_scan_begin(MessageScan *scan, View *view, uint32_t mailbox, uint32_t snapshot, uint32_t first_uid,
                        GError **error)
{
    CatalogKey from = key_message(mailbox, first_uid, 0);
    *scan = (MessageScan){.view = view, .mailbox = mailbox, .snapshot = snapshot};
    scan->scan = catalog_scan_begin(view->txn, TABLE_MESSAGES, &from, 4, error);
    return scan->scan != NULL;
}

bool message_scan_begin_back(MessageScan *scan, View *view, uint32_t mailbox, uint32_t snapshot, uint32_t before_uid,
                             GError **error)
{
    CatalogKey before =
        before_uid > 0 ? key_message(mailbox, before_uid, 0) : key_message(mailbox, UINT32_MAX, UINT32_MAX);
    *scan = (MessageScan){.view = view, .mailbox = mailbox, .snapshot = snapshot, .backwards = true};
    scan->scan = catalog_scan_begin_back(view->txn, TABLE_MESSAGES, &before, 4, error);
    return scan->scan != NULL;
}

/* Whether the row is whole now, and shown. */
static bool take_properties(const MessageScan *scan, MessageRow *row, const MessageRecord *message)
{
    fill_properties(row, message);
    return scan->snapshot == SNAPSHOT_EVER || (scan->backwards && scan->shown_uid == row->uid);
}

static bool take_span(MessageScan *scan, MessageRow *row, uint32_t since, const SpanRecord *span)
{
    if (scan->snapshot == SNAPSHOT_EVER || !span_covers(since, span->until, scan->snapshot))
        return false;
    fill_flags(row, span);
    scan->shown_uid = row->uid;
    return !scan->backwards;
}

static CatalogAnswer scan_record(MessageScan *scan, MessageRow *row, bool *visible, GError **error)
{
    Reader key, value;
    CatalogAnswer answer = catalog_scan_next(scan->scan, &key, &value, error);
    if (answer != CATALOG_FOUND)
        return answer;
    row->mailbox = take_key_u32(&key);
    row->uid = take_key_u32(&key);
    uint32_t since = take_key_u32(&key);
    MessageRecord message;
    SpanRecord span = {0};
    *visible = false;
    if (since == 0 ? !message_record_take(&value, &message) : !span_record_take(&value, &span)) {
        mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a message cannot be read");
        return CATALOG_FAILED;
    }
    *visible = since == 0 ? take_properties(scan, row, &message) : take_span(scan, row, since, &span);
    return CATALOG_FOUND;
}

bool message_scan_next(MessageScan *scan, MessageRow *row, GError **error)
{
    bool visible = false;
    *row = (MessageRow){.keywords = ""};
    while (!visible)
        if (scan_record(scan, row, &visible, error) != CATALOG_FOUND)
            return false;
    if (!row->name)
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: UID %u has flags but is no message", row->uid);
    return true;
}

void message_scan_end(MessageScan *scan)
{
    catalog_scan_end(scan->scan);
    scan->scan = NULL;
}

bool view_message_properties(View *view, uint32_t mailbox, uint32_t uid, MessageRow *row, GError **error)
{
    MessageRecord message;
    if (!found(catalog_message(view->txn, mailbox, uid, &message, error), error, "message"))
        return false;
    *row = (MessageRow){.mailbox = mailbox, .uid = uid, .keywords = ""};
    fill_properties(row, &message);
    return true;
}

bool view_message(View *view, uint32_t mailbox, uint32_t uid, uint32_t snapshot, MessageRow *row, GError **error)
{
    uint32_t since;
    SpanRecord span;
    if (!view_message_properties(view, mailbox, uid, row, error) ||
        !found(catalog_span(view->txn, mailbox, uid, snapshot, &since, &span, error), error, "message"))
        return false;
    fill_flags(row, &span);
    return true;
}

bool view_message_by_origin(View *view, uint32_t account, const OriginId *origin, MessageRow *row, GError **error)
{
    uint32_t mailbox, uid;
    return found(catalog_origin(view->txn, account, origin, &mailbox, &uid, error), error, "message") &&
           view_message_properties(view, mailbox, uid, row, error);
}

bool view_message_last(View *view, uint32_t mailbox, uint32_t uid, MessageRow *row, GError **error)
{
    SpanRecord span;
    if (!view_message_properties(view, mailbox, uid, row, error) ||
        !found(catalog_last_span(view->txn, mailbox, uid, &span, error), error, "message"))
        return false;
    fill_flags(row, &span);
    return true;
}
