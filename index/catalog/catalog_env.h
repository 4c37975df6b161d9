/* LMDB, and nothing of what is stored in it: tables of keys and checksummed values, transactions, range scans.
 *
 * Every value is stored with a CRC-32 over table, key and value, since LMDB itself has no checksums; a value that fails
 * it is MB_ERROR_CORRUPT. */
#ifndef MB_CATALOG_ENV_H
#define MB_CATALOG_ENV_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "disk_format.h"

#define CATALOG_KEY_AT_MOST 64 /* bytes; LMDB's own limit is 511 */

typedef struct CatalogEnv CatalogEnv;
typedef struct CatalogTxn CatalogTxn;

/* Opens the catalog in `directory`, read-only; with `create` makes an empty one first. All of it is verified
 * (catalog_verify.h) before LMDB reads from it, about 2 ms for each MiB, unless it was and has not changed since
 * (catalog_mark.h). MB_ERROR_NOT_FOUND when there is none, MB_ERROR_CORRUPT when it is damaged. */
CatalogEnv *catalog_env_open(const char *directory, bool create, GError **error);
/* Makes one that nobody else uses yet: what is committed to it is durable only after catalog_env_sync(). */
CatalogEnv *catalog_env_build(const char *directory, GError **error);
bool catalog_env_sync(CatalogEnv *env, GError **error);
/* Gives up a hold; the last one closes it. Read transactions hold it too. */
void catalog_env_close(CatalogEnv *env);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CatalogEnv, catalog_env_close)

/* Verifies it, whatever is remembered of it. */
bool catalog_env_verify(CatalogEnv *env, GError **error);

/* Reopens it for writing, for the one process that holds the writer's lock. No transaction may be open: MB_ERROR_BUSY.
 */
bool catalog_env_make_writable(CatalogEnv *env, GError **error);

/* Has another catalog taken the place of this one? */
bool catalog_env_is_replaced(const CatalogEnv *env);

/* Writes all that a transaction sees into `to`, new and empty, as densely as can be. */
bool catalog_env_copy(CatalogTxn *txn, CatalogEnv *to, GError **error);

/* Bytes of its file, and how many of them hold something. */
typedef struct {
    uint64_t file_bytes;
    uint64_t used_bytes;
} CatalogUse;
bool catalog_env_use(CatalogEnv *env, CatalogUse *use, GError **error);

/* The number of the last committed transaction, of this or another process. */
uint64_t catalog_env_generation(CatalogEnv *env);

/* A read transaction, taken from a pool; any thread, one thread at a time. */
CatalogTxn *catalog_read_begin(CatalogEnv *env, GError **error);
void catalog_read_end(CatalogTxn *txn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CatalogTxn, catalog_read_end)

/* The write transaction; durable when commit returns true. Either call frees it. */
CatalogTxn *catalog_write_begin(CatalogEnv *env, GError **error);
bool catalog_write_commit(CatalogTxn *txn, GError **error);
void catalog_write_abort(CatalogTxn *txn);
/* A transaction within a write transaction, to be ended before that one is used again: aborting it takes back only what
 * was done in it. */
CatalogTxn *catalog_write_begin_within(CatalogTxn *parent, GError **error);

typedef struct {
    uint8_t bytes[CATALOG_KEY_AT_MOST];
    size_t length;
} CatalogKey;

typedef enum { CATALOG_FAILED = -1, CATALOG_ABSENT = 0, CATALOG_FOUND = 1 } CatalogAnswer;

/* The value of a key; *value reads inside the map and dies with the transaction (or its next write). */
CatalogAnswer catalog_get(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, Reader *value, GError **error);
bool catalog_put(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, const GByteArray *value, GError **error);
/* Deleting what is not there succeeds. */
bool catalog_delete(CatalogTxn *txn, CatalogTable table, const CatalogKey *key, GError **error);
bool catalog_count(CatalogTxn *txn, CatalogTable table, uint64_t *count, GError **error);

/* A walk over the keys of a table that begin with the first `prefix_length` bytes of `from`, from `from` on. */
typedef struct CatalogScan CatalogScan;
CatalogScan *catalog_scan_begin(CatalogTxn *txn, CatalogTable table, const CatalogKey *from, size_t prefix_length,
                                GError **error);
/* The same from the last key before `before` down; `before` is not empty. */
CatalogScan *catalog_scan_begin_back(CatalogTxn *txn, CatalogTable table, const CatalogKey *before,
                                     size_t prefix_length, GError **error);
CatalogAnswer catalog_scan_next(CatalogScan *scan, Reader *key, Reader *value, GError **error);
void catalog_scan_end(CatalogScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CatalogScan, catalog_scan_end)

#endif
