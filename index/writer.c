#include "writer.h"

#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "blob_reader.h"
#include "blob_store.h"
#include "body.h"
#include "catalog_apply.h"
#include "catalog_forget.h"
#include "catalog_query.h"
#include "checkpoint.h"
#include "digest.h"
#include "error.h"
#include "index_replace.h"
#include "mb_limits.h"
#include "message_gmime.h"
#include "message_name.h"
#include "number_set.h"
#include "recover.h"
#include "reserve.h"
#include "retired_packs.h"
#include "writer_private.h"

#define COPY_BYTES ((size_t)256 << 10)
#define HEADER_BYTES ((size_t)64 << 10) /* enough of a message to find its sender and subject */
#define MAILBOXES_AT_MOST ((uint32_t)1 << 30)

struct Writer {
    Repository *repository;
    int lock;
    BlobStore *blobs;
    Batch batch;
    GByteArray *changes;      /* of the batch, encoded */
    uint64_t index_bytes;     /* as of the last commit */
    uint64_t index_bytes_old; /* when it was opened */
    CatalogPosition position;
    CatalogNext next;
    GHashTable *pending; /* account -> number of its next snapshot */
    MessageNamer *namer;
    uint8_t *copy;
    WriterTotals totals;
    GError *failure; /* the first failed commit: nothing may follow it */
};

static bool load_pending(Writer *writer, CatalogTxn *txn, GError **error)
{
    for (uint32_t account = 1; account < writer->next.account; account++) {
        AccountRecord record;
        CatalogAnswer answer = catalog_account(txn, account, &record, error);
        if (answer == CATALOG_FAILED)
            return false;
        if (answer == CATALOG_ABSENT || record.pending == 0)
            continue;
        g_hash_table_insert(writer->pending, GUINT_TO_POINTER(account), GUINT_TO_POINTER(record.pending));
    }
    return true;
}

static bool load_state(Writer *writer, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(writer->repository, error);
    return txn && catalog_position_get(txn, &writer->position, error) && catalog_next(txn, &writer->next, error) &&
           load_pending(writer, txn, error);
}

/* Of a run that was killed before it could delete them. They are no harm, so a sync goes on where that fails. */
static void delete_leftovers(Repository *repository)
{
    g_autoptr(GError) reason = NULL;
    if (!retired_packs_delete(repository, NULL, &reason))
        repository_notice(reason->message, repository);
}

Writer *writer_open(Repository *repository, GError **error)
{
    if (repository->catch_up_failure) {
        g_propagate_error(error, g_error_copy(repository->catch_up_failure));
        return NULL;
    }
    g_autoptr(Writer) writer = g_new0(Writer, 1);
    writer->repository = repository;
    writer->changes = g_byte_array_new();
    writer->pending = g_hash_table_new(NULL, NULL);
    writer->namer = message_namer_new();
    writer->copy = g_malloc(COPY_BYTES);
    writer->lock = repository_lock(repository, error);
    if (writer->lock < 0 || !repository_refresh(repository, error) ||
        !catalog_env_make_writable(repository->catalog, error) || !recover_catalog(repository, error) ||
        !load_state(writer, error))
        return NULL;
    reserve_keep(repository->path);
    delete_leftovers(repository);
    writer->index_bytes = writer->index_bytes_old = index_bytes(repository);
    writer->blobs = blob_store_open(repository, writer->position.end, error);
    return writer->blobs ? g_steal_pointer(&writer) : NULL;
}

/* Every commit copies the pages it changes, and rows come in any order; when it was many, the room that this took is
 * given back. */
static void make_index_dense(Writer *writer)
{
    Repository *repository = writer->repository;
    if (writer->blobs && !writer->failure && index_is_loose(repository, writer->index_bytes_old) &&
        index_replace_by_copy(repository, NULL))
        reserve_keep(repository->path);
}

void writer_close(Writer *writer)
{
    if (!writer)
        return;
    make_index_dense(writer);
    blob_store_close(writer->blobs);
    g_byte_array_unref(writer->changes);
    g_hash_table_unref(writer->pending);
    message_namer_free(writer->namer);
    g_free(writer->copy);
    g_clear_error(&writer->failure);
    if (writer->lock >= 0)
        close(writer->lock);
    g_free(writer);
}

