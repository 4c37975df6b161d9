/* An open index, and what is known of its soundness. */
#ifndef MB_CATALOG_ENV_PRIVATE_H
#define MB_CATALOG_ENV_PRIVATE_H

#include <limits.h>
#include <lmdb.h>

#include "catalog_env.h"

struct CatalogEnv {
    gint references;
    char *directory;
    int directory_fd; /* of the directory that it was opened in */
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT];
    GMutex mutex;
    GPtrArray *idle; /* reset read transactions: MDB_txn* */
    unsigned readers;
    gint lookups;      /* atomic: of rows, anywhere */
    bool is_map_known; /* was looked for */
    uint8_t *map;      /* NULL: was not found */
    size_t map_bytes;
    char *sound; /* the state (catalog_mark.h) up to which all is verified or our own work; NULL: none */
    int64_t verified_at;
    bool is_mark_behind; /* our own work is not in the mark yet */
    bool is_verified;    /* in full, by us */
};

struct CatalogTxn {
    CatalogEnv *env;
    MDB_txn *txn;
};

/* A row was looked up or written. From time to time what is resident of a large catalog is let go of: it stays in the
 * page cache, from where it comes back when it is read, by any thread and meanwhile. Not holding the mutex. */
void catalog_residency_note_lookup(CatalogEnv *env);
/* A row was listed; `bytes` is the list's own. Two rows that follow each other may lie anywhere, too. */
void catalog_residency_note_listed(CatalogEnv *env, size_t *bytes, const MDB_val *stored);

/* Beside LMDB's codes and those of the map guard. */
#define CATALOG_WRONG_CHECKSUM (INT_MIN + 1)

/* Whether the checksum of a stored value is right. */
bool catalog_is_as_written(CatalogTable table, const MDB_val *key, const MDB_val *stored);

extern const char *const catalog_table_names[TABLE_COUNT];

/* Sets *error by a code of LMDB or of the map guard, or CATALOG_WRONG_CHECKSUM. */
bool catalog_env_fail(GError **error, int code, const char *doing);

/* Verifies the index unless its mark says that it was, and nobody has written to it since. */
bool catalog_soundness_establish(CatalogEnv *env, GError **error);
/* Before we write: has anybody else? */
void catalog_soundness_look_for_others(CatalogEnv *env);
/* What we wrote to a sound index leaves it sound. */
void catalog_soundness_note_own_work(CatalogEnv *env);
/* Before it is closed: the mark tells of our own work too. */
void catalog_soundness_bring_mark_up(CatalogEnv *env);

#endif
