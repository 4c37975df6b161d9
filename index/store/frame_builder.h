/* Collects segments of blobs until they make a frame. Not thread-safe. */
#ifndef MB_FRAME_BUILDER_H
#define MB_FRAME_BUILDER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_directory.h"

/* What is to become a frame, before it is compressed. */
typedef struct {
    GByteArray *plain;       /* the bytes of the segments, then the directory */
    size_t directory_length; /* the last bytes of `plain` */
    GArray *segments;        /* FrameSegment */
} PlainFrame;

void plain_frame_clear(PlainFrame *frame);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PlainFrame, plain_frame_clear)

typedef struct FrameBuilder FrameBuilder;

/* A frame is full when its plain text reaches about `target_bytes`. */
FrameBuilder *frame_builder_new(size_t target_bytes);
void frame_builder_free(FrameBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameBuilder, frame_builder_free)

/* Adds segment->length bytes; what goes on where the segment before it ends becomes one with it. */
void frame_builder_add(FrameBuilder *builder, const FrameSegment *segment, const void *data);

/* Plain bytes that still fit before the frame is full. */
size_t frame_builder_room(const FrameBuilder *builder);
bool frame_builder_is_empty(const FrameBuilder *builder);

/* All that was added; the builder starts anew. Caller clears it. */
PlainFrame frame_builder_finish(FrameBuilder *builder);

/* Takes over the bytes of a frame that is done: the next one is built where they were. */
void frame_builder_reuse(FrameBuilder *builder, GByteArray *plain);

#endif
