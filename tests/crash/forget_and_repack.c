/* forget REPOSITORY ROUNDS: of a finished ingest of so many rounds, forgets the snapshots that the workload lets go,
 * empties every pack, replaces the index and optimizes. Run again, it goes on where it was cut off. Says "forgotten",
 * "emptied", "replaced" and "optimized", each with one write(2), once it is durable. */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "optimize.h"
#include "repack.h"
#include "view.h"
#include "workload.h"
#include "writer_prune.h"

static bool acknowledge(const char *line, GError **error)
{
    return write(STDOUT_FILENO, line, strlen(line)) == (ssize_t)strlen(line) ||
           mb_error_set(error, MB_ERROR_SYSTEM, "cannot acknowledge");
}

/* None when it was done before. */
static GArray *choose(const GArray *snapshots, unsigned rounds)
{
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (unsigned round = 1; snapshots->len == rounds && round <= rounds; round++)
        if (workload_is_forgotten(round))
            g_array_append_val(chosen, g_array_index(snapshots, SnapshotInfo, round - 1).snapshot);
    return chosen;
}

static bool forget_most(Repository *repository, Writer *writer, unsigned rounds, GError **error)
{
    g_autoptr(View) view = view_acquire(repository, error);
    g_autoptr(AccountInfo) account = view ? view_account_by_name(view, WORKLOAD_ACCOUNT, error) : NULL;
    g_autoptr(GArray) snapshots = account ? view_snapshots(view, account->account, error) : NULL;
    g_clear_pointer(&view, view_release);
    if (!snapshots)
        return false;
    g_autoptr(GArray) chosen = choose(snapshots, rounds);
    return (chosen->len == 0 || writer_forget(writer, account->account, chosen, error)) &&
           acknowledge("forgotten\n", error);
}

static bool empty_all(Repository *repository, Writer *writer, GError **error)
{
    const RepackOptions options = {0};
    RepackTotals totals;
    g_autoptr(GArray) uses = repack_survey(repository, error);
    g_autoptr(GArray) packs = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (unsigned i = 0; uses && i < uses->len; i++)
        g_array_append_val(packs, g_array_index(uses, PackUse, i).pack);
    return uses && repack(writer, packs, &options, &totals, error) &&
           (totals.unreadable == 0 || mb_error_set(error, MB_ERROR_CORRUPT, "something cannot be read")) &&
           acknowledge("emptied\n", error);
}

static bool forget_in(Repository *repository, unsigned rounds, GError **error)
{
    g_autoptr(Writer) writer = writer_open(repository, error);
    if (!writer)
        return false;
    if (forget_most(repository, writer, rounds, error) && empty_all(repository, writer, error) &&
        writer_replace_index(writer, error) && acknowledge("replaced\n", error))
        return true;
    writer_commit(writer, NULL); /* what no program of ours does: it must be refused where it would be harm */
    return false;
}

static bool optimize(Repository *repository, GError **error)
{
    const OptimizeOptions options = {0};
    OptimizeTotals totals;
    return repository_optimize(repository, &options, &totals, error) &&
           (totals.unreadable == 0 || mb_error_set(error, MB_ERROR_CORRUPT, "something cannot be read")) &&
           acknowledge("optimized\n", error);
}

static bool run(const char *path, unsigned rounds, GError **error)
{
    g_autoptr(Repository) repository = repository_open(path, error);
    return repository && forget_in(repository, rounds, error) && optimize(repository, error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: forget REPOSITORY ROUNDS\n");
        return 2;
    }
    bool done = run(argv[1], (unsigned)strtoul(argv[2], NULL, 10), &error);
    if (!done)
        fprintf(stderr, "forget: %s\n", error->message);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
