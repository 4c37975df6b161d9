/* The directory at the end of a blob frame: which bytes of which blobs the frame holds. */
#ifndef MB_FRAME_DIRECTORY_H
#define MB_FRAME_DIRECTORY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "content_id.h"
#include "disk_format.h"

typedef struct {
    BlobType type;
    ContentId id;
    uint64_t blob_length;
    uint64_t blob_offset;  /* of this segment in the blob */
    uint32_t plain_offset; /* of this segment in the frame */
    uint32_t length;
} FrameSegment;

/* Appends the directory entry; plain_offset is implied by the entries before. */
void frame_directory_put(GByteArray *out, const FrameSegment *segment);

/* The segments of a frame's plain text: a GArray of FrameSegment. MB_ERROR_CORRUPT when they don't add up. */
GArray *frame_directory_decode(GBytes *plain, uint32_t directory_length, GError **error);

#endif
