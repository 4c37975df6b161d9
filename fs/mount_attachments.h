/* The directory of a message's attachments. */
#ifndef MB_MOUNT_ATTACHMENTS_H
#define MB_MOUNT_ATTACHMENTS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "mount_context.h"

/* As tree_lookup() and tree_list(), of a node of kind TREE_IS_ATTACHMENTS. Without a View: the message may have to be
 * read. */
bool mount_attachments_lookup(const MountContext *context, uint64_t parent, const char *name,
                              TreeAttributes *attributes, GError **error);
bool mount_attachments_list(const MountContext *context, uint64_t directory, uint64_t offset, TreeVisit visit,
                            void *user, GError **error);

#endif
