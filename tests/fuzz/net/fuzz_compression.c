/* What a server sends as DEFLATE: the same comes out however it is cut, and never more at once than was asked for. The
 * first octet says how it is cut. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "compression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_BYTES = 1 << 20, LARGEST_ROOM = 4096 };

/* All that comes out, at most about MOST_BYTES; *good is false when it was refused. */
static GByteArray *inflate_in_pieces(const uint8_t *data, size_t size, size_t piece, size_t room, bool *good)
{
    g_autoptr(Compression) compression = compression_new();
    GByteArray *result = g_byte_array_new();
    *good = true;
    while (*good && result->len < MOST_BYTES) {
        uint8_t buffer[LARGEST_ROOM + 1];
        buffer[room] = 0x5a;
        size_t got = 0;
        *good = compression_get(compression, buffer, room, &got, NULL);
        if (got > room || buffer[room] != 0x5a)
            abort();
        g_byte_array_append(result, buffer, (guint)got);
        if (got > 0 || !*good)
            continue;
        size_t fits, moved = MIN(size, piece);
        uint8_t *input = compression_input(compression, &fits);
        moved = MIN(moved, fits);
        if (moved == 0)
            break;
        memcpy(input, data, moved);
        compression_received(compression, moved);
        data += moved;
        size -= moved;
    }
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t piece = 1 + data[0] % 16, room = 1 + (size_t)data[0] * 16;
    bool good, good_in_pieces;
    g_autoptr(GByteArray) whole = inflate_in_pieces(data + 1, size - 1, SIZE_MAX, LARGEST_ROOM, &good);
    g_autoptr(GByteArray) pieces = inflate_in_pieces(data + 1, size - 1, piece, room, &good_in_pieces);
    guint compared = MIN(MIN(whole->len, pieces->len), MOST_BYTES);
    if (compared > 0 && memcmp(whole->data, pieces->data, compared) != 0)
        abort();
    if (whole->len < MOST_BYTES && (whole->len != pieces->len || good != good_in_pieces))
        abort();
    return 0;
}
