#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/random.h>

#include "disk_format.h"
#include "durable.h"
#include "error.h"
#include "index_directory.h"
#include "repository_private.h"
#include "reserve.h"
#include "text.h"

static char *child_path(const char *path, const char *name)
{
    return g_build_filename(path, name, NULL);
}

/* A directory that is not there has none but those either. */
static bool holds_only(const char *path, const char *const *names)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name; directory && (name = g_dir_read_name(directory));)
        if (!g_strv_contains(names, name))
            return false;
    return true;
}

/* Empty, or as a run leaves it that was killed before it came to the format file: without a frame. */
static bool is_free(const char *path)
{
    const char *const begun[] = {"packs", "index", "reserve", "format.new", NULL};
    const char *const index[] = {"data.mdb", "lock.mdb", "verified", NULL};
    const char *const nothing[] = {NULL};
    g_autofree char *packs_path = child_path(path, "packs");
    g_autofree char *index_path = index_directory(path);
    bool has_packs = g_file_test(packs_path, G_FILE_TEST_IS_DIR); /* they are made first */
    return holds_only(path, has_packs ? begun : nothing) && holds_only(packs_path, nothing) &&
           holds_only(index_path, index);
}

static bool make_directory_for_repository(const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    if (g_mkdir_with_parents(parent, 0700) != 0)
        return mb_error_errno(error, errno, "cannot make directory %s", parent);
    if (!durable_make_directory(path, error))
        return false;
    g_autofree char *format = child_path(path, "format");
    if (g_file_test(format, G_FILE_TEST_EXISTS))
        return mb_error_set(error, MB_ERROR_EXISTS, "%s is a repository already", path);
    return is_free(path) || mb_error_set(error, MB_ERROR_EXISTS, "%s is not empty and not a repository", path);
}

static bool make_catalog(const char *path, GError **error)
{
    g_autofree char *index = index_directory(path);
    if (!index_directory_remove(path, error) || !durable_make_directory(index, error))
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
    g_autofree char *packs = child_path(path, "packs");
    if (!make_directory_for_repository(path, error) || !durable_make_directory(packs, error) ||
        !make_catalog(path, error))
        return false;
    reserve_keep(path);
    return write_format(path, error); /* last: a directory that has it is a whole repository */
}
