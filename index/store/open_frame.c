/* For ZSTD_d_stableOutBuffer: without it every byte is decompressed into a window first, and copied. */
#define ZSTD_STATIC_LINKING_ONLY
#include <sanitizer/asan_interface.h>
#include <string.h>
#include <zstd.h>

#include "open_frame.h"

#include "error.h"
#include "large_buffer.h"

/* Stored bytes that are decompressed at once: about half a block too much on average. */
#define STEP_BYTES ((size_t)32 << 10)
/* How far behind the last plain byte zstd may write: a block, and its copying in pieces of 32 bytes. */
#define WRITTEN_BEYOND ((size_t)ZSTD_BLOCKSIZE_MAX + 64)
/* No block is stored in more than its plain bytes and three, so with this room the plain bytes, on their way up, never
 * reach stored ones that have not been taken. */
#define MARGIN (2 * (size_t)ZSTD_BLOCKSIZE_MAX)

/* The stored bytes stand at the end of the buffer; the plain ones grow from its beginning and take their place. So a
 * frame takes no more memory while it is decompressed than afterwards. */
struct OpenFrame {
    uint8_t *buffer;
    size_t stored_at; /* in the buffer: header and stored bytes */
    size_t stored_end;
    size_t taken_to; /* stored bytes before this have been decompressed */
    const uint8_t *plain;
    size_t plain_length;
    ZSTD_DCtx *context; /* NULL when there is nothing left to do */
    size_t ready;
    bool failed;
};

OpenFrame *open_frame_new(const FrameHeader *header)
{
    OpenFrame *frame = g_new0(OpenFrame, 1);
    size_t stored = FRAME_HEADER_SIZE + (size_t)header->stored_length;
    frame->plain_length = header->plain_length;
    frame->stored_end = header->codec == FRAME_ZSTD ? MAX(frame->plain_length + MARGIN, stored) : stored;
    frame->stored_at = frame->stored_end - stored;
    frame->buffer = large_buffer_take(frame->stored_end);
    return frame;
}

uint8_t *open_frame_stored(OpenFrame *frame)
{
    return frame->buffer + frame->stored_at;
}

static ZSTD_DCtx *new_context(void)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    g_assert(context); /* as any other allocation that fails */
    ZSTD_DCtx_setParameter(context, ZSTD_d_stableOutBuffer, 1);
    return context;
}

bool open_frame_begin(OpenFrame *frame, const FrameHeader *header, LogPosition place, GError **error)
{
    if (!frame_verify(open_frame_stored(frame), header, place, error))
        return false;
    frame->taken_to = frame->stored_at + FRAME_HEADER_SIZE;
    frame->plain = frame->buffer;
    if (header->codec == FRAME_ZSTD) {
        frame->context = new_context();
    } else {
        frame->plain = frame->buffer + frame->taken_to;
        frame->ready = frame->plain_length;
    }
    return true;
}

/* A sanitizer sees when somebody reads what is left of the stored bytes. */
static void end_decompression(OpenFrame *frame)
{
    g_clear_pointer(&frame->context, ZSTD_freeDCtx);
    ASAN_POISON_MEMORY_REGION(frame->buffer + frame->plain_length, frame->stored_end - frame->plain_length);
}

void open_frame_free(OpenFrame *frame)
{
    if (!frame)
        return;
    ZSTD_freeDCtx(frame->context);
    ASAN_UNPOISON_MEMORY_REGION(frame->buffer, frame->stored_end);
    large_buffer_give(frame->buffer);
    g_free(frame);
}

size_t open_frame_memory(const OpenFrame *frame)
{
    size_t touched = frame->plain_length + frame->stored_end - frame->stored_at;
    return MIN(touched, frame->stored_end) + ZSTD_sizeof_DCtx(frame->context);
}

size_t open_frame_length(const OpenFrame *frame)
{
    return frame->plain_length;
}

const uint8_t *open_frame_plain(const OpenFrame *frame)
{
    return frame->plain;
}

/* False when the stored bytes do not lead to the plain ones. They are taken away before anything is written, and what
 * was written must have spared those that were not. */
static bool step(OpenFrame *frame)
{
    uint8_t piece[STEP_BYTES];
    ZSTD_outBuffer out = {.dst = frame->buffer, .size = frame->plain_length, .pos = frame->ready};
    ZSTD_inBuffer in = {.src = piece, .size = MIN(STEP_BYTES, frame->stored_end - frame->taken_to)};
    memcpy(piece, frame->buffer + frame->taken_to, in.size);
    size_t left = ZSTD_decompressStream(frame->context, &out, &in);
    if (ZSTD_isError(left))
        return false;
    frame->ready = out.pos;
    frame->taken_to += in.pos;
    if (left > 0)
        return in.pos > 0 && frame->taken_to < frame->stored_end && out.pos + WRITTEN_BEYOND <= frame->taken_to;
    bool whole = frame->ready == frame->plain_length && frame->taken_to == frame->stored_end;
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

GBytes *open_frame_finish(OpenFrame *frame, GError **error)
{
    size_t ready;
    if (!open_frame_advance(frame, SIZE_MAX, &ready, error)) {
        open_frame_free(frame);
        return NULL;
    }
    return g_bytes_new_with_free_func(frame->plain, ready, free_frame, frame);
}
