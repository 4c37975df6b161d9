#include "checkpoint.h"

#include "catalog_change.h"
#include "catalog_checkpoint.h"
#include "error.h"
#include "mb_limits.h"
#include "number_set.h"
#include "pack_scan.h"
#include "recover.h"

#define ROWS_FRAME_BYTES ((size_t)1 << 20)

void checkpoint_clear(Checkpoint *checkpoint)
{
    g_clear_pointer(&checkpoint->retired, g_array_unref);
    *checkpoint = (Checkpoint){0};
}

typedef struct {
    BlobStore *blobs;
    uint64_t sequence;
    uint64_t frames;
} RowsWriter;

static bool write_rows(const GByteArray *rows, void *user, GError **error)
{
    RowsWriter *writer = user;
    g_autoptr(GByteArray) plain = g_byte_array_new();
    put_varint(plain, writer->sequence);
    put_varint(plain, writer->frames++);
    put_bytes(plain, rows->data, rows->len);
    return blob_store_rows(writer->blobs, plain, error);
}

bool checkpoint_write_rows(Repository *repository, BlobStore *blobs, uint64_t sequence, GError **error)
{
    RowsWriter writer = {.blobs = blobs, .sequence = sequence};
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    blob_store_begin_pack(blobs);
    return txn && catalog_rows(txn, ROWS_FRAME_BYTES, write_rows, &writer, error);
}

/* Reads through the frames of one checkpoint. */
typedef struct {
    PackScan scan;
    ScannedFrame frame;
    uint64_t sequence;
    uint64_t frames; /* of rows, so far */
    Reader rest;     /* what is in the frame behind its numbers */
} CheckpointScan;

static void clear_scan(CheckpointScan *scan)
{
    g_clear_pointer(&scan->frame.plain, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CheckpointScan, clear_scan)

static bool take_frame(CheckpointScan *scan)
{
    clear_scan(scan);
    if (!pack_scan_next(&scan->scan, &scan->frame, NULL))
        return false;
    gsize length;
    const void *plain = g_bytes_get_data(scan->frame.plain, &length);
    scan->rest = reader_of(plain, length);
    return true;
}

/* True with the next rows frame of the checkpoint. */
static bool take_rows(CheckpointScan *scan)
{
    if (!take_frame(scan) || scan->frame.header.kind != FRAME_ROWS)
        return false;
    uint64_t sequence = take_varint(&scan->rest), number = take_varint(&scan->rest);
    if (scan->frames == 0)
        scan->sequence = sequence;
    return !scan->rest.failed && sequence == scan->sequence && number == scan->frames++;
}

static bool begin_scan(Repository *repository, uint32_t pack, CheckpointScan *scan)
{
    *scan = (CheckpointScan){0};
    return pack_scan_begin(&scan->scan, repository->packs, repository->id, (LogPosition){.pack = pack}, NULL);
}

/* Behind the rows there must be the journal that says it is their checkpoint. */
static bool take_end(CheckpointScan *scan, CatalogChange *change)
{
    if (scan->frames == 0 || !scan->frame.plain || scan->frame.header.kind != FRAME_JOURNAL)
        return false;
    uint64_t sequence = take_varint(&scan->rest), count = take_varint(&scan->rest);
    return count == 1 && catalog_change_take(&scan->rest, change, NULL) && reader_done(&scan->rest) &&
           change->kind == CHANGE_CHECKPOINT && sequence == scan->sequence && change->sequence == sequence;
}

static bool begins_with_rows(Repository *repository, uint32_t pack)
{
    g_auto(CheckpointScan) scan;
    return begin_scan(repository, pack, &scan) && take_rows(&scan);
}

static bool is_checkpoint(Repository *repository, uint32_t pack, Checkpoint *checkpoint)
{
    g_auto(CheckpointScan) scan;
    CatalogChange change;
    if (!begin_scan(repository, pack, &scan))
        return false;
    while (take_rows(&scan))
        ;
    if (!take_end(&scan, &change))
        return false;
    *checkpoint = (Checkpoint){.sequence = scan.sequence, .pack = pack};
    checkpoint->retired = number_set_decode(change.numbers, change.numbers_length, LIMIT_NUMBER_SET);
    return checkpoint->retired != NULL;
}

bool checkpoint_find(Repository *repository, const GArray *packs, Checkpoint *checkpoint)
{
    *checkpoint = (Checkpoint){0};
    for (guint i = packs->len; i-- > 0;) {
        uint32_t pack = g_array_index(packs, uint32_t, i);
        if (begins_with_rows(repository, pack) && is_checkpoint(repository, pack, checkpoint))
            return true;
    }
    return false;
}

static bool load_frame(CatalogEnv *catalog, Reader *rows, GError **error)
{
    CatalogTxn *txn = catalog_write_begin(catalog, error);
    if (!txn)
        return false;
    if (catalog_rows_load(txn, rows, error))
        return catalog_write_commit(txn, error);
    catalog_write_abort(txn);
    return false;
}

static bool load_end(CatalogEnv *catalog, const Checkpoint *checkpoint, GError **error)
{
    CatalogPosition position = {.sequence = checkpoint->sequence};
    CatalogTxn *txn = catalog_write_begin(catalog, error);
    if (!txn)
        return false;
    if (catalog_retire_packs(txn, checkpoint->sequence, checkpoint->retired, error) &&
        catalog_position_put(txn, &position, error))
        return catalog_write_commit(txn, error);
    catalog_write_abort(txn);
    return false;
}

bool checkpoint_load(Repository *repository, const Checkpoint *checkpoint, GError **error)
{
    g_auto(CheckpointScan) scan;
    if (!begin_scan(repository, checkpoint->pack, &scan))
        return mb_error_set(error, MB_ERROR_CORRUPT, "pack %08x cannot be read any more", checkpoint->pack);
    while (take_rows(&scan))
        if (!load_frame(repository->catalog, &scan.rest, error))
            return false;
    return load_end(repository->catalog, checkpoint, error);
}
