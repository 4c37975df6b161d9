#include "frame_directory.h"

#include <string.h>

#include "cursor.h"
#include "error.h"
#include "mb_limits.h"

void frame_directory_put(GByteArray *out, const FrameSegment *segment)
{
    put_u8(out, (uint8_t)segment->type);
    put_bytes(out, segment->id.bytes, CONTENT_ID_SIZE);
    put_varint(out, segment->blob_length);
    put_varint(out, segment->blob_offset);
    put_varint(out, segment->length);
}

static bool take_segment(Reader *in, uint32_t plain_offset, uint32_t data_length, FrameSegment *segment)
{
    segment->type = take_u8(in);
    const uint8_t *id = take_bytes(in, CONTENT_ID_SIZE);
    segment->blob_length = take_varint(in);
    segment->blob_offset = take_varint(in);
    segment->length = take_varint32(in);
    segment->plain_offset = plain_offset;
    if (in->failed || segment->length > data_length - plain_offset)
        return false;
    memcpy(segment->id.bytes, id, CONTENT_ID_SIZE);
    return segment->type >= BLOB_MESSAGE && segment->type <= BLOB_PART && segment->blob_length <= LIMIT_MESSAGE_BYTES &&
           segment->blob_offset <= segment->blob_length &&
           segment->length <= segment->blob_length - segment->blob_offset;
}

GArray *frame_directory_decode(GBytes *plain, uint32_t directory_length, GError **error)
{
    size_t length;
    const uint8_t *bytes = g_bytes_get_data(plain, &length);
    uint32_t data_length = (uint32_t)length - directory_length;
    g_autoptr(GArray) segments = g_array_new(FALSE, FALSE, sizeof(FrameSegment));
    Reader in = reader_of(bytes ? bytes + data_length : NULL, directory_length);
    uint32_t plain_offset = 0;
    while (reader_left(&in) > 0) {
        FrameSegment segment;
        if (!take_segment(&in, plain_offset, data_length, &segment)) {
            mb_error_set(error, MB_ERROR_CORRUPT, "frame directory makes no sense");
            return NULL;
        }
        plain_offset += segment.length;
        g_array_append_val(segments, segment);
    }
    if (plain_offset != data_length) {
        mb_error_set(error, MB_ERROR_CORRUPT, "frame directory does not cover the frame");
        return NULL;
    }
    return g_steal_pointer(&segments);
}
