/* Which blob, and where its bytes lie: extents in the order of the bytes. */
#ifndef MB_BLOB_LOCATION_H
#define MB_BLOB_LOCATION_H

#include <glib.h>
#include <stdint.h>

#include "content_id.h"
#include "disk_format.h"

/* What is stored, by what its id names: the same bytes may be a message here and a part there. */
typedef struct {
    BlobType type;
    ContentId id;
} BlobName;

static inline guint blob_name_hash(const void *name)
{
    return content_id_hash(&((const BlobName *)name)->id) + ((const BlobName *)name)->type;
}

static inline gboolean blob_name_equal(const void *a, const void *b)
{
    const BlobName *left = a, *right = b;
    return left->type == right->type && content_id_equal(&left->id, &right->id);
}

typedef struct {
    uint32_t pack;
    uint64_t frame_offset; /* of the frame header in the pack */
    uint32_t plain_offset; /* of the bytes in the frame's plain text */
    uint32_t length;       /* bytes of the blob found there */
} BlobExtent;

/* Position in the log of frames that the packs together form. */
typedef struct {
    uint32_t pack;
    uint64_t offset;
} LogPosition;

static inline guint log_position_hash(const void *position)
{
    const LogPosition *place = position;
    return (guint)(place->offset ^ (place->offset >> 32)) * 31u + place->pack;
}

static inline gboolean log_position_equal(const void *a, const void *b)
{
    const LogPosition *left = a, *right = b;
    return left->pack == right->pack && left->offset == right->offset;
}

#endif
