#include <sys/statvfs.h>

#include "error.h"
#include "number_set.h"
#include "repack.h"
#include "repository_private.h"
#include "reserve.h"
#include "text.h"
#include "writer_prune.h"

#define DEAD_PERCENT 5

static uint64_t free_bytes(const Repository *repository)
{
    struct statvfs disk;
    return statvfs(repository->path, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
}

static uint64_t live_bytes_of(const GArray *uses, uint32_t pack)
{
    for (guint i = 0; i < uses->len; i++)
        if (g_array_index(uses, PackUse, i).pack == pack)
            return g_array_index(uses, PackUse, i).live_bytes;
    return 0;
}

/* Takes from `chosen` those packs that can be emptied at once, the fullest last: their copies need room before their
 * files go. */
static GArray *take_round(GArray *chosen, const GArray *uses, uint64_t room)
{
    GArray *round = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint64_t needed = 0;
    for (guint i = 0; i < chosen->len;) {
        uint32_t pack = g_array_index(chosen, uint32_t, i);
        uint64_t live = live_bytes_of(uses, pack);
        if (needed + live > room) {
            i++;
            continue;
        }
        needed += live;
        g_array_append_val(round, pack);
        g_array_remove_index(chosen, i);
    }
    return round;
}

static void add_totals(RepackTotals *sum, const RepackTotals *totals)
{
    sum->packs += totals->packs;
    sum->copied_bytes += totals->copied_bytes;
    sum->written_bytes += totals->written_bytes;
    sum->freed_bytes += totals->freed_bytes;
    sum->unreadable += totals->unreadable;
}

static bool no_room(uint64_t checkpoint_bytes, GError **error)
{
    g_autofree char *size = text_size(checkpoint_bytes);
    return mb_error_set(error, MB_ERROR_NO_SPACE, "emptying packs needs room for what is still needed of them, and %s",
                        size);
}

static bool empty_packs(Writer *writer, const RepackOptions *options, RepackTotals *totals, GError **error)
{
    Repository *repository = writer_repository(writer);
    uint64_t checkpoint_bytes;
    g_autoptr(GArray) uses = repack_survey(repository, error);
    if (!uses || !repack_checkpoint_bytes(repository, &checkpoint_bytes, error))
        return false;
    g_autoptr(GArray) chosen = repack_choose(uses, checkpoint_bytes, DEAD_PERCENT);
    while (chosen->len > 0) {
        RepackTotals round_totals;
        uint64_t room = free_bytes(repository) / 10 * 9;
        g_autoptr(GArray) round = take_round(chosen, uses, room - MIN(room, checkpoint_bytes));
        if (round->len == 0)
            return no_room(checkpoint_bytes, error);
        if (!repack(writer, round, options, &round_totals, error))
            return false;
        add_totals(totals, &round_totals);
    }
    return true;
}

bool repack_reclaim(Writer *writer, const RepackOptions *options, RepackTotals *totals, GError **error)
{
    Repository *repository = writer_repository(writer);
    *totals = (RepackTotals){0};
    reserve_use(repository->path);
    bool done = empty_packs(writer, options, totals, error) && writer_replace_loose_index(writer, error);
    reserve_keep(repository->path);
    return done;
}
