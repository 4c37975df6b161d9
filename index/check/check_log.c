#include "check_private.h"
#include "log_gaps.h"

static char *what_is_lost(const LogGap *gap)
{
    if (gap->is_copy)
        return g_strdup("one of the two copies of a checkpoint");
    if (gap->first == gap->last)
        return g_strdup_printf("batch %" G_GUINT64_FORMAT, gap->first);
    return g_strdup_printf("batches %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, gap->first, gap->last);
}

static char *where_it_was(const LogGap *gap, const char *what)
{
    if (gap->packs == 0)
        return g_strdup_printf("missing from the packs: %s", what);
    if (gap->packs == 1)
        return g_strdup_printf("pack %08x is missing, and with it %s", gap->pack, what);
    return g_strdup_printf("%u packs from %08x on are missing, and with them %s", gap->packs, gap->pack, what);
}

static void tell_gap(Check *check, const LogGap *gap)
{
    g_autofree char *what = what_is_lost(gap);
    g_autofree char *where = where_it_was(gap, what);
    check_problem(check, "%s; %s", where,
                  gap->is_copy ? "the other is whole, and `mailbackup optimize` writes both anew"
                               : "only the index can still have that, and `mailbackup optimize` writes what it has");
}

bool check_log(Check *check, GError **error)
{
    g_autoptr(GArray) gaps = log_gaps_find(check->repository, check->options->cancellable, error);
    for (guint i = 0; gaps && i < gaps->len; i++)
        tell_gap(check, &g_array_index(gaps, LogGap, i));
    return gaps != NULL;
}
