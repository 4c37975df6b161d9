/* The bytes of a stored message. A Body knows where they are and holds no transaction, so it may be kept while a slow
 * reader is served. Thread-safe after opening. */
#ifndef MB_BODY_H
#define MB_BODY_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_id.h"
#include "view.h"

typedef struct Body Body;

Body *body_open(View *view, const ContentId *id, GError **error);
void body_free(Body *body);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Body, body_free)

uint64_t body_size(const Body *body);

/* Copies up to `length` bytes from `offset` on; *got tells how many there were (0 at the end). Every frame touched has
 * had its checksum verified. MB_ERROR_CORRUPT names the pack and the frame. */
bool body_read(Body *body, uint64_t offset, void *data, size_t length, size_t *got, GError **error);

/* Reads the whole message through `sink` and compares its SHA-256 with its id. `sink` returns false with *error set to
 * stop; NULL only verifies. */
typedef bool (*BodySink)(const void *data, size_t length, void *user, GError **error);
bool body_stream(Body *body, BodySink sink, void *user, GError **error);

#endif
