/* Base64 without lines (RFC 4648 section 4): groups of four characters and the three bytes they stand for, as fast as
 * the processor can. Pure; any thread. */
#ifndef MB_BASE64_GROUPS_H
#define MB_BASE64_GROUPS_H

#include <stddef.h>
#include <stdint.h>

/* What base64_values() has for characters that are no values. */
enum { BASE64_NONE = 0xff, BASE64_PADDING = 0xfe };

/* The values of all 256 characters. */
const uint8_t *base64_values(void);

/* How many characters with a value come first. */
size_t base64_count_characters(const uint8_t *text, size_t length);

/* Decodes groups as long as all their characters have values; returns how many. `out` has room for 3 bytes a group. */
size_t base64_decode_groups(const uint8_t *text, size_t groups, uint8_t *out);

/* Encodes groups of three bytes. */
void base64_encode_groups(const uint8_t *bytes, size_t groups, char *out);

/* Encodes the last group, of 1 to 3 bytes, with padding. */
void base64_encode_last(const uint8_t *bytes, size_t count, char out[4]);

#endif