WriterTotals writer_totals(const Writer *writer)
{
    WriterTotals totals = writer->totals;
    totals.stored_bytes = blob_store_written(writer->blobs);
    return totals;
}

static GByteArray *journal_of_batch(const Writer *writer)
{
    GByteArray *journal = g_byte_array_new();
    put_varint(journal, writer->position.sequence + 1);
    put_varint(journal, writer->batch.changes);
    put_bytes(journal, writer->changes->data, writer->changes->len);
    return journal;
}

/* The last step: what is in the packs by now becomes visible. */
static bool commit_to_catalog(Writer *writer, const GByteArray *journal, LogPosition end, GError **error)
{
    CatalogTxn *txn = catalog_write_begin(writer->repository->catalog, error);
    if (!txn)
        return false;
    CatalogPosition position = writer->position;
    position.end = end;
    if (!blob_store_index(writer->blobs, txn, error) ||
        !recover_journal(txn, journal->data, journal->len, &position, error) ||
        !catalog_position_put(txn, &position, error)) {
        catalog_write_abort(txn);
        return false;
    }
    writer->position = position;
    return catalog_write_commit(txn, error);
}

static bool is_batch_empty(const Writer *writer)
{
    return writer->batch.changes == 0 && blob_store_is_empty(writer->blobs);
}

static bool commit_batch(Writer *writer, GError **error)
{
    g_autoptr(GByteArray) journal = journal_of_batch(writer);
    LogPosition end;
    if (!blob_store_flush(writer->blobs, error) || !blob_store_seal(writer->blobs, journal, &end, error) ||
        !commit_to_catalog(writer, journal, end, error))
        return false;
    g_byte_array_set_size(writer->changes, 0);
    writer->batch = (Batch){0};
    writer->index_bytes = index_bytes(writer->repository);
    return true;
}

static bool is_usable(const Writer *writer, GError **error)
{
    if (writer->failure && error)
        *error = g_error_copy(writer->failure);
    return !writer->failure;
}

bool writer_commit(Writer *writer, GError **error)
{
    if (!is_usable(writer, error))
        return false;
    if (is_batch_empty(writer) || commit_batch(writer, &writer->failure))
        return true;
    return is_usable(writer, error);
}

static bool add_change(Writer *writer, const CatalogChange *change, GError **error)
{
    if (!is_usable(writer, error))
        return false;
    Batch *batch = &writer->batch;
    int64_t now = g_get_monotonic_time();
    if (batch->started_us == 0)
        batch->started_us = now;
    catalog_change_put(writer->changes, change);
    batch->journal_bytes = writer->changes->len;
    batch->changes++;
    return !batch_is_due(batch, writer->index_bytes, now) || writer_commit(writer, error);
}

/* The number of the snapshot that will be the first to show what changes now. */
static uint32_t pending_snapshot(Writer *writer, uint32_t account)
{
    uint32_t pending = GPOINTER_TO_UINT(g_hash_table_lookup(writer->pending, GUINT_TO_POINTER(account)));
    if (pending == 0) {
        pending = writer->next.snapshot++;
        g_hash_table_insert(writer->pending, GUINT_TO_POINTER(account), GUINT_TO_POINTER(pending));
    }
    return pending;
}

bool writer_add_account(Writer *writer, const char *name, uint32_t *account, GError **error)
{
    g_autoptr(View) view = view_acquire(writer->repository, error);
    if (!view)
        return false;
    g_autoptr(AccountInfo) known = view_account_by_name(view, name, NULL);
    if (known) {
        *account = known->account;
        return true;
    }
    g_clear_pointer(&view, view_release);
    *account = writer->next.account++;
    CatalogChange change = {
        .kind = CHANGE_ACCOUNT, .account = *account, .name = (const uint8_t *)name, .name_length = strlen(name)};
    return add_change(writer, &change, error) && writer_commit(writer, error);
}

