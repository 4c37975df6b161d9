#include "catalog_forget.h"

#include <string.h>

#include "catalog_misfit.h"
#include "catalog_put.h"
#include "catalog_query.h"
#include "catalog_set_hash.h"
#include "error.h"
#include "number_set.h"

/* Rows are read and changed in turns: so many changes are kept in memory. */
#define EDITS_AT_MOST 20000

static uint32_t after_last(const GArray *numbers)
{
    return numbers->len > 0 ? g_array_index(numbers, uint32_t, numbers->len - 1) + 1 : 1;
}

static bool raise_above_rows(CatalogTxn *txn, CatalogTable table, uint32_t *next, GError **error)
{
    g_autoptr(GArray) numbers = catalog_numbers(txn, table, error);
    if (numbers)
        *next = MAX(*next, after_last(numbers));
    return numbers != NULL;
}

static bool raise_above_pending(CatalogTxn *txn, uint32_t *next, GError **error)
{
    g_autoptr(GArray) accounts = catalog_numbers(txn, TABLE_ACCOUNTS, error);
    for (guint i = 0; accounts && i < accounts->len; i++) {
        AccountRecord record;
        if (catalog_account(txn, g_array_index(accounts, uint32_t, i), &record, error) != CATALOG_FOUND)
            return false;
        *next = MAX(*next, record.pending + 1);
    }
    return accounts != NULL;
}

bool catalog_next(CatalogTxn *txn, CatalogNext *next, GError **error)
{
    CatalogKey key = key_meta("next");
    Reader value;
    CatalogAnswer answer = catalog_get(txn, TABLE_META, &key, &value, error);
    *next = (CatalogNext){.account = 1, .mailbox = 1, .snapshot = 1};
    if (answer == CATALOG_FOUND)
        *next = (CatalogNext){take_varint32(&value), take_varint32(&value), take_varint32(&value)};
    if (answer == CATALOG_FOUND && !reader_done(&value))
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: its counters are unreadable");
    return answer != CATALOG_FAILED && raise_above_rows(txn, TABLE_ACCOUNTS, &next->account, error) &&
           raise_above_rows(txn, TABLE_MAILBOXES, &next->mailbox, error) &&
           raise_above_rows(txn, TABLE_SNAPSHOTS, &next->snapshot, error) &&
           raise_above_pending(txn, &next->snapshot, error);
}

static bool keep_next(CatalogTxn *txn, const CatalogNext *next, GError **error)
{
    CatalogKey key = key_meta("next");
    g_autoptr(GByteArray) value = g_byte_array_new();
    put_varint(value, next->account);
    put_varint(value, next->mailbox);
    put_varint(value, next->snapshot);
    return catalog_put(txn, TABLE_META, &key, value, error);
}

typedef struct {
    CatalogTxn *txn;
    uint32_t account;
    GArray *remaining; /* uint32_t: the snapshots that stay */
    GArray *gone;      /* ForgottenMessage; or NULL */
} Forgetting;

/* Numbers of the account's snapshots: GArray of uint32_t, ascending. */
static GArray *snapshots_of(CatalogTxn *txn, uint32_t account, GError **error)
{
    CatalogKey from = key_u32(account);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_SNAPSHOT_TIMES, &from, from.length, error);
    if (!scan)
        return NULL;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        uint32_t number = take_u32(&value);
        g_array_append_val(numbers, number);
    }
    return answer == CATALOG_ABSENT ? g_steal_pointer(&numbers) : NULL;
}

static bool drop_snapshots(Forgetting *forgetting, const GArray *snapshots, GError **error)
{
    g_autoptr(GArray) present = snapshots_of(forgetting->txn, forgetting->account, error);
    for (guint i = 0; present && i < present->len; i++) {
        SnapshotInfo info;
        uint32_t number = g_array_index(present, uint32_t, i);
        if (!number_set_has(snapshots, number))
            g_array_append_val(forgetting->remaining, number);
        else if (!catalog_fits(catalog_snapshot(forgetting->txn, number, &info, error), "unknown snapshot", error) ||
                 !catalog_delete_snapshot(forgetting->txn, &info, error))
            return false;
    }
    return present != NULL;
}

