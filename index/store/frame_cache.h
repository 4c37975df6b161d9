/* Plain bytes of the frames used last, within a bound on all memory that they take. A frame that several threads ask
 * for at once is decompressed once, and only as far as they ask. Thread-safe. */
#ifndef MB_FRAME_CACHE_H
#define MB_FRAME_CACHE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pack_reader.h"

typedef struct FrameCache FrameCache;

/* `reader` is borrowed and must outlive the cache. */
FrameCache *frame_cache_new(PackReader *reader, size_t bytes_at_most);
/* When nobody reads any more. */
void frame_cache_free(FrameCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameCache, frame_cache_free)

/* Takes effect with the next frame that is read. */
void frame_cache_set_limit(FrameCache *cache, size_t bytes_at_most);

/* Copies plain bytes of the frame at `place`. MB_ERROR_CORRUPT, with a text that names pack and offset, also when the
 * frame is shorter; MB_ERROR_NOT_FOUND when the pack is gone. Errors are not cached. */
bool frame_cache_read(FrameCache *cache, LogPosition place, uint64_t offset, void *data, size_t length, GError **error);

#endif
