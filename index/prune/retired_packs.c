#include "retired_packs.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog_checkpoint.h"
#include "durable.h"
#include "error.h"
#include "number_set.h"
#include "pack_file.h"

static GArray *read_retired(Repository *repository, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    return txn ? catalog_retired_packs(txn, NULL, error) : NULL;
}

static bool delete_pack(Repository *repository, uint32_t pack, uint64_t *bytes, GError **error)
{
    g_autofree char *path = pack_file_path(repository->packs_directory, pack);
    struct stat status;
    if (stat(path, &status) == 0)
        *bytes += (uint64_t)status.st_blocks * 512;
    return unlink(path) == 0 || errno == ENOENT || mb_error_errno(error, errno, "cannot delete %s", path);
}

/* Packs lie in directories by number; each that lost one is synced once. */
static bool delete_packs(Repository *repository, const GArray *packs, uint64_t *bytes, GError **error)
{
    for (guint i = 0; i < packs->len; i++) {
        uint32_t pack = g_array_index(packs, uint32_t, i);
        if (!delete_pack(repository, pack, bytes, error))
            return false;
        bool last = i + 1 == packs->len || g_array_index(packs, uint32_t, i + 1) >> 8 != pack >> 8;
        g_autofree char *directory = pack_file_directory(repository->packs_directory, pack);
        if (last && !durable_sync_directory(directory, error))
            return false;
    }
    return true;
}

bool retired_packs_delete(Repository *repository, uint64_t *bytes, GError **error)
{
    uint64_t unused = 0;
    g_autoptr(GArray) retired = read_retired(repository, error);
    g_autoptr(GArray) present = retired ? pack_file_list(repository->packs_directory, error) : NULL;
    if (!present)
        return false;
    g_autoptr(GArray) left = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < present->len; i++)
        if (number_set_has(retired, g_array_index(present, uint32_t, i)))
            g_array_append_vals(left, &g_array_index(present, uint32_t, i), 1);
    if (!delete_packs(repository, left, bytes ? bytes : &unused, error))
        return false;
    pack_reader_drop_deleted(repository->packs);
    return true;
}
