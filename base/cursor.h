/* Bounds-checked little-endian reading and writing: the only way bytes of the disk format are taken apart or put
 * together.
 *
 * A Reader never reads past its end: the first short read marks it failed, and from then on every read returns zeros.
 * So a decoder reads all its fields and asks once, at the end, whether that went well. */
#ifndef MB_CURSOR_H
#define MB_CURSOR_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_id.h"

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
} Reader;

Reader reader_of(const void *data, size_t length);
size_t reader_left(const Reader *reader);
uint8_t take_u8(Reader *reader);
/* A byte that is 0 or 1. */
bool take_bool(Reader *reader);
uint16_t take_u16(Reader *reader);
uint32_t take_u32(Reader *reader);
uint64_t take_u64(Reader *reader);
/* LEB128, at most ten bytes; an overlong or overflowing one fails. */
uint64_t take_varint(Reader *reader);
/* A varint that must fit 32 bits. */
uint32_t take_varint32(Reader *reader);
/* The next `length` bytes, inside the reader's memory; NULL when there are fewer. */
const uint8_t *take_bytes(Reader *reader, size_t length);
/* A varint length and that many bytes; *length is 0 on failure. */
const uint8_t *take_sized(Reader *reader, size_t *length);
/* The bytes of an id; *id is left alone on failure. */
void take_content_id(Reader *reader, ContentId *id);
/* True when nothing failed and nothing is left over. */
bool reader_done(const Reader *reader);

/* The put_ functions append to a GByteArray. */
void put_u8(GByteArray *out, uint8_t value);
void put_u32(GByteArray *out, uint32_t value);
void put_u64(GByteArray *out, uint64_t value);
void put_varint(GByteArray *out, uint64_t value);
void put_bytes(GByteArray *out, const void *data, size_t length);
void put_sized(GByteArray *out, const void *data, size_t length);

#endif
