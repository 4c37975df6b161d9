#include "check_private.h"

#include <string.h>

#include "catalog_query.h"
#include "catalog_set_hash.h"
#include "text.h"

/* What changed in a mailbox from one snapshot to the next: a sum that may be negative, modulo 2^64 and 2^256. */
typedef struct {
    uint32_t snapshot;
    uint64_t messages;
    uint64_t bytes;
    SetHash hash;
} Delta;

/* A mailbox on the way through the snapshots. */
typedef struct {
    uint32_t uidvalidity;
    GArray *deltas; /* of Delta, by snapshot */
    guint passed;   /* deltas that are in `state` */
    Delta state;
} MailboxHistory;

static void mailbox_history_free(void *data)
{
    MailboxHistory *history = data;
    g_array_unref(history->deltas);
    g_free(history);
}

static Delta *delta_at(GHashTable *by_snapshot, uint32_t snapshot)
{
    Delta *delta = g_hash_table_lookup(by_snapshot, GUINT_TO_POINTER(snapshot));
    if (!delta) {
        delta = g_new0(Delta, 1);
        delta->snapshot = snapshot;
        g_hash_table_insert(by_snapshot, GUINT_TO_POINTER(snapshot), delta);
    }
    return delta;
}

static void note_span(GHashTable *deltas, uint32_t uid, uint32_t since, const MessageRecord *message,
                      const SpanRecord *span)
{
    Delta *begin = delta_at(deltas, since);
    begin->messages++;
    begin->bytes += message->size;
    set_hash_add(&begin->hash, uid, message, span);
    if (span->until == 0)
        return;
    Delta *end = delta_at(deltas, span->until);
    end->messages--;
    end->bytes -= message->size;
    set_hash_remove(&end->hash, uid, message, span);
}

/* Reads all rows of a mailbox. Returns CATALOG_ABSENT at the end. */
static CatalogAnswer read_rows(Check *check, CatalogScan *scan, GHashTable *deltas, GError **error)
{
    MessageRecord message = {0};
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        uint32_t mailbox = take_key_u32(&key), uid = take_key_u32(&key), since = take_key_u32(&key);
        SpanRecord span;
        if (since == 0 ? !message_record_take(&value, &message) : !span_record_take(&value, &span))
            check_problem(check, "%s, UID %u: a row of the index cannot be read", check_mailbox_name(check, mailbox),
                          uid);
        else if (since == 0)
            check->totals->messages++;
        else
            note_span(deltas, uid, since, &message, &span);
    }
    return answer;
}

static int compare_deltas(const void *a, const void *b)
{
    uint32_t left = ((const Delta *)a)->snapshot, right = ((const Delta *)b)->snapshot;
    return (left > right) - (left < right);
}

static GArray *read_deltas(Check *check, CatalogTxn *txn, uint32_t mailbox, GError **error)
{
    CatalogKey from = key_u32(mailbox);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_MESSAGES, &from, from.length, error);
    g_autoptr(GHashTable) by_snapshot = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    if (!scan || read_rows(check, scan, by_snapshot, error) == CATALOG_FAILED)
        return NULL;
    GArray *deltas = g_array_new(FALSE, FALSE, sizeof(Delta));
    GHashTableIter iterator;
    void *delta;
    g_hash_table_iter_init(&iterator, by_snapshot);
    while (g_hash_table_iter_next(&iterator, NULL, &delta))
        g_array_append_vals(deltas, delta, 1);
    g_array_sort(deltas, compare_deltas);
    return deltas;
}

static void advance(MailboxHistory *history, uint32_t snapshot)
{
    for (; history->passed < history->deltas->len; history->passed++) {
        const Delta *delta = &g_array_index(history->deltas, Delta, history->passed);
        if (delta->snapshot > snapshot)
            return;
        history->state.messages += delta->messages;
        history->state.bytes += delta->bytes;
        set_hash_merge(&history->state.hash, &delta->hash);
    }
}

