#include "stats.h"

#include <string.h>
#include <sys/stat.h>

#include "blob_reader.h"
#include "catalog_query.h"
#include "error.h"
#include "frame_sizes.h"
#include "index_directory.h"
#include "mailbox_name.h"
#include "pack_file.h"
#include "repository_private.h"

/* A message in a mailbox. */
typedef struct {
    ContentId id;
    uint32_t mailbox;
    uint64_t size;
} Held;

/* What the messages of a mailbox take, before the parts of all recipes are divided among them. */
typedef struct {
    StatsMailbox *shown;
    double stored;
    double attached; /* bytes of messages that parts stand for */
} Use;

typedef struct {
    Repository *repository;
    GCancellable *cancellable;
    Stats *stats;
    FrameSizes *frames;
    GHashTable *uses; /* Use, by number of mailbox */
    double text;      /* on the disk: of messages and recipes */
    double parts;     /* of parts */
    uint64_t unique;  /* bytes of messages, each once */
    uint64_t plain;   /* bytes of blobs */
    double attached;  /* of all mailboxes */
} Survey;

static void stats_mailbox_free(void *data)
{
    StatsMailbox *mailbox = data;
    g_free(mailbox->account);
    g_free(mailbox->name);
    g_free(mailbox);
}

void stats_free(Stats *stats)
{
    if (!stats)
        return;
    g_ptr_array_unref(stats->mailboxes);
    g_free(stats);
}

static char *shown_name(const PresenceRecord *presence)
{
    char *decoded = mailbox_name_decode(presence->name, presence->name_length);
    return decoded ? decoded : g_strndup((const char *)presence->name, presence->name_length);
}

static void add_mailbox(Survey *survey, const AccountRecord *account, const PresenceRow *row)
{
    if (row->presence.attributes & MAILBOX_NOSELECT)
        return;
    StatsMailbox *mailbox = g_new0(StatsMailbox, 1);
    mailbox->account = g_strndup(account->name, account->name_length);
    mailbox->name = shown_name(&row->presence);
    g_ptr_array_add(survey->stats->mailboxes, mailbox);
    Use *use = g_new0(Use, 1);
    use->shown = mailbox;
    g_hash_table_insert(survey->uses, GUINT_TO_POINTER(row->mailbox), use);
}

static bool list_mailboxes(Survey *survey, CatalogTxn *txn, GError **error)
{
    g_autoptr(GArray) accounts = catalog_numbers(txn, TABLE_ACCOUNTS, error);
    for (guint i = 0; accounts && i < accounts->len; i++) {
        AccountRecord record;
        uint32_t account = g_array_index(accounts, uint32_t, i);
        if (catalog_account(txn, account, &record, error) != CATALOG_FOUND)
            return false;
        g_autoptr(GArray) rows = catalog_presence(txn, account, SNAPSHOT_CURRENT, true, error);
        if (!rows)
            return false;
        for (guint j = 0; j < rows->len; j++)
            add_mailbox(survey, &record, &g_array_index(rows, PresenceRow, j));
    }
    return accounts != NULL;
}

/* Every message of every mailbox: GArray of Held. */
static GArray *list_messages(CatalogTxn *txn, GError **error)
{
    CatalogKey from = {0};
    g_autoptr(CatalogScan) scan = catalog_scan_begin(txn, TABLE_MESSAGES, &from, 0, error);
    g_autoptr(GArray) messages = g_array_new(FALSE, FALSE, sizeof(Held));
    Reader key, value;
    CatalogAnswer answer = CATALOG_FAILED;
    while (scan && (answer = catalog_scan_next(scan, &key, &value, error)) == CATALOG_FOUND) {
        MessageRecord message;
        Held held = {.mailbox = take_key_u32(&key)};
        take_key_u32(&key);
        if (take_key_u32(&key) != 0 || !message_record_take(&value, &message))
            continue;
        held.id = message.id;
        held.size = message.size;
        g_array_append_val(messages, held);
    }
    return answer == CATALOG_ABSENT ? g_steal_pointer(&messages) : NULL;
}

static int compare_held(const void *a, const void *b)
{
    return memcmp(((const Held *)a)->id.bytes, ((const Held *)b)->id.bytes, CONTENT_ID_SIZE);
}

/* Where the text of a message lies; NULL where nobody knows. */
static GArray *find_text(CatalogTxn *txn, const ContentId *id)
{
    GArray *extents = NULL;
    if (catalog_blob(txn, BLOB_MESSAGE, id, &extents, NULL) != CATALOG_FOUND)
        catalog_blob(txn, BLOB_RECIPE, id, &extents, NULL);
    return extents;
}

