#include "frame_builder.h"

#include "cursor.h"

#define SEGMENT_BYTES 40 /* about what its entry in the directory takes */

struct FrameBuilder {
    size_t target_bytes;
    GByteArray *data;
    GArray *segments;
    GByteArray *spare; /* for the next frame; or NULL */
};

void plain_frame_clear(PlainFrame *frame)
{
    g_clear_pointer(&frame->plain, g_byte_array_unref);
    g_clear_pointer(&frame->segments, g_array_unref);
}

static void start(FrameBuilder *builder)
{
    GByteArray *spare = g_steal_pointer(&builder->spare);
    builder->data = spare ? g_byte_array_set_size(spare, 0) : g_byte_array_sized_new((guint)builder->target_bytes);
    builder->segments = g_array_new(FALSE, FALSE, sizeof(FrameSegment));
}

FrameBuilder *frame_builder_new(size_t target_bytes)
{
    FrameBuilder *builder = g_new0(FrameBuilder, 1);
    builder->target_bytes = target_bytes;
    start(builder);
    return builder;
}

void frame_builder_free(FrameBuilder *builder)
{
    if (!builder)
        return;
    g_byte_array_unref(builder->data);
    g_array_unref(builder->segments);
    g_clear_pointer(&builder->spare, g_byte_array_unref);
    g_free(builder);
}

static bool goes_on(const FrameSegment *last, const FrameSegment *segment)
{
    return last->type == segment->type && content_id_equal(&last->id, &segment->id) &&
           last->blob_offset + last->length == segment->blob_offset;
}

void frame_builder_add(FrameBuilder *builder, const FrameSegment *segment, const void *data)
{
    GArray *segments = builder->segments;
    FrameSegment *last = segments->len > 0 ? &g_array_index(segments, FrameSegment, segments->len - 1) : NULL;
    if (last && goes_on(last, segment)) {
        last->length += segment->length;
    } else {
        g_array_append_vals(segments, segment, 1);
        g_array_index(segments, FrameSegment, segments->len - 1).plain_offset = builder->data->len;
    }
    put_bytes(builder->data, data, segment->length);
}

size_t frame_builder_room(const FrameBuilder *builder)
{
    size_t used = builder->data->len + (size_t)builder->segments->len * SEGMENT_BYTES;
    return used < builder->target_bytes ? builder->target_bytes - used : 0;
}

bool frame_builder_is_empty(const FrameBuilder *builder)
{
    return builder->segments->len == 0;
}

PlainFrame frame_builder_finish(FrameBuilder *builder)
{
    PlainFrame frame = {.plain = builder->data, .segments = builder->segments};
    guint data_length = frame.plain->len;
    for (guint i = 0; i < frame.segments->len; i++)
        frame_directory_put(frame.plain, &g_array_index(frame.segments, FrameSegment, i));
    frame.directory_length = frame.plain->len - data_length;
    start(builder);
    return frame;
}

void frame_builder_reuse(FrameBuilder *builder, GByteArray *plain)
{
    g_clear_pointer(&builder->spare, g_byte_array_unref);
    builder->spare = plain;
}
