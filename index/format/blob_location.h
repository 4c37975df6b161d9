/* Where the bytes of a blob lie: extents in the order of the bytes. */
#ifndef MB_BLOB_LOCATION_H
#define MB_BLOB_LOCATION_H

#include <glib.h>
#include <stdint.h>

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

#endif
