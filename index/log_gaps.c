#include "log_gaps.h"

#include "catalog_apply.h"
#include "catalog_checkpoint.h"
#include "error.h"
#include "number_set.h"
#include "pack_file.h"
#include "pack_scan.h"
#include "recover.h"
#include "repository_private.h"

typedef struct {
    uint64_t sequence;
    uint32_t pack;
} Journal;

typedef struct {
    Repository *repository;
    CatalogPosition position; /* when it began */
    GArray *packs;            /* uint32_t: that are there, ascending */
    GArray *journals;         /* Journal, as they lie */
    uint64_t checkpoint;      /* sequence number of the newest; 0: none */
    GArray *retired;          /* uint32_t: packs that count no more, ascending */
} LogWalk;

static void log_walk_clear(LogWalk *walk)
{
    g_clear_pointer(&walk->packs, g_array_unref);
    g_clear_pointer(&walk->journals, g_array_unref);
    g_clear_pointer(&walk->retired, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LogWalk, log_walk_clear)

static void note_journal(LogWalk *walk, uint32_t pack, GBytes *plain)
{
    Journal journal = {.sequence = recover_sequence_of(plain), .pack = pack};
    g_array_append_val(walk->journals, journal);
}

static bool read_journal(LogWalk *walk, LogPosition place)
{
    FrameHeader header;
    g_autoptr(GBytes) plain = pack_reader_frame(walk->repository->packs, place, &header, NULL);
    if (plain)
        note_journal(walk, place.pack, plain);
    return plain != NULL;
}

/* From header to header. False where one is none, or a journal is damaged. */
static bool read_journals_by_headers(LogWalk *walk, uint32_t pack, uint64_t length)
{
    LogPosition place = {.pack = pack, .offset = PACK_HEADER_SIZE};
    while (place.offset < length) {
        uint8_t bytes[FRAME_HEADER_SIZE];
        FrameHeader header;
        if (!pack_reader_bytes(walk->repository->packs, place, bytes, sizeof bytes, NULL) ||
            !frame_header_decode(bytes, &header, NULL) || (header.kind == FRAME_JOURNAL && !read_journal(walk, place)))
            return false;
        place.offset += FRAME_HEADER_SIZE + header.stored_length;
    }
    return place.offset == length;
}

/* Where a run was interrupted or something is damaged, all that is whole. */
static void read_journals_between_damage(LogWalk *walk, uint32_t pack)
{
    PackScan scan;
    LogPosition start = {.pack = pack};
    PackReader *reader = walk->repository->packs;
    if (!pack_scan_begin(&scan, reader, walk->repository->id, start, NULL) &&
        !pack_scan_begin_damaged(&scan, reader, start, NULL))
        return;
    for (;;) {
        g_autoptr(GError) damage = NULL;
        ScannedFrame frame;
        bool whole = pack_scan_next(&scan, &frame, &damage);
        if (whole && frame.header.kind == FRAME_JOURNAL)
            note_journal(walk, pack, frame.plain);
        if (whole)
            g_bytes_unref(frame.plain);
        else if (!damage || !pack_scan_skip_damage(&scan))
            return;
    }
}

static void read_journals(LogWalk *walk, uint32_t pack)
{
    uint64_t length;
    guint before = walk->journals->len;
    if (!pack_reader_length(walk->repository->packs, pack, &length, NULL) ||
        read_journals_by_headers(walk, pack, length))
        return;
    g_array_set_size(walk->journals, before);
    read_journals_between_damage(walk, pack);
}

static bool read_packs(LogWalk *walk, GCancellable *cancellable, GError **error)
{
    walk->packs = pack_file_list(walk->repository->packs_directory, error);
    walk->journals = g_array_new(FALSE, FALSE, sizeof(Journal));
    for (guint i = 0; walk->packs && i < walk->packs->len; i++) {
        if (cancellable && g_cancellable_is_cancelled(cancellable))
            return mb_error_set(error, MB_ERROR_CANCELLED, "interrupted");
        read_journals(walk, g_array_index(walk->packs, uint32_t, i));
    }
    return walk->packs != NULL;
}

static bool read_position(LogWalk *walk, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(walk->repository, error);
    return txn && catalog_position_get(txn, &walk->position, error);
}

/* Read last: packs that were deleted meanwhile were retired before, by a checkpoint that restates what they held. */
static bool read_checkpoint(LogWalk *walk, GError **error)
{
    g_autoptr(CatalogTxn) txn =
        repository_refresh(walk->repository, error) ? repository_read_begin(walk->repository, error) : NULL;
    walk->retired = txn ? catalog_retired_packs(txn, &walk->checkpoint, error) : NULL;
    return walk->retired != NULL;
}

/* Packs that are gone below `end`, down to the one in which the batch before was found. Numbers of those that were
 * retired long ago lie below others that are there or were retired lately. */
static void find_packs(const LogWalk *walk, uint32_t found, uint32_t end, LogGap *gap)
{
    for (uint32_t pack = end; pack-- > found + 1 && !number_set_has(walk->retired, pack);) {
        if (number_set_has(walk->packs, pack))
            continue;
        gap->pack = pack;
        gap->packs++;
    }
}

static void add_gap(const LogWalk *walk, GArray *gaps, const Journal *before, uint64_t next_sequence, uint32_t end)
{
    LogGap gap = {.first = before->sequence + 1, .last = next_sequence - 1};
    if (gap.first > gap.last)
        return;
    gap.is_copy = gap.first == gap.last && gap.last <= walk->checkpoint;
    find_packs(walk, before->pack, end, &gap);
    g_array_append_val(gaps, gap);
}

static GArray *find_gaps(const LogWalk *walk)
{
    GArray *gaps = g_array_new(FALSE, FALSE, sizeof(LogGap));
    uint64_t first_copy = MAX(walk->checkpoint, 2) - 1;
    Journal last = {.sequence = first_copy - 1};
    for (guint i = 0; i < walk->journals->len; i++) {
        const Journal *journal = &g_array_index(walk->journals, Journal, i);
        add_gap(walk, gaps, &last, MIN(journal->sequence, walk->position.sequence + 1), journal->pack);
        last = (Journal){.sequence = MAX(last.sequence, journal->sequence), .pack = journal->pack};
    }
    add_gap(walk, gaps, &last, walk->position.sequence + 1, walk->position.end.pack + 1);
    return gaps;
}

GArray *log_gaps_find(Repository *repository, GCancellable *cancellable, GError **error)
{
    g_auto(LogWalk) walk = {.repository = repository};
    return read_position(&walk, error) && read_packs(&walk, cancellable, error) && read_checkpoint(&walk, error)
               ? find_gaps(&walk)
               : NULL;
}