/* The totals and the hash that a snapshot must have by its rows. */
static bool compute(CatalogTxn *txn, GHashTable *histories, SnapshotInfo *snapshot, GError **error)
{
    g_autoptr(GArray) rows = catalog_presence(txn, snapshot->account, snapshot->snapshot, false, error);
    if (!rows)
        return false;
    g_autoptr(GArray) mailboxes = g_array_new(FALSE, FALSE, sizeof(SnapshotMailbox));
    snapshot->messages = snapshot->bytes = 0;
    for (guint i = 0; i < rows->len; i++) {
        const PresenceRow *row = &g_array_index(rows, PresenceRow, i);
        MailboxHistory *history = g_hash_table_lookup(histories, GUINT_TO_POINTER(row->mailbox));
        if (!history)
            continue;
        advance(history, snapshot->snapshot);
        SnapshotMailbox mailbox = {.presence = row->presence,
                                   .uidvalidity = history->uidvalidity,
                                   .messages = history->state.messages,
                                   .bytes = history->state.bytes,
                                   .hash = history->state.hash};
        g_array_append_val(mailboxes, mailbox);
        snapshot->messages += mailbox.messages;
        snapshot->bytes += mailbox.bytes;
    }
    snapshot_hash(mailboxes, &snapshot->hash);
    return true;
}

static bool check_snapshot(Check *check, CatalogTxn *txn, GHashTable *histories, uint32_t number, GError **error)
{
    SnapshotInfo recorded;
    if (catalog_snapshot(txn, number, &recorded, error) != CATALOG_FOUND)
        return false;
    SnapshotInfo computed = recorded;
    if (!compute(txn, histories, &computed, error))
        return false;
    g_autofree char *name = text_snapshot_name(recorded.time);
    if (computed.messages != recorded.messages || computed.bytes != recorded.bytes)
        check_problem(
            check, "snapshot %s: index shows %" G_GUINT64_FORMAT " messages where %" G_GUINT64_FORMAT " were published",
            name, computed.messages, recorded.messages);
    else if (!content_id_equal(&computed.hash, &recorded.hash))
        check_problem(check, "snapshot %s: its hash is not that of what the index shows", name);
    check->totals->snapshots++;
    return true;
}

static GHashTable *read_histories(Check *check, CatalogTxn *txn, GError **error)
{
    g_autoptr(GArray) numbers = catalog_numbers(txn, TABLE_MAILBOXES, error);
    if (!numbers)
        return NULL;
    g_autoptr(GHashTable) histories = g_hash_table_new_full(NULL, NULL, NULL, mailbox_history_free);
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t mailbox = g_array_index(numbers, uint32_t, i);
        MailboxRecord record;
        if (check_cancelled(check, error) || catalog_mailbox(txn, mailbox, &record, error) != CATALOG_FOUND)
            return NULL;
        GArray *deltas = read_deltas(check, txn, mailbox, error);
        if (!deltas)
            return NULL;
        MailboxHistory *history = g_new0(MailboxHistory, 1);
        history->uidvalidity = record.uidvalidity;
        history->deltas = deltas;
        g_hash_table_insert(histories, GUINT_TO_POINTER(mailbox), history);
        check->totals->mailboxes++;
        check_progress(check, "mailboxes", i + 1, numbers->len);
    }
    return g_steal_pointer(&histories);
}

bool check_snapshots(Check *check, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    if (!txn || !catalog_count(txn, TABLE_ACCOUNTS, &check->totals->accounts, error))
        return false;
    g_autoptr(GHashTable) histories = read_histories(check, txn, error);
    g_autoptr(GArray) snapshots = histories ? catalog_numbers(txn, TABLE_SNAPSHOTS, error) : NULL;
    if (!snapshots)
        return false;
    for (guint i = 0; i < snapshots->len; i++)
        if (!check_snapshot(check, txn, histories, g_array_index(snapshots, uint32_t, i), error))
            return false;
    return true;
}
