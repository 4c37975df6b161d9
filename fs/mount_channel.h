/* What passes between libfuse and /dev/fuse: counted on the way in, and one reply mended on the way out.
 *
 * libfuse before 3.17 takes FUSE_CAP_PARALLEL_DIROPS from the file system and forgets to tell the kernel, which then
 * serialises lookups and listings within a directory. */
#ifndef MB_MOUNT_CHANNEL_H
#define MB_MOUNT_CHANNEL_H

#include <glib.h>
#include <stdbool.h>

#include "mount_context.h"

/* Puts itself between a mounted session and its device; before any request was read. */
bool mount_channel_attach(MountContext *context, GError **error);

/* When the session's loop has ended: answers what it had read and dropped, and a request if one comes within the time.
 * False when none can come. */
bool mount_channel_answer_one(MountContext *context, int wait_ms);

/* Whether the mount is still there, whoever may have unmounted it. */
bool mount_channel_is_mounted(const MountContext *context);

/* Lets go of the device: the mount is dead then, and the process beside it frees the mountpoint. Not libfuse's way,
 * which may start a program. */
void mount_channel_close(MountContext *context);

#endif
