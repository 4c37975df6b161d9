#include "repository_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog_apply.h"
#include "error.h"
#include "index_directory.h"
#include "pack_file.h"
#include "rebuild_private.h"
#include "recover.h"
#include "reserve.h"
#include "text.h"

#define NOTICES_AT_MOST 20u
#define FRAME_CACHE_BYTES ((size_t)32 << 20)

static char *child_path(const char *path, const char *name)
{
    return g_build_filename(path, name, NULL);
}

static bool parse_id(const char *hex, uint8_t id[REPOSITORY_ID_SIZE])
{
    if (!hex || strlen(hex) != 2 * REPOSITORY_ID_SIZE)
        return false;
    for (size_t i = 0; i < REPOSITORY_ID_SIZE; i++) {
        int high = g_ascii_xdigit_value(hex[2 * i]), low = g_ascii_xdigit_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        id[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_format(Repository *repository, GError **error)
{
    g_autofree char *path = child_path(repository->path, "format");
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return mb_error_set(error, MB_ERROR_NOT_FOUND, "there is no repository at %s", repository->path);
    g_autoptr(GKeyFile) format = g_key_file_new();
    if (!g_key_file_load_from_file(format, path, G_KEY_FILE_NONE, error)) {
        g_prefix_error(error, "cannot read %s: ", path);
        return false;
    }
    int version = g_key_file_get_integer(format, FORMAT_GROUP, "version", NULL);
    g_autofree char *id = g_key_file_get_string(format, FORMAT_GROUP, "id", NULL);
    g_autofree char *encryption = g_key_file_get_string(format, FORMAT_GROUP, "encryption", NULL);
    if (version < DISK_FORMAT_OLDEST || version > DISK_FORMAT_VERSION || g_strcmp0(encryption, "none") != 0)
        return mb_error_set(
            error, MB_ERROR_FORMAT,
            "the repository at %s has format %d; this version of mailbackup reads formats %d to %d. Use "
            "the version that wrote it, or a newer one",
            repository->path, version, DISK_FORMAT_OLDEST, DISK_FORMAT_VERSION);
    repository->seal = version == DISK_FORMAT_OLDEST ? SEAL_SHA256 : SEAL_XXH3;
    if (!parse_id(id, repository->id))
        return mb_error_set(error, MB_ERROR_CORRUPT, "%s is damaged: its id is unreadable", path);
    return true;
}

void repository_notice(const char *text, void *repository)
{
    GPtrArray *notices = ((Repository *)repository)->notices;
    if (notices->len - 1 == NOTICES_AT_MOST)
        return;
    bool is_last = notices->len == NOTICES_AT_MOST;
    g_ptr_array_insert(notices, (int)notices->len - 1, is_last ? g_strdup("and more of the kind") : g_strdup(text));
}

const char *const *repository_notices(const Repository *repository)
{
    return (const char *const *)repository->notices->pdata;
}

static bool open_present_catalog(Repository *repository, GError **error)
{
    g_autofree char *index = index_directory(repository->path);
    repository->catalog = catalog_env_open(index, false, error);
    if (repository->catalog && repository->distrusts_index && !catalog_env_verify(repository->catalog, error))
        g_clear_pointer(&repository->catalog, catalog_env_close);
    return repository->catalog != NULL;
}

/* `reason` is what is wrong with the index that is there. */
static bool rebuild_catalog(Repository *repository, const GError *reason, GError **error)
{
    const RebuildOptions options = {.lost = repository_notice, .user = repository};
    RebuildTotals totals;
    if (!rebuild_index(repository, &options, &totals, error)) {
        g_prefix_error(error, "cannot rebuild the index of %s (%s): ", repository->path, reason->message);
        return false;
    }
    bool was_missing = g_error_matches(reason, MB_ERROR, MB_ERROR_NOT_FOUND);
    char *notice =
        g_strdup_printf("the index was rebuilt from the packs (%s)", was_missing ? "it was missing" : reason->message);
    g_ptr_array_insert(repository->notices, 0, notice);
    return open_present_catalog(repository, error);
}

static bool is_behind_packs(Repository *repository)
{
    CatalogPosition position;
    uint64_t length = 0;
    g_autoptr(CatalogTxn) txn = repository_read_begin(repository, NULL);
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, NULL);
    if (!txn || !packs || packs->len == 0 || !catalog_position_get(txn, &position, NULL))
        return false;
    uint32_t newest = g_array_index(packs, uint32_t, packs->len - 1);
    if (newest != position.end.pack)
        return newest > position.end.pack;
    return pack_reader_length(repository->packs, newest, &length, NULL) && length > position.end.offset;
}

/* Batches that this index lacks are gone from the packs, since a checkpoint has taken their place. */
static bool rebuild_older(Repository *repository, GError **error)
{
    g_autoptr(GError) reason = NULL;
    mb_error_set(&reason, MB_ERROR_CORRUPT, "it was older than the packs");
    g_clear_pointer(&repository->catalog, catalog_env_close);
    return rebuild_catalog(repository, reason, error);
}

/* An index that is older than the packs was put back, or a run was killed before it could commit. What cannot be
 * brought in now (another process writes, the disk is full or read-only) the next writer brings in. */
static bool catch_up(Repository *repository, GError **error)
{
    g_autoptr(GError) reason = NULL;
    int lock = repository_lock(repository, NULL);
    if (lock < 0)
        return true;
    reserve_use(repository->path);
    if (repository_refresh(repository, NULL) && recover_must_begin_anew(repository)) {
        close(lock);
        return rebuild_older(repository, error);
    }
    if (!catalog_env_make_writable(repository->catalog, &reason) || !recover_catalog(repository, &reason))
        repository_notice(reason->message, repository);
    reserve_keep(repository->path);
    repository->catch_up_failure = g_steal_pointer(&reason);
    close(lock);
    g_clear_pointer(&repository->catalog, catalog_env_close);
    return open_present_catalog(repository, error);
}

static bool open_catalog(Repository *repository, GError **error)
{
    g_autoptr(GError) reason = NULL;
    if (open_present_catalog(repository, &reason))
        return is_behind_packs(repository) ? catch_up(repository, error) : true;
    if (g_error_matches(reason, MB_ERROR, MB_ERROR_CORRUPT) || g_error_matches(reason, MB_ERROR, MB_ERROR_NOT_FOUND))
        return rebuild_catalog(repository, reason, error);
    g_propagate_error(error, g_steal_pointer(&reason));
    return false;
}

Repository *repository_open_packs(const char *path, GError **error)
{
    g_autoptr(Repository) repository = g_new0(Repository, 1);
    repository->path = g_canonicalize_filename(path, NULL);
    repository->packs_directory = child_path(repository->path, "packs");
    g_mutex_init(&repository->mutex);
    g_mutex_init(&repository->refreshing);
    repository->notices = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(repository->notices, NULL);
    if (!read_format(repository, error))
        return NULL;
    repository->packs = pack_reader_new(repository->packs_directory);
    repository->frames = frame_cache_new(repository->packs, FRAME_CACHE_BYTES);
    return g_steal_pointer(&repository);
}

Repository *repository_open(const char *path, GError **error)
{
    g_autoptr(Repository) repository = repository_open_packs(path, error);
    return repository && open_catalog(repository, error) ? g_steal_pointer(&repository) : NULL;
}

Repository *repository_open_verified(const char *path, GError **error)
{
    g_autoptr(Repository) repository = repository_open_packs(path, error);
    if (!repository)
        return NULL;
    repository->distrusts_index = true;
    return open_catalog(repository, error) ? g_steal_pointer(&repository) : NULL;
}

void repository_close(Repository *repository)
{
    if (!repository)
        return;
    catalog_env_close(repository->catalog);
    frame_cache_free(repository->frames);
    pack_reader_free(repository->packs);
    g_clear_error(&repository->catch_up_failure);
    g_ptr_array_unref(repository->notices);
    g_mutex_clear(&repository->mutex);
    g_mutex_clear(&repository->refreshing);
    g_free(repository->packs_directory);
    g_free(repository->path);
    g_free(repository);
}

void repository_set_cache(Repository *repository, size_t bytes)
{
    frame_cache_set_limit(repository->frames, bytes);
}

const char *repository_path(const Repository *repository)
{
    return repository->path;
}

uint64_t repository_generation(Repository *repository)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&repository->mutex);
    return ((uint64_t)repository->exchanges << 48) + catalog_env_generation(repository->catalog);
}

