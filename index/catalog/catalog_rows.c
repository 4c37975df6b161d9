/* The rows of a table: one by its key, and scans. */
#include <lmdb.h>
#include <string.h>

#include "catalog_checksum.h"
#include "catalog_env_private.h"
#include "map_guard.h"

struct CatalogScan {
    const CatalogTxn *txn;
    MDB_cursor *cursor;
    CatalogTable table;
    CatalogKey from;
    size_t prefix_length;
    bool backwards;
    bool started;
    size_t listed_bytes;
    MDB_val key; /* where it is */
    MDB_val stored;
};

typedef struct {
    MDB_txn *txn;
    MDB_dbi dbi;
    CatalogTable table;
    MDB_val key;
    MDB_val stored;
} Get;

bool catalog_is_as_written(CatalogTable table, const MDB_val *key, const MDB_val *stored)
{
    return catalog_checksum_verify(table, key->mv_data, key->mv_size, stored->mv_data, stored->mv_size);
}

static int get_verified(void *user)
{
    Get *get = user;
    int code = mdb_get(get->txn, get->dbi, &get->key, &get->stored);
    return code != 0 || catalog_is_as_written(get->table, &get->key, &get->stored) ? code : CATALOG_WRONG_CHECKSUM;
}

static Reader value_of(const MDB_val *stored)
{
    return reader_of(stored->mv_data, stored->mv_size - CATALOG_CHECKSUM_SIZE);
}

static CatalogAnswer answer_of(int code, const char *doing, GError **error)
{
    if (code == 0)
        return CATALOG_FOUND;
    if (code == MDB_NOTFOUND)
        return CATALOG_ABSENT;
    catalog_env_fail(error, code, doing);
    return CATALOG_FAILED;
}

CatalogAnswer catalog_get(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, Reader *value, GError **error)
{
    Get get = {.txn = txn->txn,
               .dbi = txn->env->tables[table],
               .table = table,
               .key = {.mv_size = key->length, .mv_data = (void *)key->bytes}};
    CatalogAnswer answer = answer_of(map_guard_call(get_verified, &get), "reading", error);
    catalog_residency_note_lookup(txn->env);
    if (answer == CATALOG_FOUND)
        *value = value_of(&get.stored);
    return answer;
}

bool catalog_put(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, const GByteArray *value, GError **error)
{
    MDB_val mdb_key = {.mv_size = key->length, .mv_data = (void *)key->bytes};
    MDB_val stored = {.mv_size = value->len + CATALOG_CHECKSUM_SIZE};
    catalog_residency_note_lookup(txn->env);
    int code = mdb_put(txn->txn, txn->env->tables[table], &mdb_key, &stored, MDB_RESERVE);
    if (code != 0)
        return catalog_env_fail(error, code, "writing");
    uint32_t sum = GUINT32_TO_LE(catalog_checksum(table, key->bytes, key->length, value->data, value->len));
    if (value->len > 0)
        memcpy(stored.mv_data, value->data, value->len);
    memcpy((uint8_t *)stored.mv_data + value->len, &sum, sizeof sum);
    return true;
}

bool catalog_delete(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, GError **error)
{
    MDB_val mdb_key = {.mv_size = key->length, .mv_data = (void *)key->bytes};
    int code = mdb_del(txn->txn, txn->env->tables[table], &mdb_key, NULL);
    return code == 0 || code == MDB_NOTFOUND ? true : catalog_env_fail(error, code, "deleting");
}

typedef struct {
    const CatalogTxn *txn;
    CatalogTable table;
    MDB_stat statistics;
} Count;

static int read_statistics(void *user)
{
    Count *count = user;
    return mdb_stat(count->txn->txn, count->txn->env->tables[count->table], &count->statistics);
}

bool catalog_count(CatalogTxn *txn, CatalogTable table, uint64_t *count, GError **error)
{
    Count counted = {.txn = txn, .table = table};
    int code = map_guard_call(read_statistics, &counted);
    *count = code == 0 ? counted.statistics.ms_entries : 0;
    return code == 0 ? true : catalog_env_fail(error, code, "counting");
}

/* Asking for statistics first reads the table's root, so that a fault happens there and not with a cursor allocated. */
static int open_cursor(void *user)
{
    CatalogScan *scan = user;
    MDB_dbi table = scan->txn->env->tables[scan->table];
    MDB_stat unused;
    int code = mdb_stat(scan->txn->txn, table, &unused);
    return code == 0 ? mdb_cursor_open(scan->txn->txn, table, &scan->cursor) : code;
}

static CatalogScan *begin_scan(CatalogTxn *txn, CatalogTable table, const CatalogKey *from, size_t prefix_length,
                               bool backwards, GError **error)
{
    g_autofree CatalogScan *scan = g_new0(CatalogScan, 1);
    scan->txn = txn;
    scan->table = table;
    scan->from = *from;
    scan->prefix_length = prefix_length;
    scan->backwards = backwards;
    int code = map_guard_call(open_cursor, scan);
    if (code == 0)
        return g_steal_pointer(&scan);
    catalog_env_fail(error, code, "listing");
    return NULL;
}

CatalogScan *catalog_scan_begin(CatalogTxn *txn, CatalogTable table, const CatalogKey *from, size_t prefix_length,
                                GError **error)
{
    return begin_scan(txn, table, from, prefix_length, false, error);
}

CatalogScan *catalog_scan_begin_back(CatalogTxn *txn, CatalogTable table, const CatalogKey *before,
                                     size_t prefix_length, GError **error)
{
    return begin_scan(txn, table, before, prefix_length, true, error);
}

static int get(CatalogScan *scan, MDB_cursor_op where)
{
    return mdb_cursor_get(scan->cursor, &scan->key, &scan->stored, where);
}

static int go_to_start(CatalogScan *scan)
{
    if (scan->from.length == 0)
        return get(scan, MDB_FIRST);
    scan->key = (MDB_val){.mv_size = scan->from.length, .mv_data = scan->from.bytes};
    int code = get(scan, MDB_SET_RANGE);
    if (!scan->backwards)
        return code;
    return code == 0 ? get(scan, MDB_PREV) : code == MDB_NOTFOUND ? get(scan, MDB_LAST) : code;
}

static int move_on(CatalogScan *scan)
{
    bool first = !scan->started;
    scan->started = true;
    return first ? go_to_start(scan) : get(scan, scan->backwards ? MDB_PREV : MDB_NEXT);
}

static int move_on_verified(void *user)
{
    CatalogScan *scan = user;
    int code = move_on(scan);
    if (code != 0)
        return code;
    if (scan->key.mv_size < scan->prefix_length ||
        memcmp(scan->key.mv_data, scan->from.bytes, scan->prefix_length) != 0)
        return MDB_NOTFOUND;
    return catalog_is_as_written(scan->table, &scan->key, &scan->stored) ? 0 : CATALOG_WRONG_CHECKSUM;
}

CatalogAnswer catalog_scan_next(CatalogScan *scan, Reader *key, Reader *value, GError **error)
{
    CatalogAnswer answer = answer_of(map_guard_call(move_on_verified, scan), "listing", error);
    if (answer == CATALOG_FOUND) {
        catalog_residency_note_listed(scan->txn->env, &scan->listed_bytes, &scan->stored);
        *key = reader_of(scan->key.mv_data, scan->key.mv_size);
        *value = value_of(&scan->stored);
    }
    return answer;
}

void catalog_scan_end(CatalogScan *scan)
{
    if (!scan)
        return;
    mdb_cursor_close(scan->cursor);
    g_free(scan);
}
