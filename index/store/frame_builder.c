#include "frame_builder.h"

#include "cursor.h"
#include "frame.h"

struct FrameBuilder {
    GByteArray *data;
    GArray *segments;
};

FrameBuilder *frame_builder_new(void)
{
    FrameBuilder *builder = g_new0(FrameBuilder, 1);
    builder->data = g_byte_array_sized_new(FRAME_TARGET_PLAIN_BYTES);
    builder->segments = g_array_new(FALSE, FALSE, sizeof(FrameSegment));
    return builder;
}

void frame_builder_free(FrameBuilder *builder)
{
    if (!builder)
        return;
    g_byte_array_unref(builder->data);
    g_array_unref(builder->segments);
    g_free(builder);
}

void frame_builder_add(FrameBuilder *builder, FrameSegment *segment, const void *data)
{
    segment->plain_offset = builder->data->len;
    put_bytes(builder->data, data, segment->length);
    g_array_append_val(builder->segments, *segment);
}

size_t frame_builder_room(const FrameBuilder *builder)
{
    return builder->data->len < FRAME_TARGET_PLAIN_BYTES ? FRAME_TARGET_PLAIN_BYTES - builder->data->len : 0;
}

bool frame_builder_is_empty(const FrameBuilder *builder)
{
    return builder->segments->len == 0;
}

GByteArray *frame_builder_finish(FrameBuilder *builder, int level, GArray **segments)
{
    guint data_length = builder->data->len;
    for (guint i = 0; i < builder->segments->len; i++)
        frame_directory_put(builder->data, &g_array_index(builder->segments, FrameSegment, i));
    GByteArray *frame =
        frame_encode(FRAME_BLOBS, level, builder->data->data, builder->data->len, builder->data->len - data_length);
    *segments = g_steal_pointer(&builder->segments);
    builder->segments = g_array_new(FALSE, FALSE, sizeof(FrameSegment));
    g_byte_array_set_size(builder->data, 0);
    return frame;
}