bool writer_show_mailbox(Writer *writer, uint32_t account, uint32_t mailbox, const MailboxListing *listing,
                         GError **error)
{
    if (listing->name_length > LIMIT_MAILBOX_NAME_BYTES)
        return mb_error_set(error, MB_ERROR_LIMIT, "a mailbox name is longer than %d bytes", LIMIT_MAILBOX_NAME_BYTES);
    CatalogChange change = {.kind = CHANGE_SHOW,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .mailbox = mailbox,
                            .attributes = listing->attributes,
                            .delimiter = listing->delimiter,
                            .name = listing->name,
                            .name_length = listing->name_length};
    return add_change(writer, &change, error);
}

bool writer_add_mailbox(Writer *writer, uint32_t account, uint32_t uidvalidity, const MailboxListing *listing,
                        uint32_t *mailbox, GError **error)
{
    if (writer->next.mailbox >= MAILBOXES_AT_MOST)
        return mb_error_set(error, MB_ERROR_LIMIT, "the repository has had too many mailboxes");
    *mailbox = writer->next.mailbox++;
    CatalogChange change = {
        .kind = CHANGE_MAILBOX, .account = account, .mailbox = *mailbox, .uidvalidity = uidvalidity};
    return add_change(writer, &change, error) && writer_show_mailbox(writer, account, *mailbox, listing, error);
}

bool writer_hide_mailbox(Writer *writer, uint32_t account, uint32_t mailbox, GError **error)
{
    CatalogChange change = {
        .kind = CHANGE_HIDE, .account = account, .snapshot = pending_snapshot(writer, account), .mailbox = mailbox};
    return add_change(writer, &change, error);
}

static bool hash_spool(Writer *writer, Spool *body, ContentId *id, GError **error)
{
    g_autoptr(Digest) digest = digest_new();
    size_t got;
    for (uint64_t offset = 0; offset < spool_size(body); offset += got) {
        const uint8_t *piece = spool_peek(body, offset, writer->copy, COPY_BYTES, &got, error);
        if (!piece)
            return false;
        digest_update(digest, piece, got);
    }
    digest_finish(digest, id);
    return true;
}

static bool store_unless_known(Writer *writer, Spool *body, ContentId *id, GError **error)
{
    if (spool_size(body) > LIMIT_MESSAGE_BYTES)
        return mb_error_set(error, MB_ERROR_LIMIT, "message is larger than %" G_GUINT64_FORMAT " bytes",
                            LIMIT_MESSAGE_BYTES);
    if (!is_usable(writer, error) || !hash_spool(writer, body, id, error))
        return false;
    bool is_new;
    /* A failure leaves half a message in a frame: this batch must not commit. */
    if (!blob_store_message(writer->blobs, body, id, &is_new, &writer->failure))
        return is_usable(writer, error);
    uint64_t new_bytes = is_new ? spool_size(body) : 0;
    writer->batch.plain_bytes += new_bytes;
    writer->totals.new_bytes += new_bytes;
    return true;
}

static char *name_message(Writer *writer, Spool *body, GError **error)
{
    G_STATIC_ASSERT(HEADER_BYTES <= COPY_BYTES);
    size_t length;
    if (!message_load_gmime(error))
        return NULL;
    const uint8_t *header = spool_peek(body, 0, writer->copy, HEADER_BYTES, &length, error);
    return header ? message_name(writer->namer, (const char *)header, length) : NULL;
}

/* A UID names one message for ever (RFC 9051 2.3.1.1); a server that breaks this must not make us lose either. */
static bool check_uid_is_free(Writer *writer, uint32_t mailbox, uint32_t uid, const ContentId *id, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(writer->repository, error);
    if (!txn)
        return false;
    MessageRecord known;
    CatalogAnswer answer = catalog_message(txn, mailbox, uid, &known, error);
    if (answer == CATALOG_FOUND && !content_id_equal(&known.id, id))
        return mb_error_set(error, MB_ERROR_EXISTS, "UID %u was another message before", uid);
    return answer != CATALOG_FAILED;
}

