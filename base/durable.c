#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

bool durable_write_at(int fd, const void *data, size_t length, uint64_t offset, const char *name, GError **error)
{
    const char *bytes = data;
    while (length > 0) {
        ssize_t written = pwrite(fd, bytes, length, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return mb_error_errno(error, errno, "cannot write %s", name);
        bytes += written;
        offset += (uint64_t)written;
        length -= (size_t)written;
    }
    return true;
}

bool durable_read_at(int fd, void *data, size_t length, uint64_t offset, const char *name, GError **error)
{
    char *bytes = data;
    while (length > 0) {
        ssize_t got = pread(fd, bytes, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return mb_error_errno(error, errno, "cannot read %s", name);
        if (got == 0)
            return mb_error_set(error, MB_ERROR_CORRUPT, "%s ends at %" G_GUINT64_FORMAT ", before its time", name,
                                offset);
        bytes += got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return true;
}

bool durable_sync(int fd, const char *name, GError **error)
{
    if (fdatasync(fd) != 0)
        return mb_error_errno(error, errno, "cannot make %s durable", name);
    return true;
}

bool durable_sync_directory(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return mb_error_errno(error, errno, "cannot open directory %s", path);
    int failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    return failed ? mb_error_errno(error, failed, "cannot make directory %s durable", path) : true;
}

bool durable_make_directory(const char *path, GError **error)
{
    if (mkdir(path, 0700) != 0 && !(errno == EEXIST && g_file_test(path, G_FILE_TEST_IS_DIR)))
        return mb_error_errno(error, errno, "cannot make directory %s", path);
    g_autofree char *parent = g_path_get_dirname(path);
    return durable_sync_directory(parent, error); /* also of one that a killed run made and did not come to sync */
}

static bool write_temporary(const char *path, const void *data, size_t length, mode_t mode, GError **error)
{
    unlink(path); /* left by a run that was killed */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return mb_error_errno(error, errno, "cannot create %s", path);
    bool written = durable_write_at(fd, data, length, 0, path, error) && durable_sync(fd, path, error);
    close(fd);
    return written;
}

bool durable_replace_file(const char *path, const void *data, size_t length, mode_t mode, GError **error)
{
    g_autofree char *temporary = g_strconcat(path, ".new", NULL);
    if (!write_temporary(temporary, data, length, mode, error)) {
        unlink(temporary);
        return false;
    }
    if (rename(temporary, path) != 0) {
        mb_error_errno(error, errno, "cannot replace %s", path);
        unlink(temporary);
        return false;
    }
    g_autofree char *parent = g_path_get_dirname(path);
    return durable_sync_directory(parent, error);
}
