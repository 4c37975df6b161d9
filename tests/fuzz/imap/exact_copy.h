/* A copy of the input that ends where the input ends, so that a sanitizer sees reading past it; parsers may write to
 * it. */
#ifndef MB_EXACT_COPY_H
#define MB_EXACT_COPY_H

#include <glib.h>
#include <stdint.h>

static inline uint8_t *exact_copy(const uint8_t *data, size_t size)
{
    return size > 0 ? g_memdup2(data, size) : g_malloc(1);
}

#endif
