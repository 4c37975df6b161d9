#include "optimize.h"

#include "log_gaps.h"
#include "pack_file.h"
#include "repack.h"
#include "repository_private.h"
#include "writer_prune.h"

/* Below this share of a pack, writing it anew is not worth the time. */
#define HASTY_PERCENT_AT_LEAST 5

/* Reads the headers alone; at damage it stops: check() tells of that. */
static bool is_worth_it(PackReader *reader, uint32_t pack)
{
    uint64_t hasty = 0, length = 0;
    LogPosition place = {.pack = pack, .offset = PACK_HEADER_SIZE};
    uint8_t bytes[FRAME_HEADER_SIZE];
    FrameHeader header;
    pack_reader_length(reader, pack, &length, NULL);
    while (place.offset + FRAME_HEADER_SIZE <= length && pack_reader_bytes(reader, place, bytes, sizeof bytes, NULL) &&
           frame_header_decode(bytes, &header, NULL)) {
        bool gains = header.kind == FRAME_BLOBS && header.effort == EFFORT_FAST;
        hasty += gains ? header.stored_length : 0;
        place.offset += FRAME_HEADER_SIZE + header.stored_length;
    }
    return hasty > length / 100 * HASTY_PERCENT_AT_LEAST;
}

static GArray *choose(Repository *repository, GError **error)
{
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, error);
    if (!packs)
        return NULL;
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < packs->len; i++)
        if (is_worth_it(repository->packs, g_array_index(packs, uint32_t, i)))
            g_array_append_val(chosen, g_array_index(packs, uint32_t, i));
    return chosen;
}

/* A checkpoint takes the place of all batches, also of those that are missing. */
static bool fill_gaps(Writer *writer, bool *filled, GError **error)
{
    g_autoptr(GArray) gaps = log_gaps_find(writer_repository(writer), NULL, error);
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    *filled = gaps && gaps->len > 0;
    return gaps && (gaps->len == 0 || writer_checkpoint(writer, none, error));
}

static bool write_anew(Writer *writer, const GArray *packs, const OptimizeOptions *options, OptimizeTotals *totals,
                       GError **error)
{
    const RepackOptions repack_options = {.best = true,
                                          .problem = options->problem,
                                          .progress = options->progress,
                                          .user = options->user,
                                          .cancellable = options->cancellable};
    RepackTotals repacked = {0};
    bool done = packs->len == 0 || repack(writer, packs, &repack_options, &repacked, error);
    totals->packs = repacked.packs;
    totals->unreadable = repacked.unreadable;
    return done && fill_gaps(writer, &totals->restated, error) && writer_replace_loose_index(writer, error);
}

bool repository_optimize(Repository *repository, const OptimizeOptions *options, OptimizeTotals *totals, GError **error)
{
    *totals = (OptimizeTotals){0};
    g_autoptr(Writer) writer = writer_open(repository, error);
    if (!writer || !repository_disk_usage(repository, &totals->bytes_before, error))
        return false;
    g_autoptr(GArray) packs = choose(repository, error);
    bool done = packs && write_anew(writer, packs, options, totals, error);
    return done && repository_disk_usage(repository, &totals->bytes_after, error);
}
