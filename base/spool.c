#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "error.h"
#include "mb_limits.h"

struct Spool {
    char *directory;
    GByteArray *memory; /* NULL once the bytes are in the file */
    int fd;
    uint64_t size;
    size_t memory_bytes; /* it takes at most */
};

Spool *spool_new(const char *directory)
{
    Spool *spool = g_new0(Spool, 1);
    spool->directory = g_strdup(directory);
    spool->memory = g_byte_array_new();
    spool->fd = -1;
    spool->memory_bytes = LIMIT_SPOOL_MEMORY_BYTES;
    return spool;
}

void spool_keep_at_most(Spool *spool, size_t memory_bytes)
{
    spool->memory_bytes = memory_bytes;
}

void spool_free(Spool *spool)
{
    if (!spool)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    if (spool->memory)
        g_byte_array_unref(spool->memory);
    g_free(spool->directory);
    g_free(spool);
}

void spool_expect(Spool *spool, uint64_t bytes)
{
    if (spool->size > 0 || bytes > spool->memory_bytes)
        return;
    g_byte_array_unref(spool->memory);
    spool->memory = g_byte_array_sized_new((guint)bytes);
}

static int open_unlinked(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    g_autofree char *path = g_strconcat(directory, "/spool-XXXXXX", NULL);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static bool move_to_file(Spool *spool, GError **error)
{
    spool->fd = open_unlinked(spool->directory);
    if (spool->fd < 0)
        return mb_error_errno(error, errno, "cannot make a temporary file in %s", spool->directory);
    if (!durable_write_at(spool->fd, spool->memory->data, spool->memory->len, 0, "a temporary file", error))
        return false;
    g_clear_pointer(&spool->memory, g_byte_array_unref);
    return true;
}

bool spool_append(Spool *spool, const void *data, size_t length, GError **error)
{
    if (spool->memory && length > spool->memory_bytes - MIN(spool->size, spool->memory_bytes) &&
        !move_to_file(spool, error))
        return false;
    if (spool->memory)
        g_byte_array_append(spool->memory, data, (guint)length);
    else if (!durable_write_at(spool->fd, data, length, spool->size, "a temporary file", error))
        return false;
    spool->size += length;
    return true;
}

uint64_t spool_size(const Spool *spool)
{
    return spool->size;
}

const uint8_t *spool_peek(Spool *spool, uint64_t offset, void *room, size_t length, size_t *got, GError **error)
{
    uint64_t left = offset < spool->size ? spool->size - offset : 0;
    *got = (size_t)MIN((uint64_t)length, left);
    if (spool->memory)
        return *got > 0 ? spool->memory->data + offset : room;
    return *got == 0 || durable_read_at(spool->fd, room, *got, offset, "a temporary file", error) ? room : NULL;
}

bool spool_read(Spool *spool, uint64_t offset, void *data, size_t length, size_t *got, GError **error)
{
    const uint8_t *bytes = spool_peek(spool, offset, data, length, got, error);
    if (bytes && bytes != data)
        memcpy(data, bytes, *got);
    return bytes;
}
