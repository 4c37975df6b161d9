/* The part of base64_groups.h that goes 16 characters at a time, on processors with SSSE3. Each function does as much
 * as it can from the beginning on and returns how much; nothing on others. Pure; any thread. */
#ifndef MB_BASE64_VECTOR_H
#define MB_BASE64_VECTOR_H

#include <stddef.h>
#include <stdint.h>

/* Characters with a value that come first: all of them, but for less than 16 at the end. */
size_t base64_vector_count(const uint8_t *text, size_t length);

/* Groups that were decoded: `out` has room for 3 bytes for each of `groups`. */
size_t base64_vector_decode(const uint8_t *text, size_t groups, uint8_t *out);

/* Groups that were encoded. */
size_t base64_vector_encode(const uint8_t *bytes, size_t groups, char *out);

#endif