CatalogTxn *repository_read_begin(Repository *repository, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&repository->mutex);
    return catalog_read_begin(repository->catalog, error);
}

static bool reopen_catalog(Repository *repository, GError **error)
{
    g_autofree char *index = index_directory(repository->path);
    CatalogEnv *present = catalog_env_open(index, false, error);
    if (!present)
        return false;
    g_mutex_lock(&repository->mutex);
    CatalogEnv *old = repository->catalog;
    repository->catalog = present;
    repository->exchanges++;
    g_mutex_unlock(&repository->mutex);
    catalog_env_close(old);
    return true;
}

bool repository_refresh(Repository *repository, GError **error)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&repository->refreshing);
    pack_reader_drop_deleted(repository->packs);
    return !catalog_env_is_replaced(repository->catalog) || reopen_catalog(repository, error);
}

int repository_lock(Repository *repository, GError **error)
{
    g_autofree char *path = child_path(repository->path, "lock");
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        mb_error_errno(error, errno, "cannot open %s", path);
        return -1;
    }
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return fd;
    if (errno == EAGAIN || errno == EACCES)
        mb_error_set(error, MB_ERROR_BUSY, "another process writes to %s; try again when it is done", repository->path);
    else
        mb_error_errno(error, errno, "cannot lock %s", path);
    close(fd);
    return -1;
}

static uint64_t file_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (uint64_t)status.st_blocks * 512 : 0;
}

bool repository_disk_usage(Repository *repository, uint64_t *bytes, GError **error)
{
    g_autoptr(GArray) packs = pack_file_list(repository->packs_directory, error);
    if (!packs)
        return false;
    g_autofree char *data = g_build_filename(repository->path, "index", "data.mdb", NULL);
    *bytes = file_bytes(data);
    for (guint i = 0; i < packs->len; i++) {
        g_autofree char *path = pack_file_path(repository->packs_directory, g_array_index(packs, uint32_t, i));
        *bytes += file_bytes(path);
    }
    return true;
}
