#include "mount_point.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixmounts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <syslog.h>
#include <unistd.h>

#include "error.h"

#define OUR_TYPE "fuse.mailbackupfs"

static bool unmount_by_helper(const char *path, GError **error)
{
    char *arguments[] = {"fusermount3", "-u", "-z", "--", (char *)path, NULL};
    int status;
    return g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, error) &&
           g_spawn_check_wait_status(status, error);
}

static bool unmount_lazily(const char *path, GError **error)
{
    if (umount2(path, MNT_DETACH) == 0 || unmount_by_helper(path, error))
        return true;
    g_prefix_error(error, "%s is left from a mount that was killed and cannot be unmounted: ", path);
    return false;
}

/* A mount whose program has died answers so what the kernel does not remember: statfs() always. */
static bool is_dead(const char *path)
{
    struct statvfs space;
    return statvfs(path, &space) != 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

bool mount_point_free(const char *path, GError **error)
{
    return !is_dead(path) || unmount_lazily(path, error);
}

static bool free_stale_mount(const char *path, GError **error)
{
    if (!is_dead(path))
        return true;
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    if (!mount_point_free(absolute, error))
        return false;
    syslog(LOG_NOTICE, "%s was left from a mount that was killed; it is unmounted and mounted again", path);
    return true;
}

static bool check_directory(const char *path, GError **error)
{
    struct stat status;
    if (stat(path, &status) != 0 && errno == ENOENT)
        return mb_error_set(error, MB_ERROR_INVALID, "mountpoint %s does not exist; make it with: mkdir %s", path,
                            path);
    if (stat(path, &status) != 0)
        return mb_error_errno(error, errno, "mountpoint %s", path);
    if (!S_ISDIR(status.st_mode))
        return mb_error_set(error, MB_ERROR_INVALID, "mountpoint %s is not a directory", path);
    return true;
}

static bool check_unmounted(const char *path, GError **error)
{
    GUnixMountEntry *mount = g_unix_mount_at(path, NULL);
    bool ours = mount && strcmp(g_unix_mount_get_fs_type(mount), OUR_TYPE) == 0;
    if (ours)
        mb_error_set(error, MB_ERROR_EXISTS, "%s is mounted already and shows %s; to unmount it: fusermount3 -u %s",
                     path, g_unix_mount_get_device_path(mount), path);
    if (mount)
        g_unix_mount_free(mount);
    return !ours;
}

static bool check_empty(const char *path, GError **error)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, error);
    if (!directory)
        return false;
    if (g_dir_read_name(directory))
        return mb_error_set(error, MB_ERROR_INVALID,
                            "mountpoint %s is not empty; mount on an empty directory or give -o nonempty", path);
    return true;
}

char *mount_point_prepare(const char *path, bool nonempty, GError **error)
{
    if (!free_stale_mount(path, error) || !check_directory(path, error))
        return NULL;
    g_autofree char *absolute = realpath(path, NULL); /* GLib's allocator is malloc() */
    if (!absolute) {
        mb_error_errno(error, errno, "mountpoint %s", path);
        return NULL;
    }
    if (!check_unmounted(absolute, error) || (!nonempty && !check_empty(absolute, error)))
        return NULL;
    return g_steal_pointer(&absolute);
}
