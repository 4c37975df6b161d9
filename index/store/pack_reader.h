/* Reads frames from packs. Keeps some packs open; thread-safe. */
#ifndef MB_PACK_READER_H
#define MB_PACK_READER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_location.h"
#include "open_frame.h"

typedef struct PackReader PackReader;

PackReader *pack_reader_new(const char *packs_directory);
void pack_reader_free(PackReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackReader, pack_reader_free)

/* Lets go of packs that were deleted, so that the disk gets their space back. */
void pack_reader_drop_deleted(PackReader *reader);

/* The plain bytes of the frame at `place`, verified; *header tells what it is. MB_ERROR_CORRUPT with a text that names
 * pack and offset; MB_ERROR_NOT_FOUND when the pack is gone. Caller unrefs. */
GBytes *pack_reader_frame(PackReader *reader, LogPosition place, FrameHeader *header, GError **error);

/* The same, to be decompressed as far as it is needed. Caller frees. */
OpenFrame *pack_reader_open_frame(PackReader *reader, LogPosition place, GError **error);

/* Puts the pack and the offset of a frame in front of what went wrong with it. */
void pack_reader_name_place(LogPosition place, GError **error);

/* Bytes as they stand in a pack, not verified. */
bool pack_reader_bytes(PackReader *reader, LogPosition place, void *data, size_t length, GError **error);

/* The length of a pack's file. */
bool pack_reader_length(PackReader *reader, uint32_t pack, uint64_t *length, GError **error);

#endif
