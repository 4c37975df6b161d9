#include "rebuild.h"

#include <unistd.h>

#include "error.h"
#include "index_directory.h"
#include "rebuild_private.h"
#include "recover.h"
#include "reserve.h"

/* Fills REPO/index.new; the repository has no catalog before and after. */
static bool build_new(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    g_autofree char *directory = index_directory_make_new(repository->path, error);
    repository->catalog = directory ? catalog_env_build(directory, error) : NULL;
    bool built = repository->catalog && recover_from_packs(repository, options, totals, error) &&
                 catalog_env_sync(repository->catalog, error);
    g_clear_pointer(&repository->catalog, catalog_env_close);
    return built;
}

static bool is_lossless(const RebuildTotals *totals)
{
    return totals->damaged_places == 0 && totals->lost_batches == 0 && totals->skipped_changes == 0;
}

/* It is also of no use where it lacks what a checkpoint has taken the place of. */
static bool is_present_index_sound(Repository *repository)
{
    g_autofree char *directory = index_directory(repository->path);
    repository->catalog = catalog_env_open(directory, false, NULL);
    bool sound =
        repository->catalog && catalog_env_verify(repository->catalog, NULL) && !recover_must_begin_anew(repository);
    g_clear_pointer(&repository->catalog, catalog_env_close);
    return sound;
}

/* What is lost in the packs may still stand in the index there is: a sound one is not given up for less. */
static bool install(Repository *repository, RebuildTotals *totals, GError **error)
{
    totals->kept_old = !is_lossless(totals) && is_present_index_sound(repository);
    return totals->kept_old ? index_directory_drop_new(repository->path, error)
                            : index_directory_install_new(repository->path, error);
}

bool rebuild_index(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    *totals = (RebuildTotals){0};
    int lock = repository_lock(repository, error);
    if (lock < 0)
        return false;
    reserve_use(repository->path);
    bool done = build_new(repository, options, totals, error);
    if (done)
        done = install(repository, totals, error);
    else
        index_directory_drop_new(repository->path, NULL);
    reserve_keep(repository->path);
    close(lock);
    return done;
}

bool repository_rebuild(const char *path, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    g_autoptr(Repository) repository = repository_open_packs(path, error);
    return repository && rebuild_index(repository, options, totals, error);
}
