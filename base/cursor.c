#include "cursor.h"

#include <string.h>

Reader reader_of(const void *data, size_t length)
{
    static const uint8_t nothing;
    const uint8_t *bytes = length > 0 ? data : &nothing; /* NULL must not be computed with */
    return (Reader){.at = bytes, .end = bytes + length};
}

size_t reader_left(const Reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

const uint8_t *take_bytes(Reader *reader, size_t length)
{
    if (reader->failed || length > reader_left(reader)) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *bytes = reader->at;
    reader->at += length;
    return bytes;
}

static uint64_t take_little_endian(Reader *reader, size_t width)
{
    const uint8_t *bytes = take_bytes(reader, width);
    uint64_t value = 0;
    for (size_t i = 0; bytes && i < width; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

uint8_t take_u8(Reader *reader)
{
    return (uint8_t)take_little_endian(reader, 1);
}

bool take_bool(Reader *reader)
{
    uint8_t value = take_u8(reader);
    reader->failed |= value > 1;
    return value == 1;
}

uint16_t take_u16(Reader *reader)
{
    return (uint16_t)take_little_endian(reader, 2);
}

uint32_t take_u32(Reader *reader)
{
    return (uint32_t)take_little_endian(reader, 4);
}

uint64_t take_u64(Reader *reader)
{
    return take_little_endian(reader, 8);
}

uint64_t take_varint(Reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = take_u8(reader);
        uint64_t bits = byte & 0x7f;
        if (shift == 63 && bits > 1)
            break;
        value |= bits << shift;
        if (!(byte & 0x80)) {
            if (byte == 0 && shift > 0)
                break; /* overlong: every value has one encoding */
            return reader->failed ? 0 : value;
        }
    }
    reader->failed = true;
    return 0;
}

uint32_t take_varint32(Reader *reader)
{
    uint64_t value = take_varint(reader);
    if (value > UINT32_MAX) {
        reader->failed = true;
        return 0;
    }
    return (uint32_t)value;
}

const uint8_t *take_sized(Reader *reader, size_t *length)
{
    uint64_t announced = take_varint(reader);
    const uint8_t *bytes = NULL;
    if (announced > reader_left(reader))
        reader->failed = true;
    else
        bytes = take_bytes(reader, (size_t)announced);
    *length = bytes ? (size_t)announced : 0;
    return bytes;
}

void take_content_id(Reader *reader, ContentId *id)
{
    const uint8_t *bytes = take_bytes(reader, CONTENT_ID_SIZE);
    if (bytes)
        memcpy(id->bytes, bytes, CONTENT_ID_SIZE);
}

bool reader_done(const Reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}

static void put_little_endian(GByteArray *out, uint64_t value, unsigned width)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    g_byte_array_append(out, bytes, width);
}

void put_u8(GByteArray *out, uint8_t value)
{
    put_little_endian(out, value, 1);
}

void put_u32(GByteArray *out, uint32_t value)
{
    put_little_endian(out, value, 4);
}

void put_u64(GByteArray *out, uint64_t value)
{
    put_little_endian(out, value, 8);
}

void put_varint(GByteArray *out, uint64_t value)
{
    uint8_t bytes[10];
    unsigned length = 0;
    while (value > 0x7f) {
        bytes[length++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    bytes[length++] = (uint8_t)value;
    g_byte_array_append(out, bytes, length);
}

void put_bytes(GByteArray *out, const void *data, size_t length)
{
    g_byte_array_append(out, data, (guint)length);
}

void put_sized(GByteArray *out, const void *data, size_t length)
{
    put_varint(out, length);
    put_bytes(out, data, length);
}
