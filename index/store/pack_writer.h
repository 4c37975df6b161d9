/* Appends frames to the newest pack and begins another when it is full. What was appended is durable after
 * pack_writer_sync(), not before. One thread. */
#ifndef MB_PACK_WRITER_H
#define MB_PACK_WRITER_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "blob_location.h"
#include "disk_format.h"

typedef struct PackWriter PackWriter;

/* Goes on at `end`, the place after the last frame that counts; {0, 0} begins the first pack. Nothing is ever cut off
 * or overwritten: a pack that has something else behind `end` is left as it is and the next frame begins a new pack.
 * `seal` is what the frames get. */
PackWriter *pack_writer_open(const char *packs_directory, const uint8_t repository_id[REPOSITORY_ID_SIZE],
                             LogPosition end, SealKind seal, GError **error);
void pack_writer_close(PackWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PackWriter, pack_writer_close)

/* Seals the frame for its place and writes it there; *place is where it begins. */
bool pack_writer_append(PackWriter *writer, GByteArray *frame, LogPosition *place, GError **error);

/* The next frame begins a pack, in which all lie that are appended until pack_writer_sync(), however long it grows. */
void pack_writer_begin_pack(PackWriter *writer);

/* Makes everything appended so far durable, the names of new packs included. A failure is final. */
bool pack_writer_sync(PackWriter *writer, GError **error);

/* Where the next frame would go. */
LogPosition pack_writer_end(const PackWriter *writer);

#endif
