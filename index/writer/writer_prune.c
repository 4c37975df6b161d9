#include "writer_prune.h"

#include "blob_reader.h"
#include "checkpoint.h"
#include "index_replace.h"
#include "number_set.h"
#include "writer_private.h"

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
    if (!writer_is_usable(writer, error))
        return false;
    if (!blob_store_copy(writer->blobs, name, extents, &writer->failure))
        return writer_is_usable(writer, error);
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
        return writer_is_usable(writer, error);
    return writer_add_change(writer, &change, error) && writer_commit(writer, error);
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
               : writer_is_usable(writer, error);
}

bool writer_replace_loose_index(Writer *writer, GError **error)
{
    return !index_is_loose(writer->repository, writer->index_bytes_old) || writer_replace_index(writer, error);
}
