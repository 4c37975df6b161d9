#include "compression.h"

#include <string.h>
#include <zlib.h>

#include "error.h"

/* A put of PUT_BYTES fits into OUTPUT_BYTES even if it does not shrink. */
enum { INPUT_BYTES = 64 << 10, PUT_BYTES = 16 << 10, OUTPUT_BYTES = 24 << 10, RAW_WINDOW_BITS = -15, MEMORY_LEVEL = 8 };

struct Compression {
    z_stream deflating;
    z_stream inflating;
    size_t output_sent;
    size_t output_length;
    uint8_t output[OUTPUT_BYTES];
    uint8_t input[INPUT_BYTES];
};

Compression *compression_new(void)
{
    Compression *compression = g_new0(Compression, 1);
    int deflating = deflateInit2(&compression->deflating, Z_DEFAULT_COMPRESSION, Z_DEFLATED, RAW_WINDOW_BITS,
                                 MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    int inflating = inflateInit2(&compression->inflating, RAW_WINDOW_BITS);
    if (deflating != Z_OK || inflating != Z_OK)
        g_error("out of memory for compression");
    return compression;
}

void compression_free(Compression *compression)
{
    if (!compression)
        return;
    deflateEnd(&compression->deflating);
    inflateEnd(&compression->inflating);
    explicit_bzero(compression, sizeof *compression);
    g_free(compression);
}

size_t compression_put(Compression *compression, const void *data, size_t length)
{
    if (compression->output_length > 0 || length == 0)
        return 0;
    z_stream *stream = &compression->deflating;
    size_t taken = MIN(length, PUT_BYTES);
    stream->next_in = (z_const Bytef *)(uintptr_t)data;
    stream->avail_in = (uInt)taken;
    stream->next_out = compression->output;
    stream->avail_out = sizeof compression->output;
    int result = deflate(stream, Z_SYNC_FLUSH);
    g_assert(result == Z_OK && stream->avail_in == 0 && stream->avail_out > 0);
    compression->output_length = sizeof compression->output - stream->avail_out;
    compression->output_sent = 0;
    return taken;
}

const uint8_t *compression_output(const Compression *compression, size_t *length)
{
    *length = compression->output_length - compression->output_sent;
    return compression->output + compression->output_sent;
}

void compression_sent(Compression *compression, size_t length)
{
    compression->output_sent += length;
    if (compression->output_sent == compression->output_length)
        compression->output_sent = compression->output_length = 0;
}

uint8_t *compression_input(Compression *compression, size_t *size)
{
    g_assert(compression->inflating.avail_in == 0);
    *size = sizeof compression->input;
    return compression->input;
}

void compression_received(Compression *compression, size_t length)
{
    compression->inflating.next_in = compression->input;
    compression->inflating.avail_in = (uInt)length;
}

bool compression_get(Compression *compression, void *data, size_t size, size_t *got, GError **error)
{
    z_stream *stream = &compression->inflating;
    uInt room = (uInt)MIN(size, G_MAXUINT);
    stream->next_out = data;
    stream->avail_out = room;
    int result = inflate(stream, Z_SYNC_FLUSH);
    *got = room - stream->avail_out;
    /* Z_BUF_ERROR: no progress without more input, or more room. */
    if (result == Z_OK || result == Z_BUF_ERROR || (result == Z_STREAM_END && *got > 0))
        return true;
    return mb_error_set(error, MB_ERROR_PROTOCOL,
                        result == Z_STREAM_END ? "the server ended the compression in the middle"
                                               : "the server sent bytes that are not compressed as they should be");
}
