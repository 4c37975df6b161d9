/* What the catalog knows of a place in the tree, as the kernel wants it said; and for how long it may believe it.
 *
 * Messages and everything inside a snapshot never change, so that is for ever. The root and accounts change with a
 * new snapshot: their attributes are believed for a moment, and so is what the name `latest` means. When the kernel
 * then learns of another date, it drops the listing it has; what it would not find out that way mount_watch.h takes
 * back. */
#ifndef MB_MOUNT_ATTRIBUTES_H
#define MB_MOUNT_ATTRIBUTES_H

#include <fuse_lowlevel.h>
#include <sys/stat.h>

#include "mount_context.h"

/* True for nodes whose attributes or children change with a new snapshot. */
bool mount_is_mutable(uint64_t node);

/* Seconds. */
double mount_attribute_timeout(uint64_t node);

void mount_fill_stat(const MountContext *context, const TreeAttributes *attributes, struct stat *stat);
void mount_fill_entry(const MountContext *context, const TreeAttributes *attributes, struct fuse_entry_param *entry);

/* The answer "there is no such name", which the kernel remembers for ever. */
void mount_fill_absent(struct fuse_entry_param *entry);

#endif
