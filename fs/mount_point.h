/* Is the mountpoint fit to be mounted on? Says what to do when it is not. */
#ifndef MB_MOUNT_POINT_H
#define MB_MOUNT_POINT_H

#include <glib.h>
#include <stdbool.h>

/* The mountpoint as an absolute path without links, NULL with *error set when it cannot be used: not there,
 * not a directory or, unless `nonempty`, not empty (MB_ERROR_INVALID), in use by a live mailbackupfs (MB_ERROR_EXISTS).
 * What a killed mount left there is unmounted first, and that is logged. */
char *mount_point_prepare(const char *path, bool nonempty, GError **error);

/* Unmounts what a mount whose process is dead has left there. True when there was nothing, or it is gone. */
bool mount_point_free(const char *path, GError **error);

#endif
