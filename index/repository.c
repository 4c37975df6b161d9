#include "repository_private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"
#include "error.h"
#include "pack_file.h"
#include "recover.h"
#include "text.h"

#define FORMAT_GROUP "mailbackup"
#define FRAME_CACHE_BYTES ((size_t)24 << 20)

static char *child_path(const char *path, const char *name)
{
    return g_build_filename(path, name, NULL);
}

static bool make_directory_for_repository(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0700) != 0)
        return mb_error_errno(error, errno, "cannot make directory %s", path);
    g_autofree char *format = child_path(path, "format");
    if (g_file_test(format, G_FILE_TEST_EXISTS))
        return mb_error_set(error, MB_ERROR_EXISTS, "%s is a repository already", path);
    g_autoptr(GDir) directory = g_dir_open(path, 0, error);
    if (directory && g_dir_read_name(directory))
        return mb_error_set(error, MB_ERROR_EXISTS, "%s is not empty and not a repository", path);
    return directory != NULL;
}

static bool make_catalog(const char *path, GError **error)
{
    g_autofree char *index = child_path(path, "index");
    if (!durable_make_directory(index, error))
        return false;
    g_autoptr(CatalogEnv) catalog = catalog_env_open(index, true, error);
    return catalog != NULL;
}

static bool write_format(const char *path, GError **error)
{
    uint8_t id[REPOSITORY_ID_SIZE];
    if (getrandom(id, sizeof id, 0) != sizeof id)
        return mb_error_errno(error, errno, "cannot get random bytes");
    g_autoptr(GString) hex = g_string_new(NULL);
    for (size_t i = 0; i < sizeof id; i++)
        g_string_append_printf(hex, "%02x", id[i]);
    g_autofree char *created = text_utc(g_get_real_time() / G_USEC_PER_SEC);
    g_autofree char *text = g_strdup_printf("[" FORMAT_GROUP "]\nversion=%d\nid=%s\ncreated=%s\nencryption=none\n",
                                            DISK_FORMAT_VERSION, hex->str, created);
    g_autofree char *format = child_path(path, "format");
    return durable_replace_file(format, text, strlen(text), 0600, error);
}

bool repository_create(const char *path, GError **error)
{
    if (!make_directory_for_repository(path, error))
        return false;
    g_autofree char *packs = child_path(path, "packs");
    /* The format file comes last: a directory that has it is a whole repository. */
    return durable_make_directory(packs, error) && make_catalog(path, error) && write_format(path, error);
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
    if (version != DISK_FORMAT_VERSION || g_strcmp0(encryption, "none") != 0)
        return mb_error_set(error, MB_ERROR_FORMAT,
                            "the repository at %s has format %d; this version of mailbackup reads format %d. Use the "
                            "version that wrote it, or a newer one",
                            repository->path, version, DISK_FORMAT_VERSION);
    if (!parse_id(id, repository->id))
        return mb_error_set(error, MB_ERROR_CORRUPT, "%s is damaged: its id is unreadable", path);
    return true;
}

static bool open_catalog(Repository *repository, GError **error)
{
    g_autofree char *index = child_path(repository->path, "index");
    g_autofree char *data = child_path(index, "data.mdb");
    if (g_file_test(data, G_FILE_TEST_EXISTS)) {
        repository->catalog = catalog_env_open(index, false, error);
        return repository->catalog != NULL;
    }
    int lock = repository_lock(repository, error);
    bool rebuilt = lock >= 0 && durable_make_directory(index, error) &&
                   (repository->catalog = catalog_env_open(index, true, error)) && recover_catalog(repository, error);
    if (lock >= 0)
        close(lock);
    if (!rebuilt)
        g_prefix_error(error, "cannot rebuild the index of %s: ", repository->path);
    return rebuilt;
}

Repository *repository_open(const char *path, GError **error)
{
    g_autoptr(Repository) repository = g_new0(Repository, 1);
    repository->path = g_canonicalize_filename(path, NULL);
    repository->packs_directory = child_path(repository->path, "packs");
    if (!read_format(repository, error))
        return NULL;
    repository->packs = pack_reader_new(repository->packs_directory);
    repository->frames = frame_cache_new(repository->packs, FRAME_CACHE_BYTES);
    if (!open_catalog(repository, error))
        return NULL;
    return g_steal_pointer(&repository);
}

void repository_close(Repository *repository)
{
    if (!repository)
        return;
    catalog_env_close(repository->catalog);
    frame_cache_free(repository->frames);
    pack_reader_free(repository->packs);
    g_free(repository->packs_directory);
    g_free(repository->path);
    g_free(repository);
}

const char *repository_path(const Repository *repository)
{
    return repository->path;
}

uint64_t repository_generation(Repository *repository)
{
    return catalog_env_generation(repository->catalog);
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