/* Where the newest snapshot goes, no snapshot shows the present state: it waits for the next. */
static bool renew_newest(Forgetting *forgetting, CatalogNext *next, GError **error)
{
    AccountRecord record;
    SnapshotInfo newest = {.complete = false};
    const GArray *remaining = forgetting->remaining;
    uint32_t number = remaining->len > 0 ? g_array_index(remaining, uint32_t, remaining->len - 1) : 0;
    CatalogAnswer answer = catalog_account(forgetting->txn, forgetting->account, &record, error);
    if (!catalog_fits(answer, "unknown account", error))
        return false;
    if (record.newest_snapshot == number)
        return true;
    if (number != 0 &&
        !catalog_fits(catalog_snapshot(forgetting->txn, number, &newest, error), "unknown snapshot", error))
        return false;
    record.newest_snapshot = number;
    record.newest_complete = newest.complete;
    if (record.pending == 0)
        record.pending = next->snapshot++;
    g_autofree char *name = g_strndup(record.name, record.name_length); /* it lies in the map that is written to */
    record.name = name;
    return catalog_put_account(forgetting->txn, forgetting->account, &record, error);
}

/* Does a snapshot that stays lie in [since, until)? */
static bool is_needed(const Forgetting *forgetting, uint32_t since, uint32_t until)
{
    guint index = number_set_find(forgetting->remaining, since);
    return index < forgetting->remaining->len &&
           (until == 0 || g_array_index(forgetting->remaining, uint32_t, index) < until);
}

/* A time in which a mailbox is shown. */
typedef struct {
    uint32_t since;
    uint32_t until;
} Interval;

/* A mailbox on its way through the forgetting. */
typedef struct {
    const Forgetting *forgetting;
    uint32_t number;
    MailboxRecord record;
    bool record_changed;
    GArray *shown;       /* Interval, of the presence that stays */
    GArray *spans;       /* Span: of the message that is being read */
    MessageRecord known; /* likewise */
    uint32_t uid;        /* likewise; 0: none */
    GPtrArray *edits;    /* Edit */
} ForgottenMailbox;

typedef struct {
    uint32_t since;
    SpanRecord record;
    bool gone;
    bool changed;
} Span;

typedef struct {
    CatalogKey key;
    GByteArray *value; /* NULL: the row goes */
} Edit;

static void edit_free(void *data)
{
    Edit *edit = data;
    if (edit->value)
        g_byte_array_unref(edit->value);
    g_free(edit);
}

static void add_edit(ForgottenMailbox *mailbox, uint32_t since, const SpanRecord *span)
{
    Edit *edit = g_new0(Edit, 1);
    edit->key = key_message(mailbox->number, mailbox->uid, since);
    if (span) {
        edit->value = g_byte_array_new();
        span_record_put(edit->value, span);
    }
    g_ptr_array_add(mailbox->edits, edit);
}

/* Is the row seen by a snapshot that stays, or now? */
static bool is_seen(const ForgottenMailbox *mailbox, uint32_t since, uint32_t until)
{
    for (guint i = 0; i < mailbox->shown->len; i++) {
        const Interval *shown = &g_array_index(mailbox->shown, Interval, i);
        uint32_t end = shown->until == 0 || (until != 0 && until < shown->until) ? until : shown->until;
        if (end == 0 || is_needed(mailbox->forgetting, MAX(since, shown->since), end))
            return true;
    }
    return false;
}

/* A mailbox that is hidden still stands for its last state. When a row of that goes, the mailbox must be looked at
 * anew should it come back. */
static void leave_state(ForgottenMailbox *mailbox, const SpanRecord *span)
{
    set_hash_remove(&mailbox->record.hash, mailbox->uid, &mailbox->known, span);
    mailbox->record.messages--;
    mailbox->record.bytes -= mailbox->known.size;
    mailbox->record.cursor = (MailboxCursor){0};
    mailbox->record_changed = true;
}

static bool same_flags(const SpanRecord *left, const SpanRecord *right)
{
    return left->flags == right->flags && left->keywords_length == right->keywords_length &&
           memcmp(left->keywords, right->keywords, left->keywords_length) == 0;
}

/* Spans with the same flags become one where no snapshot that stays lies between them. */
static void merge_spans(ForgottenMailbox *mailbox)
{
    Span *before = NULL;
    for (guint i = 0; i < mailbox->spans->len; i++) {
        Span *span = &g_array_index(mailbox->spans, Span, i);
        if (span->gone)
            continue;
        if (before && same_flags(&before->record, &span->record) &&
            !is_needed(mailbox->forgetting, before->record.until, span->since)) {
            before->record.until = span->record.until;
            before->changed = true;
            span->gone = true;
        } else {
            before = span;
        }
    }
}

