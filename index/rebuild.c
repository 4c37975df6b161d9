#include "rebuild.h"

#include <unistd.h>

#include "catalog_apply.h"
#include "catalog_query.h"
#include "index_directory.h"
#include "rebuild_private.h"
#include "recover.h"
#include "reserve.h"

/* Fills REPO/index.new, which is the repository's catalog then. */
static bool build_new(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    g_autofree char *directory = index_directory_make_new(repository->path, error);
    repository->catalog = directory ? catalog_env_build(directory, error) : NULL;
    return repository->catalog && recover_from_packs(repository, options, totals, error) &&
           catalog_env_sync(repository->catalog, error);
}

/* It is also of no use where it lacks what a checkpoint has taken the place of. */
static CatalogEnv *open_sound_index(Repository *repository)
{
    g_autofree char *directory = index_directory(repository->path);
    repository->catalog = catalog_env_open(directory, false, NULL);
    bool sound =
        repository->catalog && catalog_env_verify(repository->catalog, NULL) && !recover_must_begin_anew(repository);
    CatalogEnv *present = g_steal_pointer(&repository->catalog);
    if (!sound)
        g_clear_pointer(&present, catalog_env_close);
    return present;
}

typedef struct {
    CatalogTxn *txn;
    bool lacks_some;
} BlobSearch;

static void look_for_blob(const BlobName *name, const GArray *extents, void *user)
{
    (void)extents;
    BlobSearch *search = user;
    search->lacks_some |= catalog_blob(search->txn, name->type, &name->id, NULL, NULL) != CATALOG_FOUND;
}

/* Has `one` all batches that `other` has, and knows all blobs that it knows? */
static bool has_read_as_far(CatalogEnv *one, CatalogEnv *other)
{
    CatalogPosition end, other_end;
    g_autoptr(CatalogTxn) txn = catalog_read_begin(one, NULL);
    g_autoptr(CatalogTxn) other_txn = catalog_read_begin(other, NULL);
    BlobSearch search = {.txn = txn};
    return txn && other_txn && catalog_position_get(txn, &end, NULL) &&
           catalog_position_get(other_txn, &other_end, NULL) && end.sequence >= other_end.sequence &&
           catalog_each_blob(other_txn, look_for_blob, &search, NULL) && !search.lacks_some;
}

static bool is_lossless(const RebuildTotals *totals)
{
    return totals->damaged_places == 0 && totals->lost_batches == 0 && totals->skipped_changes == 0;
}

/* What is lost in the packs may still stand in the index there is: a sound one is not given up for less. Places that
 * are torn are no loss where it knows no more than the new one; without it they may as well be damage. */
static void compare_with_present(Repository *repository, RebuildTotals *totals)
{
    g_autoptr(CatalogEnv) rebuilt = g_steal_pointer(&repository->catalog);
    g_autoptr(CatalogEnv) present = open_sound_index(repository);
    bool as_far = present && has_read_as_far(rebuilt, present);
    if (!as_far) {
        totals->damaged_places += totals->torn_places;
        totals->torn_places = 0;
    }
    totals->kept_old = present && !(as_far && is_lossless(totals));
}

static bool build_and_install(Repository *repository, const RebuildOptions *options, RebuildTotals *totals,
                              GError **error)
{
    bool built = build_new(repository, options, totals, error);
    if (built)
        compare_with_present(repository, totals);
    g_clear_pointer(&repository->catalog, catalog_env_close);
    if (built && !totals->kept_old)
        return index_directory_install_new(repository->path, error);
    return index_directory_drop_new(repository->path, built ? error : NULL) && built;
}

bool rebuild_index(Repository *repository, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    *totals = (RebuildTotals){0};
    int lock = repository_lock(repository, error);
    if (lock < 0)
        return false;
    reserve_use(repository->path);
    bool done = build_and_install(repository, options, totals, error);
    reserve_keep(repository->path);
    close(lock);
    return done;
}

bool repository_rebuild(const char *path, const RebuildOptions *options, RebuildTotals *totals, GError **error)
{
    g_autoptr(Repository) repository = repository_open_packs(path, error);
    return repository && rebuild_index(repository, options, totals, error);
}
