/* Which blobs are needed: the messages of the catalog, and the parts that their recipes name. */
#ifndef MB_LIVENESS_H
#define MB_LIVENESS_H

#include <glib.h>
#include <stdbool.h>

#include "blob_location.h"
#include "repository_private.h"

typedef struct Liveness Liveness;

/* Reads every recipe that is needed. Where one cannot be read, every part counts as needed. */
Liveness *liveness_find(Repository *repository, GError **error);
void liveness_free(Liveness *liveness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Liveness, liveness_free)

bool liveness_has(const Liveness *liveness, const BlobName *blob);

#endif
