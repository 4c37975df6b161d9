#include "blob_reader.h"

#include "digest.h"
#include "error.h"

#define PIECE_BYTES ((size_t)1 << 20)

uint64_t blob_length(const GArray *extents)
{
    uint64_t length = 0;
    for (guint i = 0; i < extents->len; i++)
        length += g_array_index(extents, BlobExtent, i).length;
    return length;
}

static bool copy_from_extent(Repository *repository, const BlobExtent *extent, uint32_t skip, void *data, size_t length,
                             GError **error)
{
    LogPosition place = {.pack = extent->pack, .offset = extent->frame_offset};
    return frame_cache_read(repository->frames, place, (uint64_t)extent->plain_offset + skip, data, length, error);
}

bool blob_read(Repository *repository, const GArray *extents, uint64_t offset, void *data, size_t length,
               GError **error)
{
    uint8_t *out = data;
    uint64_t extent_start = 0;
    for (guint i = 0; i < extents->len && length > 0; i++) {
        const BlobExtent *extent = &g_array_index(extents, BlobExtent, i);
        if (offset < extent_start + extent->length) {
            uint32_t skip = (uint32_t)(offset - extent_start);
            size_t part = MIN(length, extent->length - skip);
            if (!copy_from_extent(repository, extent, skip, out, part, error))
                return false;
            out += part;
            offset += part;
            length -= part;
        }
        extent_start += extent->length;
    }
    return length == 0 ? true : mb_error_set(error, MB_ERROR_CORRUPT, "a blob ends before its time");
}

bool blob_verify(Repository *repository, const GArray *extents, const ContentId *id, GError **error)
{
    g_autoptr(Digest) digest = digest_new();
    g_autofree uint8_t *buffer = g_malloc(PIECE_BYTES);
    uint64_t length = blob_length(extents);
    for (uint64_t offset = 0; offset < length;) {
        size_t piece = (size_t)MIN((uint64_t)PIECE_BYTES, length - offset);
        if (!blob_read(repository, extents, offset, buffer, piece, error))
            return false;
        digest_update(digest, buffer, piece);
        offset += piece;
    }
    ContentId hash;
    digest_finish(digest, &hash);
    return content_id_equal(&hash, id) ? true : mb_error_set(error, MB_ERROR_CORRUPT, "it has another SHA-256");
}
