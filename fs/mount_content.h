/* Files whose bytes are made and not stored: texts of messages, attachments. Their sizes are known when they have been
 * made once, so a listing leaves out what it does not know (mount_content_has_size), and a lookup makes it. */
#ifndef MB_MOUNT_CONTENT_H
#define MB_MOUNT_CONTENT_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#include "mount_context.h"

bool mount_content_is_made(const MountContext *context, uint64_t node);

/* Sets the right size where it is not the stored one; makes the file when it must. The caller holds no View. */
bool mount_content_measure(const MountContext *context, TreeAttributes *attributes, GError **error);
/* The same without making anything: false when the size is not known. */
bool mount_content_has_size(const MountContext *context, TreeAttributes *attributes);

/* Of a file that is made: what there is of the range. */
bool mount_content_read(const MountContext *context, uint64_t node, uint64_t offset, size_t size, GByteArray *data,
                        GError **error);

#endif