bool writer_add_message(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, int64_t internaldate,
                        const MessageFlags *flags, Spool *body, GError **error)
{
    CatalogChange change = {.kind = CHANGE_MESSAGE,
                            .account = account,
                            .mailbox = mailbox,
                            .uid = uid,
                            .size = spool_size(body),
                            .time = internaldate,
                            .flags = flags->flags,
                            .keywords = flags->keywords,
                            .keywords_length = strlen(flags->keywords)};
    g_autofree char *name = name_message(writer, body, error);
    if (!name || !store_unless_known(writer, body, &change.id, error) ||
        !check_uid_is_free(writer, mailbox, uid, &change.id, error))
        return false;
    change.snapshot = pending_snapshot(writer, account);
    change.name = (const uint8_t *)name;
    change.name_length = strlen(name);
    writer->totals.messages++;
    writer->totals.message_bytes += change.size;
    return add_change(writer, &change, error);
}

/* The message to copy, with a name of its own; MB_ERROR_NOT_FOUND unless it and its bytes are there. */
static bool find_source(Writer *writer, const MessageCopy *copy, MessageRow *source, char **name, GError **error)
{
    g_autoptr(View) view = view_acquire(writer->repository, error);
    if (!view || !view_message_properties(view, copy->from_mailbox, copy->from_uid, source, error))
        return false;
    g_autoptr(Body) body = body_open(view, &source->id, error);
    *name = body ? g_strndup(source->name, source->name_length) : NULL;
    return body != NULL;
}

bool writer_add_copy(Writer *writer, const MessageCopy *copy, GError **error)
{
    MessageRow source;
    g_autofree char *name = NULL;
    if (!is_usable(writer, error) || !find_source(writer, copy, &source, &name, error) ||
        !check_uid_is_free(writer, copy->mailbox, copy->uid, &source.id, error))
        return false;
    CatalogChange change = {.kind = CHANGE_MESSAGE,
                            .account = copy->account,
                            .snapshot = pending_snapshot(writer, copy->account),
                            .mailbox = copy->mailbox,
                            .uid = copy->uid,
                            .id = source.id,
                            .size = source.size,
                            .time = copy->internaldate,
                            .flags = copy->flags.flags,
                            .keywords = copy->flags.keywords,
                            .keywords_length = strlen(copy->flags.keywords),
                            .name = (const uint8_t *)name,
                            .name_length = strlen(name)};
    writer->totals.messages++;
    writer->totals.message_bytes += change.size;
    return add_change(writer, &change, error);
}

bool writer_set_origin(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, const OriginId *origin,
                       GError **error)
{
    CatalogChange change = {
        .kind = CHANGE_ORIGIN, .account = account, .mailbox = mailbox, .uid = uid, .origin = *origin};
    return add_change(writer, &change, error);
}

bool writer_set_flags(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, const MessageFlags *flags,
                      GError **error)
{
    CatalogChange change = {.kind = CHANGE_FLAGS,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .mailbox = mailbox,
                            .uid = uid,
                            .flags = flags->flags,
                            .keywords = flags->keywords,
                            .keywords_length = strlen(flags->keywords)};
    return add_change(writer, &change, error);
}

bool writer_remove_message(Writer *writer, uint32_t account, uint32_t mailbox, uint32_t uid, GError **error)
{
    CatalogChange change = {.kind = CHANGE_REMOVE,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .mailbox = mailbox,
                            .uid = uid};
    return add_change(writer, &change, error);
}

bool writer_set_cursor(Writer *writer, uint32_t mailbox, const MailboxCursor *cursor, GError **error)
{
    CatalogChange change = {.kind = CHANGE_CURSOR, .mailbox = mailbox, .cursor = *cursor};
    return add_change(writer, &change, error);
}

static bool account_state(Writer *writer, uint32_t account, AccountRecord *record, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(writer->repository, error);
    if (!txn)
        return false;
    CatalogAnswer answer = catalog_account(txn, account, record, error);
    record->name = NULL; /* lies in the map */
    return answer == CATALOG_FOUND ||
           (answer == CATALOG_ABSENT && mb_error_set(error, MB_ERROR_NOT_FOUND, "no account %u", account));
}

