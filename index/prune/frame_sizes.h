/* What parts of frames take on the disk. One thread. */
#ifndef MB_FRAME_SIZES_H
#define MB_FRAME_SIZES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_location.h"
#include "pack_reader.h"

typedef struct FrameSizes FrameSizes;

/* `reader` is borrowed. */
FrameSizes *frame_sizes_new(PackReader *reader);
void frame_sizes_free(FrameSizes *sizes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrameSizes, frame_sizes_free)

/* The bytes on the disk of these extents (GArray of BlobExtent): of each frame by their share of its plain text. A
 * frame whose header cannot be read counts as nothing. */
double frame_sizes_stored(FrameSizes *sizes, const GArray *extents);

/* How many bytes the blobs of the frames seen so far would take if each were compressed by itself, for each plain byte:
 * from a sample of those frames. 1 when there is none. */
double frame_sizes_alone_ratio(FrameSizes *sizes);

#endif
