/* How much of the map is resident: what was read would count as ours until somebody else needs the memory. */
#include <sys/mman.h>

#include "catalog_env_private.h"
#include "map_guard.h"
#include "mapped_file.h"

#define LARGE_BYTES ((size_t)16 << 20)
#define RESIDENT_AT_MOST ((size_t)18 << 20) /* with the libraries */
/* Each may be anywhere, and the kernel maps 64 KiB around what is read. */
#define LOOKUPS_BETWEEN 32u
#define PAGE_BYTES ((size_t)2 << 10) /* of values in a page, which is not always full */

typedef struct {
    CatalogEnv *env;
    MDB_envinfo info;
    MDB_stat tree;
} Size;

static int read_size(void *user)
{
    Size *size = user;
    int code = mdb_env_info(size->env->env, &size->info);
    return code == 0 ? mdb_env_stat(size->env->env, &size->tree) : code;
}

static size_t file_bytes(CatalogEnv *env)
{
    Size size = {.env = env};
    return map_guard_call(read_size, &size) == 0 ? (size.info.me_last_pgno + 1) * size.tree.ms_psize : 0;
}

/* Without huge pages, by which a lookup may make 2 MiB resident. */
static void find_map(CatalogEnv *env)
{
    int fd;
    if (env->map || mdb_env_get_fd(env->env, &fd) != 0)
        return;
    env->map = mapped_file_find(fd, &env->map_bytes);
    if (env->map)
        madvise(env->map, env->map_bytes, MADV_NOHUGEPAGE);
}

static void let_go_if_much(CatalogEnv *env)
{
    size_t bytes = file_bytes(env);
    if (bytes <= LARGE_BYTES || mapped_file_resident() <= RESIDENT_AT_MOST)
        return;
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&env->mutex);
    find_map(env);
    if (env->map)
        madvise(env->map, MIN(bytes, env->map_bytes), MADV_DONTNEED);
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
