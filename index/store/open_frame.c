/* For ZSTD_d_stableOutBuffer: without it every byte is decompressed into a window first, and copied. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "open_frame.h"

#include "error.h"
#include "large_buffer.h"

/* Stored bytes that are decompressed at once: about half a block too much on average. */
#define STEP_BYTES ((size_t)32 << 10)

struct OpenFrame {
    GBytes *stored;  /* with the header; NULL when no longer needed */
    uint8_t *buffer; /* NULL: the plain bytes are among the stored ones */
    const uint8_t *plain;
    size_t plain_length;
    ZSTD_DCtx *context; /* NULL when there is nothing left to do */
    ZSTD_inBuffer in;
    size_t ready;
    bool failed;
};

static ZSTD_DCtx *new_context(void)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    g_assert(context); /* as any other allocation that fails */
    ZSTD_DCtx_setParameter(context, ZSTD_d_stableOutBuffer, 1);
    return context;
}

static void begin_decompression(OpenFrame *frame, const FrameHeader *header)
{
    frame->buffer = large_buffer_take(header->plain_length);
    frame->plain = frame->buffer;
    frame->context = new_context();
    frame->in = (ZSTD_inBuffer){.src = g_bytes_get_data(frame->stored, NULL), .pos = FRAME_HEADER_SIZE};
}

static void end_decompression(OpenFrame *frame)
{
    g_clear_pointer(&frame->context, ZSTD_freeDCtx);
    g_clear_pointer(&frame->stored, g_bytes_unref);
}

OpenFrame *open_frame_new(GBytes *stored, const FrameHeader *header, LogPosition place, GError **error)
{
    const uint8_t *bytes = g_bytes_get_data(stored, NULL);
    if (!frame_verify(bytes, header, place, error))
        return NULL;
    OpenFrame *frame = g_new0(OpenFrame, 1);
    frame->stored = g_bytes_ref(stored);
    frame->plain_length = header->plain_length;
    if (header->codec == FRAME_ZSTD) {
        begin_decompression(frame, header);
    } else {
        frame->plain = bytes + FRAME_HEADER_SIZE;
        frame->ready = frame->plain_length;
    }
    return frame;
}

void open_frame_free(OpenFrame *frame)
{
    if (!frame)
        return;
    end_decompression(frame);
    large_buffer_give(frame->buffer);
    g_free(frame);
}

size_t open_frame_length(const OpenFrame *frame)
{
    return frame->plain_length;
}

const uint8_t *open_frame_plain(const OpenFrame *frame)
{
    return frame->plain;
}

/* False when the stored bytes do not lead to the plain ones. */
static bool step(OpenFrame *frame)
{
    size_t stored = g_bytes_get_size(frame->stored), before = frame->in.pos;
    ZSTD_outBuffer out = {.dst = frame->buffer, .size = frame->plain_length, .pos = frame->ready};
    frame->in.size = MIN(before + STEP_BYTES, stored);
    size_t left = ZSTD_decompressStream(frame->context, &out, &frame->in);
    frame->ready = out.pos;
    if (ZSTD_isError(left))
        return false;
    if (left > 0)
        return frame->in.pos > before && frame->in.pos < stored;
    bool whole = frame->ready == frame->plain_length && frame->in.pos == stored;
    end_decompression(frame);
    return whole;
}

/* What comes behind the last byte is looked at too: it must be the end. */
static bool must_go_on(const OpenFrame *frame, size_t end)
{
    return frame->context && !frame->failed && (frame->ready < end || frame->ready == frame->plain_length);
}

bool open_frame_advance(OpenFrame *frame, size_t end, size_t *ready, GError **error)
{
    while (must_go_on(frame, MIN(end, frame->plain_length)))
        frame->failed = !step(frame);
    *ready = frame->ready;
    return !frame->failed || mb_error_set(error, MB_ERROR_CORRUPT, "frame does not decompress");
}

static void free_frame(void *frame)
{
    open_frame_free(frame);
}

GBytes *frame_decode(GBytes *stored, const FrameHeader *header, LogPosition place, GError **error)
{
    g_autoptr(OpenFrame) frame = open_frame_new(stored, header, place, error);
    size_t ready;
    if (!frame || !open_frame_advance(frame, SIZE_MAX, &ready, error))
        return NULL;
    const uint8_t *plain = frame->plain;
    return g_bytes_new_with_free_func(plain, ready, free_frame, g_steal_pointer(&frame));
}
