#include "frame_sizes.h"

#include "frame.h"
#include "frame_directory.h"

static const FrameSettings alone_settings = {.effort = EFFORT_FAST, .level = 3};

#define SAMPLE_BYTES ((uint64_t)24 << 20) /* of plain text */

typedef struct {
    LogPosition place;
    FrameHeader header;
    bool is_readable;
} SizedFrame;

struct FrameSizes {
    PackReader *reader;
    GHashTable *frames; /* SizedFrame, by place */
    uint64_t plain_bytes;
};

FrameSizes *frame_sizes_new(PackReader *reader)
{
    FrameSizes *sizes = g_new0(FrameSizes, 1);
    sizes->reader = reader;
    sizes->frames = g_hash_table_new_full(log_position_hash, log_position_equal, g_free, NULL);
    return sizes;
}

void frame_sizes_free(FrameSizes *sizes)
{
    if (!sizes)
        return;
    g_hash_table_unref(sizes->frames);
    g_free(sizes);
}

static SizedFrame *read_frame(FrameSizes *sizes, LogPosition place)
{
    uint8_t bytes[FRAME_HEADER_SIZE];
    SizedFrame *frame = g_new0(SizedFrame, 1);
    frame->place = place;
    frame->is_readable = pack_reader_bytes(sizes->reader, place, bytes, sizeof bytes, NULL) &&
                         frame_header_decode(bytes, &frame->header, NULL);
    if (frame->is_readable)
        sizes->plain_bytes += frame->header.plain_length;
    g_hash_table_add(sizes->frames, frame); /* the place is its first field */
    return frame;
}

static double stored_of(FrameSizes *sizes, const BlobExtent *extent)
{
    LogPosition place = {.pack = extent->pack, .offset = extent->frame_offset};
    const SizedFrame *frame = g_hash_table_lookup(sizes->frames, &place);
    if (!frame)
        frame = read_frame(sizes, place);
    if (!frame->is_readable)
        return 0;
    double plain = MAX(frame->header.plain_length - frame->header.directory_length, 1);
    return (double)(FRAME_HEADER_SIZE + frame->header.stored_length) * extent->length / plain;
}

double frame_sizes_stored(FrameSizes *sizes, const GArray *extents)
{
    double bytes = 0;
    for (guint i = 0; i < extents->len; i++)
        bytes += stored_of(sizes, &g_array_index(extents, BlobExtent, i));
    return bytes;
}

/* A frame of each of its blobs. */
static uint64_t alone_bytes(GBytes *plain, const GArray *segments)
{
    const uint8_t *bytes = g_bytes_get_data(plain, NULL);
    g_autoptr(FrameEncoder) encoder = frame_encoder_new();
    uint64_t sum = 0;
    for (guint i = 0; i < segments->len; i++) {
        const FrameSegment *segment = &g_array_index(segments, FrameSegment, i);
        g_autoptr(GByteArray) frame =
            frame_encode(encoder, FRAME_BLOBS, bytes + segment->plain_offset, segment->length, 0, &alone_settings);
        sum += frame->len - FRAME_HEADER_SIZE;
    }
    return sum;
}

typedef struct {
    uint64_t plain;
    uint64_t alone;
} Sample;

static void add_to_sample(const FrameSizes *sizes, const SizedFrame *frame, Sample *sample)
{
    FrameHeader header;
    g_autoptr(GBytes) plain = pack_reader_frame(sizes->reader, frame->place, &header, NULL);
    g_autoptr(GArray) segments = plain ? frame_directory_decode(plain, header.directory_length, NULL) : NULL;
    if (!segments)
        return;
    sample->plain += header.plain_length - header.directory_length;
    sample->alone += alone_bytes(plain, segments);
}

/* Every so many-th frame, in an order that has nothing to do with what is in them. */
double frame_sizes_alone_ratio(FrameSizes *sizes)
{
    uint64_t step = sizes->plain_bytes / SAMPLE_BYTES + 1, number = 0;
    Sample sample = {0};
    GHashTableIter iterator;
    void *value;
    g_hash_table_iter_init(&iterator, sizes->frames);
    while (g_hash_table_iter_next(&iterator, &value, NULL))
        if (((const SizedFrame *)value)->is_readable && number++ % step == 0)
            add_to_sample(sizes, value, &sample);
    return sample.plain > 0 ? (double)sample.alone / (double)sample.plain : 1;
}
