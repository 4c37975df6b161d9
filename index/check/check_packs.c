#include "catalog_apply.h"
#include "catalog_checkpoint.h"
#include "check_private.h"
#include "error.h"
#include "number_set.h"
#include "pack_file.h"
#include "pack_scan.h"
#include "recover.h"

typedef struct {
    Check *check;
    const GArray *blobs;      /* of KnownBlob, sorted */
    CatalogPosition position; /* up to here the catalog knows that all was whole */
    GArray *retired;          /* packs that count no more: uint32_t, ascending */
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
    GArray *retired = txn ? catalog_retired_packs(txn, NULL, error) : NULL;
    if (!retired)
        return false;
    g_clear_pointer(&packs->retired, g_array_unref);
    packs->retired = retired;
    return true;
}

static void note_frame(PackCheck *packs, const ScannedFrame *frame)
{
    packs->check->totals->frames++;
    packs->check->totals->read_bytes += FRAME_HEADER_SIZE + frame->header.stored_length;
    if (frame->header.kind != FRAME_JOURNAL)
        return;
    uint64_t sequence = recover_sequence_of(frame->plain);
    settle_held(packs, sequence);
    hold_damage(packs, sequence);
}

static uint32_t number_at(const GArray *numbers, guint index)
{
    return g_array_index(numbers, uint32_t, index);
}

static uint64_t length_of(Check *check, uint32_t pack)
{
    uint64_t length;
    return pack_reader_length(check->repository->packs, pack, &length, NULL) ? length : 0;
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
            check_progress_of_pack(packs->check, frame.place.offset, 0);
        } else if (damage) {
            note_damage(packs, scan.next, damage);
        }
        if (!whole && !(damage && pack_scan_skip_damage(&scan)))
            return true;
    }
}

static bool is_in_share(const CheckOptions *options, uint32_t pack)
{
    return options->shares <= 1 || pack % options->shares == options->share % options->shares;
}

/* Of a share the pack behind may not be read; its first journal tells whether the last batch of this one was finished.
 */
static void settle_by_next_pack(PackCheck *packs, const GArray *numbers, guint next)
{
    if (packs->held == 0 || next == numbers->len || is_in_share(packs->check->options, number_at(numbers, next)))
        return;
    PackScan scan;
    ScannedFrame frame;
    uint64_t sequence = 0;
    const Repository *repository = packs->check->repository;
    LogPosition start = {.pack = number_at(numbers, next)};
    if (!pack_scan_begin(&scan, repository->packs, repository->id, start, NULL))
        return;
    while (sequence == 0 && pack_scan_next(&scan, &frame, NULL)) {
        if (frame.header.kind == FRAME_JOURNAL)
            sequence = recover_sequence_of(frame.plain);
        g_bytes_unref(frame.plain);
    }
    settle_held(packs, sequence);
}

/* What was found to be whole need not be read again when the check goes on after an interruption. */
static void remember(PackCheck *packs, uint32_t pack)
{
    Check *check = packs->check;
    if (check->options->resumable && check->totals->problems == 0 && packs->held == 0 &&
        g_hash_table_size(check->unreadable) == 0)
        check_resume_save(check, pack);
}

static bool check_selected(PackCheck *packs, const GArray *numbers, GError **error)
{
    Check *check = packs->check;
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t pack = number_at(numbers, i);
        if (pack <= check->totals->resumed_behind || !is_in_share(check->options, pack))
            continue;
        check->pack_bytes = length_of(check, pack);
        if (!check_pack(packs, pack, error) || !check_data_of_pack(check, packs->blobs, pack, error))
            return false;
        g_ptr_array_set_size(packs->damage, 0);
        settle_by_next_pack(packs, numbers, i + 1);
        check->bytes_before += check->pack_bytes;
        remember(packs, pack);
    }
    settle_held(packs, packs->position.sequence + 1);
    return true;
}

static void sum_up_lengths(Check *check, const GArray *numbers)
{
    for (guint i = 0; i < numbers->len; i++) {
        uint32_t pack = number_at(numbers, i);
        if (!is_in_share(check->options, pack))
            continue;
        check->bytes_total += length_of(check, pack);
        if (pack <= check->totals->resumed_behind)
            check->bytes_before += length_of(check, pack);
    }
}

static bool check_all(PackCheck *packs, GError **error)
{
    Check *check = packs->check;
    g_autoptr(GArray) numbers = pack_file_list(check->repository->packs_directory, error);
    if (!numbers)
        return false;
    if (check->options->resumable)
        check_resume_load(check);
    sum_up_lengths(check, numbers);
    bool done = check_selected(packs, numbers, error);
    if (done && check->options->resumable)
        check_resume_forget(check);
    return done;
}

bool check_packs(Check *check, const GArray *blobs, GError **error)
{
    PackCheck packs = {.check = check, .blobs = blobs};
    g_autoptr(CatalogTxn) txn = repository_read_begin(check->repository, error);
    if (!txn || !catalog_position_get(txn, &packs.position, error))
        return false;
    g_clear_pointer(&txn, catalog_read_end);
    if (!read_retired(&packs, error))
        return false;
    packs.damage = g_ptr_array_new_with_free_func(g_free);
    packs.held_damage = g_ptr_array_new_with_free_func(g_free);
    bool done = check_all(&packs, error);
    g_array_unref(packs.retired);
    g_ptr_array_unref(packs.damage);
    g_ptr_array_unref(packs.held_damage);
    return done;
}
