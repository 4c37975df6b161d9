#include "catalog_apply.h"
#include "catalog_checkpoint.h"
#include "check_private.h"
#include "cursor.h"
#include "error.h"
#include "number_set.h"
#include "pack_file.h"
#include "pack_scan.h"

typedef struct {
    Check *check;
    CatalogPosition position; /* up to here the catalog knows that all was whole */
    uint64_t restated;        /* sequence number of the newest checkpoint: earlier journals may be gone */
    GArray *retired;          /* packs that count no more: uint32_t, ascending */
    uint64_t sequence;        /* of the last journal found */
    GPtrArray *damage;        /* char*: found in this pack since then */
    GPtrArray *held_damage;   /* char*: found before the journal with the number `held` */
    uint64_t held;            /* 0: none */
} PackCheck;

/* Damage counts when a batch that was finished has it (settle_held()); what an interrupted run left in pieces is none.
 */
static void note_damage(PackCheck *packs, LogPosition place, const GError *damage)
{
    const LogPosition *end = &packs->position.end;
    bool was_whole = place.pack == end->pack && place.offset < end->offset;
    if (was_whole)
        check_problem(packs->check, "%s", damage->message);
    else
        g_ptr_array_add(packs->damage, g_strdup(damage->message));
}

/* A batch behind damage was finished if the next one follows it; else it was begun again. */
static void settle_held(PackCheck *packs, uint64_t next_sequence)
{
    for (guint i = 0; packs->held != 0 && next_sequence == packs->held + 1 && i < packs->held_damage->len; i++)
        check_problem(packs->check, "%s", (const char *)packs->held_damage->pdata[i]);
    packs->held = 0;
    g_ptr_array_set_size(packs->held_damage, 0);
}

static void hold_damage(PackCheck *packs, uint64_t sequence)
{
    if (packs->damage->len == 0)
        return;
    GPtrArray *empty = packs->held_damage;
    packs->held_damage = packs->damage;
    packs->damage = empty;
    packs->held = sequence;
}

/* As it is now: packs may be retired and deleted while others are being read. */
static bool read_retired(PackCheck *packs, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_refresh(packs->check->repository, error)
                                    ? repository_read_begin(packs->check->repository, error)
                                    : NULL;
    GArray *retired = txn ? catalog_retired_packs(txn, &packs->restated, error) : NULL;
    if (!retired)
        return false;
    g_clear_pointer(&packs->retired, g_array_unref);
    packs->retired = retired;
    return true;
}

static bool is_missing(const PackCheck *packs, uint64_t next_sequence)
{
    return next_sequence > MAX(packs->sequence + 1, packs->restated);
}

static void check_gap(PackCheck *packs, uint64_t next_sequence)
{
    if (is_missing(packs, next_sequence) && read_retired(packs, NULL) && is_missing(packs, next_sequence))
        check_problem(packs->check,
                      "batches %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                      " are missing from the packs: only the index still has them",
                      MAX(packs->sequence + 1, packs->restated), next_sequence - 1);
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
    settle_held(packs, sequence);
    hold_damage(packs, sequence);
    packs->sequence = sequence;
}

/* A run that was killed had just made it. */
static bool is_unbegun(PackCheck *packs, uint32_t pack)
{
    uint64_t length;
    return pack != packs->position.end.pack &&
           pack_reader_length(packs->check->repository->packs, pack, &length, NULL) && length < PACK_HEADER_SIZE;
}

static bool begin_scan(PackCheck *packs, PackScan *scan, uint32_t pack)
{
    Repository *repository = packs->check->repository;
    g_autoptr(GError) damage = NULL;
    LogPosition start = {.pack = pack};
    if (pack_scan_begin(scan, repository->packs, repository->id, start, &damage))
        return true;
    note_damage(packs, start, damage);
    return pack_scan_begin_damaged(scan, repository->packs, start, NULL);
}

static bool is_retired(PackCheck *packs, uint32_t pack)
{
    uint64_t length;
    if (!pack_reader_length(packs->check->repository->packs, pack, &length, NULL) && !read_retired(packs, NULL))
        return false;
    return number_set_has(packs->retired, pack);
}

static bool check_pack(PackCheck *packs, uint32_t pack, GError **error)
{
    PackScan scan;
    if (is_retired(packs, pack) || is_unbegun(packs, pack) || !begin_scan(packs, &scan, pack))
        return true;
    for (;;) {
        g_autoptr(GError) damage = NULL;
        ScannedFrame frame;
        if (check_cancelled(packs->check, error))
            return false;
        bool whole = pack_scan_next(&scan, &frame, &damage);
        if (whole) {
            note_frame(packs, &frame);
            g_bytes_unref(frame.plain);
        } else if (damage) {
            note_damage(packs, scan.next, damage);
        }
        if (!whole && !(damage && pack_scan_skip_damage(&scan)))
            return true;
    }
}

static bool check_all(PackCheck *packs, const GArray *numbers, GError **error)
{
    for (guint i = 0; i < numbers->len; i++) {
        if (!check_pack(packs, g_array_index(numbers, uint32_t, i), error))
            return false;
        g_ptr_array_set_size(packs->damage, 0);
        check_progress(packs->check, "packs", i + 1, numbers->len);
    }
    settle_held(packs, packs->position.sequence + 1);
    check_gap(packs, packs->position.sequence + 1);
    return true;
}

bool check_packs(Check *check, GError **error)
{
    PackCheck packs = {.check = check};
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    if (!txn || !catalog_position_get(txn, &packs.position, error))
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    if (!read_retired(&packs, error))
        return false;
    g_autoptr(GArray) numbers = pack_file_list(check->repository->packs_directory, error);
    if (!numbers) {
        g_array_unref(packs.retired);
        return false;
    }
    packs.damage = g_ptr_array_new_with_free_func(g_free);
    packs.held_damage = g_ptr_array_new_with_free_func(g_free);
    bool done = check_all(&packs, numbers, error);
    g_array_unref(packs.retired);
    g_ptr_array_unref(packs.damage);
    g_ptr_array_unref(packs.held_damage);
    return done;
}
