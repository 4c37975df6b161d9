#include "writer.h"

#include <unistd.h>

#include "catalog_query.h"
#include "index_replace.h"
#include "recover.h"
#include "reserve.h"
#include "retired_packs.h"
#include "writer_private.h"

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

bool writer_load_state(Writer *writer, GError **error)
{
    g_hash_table_remove_all(writer->pending);
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
    writer->copy = g_malloc(WRITER_COPY_BYTES);
    writer->lock = repository_lock(repository, error);
    if (writer->lock < 0 || !repository_refresh(repository, error) ||
        !catalog_env_make_writable(repository->catalog, error) || !recover_catalog(repository, error) ||
        !writer_load_state(writer, error))
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

bool writer_is_usable(const Writer *writer, GError **error)
{
    if (writer->failure && error)
        *error = g_error_copy(writer->failure);
    return !writer->failure;
}

bool writer_commit(Writer *writer, GError **error)
{
    if (!writer_is_usable(writer, error))
        return false;
    if (is_batch_empty(writer) || commit_batch(writer, &writer->failure))
        return true;
    return writer_is_usable(writer, error);
}

bool writer_add_change(Writer *writer, const CatalogChange *change, GError **error)
{
    if (!writer_is_usable(writer, error))
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
