#include "recover.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "blob_index.h"
#include "catalog_apply.h"
#include "durable.h"
#include "error.h"
#include "mb_limits.h"
#include "pack_file.h"
#include "pack_scan.h"

typedef struct {
    Repository *repository;
    BlobIndex *blobs; /* of the frames since the last journal */
    CatalogPosition position;
} Recovery;

bool recover_journal(CatalogTxn *txn, const void *plain, size_t length, CatalogPosition *position, GError **error)
{
    Reader in = reader_of(plain, length);
    uint64_t sequence = take_varint(&in);
    uint64_t count = take_varint(&in);
    if (in.failed || count > LIMIT_JOURNAL_CHANGES)
        return mb_error_set(error, MB_ERROR_CORRUPT, "a journal frame makes no sense");
    if (sequence != position->sequence + 1)
        return mb_error_set(error, MB_ERROR_CORRUPT, "batch %" G_GUINT64_FORMAT " is missing from the packs",
                            position->sequence + 1);
    for (uint64_t i = 0; i < count; i++) {
        CatalogChange change;
        if (!catalog_change_take(&in, &change, error) || !catalog_apply(txn, &change, error))
            return false;
    }
    position->sequence = sequence;
    return reader_done(&in) ? true : mb_error_set(error, MB_ERROR_CORRUPT, "a journal frame has something left over");
}

/* One transaction: the blobs found since the last one, the journal if there is one, and how far the log was read. */
static bool commit_up_to(Recovery *recovery, LogPosition end, GBytes *journal, GError **error)
{
    CatalogTxn *txn = catalog_write_begin(recovery->repository->catalog, error);
    if (!txn)
        return false;
    gsize length = 0;
    const void *plain = journal ? g_bytes_get_data(journal, &length) : NULL;
    recovery->position.end = end;
    if (!blob_index_store(recovery->blobs, txn, error) ||
        (journal && !recover_journal(txn, plain, length, &recovery->position, error)) ||
        !catalog_position_put(txn, &recovery->position, error)) {
        catalog_write_abort(txn);
        return false;
    }
    return catalog_write_commit(txn, error);
}

static bool replay_frame(Recovery *recovery, const ScannedFrame *frame, LogPosition next, GError **error)
{
    if (frame->header.kind == FRAME_JOURNAL)
        return commit_up_to(recovery, next, frame->plain, error);
    g_autoptr(GArray) segments = frame_directory_decode(frame->plain, frame->header.directory_length, error);
    if (!segments)
        return false;
    blob_index_add_frame(recovery->blobs, segments, frame->place);
    return true;
}

/* What a killed run wrote may still be in the page cache alone; before the catalog may point to it, it must be on disk.
 */
static bool sync_pack(Recovery *recovery, uint32_t pack, GError **error)
{
    g_autofree char *path = pack_file_path(recovery->repository->packs_directory, pack);
    g_autofree char *directory = pack_file_directory(recovery->repository->packs_directory, pack);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return mb_error_errno(error, errno, "cannot open %s", path);
    bool synced = durable_sync(fd, path, error);
    close(fd);
    return synced && durable_sync_directory(directory, error) &&
           durable_sync_directory(recovery->repository->packs_directory, error);
}

/* Replays one pack from `from` on. Bytes that are no valid frame end it: there a killed run was writing. */
static bool replay_pack(Recovery *recovery, LogPosition from, GError **error)
{
    PackScan scan;
    g_autoptr(GError) invalid = NULL;
    if (!pack_scan_begin(&scan, recovery->repository->packs, recovery->repository->id, from, &invalid))
        return invalid->code == MB_ERROR_CORRUPT ? true : (g_propagate_error(error, g_steal_pointer(&invalid)), false);
    if (scan.next.offset >= scan.length)
        return true;
    if (!sync_pack(recovery, from.pack, error))
        return false;
    ScannedFrame frame;
    LogPosition end = scan.next;
    while (pack_scan_next(&scan, &frame, &invalid)) {
        bool replayed = replay_frame(recovery, &frame, scan.next, error);
        g_bytes_unref(frame.plain);
        if (!replayed)
            return false;
        end = scan.next;
    }
    return end.offset == recovery->position.end.offset || commit_up_to(recovery, end, NULL, error);
}

bool recover_catalog(Repository *repository, GError **error)
{
    g_autoptr(BlobIndex) blobs = blob_index_new();
    Recovery recovery = {.repository = repository, .blobs = blobs};
    g_autoptr(CatalogTxn) txn = catalog_read_begin(repository->catalog, error);
    if (!txn || !catalog_position_get(txn, &recovery.position, error))
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, error);
    if (!packs)
        return false;
    LogPosition start = recovery.position.end;
    for (guint i = 0; i < packs->len; i++) {
        uint32_t pack = g_array_index(packs, uint32_t, i);
        LogPosition from = {.pack = pack, .offset = pack == start.pack ? start.offset : 0};
        if (pack >= start.pack && !replay_pack(&recovery, from, error))
            return false;
    }
    return true;
}
