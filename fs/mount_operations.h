/* What the kernel asks, one short function each. Every path replies exactly once; a View is released before that. */
#ifndef MB_MOUNT_OPERATIONS_H
#define MB_MOUNT_OPERATIONS_H

#include <fuse_lowlevel.h>

/* For fuse_session_new() with a MountContext as user data. */
extern const struct fuse_lowlevel_ops mount_operations;

#endif