/* A message and the mailboxes that hold it. */
static void add_message(Survey *survey, CatalogTxn *txn, const Held *held, guint copies)
{
    g_autoptr(GArray) extents = find_text(txn, &held->id);
    uint64_t text = extents ? blob_length(extents) : 0;
    double stored = extents ? frame_sizes_stored(survey->frames, extents) : 0;
    double attached = text < held->size ? (double)(held->size - text) : 0;
    survey->unique += held->size;
    survey->plain += text;
    survey->text += stored;
    for (guint i = 0; i < copies; i++) {
        Use *use = g_hash_table_lookup(survey->uses, GUINT_TO_POINTER(held[i].mailbox));
        if (!use)
            continue;
        use->shown->messages++;
        use->shown->mail_bytes += held->size;
        use->stored += stored / copies;
        use->attached += attached / copies;
        survey->attached += attached / copies;
    }
}

static bool add_messages(Survey *survey, CatalogTxn *txn, GError **error)
{
    g_autoptr(GArray) messages = list_messages(txn, error);
    if (!messages)
        return false;
    g_array_sort(messages, compare_held);
    for (guint i = 0, copies; i < messages->len; i += copies) {
        const Held *held = &g_array_index(messages, Held, i);
        for (copies = 1; i + copies < messages->len && compare_held(held, held + copies) == 0;)
            copies++;
        if (g_cancellable_set_error_if_cancelled(survey->cancellable, error))
            return false;
        add_message(survey, txn, held, copies);
    }
    return true;
}

static void add_part(const BlobName *name, const GArray *extents, void *user)
{
    Survey *survey = user;
    if (name->type != BLOB_PART)
        return;
    survey->parts += frame_sizes_stored(survey->frames, extents);
    survey->plain += blob_length(extents);
}

static void divide(Survey *survey)
{
    Stats *stats = survey->stats;
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, survey->uses);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        Use *use = value;
        double share = survey->attached > 0 ? use->attached / survey->attached : 0;
        use->shown->stored_bytes = (uint64_t)(use->stored + share * survey->parts);
        stats->messages += use->shown->messages;
        stats->mail_bytes += use->shown->mail_bytes;
    }
}

/* From step to step: mail, each message once, blobs, each compressed by itself, frames. */
static void compare_steps(Survey *survey)
{
    Stats *stats = survey->stats;
    int64_t alone = (int64_t)((double)survey->plain * frame_sizes_alone_ratio(survey->frames));
    stats->stored_bytes = (uint64_t)(survey->text + survey->parts);
    stats->saved_by_copies = (int64_t)stats->mail_bytes - (int64_t)survey->unique;
    stats->saved_by_attachments = (int64_t)survey->unique - (int64_t)survey->plain;
    stats->saved_by_zstd = (int64_t)survey->plain - alone;
    stats->saved_by_frames = alone - (int64_t)stats->stored_bytes;
}

static bool add_files(Survey *survey, GError **error)
{
    Repository *repository = survey->repository;
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, error);
    for (guint i = 0; packs && i < packs->len; i++) {
        uint64_t length = 0;
        pack_reader_length(repository->packs, g_array_index(packs, uint32_t, i), &length, NULL);
        survey->stats->pack_bytes += length;
    }
    g_autofree char *directory = index_directory(repository->path);
    g_autofree char *data = g_build_filename(directory, "data.mdb", NULL);
    struct stat status;
    survey->stats->index_bytes = stat(data, &status) == 0 ? (uint64_t)status.st_size : 0;
    return packs != NULL;
}

static int compare_mailboxes(const void *a, const void *b)
{
    const StatsMailbox *left = *(StatsMailbox *const *)a, *right = *(StatsMailbox *const *)b;
    int order = strcmp(left->account, right->account);
    return order != 0 ? order : strcmp(left->name, right->name);
}

static bool look(Survey *survey, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(survey->repository, error);
    if (!txn || !catalog_count(txn, TABLE_SNAPSHOTS, &survey->stats->snapshots, error) ||
        !list_mailboxes(survey, txn, error) || !add_messages(survey, txn, error) ||
        !catalog_each_blob(txn, add_part, survey, error))
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    divide(survey);
    compare_steps(survey);
    g_ptr_array_sort(survey->stats->mailboxes, compare_mailboxes);
    return add_files(survey, error);
}

Stats *repository_stats(Repository *repository, GCancellable *cancellable, GError **error)
{
    g_autoptr(Stats) stats = g_new0(Stats, 1);
    stats->mailboxes = g_ptr_array_new_with_free_func(stats_mailbox_free);
    g_autoptr(FrameSizes) frames = frame_sizes_new(repository->packs);
    g_autoptr(GHashTable) uses = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    Survey survey = {
        .repository = repository, .cancellable = cancellable, .stats = stats, .frames = frames, .uses = uses};
    return look(&survey, error) ? g_steal_pointer(&stats) : NULL;
}
