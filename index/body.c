#include "body.h"

#include <string.h>

#include "catalog_query.h"
#include "digest.h"
#include "error.h"
#include "repository_private.h"

struct Body {
    Repository *repository;
    ContentId id;
    uint64_t size;
    GArray *extents; /* of BlobExtent */
};

Body *body_open(View *view, const ContentId *id, GError **error)
{
    GArray *extents = NULL;
    CatalogAnswer answer = catalog_blob(view->txn, BLOB_MESSAGE, id, &extents, error);
    if (answer == CATALOG_ABSENT) {
        char hex[CONTENT_ID_HEX_SIZE];
        content_id_hex(id, hex);
        mb_error_set(error, MB_ERROR_CORRUPT, "the bytes of message %s are not in the repository", hex);
    }
    if (answer != CATALOG_FOUND)
        return NULL;
    Body *body = g_new0(Body, 1);
    body->repository = view->repository;
    body->id = *id;
    body->extents = extents;
    for (guint i = 0; i < extents->len; i++)
        body->size += g_array_index(extents, BlobExtent, i).length;
    return body;
}

void body_free(Body *body)
{
    if (!body)
        return;
    g_array_unref(body->extents);
    g_free(body);
}

uint64_t body_size(const Body *body)
{
    return body->size;
}

static bool copy_from_extent(Body *body, const BlobExtent *extent, uint32_t skip, void *data, size_t length,
                             GError **error)
{
    LogPosition place = {.pack = extent->pack, .offset = extent->frame_offset};
    g_autoptr(GBytes) plain = frame_cache_get(body->repository->frames, place, error);
    if (!plain)
        return false;
    gsize available;
    const uint8_t *bytes = g_bytes_get_data(plain, &available);
    uint64_t start = (uint64_t)extent->plain_offset + skip;
    if (start > available || length > available - start)
        return mb_error_set(error, MB_ERROR_CORRUPT, "pack %08x, frame at %" G_GUINT64_FORMAT " is too short",
                            place.pack, place.offset);
    memcpy(data, bytes + start, length);
    return true;
}

bool body_read(Body *body, uint64_t offset, void *data, size_t length, size_t *got, GError **error)
{
    uint8_t *out = data;
    uint64_t extent_start = 0;
    *got = 0;
    for (guint i = 0; i < body->extents->len && *got < length; i++) {
        const BlobExtent *extent = &g_array_index(body->extents, BlobExtent, i);
        uint64_t wanted = offset + *got;
        if (wanted < extent_start + extent->length) {
            uint32_t skip = (uint32_t)(wanted - extent_start);
            size_t part = MIN(length - *got, extent->length - skip);
            if (!copy_from_extent(body, extent, skip, out + *got, part, error))
                return false;
            *got += part;
        }
        extent_start += extent->length;
    }
    return true;
}

static bool verify(const Body *body, Digest *digest, GError **error)
{
    ContentId found;
    digest_finish(digest, &found);
    if (content_id_equal(&found, &body->id))
        return true;
    char hex[CONTENT_ID_HEX_SIZE];
    content_id_hex(&body->id, hex);
    return mb_error_set(error, MB_ERROR_CORRUPT, "message %s has another SHA-256 than its name says", hex);
}

bool body_stream(Body *body, BodySink sink, void *user, GError **error)
{
    g_autoptr(Digest) digest = digest_new();
    g_autofree uint8_t *buffer = g_malloc(FRAME_TARGET_PLAIN_BYTES);
    size_t got;
    for (uint64_t offset = 0; offset < body->size; offset += got) {
        if (!body_read(body, offset, buffer, FRAME_TARGET_PLAIN_BYTES, &got, error))
            return false;
        digest_update(digest, buffer, got);
        if (sink && !sink(buffer, got, user, error))
            return false;
    }
    return verify(body, digest, error);
}