bool writer_publish(Writer *writer, uint32_t account, bool complete, bool *published, uint32_t *snapshot,
                    GError **error)
{
    *published = false;
    *snapshot = 0;
    AccountRecord state;
    if (!writer_commit(writer, error) || !account_state(writer, account, &state, error))
        return false;
    if (state.pending == 0 && state.newest_snapshot != 0 && state.newest_complete == complete)
        return true; /* nothing to tell */
    int64_t now = g_get_real_time() / G_USEC_PER_SEC;
    CatalogChange change = {.kind = CHANGE_PUBLISH,
                            .account = account,
                            .snapshot = pending_snapshot(writer, account),
                            .time = MAX(now, state.newest_time + 1),
                            .complete = complete};
    if (!add_change(writer, &change, error) || !writer_commit(writer, error))
        return false;
    g_hash_table_remove(writer->pending, GUINT_TO_POINTER(account));
    *snapshot = change.snapshot;
    *published = true;
    return true;
}

/* What a forgotten newest snapshot leaves is numbered by the catalog. */
static bool load_state_anew(Writer *writer, GError **error)
{
    g_hash_table_remove_all(writer->pending);
    return load_state(writer, error);
}

static bool forget_snapshots(Writer *writer, uint32_t account, const GArray *snapshots, GError **error)
{
    g_autoptr(GByteArray) numbers = g_byte_array_new();
    put_number_set(numbers, snapshots);
    CatalogChange change = {
        .kind = CHANGE_FORGET, .account = account, .numbers = numbers->data, .numbers_length = numbers->len};
    return add_change(writer, &change, error) && writer_commit(writer, error) && load_state_anew(writer, error);
}

bool writer_forget(Writer *writer, uint32_t account, const GArray *snapshots, GError **error)
{
    if (!writer_commit(writer, error))
        return false;
    reserve_use(writer->repository->path);
    bool forgotten = forget_snapshots(writer, account, snapshots, error);
    reserve_keep(writer->repository->path);
    return forgotten;
}

Repository *writer_repository(const Writer *writer)
{
    return writer->repository;
}

BlobStore *writer_blobs(Writer *writer)
{
    return writer->blobs;
}

LogPosition writer_end(const Writer *writer)
{
    return writer->position.end;
}

bool writer_copy(Writer *writer, const BlobName *name, const GArray *extents, GError **error)
{
    if (!is_usable(writer, error))
        return false;
    if (!blob_store_copy(writer->blobs, name, extents, &writer->failure))
        return is_usable(writer, error);
    writer->batch.plain_bytes += blob_length(extents);
    writer->batch.copies++;
    return !batch_is_large(&writer->batch, writer->index_bytes) || writer_commit(writer, error);
}

/* The whole catalog once, as a batch of its own. */
static bool restate(Writer *writer, const GArray *retired, GError **error)
{
    if (!writer_commit(writer, error))
        return false;
    g_autoptr(GByteArray) numbers = g_byte_array_new();
    put_number_set(numbers, retired);
    CatalogChange change = {.kind = CHANGE_CHECKPOINT,
                            .sequence = writer->position.sequence + 1,
                            .numbers = numbers->data,
                            .numbers_length = numbers->len};
    if (!checkpoint_write_rows(writer->repository, writer->blobs, change.sequence, &writer->failure))
        return is_usable(writer, error);
    return add_change(writer, &change, error) && writer_commit(writer, error);
}

/* Packs go only when both copies are durable, so that damage to one of them loses nothing. */
bool writer_checkpoint(Writer *writer, const GArray *retired, GError **error)
{
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return restate(writer, none, error) && restate(writer, retired, error);
}

bool writer_replace_index(Writer *writer, GError **error)
{
    Repository *repository = writer->repository;
    return writer_commit(writer, error) && index_replace_by_copy(repository, &writer->failure) &&
                   repository_refresh(repository, &writer->failure) &&
                   catalog_env_make_writable(repository->catalog, &writer->failure)
               ? true
               : is_usable(writer, error);
}

bool writer_replace_loose_index(Writer *writer, GError **error)
{
    return !index_is_loose(writer->repository, writer->index_bytes_old) || writer_replace_index(writer, error);
}
