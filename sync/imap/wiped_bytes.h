/* A growing run of bytes that may hold a password: whatever it gives up, it wipes first. */
#ifndef MB_WIPED_BYTES_H
#define MB_WIPED_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* All zeros is an empty one. */
typedef struct {
    uint8_t *data;
    size_t length;
    size_t capacity;
} WipedBytes;

void wiped_bytes_append(WipedBytes *bytes, const void *data, size_t length);
void wiped_bytes_append_text(WipedBytes *bytes, const char *text);
/* Wipes and drops the first `length` of them. */
void wiped_bytes_drop(WipedBytes *bytes, size_t length);
/* Wipes and frees; the WipedBytes is an empty one again. */
void wiped_bytes_clear(WipedBytes *bytes);

#endif
