#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "catalog_env_private.h"
#include "catalog_verify.h"
#include "error.h"
#include "map_guard.h"
#include "mapped_file.h"

/* Far above any catalog, so that the map never has to grow while readers use it; halved where the address space is
 * limited. The file is as large as what is in it. */
#define MAP_BYTES_AT_MOST ((size_t)1 << 40)
#define MAP_BYTES_AT_LEAST ((size_t)1 << 26)
#define READERS_AT_MOST 254
#define LOCK_FILE_BYTES (20 << 10)      /* what LMDB needs for so many readers */
#define WRITE_BYTES_AT_MOST (256 << 10) /* that LMDB gives to one call */
#define COPY_BYTES ((size_t)4 << 20)    /* of rows in one transaction, which has what it writes in memory */
#define ADVICE "; `mailbackup rebuild` makes it anew"

const char *const catalog_table_names[TABLE_COUNT] = {
    [TABLE_META] = "meta",
    [TABLE_ACCOUNTS] = "accounts",
    [TABLE_MAILBOXES] = "mailboxes",
    [TABLE_PRESENCE] = "presence",
    [TABLE_MESSAGES] = "messages",
    [TABLE_SNAPSHOTS] = "snapshots",
    [TABLE_SNAPSHOT_TIMES] = "snapshot-times",
    [TABLE_BLOBS] = "blobs",
    [TABLE_ORIGINS] = "origins",
};

bool catalog_env_fail(GError **error, int code, const char *doing)
{
    switch (code) {
    case MDB_INVALID:
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_VERSION_MISMATCH:
    case MDB_NOTFOUND:
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged while %s: %s" ADVICE, doing, mdb_strerror(code));
    case MAP_GUARD_FAULT:
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged while %s: its file is not what it was" ADVICE,
                            doing);
    case CATALOG_WRONG_CHECKSUM:
        return mb_error_set(error, MB_ERROR_CORRUPT, "index damaged while %s: a value has a wrong checksum" ADVICE,
                            doing);
    case MDB_MAP_FULL:
        return mb_error_set(error, MB_ERROR_SYSTEM, "index too large while %s", doing);
    default:
        return code > 0 ? mb_error_errno(error, code, "index, while %s", doing)
                        : mb_error_set(error, MB_ERROR_SYSTEM, "index, while %s: %s", doing, mdb_strerror(code));
    }
}

static int open_tables(CatalogEnv *env, bool create)
{
    MDB_txn *txn = NULL;
    int code = mdb_txn_begin(env->env, NULL, create ? 0 : MDB_RDONLY, &txn);
    for (int i = 0; code == 0 && i < TABLE_COUNT; i++)
        code = mdb_dbi_open(txn, catalog_table_names[i], create ? MDB_CREATE : 0, &env->tables[i]);
    /* Committed even when read-only: a handle opened in a transaction that is only reset is lost. */
    if (code == 0)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return code;
}

static void on_failed_assertion(MDB_env *env, const char *text)
{
    (void)env;
    (void)text;
    map_guard_break_off();
}

static int open_sized(CatalogEnv *env, unsigned flags, size_t map_bytes)
{
    int code = mdb_env_create(&env->env);
    if (code == 0)
        code = mdb_env_set_mapsize(env->env, map_bytes);
    if (code == 0)
        code = mdb_env_set_assert(env->env, on_failed_assertion);
    if (code == 0)
        code = mdb_env_set_maxdbs(env->env, TABLE_COUNT);
    if (code == 0)
        code = mdb_env_set_maxreaders(env->env, READERS_AT_MOST);
    if (code == 0)
        code = mdb_env_open(env->env, env->directory, MDB_NOTLS | flags, 0600);
    if (code != 0) {
        mdb_env_close(env->env);
        env->env = NULL;
    }
    return code;
}

/* LMDB writes to its lock file through a map, where a disk without room means a signal: it gets its room here. */
static bool allocate_lock_file(const CatalogEnv *env, GError **error)
{
    g_autofree char *path = g_build_filename(env->directory, "lock.mdb", NULL);
    struct stat status;
    if (stat(path, &status) == 0 && (uint64_t)status.st_blocks * 512 >= LOCK_FILE_BYTES)
        return true;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return true; /* LMDB says why, or does without where nothing can be written */
    int code = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
    close(fd);
    return code != ENOSPC && code != EDQUOT ? true : mb_error_errno(error, code, "cannot make room for %s", path);
}

