#include "index_replace.h"

#include <string.h>

#include "catalog_apply.h"
#include "catalog_records.h"
#include "index_directory.h"

#define LOOSE_BYTES_AT_LEAST ((uint64_t)256 << 10)
#define LOOSE_SHARE 8 /* a copy pays from an eighth on */
#define NEW_SHARE 4   /* pages that fill in any order are two thirds full */

#define ROOM_SHARE 16
#define ROOM_BYTES_AT_MOST ((uint64_t)192 << 10)

uint64_t index_bytes(Repository *repository)
{
    CatalogUse use;
    return catalog_env_use(repository->catalog, &use, NULL) ? use.file_bytes : 0;
}

bool index_is_loose(Repository *repository, uint64_t bytes_before)
{
    CatalogUse use;
    if (!catalog_env_use(repository->catalog, &use, NULL))
        return false;
    uint64_t loose = use.file_bytes - MIN(use.used_bytes, use.file_bytes);
    uint64_t new = use.file_bytes - MIN(bytes_before, use.file_bytes);
    return (loose >= LOOSE_BYTES_AT_LEAST && loose > use.file_bytes / LOOSE_SHARE) ||
           (new >= LOOSE_BYTES_AT_LEAST &&new > use.file_bytes / NEW_SHARE);
}

static bool put_room(CatalogTxn *txn, const CatalogKey *key, uint64_t bytes, GError **error)
{
    g_autoptr(GByteArray) zeros = g_byte_array_new();
    g_byte_array_set_size(zeros, (guint)bytes);
    memset(zeros->data, 0, zeros->len);
    return catalog_put(txn, TABLE_META, key, zeros, error);
}

static bool put_position_again(CatalogTxn *txn, GError **error)
{
    CatalogPosition position;
    return catalog_position_get(txn, &position, error) && catalog_position_put(txn, &position, error);
}

static bool make_step(CatalogTxn *txn, int step, uint64_t bytes, GError **error)
{
    CatalogKey key = key_meta("room");
    switch (step) {
    case 0:
        return put_room(txn, &key, bytes, error);
    case 1:
        return catalog_delete(txn, TABLE_META, &key, error);
    default:
        return put_position_again(txn, error);
    }
}

/* One more message changes a page of each table, and LMDB writes new pages for those and splits what is full. Where it
 * finds none that are free, the file grows by all of them; so some are left. What a transaction frees the next but one
 * can use: the third is there to be the next. */
static bool leave_room(CatalogEnv *copy, uint64_t bytes, GError **error)
{
    for (int step = 0; step < 3; step++) {
        CatalogTxn *txn = catalog_write_begin(copy, error);
        if (!txn)
            return false;
        if (!make_step(txn, step, bytes, error)) {
            catalog_write_abort(txn);
            return false;
        }
        if (!catalog_write_commit(txn, error))
            return false;
    }
    return true;
}

static uint64_t room_bytes(CatalogEnv *copy)
{
    CatalogUse use;
    return catalog_env_use(copy, &use, NULL) ? MIN(use.file_bytes / ROOM_SHARE, ROOM_BYTES_AT_MOST) : 0;
}

static bool copy_to(Repository *repository, const char *directory, GError **error)
{
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, error);
    g_autoptr(CatalogEnv) copy = txn ? catalog_env_build(directory, error) : NULL;
    return copy && catalog_env_copy(txn, copy, error) && leave_room(copy, room_bytes(copy), error) &&
           catalog_env_sync(copy, error);
}

bool index_replace_by_copy(Repository *repository, GError **error)
{
    g_autofree char *directory = index_directory_make_new(repository->path, error);
    if (directory && copy_to(repository, directory, error))
        return index_directory_install_new(repository->path, error);
    index_directory_drop_new(repository->path, NULL);
    return false;
}
