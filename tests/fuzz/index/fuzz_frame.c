/* Frames from any bytes: as they are, and under a right seal, so that what lies behind the seal is reached too. */
#include <string.h>

#include "error.h"
#include "frame_directory.h"
#include "open_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GBytes *decode_at(const GByteArray *frame, const FrameHeader *header, LogPosition place, GError **error)
{
    g_autoptr(OpenFrame) opened = open_frame_new(header);
    memcpy(open_frame_stored(opened), frame->data, FRAME_HEADER_SIZE + header->stored_length);
    return open_frame_begin(opened, header, place, error) ? open_frame_finish(g_steal_pointer(&opened), error) : NULL;
}

static void decode(const GByteArray *frame)
{
    FrameHeader header;
    LogPosition place = {.pack = 1, .offset = PACK_HEADER_SIZE};
    if (frame->len < FRAME_HEADER_SIZE || !frame_header_decode(frame->data, &header, NULL) ||
        header.stored_length > frame->len - FRAME_HEADER_SIZE)
        return;
    g_autoptr(GBytes) plain = decode_at(frame, &header, place, NULL);
    if (!plain)
        return;
    g_autoptr(GArray) segments = frame_directory_decode(plain, header.directory_length, NULL);
    for (guint i = 0; segments && i < segments->len; i++) {
        const FrameSegment *segment = &g_array_index(segments, FrameSegment, i);
        g_assert_cmpuint((uint64_t)segment->plain_offset + segment->length, <=, g_bytes_get_size(plain));
        g_assert_cmpuint(segment->blob_offset + segment->length, <=, segment->blob_length);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) frame = g_byte_array_new();
    g_byte_array_append(frame, data, (guint)size);
    decode(frame);
    FrameHeader header;
    if (size < FRAME_HEADER_SIZE || !frame_header_decode(data, &header, NULL) ||
        header.stored_length > size - FRAME_HEADER_SIZE)
        return 0;
    g_byte_array_set_size(frame, FRAME_HEADER_SIZE + header.stored_length);
    frame_seal(frame, (LogPosition){.pack = 1, .offset = PACK_HEADER_SIZE}, header.seal_kind);
    decode(frame);
    return 0;
}
