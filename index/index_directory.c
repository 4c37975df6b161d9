#include "index_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "durable.h"
#include "error.h"

static char *path_of(const char *repository_path, const char *name)
{
    return g_build_filename(repository_path, name, NULL);
}

char *index_directory(const char *repository_path)
{
    return path_of(repository_path, "index");
}

static bool remove_file(const char *directory, const char *name, GError **error)
{
    g_autofree char *path = path_of(directory, name);
    return unlink(path) == 0 || errno == ENOENT || mb_error_errno(error, errno, "cannot remove %s", path);
}

static bool remove_index(const char *repository_path, const char *name, GError **error)
{
    g_autofree char *path = path_of(repository_path, name);
    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return true;
    return remove_file(path, "data.mdb", error) && remove_file(path, "lock.mdb", error) &&
           remove_file(path, "verified", error) &&
           (rmdir(path) == 0 || mb_error_errno(error, errno, "cannot remove %s", path));
}

char *index_directory_make_new(const char *repository_path, GError **error)
{
    g_autofree char *path = path_of(repository_path, "index.new");
    if (!remove_index(repository_path, "index.new", error) || !durable_make_directory(path, error))
        return NULL;
    return g_steal_pointer(&path);
}

static bool rename_in(const char *repository_path, const char *from, const char *to, GError **error)
{
    g_autofree char *from_path = path_of(repository_path, from);
    g_autofree char *to_path = path_of(repository_path, to);
    return rename(from_path, to_path) == 0 || mb_error_errno(error, errno, "cannot rename %s", from_path);
}

static bool put_in_place(const char *repository_path, GError **error)
{
    g_autofree char *present = index_directory(repository_path);
    if (g_file_test(present, G_FILE_TEST_EXISTS) && !rename_in(repository_path, "index", "index.old", error))
        return false;
    return rename_in(repository_path, "index.new", "index", error);
}

/* At once, so that nobody finds no index; not every file system can. */
static bool exchange(const char *repository_path, GError **error)
{
    g_autofree char *present = index_directory(repository_path);
    g_autofree char *other = path_of(repository_path, "index.new");
    if (!durable_sync_directory(other, error))
        return false;
    if (renameat2(AT_FDCWD, other, AT_FDCWD, present, RENAME_EXCHANGE) == 0)
        return true;
    if (errno == EINVAL || errno == ENOSYS || errno == ENOENT)
        return put_in_place(repository_path, error);
    return mb_error_errno(error, errno, "cannot rename %s", other);
}

bool index_directory_install_new(const char *repository_path, GError **error)
{
    return remove_index(repository_path, "index.old", error) && exchange(repository_path, error) &&
           durable_sync_directory(repository_path, error) && remove_index(repository_path, "index.old", error) &&
           remove_index(repository_path, "index.new", error);
}

bool index_directory_remove(const char *repository_path, GError **error)
{
    return remove_index(repository_path, "index", error);
}

bool index_directory_drop_new(const char *repository_path, GError **error)
{
    return remove_index(repository_path, "index.new", error);
}
