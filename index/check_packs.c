#include "catalog_apply.h"
#include "check_private.h"
#include "cursor.h"
#include "error.h"
#include "pack_file.h"
#include "pack_scan.h"

typedef struct {
    Check *check;
    CatalogPosition position; /* up to here the catalog knows that all was whole */
    uint64_t sequence;        /* of the last journal found */
} PackCheck;

/* True where frames follow. Where none do and the catalog knows of none, a killed run was writing: that is no damage.
 */
static bool pass_damage(PackCheck *packs, PackScan *scan, const GError *damage)
{
    const LogPosition *end = &packs->position.end;
    bool was_whole = scan->next.pack == end->pack && scan->next.offset < end->offset;
    bool follows = pack_scan_skip_damage(scan);
    if (follows || was_whole)
        check_problem(packs->check, "%s", damage->message);
    return follows;
}

static void check_gap(PackCheck *packs, uint64_t next_sequence)
{
    if (next_sequence > packs->sequence + 1)
        check_problem(packs->check,
                      "batches %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                      " are missing from the packs: only the index still has them",
                      packs->sequence + 1, next_sequence - 1);
}

static void note_frame(PackCheck *packs, const ScannedFrame *frame)
{
    packs->check->totals->frames++;
    packs->check->totals->read_bytes += FRAME_HEADER_SIZE + frame->header.stored_length;
    if (frame->header.kind != FRAME_JOURNAL)
        return;
    size_t length;
    const void *plain = g_bytes_get_data(frame->plain, &length);
    Reader in = reader_of(plain, length);
    uint64_t sequence = take_varint(&in);
    check_gap(packs, sequence);
    packs->sequence = sequence;
}

static bool begin_scan(PackCheck *packs, PackScan *scan, uint32_t pack)
{
    Repository *repository = packs->check->repository;
    g_autoptr(GError) damage = NULL;
    LogPosition start = {.pack = pack};
    if (pack_scan_begin(scan, repository->packs, repository->id, start, &damage))
        return true;
    check_problem(packs->check, "%s", damage->message);
    return pack_scan_begin_damaged(scan, repository->packs, start, NULL);
}

static bool check_pack(PackCheck *packs, uint32_t pack, GError **error)
{
    PackScan scan;
    if (!begin_scan(packs, &scan, pack))
        return true;
    for (;;) {
        g_autoptr(GError) damage = NULL;
        ScannedFrame frame;
        if (check_cancelled(packs->check, error))
            return false;
        if (pack_scan_next(&scan, &frame, &damage)) {
            note_frame(packs, &frame);
            g_bytes_unref(frame.plain);
        } else if (!damage || !pass_damage(packs, &scan, damage)) {
            return true;
        }
    }
}

bool check_packs(Check *check, GError **error)
{
    PackCheck packs = {.check = check};
    g_autoptr(CatalogTxn) txn = catalog_read_begin(check->repository->catalog, error);
    if (!txn || !catalog_position_get(txn, &packs.position, error))
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    g_autoptr(GArray) numbers = pack_file_list(check->repository->packs_directory, error);
    if (!numbers)
        return false;
    for (guint i = 0; i < numbers->len; i++) {
        if (!check_pack(&packs, g_array_index(numbers, uint32_t, i), error))
            return false;
        check_progress(check, "packs", i + 1, numbers->len);
    }
    check_gap(&packs, packs.position.sequence + 1);
    return true;
}