/* What LMDB takes for granted when it opens a file. One that is not there yet is right. */
static bool verify_metas(const CatalogEnv *env, GError **error)
{
    g_autofree char *path = g_build_filename(env->directory, "data.mdb", NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? true : mb_error_errno(error, errno, "cannot open %s", path);
    bool right = catalog_verify_metas(fd, error);
    close(fd);
    return right;
}

static bool open_environment(CatalogEnv *env, unsigned flags, GError **error)
{
    int code = ENOMEM;
    if (!verify_metas(env, error) || !allocate_lock_file(env, error))
        return false;
    for (size_t bytes = MAP_BYTES_AT_MOST; code == ENOMEM && bytes >= MAP_BYTES_AT_LEAST; bytes /= 4)
        code = open_sized(env, flags, bytes);
    if (code != 0)
        return catalog_env_fail(error, code, "opening it");
    mapped_file_prepare();
    int dead;
    mdb_reader_check(env->env, &dead); /* frees the slots of readers that were killed */
    if (!catalog_soundness_establish(env, error))
        return false;
    code = open_tables(env, !(flags & MDB_RDONLY));
    if (code != 0)
        return catalog_env_fail(error, code, "opening it");
    if (!(flags & MDB_RDONLY))
        catalog_soundness_note_own_work(env); /* tables that were not there yet */
    return true;
}

static void close_environment(CatalogEnv *env)
{
    for (guint i = 0; i < env->idle->len; i++)
        mdb_txn_abort(g_ptr_array_index(env->idle, i));
    g_ptr_array_set_size(env->idle, 0);
    catalog_soundness_bring_mark_up(env);
    if (env->env)
        mdb_env_close(env->env);
    env->env = NULL;
    env->is_map_known = false;
}

bool catalog_env_is_replaced(const CatalogEnv *env)
{
    struct stat opened, present;
    return fstat(env->directory_fd, &opened) == 0 && stat(env->directory, &present) == 0 &&
           (opened.st_ino != present.st_ino || opened.st_dev != present.st_dev);
}

static CatalogEnv *open_once(const char *directory, unsigned flags, GError **error)
{
    g_autoptr(CatalogEnv) env = g_new0(CatalogEnv, 1);
    env->references = 1;
    env->directory = g_strdup(directory);
    g_mutex_init(&env->mutex);
    env->idle = g_ptr_array_new();
    env->directory_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (env->directory_fd < 0) {
        mb_error_errno(error, errno, "cannot open %s", directory);
        return NULL;
    }
    return open_environment(env, flags, error) ? g_steal_pointer(&env) : NULL;
}

/* When another takes its place while it is being opened, data and lock file may be those of two. */
static CatalogEnv *open_in(const char *directory, unsigned flags, GError **error)
{
    CatalogEnv *env = open_once(directory, flags, error);
    while (env && catalog_env_is_replaced(env)) {
        catalog_env_close(env);
        env = open_once(directory, flags, error);
    }
    return env;
}

CatalogEnv *catalog_env_open(const char *directory, bool create, GError **error)
{
    return open_in(directory, create ? 0 : MDB_RDONLY, error);
}

CatalogEnv *catalog_env_build(const char *directory, GError **error)
{
    return open_in(directory, MDB_NOSYNC, error);
}

bool catalog_env_sync(CatalogEnv *env, GError **error)
{
    int code = mdb_env_sync(env->env, 1);
    return code == 0 ? true : catalog_env_fail(error, code, "syncing it");
}

void catalog_env_close(CatalogEnv *env)
{
    if (!env || !g_atomic_int_dec_and_test(&env->references))
        return;
    close_environment(env);
    if (env->directory_fd >= 0)
        close(env->directory_fd);
    g_ptr_array_unref(env->idle);
    g_mutex_clear(&env->mutex);
    g_free(env->sound);
    g_free(env->directory);
    g_free(env);
}

bool catalog_env_make_writable(CatalogEnv *env, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&env->mutex);
    if (env->readers > 0)
        return mb_error_set(error, MB_ERROR_BUSY, "index is being read while it should be opened for writing");
    close_environment(env);
    return open_environment(env, 0, error);
}

typedef struct {
    CatalogEnv *env;
    MDB_txn *txn;
    MDB_envinfo info;
} Begin;

static int read_information(void *user)
{
    Begin *begin = user;
    return mdb_env_info(begin->env->env, &begin->info);
}

uint64_t catalog_env_generation(CatalogEnv *env)
{
    Begin begin = {.env = env};
    return map_guard_call(read_information, &begin) == 0 ? begin.info.me_last_txnid : 0;
}

/* Asking for information first reads the meta pages, so that a fault happens there and no transaction is lost. */
static int begin_or_renew(void *user)
{
    Begin *begin = user;
    GPtrArray *idle = begin->env->idle;
    int code = read_information(user);
    if (code != 0)
        return code;
    if (idle->len > 0) {
        begin->txn = g_ptr_array_steal_index_fast(idle, idle->len - 1);
        if (mdb_txn_renew(begin->txn) == 0)
            return 0;
        mdb_txn_abort(begin->txn); /* its place among the readers is gone; there are others */
    }
    return mdb_txn_begin(begin->env->env, NULL, MDB_RDONLY, &begin->txn);
}

CatalogTxn *catalog_read_begin(CatalogEnv *env, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&env->mutex);
    Begin begin = {.env = env};
    int code = map_guard_call(begin_or_renew, &begin);
    if (code != 0) {
        catalog_env_fail(error, code, "beginning to read");
        return NULL;
    }
    env->readers++;
    g_atomic_int_inc(&env->references);
    CatalogTxn *read = g_new0(CatalogTxn, 1);
    read->env = env;
    read->txn = begin.txn;
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
    catalog_env_close(env);
    g_free(txn);
}

