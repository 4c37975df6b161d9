/* Bytes that arrive piece by piece and are read again later: in memory up to LIMIT_SPOOL_MEMORY_BYTES, after that in an
 * unlinked temporary file. So a 60 MB message never stands in memory whole. Not thread-safe; may be handed from one
 * thread to another. */
#ifndef MB_SPOOL_H
#define MB_SPOOL_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Spool Spool;

/* `directory` is where the temporary file would be made; copied. Never NULL. */
Spool *spool_new(const char *directory);
/* Keeps fewer bytes in memory than LIMIT_SPOOL_MEMORY_BYTES; before it gets any. */
void spool_keep_at_most(Spool *spool, size_t memory_bytes);
void spool_free(Spool *spool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Spool, spool_free)

/* How much will come, so that memory is taken once; a wrong guess does no harm. */
void spool_expect(Spool *spool, uint64_t bytes);
bool spool_append(Spool *spool, const void *data, size_t length, GError **error);
uint64_t spool_size(const Spool *spool);

/* Copies up to `length` bytes from `offset` on; *got tells how many there were (0 at the end). */
bool spool_read(Spool *spool, uint64_t offset, void *data, size_t length, size_t *got, GError **error);
/* The same without a copy where there is no need for one: `room` has place for `length` bytes. What is returned lasts
 * until `room` is used again or bytes are appended; NULL with *error set. */
const uint8_t *spool_peek(Spool *spool, uint64_t offset, void *room, size_t length, size_t *got, GError **error);

#endif