static void drop_message(ForgottenMailbox *mailbox)
{
    ForgottenMessage message = {.id = mailbox->known.id, .size = mailbox->known.size};
    add_edit(mailbox, 0, NULL);
    if (mailbox->forgetting->gone)
        g_array_append_val(mailbox->forgetting->gone, message);
}

/* All spans of the message are read: which stay? */
static void finish_message(ForgottenMailbox *mailbox)
{
    for (guint i = 0; i < mailbox->spans->len; i++) {
        Span *span = &g_array_index(mailbox->spans, Span, i);
        span->gone = !is_seen(mailbox, span->since, span->record.until);
        if (span->gone && span->record.until == 0)
            leave_state(mailbox, &span->record);
    }
    merge_spans(mailbox);
    bool stays = false;
    for (guint i = 0; i < mailbox->spans->len; i++) {
        const Span *span = &g_array_index(mailbox->spans, Span, i);
        stays |= !span->gone;
        if (span->gone || span->changed)
            add_edit(mailbox, span->since, span->gone ? NULL : &span->record);
    }
    if (mailbox->uid != 0 && !stays)
        drop_message(mailbox);
    g_array_set_size(mailbox->spans, 0);
    mailbox->known = (MessageRecord){0};
    mailbox->uid = 0;
}

static bool read_row(ForgottenMailbox *mailbox, uint32_t since, Reader *value, GError **error)
{
    Span span = {.since = since};
    if (since == 0 ? !message_record_take(value, &mailbox->known) : !span_record_take(value, &span.record))
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a message cannot be read");
    if (since != 0)
        g_array_append_val(mailbox->spans, span);
    return true;
}

/* Reads messages from *uid on until there is enough to change; *uid is then the next, or 0 at the end. */
static bool read_messages(ForgottenMailbox *mailbox, uint32_t *uid, GError **error)
{
    CatalogKey from = key_message(mailbox->number, *uid, 0);
    g_autoptr(CatalogScan) scan = catalog_scan_begin(mailbox->forgetting->txn, TABLE_MESSAGES, &from, 4, error);
    if (!scan)
        return false;
    Reader key, value;
    CatalogAnswer answer;
    while ((answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        take_key_u32(&key);
        *uid = take_key_u32(&key);
        if (*uid != mailbox->uid) {
            finish_message(mailbox);
            if (mailbox->edits->len >= EDITS_AT_MOST)
                return true;
            mailbox->uid = *uid;
        }
        if (!read_row(mailbox, take_key_u32(&key), &value, error))
            return false;
    }
    finish_message(mailbox);
    *uid = 0;
    return answer == CATALOG_ABSENT;
}

static bool carry_out(ForgottenMailbox *mailbox, GError **error)
{
    CatalogTxn *txn = mailbox->forgetting->txn;
    for (guint i = 0; i < mailbox->edits->len; i++) {
        const Edit *edit = mailbox->edits->pdata[i];
        if (!(edit->value ? catalog_put(txn, TABLE_MESSAGES, &edit->key, edit->value, error)
                          : catalog_delete(txn, TABLE_MESSAGES, &edit->key, error)))
            return false;
    }
    g_ptr_array_set_size(mailbox->edits, 0);
    return true;
}

static bool forget_messages(ForgottenMailbox *mailbox, GError **error)
{
    for (uint32_t uid = 1; uid != 0;)
        if (!read_messages(mailbox, &uid, error) || !carry_out(mailbox, error))
            return false;
    return true;
}

/* Reads when the mailbox is shown and drops what no snapshot needs of it. */
static bool forget_presence(ForgottenMailbox *mailbox, GError **error)
{
    const Forgetting *forgetting = mailbox->forgetting;
    CatalogKey from = key_presence(forgetting->account, mailbox->number, 0);
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(CatalogScan) scan = catalog_scan_begin(forgetting->txn, TABLE_PRESENCE, &from, 8, error);
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        PresenceRecord presence;
        take_bytes(&key, 8);
        Interval shown = {.since = take_key_u32(&key)};
        if (!presence_record_take(&value, &presence))
            return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a mailbox name cannot be read");
        shown.until = presence.until;
        if (shown.until == 0 || is_needed(forgetting, shown.since, shown.until))
            g_array_append_val(mailbox->shown, shown);
        else
            g_array_append_val(gone, shown.since);
    }
    g_clear_pointer(&scan, catalog_scan_end);
    for (guint i = 0; answer == CATALOG_ABSENT && i < gone->len; i++) {
        CatalogKey old = key_presence(forgetting->account, mailbox->number, g_array_index(gone, uint32_t, i));
        if (!catalog_delete(forgetting->txn, TABLE_PRESENCE, &old, error))
            return false;
    }
    return answer == CATALOG_ABSENT;
}

