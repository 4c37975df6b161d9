#include "catalog_env.h"

#include <errno.h>
#include <lmdb.h>
#include <string.h>
#include <zlib.h>

#include "error.h"

/* Far above any catalog, so that the map never has to grow while readers use it; halved where the address space is
 * limited. The file is as large as what is in it. */
#define MAP_BYTES_AT_MOST ((size_t)1 << 40)
#define MAP_BYTES_AT_LEAST ((size_t)1 << 26)
#define READERS_AT_MOST 254
#define CHECKSUM_SIZE 4

static const char *const table_names[TABLE_COUNT] = {
    [TABLE_META] = "meta",
    [TABLE_ACCOUNTS] = "accounts",
    [TABLE_MAILBOXES] = "mailboxes",
    [TABLE_PRESENCE] = "presence",
    [TABLE_MESSAGES] = "messages",
    [TABLE_SNAPSHOTS] = "snapshots",
    [TABLE_SNAPSHOT_TIMES] = "snapshot-times",
    [TABLE_BLOBS] = "blobs",
};

struct CatalogEnv {
    char *directory;
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT];
    GMutex mutex;
    GPtrArray *idle; /* reset read transactions: MDB_txn* */
    unsigned readers;
};

struct CatalogTxn {
    CatalogEnv *env;
    MDB_txn *txn;
};

struct CatalogScan {
    MDB_cursor *cursor;
    CatalogTable table;
    CatalogKey from;
    size_t prefix_length;
    bool started;
};

static bool fail(GError **error, int code, const char *doing)
{
    switch (code) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_NOTFOUND:
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged while %s: %s", doing, mdb_strerror(code));
    case MDB_MAP_FULL:
        return mb_error_set(error, MB_ERROR_LIMIT, "index too large while %s", doing);
    default:
        return code > 0 ? mb_error_errno(error, code, "index, while %s", doing)
                        : mb_error_set(error, MB_ERROR_SYSTEM, "index, while %s: %s", doing, mdb_strerror(code));
    }
}

static int open_tables(CatalogEnv *env, bool create)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->env, NULL, create ? 0 : MDB_RDONLY, &txn);
    for (int i = 0; code == 0 && i < TABLE_COUNT; i++)
        code = mdb_dbi_open(txn, table_names[i], create ? MDB_CREATE : 0, &env->tables[i]);
    /* Committed even when read-only: a handle opened in a transaction that is only reset is lost. */
    if (code == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return code;
}

static int open_sized(CatalogEnv *env, bool writable, size_t map_bytes)
{
    int code = mdb_env_create(&env->env);
    if (code == 0)
        code = mdb_env_set_mapsize(env->env, map_bytes);
    if (code == 0)
        code = mdb_env_set_maxdbs(env->env, TABLE_COUNT);
    if (code == 0)
        code = mdb_env_set_maxreaders(env->env, READERS_AT_MOST);
    if (code == 0)
        code = mdb_env_open(env->env, env->directory, MDB_NOTLS | (writable ? 0 : MDB_RDONLY), 0600);
    if (code != 0) {
        mdb_env_close(env->env);
        env->env = NULL;
    }
    return code;
}

static bool open_environment(CatalogEnv *env, bool writable, GError **error)
{
    int code = ENOMEM;
    for (size_t bytes = MAP_BYTES_AT_MOST; code == ENOMEM && bytes >= MAP_BYTES_AT_LEAST; bytes /= 4)
        code = open_sized(env, writable, bytes);
    if (code == 0) {
        int dead;
        mdb_reader_check(env->env, &dead); /* frees the slots of readers that were killed */
        code = open_tables(env, writable);
    }
    return code == 0 ? true : fail(error, code, "opening it");
}

CatalogEnv *catalog_env_open(const char *directory, bool create, GError **error)
{
    g_autoptr(CatalogEnv) env = g_new0(CatalogEnv, 1);
    env->directory = g_strdup(directory);
    g_mutex_init(&env->mutex);
    env->idle = g_ptr_array_new();
    if (!open_environment(env, create, error))
        return NULL;
    return g_steal_pointer(&env);
}

