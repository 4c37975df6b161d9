/* Preloaded into the ingest to plant the bugs that the crash tests must catch. PLANTED says which:
 *
 *   no-pack-sync       fdatasync of a pack does nothing
 *   no-directory-sync  fsync of a directory does nothing
 *   no-index-sync      LMDB's syncs do nothing, as with MDB_NOSYNC
 *   index-first        what is written to packs gets to the disk after the catalog that points to it
 *   unlink-first       packs that are emptied are deleted before the checkpoint that says so is written */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELD_AT_MOST 4096

/* A write to a pack that waits for the catalog. */
typedef struct {
    int fd;
    void *data;
    size_t length;
    off_t offset;
} HeldWrite;

static HeldWrite held[HELD_AT_MOST];
static size_t held_count;

static bool is_planted(const char *bug)
{
    const char *planted = getenv("PLANTED");
    return planted && strcmp(planted, bug) == 0;
}

static bool is_pack(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    return length > 5 && memcmp(path + length - 5, ".pack", 5) == 0;
}

static bool is_directory(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

static int sync_data(int fd)
{
    int (*real)(int) = next("fdatasync");
    return real(fd);
}

static ssize_t write_now(int fd, const void *data, size_t length, off_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off_t) = next("pwrite");
    return real(fd, data, length, offset);
}

static void hold(int fd, const void *data, size_t length, off_t offset)
{
    HeldWrite *write = &held[held_count++];
    if (held_count > HELD_AT_MOST)
        abort();
    *write = (HeldWrite){fd, malloc(length), length, offset};
    memcpy(write->data, data, length);
}

static void let_go(void)
{
    for (size_t i = 0; i < held_count; i++) {
        write_now(held[i].fd, held[i].data, held[i].length, held[i].offset);
        sync_data(held[i].fd);
        free(held[i].data);
    }
    held_count = 0;
}

/* LMDB writes the page that makes a transaction valid through a descriptor of its own, and that last. */
static bool commits_catalog(int fd)
{
    return (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset)
{
    if (!is_planted("index-first"))
        return write_now(fd, data, length, offset);
    if (is_pack(fd)) {
        hold(fd, data, length, offset);
        return (ssize_t)length;
    }
    ssize_t written = write_now(fd, data, length, offset);
    if (commits_catalog(fd))
        let_go();
    return written;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset)
{
    return pwrite(fd, data, length, offset);
}

int fdatasync(int fd)
{
    bool pack = is_pack(fd);
    bool left_out =
        (pack && (is_planted("no-pack-sync") || is_planted("index-first"))) || (!pack && is_planted("no-index-sync"));
    return left_out ? 0 : sync_data(fd);
}

int fsync(int fd)
{
    int (*real)(int) = next("fsync");
    return is_planted("no-directory-sync") && is_directory(fd) ? 0 : real(fd);
}

int msync(void *start, size_t length, int flags)
{
    int (*real)(void *, size_t, int) = next("msync");
    return is_planted("no-index-sync") ? 0 : real(start, length, flags);
}

/* All packs but those that this run has made. */
static void unlink_older(const char *directory, const char *first_made)
{
    DIR *packs = opendir(directory);
    // cppcheck-suppress readdirCalled ; a stream of its own
    for (const struct dirent *entry; packs && (entry = readdir(packs));) {
        char path[8192];
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        if (strstr(entry->d_name, ".pack") && strcmp(path, first_made) < 0)
            unlink(path);
    }
    if (packs)
        closedir(packs);
}

/* The first pack that is made takes the copies, the second the checkpoint. */
static void delete_too_early(const char *path)
{
    static char first_made[4096];
    char directory[4096];
    if (first_made[0] == '\0') {
        snprintf(first_made, sizeof first_made, "%s", path);
        return;
    }
    snprintf(directory, sizeof directory, "%s", path);
    *strrchr(directory, '/') = '\0';
    unlink_older(directory, first_made);
}

int open(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = next("open");
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (is_planted("unlink-first") && (flags & O_CREAT) && strstr(path, ".pack"))
        delete_too_early(path);
    return real(path, is_planted("no-index-sync") ? flags & ~O_DSYNC : flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open(path, flags, mode);
}
