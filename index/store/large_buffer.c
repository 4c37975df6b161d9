#include "large_buffer.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "disk_format.h"

/* For the largest frame that is written, with its directory and what decompressing takes. */
#define USUAL_SIZE (FRAME_TARGET_PLAIN_BYTES + FRAME_TARGET_PLAIN_BYTES / 8)
/* What is smaller has memory of its own size: a cache of such frames is not to hold large buffers. */
#define SMALL_SIZE (USUAL_SIZE - USUAL_SIZE / 4)

typedef union {
    size_t size;
    max_align_t alignment;
} Header;

static _Atomic(Header *) kept; /* of USUAL_SIZE, or NULL */

static bool keep(Header *header)
{
    Header *none = NULL;
    return header->size == USUAL_SIZE && atomic_compare_exchange_strong(&kept, &none, header);
}

void *large_buffer_take(size_t size)
{
    bool is_usual = size > SMALL_SIZE && size <= USUAL_SIZE;
    Header *header = is_usual ? atomic_exchange(&kept, NULL) : NULL;
    if (!header) {
        size_t room = is_usual ? USUAL_SIZE : size;
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
