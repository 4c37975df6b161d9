#include "large_buffer.h"

#include <stdbool.h>

#include "disk_format.h"

/* The largest frame that is written, with its directory. */
#define KEPT_SIZE (FRAME_TARGET_PLAIN_BYTES + FRAME_TARGET_PLAIN_BYTES / 16)
/* What is much smaller has memory of its own size: a cache of small frames is not to hold large buffers. */
#define SMALL_SIZE (KEPT_SIZE / 4)
#define KEPT_AT_MOST 2u

typedef union {
    size_t size;
    max_align_t alignment;
} Header;

static GMutex mutex;
static Header *kept[KEPT_AT_MOST];
static unsigned kept_count;

static Header *take_kept(void)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&mutex);
    return kept_count > 0 ? kept[--kept_count] : NULL;
}

static bool keep(Header *header)
{
    g_autoptr(GMutexLocker) locked G_GNUC_UNUSED = g_mutex_locker_new(&mutex);
    bool kept_it = header->size == KEPT_SIZE && kept_count < KEPT_AT_MOST;
    if (kept_it)
        kept[kept_count++] = header;
    return kept_it;
}

void *large_buffer_take(size_t size)
{
    bool is_usual = size > SMALL_SIZE && size <= KEPT_SIZE;
    Header *header = is_usual ? take_kept() : NULL;
    if (!header) {
        size_t room = is_usual ? KEPT_SIZE : size;
        header = g_malloc(sizeof *header + room);
        header->size = room;
    }
    return header + 1;
}

void large_buffer_give(void *buffer)
{
    Header *header = buffer ? (Header *)buffer - 1 : NULL;
    if (header && !keep(header))
        g_free(header);
}

GBytes *large_buffer_bytes(void *buffer, size_t length)
{
    return g_bytes_new_with_free_func(buffer, length, large_buffer_give, buffer);
}
