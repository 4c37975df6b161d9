/* Raw DEFLATE in both directions (RFC 1951) between what is sent and received and what is meant. Does no I/O and holds
 * a fixed amount of memory, whatever the other side sends: what inflates to much is given out in pieces. */
#ifndef MB_COMPRESSION_H
#define MB_COMPRESSION_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Compression Compression;

Compression *compression_new(void);
void compression_free(Compression *compression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Compression, compression_free)

/* Takes some of `data` in and returns how much: nothing while there are compressed bytes left to send. */
size_t compression_put(Compression *compression, const void *data, size_t length);
/* The compressed bytes that are to be sent; *length is 0 when there are none. */
const uint8_t *compression_output(const Compression *compression, size_t *length);
void compression_sent(Compression *compression, size_t length);

/* Room for compressed bytes that arrive; only when compression_get() has told that it needs more. */
uint8_t *compression_input(Compression *compression, size_t *size);
void compression_received(Compression *compression, size_t length);
/* Inflates into `data`; *got is 0 when more input is needed. MB_ERROR_PROTOCOL when it is no DEFLATE, or ends. */
bool compression_get(Compression *compression, void *data, size_t size, size_t *got, GError **error);

#endif
