/* Plain bytes of the frames used last, within a bound on their size. A frame that several threads ask for at once is
 * decompressed once. Thread-safe. */
#ifndef MB_FRAME_CACHE_H
#define MB_FRAME_CACHE_H

#include <glib.h>
#include <stddef.h>

#include "pack_reader.h"

typedef struct FrameCache FrameCache;

/* `reader` is borrowed and must outlive the cache. */
FrameCache *frame_cache_new(PackReader *reader, size_t plain_bytes_at_most);
void frame_cache_free(FrameCache *cache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameCache, frame_cache_free)

/* Takes effect with the next frame that is read. */
void frame_cache_set_limit(FrameCache *cache, size_t plain_bytes_at_most);

/* As pack_reader_frame(); caller unrefs. Errors are not cached. */
GBytes *frame_cache_get(FrameCache *cache, LogPosition place, GError **error);

#endif
