/* The options of the mount as libfuse takes them: those that always hold, and the user's. */
#ifndef MB_MOUNT_OPTIONS_H
#define MB_MOUNT_OPTIONS_H

#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "mount.h"

/* `repository_path` is what the mount table shows as source. The caller frees the result with fuse_opt_free_args(). */
bool mount_options_build(const MountOptions *options, const char *repository_path, struct fuse_args *arguments,
                         GError **error);

#endif
