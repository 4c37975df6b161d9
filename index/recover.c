#include "recover.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "blob_index.h"
#include "catalog_apply.h"
#include "catalog_query.h"
#include "checkpoint.h"
#include "durable.h"
#include "error.h"
#include "mb_limits.h"
#include "number_set.h"
#include "pack_file.h"
#include "pack_scan.h"

#define PROGRESS_UNIT ((uint64_t)1 << 20)

typedef struct {
    Repository *repository;
    const RebuildOptions *options;
    RebuildTotals *totals;
    BlobIndex *blobs; /* of the frames since the last journal */
    CatalogPosition position;
    bool from_scratch;
    Checkpoint checkpoint; /* where a recovery from scratch begins; else none */
    uint64_t bytes_before; /* of packs that are done */
    uint64_t bytes_total;
    bool behind_damage;   /* in this pack, since the last journal */
    GBytes *held;         /* a journal behind damage; or NULL */
    LogPosition held_end; /* of its frame */
    uint64_t places;      /* that are damaged, in this pack since the last journal */
    uint64_t held_places; /* before the journal with the number `held_sequence` */
    uint64_t held_sequence;
} Recovery;

static void report_lost(Recovery *recovery, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void report_lost(Recovery *recovery, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (recovery->options->lost)
        recovery->options->lost(text, recovery->options->user);
}

static bool may_go_on(Recovery *recovery, uint64_t offset, GError **error)
{
    const RebuildOptions *options = recovery->options;
    if (options->progress)
        options->progress("MiB of packs", (recovery->bytes_before + offset) / PROGRESS_UNIT,
                          recovery->bytes_total / PROGRESS_UNIT, options->user);
    return !options->cancellable || !g_cancellable_is_cancelled(options->cancellable) ||
           mb_error_set(error, MB_ERROR_CANCELLED, "interrupted");
}

/* A journal's sequence number, and how many changes follow in *in. */
static bool take_journal_start(Reader *in, uint64_t *sequence, uint64_t *count, GError **error)
{
    *sequence = take_varint(in);
    *count = take_varint(in);
    return (!in->failed && *count <= LIMIT_JOURNAL_CHANGES) ||
           mb_error_set(error, MB_ERROR_CORRUPT, "a journal frame makes no sense");
}

uint64_t recover_sequence_of(GBytes *journal)
{
    gsize length;
    const void *plain = g_bytes_get_data(journal, &length);
    Reader in = reader_of(plain, length);
    return take_varint(&in);
}

bool recover_journal(CatalogTxn *txn, const void *plain, size_t length, CatalogPosition *position, GError **error)
{
    Reader in = reader_of(plain, length);
    uint64_t sequence, count;
    if (!take_journal_start(&in, &sequence, &count, error))
        return false;
    if (sequence != position->sequence + 1)
        return mb_error_set(error, MB_ERROR_CORRUPT, "batch %" G_GUINT64_FORMAT " is missing from the packs",
                            position->sequence + 1);
    CatalogSums sums = {.txn = txn};
    for (uint64_t i = 0; i < count; i++) {
        CatalogChange change;
        if (!catalog_change_take(&in, &change, error) || !catalog_apply(&sums, &change, error))
            return false;
    }
    if (!catalog_sums_settle(&sums, error))
        return false;
    position->sequence = sequence;
    return reader_done(&in) ? true : mb_error_set(error, MB_ERROR_CORRUPT, "a journal frame has something left over");
}

/* The batch that published a snapshot is lost: what waited for it now waits for the next. */
static bool adopt_snapshot(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    AccountRecord record;
    CatalogAnswer answer = catalog_account(txn, change->account, &record, error);
    if (answer != CATALOG_FOUND || record.pending == 0 || record.pending >= change->snapshot)
        return answer != CATALOG_FAILED;
    record.pending = change->snapshot;
    CatalogKey key = key_u32(change->account);
    g_autoptr(GByteArray) value = g_byte_array_new();
    account_record_put(value, &record);
    return catalog_put(txn, TABLE_ACCOUNTS, &key, value, error);
}

/* Carries out a change in a transaction of its own, so that nothing stays of one that does not fit. */
static bool apply_if_it_fits(CatalogTxn *txn, const CatalogChange *change, GError **error)
{
    CatalogTxn *inner = catalog_write_begin_within(txn, error);
    if (!inner)
        return false;
    CatalogSums sums = {.txn = inner};
    if (adopt_snapshot(inner, change, error) && catalog_apply(&sums, change, error) &&
        catalog_sums_settle(&sums, error))
        return catalog_write_commit(inner, error);
    catalog_write_abort(inner);
    return false;
}

/* A journal behind a lost one: its changes one by one, those that do not fit left out. */
static bool replay_what_fits(Recovery *recovery, CatalogTxn *txn, GBytes *journal, GError **error)
{
    gsize length;
    const void *plain = g_bytes_get_data(journal, &length);
    Reader in = reader_of(plain, length);
    uint64_t sequence, count, skipped = 0;
    if (!take_journal_start(&in, &sequence, &count, error))
        return false;
    g_autoptr(GError) misfit = NULL;
    for (uint64_t i = 0; i < count; i++) {
        g_autoptr(GError) reason = NULL;
        CatalogChange change;
        if (catalog_change_take(&in, &change, &reason) && apply_if_it_fits(txn, &change, &reason))
            continue;
        if (!g_error_matches(reason, MB_ERROR, MB_ERROR_CORRUPT)) {
            g_propagate_error(error, g_steal_pointer(&reason));
            return false;
        }
        skipped++;
        if (!misfit)
            misfit = g_steal_pointer(&reason);
    }
    recovery->position.sequence = sequence;
    recovery->totals->skipped_changes += skipped;
    if (skipped > 0)
        report_lost(recovery,
                    "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " changes of batch %" G_GUINT64_FORMAT
                    " do not fit without what is lost: %s",
                    skipped, count, sequence, misfit->message);
    return true;
}

/* Where blobs lie is worth knowing even if their batch is not. */
static bool commit_blobs(Recovery *recovery, GError **error)
{
    CatalogTxn *txn = catalog_write_begin(recovery->repository->catalog, error);
    if (!txn)
        return false;
    if (blob_index_store(recovery->blobs, txn, error) && catalog_position_put(txn, &recovery->position, error))
        return catalog_write_commit(txn, error);
    catalog_write_abort(txn);
    return false;
}

/* One transaction: the changes, all of them or those that fit, and how far the log was read. */
static bool commit_changes(Recovery *recovery, GBytes *journal, bool only_what_fits, GError **error)
{
    gsize length;
    const void *plain = g_bytes_get_data(journal, &length);
    CatalogTxn *txn = catalog_write_begin(recovery->repository->catalog, error);
    if (!txn)
        return false;
    if ((only_what_fits ? replay_what_fits(recovery, txn, journal, error)
                        : recover_journal(txn, plain, length, &recovery->position, error)) &&
        catalog_position_put(txn, &recovery->position, error))
        return catalog_write_commit(txn, error);
    catalog_write_abort(txn);
    return false;
}

/* Is the journal the next one? Those that are missing before it are reported, one that was carried out is passed over.
 */
static bool is_next_journal(Recovery *recovery, uint64_t sequence)
{
    uint64_t expected = recovery->position.sequence + 1;
    if (sequence < expected) {
        report_lost(recovery, "batch %" G_GUINT64_FORMAT " comes twice: the second is left out", sequence);
        recovery->totals->lost_batches++;
        return false;
    }
    if (sequence > expected) {
        report_lost(recovery, "batches %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT " are missing from the packs",
                    expected, sequence - 1);
        recovery->totals->lost_batches += sequence - expected;
        recovery->position.sequence = sequence - 1;
    }
    return true;
}

/* A frame that is whole and makes no sense: what wrote it was wrong or is not known here. */
static bool pass_nonsense(Recovery *recovery, LogPosition next, const GError *reason)
{
    report_lost(recovery, "pack %08x, frame before %" G_GUINT64_FORMAT ": %s", next.pack, next.offset, reason->message);
    recovery->totals->damaged_places++;
    return true;
}

static bool carry_out(Recovery *recovery, GBytes *journal, LogPosition next, GError **error)
{
    gsize length;
    const void *plain = g_bytes_get_data(journal, &length);
    Reader in = reader_of(plain, length);
    uint64_t sequence, count;
    g_autoptr(GError) misfit = NULL;
    if (!commit_blobs(recovery, error))
        return false;
    if (!take_journal_start(&in, &sequence, &count, &misfit))
        return pass_nonsense(recovery, next, misfit);
    if (!is_next_journal(recovery, sequence))
        return true;
    recovery->position.end = next;
    recovery->totals->batches++;
    if (commit_changes(recovery, journal, false, &misfit))
        return true;
    if (g_error_matches(misfit, MB_ERROR, MB_ERROR_CORRUPT)) {
        recovery->position.sequence = sequence - 1;
        return commit_changes(recovery, journal, true, error);
    }
    g_propagate_error(error, g_steal_pointer(&misfit));
    return false;
}

/* A journal behind damage is that of a batch which a power cut left in pieces, or that of one that was finished and
 * damaged later. It was finished if the batch after it begins where it ends; else its messages will be fetched again,
 * which they would not if it were carried out. */
static bool settle_held(Recovery *recovery, uint64_t next_sequence, GError **error)
{
    if (!recovery->held)
        return true;
    g_autoptr(GBytes) held = g_steal_pointer(&recovery->held);
    if (next_sequence == recover_sequence_of(held) + 1)
        return carry_out(recovery, held, recovery->held_end, error);
    report_lost(recovery, "batch %" G_GUINT64_FORMAT " was interrupted and is left out", recover_sequence_of(held));
    return true;
}

/* Of a batch that was finished, by the same sign, damage is a loss; what an interrupted run left in pieces is none. */
static void settle_places(Recovery *recovery, uint64_t next_sequence)
{
    bool was_finished = next_sequence == recovery->held_sequence + 1;
    *(was_finished ? &recovery->totals->damaged_places : &recovery->totals->torn_places) += recovery->held_places;
    recovery->held_places = recovery->places;
    recovery->held_sequence = next_sequence;
    recovery->places = 0;
}

/* The checkpoint has what this journal did, and vouches for the blobs before it. */
static bool pass_restated(Recovery *recovery, LogPosition next, GError **error)
{
    recovery->behind_damage = false;
    recovery->position.end = next;
    return commit_blobs(recovery, error);
}

static bool replay_journal(Recovery *recovery, GBytes *journal, LogPosition next, GError **error)
{
    uint64_t sequence = recover_sequence_of(journal);
    settle_places(recovery, sequence);
    if (sequence <= recovery->checkpoint.sequence)
        return pass_restated(recovery, next, error);
    if (!settle_held(recovery, sequence, error))
        return false;
    if (!recovery->behind_damage)
        return carry_out(recovery, journal, next, error);
    recovery->behind_damage = false;
    recovery->held = g_bytes_ref(journal);
    recovery->held_end = next;
    return true;
}

static bool replay_frame(Recovery *recovery, const ScannedFrame *frame, LogPosition next, GError **error)
{
    if (frame->header.kind == FRAME_JOURNAL)
        return replay_journal(recovery, frame->plain, next, error);
    if (frame->header.kind == FRAME_ROWS)
        return true;
    g_autoptr(GError) reason = NULL;
    g_autoptr(GArray) segments = frame_directory_decode(frame->plain, frame->header.directory_length, &reason);
    if (!segments)
        return pass_nonsense(recovery, next, reason);
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
    /* After a sync that failed for the run before, the page cache may hold what the disk does not. */
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    return synced && durable_sync_directory(directory, error) &&
           durable_sync_directory(recovery->repository->packs_directory, error);
}

/* A pack without a right header is scanned all the same; only one of another repository is refused. */
static bool begin_scan(Recovery *recovery, PackScan *scan, LogPosition from, bool *is_damaged, GError **error)
{
    g_autoptr(GError) reason = NULL;
    const Repository *repository = recovery->repository;
    if (pack_scan_begin(scan, repository->packs, repository->id, from, &reason))
        return true;
    if (!g_error_matches(reason, MB_ERROR, MB_ERROR_CORRUPT)) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    *is_damaged = true;
    return pack_scan_begin_damaged(scan, repository->packs, from, error);
}

/* Most often a killed run was writing there. When no index tells that a batch ended in these bytes, a user should know.
 */
static void report_end(Recovery *recovery, const PackScan *scan)
{
    if (recovery->from_scratch)
        report_lost(recovery,
                    "pack %08x ends in %" G_GUINT64_FORMAT " bytes that are no whole frame: what an interrupted "
                    "run leaves, or damage",
                    scan->next.pack, scan->length - scan->next.offset);
}

/* A killed run had just made it, or all of it is cut off. */
static void report_unbegun(Recovery *recovery, uint32_t pack)
{
    if (recovery->from_scratch)
        report_lost(recovery, "pack %08x has no header yet: what an interrupted run leaves, or damage", pack);
}

/* Goes on behind bytes that are no frame. False where nothing follows. */
static bool pass_damage(Recovery *recovery, PackScan *scan, const GError *reason)
{
    uint64_t from = scan->next.offset;
    if (!pack_scan_skip_damage(scan)) {
        report_end(recovery, scan);
        return false;
    }
    report_lost(recovery, "%s; %" G_GUINT64_FORMAT " bytes are passed over", reason->message, scan->next.offset - from);
    recovery->places++;
    recovery->behind_damage = true;
    return true;
}

static bool replay_frames(Recovery *recovery, PackScan *scan, GError **error)
{
    for (;;) {
        g_autoptr(GError) reason = NULL;
        ScannedFrame frame;
        if (!may_go_on(recovery, scan->next.offset, error))
            return false;
        if (!pack_scan_next(scan, &frame, &reason)) {
            if (reason && !g_error_matches(reason, MB_ERROR, MB_ERROR_CORRUPT)) { /* bytes that cannot be read now */
                g_propagate_error(error, g_steal_pointer(&reason));
                return false;
            }
            if (!reason || !pass_damage(recovery, scan, reason))
                return true;
            continue;
        }
        bool replayed = replay_frame(recovery, &frame, scan->next, error);
        g_bytes_unref(frame.plain);
        if (!replayed)
            return false;
    }
}

static bool replay_pack(Recovery *recovery, LogPosition from, uint64_t length, GError **error)
{
    if (length < PACK_HEADER_SIZE) {
        report_unbegun(recovery, from.pack);
        return true;
    }
    PackScan scan;
    bool is_damaged = false;
    if (!begin_scan(recovery, &scan, from, &is_damaged, error))
        return false;
    LogPosition start = scan.next;
    recovery->behind_damage = is_damaged; /* of this pack alone: a full one is durable before the next is begun */
    recovery->places = is_damaged ? 1 : 0;
    if (start.offset >= length)
        return true;
    if (!sync_pack(recovery, from.pack, error) || !replay_frames(recovery, &scan, error))
        return false;
    if (scan.next.offset == start.offset)
        return true;
    if (is_damaged)
        report_lost(recovery, "pack %08x is damaged at its start", from.pack);
    recovery->totals->torn_places += recovery->places;
    recovery->position.end = scan.next;
    /* Behind damage only a journal that counts vouches for blobs. */
    return recovery->behind_damage || recovery->held || commit_blobs(recovery, error);
}

static uint64_t pack_length(const Recovery *recovery, uint32_t pack)
{
    uint64_t length;
    return pack_reader_length(recovery->repository->packs, pack, &length, NULL) ? length : 0;
}

static bool is_retired(const Recovery *recovery, uint32_t pack)
{
    return recovery->checkpoint.retired && number_set_has(recovery->checkpoint.retired, pack);
}

static bool replay_packs(Recovery *recovery, const GArray *packs, GError **error)
{
    LogPosition start = recovery->position.end;
    for (guint i = 0; i < packs->len; i++)
        recovery->bytes_total += pack_length(recovery, g_array_index(packs, uint32_t, i));
    for (guint i = 0; i < packs->len; i++) {
        uint32_t pack = g_array_index(packs, uint32_t, i);
        uint64_t length = pack_length(recovery, pack);
        LogPosition from = {.pack = pack, .offset = pack == start.pack ? start.offset : 0};
        if (pack >= start.pack && !is_retired(recovery, pack) && !replay_pack(recovery, from, length, error))
            return false;
        recovery->bytes_before += length;
    }
    settle_places(recovery, 0);
    return settle_held(recovery, 0, error);
}

static bool read_position(Repository *repository, CatalogPosition *position, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    return txn && catalog_position_get(txn, position, error);
}

/* From scratch, what the newest checkpoint restates need not be replayed. */
static bool begin_at_checkpoint(Recovery *recovery, const GArray *packs, GError **error)
{
    recovery->from_scratch = recovery->position.end.pack == 0;
    if (!recovery->from_scratch || !checkpoint_find(recovery->repository, packs, &recovery->checkpoint))
        return true;
    recovery->position.sequence = recovery->checkpoint.sequence;
    recovery->totals->batches++;
    return checkpoint_load(recovery->repository, &recovery->checkpoint, error);
}

bool recover_from_packs(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    g_autoptr(BlobIndex) blobs = blob_index_new();
    Recovery recovery = {.repository = repository, .options = options, .totals = totals, .blobs = blobs};
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, error);
    bool replayed = packs && read_position(repository, &recovery.position, error) &&
                    begin_at_checkpoint(&recovery, packs, error) && replay_packs(&recovery, packs, error);
    g_clear_pointer(&recovery.held, g_bytes_unref);
    checkpoint_clear(&recovery.checkpoint);
    return replayed;
}

bool recover_must_begin_anew(Repository *repository)
{
    CatalogPosition position;
    g_auto(Checkpoint) checkpoint = {0};
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, NULL);
    return packs && read_position(repository, &position, NULL) && position.end.pack != 0 &&
           checkpoint_find(repository, packs, &checkpoint) && checkpoint.sequence > position.sequence + 1;
}

bool recover_catalog(Repository *repository, GError **error)
{
    const RebuildOptions options = {.lost = repository_notice, .user = repository};
    RebuildTotals totals = {0};
    return recover_from_packs(repository, &options, &totals, error);
}
