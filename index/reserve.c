#include "reserve.h"

#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* What a transaction writes grows with the index: pages are copied before they change. */
#define RESERVE_BYTES_AT_LEAST ((uint64_t)256 << 10)
#define RESERVE_BYTES_AT_MOST ((uint64_t)16 << 20)
#define RESERVE_SHARE_OF_INDEX 8

static char *path_of(const char *repository_path)
{
    return g_build_filename(repository_path, "reserve", NULL);
}

/* Grows in steps, so that not every run has something to do. */
static uint64_t wanted_bytes(const char *repository_path)
{
    g_autofree char *index = g_build_filename(repository_path, "index", "data.mdb", NULL);
    struct stat status;
    uint64_t share = stat(index, &status) == 0 ? (uint64_t)status.st_size / RESERVE_SHARE_OF_INDEX : 0;
    uint64_t bytes = RESERVE_BYTES_AT_LEAST;
    while (bytes < share && bytes < RESERVE_BYTES_AT_MOST)
        bytes *= 2;
    return bytes;
}

static uint64_t kept_bytes(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

void reserve_keep(const char *repository_path)
{
    g_autofree char *path = path_of(repository_path);
    uint64_t kept = kept_bytes(path), bytes = wanted_bytes(repository_path);
    if (kept >= bytes)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    while (bytes > kept && fallocate(fd, 0, 0, (off_t)bytes) != 0)
        bytes /= 2;
    close(fd);
}

void reserve_use(const char *repository_path)
{
    g_autofree char *path = path_of(repository_path);
    struct statvfs disk;
    if (statvfs(repository_path, &disk) == 0 && (uint64_t)disk.f_bavail * disk.f_frsize < wanted_bytes(repository_path))
        unlink(path);
}
