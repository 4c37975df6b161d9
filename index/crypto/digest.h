/* SHA-256, piece by piece or at once. A Digest belongs to one thread. */
#ifndef MB_DIGEST_H
#define MB_DIGEST_H

#include <glib.h>
#include <stddef.h>

#include "content_id.h"

typedef struct Digest Digest;

Digest *digest_new(void);
void digest_update(Digest *digest, const void *data, size_t length);
/* The id of all bytes since digest_new() or the last digest_finish(); the digest starts anew. */
void digest_finish(Digest *digest, ContentId *id);
void digest_free(Digest *digest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)

void digest_of(const void *data, size_t length, ContentId *id);

#endif
