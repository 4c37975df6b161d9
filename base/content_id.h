/* The name of stored bytes: their SHA-256, so that `sha256sum` of a mounted file is its id. */
#ifndef MB_CONTENT_ID_H
#define MB_CONTENT_ID_H

#include <stdbool.h>
#include <stdint.h>

#define CONTENT_ID_SIZE 32
#define CONTENT_ID_HEX_SIZE (2 * CONTENT_ID_SIZE + 1)

typedef struct {
    uint8_t bytes[CONTENT_ID_SIZE];
} ContentId;

bool content_id_equal(const ContentId *a, const ContentId *b);

/* Writes the id as lower-case hex with a final NUL. */
void content_id_hex(const ContentId *id, char hex[CONTENT_ID_HEX_SIZE]);

/* GHashFunc and GEqualFunc for tables keyed by ContentId*. */
unsigned content_id_hash(const void *id);
int content_id_equal_func(const void *a, const void *b);

#endif