static void close_environment(CatalogEnv *env)
{
    for (guint i = 0; i < env->idle->len; i++)
        mdb_txn_abort(g_ptr_array_index(env->idle, i));
    g_ptr_array_set_size(env->idle, 0);
    if (env->env)
        mdb_env_close(env->env);
    env->env = NULL;
}

void catalog_env_close(CatalogEnv *env)
{
    if (!env)
        return;
    close_environment(env);
    g_ptr_array_unref(env->idle);
    g_mutex_clear(&env->mutex);
    g_free(env->directory);
    g_free(env);
}

bool catalog_env_make_writable(CatalogEnv *env, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&env->mutex);
    if (env->readers > 0)
        return mb_error_set(error, MB_ERROR_BUSY, "index is being read while it should be opened for writing");
    close_environment(env);
    return open_environment(env, true, error);
}

uint64_t catalog_env_generation(CatalogEnv *env)
{
    MDB_envinfo info;
    mdb_env_info(env->env, &info);
    return info.me_last_txnid;
}

static int begin_or_renew(CatalogEnv *env, MDB_txn **txn)
{
    if (env->idle->len == 0)
        return mdb_txn_begin(env->env, NULL, MDB_RDONLY, txn);
    *txn = g_ptr_array_steal_index_fast(env->idle, env->idle->len - 1);
    return mdb_txn_renew(*txn);
}

CatalogTxn *catalog_read_begin(CatalogEnv *env, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&env->mutex);
    MDB_txn *txn = NULL;
    int code = begin_or_renew(env, &txn);
    if (code != 0) {
        fail(error, code, "beginning to read");
        return NULL;
    }
    env->readers++;
    CatalogTxn *read = g_new0(CatalogTxn, 1);
    read->env = env;
    read->txn = txn;
    return read;
}

void catalog_read_end(CatalogTxn *txn)
{
    if (!txn)
        return;
    CatalogEnv *env = txn->env;
    mdb_txn_reset(txn->txn);
    g_mutex_lock(&env->mutex);
    g_ptr_array_add(env->idle, txn->txn);
    env->readers--;
    g_mutex_unlock(&env->mutex);
    g_free(txn);
}

CatalogTxn *catalog_write_begin(CatalogEnv *env, GError **error)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->env, NULL, 0, &txn);
    if (code != 0) {
        fail(error, code, "beginning to write");
        return NULL;
    }
    CatalogTxn *write = g_new0(CatalogTxn, 1);
    write->env = env;
    write->txn = txn;
    return write;
}

bool catalog_write_commit(CatalogTxn *txn, GError **error)
{
    int code = mdb_txn_commit(txn->txn);
    g_free(txn);
    return code == 0 ? true : fail(error, code, "committing");
}

void catalog_write_abort(CatalogTxn *txn)
{
    if (!txn)
        return;
    mdb_txn_abort(txn->txn);
    g_free(txn);
}

static uint32_t checksum(CatalogTable table, const void *key, size_t key_length, const void *value, size_t value_length)
{
    uint8_t number = (uint8_t)table;
    uLong crc = crc32_z(0, &number, 1);
    crc = crc32_z(crc, key, key_length);
    return (uint32_t)crc32_z(crc, value, value_length);
}

static bool open_value(CatalogTable table, const MDB_val *key, const MDB_val *stored, Reader *value, GError **error)
{
    size_t length = stored->mv_size - CHECKSUM_SIZE;
    if (stored->mv_size >= CHECKSUM_SIZE) {
        Reader tail = reader_of((const uint8_t *)stored->mv_data + length, CHECKSUM_SIZE);
        if (take_u32(&tail) == checksum(table, key->mv_data, key->mv_size, stored->mv_data, length)) {
            *value = reader_of(stored->mv_data, length);
            return true;
        }
    }
    return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged: a value in table %s has a wrong checksum",
                        table_names[table]);
}

