#include "check_private.h"

#include "catalog_query.h"
#include "error.h"

#define PROGRESS_UNIT ((uint64_t)1 << 20)

void check_problem(Check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    check->totals->problems++;
    check->options->problem(text, check->options->user);
}

void check_progress(Check *check, const char *what, uint64_t done, uint64_t total)
{
    if (check->options->progress)
        check->options->progress(what, done, total, check->options->user);
}

void check_progress_of_pack(Check *check, uint64_t offset, unsigned pass)
{
    uint64_t bytes = check->bytes_before + (offset + pass * check->pack_bytes) / 2;
    check_progress(check, "MiB of packs", bytes / PROGRESS_UNIT, check->bytes_total / PROGRESS_UNIT);
}

bool check_cancelled(Check *check, GError **error)
{
    if (!check->options->cancellable || !g_cancellable_is_cancelled(check->options->cancellable))
        return false;
    mb_error_set(error, MB_ERROR_CANCELLED, "check interrupted");
    return true;
}

const char *check_mailbox_name(const Check *check, uint32_t mailbox)
{
    const char *name = g_hash_table_lookup(check->mailbox_names, GUINT_TO_POINTER(mailbox));
    return name ? name : "a mailbox without a name";
}

static void name_mailboxes_of(Check *check, CatalogTxn *txn, uint32_t account)
{
    AccountRecord record;
    if (catalog_account(txn, account, &record, NULL) != CATALOG_FOUND)
        return;
    g_autoptr(GArray) rows = catalog_presence(txn, account, SNAPSHOT_CURRENT, true, NULL);
    for (guint i = 0; rows && i < rows->len; i++) {
        const PresenceRow *row = &g_array_index(rows, PresenceRow, i);
        char *name = g_strdup_printf("%.*s, %.*s", (int)record.name_length, record.name, (int)row->presence.name_length,
                                     (const char *)row->presence.name);
        g_hash_table_insert(check->mailbox_names, GUINT_TO_POINTER(row->mailbox), name);
    }
}

/* For findings to say whose they are. What cannot be read here is found by those who check it. */
static bool name_mailboxes(Check *check, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    g_autoptr(GArray) accounts = txn ? catalog_numbers(txn, TABLE_ACCOUNTS, error) : NULL;
    for (guint i = 0; accounts && i < accounts->len; i++)
        name_mailboxes_of(check, txn, g_array_index(accounts, uint32_t, i));
    return accounts != NULL;
}

static int compare_places(const void *a, const void *b)
{
    const LogPosition *left = &((const KnownBlob *)a)->first, *right = &((const KnownBlob *)b)->first;
    if (left->pack != right->pack)
        return left->pack < right->pack ? -1 : 1;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

/* Messages that cannot be read are told also when the check is interrupted. */
static bool check_data(Check *check, GArray *blobs, GError **error)
{
    g_array_sort(blobs, compare_places);
    bool done = check_packs(check, blobs, error);
    return check_data_name_unreadable(check, done ? error : NULL) && done;
}

static bool check_everything(Check *check, GError **error)
{
    if (!name_mailboxes(check, error) || !check_snapshots(check, error))
        return false;
    g_autoptr(GArray) blobs = check_blobs(check, error);
    return blobs && check_log(check, error) && (!check->options->read_data || check_data(check, blobs, error));
}

bool check_repository(Repository *repository, const CheckOptions *options, CheckTotals *totals, GError **error)
{
    *totals = (CheckTotals){0};
    g_autoptr(GHashTable) names = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_autoptr(GHashTable) unreadable = g_hash_table_new_full(content_id_hash, content_id_equal_func, g_free, g_free);
    Check check = {.repository = repository,
                   .options = options,
                   .totals = totals,
                   .mailbox_names = names,
                   .unreadable = unreadable};
    return check_everything(&check, error);
}