static bool finish_mailbox(ForgottenMailbox *mailbox, GError **error)
{
    CatalogKey key = key_u32(mailbox->number);
    if (mailbox->shown->len == 0)
        return catalog_delete(mailbox->forgetting->txn, TABLE_MAILBOXES, &key, error);
    return !mailbox->record_changed ||
           catalog_put_mailbox(mailbox->forgetting->txn, mailbox->number, &mailbox->record, error);
}

static bool forget_in_mailbox(const Forgetting *forgetting, uint32_t number, GError **error)
{
    ForgottenMailbox mailbox = {.forgetting = forgetting, .number = number};
    if (!catalog_fits(catalog_mailbox(forgetting->txn, number, &mailbox.record, error), "unknown mailbox", error))
        return false;
    if (mailbox.record.account != forgetting->account)
        return true;
    mailbox.shown = g_array_new(FALSE, FALSE, sizeof(Interval));
    mailbox.spans = g_array_new(FALSE, FALSE, sizeof(Span));
    mailbox.edits = g_ptr_array_new_with_free_func(edit_free);
    bool done = forget_presence(&mailbox, error) && forget_messages(&mailbox, error) && finish_mailbox(&mailbox, error);
    g_array_unref(mailbox.shown);
    g_array_unref(mailbox.spans);
    g_ptr_array_unref(mailbox.edits);
    return done;
}

static bool forget_in_mailboxes(const Forgetting *forgetting, GError **error)
{
    g_autoptr(GArray) numbers = catalog_numbers(forgetting->txn, TABLE_MAILBOXES, error);
    for (guint i = 0; numbers && i < numbers->len; i++)
        if (!forget_in_mailbox(forgetting, g_array_index(numbers, uint32_t, i), error))
            return false;
    return numbers != NULL;
}

/* Does an origin lead to a message that is gone? */
static CatalogAnswer is_stale(const Forgetting *forgetting, Reader *value, GError **error)
{
    MessageRecord message;
    uint32_t mailbox = take_varint32(value), uid = take_varint32(value);
    CatalogAnswer known = catalog_message(forgetting->txn, mailbox, uid, &message, error);
    return known == CATALOG_FAILED ? known : known == CATALOG_FOUND ? CATALOG_ABSENT : CATALOG_FOUND;
}

/* Keys (GArray of CatalogKey) of origins whose message is gone. */
static GArray *stale_origins(const Forgetting *forgetting, GError **error)
{
    CatalogKey from = key_u32(forgetting->account);
    g_autoptr(GArray) stale = g_array_new(FALSE, FALSE, sizeof(CatalogKey));
    g_autoptr(CatalogScan) scan = catalog_scan_begin(forgetting->txn, TABLE_ORIGINS, &from, from.length, error);
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        CatalogKey origin = {.length = MIN(reader_left(&key), CATALOG_KEY_AT_MOST)};
        memcpy(origin.bytes, key.at, origin.length);
        CatalogAnswer gone = is_stale(forgetting, &value, error);
        if (gone == CATALOG_FAILED)
            return NULL;
        if (gone == CATALOG_FOUND)
            g_array_append_val(stale, origin);
    }
    return answer == CATALOG_ABSENT ? g_steal_pointer(&stale) : NULL;
}

static bool forget_origins(const Forgetting *forgetting, GError **error)
{
    g_autoptr(GArray) stale = stale_origins(forgetting, error);
    for (guint i = 0; stale && i < stale->len; i++)
        if (!catalog_delete(forgetting->txn, TABLE_ORIGINS, &g_array_index(stale, CatalogKey, i), error))
            return false;
    return stale != NULL;
}

bool catalog_forget(CatalogTxn *txn, uint32_t account, const GArray *snapshots, GArray *gone, GError **error)
{
    CatalogNext next;
    g_autoptr(GArray) remaining = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    Forgetting forgetting = {.txn = txn, .account = account, .remaining = remaining, .gone = gone};
    return catalog_next(txn, &next, error) && drop_snapshots(&forgetting, snapshots, error) &&
           renew_newest(&forgetting, &next, error) && keep_next(txn, &next, error) &&
           forget_in_mailboxes(&forgetting, error) && forget_origins(&forgetting, error);
}