CatalogAnswer catalog_get(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, Reader *value, GError **error)
{
    MDB_val mdb_key = {.mv_size = key->length, .mv_data = (void *)key->bytes}, stored;
    int code = mdb_get(txn->txn, txn->env->tables[table], &mdb_key, &stored);
    if (code == MDB_NOTFOUND)
        return CATALOG_ABSENT;
    if (code != 0) {
        fail(error, code, "reading");
        return CATALOG_FAILED;
    }
    return open_value(table, &mdb_key, &stored, value, error) ? CATALOG_FOUND : CATALOG_FAILED;
}

bool catalog_put(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, const GByteArray *value, GError **error)
{
    MDB_val mdb_key = {.mv_size = key->length, .mv_data = (void *)key->bytes};
    MDB_val stored = {.mv_size = value->len + CHECKSUM_SIZE};
    int code = mdb_put(txn->txn, txn->env->tables[table], &mdb_key, &stored, MDB_RESERVE);
    if (code != 0)
        return fail(error, code, "writing");
    uint32_t sum = GUINT32_TO_LE(checksum(table, key->bytes, key->length, value->data, value->len));
    if (value->len > 0)
        memcpy(stored.mv_data, value->data, value->len);
    memcpy((uint8_t *)stored.mv_data + value->len, &sum, sizeof sum);
    return true;
}

bool catalog_delete(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, GError **error)
{
    MDB_val mdb_key = {.mv_size = key->length, .mv_data = (void *)key->bytes};
    int code = mdb_del(txn->txn, txn->env->tables[table], &mdb_key, NULL);
    return code == 0 || code == MDB_NOTFOUND ? true : fail(error, code, "deleting");
}

bool catalog_count(CatalogTxn *txn, CatalogTable table, uint64_t *count, GError **error)
{
    MDB_stat statistics;
    int code = mdb_stat(txn->txn, txn->env->tables[table], &statistics);
    *count = code == 0 ? statistics.ms_entries : 0;
    return code == 0 ? true : fail(error, code, "counting");
}

CatalogScan *catalog_scan_begin(CatalogTxn *txn, CatalogTable table, const CatalogKey *from, size_t prefix_length,
                                GError **error)
{
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn->txn, txn->env->tables[table], &cursor);
    if (code != 0) {
        fail(error, code, "listing");
        return NULL;
    }
    CatalogScan *scan = g_new0(CatalogScan, 1);
    scan->cursor = cursor;
    scan->table = table;
    scan->from = *from;
    scan->prefix_length = prefix_length;
    return scan;
}

static int move_on(CatalogScan *scan, MDB_val *key, MDB_val *stored)
{
    bool first = !scan->started;
    scan->started = true;
    if (!first)
        return mdb_cursor_get(scan->cursor, key, stored, MDB_NEXT);
    if (scan->from.length == 0)
        return mdb_cursor_get(scan->cursor, key, stored, MDB_FIRST);
    *key = (MDB_val){.mv_size = scan->from.length, .mv_data = scan->from.bytes};
    return mdb_cursor_get(scan->cursor, key, stored, MDB_SET_RANGE);
}

CatalogAnswer catalog_scan_next(CatalogScan *scan, Reader *key, Reader *value, GError **error)
{
    MDB_val mdb_key, stored;
    int code = move_on(scan, &mdb_key, &stored);
    if (code == MDB_NOTFOUND)
        return CATALOG_ABSENT;
    if (code != 0) {
        fail(error, code, "listing");
        return CATALOG_FAILED;
    }
    if (mdb_key.mv_size < scan->prefix_length || memcmp(mdb_key.mv_data, scan->from.bytes, scan->prefix_length) != 0)
        return CATALOG_ABSENT;
    *key = reader_of(mdb_key.mv_data, mdb_key.mv_size);
    return open_value(scan->table, &mdb_key, &stored, value, error) ? CATALOG_FOUND : CATALOG_FAILED;
}

void catalog_scan_end(CatalogScan *scan)
{
    if (!scan)
        return;
    mdb_cursor_close(scan->cursor);
    g_free(scan);
}
