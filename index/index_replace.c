#include "index_replace.h"

#include "index_directory.h"

#define LOOSE_BYTES_AT_LEAST ((uint64_t)256 << 10)
#define LOOSE_SHARE 8 /* a copy pays from an eighth on */

bool index_is_loose(Repository *repository)
{
    CatalogUse use;
    if (!catalog_env_use(repository->catalog, &use, NULL))
        return false;
    uint64_t loose = use.file_bytes - MIN(use.used_bytes, use.file_bytes);
    return loose >= LOOSE_BYTES_AT_LEAST && loose > use.file_bytes / LOOSE_SHARE;
}

static bool copy_to(Repository *repository, const char *directory, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    g_autoptr(CatalogEnv) copy = txn ? catalog_env_build(directory, error) : NULL;
    return copy && catalog_env_copy(txn, copy, error) && catalog_env_sync(copy, error);
}

bool index_replace_by_copy(Repository *repository, GError **error)
{
    g_autofree char *directory = index_directory_make_new(repository->path, error);
    if (directory && copy_to(repository, directory, error))
        return index_directory_install_new(repository->path, error);
    index_directory_drop_new(repository->path, NULL);
    return false;
}
