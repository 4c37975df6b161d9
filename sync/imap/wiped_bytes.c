#include "wiped_bytes.h"

#include <glib.h>
#include <string.h>

/* realloc() would leave a copy behind, so growing is done by hand. */
static void grow(WipedBytes *bytes, size_t needed)
{
    size_t capacity = MAX(needed, MAX(bytes->capacity * 2, (size_t)256));
    uint8_t *data = g_malloc(capacity);
    size_t length = bytes->length;
    if (length > 0)
        memcpy(data, bytes->data, length);
    wiped_bytes_clear(bytes);
    *bytes = (WipedBytes){.data = data, .length = length, .capacity = capacity};
}

void wiped_bytes_append(WipedBytes *bytes, const void *data, size_t length)
{
    if (length == 0)
        return;
    if (length > bytes->capacity - bytes->length)
        grow(bytes, bytes->length + length);
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

void wiped_bytes_append_text(WipedBytes *bytes, const char *text)
{
    wiped_bytes_append(bytes, text, strlen(text));
}

void wiped_bytes_drop(WipedBytes *bytes, size_t length)
{
    if (length == 0)
        return;
    g_return_if_fail(length <= bytes->length);
    size_t left = bytes->length - length;
    memmove(bytes->data, bytes->data + length, left);
    explicit_bzero(bytes->data + left, length);
    bytes->length = left;
}

void wiped_bytes_clear(WipedBytes *bytes)
{
    if (bytes->data)
        explicit_bzero(bytes->data, bytes->capacity);
    g_free(bytes->data);
    *bytes = (WipedBytes){0};
}