static CatalogTxn *begin_write(CatalogEnv *env, MDB_txn *parent, GError **error)
{
    MDB_txn *txn;
    int code = mdb_txn_begin(env->env, parent, 0, &txn);
    if (code != 0) {
        catalog_env_fail(error, code, "beginning to write");
        return NULL;
    }
    CatalogTxn *write = g_new0(CatalogTxn, 1);
    write->env = env;
    write->txn = txn;
    return write;
}

CatalogTxn *catalog_write_begin(CatalogEnv *env, GError **error)
{
    catalog_soundness_look_for_others(env);
    return begin_write(env, NULL, error);
}

CatalogTxn *catalog_write_begin_within(CatalogTxn *parent, GError **error)
{
    return begin_write(parent->env, parent->txn, error);
}

/* LMDB calls a write that came to the end of the disk an input/output error. */
static int true_reason(const CatalogEnv *env, int code)
{
    struct statvfs disk;
    bool is_full = code == EIO && statvfs(env->directory, &disk) == 0 &&
                   (uint64_t)disk.f_bavail * disk.f_frsize < WRITE_BYTES_AT_MOST;
    return is_full ? ENOSPC : code;
}

bool catalog_write_commit(CatalogTxn *txn, GError **error)
{
    CatalogEnv *env = txn->env;
    int code = true_reason(env, mdb_txn_commit(txn->txn));
    g_free(txn);
    if (code == 0)
        catalog_soundness_note_own_work(env);
    return code == 0 ? true : catalog_env_fail(error, code, "committing");
}

void catalog_write_abort(CatalogTxn *txn)
{
    if (!txn)
        return;
    mdb_txn_abort(txn->txn);
    g_free(txn);
}

typedef struct {
    const CatalogTxn *from;
    CatalogEnv *to;
    CatalogTable table;
    MDB_cursor *rows; /* of `from` */
    size_t listed_bytes;
    bool is_at_end;
} TableCopy;

static int next_row(TableCopy *copy, MDB_val *key, MDB_val *stored)
{
    int code = mdb_cursor_get(copy->rows, key, stored, MDB_NEXT);
    if (code != 0)
        return code;
    catalog_residency_note_listed(copy->from->env, &copy->listed_bytes, stored);
    return catalog_is_as_written(copy->table, key, stored) ? 0 : CATALOG_WRONG_CHECKSUM;
}

static int copy_rows(TableCopy *copy, const CatalogTxn *write)
{
    MDB_val key, stored;
    size_t bytes = 0;
    int code = 0;
    while (code == 0 && bytes < COPY_BYTES && (code = next_row(copy, &key, &stored)) == 0) {
        bytes += key.mv_size + stored.mv_size;
        code = mdb_put(write->txn, copy->to->tables[copy->table], &key, &stored, MDB_APPEND);
    }
    copy->is_at_end = code == MDB_NOTFOUND;
    return copy->is_at_end ? 0 : code;
}

static bool copy_piece(TableCopy *copy, GError **error)
{
    CatalogTxn *write = catalog_write_begin(copy->to, error);
    if (!write)
        return false;
    int code = copy_rows(copy, write);
    if (code == 0)
        return catalog_write_commit(write, error);
    catalog_write_abort(write);
    return catalog_env_fail(error, code, "copying it");
}

static bool copy_table(TableCopy *copy, GError **error)
{
    int code = mdb_cursor_open(copy->from->txn, copy->from->env->tables[copy->table], &copy->rows);
    if (code != 0)
        return catalog_env_fail(error, code, "copying it");
    bool copied = true;
    while (copied && !copy->is_at_end)
        copied = copy_piece(copy, error);
    mdb_cursor_close(copy->rows);
    return copied;
}

bool catalog_env_copy(CatalogTxn *txn, CatalogEnv *to, GError **error)
{
    bool copied = true;
    for (CatalogTable table = TABLE_META; copied && table < TABLE_COUNT; table++)
        copied = copy_table(&(TableCopy){.from = txn, .to = to, .table = table}, error);
    return copied;
}

static int read_use(MDB_txn *txn, const CatalogEnv *env, CatalogUse *use)
{
    MDB_envinfo info;
    MDB_stat tree;
    int code = mdb_env_info(env->env, &info);
    for (int i = 0; code == 0 && i < TABLE_COUNT; i++) {
        code = mdb_stat(txn, env->tables[i], &tree);
        if (code == 0)
            use->used_bytes += (tree.ms_branch_pages + tree.ms_leaf_pages + tree.ms_overflow_pages) * tree.ms_psize;
    }
    use->file_bytes = (info.me_last_pgno + 1) * tree.ms_psize;
    return code;
}

bool catalog_env_use(CatalogEnv *env, CatalogUse *use, GError **error)
{
    *use = (CatalogUse){0};
    g_autoptr(CatalogTxn) txn = catalog_read_begin(env, error);
    if (!txn)
        return false;
    int code = read_use(txn->txn, env, use);
    return code == 0 ? true : catalog_env_fail(error, code, "measuring it");
}
