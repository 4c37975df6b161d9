/* How much of the map is resident: what was read would count as ours until somebody else needs the memory. */
#include <sys/mman.h>
#include <sys/stat.h>

#include "catalog_env_private.h"
#include "mapped_file.h"

#define LARGE_BYTES ((off_t)16 << 20)
#define RESIDENT_AT_MOST ((size_t)18 << 20) /* with the libraries */
/* Each may be anywhere, and the kernel maps 64 KiB around what is read. */
#define LOOKUPS_BETWEEN 32u
#define PAGE_BYTES ((size_t)2 << 10) /* of values in a page, which is not always full */

/* Once. Without huge pages, by which a lookup may make 2 MiB resident. */
static void find_map(CatalogEnv *env, int fd)
{
    if (env->is_map_known)
        return;
    env->is_map_known = true;
    env->map = mapped_file_find(fd, &env->map_bytes);
    if (env->map)
        madvise(env->map, env->map_bytes, MADV_NOHUGEPAGE);
}

static void let_go_if_much(CatalogEnv *env)
{
    int fd;
    struct stat file;
    if (mdb_env_get_fd(env->env, &fd) != 0 || fstat(fd, &file) != 0 || file.st_size <= LARGE_BYTES ||
        mapped_file_resident() <= RESIDENT_AT_MOST)
        return;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&env->mutex);
    find_map(env, fd);
    if (env->map)
        madvise(env->map, MIN((size_t)file.st_size, env->map_bytes), MADV_DONTNEED);
}

void catalog_residency_note_lookup(CatalogEnv *env)
{
    guint before = (guint)g_atomic_int_add(&env->lookups, 1);
    if (before % LOOKUPS_BETWEEN == LOOKUPS_BETWEEN - 1)
        let_go_if_much(env);
}

void catalog_residency_note_listed(CatalogEnv *env, size_t *bytes, const MDB_val *stored)
{
    *bytes += stored->mv_size;
    if (*bytes < PAGE_BYTES)
        return;
    *bytes = 0;
    catalog_residency_note_lookup(env);
}
