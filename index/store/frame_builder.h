/* Collects segments of blobs until they make a frame. Not thread-safe. */
#ifndef MB_FRAME_BUILDER_H
#define MB_FRAME_BUILDER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_directory.h"

typedef struct FrameBuilder FrameBuilder;

FrameBuilder *frame_builder_new(void);
void frame_builder_free(FrameBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameBuilder, frame_builder_free)

/* Adds segment->length bytes; sets segment->plain_offset. */
void frame_builder_add(FrameBuilder *builder, FrameSegment *segment, const void *data);

/* Plain bytes that still fit before the frame has its target size. */
size_t frame_builder_room(const FrameBuilder *builder);
bool frame_builder_is_empty(const FrameBuilder *builder);

/* The frame, compressed with zstd's `level`, without its seal (frame_encode()), and the segments in it (GArray of
 * FrameSegment); the builder starts anew. Caller frees both. */
GByteArray *frame_builder_finish(FrameBuilder *builder, int level, GArray **segments);

#endif
